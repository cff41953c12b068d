// Watching an actor that many others watch: thousands of streams their requester, for example. CAF keeps monitors in a
// list that it walks through for each that ends; so each loop has one at such an actor, and tells those who watch.
#pragma once

#include <sluice/actors/io/loop.hpp>

#include <memory>

namespace sluice {

namespace detail {
struct watched_actor;
} // namespace detail

/// While it lives, an actor of a loop is told of the end of another as watch() tells it (on_down). A member of the
/// actor's state: it may be destroyed on any thread, all else happens on the loop.
class shared_watch {
public:
  shared_watch() noexcept = default;
  ~shared_watch() { end(); }
  shared_watch(const shared_watch&) = delete;
  shared_watch& operator=(const shared_watch&) = delete;

  /// Watches `whom` and nobody else any more. False: it has ended already, and nobody is told.
  template <class Self>
  bool begin(Self* self, const caf::actor_addr& whom) {
    return begin(self->home(), self->ctrl(), whom);
  }
  void end() noexcept;

private:
  friend struct detail::watched_actor;
  bool begin(loop& home, caf::actor_control_block* who, const caf::actor_addr& whom);

  std::shared_ptr<detail::watched_actor> watched_; // null: nobody
  caf::actor_control_block* observer_ = nullptr;
  shared_watch* previous_ = nullptr; // in the list of those who watch the same
  shared_watch* next_ = nullptr;
};

} // namespace sluice
