#include <sluice/protocols/tls/session_cache.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

#include <memory>
#include <utility>

namespace sluice::tls {

namespace {

struct session_deleter {
  void operator()(WOLFSSL_SESSION* session) const noexcept { wolfSSL_SESSION_free(session); }
};
using session_ptr = std::unique_ptr<WOLFSSL_SESSION, session_deleter>;

} // namespace

session_cache::~session_cache() {
  for (auto& stored : by_use_)
    wolfSSL_SESSION_free(stored.session);
}

void session_cache::put(const std::string& origin, WOLFSSL_SESSION* session, remembered data) {
  session_ptr copied{wolfSSL_SESSION_dup(session)};
  if (!copied)
    return; // no memory: the next handshake is a full one
  std::lock_guard lock(mutex_);
  if (auto at = by_origin_.find(origin); at != by_origin_.end()) {
    wolfSSL_SESSION_free(std::exchange(at->second->session, copied.release()));
    at->second->data = std::move(data);
    by_use_.splice(by_use_.begin(), by_use_, at->second);
    return;
  }
  std::list<entry> added;
  added.push_front({origin, copied.get(), std::move(data)});
  by_origin_.emplace(origin, added.begin()); // nothing throws after this line
  copied.release();
  by_use_.splice(by_use_.begin(), added);
  if (by_use_.size() > origins_max_) {
    wolfSSL_SESSION_free(by_use_.back().session);
    by_origin_.erase(by_use_.back().origin);
    by_use_.pop_back();
  }
}

WOLFSSL_SESSION* session_cache::copy(const std::string& origin, remembered& data) {
  std::lock_guard lock(mutex_);
  auto at = by_origin_.find(origin);
  if (at == by_origin_.end())
    return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, at->second);
  data = at->second->data;
  return wolfSSL_SESSION_dup(at->second->session);
}

void session_cache::forget(const std::string& origin) {
  std::lock_guard lock(mutex_);
  auto at = by_origin_.find(origin);
  if (at == by_origin_.end())
    return;
  wolfSSL_SESSION_free(at->second->session);
  by_use_.erase(at->second);
  by_origin_.erase(at);
}

std::size_t session_cache::size() const {
  std::lock_guard lock(mutex_);
  return by_use_.size();
}

} // namespace sluice::tls
