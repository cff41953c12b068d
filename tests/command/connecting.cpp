// Which addresses `sluice get` connects to and from, by curl's options.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"
#include "unix_relay.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

using namespace command_test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string port_of(const origin& o) { return std::to_string(o.server->port()); }
std::string tls_port_of(const origin& o) { return std::to_string(o.server->tls_port()); }

/// `get` with these arguments fetches 4 KiB.
void fetches(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"get", "-s", "-k"});
  const auto got = run(arguments);
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.out.size() == 4096u);
}

/// `get` with these arguments ends with that exit code and these words.
void fails(std::vector<std::string> arguments, int status, const std::string& words) {
  arguments.insert(arguments.begin(), {"get", "-s", "-k"});
  const auto got = run(arguments);
  BOOST_TEST(got.status == status, got.err);
  BOOST_TEST(has(got.err, words), got.err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(connecting)

BOOST_AUTO_TEST_CASE(resolve_gives_a_name_its_addresses_over_each_protocol) {
  origin o;
  const auto entry = "name.test:" + port_of(o) + ":127.0.0.1";
  fetches({"--resolve", entry, "http://name.test:" + port_of(o) + "/bytes/4k"});
  const auto secure = "name.test:" + tls_port_of(o) + ":127.0.0.1";
  for (const auto* version : {"--http1.1", "--http2", "--http3-only"})
    fetches({version, "--resolve", "other.test:1:192.0.2.1", "--resolve", secure,
             "https://name.test:" + tls_port_of(o) + "/bytes/4k"});
  fetches({"--resolve", "*:" + port_of(o) + ":[::1],127.0.0.1", "http://any.test:" + port_of(o) + "/bytes/4k"});
}

BOOST_AUTO_TEST_CASE(connect_to_changes_the_place_and_not_the_name) {
  peer p;
  child got{{"get", "-s", "--connect-to", "name.test:80:127.0.0.1:" + std::to_string(p.port()), "http://name.test/x"}};
  BOOST_REQUIRE(p.accept());
  const auto head = p.read_head();
  BOOST_TEST(has(head, "Host: name.test\r\n"), head);
  p.close();
  origin o;
  for (const auto* version : {"--http1.1", "--http2", "--http3-only"})
    fetches({version, "--connect-to", "::127.0.0.1:" + tls_port_of(o), "https://name.test/bytes/4k"});
}

BOOST_AUTO_TEST_CASE(a_certificate_holds_for_the_name_of_the_url_and_not_for_the_place) {
  origin o;
  folder f;
  write_file(f.file("ca.pem"), o.server->certificate_pem());
  const auto to = "::127.0.0.1:" + tls_port_of(o);
  BOOST_TEST(run({"get", "-s", "--cacert", f.file("ca.pem"), "--connect-to", to, "https://localhost/bytes/4k"}).status
             == 0);
  BOOST_TEST(run({"get", "-s", "--cacert", f.file("ca.pem"), "--connect-to", to, "https://name.test/bytes/4k"}).status
             == 5);
}

BOOST_AUTO_TEST_CASE(localhost_and_what_lies_under_it_is_this_machine) {
  origin o;
  for (const auto* host : {"localhost", "a.localhost", "a.b.LOCALHOST"})
    fetches({"http://" + std::string{host} + ":" + port_of(o) + "/bytes/4k"});
}

BOOST_AUTO_TEST_CASE(one_family_alone) {
  origin o;
  fetches({"-4", "http://localhost:" + port_of(o) + "/bytes/4k"});
  fails({"-6", o.url("/bytes/4k")}, 4, "127.0.0.1 is an IPv4 address, and only IPv6");
  fails({"-4", "http://[::1]:" + port_of(o) + "/bytes/4k"}, 4, "::1 is an IPv6 address, and only IPv4");
  fails({"-6", "--resolve", "name.test:80:127.0.0.1", "http://name.test/"}, 4, "it has no IPv6 address");
  fails({"-4", "-6", o.url("/bytes/4k")}, 2, "cannot be given together");
}

BOOST_AUTO_TEST_CASE(the_local_end_is_what_the_options_say) {
  origin o;
  for (const auto* interface : {"lo", "if!lo", "127.0.0.1", "host!127.0.0.1", "localhost", "host!localhost"})
    fetches({"-4", "--interface", interface, o.url("/bytes/4k")});
  fetches({"--http3-only", "--interface", "127.0.0.1", o.tls_url("/bytes/4k")});
  fails({"--interface", "if!nosuch0", o.url("/bytes/4k")}, 4,
        "--interface: this machine has no network interface 'nosuch0'");
  fails({"--interface", "192.0.2.1", o.url("/bytes/4k")}, 4, "--interface: the local end 192.0.2.1 cannot be had");
  fails({"--interface", "::1", o.url("/bytes/4k")}, 4, "--interface: the local end has no IPv4 address");
}

BOOST_AUTO_TEST_CASE(name_servers_that_do_not_answer_are_named_with_their_option) {
  const peer taken; // no UDP socket has its port
  const auto server = "127.0.0.1:" + std::to_string(taken.port());
  fails({"--dns-servers", server, "http://name.test/"}, 4, "--dns-servers, " + server);
  BOOST_TEST(!has(run({"get", "--dns-servers", server, "http://name.test/"}).err, "resolv.conf"));
  fails({"--dns-servers", server, "--interface", "nosuch.test", "http://127.0.0.1:1/"}, 4,
        "--interface: the local end 'nosuch.test' is no network interface");
}

BOOST_AUTO_TEST_CASE(a_version_for_https_says_so_where_the_url_is_http) {
  origin o;
  fails({"--http2", o.url("/bytes/4k")}, 3, "--http2 is for https URLs; write https:// in the URL");
  fails({"--http2", o.url("/bytes/4k")}, 3, "--http2-prior-knowledge");
  fails({"--http3-only", o.url("/bytes/4k")}, 3, "--http3-only is for https URLs; write https:// in the URL");
  fetches({"--http3", o.url("/bytes/4k")}); // which allows the others, as in curl
}

BOOST_AUTO_TEST_CASE(the_local_port_is_one_of_the_range) {
  origin o;
  peer taken;
  const auto first = std::to_string(taken.port());
  fails({"--local-port", first, "--interface", "127.0.0.1", o.url("/bytes/4k")}, 4, "port " + first + " cannot be had");
  if (taken.port() < 65000)
    fetches({"--local-port", first + "-" + std::to_string(taken.port() + 100), "--interface", "127.0.0.1",
             o.url("/bytes/4k")});
}

BOOST_AUTO_TEST_CASE(a_unix_socket_carries_http1_and_http2_with_tls_and_without) {
  origin o;
  folder f;
  const auto abstract = "sluice-test-" + std::to_string(::getpid());
  const unix_relay plain{f.file("plain"), false, o.server->port()},
      secure{f.file("secure"), false, o.server->tls_port()}, nowhere{abstract, true, o.server->port()};
  fetches({"--unix-socket", f.file("plain"), "http://name.test/bytes/4k"});
  fetches({"--http2-prior-knowledge", "--unix-socket", f.file("plain"), "http://name.test/bytes/4k"});
  fetches({"--abstract-unix-socket", abstract, "http://name.test/bytes/4k"});
  for (const auto* version : {"--http1.1", "--http2", "--http3"})
    fetches({version, "--unix-socket", f.file("secure"), "https://name.test/bytes/4k"});
  fails({"--http3-only", "--unix-socket", f.file("secure"), "https://name.test/"}, 3, "--unix-socket");
  const auto shown = run({"get", "-s", "-v", "--unix-socket", f.file("plain"), "http://name.test/bytes/4k"});
  BOOST_TEST(has(shown.err, "* connected to unix:" + f.file("plain")), shown.err);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_that_there_is_not_is_named) {
  folder f;
  fails({"--unix-socket", f.file("none"), "http://name.test/"}, 4, f.file("none") + " (No such file or directory)");
  fails({"--unix-socket", std::string(108, 'a'), "http://name.test/"}, 2, "107 bytes");
}

BOOST_AUTO_TEST_CASE(a_host_outside_ascii_is_looked_up_in_the_form_of_the_dns) {
  origin o;
  const auto url = "http://b\xc3\xbc"
                   "cher.test:"
                   + port_of(o) + "/bytes/4k";
  const auto got = run({"get", "-s", "-v", "--resolve", "xn--bcher-kva.test:" + port_of(o) + ":127.0.0.1", url});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(has(got.err, "* the host b\xc3\xbc"
                          "cher.test is xn--bcher-kva.test (IDNA)"),
             got.err);
  BOOST_TEST(has(got.err, "Host: xn--bcher-kva.test:"), got.err);
  fails({"http://-\xc3\xbc-.test/"}, 3, "IDNA");
}

BOOST_AUTO_TEST_CASE(bad_values_are_told_with_what_to_write) {
  const std::pair<std::vector<std::string>, const char*> table[] = {
      {{"--resolve", "name.test:80"}, "HOST:PORT:ADDRESS"},
      {{"--resolve", "name.test:80:b"}, "no IP address"},
      {{"--connect-to", "a:80:b"}, "HOST1:PORT1:HOST2:PORT2"},
      {{"--dns-servers", "192.0.2.1,name.test"}, "'name.test' is no address of a name server"},
      {{"--local-port", "0"}, "from 1 to 65535"},
      {{"--interface", "if!"}, "names nothing"},
      {{"--unix-socket", "a", "--abstract-unix-socket", "b"}, "cannot be given together"},
  };
  for (const auto& [options, words] : table) {
    auto arguments = options;
    arguments.emplace_back("http://127.0.0.1:1/");
    fails(arguments, 2, words);
    fails(arguments, 2, options.front());
  }
}

BOOST_AUTO_TEST_SUITE_END()
