// What `addressing` says about where connections come from, as this machine has it.
// Asks the kernel whether there is an interface of some name; opens nothing and looks no name up.
#pragma once

#include <sluice/actors/io/local_binding.hpp>
#include <sluice/protocols/dns/addressing.hpp>
#include <sluice/protocols/failure.hpp>

#include <string>

namespace sluice {

struct local_end {
  local_binding from;
  std::string host; ///< a name whose addresses are to be put into `from`; empty: there is none
  failure problem;  ///< there is no such interface
};

/// addressing.interface and addressing.local_port: an interface of this machine, else an address or a name of one.
local_end local_end_of(const dns::addressing& given);

} // namespace sluice
