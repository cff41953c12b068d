// Two TLS sessions joined in memory, for tests: a transport that can be slow, tampered with or cut.
// Knows no socket.
#pragma once

#include <sluice/protocols/tls/certificate.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::tls {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

template <class T>
T must(result_or_failure<T> made) {
  if (!made)
    throw std::runtime_error(to_string(made.error()));
  return std::move(*made);
}

inline const certificate& localhost_certificate() {
  static const certificate identity = must(make_self_signed({"localhost", "*.example.test", "127.0.0.1", "::1"}));
  return identity;
}

inline client_config trusting(const certificate& identity = localhost_certificate()) {
  client_config c;
  c.ca_pem = identity.certificate_pem;
  return c;
}

inline server_config showing(const certificate& identity = localhost_certificate()) {
  server_config c;
  c.certificate_pem = identity.certificate_pem;
  c.key_pem = identity.key_pem;
  return c;
}

struct pair {
  std::unique_ptr<session> client, server;
  std::size_t piece = SIZE_MAX; // bytes a transport hop
  std::function<void(std::vector<std::byte>&)> tamper = [](auto&) {};

  pair(client_context& c, server_context& s, const std::string& host = "localhost", std::uint16_t port = 443)
    : client(c.connect(host, port)), server(s.accept()) {}

  /// Carries what `from` has to say to `to`, which takes it by `use` after each piece.
  template <class F>
  void carry(session& from, session& to, F use) {
    std::vector<std::byte> bytes(from.output().begin(), from.output().end());
    from.drain(bytes.size());
    tamper(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
      // A copy of its own size on the heap, so that a sanitizer sees any use of a view that ended.
      std::vector<std::byte> hop(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                 bytes.begin() + static_cast<std::ptrdiff_t>(at + std::min(piece, bytes.size() - at)));
      to.receive(hop);
      use(to);
      to.release_input();
    }
  }

  /// Both sides until neither has anything to say. Whether both are established.
  bool shake() {
    client->handshake();
    auto drive = [](session& side) { side.handshake(); };
    for (int i = 0; i < 20 && !(client->output().empty() && server->output().empty()); ++i) {
      carry(*client, *server, drive);
      carry(*server, *client, drive);
    }
    return client->established() && server->established();
  }

  struct taken {
    std::string text;
    tls::state state = state::want_input;
  };
  static taken drain(session& side, std::size_t room = 4096) {
    taken result;
    std::vector<std::byte> to(room);
    io_result r;
    do {
      r = side.read(to);
      result.text.append(reinterpret_cast<const char*>(to.data()), r.bytes);
    } while (r.state == state::ok);
    result.state = r.state;
    return result;
  }
  /// Carries what `from` queued and reads it at the other side.
  taken transfer(session& from, session& to, std::size_t room = 4096) {
    taken all;
    carry(from, to, [&](session& side) {
      auto some = drain(side, room);
      all.text += some.text;
      all.state = some.state;
    });
    return all;
  }
};

} // namespace sluice::tls
