// The scripted HTTP/1.1, HTTP/2 and HTTP/3 origin for tests, demonstrations and load: plain and TLS, routes that behave
// and that do not. Knows nothing of the client under test, nor of CAF.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::origin {

/// What an HTTP/2 connection tells its client, and how it sends. The ranges are those of RFC 9113 §6.5.2.
struct http2_config {
  bool enabled = true; ///< offered in ALPN, and taken on the plain port where a client begins with its preface
  std::uint32_t max_concurrent_streams = 128;
  std::uint32_t initial_window_size = 256u << 10;  ///< of streams, for request bodies; at most 2^31-1
  std::uint32_t connection_window_size = 1u << 20; ///< 65535 to 2^31-1
  std::uint32_t max_frame_size = 16u << 10;        ///< that clients may send: 16384 to 16777215
  std::uint32_t header_table_size = 4096;          ///< that clients may use to compress their heads
  std::uint8_t padding = 0;                        ///< bytes added to every DATA frame that has room for them
  bool send_settings = true; ///< false: a server that never sends its SETTINGS, against RFC 9113 §3.4
};

/// HTTP/3, on the UDP port of the same number as the TLS port; by the first thread alone. Needs TLS.
struct http3_config {
  bool enabled = true;
  bool retry = false;      ///< clients first show that they receive at their address (RFC 9000 §8.1.2)
  bool advertise = false;  ///< answers over TLS say so in Alt-Svc (RFC 7838)
  bool early_data = false; ///< takes requests before the handshake is over (RFC 9001 §4.6)
  std::uint64_t max_concurrent_streams = 128;
  std::uint64_t stream_window = 256u << 10;       ///< of streams, for request bodies; at most 2^62-1
  std::uint64_t connection_window = 1u << 20;     ///< likewise
  std::size_t datagram_bytes = 1452;              ///< the largest that is tried: 1200 to 65527
  std::size_t unacknowledged_bytes = 16u << 20;   ///< of answers, kept for each connection; 64 KiB at least
  std::chrono::milliseconds idle_timeout{30'000}; ///< zero: never
};

struct config {
  std::string address = "127.0.0.1"; ///< an IP address to listen on
  std::uint16_t port = 0;            ///< 0: any
  std::uint16_t tls_port = 0;
  bool tls = true;
  std::uint64_t seed = 1;              ///< of content, where a request names none
  int threads = 1;                     ///< 1–64; connections are spread over them
  std::string client_ca_pem;           ///< not empty: TLS clients must show a certificate that one of these signed
  std::size_t connections_max = 16384; ///< beyond it new connections are closed at once, QUIC's not answered
  std::uint64_t request_body_bytes_max = std::uint64_t{1} << 40; ///< answered with 413 where announced, else cut
  std::size_t buffer_bytes = 256u << 10; ///< most that one connection holds of an answer; 8 KiB at least
  std::size_t send_buffer_bytes = 0;     ///< SO_SNDBUF; 0: the kernel's choice
  /// A client that is connected for so long without a request under way is dropped, by twice that time at the latest,
  /// however many bytes of a request it sends meanwhile. Zero: never.
  std::chrono::milliseconds request_timeout{300'000};
  std::string request_log_file; ///< gets a line of JSON for each request (request_log); empty: none
  http2_config http2;
  http3_config http3;
};

/// Figures at one moment. All but `…_open` and `…_blocked` only grow.
struct counters {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t connections_blocked = 0; ///< whose client's window is shut right now
  std::uint64_t requests = 0;
  std::uint64_t bytes_written = 0; ///< content of answers, as handed to sockets
  std::uint64_t request_body_bytes = 0;
  std::uint64_t blocked_writes = 0; ///< writes that could not proceed: the client's window was shut
  std::uint64_t malformed_requests = 0;
  std::uint64_t tls_failures = 0;
  // HTTP/2 and HTTP/3; frames are counted as they come, even for streams that are over
  std::uint64_t http2_connections = 0;
  std::uint64_t http3_connections = 0;
  std::uint64_t streams_open = 0;
  std::uint64_t resets_received = 0;  ///< RST_STREAM of any code; on HTTP/3 streams that the client reset or stopped
  std::uint64_t cancels_received = 0; ///< of these, with CANCEL or H3_REQUEST_CANCELLED
  std::uint64_t connection_window_updates = 0; ///< WINDOW_UPDATE received for stream 0; HTTP/3 does not count them
  std::uint64_t stream_window_updates = 0;     ///< and for all others; MAX_STREAM_DATA that opened a request's stream
  std::uint64_t pings_received = 0;            ///< without those that only acknowledge; not of QUIC
  std::uint64_t goaways_received = 0;
  std::uint64_t settings_received = 0; ///< without those that only acknowledge
  std::uint64_t early_requests = 0;    ///< of HTTP/3, before the handshake was over
};

/// One HTTP/2 or HTTP/3 stream, named by its request's ?id=.
struct stream_figures {
  std::uint32_t stream_id = 0;
  std::uint64_t bytes_sent = 0;            ///< content put into DATA frames
  std::uint64_t request_body_bytes = 0;    ///< received, taken by the answer or not
  std::uint64_t window_updates = 0;        ///< WINDOW_UPDATE frames received, or MAX_STREAM_DATA that opened the window
  std::uint64_t window_bytes = 0;          ///< by how much they opened it, the first window not included
  std::optional<std::uint32_t> reset_code; ///< of the client's RST_STREAM, or RESET_STREAM or STOP_SENDING
  bool closed = false;
};

/// A running server: its own threads, gone after stop().
class server {
public:
  struct impl;

  /// Ready to accept when it returns. Errors: invalid_configuration, naming the field or the address and port.
  static result_or_failure<std::unique_ptr<server>> start(config configuration);
  explicit server(std::unique_ptr<impl> state) noexcept;
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// http://127.0.0.1:port/path; a path may bring its query.
  std::string url(std::string_view path) const;
  /// https://localhost:tls_port/path. The certificate also holds for 127.0.0.1 and ::1.
  std::string tls_url(std::string_view path) const;
  std::uint16_t port() const;
  std::uint16_t tls_port() const; ///< 0 without TLS
  /// Signed by itself: what a client has to trust. Empty without TLS.
  const std::string& certificate_pem() const;
  counters snapshot() const;
  /// The stream whose request said ?id= with this name, the last of them; nothing before its request came. The 4096
  /// newest names are remembered.
  std::optional<stream_figures> figures_of(const std::string& id) const;
  /// Closes every connection and joins the threads. Any thread but the server's own; more than once is fine.
  void stop();

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::origin
