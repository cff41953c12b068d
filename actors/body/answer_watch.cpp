#include <sluice/actors/body/answer_watch.hpp>

#include <caf/attachable.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace sluice {

struct answer_watch::state {
  std::mutex mutex;
  caf::actor_addr waiter;
  caf::strong_actor_ptr
      kept; // the waiter, while it expects an answer: else it could end with the message that it waits for
  std::optional<caf::message_id> expected;
  std::optional<failure> ended; // the asked actor, and why

  /// With the mutex held: both have happened.
  void answer(std::unique_lock<std::mutex> held) {
    if (!expected || !ended)
      return;
    const auto id = *std::exchange(expected, std::nullopt);
    const auto why = *ended;
    const auto to = std::exchange(kept, nullptr);
    held.unlock();
    if (to)
      to->enqueue(nullptr, id, caf::make_message(make_error(why)), nullptr);
  }
};

/// In the asked actor's list of those who want to hear of its end.
class answer_watch::hook final : public caf::attachable {
public:
  static constexpr std::size_t type = 0x736c; // beyond the numbers of CAF's own
  explicit hook(std::shared_ptr<state> shared_state) : state_(std::move(shared_state)) {}

  void actor_exited(const caf::error& reason, caf::execution_unit*) override {
    const bool shut_down = reason == caf::exit_reason::user_shutdown || reason == caf::exit_reason::kill;
    std::unique_lock lock{state_->mutex};
    state_->ended = failure{shut_down ? errc::cancelled : errc::internal, caused_by::local,
                            "the actor that was asked has ended without an answer: " + caf::to_string(reason)};
    state_->answer(std::move(lock));
  }
  bool matches(const token& wanted) override { return wanted.subtype == type && wanted.ptr == state_.get(); }

private:
  std::shared_ptr<state> state_;
};

answer_watch::answer_watch(const caf::strong_actor_ptr& waiter, const caf::strong_actor_ptr& asked)
  : state_(std::make_shared<state>()) {
  state_->waiter = caf::actor_cast<caf::actor_addr>(waiter);
  if (!asked)
    return;
  asked_ = caf::actor_cast<caf::actor_addr>(asked);
  asked->get()->attach(caf::attachable_ptr{new hook(state_)});
}

answer_watch::~answer_watch() {
  done();
  if (auto asked = caf::actor_cast<caf::strong_actor_ptr>(asked_))
    asked->get()->detach(caf::attachable::token{hook::type, state_.get()});
}

void answer_watch::expect(caf::message_id response) {
  std::unique_lock lock{state_->mutex};
  state_->expected = response;
  state_->kept = caf::actor_cast<caf::strong_actor_ptr>(state_->waiter);
  state_->answer(std::move(lock));
}

void answer_watch::done() {
  caf::strong_actor_ptr last; // released without the lock: the waiter may end with it
  std::lock_guard lock{state_->mutex};
  state_->expected.reset();
  last.swap(state_->kept);
}

} // namespace sluice
