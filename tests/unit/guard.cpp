// What keeps exceptions out of a C library's frames.
#include <sluice/protocols/guard.hpp>

#include <boost/test/unit_test.hpp>

#include <new>
#include <stdexcept>
#include <string>

using namespace sluice;

namespace {

struct session {
  guard guard_;
  int calls = 0;
  guard& caught() { return guard_; }
};

int callback(int number, const char*, void* user, void*) {
  ++static_cast<session*>(user)->calls;
  if (number == 0)
    throw std::runtime_error{"x is 0"};
  return number;
}
constexpr auto guarded = &guarded_callback<session, callback, -1>::call;

} // namespace

BOOST_AUTO_TEST_SUITE(guard)

BOOST_AUTO_TEST_CASE(a_callback_that_throws_gives_the_failure_and_is_not_called_again) {
  session s;
  BOOST_TEST(guarded(5, "", &s, nullptr) == 5);
  BOOST_TEST(!s.guard_);
  BOOST_TEST(guarded(0, "", &s, nullptr) == -1);
  BOOST_TEST(guarded(5, "", &s, nullptr) == -1);
  BOOST_TEST(s.calls == 2);
  BOOST_TEST((s.guard_.why() == failure{errc::internal, caused_by::local, "an exception: x is 0"}));
}

BOOST_AUTO_TEST_CASE(the_first_thing_caught_is_the_reason) {
  sluice::guard guard;
  guard.run([] { throw std::bad_alloc{}; });
  guard.run_always([] { throw std::runtime_error{"later"}; });
  guard.fail({errc::flooded, caused_by::remote, "later still"});
  BOOST_TEST((guard.why() == out_of_memory()));
}

BOOST_AUTO_TEST_CASE(ends_are_told_also_after_something_was_caught) {
  sluice::guard guard;
  int told = 0, run = 0;
  guard.run_always([&] { ++told, throw 1; });
  guard.run_always([&] { ++told; });
  guard.run([&] { ++run; });
  BOOST_TEST((told == 2 && run == 0));
  BOOST_TEST((guard.why().code == errc::internal));
}

BOOST_AUTO_TEST_CASE(a_result_counts_for_nothing_once_something_was_caught_within) {
  sluice::guard guard;
  BOOST_TEST(guard.run(-1, [] { return 1; }) == 1);
  BOOST_TEST(guard.run(-1, [&] { return guard.fail(out_of_memory()), 1; }) == -1);
}

BOOST_AUTO_TEST_CASE(a_reason_that_cannot_be_made_is_replaced) {
  BOOST_TEST((made_or_out_of_memory([]() -> failure { throw std::bad_alloc{}; }) == out_of_memory()));
  BOOST_TEST(
      (made_or_out_of_memory([] { return failure{errc::flooded, caused_by::remote, "x"}; }).code == errc::flooded));
}

BOOST_AUTO_TEST_SUITE_END()
