#include <sluice/actors/io/quic_transport.hpp>

namespace sluice {

namespace {

constexpr std::size_t output_bytes = 64u << 10;
/// A port that answers with "nobody here" may be a middlebox's whim once, or a server that restarts.
constexpr unsigned refusals_max = 3;
constexpr int batches_a_turn = 16; // before others of the loop get theirs

/// Datagrams on their way out: shared by all connections of a thread, as each use lasts for one call.
std::span<std::byte> output_space() {
  static thread_local std::unique_ptr<std::byte[]> space = std::make_unique_for_overwrite<std::byte[]>(output_bytes);
  return {space.get(), output_bytes};
}

} // namespace

quic_transport::quic_transport(datagram_socket socket, std::unique_ptr<http3::engine> engine)
  : socket_transport(static_cast<asio::ip::udp::socket*>(nullptr)), udp_(std::move(socket)),
    lulls_(udp_.buffer_bytes()), owned_(std::move(engine)), engine_(owned_.get()) {
  socket_ = &udp_.socket(); // a member function: not to be called before there is the member
}

void quic_transport::fail(failure why) {
  if (!error_)
    error_ = why;
  engine_->receive_end(why);
}

read_state quic_transport::handshake(http::time_point now) {
  if (engine_->deadline() <= now)
    engine_->on_time(now);
  while (receive(*engine_, {}, now) && !engine_->ended() && !drained_) {
  }
  if (flush())
    (void)send(*engine_, now);
  if (engine_->ended() || error_)
    return read_state::failed;
  return engine_->connection().established() ? read_state::ok : read_state::would_block;
}

bool quic_transport::receive(http::engine&, std::span<std::byte>, http::time_point now) {
  bool any = false;
  const auto state = udp_.receive([&](const quic::path& path, quic::ecn mark, std::span<const std::byte> datagram) {
    any = answered_ = true;
    ++unanswered_;
    if (udp_.joins()) // epoll wakes up for each that comes by itself, lull or not
      bytes_since_lull_ += datagram.size();
    engine_->receive_datagram(path, mark, datagram, now);
  });
  drained_ = state != datagram_socket::status::ok;
  if (any)
    refusals_ = 0;
  if (state == datagram_socket::status::refused && !answered_) {
    fail({errc::connect_failed, caused_by::transport,
          "nobody answers at UDP port " + std::to_string(engine_->connection().path().remote.port)
              + " (port unreachable)"});
    return true;
  }
  if (state == datagram_socket::status::refused) {
    if (++refusals_ >= refusals_max)
      fail({errc::connection_reset, caused_by::transport,
            "nobody is at the server's UDP port any more (port unreachable)"});
    else
      engine_->connection().probe();
    unanswered_ = unanswered_max; // answers(): what there is to send, and the engine's deadline, are looked at now
    return true;
  }
  if (state == datagram_socket::status::failed && !move_to_new_socket(now) && !engine_->connection().established()) {
    fail(udp_.error());
    return true;
  }
  return any;
}

/// False: nothing can be sent any more.
bool quic_transport::deliver(const quic::batch& batch, std::span<const std::byte> bytes) {
  switch (udp_.send(batch, bytes)) {
    case datagram_socket::status::would_block:
      pending_batch_ = batch;
      pending_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(batch.bytes));
      return true;
    case datagram_socket::status::failed:
      // What was not sent is lost, as on the path. With no way out now there may be one later: QUIC's own timers end
      // that.
      if (move_to_new_socket(loop_clock::now()) || engine_->connection().established())
        return true;
      fail(udp_.error());
      return false;
    default: return true;
  }
}

transport::sent quic_transport::send(http::engine&, http::time_point now) {
  auto result = sent::nothing;
  unanswered_ = 0;
  for (int i = 0; i < batches_a_turn && !output_pending() && !closed_; ++i) {
    const auto space = output_space();
    const auto batch = engine_->next_datagrams(space, now);
    if (batch.bytes == 0)
      break;
    if (!deliver(batch, space))
      return sent::failed;
    result = sent::something;
  }
  return result;
}

bool quic_transport::flush() {
  if (!output_pending())
    return true;
  const auto bytes = std::exchange(pending_, {});
  return deliver(pending_batch_, bytes);
}

bool quic_transport::move_to_new_socket(http::time_point now) {
  if (!engine_->connection().established() || engine_->ended())
    return false;
  auto& io = static_cast<asio::io_context&>(udp_.socket().get_executor().context());
  auto new_socket = datagram_socket::connect(io, engine_->connection().path().remote, udp_.from());
  if (!new_socket || new_socket->local() == udp_.local())
    return false;
  if (engine_->connection().migrate(new_socket->local(), true, now))
    return false;
  pending_.clear();
  udp_ = *std::move(new_socket); // whoever waits on the old one is woken, and waits on this one next
  return true;
}

void quic_transport::close() {
  if (std::exchange(closed_, true))
    return;
  engine_->close();
  const auto space = output_space();
  if (const auto batch = engine_->next_datagrams(space, loop_clock::now()); batch.bytes > 0)
    (void)udp_.send(batch, space);
  udp_.close();
}

} // namespace sluice
