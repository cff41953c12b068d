// Origins that break HTTP/2 or spend our time: each exchange ends in one clear failure, at a bounded price.
#include "http2_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;

namespace {

/// Both exchanges of a connection ended once, for that reason, and little was sent.
void connection_failed(talk& t, errc code, std::string_view word) {
  t.sent();
  for (std::uint32_t i : {0u, 1u}) {
    const auto& exchange = t[i];
    BOOST_TEST((exchange.failures == 1 && exchange.closed == 0 && exchange.ends == 0 && exchange.why.code == code
                && exchange.why.by == caused_by::remote),
               "exchange " << i << ": " << exchange.failures << " failures, " << to_string(exchange.why));
    BOOST_TEST(exchange.why.detail.find(word) != std::string::npos, exchange.why.detail);
    BOOST_TEST(exchange.why.detail.size() < 500u);
  }
  BOOST_TEST((t.engine.ended() && t.engine.capacity() == 0u && !t.seen.out_of_order));
  BOOST_TEST(t.sent_bytes < 64u << 10);
}

/// The first exchange alone failed; the second can still be answered.
void stream_failed(talk& t, errc code, std::string_view word) {
  t.sent();
  const auto& exchange = t[0];
  BOOST_TEST((exchange.failures == 1 && exchange.closed == 0 && exchange.ends == 0 && exchange.why.code == code
              && exchange.why.by == caused_by::remote),
             exchange.failures << " failures, " << to_string(exchange.why));
  BOOST_TEST(exchange.why.detail.find(word) != std::string::npos, exchange.why.detail);
  t.head(3, {}, end_stream);
  BOOST_TEST((t[1].ends == 1 && !t.seen.out_of_order));
}

void connection_breaks(std::size_t cut, std::string_view input, errc code, std::string_view word) {
  talk t{cut};
  t.begin(2);
  t.head(1);
  t.receive(input);
  connection_failed(t, code, word);
}

std::string times(std::size_t n, std::string_view text) {
  std::string result;
  while (n-- > 0)
    result += text;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_hostile)

BOTH_WAYS(floods_end_the_connection_and_name_their_limits) {
  connection_breaks(cut, times(1200, settings()), errc::flooded, "control_frames");
  connection_breaks(cut, times(1200, ping()), errc::flooded, "control_frames");
  connection_breaks(cut, times(1200, ping("12345678", true)), errc::flooded, "control_frames");
  connection_breaks(cut, times(1200, frame(priority_frame, 0, 3, std::string(5, '\0'))), errc::flooded,
                    "control_frames");
  connection_breaks(cut, times(1200, frame(99, 0, 0, "what")), errc::flooded, "control_frames");
  connection_breaks(cut, times(2200, window_update(0, 1)), errc::flooded, "window_updates");
  connection_breaks(cut, times(1200, data(1, "")), errc::flooded, "control_frames");
  connection_breaks(cut, frame(headers_frame, 0, 3) + times(40, frame(continuation_frame, 0, 3)), errc::flooded,
                    "continuation_frames");
}

BOTH_WAYS(frames_of_one_byte_or_of_padding_are_floods_too) {
  for (const bool pads : {false, true}) {
    http2::limits bounds;
    bounds.tiny_data_frames = 500;
    talk t{cut, 1 << 20, bounds};
    t.begin(2);
    t.head(1);
    t.receive(times(520, pads ? padded_data(1, "x", 255) : data(1, "x")));
    connection_failed(t, errc::flooded, "tiny_data_frames");
    BOOST_TEST(t[0].body.size() <= 500u);
  }
}

BOTH_WAYS(resets_of_streams_that_are_over_are_a_flood) {
  talk t{cut};
  t.begin(3);
  t.receive(times(1200, reset(5, 8)));
  BOOST_TEST((t[2].failures == 1));
  connection_failed(t, errc::flooded, "control_frames");
}

BOTH_WAYS(small_events_over_time_are_no_flood) {
  talk t{cut, 1 << 20};
  t.begin(1);
  t.head(1);
  for (int i = 0; i < 30'000; ++i) { // 1500 a second
    t.now += 666us;
    t.receive(data(1, "data: 1\n\n"));
    t.engine.grant(0, wire_bytes{9});
    if (i % 50 == 0)
      t.receive(ping());
    t.sent();
  }
  BOOST_TEST((!t[0].over() && t[0].body.size() == 270'000u));
}

BOTH_WAYS(a_field_section_far_beyond_its_limit_costs_its_stream_only) {
  talk t{cut};
  t.begin(2);
  lines bomb{{":status", "200"}};
  bomb.insert(bomb.end(), 10'000, {"x-large", std::string(3000, 'x')}); // one line in the table, then a byte each
  t.receive(t.hpack.headers(1, bomb));
  stream_failed(t, errc::header_too_large, "head_bytes");
}

BOTH_WAYS(too_many_fields_cost_their_stream_only_in_heads_and_in_trailers) {
  for (const bool trailers : {false, true}) {
    talk t{cut};
    t.begin(2);
    lines many;
    if (trailers)
      t.head(1);
    else
      many.emplace_back(":status", "200");
    many.insert(many.end(), 257, {"a", "b"});
    t.receive(t.hpack.headers(1, many, trailers ? end_stream : 0));
    stream_failed(t, errc::header_too_large, "field_count");
  }
}

BOTH_WAYS(malformed_field_sections_cost_their_stream_only) {
  const std::vector<lines> heads{
      {{":status", "200"}, {"Upper", "x"}},
      {{":status", "200"}, {"bad name", "x"}},
      {{":status", "200"}, {"", "x"}},
      {{":status", "200"}, {"a", "b\r\nc: d"}},
      {{":status", "200"}, {"a", std::string("b\0c", 3)}},
      {{":status", "200"}, {":path", "/"}},
      {{":status", "200"}, {":status", "200"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"transfer-encoding", "chunked"}},
      {{":status", "200"}, {"content-length", "1x"}},
      {{":status", "200"}, {"content-length", "1"}, {"content-length", "2"}},
      {{"a", "b"}, {":status", "200"}},
      {{"a", "b"}},
      {{":status", "101"}},
      {{":status", "20"}},
      {{":status", "2000"}},
      {{":status", "abc"}},
      {{":status", "099"}},
  };
  for (const auto& head : heads) {
    talk t{cut};
    t.begin(2);
    t.receive(t.hpack.headers(1, head));
    t.sent();
    const auto code = t[0].why.code;
    BOOST_TEST(
        (t[0].failures == 1 && (code == errc::malformed_header || code == errc::protocol_violation) && t[0].heads == 0),
        head.back().first << ": " << head.back().second << ": " << to_string(t[0].why));
    BOOST_TEST(http::is_field_value(t[0].why.detail), "control characters in " << t[0].why.detail);
    t.head(3, {}, end_stream);
    BOOST_TEST(t[1].ends == 1);
  }
}

BOTH_WAYS(a_failure_that_is_known_is_told_though_the_transport_ends_before_it_could_be_sent) {
  talk t{cut};
  t.begin(2);
  t.receive(t.hpack.headers(1, {{":status", "200"}, {"bad name", "x"}}) + window_update(0, 0));
  t.engine.receive_end({});
  BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::malformed_header), to_string(t[0].why));
  BOOST_TEST((t[1].failures == 1 && t[1].why.code == errc::protocol_violation), to_string(t[1].why));
}

BOTH_WAYS(sections_out_of_place_cost_their_stream_only) {
  {
    talk t{cut};
    t.begin(2);
    t.head(1);
    t.receive(t.hpack.headers(1, {{"x", "y"}})); // trailers that do not end the stream
    stream_failed(t, errc::protocol_violation, "HEADERS");
  }
  {
    talk t{cut};
    t.begin(2);
    t.receive(t.hpack.headers(1, {{":status", "103"}}, end_stream));
    stream_failed(t, errc::protocol_violation, "HEADERS");
  }
  {
    talk t{cut};
    t.begin(2);
    t.head(1);
    t.receive(t.hpack.headers(1, {{":status", "200"}}, end_stream)); // a second head
    stream_failed(t, errc::malformed_header, ":status");
  }
}

BOTH_WAYS(windows_beyond_their_maximum_are_violations) {
  {
    talk t{cut};
    t.begin(2);
    t.receive(window_update(1, 0x7fffffff));
    stream_failed(t, errc::flow_control_violation, "WINDOW_UPDATE");
  }
  connection_breaks(cut, window_update(0, 0x7fffffff), errc::flow_control_violation, "FLOW_CONTROL");
  connection_breaks(cut, settings({{4, 0x80000000u}}), errc::flow_control_violation, "FLOW_CONTROL");
  connection_breaks(cut, window_update(0, 0), errc::protocol_violation, "WINDOW_UPDATE");
}

BOTH_WAYS(data_beyond_the_windows_is_a_violation_and_is_not_told) {
  {
    talk t{cut, 1000};
    t.begin(2);
    t.head(1);
    t.receive(data(1, std::string(990, 'x')) + data(1, std::string(100, 'y')));
    BOOST_TEST(t[0].body.size() <= 1000u);
    stream_failed(t, errc::flow_control_violation, "window");
  }
  {
    talk t{cut, 1000};
    t.begin(2);
    t.head(1);
    t.receive(data(1, std::string(990, 'x')) + padded_data(1, "", 250)); // padding counts
    stream_failed(t, errc::flow_control_violation, "window");
  }
  {
    http2::limits bounds;
    bounds.connection_window = 65'535;
    talk t{cut, 1 << 20, bounds};
    t.begin(2);
    t.head(1);
    std::string all;
    for (int i = 0; i < 5; ++i)
      all += data(1, std::string(16'000, 'x'));
    t.receive(all);
    t.sent();
    if (cut == 0) // byte by byte the connection was credited meanwhile
      connection_failed(t, errc::flow_control_violation, "FLOW_CONTROL");
  }
}

BOTH_WAYS(pushed_responses_are_refused_before_and_after_our_settings_are_known) {
  for (const bool acknowledged : {false, true}) {
    talk t{cut};
    t.open(0);
    t.open(1);
    t.sent();
    t.receive(settings() + (acknowledged ? settings_ack() : ""));
    t.receive(
        frame(promise_frame, end_headers, 1,
              big_endian(2, 4)
                  + t.hpack.block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}})));
    connection_failed(t, errc::protocol_violation, "PUSH_PROMISE");
  }
}

BOTH_WAYS(frames_on_streams_that_nobody_opened_end_the_connection) {
  compressor hpack;
  connection_breaks(cut, data(9, "x"), errc::protocol_violation, "DATA");
  connection_breaks(cut, data(2, "x"), errc::protocol_violation, "DATA");
  connection_breaks(cut, data(0, "x"), errc::protocol_violation, "DATA");
  connection_breaks(cut, frame(headers_frame, end_headers, 9, std::string(1, '\x88')), errc::protocol_violation,
                    "HEADERS");
  connection_breaks(cut, frame(headers_frame, end_headers, 2, std::string(1, '\x88')), errc::protocol_violation,
                    "HEADERS");
  connection_breaks(cut, reset(9, 0), errc::protocol_violation, "RST_STREAM");
  connection_breaks(cut, window_update(9, 1), errc::protocol_violation, "WINDOW_UPDATE");
  connection_breaks(cut, data(3, "before its head"), errc::protocol_violation, "DATA");
}

BOTH_WAYS(frames_of_wrong_sizes_end_the_connection) {
  connection_breaks(cut, frame(ping_frame, 0, 0, "1234567"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, frame(settings_frame, 0, 0, "12345"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, frame(settings_frame, ack, 0, "123456"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, frame(window_frame, 0, 1, "123"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, frame(reset_frame, 0, 1, "12345"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, frame(goaway_frame, 0, 0, "1234567"), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut, data(1, std::string(16'385, 'x')), errc::protocol_violation, "FRAME_SIZE");
  connection_breaks(cut,
                    frame(data_frame, padded, 1,
                          "\x09"
                          "abc"),
                    errc::protocol_violation, "PROTOCOL_ERROR"); // more padding than frame
  connection_breaks(cut, settings({{2, 2}}), errc::protocol_violation, "SETTINGS");
  connection_breaks(cut, settings({{5, 100}}), errc::protocol_violation, "SETTINGS");
  connection_breaks(cut, frame(headers_frame, 0, 3, "\x88") + ping(), errc::protocol_violation, "CONTINUATION");
  connection_breaks(cut, frame(headers_frame, end_headers, 3, "\xff\xff\xff\xff\xff\xff"), errc::protocol_violation,
                    "COMPRESSION");
}

BOTH_WAYS(a_peer_that_does_not_begin_with_settings_is_refused) {
  talk t{cut};
  t.open(0);
  t.open(1);
  t.sent();
  t.head(1, {}, end_stream);
  connection_failed(t, errc::protocol_violation, "SETTINGS");
}

BOTH_WAYS(a_second_goaway_may_not_raise_the_last_stream) {
  connection_breaks(cut, goaway(3) + goaway(5), errc::protocol_violation, "GOAWAY");
}

BOOST_AUTO_TEST_SUITE_END()
