// What the routes of faults are made of, whatever the protocol.
// For the files that hold routes.
#pragma once

#include "connection_actions.hpp"
#include "routes.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::origin {

/// The head of an answer with the seed's content.
outgoing_head content_head(const request& incoming, http1::body_framing framing);
/// An answer that begins with that head.
script_ptr begin_content(const request& incoming, http1::body_framing framing);
/// These bytes, and then an answer for a client that bears them.
script_ptr raw_then_ok(const request& incoming, source_ptr raw);
inline script_ptr raw_then_ok(const request& incoming, std::string raw) {
  return raw_then_ok(incoming, text(std::move(raw)));
}
/// The same, after something is done to the connection.
script_ptr act_then_ok(const request& incoming, std::function<void(connection_actions&)> act, std::uint64_t times = 1);
/// Only an end of the stream, with this code.
script_ptr reset_at_once(std::uint32_t code);

/// Content of ?bytes= (1 MiB), by default the half of it before ?after=, and in between whatever a fault does.
struct interrupted {
  explicit interrupted(const request& incoming);
  script_ptr rest() &&;
  std::uint64_t size, after;
  script_ptr result;
  std::uint64_t seed;
};

// Routes under both /h2/ and /h3/.
answer_ptr goaway_graceful(const request& incoming);
answer_ptr one_byte_data(const request& incoming);
/// Content of ?bytes=, then this frame, then more content.
answer_ptr headers_after_body(const request& incoming, std::string headers_frame);
/// Many of this frame between the head and the content.
answer_ptr empty_data_flood(const request& incoming, std::string data_frame);
/// Reset with `code`; with the same ?id= again, answered.
answer_ptr refused(const request& incoming, std::uint32_t code);
/// With ?id= only the first time.
answer_ptr misdirected(const request& incoming);

inline constexpr std::uint64_t flood_frames = 100000; ///< if no ?n= is given
/// ?ms=, at most an hour.
std::chrono::milliseconds frozen_time(const request& incoming);

using fault_maker = answer_ptr (*)(const request&);
struct fault_entry {
  std::string_view name;
  fault_maker make;
};
/// Null for a name that is not in the table.
fault_maker find_fault(std::span<const fault_entry> table, std::string_view name);

} // namespace sluice::origin
