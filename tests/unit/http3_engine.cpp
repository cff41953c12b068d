// Exchanges over HTTP/3: what the engine makes of a well-behaved origin, and what it tells when one goes away.
#include "http3_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http3::peer;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

const lines ok{{":status", "200"}};

} // namespace

BOOST_AUTO_TEST_SUITE(http3_engine)

BOOST_AUTO_TEST_CASE(a_request_opened_before_the_handshake_gets_its_response) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) {
    t.server.respond(id, {{":status", "200"}, {"content-type", "text/plain"}}, "hello");
  };
  BOOST_TEST(t.engine.capacity() == 1u);
  BOOST_TEST(!t.open(7, t.request("GET", {{"X-A", "b"}})));
  BOOST_TEST(t.run([&] { return t.over(7); }));
  BOOST_TEST((t[7].head.status == 200 && t[7].head.version == http::version::http3
              && t[7].head.fields.get("content-type") == "text/plain"));
  BOOST_TEST((t[7].body == "hello" && t[7].ends == 1 && t[7].closed == 1 && t[7].reusable));
  const auto& asked = t.server.all[0];
  BOOST_TEST((asked.field(":method") == "GET" && asked.field(":path") == "/a?b"
              && asked.field(":authority") == "localhost" && asked.field("x-a") == "b"));
  BOOST_TEST(t.engine.capacity() > 50u);
  BOOST_TEST(t.engine.round_trip() >= 20ms);
  BOOST_TEST(!t.seen.out_of_order);
}

BOOST_AUTO_TEST_CASE(many_requests_share_the_connection) {
  http3::peer::talk t;
  t.acceptor.bounds.peer_bidi_streams = 10;
  t.server.on_request = [&](std::int64_t id) {
    t.server.respond(id, {{":status", "200"}, {"x-n", std::to_string(id)}, {"x-same", "value"}}, std::to_string(id));
  };
  for (std::uint32_t i = 0; i < 10; ++i)
    BOOST_TEST(!t.open(i));
  BOOST_TEST(t.run([&] { return t.over(9) && t.over(0); }));
  t.settle();
  for (std::uint32_t i = 0; i < 10; ++i)
    BOOST_TEST((t[i].body == std::to_string(4 * i) && t[i].head.fields.get("x-same") == "value"));
}

BOOST_AUTO_TEST_CASE(requests_beyond_what_the_origin_allows_wait_and_are_sent) {
  http3::peer::talk t;
  t.acceptor.bounds.peer_bidi_streams = 2;
  t.server.on_request = [&](std::int64_t id) {
    t.server.respond(id, ok, "x");
    t.acceptor.connection->allow_bidirectional(1);
  };
  for (std::uint32_t i = 0; i < 6; ++i)
    BOOST_TEST(!t.open(i));
  BOOST_TEST(t.run([&] { return t.over(0) && t.over(1) && t.over(2) && t.over(3) && t.over(4) && t.over(5); }));
}

BOOST_AUTO_TEST_CASE(interim_responses_and_trailers_are_told) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) {
    t.server.inform(id, {{":status", "103"}, {"link", "</a>"}});
    t.server.respond(id, ok, "body", true, {{"x-sum", "1"}});
  };
  t.open(0);
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST_REQUIRE(t[0].interims.size() == 1u);
  BOOST_TEST((t[0].interims[0].status == 103 && t[0].interims[0].fields.get("link") == "</a>"));
  BOOST_TEST((t[0].body == "body" && t[0].trailers.get("x-sum") == "1"));
}

BOOST_AUTO_TEST_CASE(an_upload_arrives_whole_with_its_trailers) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "", false); };
  std::string all;
  BOOST_TEST(!t.engine.wants_upload(0));
  t.open(0, t.request("POST"), {true, {}});
  for (int i = 0; i < 300; ++i) {
    BOOST_TEST_REQUIRE(t.run([&] { return t.engine.wants_upload(0); }));
    const std::string piece(10'000, static_cast<char>('a' + i % 26));
    all += piece;
    t.upload(0, piece, i == 299, i == 299 ? http::fields{{"x-sum", "9"}} : http::fields{});
  }
  BOOST_TEST(t.run([&] { return t.server.all[0].ended; }));
  BOOST_TEST((t.server.all[0].body == all));
  BOOST_TEST((t.server.all[0].trailers == lines{{"x-sum", "9"}}));
  BOOST_TEST(!t.engine.wants_upload(0));
  t.server.send(0, "done", true);
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST((t[0].body == "done" && t[0].closed == 1));
}

BOOST_AUTO_TEST_CASE(an_upload_whose_source_has_nothing_does_not_hold_up_the_next) {
  http3::peer::talk t;
  for (std::uint32_t i = 0; i < 2; ++i)
    t.open(i, t.request("POST"), {true, {}});
  BOOST_TEST_REQUIRE(t.run([&] { return t.engine.wants_upload(0) && t.engine.wants_upload(1); }));
  t.settle();
  t.upload(0, "");
  t.upload(1, "piece");
  std::vector<std::byte> room(61'000);
  BOOST_TEST(t.engine.next_datagrams(room, t.net.now).bytes > 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_pulled_for_an_origin_that_does_not_read) {
  http3::peer::talk t;
  t.server.credit = false;
  t.acceptor.bounds.stream_window = 50'000;
  t.open(0, t.request("POST"), {true, {}});
  std::size_t given = 0;
  while (t.run([&] { return t.engine.wants_upload(0); }, 1s)) {
    t.upload(0, std::string(10'000, 'x'));
    given += 10'000;
  }
  BOOST_TEST((given >= 50'000u && given <= 70'000u), given);
}

BOOST_AUTO_TEST_CASE(responses_without_a_body_end_with_their_head) {
  for (auto [method, status] : {std::pair{"HEAD", "200"}, {"GET", "204"}, {"GET", "304"}}) {
    http3::peer::talk t;
    t.server.on_request = [&, code = std::string{status}](std::int64_t id) {
      t.server.respond(id,
                       code == "204" ? lines{{":status", code}} : lines{{":status", code}, {"content-length", "5"}});
    };
    t.open(0, t.request(method));
    BOOST_TEST(t.run([&] { return t.over(0); }));
    BOOST_TEST((t[0].ends == 1 && t[0].failures == 0), method << " " << status << ": " << t[0].why.detail);
  }
}

BOOST_AUTO_TEST_CASE(a_tunnel_by_connect_carries_bytes_both_ways) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "welcome", false); };
  http::request_head head{"CONNECT", "https", "inner.test:443", "", {}};
  t.open(0, head, {true, {}});
  BOOST_TEST(t.run([&] { return t[0].body == "welcome"; }));
  BOOST_TEST((t.server.all[0].field(":authority") == "inner.test:443" && t.server.all[0].field(":path").empty()));
  BOOST_TEST(t.run([&] { return t.engine.wants_upload(0); }));
  t.upload(0, "ping", true);
  BOOST_TEST(t.run([&] { return t.server.all[0].body == "ping" && t.server.all[0].ended; }));
}

BOOST_AUTO_TEST_CASE(a_length_that_does_not_hold_is_a_truncated_body) {
  for (const auto* promised : {"10", "2"}) {
    http3::peer::talk t;
    t.server.on_request = [&](std::int64_t id) {
      t.server.respond(id, {{":status", "200"}, {"content-length", promised}}, "hello");
    };
    t.open(0);
    BOOST_TEST(t.run([&] { return t.over(0); }));
    BOOST_TEST(t[0].why.code == errc::truncated_body, t[0].why.detail);
    BOOST_TEST((t[0].ends == 0 && !t.engine.ended()));
  }
}

BOOST_AUTO_TEST_CASE(cancelling_tells_the_origin_and_frees_the_place) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, std::string(1'000'000, 'x'), false); };
  t.open(0);
  BOOST_TEST(t.run([&] { return t[0].body.size() > 1000; }));
  t.engine.cancel(0);
  const auto had = t[0].body.size();
  BOOST_TEST(t.run([&] { return t.over(0); }));
  t.settle();
  BOOST_TEST(t.server.all[0].close_code.value_or(0) == std::uint64_t{NGHTTP3_H3_REQUEST_CANCELLED});
  BOOST_TEST((t[0].closed == 1 && t[0].failures == 0 && t[0].body.size() == had));
  t.open(1);
  BOOST_TEST(t.run([&] { return t[1].body.size() > 1000; }));
}

BOOST_AUTO_TEST_CASE(cancelling_what_waits_for_a_stream_frees_its_place_at_once) {
  http3::peer::talk t;
  t.open(0);
  t.engine.cancel(0);
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST((t[0].closed == 1 && t[0].failures == 0));
  t.settle();
  BOOST_TEST(t.server.arrived.empty());
}

BOOST_AUTO_TEST_CASE(a_reset_is_told_with_its_code_and_a_rejection_as_unprocessed) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) {
    if (id == 0)
      t.server.respond(id, ok, "some", false);
  };
  t.open(0);
  t.open(1);
  BOOST_TEST(t.run([&] { return t[0].body == "some" && t.server.arrived.size() == 2; }));
  t.server.under->reset(0, NGHTTP3_H3_INTERNAL_ERROR);
  t.server.under->reset(4, NGHTTP3_H3_REQUEST_REJECTED);
  BOOST_TEST(t.run([&] { return t.over(0) && t.over(1); }));
  BOOST_TEST((t[0].why.code == errc::stream_reset && t[0].why.detail.find("H3_INTERNAL_ERROR") != std::string::npos
              && !t[0].unprocessed && !t[0].silent));
  BOOST_TEST((t[1].why.code == errc::refused && t[1].unprocessed && t[1].silent));
}

BOOST_AUTO_TEST_CASE(an_origin_that_falls_back_from_http_3_is_told_from_others_that_refuse) {
  for (const bool whole_connection : {false, true}) {
    http3::peer::talk t;
    t.server.on_request = [](std::int64_t) {};
    t.open(0);
    t.open(1);
    BOOST_TEST(t.run([&] { return t.server.arrived.size() == 2; }));
    if (whole_connection)
      t.server.under->close(NGHTTP3_H3_VERSION_FALLBACK, {errc::stream_reset, caused_by::local, "not here"});
    else
      t.server.under->reset(0, NGHTTP3_H3_VERSION_FALLBACK);
    BOOST_TEST(t.run([&] { return t.over(0) && t.over(1) == whole_connection; }));
    BOOST_TEST((t[0].why.code == errc::http1_required && t[0].why.by == caused_by::remote && t[0].silent),
               to_string(t[0].why));
    BOOST_TEST(t[0].why.detail.find("H3_VERSION_FALLBACK") != std::string::npos, t[0].why.detail);
    BOOST_TEST((t[1].why.code == (whole_connection ? errc::http1_required : errc::none)), to_string(t[1].why));
  }
}

BOOST_AUTO_TEST_CASE(going_away_refuses_what_was_not_processed_and_finishes_the_rest) {
  http3::peer::talk t;
  t.acceptor.bounds.peer_bidi_streams = 1;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "begun", false); };
  t.open(0);
  t.open(1); // waits
  BOOST_TEST(t.run([&] { return t[0].body == "begun"; }));
  t.server.go_away();
  BOOST_TEST(t.run([&] { return t.over(1); }));
  BOOST_TEST(
      (t[1].why.code == errc::refused && t[1].unprocessed && t[1].why.detail.find("GOAWAY") != std::string::npos));
  BOOST_TEST((t.engine.capacity() == 0u && static_cast<bool>(t.open(2)) && !t.engine.ended()));
  t.server.send(0, " done", true);
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST((t[0].body == "begun done" && t[0].closed == 1 && t.engine.ended()));
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_the_origin_ends_every_exchange_with_its_reason) {
  http3::peer::talk t;
  t.open(0);
  BOOST_TEST(t.run([&] { return t.server.arrived.size() == 1; }));
  t.server.under->close(NGHTTP3_H3_EXCESSIVE_LOAD, {errc::flooded, caused_by::remote, "too busy"});
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST((t[0].why.code == errc::stream_reset && t[0].silent && t.engine.ended()));
  BOOST_TEST((t[0].why.detail.find("H3_EXCESSIVE_LOAD") != std::string::npos
              && t[0].why.detail.find("too busy") != std::string::npos),
             t[0].why.detail);
}

BOOST_AUTO_TEST_CASE(a_connection_that_takes_nothing_more_says_so_in_the_call_that_learns_it) {
  // Whoever asks after each datagram and each timer finds capacity and end as open() would: no request is sent to a
  // connection that refuses it.
  const std::pair<const char*, std::function<void(http3::peer::talk&)>> ways[]{
      {"closed without error", [](auto& t) { t.server.under->close(NGHTTP3_H3_NO_ERROR, {}); }},
      {"closed with an error",
       [](auto& t) { t.server.under->close(NGHTTP3_H3_INTERNAL_ERROR, {errc::internal, caused_by::remote, "x"}); }},
      {"GOAWAY", [](auto& t) { t.server.go_away(); }},
      {"GOAWAY that only announces", [](auto& t) { t.server.notice(); }},
      {"a dead path", [](auto& t) { t.net.to_client.cut = t.net.to_server.cut = true; }},
      {"closed by us", [](auto& t) { t.engine.close(); }},
  };
  for (const auto& [name, act] : ways) {
    http3::peer::talk t;
    t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "x", id != 0); };
    t.open(0);
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(t.run([&] { return t[0].body == "x"; }));
      BOOST_TEST(t.engine.capacity() > 0u);
      act(t);
      std::uint32_t next = 1;
      BOOST_TEST(t.run(
          [&] {
            const bool none = t.engine.capacity() == 0;
            const bool refused = static_cast<bool>(t.open(next));
            BOOST_TEST_REQUIRE(none == refused);
            if (!refused)
              t.engine.cancel(next);
            ++next;
            return none;
          },
          5min));
      BOOST_TEST(t.engine.capacity() == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(places_that_the_origin_never_gives_back_are_no_capacity) {
  http3::peer::talk t;
  t.acceptor.bounds.peer_bidi_streams = 3;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "x"); };
  for (std::uint32_t i = 0; i < 3; ++i) {
    BOOST_TEST(t.engine.capacity() > 0u);
    t.open(i);
    BOOST_TEST(t.run([&] { return t.over(i); }));
  }
  BOOST_TEST(t.engine.capacity() == 0u);
  t.acceptor.connection->allow_bidirectional(1);
  BOOST_TEST(t.run([&] { return t.engine.capacity() == 1; }));
}

BOOST_AUTO_TEST_CASE(losses_and_reordering_change_nothing_in_what_arrives) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    http3::peer::talk t({.first_window = 65'536, .seed = seed, .bounds = {}, .below = {}});
    for (auto* direction : {&t.net.to_server, &t.net.to_client})
      direction->loss = 0.05, direction->late = 0.1, direction->twice = 0.02;
    std::string sent;
    for (int i = 0; i < 20'000; ++i)
      sent += std::to_string(i) + ',';
    t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, sent); };
    t.open(0);
    std::size_t granted = 0;
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(t.run([&] {
        if (const auto n = t[0].body.size() - granted; n > 20'000) {
          t.engine.grant(0, wire_bytes{n});
          granted += n;
        }
        return t.over(0);
      }));
      BOOST_TEST((t[0].body == sent && t[0].ends == 1), t[0].why.detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_path_that_goes_dead_is_a_silent_peer) {
  http3::peer::talk t;
  t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, "some", false); };
  t.open(0);
  BOOST_TEST(t.run([&] { return t[0].body == "some"; }));
  t.net.to_client.cut = true;
  BOOST_TEST(t.run([&] { return t.over(0); }, 5min));
  BOOST_TEST((t[0].why.code == errc::peer_silent && t.engine.ended()), t[0].why.detail);
}

BOOST_AUTO_TEST_CASE(an_origin_that_never_answers_is_a_failed_connection) {
  http3::peer::talk t;
  t.net.to_server.cut = true;
  t.open(0);
  BOOST_TEST(t.run([&] { return t.over(0); }, 5min));
  BOOST_TEST((t[0].why.code == errc::connect_failed && t[0].unprocessed && t[0].silent), t[0].why.detail);
}

BOOST_AUTO_TEST_CASE(keep_alive_keeps_an_exchange_that_waits_for_minutes) {
  http3::peer::talk t;
  t.open(0);
  BOOST_TEST(t.run([&] { return t.server.arrived.size() == 1; }));
  t.settle(10min);
  BOOST_TEST((!t.over(0) && !t.engine.ended()));
  t.server.respond(0, ok, "late");
  BOOST_TEST(t.run([&] { return t.over(0); }));
  BOOST_TEST(t[0].body == "late");
}

BOOST_AUTO_TEST_SUITE_END()
