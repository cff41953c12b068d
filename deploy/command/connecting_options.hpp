// The options that say which addresses are connected to, and from which, as the parser knows them: those of curl.
// Knows CLI11 and the library's `addressing`; what the entries mean is decided there.
#pragma once

#include <sluice/protocols/dns/addressing.hpp>

#include <string>

namespace CLI {
class App;
}

namespace sluice::command {

/// What the parser sets; addressing_of() makes the library's configuration of it.
struct connecting_options {
  dns::addressing addressing;
  bool ipv4 = false, ipv6 = false;
  std::string local_port, name_servers, unix_socket, abstract_unix_socket;
};

/// Adds the options to `app`. `options` must outlive its parsing.
void add_connecting_options(CLI::App& app, connecting_options& options);

/// After parsing.
dns::addressing addressing_of(const connecting_options& options);

} // namespace sluice::command
