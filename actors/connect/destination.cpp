#include <sluice/actors/connect/destination.hpp>

#include <sluice/actors/connect/address_book.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <net/if.h>

namespace sluice {

namespace {

/// An interface of this machine, else an address or a name of one.
void set_local_end(const dns::addressing& given, destination& to) {
  to.from.first_port = static_cast<std::uint16_t>(given.local_port);
  to.from.last_port = static_cast<std::uint16_t>(given.local_port_last);
  if (given.interface.empty())
    return;
  const auto read = dns::parse_interface(given.interface);
  if (!read) {
    to.problem = read.error();
    return;
  }
  if (!read->name.empty() && if_nametoindex(read->name.c_str()) != 0)
    to.from.device = read->name;
  else if (const auto literal = dns::parse_ip(read->host))
    to.from.addresses = {*literal};
  else if (!read->host.empty())
    to.local_host = read->host;
  else
    to.problem = {errc::connect_failed, caused_by::local,
                  "this machine has no network interface '" + printable(read->name)
                      + "' to connect from; `ip link` lists those that there are"};
}

} // namespace

std::string unix_socket_text(const dns::addressing& given) {
  return (given.abstract_unix_socket ? "unix:@" : "unix:") + given.unix_socket;
}

std::string destination::text() const { return uri::bracketed(host) + ":" + std::to_string(port); }

destination destination_of(const exchange& wanted) {
  const auto& url = wanted.where;
  const auto& book = *wanted.shared->names;
  destination result;
  result.host = url.host;
  result.port = url.port;
  if (!url.written_host.empty())
    result.reason = "the host " + printable(url.written_host) + " is " + url.host + " (IDNA)";
  if (const auto& path = book.given().unix_socket; !path.empty()) {
    result.unix_socket.emplace(book.given().abstract_unix_socket ? std::string(1, '\0') + path : path);
    return result;
  }
  if (auto instead = book.redirected(url.host, url.port)) {
    result.host = std::move(instead->first);
    result.port = instead->second;
    result.reason +=
        (result.reason.empty() ? "" : "; ") + std::string{"requests to "} + url.authority() + " go to " + result.text();
  }
  set_local_end(book.given(), result);
  return result;
}

} // namespace sluice
