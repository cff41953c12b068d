// The configuration of a client. Checked once, when the client is made; client_bounds.cpp has the ranges.
// Plain values; no Asio, no wolfSSL.
#pragma once

#include <sluice/messages/interfaces.hpp>
#include <sluice/protocols/coding/decoder.hpp>
#include <sluice/protocols/dns/addressing.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/http1/limits.hpp>
#include <sluice/protocols/http2/limits.hpp>
#include <sluice/protocols/http3/limits.hpp>
#include <sluice/protocols/quic/limits.hpp>
#include <sluice/protocols/tls/config.hpp>

namespace sluice {

/// Which HTTP versions a client speaks.
enum class http_choice : std::uint8_t {
  automatic, ///< HTTP/3 if the origin announced it (Alt-Svc, RFC 7838), else HTTP/2 if ALPN agrees, else HTTP/1.1
  http1,     ///< HTTP/1.1 only
  http2,     ///< HTTP/2 only, agreed by ALPN: for https URLs (RFC 9113 section 3.2)
  http2_prior_knowledge, ///< HTTP/2 only, without ALPN's agreement: for http URLs too (RFC 9113 section 3.3)
  http3,                 ///< as automatic, but HTTP/3 is also tried with https origins that announced nothing
  http3_only,            ///< HTTP/3 only: for https URLs
};

/// Whether a client ever uses HTTP/3.
constexpr bool may_use_http3(http_choice choice) {
  return choice == http_choice::automatic || choice == http_choice::http3 || choice == http_choice::http3_only;
}

/// Copied when the client is made; later changes have no effect. Windows, budgets and sizes are in bytes.
struct client_config {
  http_choice protocol = http_choice::automatic;
  /// `alpn` is set from `protocol`. `key_log_file` is for debugging: its lines are appended on the event loop.
  tls::client_config tls;
  http1::limits http1;
  http2::limits http2;
  http3::limits http3;
  quic::limits quic; ///< `stream_window` and `peer_bidi_streams` are set from `first_window` and by HTTP/3
  coding::limits coding;
  dns::addressing addressing; ///< which addresses are connected to, and from which

  /// The window that each body begins with: what a stalled reader may hold. 4 KiB to 1 GiB.
  wire_bytes first_window{64u << 10};
  /// What the window of a reader that keeps up may grow to; on HTTP/1.1 1 MiB at most, because the kernel buffers too.
  /// At least first_window, at most 1 GiB.
  wire_bytes largest_window{16u << 20};
  /// All windows of this client together; windows do not grow beyond it. First windows are given even above it. At
  /// least first_window.
  wire_bytes memory_budget{256u << 20};

  /// Connections to one origin that are not stalled. A connection is stalled when every body on it is. 1 to 65535.
  std::size_t connections_per_origin = 64;
  /// A connection on which this many bodies are stalled takes no new requests while another can be opened.
  std::size_t stalled_streams_per_connection = 100;
  /// All connections of the client, stalled ones included.
  std::size_t connections = 8192;
  /// Requests that wait for a connection; one more is refused with errc::limit_exceeded.
  std::size_t waiting_requests = 65536;
  /// A connection without an exchange is closed after this time.
  std::chrono::milliseconds idle_timeout{55'000};
  /// Over HTTP/1.1 the rest of an abandoned body is read and thrown away, so that the connection can be used again, if
  /// no more than this is known to be missing. Else the connection is closed.
  std::uint64_t drain_bytes = 64u << 10;
  /// How long that rest may take, and how long streams that were reset may take to end, while no other exchange is
  /// under way. Then the connection is closed.
  std::chrono::milliseconds drain_timeout{1'000};

  /// Requests that are sent again by their retry_policy: at most so many for each hundred requests that the client
  /// makes, 0 to 100, and so many a second besides, 0 to 1 million. Up to 100 at once after a quiet time; with 0 and 0
  /// none. One that is over this budget is not sent again: its failure, or its response, is the answer.
  std::uint32_t retry_budget_percent = 10, retry_budget_a_second = 10;

  /// The next address of a name is tried when none has answered for this time (RFC 8305 section 5), and at once when
  /// one fails. The first whose handshakes are complete, TLS or QUIC included, is taken. 10 to 2000 ms.
  std::chrono::milliseconds connection_attempt_delay{250};
  /// Attempts at the addresses of one name at the same time, 1 to 64.
  std::size_t connection_attempts = 6;
  /// An attempt at one address, and the lookup of a name, end after this time, also if the request has no deadline
  /// `connect`. 1 ms to an hour.
  std::chrono::milliseconds connection_attempt_timeout{60'000}, lookup_timeout{60'000};

  /// Where HTTP/3 is tried, TCP is tried too after this time. The first whose handshake is complete carries the
  /// request. An early request (quic.early_data) has no such race: if nobody answers within five times this, and at
  /// least 1 s, it is sent again over TCP.
  std::chrono::milliseconds http3_head_start{200};
  /// Where to keep the alternative services that origins announce (RFC 7838), in the format of curl's alt-svc files: a
  /// regular file of at most 4 MiB, or one that does not exist yet. Empty: they are kept in memory only.
  ///
  /// It is read when the client is made. A change is written by a thread of its own, into a new file that is then
  /// renamed over the old one, so the file is always complete. The runtime's destructor waits up to 2 s for the last
  /// change. A lifetime that is only extended is not written. Failures to write show in client_stats. If several
  /// clients or processes use one file, the last to write wins.
  std::string alternative_services_file;

  /// The field User-Agent (RFC 9110 section 10.1.5); empty: none is sent. At most 8192 bytes.
  std::string user_agent = "sluice/0.1";
};

/// The first problem of a configuration, as errc::invalid_configuration: which field, which range it accepts, and its
/// value. errc::none: there is none.
failure check(const client_config& config);

} // namespace sluice
