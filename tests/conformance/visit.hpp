// A client of one of the servers that others wrote, over one of the ways that this server speaks.
// Knows no claim.
#pragma once

#include "foreign_server.hpp"

namespace sluice::tests {

struct server_way {
  const char* server;
  tests::way over;
  friend std::ostream& operator<<(std::ostream& out, const server_way& combination) {
    return out << combination.server << ", " << combination.over;
  }
};

/// Which of the ways a server speaks.
inline bool speaks(std::string_view server, const way& chosen_way) {
  if (server == "bun" || server == "gtlsserver")
    return chosen_way.quic();
  if (chosen_way.quic())
    return server == "caddy";
  return chosen_way.multiplexed() || server != "nghttpd";
}

inline std::vector<server_way> each(const std::vector<const char*>& servers, const std::vector<way>& over) {
  std::vector<server_way> result;
  for (const char* server : servers)
    for (const auto& way : over)
      if (speaks(server, way))
        result.push_back({server, way});
  return result;
}

struct visit : fixture {
  visit(const server_way& combination, foreign_server& peer, client_config config = {})
    : fixture(over(combination.over, std::move(config)), peer.ca), where(combination), server(peer) {}

  std::string url(const std::string& path) const { return server.url(where.over, path); }
  result_or_failure<response> ask(const std::string& path, const std::string& method = "GET") {
    request outgoing;
    outgoing.method = method;
    outgoing.url = url(path);
    return fetch(std::move(outgoing));
  }
  /// All of a body.
  std::string text_of(const body_reader& body) {
    std::string result;
    for (auto part = take(read(body)); !part.end; part = take(read(body)))
      result += part.data.text();
    return result;
  }
  reading get(const std::string& path) { return drain(take(ask(path)).body); }

  /// Where exchanges share a connection there was never another one.
  bool one_connection() { return !where.over.multiplexed() || totals().connections_opened == 1; }

  server_way where;
  foreign_server& server;
};

} // namespace sluice::tests
