// What the connections of a server share: settings, TLS, counters, and figures of streams that tests ask about by name.
// Thread-safe but for the settings, which do not change; outlives the connections.
#pragma once

#include "request_log.hpp"
#include "server.hpp"

#include <sluice/protocols/tls/context.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sluice::origin {

using counter = std::atomic<std::uint64_t>;
inline void add(counter& figure, std::uint64_t n = 1) { figure.fetch_add(n, std::memory_order_relaxed); }
inline void subtract(counter& figure, std::uint64_t n = 1) { figure.fetch_sub(n, std::memory_order_relaxed); }

/// stream_figures while they change.
struct stream_record {
  std::atomic<std::uint32_t> stream_id{0};
  counter bytes_sent{0}, request_body_bytes{0}, window_updates{0}, window_bytes{0};
  std::atomic<std::int64_t> reset_code{-1};
  std::atomic<bool> closed{false};
};

/// Streams whose request said ?id=. Of equal names the last one counts; the oldest are forgotten.
class stream_registry {
public:
  std::shared_ptr<stream_record> begin(const std::string& id, std::uint32_t stream_id);
  std::optional<stream_figures> find(const std::string& id) const;
  /// How often this name has been asked with, this time included.
  std::uint64_t count_visit(const std::string& id);

private:
  static constexpr std::size_t names_max = 4096;
  struct entry {
    std::shared_ptr<stream_record> record;
    std::uint64_t visits = 0;
  };
  entry& at(const std::string& id);
  mutable std::mutex mutex_;
  std::unordered_map<std::string, entry> by_id_;
  std::deque<std::string> by_age_;
};

struct shared_state {
  config settings;
  std::shared_ptr<tls::server_context> tls;
  std::string alternative; ///< Alt-Svc of answers over TLS; empty: none
  struct {
    counter connections_accepted{0}, connections_open{0}, connections_blocked{0}, requests{0}, bytes_written{0},
        request_body_bytes{0}, blocked_writes{0}, malformed_requests{0}, tls_failures{0};
    counter http2_connections{0}, http3_connections{0}, streams_open{0}, resets_received{0}, cancels_received{0},
        connection_window_updates{0}, stream_window_updates{0}, pings_received{0}, goaways_received{0},
        settings_received{0}, early_requests{0};
  } figures;
  stream_registry streams;
  std::unique_ptr<request_log> log; ///< null: requests are not logged
  counters snapshot() const;
};

std::string to_json(const counters& figures);

} // namespace sluice::origin
