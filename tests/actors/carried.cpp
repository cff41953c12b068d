// The deadlines of one exchange on its connection, in virtual time.
#include <sluice/actors/connection/carried.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>

using namespace std::chrono_literals;
using namespace sluice;

namespace {

const carried::clock::time_point start{1000s};

struct one_exchange {
  one_exchange() {
    asked->request.deadlines.peer_silence = 10s;
    asked->request.deadlines.upload_silence = 60s;
    entry.silent_since = start;
  }

  exchange_ptr asked = std::make_shared<exchange>();
  flow::budget budget{wire_bytes{1u << 20}};
  carried entry{0, stream{}, asked, budget, flow::tuner_config{wire_bytes{1u << 16}, wire_bytes{1u << 18}, 1ms, false}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(carried)

BOOST_FIXTURE_TEST_CASE(an_origin_that_sends_nothing_is_late_after_peer_silence, one_exchange) {
  BOOST_TEST((entry.next_deadline() == start + 10s));
  BOOST_TEST(!entry.overdue(start + 10s - 1ms, 0));
  const auto why = entry.overdue(start + 10s, 0);
  BOOST_TEST((why.code == errc::peer_silent));
  BOOST_TEST(why.detail == "nothing came from the origin for 10000 ms though it was invited to send");
}

BOOST_FIXTURE_TEST_CASE(an_origin_that_may_not_send_is_never_late, one_exchange) {
  entry.paused = true;
  BOOST_TEST(!entry.overdue(start + 24h, 0));
  entry.paused = false;
  entry.over = true;
  BOOST_TEST(!entry.overdue(start + 24h, 0));
  entry.over = false;
  asked->request.deadlines.peer_silence = 0s;
  BOOST_TEST(!entry.overdue(start + 24h, 0));
}

BOOST_FIXTURE_TEST_CASE(while_a_body_is_uploaded_only_its_own_deadline_runs, one_exchange) {
  entry.upload.begin(start);
  entry.upload.bytes = 9000;
  entry.upload.watch(start, 5000);
  BOOST_TEST((entry.next_deadline() == start + 60s));
  BOOST_TEST(!entry.overdue(start + 59s, 5000));
  const auto why = entry.overdue(start + 60s, 5000);
  BOOST_TEST((why.code == errc::peer_silent));
  BOOST_TEST(
      why.detail
      == "the origin took nothing of the request's body for 60000 ms, after 4000 bytes (deadline upload_silence)");
}

BOOST_FIXTURE_TEST_CASE(an_upload_that_moved_has_its_deadline_anew, one_exchange) {
  entry.upload.begin(start);
  entry.upload.watch(start, 5000);
  BOOST_TEST(!entry.overdue(start + 60s, 4999));
  BOOST_TEST((entry.next_deadline() == start + 120s));
  BOOST_TEST((entry.overdue(start + 120s, 4999).code == errc::peer_silent));
}

BOOST_FIXTURE_TEST_CASE(both_deadlines_count_once_the_engine_has_all_of_the_upload, one_exchange) {
  entry.upload.begin(start);
  entry.upload.watch(start, 5000);
  entry.upload.given = true;
  BOOST_TEST(entry.overdue(start + 10s, 5000).detail
             == "nothing came from the origin for 10000 ms though it was invited to send");
}

BOOST_AUTO_TEST_SUITE_END()
