// What only HTTP/3 promises, over real sockets: windows on the wire, the choice between UDP and TCP, paths that change.
#include "ways.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace sluice;
using namespace sluice::tests;

namespace {

constexpr std::uint64_t first_window = 64u << 10;
constexpr std::uint32_t request_cancelled = 0x10c; // RFC 9114 section 8.1
const auto& quic_way = ways.back();

origin::stream_figures figures(const fixture& f, const std::string& id) { return f.server->figures_of(id).value_or(origin::stream_figures{}); }

client_config choosing(http_choice x) {
  client_config result;
  result.protocol = x;
  return result;
}
origin::config serving(origin::http3_config x) {
  origin::config result;
  result.http3 = x;
  return result;
}
origin::config advertising() {
  origin::http3_config x;
  x.advertise = true;
  return serving(x);
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
  BOOST_TEST(held >= first_window - 2000);
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
    request x;
    x.url = at(f, quic_way, "/firehose?id=sized");
    x.read.window = wire_bytes{window};
    auto got = take(f.fetch(x));
    const auto most = std::max(window, first_window);
    BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).received.value + 2000 >= most; }), window);
    for (int i = 0; i < 200; ++i)
      BOOST_TEST(!take(f.read(got.body, 4000)).end);
    BOOST_TEST(f.stats(got.body).outstanding_peak.value <= most);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_of_the_origin_is_followed) {
  origin::http3_config x;
  x.retry = true;
  fixture f{over(quic_way), {}, serving(x)};
  BOOST_TEST((asked(f) == http::version::http3));
}

BOOST_AUTO_TEST_CASE(what_an_origin_tells_of_http3_is_used_from_the_next_request_on) {
  fixture f{{}, {}, advertising()};
  BOOST_TEST((asked(f) == http::version::http2));
  BOOST_TEST((asked(f) == http::version::http3));
  BOOST_TEST((asked(f) == http::version::http3));
  BOOST_TEST(f.totals().connections_opened == 2u);
  fixture g{choosing(http_choice::http2), {}, advertising()}; // unless it is not wanted
  BOOST_TEST((asked(g) == http::version::http2));
  BOOST_TEST((asked(g) == http::version::http2));
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
