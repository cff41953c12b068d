// Everything a client can be told, every bound by name. Checked once, when the client is made; client_bounds.cpp has
// the ranges. Plain values; no Asio, no wolfSSL.
#pragma once

#include <sluice/messages/interfaces.hpp>
#include <sluice/protocols/coding/decoder.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/http1/limits.hpp>
#include <sluice/protocols/http2/limits.hpp>
#include <sluice/protocols/http3/limits.hpp>
#include <sluice/protocols/quic/limits.hpp>
#include <sluice/protocols/tls/config.hpp>

namespace sluice {

/// Which HTTP versions a client speaks.
enum class http_choice : std::uint8_t {
  automatic, ///< HTTP/3 where the origin has told of it (Alt-Svc), else HTTP/2 where ALPN agrees on it, else HTTP/1.1
  http1,     ///< HTTP/1.1 only
  http2,     ///< HTTP/2 only, agreed by ALPN: for https URLs
  http2_prior_knowledge, ///< HTTP/2 only, without asking: for http URLs too (RFC 9113 section 3.3)
  http3,                 ///< as automatic, but HTTP/3 is tried with https origins that have told nothing
  http3_only,            ///< HTTP/3 only: for https URLs
};

/// Whether a client ever looks for HTTP/3.
constexpr bool may_use_http3(http_choice x) {
  return x == http_choice::automatic || x == http_choice::http3 || x == http_choice::http3_only;
}

struct client_config {
  http_choice protocol = http_choice::automatic;
  tls::client_config
      tls; ///< its `alpn` follows from `protocol`. `key_log_file` is for debugging: lines are appended on the loop
  http1::limits http1;
  http2::limits http2;
  http3::limits http3;
  quic::limits quic; ///< its stream windows and streams follow from the fields here
  coding::limits coding;

  wire_bytes first_window{64u << 10}; ///< what a stalled reader may hold up, 4 KiB to 1 GiB
  wire_bytes largest_window{
      16u
      << 20}; ///< what a fast reader's window may grow to (1 MiB at most on HTTP/1.1, where the kernel buffers as well)
  wire_bytes memory_budget{
      256u << 20}; ///< all windows of this client together; growth stops there. At least first_window

  std::size_t connections_per_origin = 64; ///< that are not stalled; 1 to 65535
  /// A connection on which that many bodies are stalled takes no new requests while another can be opened.
  std::size_t stalled_streams_per_connection = 100;
  /// Stalled connections do not count as above, lest paused bodies use up the slots of others; this bounds them all.
  std::size_t connections = 8192;
  std::size_t waiting_requests = 65536;
  std::chrono::milliseconds idle_timeout{55'000}; ///< an unused connection is kept that long
  /// Over HTTP/1.1 an abandoned body of which no more is to come than this is read to its end, so that the connection
  /// can be used again.
  std::uint64_t drain_bytes = 64u << 10;
  /// For so long at most; then the connection is closed. The same for streams that were reset, as long as nothing else
  /// is under way.
  std::chrono::milliseconds drain_timeout{1'000};

  /// A further address of a name is tried beside those that have not connected that long after they began or last
  /// answered (RFC 8305 section 5), at once when one fails; who is ready first, TLS or QUIC handshake included, is
  /// taken. 10 to 2000 ms.
  std::chrono::milliseconds connection_attempt_delay{250};
  std::size_t connection_attempts = 6; ///< at the addresses of one name, at once; 1 to 64
  /// An attempt at one address and a name's lookup end after that long, also where a request sets no deadline
  /// `connect`; 1 ms to an hour.
  std::chrono::milliseconds connection_attempt_timeout{60'000}, lookup_timeout{60'000};

  /// TCP is tried as well once HTTP/3 has had that long to shake hands; who is ready first carries the request.
  /// A request that is sent before the handshake is over (quic.early_data) is not raced: it is sent again, over TCP, if
  /// there is no answer after five times that, and a second at least.
  std::chrono::milliseconds http3_head_start{200};
  /// Where to keep what origins told of alternative services (RFC 7838), in the form of curl's alt-svc files: a regular
  /// file of at most 4 MiB. Read when the client is made; written, as it changes, by a thread that is no loop: beside
  /// it, and then renamed over it, so that it is always whole. The last state is on disk when the runtime has ended. A
  /// failure to write shows in client_stats. Of several clients and processes with one file the last to write wins.
  /// Empty: kept in memory only.
  std::string alternative_services_file;

  std::string user_agent = "sluice/0.1";
};

/// The first thing wrong with the configuration: which field, which range it accepts, and what it is.
failure check(const client_config& config);

} // namespace sluice
