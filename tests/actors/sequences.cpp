// Whole clients on virtual time: random sequences of what readers, owners and origins may do, each from a seed. They
// end with nothing held and nobody alive, and everybody who waited was answered.
#include "fixture.hpp"
#include "scripted_origin.hpp"

#include <sluice/actors/client/client.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

struct visit {
  std::string target;
  std::size_t owner = 0;
  std::shared_ptr<caller::answer<response>> head;
  std::shared_ptr<caller::answer<piece>> read;
  body_reader body;
  std::uint64_t bytes = 0;
  bool over = false; // its end or its failure was told
};

class sequence {
public:
  explicit sequence(std::uint64_t seed) : random_(seed) {
    client_config config;
    config.connections_per_origin = 1 + below(4);
    config.connections = 1 + below(12);
    config.waiting_requests = 1 + below(30);
    config.stalled_streams_per_connection = 1 + below(5);
    config.memory_budget = wire_bytes{(64u << 10) << below(8)};
    hand_.share(config);
    connectors_.emplace(hand_);
    http_ = spawn_client_actor(hand_.home(), hand_.shared);
    for (int i = 0; i < 4; ++i)
      callers_.push_back(std::make_unique<caller>(hand_));
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) {
      step();
      hand_.settle();
      look();
    }
    finish();
  }

private:
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : random_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  void step() {
    switch (below(16)) {
      case 0:
      case 1: return request_something();
      case 2:
      case 3: return connect_something();
      case 4:
      case 5:
      case 6:
      case 7:
      case 8: return let_an_origin_act();
      case 9: return pass_time();
      default: return let_a_reader_act();
    }
  }

  void request_something() {
    if (visits_.size() >= 40)
      return;
    visit entry;
    entry.target = "/" + std::to_string(next_++);
    entry.owner = below(callers_.size());
    request wanted;
    wanted.url = (chance(50) ? "http://shares" : "http://alone") + entry.target;
    if (chance(20))
      wanted.deadlines.total = std::chrono::milliseconds{1 + below(200)};
    if (chance(20))
      wanted.deadlines.head = std::chrono::milliseconds{1 + below(200)};
    if (chance(20))
      wanted.deadlines.peer_silence = std::chrono::milliseconds{1 + below(200)};
    if (chance(20))
      wanted.deadlines.upload_silence = std::chrono::milliseconds{1 + below(200)};
    if (chance(20))
      wanted.read.window = wire_bytes{(4u << 10) << below(6)};
    wanted.read.decode = false;
    wanted.redirects.follow = chance(30);
    wanted.redirects.limit = static_cast<std::uint32_t>(below(4));
    if (chance(20)) {
      wanted.retries.attempts = static_cast<std::uint32_t>(1 + below(3));
      wanted.retries.first_delay = std::chrono::milliseconds{below(100)};
      wanted.retries.all_errors = chance(30);
    }
    if (chance(20)) {
      wanted.method = "POST";
      wanted.body = request_body::of(std::string(static_cast<std::size_t>(1 + below(200'000)), 'x'));
      if (chance(30))
        wanted.fields.add("Expect", "100-continue");
    }
    wanted.url.insert(wanted.url.find(entry.target), ".example");
    entry.head = callers_[entry.owner]->ask<response>(http_, std::move(wanted));
    visits_.push_back(std::move(entry));
  }

  void connect_something() {
    if (connectors_->asked() == 0)
      return;
    if (chance(10))
      return connectors_->refuse();
    connect();
  }
  void connect() {
    auto peer = connectors_->connect(connectors_->origin().find("shares") != std::string::npos);
    peer->capacity = 1 + below(5);
    peer->capacity_known = chance(50);
    peers_.push_back(std::move(peer));
  }

  void let_an_origin_act() {
    std::erase_if(peers_, [](const auto& peer) { return peer->closed && peer->exchanges.empty(); });
    if (peers_.empty())
      return;
    auto& peer = *peers_[below(peers_.size())];
    if (peer.closed || peer.ended())
      return;
    if (peer.exchanges.empty() || chance(3)) {
      switch (below(8)) {
        case 0: return peer.go_away(static_cast<std::uint32_t>(below(10)));
        case 1: return peer.cut();
        case 2: return peer.settings(1 + below(5));
        case 3: peer.blocked = true; return;
        default: return peer.unblock();
      }
    }
    auto i = peer.exchanges.begin();
    std::advance(i, below(peer.exchanges.size()));
    auto& [index, exchange] = *i;
    if (!peer.live(index) || exchange.ended)
      return;
    if (exchange.uploads && chance(50))
      return peer.take_upload(index, 1 + below(100'000));
    if (chance(2))
      return peer.reset(index, !exchange.headed && chance(50));
    if (!exchange.headed && chance(10))
      return peer.head(index, 302, {{"Location", "/" + std::to_string(next_++)}});
    if (!exchange.headed)
      return peer.head(index, chance(90) ? 200 : chance(50) ? 404 : 503);
    if (chance(15))
      return peer.end(index);
    peer.body(index, 1 + below(chance(50) ? 1000 : 300'000));
  }

  void pass_time() { hand_.advance(std::chrono::microseconds{chance(90) ? below(3000) : below(2'000'000)}); }

  void let_a_reader_act() {
    if (visits_.empty())
      return;
    auto& entry = visits_[below(visits_.size())];
    auto& owner = callers_[entry.owner];
    if (chance(1)) { // the owner of several, perhaps
      owner = std::make_unique<caller>(hand_);
      std::erase_if(visits_, [who = entry.owner](const visit& other) { return other.owner == who; });
      return;
    }
    if (!entry.body)
      return;
    if (!entry.read && chance(85)) {
      entry.read =
          owner->ask<piece>(entry.body, read_atom::value, decoded_bytes{1 + below(chance(50) ? 2000 : 200'000)});
      return;
    }
    switch (below(40)) {
      case 0: return owner->tell(entry.body, cancel_atom::value);
      case 1: return owner->tell(entry.body, settle_atom::value);
      case 2: entry = std::move(visits_.back()); return visits_.pop_back(); // its last handle goes
      case 3:
        if (!entry.read) // its answer goes to who asked
          callers_[entry.owner = below(callers_.size())]->tell(entry.body, adopt_atom::value);
        return;
      default: return;
    }
  }

  /// Takes what was answered, and checks it.
  void look() {
    BOOST_REQUIRE(hand_.shared->totals->snapshot().outstanding <= hand_.shared->budget.used());
    for (auto& entry : visits_) {
      BOOST_REQUIRE(entry.head->times <= 1);
      if (entry.head->value) {
        auto got = std::exchange(entry.head->value, std::nullopt);
        entry.target = got->url.substr(got->url.find('/', std::string_view{"http://"}.size())); // after redirects
        entry.body = std::move(got->body);
      }
      if (entry.read && !entry.read->pending()) {
        BOOST_REQUIRE(entry.read->times == 1);
        const auto got = std::exchange(entry.read, nullptr);
        if (got->value)
          take(entry, *got->value);
        else
          entry.over = true;
      }
    }
  }

  void take(visit& entry, const piece& got) {
    BOOST_REQUIRE(!entry.over || got.end);
    const auto bytes = got.data.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (bytes[i] != content(entry.target, entry.bytes + i))
        BOOST_FAIL("wrong content");
    entry.bytes += bytes.size();
    if (got.end) {
      entry.over = true;
      BOOST_REQUIRE(was_whole(entry));
    }
  }
  /// Some origin sent just that, and its end.
  bool was_whole(const visit& entry) const {
    for (const auto& peer : peers_)
      for (const auto& [index, exchange] : peer->exchanges)
        if (exchange.target == entry.target && exchange.ended && exchange.queued == entry.bytes)
          return true;
    return false;
  }

  void let_every_origin_answer() {
    while (connectors_->asked() > 0)
      connect();
    for (auto& peer : peers_) {
      if (peer->closed || peer->ended())
        continue;
      peer->unblock();
      peer->settings(5);
      for (auto& [index, exchange] : peer->exchanges)
        if (peer->live(index) && !exchange.ended) {
          peer->take_upload(index, 1u << 20);
          if (!exchange.headed)
            peer->head(index);
          if (exchange.upload_over())
            peer->end(index);
        }
    }
  }
  void let_every_origin_go() {
    for (auto& peer : peers_)
      peer->cut();
    while (connectors_->asked() > 0)
      connectors_->refuse();
  }

  /// The origins answer all, or go, and everybody who reads is told; then the readers go, and nothing is left.
  void finish() {
    const bool answered = chance(50);
    const auto all_told = [this] {
      return std::all_of(visits_.begin(), visits_.end(), [](const visit& entry) {
        return !entry.head->pending() && !entry.read && (entry.over || !entry.body);
      });
    };
    for (int i = 0; i < 10'000 && !all_told(); ++i) { // by one connection, perhaps, and by small windows
      answered ? let_every_origin_answer() : let_every_origin_go();
      for (auto& entry : visits_) // a body that nobody reads keeps its connection, and may keep others from having one
        if (entry.body && !entry.read && !entry.over)
          entry.read = callers_[entry.owner]->ask<piece>(entry.body, read_atom::value, decoded_bytes{1u << 20});
      hand_.advance(answered ? 10ms : 1ms); // for who waits for a 100 (Continue), or to try again
      look();
    }
    BOOST_REQUIRE(all_told());
    visits_.clear();
    hand_.settle();
    check_that_all_is_idle();
    callers_.clear();
    http_ = nullptr;
    hand_.settle();
    hand_.advance(2s); // what still drains
    BOOST_REQUIRE(hand_.alive() == 0);
    BOOST_REQUIRE(hand_.blocks_in_use() == 0);
    BOOST_REQUIRE(hand_.shared->budget.used() == wire_bytes{});
    BOOST_REQUIRE(hand_.shared->totals->snapshot().outstanding == wire_bytes{});
    BOOST_REQUIRE(hand_.shared->connections_open == 0);
    for (const auto& peer : peers_)
      BOOST_REQUIRE(peer->closed);
  }

  /// No request waits, and no connection carries anything, as far as the pool knows.
  void check_that_all_is_idle() {
    if (!callers_.front()->alive())
      return;
    const auto figures = callers_.front()->ask<client_stats>(http_, stats_atom::value);
    hand_.settle();
    BOOST_REQUIRE(figures->value.has_value());
    BOOST_REQUIRE(figures->value->requests_waiting == 0);
    BOOST_REQUIRE(figures->value->connections_idle == figures->value->connections_open);
  }

  std::mt19937_64 random_;
  by_hand hand_;
  std::optional<scripted_connectors> connectors_;
  client http_;
  std::vector<std::shared_ptr<scripted_peer>> peers_;
  std::vector<std::unique_ptr<caller>> callers_;
  std::vector<visit> visits_;
  std::uint64_t next_ = 1;
};

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sequences)

/// A million steps, or as many as a minute allows; SLUICE_SEQUENCES_SECONDS asks for longer, and lifts the other bound.
BOOST_AUTO_TEST_CASE(random_sequences_end_with_nothing_held_and_nobody_alive) {
  constexpr std::size_t each = 1000;
  const auto longer = number_of("SLUICE_SEQUENCES_SECONDS", 0);
  const auto steps_max = longer > 0 ? UINT64_MAX : 1'000'000;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{longer > 0 ? longer : 60};
  if (const auto one = number_of("SLUICE_SEQUENCE", 0))
    return sequence{one}.run(each);
  std::mt19937_64 seeds{seed()};
  std::uint64_t steps = 0;
  for (; steps < steps_max && std::chrono::steady_clock::now() < until; steps += each) {
    const auto mine = seeds();
    BOOST_TEST_CONTEXT("a sequence, again: SLUICE_SEQUENCE=" << mine) { sequence{mine}.run(each); }
  }
  std::cout << steps << " steps\n";
}

BOOST_AUTO_TEST_SUITE_END()
