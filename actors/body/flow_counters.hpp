// Figures of an exchange as it runs, added up for its client as well.
// Any thread may read; knows no actor.
#pragma once

#include <sluice/messages/values.hpp>

#include <atomic>
#include <memory>

namespace sluice {

class flow_counters {
public:
  explicit flow_counters(std::shared_ptr<flow_counters> total = nullptr) : total_(std::move(total)) {}

  void paused() { add(&flow_counters::pauses_, 1); }
  void resumed() { add(&flow_counters::resumes_, 1); }
  void credit_sent() { add(&flow_counters::credits_sent_, 1); }
  void credit_handled() { add(&flow_counters::credits_handled_, 1); }
  void decoded(std::uint64_t n) { add(&flow_counters::decoded_, n); }
  void consumed(std::uint64_t n) { add(&flow_counters::consumed_, n); }
  void received(std::uint64_t n) {
    for (auto* counters = this; counters; counters = counters->total_.get()) {
      counters->received_.fetch_add(n, std::memory_order_relaxed);
      const auto now = counters->outstanding_.fetch_add(n, std::memory_order_relaxed) + n;
      auto peak = counters->peak_.load(std::memory_order_relaxed);
      while (peak < now && !counters->peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
      }
    }
  }
  void released(std::uint64_t n) {
    for (auto* counters = this; counters; counters = counters->total_.get())
      counters->outstanding_.fetch_sub(n, std::memory_order_relaxed);
  }

  flow_stats snapshot() const {
    flow_stats stats;
    stats.pauses = pauses_;
    stats.resumes = resumes_;
    stats.credits_sent = credits_sent_;
    stats.credits_handled = credits_handled_;
    stats.received = wire_bytes{received_};
    stats.decoded = decoded_bytes{decoded_};
    stats.consumed = decoded_bytes{consumed_};
    stats.outstanding = wire_bytes{outstanding_};
    stats.outstanding_peak = wire_bytes{peak_};
    return stats;
  }

private:
  using counter = std::atomic<std::uint64_t>;
  void add(counter flow_counters::*which, std::uint64_t n) {
    for (auto* counters = this; counters; counters = counters->total_.get())
      (counters->*which).fetch_add(n, std::memory_order_relaxed);
  }
  counter pauses_{0}, resumes_{0}, credits_sent_{0}, credits_handled_{0}, received_{0}, decoded_{0}, consumed_{0},
      outstanding_{0}, peak_{0};
  std::shared_ptr<flow_counters> total_;
};

} // namespace sluice
