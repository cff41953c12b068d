#include <sluice/tests/netlab/self_check.hpp>

#include <sluice/tests/netlab/ends.hpp>
#include <sluice/tests/netlab/pump.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdio>

namespace netlab {

namespace {

constexpr int rounds = 20;
constexpr std::uint16_t port = 7;
/// A busy machine wakes us late now and then; the quickest of some rounds it does not.
constexpr auto tolerance = std::chrono::milliseconds{3};

sockaddr_in at(const char* address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

double in_ms(nanoseconds duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

} // namespace

int echo() {
  const descriptor s{socket(AF_INET, SOCK_DGRAM, 0)};
  const auto here = at(server_address);
  if (bind(s.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
    return 1;
  for (;;) {
    char data[2048];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto n = recvfrom(s.get(), data, sizeof data, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n >= 0)
      sendto(s.get(), data, static_cast<std::size_t>(n), 0, reinterpret_cast<const sockaddr*>(&from), size);
  }
}

int check_round_trip(const link_options& asked) {
  const descriptor s{socket(AF_INET, SOCK_DGRAM, 0)};
  const auto there = at(server_address);
  if (connect(s.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
    return 1;
  const auto least = 2 * asked.delay;
  std::vector<nanoseconds> times;
  for (std::uint32_t i = 0; i < rounds; ++i) {
    // One that is lost, or comes before the echo listens, is worth no more than a wait.
    const auto begun = now();
    std::uint32_t got = rounds;
    if (send(s.get(), &i, sizeof i, 0) != sizeof i)
      continue;
    pollfd waiting{s.get(), POLLIN, 0};
    const auto limit = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(least).count()) + 200;
    while (got != i && poll(&waiting, 1, limit) == 1 && recv(s.get(), &got, sizeof got, 0) >= 0) {
    }
    if (got == i)
      times.push_back(now() - begun);
  }
  if (times.empty()) {
    std::printf("netlab: no datagram came back\n");
    return 1;
  }
  const auto [low, high] = std::minmax_element(times.begin(), times.end());
  std::printf("netlab: %zu of %d datagrams came back, the round trip is %.2f to %.2f ms, asked for %.2f\n",
              times.size(), rounds, in_ms(*low), in_ms(*high), in_ms(least));
  std::fflush(stdout);
  return *low >= least && *low <= least + tolerance ? 0 : 1;
}

} // namespace netlab
