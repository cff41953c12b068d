#include "routes.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sluice::origin {

namespace {

constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

std::size_t put(std::span<std::byte> out, std::string_view x) {
  std::memcpy(out.data(), x.data(), x.size());
  return x.size();
}

/// Sends back what comes, holding one buffer of it: while that is full the request's body stays in the socket.
class echo_answer final : public answer {
public:
  echo_answer(std::string head, bool chunked, then ending) : head_(std::move(head)), chunked_(chunked), ending_(ending) {}

  std::size_t room() const override { return held_max - end_; }
  bool wants_body() const override { return true; }
  void take(std::span<const std::byte> bytes) override {
    if (!held_)
      held_ = std::make_unique_for_overwrite<std::byte[]>(held_max);
    std::memcpy(held_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  void request_ended() override { all_here_ = true; }

  step produce(std::span<std::byte> out) override {
    step result;
    if (!head_.empty())
      result.bytes += put(out, std::exchange(head_, {}));
    while (begin_ < end_ && out.size() - result.bytes > room_for_framing)
      result.bytes += put_held(out.subspan(result.bytes), result.body_bytes);
    if (begin_ < end_)
      return result;
    begin_ = end_ = 0;
    result.next = then::starved;
    if (all_here_ && out.size() - result.bytes > room_for_framing) {
      if (chunked_)
        result.bytes += put(out.subspan(result.bytes), *http1::last_chunk());
      result.next = ending_;
    } else if (all_here_) {
      result.next = then::more;
    }
    return result;
  }

private:
  static constexpr std::size_t held_max = 64u << 10;
  static constexpr std::size_t room_for_framing = 32;

  std::size_t put_held(std::span<std::byte> out, std::size_t& body_bytes) {
    const auto n = std::min(end_ - begin_, out.size() - room_for_framing);
    std::size_t at = chunked_ ? put(out, http1::chunk_prefix(n)) : 0;
    std::memcpy(out.data() + at, held_.get() + begin_, n);
    at += n;
    begin_ += n;
    body_bytes += n;
    return chunked_ ? at + put(out.subspan(at), http1::chunk_suffix) : at;
  }

  std::string head_;
  bool chunked_;
  then ending_;
  bool all_here_ = false;
  std::unique_ptr<std::byte[]> held_;
  std::size_t begin_ = 0, end_ = 0;
};

/// Reads the request's body, as slowly as asked, and tells what it was.
class upload_answer final : public answer {
public:
  upload_answer(const request& x, std::string before)
    : before_(std::move(before)), keep_alive_(x.keep_alive), is_head_(x.is_head),
      pause_after_(x.target.number("pause_after", endless)), pause_(x.target.number("pause_ms", 1000)) {
    if (x.target.has("seed"))
      checker_.emplace(x.seed);
  }

  std::size_t room() const override { return pausing_ ? 0 : static_cast<std::size_t>(pause_after_ - hash_.bytes()); }
  bool wants_body() const override { return true; }
  void request_ended() override { all_here_ = true; }
  void take(std::span<const std::byte> bytes) override {
    hash_.update(bytes);
    if (checker_)
      checker_->update(bytes);
  }

  step produce(std::span<std::byte> out) override {
    step result;
    if (!before_.empty())
      result.bytes = put(out, std::exchange(before_, {}));
    if (all_here_) {
      const auto body = report();
      result.bytes += put(out.subspan(result.bytes), head(body.size()));
      if (!is_head_)
        result.bytes += put(out.subspan(result.bytes), body);
      result.body_bytes = is_head_ ? 0 : body.size();
      result.next = keep_alive_ ? then::keep : then::close;
    } else if (pause_after_ == hash_.bytes()) {
      pausing_ = true;
      pause_after_ = endless;
      result.next = then::pause;
      result.pause = pause_;
    } else {
      pausing_ = false;
      result.next = then::starved;
    }
    return result;
  }

private:
  std::string report() const {
    auto json = "{\"bytes\":" + std::to_string(hash_.bytes()) + ",\"hash\":\"" + hex(hash_.value()) + "\"";
    if (checker_)
      json += checker_->good() ? ",\"good\":true" : ",\"good\":false";
    return json + "}\n";
  }
  std::string head(std::size_t n) const {
    http::response_head x;
    x.status = 200;
    x.reason = "OK";
    x.fields.add("Content-Type", "application/json");
    if (!keep_alive_)
      x.fields.add("Connection", "close");
    return *http1::serialize(x, {framing_kind::length, n});
  }

  std::string before_;
  bool keep_alive_, is_head_;
  std::uint64_t pause_after_;
  std::chrono::milliseconds pause_;
  hasher hash_;
  std::optional<checker> checker_;
  bool all_here_ = false, pausing_ = false;
};

std::string interim_for(const request& x) {
  return x.begun.expects_continue && x.target.text("continue") != "never" ? std::string(continue_text) : std::string();
}

} // namespace

answer_ptr echo(const request& x) {
  const bool has_length = x.begun.content_length.has_value() || !x.begun.has_body;
  const http1::body_framing framing{has_length ? framing_kind::length : framing_kind::chunked,
                                    x.begun.content_length.value_or(0)};
  // The head goes out in one piece, so a client's type is given back only if it is of a sane length.
  auto type = x.begun.head.fields.get("content-type").value_or("");
  if (type.empty() || type.size() > 256)
    type = "application/octet-stream";
  http::fields fields{{"Content-Type", std::string(type)}};
  auto head = interim_for(x) + head_text(x, 200, std::move(fields), framing);
  return std::make_unique<echo_answer>(std::move(head), !has_length, x.keep_alive ? then::keep : then::close);
}

answer_ptr upload(const request& x) { return std::make_unique<upload_answer>(x, interim_for(x)); }

} // namespace sluice::origin
