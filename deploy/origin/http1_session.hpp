// One client's HTTP/1.1 on a connection: requests one after the other, each with its answer.
// Knows no socket and no route.
#pragma once

#include "connection.hpp"
#include "http1_writer.hpp"

#include <sluice/protocols/http1/request_parser.hpp>

#include <optional>

namespace sluice::origin {

class http1_session final : public protocol {
public:
  http1_session(connection& carrier, shared_state& shared)
    : carrier_(carrier), shared_(shared), timer_(carrier.executor()), writer_(carrier.alternative()) {}

  bool consume(std::span<const std::byte>& input) override;
  bool produce() override;
  bool wants_input() const override { return request_done_ || room() != 0; } // after the request: to see the client go
  bool drops_when_blocked() const override { return answer_ && answer_->drops_when_blocked(); }
  void input_ended() override;
  void abandon() override;
  bool busy() const override { return answer_ != nullptr; }

private:
  std::size_t room() const;
  bool handle(http1::request_step& parsed, std::span<const std::byte>& input);
  void begin(const http1::request_begun& begun);
  void take_body(std::span<const std::byte> data);
  void apply(const http1_writer::written& written);
  bool complete_exchange();

  connection& carrier_;
  shared_state& shared_;
  asio::steady_timer timer_;

  http1::request_parser parser_;
  http1_writer writer_;
  std::uint64_t request_body_bytes_ = 0;
  bool request_has_length_ = false;
  bool parser_has_more_ = false; // an event is due without further input

  answer_ptr answer_; // null between requests
  std::optional<logged_request> logged_;
  bool answer_done_ = false, request_done_ = false, request_reusable_ = false;
  bool paused_ = false, starved_ = false, stalled_ = false;
  then ending_ = then::keep;
};

} // namespace sluice::origin
