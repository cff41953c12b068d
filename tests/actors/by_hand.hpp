// Actors on one loop that the test steps, at a time that the test moves: what happens is the same each time.
// Knows no socket, no thread and nothing of HTTP.
#pragma once

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/runtime.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice::tests {

/// An actor system and a loop without a thread. One at a time in a process, as it holds the clock.
class by_hand {
public:
  by_hand() { loop_clock::hold(now_); }
  ~by_hand() {
    if (home_)
      end();
    loop_clock::let_go();
  }
  by_hand(const by_hand&) = delete;
  by_hand& operator=(const by_hand&) = delete;

  caf::actor_system& system() { return system_; }
  loop& home() { return *home_; }
  loop_clock::time_point now() const { return now_; }
  /// Actors alive on the loop.
  std::size_t alive() const { return home_->residents(); }
  std::size_t blocks_in_use() const { return home_->blocks()->in_use(); }

  /// Runs whatever is to be done at this time.
  void settle() {
    while (home_->io().poll() > 0) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    loop_clock::hold(now_);
    look_at_timers();
    settle();
  }

  /// Ends every actor, as a runtime does at its end. They must be gone then.
  void end() {
    home_->stop();
    home_.reset();
  }

  /// A request on its way, for tests that have no client in front.
  exchange_ptr exchange_to(const std::string& url) {
    auto exchange = std::make_shared<sluice::exchange>();
    exchange->request.url = url;
    auto where = uri::parse(url);
    if (!where)
      throw std::runtime_error(to_string(where.error()));
    exchange->where = *std::move(where);
    exchange->shared = shared;
    exchange->counters = std::make_shared<flow_counters>(shared->totals);
    exchange->begun = now_;
    return exchange;
  }
  /// What the actors of a client share, with this loop alone.
  std::shared_ptr<client_shared> share(client_config config = {}) {
    shared = std::make_shared<client_shared>(std::move(config));
    shared->loops.push_back(home_.get());
    shared->alternatives = *alternatives_book::open({}, {});
    return shared;
  }

  std::shared_ptr<client_shared> shared;

private:
  /// Asio looks at its timers when the kernel's timer goes off, which knows nothing of this clock. A timer that is due
  /// before all others sets that one off at once.
  void look_at_timers() {
    loop_timer first{home_->io()};
    first.expires_at({});
    bool looked = false;
    first.async_wait([&](const std::error_code&) { looked = true; });
    while (!looked)
      home_->io().poll();
  }

  struct settings : caf::actor_system_config {
    settings() {
      configure(*this);
      set("scheduler.max-threads", 1u);
    }
  };
  settings settings_;
  caf::actor_system system_{settings_};
  std::unique_ptr<loop> home_ = std::make_unique<loop>(system_);
  loop_clock::time_point now_{std::chrono::hours{1}};
};

/// Somebody on the loop who asks and is told: an actor without messages of its own, which the test makes act.
class caller {
  struct state {
    static inline const char* name = "test.caller";
    explicit state(void*) {}
  };
  using handle = caf::typed_actor<rpc<void(begin_atom)>>;
  using self_type = pinned_actor<handle, state>;

public:
  explicit caller(by_hand& world) : world_(world) {
    actor_ = spawn_on(world.home(), [](self_type* self) -> handle::behavior_type {
      quiet(self);
      return {[](begin_atom) {}};
    });
  }
  ~caller() { end(); }
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;

  bool alive() const { return static_cast<bool>(actor_); }
  caf::actor_addr address() const { return actor_.address(); }
  /// Runs `f(self)` as one of its handlers, once the loop is stepped.
  template <class F>
  void act(F f) {
    auto* self = self_pointer();
    asio::post(world_.home().io(), self->bind([self, f = std::move(f)]() mutable { f(self); }));
  }
  /// What came of a request: nothing yet, an answer, or a failure.
  template <class T>
  struct answer {
    std::optional<T> value;
    failure problem;
    int times = 0;
    bool pending() const { return times == 0; }
  };
  template <class T, class Handle, class... Ts>
  std::shared_ptr<answer<T>> ask(const Handle& whom, Ts... xs) {
    auto result = std::make_shared<answer<T>>();
    act([=](self_type* self) {
      self->request(whom, caf::infinite, xs...)
          .then(
              [result](T& received) {
                ++result->times;
                result->value = std::move(received);
              },
              [result](caf::error& error) {
                ++result->times;
                result->problem = failure_of(error);
              });
    });
    return result;
  }
  template <class Handle, class... Ts>
  void tell(const Handle& whom, Ts... xs) {
    act([=](self_type* self) { self->send(whom, xs...); });
  }
  void end() {
    if (actor_)
      caf::anon_send_exit(actor_, caf::exit_reason::kill);
    actor_ = nullptr;
  }

private:
  self_type* self_pointer() const { return static_cast<self_type*>(caf::actor_cast<caf::abstract_actor*>(actor_)); }
  by_hand& world_;
  handle actor_;
};

} // namespace sluice::tests
