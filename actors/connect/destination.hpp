// Where a connection for one exchange goes and comes from, before any name is looked up.
// Decisions about values, and whether this machine has an interface of some name; opens nothing and waits for nothing.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/local_binding.hpp>

#include <asio.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

struct destination {
  std::string host; ///< of the URL, or the one that the user wants instead; a name or an address
  std::uint16_t port = 0;
  std::optional<asio::local::stream_protocol::endpoint> unix_socket; ///< then host and port are not connected to
  local_binding from;
  std::string local_host; ///< a name whose addresses are to be put into `from`; empty: there is none
  std::string reason;     ///< for the observer; empty: the URL's host and port, as they are written
  failure problem;

  /// For people.
  std::string text() const;
};

destination destination_of(const exchange& wanted);

/// "unix:/run/a.sock", "unix:@name"
std::string unix_socket_text(const dns::addressing& given);

} // namespace sluice
