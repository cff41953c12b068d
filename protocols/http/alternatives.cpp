#include <sluice/protocols/http/alternatives.hpp>

#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace sluice::http {

namespace {

template <class T>
std::optional<T> to_number(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
    return {};
  return value;
}

/// Reads tokens and quoted strings (RFC 9110 section 5.6) from left to right.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view token() {
    const auto n = std::min(rest_.find_first_of(" \t,;=\""), rest_.size());
    const auto result = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return result;
  }
  std::optional<std::string> quoted() {
    if (!take('"'))
      return {};
    std::string result;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"')
        return result;
      if (c == '\\' && !rest_.empty()) {
        result += rest_.front();
        rest_.remove_prefix(1);
      } else {
        result += c;
      }
    }
    return {};
  }
  std::optional<std::string> value() {
    if (!rest_.empty() && rest_.front() == '"')
      return quoted();
    const auto result = token();
    return result.empty() ? std::nullopt : std::optional<std::string>{result};
  }

private:
  std::string_view rest_;
};

/// A host in canonical form, without brackets; parsed like the host of a URL (uri::parse_host): 0x7f.1 is 127.0.0.1.
std::optional<std::string> host_of(std::string_view text) {
  auto host = uri::parse_host(text);
  return host ? std::optional{std::move(host.text)} : std::nullopt;
}

/// Parses "host:port" or ":port".
bool read_authority(std::string_view text, alternative& to) {
  const auto colon = text.rfind(':');
  auto host = colon == 0 ? std::optional<std::string>{""} : host_of(text.substr(0, colon));
  if (!host || colon == std::string_view::npos)
    return false;
  const auto port = to_number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0)
    return false;
  to.host = *std::move(host);
  to.port = *port;
  return true;
}

bool read_parameters(scanner& from, alternative& to) {
  for (from.skip_space(); from.take(';'); from.skip_space()) {
    from.skip_space();
    const auto name = from.token();
    if (name.empty() || !from.take('='))
      return false;
    const auto value = from.value();
    if (!value)
      return false;
    if (equals_ignoring_case(name, "ma")) {
      const auto age = to_number<std::int64_t>(*value);
      if (!age || *age < 0)
        return false;
      to.max_age = std::chrono::seconds{std::min<std::int64_t>(*age, 10ll * 365 * 86'400)};
    } else if (equals_ignoring_case(name, "persist")) {
      to.persist = *value == "1";
    }
  }
  return true;
}

std::string utc(wall_time when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%d %H:%M:%S", &parts)};
}

std::optional<wall_time> from_utc(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y%m%d %H:%M:%S", &parts);
  if (!end || *end != '\0')
    return {};
  const auto seconds = timegm(&parts);
  constexpr std::time_t year_2200 = 7'258'118'400; // system_clock counts nanoseconds and overflows in 2262
  if (seconds < 0 || seconds > year_2200)
    return {};
  return std::chrono::system_clock::from_time_t(seconds);
}

/// Splits a line at blanks; a quoted string is one word. Empty: a quoted string does not end.
std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> result;
  scanner from{line};
  for (from.skip_space(); !from.done(); from.skip_space()) {
    auto word = from.value();
    if (!word)
      return {};
    result.push_back(*std::move(word));
  }
  return result;
}

} // namespace

std::optional<alternatives> parse_alt_svc(std::string_view value) {
  alternatives result;
  scanner from{value};
  auto whole = scanner{value};
  whole.skip_space();
  const bool clear = whole.token() == "clear";
  whole.skip_space();
  if (clear && whole.done()) {
    result.clear = true;
    return result;
  }
  while (!from.done()) {
    from.skip_space();
    if (from.take(','))
      continue; // an empty element (RFC 9110 section 5.6.1)
    alternative element;
    const auto protocol = from.token();
    if (protocol.empty() || !from.take('='))
      return {};
    const auto authority = from.quoted();
    if (!authority || !read_authority(*authority, element) || !read_parameters(from, element))
      return {};
    if (protocol == "h3")
      result.http3.push_back(std::move(element));
    from.skip_space();
    if (!from.done() && !from.take(','))
      return {};
  }
  return result;
}

alternative_services::known& alternative_services::at(const std::string& origin) {
  if (auto i = origins_.find(origin); i != origins_.end())
    return i->second;
  if (origins_.size() >= origins_max)
    origins_.erase(std::min_element(origins_.begin(), origins_.end(), [](const auto& left, const auto& right) {
      return std::max(left.second.until, left.second.blocked_until)
             < std::max(right.second.until, right.second.blocked_until);
    }));
  return origins_[origin];
}

bool alternative_services::learn(const std::string& origin, std::string_view value, wall_time now) {
  const auto field = parse_alt_svc(value);
  if (!field)
    return false;
  auto i = origins_.find(origin);
  if (field->http3.empty() || field->http3.front().max_age.count() == 0) {
    if (i == origins_.end() || !i->second.where)
      return false;
    i->second.where.reset(); // each field replaces all earlier alternatives (RFC 7838 section 3.1)
    return true;
  }
  auto& entry = at(origin);
  const auto& first = field->http3.front();
  const bool same =
      entry.where && entry.until > now && entry.where->host == first.host && entry.where->port == first.port;
  entry.where = first;
  entry.until = now + first.max_age;
  if (same && entry.until < entry.told_until + first.max_age / 4)
    return false;
  entry.told_until = entry.until;
  return true;
}

std::optional<alternative> alternative_services::find(const std::string& origin, wall_time now) const {
  const auto i = origins_.find(origin);
  if (i == origins_.end() || i->second.until <= now || i->second.blocked_until > now)
    return {};
  return i->second.where;
}

void alternative_services::failed(const std::string& origin, wall_time now) {
  auto& entry = at(origin);
  entry.block = std::clamp(entry.block * 2, first_block, longest_block);
  entry.blocked_until = now + entry.block;
}

void alternative_services::worked(const std::string& origin) {
  if (auto i = origins_.find(origin); i != origins_.end()) {
    i->second.blocked_until = {};
    i->second.block = {};
  }
}

bool alternative_services::blocked(const std::string& origin, wall_time now) const {
  const auto i = origins_.find(origin);
  return i != origins_.end() && i->second.blocked_until > now;
}

std::string alternative_services::to_text(wall_time now) const {
  std::string result;
  for (const auto& [origin, entry] : origins_) {
    if (!entry.where || entry.until <= now)
      continue;
    const auto authority = std::string_view{origin}.substr(std::string_view{"https://"}.size());
    const auto colon = authority.rfind(':');
    const auto host = std::string{authority.substr(0, colon)};
    result += "h2 " + host + " " + std::string{authority.substr(colon + 1)} + " h3 "
              + (entry.where->host.empty() ? host : entry.where->host) + " " + std::to_string(entry.where->port) + " \""
              + utc(entry.until) + "\" " + (entry.where->persist ? "1" : "0") + " 0\n";
  }
  return result;
}

failure alternative_services::add_text(std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty() || line.starts_with('#'))
      continue;
    const auto parts = words(line);
    const auto bad = [&](const char* problem) {
      return failure{errc::invalid_configuration, caused_by::local,
                     "line " + std::to_string(number) + " of the alternative services: " + problem
                         + "; expected: h2 HOST PORT h3 HOST PORT \"YYYYMMDD HH:MM:SS\" 0 0"};
    };
    if (parts.size() != 9)
      return bad("not nine words");
    if (parts[3] != "h3")
      continue;
    const auto port = to_number<std::uint16_t>(parts[2]), to = to_number<std::uint16_t>(parts[5]);
    const auto until = from_utc(parts[6]);
    const auto origin = host_of(parts[1]);
    const auto where = host_of(
        parts[4].find(':') == std::string::npos || parts[4].starts_with('[') ? parts[4] : uri::bracketed(parts[4]));
    if (!port || *port == 0 || !to || *to == 0 || !origin || !where)
      return bad("no host and port");
    if (!until)
      return bad("no date");
    auto& entry = at("https://" + uri::bracketed(*origin) + ":" + std::to_string(*port));
    entry.where =
        alternative{*where == *origin ? std::string{} : *where, *to, std::chrono::seconds{0}, parts[7] == "1"};
    entry.until = entry.told_until = *until;
  }
  return {};
}

} // namespace sluice::http
