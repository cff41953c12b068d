// The head of a response as text (-i, -I), and the file that heads are written to (-D).
// Knows no body and no actor.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>

#include <string>
#include <string_view>

namespace sluice::command {

/// Status line and fields as HTTP/1.1 has them, with the empty line at the end.
std::string text_of(const http::response_head& head);

/// Heads of all transfers, one after the other.
class head_file {
public:
  /// Empty: heads are not wanted. "-" is standard output. Empties the file. errc::consumer_failed.
  failure open(const std::string& path, bool create_directories);
  failure add(std::string_view heads);
  ~head_file();
  head_file() = default;
  head_file(const head_file&) = delete;
  head_file& operator=(const head_file&) = delete;

private:
  std::string path_;
  int fd_ = -1;
};

} // namespace sluice::command
