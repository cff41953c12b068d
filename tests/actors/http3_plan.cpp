// Whether HTTP/3 is tried for an exchange, and how early its request may be sent.
#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/http3_plan.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace std::chrono_literals;
using namespace sluice;

namespace {

struct one_request {
  explicit one_request(http_choice choice, const std::string& url = "https://origin.test/") {
    wanted.shared = std::make_shared<client_shared>(client_config{});
    wanted.shared->config.protocol = choice;
    auto book = alternatives_book::open("", {});
    BOOST_REQUIRE(book);
    wanted.shared->alternatives = *book;
    auto where = uri::parse(url);
    BOOST_REQUIRE(where);
    wanted.where = *where;
  }
  void announce(const std::string& value) { wanted.shared->alternatives->learn(wanted.where.origin(), value); }

  exchange wanted;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http3_plan)

BOOST_AUTO_TEST_CASE(an_origin_that_announced_nothing_is_asked_over_tcp) {
  one_request automatic{http_choice::automatic};
  const auto plan = plan_http3(automatic.wanted);
  BOOST_TEST(!plan.at);
  BOOST_TEST(plan.reason.empty());
  BOOST_TEST(!plan.problem);
}

BOOST_AUTO_TEST_CASE(an_announced_alternative_is_tried_and_the_observer_is_told_where) {
  one_request automatic{http_choice::automatic};
  automatic.announce("h3=\"other.test:8443\"; ma=60");
  const auto plan = plan_http3(automatic.wanted);
  BOOST_REQUIRE(plan.at);
  BOOST_TEST(plan.at->host == "other.test");
  BOOST_TEST(plan.at->port == 8443);
  BOOST_TEST(plan.reason == "HTTP/3 is tried first: the origin announced it at other.test:8443 (Alt-Svc)");
}

BOOST_AUTO_TEST_CASE(after_a_failure_tcp_is_taken_for_a_while) {
  one_request automatic{http_choice::automatic};
  automatic.announce("h3=\":443\"; ma=60");
  automatic.wanted.shared->alternatives->failed(automatic.wanted.where.origin());
  const auto plan = plan_http3(automatic.wanted);
  BOOST_TEST(!plan.at);
  BOOST_TEST(plan.reason == "HTTP/3 is not tried: it failed a short while ago");
}

BOOST_AUTO_TEST_CASE(a_choice_of_http3_needs_no_announcement) {
  for (const auto choice : {http_choice::http3, http_choice::http3_only}) {
    one_request chosen{choice, "https://origin.test:444/"};
    const auto plan = plan_http3(chosen.wanted);
    BOOST_REQUIRE(plan.at);
    BOOST_TEST(plan.at->host.empty());
    BOOST_TEST(plan.at->port == 444);
  }
}

BOOST_AUTO_TEST_CASE(an_exchange_that_the_origin_wants_over_http1_does_not_try_quic) {
  one_request chosen{http_choice::http3};
  chosen.wanted.http1_only = true;
  BOOST_TEST(!plan_http3(chosen.wanted).at);
}

BOOST_AUTO_TEST_CASE(a_plain_url_is_refused_only_where_nothing_but_http3_is_allowed) {
  one_request open{http_choice::http3, "http://origin.test/"};
  BOOST_TEST(!plan_http3(open.wanted).at);
  BOOST_TEST(!plan_http3(open.wanted).problem);
  one_request strict{http_choice::http3_only, "http://origin.test/"};
  BOOST_TEST(plan_http3(strict.wanted).problem.detail
             == "HTTP/3 is for https URLs; allow the other versions for http://origin.test:80");
}

BOOST_AUTO_TEST_CASE(only_a_first_safe_request_without_a_body_is_sent_early) {
  one_request chosen{http_choice::http3};
  chosen.wanted.shared->config.quic.early_data = true;
  chosen.wanted.request.method = "GET";
  BOOST_TEST(quic_limits_of(chosen.wanted).early_data);
  chosen.wanted.attempts = 1;
  BOOST_TEST(!quic_limits_of(chosen.wanted).early_data);
  chosen.wanted.attempts = 0;
  chosen.wanted.request.method = "POST";
  BOOST_TEST(!quic_limits_of(chosen.wanted).early_data);
  chosen.wanted.request.method = "GET";
  chosen.wanted.request.body = request_body::of("a");
  BOOST_TEST(!quic_limits_of(chosen.wanted).early_data);
}

BOOST_AUTO_TEST_CASE(an_early_request_is_given_up_sooner_where_tcp_can_be_tried) {
  one_request either{http_choice::http3}, strict{http_choice::http3_only};
  for (auto* request : {&either, &strict})
    request->wanted.shared->config.quic.early_handshake_timeout = 10s;
  BOOST_TEST((quic_limits_of(either.wanted).early_handshake_timeout == 1s)); // five times 200 ms
  either.wanted.shared->config.http3_head_start = 500ms;
  BOOST_TEST((quic_limits_of(either.wanted).early_handshake_timeout == 2500ms));
  BOOST_TEST((quic_limits_of(strict.wanted).early_handshake_timeout == 10s));
}

BOOST_AUTO_TEST_SUITE_END()
