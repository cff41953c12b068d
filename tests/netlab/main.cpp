// netlab: a long, slow or lossy network link on one machine, for a server command at one end and a client at the other.
#include <sluice/tests/netlab/ends.hpp>
#include <sluice/tests/netlab/options.hpp>
#include <sluice/tests/netlab/pump.hpp>
#include <sluice/tests/netlab/self_check.hpp>

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace netlab {

namespace {

enum exit_code : int { wrong_usage = 2, no_server = 3, no_link = 77 };

/// SIGCHLD and what asks us to end, as a descriptor.
descriptor signals() {
  sigset_t mask;
  sigemptyset(&mask);
  for (int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP})
    sigaddset(&mask, number);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  return descriptor{signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC)};
}

void tell(const char* way, const link_counts& counts) {
  std::fprintf(stderr,
               "netlab: to the %s: %llu packets, %llu bytes; %llu dropped by the queue, %llu lost, %llu reordered, "
               "%llu duplicated, %llu too large, %llu while cut\n",
               way, static_cast<unsigned long long>(counts.packets), static_cast<unsigned long long>(counts.bytes),
               static_cast<unsigned long long>(counts.overflowed), static_cast<unsigned long long>(counts.lost),
               static_cast<unsigned long long>(counts.reordered), static_cast<unsigned long long>(counts.duplicated),
               static_cast<unsigned long long>(counts.too_large), static_cast<unsigned long long>(counts.cut));
}

/// Carries packets until the client is done; its status.
int carry(const options& chosen, link_ends& ends, const descriptor& wake, child& client, const child& server) {
  direction up{ends.client.tun.get(), ends.server.tun.get(), chosen.link};
  auto down_options = chosen.link;
  ++down_options.seed; // or both directions would have the same luck
  direction down{ends.server.tun.get(), ends.client.tun.get(), down_options};
  int result = 0;
  pump(up, down, wake.get(), [&] {
    signalfd_siginfo got{};
    while (read(wake.get(), &got, sizeof got) == sizeof got)
      if (got.ssi_signo != SIGCHLD) {
        result = 128 + static_cast<int>(got.ssi_signo);
        return true;
      }
    int status = 0, server_status = 0;
    if (server.pid > 0 && waitpid(server.pid, &server_status, WNOHANG | WNOWAIT) == server.pid)
      std::fprintf(stderr, "netlab: the server command has ended\n");
    if (waitpid(client.pid, &status, WNOHANG) != client.pid)
      return false;
    client.pid = -1;
    result = exit_status(status);
    return true;
  });
  if (chosen.verbose) {
    tell("server", up.counts());
    tell("client", down.counts());
  }
  return result;
}

int run_all(const options& chosen) {
  auto ends = make_ends(chosen.mtu);
  const auto wake = signals();
  setenv("NETLAB_SERVER", server_address, 1);
  setenv("NETLAB_CLIENT", client_address, 1);
  if (chosen.verbose)
    for (const auto* name : {"ipv4/tcp_rmem", "ipv4/tcp_wmem", "ipv4/tcp_congestion_control"})
      std::fprintf(stderr, "netlab: net/%s is %s\n", name, setting(ends.client, name).c_str());
  child server, client;
  if (chosen.self_check)
    server = run_function(ends.server, echo);
  else if (!chosen.server.empty())
    server = run(ends.server, {"/bin/sh", "-c", "exec " + chosen.server}, isolation::processes);
  int result = no_server;
  if (chosen.self_check || chosen.port == 0 || await_listener(ends.server, chosen.port)) {
    client = chosen.self_check ? run_function(ends.client, [&] { return check_round_trip(chosen.link); })
                               : run(ends.client, chosen.client, isolation::processes);
    result = carry(chosen, ends, wake, client, server);
  } else {
    std::fprintf(stderr, "netlab: nothing listens on port %d of the server's end\n", chosen.port);
  }
  stop(client);
  stop(server);
  return result;
}

} // namespace

} // namespace netlab

int main(int argc, char** argv) {
  using namespace netlab;
  const auto parsed = parse(argc, argv);
  if (!parsed)
    return wrong_usage;
  try {
    return run_all(*parsed);
  } catch (const not_to_be_had& problem) {
    std::fprintf(stderr, "netlab: skipped, no link to be had here: %s\n", problem.why.c_str());
    return no_link;
  }
}
