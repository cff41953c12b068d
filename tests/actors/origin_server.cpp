// The scripted origin as a server: where it listens, what it refuses, and how it stops.
#include "http1_client.hpp"

#include <sluice/protocols/tls/certificate.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(origin_server)

BOOST_AUTO_TEST_CASE(a_server_that_cannot_listen_names_address_and_port) {
  auto& taken = shared_server();
  origin::config settings;
  settings.port = taken.port();
  auto second = origin::server::start(settings);
  BOOST_REQUIRE(!second);
  const auto& detail = second.error().detail;
  BOOST_TEST(detail.find("127.0.0.1 port " + std::to_string(taken.port())) != std::string::npos, detail);
  settings = {};
  settings.address = "nowhere";
  BOOST_TEST(!origin::server::start(settings));
  settings = {};
  settings.threads = 0;
  BOOST_TEST(!origin::server::start(settings));
  settings = {};
  settings.client_ca_pem = "no certificate";
  BOOST_TEST(!origin::server::start(settings));
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused_by_name) {
  const auto refused = [](const char* name, auto change) {
    origin::config settings;
    change(settings);
    const auto made = origin::server::start(settings);
    BOOST_TEST((!made && made.error().detail.find(name) != std::string::npos), name);
  };
  refused("initial_window_size", [](auto& settings) { settings.http2.initial_window_size = 1u << 31; });
  refused("connection_window_size", [](auto& settings) { settings.http2.connection_window_size = 1; });
  refused("max_frame_size", [](auto& settings) { settings.http2.max_frame_size = 1000; });
  refused("http3.stream_window", [](auto& settings) { settings.http3.stream_window = UINT64_MAX; });
  refused("http3.datagram_bytes", [](auto& settings) { settings.http3.datagram_bytes = 1000; });
  refused("http3.unacknowledged_bytes", [](auto& settings) { settings.http3.unacknowledged_bytes = 1; });
}

BOOST_AUTO_TEST_CASE(urls_name_the_ports) {
  auto& s = shared_server();
  BOOST_TEST(s.url("/bytes/1") == "http://127.0.0.1:" + std::to_string(s.port()) + "/bytes/1");
  BOOST_TEST(s.tls_url("/x") == "https://localhost:" + std::to_string(s.tls_port()) + "/x");
}

BOOST_AUTO_TEST_CASE(stats_tells_the_counters) {
  auto server = own_server();
  http1_client c(*server);
  c.get("/bytes/1000");
  c.get("/chunked/10000");
  auto r = c.get("/stats");
  BOOST_TEST(r.body.find("\"requests\":3,") != std::string::npos, r.body);
  BOOST_TEST(server->snapshot().connections_accepted == 1u);
  BOOST_TEST(server->snapshot().connections_open == 1u);
  BOOST_TEST(eventually([&] { return server->snapshot().bytes_written == 11000 + r.body.size(); }));
}

BOOST_AUTO_TEST_CASE(a_malformed_request_is_refused_and_the_connection_closed) {
  auto server = own_server();
  http1_client c(*server);
  c.connection().send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.status == 400);
  BOOST_TEST(r.body.find("Transfer-Encoding") != std::string::npos);
  BOOST_TEST(c.connection().receive().empty());
  BOOST_TEST(server->snapshot().malformed_requests == 1u);
}

BOOST_AUTO_TEST_CASE(a_tls_client_must_show_a_certificate_when_asked_to) {
  const auto pair = *tls::make_self_signed({"client"});
  origin::config settings;
  settings.client_ca_pem = pair.certificate_pem;
  auto server = own_server(settings);
  const auto refused = [&] {
    try {
      wire w(*server, true); // with TLS 1.3 the client may believe for a while that all is well
      w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
      return w.receive().empty();
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  BOOST_TEST(refused());
  BOOST_TEST(eventually([&] { return server->snapshot().tls_failures == 1; }));
  BOOST_TEST(server->snapshot().requests == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_tls_end_the_connection) {
  auto server = own_server();
  origin::config other;
  other.tls = false;
  BOOST_TEST(own_server(other)->tls_port() == 0);
  wire plain(*server);
  BOOST_TEST(plain.send("\x16\x03\x01 nothing of the kind\r\n\r\n"));
  while (!plain.receive().empty()) {
  }
  BOOST_TEST((plain.end() != ended::no));
}

BOOST_AUTO_TEST_CASE(connections_over_the_bound_are_closed) {
  origin::config settings;
  settings.connections_max = 2;
  auto server = own_server(settings);
  http1_client a(*server), b(*server);
  BOOST_TEST(a.get("/bytes/1").complete);
  BOOST_TEST(b.get("/bytes/1").complete);
  wire third(*server);
  BOOST_TEST(third.receive().empty());
  BOOST_TEST(a.get("/bytes/1").complete);
}

BOOST_AUTO_TEST_CASE(a_client_that_never_completes_a_request_is_dropped_and_one_that_is_answered_is_not) {
  origin::config settings;
  settings.request_timeout = std::chrono::milliseconds{200};
  auto server = own_server(settings);
  wire answered(*server);
  answered.send("GET /fault/stall?bytes=1m&after=5 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (bool secure : both)
    for (const char* beginning : {"", "G", "GET / HTTP/1.1\r\nHost:", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
      wire w(*server, secure);
      w.send(beginning);
      while (w.end() == ended::no)
        w.receive();
    }
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 1; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_is_noticed_while_its_upload_is_not_read) {
  for (bool secure : both) {
    auto server = own_server();
    {
      wire w(*server, secure);
      w.reset_at_end();
      w.send("POST /upload?pause_after=10&pause_ms=3600000 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
      w.send(std::string(1000, 'x'));
      BOOST_TEST(eventually([&] { return server->snapshot().request_body_bytes == 10; }));
      BOOST_TEST(server->snapshot().connections_open == 1u);
    }
    BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
  }
}

BOOST_AUTO_TEST_CASE(stopping_amid_every_kind_of_answer_joins_and_closes) {
  for (int threads : {1, 3}) {
    origin::config settings;
    settings.threads = threads;
    auto server = own_server(settings);
    std::vector<std::unique_ptr<wire>> wires;
    for (const char* target :
         {"/firehose", "/drip?bytes=1m&interval_ms=1", "/fault/stall", "/fault/slow-header", "/close/1g", "/echo"})
      for (bool secure : both) {
        wires.push_back(std::make_unique<wire>(*server, secure));
        wires.back()->send(std::string("POST ") + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
      }
    BOOST_TEST(eventually([&] { return server->snapshot().requests == wires.size(); }));
    std::thread other([&] { server->stop(); });
    server->stop();
    other.join();
    BOOST_TEST(server->snapshot().connections_open == 0u);
    BOOST_TEST(server->url("/x").starts_with("http://127.0.0.1:"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
