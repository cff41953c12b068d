// Ends the wait for an answer when the actor that was asked ends without giving one. CAF answers requests to actors
// that have ended, and requests in the mailbox of an actor that ends. It does not answer a request whose handler has
// run without answering. Knows no message of ours.
#pragma once

#include <sluice/messages/errors.hpp>

#include <caf/all.hpp>

#include <memory>

namespace sluice {

/// Watches one actor on behalf of one waiting actor. Any thread. It sends no message: it is attached as CAF's monitors
/// are, and its destructor removes it.
class answer_watch {
public:
  /// `waiter` makes the requests, `asked` is to answer them. Neither is kept alive.
  answer_watch(const caf::strong_actor_ptr& waiter, const caf::strong_actor_ptr& asked);
  template <class Waiter, class Handle>
  answer_watch(Waiter* waiter, const Handle& asked)
    : answer_watch(caf::strong_actor_ptr{waiter->ctrl()}, caf::actor_cast<caf::strong_actor_ptr>(asked)) {}
  ~answer_watch();
  answer_watch(const answer_watch&) = delete;
  answer_watch& operator=(const answer_watch&) = delete;

  /// The request that waits for an answer now, by the identifier of its response. If `asked` ends, or has ended,
  /// without an answer, the waiter gets a failure as the answer: errc::cancelled after a shutdown, else errc::internal.
  void expect(caf::message_id response);
  /// The answer has come.
  void done();

private:
  struct state;
  class hook;
  std::shared_ptr<state> state_;
  caf::actor_addr asked_;
};

} // namespace sluice
