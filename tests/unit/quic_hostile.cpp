// What a server may not do over QUIC: frames and transport parameters by hand, and one clear failure for each.
#include "quic_forger.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::quic;
using namespace sluice::quic::wire;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(caused_by)

namespace {

constexpr std::uint64_t most = (std::uint64_t{1} << 62) - 1;

std::string stream(std::uint64_t id, std::uint64_t offset, std::string_view data, bool last = false) {
  return varint(0x0e | last) + varint(id) + varint(offset) + varint(data.size()) + std::string{data};
}
std::string reset(std::uint64_t id, std::uint64_t code, std::uint64_t size) {
  return varint(4) + varint(id) + varint(code) + varint(size);
}
std::string crypto(std::uint64_t offset, std::string_view data) {
  return varint(6) + varint(offset) + varint(data.size()) + std::string{data};
}
std::string numbers(std::initializer_list<std::uint64_t> xs) {
  std::string result;
  for (auto number : xs)
    result += varint(number);
  return result;
}
std::string new_id(std::uint64_t number, std::uint64_t retired, char filled_with) {
  return numbers({0x18, number, retired}) + '\x08' + std::string(8, filled_with) + std::string(16, filled_with);
}
std::string parameter(std::uint64_t id, std::string_view value) {
  return varint(id) + varint(value.size()) + std::string{value};
}

struct claim {
  std::string frames;
  std::string_view code;
  errc kind = errc::protocol_violation;
};

/// So many datagrams that bring nothing at once, so many a second.
limits bearing(std::size_t at_once, std::size_t a_second) {
  limits bounds;
  bounds.idle_datagrams = at_once;
  bounds.idle_datagrams_a_second = a_second;
  bounds.connection_window = 100'000;
  return bounds;
}

/// `n` datagrams of these frames, as many of them as one takes, spread over `during`.
void flood(forged& t, const std::function<std::string(std::size_t)>& frames, std::size_t n,
           std::chrono::nanoseconds during) {
  for (std::size_t i = 0; i < n && !t.client->ended(); ++i)
    t.give(frames(i), during / static_cast<std::int64_t>(n));
}

std::string full_of(std::string_view frame, std::size_t bytes = 1150) {
  std::string payload;
  while (payload.size() + frame.size() <= bytes)
    payload += frame;
  return payload;
}

} // namespace

BOOST_AUTO_TEST_SUITE(quic_hostile)

BOOST_AUTO_TEST_CASE(a_forged_packet_is_taken_for_the_servers) {
  forged t;
  BOOST_TEST_REQUIRE(t.take_over());
  t.give(stream(0, 0, "from nobody", true), 1s);
  BOOST_TEST((t.client_notes.all[0].received == "from nobody" && t.client_notes.all[0].ended && !t.client->ended()),
             t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(frames_that_may_not_come_end_the_connection_with_their_code) {
  const claim all[] = {
      {stream(0, 65'530, "beyond the window"), "FLOW_CONTROL_ERROR", errc::flow_control_violation},
      {stream(0, most, "x"), "FLOW_CONTROL_ERROR",
       errc::flow_control_violation}, // RFC 9000 section 19.8 allows either code
      {reset(0, 1, 70'000), "FLOW_CONTROL_ERROR", errc::flow_control_violation},
      {stream(0, 0, "12345", true) + stream(0, 5, "6"), "FINAL_SIZE_ERROR"},
      {stream(0, 0, "12345") + stream(0, 0, "1234", true), "FINAL_SIZE_ERROR"},
      {stream(0, 0, "12345", true) + reset(0, 0, 6), "FINAL_SIZE_ERROR"},
      {stream(0, 0, "12345") + reset(0, 0, 4), "FINAL_SIZE_ERROR"},
      {stream(1, 0, "x"), "STREAM_LIMIT_ERROR"},         // a bidirectional stream of the server's
      {stream(3 + 4 * 8, 0, "x"), "STREAM_LIMIT_ERROR"}, // its ninth unidirectional one
      {stream(2, 0, "x"), "STREAM_STATE_ERROR"},         // ours alone
      {stream(400, 0, "x"), "STREAM_STATE_ERROR"},       // not opened yet
      {numbers({0x11, 3, 10}), "STREAM_STATE_ERROR"},    // MAX_STREAM_DATA where we only read
      {numbers({0x05, 3, 1}), "STREAM_STATE_ERROR"},     // STOP_SENDING there
      {numbers({0x05, 400, 1}), "STREAM_STATE_ERROR"},
      {reset(2, 0, 0), "PROTOCOL_VIOLATION"}, // STREAM_STATE_ERROR in RFC 9000 section 19.4
      {numbers({0x12, (std::uint64_t{1} << 60) + 1}), "FRAME_ENCODING_ERROR"}, // MAX_STREAMS
      {numbers({0x16, (std::uint64_t{1} << 60) + 1}), "FRAME_ENCODING_ERROR"}, // STREAMS_BLOCKED
      {numbers({0x02, 5'000, 0, 0, 0}), "PROTOCOL_VIOLATION"},                 // acknowledges what was never sent
      {numbers({0x02, 5, 0, 0, 10}), "FRAME_ENCODING_ERROR"},                  // down to a negative number
      {new_id(20, 20, 'a') + new_id(20, 20, 'b'), "PROTOCOL_VIOLATION"},
      {new_id(20, 21, 'a'), "FRAME_ENCODING_ERROR"},
      {new_id(20, 0, 'a') + new_id(21, 0, 'b') + new_id(22, 0, 'c') + new_id(23, 0, 'd') + new_id(24, 0, 'e'),
       "CONNECTION_ID_LIMIT_ERROR"},
      {numbers({0x19, 400}), "PROTOCOL_VIOLATION"}, // RETIRE_CONNECTION_ID
      {numbers({0x07, 0}), "FRAME_ENCODING_ERROR"}, // NEW_TOKEN without one
      {varint(0x3f), "FRAME_ENCODING_ERROR"},
      {stream(0, 0, "cut").substr(0, 4), "FRAME_ENCODING_ERROR"},
      {std::string{}, "PROTOCOL_VIOLATION"}, // no frame at all
      {varint(0x30) + "datagram", "PROTOCOL_VIOLATION"},
      {crypto(500'000, "x"), "CRYPTO_BUFFER_EXCEEDED"},
  };
  for (const auto& entry : all) {
    forged t;
    BOOST_TEST_REQUIRE(t.take_over());
    t.give(entry.frames, 100ms);
    BOOST_TEST_CONTEXT("claim " << &entry - all << ", " << entry.code << ": " << t.client->problem().detail) {
      BOOST_TEST_REQUIRE(t.client->ended());
      BOOST_TEST((t.client->problem().code == entry.kind && t.client->problem().by == caused_by::remote));
      BOOST_TEST(t.client->problem().detail.find(entry.code) != std::string::npos);
      const auto sent = t.net.sent_to_server;
      t.give(entry.frames, 1s); // it is over: nothing more is said
      BOOST_TEST(t.net.sent_to_server == sent);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_connections_window_is_kept_too) {
  limits small;
  small.connection_window = 10'000;
  forged t(small);
  BOOST_TEST_REQUIRE(t.take_over());
  t.give(stream(0, 20'000, "x"));
  BOOST_TEST(t.client->problem().code == errc::flow_control_violation, t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(handshake_messages_that_may_not_come_end_the_connection) {
  for (const auto& message :
       {std::string("\x18\0\0\x01\0", 5), std::string("\x01\0\0\x04xxxx", 8),
        std::string("\xff\0\0\x01x", 5)}) { // KeyUpdate (RFC 9001 section 6), ClientHello, nonsense
    forged t;
    BOOST_TEST_REQUIRE(t.take_over());
    t.give(crypto(t.hostile.said(), message), 50ms);
    BOOST_TEST((t.client->ended() && t.client->problem().code == errc::protocol_violation
                && t.client->problem().by == caused_by::remote),
               t.client->problem().detail);
    BOOST_TEST(t.client->problem().detail.find("TLS message") != std::string::npos, t.client->problem().detail);
  }
}

BOOST_AUTO_TEST_CASE(what_is_merely_odd_is_borne) {
  forged t;
  BOOST_TEST_REQUIRE(t.take_over());
  for (const auto& frames :
       {varint(0x1e), numbers({0x07, 3}) + "abc", numbers({0x1b}) + std::string(8, 'x') /* PATH_RESPONSE */,
        numbers({0x10, 0}), numbers({0x12, 0}), numbers({0x14, 5}), numbers({0x15, 0, 0}), numbers({0x17, 8}),
        std::string(1100, '\0') /* PADDING */})
    t.give(frames, 100ms);
  t.give(stream(0, 0, "fine", true), 100ms);
  BOOST_TEST((!t.client->ended() && t.client_notes.all[0].received == "fine"), t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(transport_parameters_that_do_not_hold_are_refused) {
  const auto huge = varint(most);
  for (const auto& wrong :
       {std::string("\x01"), parameter(0x03, varint(1199)) /* max_udp_payload_size */,
        parameter(0x0a, varint(21)) /* ack_delay_exponent */, parameter(0x0b, varint(1 << 14)) /* max_ack_delay */,
        parameter(0x08, huge) /* initial_max_streams_bidi */,
        parameter(0x0e, varint(1)) /* active_connection_id_limit */,
        parameter(0x02, "short") /* stateless_reset_token */, parameter(0x0f, "not ours")}) {
    forged t;
    t.hostile.parameters = wrong;
    BOOST_TEST(!t.shake());
    t.net.run_for(1s);
    BOOST_TEST_MESSAGE(to_string(t.client->problem()));
    BOOST_TEST((t.client->ended() && t.client->problem().by == caused_by::remote
                && t.client->problem().code == errc::protocol_violation),
               t.client->problem().detail);
    BOOST_TEST(t.client->problem().detail.find("TRANSPORT_PARAMETER_ERROR") != std::string::npos,
               t.client->problem().detail);
  }
}

BOOST_AUTO_TEST_CASE(floods_of_frames_that_bring_nothing_end_the_connection_and_are_not_answered_in_kind) {
  const std::pair<const char*, std::function<std::string(std::size_t)>> kinds[] = {
      {"PING", [](std::size_t) { return full_of(varint(0x01)); }},
      {"PADDING", [](std::size_t) { return std::string(1150, '\0'); }},
      {"PATH_CHALLENGE", [](std::size_t) { return full_of(varint(0x1a) + "12345678"); }},
      {"MAX_DATA", [](std::size_t i) { return full_of(numbers({0x10, 100'000 + i})); }},
      {"MAX_STREAMS", [](std::size_t i) { return full_of(numbers({0x12, 100 + i})); }},
      {"MAX_STREAM_DATA", [](std::size_t i) { return full_of(numbers({0x11, 0, 100'000 + i})); }},
      {"RESET_STREAM", [](std::size_t) { return full_of(reset(3, 1, 0)); }},
      {"STOP_SENDING", [](std::size_t) { return full_of(numbers({0x05, 0, 1})); }},
      {"empty STREAM", [](std::size_t) { return full_of(stream(0, 0, "")); }},
      {"STREAM of the past", [](std::size_t) { return stream(0, 0, std::string(1000, 'x')); }},
      {"NEW_TOKEN", [](std::size_t) { return numbers({0x07, 1000}) + std::string(1000, 'x'); }},
      {"HANDSHAKE_DONE", [](std::size_t) { return full_of(varint(0x1e)); }},
      {"STREAMS_BLOCKED", [](std::size_t) { return full_of(numbers({0x16, 0})); }},
  };
  const auto tight = bearing(500, 100);
  for (const auto& [name, frames] : kinds) {
    forged t(tight);
    BOOST_TEST_REQUIRE(t.take_over());
    const auto sent = t.net.sent_to_server;
    flood(t, frames, 1'000, 1s);
    BOOST_TEST_CONTEXT(name << ": " << t.client->problem().detail) {
      BOOST_TEST((t.client->ended() && t.client->problem().code == errc::flooded));
      BOOST_TEST(t.client->problem().detail.find("idle_datagrams") != std::string::npos);
      BOOST_TEST(t.net.sent_to_server - sent <= 1'000u);
    }
  }
}

BOOST_AUTO_TEST_CASE(connection_ids_that_are_replaced_without_end_end_the_connection) {
  forged t;
  BOOST_TEST_REQUIRE(t.take_over());
  flood(
      t, [](std::size_t i) { return new_id(20 + i, 20 + i, static_cast<char>(i)) + std::string(200, '\0'); }, 2'000,
      2s);
  BOOST_TEST((t.client->ended() && t.client->problem().by == caused_by::remote), t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(a_stream_in_thousands_of_pieces_is_a_flood) {
  forged t;
  BOOST_TEST_REQUIRE(t.take_over());
  for (std::uint64_t at = 1; at < 65'000 && !t.client->ended();) { // every other byte: a gap for each
    std::string frames;
    for (; frames.size() < 1'140 && at < 65'000; at += 2)
      frames += stream(0, at, "x");
    t.give(frames, 1ms);
  }
  BOOST_TEST((t.client->ended() && t.client->problem().code == errc::flooded), t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(steady_small_pieces_are_no_flood) {
  forged t(bearing(100, 50));
  BOOST_TEST_REQUIRE(t.take_over());
  for (std::uint64_t i = 0; i < 3'000; ++i) // 110 bytes a datagram, as fast as it goes
    t.give(stream(0, 110 * i, std::string(110, 'x')), 1ms);
  BOOST_TEST(!t.client->ended(), t.client->problem().detail);
  BOOST_TEST(t.client_notes.all[0].received.size() == 330'000u);
}

BOOST_AUTO_TEST_CASE(what_is_not_the_servers_ends_nothing_and_is_not_answered) {
  forged t(bearing(100, 50));
  BOOST_TEST_REQUIRE(t.take_over());
  t.net.run_for(1s);
  const auto sent = t.net.sent_to_server;
  std::mt19937_64 random(5);
  for (int i = 0; i < 2'000; ++i) {
    auto bytes = t.hostile.seal(full_of(varint(0x1a) + "12345678"));
    bytes[bytes.size() - 1 - random() % 200] ^= std::byte{0x10};
    t.client->receive(client_path(), ecn::not_capable, bytes, t.net.now);
  }
  BOOST_TEST(!t.client->ended(), t.client->problem().detail);
  t.net.run_for(10ms);
  BOOST_TEST(t.net.sent_to_server <= sent + 2); // probes of its own
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_to_an_address_that_is_not_the_servers) {
  forged t;
  BOOST_TEST_REQUIRE(t.take_over());
  const path victim{client_path().local, v4(66, 53)};
  bool sent = false;
  auto send = t.net.client.send;
  t.net.client.send = [&](std::span<std::byte> into, time_point now) {
    const auto batch = send(into, now);
    sent = sent || (batch.bytes > 0 && batch.path.remote != client_path().remote);
    return batch;
  };
  for (const auto& frames :
       {varint(0x1a) + "12345678", varint(1), stream(0, 0, "x"), full_of(varint(0x1a) + "12345678")})
    t.give(frames, 1s, victim);
  BOOST_TEST((!sent && !t.client->ended()), t.client->problem().detail);
  BOOST_TEST(t.client_notes.all[0].received.empty());
}

BOOST_AUTO_TEST_SUITE_END()
