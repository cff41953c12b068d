#include <sluice/actors/body/lazy_body.hpp>

#include <algorithm>
#include <span>

namespace sluice {

lazy_body::outcome lazy_body::lend(std::uint64_t& room, std::vector<lent_chunk>& to) {
  outcome result;
  while (room > 0 && !result.problem && (decoder_ ? lend_decoded(room, to, result) : lend_undecoded(room, to))) {
  }
  return result;
}

void lazy_body::charge(wire_bytes n) noexcept {
  if (n > charged_)
    budget_->force(n - charged_);
  else if (n < charged_)
    budget_->give_back(charged_ - n);
  charged_ = n;
}

bool lazy_body::lend_undecoded(std::uint64_t& room, std::vector<lent_chunk>& to) {
  if (wire_.empty())
    return false;
  auto data = wire_.pop(static_cast<std::size_t>(std::min<std::uint64_t>(room, UINT32_MAX)));
  const auto cost = static_cast<std::uint32_t>(data.size());
  room -= cost;
  to.push_back({std::move(data), cost});
  return true;
}

/// False: there is nothing more to be had for now.
bool lazy_body::lend_decoded(std::uint64_t& room, std::vector<lent_chunk>& to, outcome& result) {
  constexpr std::size_t least_output = 4096; // bytes; with less room in its block a new one is taken
  if (empty())
    return false;
  if (!output_ || output_->capacity() - output_used_ < least_output) {
    output_ = blocks_->allocate();
    output_used_ = 0;
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room, output_->capacity() - output_used_));
  const auto input = wire_.empty() ? std::span<const std::byte>{} : wire_.front().bytes();
  const auto done = decoder_->decode(input, {output_->data() + output_used_, size});
  charge(wire_bytes{decoder_->held()});
  wire_.drop_front(static_cast<std::size_t>(done.consumed.value));
  if (done.produced > 0) {
    to.push_back({chunk{output_, output_used_, done.produced}, static_cast<std::uint32_t>(done.consumed.value)});
    output_used_ += done.produced;
    room -= done.produced;
  } else {
    result.unseen += done.consumed;
  }
  if (done.state == coding::state::failed) {
    result.problem = decoder_->error();
    result.unseen += wire_bytes{wire_.bytes()};
    clear();
  }
  return done.produced > 0 || done.consumed > wire_bytes{};
}

} // namespace sluice
