// What an origin may not do over HTTP/3: frames and field sections by hand, and one clear failure for each.
#include "http3_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http3::peer;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

std::string varint(std::uint64_t n) {
  using http2::peer::big_endian;
  if (n < 64)
    return big_endian(n, 1);
  return n < 16'384     ? big_endian(n | 0x4000, 2)
         : n < 1u << 30 ? big_endian(n | 0x8000'0000, 4)
                        : big_endian(n | 0xc000'0000'0000'0000, 8);
}
std::string frame(std::uint64_t type, std::string_view payload) {
  return varint(type) + varint(payload.size()) + std::string{payload};
}
std::string data(std::string_view payload) { return frame(0, payload); }

/// RFC 9204 section 4.1.1.
std::string prefixed(std::uint8_t bits, std::uint8_t pattern, std::uint64_t n) {
  const std::uint64_t most = (1u << bits) - 1;
  if (n < most)
    return {static_cast<char>(pattern | n)};
  std::string result{static_cast<char>(pattern | most)};
  for (n -= most; n >= 128; n >>= 7)
    result += static_cast<char>(n % 128 + 128);
  return result + static_cast<char>(n);
}
std::string literal(std::string_view name, std::string_view value) {
  return prefixed(3, 0x20, name.size()) + std::string{name} + prefixed(7, 0, value.size()) + std::string{value};
}
const std::string status_200(1, '\xd9');
std::string head(std::string_view more = {}) { return frame(1, std::string(2, '\0') + status_200 + std::string{more}); }

/// An origin that says only what a test lets it say.
struct by_hand : talk_with<quic::wire::notes> {
  std::int64_t control = -1, encoder = -1;
  explicit by_hand(const http3::peer::options& options = {}, std::string_view first = std::string_view{"\x04\x00", 2})
    : talk_with(options) {
    open(0);
    open(1);
    run([&] { return server.ready && server.all.contains(0) && server.all.contains(4); });
    control = server.under->open_unidirectional().value();
    server.send(control, std::string(1, '\0') + std::string{first});
  }
  void encode(std::string_view instructions) {
    if (encoder < 0) {
      encoder = server.under->open_unidirectional().value();
      server.send(encoder, "\x02");
    }
    server.send(encoder, instructions);
  }
  /// The failure of the connection, of which every exchange is told.
  failure connection_failure() {
    settle(2s);
    BOOST_TEST((over(0) && over(1) && engine.ended()));
    BOOST_TEST(!seen.out_of_order);
    return seen.at(0).why;
  }
  /// The failure of exchange 0; the other goes on.
  failure stream_failure() {
    settle(2s);
    BOOST_TEST((over(0) && !over(1) && !engine.ended()));
    server.send(4, head() + data("fine"), true);
    settle(2s);
    BOOST_TEST((seen.at(1).body == "fine" && seen.at(1).ends == 1), seen.at(1).why.detail);
    BOOST_TEST(!seen.out_of_order);
    return seen.at(0).why;
  }
};

void check(const failure& got, errc wanted, std::string_view word) {
  BOOST_TEST(got.code == wanted, to_string(got));
  BOOST_TEST(got.by == caused_by::remote);
  BOOST_TEST(got.detail.find(word) != std::string::npos, got.detail);
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(caused_by)

BOOST_AUTO_TEST_SUITE(http3_hostile)

BOOST_AUTO_TEST_CASE(a_response_by_hand_is_understood) {
  by_hand t;
  t.server.send(0,
                frame(0x21 + 0x1f * 7, "grease") + head(literal("x-a", "b")) + frame(0x21, "") + data("hello")
                    + data("") + data(" again"),
                true);
  t.settle();
  BOOST_TEST((t[0].head.fields.get("x-a") == "b" && t[0].body == "hello again" && t[0].ends == 1));
}

BOOST_AUTO_TEST_CASE(frames_that_may_not_come_end_the_connection_with_their_code) {
  for (const auto& [bytes, code] :
       {std::pair{data("early"), "H3_FRAME_UNEXPECTED"},
        {frame(4, ""), "H3_FRAME_UNEXPECTED"},
        {frame(2, "x"), "H3_FRAME_UNEXPECTED"},
        {head() + frame(7, "x"), "H3_FRAME_UNEXPECTED"},
        {frame(5, "x"), "H3_"},
        {frame(1, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "QPACK_DECOMPRESSION_FAILED"},
        {frame(1, std::string("\0\0\xff\xff\xff", 5)), "QPACK_DECOMPRESSION_FAILED"}}) {
    by_hand t;
    t.server.send(0, bytes);
    check(t.connection_failure(), errc::protocol_violation, code);
  }
}

BOOST_AUTO_TEST_CASE(control_streams_that_break_the_rules_end_the_connection) {
  for (const auto& [first, code] : {std::pair{frame(7, std::string(1, '\0')), "H3_MISSING_SETTINGS"},
                                    {frame(4, "\x01"), "H3_FRAME_ERROR"},
                                    {frame(4, "\x02\x01"), "H3_SETTINGS_ERROR"},
                                    {frame(4, "") + frame(4, ""), "H3_FRAME_UNEXPECTED"},
                                    {frame(4, "") + data("x"), "H3_FRAME_UNEXPECTED"},
                                    {frame(4, "") + frame(7, "\x03"), "H3_ID_ERROR"}}) {
    by_hand t({}, first);
    check(t.connection_failure(), errc::protocol_violation, code);
  }
  by_hand closed;
  closed.server.send(closed.control, "", true);
  check(closed.connection_failure(), errc::protocol_violation, "H3_CLOSED_CRITICAL_STREAM");
  by_hand twice;
  twice.server.send(twice.server.under->open_unidirectional().value(), std::string("\0\x04\0", 3));
  check(twice.connection_failure(), errc::protocol_violation, "H3_STREAM_CREATION_ERROR");
}

BOOST_AUTO_TEST_CASE(malformed_messages_end_their_stream_alone) {
  for (const auto& bytes :
       {head(literal("Upper", "x")), head(literal("connection", "close")), head(literal(":status", "200")),
        head(literal(":path", "/")), frame(1, std::string(2, '\0') + literal("x-a", "b")),
        head(literal("transfer-encoding", "chunked")), frame(1, std::string(2, '\0') + literal(":status", "20")),
        head(literal("content-length", "x"))}) {
    by_hand t;
    t.server.send(0, bytes);
    BOOST_TEST_CONTEXT("section " << bytes)
    check(t.stream_failure(), errc::malformed_header, "origin");
  }
}

BOOST_AUTO_TEST_CASE(fields_that_no_message_may_have_never_reach_the_reader) { // the library drops them
  for (const auto& bytes : {head(literal("x a", "b")), head(literal("x-a", "b\r\nc: d"))}) {
    by_hand t;
    t.server.send(0, bytes + data("fine"), true);
    t.settle();
    BOOST_TEST((t[0].body == "fine" && t[0].head.fields.empty()));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_too_early_is_a_truncated_body) {
  by_hand t;
  t.server.send(0, head() + frame(0, "ab").substr(0, 3), true);
  t.settle(2s);
  BOOST_TEST((t.over(0) && t[0].failures == 1 && t[0].ends == 0), t[0].why.detail);
  by_hand none;
  none.server.send(0, "", true);
  none.settle(2s);
  BOOST_TEST((none.over(0) && none[0].failures == 1), none[0].why.detail);
}

BOOST_AUTO_TEST_CASE(field_sections_are_bounded_in_bytes_and_number) {
  http3::peer::options options;
  options.bounds.head_bytes = 10'000;
  options.bounds.field_count = 50;
  by_hand bytes(options);
  bytes.server.send(0, head(literal("x-a", std::string(12'000, 'x'))));
  check(bytes.stream_failure(), errc::header_too_large, "head_bytes");
  by_hand number(options);
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += literal("a", "b");
  number.server.send(0, head(many));
  check(number.stream_failure(), errc::header_too_large, "field_count");
}

BOOST_AUTO_TEST_CASE(a_bomb_of_table_references_is_defused) {
  by_hand t;
  const std::string value(3'900, 'x');
  t.encode(prefixed(5, 0x20, 4096) + prefixed(5, 0x40, 1) + "a" + prefixed(7, 0, value.size())
           + value); // capacity, and one entry
  t.settle();
  std::string section = std::string("\x02\0", 2) + status_200; // needs that entry; base is it
  section.append(20'000, '\x80');                              // each byte is that field once more: 78 MB
  t.server.send(0, frame(1, section));
  check(t.stream_failure(), errc::header_too_large, "head_bytes");
}

BOOST_AUTO_TEST_CASE(interim_responses_are_bounded) {
  by_hand t;
  std::string all;
  for (int i = 0; i < 17; ++i)
    all += frame(1, std::string(2, '\0') + literal(":status", "103"));
  t.server.send(0, all);
  check(t.stream_failure(), errc::too_many_interim_responses, "interim_responses");
}

BOOST_AUTO_TEST_CASE(a_section_that_waits_for_the_table_for_ever_holds_its_window_at_most) {
  by_hand t;
  t.server.send(0, frame(1, std::string("\x02\0\x80", 3)) + data(std::string(200'000, 'x')));
  t.settle(2s);
  BOOST_TEST((!t.over(0) && t[0].heads == 0));
  BOOST_TEST(t.server.all[0].handed <= 65'536u);
  t.engine.cancel(0);
  t.settle(2s);
  BOOST_TEST(t[0].closed == 1);
}

BOOST_AUTO_TEST_CASE(sections_that_wait_for_the_table_are_bounded) {
  http3::peer::options options;
  options.bounds.blocked_streams = 1;
  by_hand t(options);
  for (std::int64_t id : {0, 4})
    t.server.send(id, frame(1, std::string("\x02\0\x80", 3)));
  check(t.connection_failure(), errc::protocol_violation, "QPACK_DECOMPRESSION_FAILED");
}

BOOST_AUTO_TEST_CASE(frames_that_carry_nothing_are_a_flood_in_the_end) {
  by_hand t;
  t.server.send(0, head() + frame(0x21, std::string(1'200'000, 'x')));
  check(t.stream_failure(), errc::flooded, "framing_bytes");
  by_hand empty;
  std::string all;
  for (int i = 0; i < 600'000; ++i)
    all += std::string(2, '\0');
  empty.server.send(0, head() + all);
  check(empty.stream_failure(), errc::flooded, "framing_bytes");
}

BOOST_AUTO_TEST_CASE(a_flood_on_a_control_stream_ends_the_connection) {
  by_hand t;
  t.server.send(t.control, frame(0x21, std::string(9'000'000, 'x')));
  check(t.connection_failure(), errc::flooded, "control_bytes");
}

BOOST_AUTO_TEST_CASE(streams_of_unknown_types_are_refused_and_cost_nothing) {
  by_hand t;
  for (auto id = t.server.under->open_unidirectional(); id; id = t.server.under->open_unidirectional())
    t.server.send(*id, varint(0x21 + 0x1f * 3) + std::string(500'000, 'x'));
  t.server.send(0, head() + data("fine"), true);
  t.settle(2s);
  BOOST_TEST((t[0].body == "fine" && !t.engine.ended()), t[0].why.detail);
  for (const auto& [id, s] : t.server.all)
    if (id > t.control && (id & 3) == 3)
      BOOST_TEST((s.handed < 200'000 && (s.dead || s.closed)));
}

BOOST_AUTO_TEST_SUITE_END()
