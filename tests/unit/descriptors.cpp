#include <sluice/protocols/descriptors.hpp>

#include <sluice/protocols/quic/context.hpp>
#include <sluice/protocols/quic/session.hpp>

#include "tls_pair.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <cerrno>
#include <string>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(descriptors)

BOOST_AUTO_TEST_CASE(only_want_of_descriptors_gets_a_hint_and_it_says_what_to_do) {
  BOOST_TEST(descriptors_hint(0).empty());
  BOOST_TEST(descriptors_hint(ENOMEM).empty());
  BOOST_TEST(descriptors_hint(ECONNREFUSED).empty());
  BOOST_TEST((descriptors_hint(EMFILE).find("ulimit -n") != std::string::npos));
  BOOST_TEST((descriptors_hint(ENFILE).find("fs.file-max") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_tls_session_without_a_descriptor_left_works_or_names_descriptors) {
  tls::client_config anyone;
  anyone.verify = false;
  const auto context = tls::must(tls::client_context::make(anyone));
  rlimit before{};
  BOOST_TEST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none = before;
  none.rlim_cur = 0;
  BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto session = context->connect("localhost", 443);
  const auto problem = session->error();
  BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  if (problem) // else the processor has random numbers of its own
    BOOST_TEST((problem.detail.find("ulimit -n") != std::string::npos), to_string(problem));
}

BOOST_AUTO_TEST_SUITE_END()
