// The implementation of a TLS session, for the files of this folder and protocols/quic.
// Only forward-declares types of the TLS library.
#pragma once

#include <sluice/protocols/guard.hpp>
#include <sluice/protocols/tls/session.hpp>
#include <sluice/protocols/tls/session_cache.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

struct WOLFSSL;
struct WOLFSSL_CTX;

namespace sluice::tls {

/// A library context and the data that its callbacks need. Each session owns a reference, so it outlives them.
struct shared_context {
  WOLFSSL_CTX* ctx = nullptr;
  bool is_server = false;
  bool verify = true; // verify the certificate and name of the server
  int key_log = -1;   // file descriptor opened with O_APPEND; -1: none
  std::string alpn;   // comma-separated, as the library expects it
  std::string trust;  // source of the trusted authorities, for error texts
  session_cache sessions;

  shared_context() = default;
  ~shared_context();
  shared_context(const shared_context&) = delete;
  shared_context& operator=(const shared_context&) = delete;
};

struct session::impl {
  std::shared_ptr<shared_context> context;
  WOLFSSL* ssl = nullptr;      // null only if the session failed at its creation
  std::string host;            // for error texts; empty on a server
  std::string origin;          // key in the session cache
  remembered resumed;          // cached data of the offered session
  std::string quic_parameters; // of this connection, for the session cache
  bool offered_session = false;
  std::uint32_t early_bytes = 0; // max_early_data_size of the ticket; over QUIC 0 or UINT32_MAX (RFC 9001 4.6.1)

  std::span<const std::byte> input; // memory of the caller
  std::vector<std::byte> buffered;  // copied input, used before `input`
  std::size_t buffered_offset = 0;  // bytes of `buffered` that are used
  std::vector<std::byte> output;
  std::size_t output_offset = 0; // bytes of `output` that were sent

  std::array<char, 5> first{}; // the first bytes received, to recognise a peer that does not speak TLS
  std::size_t first_size = 0;
  bool established = false;
  bool got_plaintext = false;
  bool input_ended = false;
  bool closed = false;
  bool close_queued = false;
  failure error;
  guard guard_;

  impl() = default;
  ~impl();
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  bool has_input() const noexcept { return buffered_offset < buffered.size() || !input.empty(); }
  std::size_t take(std::byte* to, std::size_t limit) noexcept;
  void drop_input() noexcept;
  void buffer_input();
  state fail(failure why);
  state stopped(int result); // the new state after a library call that returned `result` instead of success
  guard& caught() noexcept { return guard_; }
  /// Runs `call`, which may throw or make the library call a callback that throws. If an exception was caught, now or
  /// before, the session fails with it and the library is not called any more.
  template <class R, class F>
  R edge(R failed, F&& call) noexcept {
    auto result = guard_.run(std::move(failed), std::forward<F>(call));
    fail_if_caught();
    return result;
  }
  void fail_if_caught() noexcept;
  state continue_handshake();
};

/// The failure for the library's error `code`, with advice what to do.
failure explain(const session::impl& connection, int code);
/// The failure for a server that answered the handshake with text instead of TLS; errc::none if it did not.
failure explain_plain_text(const session::impl& connection);
/// The failure for an alert that the peer sent.
failure explain_alert(const session::impl& connection, int alert);

/// Call it before the first use of the library; only the first call has an effect.
void initialise_library();

/// Installs the callbacks for I/O and for the session cache on a context.
void install_callbacks(WOLFSSL_CTX* ctx);

} // namespace sluice::tls
