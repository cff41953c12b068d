// Random lives of bodies: whatever happens in whatever order, no byte is lost, credited twice or kept.
// A failure prints the seed; SLUICE_SEED=<seed> runs the same lives again.
#include <sluice/protocols/flow/account.hpp>
#include <sluice/protocols/flow/budget.hpp>
#include <sluice/protocols/flow/chunk_queue.hpp>
#include <sluice/protocols/flow/tuner.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>

using namespace sluice;

namespace {

constexpr int sequences = 30000;
constexpr std::size_t block_size = 64;
constexpr wire_bytes first_window{128};

struct broken {
  const char* what;
};
void require(bool holds, const char* what) {
  if (!holds)
    throw broken{what};
}

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const auto* given = std::getenv("SLUICE_SEED");
    const auto chosen = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "flow_properties: SLUICE_SEED=" << chosen << std::endl;
    return chosen;
  }();
  return value;
}

/// The content of a body at an offset: chunks that change places are noticed.
std::byte byte_at(std::uint64_t offset) { return static_cast<std::byte>((offset * 31 + offset / 251) & 0xff); }

enum class ending { last_byte, cancelled, failed, reset, reader_died, lost_connection };

/// One body: its account, as its connection keeps it, and the queue of its stream; next to a model that counts each
/// byte by itself.
class body {
public:
  body(std::mt19937_64& random, std::shared_ptr<chunk_pool> pool, flow::budget& budget)
    : random_(random), pool_(std::move(pool)), coded_(chance(2)),
      account_(budget, flow::tuner_config{.initial = first_window, .maximum = wire_bytes{4096}}) {}

  bool ended() const { return ended_; }

  void step() {
    switch (up_to(9)) {
      case 0:
      case 1:
      case 2: receive(); break;
      case 3:
      case 4: coded_ ? decode() : lend(); break;
      case 5:
      case 6: consume(); break;
      case 7: skip(); break;
      default:
        if (chance(12))
          end(static_cast<ending>(up_to(5)));
    }
    check();
  }

  void end(ending how) {
    if (how == ending::last_byte && !ended())
      while (!queue_.empty() || !lent_.empty()) { // a complete body is read to its end first
        if (!queue_.empty())
          coded_ ? decode() : lend();
        consume();
        check();
      }
    ended_ = true;
    require(account_.outstanding().value == queued_ + lent_bytes_, "what is outstanding is queued or lent");
    give_up(account_.outstanding());
    queue_.clear();
    queued_ = lent_bytes_ = 0;
    if (how == ending::reader_died)
      lent_.clear(); // otherwise the reader still holds its chunks and will consume them
    check();
  }

  /// Late consumption and late data, then nothing may be left.
  void finish() {
    end(static_cast<ending>(up_to(5)));
    while (!lent_.empty() || chance(3)) {
      chance(4) ? receive() : consume();
      check();
      if (lent_.empty() && chance(2))
        break;
    }
    require(credited_ == received_, "each received byte is credited just once");
    require(account_.outstanding() == wire_bytes{}, "nothing is outstanding at the end");
    require(account_.pinned() == wire_bytes{}, "no block is held at the end");
    require(queue_.empty() && queue_.size() == 0 && queue_.bytes() == 0, "no chunk is queued at the end");
  }

private:
  struct loan {
    chunk piece; // what the reader holds of it: the decoded bytes
    wire_bytes cost;
  };

  std::uint64_t up_to(std::uint64_t n) { return random_() % (n + 1); }
  bool chance(std::uint64_t n) { return up_to(n - 1) == 0; }

  /// One read of the transport: several chunks may share its block, as chunked framing makes them.
  void receive() {
    if (!ended() && account_.full())
      return; // reading is paused; data that a peer sends all the same is late data
    auto memory = pool_->allocate();
    std::size_t used = 0;
    do {
      const auto n = 1 + up_to(block_size - used - 1);
      for (std::size_t i = 0; i < n; ++i)
        memory->data()[used + i] = byte_at(received_ + i);
      chunk piece{memory, used, n};
      used += n;
      received_ += n;
      account_.receive(wire_bytes{n}, memory.get(), memory->capacity());
      if (ended()) {
        give_up(wire_bytes{n});
        continue;
      }
      queued_ += n;
      queue_.push(std::move(piece));
    } while (used < block_size && chance(2));
  }

  /// Uncoded content: chunks go to the reader as they are.
  void lend() {
    if (queue_.empty())
      return;
    auto piece = chance(2) ? queue_.pop() : queue_.pop(1 + up_to(block_size));
    for (std::size_t i = 0; i < piece.size(); ++i)
      require(piece.data()[i] == byte_at(position_ + i), "bytes keep their order");
    position_ += piece.size();
    hand_out(std::move(piece), wire_bytes{});
  }

  /// Coded content: some input is eaten, over any number of chunks, for output that fills one block, or for none at
  /// all.
  void decode() {
    if (queue_.empty())
      return;
    const auto eaten = 1 + up_to(queue_.bytes() - 1);
    require(queue_.front().data()[0] == byte_at(position_), "the decoder's input keeps its order");
    queue_.drop_front(eaten);
    position_ += eaten;
    if (chance(4)) {
      leave_queue(eaten);
      credit(wire_bytes{eaten});
    } else {
      hand_out(chunk{pool_->allocate(), 0, 1 + up_to(block_size - 1)}, wire_bytes{eaten});
    }
  }

  void hand_out(chunk piece, wire_bytes cost) {
    if (cost == wire_bytes{})
      cost = wire_bytes{piece.size()};
    leave_queue(cost.value);
    lent_bytes_ += cost.value;
    lent_.push_back({std::move(piece), cost});
  }

  void leave_queue(std::uint64_t n) {
    require(n <= queued_, "the queue holds what is counted");
    queued_ -= n;
  }

  /// The reader is done with its oldest chunk, wholly or (uncoded content) in part.
  void consume() {
    if (lent_.empty())
      return;
    auto& oldest = lent_.front();
    const auto n = coded_ ? oldest.cost : wire_bytes{1 + up_to(oldest.cost.value - 1)};
    if (!ended()) {
      lent_bytes_ -= n.value;
      credit(n);
    } else {
      require(account_.let_go(n) == wire_bytes{}, "nothing is credited after the end");
    }
    oldest.cost -= n;
    if (oldest.cost == wire_bytes{})
      lent_.pop_front();
  }

  /// Discarded unread, as after a redirect.
  void skip() {
    if (queue_.empty())
      return;
    const auto n = 1 + up_to(queue_.bytes() - 1);
    queue_.drop_front(n);
    position_ += n;
    leave_queue(n);
    credit(wire_bytes{n});
  }

  void credit(wire_bytes n) {
    credited_ += n.value;
    now_ += std::chrono::microseconds{up_to(200)};
    require(account_.release(n, now_, std::chrono::milliseconds{1}).released == n, "what was held is credited");
  }
  void give_up(wire_bytes n) {
    credited_ += n.value;
    require(account_.let_go(n) == n, "what was held is given up");
  }

  void check() const {
    require(queue_.bytes() == queued_, "the queue holds what was neither lent nor skipped");
    require(account_.outstanding().value == received_ - credited_, "outstanding is what came and was not credited");
    require(account_.window().peak() < account_.window().size() + wire_bytes{block_size}
                || account_.window().size() > first_window,
            "a window is overshot by less than one read");
    require(account_.charged() >= account_.pinned(), "the budget is charged with what is held");
  }

  std::mt19937_64& random_;
  std::shared_ptr<chunk_pool> pool_;
  const bool coded_;
  flow::account account_;
  std::chrono::nanoseconds now_{0};
  flow::chunk_queue queue_;
  std::deque<loan> lent_;
  std::uint64_t received_ = 0, queued_ = 0, lent_bytes_ = 0, credited_ = 0, position_ = 0;
  bool ended_ = false;
};

/// A few bodies at once that share pool and budget.
void live(std::uint64_t number) {
  std::mt19937_64 random{seed() * 1000003 + number};
  const auto pool = chunk_pool::make(block_size, 8);
  flow::budget budget{wire_bytes{1000}};
  {
    std::deque<body> bodies;
    for (auto n = 1 + random() % 3; n > 0; --n)
      bodies.emplace_back(random, pool, budget);
    for (auto steps = random() % 100; steps > 0; --steps)
      bodies[random() % bodies.size()].step();
    for (auto& each : bodies)
      each.finish();
    require(pool->in_use() == 0, "all blocks are back in their pool");
  }
  require(budget.used() == wire_bytes{}, "all memory of the budget is given back");
}

} // namespace

BOOST_AUTO_TEST_SUITE(flow_properties)

BOOST_AUTO_TEST_CASE(any_interleaving_keeps_the_invariant_and_ends_with_nothing_held) {
  for (std::uint64_t i = 0; i < sequences; ++i)
    try {
      live(i);
    } catch (const broken& failed_claim) {
      BOOST_FAIL("broken: " << failed_claim.what << "; sequence " << i << ", repeat with SLUICE_SEED=" << seed());
    }
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
