#include "connecting_options.hpp"

#include <sluice/protocols/dns/overrides.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

/// The library's own words about a value that it cannot read.
template <class Parse>
CLI::Validator readable(Parse parse) {
  return CLI::Validator{[parse](std::string& text) {
                          const auto read = parse(std::string_view{text});
                          return read ? std::string{} : read.error().detail;
                        },
                        ""};
}

/// One value each time that it is given; "[::1]" is no list.
CLI::Option* add_repeated(CLI::App& app, const char* names, std::vector<std::string>& to, const char* help) {
  return app
      .add_option_function<std::vector<std::string>>(
          names, [&to](const std::vector<std::string>& values) { to = values; }, help)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> result;
  for (;;) {
    const auto comma = list.find(',');
    result.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos)
      return result;
    list.remove_prefix(comma + 1);
  }
}

std::string check_name_servers(std::string& list) {
  for (const auto& each : split(list))
    if (const auto read = dns::parse_name_server(each); !read)
      return read.error().detail;
  return {};
}

std::string check_unix_path(std::string& path) {
  if (path.empty())
    return "'' is not the name of a Unix socket; write for example /run/service.sock";
  return path.size() <= dns::unix_socket_bytes_max
             ? std::string{}
             : "'" + printable(path) + "' has " + std::to_string(path.size()) + " bytes; write a name of at most "
                   + std::to_string(dns::unix_socket_bytes_max) + " bytes";
}

} // namespace

void add_connecting_options(CLI::App& app, connecting_options& options) {
  auto& given = options.addressing;
  auto* v4 = app.add_flag("-4,--ipv4", options.ipv4, "Connect to IPv4 addresses only");
  app.add_flag("-6,--ipv6", options.ipv6, "Connect to IPv6 addresses only")->excludes(v4);
  app.add_option("--interface", given.interface,
                 "Connect from this interface, IP address or host name; 'if!NAME' and 'host!NAME' say which")
      ->check(readable(dns::parse_interface))
      ->type_name("NAME");
  app.add_option("--local-port", options.local_port, "Connect from this port, or from the first free one of FIRST-LAST")
      ->check(readable(dns::parse_port_range))
      ->type_name("PORT");
  add_repeated(app, "--resolve", given.resolve,
               "HOST:PORT:ADDRESS[,ADDRESS]...: the addresses of a host; '*' is any host; repeatable")
      ->check(readable(dns::parse_resolve))
      ->type_name("ENTRY");
  add_repeated(app, "--connect-to", given.connect_to,
               "HOST1:PORT1:HOST2:PORT2: send requests to HOST1:PORT1 to HOST2:PORT2; repeatable")
      ->check(readable(dns::parse_connect_to))
      ->type_name("ENTRY");
  app.add_option("--dns-servers", options.name_servers, "Ask these name servers: ADDRESS[:PORT], with commas between")
      ->check(CLI::Validator{check_name_servers, ""})
      ->type_name("ADDRESSES");
  auto* path = app.add_option("--unix-socket", options.unix_socket, "Connect to this Unix socket")
                   ->check(CLI::Validator{check_unix_path, ""})
                   ->type_name("PATH");
  app.add_option("--abstract-unix-socket", options.abstract_unix_socket, "Connect to this abstract Unix socket (Linux)")
      ->check(CLI::Validator{check_unix_path, ""})
      ->type_name("NAME")
      ->excludes(path);
}

dns::addressing addressing_of(const connecting_options& options) {
  auto result = options.addressing;
  result.family = options.ipv4 ? dns::family::ipv4 : options.ipv6 ? dns::family::ipv6 : dns::family::any;
  if (const auto ports = dns::parse_port_range(options.local_port)) {
    result.local_port = ports->first;
    result.local_port_last = ports->last;
  }
  if (!options.name_servers.empty())
    result.name_servers = split(options.name_servers);
  result.abstract_unix_socket = !options.abstract_unix_socket.empty();
  result.unix_socket = result.abstract_unix_socket ? options.abstract_unix_socket : options.unix_socket;
  return result;
}

} // namespace sluice::command
