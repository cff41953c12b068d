// The ways in which a claim is put to the test: each HTTP version, plain and under TLS.
// Knows the fixture and no claim.
#pragma once

#include "../actors/fixture.hpp"

#include <ostream>

namespace sluice::tests {

struct way {
  const char* name;
  http_choice protocol;
  bool tls;
  http::version version = http::version::http1_1;
  bool multiplexed() const { return protocol != http_choice::http1; }
  bool quic() const { return protocol == http_choice::http3_only; }
  friend std::ostream& operator<<(std::ostream& out, const way& chosen_way) { return out << chosen_way.name; }
};

inline const std::vector<way> ways{
    {"HTTP/1.1", http_choice::http1, false},
    {"HTTP/1.1 under TLS", http_choice::http1, true},
    {"HTTP/2 by prior knowledge", http_choice::http2_prior_knowledge, false, http::version::http2},
    {"HTTP/2 under TLS", http_choice::http2, true, http::version::http2},
    {"HTTP/3", http_choice::http3_only, true, http::version::http3},
};
inline const std::vector<way> http2_ways{ways[2], ways[3]};
inline const std::vector<way> quic_ways{ways[4]};
inline const std::vector<way> multiplexed_ways{ways[2], ways[3], ways[4]};

inline client_config over(const way& chosen_way, client_config config = {}) {
  config.protocol = chosen_way.protocol;
  return config;
}
constexpr std::uint64_t first_window = 64u << 10; ///< as in client_config
/// What of a stream's window on HTTP/3 may go to frame headers and the head, until enough of it has come together to be
/// credited. On HTTP/2 only the body counts.
constexpr std::uint64_t framing = 2000;

/// The embedded origin's URL for a path.
inline std::string at(const fixture& f, const way& chosen_way, const std::string& path) {
  return chosen_way.tls ? f.server->tls_url(path) : f.server->url(path);
}

/// What the embedded origin knows of the HTTP/2 or HTTP/3 stream with ?id=.
inline origin::stream_figures figures(const fixture& f, const std::string& id) {
  return f.server->figures_of(id).value_or(origin::stream_figures{});
}

/// The origin sees nothing of an exchange any more: with HTTP/1.1 its connection is closed, with others its stream.
inline bool nothing_open(const fixture& f, const way& chosen_way) {
  const auto now = f.server->snapshot();
  return chosen_way.multiplexed() ? now.streams_open == 0 : now.connections_open == 0;
}

} // namespace sluice::tests
