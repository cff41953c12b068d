// What only HTTP/3 promises, over real sockets: windows on the wire, the choice between UDP and TCP, paths that change.
#include "ways.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t request_cancelled = 0x10c; // RFC 9114 section 8.1
const auto& quic_way = ways.back();

client_config choosing(http_choice choice) {
  client_config result;
  result.protocol = choice;
  return result;
}
origin::config serving(origin::http3_config http3_settings) {
  origin::config result;
  result.http3 = http3_settings;
  return result;
}
origin::config advertising() {
  origin::http3_config http3_settings;
  http3_settings.advertise = true;
  return serving(http3_settings);
}

/// A file that is gone with its test.
struct temporary_file {
  std::string path = std::filesystem::temp_directory_path() / ("sluice-alt-svc-" + std::to_string(getpid()));
  temporary_file() { std::filesystem::remove(path); }
  ~temporary_file() { std::filesystem::remove(path); }
};

http::version asked(fixture& f) {
  auto got = take(f.fetch(f.server->tls_url("/bytes/100k")));
  BOOST_TEST(f.drain(got.body).whole());
  return got.head.version;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http3)

BOOST_AUTO_TEST_CASE(a_reader_that_never_reads_is_granted_nothing_while_its_sibling_flows) {
  fixture f{over(quic_way)};
  auto stalled = take(f.fetch(at(f, quic_way, "/firehose?id=stalled"))).body;
  BOOST_TEST(fixture::eventually([&] { return f.stats(stalled).pauses == 1; }));
  const auto held = f.stats(stalled).outstanding.value;
  BOOST_TEST(held <= first_window);
  BOOST_TEST(held >= first_window - framing);
  BOOST_TEST(f.drain(take(f.fetch(at(f, quic_way, "/bytes/64m?id=sibling"))).body).bytes == 64u << 20);
  BOOST_TEST(f.stats(stalled).received.value == held);
  BOOST_TEST(figures(f, "stalled").window_updates == 0u);
  BOOST_TEST(figures(f, "sibling").window_updates > 0u);
  BOOST_TEST(f.server->snapshot().http3_connections == 1u);
  stalled = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_CASE(cancelling_stops_the_stream_with_its_code_and_leaves_the_connection_to_others) {
  fixture f{over(quic_way)};
  auto got = take(f.fetch(at(f, quic_way, "/firehose?id=one")));
  take(f.read(got.body));
  f.self->send(got.body, cancel_atom::value);
  BOOST_TEST(fixture::eventually([&] { return figures(f, "one").reset_code == request_cancelled; }));
  BOOST_TEST(f.drain(take(f.fetch(at(f, quic_way, "/bytes/1m"))).body).whole());
  BOOST_TEST(f.server->snapshot().http3_connections == 1u);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_CASE(larger_explicit_windows_are_kept_and_smaller_ones_are_reached_from_the_first) {
  fixture f{over(quic_way)};
  for (std::uint64_t window : {4096u, 16384u, 65536u, 1u << 20}) {
    request outgoing;
    outgoing.url = at(f, quic_way, "/firehose?id=sized");
    outgoing.read.window = wire_bytes{window};
    auto got = take(f.fetch(outgoing));
    const auto most = std::max(window, first_window);
    BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).received.value + framing >= most; }), window);
    for (int i = 0; i < 200; ++i)
      BOOST_TEST(!take(f.read(got.body, 4000)).end);
    BOOST_TEST(f.stats(got.body).outstanding_peak.value <= most);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_of_the_origin_is_followed) {
  origin::http3_config http3_settings;
  http3_settings.retry = true;
  fixture f{over(quic_way), {}, serving(http3_settings)};
  BOOST_TEST((asked(f) == http::version::http3));
}

BOOST_AUTO_TEST_CASE(what_an_origin_tells_of_http3_is_used_from_the_next_request_on) {
  fixture f{{}, {}, advertising()};
  BOOST_TEST((asked(f) == http::version::http2));
  BOOST_TEST((asked(f) == http::version::http3));
  BOOST_TEST((asked(f) == http::version::http3));
  BOOST_TEST(f.totals().connections_opened == 2u);
  for (auto choice :
       {http_choice::http2, http_choice::http2_prior_knowledge, http_choice::http1}) { // unless it is not wanted
    fixture g{choosing(choice), {}, advertising()};
    for (int i = 0; i < 3; ++i)
      BOOST_TEST((asked(g) == (choice == http_choice::http1 ? http::version::http1_1 : http::version::http2)));
    BOOST_TEST(g.totals().connections_opened == 1u);
  }
}

BOOST_AUTO_TEST_CASE(what_an_origin_told_is_kept_in_a_file_for_the_next_client) {
  temporary_file file;
  auto config = choosing(http_choice::automatic);
  config.alternative_services_file = file.path;
  fixture f{config, {}, advertising()};
  BOOST_TEST((asked(f) == http::version::http2));
  config.tls.ca_pem = f.server->certificate_pem();
  f.http = take(f.loops.spawn_client(config));
  BOOST_TEST((asked(f) == http::version::http3));
  std::ofstream{file.path} << "rubbish\n";
  const auto problem = f.loops.spawn_client(config);
  BOOST_REQUIRE(!problem);
  BOOST_TEST(problem.error().detail.find("line 1") != std::string::npos, problem.error().detail);
}

BOOST_AUTO_TEST_CASE(an_origin_without_http3_is_reached_over_tcp_and_that_is_remembered) {
  origin::http3_config off;
  off.enabled = false;
  fixture f{choosing(http_choice::http3), {}, serving(off)};
  BOOST_TEST((asked(f) == http::version::http2));
  BOOST_TEST((asked(f) == http::version::http2));
  BOOST_TEST(f.totals().connections_opened == 1u);
  fixture g{choosing(http_choice::http3_only), {}, serving(off)};
  auto got = g.fetch(g.server->tls_url("/bytes/1"));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "connect_failed");
  got = g.fetch(g.server->url("/bytes/1"));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "invalid_request");
}

BOOST_AUTO_TEST_CASE(tried_first_http3_carries_what_tcp_would_have) {
  fixture f{choosing(http_choice::http3)};
  BOOST_TEST((asked(f) == http::version::http3));
  BOOST_TEST(f.server->snapshot().connections_accepted == f.server->snapshot().http3_connections);
}

// ---- before the handshake is over (0-RTT) ---------------------------------------------------------

namespace {

/// Each request has a connection of its own.
client_config in_a_hurry(http_choice choice) {
  auto result = choosing(choice);
  result.quic.early_data = true;
  result.idle_timeout = 1ms;
  return result;
}
origin::config taking_early() {
  origin::http3_config http3_settings;
  http3_settings.early_data = true;
  return serving(http3_settings);
}
bool alone(fixture& f) {
  return fixture::eventually([&] { return f.totals().connections_open == 0; });
}
response answered(fixture& f, request outgoing) {
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(!f.drain(got.body).problem);
  got.body = nullptr;
  BOOST_TEST(alone(f));
  return got;
}

} // namespace

BOOST_AUTO_TEST_CASE(requests_that_change_nothing_go_out_before_the_handshake_is_over_if_asked_for) {
  for (bool asked_for : {false, true}) {
    auto config = in_a_hurry(http_choice::http3_only);
    config.quic.early_data = asked_for;
    fixture f{config, {}, taking_early()};
    request get, post;
    get.url = f.server->tls_url("/bytes/1m");
    post.url = f.server->tls_url("/echo");
    post.method = "POST";
    post.body = request_body::of(std::string{"once"});
    for (const auto& outgoing : {get, get, post, get})
      BOOST_TEST(answered(f, outgoing).head.status == 200);
    BOOST_TEST(f.server->snapshot().http3_connections == 4u);
    BOOST_TEST(f.server->snapshot().early_requests == (asked_for ? 2u : 0u));
    BOOST_TEST(f.nothing_held());
  }
}

BOOST_AUTO_TEST_CASE(an_origin_that_finds_it_too_early_is_asked_again_once) {
  fixture f{in_a_hurry(http_choice::http3_only), {}, taking_early()};
  request outgoing;
  outgoing.url = f.server->tls_url("/status/425");
  BOOST_TEST(answered(f, outgoing).head.status == 425); // not early
  BOOST_TEST(f.server->snapshot().requests == 1u);
  BOOST_TEST(answered(f, outgoing).head.status == 425);
  BOOST_TEST(f.server->snapshot().requests == 3u);
  BOOST_TEST(f.server->snapshot().early_requests == 1u);
}

BOOST_AUTO_TEST_CASE(an_early_request_that_nobody_answers_is_sent_again_over_tcp) {
  for (bool silent : {false, true}) {
    auto elsewhere = take(origin::server::start(taking_early())); // where HTTP/3 is to be had
    fixture f{{}, elsewhere->certificate_pem(), serving({.enabled = false})};
    temporary_file file;
    std::ofstream{file.path} << "h2 localhost " << f.server->tls_port() << " h3 localhost " << elsewhere->tls_port()
                             << " \"20990101 00:00:00\" 0 0\n";
    auto config = in_a_hurry(http_choice::automatic);
    config.alternative_services_file = file.path;
    config.http3_head_start = 1s; // of a slow machine
    config.tls.ca_pem = f.server->certificate_pem() + elsewhere->certificate_pem();
    f.http = take(f.loops.spawn_client(config));
    BOOST_TEST((asked(f) == http::version::http3));
    BOOST_TEST(alone(f));
    const auto port = elsewhere->tls_port();
    elsewhere = nullptr;
    asio::io_context io;
    asio::ip::udp::socket deaf{io};
    if (silent) {
      deaf.open(asio::ip::udp::v4());
      deaf.bind({asio::ip::address_v4::loopback(), port});
    }
    request outgoing;
    outgoing.url = f.server->tls_url("/bytes/100k");
    outgoing.observer = caf::actor_cast<observer>(f.self);
    auto got = take(f.fetch(outgoing));
    BOOST_TEST((got.head.version == http::version::http2));
    BOOST_TEST(f.drain(got.body).whole());
    got.body = nullptr;
    BOOST_TEST(f.totals().retries == 1u);
    int over_quic = 0;
    bool finished = false;
    f.self->receive_while([&] { return !finished; })(
        [&](const trace& z) {
          over_quic += z.kind == trace_kind::connecting && z.detail.find("over QUIC") != std::string::npos;
          finished = z.kind == trace_kind::finished;
        },
        caf::after(10s) >> [&] { BOOST_FAIL("the exchange does not end"); });
    BOOST_TEST(over_quic == 1); // and then not again
    BOOST_TEST(alone(f));
    BOOST_TEST((asked(f) == http::version::http2)); // remembered
    BOOST_TEST(f.totals().retries == 1u);
    BOOST_TEST(f.server->snapshot().requests == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_does_not_hold_is_refused_as_over_tcp) {
  fixture f{over(quic_way)};
  client_config config = over(quic_way);
  config.tls.ca_pem = {};
  f.http = take(f.loops.spawn_client(config));
  auto got = f.fetch(f.server->tls_url("/bytes/1"));
  BOOST_REQUIRE(!got);
  BOOST_TEST(to_string(got.error().code) == "tls_untrusted_certificate");
}

BOOST_AUTO_TEST_SUITE_END()
