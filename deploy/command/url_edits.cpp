#include "url_edits.hpp"

#include "percent_coding.hpp"

#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::command {

namespace {

/// Where the authority begins; npos: the text has no "://".
std::size_t authority_of(std::string_view url) {
  const auto slashes = url.find("://");
  return slashes == std::string_view::npos ? slashes : slashes + 3;
}

std::size_t end_of(std::string_view url, std::size_t from, const char* at_one_of) {
  return std::min(url.find_first_of(at_one_of, from), url.size());
}

} // namespace

login split_login(std::string_view text) {
  const auto colon = text.find(':');
  login result{std::string{text.substr(0, colon)}, {}};
  if (colon != std::string_view::npos)
    result.password = std::string{text.substr(colon + 1)};
  return result;
}

result_or_failure<std::optional<login>> take_user_information(std::string& url) {
  const auto begin = authority_of(url);
  if (begin == std::string::npos)
    return std::optional<login>{};
  const auto end = end_of(url, begin, "/?#");
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < begin || at == end)
    return std::optional<login>{};
  const auto given = split_login(std::string_view{url}.substr(begin, at - begin));
  url.erase(begin, at + 1 - begin);
  const auto user = percent_decode(given.user);
  const auto password = percent_decode(given.password.value_or(""));
  if (!user || !password)
    return failure{errc::invalid_url, caused_by::local,
                   "the user name or password in the URL has a '%' without two hexadecimal digits after it; write %25 "
                   "for a percent sign"};
  return std::optional{login{*user, given.password ? password : std::nullopt}};
}

std::string encoded_url(std::string_view url) {
  const auto begin = authority_of(url);
  if (begin == std::string_view::npos)
    return std::string{url};
  const auto end = end_of(url, begin, "/?#");
  std::string result{url.substr(0, end)};
  for (const char c : url.substr(end))
    if (static_cast<unsigned char>(c) >= 0x80 || std::string_view{"\"<>\\^`"}.find(c) != std::string_view::npos)
      result += percent_encode({&c, 1});
    else
      result += c;
  return result;
}

void add_query(std::string& url, std::string_view query) {
  if (query.empty())
    return;
  const auto end = end_of(url, 0, "#");
  const auto mark = std::min(url.find('?'), end);
  std::string added;
  if (mark == end)
    added = "?";
  else if (mark + 1 != end && url[end - 1] != '&')
    added = "&";
  url.insert(end, added.append(query));
}

void add_file_name(std::string& url, std::string_view path) {
  const auto begin = authority_of(url);
  if (begin == std::string::npos)
    return;
  const auto end = end_of(url, begin, "?#");
  const auto slash = url.find('/', begin);
  const bool has_path = slash < end;
  if (has_path && url[end - 1] != '/')
    return;
  url.insert(end, (has_path ? "" : "/") + percent_encode(path.substr(path.rfind('/') + 1)));
}

std::string without_user_information(std::string text) {
  const auto authority = text.find("//");
  if (authority != std::string::npos && (authority == 0 || text[authority - 1] == ':')) {
    const auto end = end_of(text, authority + 2, "/?#");
    if (const auto at = text.rfind('@', end); at != std::string::npos && at > authority)
      text.erase(authority + 2, at - authority - 1);
  }
  const bool is_path = !text.starts_with("//") && text.find_first_of("/?#.") == 0;
  if (text.find('@') == std::string::npos || is_path || uri::parse(encoded_url(text)))
    return text;
  // What is in front of the last '@' may be a password that has a '/', or that follows no "//".
  const auto scheme = text.starts_with("https://") ? 8u : text.starts_with("http://") ? 7u : 0u;
  return text.substr(0, scheme) + text.substr(text.rfind('@') + 1);
}

} // namespace sluice::command
