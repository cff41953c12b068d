// libFuzzer: each line is read as an entry of --resolve, --connect-to, --dns-servers, --local-port and --interface.
// What is read is canonical and applies to what it names; an error has no control characters.
#include <sluice/protocols/dns/overrides.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void require_canonical(const std::string& host) {
  if (!host.empty() && host != "*")
    require(uri::parse_host(uri::bracketed(host)).text == host);
}

/// Whether it was read; if not, the error is as promised.
template <class T>
bool is_read(const result_or_failure<T>& got) {
  if (got)
    return true;
  const auto& why = got.error();
  require(why.code == errc::invalid_configuration && why.by == caused_by::local && why.detail.starts_with('\''));
  require(std::none_of(why.detail.begin(), why.detail.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
  return false;
}

void check_resolve(const std::string& line) {
  const auto entry = dns::parse_resolve(line);
  dns::addressing given;
  given.resolve = {line};
  const auto all = dns::overrides::make(given);
  require(static_cast<bool>(all) == is_read(entry));
  if (!entry)
    return;
  require(entry->port > 0 && !entry->host.empty() && entry->addresses.size() <= 64);
  require_canonical(entry->host);
  require(entry->addresses.empty() == line.starts_with('-'));
  const auto* found = all->find(entry->host, entry->port, true);
  require(entry->addresses.empty() ? found == nullptr : found && *found == entry->addresses);
  require(!entry->temporary || !all->find(entry->host, entry->port, false));
}

void check_connect_to(const std::string& line) {
  const auto entry = dns::parse_connect_to(line);
  dns::addressing given;
  given.connect_to = {line};
  const auto all = dns::overrides::make(given);
  require(static_cast<bool>(all) == is_read(entry));
  if (!entry)
    return;
  require_canonical(entry->from_host);
  require_canonical(entry->to_host);
  const auto host = entry->from_host.empty() ? std::string{"any.test"} : entry->from_host;
  const auto port = entry->from_port == 0 ? std::uint16_t{80} : entry->from_port;
  const auto to = all->redirected(host, port);
  require(to && to->first == (entry->to_host.empty() ? host : entry->to_host));
  require(to->second == (entry->to_port == 0 ? port : entry->to_port));
}

void check_others(const std::string& line) {
  if (const auto server = dns::parse_name_server(line); is_read(server)) {
    require(server->port > 0);
    const auto again =
        dns::parse_name_server(uri::bracketed(dns::text_of(server->address)) + ":" + std::to_string(server->port));
    require(again && again->address == server->address && again->port == server->port);
  }
  if (const auto range = dns::parse_port_range(line); is_read(range))
    require(range->first > 0 && range->first <= range->last);
  if (const auto end = dns::parse_interface(line); is_read(end)) {
    require(!end->name.empty() || !end->host.empty());
    require(end->name.size() <= 15);
    require_canonical(end->host);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  for (int lines = 0; !text.empty() && lines < 64; ++lines) {
    const std::string line{text.substr(0, text.find('\n'))};
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    check_resolve(line);
    check_connect_to(line);
    check_others(line);
  }
  return 0;
}
