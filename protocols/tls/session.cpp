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

constexpr std::size_t record_plaintext_max = 16384; // bytes (RFC 8446 section 5.1)
constexpr std::size_t record_overhead_max = 64;     // bytes: header, nonce, tag and padding of the cipher suites used

session::impl& self(void* context) { return *static_cast<session::impl*>(context); }

int on_receive(WOLFSSL*, char* to, int limit, void* context) {
  auto n = self(context).take(reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(limit));
  return n ? static_cast<int>(n) : WOLFSSL_CBIO_ERR_WANT_READ;
}

int on_send(WOLFSSL*, char* from, int size, void* context) {
  auto* bytes = reinterpret_cast<std::byte*>(from);
  auto& out = self(context).output;
  out.insert(out.end(), bytes, bytes + size);
  return size;
}

/// Wraps each callback that may throw and does not catch by itself: an exception must not cross the stack frames of the
/// library.
template <auto Callback>
constexpr auto guarded = &guarded_callback<session::impl, Callback, WOLFSSL_CBIO_ERR_GENERAL>::call;

struct certificate_deleter {
  void operator()(WOLFSSL_X509* certificate) const noexcept { wolfSSL_X509_free(certificate); }
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

// A client stores sessions by origin, a server (TLS 1.2) by session ID. Tickets of TLS 1.3 arrive after the handshake
// (RFC 8446 section 4.6.1), so read() may call this.
int on_new_session(WOLFSSL* ssl, WOLFSSL_SESSION* session) {
  auto& s = self(wolfSSL_GetIOReadCtx(ssl));
  const bool is_1_3 = wolfSSL_version(ssl) == TLS1_3_VERSION;
  try {
    if (s.context->is_server) {
      unsigned size = 0;
      auto* id = wolfSSL_SESSION_get_id(session, &size);
      if (!is_1_3 && id && size > 0)
        s.context->sessions.put(text_of(id, size), session, {});
    } else if (is_1_3 ? wolfSSL_SESSION_has_ticket(session) : wolfSSL_SESSION_is_resumable(session)) {
      auto subject = subject_of_peer(ssl);
      s.context->sessions.put(s.origin, session,
                              {subject.empty() ? s.resumed.peer_subject : std::move(subject), s.quic_parameters});
    }
  } catch (...) { // not stored: the next handshake is a full one
  }
  return 0; // the library remains the owner
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

std::size_t session::impl::take(std::byte* to, std::size_t limit) noexcept {
  std::size_t n = 0;
  if (buffered_offset < buffered.size()) {
    n = std::min(limit, buffered.size() - buffered_offset);
    std::memcpy(to, buffered.data() + buffered_offset, n);
    buffered_offset += n;
    if (buffered_offset == buffered.size()) {
      std::vector<std::byte>().swap(buffered);
      buffered_offset = 0;
    }
  }
  if (auto m = std::min(limit - n, input.size())) {
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
  std::vector<std::byte>().swap(buffered);
  buffered_offset = 0;
}

void session::impl::buffer_input() {
  if (input.empty())
    return;
  buffered.erase(buffered.begin(), buffered.begin() + static_cast<std::ptrdiff_t>(buffered_offset));
  buffered_offset = 0;
  buffered.insert(buffered.end(), input.begin(), input.end());
  input = {};
}

state session::impl::fail(failure why) {
  if (offered_session)
    context->sessions.forget(origin);
  error = std::move(why);
  drop_input();
  return state::failed;
}

void session::impl::fail_if_caught() noexcept {
  if (!guard_ || error)
    return;
  error = guard_.why();
  drop_input();
  output.clear(); // output of a broken library session must not be sent
  output_offset = 0;
}

state session::impl::stopped(int result) {
  if (guard_)
    return state::failed; // fail_if_caught() sets the error
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
    drop_input(); // data after close_notify is ignored (RFC 8446 section 6.1)
    return state::closed;
  }
  return fail(explain(*this, code));
}

// ---- session -------------------------------------------------------------------------------------

session::session(std::unique_ptr<impl> started) noexcept : impl_(std::move(started)) {}
session::~session() = default;

void session::receive(std::span<const std::byte> ciphertext) {
  if (impl_->error || impl_->closed)
    return;
  impl_->edge(false, [&] {
    impl_->buffer_input();
    impl_->input = ciphertext;
    return true;
  });
}

bool session::has_input() const noexcept { return impl_->has_input(); }
void session::release_input() {
  impl_->edge(false, [this] { return impl_->buffer_input(), true; });
}
void session::receive_end() noexcept { impl_->input_ended = true; }
bool session::established() const noexcept { return impl_->established; }
const failure& session::error() const noexcept { return impl_->error; }

state session::impl::continue_handshake() {
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
  return impl_->edge(state::failed, [this] { return impl_->continue_handshake(); });
}

io_result session::read(std::span<std::byte> plaintext) {
  if (auto ready = handshake(); ready != state::ok)
    return {0, ready};
  std::size_t filled = 0;
  const auto last = impl_->edge(state::failed, [&] {
    while (filled < plaintext.size()) {
      auto limit = static_cast<int>(std::min<std::size_t>(plaintext.size() - filled, INT_MAX));
      int n = wolfSSL_read(impl_->ssl, plaintext.data() + filled, limit);
      if (n <= 0)
        return impl_->stopped(n);
      impl_->got_plaintext = true;
      filled += static_cast<std::size_t>(n);
    }
    return state::ok;
  });
  return {filled, last};
}

io_result session::write(std::span<const std::byte> plaintext) {
  if (impl_->error)
    return {0, state::failed};
  if (!impl_->established || impl_->close_queued)
    return {0, impl_->close_queued ? state::closed : state::want_input};
  std::size_t done = 0;
  const auto last = impl_->edge(state::failed, [&] {
    auto records = plaintext.size() / record_plaintext_max + 1;
    impl_->output.reserve(impl_->output.size() + plaintext.size() + records * record_overhead_max);
    while (done < plaintext.size()) {
      auto limit = static_cast<int>(std::min<std::size_t>(plaintext.size() - done, INT_MAX));
      int n = wolfSSL_write(impl_->ssl, plaintext.data() + done, limit);
      if (n <= 0)
        return impl_->guard_ ? state::failed : impl_->fail(explain(*impl_, wolfSSL_get_error(impl_->ssl, n)));
      done += static_cast<std::size_t>(n);
    }
    return state::ok;
  });
  return {done, last};
}

void session::close() {
  if (!impl_->established || impl_->close_queued || impl_->error)
    return;
  impl_->close_queued = true;
  impl_->edge(0, [&] { return wolfSSL_shutdown(impl_->ssl); });
}

std::span<const std::byte> session::output() const noexcept {
  return std::span(impl_->output).subspan(impl_->output_offset);
}

void session::drain(std::size_t n) {
  impl_->output_offset += std::min(n, impl_->output.size() - impl_->output_offset);
  if (impl_->output_offset == impl_->output.size()) {
    std::vector<std::byte>().swap(impl_->output); // free the memory: an idle session has no buffer
    impl_->output_offset = 0;
  }
}

session_info session::info() const { return info_of(*impl_); }

session_info info_of(const session::impl& connection) {
  session_info result;
  if (!connection.ssl)
    return result;
  if (connection.established) {
    result.version = wolfSSL_get_version(connection.ssl);
    if (auto* cipher = wolfSSL_get_cipher_name(connection.ssl))
      result.cipher = cipher;
    result.resumed = wolfSSL_session_reused(connection.ssl) != 0;
    result.peer_subject = subject_of_peer(connection.ssl);
    result.peer_names = names_of_peer(connection.ssl);
    if (result.peer_subject.empty() && result.resumed)
      result.peer_subject = connection.resumed.peer_subject;
  }
  char* protocol = nullptr;
  unsigned short size = 0;
  if (wolfSSL_ALPN_GetProtocol(connection.ssl, &protocol, &size) == WOLFSSL_SUCCESS && protocol)
    result.alpn.assign(protocol, size);
  if (connection.context->is_server) {
    void* name = nullptr;
    auto length = wolfSSL_SNI_GetRequest(connection.ssl, WOLFSSL_SNI_HOST_NAME, &name);
    if (name)
      result.server_name.assign(static_cast<const char*>(name), length);
  } else {
    result.server_name = connection.host;
  }
  return result;
}

} // namespace sluice::tls
