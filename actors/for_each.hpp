// Reads a body to its end from within an actor of one's own: a loop of `read` messages.
// Knows only the body's interface; no Asio.
#pragma once

#include <sluice/messages/errors.hpp>

#include <memory>

namespace sluice {

/// Calls `each(const chunk&)` for every piece of `body`, then `done(failure)` once: with no failure at the true end.
/// A piece counts as consumed when `each` has returned. `self` is any event-based actor; the callbacks run in it.
/// `body` is a body_reader or any body_source. At most `most` bytes a piece.
template <class Self, class Body, class Each, class Done>
void for_each(Self* self, Body body, Each each, Done done, decoded_bytes most = decoded_bytes{1u << 20}) {
  struct state {
    Body body;
    Each each;
    Done done;
  };
  auto x = std::make_shared<state>(state{std::move(body), std::move(each), std::move(done)});
  struct next {
    static void read(Self* who, std::shared_ptr<state> y, decoded_bytes limit) {
      auto& from = y->body;
      who->request(from, caf::infinite, read_atom::value, limit)
        .then(
          [who, y, limit](const piece& got) mutable {
            if (got.end)
              return y->done(failure{});
            y->each(got.data);
            read(who, std::move(y), limit);
          },
          [y](const caf::error& why) { y->done(failure_of(why)); });
    }
  };
  next::read(self, std::move(x), most);
}

} // namespace sluice
