#include "verbose.hpp"

#include "option_words.hpp"
#include "url_edits.hpp"

#include <algorithm>
#include <initializer_list>

namespace sluice::command {

namespace {

std::string head_lines(char mark, const trace& event) {
  std::string result = std::string{mark} + " " + event.detail + "\n";
  for (const auto& line : event.fields)
    result += std::string{mark} + " " + line.name + ": "
              + (is_secret(line.name)                                ? "[not shown]"
                 : http::equals_ignoring_case(line.name, "location") ? without_user_information(line.value)
                                                                     : line.value)
              + "\n";
  return result;
}

} // namespace

bool is_secret(std::string_view field_name) {
  const std::initializer_list<std::string_view> names{"authorization", "proxy-authorization", "cookie", "set-cookie",
                                                      "set-cookie2"};
  return std::any_of(names.begin(), names.end(),
                     [&](auto candidate) { return http::equals_ignoring_case(candidate, field_name); });
}

std::string lines_of(const trace& event) {
  switch (event.kind) {
    case trace_kind::connecting: return "* connecting to " + event.detail + "\n";
    case trace_kind::connected: return "* connected to " + event.detail + "\n";
    case trace_kind::secured: return "* TLS: " + event.detail + "\n";
    case trace_kind::reused: return "* reusing " + event.detail + "\n";
    case trace_kind::request_sent: return head_lines('>', event);
    case trace_kind::interim:
    case trace_kind::response: return head_lines('<', event);
    case trace_kind::paused: return "| reading paused: " + event.detail + "\n";
    case trace_kind::resumed: return "| reading resumed: " + event.detail + "\n";
    case trace_kind::finished: return "* complete: " + event.detail + "\n";
    case trace_kind::frame: return "= " + event.detail + "\n";
    case trace_kind::dropped:
    case trace_kind::chosen: return "* " + in_words_of_options(event.detail) + "\n";
    case trace_kind::retried: return "* sent again: " + in_words_of_options(event.detail) + "\n";
    case trace_kind::redirected: return "* redirected: " + event.detail + "\n";
  }
  return {};
}

std::string line_of_retry(const std::string& beginning, const std::string& detail) {
  const auto why = std::min(detail.find(": "), detail.size());
  auto when = detail.substr(0, why);
  if (const auto comma = when.find(", "); comma != std::string::npos)
    when.replace(comma, 2, " (").append(")");
  return beginning + detail.substr(std::min(why + 2, detail.size())) + "; it is sent again " + when + "\n";
}

} // namespace sluice::command
