// The resumable TLS sessions of a context, by origin (client) or session ID (server); the least recently used one is
// removed first. Knows no connections: it stores and returns copies.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

struct WOLFSSL_SESSION; // of the TLS library, whose headers only .cpp files include

namespace sluice::tls {

/// Data that a resumed connection needs in addition to the library's session.
struct remembered {
  std::string peer_subject;    ///< subject of the peer's certificate in the full handshake
  std::string quic_parameters; ///< transport parameters of the peer (RFC 9001 section 4.6.1); empty over TCP
};

/// Thread-safe. A connection modifies the library session that it uses, so sessions are copied in and out and never
/// shared.
class session_cache {
public:
  explicit session_cache(std::size_t origins_max = 256) : origins_max_(origins_max) {}
  ~session_cache();
  session_cache(const session_cache&) = delete;
  session_cache& operator=(const session_cache&) = delete;

  /// Stores a copy of `session` and replaces an earlier one of `origin`.
  void put(const std::string& origin, WOLFSSL_SESSION* session, remembered data);
  /// A copy that the caller must free, or null.
  WOLFSSL_SESSION* copy(const std::string& origin, remembered& data);
  /// Removes a session that could not be resumed.
  void forget(const std::string& origin);
  std::size_t size() const;

private:
  struct entry {
    std::string origin;
    WOLFSSL_SESSION* session;
    remembered data;
  };
  const std::size_t origins_max_;
  mutable std::mutex mutex_;
  std::list<entry> by_use_; // most recently used first
  std::unordered_map<std::string, std::list<entry>::iterator> by_origin_;
};

} // namespace sluice::tls
