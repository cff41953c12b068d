// Requests before the handshake is over (0-RTT): which ones, how much sooner, and what becomes of them where they are
// refused.
#include "http3_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http3::peer;

namespace {

const lines ok{{":status", "200"}};

/// The same client and the same origin, time after time. A datagram takes 10 ms.
struct acquaintance {
  http3::peer::options options;
  acquaintance() { options.below.early_data = true; }

  std::unique_ptr<http3::peer::talk> meet(bool takes_early = true) {
    auto t = std::make_unique<http3::peer::talk>(options);
    t->acceptor.bounds.early_data = takes_early;
    t->server.on_request = [talk = t.get()](std::int64_t id) {
      const auto method = talk->server.all[id].field(":method");
      talk->server.respond(id, ok, method == "HEAD" ? "" : method);
    };
    return t;
  }
  /// A first connection, for a ticket.
  void introduce(bool takes_early = true) {
    auto t = meet(takes_early);
    t->open(0);
    BOOST_TEST_REQUIRE(t->run([&] { return t->over(0); }));
    BOOST_TEST(took(*t) >= 40ms); // nothing could be sent early
    t->settle(1s);
  }
  static std::chrono::nanoseconds took(const http3::peer::talk& t) { return t.net.now - quic::time_point{1h}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(http3_early)

BOOST_AUTO_TEST_CASE(nothing_is_sent_early_unless_it_is_asked_for) {
  acquaintance peers;
  peers.options.below.early_data = false;
  peers.introduce();
  auto t = peers.meet();
  t->open(0);
  BOOST_TEST(t->run([&] { return t->over(0); }));
  BOOST_TEST((t->engine.connection().info().resumed && peers.took(*t) >= 40ms));
}

BOOST_AUTO_TEST_CASE(a_safe_request_on_a_later_connection_is_answered_within_a_round_trip) {
  for (const auto* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
    acquaintance peers;
    peers.introduce();
    auto t = peers.meet();
    BOOST_TEST(!t->open(0, t->request(method)));
    BOOST_TEST(t->run([&] { return !t->server.arrived.empty(); }));
    BOOST_TEST((peers.took(*t) < 20ms && !t->engine.connection().established()), method);
    BOOST_TEST(t->run([&] { return t->seen.at(0).ends == 1; }));
    BOOST_TEST(peers.took(*t) < 30ms);
    BOOST_TEST(t->run([&] { return t->over(0); }));
    BOOST_TEST((t->seen.at(0).ends == 1 && t->seen.at(0).failures == 0), t->seen.at(0).why.detail);
    t->open(1); // and the connection goes on as any other
    BOOST_TEST(t->run([&] { return t->over(1); }));
    BOOST_TEST((t->seen.at(1).body == "GET" && t->engine.connection().info().resumed));
  }
}

BOOST_AUTO_TEST_CASE(requests_that_may_change_something_wait_for_the_handshake) {
  acquaintance peers;
  peers.introduce();
  auto t = peers.meet();
  t->open(0, t->request("POST"), {true, 0});
  t->open(1, t->request("DELETE"));
  t->open(2, t->request("GET"), {true, {}});
  t->open(3, t->request("GET"));
  BOOST_TEST(t->run([&] { return !t->server.arrived.empty(); }));
  BOOST_TEST((t->server.arrived.size() == 1 && t->server.all[t->server.arrived[0]].field(":method") == "GET"
              && !t->engine.connection().established()));
  BOOST_TEST(t->run([&] { return t->over(0) && t->over(1) && t->over(3) && t->engine.wants_upload(2); }));
  t->upload(2, "body", true);
  BOOST_TEST(t->run([&] { return t->over(2); }));
  BOOST_TEST((t->seen.at(0).body == "POST" && t->seen.at(1).body == "DELETE" && t->seen.at(3).body == "GET"));
}

BOOST_AUTO_TEST_CASE(what_the_origin_does_not_take_early_is_sent_again) {
  acquaintance peers;
  peers.introduce();
  auto t = peers.meet(false);
  t->server.on_request = [&](std::int64_t id) { t->server.respond(id, ok, std::string(300'000, 'x'), false); };
  t->open(0);
  t->open(1);
  t->open(2);
  t->run([] { return false; }, 5ms); // sent, and nothing heard yet
  t->engine.grant(1, wire_bytes{100'000});
  t->engine.cancel(2);
  t->settle(3s);
  BOOST_TEST(t->server.arrived.size() == 2u); // each once
  BOOST_TEST((t->seen.at(0).body.size() > 65'000 && t->seen.at(0).body.size() <= 65'536), t->seen.at(0).body.size());
  BOOST_TEST((t->seen.at(1).body.size() > 165'000 && t->seen.at(1).body.size() <= 165'536), t->seen.at(1).body.size());
  BOOST_TEST((t->seen.at(2).closed == 1 && t->seen.at(2).failures == 0));
  BOOST_TEST(!t->seen.out_of_order);
}

BOOST_AUTO_TEST_CASE(an_origin_that_no_longer_knows_the_ticket_gets_all_of_it_again) {
  acquaintance peers;
  peers.introduce();
  peers.options.shown = tls::must(quic::server_context::make(quic::wire::showing_h3()));
  auto t = peers.meet();
  t->open(0);
  BOOST_TEST(t->run([&] { return t->over(0); }));
  BOOST_TEST((t->seen.at(0).body == "GET" && !t->engine.connection().info().resumed), t->seen.at(0).why.detail);
}

BOOST_AUTO_TEST_CASE(an_origin_that_never_takes_anything_early_is_not_tried) {
  acquaintance peers;
  peers.introduce(false);
  auto t = peers.meet(false);
  BOOST_TEST(!t->engine.connection().early());
  t->open(0);
  BOOST_TEST(t->run([&] { return t->over(0); }));
}

BOOST_AUTO_TEST_CASE(an_early_request_that_nothing_answers_may_be_sent_again) {
  acquaintance peers;
  peers.options.below.early_handshake_timeout = 2s;
  peers.introduce();
  auto t = peers.meet();
  t->open(0);
  t->open(1, t->request("POST"));
  t->net.to_client.cut = true;
  BOOST_TEST(t->run([&] { return t->over(0) && t->over(1); }));
  BOOST_TEST((peers.took(*t) >= 2s && peers.took(*t) < 3s));
  BOOST_TEST(t->seen.at(0).why.detail.find("2000 ms (limit early_handshake_timeout)") != std::string::npos,
             t->seen.at(0).why.detail);
  for (std::uint32_t i : {0u, 1u})
    BOOST_TEST((t->seen.at(i).why.code == errc::connect_failed && t->seen.at(i).unprocessed && t->seen.at(i).silent),
               t->seen.at(i).why.detail);
}

BOOST_AUTO_TEST_CASE(early_requests_outlast_a_retry_and_losses) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    acquaintance peers;
    peers.options.seed = seed;
    peers.introduce();
    auto t = peers.meet(seed % 3 != 0);
    t->acceptor.with_retry = seed % 2;
    t->net.to_server.loss = t->net.to_client.loss = 0.1;
    t->net.to_server.late = 0.3;
    for (std::uint32_t i = 0; i < 4; ++i)
      t->open(i);
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(t->run([&] { return t->over(0) && t->over(1) && t->over(2) && t->over(3); }));
      for (std::uint32_t i = 0; i < 4; ++i)
        BOOST_TEST((t->seen.at(i).body == "GET" && t->seen.at(i).ends == 1), t->seen.at(i).why.detail);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
