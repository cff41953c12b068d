#include "http3_listener.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::origin {

namespace {

constexpr std::size_t buffer_bytes = 64u << 10;
constexpr int rounds_max = 4; // before timers and other sockets get their turn

} // namespace

http3_listener::http3_listener(asio::io_context& io, datagram_socket socket,
                               std::shared_ptr<quic::server_context> context, shared_state& shared)
  : io_(io), socket_(std::move(socket)), context_(std::move(context)), shared_(shared), buffer_(buffer_bytes) {}

// ---- in ------------------------------------------------------------------------------------------

void http3_listener::wait() {
  socket_.wait_readable([this](std::error_code problem) {
    if (!problem)
      take();
  });
}

void http3_listener::take() {
  using status = datagram_socket::status;
  for (int round = 0; round < rounds_max; ++round) {
    const auto result = socket_.receive([this](const quic::path& from, quic::ecn mark,
                                               std::span<const std::byte> datagram) { route(from, mark, datagram); });
    for (const auto& connection : std::exchange(touched_, {}))
      connection->flush();
    if (result != status::ok)
      break;
  }
  wait();
}

void http3_listener::route(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram) {
  const auto id = quic::destination_of(datagram);
  if (!id)
    return;
  const auto found = by_id_.find(*id);
  const auto connection = found != by_id_.end() ? found->second : begin(from, datagram);
  if (!connection)
    return;
  connection->receive(from, mark, datagram);
  if (std::find(touched_.begin(), touched_.end(), connection) == touched_.end())
    touched_.push_back(connection);
}

std::shared_ptr<http3_connection> http3_listener::begin(const quic::path& from, std::span<const std::byte> datagram) {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  const auto verdict = context_->decide(from, datagram, shared_.settings.http3.retry,
                                        static_cast<std::uint64_t>(std::chrono::nanoseconds{time}.count()));
  if (verdict.what == quic::server_context::verdict::answer)
    answer(from, verdict.answer);
  if (verdict.what != quic::server_context::verdict::accept)
    return nullptr;
  origin::add(shared_.figures.connections_accepted);
  if (shared_.figures.connections_open.load(std::memory_order_relaxed) >= shared_.settings.connections_max)
    return nullptr;
  auto made = std::make_shared<http3_connection>(*this, shared_, *context_, from, datagram);
  made->take_ids();
  made->watch_requests();
  return made;
}

// ---- out -----------------------------------------------------------------------------------------

/// One packet that belongs to no connection. Where it does not fit it is lost, as on the way.
void http3_listener::answer(const quic::path& to, std::span<const std::byte> datagram) {
  if (!unsent_)
    socket_.send({datagram.size(), datagram.size(), to, quic::ecn::not_capable}, datagram);
}

/// For each name that the client may use: as if a packet had come for a connection that nobody knows.
void http3_listener::send_stateless_resets(const http3_connection& connection) {
  constexpr std::size_t packet_bytes = 64;
  constexpr std::byte short_header{0x40};
  for (const auto& id : connection.ids()) {
    std::vector<std::byte> packet(packet_bytes);
    packet[0] = short_header;
    std::memcpy(packet.data() + 1, id.octets.data(), id.size);
    const auto verdict = context_->decide(connection.path(), packet, false, 0);
    if (verdict.what == quic::server_context::verdict::answer)
      answer(connection.path(), verdict.answer);
  }
}

bool http3_listener::takes_output(const std::shared_ptr<http3_connection>& connection) {
  if (unsent_ && !std::exchange(connection->waits_for_socket, true))
    waiting_.push_back(connection);
  return !unsent_;
}

void http3_listener::send(const quic::batch& datagrams) {
  const auto bytes = std::span<const std::byte>(buffer_).first(datagrams.bytes);
  if (socket_.send(datagrams, bytes) != datagram_socket::status::would_block)
    return; // what failed is lost, as on the way
  unsent_ = {datagrams, {bytes.begin(), bytes.end()}};
  wait_for_room();
}

void http3_listener::wait_for_room() {
  socket_.wait_writable([this](std::error_code problem) {
    if (problem)
      return;
    if (socket_.send(unsent_->what, unsent_->bytes) == datagram_socket::status::would_block)
      return wait_for_room();
    unsent_.reset();
    for (auto left = waiting_.size(); left != 0; --left) {
      const auto connection = waiting_.front().lock();
      waiting_.pop_front();
      if (!connection)
        continue;
      connection->waits_for_socket = false;
      connection->flush(); // which may wait again
    }
  });
}

void http3_listener::remove(const http3_connection& connection) {
  for (const auto& id : connection.ids())
    by_id_.erase(id);
}

} // namespace sluice::origin
