// What a session is made of, for the files of this folder that make and run one.
// Not for anyone else: knows the TLS library, though only by the names of its types.
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

/// A library context and what its callbacks need. Sessions hold it, so that it outlives them.
struct shared_context {
  WOLFSSL_CTX* ctx = nullptr;
  bool is_server = false;
  bool verify = true; // the server's certificate and name
  int key_log = -1;   // a file descriptor, appended to
  std::string alpn;   // comma-separated, as the library takes it
  std::string trust;  // what the client trusts, for error texts
  session_cache sessions;

  shared_context() = default;
  ~shared_context();
  shared_context(const shared_context&) = delete;
  shared_context& operator=(const shared_context&) = delete;
};

struct session::impl {
  std::shared_ptr<shared_context> context;
  WOLFSSL* ssl = nullptr;      // null only in a session that failed before it began
  std::string host;            // for error texts; empty on a server
  std::string origin;          // key into the context's sessions
  remembered resumed;          // beside the session offered
  std::string quic_parameters; // of this connection, to be remembered
  bool offered_session = false;
  std::uint32_t early_bytes = 0; // that its ticket allows to send early; QUIC knows only all or nothing

  std::span<const std::byte> input; // the caller's
  std::vector<std::byte> kept;      // ours, used before `input`
  std::size_t kept_at = 0;
  std::vector<std::byte> output;
  std::size_t output_at = 0;

  std::array<char, 5> first{}; // the first bytes received: the header of a record, or another protocol's greeting
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

  bool has_input() const noexcept { return kept_at < kept.size() || !input.empty(); }
  std::size_t take(std::byte* to, std::size_t most) noexcept;
  void drop_input() noexcept;
  void append_kept();
  state fail(failure x);
  state stopped(int result); // after a library call that gave `result` instead of success
  guard& caught() noexcept { return guard_; }
  /// Runs what may throw, and calls that the library may answer by a callback that throws. If something was caught, now
  /// or before, the session has failed with that, and the library's is not called again.
  template <class R, class F>
  R edge(R failed, F&& call) noexcept {
    auto result = guard_.run(std::move(failed), std::forward<F>(call));
    fail_if_caught();
    return result;
  }
  void fail_if_caught() noexcept;
  state shake();
};

/// The failure for the library's error `code` on `x`, with what a person can do about it.
failure explain(const session::impl& x, int code);
/// The failure for a server that answered our handshake with text instead of TLS; none if it did not.
failure explain_plain_text(const session::impl& x);
/// The failure for an alert that the peer sent.
failure explain_alert(const session::impl& x, int alert);

/// Once a process, before the first context.
void initialise_library();

/// The callbacks through which a session moves its bytes. Installed on each context.
void install_callbacks(WOLFSSL_CTX* ctx);

} // namespace sluice::tls
