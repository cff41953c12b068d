// The implementation of a QUIC connection: one ngtcp2 connection, its TLS handshake and the reason of its end.
// For the files of this folder only.
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
#include <unordered_map>
#include <vector>

namespace sluice::quic {

/// Converts a path for ngtcp2; the result is valid as long as `storage`.
ngtcp2_path to_path(const quic::path& from, ngtcp2_path_storage& storage);
quic::path from_path(const ngtcp2_path& library_path);
connection_id from_id(const ngtcp2_cid& id);
ngtcp2_tstamp stamp(time_point when);
void fill_random(std::uint8_t* to, std::size_t n);
/// The name of an error code of RFC 9000 section 20.1.
std::string transport_error_name(std::uint64_t code);

/// The first packet of a new connection, as a server receives it.
struct beginning {
  ngtcp2_pkt_hd header{};
  ngtcp2_cid original{}; // destination ID of the client's first Initial packet, if after_retry
  bool after_retry = false;
};
/// Parses `datagram` and checks its Retry token. False: it cannot begin a connection.
bool read_beginning(const server_context& context, const quic::path& where, std::span<const std::byte> datagram,
                    ngtcp2_tstamp now, beginning& to);

struct session::impl {
  impl(application& on_top, const limits& configured)
    : app(on_top), bounds(configured),
      idle(configured.idle_datagrams + static_cast<std::size_t>(configured.connection_window / 1000),
           configured.idle_datagrams_a_second) {}
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ngtcp2_settings settings(time_point now) const;
  ngtcp2_transport_params parameters() const;
  void begin_client(const quic::path& where, time_point now);
  void begin_server(const beginning& from, const quic::path& where, time_point now);
  void adopt(ngtcp2_conn* made);

  void receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram, time_point now);
  batch next_datagrams(std::span<std::byte> into, time_point now);
  /// Writes one packet. 0: none is due now.
  std::size_t write_packet(std::span<std::byte> into, quic::path& where, quic::ecn& mark, time_point now);
  batch close_datagram(std::span<std::byte> into, time_point now) noexcept;
  std::size_t write_close(std::span<std::byte> into, quic::path& where, time_point now);
  bool wants_close_packet() const { return over && close_pending; }
  /// `n` bytes of the stream, the next in order, were acknowledged.
  void on_acknowledged(std::int64_t id, std::uint64_t n);
  /// The end of the stream was sent, or never will be.
  void end_sent(std::int64_t id);

  // ---- the end of the connection (ending.cpp)
  void end_by_library(int code); // an ngtcp2 call returned `code`
  void end_by_peer();            // CONNECTION_CLOSE or a stateless reset was received
  void end_by_flood();
  void end(failure why); // without a CONNECTION_CLOSE, unless the caller sets close_pending
  /// If the guard caught an exception, ends the connection with it. Afterwards ngtcp2 is used only to write a
  /// CONNECTION_CLOSE.
  void end_if_caught() noexcept;
  /// Checks the return code of an ngtcp2 call. False: the connection must not be used any more.
  bool usable_after(int code) noexcept;
  guard& caught() noexcept { return guard_; }
  /// Runs a public method that changes the connection: stores an exception and then ends the connection.
  template <class F>
  void edge(F&& call) noexcept {
    guard_.run(std::forward<F>(call));
    end_if_caught();
  }
  failure peer_reason() const;
  /// The name of the peer in error texts.
  std::string who() const { return tls->host.empty() ? "the client" : tls->host; }

  void set_ping_interval();
  void on_handshake();
  // ---- early data (early.cpp)
  bool knows_server() const;
  std::chrono::milliseconds handshake_bound() const {
    return knows_server() ? bounds.early_handshake_timeout : bounds.handshake_timeout;
  }
  bool begin_early();
  void end_early();
  void remember_parameters();
  void on_sending_key();
  bool usable() const { return !over && (established || early); }
  /// Checks TLS messages after the handshake. False: QUIC forbids one of them, and the connection has ended. The TLS
  /// library would accept it, and on a KeyUpdate change keys that QUIC manages.
  bool allows_messages(std::span<const std::byte> data);
  /// `n` bytes of stream data arrived in order or were acknowledged.
  void on_progress(std::uint64_t n) { idle.add(static_cast<double>(n) / 100); }
  /// Throws std::bad_alloc.
  void make_reset_token(const ngtcp2_cid& id, std::uint8_t* token) const;
  ngtcp2_tstamp at(time_point now) { return latest = std::max(latest, stamp(now)); }

  application& app;
  guard guard_;
  limits bounds;
  flow::allowance idle;     // limits datagrams without progress
  handshake_watch messages; // checks TLS messages after the handshake
  std::unique_ptr<tls::session::impl> tls;
  ngtcp2_crypto_conn_ref reference{};
  ngtcp2_conn* conn = nullptr;
  ngtcp2_ccerr error{}; // content of the CONNECTION_CLOSE to send
  std::string error_text;
  failure problem;
  // over: the connection has ended; close_pending: a CONNECTION_CLOSE is due; established: the handshake is complete
  bool over = false, close_pending = false, established = false, is_server = false;
  bool early = false;                       // streams are used although the handshake is not complete
  bool kept_alive = false, probing = false; // keep_alive(true); probe(), and no packet since
  bool closed_by_peer = false, reset_statelessly = false;
  ngtcp2_tstamp latest = 0;              // the time for ngtcp2, which must not go back
  std::array<std::uint8_t, 32> secret{}; // for stateless reset tokens
  std::string offered_versions;          // from a Version Negotiation packet
  std::vector<id_change> id_changes;     // of a server

  /// Streams of which only the end (FIN) is still to be sent, and how many bytes of them were acknowledged since it was
  /// offered. The application hears of these bytes after the end has left: nghttp3 before 1.10 forgets an end that was
  /// not sent yet when everything before it is acknowledged (its pull request 339), and the peer waits for ever.
  std::unordered_map<std::int64_t, std::uint64_t> unsent_ends;

  std::vector<std::byte> held; // a packet that did not fit into the last batch; the next batch starts with it
  quic::path held_path;
  quic::ecn held_mark = ecn::not_capable;
};

/// Prepares a TLS context for ngtcp2 (handshake_keys.cpp). 0: success.
int configure_client(WOLFSSL_CTX* ctx);
int configure_server(WOLFSSL_CTX* ctx);
/// The callbacks for ngtcp2 (callbacks.cpp).
ngtcp2_callbacks connection_callbacks(bool server);
/// Whether a packet was authenticated on this thread since the last call.
bool take_opened();

} // namespace sluice::quic
