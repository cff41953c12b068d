// Names are looked up on the loop: a name server that hangs delays nobody but those who asked for that name, and
// nothing is left of a question that was forgotten.
#include "scripted_name_server.hpp"

#include <sluice/actors/connect/resolver.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;
using way = scripted_name_server::way;

namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// A loop that the test turns by hand, and a name server on it.
struct lab {
  const std::string hosts_file =
      (std::filesystem::temp_directory_path() / ("sluice-hosts-" + std::to_string(::getpid()))).string();
  std::optional<asio::io_context> io{std::in_place};
  std::optional<scripted_name_server> server{std::in_place, *io};
  std::shared_ptr<address_book> book;
  std::optional<resolver> names;
  std::vector<std::string> answers; // "name address address", "name address ...", "name! why"

  explicit lab(dns::addressing given = {}) {
    server->names["good.test"] = {{{"192.0.2.1"}}, {{"2001:db8::1"}}};
    server->names["v4.test"] = {{{"192.0.2.4", "192.0.2.5"}}, {}};
    server->names["empty.test"] = {};
    server->names["hung.test"] = {{{}, 0, way::silence}, {{}, 0, way::silence}};
    server->names["hung6.test"] = {{{"192.0.2.6"}}, {{}, 0, way::silence}};
    server->names["hung4.test"] = {{{}, 0, way::silence}, {{"2001:db8::4"}}};
    server->names["failing.test"] = {{{}, 0, way::servfail}, {{}, 0, way::servfail}};
    server->names["long.test"] = {{{"192.0.2.7"}, 300, way::truncated}, {{}}};
    server->names["broken.test"] = {{{}, 0, way::garbage}, {{}, 0, way::garbage}};
    if (given.name_servers.empty())
      given.name_servers = {server->text()};
    std::ofstream{hosts_file} << "192.0.2.100 local.test\n192.0.2.101 other.test # comment\n";
    book = std::make_shared<address_book>(std::move(given), hosts_file);
    names.emplace(*io, book);
  }
  ~lab() {
    std::error_code ignored;
    std::filesystem::remove(hosts_file, ignored);
  }

  void ask(const std::string& host, std::chrono::milliseconds limit = 1h, std::uint16_t port = 80) {
    names->resolve(host, port, limit, [this, host](const lookup_answer& answer) {
      auto text = host;
      for (const auto& address : answer.addresses)
        text += " " + address.to_string();
      if (answer.more)
        text += " ...";
      answers.push_back(answer.problem ? text + "! " + answer.problem.detail : text);
    });
  }
  /// The next answer that comes.
  std::string next_answer() {
    const auto before = answers.size();
    while (answers.size() == before && (io->run_one() > 0 || (io->restart(), true))) {
    }
    return answers.back();
  }
  std::string answer_to(const std::string& host, std::uint16_t port = 80) {
    ask(host, 1h, port);
    auto result = next_answer();
    while (result.ends_with("..."))
      result = next_answer();
    return result;
  }
  /// Turns the loop until `done()`.
  template <class F>
  void turn_until(F done) {
    while (!done())
      io->run_one();
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void answers_with(lab& setup, const std::string& host, const std::string& part) {
  const auto answer = setup.answer_to(host);
  BOOST_TEST(has(answer, part), answer);
}

} // namespace

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(both_families_are_asked_for_and_answered_on_the_loop) {
  lab setup;
  setup.ask("good.test");
  BOOST_TEST(setup.answers.empty());
  auto answer = setup.next_answer();
  while (answer.ends_with("..."))
    answer = setup.next_answer();
  BOOST_TEST(has(answer, " 192.0.2.1"), answer);
  BOOST_TEST(has(answer, " 2001:db8::1"), answer);
  BOOST_TEST(setup.server->asked("a good.test") == 1u);
  BOOST_TEST(setup.server->asked("aaaa good.test") == 1u);
  BOOST_TEST(setup.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
}

BOOST_AUTO_TEST_CASE(a_literal_address_is_its_own_answer) {
  lab setup;
  setup.ask("192.0.2.7");
  BOOST_TEST(setup.answers.empty()); // not within the call
  BOOST_TEST(setup.next_answer() == "192.0.2.7 192.0.2.7");
  BOOST_TEST(setup.answer_to("2001:db8::7") == "2001:db8::7 2001:db8::7");
  BOOST_TEST(setup.server->questions.empty());
}

BOOST_AUTO_TEST_CASE(names_of_this_machine_are_asked_of_nobody) {
  lab setup;
  BOOST_TEST(setup.answer_to("local.test") == "local.test 192.0.2.100");
  BOOST_TEST(setup.answer_to("LOCAL.test") == "LOCAL.test 192.0.2.100");
  for (const auto* name : {"localhost", "a.localhost", "a.b.localhost."}) {
    const auto answer = setup.answer_to(name);
    BOOST_TEST(has(answer, " 127.0.0.1"), answer);
    BOOST_TEST(has(answer, " ::1"), answer);
  }
  std::ofstream{setup.hosts_file} << "192.0.2.102 local.test a.localhost\n"; // counts at once
  BOOST_TEST(setup.answer_to("local.test") == "local.test 192.0.2.102");
  BOOST_TEST(setup.answer_to("a.localhost") == "a.localhost 192.0.2.102");
  BOOST_TEST(setup.server->questions.empty());
}

BOOST_AUTO_TEST_CASE(entries_of_the_user_come_first) {
  dns::addressing given;
  given.resolve = {"good.test:443:192.0.2.50,192.0.2.51", "192.0.2.9:80:192.0.2.52", "*:81:192.0.2.53"};
  lab setup{given};
  BOOST_TEST(setup.answer_to("good.test", 443) == "good.test 192.0.2.50 192.0.2.51");
  BOOST_TEST(setup.answer_to("192.0.2.9", 80) == "192.0.2.9 192.0.2.52");
  BOOST_TEST(setup.answer_to("local.test", 81) == "local.test 192.0.2.53");
  BOOST_TEST(setup.server->questions.empty());
  BOOST_TEST(has(setup.answer_to("good.test", 80), " 192.0.2.1"));
}

BOOST_AUTO_TEST_CASE(one_family_alone_is_asked_for_where_only_that_is_allowed) {
  dns::addressing given;
  given.family = dns::family::ipv4;
  given.resolve = {"six.test:80:2001:db8::1"};
  lab setup{given};
  BOOST_TEST(setup.answer_to("good.test") == "good.test 192.0.2.1");
  BOOST_TEST(setup.server->asked("aaaa good.test") == 0u);
  BOOST_TEST(setup.answer_to("localhost") == "localhost 127.0.0.1");
  for (const auto* name : {"2001:db8::7", "six.test"})
    answers_with(setup, name, "it has no IPv4 address");
  setup.server->names["six2.test"] = {{}, {{"2001:db8::1"}}};
  answers_with(setup, "six2.test", "it has no IPv4 address");
}

BOOST_AUTO_TEST_CASE(a_family_that_is_not_answered_does_not_keep_the_other_from_being_used) {
  lab setup;
  setup.ask("hung6.test", 300ms);
  BOOST_TEST(setup.next_answer() == "hung6.test 192.0.2.6 ...");
  BOOST_TEST(setup.next_answer() == "hung6.test 192.0.2.6"); // the limit
  setup.ask("hung4.test", 300ms);
  BOOST_TEST(setup.next_answer() == "hung4.test 2001:db8::4 ...");
  BOOST_TEST(setup.next_answer() == "hung4.test 2001:db8::4");
  // What is not whole is not kept.
  const auto before = setup.server->asked("a hung6.test");
  setup.ask("hung6.test", 1h);
  setup.next_answer();
  BOOST_TEST(setup.server->asked("a hung6.test") > before);
}

BOOST_AUTO_TEST_CASE(a_name_server_that_hangs_for_one_name_delays_no_other) {
  lab setup;
  for (int i = 0; i < 20; ++i) {
    const auto name = "hung" + std::to_string(i) + ".test";
    setup.server->names[name] = setup.server->names["hung.test"];
    setup.ask(name);
  }
  BOOST_TEST(setup.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
  BOOST_TEST(setup.answer_to("local.test") == "local.test 192.0.2.100");
  BOOST_TEST(setup.answers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_next_name_server_is_asked_where_one_is_silent_or_gone) {
  asio::io_context silent_io;
  asio::ip::udp::socket silent{silent_io, {asio::ip::address_v4::loopback(), 0}};
  lab first;
  dns::addressing given;
  given.name_servers = {"127.0.0.1:" + std::to_string(silent.local_endpoint().port()), first.server->text()};
  first.book = std::make_shared<address_book>(given, first.hosts_file);
  first.names.emplace(*first.io, first.book);
  BOOST_TEST(first.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
  silent.close();
  first.book = std::make_shared<address_book>(given, first.hosts_file);
  first.names.emplace(*first.io, first.book);
  BOOST_TEST(first.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
}

BOOST_AUTO_TEST_CASE(a_failure_says_what_kept_the_name_from_being_found) {
  lab setup;
  answers_with(setup, "nowhere.test", "NXDOMAIN");
  answers_with(setup, "empty.test", "it has no IP address");
  answers_with(setup, "failing.test", "SERVFAIL");
  setup.ask("broken.test", 500ms);
  BOOST_TEST(has(setup.next_answer(), "broken.test! "));
  setup.server->close();
  answers_with(setup, "good.test", "no name server could be reached");
}

BOOST_AUTO_TEST_CASE(a_truncated_answer_is_asked_for_again_over_tcp) {
  lab setup;
  BOOST_TEST(setup.answer_to("long.test") == "long.test 192.0.2.7");
  BOOST_TEST(setup.server->over_tcp == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_be_had_over_tcp_says_that_it_is_too_long_for_udp) {
  lab setup;
  setup.server->close_tcp();
  answers_with(setup, "long.test", "an answer was too long for UDP, and asking again over TCP failed: ");
  BOOST_TEST(!has(setup.answer_to("failing.test"), "TCP"));
}

/// More than the 512 bytes of RFC 1035, and without the bit that says so.
BOOST_AUTO_TEST_CASE(an_answer_that_is_long_is_taken_as_a_whole) {
  lab setup;
  auto& many = setup.server->names["many.test"].a.addresses;
  std::string expected = "many.test";
  for (int i = 1; i <= 60; ++i) {
    many.push_back("192.0.2." + std::to_string(i));
    expected += " " + many.back();
  }
  BOOST_TEST(setup.answer_to("many.test") == expected);
}

BOOST_AUTO_TEST_CASE(name_servers_are_asked_from_where_connections_come_from) {
  for (const auto& [end, from] : {std::pair{"127.0.0.2", "127.0.0.2"}, {"host!127.0.0.3", "127.0.0.3"}}) {
    dns::addressing given;
    given.interface = end;
    given.local_port = 9; // is for connections alone
    lab setup{given};
    BOOST_TEST(setup.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
    BOOST_TEST(setup.server->asked_from().to_string() == from);
  }
}

/// Other addresses and interfaces do not lead to a name server of this machine, such as systemd-resolved.
BOOST_AUTO_TEST_CASE(a_name_server_at_loopback_is_asked_from_loopback_wherever_connections_come_from) {
  for (const auto* end : {"192.0.2.77", "2001:db8::77", "::1"}) {
    dns::addressing given;
    given.interface = end;
    lab setup{given};
    BOOST_TEST(setup.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5", end);
    BOOST_TEST(setup.server->asked_from().to_string() == "127.0.0.1", end);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_is_kept_for_its_time_to_live) {
  lab setup;
  setup.answer_to("good.test");
  BOOST_TEST(has(setup.answer_to("good.test"), " 192.0.2.1"));
  BOOST_TEST(setup.server->asked("a good.test") == 1u);
  setup.server->names["short.test"] = {{{"192.0.2.8"}, 0}, {}};
  setup.answer_to("short.test");
  setup.answer_to("short.test");
  BOOST_TEST(setup.server->asked("a short.test") == 2u);
  setup.answer_to("nowhere.test"); // failures are not kept
  setup.answer_to("nowhere.test");
  BOOST_TEST(setup.server->asked("a nowhere.test") == 2u);
}

BOOST_AUTO_TEST_CASE(questions_for_one_name_share_a_lookup) {
  lab setup;
  class resolver other{*setup.io, setup.book};
  int others = 0;
  for (int i = 0; i < 50; ++i) {
    setup.ask("v4.test");
    other.resolve("v4.test", 80, 1h, [&](const lookup_answer& found) { others += !found.more; });
  }
  setup.turn_until([&] { return setup.answers.size() >= 50u && others == 50; });
  BOOST_TEST(setup.server->asked("a v4.test") == 1u);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_its_limit) {
  lab setup;
  setup.ask("hung.test", 1ms);
  BOOST_TEST(setup.next_answer() == "hung.test! no answer within 1 ms");
  BOOST_TEST(setup.answer_to("v4.test") == "v4.test 192.0.2.4 192.0.2.5");
}

BOOST_AUTO_TEST_CASE(a_question_that_is_forgotten_leaves_no_socket_and_no_wait) {
  lab setup;
  const auto before = open_descriptors();
  for (int i = 0; i < 2; ++i) {
    setup.ask("hung.test");
    setup.turn_until([&] { return setup.server->asked("a hung.test") == static_cast<std::size_t>(i) + 1; });
    BOOST_TEST(open_descriptors() > before);
    if (i == 0)
      setup.names->cancel();
    else
      setup.names.reset();
    BOOST_TEST(open_descriptors() == before);
  }
  setup.server->close();
  setup.io->run(); // returns: nothing is waited for
  BOOST_TEST(setup.answers.empty());
}

BOOST_AUTO_TEST_CASE(a_lookup_goes_on_for_those_who_still_wait_for_it) {
  lab setup;
  std::optional<class resolver> other{std::in_place, *setup.io, setup.book};
  other->resolve("v4.test", 80, 1h, [](const lookup_answer&) { BOOST_ERROR("it was forgotten"); });
  setup.ask("v4.test");
  other.reset();
  BOOST_TEST(setup.next_answer() == "v4.test 192.0.2.4 192.0.2.5");
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_its_resolver) {
  for (const auto* name : {"192.0.2.7", "v4.test", "hung6.test"}) {
    lab setup;
    int answered = 0;
    for (int i = 0; i < 2; ++i)
      setup.names->resolve(name, 80, 1h, [&](const lookup_answer&) {
        ++answered;
        setup.names.reset();
      });
    setup.turn_until([&] { return answered > 0; });
    setup.server->close();
    setup.io->run();
    BOOST_TEST(answered == 1, name);
  }
}

BOOST_AUTO_TEST_CASE(a_loop_may_end_while_a_lookup_hangs) {
  lab setup;
  setup.ask("hung.test");
  setup.turn_until([&] { return setup.server->asked("a hung.test") == 1u; });
  setup.names.reset();
  setup.server.reset();
  setup.io.reset();
  BOOST_TEST(setup.answers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
