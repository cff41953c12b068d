// Many that watch one: who is told, who is not, and that the one which is watched keeps no list of them.
#include "by_hand.hpp"

#include <sluice/actors/io/shared_watch.hpp>

#include <boost/test/unit_test.hpp>

#include <deque>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::tests;

namespace {

/// Somebody who is watched, and knows by how many. Runs on no loop.
class celebrity : public caf::event_based_actor {
public:
  explicit celebrity(caf::actor_config& config) : event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[this](begin_atom, const std::string& why) {
              quit(make_error(failure{errc::internal, caused_by::local, why}));
            },
            [this](stats_atom) {
              std::size_t n = 0;
              for (auto* each = attachables_head_.get(); each; each = each->next.get())
                ++n;
              return n;
            }};
  }
};

struct told {
  int times = 0;
  std::string reason;
};

using watcher = caf::typed_actor<rpc<void(begin_atom)>, rpc<void(cancel_atom)>>;
struct watcher_state {
  static inline const char* name = "test.watcher";
  explicit watcher_state(void*) {}
  shared_watch watching;
};
using watcher_actor = pinned_actor<watcher, watcher_state>;

watcher::behavior_type run_watcher(watcher_actor* self, const std::shared_ptr<caf::actor_addr>& whom,
                                   const std::shared_ptr<told>& down, const std::shared_ptr<bool>& alive) {
  quiet(self);
  on_down(self, [down](const caf::actor_addr&, const caf::error& why) {
    ++down->times;
    down->reason = failure_of(why).detail;
  });
  return {[=](begin_atom) { *alive = state_of(self).watching.begin(self, *whom); },
          [=](cancel_atom) { state_of(self).watching.end(); }};
}

struct scene {
  by_hand hand;
  caf::scoped_actor user{hand.system()};
  caf::actor whom = hand.system().spawn<celebrity>();

  struct observer {
    std::shared_ptr<caf::actor_addr> whom = std::make_shared<caf::actor_addr>();
    std::shared_ptr<told> down = std::make_shared<told>();
    std::shared_ptr<bool> alive = std::make_shared<bool>(false);
    watcher actor;
  };
  observer watch(const caf::actor_addr& address) {
    observer result;
    *result.whom = address;
    result.actor = spawn_on(hand.home(), run_watcher, result.whom, result.down, result.alive);
    tell(result, begin_atom::value);
    return result;
  }
  observer watch() { return watch(whom.address()); }
  void tell(const observer& to, auto what) {
    caf::anon_send(to.actor, what);
    hand.settle();
  }
  std::size_t watchers() {
    std::size_t result = 0;
    user->request(whom, caf::infinite, stats_atom::value)
        .receive([&](std::size_t n) { result = n; }, [](caf::error&) { BOOST_TEST(false); });
    return result;
  }
  /// Ends `victim`, and goes on when `one` of those who watch was told: the others were told with it.
  void kill(const caf::actor& victim, const std::string& why, const observer* one) {
    caf::anon_send(victim, begin_atom::value, why);
    user->wait_for(victim);
    wait_for(one);
  }
  /// What another thread does when an actor ends may come after who waits for that has heard of it.
  void wait_for(const observer* one) {
    for (int i = 0; i < 10'000 && one && one->down->times == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      hand.settle();
    }
    hand.settle();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(shared_watches)

BOOST_AUTO_TEST_CASE(all_who_watch_are_told_once_and_why) {
  scene s;
  std::vector<scene::observer> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(s.watch());
  s.kill(s.whom, "it fell", &all.front());
  for (const auto& each : all) {
    BOOST_TEST(*each.alive);
    BOOST_TEST(each.down->times == 1);
    BOOST_TEST(each.down->reason.find("it fell") != std::string::npos, each.down->reason);
  }
}

BOOST_AUTO_TEST_CASE(who_watches_no_more_is_not_told) {
  scene s;
  auto first = s.watch(), second = s.watch(), third = s.watch(), fourth = s.watch();
  s.tell(second, cancel_atom::value);
  caf::anon_send_exit(third.actor, caf::exit_reason::kill);
  s.hand.settle();
  fourth.actor = nullptr; // the last handle
  s.hand.settle();
  s.kill(s.whom, "it fell", &first);
  BOOST_TEST(first.down->times == 1);
  BOOST_TEST(second.down->times == 0);
  BOOST_TEST(third.down->times == 0);
  BOOST_TEST(fourth.down->times == 0);
}

BOOST_AUTO_TEST_CASE(who_is_watched_knows_one_of_them_and_nobody_in_the_end) {
  scene s;
  const auto before = s.watchers();
  std::deque<scene::observer> all;
  for (int round = 0; round < 300; ++round) {
    all.push_back(s.watch());
    if (all.size() > 100) {
      s.tell(all.front(), cancel_atom::value);
      all.pop_front();
    }
    BOOST_TEST(s.watchers() == before + 1);
  }
  for (const auto& each : all)
    s.tell(each, cancel_atom::value);
  BOOST_TEST(s.watchers() == before);
}

BOOST_AUTO_TEST_CASE(who_has_ended_already_is_told_of_or_refused) {
  scene s;
  auto early = s.watch();
  s.kill(s.whom, "it fell", &early);
  auto late = s.watch(); // a handle still leads to it
  BOOST_TEST(*late.alive);
  BOOST_TEST(late.down->times == 1);
  const auto address = s.whom.address();
  s.whom = nullptr;
  auto refused = s.watch(address);
  BOOST_TEST(!*refused.alive);
  BOOST_TEST(refused.down->times == 0);
  BOOST_TEST(early.down->times == 1);
}

BOOST_AUTO_TEST_CASE(another_may_be_watched_instead) {
  scene s;
  auto other = s.hand.system().spawn<celebrity>();
  auto observer = s.watch();
  *observer.whom = other.address();
  s.tell(observer, begin_atom::value);
  s.kill(s.whom, "it fell", nullptr);
  BOOST_TEST(observer.down->times == 0);
  s.kill(other, "it fell, too", &observer);
  BOOST_TEST(observer.down->times == 1);
}

BOOST_AUTO_TEST_CASE(who_is_watched_may_outlive_the_loop) {
  scene s;
  auto observer = s.watch();
  s.hand.end();
  caf::anon_send_exit(s.whom, caf::exit_reason::kill);
  s.user->wait_for(s.whom);
  BOOST_TEST(observer.down->times == 0);
}

BOOST_AUTO_TEST_CASE(watches_may_end_on_any_thread_while_who_is_watched_ends) {
  for (int round = 0; round < 200; ++round) {
    scene s;
    std::vector<scene::observer> all;
    for (int i = 0; i < 20; ++i)
      all.push_back(s.watch());
    std::thread other{[&] {
      for (int i = 0; i < 10; ++i)
        all[static_cast<std::size_t>(i)].actor = nullptr;
    }};
    caf::anon_send_exit(s.whom, caf::exit_reason::kill);
    s.user->wait_for(s.whom);
    other.join();
    s.wait_for(&all.back());
    for (std::size_t i = 10; i < all.size(); ++i)
      BOOST_TEST(all[i].down->times == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
