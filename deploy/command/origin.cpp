// `sluice origin`: the scripted server of the tests, for trying things by hand.
#include "command.hpp"
#include "display.hpp"
#include "process.hpp"

#include <sluice/deploy/origin/server.hpp>

#include <csignal>
#include <fstream>
#include <iostream>

namespace sluice::command {

int origin(const origin_options& x) {
  // Blocked before any thread starts, so that only sigwait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sluice::origin::config config;
  config.address = x.address;
  config.port = x.port;
  config.tls_port = x.tls_port;
  config.threads = x.threads;
  config.http2.max_concurrent_streams = x.streams;
  config.http3.max_concurrent_streams = x.streams;
  config.http3.enabled = !x.no_http3;
  config.http3.retry = x.http3_retry;
  config.http3.early_data = x.early_data;
  config.http3.advertise = !x.no_alt_svc;
  auto server = sluice::origin::server::start(config);
  if (!server) {
    std::cerr << "sluice: " << server.error().detail << "\n";
    return usage;
  }
  if (!x.certificate_out.empty() && !(std::ofstream{x.certificate_out} << (*server)->certificate_pem())) {
    std::cerr << "sluice: --certificate-out: '" << x.certificate_out << "' cannot be written\n";
    return output_failed;
  }
  std::cout << (*server)->url("/") << "\n" << (*server)->tls_url("/") << std::endl;
  int got = 0;
  sigwait(&signals, &got);
  (*server)->stop();
  const auto figures = (*server)->snapshot();
  std::cerr << "sluice: served " << figures.requests << " requests, "
            << human_bytes(static_cast<double>(figures.bytes_written)) << "\n";
  return success;
}

} // namespace sluice::command
