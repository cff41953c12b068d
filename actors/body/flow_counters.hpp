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
    for (auto* x = this; x; x = x->total_.get()) {
      x->received_.fetch_add(n, std::memory_order_relaxed);
      const auto now = x->outstanding_.fetch_add(n, std::memory_order_relaxed) + n;
      auto peak = x->peak_.load(std::memory_order_relaxed);
      while (peak < now && !x->peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
      }
    }
  }
  void released(std::uint64_t n) {
    for (auto* x = this; x; x = x->total_.get())
      x->outstanding_.fetch_sub(n, std::memory_order_relaxed);
  }

  flow_stats snapshot() const {
    flow_stats x;
    x.pauses = pauses_;
    x.resumes = resumes_;
    x.credits_sent = credits_sent_;
    x.credits_handled = credits_handled_;
    x.received = wire_bytes{received_};
    x.decoded = decoded_bytes{decoded_};
    x.consumed = decoded_bytes{consumed_};
    x.outstanding = wire_bytes{outstanding_};
    x.outstanding_peak = wire_bytes{peak_};
    return x;
  }

private:
  using counter = std::atomic<std::uint64_t>;
  void add(counter flow_counters::* which, std::uint64_t n) {
    for (auto* x = this; x; x = x->total_.get())
      (x->*which).fetch_add(n, std::memory_order_relaxed);
  }
  counter pauses_{0}, resumes_{0}, credits_sent_{0}, credits_handled_{0}, received_{0}, decoded_{0}, consumed_{0},
      outstanding_{0}, peak_{0};
  std::shared_ptr<flow_counters> total_;
};

} // namespace sluice
