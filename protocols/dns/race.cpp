#include <sluice/protocols/dns/race.hpp>

#include <algorithm>

namespace sluice::dns {

std::optional<std::size_t> race::begin_next(time_point now) {
  if (!may_begin() || now < next_begins_at_)
    return {};
  under_way_.push_back({next_, now});
  next_begins_at_ = now + limits_.connection_attempt_delay;
  return next_++;
}

std::chrono::milliseconds race::timeout() const {
  const bool crowded = next_ < addresses_ && under_way_.size() >= limits_.attempts;
  return crowded ? std::min(limits_.attempt_timeout, limits_.crowded_timeout) : limits_.attempt_timeout;
}

std::optional<std::size_t> race::give_up(time_point now) {
  if (under_way_.empty() || now < under_way_.front().begun + timeout())
    return {};
  const auto which = under_way_.front().which;
  under_way_.erase(under_way_.begin());
  return which;
}

void race::progressed(time_point now) {
  if (next_begins_at_ != time_point::min())
    next_begins_at_ = std::max(next_begins_at_, now + limits_.connection_attempt_delay);
}

void race::failed(std::size_t which) {
  std::erase_if(under_way_, [which](const attempt& running) { return running.which == which; });
  next_begins_at_ = time_point::min();
}

time_point race::deadline() const {
  auto result = time_point::max();
  if (may_begin())
    result = next_begins_at_;
  if (!under_way_.empty())
    result = std::min(result, under_way_.front().begun + timeout());
  return result;
}

} // namespace sluice::dns
