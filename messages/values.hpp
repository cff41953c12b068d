// The plain values that travel in messages: requests, pieces of a body, figures, traces.
// No behaviour, no actor handles, no Asio.
#pragma once

#include <sluice/messages/caf.hpp>
#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/bytes.hpp>
#include <sluice/protocols/flow/chunk.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/policy/rules.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// The version of the messages in this folder. Nodes with different versions cannot work together: a request of another
/// version is refused with a failure that names both.
inline constexpr std::uint16_t message_protocol_version = 4;

/// How long the parts of an exchange may take, each from 0 to longest_deadline (bounds.hpp). Zero: no such deadline.
/// The first three end the exchange with errc::timed_out, the others with errc::peer_silent.
struct deadlines {
  /// Opening a connection: name lookup, TCP and TLS handshakes together.
  std::chrono::milliseconds connect{10'000};
  /// From when a connection takes the request, opening it included, to the head of the final response.
  std::chrono::milliseconds head{0};
  /// From the request to the last byte that is read off the connection.
  std::chrono::milliseconds total{0};
  /// The origin may send, and nothing comes. Does not run while the body is paused because its reader has made no room,
  /// nor while the request's body is being sent.
  std::chrono::milliseconds peer_silence{0};
  /// Bytes of the request body are ready to be sent, and the origin takes none of them: over HTTP/1.1 the socket does
  /// not drain; over HTTP/2 and HTTP/3 that, or a window stays shut, or nothing is acknowledged. Does not run while the
  /// body's source has nothing to send. Checked when it is over, so it may take up to twice as long. Zero: an origin
  /// that stops reading may keep the exchange for ever.
  std::chrono::milliseconds upload_silence{60'000};
};

/// How much of a body may be outstanding, and whether it is decoded.
struct read_policy {
  /// Fixed window for this body, from smallest_window (bounds.hpp) to the lesser of client_config's largest_window and
  /// memory_budget. Zero: it begins with client_config's first_window and grows while the reader keeps up.
  wire_bytes window{0};
  /// Send Accept-Encoding with gzip, deflate, br and zstd, and decode them (RFC 9110 section 8.4, RFC 7932, RFC 8878).
  /// The decoder of a body keeps its window in memory: up to 16 MiB for br, 8 MiB for zstd (coding::limits). It is
  /// taken from the client's memory budget, also where that is used up; then windows of bodies stop growing. Off: bytes
  /// arrive as the origin coded them.
  bool decode = true;
};

/// A part of a body. The reader's next `read` says that it was consumed; the bytes stay valid as long as `data` or a
/// copy of it is kept.
struct piece {
  chunk data;              ///< of a response: never empty unless `end` is set
  bool end = false;        ///< the body is complete, and all of it was read. A response's last piece has no data
  http::fields trailers{}; ///< with `end`: the trailer section, received or to be sent (RFC 9110 section 6.5)
  /// Not 0: `data` had this many bytes, more than a message between nodes may carry (chunk_limit_bytes), and was left
  /// out.
  std::uint64_t withheld = 0;
};

/// Figures of one exchange, or of all exchanges of a client together.
struct flow_stats {
  std::uint64_t pauses = 0;          ///< times that reading stopped because the reader had made no room
  std::uint64_t resumes = 0;         ///< times it went on, or the exchange ended, after a pause
  std::uint64_t credits_sent = 0;    ///< credit messages that readers sent
  std::uint64_t credits_handled = 0; ///< credit messages that connections handled; waiting ones are added to one
  wire_bytes received;               ///< body bytes that arrived
  decoded_bytes decoded;             ///< body bytes after content decoding, handed to readers
  decoded_bytes consumed;            ///< body bytes that readers have consumed
  wire_bytes outstanding;            ///< received and not yet released
  wire_bytes outstanding_peak;       ///< the most that was outstanding at once
};

/// Figures of a client as a whole, since it was made or at this moment.
struct client_stats {
  flow_stats flow;                      ///< of all exchanges together
  std::uint64_t requests = 0;           ///< requests that it was asked to make, refused ones included
  std::uint64_t connections_opened = 0; ///< transports that were opened
  std::uint64_t connections_open = 0;   ///< open now
  std::uint64_t connections_idle = 0;   ///< open now, without an exchange
  std::uint64_t requests_waiting = 0;   ///< waiting for a connection now
  std::uint64_t origins = 0;            ///< with connections, or with requests that wait for one, now
  /// Times that a request was sent again by its retry_policy, or came back to the pool: sent again because that is
  /// safe, or not taken by a connection.
  std::uint64_t retries = 0;
  std::uint64_t retries_withheld = 0; ///< times that the retry budget did not let a request be sent again
  std::uint64_t file_failures = 0;    ///< times that client_config::alternative_services_file could not be written
  std::string file_problem;           ///< why, the last time
};

enum class trace_kind : std::uint8_t {
  connecting, ///< an attempt at an address began
  connected,  ///< a TCP connection, or a QUIC connection with its handshake, was made
  secured,    ///< the TLS handshake is complete
  reused,     ///< an open connection took the request
  request_sent,
  interim,  ///< a 1xx response
  response, ///< the head of the final response
  paused,   ///< reading stopped: the reader has made no more room
  resumed,
  finished,   ///< the exchange has left its connection
  retried,    ///< the request is sent again
  frame,      ///< an HTTP/2 frame was sent or received, or an event of HTTP/3
  chosen,     ///< between HTTP/3 and TCP: which is tried or taken, and why
  dropped,    ///< the observer did not keep up: how many events are missing here
  redirected, ///< the redirect is followed: its status, and where it leads without the query
};

/// One event of an exchange, for its observer.
struct trace {
  trace_kind kind = trace_kind::connecting;
  std::string detail;       ///< for people
  std::uint16_t status = 0; ///< of interim and response only
  /// Of interim and response: the fields of that head. Of request_sent: all fields as they were sent, in order, with
  /// Host and framing or the pseudo-header fields. "[not shown]" stands for the value of Authorization,
  /// Proxy-Authorization and Cookie.
  http::fields fields;
};

/// Tells a connection that a reader has consumed bytes. Credits for one stream may be added up.
struct credit {
  std::uint32_t stream = 0; ///< index on the connection, not a stream identifier of the protocol
  std::uint32_t bytes = 0;  ///< wire bytes
};

} // namespace sluice

namespace sluice::http {

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, field& field) {
  return inspect_fields(f, "sluice::http::field", field.name, field.value);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, priority& priority) {
  return inspect_fields(f, "sluice::http::priority", priority.urgency, priority.incremental);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, fields& fields) {
  return inspect_fields(f, "sluice::http::fields", fields.lines());
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, response_head& head) {
  const auto repair = [&head] {
    if (head.version > version::http3)
      head.version = version::http1_1;
  };
  return inspect_repaired(f, "sluice::http::response_head", repair, head.version, head.status, head.reason, head.fields,
                          head.end_unproven);
}

} // namespace sluice::http

namespace sluice {

template <class Inspector, class Currency>
inspected<Inspector> inspect(Inspector& f, byte_count<Currency>& count) {
  return inspect_value(f, count.value);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, failure& failure) {
  const auto repair = [&failure] {
    if (std::string_view{to_string(failure.code)} == "unknown")
      failure.code = errc::internal;
    if (failure.by > caused_by::transport)
      failure.by = caused_by::local;
  };
  return inspect_repaired(f, "sluice::failure", repair, failure.code, failure.by, failure.detail);
}

/// The most bytes that a chunk may have in a message to or from another node: 4 MiB. A larger one is left out of its
/// piece or request body (`withheld`), and the receiver refuses that with errc::limit_exceeded.
inline constexpr std::size_t chunk_limit_bytes = 4u << 20;

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, chunk& content) {
  if constexpr (loads<Inspector>) {
    content = {};
    return load_bytes(f, chunk_limit_bytes, [&content](std::size_t n, auto fill) { content = chunk::filled(n, fill); });
  } else if constexpr (stores<Inspector>) {
    return store_bytes(f, content.data(), content.size(), chunk_limit_bytes);
  } else {
    auto n = content.size();
    return inspect_fields(f, "sluice::chunk", n);
  }
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, deadlines& deadlines) {
  return inspect_fields(f, "sluice::deadlines", deadlines.connect, deadlines.head, deadlines.total,
                        deadlines.peer_silence, deadlines.upload_silence);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, read_policy& policy) {
  return inspect_fields(f, "sluice::read_policy", policy.window, policy.decode);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, host_credentials& known) {
  return inspect_fields(f, "sluice::host_credentials", known.host, known.value);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, redirect_policy& policy) {
  const auto repair = [&policy] {
    if (policy.targets > redirect_targets::any)
      policy.targets = redirect_targets::no_downgrade;
  };
  return inspect_repaired(f, "sluice::redirect_policy", repair, policy.follow, policy.limit, policy.keep_post_301,
                          policy.keep_post_302, policy.keep_post_303, policy.trust_other_origins, policy.targets,
                          policy.credentials);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, retry_policy& policy) {
  return inspect_fields(f, "sluice::retry_policy", policy.attempts, policy.first_delay, policy.factor,
                        policy.largest_delay, policy.total_time, policy.jitter_percent, policy.refused_connections,
                        policy.all_errors, policy.usual_statuses, policy.further_statuses);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, piece& piece) {
  if constexpr (stores<Inspector>) {
    auto withheld = piece.data.size() > chunk_limit_bytes ? std::uint64_t{piece.data.size()} : piece.withheld;
    chunk nothing;
    return inspect_fields(f, "sluice::piece", withheld > 0 ? nothing : piece.data, piece.end, piece.trailers, withheld);
  } else {
    return inspect_fields(f, "sluice::piece", piece.data, piece.end, piece.trailers, piece.withheld);
  }
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, flow_stats& stats) {
  return inspect_fields(f, "sluice::flow_stats", stats.pauses, stats.resumes, stats.credits_sent, stats.credits_handled,
                        stats.received, stats.decoded, stats.consumed, stats.outstanding, stats.outstanding_peak);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, client_stats& stats) {
  return inspect_fields(f, "sluice::client_stats", stats.flow, stats.requests, stats.connections_opened,
                        stats.connections_open, stats.connections_idle, stats.requests_waiting, stats.origins,
                        stats.retries, stats.retries_withheld, stats.file_failures, stats.file_problem);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, trace& trace) {
  const auto repair = [&trace] {
    if (trace.kind > trace_kind::redirected)
      trace.kind = trace_kind::frame; // its text may still be read
  };
  return inspect_repaired(f, "sluice::trace", repair, trace.kind, trace.detail, trace.status, trace.fields);
}

template <class Inspector>
inspected<Inspector> inspect(Inspector& f, credit& credit) {
  return inspect_fields(f, "sluice::credit", credit.stream, credit.bytes);
}

} // namespace sluice
