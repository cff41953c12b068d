// One transfer of `sluice get`: an exchange whose body goes to a file or a pipe. The reader runs on the event loop
// itself, so that a byte crosses no thread on its way; what the output takes is what has been consumed.
// Knows nothing of other transfers.
#pragma once

#include "display.hpp"
#include "get_outcome.hpp"
#include "head_text.hpp"
#include "transfer_plan.hpp"

#include <sluice/actors/io/loop.hpp>

#include <functional>
#include <memory>

namespace sluice::command {

/// What all transfers of one command share. Used on one event loop.
struct transfer_context {
  const get_options* options = nullptr; ///< outlives the transfers
  client http;
  caf::actor_system* system = nullptr;
  asio::thread_pool* disk = nullptr; ///< where files are flushed, which takes long
  head_file heads;                   ///< of -D
  std::optional<time_condition> condition;
  bool alone = true;               ///< there is one transfer, which needs no name
  std::shared_ptr<screen> display; ///< of the progress; may be null
};

/// How far a transfer has come, for whoever shows it. Used on the transfer's loop.
struct transfer_progress {
  bool receiving = false;              ///< the head of the response has come
  bool to_file = false;                ///< the body does not go to standard output
  std::uint64_t done = 0;              ///< bytes of the body that the output has taken
  std::optional<std::uint64_t> total;  ///< of the body
  std::shared_ptr<std::uint64_t> sent; ///< bytes of the request's body; null: not known
  std::optional<std::uint64_t> total_to_send;
  std::uint64_t held = 0;  ///< as of the last `stats`
  bool paused = false;     ///< as of the last `stats`
  bool rate_waits = false; ///< the next read waits for the rate that is allowed
};

/// - `cancel`: the transfer ends, with errc::cancelled.
/// - `stats`: asks for new values of the progress's `held` and `paused`.
using transfer = caf::typed_actor<rpc<void(cancel_atom)>, rpc<void(stats_atom)>>;

/// `done` is called once on the loop, in whatever way the transfer ends; not from within this call.
transfer start_transfer(loop& home, std::shared_ptr<transfer_context> context, transfer_job job,
                        std::shared_ptr<transfer_progress> progress, std::function<void(outcome)> done);

} // namespace sluice::command
