#include "option_groups.hpp"

#include <algorithm>

namespace sluice::command {

namespace {

struct value_hint {
  std::string_view option;
  value_kind kind;
  std::vector<std::string> words;
};

/// What the name of a value does not say. FILE and DIR are known by that.
const std::vector<value_hint>& value_hints() {
  static const std::vector<value_hint> all{
      {"request", value_kind::text, {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}},
      {"proto-redir", value_kind::text, {"=https", "=http,https"}},
      {"max-redirs", value_kind::text, {"-1"}},
      {"header", value_kind::text_or_file, {}},
      {"data", value_kind::text_or_file, {}},
      {"data-binary", value_kind::text_or_file, {}},
      {"data-urlencode", value_kind::text_or_file, {}},
      {"json", value_kind::text_or_file, {}},
      {"write-out", value_kind::text_or_file, {}},
      {"time-cond", value_kind::file, {}},
      {"unix-socket", value_kind::file, {}}};
  return all;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

const std::vector<option_group>& option_groups() {
  static const std::vector<option_group> all{
      {"output",
       "Where responses go",
       {"output", "remote-name", "include", "write-out"},
       {"remote-header-name", "remote-name-all", "output-dir", "create-dirs", "clobber", "no-clobber", "remote-time",
        "dump-header", "no-buffer"}},
      {"request",
       "What is asked for",
       {"request", "header", "head", "continue-at", "compressed"},
       {"user-agent", "referer", "range", "time-cond", "get", "url-query"}},
      {"upload",
       "Bodies of requests",
       {"data", "json", "form", "upload-file"},
       {"data-binary", "data-raw", "data-urlencode", "form-string"}},
      {"auth", "Credentials", {"user", "netrc"}, {"oauth2-bearer", "netrc-file", "netrc-optional", "basic"}},
      {"redirects",
       "Redirects",
       {"location"},
       {"max-redirs", "location-trusted", "proto-redir", "post301", "post302", "post303"}},
      {"failures",
       "Failures and trying again",
       {"fail", "retry"},
       {"fail-with-body", "retry-delay", "retry-max-time", "retry-connrefused", "retry-all-errors"}},
      {"transfers", "Several transfers", {"parallel"}, {"url", "globoff", "parallel-max", "fail-early"}},
      {"load", "The readers", {"requests", "concurrency", "stalled", "sibling"}, {"connections", "hold", "no-drain"}},
      {"limits",
       "Limits of time and size",
       {"max-time", "connect-timeout", "limit-rate"},
       {"max-filesize", "peer-silence", "upload-silence"}},
      {"http",
       "HTTP versions",
       {"http2", "http3"},
       {"http1.1", "http2-prior-knowledge", "http3-only", "alt-svc", "early-data", "no-http3", "http3-retry",
        "no-alt-svc"}},
      {"tls", "TLS", {"insecure", "cacert"}, {"cert", "key", "tlsv1.2", "certificate-out"}},
      {"connect",
       "Addresses and connections",
       {"address", "port", "resolve"},
       {"tls-port", "threads", "streams", "ipv4", "ipv6", "interface", "local-port", "connect-to", "dns-servers",
        "unix-socket", "abstract-unix-socket", "tcp-nodelay"}},
      {"reading", "How a body is read", {}, {"window", "read-rate", "read-size", "stall-after", "stall-for"}},
      {"demo", "The demonstration", {"bytes", "plot"}, {}},
      {"messages", "Messages and figures", {"verbose", "silent", "stats"}, {"show-error", "request-log"}},
      {"general", "Help and configuration", {"help", "config"}, {"disable", "version", "generate"}}};
  return all;
}

void add_group_and_values(manual_option& option) {
  const std::string_view name = option.long_names.front();
  for (const auto& group : option_groups()) {
    option.common = contains(group.common, name);
    if (option.common || contains(group.others, name)) {
      option.group = group.key;
      break;
    }
  }
  if (option.value == "FILE")
    option.kind = value_kind::file;
  else if (option.value == "DIR")
    option.kind = value_kind::folder;
  for (const auto& hint : value_hints())
    if (hint.option == name) {
      option.kind = hint.kind;
      option.words = hint.words;
    }
}

} // namespace sluice::command
