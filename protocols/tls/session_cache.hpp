// The TLS sessions that a client may resume, by origin, oldest use thrown out first.
// Knows nothing of connections: what it takes and gives are copies.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

struct WOLFSSL_SESSION; // the TLS library's; its headers stay in .cpp files

namespace sluice::tls {

/// What a resumed connection takes over beside the library's session.
struct remembered {
  std::string peer_subject;    ///< the name that the peer proved to have
  std::string quic_parameters; ///< its transport parameters (RFC 9001 section 4.6.1); empty over TCP
};

/// Thread-safe. A library session changes while a connection uses it, so none is ever shared: each way in and out
/// copies.
class session_cache {
public:
  explicit session_cache(std::size_t origins_max = 256) : origins_max_(origins_max) {}
  ~session_cache();
  session_cache(const session_cache&) = delete;
  session_cache& operator=(const session_cache&) = delete;

  /// Keeps a copy of `x` as the newest for `origin`.
  void put(const std::string& origin, WOLFSSL_SESSION* x, remembered beside);
  /// A copy for the caller to free, or null.
  WOLFSSL_SESSION* copy(const std::string& origin, remembered& beside);
  /// For a session that did not serve.
  void forget(const std::string& origin);
  std::size_t size() const;

private:
  struct entry {
    std::string origin;
    WOLFSSL_SESSION* session;
    remembered beside;
  };
  const std::size_t origins_max_;
  mutable std::mutex mutex_;
  std::list<entry> by_use_; // newest first
  std::unordered_map<std::string, std::list<entry>::iterator> by_origin_;
};

} // namespace sluice::tls
