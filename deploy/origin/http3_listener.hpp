// The UDP socket of an origin and the QUIC connections on it, found by the ids that datagrams name.
// Lives on one io_context; knows no request and no stream.
#pragma once

#include "http3_connection.hpp"
#include "shared_state.hpp"

#include <sluice/actors/io/datagram_socket.hpp>
#include <sluice/protocols/quic/context.hpp>

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace sluice::origin {

class http3_listener {
public:
  /// Nothing is taken before start().
  http3_listener(asio::io_context& io, datagram_socket socket, std::shared_ptr<quic::server_context> context,
                 shared_state& shared);
  void start() { wait(); }

  // for connections
  asio::any_io_executor executor() { return io_.get_executor(); }
  std::span<std::byte> buffer() { return buffer_; }
  /// False: the socket is full, and this connection's flush() is called once it is not.
  bool takes_output(const std::shared_ptr<http3_connection>& connection);
  /// What lies in buffer().
  void send(const quic::batch& datagrams);
  void send_stateless_resets(const http3_connection& connection);
  void add(const quic::connection_id& id, std::shared_ptr<http3_connection> connection) {
    by_id_[id] = std::move(connection);
  }
  void remove(const quic::connection_id& id) { by_id_.erase(id); }
  void remove(const http3_connection& connection);

private:
  void wait();
  void take();
  void route(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram);
  std::shared_ptr<http3_connection> begin(const quic::path& from, std::span<const std::byte> datagram);
  void answer(const quic::path& to, std::span<const std::byte> datagram);
  void wait_for_room();

  asio::io_context& io_;
  datagram_socket socket_;
  std::shared_ptr<quic::server_context> context_;
  shared_state& shared_;
  std::unordered_map<quic::connection_id, std::shared_ptr<http3_connection>, quic::connection_id::hash> by_id_;
  std::vector<std::shared_ptr<http3_connection>> touched_;
  std::vector<std::byte> buffer_;

  struct unsent {
    quic::batch what;
    std::vector<std::byte> bytes;
  };
  std::optional<unsent> unsent_; // the socket is full
  std::deque<std::weak_ptr<http3_connection>> waiting_;
};

} // namespace sluice::origin
