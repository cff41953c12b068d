// Event loops as CAF execution units, and the mixin that pins an actor to one: its messages and its socket handlers
// then run on one thread, never at the same time. Knows nothing of HTTP.
#pragma once

#include <sluice/actors/io/clock.hpp>
#include <sluice/messages/caf.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/flow/chunk.hpp>

#include <asio.hpp>
#include <caf/detail/sync_request_bouncer.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace sluice {

/// One thread that runs one io_context, and the actors pinned to it. A handler must neither block nor compute for long:
/// it would stop every socket of the loop.
class loop : public caf::execution_unit {
public:
  /// Place of a pinned actor in the list of those alive.
  struct resident {
    resident* previous = nullptr;
    resident* next = nullptr;
    caf::actor_control_block* actor = nullptr;
  };

  explicit loop(caf::actor_system& system);
  ~loop() override;

  asio::io_context& io() noexcept { return io_; }
  /// Blocks for socket reads and decoder output.
  const std::shared_ptr<chunk_pool>& blocks() const noexcept { return blocks_; }

  void start();
  /// Sends an exit message to every pinned actor, waits until the last has ended, then ends the thread. Without a
  /// thread (a test steps io() itself) they end within this call. Not on the loop.
  void stop();
  /// Pinned actors alive. Any thread.
  std::size_t residents() const;

  /// Takes over one reference of `resumable`. Any thread.
  void exec_later(caf::resumable* resumable) override;
  void enter(resident& entry);
  void leave(resident& entry);

private:
  void ask_all_to_end();
  using job = caf::intrusive_ptr<caf::resumable>;
  void run(job next);
  void drain();
  void drain_later();

  asio::io_context io_{1};
  std::deque<job> ready_; // actors to run; touched on the loop alone
  bool drain_posted_ = false;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::shared_ptr<chunk_pool> blocks_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  resident* first_ = nullptr;
  std::size_t count_ = 0;
};

/// Mixin for typed_event_based_actor: the actor runs only on its loop. Spawn it with spawn_on(). It must not use CAF's
/// timeouts (delayed_send, requests with a finite timeout, `after`): use Asio timers and bind() (decision 0006).
template <class Base>
class pinned : public Base {
public:
  explicit pinned(caf::actor_config& config) : Base(config), loop_(dynamic_cast<loop*>(config.host)) {
    if (!loop_)
      throw std::logic_error("pinned actors are spawned with spawn_on");
    place_.actor = this->ctrl();
    loop_->enter(place_);
  }
  /// If the constructor of the state throws, cleanup() is not called, and the loop must forget the actor here.
  ~pinned() override {
    if (!left_)
      loop_->leave(place_);
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    Base::enqueue(std::move(element), loop_);
  }
  void launch(caf::execution_unit*, bool lazy, bool hide) override { Base::launch(loop_, lazy, hide); }
  caf::resumable::subtype_t subtype() const override { return caf::resumable::io_actor; }

  /// Does what scheduled_actor and local_actor do, except to cancel timeouts at CAF's clock: pinned actors have none
  /// there, and it would wake the clock's thread each time one of them ends (decision 0006).
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    this->awaited_responses_.clear();
    this->multiplexed_responses_.clear();
    auto& box = this->mailbox();
    if (!box.closed()) {
      box.close();
      this->get_normal_queue().flush_cache();
      this->get_urgent_queue().flush_cache();
      caf::detail::sync_request_bouncer bounce{reason};
      while (box.queue().new_round(1000, bounce).consumed_items) {
      }
    }
    this->current_mailbox_element(nullptr);
    this->unregister_from_system();
    const bool first = caf::monitorable_actor::cleanup(std::move(reason), host);
    if (!left_) {
      left_ = true;
      loop_->leave(place_);
    }
    return first;
  }

  /// A completion handler that runs `callback` as if it were a message handler of this actor, or not at all once it has
  /// ended.
  template <class F>
  auto bind(F callback) {
    return [this, keep = caf::strong_actor_ptr{this->ctrl()},
            callback = std::move(callback)](auto&&... arguments) mutable {
      this->run_bound([&] { callback(std::forward<decltype(arguments)>(arguments)...); });
    };
  }
  loop& home() noexcept { return *loop_; }

private:
  template <class F>
  void run_bound(F&& callback) {
    if (!this->activate(loop_)) // ended: its state is gone
      return;
    this->current_mailbox_element(nullptr); // else current_sender() would dangle
    try {
      callback();
      this->bhvr_stack_.cleanup();
    } catch (...) {
      auto problem = std::current_exception();
      this->quit(this->call_handler(this->exception_handler_, this, problem));
    }
    this->finalize(); // completes quit(): exit and down messages, the state's destructor
  }

  loop* loop_;
  loop::resident place_;
  bool left_ = false;
};

template <class Handle>
struct pinned_base;
template <class... Signatures>
struct pinned_base<caf::typed_actor<Signatures...>> {
  using type = pinned<caf::typed_event_based_actor<Signatures...>>;
};
template <class Handle, class State>
using pinned_actor = caf::stateful_actor<State, typename pinned_base<Handle>::type>;

/// Spawns a function-based pinned actor: `make_behavior(pinned_actor<Handle, State>*, …)` returns its behavior. Any
/// thread.
template <class F, class... Ts>
caf::infer_handle_from_fun_t<F> spawn_on(loop& home, F make_behavior, Ts&&... arguments) {
  caf::actor_config config{&home};
  return home.system().spawn_functor(std::true_type{}, config, make_behavior, std::forward<Ts>(arguments)...);
}

/// The failure (errc::internal) for an exception that left a handler of the actor with this name.
failure failure_of(const std::exception_ptr& exception, const char* actor);

/// Replaces CAF's default handlers, which print to standard output. An unexpected message is answered with an error. An
/// exception ends the actor, with a reason that failure_of() reads: first `fail(failure)` answers whoever waits for
/// this actor; then the request that was being handled is answered, if nobody did that.
template <class Self, class Fail>
void quiet(Self* self, Fail fail) {
  self->set_default_handler(
      [](auto*, caf::message_view&) -> caf::result<caf::message> { return caf::sec::unexpected_message; });
  self->set_error_handler([](caf::error&) {});
  self->set_exception_handler([self, fail](std::exception_ptr& exception) -> caf::error {
    const auto why = failure_of(exception, self->name());
    try {
      fail(why);
      if (self->current_mailbox_element())
        self->make_response_promise().deliver(make_error(why));
    } catch (...) { // there is no memory even for that: down messages tell
    }
    return make_error(why);
  });
}
template <class Self>
void quiet(Self* self) {
  quiet(self, [](const failure&) {});
}

} // namespace sluice
