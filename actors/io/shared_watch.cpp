#include <sluice/actors/io/shared_watch.hpp>

#include <caf/attachable.hpp>

#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice {

namespace detail {

namespace {

/// What a loop watches. The lock is for watches that are destroyed on other threads, and for actors that end there.
struct watched_actors {
  std::mutex mutex;
  asio::io_context* io = nullptr; // null once the loop is gone
  std::unordered_map<caf::actor_control_block*, std::shared_ptr<watched_actor>> all;
};

/// Keeps them for as long as the loop lives.
class watched_actors_of_loop : public asio::execution_context::service {
public:
  static inline asio::execution_context::id id;
  explicit watched_actors_of_loop(asio::io_context& owner) : service(owner) { actors->io = &owner; }

  const std::shared_ptr<watched_actors> actors = std::make_shared<watched_actors>();

private:
  void shutdown() override {
    std::lock_guard guard{actors->mutex};
    actors->io = nullptr;
    actors->all.clear();
  }
};

} // namespace

struct watched_actor {
  watched_actor(std::shared_ptr<watched_actors> place, caf::actor_addr addressed)
    : home(std::move(place)), whom(std::move(addressed)) {}

  void add(shared_watch& watch) noexcept {
    watch.next_ = first;
    if (first)
      first->previous_ = &watch;
    first = &watch;
  }
  void remove(shared_watch& watch) noexcept {
    (watch.previous_ ? watch.previous_->next_ : first) = watch.next_;
    if (watch.next_)
      watch.next_->previous_ = watch.previous_;
    watch.previous_ = watch.next_ = nullptr;
  }

  /// Whoever begins to watch it later is told by a monitor of its own.
  void tell(const caf::error& reason) {
    std::vector<caf::strong_actor_ptr> told; // let go without the lock: the last reference to an actor destroys it
    std::lock_guard guard{home->mutex};
    forget();
    for (auto* watch = first; watch; watch = watch->next_)
      if (caf::intrusive_ptr_upgrade_weak(watch->observer_)) // else it is being destroyed at this moment
        told.emplace_back(watch->observer_, false);
    for (const auto& each : told)
      each->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, caf::down_msg{whom, reason}),
                    nullptr);
  }

  void forget() noexcept {
    const auto place = home->all.find(whom.get());
    if (place != home->all.end() && place->second.get() == this)
      home->all.erase(place);
  }

  const std::shared_ptr<watched_actors> home;
  const caf::actor_addr whom;
  shared_watch* first = nullptr;
};

namespace {

/// The loop's monitor at an actor.
class monitor : public caf::attachable {
public:
  explicit monitor(std::shared_ptr<watched_actor> watched) : watched_(std::move(watched)) {}

  /// On whatever thread the actor ends.
  void actor_exited(const caf::error& reason, caf::execution_unit*) override {
    std::lock_guard guard{watched_->home->mutex};
    if (auto* io = watched_->home->io)
      asio::post(*io, [watched = watched_, reason] { watched->tell(reason); });
  }
  bool matches(const token& what) override { return what.subtype == token::anonymous && what.ptr == watched_.get(); }

private:
  std::shared_ptr<watched_actor> watched_;
};

} // namespace

} // namespace detail

bool shared_watch::begin(loop& home, caf::actor_control_block* who, const caf::actor_addr& whom) {
  end();
  const auto alive = caf::actor_cast<caf::strong_actor_ptr>(whom);
  if (!alive)
    return false;
  const auto& actors = asio::use_service<detail::watched_actors_of_loop>(home.io()).actors;
  bool is_new = false;
  {
    std::lock_guard guard{actors->mutex};
    auto& watched = actors->all[alive.get()];
    is_new = !watched;
    if (is_new)
      watched = std::make_shared<detail::watched_actor>(actors, whom);
    observer_ = who;
    watched_ = watched;
    watched_->add(*this);
  }
  if (is_new)
    alive->get()->attach(std::make_unique<detail::monitor>(watched_));
  return true;
}

void shared_watch::end() noexcept {
  const auto watched = std::exchange(watched_, nullptr);
  if (!watched)
    return;
  {
    std::lock_guard guard{watched->home->mutex};
    watched->remove(*this);
    if (watched->first)
      return;
    watched->forget();
  }
  if (const auto alive = caf::actor_cast<caf::strong_actor_ptr>(watched->whom))
    alive->get()->detach({caf::attachable::token::anonymous, watched.get()});
}

} // namespace sluice
