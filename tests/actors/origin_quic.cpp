// The QUIC connections of the scripted origin: datagrams, addresses, and how many clients share a socket.
#include "http3_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

/// What a client begins with.
std::vector<std::byte> first_datagram() {
  struct nothing final : quic::application {
    void on_ready() override {}
    void on_stream_data(std::int64_t, std::span<const std::byte>, bool) override {}
    void on_stream_reset(std::int64_t, std::uint64_t) override {}
    void on_stream_closed(std::int64_t, std::optional<std::uint64_t>) override {}
    void on_acknowledged(std::int64_t, std::uint64_t) override {}
    void on_send_room(std::int64_t) override {}
    void on_streams_allowed() override {}
    quic::outgoing next_outgoing() override { return {}; }
    void on_written(std::int64_t, std::size_t) override {}
    void on_blocked(std::int64_t) override {}
    void on_unwritable(std::int64_t) override {}
    std::string error_name(std::uint64_t) const override { return {}; }
    bool is_no_error(std::uint64_t) const override { return true; }
  } app;
  tls::client_config config;
  config.alpn = {"h3"};
  const auto context = *quic::client_context::make(config);
  const auto now = std::chrono::steady_clock::now();
  quic::session session(app, *context, "localhost", 443, {}, {}, now);
  std::vector<std::byte> room(61'000);
  room.resize(session.next_datagrams(room, now).segment);
  return room;
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_quic)

BOOST_AUTO_TEST_CASE(retry_makes_clients_show_where_they_are) {
  origin::config settings;
  settings.http3.retry = true;
  auto server = own_server(settings);
  http3_client c(*server);
  BOOST_TEST(c.get("/bytes/100k").holds(1, 100 << 10));
  BOOST_TEST(server->snapshot().http3_connections == 1u);
  datagrams raw(server->tls_port());
  raw.send(first_datagram());
  const auto answer = raw.receive(10s);
  BOOST_TEST_REQUIRE(answer.size() > 20u);
  BOOST_TEST(((answer[0] & std::byte{0xf0}) == std::byte{0xf0})); // a Retry packet (RFC 9000 section 17.2.5)
  BOOST_TEST(server->snapshot().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_version_that_is_not_spoken_is_answered_by_those_that_are) {
  datagrams raw(shared_server().tls_port());
  auto first = first_datagram();
  first[4] = std::byte{0x99};
  raw.send(first);
  const auto answer = raw.receive(10s);
  BOOST_TEST_REQUIRE(answer.size() > 20u);
  BOOST_TEST(
      (std::all_of(answer.begin() + 1, answer.begin() + 5, [](std::byte octet) { return octet == std::byte{0}; })));
}

BOOST_AUTO_TEST_CASE(a_packet_of_no_connection_is_answered_by_a_stateless_reset_that_is_smaller) {
  datagrams raw(shared_server().tls_port());
  std::vector<std::byte> stray(200, std::byte{0x47});
  raw.send(stray);
  const auto answer = raw.receive(10s);
  BOOST_TEST((answer.size() >= 21u && answer.size() < stray.size()));
}

BOOST_AUTO_TEST_CASE(many_clients_share_the_socket) {
  auto server = own_server();
  http3_client a(*server), b(*server);
  const auto slow = a.send("/drip?bytes=200&chunk=10&interval_ms=5"), shut = b.send("/firehose");
  b.run([&] { return b.responses[shut].body.size() > 100'000; });
  BOOST_TEST(a.wait(slow).holds(1, 200));
  BOOST_TEST(b.get("/bytes/100k?seed=2").holds(2, 100 << 10));
  BOOST_TEST(server->snapshot().http3_connections == 2u);
  BOOST_TEST(server->snapshot().connections_open == 2u);
  a.engine().close();
  a.flush();
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 1; }));
}

BOOST_AUTO_TEST_CASE(what_the_path_loses_comes_again) {
  http3_client c(shared_server(), {.loses_every = 29});
  BOOST_TEST(c.get("/bytes/2m?seed=3").holds(3, 2 << 20));
  const auto body = content(5, 1 << 20);
  BOOST_TEST((c.post("/echo", body).body == body));
  BOOST_TEST(c.get("/h3/frame?n=20&bytes=20k").body == "ok\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_moves_goes_on) {
  auto server = own_server();
  for (bool knowingly : {false, true}) {
    http3_client c(*server);
    const auto slow = c.send("/drip?bytes=3000&chunk=100&interval_ms=10"), fast = c.send("/bytes/3m");
    c.run([&] { return c.responses[slow].body.size() > 500; });
    c.move(knowingly);
    BOOST_TEST(c.wait(slow).holds(1, 3000));
    BOOST_TEST(c.wait(fast).holds(1, 3 << 20));
  }
  BOOST_TEST(server->snapshot().http3_connections == 2u);
}

BOOST_AUTO_TEST_CASE(where_every_address_is_listened_on_both_families_are_served) {
  origin::config settings;
  for (const char* address : {"0.0.0.0", "::"}) {
    settings.address = address;
    auto server = own_server(settings);
    BOOST_TEST(http3_client(*server).get("/bytes/10").holds(1, 10), address);
  }
}

BOOST_AUTO_TEST_CASE(beyond_connections_max_nobody_is_answered) {
  origin::config settings;
  settings.connections_max = 1;
  auto server = own_server(settings);
  http3_client a(*server), b(*server);
  BOOST_TEST(a.get("/bytes/10").holds(1, 10));
  b.send("/bytes/10");
  b.run_for(300ms);
  BOOST_TEST(b.received == 0u);
  BOOST_TEST(server->snapshot().connections_open == 1u);
}

BOOST_AUTO_TEST_CASE(connections_that_nobody_uses_go_away) {
  origin::config settings;
  settings.http3.idle_timeout = 300ms;
  auto server = own_server(settings);
  http3_client a(*server);
  BOOST_TEST(a.get("/bytes/10").holds(1, 10));
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
}

BOOST_AUTO_TEST_CASE(where_it_is_switched_off_nobody_listens) {
  origin::config settings;
  settings.http3.enabled = false;
  settings.http3.advertise = true;
  auto server = own_server(settings);
  datagrams raw(server->tls_port());
  raw.send(first_datagram());
  BOOST_TEST(raw.receive(100ms).empty());
  wire w(*server, true);
  w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(w.receive().find("Alt-Svc") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(datagrams_of_noise_do_no_harm) {
  auto server = own_server();
  http3_client c(*server);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  datagrams raw(server->tls_port());
  for (unsigned i = 0; i < 2000; ++i) {
    auto noise = content(i, i % 1400);
    if (i % 2 && noise.size() > 5)
      noise.replace(0, 5, std::string("\xc3\0\0\0\1", 5)); // of version 1
    raw.send(bytes_of(noise));
  }
  BOOST_TEST(c.get("/bytes/100k").holds(1, 100 << 10));
}

BOOST_AUTO_TEST_SUITE_END()
