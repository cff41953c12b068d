// What -w writes after a transfer: a text with variables of curl's names, %header{name}, and JSON forms.
// Knows figures and a response's head; neither actors nor files.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// What is known about one transfer at its end. Times are seconds since its beginning; 0: it did not come so far.
struct write_out_figures {
  std::string url;           ///< as it was given, without a user name and password
  std::string url_effective; ///< of the last request
  std::string method, file_name, remote_ip, error;
  http::response_head head; ///< a status of 0: there was no response
  std::uint64_t size_download = 0, size_upload = 0, size_header = 0;
  std::uint64_t redirects = 0, retries = 0, connections = 0, number = 0, remote_port = 0;
  double name_known = 0, connect = 0, secured = 0, request_sent = 0, head_came = 0, redirected = 0, total = 0;
  int exit_code = 0;
};

class write_out {
public:
  /// Replaces \n, \r, \t and %%. An unknown %{variable} is written as nothing.
  static write_out parse(std::string_view format);
  /// Names of variables that are not known, each once.
  const std::vector<std::string>& unknown() const noexcept { return unknown_; }

  struct text {
    std::string out, errors; ///< for standard output, and after %{stderr} for standard error
  };
  text of(const write_out_figures& figures) const;

private:
  struct part {
    bool variable = false, header = false;
    std::string name; // or the text itself
  };
  void add_text(std::string_view text_added);
  std::vector<part> parts_;
  std::vector<std::string> unknown_;
};

} // namespace sluice::command
