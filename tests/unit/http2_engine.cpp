// Requests and responses of the HTTP/2 engine, against frames written by hand.
#include "http2_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;

namespace {

bool says(const failure& problem, std::string_view word) { return problem.detail.find(word) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(http2_engine)

BOOST_AUTO_TEST_CASE(a_request_is_pseudo_header_fields_then_lower_case_fields_without_those_of_a_connection) {
  talk t;
  t.open(0, talk::request("GET", {{"Accept", "x"},
                                  {"Connection", "close, X-Hop"},
                                  {"Keep-Alive", "5"},
                                  {"Transfer-Encoding", "chunked"},
                                  {"Upgrade", "h2c"},
                                  {"Proxy-Connection", "close"},
                                  {"TE", "gzip"},
                                  {"Host", "by.hand"},
                                  {"X-Many", "1"},
                                  {"x-many", "2"}}));
  const auto got = t.sent(headers_frame);
  BOOST_REQUIRE(got.size() == 1u);
  const lines expected{{":method", "GET"}, {":scheme", "https"}, {":path", "/a?b"}, {":authority", "by.hand"},
                       {"accept", "x"},    {"x-many", "1"},      {"x-many", "2"}};
  BOOST_TEST((got[0].fields == expected));
  BOOST_TEST((got[0].id == 1u && got[0].flags == (end_headers | end_stream)));
}

BOOST_AUTO_TEST_CASE(the_first_frames_are_settings_without_push_and_with_the_first_window_and_the_connections_window) {
  talk t{0, 100'000};
  t.open(0);
  const auto got = t.sent();
  BOOST_REQUIRE(got.size() == 3u);
  BOOST_TEST(got[0].type == settings_frame);
  BOOST_TEST(got[0].payload.substr(0, 12)
             == (big_endian(2, 2) + big_endian(0, 4) + big_endian(4, 2) + big_endian(100'000, 4)));
  BOOST_TEST((got[1].type == window_frame && got[1].id == 0u));
  BOOST_TEST(got[1].number() + 65'535u == http2::limits{}.connection_window);
  BOOST_TEST(got[2].type == headers_frame);
}

BOOST_AUTO_TEST_CASE(a_request_that_cannot_be_sent_fails_alone) {
  talk t;
  BOOST_TEST((t.open(0, talk::request("GET", {{"bad name", "x"}})).code == errc::invalid_request));
  BOOST_TEST((t.open(1, talk::request("GET", {{"a", "b\r\nc"}})).code == errc::invalid_request));
  t.begin(0, settings({{6, 300}})); // SETTINGS_MAX_HEADER_LIST_SIZE
  const auto large = t.open(2, talk::request("GET", {{"a", std::string(300, 'x')}}));
  BOOST_TEST((large.code == errc::invalid_request && says(large, "300")));
  BOOST_TEST(!t.open(3));
  BOOST_TEST(t.sent(headers_frame).size() == 1u);
}

BOTH_WAYS(a_response_is_told_as_interim_heads_one_head_its_body_and_its_trailers) {
  talk t{cut};
  t.begin(1);
  t.receive(t.hpack.headers(1, {{":status", "100"}}) + t.hpack.headers(1, {{":status", "103"}, {"link", "</x>"}}));
  t.head(1, {{"content-length", "6"}, {"x-a", "b"}});
  t.receive(data(1, "abc") + data(1, "") + data(1, "def") + t.hpack.headers(1, {{"x-sum", "1"}}, end_stream));
  const auto& exchange = t[0];
  BOOST_REQUIRE(exchange.interims.size() == 2u);
  BOOST_TEST((exchange.interims[0].status == 100 && exchange.interims[1].status == 103
              && exchange.interims[1].fields.get("link") == "</x>"));
  BOOST_TEST((exchange.head.status == 200 && exchange.head.version == http::version::http2
              && exchange.head.fields.get("x-a") == "b"));
  BOOST_TEST(!exchange.head.fields.contains(":status"));
  BOOST_TEST(exchange.body == "abcdef");
  BOOST_TEST((exchange.ends == 1 && exchange.closed == 1 && exchange.reusable && exchange.failures == 0));
  BOOST_TEST((exchange.trailers == http::fields{{"x-sum", "1"}}));
  BOOST_TEST(!t.seen.out_of_order);
}

BOTH_WAYS(responses_without_a_body_by_definition_end_with_their_head_whatever_length_they_name) {
  talk t{cut};
  t.open(0, talk::request("HEAD"));
  t.begin(0);
  t.open(1);
  t.open(2);
  t.sent();
  t.head(1, {{"content-length", "100"}}, end_stream);
  t.receive(t.hpack.headers(3, {{":status", "204"}}, end_stream)
            + t.hpack.headers(5, {{":status", "304"}, {"content-length", "7"}}, end_stream));
  for (std::uint32_t i = 0; i < 3; ++i)
    BOOST_TEST((t[i].heads == 1 && t[i].ends == 1 && t[i].closed == 1 && t[i].body.empty()),
               "exchange " << i << ": " << to_string(t[i].why));
  BOOST_TEST((t[0].head.fields.get("content-length") == "100"));
}

BOTH_WAYS(a_body_of_another_length_than_promised_is_truncated) {
  for (int how = 0; how < 3; ++how) {
    talk t{cut};
    t.begin(2);
    t.head(1, {{"content-length", "5"}});
    t.receive(how == 0   ? data(1, "abc", end_stream)
              : how == 1 ? data(1, "abcdef", end_stream)
                         : data(1, "abc") + t.hpack.headers(1, {{"x", "y"}}, end_stream));
    t.sent();
    BOOST_TEST((t[0].failures == 1 && t[0].ends == 0 && t[0].why.code == errc::truncated_body
                && says(t[0].why, "Content-Length")),
               how << ": " << to_string(t[0].why));
    t.head(3, {}, end_stream);
    BOOST_TEST(t[1].ends == 1); // the connection goes on
  }
}

BOTH_WAYS(a_field_section_may_come_in_several_frames) {
  talk t{cut};
  t.begin(1);
  const auto block = t.hpack.block({{":status", "200"}, {"x-a", "b"}, {"x-c", "d"}});
  std::string all = frame(headers_frame, 0, 1, block.substr(0, 2));
  for (std::size_t i = 2; i < block.size(); ++i)
    all += frame(continuation_frame, i + 1 == block.size() ? end_headers : 0, 1, block.substr(i, 1));
  t.receive(all);
  BOOST_TEST((t[0].heads == 1 && t[0].head.fields == http::fields{{"x-a", "b"}, {"x-c", "d"}}));
}

BOTH_WAYS(the_number_of_interim_responses_is_bounded) {
  talk t{cut};
  t.begin(1);
  for (std::size_t i = 0; i <= http2::limits{}.interim_responses; ++i)
    t.receive(t.hpack.headers(1, {{":status", "103"}}));
  BOOST_TEST(t.sent(reset_frame).size() == 1u);
  BOOST_TEST((t[0].why.code == errc::too_many_interim_responses && says(t[0].why, "interim_responses")
              && t[0].interims.size() == http2::limits{}.interim_responses));
}

BOTH_WAYS(cancelling_resets_the_stream_and_frees_its_place_and_nothing_else_is_told) {
  talk t{cut};
  t.begin(2);
  t.head(1);
  t.engine.cancel(0);
  t.receive(data(1, "abc", end_stream)); // under way before the reset
  const auto got = t.sent(reset_frame);
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST((got[0].id == 1u && got[0].number() == NGHTTP2_CANCEL));
  BOOST_TEST((t[0].closed == 1 && t[0].ends == 0 && t[0].failures == 0 && t[0].body.empty()));
  t.receive(data(1, "late") + t.hpack.headers(1, {{"x", "y"}}, end_stream));
  t.head(3, {}, end_stream);
  BOOST_TEST((t[0].closed == 1 && t[1].ends == 1 && !t.engine.ended()));
}

BOTH_WAYS(cancelling_within_a_frame_tells_nothing_of_the_rest_of_it) {
  talk t{cut};
  t.begin(1);
  t.head(1);
  const auto whole = data(1, "abcdef", end_stream);
  t.receive(std::string_view{whole}.substr(0, 12));
  t.engine.cancel(0);
  t.receive(std::string_view{whole}.substr(12));
  t.sent();
  BOOST_TEST((t[0].body == "abc" && t[0].ends == 0 && t[0].closed == 1));
}

BOOST_AUTO_TEST_CASE(cancelling_a_request_that_was_not_sent_sends_nothing_of_it) {
  talk t;
  t.begin(0);
  t.open(0);
  t.engine.cancel(0);
  BOOST_TEST(t.sent().empty());
  BOOST_TEST((t[0].closed == 1 && t[0].failures == 0));
}

BOTH_WAYS(a_reset_by_the_origin_names_its_code_and_refused_stream_means_unprocessed) {
  talk t{cut};
  t.begin(3);
  t.head(3);
  t.receive(data(3, "abc") + reset(1, NGHTTP2_REFUSED_STREAM) + reset(3, NGHTTP2_INTERNAL_ERROR)
            + reset(5, NGHTTP2_NO_ERROR));
  BOOST_TEST((t[0].why.code == errc::refused && t[0].unprocessed && t[0].silent));
  BOOST_TEST((t[1].why.code == errc::stream_reset && !t[1].unprocessed && !t[1].silent
              && says(t[1].why, "INTERNAL_ERROR") && says(t[1].why, "3 bytes")));
  BOOST_TEST((t[2].why.code == errc::stream_reset && !t[2].unprocessed && t[2].silent));
  BOOST_TEST((!t.engine.ended() && t.engine.capacity() > 0));
}

BOTH_WAYS(going_away_refuses_streams_above_the_last_and_lets_the_others_finish) {
  talk t{cut};
  t.begin(3);
  t.receive(goaway(3));
  BOOST_TEST((t[2].why.code == errc::refused && t[2].unprocessed && says(t[2].why, "up to 3")), to_string(t[2].why));
  BOOST_TEST((t.engine.capacity() == 0u && !t.engine.ended()));
  t.head(1, {}, end_stream);
  BOOST_TEST((t[0].ends == 1 && !t.engine.ended()));
  t.head(3, {}, end_stream);
  t.sent();
  BOOST_TEST((t[1].ends == 1 && t.engine.ended()));
}

BOTH_WAYS(the_code_and_text_of_a_goaway_are_in_the_failure_of_what_it_leaves_unfinished) {
  talk t{cut};
  t.begin(2);
  t.head(1);
  t.receive(data(1, "abc") + goaway(3, NGHTTP2_ENHANCE_YOUR_CALM, "too\nfast"));
  BOOST_TEST((!t[0].over() && !t[1].over()));
  t.engine.receive_end({});
  for (std::uint32_t i : {0u, 1u})
    BOOST_TEST((t[i].failures == 1 && t[i].why.code == errc::stream_reset && says(t[i].why, "ENHANCE_YOUR_CALM")
                && says(t[i].why, "too?fast")),
               to_string(t[i].why));
  BOOST_TEST((!t[0].silent && t[1].silent && t.engine.ended()));
}

BOTH_WAYS(requests_that_wait_for_a_place_are_refused_as_unprocessed_when_the_origin_goes_away) {
  talk t{cut};
  t.begin(1, settings({{3, 1}})); // SETTINGS_MAX_CONCURRENT_STREAMS
  BOOST_TEST(t.engine.capacity() == 1u);
  t.open(1);
  BOOST_TEST(t.sent(headers_frame).empty());
  t.receive(goaway(1));
  BOOST_TEST((t[1].failures == 1 && t[1].unprocessed && t[1].why.code == errc::refused));
  t.head(1, {}, end_stream);
  BOOST_TEST(t.sent(headers_frame).empty());
  BOOST_TEST((t[0].ends == 1 && t[1].failures == 1 && t.engine.ended()));
}

BOTH_WAYS(a_request_that_a_breaking_connection_could_not_send_is_refused_and_no_fault_of_ours) {
  talk t{cut};
  t.begin(1);
  t.open(1); // not sent yet when the origin breaks the protocol
  t.receive(data(0, "on the connection itself"));
  t.sent();
  BOOST_TEST((t[1].failures == 1 && t[1].why.code != errc::internal), to_string(t[1].why));
  BOOST_TEST((t[1].why.by != caused_by::local && t.engine.ended()), to_string(t[1].why));
}

BOTH_WAYS(an_origin_that_requires_http_1_1_is_told_from_others_that_refuse) {
  {
    talk t{cut};
    t.begin(2);
    t.receive(reset(1, NGHTTP2_HTTP_1_1_REQUIRED) + reset(3, NGHTTP2_REFUSED_STREAM));
    BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::http1_required && t[0].why.by == caused_by::remote
                && t[0].silent && says(t[0].why, "HTTP_1_1_REQUIRED")),
               to_string(t[0].why));
    BOOST_TEST((t[1].why.code == errc::refused && t[1].unprocessed && !t.engine.ended()));
  }
  for (const auto& why : {failure{}, failure{errc::connection_reset, caused_by::transport, "reset"}}) {
    talk t{cut};
    t.begin(2, settings({{3, 2}}));
    t.open(2); // waits for a place
    t.receive(goaway(1, NGHTTP2_HTTP_1_1_REQUIRED));
    BOOST_TEST((t[1].why.code == errc::http1_required && t[1].unprocessed),
               to_string(t[1].why)); // above the last stream
    BOOST_TEST((t[2].why.code == errc::http1_required && t[2].unprocessed), to_string(t[2].why)); // never sent
    t.engine.receive_end(why);
    BOOST_TEST((t[0].why.code == errc::http1_required && t[0].why.by == caused_by::remote), to_string(t[0].why));
    BOOST_TEST((!t.seen.out_of_order && t.engine.ended()));
  }
  talk t{cut}; // from us, or as a code that the session found itself, it would mean something else
  t.begin(1);
  t.receive(goaway(1));
  t.engine.receive_end({errc::connection_reset, caused_by::transport, "reset"});
  BOOST_TEST((t[0].why.code == errc::connection_reset));
}

BOTH_WAYS(statuses_above_599_are_told_as_they_are) {
  talk t{cut};
  t.begin(1);
  t.receive(t.hpack.headers(1, {{":status", "799"}}, end_stream));
  BOOST_TEST((t[0].heads == 1 && t[0].head.status == 799 && t[0].ends == 1), to_string(t[0].why));
}

BOTH_WAYS(a_connection_that_takes_nothing_more_says_so_at_once_and_refuses_requests) {
  for (const auto& bytes : {goaway(1), goaway(0x7fffffff), goaway(1, NGHTTP2_INTERNAL_ERROR),
                            frame(ping_frame, 0, 0, "short"), data(0, "x")}) {
    talk t{cut};
    t.begin(1);
    BOOST_TEST(t.engine.capacity() > 0u);
    t.receive(bytes);
    BOOST_TEST(t.engine.capacity() == 0u);
    BOOST_TEST(static_cast<bool>(t.open(9)));
    t.sent();
    BOOST_TEST(t.engine.capacity() == 0u);
    BOOST_TEST(static_cast<bool>(t.open(9)));
  }
}

BOOST_AUTO_TEST_CASE(capacity_is_one_until_the_origins_settings_then_what_they_and_the_limit_allow) {
  talk t;
  BOOST_TEST(t.engine.capacity() == 1u);
  t.begin(0, settings({{3, 7}}));
  BOOST_TEST(t.engine.capacity() == 7u);
  t.receive(settings({{3, 0}}));
  BOOST_TEST(t.engine.capacity() == 0u);
  t.receive(settings({{3, 1'000'000}}));
  BOOST_TEST(t.engine.capacity() == http2::limits{}.concurrent_streams);
}

BOTH_WAYS(the_end_of_the_transport_ends_every_exchange_with_its_reason) {
  for (const bool reason : {false, true}) {
    talk t{cut};
    t.begin(3);
    t.open(3);
    t.head(1);
    t.head(3, {}, end_stream);
    t.engine.receive_end(reason ? failure{errc::connection_reset, caused_by::transport, "reset"} : failure{});
    BOOST_TEST((t[0].failures == 1 && t[0].why.code == (reason ? errc::connection_reset : errc::truncated_body)
                && !t[0].silent && !t[0].unprocessed));
    BOOST_TEST((t[1].closed == 1 && t[1].failures == 0));
    BOOST_TEST((t[2].failures == 1 && t[2].why.code == (reason ? errc::connection_reset : errc::connection_closed)
                && t[2].silent));
    BOOST_TEST((t.engine.ended() && t.engine.capacity() == 0u));
    BOOST_TEST(static_cast<bool>(t.open(9)));
  }
}

BOOST_AUTO_TEST_CASE(a_request_of_which_no_byte_was_sent_is_unprocessed_when_the_transport_ends) {
  talk t;
  t.begin(1, settings({{3, 1}}));
  t.open(1);
  t.sent();
  t.engine.receive_end({});
  BOOST_TEST((!t[0].unprocessed && t[1].failures == 1 && t[1].unprocessed));
}

BOTH_WAYS(a_peer_that_speaks_http1_is_told_apart) {
  talk t{cut};
  t.open(0);
  t.sent();
  t.receive("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::unsupported_protocol && says(t[0].why, "HTTP/1.1")
              && t.engine.ended()));
}

BOOST_AUTO_TEST_SUITE_END()
