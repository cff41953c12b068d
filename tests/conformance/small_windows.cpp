// A small window costs time, and never stops the body for good; one that is smaller than is accepted is refused.
#include "../actors/fixture.hpp"
#include "ways.hpp"

#include <sluice/messages/bounds.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(small_windows)

BOOST_DATA_TEST_CASE(a_body_completes_in_a_window_of_any_size_that_is_accepted,
                     data::make(ways) * data::make({1, 16, 1000, 1024, 1500, 4096}), way, window) {
  fixture f{over(way)};
  // Over QUIC the first 64 KiB come in any case. Elsewhere the origin sends just the window, and each costs a turn.
  const auto size =
      way.quic() ? std::uint64_t{200'000} : std::min<std::uint64_t>(200'000, static_cast<std::uint64_t>(window) * 2000);
  request outgoing;
  outgoing.url = at(f, way, "/bytes/" + std::to_string(size));
  outgoing.read.window = wire_bytes{static_cast<std::uint64_t>(window)};
  auto got = f.fetch(std::move(outgoing));
  if (wire_bytes{static_cast<std::uint64_t>(window)} < smallest_window) {
    BOOST_REQUIRE(!got);
    BOOST_TEST(
        (got.error().code == errc::invalid_request && got.error().detail.find("read.window") != std::string::npos),
        to_string(got.error()));
    return;
  }
  BOOST_REQUIRE(got);
  const auto read = f.drain(got->body);
  BOOST_TEST(to_string(read.problem) == "none");
  BOOST_TEST(read.bytes == size);
  BOOST_TEST(read.content_good);
  got->body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_SUITE_END()
