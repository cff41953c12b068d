#include <sluice/actors/connect/destination.hpp>

#include <sluice/actors/connect/address_book.hpp>
#include <sluice/actors/connect/local_end.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <utility>

namespace sluice {

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
  auto end = local_end_of(book.given());
  result.from = std::move(end.from);
  result.local_host = std::move(end.host);
  result.problem = std::move(end.problem);
  return result;
}

} // namespace sluice
