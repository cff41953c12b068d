// The `sluice` command: options in, one subcommand out.
#include "command.hpp"
#include "command_line.hpp"
#include "option_values.hpp"
#include "password_prompt.hpp"
#include "process.hpp"
#include "receiving_options.hpp"
#include "request_options.hpp"

#include <sluice/messages/bounds.hpp>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace sluice::command;

/// A flag and not an option, so that it never takes the next word for its file.
CLI::Option* add_stats_option(CLI::App& app, std::string& destination) {
  const auto flag = std::string{"--stats{"} + stats_option::standard_error + "}";
  return app.add_flag(
      flag, destination,
      "Figures as one JSON object: as standard error's last line, or --stats=FILE; '-' is standard output");
}

void add_client_options(CLI::App& app, client_options& options) {
  app.add_option("--cacert", options.ca_file, "Trust this PEM file instead of the system's authorities")
      ->type_name("FILE");
  app.add_option("-E,--cert", options.certificate_file, "Client certificate chain (PEM)")->type_name("FILE");
  app.add_option("--key", options.key_file, "Private key of the client certificate (PEM)")->type_name("FILE");
  app.add_flag("-k,--insecure", options.insecure, "Do not verify the origin's certificate");
  app.add_flag_callback("--tlsv1.2", [] {}, "TLS 1.2 or later, which is always so: accepted for curl's sake");
  app.add_flag_callback(
      "--tcp-nodelay", [] {}, "Send small pieces at once, which is always so: accepted for curl's sake");
  auto* http1 = app.add_flag("--http1.1", options.http1, "HTTP/1.1 only");
  auto* http2 = app.add_flag("--http2", options.http2,
                             "HTTP/2 only, agreed by ALPN (https URLs); without this, HTTP/2 where the origin agrees, "
                             "and HTTP/3 once it has announced it (Alt-Svc)");
  auto* known = app.add_flag("--http2-prior-knowledge", options.prior_knowledge,
                             "HTTP/2 only, without asking first; for http URLs too");
  auto* http3 = app.add_flag(
      "--http3", options.http3,
      "Try HTTP/3 (https URLs), with a head start before HTTP/2 and HTTP/1.1; the first that is ready is used");
  auto* http3_only = app.add_flag("--http3-only", options.http3_only, "HTTP/3 only");
  const std::vector<CLI::Option*> versions{http1, http2, known, http3, http3_only};
  for (std::size_t i = 0; i < versions.size(); ++i)
    for (std::size_t j = i + 1; j < versions.size(); ++j)
      versions[i]->excludes(versions[j]);
  app.add_flag("--early-data", options.early_data,
               "On later HTTP/3 connections to an origin send GET, HEAD, OPTIONS and TRACE before the handshake is "
               "over (0-RTT); whoever records them can replay them");
  app.add_option("--alt-svc", options.alt_svc_file,
                 "Keep in this file which origins have announced HTTP/3 (Alt-Svc), for the next run")
      ->type_name("FILE");
  add_connecting_options(app, options.connecting);
  app.add_option("--connect-timeout", options.connect_timeout_s,
                 "Seconds for resolving, connecting and the TLS handshake (10); 0: no limit")
      ->check(seconds());
  app.add_option("--window", options.window_bytes,
                 "Fixed window of each body in bytes, instead of one that grows while its reader keeps up")
      ->transform(size_in_bytes(4096, 1 << 30));
}

void add_follow_options(CLI::App& app, follow_options& options) {
  app.add_flag("-L,--location", options.location, "Follow redirects");
  app.add_option("--max-redirs", options.max_redirs, "Follow at most so many (50); -1: 1000")
      ->transform(whole_number(-1, sluice::redirect_limit_max, "10"));
  app.add_flag("--location-trusted", options.location_trusted,
               "As -L, and send Authorization and Cookie to other origins too");
  app.add_option("--proto-redir", options.proto_redir,
                 "What redirects may lead to: '=https', or '=http,https' also from https to http")
      ->type_name("PROTOCOLS");
  app.add_flag("--post301", options.post301, "A POST stays one after a 301");
  app.add_flag("--post302", options.post302, "A POST stays one after a 302");
  app.add_flag("--post303", options.post303, "A POST stays one after a 303");
  app.add_option("--retry", options.retry,
                 "Send the request again after a failure that may pass, at most so many times")
      ->transform(whole_number(0, sluice::retry_attempts_max, "3"));
  app.add_option("--retry-delay", options.retry_delay_s,
                 "Seconds before each retry; 0, the default: 1, 2, 4 ... up to 600")
      ->check(seconds());
  app.add_option("--retry-max-time", options.retry_max_time_s, "Seconds after which no retry begins; 0: no limit")
      ->check(seconds());
  app.add_flag("--retry-connrefused", options.retry_connrefused, "Also where no address could be connected to");
  app.add_flag("--retry-all-errors", options.retry_all_errors,
               "After every failure, and also where that may do twice what the request asks for");
}

/// They have been read before the parser comes: see parse_command_line().
void add_configuration_options(CLI::App& app) {
  app.add_option("-K,--config", CLI::callback_t{},
                 "Read options from this file, in curl's syntax; '-' is standard input")
      ->type_name("FILE");
  app.add_flag_callback("-q,--disable", [] {}, "Given first: do not read .sluicerc");
}

/// As curl does for -u USER; a netrc file may have the password instead.
sluice::failure ask_for_missing_password(login_options& login) {
  if (auto problem = check(login))
    return problem;
  if (!login.user || login.user->password || login.netrc || login.netrc_optional || !login.netrc_file.empty())
    return {};
  auto typed = ask_password("Enter host password for user '" + sluice::printable(login.user->user) + "': ");
  if (!typed)
    return typed.error();
  login.user->password = std::move(*typed);
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"sluice: an HTTP client that lets the origin send only what a reader has made room for"};
  constexpr const char* version = "sluice 0.1.0";
  app.set_version_flag("-V,--version", version);
  app.add_option("--generate", CLI::callback_t{},
                 "Write the man page, a script for the completion of a shell, or a list of all options")
      ->type_name("PAGE");
  app.require_subcommand(1);

  get_options g;
  auto* get_app = app.add_subcommand("get", "Fetch a URL");
  get_app->set_version_flag("-V,--version", version);
  receiving_option_set received{*get_app, g};
  get_app->add_option("-X,--request", g.method, "Method (GET, or PUT with -T, or POST with another body)")
      ->type_name("METHOD");
  request_options sent{*get_app, g};
  add_configuration_options(*get_app);
  get_app->add_flag("-i,--include,--show-headers", g.include_head, "Write the response head before the body");
  get_app->add_flag("-v,--verbose", g.verbose, "Tell on standard error what went over the wire and who paused whom");
  get_app->add_flag("-f,--fail", g.fail, "Exit with 22, writing no body, when the status is 400 or more");
  get_app->add_flag("-s,--silent", g.quiet, "No progress line, no summary, no hints");
  get_app->add_flag_callback("-S,--show-error", [] {}, "Errors are always shown: accepted for curl's sake");
  get_app->add_flag("--compressed", g.compressed, "Ask for gzip, deflate, br or zstd and decode it");
  get_app->add_flag_callback("-N,--no-buffer", [] {}, "Output is never held back: accepted for curl's sake");
  get_app->add_option("-m,--max-time", g.max_time_s, "Seconds for the whole transfer; 0: none")->check(seconds());
  get_app
      ->add_option("--peer-silence", g.peer_silence_s,
                   "Give up when the origin, invited to send, is silent for so many seconds; 0: never")
      ->check(seconds());
  get_app
      ->add_option("--upload-silence", g.upload_silence_s,
                   "Give up when the origin takes nothing of the request's body for so many seconds (60); 0: never")
      ->check(seconds());
  get_app->add_option("--read-rate", g.read_rate, "Read at most so many bytes a second")->transform(size_in_bytes());
  get_app->add_option("--read-size", g.read_size, "Read at most so many bytes at once (1 MiB)")
      ->transform(size_in_bytes(1, 1 << 30));
  get_app->add_option("--stall-after", g.stall_after, "Stop reading after so many bytes, for --stall-for seconds")
      ->transform(size_in_bytes());
  get_app->add_option("--stall-for", g.stall_for_s, "How long to stall, in seconds")->check(seconds());
  std::string get_stats, load_stats;
  auto* stats_of_get = add_stats_option(*get_app, get_stats);
  add_follow_options(*get_app, g.follow);
  add_client_options(*get_app, g.client);

  load_options l;
  auto* load_app = app.add_subcommand("load", "Many readers at once, some of which stall");
  load_app->add_option("url", l.url, "http or https URL")->type_name("URL");
  load_app->add_option("--requests", l.requests, "Requests whose bodies are read to the end")
      ->transform(whole_number(0, unbounded, "1000"));
  load_app->add_option("--concurrency", l.concurrency, "Requests under way at once (32)")
      ->transform(whole_number(1, 1'000'000, "32"));
  load_app
      ->add_option("--connections", l.connections,
                   "Connections to the origin that may carry them (default: concurrency + stalled + 1)")
      ->transform(whole_number(0, unbounded, "8"));
  load_app->add_option("--stalled", l.stalled, "Readers that read one piece and then stall")
      ->transform(whole_number(0, 1'000'000, "8"));
  load_app
      ->add_option("--hold", l.hold_s,
                   "Seconds for which stalled readers are held when there is nothing else to do (5)")
      ->check(seconds());
  load_app->add_option("--sibling", l.sibling, "A URL to download meanwhile, timed")->type_name("URL");
  load_app->add_flag("--no-drain", l.no_drain, "Drop the stalled bodies instead of reading them to the end");
  load_app
      ->add_option("--max-time", l.max_time_s, "Seconds for the whole run; what is not over then is given up; 0: none")
      ->check(seconds());
  load_app
      ->add_option("--peer-silence", l.peer_silence_s,
                   "Give a request up when the origin, invited to send, is silent for so many seconds (30); 0: never")
      ->check(seconds());
  auto* stats_of_load = add_stats_option(*load_app, load_stats);
  add_client_options(*load_app, l.client);

  origin_options o;
  auto* origin_app = app.add_subcommand("origin", "Serve verifiable bodies and faults, for tests and demonstrations");
  origin_app->add_option("--address", o.address, "Address to listen on (127.0.0.1)")->type_name("ADDRESS");
  origin_app->add_option("--port", o.port, "Port for http (8080); 0: any")
      ->transform(whole_number(0, 65535, "8080"))
      ->type_name("PORT");
  origin_app->add_option("--tls-port", o.tls_port, "Port for https (8443); 0: any")
      ->transform(whole_number(0, 65535, "8443"))
      ->type_name("PORT");
  origin_app->add_option("--threads", o.threads, "Threads (1)")->transform(whole_number(1, 64, "4"));
  origin_app->add_option("--streams", o.streams, "Streams at once on an HTTP/2 or HTTP/3 connection (128)")
      ->transform(whole_number(1, 1'000'000, "128"));
  auto* no_http3 = origin_app->add_flag("--no-http3", o.no_http3,
                                        "Do not serve HTTP/3 (else on the UDP port of the same number as --tls-port)");
  origin_app
      ->add_flag("--http3-retry", o.http3_retry, "QUIC clients first show that they receive at their address (Retry)")
      ->excludes(no_http3);
  origin_app->add_flag("--early-data", o.early_data, "Take HTTP/3 requests before the handshake is over (0-RTT)")
      ->excludes(no_http3);
  origin_app->add_flag("--no-alt-svc", o.no_alt_svc, "Do not announce HTTP/3 (Alt-Svc)");
  origin_app
      ->add_option("--certificate-out", o.certificate_out, "Write the self-signed certificate there, for --cacert")
      ->type_name("FILE");
  origin_app->add_option("--request-log", o.request_log, "Append a line of JSON for each request to this file")
      ->type_name("FILE");

  demo_options d;
  auto* demo_app = app.add_subcommand("demo", "The same stall with and without bounds, on each protocol, and a plot");
  demo_app->add_option("--bytes", d.bytes, "Size of each body (64 MiB); 128 MiB at most without bounds")
      ->transform(size_in_bytes(1 << 20, std::int64_t{1} << 34));
  demo_app->add_option("--plot", d.plot, "Where to write the plot (sluice-demo.svg)")->type_name("FILE");

  if (const auto code = parse_command_line(app, *get_app, argc, argv))
    return *code;
  if (auto problem = sent.collect())
    return complain(problem);
  received.collect();
  if (stats_of_get->count() > 0)
    g.stats.destination = get_stats;
  if (stats_of_load->count() > 0)
    l.stats.destination = load_stats;
  if (get_app->parsed()) {
    if (auto problem = read_netrc(g.login))
      return complain(problem);
    if (auto problem = ask_for_missing_password(g.login))
      return complain(problem);
    return get(g);
  }
  if (load_app->parsed())
    return load(l);
  if (origin_app->parsed())
    return origin(o);
  return demo(d);
}

} // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  // A pipe whose reader is gone and a file at its size limit are errors of a write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::system_error& problem) {
    const bool descriptors = problem.code().value() == EMFILE || problem.code().value() == ENFILE;
    std::cerr << "sluice: cannot start: "
              << (descriptors ? "more files are needed than the process or the system may have open (ulimit -n): " : "")
              << problem.what() << "\n";
  } catch (const std::bad_alloc&) {
    std::cerr << "sluice: out of memory\n";
  } catch (const std::exception& problem) {
    std::cerr << "sluice: cannot start: " << problem.what() << "\n";
  }
  return usage;
}
