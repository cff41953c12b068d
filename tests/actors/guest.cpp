// sluice is a guest in its host's process: signals stay the host's, and the actor system's configuration keeps what it
// has.
#include "fixture.hpp"

#include <sluice/actors/blocking.hpp>

#include <caf/defaults.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::tests;

namespace {

using identifiers = std::vector<std::string>;

std::atomic<int> broken_pipes{0};
void count_broken_pipe(int) { ++broken_pipes; }

/// SIGPIPE as the test wants it, and as it was afterwards.
class pipe_signal {
public:
  explicit pipe_signal(void (*handler)(int)) : before_(std::signal(SIGPIPE, handler)) {}
  ~pipe_signal() { std::signal(SIGPIPE, before_); }
  pipe_signal(const pipe_signal&) = delete;
  pipe_signal& operator=(const pipe_signal&) = delete;
  static void (*now())(int) {
    struct sigaction action{};
    ::sigaction(SIGPIPE, nullptr, &action);
    return action.sa_handler;
  }

private:
  void (*before_)(int);
};

identifiers identifiers_of(const caf::actor_system_config& config) {
  return caf::get_or(config, "middleman.app-identifiers", identifiers{});
}
std::ptrdiff_t count(const identifiers& values, const std::string& what) {
  return std::count(values.begin(), values.end(), what);
}
const std::string ours = "sluice/" + std::to_string(message_protocol_version);

} // namespace

BOOST_AUTO_TEST_SUITE(guest)

BOOST_AUTO_TEST_CASE(a_runtime_and_a_client_leave_sigpipe_as_it_was) {
  pipe_signal as{SIG_DFL};
  fixture f;
  blocking::client http;
  BOOST_TEST(f.drain(take(f.fetch(f.server->url("/bytes/1k"))).body).whole());
  BOOST_TEST((pipe_signal::now() == SIG_DFL));
}

BOOST_AUTO_TEST_CASE(writing_to_a_peer_that_has_closed_raises_no_sigpipe) {
  pipe_signal as{count_broken_pipe};
  broken_pipes = 0;
  fixture f;
  for (bool secure : {false, true})
    for (const char* path : {"/early?status=413&abrupt=1", "/fault/reset?after=0", "/fault/cut?bytes=100000&after=0"})
      for (int i = 0; i < 5; ++i) {
        request outgoing;
        outgoing.method = "POST";
        outgoing.url = secure ? f.server->tls_url(path) : f.server->url(path);
        outgoing.body = request_body::of(std::string(8u << 20, 'x')); // more than socket buffers take
        if (auto got = f.fetch(std::move(outgoing)))
          (void)f.drain(got->body);
      }
  BOOST_TEST(broken_pipes == 0);
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_CASE(configure_adds_to_the_identifiers_that_a_host_has) {
  caf::actor_system_config host;
  host.set("middleman.app-identifiers", identifiers{"host/7"});
  configure(host);
  configure(host);
  BOOST_TEST(count(identifiers_of(host), "host/7") == 1);
  BOOST_TEST(count(identifiers_of(host), ours) == 1);
  BOOST_TEST(identifiers_of(host).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_host_without_identifiers_keeps_those_of_caf) {
  caf::actor_system_config host;
  configure(host);
  for (const auto& identifier : caf::defaults::middleman::app_identifiers)
    BOOST_TEST(count(identifiers_of(host), identifier) == 1);
  BOOST_TEST(count(identifiers_of(host), ours) == 1);
}

BOOST_AUTO_TEST_CASE(configure_changes_no_other_setting) {
  caf::actor_system_config host;
  host.set("scheduler.max-threads", 3u);
  host.set("middleman.max-consecutive-reads", 7u);
  configure(host);
  BOOST_TEST(caf::get_or(host, "scheduler.max-threads", std::size_t{0}) == 3u);
  BOOST_TEST(caf::get_or(host, "middleman.max-consecutive-reads", std::size_t{0}) == 7u);
}

BOOST_AUTO_TEST_SUITE_END()
