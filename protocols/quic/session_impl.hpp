// The state behind a QUIC connection: one ngtcp2 connection, its TLS handshake and how it ended.
// For the files of this folder only; with context.cpp the only place that knows ngtcp2.
#pragma once

#include <sluice/protocols/flow/allowance.hpp>
#include <sluice/protocols/guard.hpp>
#include <sluice/protocols/quic/handshake_watch.hpp>
#include <sluice/protocols/quic/session.hpp>
#include <sluice/protocols/tls/quic_impl.hpp>

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice::quic {

/// Fills a path for ngtcp2; good as long as `storage` is.
ngtcp2_path to_path(const quic::path& x, ngtcp2_path_storage& storage);
quic::path from_path(const ngtcp2_path& x);
connection_id from_id(const ngtcp2_cid& x);
ngtcp2_tstamp stamp(time_point x);
void fill_random(std::uint8_t* to, std::size_t n);
/// An RFC 9000 section 20.1 code by its name there.
std::string transport_error_name(std::uint64_t code);

/// What the datagrams of a connection yet to be accepted say of it: with which the client began, and the token's.
/// False: not the beginning of one.
struct beginning {
  ngtcp2_pkt_hd header{};
  ngtcp2_cid original{}; // what the client chose at first, where a Retry came between
  bool after_retry = false;
};
bool read_beginning(const server_context& context, const quic::path& where, std::span<const std::byte> datagram,
                    ngtcp2_tstamp now, beginning& to);

struct session::impl {
  impl(application& on_top, const limits& x)
    : app(on_top), bounds(x),
      idle(x.idle_datagrams + static_cast<std::size_t>(x.connection_window / 1000), x.idle_datagrams_a_second) {}
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ngtcp2_settings settings(time_point now) const;
  ngtcp2_transport_params parameters() const;
  void begin_client(const quic::path& where, time_point now);
  void begin_server(const beginning& from, const quic::path& where, time_point now);
  void adopt(ngtcp2_conn* x);

  void receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram, time_point now);
  batch next_datagrams(std::span<std::byte> into, time_point now);
  /// One packet; 0: none now.
  std::size_t write_packet(std::span<std::byte> into, quic::path& where, quic::ecn& mark, time_point now);
  batch close_datagram(std::span<std::byte> into, time_point now) noexcept;
  std::size_t write_close(std::span<std::byte> into, quic::path& where, time_point now);
  bool wants_close_packet() const { return over && close_pending; }

  // ---- how it ends (ending.cpp)
  void end_by_library(int code); // an ngtcp2 call gave `code`
  void end_by_peer();            // a CONNECTION_CLOSE or a stateless reset came
  void end_by_flood();
  void end(failure why); // nothing is sent about it
  /// If something was caught, the connection is over with that. ngtcp2 is then asked only for a CONNECTION_CLOSE, as it
  /// allows.
  void end_if_caught() noexcept;
  /// Looks at the code that a call of ngtcp2 gave. False: the connection is unusable from here on.
  bool usable_after(int code) noexcept;
  guard& caught() noexcept { return guard_; }
  /// What the session's methods that do more than ask run in.
  template <class F>
  void edge(F&& call) noexcept {
    guard_.run(std::forward<F>(call));
    end_if_caught();
  }
  failure peer_reason() const;
  std::string who() const { return tls->host.empty() ? "the client" : tls->host; }

  void on_handshake();
  // ---- before it is over (early.cpp)
  bool knows_server() const;
  std::chrono::milliseconds handshake_bound() const {
    return knows_server() ? bounds.early_handshake_timeout : bounds.handshake_timeout;
  }
  bool begin_early();
  void end_early();
  void remember_parameters();
  void on_sending_key();
  bool usable() const { return !over && (was_ready || early); }
  /// False: the connection is over, for a TLS message after the handshake that QUIC forbids. The TLS library would take
  /// it, and a KeyUpdate would have it change keys that are not its own.
  bool allows_messages(std::span<const std::byte> data);
  /// Bytes that brought a stream forward, in either direction.
  void on_progress(std::uint64_t n) { idle.add(static_cast<double>(n) / 100); }
  /// Throws std::bad_alloc.
  void make_reset_token(const ngtcp2_cid& id, std::uint8_t* token) const;
  ngtcp2_tstamp at(time_point now) { return latest = std::max(latest, stamp(now)); }

  application& app;
  guard guard_;
  limits bounds;
  flow::allowance idle;     // datagrams that bring nothing
  handshake_watch messages; // after the handshake
  std::unique_ptr<tls::session::impl> tls;
  ngtcp2_crypto_conn_ref reference{};
  ngtcp2_conn* conn = nullptr;
  ngtcp2_ccerr error{}; // what our CONNECTION_CLOSE says
  std::string error_text;
  failure problem;
  bool over = false, close_pending = false, was_ready = false, is_server = false;
  bool early = false; // streams are used though the handshake is not complete
  bool closed_by_peer = false, reset_statelessly = false;
  ngtcp2_tstamp latest = 0;              // ngtcp2's time never goes back
  std::array<std::uint8_t, 32> secret{}; // behind stateless reset tokens
  std::string offered_versions;          // of a Version Negotiation packet
  std::vector<id_change> id_changes;     // a server's

  std::vector<std::byte> held; // a packet that did not fit into the last batch
  quic::path held_path;
  quic::ecn held_mark = ecn::not_capable;
};

/// Makes a TLS context fit for ngtcp2 (handshake_keys.cpp). 0: done.
int configure_client(WOLFSSL_CTX* ctx);
int configure_server(WOLFSSL_CTX* ctx);
/// The callbacks through which ngtcp2 tells a connection (callbacks.cpp).
ngtcp2_callbacks connection_callbacks(bool server);
/// Whether a packet was authenticated, on this thread, since this was asked last.
bool take_opened();

} // namespace sluice::quic
