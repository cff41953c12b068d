#include "answer.hpp"

#include <utility>

namespace sluice::origin {

script& script::head(outgoing_head x, std::uint64_t times) {
  if (times != 0)
    pieces_.push_back({.kind = what::head, .times = times, .head = std::move(x)});
  return *this;
}
script& script::content(source_ptr x) {
  pieces_.push_back({.kind = what::content, .from = std::move(x)});
  return *this;
}
script& script::raw(source_ptr x) {
  pieces_.push_back({.kind = what::raw, .from = std::move(x)});
  return *this;
}
script& script::act(std::function<void(connection_actions&)> x, std::uint64_t times) {
  if (times != 0)
    pieces_.push_back({.kind = what::act, .times = times, .act = std::move(x)});
  return *this;
}
script& script::complete() {
  completes_ = false;
  pieces_.push_back({.kind = what::complete});
  return *this;
}
script& script::wait(std::chrono::milliseconds x) {
  pieces_.push_back({.kind = what::pause, .pause = x});
  return *this;
}

/// True when the piece is used up and others may follow in the same step.
bool script::pull(piece& x, std::span<std::byte> out, step& result) {
  const auto room = out.subspan(result.bytes);
  const auto got = x.from->pull(room);
  if (hasher_)
    hasher_->update(room.first(got.bytes));
  result.bytes += got.bytes;
  if (got.ended)
    ++at_;
  if (got.pause.count() != 0) {
    result.next = then::pause;
    result.pause = got.pause;
    return false;
  }
  return got.ended;
}

void script::put_completion(step& result) {
  result.complete = true;
  if (hasher_)
    result.trailers.add("Content-Hash", hex(hasher_->value()));
}

void script::put_alone(piece& x, step& result) {
  if (x.kind == what::head)
    result.head = x.head;
  else if (x.kind == what::raw)
    result.raw = std::move(x.from);
  else
    result.act = x.act;
  if (--x.times == 0)
    ++at_;
}

step script::produce(std::span<std::byte> out) {
  step result;
  while (at_ < pieces_.size()) {
    auto& x = pieces_[at_];
    if (x.kind == what::content) {
      if (!pull(x, out, result))
        return result;
    } else if (x.kind == what::complete) {
      put_completion(result);
      ++at_;
    } else if (x.kind == what::pause) {
      ++at_;
      if (x.pause.count() == 0)
        continue;
      result.next = then::pause;
      result.pause = x.pause;
      return result;
    } else {
      if (result.bytes == 0 && !result.complete)
        put_alone(x, result);
      return result;
    }
  }
  if (std::exchange(completes_, false))
    put_completion(result);
  result.next = ending_;
  result.code = code_;
  return result;
}

} // namespace sluice::origin
