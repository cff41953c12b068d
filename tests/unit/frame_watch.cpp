// Which frames count as a flood, by their headers alone.
#include "http2_peer.hpp"

#include <sluice/protocols/http2/frame_watch.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;
using sluice::flow::allowance;

namespace {

const http::time_point start{1h};

http2::limits tight() {
  http2::limits bounds;
  bounds.control_frames = bounds.tiny_data_frames = bounds.window_updates = bounds.continuation_frames = 3;
  bounds.control_frames_a_second = bounds.tiny_data_frames_a_second = bounds.window_updates_a_second = 1;
  return bounds;
}

/// How many of these frames are let through, cut at `cut`.
int passed(const std::string& one, std::size_t cut) {
  http2::frame_watch watch{tight()};
  for (int n = 0; n < 10; ++n)
    for (std::string_view rest = one; !rest.empty(); rest.remove_prefix(std::min(cut, rest.size())))
      if (watch.receive(bytes_of(rest.substr(0, cut)), start))
        return n;
  return 10;
}

} // namespace

BOOST_AUTO_TEST_SUITE(frame_watch)

BOOST_AUTO_TEST_CASE(an_allowance_is_a_burst_and_then_a_rate_and_never_more_than_the_burst) {
  allowance tokens{2, 10};
  BOOST_TEST((tokens.take(start) && tokens.take(start) && !tokens.take(start)));
  BOOST_TEST(!tokens.take(start + 90ms));
  BOOST_TEST(tokens.take(start + 110ms));
  BOOST_TEST((tokens.take(start + 1h) && tokens.take(start + 1h) && !tokens.take(start + 1h)));
  BOOST_TEST(!tokens.take(start)); // a clock that goes back gives nothing
}

BOOST_AUTO_TEST_CASE(frames_that_carry_nothing_are_counted_and_others_are_not) {
  const std::string sixteen(16, 'x');
  struct row {
    std::string frame;
    int passed;
  };
  const row rows[] = {
      {settings(), 3},
      {ping(), 3},
      {reset(1, 0), 3},
      {goaway(0), 3},
      {frame(priority_frame, 0, 1, "12345"), 3},
      {frame(200, 0, 0, sixteen), 3},
      {window_update(1, 1), 3},
      {frame(continuation_frame, 0, 1), 3},
      {data(1, ""), 3},
      {data(1, sixteen.substr(1)), 3},
      {data(1, sixteen), 10},
      {data(1, "", end_stream), 10},
      {padded_data(1, sixteen.substr(1), 200), 3},
      {padded_data(1, sixteen, 200), 10},
      {padded_data(1, "", 255), 3},
      {frame(data_frame, padded, 1), 3},
      {frame(headers_frame, end_headers, 1, "x"), 10},
      {frame(headers_frame, 0, 1) + frame(continuation_frame, 0, 1) + frame(continuation_frame, end_headers, 1), 10},
  };
  for (const auto& entry : rows)
    for (std::size_t cut : {std::size_t{1}, std::size_t{7}, SIZE_MAX})
      BOOST_TEST(passed(entry.frame, cut) == entry.passed,
                 "type " << int{entry.frame[3]} << " of " << entry.frame.size() << " bytes, cut " << cut);
}

BOOST_AUTO_TEST_CASE(each_frame_of_data_that_we_send_allows_four_updates) {
  http2::frame_watch watch{tight()};
  int n = 0;
  for (int sent = 0; sent < 100; ++sent) {
    watch.sent_data();
    for (int i = 0; i < 3; ++i)
      n += watch.receive(bytes_of(window_update(0, 1)), start) ? 0 : 1;
  }
  BOOST_TEST(n == 300);
}

BOOST_AUTO_TEST_CASE(http1_is_recognized_in_the_first_bytes_only) {
  http2::frame_watch first{{}}, later{{}};
  BOOST_TEST((first.receive(bytes_of("HTTP/1.1 200 OK\r\n\r\n"), start).code == errc::unsupported_protocol));
  BOOST_TEST(!later.receive(bytes_of(settings()), start));
  BOOST_TEST(!later.receive(bytes_of("HTTP/1.1 200 OK\r\n\r\n"), start));
}

BOOST_AUTO_TEST_SUITE_END()
