#include "shared_state.hpp"

namespace sluice::origin {

stream_registry::entry& stream_registry::at(const std::string& id) {
  const auto [place, is_new] = by_id_.try_emplace(id);
  if (!is_new)
    return place->second;
  by_age_.push_back(id);
  if (by_age_.size() > names_max) {
    by_id_.erase(by_age_.front());
    by_age_.pop_front();
  }
  return by_id_.at(id);
}

std::shared_ptr<stream_record> stream_registry::begin(const std::string& id, std::uint32_t stream_id) {
  auto record = std::make_shared<stream_record>();
  record->stream_id = stream_id;
  std::lock_guard lock(mutex_);
  at(id).record = record;
  return record;
}

std::optional<stream_figures> stream_registry::find(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || !found->second.record)
    return std::nullopt;
  const auto& record = *found->second.record;
  stream_figures result;
  result.stream_id = record.stream_id;
  result.bytes_sent = record.bytes_sent;
  result.request_body_bytes = record.request_body_bytes;
  result.window_updates = record.window_updates;
  result.window_bytes = record.window_bytes;
  result.closed = record.closed;
  if (const auto code = record.reset_code.load(); code >= 0)
    result.reset_code = static_cast<std::uint32_t>(code);
  return result;
}

std::uint64_t stream_registry::count_visit(const std::string& id) {
  std::lock_guard lock(mutex_);
  return ++at(id).visits;
}

counters shared_state::snapshot() const {
  constexpr auto relaxed = std::memory_order_relaxed;
  counters result;
  result.connections_accepted = figures.connections_accepted.load(relaxed);
  result.connections_open = figures.connections_open.load(relaxed);
  result.connections_blocked = figures.connections_blocked.load(relaxed);
  result.requests = figures.requests.load(relaxed);
  result.bytes_written = figures.bytes_written.load(relaxed);
  result.request_body_bytes = figures.request_body_bytes.load(relaxed);
  result.blocked_writes = figures.blocked_writes.load(relaxed);
  result.malformed_requests = figures.malformed_requests.load(relaxed);
  result.tls_failures = figures.tls_failures.load(relaxed);
  result.http2_connections = figures.http2_connections.load(relaxed);
  result.http3_connections = figures.http3_connections.load(relaxed);
  result.streams_open = figures.streams_open.load(relaxed);
  result.resets_received = figures.resets_received.load(relaxed);
  result.cancels_received = figures.cancels_received.load(relaxed);
  result.connection_window_updates = figures.connection_window_updates.load(relaxed);
  result.stream_window_updates = figures.stream_window_updates.load(relaxed);
  result.pings_received = figures.pings_received.load(relaxed);
  result.goaways_received = figures.goaways_received.load(relaxed);
  result.settings_received = figures.settings_received.load(relaxed);
  result.early_requests = figures.early_requests.load(relaxed);
  return result;
}

std::string to_json(const counters& figures) {
  std::string json = "{";
  const auto put = [&](const char* name, std::uint64_t value) {
    json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(std::to_string(value));
  };
  put("connections_accepted", figures.connections_accepted);
  put("connections_open", figures.connections_open);
  put("connections_blocked", figures.connections_blocked);
  put("requests", figures.requests);
  put("bytes_written", figures.bytes_written);
  put("request_body_bytes", figures.request_body_bytes);
  put("blocked_writes", figures.blocked_writes);
  put("malformed_requests", figures.malformed_requests);
  put("tls_failures", figures.tls_failures);
  put("http2_connections", figures.http2_connections);
  put("http3_connections", figures.http3_connections);
  put("streams_open", figures.streams_open);
  put("resets_received", figures.resets_received);
  put("cancels_received", figures.cancels_received);
  put("connection_window_updates", figures.connection_window_updates);
  put("stream_window_updates", figures.stream_window_updates);
  put("pings_received", figures.pings_received);
  put("goaways_received", figures.goaways_received);
  put("settings_received", figures.settings_received);
  put("early_requests", figures.early_requests);
  return json + "}\n";
}

} // namespace sluice::origin
