// `sluice origin`: the scripted server of the tests, for trying things by hand.
#include "command.hpp"
#include "display.hpp"
#include "process.hpp"

#include <sluice/deploy/origin/server.hpp>

#include <csignal>
#include <fstream>
#include <iostream>

namespace sluice::command {

int origin(const origin_options& options) {
  // Blocked before any thread starts, so that only sigwait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  sluice::origin::config config;
  config.address = options.address;
  config.port = options.port;
  config.tls_port = options.tls_port;
  config.threads = options.threads;
  config.request_log_file = options.request_log;
  config.http2.max_concurrent_streams = options.streams;
  config.http3.max_concurrent_streams = options.streams;
  config.http3.enabled = !options.no_http3;
  config.http3.retry = options.http3_retry;
  config.http3.early_data = options.early_data;
  config.http3.advertise = !options.no_alt_svc;
  auto server = sluice::origin::server::start(config);
  if (!server) {
    std::cerr << "sluice: " << server.error().detail << "\n";
    return usage;
  }
  if (!options.certificate_out.empty() && !(std::ofstream{options.certificate_out} << (*server)->certificate_pem())) {
    std::cerr << "sluice: --certificate-out: '" << options.certificate_out << "' cannot be written\n";
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
