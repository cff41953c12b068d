// Reads a body to its end from within an actor of one's own: a loop of `read` messages.
// Knows only the body's interface; no Asio.
#pragma once

#include <sluice/actors/body/answer_watch.hpp>
#include <sluice/messages/bounds.hpp>
#include <sluice/messages/errors.hpp>

#include <memory>
#include <utility>

namespace sluice {

/// Calls `each(const chunk&)` for every piece of `body`, then `done(failure)` once: with no failure at the true end.
/// A piece counts as consumed when `each` has returned. `self` is any event-based actor; the callbacks run in it.
/// `body` is a body_reader or any body_source; when it ends without an answer, `done` is told. At most `most` bytes a
/// piece (1 to largest_read, else `done` is called with errc::invalid_request before for_each returns).
template <class Self, class Body, class Each, class Done>
void for_each(Self* self, Body body, Each each, Done done, decoded_bytes most = decoded_bytes{1u << 20}) {
  struct state {
    state(Self* who, Body&& x, Each&& y, Done&& z)
      : body(std::move(x)), each(std::move(y)), done(std::move(z)), watch(who, body) {}
    Body body;
    Each each;
    Done done;
    answer_watch watch;
  };
  if (auto problem = check_read(most)) {
    done(std::move(problem));
    return;
  }
  auto x = std::make_shared<state>(self, std::move(body), std::move(each), std::move(done));
  struct next {
    static void read(Self* who, std::shared_ptr<state> y, decoded_bytes limit) {
      auto asked = who->request(y->body, caf::infinite, read_atom::value, limit);
      y->watch.expect(asked.id());
      asked.then(
          [who, y, limit](const piece& got) mutable {
            y->watch.done();
            if (auto problem = check(got))
              return y->done(std::move(problem));
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
