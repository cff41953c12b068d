// The lines of `get -v`: one for each event, marked as curl marks them, with '|' for flow control and '=' for frames.
// Knows traces, not how they came about.
#pragma once

#include <sluice/messages/interfaces.hpp>

#include <string>
#include <string_view>

namespace sluice::command {

/// The lines about one event, each ended. Values of secret fields are left out.
std::string lines_of(const trace& event);
/// The line about a retry without -v, from the detail of its trace: "in 1 s, retry 1 of 2: why".
std::string line_of_retry(const std::string& beginning, const std::string& detail);
/// Whether a field's value lets whoever reads it act as the user, in a request or a response: Authorization,
/// Proxy-Authorization, Cookie, Set-Cookie, Set-Cookie2. Challenges and Authentication-Info only prove something.
bool is_secret(std::string_view field_name);

} // namespace sluice::command
