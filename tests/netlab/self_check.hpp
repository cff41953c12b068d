// Datagrams there and back over the link: does it take as long as asked for?
// Both run inside an end; they know nothing of how the link is made.
#pragma once

#include <sluice/tests/netlab/link_model.hpp>

namespace netlab {

/// At the server's end: sends back what comes, for ever.
int echo();
/// At the client's end: 0 if the round trips are right, and what was measured on standard output.
int check_round_trip(const link_options& asked);

} // namespace netlab
