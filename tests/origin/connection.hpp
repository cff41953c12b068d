// One client's connection to the origin: reads requests, asks answers for bytes as fast as the socket takes them.
// Lives on one thread's io_context; knows no route.
#pragma once

#include "answer.hpp"
#include "server.hpp"

#include <sluice/protocols/http1/request_parser.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>
#include <memory>

namespace sluice::origin {

/// What the connections of a server share. Outlives them.
struct shared_state {
  config settings;
  std::shared_ptr<tls::server_context> tls;
  struct {
    std::atomic<std::uint64_t> connections_accepted{0}, connections_open{0}, connections_blocked{0}, requests{0},
      bytes_written{0}, request_body_bytes{0}, blocked_writes{0}, malformed_requests{0}, tls_failures{0};
  } figures;
  counters snapshot() const;
};

inline void add(std::atomic<std::uint64_t>& x, std::uint64_t n) { x.fetch_add(n, std::memory_order_relaxed); }
inline void subtract(std::atomic<std::uint64_t>& x, std::uint64_t n) { x.fetch_sub(n, std::memory_order_relaxed); }

/// Kept alive by its pending operations; gone when it has none.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(asio::ip::tcp::socket socket, shared_state& shared, std::unique_ptr<tls::session> session);
  ~connection();
  void start();

private:
  enum class phase : std::uint8_t { serving, finishing, lingering, closed };
  enum class flushed : std::uint8_t { all, nothing, blocked, gone };

  void advance();
  void work();
  // in
  bool take_input();
  bool decrypt();
  bool handle(http1::request_step& x);
  void begin(const http1::request_begun& x);
  std::size_t room() const;
  bool reads_now() const;
  void arm_read();
  void on_read(std::error_code problem, std::size_t n);
  void on_end_of_input();
  // out
  bool produce();
  void complete_exchange();
  bool send();
  flushed flush();
  std::span<const std::byte> outgoing();
  void mark_sent(std::size_t n);
  void arm_write();
  void pause(std::chrono::milliseconds x);
  // ends
  void finish_as(then x);
  void finish();
  void linger();
  void reset_when_delivered(int polls_left);
  void close_now();

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  shared_state& shared_;
  std::unique_ptr<tls::session> tls_; // null: plain
  phase phase_ = phase::serving;

  http1::request_parser parser_;
  std::unique_ptr<std::byte[]> in_, plain_; // what the socket brought; decrypted, with TLS only
  std::span<const std::byte> unparsed_;
  std::uint64_t request_body_bytes_ = 0;
  bool request_has_length_ = false;
  bool parser_has_more_ = false; // an event is due without further input
  bool reading_ = false;
  bool transport_ended_ = false, end_of_input_ = false; // FIN seen; nothing more to parse will come

  answer_ptr answer_; // null between requests
  bool answer_done_ = false, request_done_ = false, request_reusable_ = false;
  bool paused_ = false, starved_ = false, stalled_ = false;
  then ending_ = then::keep;

  std::unique_ptr<std::byte[]> out_;
  const std::size_t out_max_;
  std::size_t out_begin_ = 0, out_end_ = 0, out_body_ = 0; // out_body_: content in it, last
  bool waiting_to_write_ = false;
};

} // namespace sluice::origin
