// What the subcommands of `sluice` share: their options, exit codes and figures of the process.
// Knows the library's public interface only.
#pragma once

#include <sluice/actors/runtime.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// Exit codes, documented in docs/COMMAND.md.
enum exit_code : int {
  success = 0,
  usage = 2,           ///< options or configuration
  bad_request = 3,     ///< URL or request that cannot be sent
  no_connection = 4,   ///< name resolution or connecting
  tls_failed = 5,
  bad_response = 6,    ///< the origin broke the protocol or its own encoding
  incomplete = 7,      ///< the connection was lost: what was written is not the whole body
  deadline = 8,
  output_failed = 9,
  http_error = 22,     ///< --fail and a status of 400 or more
  interrupted = 130,
};
exit_code exit_code_of(const failure& x);

/// What `get` and `load` have in common.
struct client_options {
  std::string ca_file, certificate_file, key_file, alt_svc_file;
  bool insecure = false, http1 = false, http2 = false, prior_knowledge = false, http3 = false, http3_only = false, early_data = false;
  double connect_timeout_s = 10;
  std::uint64_t window_bytes = 0;
};
/// The client's configuration; SSLKEYLOGFILE is honoured.
client_config configuration(const client_options& x);

struct get_options {
  client_options client;
  std::string url, method, output, data, json_file;
  std::vector<std::string> headers;
  bool data_given = false, include_head = false, verbose = false, compressed = false, json = false, fail = false, quiet = false;
  double max_time_s = 0, stall_for_s = 0, peer_silence_s = 0;
  std::uint64_t read_rate = 0, stall_after = 0, read_size = 1u << 20;
};
int get(const get_options& x);

struct load_options {
  client_options client;
  std::string url, sibling;
  std::uint64_t requests = 0, concurrency = 32, connections = 0, stalled = 0;
  double hold_s = 5;
  bool no_drain = false, json = false;
};
/// What `load` saw. Bytes and seconds.
struct load_report {
  std::uint64_t done = 0, failed = 0, bytes = 0, stalled = 0, stalled_failed = 0;
  double seconds = 0;
  std::vector<double> latencies;
  std::uint64_t rss = 0, outstanding = 0; // of the stalled, once full
  double sibling_seconds = 0;
  std::uint64_t sibling_bytes = 0;
  failure first_problem;
};
/// Runs what the options say with this client, on one of the runtime's loops; blocks until it is over.
load_report measure(runtime& loops, const client& http, const load_options& x);
int load(const load_options& x);

struct origin_options {
  std::string address = "127.0.0.1", certificate_out;
  std::uint16_t port = 8080, tls_port = 8443;
  int threads = 1;
  std::uint32_t streams = 128;
  bool no_http3 = false, http3_retry = false, no_alt_svc = false, early_data = false;
};
int origin(const origin_options& x);

struct demo_options {
  std::uint64_t bytes = 256u << 20;
  std::string plot = "sluice-demo.svg";
};
int demo(const demo_options& x);

/// Resident memory of this process now, and at its highest, in bytes.
std::uint64_t resident_bytes();
std::uint64_t resident_peak_bytes();
/// User and system time of this process.
double cpu_seconds();

/// An actor system with sluice's messages, few threads and no idle polling.
struct system_configuration : caf::actor_system_config {
  system_configuration();
};

/// "1.5 MiB"
std::string human_bytes(double n);

} // namespace sluice::command
