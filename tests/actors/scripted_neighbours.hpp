// Stand-ins for the neighbours of an actor under test: they write down what they are told, and answer when the test
// says so. Each lives on the test's loop; knows no engine.
#pragma once

#include "by_hand.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sluice::tests {

struct stand_in_state {
  static inline const char* name = "test.stand_in";
  explicit stand_in_state(void*) {}
};

/// A pool: what its connections tell it, and the exchanges that are to be sent again.
class scripted_pool {
  using self_type = pinned_actor<pool, stand_in_state>;

public:
  explicit scripted_pool(by_hand& world) {
    actor = spawn_on(world.home(), [this](self_type* self) -> pool::behavior_type {
      quiet(self);
      const auto refuse = [this](const char* what) -> caf::result<response> {
        told.emplace_back(what);
        return make_error({errc::refused, caused_by::local, "a pool without connections"});
      };
      return {
          [refuse](fetch_atom, const exchange_ptr&) { return refuse("fetch"); },
          [refuse](retry_atom, const exchange_ptr&) { return refuse("retry"); },
          [this](shares_atom, std::uint64_t, std::string&, std::vector<std::string>&) { told.emplace_back("shares"); },
          [this](capacity_atom, std::uint64_t, std::uint64_t n) { told.push_back("capacity " + std::to_string(n)); },
          [this](freed_atom, std::uint64_t) { told.emplace_back("freed"); },
          [this](stalled_atom, std::uint64_t) { told.emplace_back("stalled"); },
          [this](flowing_atom, std::uint64_t) { told.emplace_back("flowing"); },
          [this](superseded_atom, std::uint64_t) { told.emplace_back("superseded"); },
          [this](retired_atom, std::uint64_t) { told.emplace_back("retired"); },
          [](stats_atom) { return client_stats{}; },
      };
    });
  }
  ~scripted_pool() { end(); }
  void end() {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  }
  /// What was told since it was asked last.
  std::vector<std::string> news() { return std::exchange(told, {}); }

  pool actor;
  std::vector<std::string> told;
};

/// A connection: what its streams and readers tell it.
class scripted_connection {
  using self_type = pinned_actor<connection, stand_in_state>;

public:
  explicit scripted_connection(by_hand& world) {
    actor = spawn_on(world.home(), [this](self_type* self) -> connection::behavior_type {
      quiet(self);
      return {
          [this, self](begin_atom, const exchange_ptr& exchange) -> caf::result<response> {
            auto promise = self->make_response_promise<response>();
            begun.emplace_back(promise, exchange);
            return promise;
          },
          [this](const credit& granted) { credits.push_back(granted.bytes); },
          [this](refund_atom, std::uint32_t, std::uint32_t n) { refunds.push_back(n); },
          [this](abandon_atom, std::uint32_t) { ++abandoned; },
          [this](forget_atom) { released = true; },
      };
    });
  }
  ~scripted_connection() { end(); }
  void end(caf::exit_reason why = caf::exit_reason::kill) {
    if (actor)
      caf::anon_send_exit(actor, why);
    actor = nullptr;
  }

  connection actor;
  std::vector<std::pair<caf::typed_response_promise<response>, exchange_ptr>> begun;
  std::vector<std::uint32_t> credits, refunds;
  int abandoned = 0;
  bool released = false;
};

/// A stream: the demand of its reader.
class scripted_stream {
  using self_type = pinned_actor<stream, stand_in_state>;

public:
  explicit scripted_stream(by_hand& world) {
    actor = spawn_on(world.home(), [this](self_type* self) -> stream::behavior_type {
      quiet(self);
      return {
          [](begin_atom, const exchange_ptr&) -> caf::result<response> { return caf::sec::unexpected_message; },
          [](const arrival_ptr&) {},
          [](settled_atom) {},
          [this](demand_atom, decoded_bytes n) { demands.push_back(n.value); },
          [this](cancel_atom) { cancelled = true; },
      };
    });
  }
  ~scripted_stream() { end(); }
  void end() {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
  }

  stream actor;
  std::vector<std::uint64_t> demands;
  bool cancelled = false;
};

/// An observer: the kinds and the texts of what it is told.
class scripted_observer {
  using self_type = pinned_actor<observer, stand_in_state>;

public:
  explicit scripted_observer(by_hand& world) {
    actor = spawn_on(world.home(), [this](self_type* self) -> observer::behavior_type {
      quiet(self);
      return {[this](const trace& event) {
        kinds.push_back(event.kind);
        details.push_back(event.detail);
      }};
    });
  }
  observer actor;
  std::vector<trace_kind> kinds;
  std::vector<std::string> details;
};

} // namespace sluice::tests
