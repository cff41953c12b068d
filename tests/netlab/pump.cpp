#include <sluice/tests/netlab/pump.hpp>

#include <poll.h>
#include <unistd.h>

#include <ctime>

namespace netlab {

namespace {
constexpr int batch_packets = 64;
constexpr std::size_t largest_packet = 65536;
constexpr std::size_t spare_packets = 4096;
} // namespace

nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

direction::packet direction::fresh() {
  if (spare_.empty())
    return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

bool direction::take() {
  std::byte space[largest_packet];
  for (int i = 0; i < batch_packets; ++i) {
    const auto n = ::read(from_, space, sizeof space);
    if (n <= 0)
      return false;
    const auto size = static_cast<std::size_t>(n);
    const auto when = model_.offer(size, now());
    for (std::size_t copy = 0; copy < when.count; ++copy) {
      auto buffer = fresh();
      buffer.assign(space, space + size);
      line_.push(when.at[copy], std::move(buffer));
    }
  }
  return true;
}

void direction::deliver() {
  while (auto due_packet = line_.pop(now())) {
    [[maybe_unused]] auto ignored =
        ::write(to_, due_packet->data(), due_packet->size()); // a device that is full or down drops, as any does
    if (spare_.size() < spare_packets)
      spare_.push_back(*std::move(due_packet));
  }
}

void pump(direction& a, direction& b, int wake, const std::function<bool()>& over) {
  pollfd watched[] = {{a.from(), POLLIN, 0}, {b.from(), POLLIN, 0}, {wake, POLLIN, 0}};
  bool more = false;
  for (;;) {
    std::optional<nanoseconds> due = a.next_due();
    if (const auto other = b.next_due(); other && (!due || *other < *due))
      due = other;
    const auto wait = more ? nanoseconds{0} : due ? std::max(*due - now(), nanoseconds{0}) : std::chrono::seconds{60};
    const timespec limit{static_cast<time_t>(wait.count() / 1'000'000'000),
                         static_cast<long>(wait.count() % 1'000'000'000)};
    if (ppoll(watched, 3, &limit, nullptr) > 0 && (watched[2].revents & POLLIN) && over())
      return;
    more = watched[0].revents & POLLIN && a.take();
    more = (watched[1].revents & POLLIN && b.take()) || more;
    a.deliver();
    b.deliver();
  }
}

} // namespace netlab
