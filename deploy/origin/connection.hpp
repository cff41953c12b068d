// One client's connection to the origin: the socket, TLS and what is on its way out, under whatever protocol the client
// speaks. Lives on one thread's io_context; knows no request.
#pragma once

#include "answer.hpp"
#include "protocol.hpp"
#include "shared_state.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <memory>

namespace sluice::origin {

/// Kept alive by its pending operations; gone when it has none.
class connection final : public std::enable_shared_from_this<connection> {
public:
  connection(asio::ip::tcp::socket socket, shared_state& shared, std::unique_ptr<tls::session> session);
  ~connection();
  void start();

  // for the protocol
  auto executor() { return socket_.get_executor(); }
  /// Where output may be put; none while earlier output is on its way.
  std::span<std::byte> space();
  /// The first `n` bytes of space() are to be sent; of these, `content` are bodies.
  void commit(std::size_t n, std::size_t content);
  /// Sends what was committed, then ends. The protocol is not asked for more.
  void finish_as(then next);
  void close_now();
  /// Runs `f` after `time`, unless the connection is closed by then, and goes on.
  void wake_after(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> f);
  bool input_over() const { return end_of_input_; }
  /// For every final head: where else this origin is served (RFC 7838 §3); empty: nothing to say.
  std::string_view alternative() const { return tls_ ? shared_.alternative : std::string_view(); }

private:
  enum class phase : std::uint8_t { serving, finishing, lingering, closed };
  enum class flushed : std::uint8_t { all, nothing, blocked, gone };

  void advance();
  void work();
  // in
  bool take_input();
  bool choose_protocol();
  bool sniff_preface();
  bool decrypt();
  bool reads_now() const;
  void arm_read();
  void on_read(std::error_code problem, std::size_t n);
  void on_end_of_input();
  void watch_for_loss();
  // out
  bool send();
  flushed flush();
  std::span<const std::byte> outgoing();
  void mark_sent(std::size_t n);
  void arm_write();
  // ends
  void watch_requests();
  void finish();
  void linger();
  void reset_when_delivered(int polls_left);

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_; // for ends
  asio::steady_timer request_timer_;
  std::uint64_t requests_then_ = 0; // when that was set
  shared_state& shared_;
  std::unique_ptr<tls::session> tls_; // null: plain
  phase phase_ = phase::serving;
  then ending_ = then::close;

  std::unique_ptr<protocol> protocol_;      // null until it is known
  std::string preface_;                     // bytes held back while it is not
  std::unique_ptr<std::byte[]> in_, plain_; // what the socket brought; decrypted, with TLS only
  std::span<const std::byte> unparsed_;
  bool reading_ = false, watching_for_loss_ = false;
  bool transport_ended_ = false, end_of_input_ = false; // FIN seen; nothing more to parse will come

  std::unique_ptr<std::byte[]> out_;
  const std::size_t out_max_;
  std::size_t out_begin_ = 0, out_end_ = 0, out_body_ = 0; // out_body_: content in it, last
  bool waiting_to_write_ = false;
};

} // namespace sluice::origin
