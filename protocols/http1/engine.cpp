#include <sluice/protocols/http1/engine.hpp>

#include <string_view>

namespace sluice::http1 {

namespace {

body_framing framing_of(const http::outgoing_body& body) {
  if (!body.present)
    return {};
  return body.length ? body_framing{body_framing::kind::length, *body.length}
                     : body_framing{body_framing::kind::chunked, 0};
}

} // namespace

failure engine::open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body, wire_bytes) {
  auto problem = guard_.run(out_of_memory(), [&] { return begin(index, head, body); });
  if (guard_) { // a part of the request may be in out_
    current_.reset();
    settle();
  }
  return problem;
}

failure engine::begin(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body) {
  const auto framing = framing_of(body);
  auto text = serialize(head, framing);
  if (!text)
    return text.error();
  parser_.begin(head.method);
  out_ += *text;
  current_ = index;
  chunked_upload_ = framing.how == body_framing::kind::chunked;
  uploading_ = body.present && body.length != std::uint64_t{0};
  secure_ = head.scheme == "https";
  upload_cut_ = head_seen_ = discarding_ = false;
  discarded_ = 0;
  return {};
}

void engine::upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  if (current_ == index && uploading_)
    guard_.run([&] { append(data, last, trailers); });
}

void engine::append(std::span<const std::byte> data, bool last, const http::fields& trailers) {
  if (!data.empty()) {
    if (chunked_upload_)
      out_ += chunk_prefix(data.size());
    out_.append(reinterpret_cast<const char*>(data.data()), data.size());
    if (chunked_upload_)
      out_ += chunk_suffix;
  }
  if (!last)
    return;
  uploading_ = false;
  if (!chunked_upload_)
    return;
  http::fields sent; // without those that cannot be sent, or not as a trailer
  for (const auto& line : trailers)
    if (last_chunk({line}))
      sent.add(line.name, line.value);
  out_ += *last_chunk(sent);
}

void engine::stop_upload(std::uint32_t index) {
  if (current_ == index && uploading_) {
    uploading_ = false;
    upload_cut_ = true; // the request is incomplete: the connection cannot be reused
  }
}

http::fields engine::sent_fields(const http::request_head& head, const http::outgoing_body& body) const {
  http::fields result;
  const auto whole = serialize(head, framing_of(body));
  std::string_view text = whole ? std::string_view{*whole} : std::string_view{};
  for (auto line_end = text.find("\r\n"); line_end != std::string_view::npos;) { // skips the request line
    text.remove_prefix(line_end + 2);
    line_end = text.find("\r\n");
    if (const auto colon = text.substr(0, line_end).find(": "); colon != std::string_view::npos)
      result.add(std::string{text.substr(0, colon)}, std::string{text.substr(colon + 2, line_end - colon - 2)});
  }
  return result;
}

std::span<const std::byte> engine::output(http::time_point) {
  settle();
  sending_.clear();
  if (sending_.capacity() > 4096)
    sending_ = {};
  std::swap(out_, sending_);
  return std::as_bytes(std::span{sending_});
}

void engine::receive(std::span<const std::byte> input, http::time_point) {
  guard_.run([&] { read(input); });
  settle();
}

void engine::read(std::span<const std::byte> input) {
  while (current_) {
    auto step = parser_.parse(input);
    input = input.subspan(step.consumed);
    if (!take(step.what, input.empty()))
      return;
  }
  if (!input.empty())
    ended_ = true; // data without an outstanding request
}

/// Handles a parser event. False: stop parsing.
bool engine::take(http1::event& parsed, bool rest_is_empty) {
  if (auto* piece = std::get_if<body>(&parsed)) {
    if (!discarding_)
      events_.on_body(*current_, piece->data);
    else if ((discarded_ += piece->data.size()) > drain_bytes_)
      return ended_ = true, current_.reset(), false;
  } else if (auto* interim_head = std::get_if<interim>(&parsed)) {
    events_.on_interim(*current_, std::move(interim_head->head));
  } else if (auto* final_head = std::get_if<head>(&parsed)) {
    head_seen_ = true;
    final_head->head.end_unproven = parser_.delimited_by_close() && !secure_;
    events_.on_head(*current_, std::move(final_head->head));
  } else if (auto* last = std::get_if<end>(&parsed)) {
    if (!discarding_)
      events_.on_end(*current_, std::move(last->trailers));
    close(last->reusable && rest_is_empty);
    return false;
  } else if (auto* problem = std::get_if<failure>(&parsed)) {
    fail(std::move(*problem));
    return false;
  } else {
    return false;
  }
  return true;
}

void engine::close(bool reusable) {
  reusable = reusable && !uploading_ && !upload_cut_;
  ended_ = !reusable;
  events_.on_closed(*std::exchange(current_, std::nullopt), reusable);
}

void engine::settle() noexcept {
  if (!guard_)
    return;
  out_.clear();
  if (current_)
    fail(guard_.why());
  ended_ = true;
}

void engine::fail(failure&& why) noexcept {
  ended_ = true;
  const auto index = *std::exchange(current_, std::nullopt);
  if (!discarding_)
    guard_.run_always([&] { events_.on_failure(index, std::move(why), false, !parser_.started()); });
}

void engine::receive_end(const failure& why) {
  ended_ = true;
  guard_.run([&] { finish(why); });
  settle();
}

void engine::finish(const failure& why) {
  if (!current_)
    return;
  if (why)
    return fail(failure{why});
  auto step = parser_.finish();
  take(step.what, false);
}

void engine::cancel(std::uint32_t index) {
  if (current_ != index)
    return;
  const auto rest = parser_.remaining();
  discarding_ = head_seen_ && rest && *rest <= drain_bytes_ && !uploading_ && !upload_cut_;
  if (!discarding_) {
    ended_ = true;
    current_.reset();
  }
}

} // namespace sluice::http1
