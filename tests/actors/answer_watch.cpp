// Whoever waits for an answer hears of the end of the actor that was to give it.
#include "fixture.hpp"

#include <sluice/actors/body/answer_watch.hpp>
#include <sluice/actors/for_each.hpp>

#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::tests;

namespace {

struct source_state {
  static inline const char* name = "source";
  caf::typed_response_promise<piece> held;
  int reads = 0;
};

/// Takes up its first read and keeps it; the second one ends it, by an exception.
body_source::behavior_type dies_with_a_read(body_source::stateful_pointer<source_state> self, caf::actor test) {
  self->set_exception_handler([](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  return {[self, test](read_atom, decoded_bytes) -> caf::result<piece> {
    if (self->state.reads++ > 0)
      throw std::runtime_error("the second read");
    self->state.held = self->make_response_promise<piece>();
    caf::anon_send(test, caf::ok_atom::value);
    return self->state.held;
  }};
}

body_source::behavior_type gives(body_source::stateful_pointer<source_state> self, int pieces) {
  return {[self, pieces](read_atom, decoded_bytes) -> caf::result<piece> {
    if (self->state.reads++ == pieces)
      return piece{{}, true};
    return piece{chunk::copy_of(std::string_view{"piece"})};
  }};
}

struct place {
  system_settings settings;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};

  void await_held() {
    self->receive([](caf::ok_atom) {},
                  caf::after(std::chrono::seconds{60}) >> [] { BOOST_FAIL("the read was not taken up"); });
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(answer_watch)

BOOST_AUTO_TEST_CASE(a_blocking_wait_ends_with_the_actor_that_has_taken_up_the_request) {
  place p;
  auto source = p.system.spawn(dies_with_a_read, caf::actor{p.self});
  caf::scoped_actor waiter{p.system};
  sluice::answer_watch watch{waiter.ptr(), source};
  auto asked = waiter->request(source, std::chrono::seconds{60}, read_atom::value, decoded_bytes{1});
  watch.expect(asked.id());
  p.await_held();
  caf::anon_send(source, read_atom::value, decoded_bytes{1});
  failure problem;
  asked.receive([](piece&) {}, [&](caf::error& error) { problem = failure_of(error); });
  BOOST_TEST((problem.code == errc::internal), to_string(problem));
  BOOST_TEST(problem.detail.find("ended without an answer") != std::string::npos, problem.detail);
}

BOOST_AUTO_TEST_CASE(an_end_before_the_request_is_known_is_told_as_well) {
  place p;
  auto source = p.system.spawn(dies_with_a_read, caf::actor{p.self});
  caf::scoped_actor waiter{p.system};
  sluice::answer_watch watch{waiter.ptr(), source};
  auto asked = waiter->request(source, std::chrono::seconds{60}, read_atom::value, decoded_bytes{1});
  p.await_held();
  p.self->monitor(source);
  caf::anon_send_exit(source, caf::exit_reason::user_shutdown);
  p.self->receive([](const caf::down_msg&) {},
                  caf::after(std::chrono::seconds{60}) >> [] { BOOST_FAIL("the source did not end"); });
  watch.expect(asked.id());
  failure problem;
  asked.receive([](piece&) {}, [&](caf::error& error) { problem = failure_of(error); });
  BOOST_TEST((problem.code == errc::cancelled), to_string(problem)); // it was shut down
}

BOOST_AUTO_TEST_CASE(for_each_tells_the_end_of_a_source_that_dies_with_a_read) {
  place p;
  auto source = p.system.spawn(dies_with_a_read, caf::actor{p.self});
  p.system.spawn([source, test = caf::actor{p.self}](caf::event_based_actor* self) {
    for_each(self, source, [](const chunk&) {}, [test](const failure& why) { caf::anon_send(test, why); });
  });
  p.await_held();
  caf::anon_send(source, read_atom::value, decoded_bytes{1});
  p.self->receive([](const failure& why) { BOOST_TEST((why.code == errc::internal), to_string(why)); },
                  caf::after(std::chrono::seconds{60}) >> [] { BOOST_FAIL("nobody told"); });
}

BOOST_AUTO_TEST_CASE(for_each_reads_to_the_end_and_leaves_no_watch_behind) {
  place p;
  auto source = p.system.spawn(gives, 100);
  p.system.spawn([source, test = caf::actor{p.self}](caf::event_based_actor* self) {
    auto n = std::make_shared<int>(0);
    for_each(
        self, source, [n](const chunk&) { ++*n; }, [test, n](const failure& why) { caf::anon_send(test, why, *n); });
  });
  p.self->receive(
      [](const failure& why, int n) {
        BOOST_TEST(!why);
        BOOST_TEST(n == 100);
      },
      caf::after(std::chrono::seconds{60}) >> [] { BOOST_FAIL("nobody told"); });
}

BOOST_AUTO_TEST_CASE(for_each_refuses_a_read_size_out_of_range) {
  place p;
  auto source = p.system.spawn(gives, 1);
  p.system.spawn([source, test = caf::actor{p.self}](caf::event_based_actor* self) {
    for_each(
        self, source, [](const chunk&) {}, [test](const failure& why) { caf::anon_send(test, why); }, decoded_bytes{0});
  });
  p.self->receive([](const failure& why) { BOOST_TEST((why.code == errc::invalid_request)); },
                  caf::after(std::chrono::seconds{60}) >> [] { BOOST_FAIL("nobody told"); });
}

BOOST_AUTO_TEST_SUITE_END()
