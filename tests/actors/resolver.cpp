// Lookups that hang delay nobody but those who asked for that name, and nobody waits for their threads.
#include "scripted_lookups.hpp"

#include <sluice/actors/connect/hosts_file.hpp>
#include <sluice/actors/connect/resolver.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

/// A loop that the test turns by hand, and lookups by script.
struct lab {
  std::shared_ptr<scripted_lookups> script = std::make_shared<scripted_lookups>();
  std::shared_ptr<lookups> threads;
  std::optional<asio::io_context> io{std::in_place};
  std::optional<resolver> names;
  std::vector<std::string> answers; // "name address address", "name! why"

  explicit lab(lookup_limits limits = {}) {
    script->addresses = {
        {"good.test", {"192.0.2.1", "2001:db8::1"}}, {"local.test", {"127.0.0.1"}}, {"hung.test", {"192.0.2.2"}}};
    threads = lookups::make(limits, script->functions());
    names.emplace(*io, threads);
  }
  ~lab() {
    script->let_go();
    names.reset();
    io.reset();
    while (threads->under_way() > 0) // so that leak checkers find nothing under way
      std::this_thread::yield();
  }

  void ask(const std::string& host, std::chrono::milliseconds limit = 1h) {
    names->resolve(host, limit, [this, host](const lookup_answer& answer) {
      auto text = host;
      for (const auto& address : answer.addresses)
        text += " " + address.to_string();
      answers.push_back(answer.problem ? text + "! " + answer.problem.detail : text);
    });
  }
  /// For beginning = "good": "good0.test" and so on.
  void ask_each(const std::string& beginning, int n) {
    for (int i = 0; i < n; ++i)
      ask(beginning + std::to_string(i) + ".test");
  }
  /// Asks for a name whose lookup hangs, and waits until it does.
  void hang_one() {
    ask("hung.test");
    script->wait_until_hanging(1);
  }
  /// The next answer that comes onto the loop.
  std::string next_answer() {
    const auto before = answers.size();
    while (answers.size() == before) {
      io->restart();
      const auto work = asio::make_work_guard(*io);
      io->run_one();
    }
    return answers.back();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(a_name_is_answered_on_the_loop) {
  lab setup;
  setup.ask("good.test");
  BOOST_TEST(setup.answers.empty());
  BOOST_TEST(setup.next_answer() == "good.test 192.0.2.1 2001:db8::1");
  setup.ask("nowhere.test");
  BOOST_TEST(setup.next_answer() == "nowhere.test! unknown");
}

BOOST_AUTO_TEST_CASE(a_literal_address_needs_no_thread) {
  lab setup;
  setup.ask("192.0.2.7");
  BOOST_TEST(setup.answers.empty()); // not within the call
  BOOST_TEST(setup.next_answer() == "192.0.2.7 192.0.2.7");
  setup.ask("2001:db8::7");
  BOOST_TEST(setup.next_answer() == "2001:db8::7 2001:db8::7");
  BOOST_TEST(setup.script->calls.load() == 0u);
}

BOOST_AUTO_TEST_CASE(lookups_that_hang_delay_no_other) {
  lab setup;
  setup.ask_each("hung", 20);
  setup.script->wait_until_hanging(20);
  setup.ask("good.test");
  BOOST_TEST(setup.next_answer() == "good.test 192.0.2.1 2001:db8::1");
}

BOOST_AUTO_TEST_CASE(local_names_are_answered_while_every_thread_hangs) {
  lab setup{{.threads = 3}};
  setup.ask_each("hung", 10);
  setup.script->wait_until_hanging(3);
  setup.ask("good.test");
  setup.ask("local.test");
  BOOST_TEST(setup.next_answer() == "local.test 127.0.0.1");
  BOOST_TEST(setup.script->most_hanging() == 3u);
  setup.ask("192.0.2.7");
  BOOST_TEST(setup.next_answer() == "192.0.2.7 192.0.2.7");
  setup.script->let_go();
  for (int i = 0; i < 11; ++i)
    setup.next_answer();
  BOOST_TEST(std::count(setup.answers.begin(), setup.answers.end(), "good.test 192.0.2.1 2001:db8::1") == 1);
  BOOST_TEST(setup.script->most_hanging() == 3u);
}

BOOST_AUTO_TEST_CASE(questions_for_one_name_share_a_lookup) {
  lab setup;
  for (int i = 0; i < 50; ++i)
    setup.ask("hung.test");
  setup.script->wait_until_hanging(1);
  setup.ask("hung.test");
  setup.script->let_go();
  for (int i = 0; i < 51; ++i)
    BOOST_TEST(setup.next_answer() == "hung.test 192.0.2.2");
  BOOST_TEST(setup.script->calls.load() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lookup_that_is_old_is_not_waited_for_by_new_questions) {
  lab setup{{.shared_for = -1ms}}; // what runs is old
  setup.hang_one();
  setup.ask("hung.test");
  setup.script->wait_until_hanging(2);
  setup.script->let_go();
  setup.next_answer();
  setup.next_answer();
  BOOST_TEST(setup.script->calls.load() == 2u);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_its_limit) {
  lab setup;
  setup.ask("hung.test", 1ms);
  BOOST_TEST(setup.next_answer() == "hung.test! no answer within 1 ms");
  setup.script->let_go(); // the late answer is for nobody
  setup.ask("good.test");
  BOOST_TEST(setup.next_answer() == "good.test 192.0.2.1 2001:db8::1");
}

BOOST_AUTO_TEST_CASE(a_question_that_is_forgotten_leaves_the_queue) {
  lab setup{{.threads = 1, .queued = 100}};
  setup.hang_one();
  setup.ask_each("unwanted", 50);
  setup.names->cancel();
  BOOST_TEST(setup.threads->queued() == 0u);
  setup.script->let_go();
  setup.ask("good.test");
  BOOST_TEST(setup.next_answer() == "good.test 192.0.2.1 2001:db8::1");
  BOOST_TEST(setup.answers.size() == 1u);
  BOOST_TEST(setup.script->calls.load() <= 1u + 50u + 1u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_says_so) {
  lab setup{{.threads = 1, .queued = 2}};
  setup.hang_one();
  setup.ask_each("good", 3);
  BOOST_TEST(setup.next_answer() == "good2.test! already 2 names wait to be looked up");
}

BOOST_AUTO_TEST_CASE(a_lookup_that_throws_is_a_failure) {
  lab setup;
  setup.ask("broken.test");
  BOOST_TEST(setup.next_answer() == "broken.test! looking it up failed: broken");
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_lookup_that_hangs) {
  lab setup;
  setup.hang_one();
  setup.names.reset(); // these return while the lookup hangs, or the test does not end
  setup.io.reset();
  setup.script->let_go(); // and its answer finds no loop
  while (setup.threads->under_way() > 0)
    std::this_thread::yield();
  BOOST_TEST(setup.answers.empty());
}

BOOST_AUTO_TEST_CASE(answers_that_are_on_their_way_are_not_given_to_a_resolver_that_is_gone) {
  lab setup;
  setup.ask("hung.test");
  setup.ask("192.0.2.7");
  setup.script->wait_until_hanging(1);
  setup.script->let_go();
  while (setup.threads->under_way() > 0)
    std::this_thread::yield();
  setup.names.reset();
  setup.io->run();
  BOOST_TEST(setup.answers.empty());
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_its_resolver) {
  lab setup;
  int answered = 0;
  for (int i = 0; i < 2; ++i)
    setup.names->resolve("192.0.2.7", 1h, [&](const lookup_answer&) {
      ++answered;
      setup.names.reset();
    });
  setup.io->run();
  BOOST_TEST(answered == 1);
}

BOOST_AUTO_TEST_CASE(threads_end_when_there_is_nothing_to_look_up) {
  lab setup;
  setup.ask("good.test");
  setup.next_answer();
  while (setup.threads->under_way() > 0)
    std::this_thread::yield();
  BOOST_TEST(setup.threads->queued() == 0u);
}

BOOST_AUTO_TEST_CASE(the_system_knows_localhost) {
  const auto functions = lookup_functions::of_system();
  for (const auto* name : {"localhost", "a.localhost", "localhost."}) {
    BOOST_TEST(functions.is_local(name), name);
    const auto found = functions.find(name);
    BOOST_TEST(!found.addresses.empty(), name);
    for (const auto& address : found.addresses)
      BOOST_TEST(address.is_loopback(), name);
  }
  BOOST_TEST(!functions.is_local("localhost.test"));
  BOOST_TEST((functions.find("does-not-exist.invalid").problem.code == errc::resolve_failed));
}

BOOST_AUTO_TEST_CASE(a_hosts_file_is_read_as_the_system_reads_it) {
  const std::string_view text = "# 192.0.2.1 comment\n"
                                "192.0.2.2\tOne two # three\r\n"
                                "\n"
                                "192.0.2.3\n"
                                "  2001:db8::1  four\n"
                                "192.0.2.4 last";
  for (const auto* name : {"one", "ONE", "two", "four", "last"})
    BOOST_TEST(hosts_file_names(text, name), name);
  for (const auto* name : {"comment", "three", "192.0.2.3", "2001:db8::1", "on", "", "las"})
    BOOST_TEST(!hosts_file_names(text, name), name);
  BOOST_TEST(!hosts_file_names("", "one"));
}

BOOST_AUTO_TEST_SUITE_END()
