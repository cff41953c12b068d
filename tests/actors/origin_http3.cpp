// The scripted origin over HTTP/3: its windows, its counters, and where it is announced.
#include "http2_client.hpp"
#include "http3_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

/// The server learns some things by what the client acknowledges, so the client goes on meanwhile.
template <class F>
bool meanwhile(http3_client& c, F holds) {
  return eventually([&] {
    c.run_for(5ms);
    return holds();
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_http3)

BOOST_AUTO_TEST_CASE(a_large_body_has_the_hash_of_its_seed) {
  http3_client c(shared_server(), {.window = 1u << 20});
  auto r = c.get("/bytes/64m?seed=4");
  BOOST_TEST(r.body.size() == 64u << 20);
  BOOST_TEST((origin::hash(bytes_of(r.body)) == origin::hash_of(4, 64u << 20)));
}

BOOST_AUTO_TEST_CASE(a_client_that_grants_nothing_sees_its_window_and_no_more) {
  auto server = own_server();
  http3_client c(*server, {.consumes = false});
  const auto shut = c.send("/firehose?id=shut");
  c.run_for(300ms);
  const auto seen = c.responses[shut].body.size();
  BOOST_TEST((seen > 65'000 && seen <= 65'536));
  auto figures = server->figures_of("shut").value();
  BOOST_TEST(figures.bytes_sent == seen);
  BOOST_TEST(figures.window_updates == 0u);
  BOOST_TEST(figures.window_bytes == 0u);
  BOOST_TEST(!figures.closed);
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(c.get("/bytes/60000").holds(1, 60000));
  BOOST_TEST(c.responses[shut].body.size() == seen);
  c.grant(shut, 40'000);
  c.run([&] { return c.responses[shut].body.size() > seen + 39'000; });
  figures = server->figures_of("shut").value();
  BOOST_TEST(figures.window_updates >= 1u);
  BOOST_TEST((figures.window_bytes >= 40'000u && figures.window_bytes < 41'000u)); // framing is granted too
}

BOOST_AUTO_TEST_CASE(an_answer_that_pauses_leaves_the_body_with_the_client) {
  origin::config settings;
  settings.http3.stream_window = 100'000;
  auto server = own_server(settings);
  http3_client c(*server);
  const auto id = c.send("/upload?id=u&pause_after=10000&pause_ms=400&seed=2", "POST", content(2, 1 << 20));
  c.run_for(200ms);
  const auto taken = server->figures_of("u")->request_body_bytes;
  BOOST_TEST((taken >= 10'000u && taken <= 111'000u)); // the window, and what was taken of it
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  BOOST_TEST(c.wait(id).body == hash_report(2, 1 << 20) + ",\"good\":true}\n");
}

BOOST_AUTO_TEST_CASE(a_stalled_answer_holds_up_nobody_and_a_cancelled_one_is_counted) {
  auto server = own_server();
  http3_client c(*server);
  const auto stalled = c.send("/fault/stall?bytes=10&after=5&id=s");
  c.run([&] { return c.responses[stalled].body.size() == 5; });
  BOOST_TEST(c.get("/bytes/300k").holds(1, 300 << 10));
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().streams_open == 1; })); // the stalled one alone
  c.cancel(stalled);
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().streams_open == 0; }));
  const auto figures = server->figures_of("s").value();
  BOOST_TEST((figures.reset_code == 0x10cu));
  BOOST_TEST(figures.closed);
  BOOST_TEST(server->snapshot().cancels_received == 1u);
  BOOST_TEST(server->snapshot().resets_received == 1u);
  const auto hosed = c.send("/firehose?id=h");
  c.run([&] { return c.responses[hosed].body.size() > 100'000; });
  c.cancel(hosed);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().cancels_received == 2; }));
}

BOOST_AUTO_TEST_CASE(no_more_is_kept_unacknowledged_than_the_bound_and_all_streams_go_on) {
  origin::config settings;
  settings.http3.unacknowledged_bytes = 64u << 10;
  auto server = own_server(settings);
  http3_client c(*server, {.window = 1u << 20});
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(c.send("/bytes/500k?seed=" + std::to_string(i)));
  ids.push_back(c.send("/h3/frame?n=20&bytes=20k"));
  for (unsigned i = 0; i < 20; ++i)
    BOOST_TEST(c.wait(ids[i]).holds(i, 500 << 10));
  BOOST_TEST(c.wait(ids[20]).body == "ok\n");
}

BOOST_AUTO_TEST_CASE(streams_are_answered_side_by_side) {
  http3_client c(shared_server());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 300; ++i) // more than may be open at once
    ids.push_back(c.send("/bytes/20k?seed=" + std::to_string(i)));
  for (unsigned i = 0; i < 300; ++i)
    BOOST_TEST(c.wait(ids[i]).holds(i, 20 << 10));
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_for_nothing_is_dropped) {
  origin::config settings;
  settings.request_timeout = 100ms;
  auto server = own_server(settings);
  http3_client c(*server), busy(*server);
  const auto stalled = busy.send("/fault/stall?bytes=10&after=5");
  busy.run([&] { return busy.responses[stalled].body.size() == 5; });
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  c.run_to_end();
  BOOST_TEST(c.ended());
  busy.run_for(300ms);
  BOOST_TEST(!busy.ended());
}

BOOST_AUTO_TEST_CASE(answers_over_tls_say_where_http3_is_if_told_to) {
  origin::config settings;
  settings.http3.advertise = true;
  auto server = own_server(settings);
  const auto expected = "h3=\":" + std::to_string(server->tls_port()) + "\"; ma=60";
  const auto ask = [](origin::server& s, bool secure) {
    wire w(s, secure);
    w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    return std::string(w.receive());
  };
  BOOST_TEST(ask(*server, true).find("Alt-Svc: " + expected + "\r\n") != std::string::npos);
  BOOST_TEST(ask(*server, false).find("Alt-Svc") == std::string::npos);
  BOOST_TEST(ask(shared_server(), true).find("Alt-Svc") == std::string::npos);
  http2_client c(*server, {.secure = true});
  BOOST_TEST(c.get("/bytes/1").field("alt-svc") == expected);
}

BOOST_AUTO_TEST_CASE(stopping_amid_every_kind_of_answer_joins_and_closes) {
  auto server = own_server();
  std::vector<std::unique_ptr<http3_client>> clients;
  for (const char* target : {"/firehose", "/drip?bytes=1m", "/fault/stall", "/fault/slow-header",
                             "/h3/empty-data-flood", "/h3/freeze", "/upload"}) {
    clients.push_back(std::make_unique<http3_client>(*server));
    clients.back()->send(target, "POST", content(1, 100000));
    clients.back()->run_for(20ms);
  }
  BOOST_TEST(eventually([&] {
    for (auto& each : clients)
      each->run_for(1ms);
    return server->snapshot().requests == clients.size();
  }));
  server->stop();
  BOOST_TEST(server->snapshot().connections_open == 0u);
  BOOST_TEST(server->snapshot().streams_open == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
