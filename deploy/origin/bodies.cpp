#include "routes.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::origin {

namespace {

/// Heads in a row, each a step of its own.
class heads {
public:
  void add(outgoing_head head) { heads_.push_back(std::move(head)); }
  bool put(step& to) {
    if (at_ == heads_.size())
      return false;
    to.head = std::move(heads_[at_++]);
    return true;
  }

private:
  std::vector<outgoing_head> heads_;
  std::size_t at_ = 0;
};

/// Sends back what comes, holding one buffer of it: while that is full the request's body stays in the socket.
class echo_answer final : public answer {
public:
  echo_answer(heads before, then ending) : before_(std::move(before)), ending_(ending) {}

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
    if (before_.put(result))
      return result;
    result.bytes = std::min(end_ - begin_, out.size());
    if (result.bytes != 0)
      std::memcpy(out.data(), held_.get() + begin_, result.bytes);
    begin_ += result.bytes;
    if (begin_ < end_)
      return result;
    begin_ = end_ = 0;
    result.complete = all_here_;
    result.next = all_here_ ? ending_ : then::starved;
    return result;
  }

private:
  static constexpr std::size_t held_max = 64u << 10;

  heads before_;
  then ending_;
  bool all_here_ = false;
  std::unique_ptr<std::byte[]> held_;
  std::size_t begin_ = 0, end_ = 0;
};

/// Reads the request's body, as slowly as asked, and tells what it was.
class upload_answer final : public answer {
public:
  upload_answer(const request& incoming, heads before, pause_actions around = {})
    : before_(std::move(before)), around_(std::move(around)), keep_alive_(incoming.keep_alive),
      is_head_(incoming.is_head),
      pause_after_(incoming.target.number("pause_after", around_.before ? 64u << 10 : endless)),
      pause_(incoming.target.number("pause_ms", around_.before ? 100 : 1000)) {
    if (incoming.target.has("seed"))
      checker_.emplace(incoming.seed);
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
    if (before_.put(result))
      return result;
    if (pause_after_ == hash_.bytes() && !all_here_)
      return begin_pause();
    if (std::exchange(pausing_, false) && around_.after) {
      result.act = std::move(around_.after);
      return result;
    }
    if (all_here_ && !report_) {
      auto json = json_report();
      result.head = head(json.size());
      report_ = text(std::move(json));
    } else if (all_here_) {
      result.bytes = is_head_ ? 0 : report_->pull(out).bytes;
      sent_ += result.bytes;
      result.complete = is_head_ || sent_ == report_bytes_;
      result.next = !result.complete ? then::more : keep_alive_ ? then::keep : then::close;
    } else {
      result.next = then::starved;
    }
    return result;
  }

private:
  step begin_pause() {
    step result;
    pausing_ = true;
    pause_after_ = endless;
    result.act = std::move(around_.before);
    result.next = then::pause;
    result.pause = pause_;
    return result;
  }
  std::string json_report() const {
    auto json = "{\"bytes\":" + std::to_string(hash_.bytes()) + ",\"hash\":\"" + hex(hash_.value()) + "\"";
    if (checker_)
      json += checker_->good() ? ",\"good\":true" : ",\"good\":false";
    return json + "}\n";
  }
  outgoing_head head(std::size_t n) {
    report_bytes_ = n;
    return {.status = 200,
            .fields = {{"Content-Type", "application/json"}},
            .framing = {framing_kind::length, n},
            .closes = !keep_alive_,
            .has_content = !is_head_};
  }

  heads before_;
  pause_actions around_;
  bool keep_alive_, is_head_;
  std::uint64_t pause_after_;
  std::chrono::milliseconds pause_;
  hasher hash_;
  std::optional<checker> checker_;
  source_ptr report_;
  std::size_t report_bytes_ = 0, sent_ = 0;
  bool all_here_ = false, pausing_ = false;
};

heads interim_for(const request& incoming) {
  heads result;
  if (incoming.begun.expects_continue && incoming.target.text("continue") != "never")
    result.add({.status = 100});
  return result;
}

} // namespace

answer_ptr echo(const request& incoming) {
  const bool has_length = incoming.begun.content_length.has_value() || !incoming.begun.has_body;
  const http1::body_framing framing{has_length ? framing_kind::length : framing_kind::chunked,
                                    incoming.begun.content_length.value_or(0)};
  // A client's type is given back only if it is of a sane length.
  auto type = incoming.begun.head.fields.get("content-type").value_or("");
  if (type.empty() || type.size() > 256)
    type = "application/octet-stream";
  auto before = interim_for(incoming);
  auto head = head_for(incoming, 200, {{"Content-Type", std::string(type)}}, framing);
  head.chunk = 64u << 10;
  before.add(std::move(head));
  return std::make_unique<echo_answer>(std::move(before), incoming.keep_alive ? then::keep : then::close);
}

answer_ptr upload(const request& incoming, pause_actions around) {
  return std::make_unique<upload_answer>(incoming, interim_for(incoming), std::move(around));
}

} // namespace sluice::origin
