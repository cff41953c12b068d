#include <sluice/protocols/tls/quic_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

namespace sluice::tls {

namespace {

constexpr std::size_t record_plaintext_max = 16384; // RFC 8446 5.1
constexpr std::size_t record_overhead_max = 64;     // header, nonce, tag, padding of the suites that we offer

session::impl& self(void* x) { return *static_cast<session::impl*>(x); }

int on_receive(WOLFSSL*, char* to, int most, void* context) {
  auto n = self(context).take(reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(most));
  return n ? static_cast<int>(n) : WOLFSSL_CBIO_ERR_WANT_READ;
}

int on_send(WOLFSSL*, char* from, int size, void* context) {
  auto* bytes = reinterpret_cast<std::byte*>(from);
  auto& out = self(context).output;
  out.insert(out.end(), bytes, bytes + size);
  return size;
}

/// The library is given no callback that may throw but through this, or with a handler of its own: an exception must
/// not cross its frames.
template <auto Callback>
constexpr auto guarded = &guarded_callback<session::impl, Callback, WOLFSSL_CBIO_ERR_GENERAL>::call;

/// Objects of the library's, given back also when an exception passes.
struct certificate_deleter {
  void operator()(WOLFSSL_X509* x) const noexcept { wolfSSL_X509_free(x); }
};
using certificate_ptr = std::unique_ptr<WOLFSSL_X509, certificate_deleter>;

std::string subject_of_peer(WOLFSSL* ssl) {
  std::string result;
  if (certificate_ptr peer{wolfSSL_get_peer_certificate(ssl)}) {
    char text[512] = {};
    if (auto* name = wolfSSL_X509_get_subject_name(peer.get()))
      if (wolfSSL_X509_NAME_oneline(name, text, sizeof text - 1))
        result = text;
  }
  return result;
}

std::vector<std::string> names_of_peer(WOLFSSL* ssl) {
  std::vector<std::string> result;
  if (certificate_ptr peer{wolfSSL_get_peer_certificate(ssl)})
    while (const char* name = wolfSSL_X509_get_next_altname(peer.get()))
      result.emplace_back(name);
  return result;
}

std::string text_of(const unsigned char* id, std::size_t size) { return {reinterpret_cast<const char*>(id), size}; }

// A client keeps sessions by origin, a server (TLS 1.2) by session id. RFC 8446 4.6.1: tickets arrive after the
// handshake, from inside a read.
int on_new_session(WOLFSSL* ssl, WOLFSSL_SESSION* x) {
  auto& s = self(wolfSSL_GetIOReadCtx(ssl));
  const bool is_1_3 = wolfSSL_version(ssl) == TLS1_3_VERSION;
  try {
    if (s.context->is_server) {
      unsigned size = 0;
      auto* id = wolfSSL_SESSION_get_id(x, &size);
      if (!is_1_3 && id && size > 0)
        s.context->sessions.put(text_of(id, size), x, {});
    } else if (is_1_3 ? wolfSSL_SESSION_has_ticket(x) : wolfSSL_SESSION_is_resumable(x)) {
      auto subject = subject_of_peer(ssl);
      s.context->sessions.put(s.origin, x,
                              {subject.empty() ? s.resumed.peer_subject : std::move(subject), s.quic_parameters});
    }
  } catch (...) { // not kept: the next handshake is a full one
  }
  return 0; // the library keeps its own
}

WOLFSSL_SESSION* on_get_session(WOLFSSL* ssl, const unsigned char* id, int size, int* is_ours) {
  *is_ours = 0; // the library frees the copy
  auto& s = self(wolfSSL_GetIOReadCtx(ssl));
  try {
    return s.context->is_server ? s.context->sessions.copy(text_of(id, static_cast<std::size_t>(size)), s.resumed)
                                : nullptr;
  } catch (...) {
    return nullptr;
  }
}

} // namespace

void install_callbacks(WOLFSSL_CTX* ctx) {
  wolfSSL_CTX_SetIORecv(ctx, guarded<on_receive>);
  wolfSSL_CTX_SetIOSend(ctx, guarded<on_send>);
  wolfSSL_CTX_sess_set_new_cb(ctx, on_new_session);
  wolfSSL_CTX_sess_set_get_cb(ctx, on_get_session);
}

// ---- impl ----------------------------------------------------------------------------------------

session::impl::~impl() {
  if (ssl)
    wolfSSL_free(ssl);
}

std::size_t session::impl::take(std::byte* to, std::size_t most) noexcept {
  std::size_t n = 0;
  if (kept_at < kept.size()) {
    n = std::min(most, kept.size() - kept_at);
    std::memcpy(to, kept.data() + kept_at, n);
    kept_at += n;
    if (kept_at == kept.size()) {
      std::vector<std::byte>().swap(kept);
      kept_at = 0;
    }
  }
  if (auto m = std::min(most - n, input.size())) {
    std::memcpy(to + n, input.data(), m);
    input = input.subspan(m);
    n += m;
  }
  for (std::size_t i = 0; i < n && first_size < first.size(); ++i)
    first[first_size++] = static_cast<char>(to[i]);
  return n;
}

void session::impl::drop_input() noexcept {
  input = {};
  std::vector<std::byte>().swap(kept);
  kept_at = 0;
}

void session::impl::append_kept() {
  if (input.empty())
    return;
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(kept_at));
  kept_at = 0;
  kept.insert(kept.end(), input.begin(), input.end());
  input = {};
}

state session::impl::fail(failure x) {
  if (offered_session)
    context->sessions.forget(origin);
  error = std::move(x);
  drop_input();
  return state::failed;
}

void session::impl::fail_if_caught() noexcept {
  if (!guard_ || error)
    return;
  error = guard_.why();
  drop_input();
  output.clear(); // what a broken library session wrote is not sent
  output_at = 0;
}

state session::impl::stopped(int result) {
  if (guard_)
    return state::failed; // fail_if_caught() says why
  int code = wolfSSL_get_error(ssl, result);
  if (code == WOLFSSL_ERROR_WANT_READ) {
    if (!input_ended)
      return state::want_input;
    auto where = host.empty() ? std::string("the client") : host;
    if (established)
      return fail({errc::tls_truncated, caused_by::transport,
                   where + " ended the connection without a TLS close_notify: data may be missing"});
    if (auto why = explain_plain_text(*this))
      return fail(std::move(why));
    return fail({errc::tls_handshake, caused_by::remote,
                 where + " closed the connection during the TLS handshake; is this a TLS port?"});
  }
  if (code == WOLFSSL_ERROR_ZERO_RETURN) {
    closed = true;
    drop_input(); // RFC 8446 6.1: anything after close_notify is ignored
    return state::closed;
  }
  return fail(explain(*this, code));
}

// ---- session -------------------------------------------------------------------------------------

session::session(std::unique_ptr<impl> x) noexcept : impl_(std::move(x)) {}
session::~session() = default;

void session::receive(std::span<const std::byte> ciphertext) {
  auto& x = *impl_;
  if (x.error || x.closed)
    return;
  x.edge(false, [&] {
    x.append_kept();
    x.input = ciphertext;
    return true;
  });
}

bool session::has_input() const noexcept { return impl_->has_input(); }
void session::release_input() {
  impl_->edge(false, [this] { return impl_->append_kept(), true; });
}
void session::receive_end() noexcept { impl_->input_ended = true; }
bool session::established() const noexcept { return impl_->established; }
const failure& session::error() const noexcept { return impl_->error; }

state session::impl::shake() {
  if (error)
    return state::failed;
  if (closed)
    return state::closed;
  if (established)
    return state::ok;
  int result = context->is_server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
  if (result != WOLFSSL_SUCCESS)
    return stopped(result);
  established = true;
  return state::ok;
}

state session::handshake() {
  return impl_->edge(state::failed, [this] { return impl_->shake(); });
}

io_result session::read(std::span<std::byte> plaintext) {
  auto& x = *impl_;
  if (auto ready = handshake(); ready != state::ok)
    return {0, ready};
  std::size_t got = 0;
  const auto last = x.edge(state::failed, [&] {
    while (got < plaintext.size()) {
      auto most = static_cast<int>(std::min<std::size_t>(plaintext.size() - got, INT_MAX));
      int n = wolfSSL_read(x.ssl, plaintext.data() + got, most);
      if (n <= 0)
        return x.stopped(n);
      x.got_plaintext = true;
      got += static_cast<std::size_t>(n);
    }
    return state::ok;
  });
  return {got, last};
}

io_result session::write(std::span<const std::byte> plaintext) {
  auto& x = *impl_;
  if (x.error)
    return {0, state::failed};
  if (!x.established || x.close_queued)
    return {0, x.close_queued ? state::closed : state::want_input};
  std::size_t done = 0;
  const auto last = x.edge(state::failed, [&] {
    auto records = plaintext.size() / record_plaintext_max + 1;
    x.output.reserve(x.output.size() + plaintext.size() + records * record_overhead_max);
    while (done < plaintext.size()) {
      auto most = static_cast<int>(std::min<std::size_t>(plaintext.size() - done, INT_MAX));
      int n = wolfSSL_write(x.ssl, plaintext.data() + done, most);
      if (n <= 0)
        return x.guard_ ? state::failed : x.fail(explain(x, wolfSSL_get_error(x.ssl, n)));
      done += static_cast<std::size_t>(n);
    }
    return state::ok;
  });
  return {done, last};
}

void session::close() {
  auto& x = *impl_;
  if (!x.established || x.close_queued || x.error)
    return;
  x.close_queued = true;
  x.edge(0, [&] { return wolfSSL_shutdown(x.ssl); });
}

std::span<const std::byte> session::output() const noexcept {
  return std::span(impl_->output).subspan(impl_->output_at);
}

void session::drain(std::size_t n) {
  auto& x = *impl_;
  x.output_at += std::min(n, x.output.size() - x.output_at);
  if (x.output_at == x.output.size()) {
    std::vector<std::byte>().swap(x.output); // an idle session holds no buffer
    x.output_at = 0;
  }
}

session_info session::info() const { return info_of(*impl_); }

session_info info_of(const session::impl& x) {
  session_info result;
  if (!x.ssl)
    return result;
  if (x.established) {
    result.version = wolfSSL_get_version(x.ssl);
    if (auto* cipher = wolfSSL_get_cipher_name(x.ssl))
      result.cipher = cipher;
    result.resumed = wolfSSL_session_reused(x.ssl) != 0;
    result.peer_subject = subject_of_peer(x.ssl);
    result.peer_names = names_of_peer(x.ssl);
    if (result.peer_subject.empty() && result.resumed)
      result.peer_subject = x.resumed.peer_subject;
  }
  char* protocol = nullptr;
  unsigned short size = 0;
  if (wolfSSL_ALPN_GetProtocol(x.ssl, &protocol, &size) == WOLFSSL_SUCCESS && protocol)
    result.alpn.assign(protocol, size);
  if (x.context->is_server) {
    void* name = nullptr;
    auto length = wolfSSL_SNI_GetRequest(x.ssl, WOLFSSL_SNI_HOST_NAME, &name);
    if (name)
      result.server_name.assign(static_cast<const char*>(name), length);
  } else {
    result.server_name = x.host;
  }
  return result;
}

} // namespace sluice::tls
