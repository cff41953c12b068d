#include <sluice/actors/io/tcp_transport.hpp>

#include <netinet/tcp.h>

#include <algorithm>

namespace sluice {

tcp_transport::tcp_transport(asio::generic::stream_protocol::socket socket, std::unique_ptr<tls::session> session,
                             std::shared_ptr<chunk_pool> blocks)
  : socket_transport(&tcp_), tcp_(std::move(socket)), session_(std::move(session)), blocks_(std::move(blocks)) {
  std::error_code ignored;
  tcp_.non_blocking(true, ignored);
}

tcp_transport::~tcp_transport() = default;

read_state tcp_transport::fail(const std::error_code& code, const char* operation) {
  const bool reset = code == asio::error::connection_reset || code == asio::error::broken_pipe;
  error_ = {reset ? errc::connection_reset : errc::connection_closed, caused_by::transport,
            std::string{operation}
                + (reset ? " found the connection reset by the peer" : " failed: " + code.message())};
  return read_state::failed;
}

tcp_transport::result tcp_transport::read_socket(std::span<std::byte> space) {
  std::error_code code;
  const auto n = tcp_.read_some(asio::buffer(space.data(), space.size()), code);
  drained_ = n < space.size();
  if (!code)
    return {n, read_state::ok};
  if (code == asio::error::would_block || code == asio::error::try_again || code == asio::error::interrupted)
    return {0, read_state::would_block};
  if (code == asio::error::eof)
    return {0, read_state::ended};
  return {0, fail(code, "reading")};
}

/// Gives the session more ciphertext; `outcome` says if there was any.
void tcp_transport::accept_ciphertext(std::size_t wanted, result& outcome) {
  // A little more than the plaintext wanted, for record headers and tags: what is read is then used up at once, and a
  // paused connection holds no ciphertext but the rest of one record.
  constexpr std::size_t least = 2048;
  if (!ciphertext_)
    ciphertext_ = blocks_->allocate();
  const auto size = std::min(std::max(wanted + wanted / 64, least), ciphertext_->capacity());
  outcome = read_socket({ciphertext_->data(), size});
  if (outcome.state == read_state::ok)
    session_->receive({ciphertext_->data(), outcome.bytes});
  else
    ciphertext_ = {};
}

tcp_transport::result tcp_transport::read(std::span<std::byte> space) {
  if (!session_)
    return read_socket(space);
  if (error_)
    return {0, read_state::failed};
  for (;;) {
    const auto decrypted = session_->read(space);
    if (!session_->has_input())
      ciphertext_ = {};
    if (!session_->output().empty())
      flush(); // a key update's answer, for example
    if (decrypted.bytes > 0)
      return {decrypted.bytes, read_state::ok};
    if (decrypted.state == tls::state::closed)
      return {0, read_state::ended};
    if (decrypted.state == tls::state::failed) {
      error_ = session_->error();
      return {0, read_state::failed};
    }
    result got;
    accept_ciphertext(space.size(), got);
    if (got.state == read_state::ended)
      session_->receive_end();
    else if (got.state != read_state::ok)
      return {0, got.state};
  }
}

bool tcp_transport::receive(http::engine& to, std::span<std::byte> space, http::time_point now) {
  const auto got = read(space);
  switch (got.state) {
    case read_state::would_block: return false;
    case read_state::ended: to.receive_end({}); break;
    case read_state::failed: to.receive_end(error_); break;
    case read_state::ok: to.receive(space.first(got.bytes), now); break;
  }
  return true;
}

void tcp_transport::set_low_water(std::size_t bytes) {
  if (bytes == low_water_)
    return;
  const int n = static_cast<int>(bytes);
  if (setsockopt(tcp_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &n, sizeof n) == 0)
    low_water_ = bytes;
}

void tcp_transport::rest() {
  if (!ciphertext_)
    return;
  session_->release_input();
  ciphertext_ = {};
}

read_state tcp_transport::handshake() {
  for (;;) {
    const auto state = session_->handshake();
    if (!flush())
      return read_state::failed;
    if (!session_->has_input())
      ciphertext_ = {};
    if (state == tls::state::ok)
      return read_state::ok;
    if (state == tls::state::failed || state == tls::state::closed) {
      error_ = session_->error();
      return read_state::failed;
    }
    result got;
    accept_ciphertext(8192, got);
    if (got.state == read_state::ended)
      session_->receive_end();
    else if (got.state != read_state::ok)
      return got.state;
  }
}

/// Takes what the socket takes off the front of `bytes`. False: nothing can be written any more.
bool tcp_transport::write(std::span<const std::byte>& bytes) {
  while (!bytes.empty()) {
    std::error_code code;
    const auto n = tcp_.write_some(asio::buffer(bytes.data(), bytes.size()), code);
    if (code == asio::error::would_block || code == asio::error::try_again)
      return true;
    if (code) {
      if (!session_ || !session_->established())
        fail(code, "writing"); // else reading goes on: what the peer sent before may still be there
      return false;
    }
    bytes = bytes.subspan(n);
  }
  return true;
}

/// Without TLS only what the socket does not take is copied.
transport::sent tcp_transport::send(http::engine& from, http::time_point now) {
  auto bytes = from.output(now);
  if (bytes.empty())
    return sent::nothing;
  if (session_) {
    session_->write(bytes);
    return flush() ? sent::something : sent::failed;
  }
  if (output_.empty() && !write(bytes))
    return sent::failed;
  output_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return sent::something;
}

std::size_t tcp_transport::output_left() const noexcept {
  return session_ ? session_->output().size() : output_.size() - output_sent_;
}

bool tcp_transport::flush() {
  while (output_pending()) {
    auto rest = session_ ? session_->output() : std::as_bytes(std::span{output_}).subspan(output_sent_);
    const auto offered = rest.size();
    const bool good = write(rest);
    const auto gone = good ? offered - rest.size() : offered;
    if (session_)
      session_->drain(gone);
    else if ((output_sent_ += gone) == output_.size())
      output_ = {}, output_sent_ = 0;
    if (!good || !rest.empty())
      return good;
  }
  return true;
}

void tcp_transport::close() {
  if (!tcp_.is_open())
    return;
  if (session_ && session_->established() && !error_) {
    session_->close();
    flush();
  }
  std::error_code ignored;
  tcp_.close(ignored);
}

std::optional<tls::session_info> tcp_transport::security() const {
  return session_ ? std::optional{session_->info()} : std::nullopt;
}

std::chrono::nanoseconds tcp_transport::round_trip() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  auto& socket = const_cast<asio::generic::stream_protocol::socket&>(tcp_); // asking for the handle changes nothing
  if (getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return std::chrono::nanoseconds{0};
  return std::chrono::microseconds{info.tcpi_rtt};
}

} // namespace sluice
