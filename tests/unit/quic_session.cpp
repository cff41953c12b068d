// Claims about QUIC connections: a client and a server against each other over a network in memory.
#include "quic_wire.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::quic;
using namespace sluice::quic::wire;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

failure refusal(const tls::client_config& c, const tls::server_config& s = showing_h3(), const std::string& host = "localhost") {
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

BOOST_AUTO_TEST_SUITE_END()
