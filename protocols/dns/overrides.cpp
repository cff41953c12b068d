#include <sluice/protocols/dns/overrides.hpp>

#include <sluice/protocols/uri/host.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace sluice::dns {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t addresses_max = 64; // of a name

failure wrong(std::string_view text, const std::string& why) {
  return {errc::invalid_configuration, caused_by::local, "'" + printable(text) + "' " + why};
}

/// A number from 1 to 65535; 0: it is none.
std::uint16_t port_of(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc{} && end == text.data() + text.size() ? value : std::uint16_t{0};
}

std::string no_port(std::string_view text) {
  return "has the port '" + printable(text) + "', which is no number from 1 to 65535";
}

/// Takes the text up to the next ':' that is not in brackets, with that ':'. Nothing: there is no further part.
std::optional<std::string_view> next_part(std::optional<std::string_view>& rest) {
  if (!rest)
    return std::nullopt;
  const auto bracket = rest->starts_with('[') ? rest->find(']') : 0;
  const auto colon = bracket == npos ? npos : rest->find(':', bracket);
  const auto part = rest->substr(0, colon);
  rest = colon == npos ? std::nullopt : std::optional{rest->substr(colon + 1)};
  return part;
}

/// The canonical form of a host; empty is empty.
std::optional<std::string> host_of(std::string_view text) {
  if (text.empty())
    return std::string{};
  auto host = uri::parse_host(text);
  return host ? std::optional{std::move(host.text)} : std::nullopt;
}

std::string no_host(std::string_view text) {
  return "has the host '" + printable(text) + "', which " + uri::parse_host(text).problem;
}

failure at_field(const char* field, const failure& why) {
  return {why.code, why.by, std::string{"client_config.addressing."} + field + ": " + why.detail};
}

/// Reads each of `texts` by `parse` and gives the values to `add`; the first failure names the field.
template <class Parse, class Add>
failure read_all(const std::vector<std::string>& texts, const char* field, Parse parse, Add add) {
  for (const auto& text : texts) {
    auto entry = parse(text);
    if (!entry)
      return at_field(field, entry.error());
    add(*std::move(entry));
  }
  return {};
}

} // namespace

result_or_failure<resolve_entry> parse_resolve(std::string_view text) {
  constexpr auto form = "; write HOST:PORT:ADDRESS[,ADDRESS]..., or -HOST:PORT";
  resolve_entry result;
  const bool removes = text.starts_with('-');
  result.temporary = text.starts_with('+');
  std::optional<std::string_view> rest = text.substr(removes || result.temporary ? 1 : 0);
  const auto host = next_part(rest);
  const auto port = next_part(rest);
  if (host->empty() || !port)
    return wrong(text, (host->empty() ? "has no host" : "has no port") + std::string{form});
  const auto canonical = *host == "*" ? std::optional{std::string{*host}} : host_of(*host);
  if (!canonical)
    return wrong(text, no_host(*host) + form);
  result.host = *canonical;
  result.port = port_of(*port);
  if (result.port == 0)
    return wrong(text, no_port(*port) + form);
  if (removes)
    return rest ? result_or_failure<resolve_entry>{wrong(text,
                                                         std::string{"removes an entry and has an address"} + form)}
                : result;
  if (!rest || rest->empty())
    return wrong(text, std::string{"has no address"} + form);
  for (auto list = *rest;;) {
    const auto comma = list.find(',');
    const auto address = parse_ip(list.substr(0, comma));
    if (!address)
      return wrong(text, "has '" + printable(list.substr(0, comma)) + "', which is no IP address" + form);
    result.addresses.push_back(*address);
    if (comma == npos)
      break;
    list.remove_prefix(comma + 1);
  }
  if (result.addresses.size() > addresses_max)
    return wrong(text.substr(0, 60), "has more than " + std::to_string(addresses_max) + " addresses");
  return result;
}

result_or_failure<connect_entry> parse_connect_to(std::string_view text) {
  constexpr auto form = "; write HOST1:PORT1:HOST2:PORT2, each of which may be empty";
  std::optional<std::string_view> rest = text;
  std::string_view parts[4];
  for (auto& part : parts) {
    const auto next = next_part(rest);
    if (!next)
      return wrong(text, std::string{"has fewer than four parts"} + form);
    part = *next;
  }
  if (rest)
    return wrong(text, std::string{"has more than four parts"} + form + ", and an IPv6 address in brackets");
  for (const auto host : {parts[0], parts[2]})
    if (!host_of(host))
      return wrong(text, no_host(host) + form);
  for (const auto port : {parts[1], parts[3]})
    if (!port.empty() && port_of(port) == 0)
      return wrong(text, no_port(port) + form);
  return connect_entry{*host_of(parts[0]), port_of(parts[1]), *host_of(parts[2]), port_of(parts[3])};
}

result_or_failure<name_server> parse_name_server(std::string_view text) {
  constexpr auto form = "; write ADDRESS or ADDRESS:PORT, with an IPv6 address before a port in brackets";
  name_server result;
  if (const auto whole = parse_ip(text)) {
    result.address = *whole;
    return result;
  }
  const auto colon = text.rfind(':');
  const auto address = colon == npos ? std::nullopt : parse_ip(text.substr(0, colon));
  if (!address || (address->v6 && !text.starts_with('[')))
    return wrong(text, std::string{"is no address of a name server"} + form);
  result.address = *address;
  result.port = port_of(text.substr(colon + 1));
  if (result.port == 0)
    return wrong(text, no_port(text.substr(colon + 1)) + form);
  return result;
}

result_or_failure<port_range> parse_port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = port_of(text.substr(0, dash));
  const auto last = dash == npos ? first : port_of(text.substr(dash + 1));
  if (first == 0 || last < first)
    return wrong(text, "is no port and no range of ports; write a number from 1 to 65535, or two such as 4000-4200");
  return port_range{first, last};
}

result_or_failure<local_interface> parse_interface(std::string_view text) {
  local_interface result;
  const bool device_only = text.starts_with("if!"), host_only = text.starts_with("host!");
  const auto name = text.substr(device_only ? 3 : host_only ? 5 : 0);
  if (name.empty())
    return wrong(text, "names nothing; write an interface, an IP address or a host name");
  constexpr std::size_t device_name_max = 15; // IFNAMSIZ without its NUL
  const bool may_be_device =
      name.size() <= device_name_max && name.find_first_of(std::string_view{"/ \t\n\0", 5}) == npos;
  if (device_only && !may_be_device)
    return wrong(text, "names no network interface; these have at most 15 characters");
  if (device_only || (!host_only && may_be_device && !parse_ip(name)))
    result.name = name;
  if (device_only)
    return result;
  const auto host = parse_ip(name) ? std::optional{text_of(*parse_ip(name))} : host_of(name);
  if (host)
    result.host = *host;
  else if (result.name.empty())
    return wrong(text, no_host(name));
  return result;
}

result_or_failure<overrides> overrides::make(const addressing& given) {
  overrides result;
  auto problem = read_all(given.resolve, "resolve", parse_resolve, [&](resolve_entry entry) {
    std::erase_if(result.resolve_,
                  [&](const auto& other) { return other.host == entry.host && other.port == entry.port; });
    if (!entry.addresses.empty())
      result.resolve_.push_back(std::move(entry));
  });
  if (!problem)
    problem = read_all(given.connect_to, "connect_to", parse_connect_to,
                       [&](connect_entry entry) { result.connect_to_.push_back(std::move(entry)); });
  if (!problem)
    problem = read_all(given.name_servers, "name_servers", parse_name_server,
                       [&](const name_server& entry) { result.name_servers_.push_back(entry); });
  if (!problem && !given.interface.empty())
    if (const auto read = parse_interface(given.interface); !read)
      problem = at_field("interface", read.error());
  if (problem)
    return problem;
  return result;
}

const std::vector<ip_address>* overrides::find(std::string_view host, std::uint16_t port, bool first_minute) const {
  const auto named = [&](std::string_view wanted) {
    return std::find_if(resolve_.begin(), resolve_.end(), [&](const resolve_entry& entry) {
      return entry.host == wanted && entry.port == port && (first_minute || !entry.temporary);
    });
  };
  auto found = named(host);
  if (found == resolve_.end())
    found = named("*");
  return found == resolve_.end() ? nullptr : &found->addresses;
}

std::optional<std::pair<std::string, std::uint16_t>> overrides::redirected(std::string_view host,
                                                                           std::uint16_t port) const {
  for (const auto& entry : connect_to_)
    if ((entry.from_host.empty() || entry.from_host == host) && (entry.from_port == 0 || entry.from_port == port))
      return std::pair{entry.to_host.empty() ? std::string{host} : entry.to_host,
                       entry.to_port == 0 ? port : entry.to_port};
  return std::nullopt;
}

std::string overrides::name_servers() const {
  std::string result;
  for (const auto& server : name_servers_)
    result += (result.empty() ? "" : ",") + uri::bracketed(text_of(server.address)) + ":" + std::to_string(server.port);
  return result;
}

} // namespace sluice::dns
