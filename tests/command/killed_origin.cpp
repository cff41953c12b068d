// An origin that is killed is noticed by what the kernel tells, not by a deadline, over every HTTP version.
#include "child.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(killed_origin)

BOOST_DATA_TEST_CASE(a_killed_origin_is_noticed_before_it_counts_as_silent,
                     boost::unit_test::data::make({"--http1.1", "--http2", "--http3-only"}), version) {
  child origin{{"origin", "--port", "0"}};
  std::string url;
  BOOST_TEST_REQUIRE(origin.read_until([&](const outcome& so_far) {
    const auto text = so_far.out + so_far.err;
    const auto begin = text.find("https://");
    const auto end = text.find_first_of(" \n/", begin == std::string::npos ? begin : begin + 8);
    if (end == std::string::npos)
      return false;
    url = text.substr(begin, end - begin);
    return true;
  }));
  // A body that comes slowly: perhaps no datagram is on its way when the origin goes. Over HTTP/3 it is the next PING
  // then that finds nobody (quic.keep_alive_after, 10 s).
  child reader{{"get", "-k", "-v", version, "--peer-silence", "15", "-o", "/dev/null", url + "/bytes/1g?rate=1m"}};
  BOOST_TEST_REQUIRE(
      reader.read_until([](const outcome& so_far) { return so_far.err.find(" 200") != std::string::npos; }));
  origin.signal(SIGKILL);
  const auto got = reader.wait();
  BOOST_TEST(got.status == 7, got.err);
  BOOST_TEST(got.err.find("nothing came from the origin") == std::string::npos, got.err);
}

BOOST_AUTO_TEST_SUITE_END()
