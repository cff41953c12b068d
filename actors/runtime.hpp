// The runtime: event loops in an actor system, and clients on them. What a CAF program links against.
// Free of Asio: io/loop.hpp is for actors of one's own on a loop.
#pragma once

#include <sluice/actors/client_config.hpp>
#include <sluice/messages/errors.hpp>

#include <memory>

namespace sluice {

class loop;

struct runtime_config {
  std::size_t loops = 1; ///< event loop threads, 1 to 64; less or more are taken for these
};

/// Owns the event loops. Make it after the actor system, and destroy it before: its destructor ends every client,
/// connection and body of it, and waits for them; then, for 2 s at most, until the files of alternative services are
/// written. Any thread may spawn clients. It changes nothing of the process: no signal's disposition, no locale, no
/// mask.
class runtime {
public:
  explicit runtime(caf::actor_system& system, runtime_config config = {});
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// An HTTP client with its own pool, limits and memory budget; errc::invalid_configuration names the field at fault
  /// and its range. Blocks while it reads the files that the configuration names (certificates, the system's
  /// authorities, alternative services): not for use on a loop.
  result_or_failure<client> spawn_client(const client_config& config = {});

  /// Actors alive on the loops: clients, pools, connections, streams, readers.
  std::size_t live_actors() const;
  /// Blocks of memory in use for body bytes.
  std::size_t blocks_in_use() const;

  caf::actor_system& system() noexcept;
  loop& home(std::size_t i = 0);

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace sluice
