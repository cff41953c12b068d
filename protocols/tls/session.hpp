// One TLS connection without I/O: converts between ciphertext and plaintext in memory.
// Knows no socket and no actor. The header does not show the TLS library.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::tls {

enum class state : std::uint8_t {
  ok,         // the handshake is complete; after read(): the buffer is full, and there may be more
  want_input, // all input is consumed: call receive()
  closed,     // the peer sent close_notify: the plaintext is complete
  failed,     // see error(); output() may contain an alert to send
};

struct io_result {
  std::size_t bytes = 0; // valid in every state
  tls::state state = tls::state::ok;
};

struct session_info {
  std::string version; // "TLSv1.2", "TLSv1.3"
  std::string cipher;
  std::string alpn; // the selected protocol; empty: none
  bool resumed = false;
  std::string peer_subject;            // empty: the peer sent no certificate
  std::vector<std::string> peer_names; // alternative names of the peer's certificate; empty after a resumption
  std::string server_name;             // SNI of the client; empty: none
};

/// One thread at a time. Only info() throws: lack of memory fails the session (errc::internal). After handshake(),
/// read(), write() and close(), send output(): reading also produces output (key updates, alerts).
class session {
public:
  struct impl;

  explicit session(std::unique_ptr<impl> started) noexcept;
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Passes ciphertext from the transport. It is not copied: the view must stay valid until has_input() is false or
  /// release_input() is called. The unused rest of an earlier view is copied and used first.
  void receive(std::span<const std::byte> ciphertext);
  /// Whether input is left. The session may also hold decrypted bytes that did not fit into the last read(): everything
  /// has been read only when read() returns want_input.
  bool has_input() const noexcept;
  /// Copies the unused input, so that the caller may reuse its memory.
  void release_input();
  /// The transport ended. When all input is consumed, handshake() or read() fails (tls_truncated after the handshake),
  /// unless the peer sent close_notify (RFC 8446 section 6.1).
  void receive_end() noexcept;

  /// Continues the handshake with the input received so far.
  tls::state handshake();
  bool established() const noexcept;

  /// Decrypts records until `plaintext` is full (ok), or until it returns another state. Continues the handshake first,
  /// if that is not complete.
  io_result read(std::span<std::byte> plaintext);
  /// Encrypts all of `plaintext` and appends it to output(), which has no size limit: the caller limits `plaintext`.
  /// Before the handshake is complete it does nothing and returns want_input.
  io_result write(std::span<const std::byte> plaintext);
  /// Appends a close_notify to output(), once. read() still works.
  void close();

  /// Ciphertext to send. Valid until the next non-const call.
  std::span<const std::byte> output() const noexcept;
  /// `n` bytes of output() were sent. Frees the memory when all of it was sent.
  void drain(std::size_t n);

  /// In the state `failed`: what went wrong and what to do.
  const failure& error() const noexcept;
  session_info info() const;

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::tls
