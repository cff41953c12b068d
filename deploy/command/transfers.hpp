// All transfers of one `sluice get`: one after the other or side by side (-Z), and what is shown and said about them.
// Knows no request and no response.
#pragma once

#include "get_outcome.hpp"
#include "process.hpp"
#include "transfer.hpp"

#include <memory>
#include <optional>

namespace sluice::command {

/// Blocks until the last has ended. One actor on the loop starts and awaits them; SIGINT and SIGTERM end them. Failures
/// are told on standard error, and with `format` (-w) each end on standard output.
run_outcome run_transfers(loop& home, std::shared_ptr<transfer_context> context, const transfer_plan& plan,
                          const std::optional<write_out>& format, waiting_room& waiter);

} // namespace sluice::command
