// Claims about QUIC connections: a client and a server against each other over a network in memory.
#include "quic_wire.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::quic;
using namespace sluice::quic::wire;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

failure refusal(const tls::client_config& c, const tls::server_config& s = showing_h3(),
                const std::string& host = "localhost") {
  wire::talk t(c, s, host);
  BOOST_TEST(!t.shake());
  t.net.run_for(1s);
  BOOST_TEST_MESSAGE(to_string(t.client->problem()));
  BOOST_TEST((t.client->ended() && !t.client->problem().detail.empty()));
  return t.client->problem();
}

} // namespace

BOOST_AUTO_TEST_SUITE(quic_session)

BOOST_AUTO_TEST_CASE(both_ends_shake_hands_and_agree_on_a_protocol) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  const auto info = t.client->info();
  BOOST_TEST(info.version == "TLSv1.3");
  BOOST_TEST(info.alpn == "h3");
  BOOST_TEST(!info.resumed);
  BOOST_TEST((t.client_notes.ready && t.server_notes.ready));
  t.net.run_for(1s);
  BOOST_TEST((t.client->round_trip() >= 20ms && t.client->round_trip() < 60ms));
}

BOOST_AUTO_TEST_CASE(bytes_go_both_ways_and_streams_close) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  const auto id = t.client->open_bidirectional();
  BOOST_TEST_REQUIRE(id.has_value());
  const std::string much(300'000, 'x');
  t.client_notes.send(*id, "hello", true);
  BOOST_TEST_REQUIRE(t.net.run([&] { return t.server_notes.all[*id].ended; }));
  BOOST_TEST(t.server_notes.all[*id].received == "hello");
  t.server_notes.send(*id, much, true);
  BOOST_TEST(t.net.run([&] { return t.client_notes.all[*id].closed; }));
  BOOST_TEST((t.client_notes.all[*id].received == much));
}

BOOST_AUTO_TEST_CASE(a_server_knows_the_names_by_which_its_client_addresses_it) {
  wire::talk t;
  std::set<std::vector<std::uint8_t>> known;
  std::size_t strange = 0, told_away = 0;
  const auto as_key = [](const connection_id& id) {
    return std::vector<std::uint8_t>(id.octets.begin(), id.octets.begin() + id.size);
  };
  const auto take = [&] {
    for (const auto& change : t.server.connection->take_id_changes())
      if (change.added)
        known.insert(as_key(change.id));
      else
        told_away += known.erase(as_key(change.id));
  };
  t.net.tamper = [&](bool to_server, std::vector<std::byte>& bytes) {
    if (!to_server || !t.server.connection)
      return;
    take();
    const auto id = destination_of(bytes);
    strange += !id || !known.contains(as_key(*id));
  };
  BOOST_TEST_REQUIRE(t.shake());
  t.net.run_for(1s);
  const auto before = known.size();
  auto elsewhere = client_path().local;
  elsewhere.port += 1;
  BOOST_TEST(!t.client->migrate(elsewhere, true, t.net.now));
  t.net.run_for(5s);
  take();
  BOOST_TEST(strange == 0u);
  BOOST_TEST(before >= 3u); // the client's first choice, the server's, and spare ones
  BOOST_TEST(told_away >= 1u);
  BOOST_TEST(!destination_of({}));
}

BOOST_AUTO_TEST_CASE(a_server_that_should_not_be_trusted_is_refused_as_over_tcp) {
  auto stranger = trusting_h3();
  stranger.ca_pem = tls::must(tls::make_self_signed({"localhost"})).certificate_pem;
  BOOST_TEST(refusal(stranger).code == errc::tls_untrusted_certificate);
  BOOST_TEST(refusal(trusting_h3(), showing_h3(), "other.test").code == errc::tls_host_mismatch);
  const auto old = tls::must(tls::make_self_signed({"localhost"}, 1, -10));
  auto trusts_old = trusting_h3();
  trusts_old.ca_pem = old.certificate_pem;
  BOOST_TEST(refusal(trusts_old, showing_h3(old)).code == errc::tls_certificate_expired);
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_asked_for_fails_at_once) {
  wire::talk t(trusting_h3(), showing_h3(), "no host");
  BOOST_TEST((t.client->ended() && t.client->problem().code == errc::invalid_url));
  BOOST_TEST((!t.shake() && t.net.sent_to_server == 0u));
}

BOOST_AUTO_TEST_CASE(a_server_without_our_protocol_is_refused) {
  auto other = showing_h3();
  other.alpn = {"hq-interop"};
  BOOST_TEST(refusal(trusting_h3(), other).code == errc::tls_handshake);
}

BOOST_AUTO_TEST_CASE(a_configuration_without_protocols_is_refused_at_the_door) {
  auto none = trusting_h3();
  none.alpn.clear();
  const auto made = client_context::make(none);
  BOOST_TEST((!made && made.error().code == errc::invalid_configuration
              && made.error().detail.find("alpn") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_later_connection_to_the_same_origin_resumes) {
  const auto trust = tls::must(client_context::make(trusting_h3()));
  const auto shown = tls::must(server_context::make(showing_h3()));
  for (bool again : {false, true}) {
    wire::talk t(trust, shown);
    BOOST_TEST_REQUIRE(t.shake());
    t.net.run_for(1s); // the ticket comes after the handshake
    BOOST_TEST(t.client->info().resumed == again);
  }
}

BOOST_AUTO_TEST_CASE(a_retry_is_followed) {
  wire::talk t;
  t.server.with_retry = true;
  BOOST_TEST(t.shake());
  BOOST_TEST(t.server.answers == 1u);
}

BOOST_AUTO_TEST_CASE(a_server_of_other_versions_is_told_as_such) {
  wire::talk t;
  t.net.tamper = [](bool to_server, std::vector<std::byte>& datagram) { // as if the server knew no version 1
    if (to_server && datagram.size() > 5)
      datagram[1] = datagram[2] = datagram[3] = datagram[4] = std::byte{0x77};
    else if (!to_server)
      for (std::size_t i = datagram.size() - 4; i < datagram.size(); ++i)
        datagram[i] = std::byte{0x6b};
  };
  BOOST_TEST(!t.shake());
  BOOST_TEST(t.client->problem().code == errc::unsupported_protocol, t.client->problem().detail);
  BOOST_TEST(t.client->problem().detail.find("0x6b6b6b6b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_are_updated_by_either_side) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  const auto id = t.client->open_bidirectional();
  std::size_t said = 0;
  const auto exchange = [&] {
    said += 5;
    t.client_notes.send(*id, "ping ");
    BOOST_TEST(t.net.run([&] { return t.server_notes.all[*id].received.size() == said; }));
    t.server_notes.send(*id, "pong ");
    BOOST_TEST(t.net.run([&] { return t.client_notes.all[*id].received.size() == said; }));
  };
  for (int i = 0; i < 6; ++i) {
    exchange();
    t.net.run_for(1s);
    exchange(); // the next keys are prepared as packets are sent
    BOOST_TEST((i % 2 ? t.client.get() : t.server.connection.get())->update_keys(t.net.now), "update " << i);
    BOOST_TEST(!(i % 2 ? t.client.get() : t.server.connection.get())->update_keys(t.net.now));
    exchange();
  }
  BOOST_TEST((!t.client->ended() && !t.server.connection->ended()));
}

BOOST_AUTO_TEST_CASE(keys_are_updated_with_traffic_in_flight) {
  wire::talk t(trusting_h3(), showing_h3(), "localhost", {}, 3);
  BOOST_TEST_REQUIRE(t.shake());
  for (auto* direction : {&t.net.to_server, &t.net.to_client})
    direction->loss = 0.02, direction->late = 0.2, direction->lateness = 30ms; // old and new keys cross
  const auto id = t.client->open_bidirectional();
  const std::string much(3'000'000, 'x');
  t.client_notes.send(*id, much, true);
  BOOST_TEST_REQUIRE(t.net.run([&] { return t.server_notes.all.contains(*id); }));
  t.server_notes.send(*id, much, true);
  int updates[2] = {};
  const auto done = [&] { return t.server_notes.all[*id].ended && t.client_notes.all[*id].ended; };
  while (!t.net.run(done, 100ms) && t.net.now < time_point{1h} + 5min) {
    const bool clients_turn = updates[1] < updates[0];
    updates[clients_turn] += (clients_turn ? t.client.get() : t.server.connection.get())->update_keys(t.net.now);
  }
  BOOST_TEST(done());
  BOOST_TEST((updates[0] >= 3 && updates[1] >= 3), updates[0] << " and " << updates[1]);
  BOOST_TEST((t.server_notes.all[*id].received == much && t.client_notes.all[*id].received == much));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_ends_unless_it_is_kept_alive) {
  for (bool kept : {false, true}) {
    wire::talk t;
    BOOST_TEST_REQUIRE(t.shake());
    t.client->keep_alive(kept);
    t.net.run_for(5min);
    BOOST_TEST(t.client->ended() != kept);
    if (!kept)
      BOOST_TEST(t.client->problem().code == errc::peer_silent, t.client->problem().detail);
  }
}

BOOST_AUTO_TEST_CASE(a_probe_asks_every_50_ms_until_the_peer_answers) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  t.net.run_for(1s);
  t.client->probe();
  const auto before = t.net.sent_to_server;
  t.net.run_for(5s);
  BOOST_TEST(t.net.sent_to_server > before);
  BOOST_TEST(t.net.sent_to_server <= before + 3); // it answered
  t.net.to_client.cut = true;
  t.client->probe();
  const auto silent = t.net.sent_to_server;
  t.net.run_for(1s);
  BOOST_TEST(t.net.sent_to_server >= silent + 15);
}

BOOST_AUTO_TEST_CASE(a_stateless_reset_ends_the_connection) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  t.net.run_for(1s);
  t.server.forget();
  const auto id = t.client->open_bidirectional();
  t.client_notes.send(*id, std::string(500, 'x'));
  BOOST_TEST(t.net.run([&] { return t.client->ended(); }));
  BOOST_TEST((t.client->problem().code == errc::connection_reset
              && t.client->problem().detail.find("stateless reset") != std::string::npos),
             t.client->problem().detail);
}

BOOST_AUTO_TEST_CASE(an_end_without_data_needs_no_credit_of_the_connection) {
  wire::talk t;
  t.server.bounds.connection_window = 10'000;
  t.server_notes.connection_credit = false;
  BOOST_TEST_REQUIRE(t.shake());
  const auto id = t.client->open_bidirectional();
  t.client_notes.send(*id, std::string(10'000, 'x'));
  t.net.run_for(1s);
  BOOST_TEST(t.server_notes.all[*id].received.size() == 10'000u);
  t.client_notes.send(*id, "", true);
  BOOST_TEST(t.net.run([&] { return t.server_notes.all[*id].ended; }, 5s));
}

BOOST_AUTO_TEST_CASE(a_version_negotiation_packet_is_not_answered) {
  const auto shown = tls::must(server_context::make(showing_h3()));
  std::string packet = "\x80";
  packet += std::string(4, '\0');         // version 0
  packet += '\x08' + std::string(8, 'd'); // destination connection ID
  packet += '\x08' + std::string(8, 's'); // source connection ID
  packet += std::string("\0\0\0\x01", 4); // a version
  packet += std::string(100, '\0');
  const auto got = shown->decide(client_path(), std::as_bytes(std::span{packet}), false, 1);
  BOOST_TEST((got.what == server_context::verdict::drop));
}

BOOST_AUTO_TEST_CASE(the_reason_of_a_close_is_told_to_the_other_side) {
  wire::talk t;
  BOOST_TEST_REQUIRE(t.shake());
  t.server.connection->close(77, {errc::internal, caused_by::local, "out of order"});
  BOOST_TEST(t.net.run([&] { return t.client->ended(); }));
  BOOST_TEST((t.client->problem().code == errc::stream_reset && t.client->problem().by == caused_by::remote));
  BOOST_TEST(t.client->problem().detail.find("application error 77 ('out of order')") != std::string::npos,
             t.client->problem().detail);
  wire::talk u;
  BOOST_TEST_REQUIRE(u.shake());
  u.client->close(0, {});
  BOOST_TEST(u.net.run([&] { return u.server.connection->ended(); }));
  BOOST_TEST((u.server.connection->closed_by_peer() && !u.server.connection->problem()));
}

BOOST_AUTO_TEST_CASE(a_connection_goes_on_from_a_new_address) {
  for (bool at_once : {false, true}) {
    wire::talk t;
    BOOST_TEST_REQUIRE(t.shake());
    t.net.run_for(1s); // connection ids for new paths come after the handshake
    const auto moved = v4(77, 50'000);
    BOOST_TEST(!t.client->migrate(moved, at_once, t.net.now));
    const auto id = t.client->open_bidirectional();
    t.client_notes.send(*id, "still here", true);
    BOOST_TEST(t.net.run([&] { return t.server_notes.all[*id].ended; }));
    t.net.run_for(2s);
    BOOST_TEST((t.client->path().local == moved && t.server.connection->path().remote == moved));
    t.server_notes.send(*id, "so am I", true);
    BOOST_TEST(t.net.run([&] { return t.client_notes.all[*id].ended; }));
  }
}

BOOST_AUTO_TEST_CASE(a_client_whose_address_is_translated_anew_does_not_notice) {
  wire::talk t;
  t.net.translated = v4(9, 1'000);
  BOOST_TEST_REQUIRE(t.shake());
  const auto id = t.client->open_bidirectional();
  const std::string much(1'000'000, 'x');
  t.client_notes.send(*id, "hello");
  BOOST_TEST_REQUIRE(t.net.run([&] { return t.server_notes.all.contains(*id); }));
  t.server_notes.send(*id, much, true);
  BOOST_TEST_REQUIRE(t.net.run([&] { return t.client_notes.all[*id].received.size() > 200'000; }));
  t.net.translated = v4(9, 2'000);
  BOOST_TEST(t.net.run([&] { return t.client_notes.all[*id].ended; }));
  BOOST_TEST((t.client_notes.all[*id].received == much));
  BOOST_TEST((t.server.connection->path().remote == v4(9, 2'000) && t.client->path() == client_path()));
}

BOOST_AUTO_TEST_CASE(a_translation_that_expired_is_renewed_by_a_keep_alive) {
  wire::talk t;
  t.net.translated = v4(9, 1'000);
  BOOST_TEST_REQUIRE(t.shake());
  t.client->keep_alive(true);
  const auto id = t.client->open_bidirectional();
  t.client_notes.send(*id, "hello");
  t.net.run_for(15s);
  t.net.translated = v4(9, 2'000);
  t.net.run_for(12s); // a PING comes from the new address
  BOOST_TEST((t.server.connection->path().remote == v4(9, 2'000)));
  t.server_notes.send(*id, "still here", true);
  BOOST_TEST(t.net.run([&] { return t.client_notes.all[*id].ended; }, 5s));
}

BOOST_AUTO_TEST_CASE(datagrams_grow_to_what_the_path_carries) {
  for (std::size_t carries : {1452u, 1400u, 1200u}) {
    wire::talk t;
    t.net.to_server.bytes_max = t.net.to_client.bytes_max = carries;
    BOOST_TEST_REQUIRE(t.shake());
    const auto id = t.client->open_bidirectional();
    t.client_notes.send(*id, std::string(2'000'000, 'x'), true);
    BOOST_TEST(t.net.run([&] { return t.server_notes.all[*id].ended; }));
    BOOST_TEST((t.client->datagram_bytes() <= carries && (carries < 1452 || t.client->datagram_bytes() > 1400)),
               t.client->datagram_bytes() << " of " << carries);
    BOOST_TEST(t.net.sent_to_server > 3 * t.net.batches_to_server); // many in one go
  }
}

BOOST_AUTO_TEST_CASE(tampered_and_foreign_datagrams_are_dropped) {
  std::mt19937_64 random(7);
  wire::talk t;
  t.net.tamper = [&](bool, std::vector<std::byte>& datagram) {
    if (random() % 10 == 0)
      datagram[random() % datagram.size()] ^= std::byte{0x40};
    if (random() % 20 == 0)
      for (auto& b : datagram)
        b = static_cast<std::byte>(random());
  };
  BOOST_TEST_REQUIRE(t.shake());
  const auto id = t.client->open_bidirectional();
  const std::string much(300'000, 'x');
  t.client_notes.send(*id, much, true);
  BOOST_TEST(t.net.run([&] { return t.server_notes.all[*id].ended; }));
  BOOST_TEST((t.server_notes.all[*id].received == much));
}

BOOST_AUTO_TEST_SUITE_END()
