// What HTTP/2 promises, and with it HTTP/3 where the promise is the same, over real sockets: windows on the wire,
// streams that share a connection, hostile origins.
#include "ways.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint32_t cancel_code = 8; // RFC 9113 section 7

std::uint64_t framing_of(const way& chosen_way) { return chosen_way.quic() ? framing : 0; }

/// Asks for a body that is then never read.
body_reader unread(fixture& f, const way& chosen_way, const std::string& id, const std::string& path = "/firehose") {
  return take(f.fetch(at(f, chosen_way, path + "?id=" + id))).body;
}

origin::config serving(origin::http2_config http2_settings) {
  origin::config result;
  result.http2 = http2_settings;
  return result;
}

/// What came of asking for a path: the failure of the head or of the body.
failure outcome(fixture& f, const way& chosen_way, const std::string& path) {
  auto got = f.fetch(at(f, chosen_way, path));
  return got ? f.drain(got->body).problem : got.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2)

BOOST_DATA_TEST_CASE(a_reader_that_never_reads_causes_no_stream_window_update_while_those_of_the_connection_flow,
                     data::make(http2_ways), way) {
  fixture f{over(way)};
  auto stalled = unread(f, way, "stalled");
  BOOST_TEST(fixture::eventually([&] { return figures(f, "stalled").bytes_sent == first_window; }));
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/64m?id=sibling"))).body).bytes == 64u << 20);
  BOOST_TEST(figures(f, "stalled").window_updates == 0u);
  BOOST_TEST(figures(f, "stalled").bytes_sent == first_window);
  BOOST_TEST(figures(f, "sibling").window_updates > 0u);
  BOOST_TEST(f.server->snapshot().connection_window_updates > 0u);
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
  BOOST_TEST(f.stats(stalled).pauses == 1u);
  stalled = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_compressed_body_is_never_credited_beyond_the_wire_bytes_that_its_reader_consumed,
                     data::make(multiplexed_ways) * data::make({"gzip", "br", "zstd"}), way, encoding) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/gzip/1g?zeros=1&id=bomb&encoding=" + std::string{encoding})));
  for (int i = 0; i < 500; ++i)
    take(f.read(got.body, 16u << 10)); // 8 MB decoded are a few KB on the wire
  const auto stats = f.stats(got.body);
  const auto seen = figures(f, "bomb");
  BOOST_TEST(seen.window_bytes <= stats.received.value - stats.outstanding.value + framing_of(way));
  BOOST_TEST(seen.bytes_sent <= first_window + seen.window_bytes);
}

BOOST_DATA_TEST_CASE(cancelling_resets_the_stream_with_cancel_and_leaves_the_connection_to_others,
                     data::make(http2_ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/firehose?id=one")));
  take(f.read(got.body));
  f.self->send(got.body, cancel_atom::value);
  BOOST_TEST(fixture::eventually([&] { return figures(f, "one").reset_code == cancel_code; }));
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1m"))).body).whole());
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(many_cancelled_bodies_never_use_up_the_connection_window, data::make(multiplexed_ways), way) {
  client_config config;
  config.quic.connection_window = config.http2.connection_window = 256u << 10; // four first windows
  fixture f{over(way, config)};
  for (int i = 0; i < 100; ++i) {
    auto got = take(f.fetch(at(f, way, "/firehose")));
    take(f.read(got.body, 1 + static_cast<std::uint64_t>(i) * 500));
  }
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/4m"))).body).whole());
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(explicit_windows_are_kept_exactly,
                     data::make(http2_ways) * data::make({4096u, 16384u, 65536u, 1u << 20}), way, window) {
  fixture f{over(way)};
  auto other = unread(f, way, "other"); // whose window must not change with the one of the next
  BOOST_TEST(fixture::eventually([&] { return figures(f, "other").bytes_sent == first_window; }));
  request outgoing;
  outgoing.url = at(f, way, "/firehose?id=sized");
  outgoing.read.window = wire_bytes{window};
  auto got = take(f.fetch(outgoing));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).received.value == window; }));
  BOOST_TEST(figures(f, "sized").bytes_sent == window);
  for (int i = 0; i < 200; ++i)
    take(f.read(got.body));
  BOOST_TEST(f.stats(got.body).outstanding_peak.value <= window);
  BOOST_TEST(figures(f, "other").bytes_sent == first_window);
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1m"))).body).whole()); // one with the usual window after it
}

BOOST_DATA_TEST_CASE(a_grant_reaches_the_origin_on_a_connection_that_is_otherwise_idle, data::make(multiplexed_ways),
                     way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/firehose?id=one")));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }));
  std::uint64_t n = 0;
  while (n < first_window) {
    n += take(f.read(got.body)).data.size();
    f.self->send(got.body, settle_atom::value);
  }
  BOOST_TEST(fixture::eventually([&] { return figures(f, "one").bytes_sent > first_window; }));
}

BOOST_AUTO_TEST_CASE(padding_is_credited_at_once_and_costs_no_reader) {
  origin::http2_config padded;
  padded.padding = 255;
  for (const auto& way : http2_ways) {
    fixture f{over(way), {}, serving(padded)};
    auto stalled = unread(f, way, "stalled");
    BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/8m"))).body).whole());
    BOOST_TEST(f.stats(stalled).outstanding.value <= first_window);
    BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/h2/padded?bytes=300k&chunk=100"))).body).whole());
  }
}

BOOST_AUTO_TEST_CASE(a_hundred_stalled_streams_leave_their_siblings_alone_and_a_second_connection_takes_over) {
  for (const auto& way : multiplexed_ways) {
    fixture f{over(way)};
    std::vector<body_reader> stalled;
    for (int i = 0; i < 300; ++i)
      stalled.push_back(take(f.fetch(at(f, way, "/firehose"))).body);
    for (int i = 0; i < 10; ++i)
      BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1m"))).body).whole());
    BOOST_TEST(f.server->snapshot().connections_accepted >= 3u); // 100 stalled ones make a connection the last choice
    BOOST_TEST(f.server->snapshot().connections_accepted <= 4u);
    BOOST_TEST(fixture::eventually(
        [&] { return f.totals().flow.outstanding.value >= 300 * (first_window - framing_of(way)); }));
    BOOST_TEST(f.totals().flow.outstanding.value <= 300 * first_window);
    stalled.clear();
    BOOST_TEST(f.nothing_held());
  }
}

BOOST_AUTO_TEST_CASE(where_no_other_connection_may_be_opened_stalled_bodies_do_not_keep_requests_waiting) {
  client_config config;
  config.connections = 1;
  config.stalled_streams_per_connection = 5;
  const auto& way = http2_ways[0];
  fixture f{over(way, config)};
  std::vector<body_reader> stalled;
  for (int i = 0; i < 20; ++i)
    stalled.push_back(take(f.fetch(at(f, way, "/firehose"))).body);
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1m"))).body).whole());
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(the_peers_limit_of_streams_is_kept_and_another_connection_opened) {
  origin::http2_config few;
  few.max_concurrent_streams = 3;
  const auto& way = http2_ways[1];
  fixture f{over(way), {}, serving(few)};
  std::vector<body_reader> bodies;
  for (int i = 0; i < 10; ++i)
    bodies.push_back(take(f.fetch(at(f, way, "/firehose"))).body);
  BOOST_TEST(f.server->snapshot().connections_accepted == 4u);
  BOOST_TEST(f.totals().retries == 0u);
}

BOOST_DATA_TEST_CASE(requests_that_the_origin_did_not_process_are_sent_again_whatever_their_method,
                     data::make(http2_ways), way) {
  fixture f{over(way)};
  request outgoing;
  outgoing.method = "POST";
  outgoing.body = request_body::of("once");
  outgoing.url = at(f, way, "/h2/refused?id=post");
  BOOST_TEST(take(f.fetch(outgoing)).head.status == 200);
  BOOST_TEST(f.totals().retries == 1u);
  outgoing.url = at(f, way, "/h2/rst-flood?n=1"); // refused every time: that is told
  auto got = f.fetch(outgoing);
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "refused");
}

BOOST_DATA_TEST_CASE(a_graceful_goaway_lets_bodies_under_way_finish_and_new_requests_go_elsewhere,
                     data::make(http2_ways), way) {
  fixture f{over(way)};
  auto slow = take(f.fetch(at(f, way, "/h2/goaway-graceful?bytes=1m&after=1000")));
  const auto first = take(f.read(slow.body, 1000));
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/100k"))).body).whole());
  origin::checker rest{1};
  rest.update(first.data.bytes());
  BOOST_TEST(to_string(f.drain(slow.body, rest).problem) == "none");
  BOOST_TEST(f.server->snapshot().connections_accepted == 2u);
}

BOOST_DATA_TEST_CASE(goaway_amid_a_body_that_it_does_not_cover_ends_that_body, data::make(http2_ways), way) {
  fixture f{over(way)};
  const auto problem = outcome(f, way, "/h2/goaway?bytes=100k&after=5000&error=2&last=0");
  BOOST_TEST(to_string(problem.code) == "refused");
  BOOST_TEST(problem.detail.find("INTERNAL_ERROR") != std::string::npos, problem.detail);
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(uploads_obey_windows_that_shrink_below_zero_and_come_back, data::make(http2_ways), way) {
  fixture f{over(way)};
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = at(f, way, "/h2/settings-shrink?pause_after=100000&pause_ms=50");
  outgoing.body = request_body::of(std::string(3u << 20, 'u'));
  auto got = take(f.fetch(outgoing));
  BOOST_TEST(got.head.status == 200);
  f.drain(got.body);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_CASE(an_origin_at_the_same_address_under_the_same_certificate_shares_the_connection) {
  fixture f;
  auto elsewhere = [&](const std::string& path) {
    return "https://127.0.0.1:" + std::to_string(f.server->tls_port()) + path;
  };
  BOOST_TEST(f.drain(take(f.fetch(f.server->tls_url("/bytes/1k"))).body).whole());
  BOOST_TEST(f.drain(take(f.fetch(elsewhere("/bytes/100k"))).body).whole());
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
  // Told that it went to the wrong place (421), the request goes over a connection of its own, and so do those after
  // it.
  BOOST_TEST(take(f.fetch(elsewhere("/h2/421?id=once"))).head.status == 200);
  BOOST_TEST(f.server->snapshot().connections_accepted == 2u);
  BOOST_TEST(take(f.fetch(elsewhere("/h2/421"))).head.status == 421); // on its own connection that is an answer
  BOOST_TEST(f.server->snapshot().connections_accepted == 2u);
  BOOST_TEST(f.drain(take(f.fetch("http://127.0.0.1:" + std::to_string(f.server->port()) + "/bytes/1k")).body).whole());
}

BOOST_DATA_TEST_CASE(the_priority_of_a_request_reaches_the_origin, data::make(ways), way) {
  fixture f{over(way)};
  request outgoing;
  outgoing.url = at(f, way, "/headers");
  outgoing.priority = http::priority{1, true};
  auto got = take(f.fetch(outgoing));
  const auto text = std::string{take(f.read(got.body)).data.text()};
  BOOST_TEST(text.find("u=1, i") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(hostile_origins_end_in_one_clear_error_and_leave_nothing_behind) {
  struct row {
    const char* path;
    std::vector<errc> expected;
  };
  using enum errc;
  const row table[]{
      {"/h2/continuation-flood", {flooded}},
      {"/h2/continuation-flood?empty=1", {flooded}},
      {"/h2/hpack-bomb", {header_too_large}},
      {"/h2/bad-hpack", {protocol_violation}},
      {"/h2/bad-hpack?kind=zero", {protocol_violation}},
      {"/h2/settings-flood", {flooded}},
      {"/h2/ping-flood", {flooded}},
      {"/h2/rst-flood", {flooded, stream_reset, refused}},
      {"/h2/window-update-flood", {flooded}},
      {"/h2/window-update-flood?stream=1", {flooded}},
      {"/h2/window-overflow", {flow_control_violation, protocol_violation}},
      {"/h2/window-overflow?stream=1", {flow_control_violation, protocol_violation}},
      {"/h2/empty-data-flood", {flooded}},
      {"/h2/push-promise", {protocol_violation}},
      {"/h2/data-on-idle", {protocol_violation}},
      {"/h2/wrong-frame-size", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=settings", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=settings-ack", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=window-update", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=rst-stream", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=goaway", {protocol_violation}},
      {"/h2/wrong-frame-size?frame=data", {protocol_violation}},
      {"/h2/headers-after-body", {protocol_violation}},
  };
  for (const auto& way : http2_ways)
    for (const auto& row : table) {
      fixture f{over(way)};
      const auto problem = outcome(f, way, row.path);
      BOOST_TEST((std::find(row.expected.begin(), row.expected.end(), problem.code) != row.expected.end()),
                 row.path << " gave: " << to_string(problem));
      BOOST_TEST(problem.detail.size() > 20u);
      BOOST_TEST(f.nothing_held(), row.path);
      BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/100k"))).body).whole(),
                 "after " << row.path); // others are served
    }
}

BOOST_AUTO_TEST_CASE(what_is_only_odd_is_borne) {
  for (const auto& way : http2_ways) {
    fixture f{over(way)};
    for (const char* path : {"/h2/one-byte-data?bytes=20000", "/h2/unknown-frames?n=10", "/h2/data-after-end"})
      BOOST_TEST(to_string(outcome(f, way, path)) == "none", path);
  }
}

BOOST_AUTO_TEST_CASE(a_dead_peer_behind_a_paused_body_is_found_by_ping_alone) {
  client_config config;
  config.http2.ping_after = std::chrono::milliseconds{100};
  config.http2.ping_timeout = std::chrono::milliseconds{200};
  for (const auto& way : http2_ways) {
    fixture f{over(way, config)};
    auto alive = unread(f, way, "alive"); // stalls far longer than any of these times
    BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().pings_received >= 4; }));
    BOOST_TEST(f.stats(alive).received.value == first_window);
    auto dead = take(f.fetch(at(f, way, "/h2/stall-connection?bytes=1m&after=1000")));
    const auto drained = f.drain(dead.body);
    BOOST_TEST(to_string(drained.problem.code) == "peer_silent");
    BOOST_TEST(drained.bytes == 1000u);
  }
}

BOOST_AUTO_TEST_CASE(an_origin_without_http2_is_named_where_nothing_else_is_allowed) {
  origin::http2_config off;
  off.enabled = false;
  client_config config;
  config.protocol = http_choice::http2;
  fixture f{config, {}, serving(off)};
  auto got = f.fetch(f.server->tls_url("/bytes/1"));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "unsupported_protocol");
  config.protocol = http_choice::http2_prior_knowledge;
  fixture g{config, {}, serving(off)};
  got = g.fetch(g.server->url("/bytes/1"));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "unsupported_protocol");
  fixture h{{}, {}, serving(off)}; // and with a choice, HTTP/1.1 it is
  BOOST_TEST((take(h.fetch(h.server->tls_url("/bytes/1"))).head.version == http::version::http1_1));
}

BOOST_AUTO_TEST_CASE(a_request_that_the_origin_wants_over_http_1_1_is_sent_again_over_it) {
  fixture f;
  const auto url =
      f.server->tls_url("/h2/rst-flood?n=1&code=13"); // HTTP_1_1_REQUIRED; over HTTP/1.1 the route answers 400
  for (int i = 0; i < 3; ++i) {
    auto got = take(f.fetch(url));
    BOOST_TEST(got.head.status == 400);
    BOOST_TEST((got.head.version == http::version::http1_1));
    f.drain(got.body);
  }
  auto other = take(f.fetch(f.server->tls_url("/bytes/1k"))); // what does not need it stays with HTTP/2
  BOOST_TEST((other.head.version == http::version::http2));
  f.drain(other.body);
  BOOST_TEST(f.server->snapshot().connections_accepted == 2u);

  fixture only{over(http2_ways[1])};
  auto refused = only.fetch(only.server->tls_url("/h2/rst-flood?n=1&code=13"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::http1_required), to_string(refused.error()));
}

BOOST_AUTO_TEST_SUITE_END()
