#include "http1_session.hpp"

#include "routes.hpp"

#include <algorithm>

namespace sluice::origin {

std::size_t http1_session::room() const {
  if (!answer_ || answer_done_)
    return SIZE_MAX; // what an answer did not want is thrown away
  return answer_->room();
}

bool http1_session::consume(std::span<const std::byte>& input) {
  if (request_done_)
    return false; // what there is belongs to the next request
  const auto most = std::min(room(), input.size());
  if (most == 0 && !parser_has_more_)
    return false;
  auto parsed = parser_.parse(input.first(most));
  input = input.subspan(parsed.consumed);
  parser_has_more_ = !std::holds_alternative<http1::need_more>(parsed.what);
  return handle(parsed, input) || parsed.consumed != 0;
}

bool http1_session::handle(http1::request_step& parsed, std::span<const std::byte>& input) {
  if (auto* begun = std::get_if<http1::request_begun>(&parsed.what)) {
    begin(*begun);
  } else if (auto* body = std::get_if<http1::body>(&parsed.what)) {
    take_body(body->data);
  } else if (auto* end = std::get_if<http1::end>(&parsed.what)) {
    request_done_ = true;
    request_reusable_ = end->reusable;
    parser_has_more_ = false;
    starved_ = false;
    if (logged_)
      logged_->complete();
    logged_.reset();
    if (!answer_done_)
      answer_->request_ended();
  } else if (auto* problem = std::get_if<failure>(&parsed.what)) {
    add(shared_.figures.malformed_requests);
    parser_has_more_ = false;
    input = {};
    if (answer_) { // amid a body: too late to say anything
      carrier_.close_now();
      return true;
    }
    answer_ = refuse(*problem);
    request_done_ = true;
  } else {
    return false;
  }
  return true;
}

void http1_session::begin(const http1::request_begun& begun) {
  add(shared_.figures.requests);
  ++requests_begun;
  request_body_bytes_ = 0;
  request_has_length_ = begun.content_length.has_value();
  if (shared_.log)
    logged_.emplace(*shared_.log, begun);
  answer_ = route(begun, shared_);
}

void http1_session::take_body(std::span<const std::byte> data) {
  add(shared_.figures.request_body_bytes, data.size());
  request_body_bytes_ += data.size();
  if (logged_)
    logged_->add_body(data);
  starved_ = false;
  if (!request_has_length_ && request_body_bytes_ > shared_.settings.request_body_bytes_max)
    carrier_.close_now(); // an announced length was refused when it was announced
  else if (!answer_done_)
    answer_->take(data);
}

bool http1_session::produce() {
  if (answer_ && answer_done_ && (request_done_ || ending_ != then::keep))
    return complete_exchange();
  if (!answer_ || answer_done_ || paused_ || starved_ || stalled_)
    return false;
  const auto out = carrier_.space();
  if (out.size() < http1_writer::room_min)
    return false;
  const auto got = writer_.produce(*answer_, out);
  carrier_.commit(got.bytes, got.content);
  apply(got);
  return true;
}

void http1_session::apply(const http1_writer::written& written) {
  switch (written.next) {
    case then::more: break;
    case then::pause:
      paused_ = true;
      carrier_.wake_after(timer_, written.pause, [this] { paused_ = false; });
      break;
    case then::starved: starved_ = true; break;
    case then::stall: stalled_ = true; break;
    default: answer_done_ = true; ending_ = written.next;
  }
}

bool http1_session::complete_exchange() {
  answer_.reset();
  writer_.reset();
  const bool reusable = request_done_ && request_reusable_ && ending_ == then::keep && !carrier_.input_over();
  answer_done_ = request_done_ = request_reusable_ = false;
  if (!reusable)
    carrier_.finish_as(ending_ == then::keep ? then::close : ending_);
  return true;
}

/// A client that shuts its side down may still want the answer to a whole request; nothing else.
void http1_session::input_ended() {
  if (!answer_ || !request_done_)
    carrier_.finish_as(then::close);
  else if (stalled_)
    carrier_.close_now();
}

void http1_session::abandon() { timer_.cancel(); }

} // namespace sluice::origin
