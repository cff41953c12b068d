// The field lines of a request as they go over the wire, for whoever observes it.
// Knows how each version writes a head; sends nothing.
#pragma once

#include <sluice/protocols/http/engine.hpp>

namespace sluice {

/// In the order in which they are sent: on HTTP/1 with Host and framing, else with the pseudo-header fields and names
/// in lower case. `head` is one that an engine of that version has accepted.
http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body, http::version version);

} // namespace sluice
