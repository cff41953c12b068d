// The command line of netlab.
// Plain values; knows nothing of devices.
#pragma once

#include <sluice/tests/netlab/link_model.hpp>

#include <string>

namespace netlab {

struct options {
  link_options link;
  int mtu = 1500, port = 0;
  bool self_check = false, verbose = false;
  std::string server; ///< for /bin/sh
  std::vector<std::string> client;
};

/// Nothing after having said what is wrong, on standard error.
std::optional<options> parse(int argc, char** argv);

} // namespace netlab
