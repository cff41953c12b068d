#include <sluice/actors/io/transport.hpp>

#include <netinet/tcp.h>

namespace sluice {

transport::transport(asio::ip::tcp::socket socket, std::unique_ptr<tls::session> session, std::shared_ptr<chunk_pool> blocks)
  : socket_(std::move(socket)), session_(std::move(session)), blocks_(std::move(blocks)) {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
}

transport::~transport() = default;

read_state transport::fail(const std::error_code& code, const char* what) {
  const bool reset = code == asio::error::connection_reset || code == asio::error::broken_pipe;
  error_ = {reset ? errc::connection_reset : errc::connection_closed, caused_by::transport,
            std::string{what} + (reset ? " found the connection reset by the peer" : " failed: " + code.message())};
  return read_state::failed;
}

transport::result transport::receive(std::span<std::byte> space) {
  std::error_code code;
  const auto n = socket_.read_some(asio::buffer(space.data(), space.size()), code);
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
void transport::accept_ciphertext(std::size_t wanted, result& outcome) {
  // A little more than the plaintext wanted, for record headers and tags: what is read is then used up at once, and a
  // paused connection holds no ciphertext but the rest of one record.
  constexpr std::size_t least = 2048;
  if (!ciphertext_)
    ciphertext_ = blocks_->allocate();
  const auto size = std::min(std::max(wanted + wanted / 64, least), ciphertext_->capacity());
  outcome = receive({ciphertext_->data(), size});
  if (outcome.state == read_state::ok)
    session_->receive({ciphertext_->data(), outcome.bytes});
  else
    ciphertext_ = {};
}

transport::result transport::read(std::span<std::byte> space) {
  if (!session_)
    return receive(space);
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

void transport::rest() {
  if (!ciphertext_)
    return;
  session_->release_input();
  ciphertext_ = {};
}

read_state transport::handshake() {
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

void transport::write(std::string_view bytes) {
  if (session_)
    session_->write(std::as_bytes(std::span{bytes}));
  else
    output_.append(bytes);
}

bool transport::output_pending() const noexcept {
  return session_ ? !session_->output().empty() : output_sent_ < output_.size();
}

bool transport::flush() {
  while (output_pending()) {
    const auto rest = session_ ? session_->output() : std::as_bytes(std::span{output_}).subspan(output_sent_);
    std::error_code code;
    const auto n = socket_.write_some(asio::buffer(rest.data(), rest.size()), code);
    if (code == asio::error::would_block || code == asio::error::try_again)
      return true;
    if (code) {
      session_ ? session_->drain(rest.size()) : output_.clear();
      output_sent_ = 0;
      if (!session_ || !session_->established())
        fail(code, "writing"); // else reading goes on: what the peer sent before may still be there
      return false;
    }
    if (session_) {
      session_->drain(n);
    } else if ((output_sent_ += n) == output_.size()) {
      output_sent_ = 0;
      if (output_.capacity() > 4096)
        output_ = {};
      else
        output_.clear();
    }
  }
  return true;
}

void transport::close() {
  if (!socket_.is_open())
    return;
  if (session_ && session_->established() && !error_) {
    session_->close();
    flush();
  }
  std::error_code ignored;
  socket_.close(ignored);
}

std::chrono::nanoseconds transport::round_trip() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  auto& socket = const_cast<asio::ip::tcp::socket&>(socket_); // asking for the handle changes nothing
  if (getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return std::chrono::nanoseconds{0};
  return std::chrono::microseconds{info.tcpi_rtt};
}

std::string transport::peer_address() const {
  std::error_code code;
  const auto end = socket_.remote_endpoint(code);
  return code ? std::string{} : end.address().to_string();
}

std::string transport::peer() const {
  std::error_code code;
  const auto end = socket_.remote_endpoint(code);
  return code ? "?" : (end.address().is_v6() ? "[" + end.address().to_string() + "]" : end.address().to_string()) + ":" + std::to_string(end.port());
}

} // namespace sluice
