#include "command.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace sluice::command {

exit_code exit_code_of(const failure& x) {
  switch (x.code) {
    case errc::none: return success;
    case errc::invalid_configuration:
    case errc::limit_exceeded: return usage;
    case errc::invalid_url:
    case errc::invalid_request: return bad_request;
    case errc::resolve_failed:
    case errc::connect_failed:
    case errc::out_of_descriptors: return no_connection;
    case errc::tls_handshake:
    case errc::tls_untrusted_certificate:
    case errc::tls_host_mismatch:
    case errc::tls_certificate_expired:
    case errc::tls_protocol: return tls_failed;
    case errc::connection_reset:
    case errc::connection_closed:
    case errc::truncated_body:
    case errc::tls_truncated:
    case errc::stream_reset:
    case errc::peer_silent: return incomplete;
    case errc::timed_out: return deadline;
    case errc::consumer_failed: return output_failed;
    case errc::cancelled: return interrupted;
    default: return bad_response;
  }
}

client_config configuration(const client_options& x) {
  client_config result;
  result.protocol = x.http1             ? http_choice::http1
                    : x.http2           ? http_choice::http2
                    : x.prior_knowledge ? http_choice::http2_prior_knowledge
                    : x.http3           ? http_choice::http3
                    : x.http3_only      ? http_choice::http3_only
                                        : http_choice::automatic;
  result.quic.early_data = x.early_data;
  result.alternative_services_file = x.alt_svc_file;
  result.tls.verify = !x.insecure;
  result.tls.ca_file = x.ca_file;
  result.tls.certificate_file = x.certificate_file;
  result.tls.key_file = x.key_file;
  if (const char* path = std::getenv("SSLKEYLOGFILE"))
    result.tls.key_log_file = path;
  return result;
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t resident_peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

system_configuration::system_configuration() {
  configure(*this);
  set("scheduler.policy", caf::atom("sharing")); // stealing polls while idle
  set("scheduler.max-threads", 1u);
}

std::string human_bytes(double n) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t i = 0;
  for (; n >= 1024 && i + 1 < std::size(units); ++i)
    n /= 1024;
  return fmt::format("{:.{}f} {}", n, i == 0 ? 0 : 1, units[i]);
}

} // namespace sluice::command
