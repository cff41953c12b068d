// The HTTP/1.1 engine: one exchange after the other, and when its connection can carry no other.
#include "http2_peer.hpp"

#include <sluice/protocols/http1/engine.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using http2::peer::bytes_of;

namespace {

struct talk {
  explicit talk(std::size_t cut = 0, std::uint64_t drain_bytes = 100) : engine(seen, {}, drain_bytes), cut_(cut) {}
  http2::peer::notes seen;
  http1::engine engine;

  void open(std::uint32_t index, std::string method = "GET", http::outgoing_body body = {}) {
    BOOST_TEST(!engine.open(index, http2::peer::talk::request(std::move(method)), body, wire_bytes{1000}));
  }
  std::string sent() {
    std::string result;
    for (auto out = engine.output({}); !out.empty(); out = engine.output({}))
      result.append(reinterpret_cast<const char*>(out.data()), out.size());
    return result;
  }
  void upload(std::string_view text, bool last = false, const http::fields& trailers = {}) {
    engine.upload(0, bytes_of(text), last, trailers);
  }
  void receive(std::string_view text) {
    for (auto step = cut_ == 0 ? text.size() : cut_; !text.empty(); text.remove_prefix(std::min(step, text.size())))
      engine.receive(bytes_of(text.substr(0, step)), {});
  }

private:
  std::size_t cut_;
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(http1_engine)

BOTH_WAYS(a_connection_carries_one_exchange_after_the_other) {
  talk t{cut};
  for (std::uint32_t i = 0; i < 3; ++i) {
    t.open(i);
    BOOST_TEST(t.sent().starts_with("GET /a?b HTTP/1.1\r\n"));
    t.receive("HTTP/1.1 103 Early\r\n\r\n" + ok + "abc");
    const auto& exchange = t.seen.at(i);
    BOOST_TEST((exchange.interims.size() == 1u && exchange.heads == 1 && exchange.body == "abc" && exchange.ends == 1
                && exchange.closed == 1 && exchange.reusable));
    BOOST_TEST((!t.engine.ended() && t.engine.capacity() == 1u && !t.engine.multiplexed()));
  }
  BOOST_TEST(!t.seen.out_of_order);
}

BOTH_WAYS(a_response_that_says_close_ends_the_connection) {
  talk t{cut};
  t.open(0);
  t.receive("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
  BOOST_TEST((t.seen.at(0).ends == 1 && t.seen.at(0).closed == 1 && !t.seen.at(0).reusable && t.engine.ended()
              && t.engine.capacity() == 0u));
}

BOTH_WAYS(bytes_after_the_response_make_the_connection_unusable) {
  talk t{cut};
  t.open(0);
  t.receive(ok + "abcX");
  BOOST_TEST((t.seen.at(0).ends == 1 && t.seen.at(0).closed == 1 && t.engine.ended() && t.engine.capacity() == 0u));
  BOOST_TEST(t.seen.at(0).reusable == (cut == 1)); // byte by byte nobody knows yet
}

BOOST_AUTO_TEST_CASE(bytes_while_nothing_is_asked_end_the_connection) {
  talk t;
  t.receive("HTTP/1.1 408 Request Timeout\r\n\r\n");
  BOOST_TEST((t.engine.ended() && t.seen.all.empty()));
}

BOTH_WAYS(a_body_of_unknown_length_is_chunked_and_its_trailers_follow) {
  talk t{cut};
  t.open(0, "POST", {true, std::nullopt});
  BOOST_TEST(!t.engine.wants_upload(0)); // before the head is on its way
  BOOST_TEST(t.sent().find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  BOOST_TEST((t.engine.wants_upload(0) && !t.engine.wants_upload(1)));
  t.upload("abc");
  BOOST_TEST(!t.engine.wants_upload(0));
  t.upload("");
  BOOST_TEST(t.sent() == "3\r\nabc\r\n"); // an empty piece is no last chunk
  t.upload("0123456789abcdef", true, {{"X-Sum", "1"}});
  BOOST_TEST(t.sent() == "10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\n");
  BOOST_TEST(!t.engine.wants_upload(0));
  t.receive(ok + "abc");
  BOOST_TEST(t.seen.at(0).reusable);
}

BOOST_AUTO_TEST_CASE(trailers_that_cannot_be_sent_leave_the_others_and_a_whole_body) {
  talk t;
  t.open(0, "POST", {true, std::nullopt});
  t.sent();
  t.upload("", true, {{"bad name", "x"}, {"Checksum", "1"}, {"Content-Length", "5"}});
  BOOST_TEST(t.sent() == "0\r\nChecksum: 1\r\n\r\n");
}

BOTH_WAYS(a_body_of_known_length_is_sent_as_it_is_and_an_empty_one_wants_nothing) {
  talk t{cut};
  t.open(0, "POST", {true, 0});
  BOOST_TEST(t.sent().find("Content-Length: 0\r\n") != std::string::npos);
  BOOST_TEST(!t.engine.wants_upload(0));
  t.receive(ok + "abc");
  t.open(0, "POST", {true, 6});
  t.sent();
  t.upload("abc");
  t.upload("def", true);
  BOOST_TEST(t.sent() == "abcdef");
}

BOTH_WAYS(half_a_request_leaves_a_connection_that_can_carry_no_other) {
  for (const bool stopped : {true, false}) { // by us, or the origin answered early
    talk t{cut};
    t.open(0, "POST", {true, 6});
    t.sent();
    t.upload("abc");
    if (stopped)
      t.engine.stop_upload(0);
    t.upload("def");
    BOOST_TEST(t.sent() == (stopped ? "abc" : "abcdef"));
    t.receive(ok + "abc");
    BOOST_TEST((t.seen.at(0).ends == 1 && t.seen.at(0).closed == 1 && !t.seen.at(0).reusable && t.engine.ended()));
  }
}

BOTH_WAYS(a_small_rest_of_an_unwanted_body_is_read_and_the_connection_kept) {
  talk t{cut, 3};
  t.open(0);
  t.receive(ok);
  t.engine.cancel(0);
  BOOST_TEST((!t.engine.ended() && t.seen.at(0).closed == 0));
  t.receive("abc");
  const auto& exchange = t.seen.at(0);
  BOOST_TEST((exchange.body.empty() && exchange.ends == 0 && exchange.failures == 0 && exchange.closed == 1
              && exchange.reusable && !t.engine.ended()));
}

BOTH_WAYS(what_cannot_be_read_to_its_end_cheaply_ends_the_connection) {
  for (const auto& response : {std::string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"},
                               std::string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
                               std::string{"HTTP/1.1 200 OK\r\n\r\n"}, std::string{"HTTP/1.1 200 O"}, std::string{}}) {
    talk t{cut, 3};
    t.open(0);
    t.receive(response);
    t.engine.cancel(0);
    BOOST_TEST((t.engine.ended() && t.engine.capacity() == 0u), response);
    t.receive("abcd");
    t.engine.receive_end({});
    BOOST_TEST((t.seen.at(0).closed + t.seen.at(0).failures + t.seen.at(0).ends == 0 && t.seen.at(0).body.empty()),
               response);
  }
}

BOTH_WAYS(a_discarded_rest_that_breaks_off_is_told_to_nobody) {
  talk t{cut, 3};
  t.open(0);
  t.receive(ok + "a");
  t.engine.cancel(0);
  t.engine.receive_end({errc::connection_reset, caused_by::transport, "reset"});
  BOOST_TEST((t.engine.ended() && t.seen.at(0).failures == 0 && t.seen.at(0).body == "a"));
}

BOTH_WAYS(the_end_of_the_transport_means_what_the_response_had_reached) {
  struct row {
    std::string text;
    failure why;
    errc expected;
    bool silent;
  };
  const failure reset{errc::connection_reset, caused_by::transport, "reset"};
  const row rows[] = {
      {"", {}, errc::connection_closed, true},
      {"", reset, errc::connection_reset, true},
      {"H", {}, errc::malformed_status_line, false},
      {"H", reset, errc::connection_reset, false},
      {"HTTP/1.1 103 x\r\n\r\n", reset, errc::connection_reset, false},
      {"HTTP/1.1 200 OK\r\nA: b", {}, errc::malformed_header, false},
      {ok + "ab", {}, errc::truncated_body, false},
      {ok + "ab", reset, errc::connection_reset, false},
      {"HTTP/1.1 200 OK\r\n\r\nabc", {}, errc::none, false},
      {"HTTP/1.1 200 OK\r\n\r\nabc", reset, errc::connection_reset, false},
  };
  for (const auto& entry : rows) {
    talk t{cut};
    t.open(0);
    t.receive(entry.text);
    t.engine.receive_end(entry.why);
    const auto& got = t.seen.at(0);
    BOOST_TEST((got.why.code == entry.expected && got.failures == (entry.expected == errc::none ? 0 : 1)),
               entry.text << ": " << to_string(got.why));
    BOOST_TEST((got.silent == entry.silent && !got.unprocessed && t.engine.ended()), entry.text);
    if (entry.expected == errc::none)
      BOOST_TEST((got.ends == 1 && got.closed == 1 && !got.reusable && got.body == "abc"));
    t.engine.receive_end({});
    BOOST_TEST(got.failures + got.closed == 1); // told once
  }
}

BOTH_WAYS(a_body_whose_end_only_the_connection_tells_is_flagged_where_no_close_notify_proves_it) {
  struct row {
    std::string method, scheme, response;
    bool unproven;
  };
  const row rows[] = {
      {"GET", "http", "HTTP/1.1 200 OK\r\n\r\nabc", true},
      {"GET", "http", "HTTP/1.0 200 OK\r\n\r\n", true},
      {"GET", "https", "HTTP/1.1 200 OK\r\n\r\nabc", false},
      {"GET", "http", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", false},
      {"GET", "http", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
      {"GET", "http", "HTTP/1.1 204 No Content\r\n\r\n", false},
      {"HEAD", "http", "HTTP/1.1 200 OK\r\n\r\n", false},
  };
  for (const auto& entry : rows) {
    talk t{cut};
    auto head = http2::peer::talk::request(entry.method);
    head.scheme = entry.scheme;
    BOOST_TEST(!t.engine.open(0, head, {}, wire_bytes{1000}));
    t.receive(entry.response);
    BOOST_TEST((t.seen.at(0).heads == 1 && t.seen.at(0).head.end_unproven == entry.unproven),
               entry.scheme << " " << entry.response);
  }
}

BOTH_WAYS(a_malformed_response_is_not_silent) {
  for (const std::string text : {"nonsense\r\n", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n"}) {
    talk t{cut};
    t.open(0);
    t.receive(text);
    BOOST_TEST((t.seen.at(0).failures == 1 && !t.seen.at(0).silent && t.engine.ended()), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
