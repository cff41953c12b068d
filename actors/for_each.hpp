// Reads a body to its end from within a program's own actor, by one `read` message after the other.
// Knows only the body's interface; no Asio.
#pragma once

#include <sluice/actors/body/answer_watch.hpp>
#include <sluice/messages/bounds.hpp>
#include <sluice/messages/errors.hpp>

#include <memory>
#include <utility>

namespace sluice {

/// Calls `each(const chunk&)` for every piece of `body`, then `done(failure)` once. At the end of the body the failure
/// has errc::none. A piece counts as consumed when `each` has returned.
///
/// `self` is any event-based actor; the callbacks run in it, so they need no lock. If `self` ends, neither is called
/// any more. `body` is a body_reader or any body_source, and its handle is kept until `done`. If it ends without an
/// answer, `done` is called with errc::internal, or errc::cancelled after a shutdown. A piece has at most `most` bytes,
/// 1 to largest_read; another value makes for_each call `done` with errc::invalid_request before it returns.
template <class Self, class Body, class Each, class Done>
void for_each(Self* self, Body body, Each each, Done done, decoded_bytes most = decoded_bytes{1u << 20}) {
  struct state {
    state(Self* who, Body&& source, Each&& on_piece, Done&& on_end)
      : body(std::move(source)), each(std::move(on_piece)), done(std::move(on_end)), watch(who, body) {}
    Body body;
    Each each;
    Done done;
    answer_watch watch;
  };
  if (auto problem = check_read(most)) {
    done(std::move(problem));
    return;
  }
  auto first_state = std::make_shared<state>(self, std::move(body), std::move(each), std::move(done));
  struct next {
    static void read(Self* who, std::shared_ptr<state> current, decoded_bytes limit) {
      auto asked = who->request(current->body, caf::infinite, read_atom::value, limit);
      current->watch.expect(asked.id());
      asked.then(
          [who, current, limit](const piece& got) mutable {
            current->watch.done();
            if (auto problem = check(got))
              return current->done(std::move(problem));
            if (got.end)
              return current->done(failure{});
            current->each(got.data);
            read(who, std::move(current), limit);
          },
          [current](const caf::error& why) { current->done(failure_of(why)); });
    }
  };
  next::read(self, std::move(first_state), most);
}

} // namespace sluice
