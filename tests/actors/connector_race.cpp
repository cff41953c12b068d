// The connector alone, on virtual time: which address is tried when, over QUIC or TCP, and when it gives up.
#include "fixture.hpp"
#include "scripted_neighbours.hpp"
#include "scripted_origin.hpp"

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/address_race.hpp>
#include <sluice/actors/connect/attempt.hpp>
#include <sluice/actors/connect/connector.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

class scripted_attempt final : public attempt {
public:
  scripted_attempt(bool quic, std::string address) : attempt(nullptr, std::move(address), nullptr), over_quic(quic) {}

  outcome begin() override { return {}; }
  void close() override { closed = true; }
  const char* doing() const override { return "asking"; }
  bool answered() const override { return has_answered; }

  const bool over_quic;
  bool closed = false, has_answered = false;
};

struct scene {
  by_hand hand;
  std::vector<std::shared_ptr<scripted_attempt>> attempts;
  std::vector<loop_clock::duration> times; ///< when each began
  loop_clock::time_point begun;
  caller user{hand};
  std::shared_ptr<caller::answer<transport_ptr>> answer;

  explicit scene(std::size_t addresses, client_config config = {}) {
    std::string list;
    for (std::size_t i = 1; i <= addresses; ++i)
      list += (i > 1 ? "," : "") + ("192.0.2." + std::to_string(i));
    for (const auto* port : {"80", "443"})
      config.addressing.resolve.push_back("name.example:" + std::string{port} + ":" + list);
    hand.share(std::move(config));
    hand.shared->stand_ins.attempt = [this](bool quic, const std::string& address) {
      attempts.push_back(std::make_shared<scripted_attempt>(quic, address));
      times.push_back(hand.now() - begun);
      return attempts.back();
    };
  }
  ~scene() { hand.shared->stand_ins.attempt = nullptr; }

  void begin(const std::string& url = "http://name.example/", deadlines limits = {}) {
    auto exchange = hand.exchange_to(url);
    exchange->request.deadlines = limits;
    begun = hand.now();
    answer = user.ask<transport_ptr>(spawn_connector(hand.home()), begin_atom::value, std::move(exchange));
    hand.settle();
  }
  void end(std::size_t which, attempt::outcome result) {
    auto held = attempts.at(which);
    asio::post(hand.home().io(), [held, result = std::move(result)]() mutable { held->on_end(std::move(result)); });
    hand.settle();
  }
  void win(std::size_t which) {
    const auto peer = std::make_shared<scripted_peer>(hand, true);
    peer->security.emplace();
    end(which, {peer->make_transport(), {}});
  }
  void lose(std::size_t which) { end(which, {nullptr, {errc::connect_failed, caused_by::transport, "refused"}}); }
  /// In small steps: each timer finds the time that it asked for.
  void pass(std::chrono::milliseconds n) {
    for (; n.count() > 0; n -= 1ms)
      hand.advance(1ms);
  }
};

client_config over_http3(bool only = false) {
  client_config config;
  config.protocol = only ? http_choice::http3_only : http_choice::http3;
  return config;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connector_race)

BOOST_AUTO_TEST_CASE(a_further_address_is_tried_every_250_ms_and_six_at_once_at_most) {
  scene f{8};
  f.begin();
  f.pass(2s);
  BOOST_TEST(f.attempts.size() == 6u);
  for (std::size_t i = 0; i < f.times.size(); ++i)
    BOOST_TEST((f.times[i] == i * 250ms));
}

BOOST_AUTO_TEST_CASE(an_address_that_fails_is_followed_at_once) {
  scene f{3};
  f.begin();
  f.pass(10ms);
  f.lose(0);
  f.hand.settle();
  BOOST_TEST(f.attempts.size() == 2u);
  BOOST_TEST((f.times.back() == 10ms));
}

BOOST_AUTO_TEST_CASE(the_first_that_is_ready_is_taken_and_the_others_are_closed) {
  scene f{3};
  f.begin();
  f.pass(600ms);
  f.win(1);
  BOOST_TEST((f.answer->value && *f.answer->value));
  BOOST_TEST(f.attempts.at(0)->closed);
  BOOST_TEST(f.attempts.at(2)->closed);
}

BOOST_AUTO_TEST_CASE(each_attempt_has_an_end_of_its_own_without_a_deadline_too) {
  scene f{2};
  f.begin("http://name.example/", {.connect = 0ms});
  f.hand.advance(250ms);
  f.hand.advance(60s);
  f.hand.advance(60s);
  BOOST_TEST((f.answer->problem.code == errc::connect_failed));
  BOOST_TEST(f.answer->problem.detail.find("192.0.2.1") != std::string::npos, f.answer->problem.detail);
  BOOST_TEST(f.answer->problem.detail.find("192.0.2.2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_deadline_connect_says_what_was_tried) {
  scene f{1};
  f.begin("http://name.example/", {.connect = 100ms});
  f.hand.advance(99ms);
  BOOST_TEST(f.answer->pending());
  f.hand.advance(1ms);
  BOOST_TEST((f.answer->problem.code == errc::timed_out));
  BOOST_TEST(f.answer->problem.detail.find("asking 192.0.2.1") != std::string::npos, f.answer->problem.detail);
  BOOST_TEST(f.attempts.at(0)->closed);
}

BOOST_AUTO_TEST_CASE(a_lookup_that_hangs_has_an_end) {
  asio::io_context unused;
  asio::ip::udp::socket silent{unused, {asio::ip::address_v4::loopback(), 0}};
  client_config config;
  config.addressing.name_servers = {"127.0.0.1:" + std::to_string(silent.local_endpoint().port())};
  scene f{1, config};
  auto exchange = f.hand.exchange_to("http://hung.example/");
  exchange->request.deadlines.connect = 0ms;
  const auto asked = f.user.ask<transport_ptr>(spawn_connector(f.hand.home()), begin_atom::value, exchange);
  f.hand.settle();
  f.hand.advance(f.hand.shared->config.lookup_timeout - 1ms);
  BOOST_TEST(asked->pending());
  f.hand.advance(1ms);
  BOOST_TEST((asked->problem.code == errc::resolve_failed));
}

BOOST_AUTO_TEST_CASE(a_family_that_comes_later_is_tried_in_its_turn_and_the_race_is_not_lost_before) {
  by_hand hand;
  std::vector<std::shared_ptr<scripted_attempt>> attempts;
  int lost = 0;
  address_race race{hand.home().io(), [](handler each) { return each; }, "a:80", "could be connected to"};
  const auto address = [](const char* text) { return asio::ip::make_address(text); };
  race.start({}, {address("2001:db8::1"), address("2001:db8::2")}, true,
             [&](const asio::ip::address& to) {
               attempts.push_back(std::make_shared<scripted_attempt>(false, to.to_string()));
               return attempts.back();
             },
             {[](const transport_ptr&) {}, [&](const failure&) { ++lost; }});
  const failure refused{errc::connect_failed, caused_by::transport, "refused"};
  attempts.at(0)->on_end({nullptr, refused});
  race.set_addresses({address("2001:db8::1"), address("192.0.2.1"), address("2001:db8::2")}, true);
  BOOST_REQUIRE(attempts.size() == 2u);
  BOOST_TEST(attempts.at(1)->address_text() == "192.0.2.1");
  attempts.at(1)->on_end({nullptr, refused});
  hand.advance(250ms);
  BOOST_REQUIRE(attempts.size() == 3u);
  attempts.at(2)->on_end({nullptr, refused});
  BOOST_TEST(lost == 0); // more may come
  race.set_addresses({address("2001:db8::1"), address("192.0.2.1"), address("2001:db8::2")}, false);
  BOOST_TEST(lost == 1);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_sent_elsewhere_is_not_sent_to_the_alternative_that_its_origin_announced) {
  auto config = over_http3();
  config.addressing.connect_to = {"name.example:443:192.0.2.9:4433"};
  scene f{1, config};
  f.begin("https://name.example/");
  BOOST_REQUIRE(f.attempts.size() == 1u);
  BOOST_TEST(f.attempts.at(0)->over_quic);
  BOOST_TEST(f.attempts.at(0)->address_text() == "192.0.2.9");
}

BOOST_AUTO_TEST_CASE(through_a_unix_socket_there_is_one_attempt_and_none_over_QUIC) {
  auto config = over_http3();
  config.addressing.unix_socket = "/nowhere";
  scene f{2, config};
  f.begin("https://name.example/");
  f.pass(1s);
  BOOST_REQUIRE(f.attempts.size() == 1u);
  BOOST_TEST(!f.attempts.at(0)->over_quic);
}

BOOST_AUTO_TEST_CASE(HTTP_3_alone_is_refused_for_a_unix_socket) {
  auto config = over_http3(true);
  config.addressing.unix_socket = "/nowhere";
  scene f{2, config};
  f.begin("https://name.example/");
  BOOST_TEST(f.attempts.empty());
  BOOST_TEST((f.answer->problem.code == errc::invalid_request));
}

BOOST_AUTO_TEST_CASE(http3_has_a_head_start_and_then_TCP_is_tried_beside_it) {
  scene f{1, over_http3()};
  f.begin("https://name.example/");
  BOOST_TEST(f.attempts.at(0)->over_quic);
  f.hand.advance(199ms);
  BOOST_TEST(f.attempts.size() == 1u);
  f.hand.advance(1ms);
  BOOST_REQUIRE(f.attempts.size() == 2u);
  BOOST_TEST(!f.attempts.at(1)->over_quic);
  f.win(0);
  BOOST_TEST((f.answer->value && *f.answer->value));
  BOOST_TEST(f.attempts.at(1)->closed);
}

BOOST_AUTO_TEST_CASE(a_failure_of_QUIC_is_remembered_and_TCP_is_taken) {
  scene f{1, over_http3()};
  f.begin("https://name.example/");
  f.lose(0);
  BOOST_REQUIRE(f.attempts.size() == 2u);
  BOOST_TEST(!f.attempts.at(1)->over_quic);
  BOOST_TEST(f.hand.shared->alternatives->blocked("https://name.example:443"));
}

BOOST_AUTO_TEST_CASE(with_HTTP_3_only_TCP_is_not_tried) {
  scene f{1, over_http3(true)};
  f.begin("https://name.example/");
  f.hand.advance(10s);
  BOOST_TEST(f.attempts.size() == 1u);
  f.lose(0);
  BOOST_TEST(!f.answer->pending());
}

BOOST_AUTO_TEST_CASE(nothing_is_left_when_whoever_asked_has_ended) {
  scene f{2};
  f.begin();
  f.user.end();
  f.hand.settle();
  BOOST_TEST(f.attempts.at(0)->closed);
  BOOST_TEST(f.hand.alive() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
