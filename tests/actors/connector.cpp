// Addresses are raced, every attempt has an end, and a connector that nobody waits for leaves nothing behind.
#include "fixture.hpp"

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/address_book.hpp>
#include <sluice/actors/connect/connector.hpp>
#include <sluice/actors/io/tcp_transport.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

/// A bound socket that stays silent. Its waits are bounded, so that a client that never comes fails a test.
class silent_socket {
public:
  explicit silent_socket(int type, const char* address = "127.0.0.1", std::uint16_t port = 0)
    : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &at.sin_addr);
    bound_ = ::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    at_ = at;
  }
  ~silent_socket() {
    for (const int descriptor : taken_)
      ::close(descriptor);
    ::close(fd_);
  }
  silent_socket(const silent_socket&) = delete;
  silent_socket& operator=(const silent_socket&) = delete;

  bool bound() const { return bound_; }
  std::uint16_t port() const { return port_; }
  void listen(int backlog) { ::listen(fd_, backlog); }
  /// Connections are answered by nobody from now on, not even by the kernel: its queue is full.
  void fill() {
    listen(0);
    for (int i = 0; i < 64; ++i) {
      const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      taken_.push_back(descriptor);
      (void)::connect(descriptor, reinterpret_cast<const sockaddr*>(&at_), sizeof at_);
      pollfd state{descriptor, POLLOUT, 0};
      if (::poll(&state, 1, 100) == 0)
        return;
    }
    BOOST_FAIL("the listener's queue does not get full");
  }
  /// The next connection; its first bytes have come.
  int accept_hello() {
    const int descriptor = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    BOOST_REQUIRE(descriptor >= 0);
    taken_.push_back(descriptor);
    timeval patience{20, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char byte;
    BOOST_REQUIRE(::recv(descriptor, &byte, 1, MSG_PEEK) == 1);
    return descriptor;
  }
  /// The port that the next datagram comes from.
  std::uint16_t datagram() {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    char bytes[2048];
    BOOST_REQUIRE(::recvfrom(fd_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size) > 0);
    return ntohs(from.sin_port);
  }
  int fd() const { return fd_; }

private:
  int fd_;
  std::uint16_t port_ = 0;
  sockaddr_in at_{};
  bool bound_ = false;
  std::vector<int> taken_;
};

/// A socket at 127.0.0.1 and an origin at the same port of 127.0.0.2.
struct beside {
  std::unique_ptr<silent_socket> first;
  std::unique_ptr<origin::server> second;

  explicit beside(int type, bool secure) {
    for (int i = 0; i < 100 && !second; ++i) {
      first = std::make_unique<silent_socket>(type);
      origin::config settings;
      settings.address = "127.0.0.2";
      (secure ? settings.tls_port : settings.port) = first->port();
      if (auto made = origin::server::start(settings))
        second = *std::move(made);
    }
    BOOST_REQUIRE(second);
  }
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// No descriptor can be had while it lives.
class no_descriptors {
public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ::close(lowest_free);
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

private:
  rlimit before_{};
};

client_config impatient() {
  client_config config;
  config.connection_attempt_delay = 10ms;
  return config;
}

struct result {
  transport_ptr link;
  failure problem;
};

struct lab {
  silent_socket name_server{SOCK_DGRAM}; // what is asked of it is not answered
  system_settings settings;
  caf::actor_system system{settings};
  runtime loops{system};
  std::shared_ptr<client_shared> shared;
  caf::scoped_actor self{system};

  /// The client speaks what `protocol` says and trusts `ca`.
  explicit lab(http_choice protocol = http_choice::http1, const std::string& ca = {},
               client_config config = impatient()) {
    config.protocol = protocol;
    config.tls.ca_pem = ca;
    auto& given = config.addressing;
    if (given.name_servers.empty())
      given.name_servers = {"127.0.0.1:" + std::to_string(name_server.port())};
    BOOST_REQUIRE(!check(config));
    shared = std::make_shared<client_shared>(config);
    shared->tls = take(tls::client_context::make(config.tls));
    shared->alternatives = take(alternatives_book::open({}, {}));
  }

  /// Each host is at 127.0.0.1 and 127.0.0.2 for this port.
  void at_two_addresses(std::uint16_t port) {
    auto given = shared->config.addressing;
    given.resolve = {"*:" + std::to_string(port) + ":127.0.0.1,127.0.0.2"};
    shared->names = std::make_shared<address_book>(given);
  }

  exchange_ptr asking(const std::string& url, std::chrono::milliseconds connect = 0ms) {
    auto exchange = std::make_shared<sluice::exchange>();
    exchange->request.url = url;
    exchange->request.deadlines.connect = connect;
    exchange->where = take(uri::parse(url));
    exchange->shared = shared;
    exchange->counters = std::make_shared<flow_counters>(shared->totals);
    exchange->begun = std::chrono::steady_clock::now();
    return exchange;
  }
  result connect(const std::string& url, std::chrono::milliseconds limit = 0ms) {
    result got;
    self->request(spawn_connector(loops.home()), 60s, begin_atom::value, asking(url, limit))
        .receive([&](transport_ptr& link) { got.link = std::move(link); },
                 [&](caf::error& error) { got.problem = failure_of(error); });
    return got;
  }
  /// The address that was taken; else why there is none.
  std::string taken(const std::string& url) {
    const auto got = connect(url);
    if (!got.link)
      return to_string(got.problem);
    const auto result = got.link->peer_address();
    asio::post(loops.home().io(), [link = got.link] { link->close(); });
    return result;
  }
  std::vector<connector> begin(std::size_t n, const std::string& url) {
    std::vector<connector> all;
    for (std::size_t i = 0; i < n; ++i) {
      all.push_back(spawn_connector(loops.home()));
      self->send(all.back(), begin_atom::value, asking(url));
    }
    return all;
  }
  /// Nobody lives on the loop, and `descriptors` are open.
  bool nothing_left(std::size_t descriptors) {
    return fixture::eventually(
        [&] { return loops.live_actors() == 0 && open_descriptors() == descriptors && loops.blocks_in_use() == 0; });
  }
  void end(const std::vector<connector>& all) {
    for (const auto& each : all)
      self->send_exit(each, caf::exit_reason::user_shutdown);
  }
};

std::string at(const std::string& scheme, const std::string& host, std::uint16_t port) {
  return scheme + "://" + host + ":" + std::to_string(port) + "/";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

volatile std::sig_atomic_t pipe_signals = 0;

} // namespace

BOOST_AUTO_TEST_SUITE(connector)

BOOST_AUTO_TEST_CASE(a_dead_address_does_not_keep_the_next_from_being_taken) {
  beside hosts{SOCK_STREAM, false};
  hosts.first->fill();
  lab setup;
  setup.at_two_addresses(hosts.first->port());
  BOOST_TEST(setup.taken(at("http", "two.test", hosts.first->port())) == "127.0.0.2");
}

BOOST_AUTO_TEST_CASE(an_address_silent_in_tls_does_not_keep_the_next_from_being_taken) {
  beside hosts{SOCK_STREAM, true};
  hosts.first->listen(16);
  lab setup{http_choice::http1, hosts.second->certificate_pem()};
  setup.at_two_addresses(hosts.first->port());
  BOOST_TEST(setup.taken(at("https", "localhost", hosts.first->port())) == "127.0.0.2");
  char bytes[4096];
  const int loser = hosts.first->accept_hello();
  auto n = ::recv(loser, bytes, sizeof bytes, 0);
  while (n > 0)
    n = ::recv(loser, bytes, sizeof bytes, 0);
  BOOST_TEST((n == 0 || errno == ECONNRESET)); // it was closed, not left behind
}

BOOST_AUTO_TEST_CASE(an_address_that_hangs_up_in_tls_is_followed_by_the_next) {
  beside hosts{SOCK_STREAM, true};
  hosts.first->listen(16);
  std::thread hanging_up{[&] { ::close(::accept(hosts.first->fd(), nullptr, nullptr)); }};
  auto config = impatient();
  config.connection_attempt_delay = 2s;
  lab setup{http_choice::http1, hosts.second->certificate_pem(), config};
  setup.at_two_addresses(hosts.first->port());
  BOOST_TEST(setup.taken(at("https", "localhost", hosts.first->port())) == "127.0.0.2");
  hanging_up.join();
}

BOOST_AUTO_TEST_CASE(an_address_silent_over_udp_does_not_keep_the_next_from_being_taken) {
  beside hosts{SOCK_DGRAM, true};
  lab setup{http_choice::http3_only, hosts.second->certificate_pem()};
  setup.at_two_addresses(hosts.first->port());
  BOOST_TEST(setup.taken(at("https", "localhost", hosts.first->port())) == "127.0.0.2");
}

BOOST_AUTO_TEST_CASE(each_address_is_named_with_what_came_of_it) {
  beside hosts{SOCK_STREAM, false}; // the first is bound and does not listen: it refuses
  const auto port = hosts.first->port();
  hosts.second.reset();
  silent_socket second{SOCK_STREAM, "127.0.0.2", port};
  BOOST_REQUIRE(second.bound());
  lab setup;
  setup.at_two_addresses(port);
  auto got = setup.connect(at("http", "two.test", port));
  BOOST_TEST((got.problem.code == errc::connect_failed));
  for (const auto* address : {"127.0.0.1 port ", "127.0.0.2 port "})
    BOOST_TEST(has(got.problem.detail, address + std::to_string(port) + " (Connection refused)"), got.problem.detail);
  // Also when the time is up.
  second.fill();
  got = setup.connect(at("http", "two.test", port), 500ms);
  BOOST_TEST((got.problem.code == errc::timed_out));
  BOOST_TEST(has(got.problem.detail, "still connecting to 127.0.0.2 port "), got.problem.detail);
  BOOST_TEST(has(got.problem.detail, "failed: 127.0.0.1 port " + std::to_string(port) + " (Connection refused)"),
             got.problem.detail);
}

BOOST_AUTO_TEST_CASE(an_attempt_ends_without_any_deadline) {
  silent_socket dead{SOCK_STREAM}, silent{SOCK_STREAM}, udp{SOCK_DGRAM};
  dead.fill();
  silent.listen(16);
  auto config = impatient();
  config.connection_attempt_timeout = 20ms;
  config.lookup_timeout = 20ms;
  lab setup{http_choice::http1, {}, config};
  auto got = setup.connect(at("http", "127.0.0.1", dead.port()));
  BOOST_TEST(has(got.problem.detail, "(no answer)"), got.problem.detail);
  got = setup.connect(at("https", "127.0.0.1", silent.port()));
  BOOST_TEST(has(got.problem.detail, "(silent in the handshake)"), got.problem.detail);
  lab over_quic{http_choice::http3_only, {}, config};
  got = over_quic.connect(at("https", "127.0.0.1", udp.port()));
  BOOST_TEST(has(got.problem.detail, "(no answer)"), got.problem.detail);
  got = setup.connect("http://hung.test/");
  BOOST_TEST((got.problem.code == errc::resolve_failed));
  BOOST_TEST(setup.nothing_left(open_descriptors()));
}

BOOST_AUTO_TEST_CASE(a_tls_handshake_that_nobody_waits_for_leaves_nothing) {
  silent_socket silent{SOCK_STREAM};
  silent.listen(64);
  lab setup;
  const auto before = open_descriptors();
  const auto all = setup.begin(20, at("https", "127.0.0.1", silent.port()));
  for (std::size_t i = 0; i < all.size(); ++i)
    silent.accept_hello();
  BOOST_TEST(setup.loops.live_actors() == all.size());
  setup.end(all);
  BOOST_TEST(setup.nothing_left(before + all.size())); // those that the listener accepted
}

BOOST_AUTO_TEST_CASE(a_quic_handshake_that_nobody_waits_for_leaves_nothing) {
  silent_socket silent{SOCK_DGRAM};
  lab setup{http_choice::http3_only};
  BOOST_REQUIRE(setup.shared->quic());
  const auto before = open_descriptors();
  const auto all = setup.begin(20, at("https", "127.0.0.1", silent.port()));
  std::vector<std::uint16_t> ports;
  while (ports.size() < all.size())
    if (const auto port = silent.datagram(); std::count(ports.begin(), ports.end(), port) == 0)
      ports.push_back(port);
  BOOST_TEST(setup.loops.live_actors() == all.size());
  setup.end(all);
  BOOST_TEST(setup.nothing_left(before));
}

BOOST_AUTO_TEST_CASE(attempts_at_dead_addresses_that_nobody_waits_for_leave_nothing) {
  beside hosts{SOCK_STREAM, false};
  hosts.second.reset();
  silent_socket second{SOCK_STREAM, "127.0.0.2", hosts.first->port()};
  BOOST_REQUIRE(second.bound());
  hosts.first->fill();
  second.fill();
  lab setup;
  setup.at_two_addresses(hosts.first->port());
  const auto before = open_descriptors();
  const auto all = setup.begin(20, at("http", "two.test", hosts.first->port()));
  BOOST_TEST(fixture::eventually([&] { return open_descriptors() == before + 2 * all.size(); }));
  setup.end(all);
  BOOST_TEST(setup.nothing_left(before));
}

BOOST_AUTO_TEST_CASE(a_lookup_that_hangs_keeps_no_connector_and_no_runtime) {
  lab setup;
  const auto before = open_descriptors();
  const auto all = setup.begin(20, "http://hung.test/");
  setup.name_server.datagram();
  setup.end(all);
  BOOST_TEST(setup.nothing_left(before));
  setup.begin(1, "http://hung2.test/");
  setup.name_server.datagram();
  // The lab's end waits for no lookup, or this test does not end.
}

BOOST_AUTO_TEST_CASE(a_connector_ends_with_who_asked) {
  silent_socket silent{SOCK_STREAM};
  silent.listen(64);
  lab setup;
  const auto before = open_descriptors();
  {
    caf::scoped_actor other{setup.system};
    other->send(spawn_connector(setup.loops.home()), begin_atom::value,
                setup.asking(at("https", "127.0.0.1", silent.port())));
    silent.accept_hello();
  }
  BOOST_TEST(setup.nothing_left(before + 1));
}

BOOST_AUTO_TEST_CASE(being_out_of_descriptors_is_told_apart) {
  silent_socket silent{SOCK_STREAM};
  silent.listen(64);
  lab over_tcp, over_quic{http_choice::http3_only};
  BOOST_REQUIRE(over_quic.shared->quic());
  result tcp, quic, unknown;
  {
    const no_descriptors guard;
    tcp = over_tcp.connect(at("http", "127.0.0.1", silent.port()));
    quic = over_quic.connect(at("https", "127.0.0.1", silent.port()));
    unknown = over_tcp.connect("http://does-not-exist.invalid/");
  }
  for (const auto* problem : {&tcp.problem, &quic.problem, &unknown.problem}) {
    BOOST_TEST((problem->code == errc::out_of_descriptors), to_string(*problem));
    BOOST_TEST(has(problem->detail, "ulimit -n"), problem->detail);
  }
  BOOST_TEST(over_tcp.taken(at("http", "127.0.0.1", silent.port())) == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_connection_comes_from_where_the_configuration_says) {
  for (const std::string secure : {"http", "https"}) {
    auto server = take(origin::server::start({}));
    const bool quic = secure == "https";
    auto config = impatient();
    config.addressing.interface = "127.0.0.3";
    lab setup{quic ? http_choice::http3_only : http_choice::http1, server->certificate_pem(), config};
    BOOST_TEST(setup.taken(at(secure, "127.0.0.1", quic ? server->tls_port() : server->port())) == "127.0.0.1");
    config.addressing.interface = "192.0.2.1"; // not this machine's
    lab stranger{quic ? http_choice::http3_only : http_choice::http1, server->certificate_pem(), config};
    const auto got = stranger.connect(at(secure, "127.0.0.1", quic ? server->tls_port() : server->port()));
    BOOST_TEST(has(got.problem.detail, "the local end 192.0.2.1 cannot be had"), got.problem.detail);
  }
}

BOOST_AUTO_TEST_CASE(an_interface_that_there_is_not_is_named) {
  auto config = impatient();
  config.addressing.interface = "if!nosuch0";
  lab setup{http_choice::http1, {}, config};
  const auto got = setup.connect("http://127.0.0.1:1/");
  BOOST_TEST(has(got.problem.detail, "no network interface 'nosuch0'"), got.problem.detail);
}

BOOST_AUTO_TEST_CASE(the_first_free_port_of_the_range_is_taken) {
  silent_socket taken{SOCK_STREAM}, server{SOCK_STREAM};
  server.listen(16);
  auto config = impatient();
  config.addressing.local_port = taken.port();
  config.addressing.interface = "127.0.0.1";
  lab alone{http_choice::http1, {}, config};
  const auto refused = alone.connect(at("http", "127.0.0.1", server.port()));
  BOOST_TEST(has(refused.problem.detail, "port " + std::to_string(taken.port()) + " cannot be had"),
             refused.problem.detail);
  config.addressing.local_port_last = std::min<std::uint32_t>(taken.port() + 100u, 65535u);
  lab range{http_choice::http1, {}, config};
  if (config.addressing.local_port_last > config.addressing.local_port)
    BOOST_TEST(range.taken(at("http", "127.0.0.1", server.port())) == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(writing_to_a_socket_that_is_shut_raises_no_signal) {
  silent_socket silent{SOCK_STREAM};
  silent.listen(16);
  struct sigaction before{}, counting{};
  counting.sa_handler = [](int) { pipe_signals = pipe_signals + 1; };
  ::sigaction(SIGPIPE, &counting, &before);
  asio::io_context io;
  asio::ip::tcp::socket socket{io};
  socket.connect({asio::ip::address_v4::loopback(), silent.port()});
  socket.shutdown(asio::socket_base::shutdown_send);
  auto context = take(tls::client_context::make({}));
  tcp_transport link{std::move(socket), context->connect("localhost", silent.port()), chunk_pool::make(4096, 1)};
  BOOST_TEST((link.handshake() == read_state::failed));
  ::sigaction(SIGPIPE, &before, nullptr);
  BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_SUITE_END()
