#include "command.hpp"

#include "option_words.hpp"

#include <sluice/messages/errors.hpp>

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <utility>

namespace sluice::command {

exit_code exit_code_of(const failure& problem) {
  switch (problem.code) {
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
    case errc::too_many_redirects: return too_many_redirects;
    case errc::cancelled: return interrupted;
    default: return bad_response;
  }
}

client_config configuration(const client_options& options) {
  client_config result;
  result.retry_budget_a_second = 1'000'000; // whoever gives --retry means each transfer
  result.protocol = options.http1             ? http_choice::http1
                    : options.http2           ? http_choice::http2
                    : options.prior_knowledge ? http_choice::http2_prior_knowledge
                    : options.http3           ? http_choice::http3
                    : options.http3_only      ? http_choice::http3_only
                                              : http_choice::automatic;
  result.quic.early_data = options.early_data;
  result.http1.bare_lf = true; // as curl and browsers do
  result.largest_window =
      std::max(result.largest_window, wire_bytes{options.window_bytes}); // bounds the window of a request
  result.memory_budget = std::max(result.memory_budget, result.largest_window);
  result.alternative_services_file = options.alt_svc_file;
  result.addressing = addressing_of(options.connecting);
  result.tls.verify = !options.insecure;
  result.tls.ca_file = options.ca_file;
  result.tls.certificate_file = options.certificate_file;
  result.tls.key_file = options.key_file;
  if (const char* path = std::getenv("SSLKEYLOGFILE"))
    result.tls.key_log_file = path;
  return result;
}

namespace {

/// The errno of opening `path` with `flags`, or 0.
int problem_of(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  struct stat info{};
  const int code = fd < 0 ? errno : fstat(fd, &info) == 0 && S_ISDIR(info.st_mode) ? EISDIR : 0;
  if (fd >= 0)
    ::close(fd);
  return code;
}

} // namespace

failure check_files(const client_options& options) {
  const std::pair<const char*, const std::string&> read[] = {
      {"--cacert", options.ca_file}, {"--cert", options.certificate_file}, {"--key", options.key_file}};
  for (const auto& [option, path] : read)
    if (const int code = path.empty() ? 0 : problem_of(path, O_RDONLY))
      return {errc::invalid_configuration, caused_by::local,
              std::string{option} + ": '" + path + "' cannot be read: " + std::strerror(code)};
  if (options.alt_svc_file.empty())
    return {};
  // Written beside and renamed: what counts is its directory.
  const auto slash = options.alt_svc_file.rfind('/');
  const auto directory = slash == std::string::npos ? std::string{"."} : options.alt_svc_file.substr(0, slash + 1);
  int code = access(directory.c_str(), W_OK | X_OK) != 0 ? errno : 0;
  if (code == 0 && access(options.alt_svc_file.c_str(), F_OK) == 0)
    code = problem_of(options.alt_svc_file, O_RDONLY);
  if (code != 0)
    return {errc::invalid_configuration, caused_by::local,
            "--alt-svc: '" + options.alt_svc_file + "' cannot be kept: " + std::strerror(code)};
  return {};
}

failure check(const stats_option& option) {
  if (!option.destination || *option.destination == "-" || *option.destination == stats_option::standard_error)
    return {};
  const int code = problem_of(*option.destination, O_WRONLY | O_CREAT);
  return code == 0 ? failure{}
                   : failure{errc::consumer_failed, caused_by::local,
                             "--stats: '" + *option.destination + "' cannot be written: " + std::strerror(code)};
}

failure write_stats(const stats_option& option, const nlohmann::json& figures) {
  // Words that are not UTF-8, of an origin's, are no reason to have no figures.
  const auto line = figures.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (!option.destination)
    return {};
  if (*option.destination == stats_option::standard_error) {
    std::cerr << line << std::flush;
    return {};
  }
  if (*option.destination == "-") {
    std::cout << line << std::flush;
    return std::cout ? failure{}
                     : failure{errc::consumer_failed, caused_by::local, "--stats: writing to standard output failed"};
  }
  std::ofstream file{*option.destination};
  file << line;
  file.close();
  return file ? failure{}
              : failure{errc::consumer_failed, caused_by::local,
                        "--stats: '" + *option.destination + "' cannot be written"};
}

int complain(const failure& problem) {
  std::cerr << "sluice: " << in_words_of_options(problem.detail) << "\n";
  return exit_code_of(problem);
}

system_configuration::system_configuration() {
  configure(*this);
  set("scheduler.policy", caf::atom("sharing")); // stealing polls while idle
  set("scheduler.max-threads", 1u);
}

} // namespace sluice::command
