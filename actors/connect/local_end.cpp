#include <sluice/actors/connect/local_end.hpp>

#include <sluice/protocols/dns/overrides.hpp>

#include <net/if.h>

#include <cstdint>

namespace sluice {

local_end local_end_of(const dns::addressing& given) {
  local_end result;
  result.from.first_port = static_cast<std::uint16_t>(given.local_port);
  result.from.last_port = static_cast<std::uint16_t>(given.local_port_last);
  if (given.interface.empty())
    return result;
  const auto read = dns::parse_interface(given.interface);
  if (!read)
    result.problem = read.error();
  else if (!read->name.empty() && if_nametoindex(read->name.c_str()) != 0)
    result.from.device = read->name;
  else if (const auto literal = dns::parse_ip(read->host))
    result.from.addresses = {*literal};
  else if (!read->host.empty())
    result.host = read->host;
  else
    result.problem = {errc::connect_failed, caused_by::local,
                      "this machine has no network interface '" + printable(read->name)
                          + "' to connect from; `ip link` lists those that there are"};
  return result;
}

} // namespace sluice
