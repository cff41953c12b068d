// What a client knows of alternative services, shared by its loops and kept in a file on request.
// Any thread.
#pragma once

#include <sluice/protocols/http/alternatives.hpp>

#include <memory>
#include <mutex>

namespace sluice {

class alternatives_book {
public:
  /// Reads `file`, if it names one that exists. errc::invalid_configuration says which line is wrong.
  static result_or_failure<std::shared_ptr<alternatives_book>> open(std::string file);

  /// Takes up an Alt-Svc field and writes the file if that changed anything. True: HTTP/3 is to be had there now.
  bool learn(const std::string& origin, std::string_view value);
  std::optional<http::alternative> find(const std::string& origin) const;
  bool blocked(const std::string& origin) const;
  void failed(const std::string& origin);
  void worked(const std::string& origin);

private:
  void write() const;
  mutable std::mutex mutex_;
  http::alternative_services known_;
  std::string file_;
};

} // namespace sluice
