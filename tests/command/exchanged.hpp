// One request of `sluice get` as an origin receives it, and how the command ended.
// Knows HTTP/1.1 heads as text; the answer is always 200 with a body of two bytes.
#pragma once

#include "child.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace command_test {

struct exchange {
  std::string head, body;
  outcome got;
};

/// The value of that field in a head; "(none)" if it has none.
std::string value_of(const std::string& head, const std::string& name);

/// What goes over the wire for these options of `get` and the URL of a peer with `target`. At least `body` bytes of a
/// body are waited for.
exchange exchanged(std::vector<std::string> arguments, std::size_t body = 0, setting how = {},
                   const std::string& target = "/path");

/// The same with user information in the URL: "http://" + information + "@" + host.
exchange exchanged_as(const std::string& information, std::vector<std::string> arguments);

/// A body that came in chunks (RFC 9112 section 7.1), without their framing.
std::string without_chunks(const std::string& body);

} // namespace command_test
