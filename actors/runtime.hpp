// The runtime: event loops in an actor system, and clients on them. For programs that use CAF.
// Does not include Asio: io/loop.hpp is for a program's own actors on a loop.
#pragma once

#include <sluice/actors/client_config.hpp>
#include <sluice/messages/errors.hpp>

#include <memory>

namespace sluice {

class loop;

struct runtime_config {
  std::size_t loops = 1; ///< event loop threads, 1 to 64; a value outside is replaced by the nearest of these
};

/// Owns the event loops. Make it after the actor system and destroy it before. Its destructor ends every client,
/// connection and body on its loops and waits for them; then it waits, 2 s at most, until the files of alternative
/// services are written. Do not destroy it on one of its loops. Any thread may spawn clients. It changes no signal's
/// disposition, no locale and no umask.
class runtime {
public:
  /// Starts the loops. Throws std::system_error where the process has no threads or file descriptors left for them.
  explicit runtime(caf::actor_system& system, runtime_config config = {});
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// An HTTP client with its own connection pool, limits and memory budget. It lives until its last handle is dropped.
  /// errc::invalid_configuration names the field at fault and its range. Blocks while it reads the files that the
  /// configuration names (certificates, the system's authorities, alternative services): do not call it on a loop.
  result_or_failure<client> spawn_client(const client_config& config = {});

  /// Actors alive on the loops: clients, pools, connections, streams, readers and a program's own. Any thread.
  std::size_t live_actors() const;
  /// Pooled blocks of memory (64 to 256 KiB each) in use for body bytes. Any thread.
  std::size_t blocks_in_use() const;

  caf::actor_system& system() noexcept;
  /// The i-th loop, modulo their number; for spawn_on() in io/loop.hpp.
  loop& home(std::size_t i = 0);

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace sluice
