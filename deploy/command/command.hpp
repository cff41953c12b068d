// What the subcommands of `sluice` share: their options and exit codes, and where their figures go.
// Knows the library's public interface only.
#pragma once

#include "authorization.hpp"
#include "body_options.hpp"
#include "connecting_options.hpp"
#include "exit_code.hpp"
#include "header_lines.hpp"
#include "receiving.hpp"

#include <sluice/actors/runtime.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

exit_code exit_code_of(const failure& problem);

/// What `get` and `load` have in common.
struct client_options {
  std::string ca_file, certificate_file, key_file, alt_svc_file;
  bool insecure = false, http1 = false, http2 = false, prior_knowledge = false, http3 = false, http3_only = false,
       early_data = false;
  connecting_options connecting;
  double connect_timeout_s = 10;
  std::uint64_t window_bytes = 0;
};
/// The client's configuration; SSLKEYLOGFILE is honoured.
client_config configuration(const client_options& options);
/// A file among the options that cannot be used: which option, which file, why. errc::invalid_configuration.
failure check_files(const client_options& options);

/// Figures as one JSON object. No destination: none are wanted.
struct stats_option {
  /// What `--stats` means without a file.
  static constexpr const char* standard_error = "&2";
  std::optional<std::string> destination; ///< a file, "-" for standard output, or standard_error
};
/// Before the work begins: whether the file can be written. errc::consumer_failed.
failure check(const stats_option& option);
failure write_stats(const stats_option& option, const nlohmann::json& figures);

/// "sluice: …" on standard error; the exit code.
int complain(const failure& problem);

/// Redirects and trying again, by curl's options of the same names.
struct follow_options {
  bool location = false, location_trusted = false, post301 = false, post302 = false, post303 = false;
  std::int64_t max_redirs = 50; ///< -1: as many as the library allows
  std::string proto_redir;      ///< as curl's: "=https", "=http,https"; empty: never from https to http
  std::uint32_t retry = 0;
  double retry_delay_s = 0, retry_max_time_s = 0; ///< 0: a delay that doubles; no limit
  bool retry_connrefused = false, retry_all_errors = false;
  bool follows() const { return location || location_trusted; }
};

struct get_options {
  client_options client;
  follow_options follow;
  stats_option stats;
  std::string url, method; ///< url: of the transfer in hand, one of receive.urls
  std::vector<header_line> headers;
  std::optional<std::string> user_agent, referer; ///< given and empty: none is sent
  login_options login;
  upload_options upload;
  receiving_options receive;
  bool include_head = false, verbose = false, compressed = false, fail = false, quiet = false;
  double max_time_s = 0, stall_for_s = 0, peer_silence_s = 0, upload_silence_s = 60;
  std::uint64_t read_rate = 0, limit_rate = 0, stall_after = 0, read_size = 1u << 20; ///< bytes (a second)
};
int get(get_options options);

struct load_options {
  client_options client;
  stats_option stats;
  std::string url, sibling;
  std::uint64_t requests = 0, concurrency = 32, connections = 0, stalled = 0;
  double hold_s = 5, max_time_s = 0, peer_silence_s = 30;
  bool no_drain = false;
};
int load(const load_options& options);

struct origin_options {
  std::string address = "127.0.0.1", certificate_out, request_log;
  std::uint16_t port = 8080, tls_port = 8443;
  int threads = 1;
  std::uint32_t streams = 128;
  bool no_http3 = false, http3_retry = false, no_alt_svc = false, early_data = false;
};
int origin(const origin_options& options);

struct demo_options {
  std::uint64_t bytes = 64u << 20;
  std::string plot = "sluice-demo.svg";
};
int demo(const demo_options& options);

/// An actor system with sluice's messages, few threads and no idle polling.
struct system_configuration : caf::actor_system_config {
  system_configuration();
};

} // namespace sluice::command
