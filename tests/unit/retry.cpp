// When a request is sent again and how long that waits; dates and Retry-After; the budget.
#include <sluice/protocols/policy/retry.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

using namespace sluice;
using namespace std::chrono_literals;
using policy::attempt_outcome;
using delay = std::optional<std::chrono::milliseconds>;

namespace {

using statuses = std::initializer_list<std::uint16_t>;

const http::wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 13h};

retry_policy often() {
  retry_policy rules;
  rules.attempts = 5;
  rules.jitter_percent = 0;
  return rules;
}

failure because(errc code, caused_by who = caused_by::transport) { return {code, who, "why"}; }

delay after_status(const retry_policy& rules, std::uint16_t status, attempt_outcome outcome = {},
                   const http::fields& fields = {}) {
  outcome.now = now;
  return policy::retry_after_status(rules, outcome, status, fields);
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(statuses_that_may_pass_are_tried_again) {
  for (std::uint16_t status = 200; status < 600; ++status) {
    const bool usual = status == 408 || status == 429 || (status >= 500 && status <= 504 && status != 501);
    BOOST_TEST((after_status(often(), status) == (usual ? delay{1s} : delay{})), status);
    BOOST_TEST(!after_status(retry_policy{}, status), status);
  }
  auto rules = often();
  rules.usual_statuses = false;
  rules.further_statuses = {404};
  BOOST_TEST(!after_status(rules, 503));
  BOOST_TEST(!!after_status(rules, 404));
}

BOOST_AUTO_TEST_CASE(what_is_not_idempotent_is_tried_again_only_if_it_was_not_processed) {
  const attempt_outcome post{.idempotent = false};
  for (const auto status : statuses{408, 429, 503})
    BOOST_TEST(!!after_status(often(), status, post), status);
  for (const auto status : statuses{500, 502, 504}) {
    BOOST_TEST(!after_status(often(), status, post), status);
    auto rules = often();
    rules.all_errors = true;
    BOOST_TEST(!!after_status(rules, status, post), status);
  }
  const auto reset = because(errc::connection_reset);
  BOOST_TEST(!policy::retry_after_failure(often(), post, reset));
  BOOST_TEST(!!policy::retry_after_failure(often(), {.idempotent = false, .sent = false}, reset));
  BOOST_TEST(!!policy::retry_after_failure(often(), post, because(errc::refused, caused_by::remote)));
}

BOOST_AUTO_TEST_CASE(failures_that_may_pass_are_tried_again) {
  struct row {
    failure why;
    bool usually, with_all_errors;
  };
  for (const auto& entry :
       {row{because(errc::resolve_failed), true, true}, row{because(errc::connect_failed), true, true},
        row{because(errc::timed_out, caused_by::local), true, true}, row{because(errc::connection_reset), true, true},
        row{because(errc::connection_closed), true, true}, row{because(errc::peer_silent), true, true},
        row{because(errc::stream_reset, caused_by::remote), true, true}, row{because(errc::tls_handshake), true, true},
        row{because(errc::tls_handshake, caused_by::remote), false, true},
        row{because(errc::tls_untrusted_certificate, caused_by::remote), false, true},
        row{because(errc::malformed_header, caused_by::remote), false, true},
        row{because(errc::limit_exceeded, caused_by::local), false, true},
        row{because(errc::invalid_request, caused_by::local), false, false},
        row{because(errc::invalid_url, caused_by::local), false, false},
        row{because(errc::cancelled, caused_by::local), false, false},
        row{because(errc::consumer_failed, caused_by::local), false, false},
        row{because(errc::redirect_refused, caused_by::remote), false, false},
        row{because(errc::internal, caused_by::local), false, false}}) {
    BOOST_TEST(policy::retry_after_failure(often(), {}, entry.why).has_value() == entry.usually, to_string(entry.why));
    auto rules = often();
    rules.all_errors = true;
    BOOST_TEST(policy::retry_after_failure(rules, {}, entry.why).has_value() == entry.with_all_errors,
               to_string(entry.why));
    BOOST_TEST(!policy::retry_after_failure(retry_policy{}, {}, entry.why), to_string(entry.why));
  }
  auto rules = often();
  rules.refused_connections = false;
  BOOST_TEST(!policy::retry_after_failure(rules, {}, because(errc::connect_failed)));
}

BOOST_AUTO_TEST_CASE(a_body_that_is_gone_is_never_sent_again) {
  auto rules = often();
  rules.all_errors = true;
  const attempt_outcome gone{.body_can_be_sent_again = false};
  BOOST_TEST(!after_status(rules, 503, gone));
  BOOST_TEST(!policy::retry_after_failure(rules, gone, because(errc::connection_reset)));
}

BOOST_AUTO_TEST_CASE(attempts_and_times_are_limits) {
  BOOST_TEST(!!after_status(often(), 503, {.retries = 4}));
  BOOST_TEST(!after_status(often(), 503, {.retries = 5}));
  BOOST_TEST(!!after_status(often(), 503, {.time_left = 1001ms}));
  BOOST_TEST(!after_status(often(), 503, {.time_left = 1000ms}));
  auto rules = often();
  rules.total_time = 3s;
  BOOST_TEST(!!after_status(rules, 503, {.elapsed = 2s}));
  BOOST_TEST(!after_status(rules, 503, {.elapsed = 2001ms}));
}

BOOST_AUTO_TEST_CASE(delays_grow_to_their_bound_and_do_not_overflow) {
  auto rules = often();
  for (std::uint32_t i = 0; i < 9; ++i)
    BOOST_TEST((policy::backoff(rules, i, 0) == std::chrono::seconds{1 << i}), i);
  BOOST_TEST((policy::backoff(rules, 10, 0) == 600s));
  BOOST_TEST((policy::backoff(rules, UINT32_MAX, 0) == 600s));
  rules.factor = 1;
  BOOST_TEST((policy::backoff(rules, UINT32_MAX, 0) == 1s));
  rules.first_delay = 0s;
  rules.factor = 10;
  BOOST_TEST((policy::backoff(rules, UINT32_MAX, 0) == 0s));
  rules.first_delay = rules.largest_delay = std::chrono::hours{24} * 365;
  BOOST_TEST((policy::backoff(rules, 3, 0) == std::chrono::hours{24} * 365));
  rules.first_delay = 2s;
  rules.largest_delay = 1s;
  BOOST_TEST((policy::backoff(rules, 0, 0) == 1s));
}

BOOST_AUTO_TEST_CASE(jitter_leaves_out_a_part_of_a_delay) {
  auto rules = often();
  rules.jitter_percent = 50;
  BOOST_TEST((policy::backoff(rules, 1, 0) == 2s));
  BOOST_TEST((policy::backoff(rules, 1, 0.5) == 1500ms));
  BOOST_TEST((policy::backoff(rules, 1, 1) == 1s));
  rules.jitter_percent = 100;
  BOOST_TEST((policy::backoff(rules, 1, 1) == 0s));
}

BOOST_AUTO_TEST_CASE(retry_after_is_obeyed_or_the_request_is_not_sent_again) {
  const auto told = [](std::string value) { return http::fields{{"Retry-After", std::move(value)}}; };
  auto rules = often();
  rules.jitter_percent = 100;
  BOOST_TEST((after_status(rules, 503, {.random = 1}, told("7")) == delay{7s}));
  BOOST_TEST((after_status(often(), 429, {}, told("Thu, 26 Nov 2026 13:00:09 GMT")) == delay{9s}));
  BOOST_TEST((after_status(often(), 503, {}, told("nonsense")) == delay{1s}));
  BOOST_TEST((after_status(often(), 503, {}, told("0")) == delay{1s}));
  BOOST_TEST((after_status(often(), 503, {}, told("600")) == delay{600s}));
  BOOST_TEST(!after_status(often(), 503, {}, told("601")));
  BOOST_TEST(!after_status(often(), 503, {}, told("99999999999999999999")));
  BOOST_TEST(!after_status(often(), 503, {.time_left = 5s}, told("7")));
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_in_both_forms) {
  const std::pair<const char*, delay> table[] = {
      {"1", 1s},
      {"007", 7s},
      {"120", 120s},
      {"0", {}},
      {"", {}},
      {"-1", {}},
      {"+1", {}},
      {"1.5", {}},
      {"1 s", {}},
      {"18446744073709551616", std::chrono::hours{24} * 3650},
      {"Thu, 26 Nov 2026 13:00:01 GMT", 1s},
      {"Thu, 26 Nov 2026 13:00:00 GMT", {}},
      {"Thu, 26 Nov 2026 12:59:59 GMT", {}},
      {"Thursday, 26-Nov-26 13:00:01 GMT", 1s},
      {"Thu Nov 26 13:00:01 2026", 1s},
  };
  for (const auto& [text, expected] : table)
    BOOST_TEST((policy::parse_retry_after(text, now) == expected), text);
}

BOOST_AUTO_TEST_CASE(dates_are_read_in_all_three_forms) {
  const auto expected = http::wall_time{std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s};
  for (const auto* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "sun, 06 NOV 1994 08:49:37 gmt"})
    BOOST_TEST((http::parse_date(text, now) == expected), text);
  const auto year_of = [](const char* text) {
    const auto date = http::parse_date(text, now);
    return date ? static_cast<int>(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*date)}.year())
                : 0;
  };
  BOOST_TEST(year_of("Sunday, 06-Nov-76 08:49:37 GMT") == 2076); // not more than 50 years ahead
  BOOST_TEST(year_of("Sunday, 06-Nov-77 08:49:37 GMT") == 1977);
  for (const auto* text :
       {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2027 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT x",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT", ",,,,,,"})
    BOOST_TEST(!http::parse_date(text, now), text);
}

BOOST_AUTO_TEST_CASE(the_budget_is_a_share_of_the_requests_and_some_a_second) {
  policy::retry_budget::time_point at{1h};
  policy::retry_budget budget{10, 2};
  const auto spent = [&](std::uint64_t requests) {
    std::size_t n = 0;
    while (n < 1000 && budget.spend(at, requests))
      ++n;
    return n;
  };
  BOOST_TEST(spent(0) == policy::retry_budget::burst);
  BOOST_TEST(spent(25) == 2u);
  BOOST_TEST(spent(25) == 0u);
  BOOST_TEST(spent(30) == 1u); // the halves of the 25th and of the 30th request
  at += 1s;
  BOOST_TEST(spent(30) == 2u);
  at += std::chrono::hours{1};
  BOOST_TEST(spent(30) == policy::retry_budget::burst);
  BOOST_TEST(spent(1'000'000) == policy::retry_budget::burst);
  policy::retry_budget none{0, 0};
  BOOST_TEST(!none.spend(at, 1000));
}

BOOST_AUTO_TEST_SUITE_END()
