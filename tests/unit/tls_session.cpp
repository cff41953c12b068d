// Claims about TLS sessions: a client and a server against each other in memory.
#include "tls_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <sstream>
#include <thread>

#include <unistd.h>

using namespace sluice;
using namespace sluice::tls;

namespace {

struct sides {
  std::shared_ptr<client_context> client;
  std::shared_ptr<server_context> server;

  explicit sides(client_config c = trusting(), server_config s = showing())
    : client(must(client_context::make(c))), server(must(server_context::make(s))) {}
  tls::pair join(const std::string& host = "localhost", std::uint16_t port = 443) {
    return {*client, *server, host, port};
  }
};

sides limited_to(version v) {
  auto c = trusting();
  c.minimum = c.maximum = v;
  return sides(c);
}

// Reads whatever tickets and the like the server sent after the handshake.
void settle(tls::pair& p) {
  p.server->write(as_bytes("x"));
  BOOST_TEST(p.transfer(*p.server, *p.client).text == "x");
}

errc refusal(const client_config& c, const certificate& shown, const std::string& host) {
  sides s(c, showing(shown));
  auto p = s.join(host);
  BOOST_TEST(!p.shake());
  BOOST_TEST(!p.client->error().detail.empty());
  BOOST_TEST_MESSAGE(to_string(p.client->error()));
  return p.client->error().code;
}

struct scratch_file {
  std::string path;
  explicit scratch_file(const std::string& content = {}) {
    char name[] = "/tmp/sluice-tls-test-XXXXXX";
    ::close(::mkstemp(name));
    path = name;
    std::ofstream(path) << content;
  }
  ~scratch_file() { std::remove(path.c_str()); }
  std::string text() const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(tls::state)
BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

BOOST_AUTO_TEST_SUITE(tls_session)

BOOST_AUTO_TEST_CASE(both_versions_shake_hands_and_talk_whole_and_byte_by_byte) {
  for (auto v : {version::tls1_2, version::tls1_3})
    for (std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
      auto s = limited_to(v);
      auto p = s.join();
      p.piece = piece;
      BOOST_TEST_REQUIRE(p.shake());
      BOOST_TEST(p.client->info().version == (v == version::tls1_2 ? "TLSv1.2" : "TLSv1.3"));
      BOOST_TEST(p.client->info().cipher.find("AES128-GCM") != std::string::npos, p.client->info().cipher);
      p.client->write(as_bytes("GET / HTTP/1.1\r\n\r\n"));
      BOOST_TEST(p.transfer(*p.client, *p.server).text == "GET / HTTP/1.1\r\n\r\n");
      p.server->write(as_bytes("HTTP/1.1 204 No Content\r\n\r\n"));
      BOOST_TEST(p.transfer(*p.server, *p.client).text == "HTTP/1.1 204 No Content\r\n\r\n");
      BOOST_TEST(!p.client->has_input());
      BOOST_TEST(p.client->output().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_server_limited_to_1_2_is_met_there) {
  auto c = showing();
  c.maximum = version::tls1_2;
  sides s(trusting(), c);
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  BOOST_TEST(p.client->info().version == "TLSv1.2");
}

BOOST_AUTO_TEST_CASE(a_client_that_wants_1_3_refuses_1_2) {
  auto c = trusting();
  c.minimum = version::tls1_3;
  auto old = showing();
  old.maximum = version::tls1_2;
  sides s(c, old);
  auto p = s.join();
  BOOST_TEST(!p.shake());
  BOOST_TEST((p.client->error().code == errc::tls_handshake));
}

BOOST_AUTO_TEST_CASE(alpn_is_agreed_by_the_clients_preference_or_is_none) {
  struct row {
    std::vector<std::string> client, server;
    std::string agreed;
  };
  for (auto& entry : std::vector<row>{{{"http/1.1"}, {"http/1.1"}, "http/1.1"},
                                      {{"h2", "http/1.1"}, {"http/1.1"}, "http/1.1"},
                                      {{"h2", "http/1.1"}, {"http/1.1", "h2"}, "h2"},
                                      {{"h2"}, {"http/1.1"}, ""},
                                      {{}, {"http/1.1"}, ""},
                                      {{"http/1.1"}, {}, ""}}) {
    auto c = trusting();
    c.alpn = entry.client;
    auto o = showing();
    o.alpn = entry.server;
    sides s(c, o);
    auto p = s.join();
    BOOST_TEST_REQUIRE(p.shake());
    BOOST_TEST(p.client->info().alpn == entry.agreed);
    BOOST_TEST(p.server->info().alpn == entry.agreed);
  }
}

BOOST_AUTO_TEST_CASE(sni_names_the_host_and_is_not_sent_for_an_address) {
  sides s;
  auto named = s.join("localhost");
  BOOST_TEST_REQUIRE(named.shake());
  BOOST_TEST(named.server->info().server_name == "localhost");
  for (auto* address : {"127.0.0.1", "::1", "[::1]"}) {
    auto p = s.join(address);
    BOOST_TEST_REQUIRE(p.shake());
    BOOST_TEST(p.server->info().server_name == "");
  }
}

BOOST_AUTO_TEST_CASE(each_distrust_has_its_own_error) {
  auto valid = localhost_certificate();
  auto other = must(make_self_signed({"localhost"}));
  auto expired = must(make_self_signed({"localhost"}, 5, -10));
  auto early = must(make_self_signed({"localhost"}, 5, 2));
  BOOST_TEST((refusal(trusting(other), valid, "localhost") == errc::tls_untrusted_certificate));
  BOOST_TEST((refusal(client_config{}, valid, "localhost") == errc::tls_untrusted_certificate));
  BOOST_TEST((refusal(trusting(expired), expired, "localhost") == errc::tls_certificate_expired));
  BOOST_TEST((refusal(trusting(early), early, "localhost") == errc::tls_certificate_expired));
  for (auto* host :
       {"elsewhere.test", "127.0.0.2", "::2", "a.b.example.test", "example.test", "localhos", "localhost.test"})
    BOOST_TEST((refusal(trusting(), valid, host) == errc::tls_host_mismatch), host);
}

BOOST_AUTO_TEST_CASE(names_match_without_case_with_a_wildcard_and_with_the_roots_dot) {
  sides s;
  for (auto* host : {"LOCALHOST", "a.example.test", "localhost.", "127.0.0.1", "0:0:0:0:0:0:0:1"})
    BOOST_TEST(s.join(host).shake(), host);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_verify_takes_any_certificate) {
  client_config c;
  c.verify = false;
  sides s(c, showing(must(make_self_signed({"elsewhere.test"}, 5, -10))));
  BOOST_TEST(s.join().shake());
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_asked_for_fails_at_once) {
  sides s;
  for (auto& host : {std::string(), std::string("a b"), std::string("localhost\0.test", 15), std::string(300, 'a')}) {
    auto client = s.client->connect(host, 443);
    BOOST_TEST((client->handshake() == state::failed));
    BOOST_TEST((client->error().code == errc::invalid_url));
    client->receive(as_bytes("data"));
    BOOST_TEST(!client->has_input());
    BOOST_TEST(client->info().version == "");
  }
}

BOOST_AUTO_TEST_CASE(client_certificates_are_required_given_missing_and_refused) {
  auto mine = must(make_self_signed({"client"}));
  auto stranger = must(make_self_signed({"stranger"}));
  auto required = showing();
  required.client_ca_pem = mine.certificate_pem;
  for (auto v : {version::tls1_2, version::tls1_3}) {
    auto c = trusting();
    c.minimum = c.maximum = v;
    auto attempt = [&](const certificate* shown) {
      scratch_file cert(shown ? shown->certificate_pem : ""), key(shown ? shown->key_pem : "");
      if (shown)
        c.certificate_file = cert.path, c.key_file = key.path;
      else
        c.certificate_file = c.key_file = "";
      return sides(c, required);
    };
    auto given = attempt(&mine).join();
    BOOST_TEST_REQUIRE(given.shake());
    BOOST_TEST(given.server->info().peer_subject.find("client") != std::string::npos);
    BOOST_TEST(given.client->info().peer_subject.find("localhost") != std::string::npos);
    for (auto* shown : {static_cast<const certificate*>(nullptr), static_cast<const certificate*>(&stranger)}) {
      auto p = attempt(shown).join();
      BOOST_TEST(!p.shake());
      BOOST_TEST((p.server->error().code == (shown ? errc::tls_untrusted_certificate : errc::tls_handshake)));
      BOOST_TEST((p.server->error().detail.find("client_ca_pem") != std::string::npos) == (shown != nullptr));
      BOOST_TEST(p.server->error().detail.find("--cacert") == std::string::npos);
      // In TLS 1.3 the client is done before the server says no: the refusal comes with its first read.
      std::byte to[16];
      BOOST_TEST((p.client->read(to).state == state::failed));
      BOOST_TEST((p.client->error().code == errc::tls_handshake));
      BOOST_TEST(p.client->error().detail.find("--cert") != std::string::npos, p.client->error().detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_second_connection_to_an_origin_resumes_and_another_origin_does_not) {
  for (auto v : {version::tls1_2, version::tls1_3}) {
    auto s = limited_to(v);
    auto connection = [&](const std::string& host, std::uint16_t port) {
      auto p = s.join(host, port);
      BOOST_TEST_REQUIRE(p.shake());
      settle(p);
      return p.client->info();
    };
    auto first = connection("localhost", 443);
    BOOST_TEST(!first.resumed);
    for (int i = 0; i < 3; ++i) {
      auto next = connection("localhost", 443);
      BOOST_TEST(next.resumed);
      BOOST_TEST(next.peer_subject == first.peer_subject);
      BOOST_TEST(next.alpn == "http/1.1");
    }
    BOOST_TEST(!connection("localhost", 444).resumed);
    BOOST_TEST(!connection("a.example.test", 443).resumed);
  }
}

BOOST_AUTO_TEST_CASE(a_ticket_that_the_server_no_longer_knows_costs_only_a_full_handshake) {
  for (auto v : {version::tls1_2, version::tls1_3}) {
    auto s = limited_to(v);
    auto p = s.join();
    BOOST_TEST_REQUIRE(p.shake());
    settle(p);
    s.server = must(server_context::make(showing())); // restarted: other ticket keys
    auto again = s.join();
    BOOST_TEST_REQUIRE(again.shake());
    BOOST_TEST(!again.client->info().resumed);
    settle(again);
  }
}

BOOST_AUTO_TEST_CASE(resumption_does_not_carry_trust_from_one_certificate_to_another) {
  auto s = limited_to(version::tls1_3);
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  settle(p);
  s.server = must(server_context::make(showing(must(make_self_signed({"localhost"})))));
  auto again = s.join();
  BOOST_TEST(!again.shake());
  BOOST_TEST((again.client->error().code == errc::tls_untrusted_certificate));
}

BOOST_AUTO_TEST_CASE(a_key_log_gets_the_secrets_of_each_version_under_their_labels) {
  for (auto v : {version::tls1_2, version::tls1_3}) {
    scratch_file log;
    auto c = trusting();
    c.key_log_file = log.path;
    c.minimum = c.maximum = v;
    sides s(c);
    auto p = s.join();
    BOOST_TEST_REQUIRE(p.shake());
    auto labels = v == version::tls1_2
                      ? std::vector<std::string>{"CLIENT_RANDOM"}
                      : std::vector<std::string>{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                                 "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"};
    auto text = log.text();
    for (auto& label : labels) {
      BOOST_TEST(text.find(label + " ") != std::string::npos, label);
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      BOOST_TEST(std::count(line.begin(), line.end(), ' ') == 2, line); // label, client random, secret
  }
}

BOOST_AUTO_TEST_CASE(wrong_configuration_names_the_field_and_the_file) {
  auto refused = [](client_config c) {
    auto made = client_context::make(c);
    BOOST_TEST_REQUIRE(!made);
    BOOST_TEST((made.error().code == errc::invalid_configuration));
    BOOST_TEST((made.error().by == caused_by::local));
    return made.error().detail;
  };
  auto has = [](const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; };
  scratch_file junk("not PEM"), cert(localhost_certificate().certificate_pem),
      key(must(make_self_signed({"x"})).key_pem);
  client_config c;
  c.ca_file = "/nowhere/ca.pem";
  BOOST_TEST((has(refused(c), "ca_file") && has(refused(c), "/nowhere/ca.pem")));
  c.ca_file = junk.path;
  BOOST_TEST((has(refused(c), "ca_file") && has(refused(c), junk.path)));
  c = {};
  c.ca_pem = "not PEM";
  BOOST_TEST(has(refused(c), "ca_pem"));
  c = {};
  c.certificate_file = cert.path;
  BOOST_TEST(has(refused(c), "key_file"));
  c.key_file = "/nowhere/key.pem";
  BOOST_TEST(has(refused(c), "/nowhere/key.pem"));
  c.key_file = key.path;
  BOOST_TEST(has(refused(c), "is not the key"));
  c.certificate_file = junk.path;
  BOOST_TEST((has(refused(c), "certificate_file") && has(refused(c), junk.path)));
  c = {};
  c.key_log_file = "/nowhere/keys";
  BOOST_TEST((has(refused(c), "key_log_file") && has(refused(c), "/nowhere/keys")));
  c = {};
  c.alpn = {"a,b"};
  BOOST_TEST(has(refused(c), "alpn"));
  c = {};
  c.minimum = version::tls1_3;
  c.maximum = version::tls1_2;
  BOOST_TEST(has(refused(c), "minimum"));
  server_config o;
  BOOST_TEST(has(server_context::make(o).error().detail, "certificate_pem"));
  o = showing();
  o.key_pem = "x";
  BOOST_TEST(has(server_context::make(o).error().detail, "key_pem"));
}

BOOST_AUTO_TEST_CASE(close_notify_ends_reading_after_the_last_byte) {
  for (auto v : {version::tls1_2, version::tls1_3}) {
    auto s = limited_to(v);
    auto p = s.join();
    BOOST_TEST_REQUIRE(p.shake());
    p.server->write(as_bytes("last"));
    p.server->close();
    p.server->close();
    BOOST_TEST((p.server->write(as_bytes("more")).state == state::closed));
    auto got = p.transfer(*p.server, *p.client);
    BOOST_TEST(got.text == "last");
    BOOST_TEST((got.state == state::closed));
    p.client->receive_end();
    std::byte to[16];
    BOOST_TEST((p.client->read(to).state == state::closed));
    BOOST_TEST(!p.client->error());
    // Our own direction is still open (RFC 8446 6.1).
    if (v == version::tls1_3) {
      BOOST_TEST((p.client->write(as_bytes("late")).state == state::ok));
      BOOST_TEST(p.transfer(*p.client, *p.server).text == "late");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_transport_that_ends_without_close_notify_is_a_truncation) {
  for (auto v : {version::tls1_2, version::tls1_3})
    for (bool inside_a_record : {false, true}) {
      auto s = limited_to(v);
      auto p = s.join();
      BOOST_TEST_REQUIRE(p.shake());
      settle(p);
      p.server->write(as_bytes("half"));
      if (inside_a_record)
        p.tamper = [](auto& bytes) { bytes.pop_back(); };
      BOOST_TEST(p.transfer(*p.server, *p.client).text == (inside_a_record ? "" : "half"));
      p.client->receive_end();
      std::byte to[16];
      BOOST_TEST((p.client->read(to).state == state::failed));
      BOOST_TEST((p.client->error().code == errc::tls_truncated));
      BOOST_TEST((p.client->error().by == caused_by::transport));
    }
}

BOOST_AUTO_TEST_CASE(input_that_came_before_the_end_is_read_before_the_truncation_is_told) {
  sides s;
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  p.server->write(as_bytes("abc"));
  std::vector<std::byte> bytes(p.server->output().begin(), p.server->output().end());
  p.client->receive(bytes);
  p.client->receive_end();
  auto got = tls::pair::drain(*p.client, 2);
  BOOST_TEST(got.text == "abc");
  BOOST_TEST((got.state == state::failed));
}

BOOST_AUTO_TEST_CASE(garbage_or_an_end_instead_of_a_handshake_fails_it) {
  sides s;
  using namespace std::string_view_literals;
  for (auto text : {"HTTP/1.1 400 Bad Request\r\n\r\n"sv, "\x16\x03\x03\xff\xff garbage"sv,
                    "\x16\x03\x03\0\4\2\0\0\0"sv, "\x15\x03\x03\0\2\2\x28"sv}) {
    auto client = s.client->connect("localhost", 443);
    BOOST_TEST((client->handshake() == state::want_input));
    client->receive(as_bytes(text));
    BOOST_TEST((client->handshake() == state::failed));
    BOOST_TEST((client->error().code == errc::tls_handshake), to_string(client->error()));
    BOOST_TEST_MESSAGE(to_string(client->error()));
    BOOST_TEST((client->handshake() == state::failed));
    BOOST_TEST(!client->has_input());
  }
  auto client = s.client->connect("localhost", 443);
  client->handshake();
  client->receive_end();
  BOOST_TEST((client->handshake() == state::failed));
  BOOST_TEST((client->error().code == errc::tls_handshake));
  auto o = s.server->accept();
  o->receive(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  BOOST_TEST((o->handshake() == state::failed));
}

BOOST_AUTO_TEST_CASE(text_instead_of_a_handshake_is_told_with_what_to_do) {
  sides s;
  const std::pair<std::string_view, std::string_view> table[] = {
      {"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "use http://"},
      {"HTTP/", "use http://"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "another protocol"},
      {"220 mail ESMTP\r\n", "another protocol"},
      {"+OK", "another protocol"},
      {{"\x15\x03\x03\0\2\2\x28", 7}, "alert"},
      {{"\0\0\x12\4\0\0\0\0\0", 9}, "handshake"},
  };
  for (const auto& [text, hint] : table)
    for (const std::size_t piece : {text.size(), std::size_t{1}}) {
      auto client = s.client->connect("localhost", 443);
      client->handshake();
      for (std::size_t at = 0; at < text.size(); at += piece) {
        client->receive(as_bytes(text.substr(at, piece)));
        client->handshake();
        client->release_input();
      }
      client->receive_end();
      BOOST_TEST((client->handshake() == state::failed));
      const auto& why = client->error();
      BOOST_TEST((why.code == errc::tls_handshake && why.by == caused_by::remote), to_string(why));
      BOOST_TEST(why.detail.find(hint) != std::string::npos, why.detail);
      BOOST_TEST((why.detail.find("http://") != std::string::npos) == (hint == "use http://"));
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_in_a_record_is_a_protocol_error) {
  for (auto v : {version::tls1_2, version::tls1_3}) {
    auto s = limited_to(v);
    for (std::size_t at : {5u, 12u, 30u, 40u}) {
      auto p = s.join();
      BOOST_TEST_REQUIRE(p.shake());
      settle(p);
      p.server->write(as_bytes("forty bytes of plaintext for one record."));
      p.tamper = [&](auto& bytes) { bytes.at(at) ^= std::byte{1}; };
      auto got = p.transfer(*p.server, *p.client);
      BOOST_TEST(got.text == "");
      BOOST_TEST((got.state == state::failed));
      BOOST_TEST((p.client->error().code == errc::tls_protocol));
      BOOST_TEST(!p.client->output().empty()); // RFC 8446 6.2: the peer is told
    }
  }
}

BOOST_AUTO_TEST_CASE(a_large_transfer_arrives_whole_in_any_pieces) {
  std::mt19937 random(7);
  std::string sent(4 << 20, '\0');
  for (auto& c : sent)
    c = static_cast<char>(random());
  for (auto v : {version::tls1_2, version::tls1_3})
    for (std::size_t piece : {std::size_t{1000}, std::size_t{65536}, SIZE_MAX})
      for (std::size_t room : {std::size_t{1}, std::size_t{5000}, std::size_t{1} << 20}) {
        if (room == 1 && piece != 65536)
          continue;
        auto s = limited_to(v);
        auto p = s.join();
        BOOST_TEST_REQUIRE(p.shake());
        p.piece = piece;
        std::string_view some(sent.data(),
                              room == 1 || piece == 1000 ? 300000 : sent.size()); // small pieces of much take a minute
        BOOST_TEST(p.server->write(as_bytes(some)).bytes == some.size());
        BOOST_TEST((p.transfer(*p.server, *p.client, room).text == some));
        BOOST_TEST(p.server->output().empty());
      }
}

BOOST_AUTO_TEST_CASE(a_full_buffer_is_ok_and_what_did_not_fit_waits) {
  sides s;
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  p.server->write(as_bytes("abcdef"));
  std::vector<std::byte> bytes(p.server->output().begin(), p.server->output().end());
  p.client->receive(bytes);
  std::byte to[4];
  auto r = p.client->read(to);
  BOOST_TEST((r.bytes == 4 && r.state == state::ok));
  BOOST_TEST(!p.client->has_input());
  bytes.assign(bytes.size(), std::byte{0}); // the view has ended
  r = p.client->read(to);
  BOOST_TEST((r.bytes == 2 && r.state == state::want_input));
}

BOOST_AUTO_TEST_CASE(released_input_is_kept_and_read_in_order) {
  sides s;
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  settle(p);
  std::vector<std::byte> bytes;
  for (auto* text : {"one ", "two ", "three"}) {
    p.server->write(as_bytes(text));
    bytes.assign(p.server->output().begin(), p.server->output().end());
    p.server->drain(bytes.size());
    p.client->receive(bytes);
    BOOST_TEST(p.client->has_input());
    p.client->release_input();
    BOOST_TEST(p.client->has_input());
    bytes.assign(bytes.size(), std::byte{0});
  }
  BOOST_TEST(tls::pair::drain(*p.client).text == "one two three");
  BOOST_TEST(!p.client->has_input());
}

BOOST_AUTO_TEST_CASE(output_drains_in_parts) {
  sides s;
  auto p = s.join();
  BOOST_TEST_REQUIRE(p.shake());
  p.client->write(as_bytes("hello"));
  std::string got;
  while (!p.client->output().empty()) {
    std::vector<std::byte> one{p.client->output().front()};
    p.client->drain(1);
    p.server->receive(one);
    got += tls::pair::drain(*p.server).text;
  }
  BOOST_TEST(got == "hello");
  p.client->drain(5); // more than there is: harmless
  BOOST_TEST(p.client->output().empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_written_before_the_handshake_is_complete) {
  sides s;
  auto client = s.client->connect("localhost", 443);
  auto r = client->write(as_bytes("early"));
  BOOST_TEST((r.bytes == 0 && r.state == state::want_input));
  client->close();
  BOOST_TEST(client->output().empty());
}

BOOST_AUTO_TEST_CASE(contexts_serve_several_threads_and_sessions_outlive_them) {
  sides s;
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (auto& count : good)
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i) {
        auto p = s.join("localhost", static_cast<std::uint16_t>(i % 3));
        if (!p.shake())
          continue;
        p.server->write(as_bytes("x"));
        count += p.transfer(*p.server, *p.client).text == "x";
      }
    });
  for (auto& thread : threads)
    thread.join();
  for (int count : good)
    BOOST_TEST(count == 30);
  auto p = s.join();
  s.client.reset();
  s.server.reset();
  BOOST_TEST(p.shake());
}

BOOST_AUTO_TEST_SUITE_END()
