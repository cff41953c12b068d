// One TLS connection as a value: ciphertext in and out through memory, plaintext in and out for the caller.
// Knows no socket, no clock of its own and no actor; the TLS library stays behind it.
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
  ok,         // handshake complete; or the buffer is full and a further read may give more
  want_input, // every byte received is used up: receive() more
  closed,     // the peer's close_notify came: the plaintext is complete
  failed,     // see error(); output() may hold an alert that is worth sending
};

struct io_result {
  std::size_t bytes = 0; // valid whatever the state
  tls::state state = tls::state::ok;
};

struct session_info {
  std::string version; // "TLSv1.2", "TLSv1.3"
  std::string cipher;
  std::string alpn; // empty: none agreed
  bool resumed = false;
  std::string peer_subject;            // empty: the peer showed no certificate
  std::vector<std::string> peer_names; // for which the peer's certificate holds; none known after a resumption
  std::string server_name;             // what the client asked for (SNI); empty: nothing
};

/// One thread at a time. No call throws but info(): memory that runs out fails the session (errc::internal). After any
/// of handshake(), read(), write() and close(), send what output() holds: reading, too, may answer (key updates,
/// alerts).
class session {
public:
  struct impl;

  explicit session(std::unique_ptr<impl> x) noexcept;
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Hands over bytes that the transport brought. They are not copied: the view must stay valid until has_input() is
  /// false or release_input() is called. What an earlier view still held is copied and used first.
  void receive(std::span<const std::byte> ciphertext);
  /// Whether bytes handed over are still unused. Note that a record whose plaintext did not fit is kept inside: only
  /// want_input from read() says that everything has been read.
  bool has_input() const noexcept;
  /// Copies what is unused, so that the caller may reuse its memory.
  void release_input();
  /// The transport ended. Once the input is used up, handshake() or read() fails (tls_truncated after the handshake),
  /// unless a close_notify had come: RFC 8446 6.1.
  void receive_end() noexcept;

  /// Drives the handshake as far as the input goes.
  tls::state handshake();
  bool established() const noexcept;

  /// Decrypts record after record until `plaintext` is full (ok) or the state stops it. Before the handshake is
  /// complete it drives that first.
  io_result read(std::span<std::byte> plaintext);
  /// Encrypts all of `plaintext` into output(), which grows by as much: the caller bounds what it hands over. Takes
  /// nothing (want_input) before the handshake is complete.
  io_result write(std::span<const std::byte> plaintext);
  /// Queues a close_notify, once. Reading stays possible.
  void close();

  /// Ciphertext to send. Valid until the next call that is not const.
  std::span<const std::byte> output() const noexcept;
  /// `n` bytes of output() were sent; its memory is given back when all were.
  void drain(std::size_t n);

  /// After failed: what went wrong and what to do.
  const failure& error() const noexcept;
  session_info info() const;

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::tls
