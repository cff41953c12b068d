#include <sluice/actors/client/client_bounds.hpp>

#include <sluice/protocols/dns/overrides.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

namespace {

template <class T>
struct number {
  static std::int64_t of(T value) {
    if constexpr (std::is_unsigned_v<T>)
      return std::cmp_greater(value, INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(value);
    else
      return static_cast<std::int64_t>(value);
  }
  static T from(std::int64_t count) { return static_cast<T>(count); }
};
template <class Rep, class Period>
struct number<std::chrono::duration<Rep, Period>> {
  static std::int64_t of(std::chrono::duration<Rep, Period> value) { return value.count(); }
  static std::chrono::duration<Rep, Period> from(std::int64_t count) {
    return std::chrono::duration<Rep, Period>{count};
  }
};
template <class Currency>
struct number<byte_count<Currency>> {
  static std::int64_t of(byte_count<Currency> value) { return number<std::uint64_t>::of(value.value); }
  static byte_count<Currency> from(std::int64_t count) {
    return byte_count<Currency>{static_cast<std::uint64_t>(count)};
  }
};

/// `Field` is a lambda without captures from a configuration to the field.
template <class Field>
constexpr bounded_field row(const char* name, const char* unit, std::int64_t least, std::int64_t most, Field) {
  using value = std::remove_cvref_t<decltype(Field{}(std::declval<client_config&>()))>;
  return {name,
          unit,
          least,
          most,
          [](const client_config& config) { return number<value>::of(Field{}(config)); },
          [](client_config& config, std::int64_t count) { Field{}(config) = number<value>::from(count); }};
}

#define SLUICE_BYTES(field, least, most)                                                                               \
  row(#field, " bytes", least, most, [](auto& config) -> auto& { return config.field; })
#define SLUICE_COUNT(field, least, most)                                                                               \
  row(#field, "", least, most, [](auto& config) -> auto& { return config.field; })
#define SLUICE_RANGE(field, unit, least, most)                                                                         \
  row(#field, unit, least, most, [](auto& config) -> auto& { return config.field; })
#define SLUICE_TIME(field, least) row(#field, " ms", least, longest, [](auto& config) -> auto& { return config.field; })

constexpr std::int64_t kib = 1024, mib = kib * kib, gib = kib * mib, pib = mib * gib;
constexpr std::int64_t million = 1'000'000, a_second_most = 1'000 * million;
constexpr std::int64_t week_seconds = 7 * 24 * 3600;
constexpr std::int64_t longest = longest_deadline.count();
/// What a peer, or HTTP/2 (RFC 9113 section 6.9.1), may be told of as a window.
constexpr std::int64_t window_most = 0x7fffffff;

constexpr bounded_field rows[] = {
    SLUICE_COUNT(protocol, 0, static_cast<std::int64_t>(http_choice::http3_only)),
    SLUICE_COUNT(tls.minimum, 0, static_cast<std::int64_t>(tls::version::tls1_3)),
    SLUICE_COUNT(tls.maximum, 0, static_cast<std::int64_t>(tls::version::tls1_3)),

    SLUICE_BYTES(first_window, 4 * kib, gib),
    SLUICE_BYTES(largest_window, 4 * kib, gib),
    SLUICE_BYTES(memory_budget, 4 * kib, pib),
    SLUICE_COUNT(connections_per_origin, 1, 65535),
    SLUICE_COUNT(stalled_streams_per_connection, 1, million),
    SLUICE_COUNT(connections, 1, million),
    SLUICE_COUNT(waiting_requests, 0, 100 * million),
    SLUICE_BYTES(drain_bytes, 0, gib),
    SLUICE_TIME(drain_timeout, 1),
    SLUICE_TIME(idle_timeout, 1),
    SLUICE_COUNT(retry_budget_percent, 0, 100),
    SLUICE_COUNT(retry_budget_a_second, 0, million),
    SLUICE_RANGE(connection_attempt_delay, " ms", 10, 2000),
    SLUICE_COUNT(connection_attempts, 1, 64),
    SLUICE_RANGE(connection_attempt_timeout, " ms", 1, 3'600'000),
    SLUICE_RANGE(lookup_timeout, " ms", 1, 3'600'000),
    SLUICE_TIME(http3_head_start, 0),
    SLUICE_COUNT(coding.layers, 1, 16),
    SLUICE_COUNT(coding.zstd_window_log, 10, 27),

    SLUICE_COUNT(addressing.family, 0, static_cast<std::int64_t>(dns::family::ipv6)),
    SLUICE_COUNT(addressing.local_port, 0, 65535),
    SLUICE_COUNT(addressing.local_port_last, 0, 65535),
    SLUICE_COUNT(addressing.cached_names, 0, million),
    SLUICE_RANGE(addressing.cached_at_least, " s", 0, week_seconds),
    SLUICE_RANGE(addressing.cached_at_most, " s", 0, week_seconds),

    SLUICE_BYTES(http1.start_line_bytes, 16, 16 * mib),
    SLUICE_BYTES(http1.field_line_bytes, 16, 16 * mib),
    SLUICE_BYTES(http1.head_bytes, 64, 64 * mib),
    SLUICE_COUNT(http1.field_count, 8, million),
    SLUICE_BYTES(http1.chunk_line_bytes, 3, mib),
    SLUICE_BYTES(http1.trailer_bytes, 2, 64 * mib),
    SLUICE_COUNT(http1.interim_responses, 0, million),
    SLUICE_COUNT(http1.empty_lines, 0, 1000),

    SLUICE_BYTES(http2.head_bytes, 64, 64 * mib),
    SLUICE_COUNT(http2.field_count, 8, million),
    SLUICE_COUNT(http2.interim_responses, 0, million),
    SLUICE_COUNT(http2.concurrent_streams, 1, million),
    SLUICE_COUNT(http2.continuation_frames, 1, million),
    SLUICE_COUNT(http2.control_frames, 1, a_second_most),
    SLUICE_COUNT(http2.control_frames_a_second, 0, a_second_most),
    SLUICE_COUNT(http2.tiny_data_frames, 1, a_second_most),
    SLUICE_COUNT(http2.tiny_data_frames_a_second, 0, a_second_most),
    SLUICE_COUNT(http2.window_updates, 1, a_second_most),
    SLUICE_COUNT(http2.window_updates_a_second, 0, a_second_most),
    SLUICE_BYTES(http2.connection_window, 65535, window_most),
    SLUICE_BYTES(http2.header_table_bytes, 0, mib),
    SLUICE_TIME(http2.ping_after, 0),
    SLUICE_TIME(http2.ping_timeout, 0),
    SLUICE_TIME(http2.round_trip_every, 1),

    SLUICE_BYTES(http3.head_bytes, 64, 64 * mib),
    SLUICE_COUNT(http3.field_count, 8, million),
    SLUICE_COUNT(http3.interim_responses, 0, million),
    SLUICE_COUNT(http3.concurrent_streams, 1, million),
    SLUICE_BYTES(http3.field_table_bytes, 0, mib),
    SLUICE_COUNT(http3.blocked_streams, 0, million),
    SLUICE_BYTES(http3.framing_bytes, kib, gib),
    SLUICE_BYTES(http3.control_bytes, kib, gib),
    SLUICE_BYTES(http3.control_bytes_a_second, 0, gib),
    SLUICE_BYTES(http3.upload_bytes, kib, gib),

    SLUICE_BYTES(quic.stream_window, 4 * kib, gib),
    SLUICE_BYTES(quic.connection_window, 65535, window_most),
    SLUICE_BYTES(quic.peer_stream_window, kib, gib),
    SLUICE_COUNT(quic.peer_uni_streams, 3, 1000), // RFC 9114 section 6.2
    SLUICE_COUNT(quic.peer_bidi_streams, 0, 1000),
    SLUICE_COUNT(quic.connection_ids, 2, 8), // RFC 9000 section 18.2; ngtcp2 keeps 8
    SLUICE_COUNT(quic.idle_datagrams, 1, a_second_most),
    SLUICE_COUNT(quic.idle_datagrams_a_second, 0, a_second_most),
    SLUICE_BYTES(quic.datagram_bytes, 1200, 1500), // RFC 9000 section 14
    SLUICE_BYTES(quic.batch_bytes, 1200, 65000),
    SLUICE_COUNT(quic.congestion_control, 0, static_cast<std::int64_t>(quic::congestion_control::bbr)),
    SLUICE_TIME(quic.handshake_timeout, 1),
    SLUICE_TIME(quic.early_handshake_timeout, 1),
    SLUICE_TIME(quic.idle_timeout, 0),
    SLUICE_TIME(quic.keep_alive_after, 0),
};

#undef SLUICE_BYTES
#undef SLUICE_COUNT
#undef SLUICE_TIME
#undef SLUICE_RANGE

failure refused(const std::string& field, const std::string& range) {
  return {errc::invalid_configuration, caused_by::local, "client_config." + field + " must be " + range};
}

/// Longer lists are a fault: each entry costs a comparison for each connection.
constexpr std::size_t entries_max = 10'000;

failure check(const dns::addressing& given) {
  if (given.cached_at_most < given.cached_at_least)
    return refused("addressing.cached_at_most",
                   "at least addressing.cached_at_least (" + std::to_string(given.cached_at_least.count()) + " s)");
  if (given.local_port_last != 0 && given.local_port_last < given.local_port)
    return refused("addressing.local_port_last",
                   "0 or at least addressing.local_port (" + std::to_string(given.local_port) + ")");
  if (given.local_port_last != 0 && given.local_port == 0)
    return refused("addressing.local_port", "at least 1 where addressing.local_port_last is not 0");
  const std::pair<const char*, const std::vector<std::string>&> lists[] = {
      {"addressing.resolve", given.resolve},
      {"addressing.connect_to", given.connect_to},
      {"addressing.name_servers", given.name_servers}};
  for (const auto& [name, list] : lists)
    if (list.size() > entries_max)
      return refused(name, "a list of at most " + std::to_string(entries_max) + " entries; it has "
                               + std::to_string(list.size()));
  if (given.unix_socket.size() > dns::unix_socket_bytes_max || given.unix_socket.find('\0') != std::string::npos)
    return refused("addressing.unix_socket",
                   "a path or name of at most " + std::to_string(dns::unix_socket_bytes_max) + " bytes");
  if (given.abstract_unix_socket && given.unix_socket.empty())
    return refused("addressing.unix_socket", "set where addressing.abstract_unix_socket is");
  if (const auto read = dns::overrides::make(given); !read)
    return read.error();
  return {};
}

} // namespace

std::span<const bounded_field> bounded_fields() { return rows; }

failure check(const client_config& config) {
  for (const auto& field : rows)
    if (const auto value = field.value(config); value < field.least || value > field.most)
      return refused(field.name, "from " + std::to_string(field.least) + " to " + std::to_string(field.most)
                                     + field.unit + "; it is " + std::to_string(value));
  // What must fit together.
  if (config.largest_window < config.first_window)
    return refused("largest_window", "at least first_window (" + std::to_string(config.first_window.value) + " bytes)");
  if (config.memory_budget < config.first_window)
    return refused("memory_budget", "at least first_window (" + std::to_string(config.first_window.value) + " bytes)");
  if (config.tls.minimum > config.tls.maximum)
    return refused("tls.minimum", "at most tls.maximum");
  if (config.quic.batch_bytes < config.quic.datagram_bytes)
    return refused("quic.batch_bytes",
                   "at least quic.datagram_bytes (" + std::to_string(config.quic.datagram_bytes) + ")");
  if (config.http2.ping_after.count() > 0 && config.http2.ping_timeout.count() == 0)
    return refused("http2.ping_timeout", "at least 1 ms where ping_after is not 0");
  if (config.user_agent.size() > 8192 || !http::is_field_value(config.user_agent))
    return refused("user_agent", "at most 8192 bytes and free of control characters");
  if (config.alternative_services_file.size() > 4000
      || config.alternative_services_file.find('\0') != std::string::npos)
    return refused("alternative_services_file", "a path of at most 4000 bytes");
  return check(config.addressing);
}

} // namespace sluice
