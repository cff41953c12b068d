#include "answer.hpp"

#include <utility>

namespace sluice::origin {

script& script::head(outgoing_head outgoing, std::uint64_t times) {
  if (times != 0)
    pieces_.push_back({.kind = what::head, .times = times, .head = std::move(outgoing)});
  return *this;
}
script& script::content(source_ptr source) {
  pieces_.push_back({.kind = what::content, .from = std::move(source)});
  return *this;
}
script& script::raw(source_ptr source) {
  pieces_.push_back({.kind = what::raw, .from = std::move(source)});
  return *this;
}
script& script::act(std::function<void(connection_actions&)> action, std::uint64_t times) {
  if (times != 0)
    pieces_.push_back({.kind = what::act, .times = times, .act = std::move(action)});
  return *this;
}
script& script::complete() {
  completes_ = false;
  pieces_.push_back({.kind = what::complete});
  return *this;
}
script& script::wait(std::chrono::milliseconds duration) {
  pieces_.push_back({.kind = what::pause, .pause = duration});
  return *this;
}

/// True when the piece is used up and others may follow in the same step.
bool script::pull(piece& current, std::span<std::byte> out, step& result) {
  const auto room = out.subspan(result.bytes);
  const auto got = current.from->pull(room);
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

void script::put_alone(piece& current, step& result) {
  if (current.kind == what::head)
    result.head = current.head;
  else if (current.kind == what::raw)
    result.raw = std::move(current.from);
  else
    result.act = current.act;
  if (--current.times == 0)
    ++at_;
}

step script::produce(std::span<std::byte> out) {
  step result;
  while (at_ < pieces_.size()) {
    auto& current = pieces_[at_];
    if (current.kind == what::content) {
      if (!pull(current, out, result))
        return result;
    } else if (current.kind == what::complete) {
      put_completion(result);
      ++at_;
    } else if (current.kind == what::pause) {
      ++at_;
      if (current.pause.count() == 0)
        continue;
      result.next = then::pause;
      result.pause = current.pause;
      return result;
    } else {
      if (result.bytes == 0 && !result.complete)
        put_alone(current, result);
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
