// What tests over real sockets share: an actor system, an event loop, a client and an origin, and reading by hand.
// Knows nothing of the claims.
#pragma once

#include <sluice/deploy/origin/content.hpp>
#include <sluice/deploy/origin/server.hpp>

#include <sluice/actors/runtime.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

namespace sluice::tests {

struct system_settings : caf::actor_system_config {
  system_settings() {
    configure(*this);
    set("scheduler.max-threads", 2u);
  }
};

template <class T>
T take(result_or_failure<T> result) {
  if (!result)
    throw std::runtime_error(to_string(result.error()));
  return *std::move(result);
}

/// What came of a request or of reading a body.
struct reading {
  std::uint64_t bytes = 0;
  bool content_good = true;
  failure problem;
  bool whole() const { return !problem && content_good; }
};

class fixture {
public:
  /// Trusts the origin, and whoever `other_ca` (PEM) vouches for.
  explicit fixture(client_config config = {}, const std::string& other_ca = {}, origin::config served = {})
    : server(take(origin::server::start(std::move(served)))), loops(system) {
    config.tls.ca_pem = server->certificate_pem() + other_ca;
    http = take(loops.spawn_client(config));
  }

  result_or_failure<response> fetch(request outgoing) {
    result_or_failure<response> result{failure{errc::internal, caused_by::local, "no answer"}};
    self->request(http, std::chrono::seconds{60}, std::move(outgoing))
        .receive([&](response& reply) { result = std::move(reply); },
                 [&](caf::error& error) { result = failure_of(error); });
    return result;
  }
  result_or_failure<response> fetch(std::string url) {
    request outgoing;
    outgoing.url = std::move(url);
    return fetch(std::move(outgoing));
  }

  result_or_failure<piece> read(const body_reader& body, std::uint64_t most = 64u << 10) {
    result_or_failure<piece> result{failure{errc::internal, caused_by::local, "no answer"}};
    self->request(body, std::chrono::seconds{60}, read_atom::value, decoded_bytes{most})
        .receive([&](piece& part) { result = std::move(part); },
                 [&](caf::error& error) { result = failure_of(error); });
    return result;
  }

  /// Reads to the end or the first failure, comparing with the origin's content.
  reading drain(const body_reader& body, origin::checker content = origin::checker{1}, std::uint64_t most = 64u << 10) {
    reading result;
    for (;;) {
      auto part = read(body, most);
      if (!part) {
        result.problem = part.error();
        return result;
      }
      if (part->end)
        return result;
      result.bytes += part->data.size();
      result.content_good = content.update(part->data.bytes()) && result.content_good;
    }
  }

  flow_stats stats(const body_reader& body) {
    flow_stats result;
    self->request(body, std::chrono::seconds{10}, stats_atom::value)
        .receive([&](flow_stats& figures) { result = figures; },
                 [](caf::error& error) { throw std::runtime_error(to_string(failure_of(error))); });
    return result;
  }
  client_stats totals() {
    client_stats result;
    self->request(http, std::chrono::seconds{10}, stats_atom::value)
        .receive([&](client_stats& figures) { result = figures; },
                 [](caf::error& error) { throw std::runtime_error(to_string(failure_of(error))); });
    return result;
  }

  /// Polls until `f()` holds; false after ten seconds.
  template <class F>
  static bool eventually(F f) {
    for (int i = 0; i < 10000; ++i) {
      if (f())
        return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return false;
  }

  /// Nothing is held and nobody lives but client, pool and their idle connections.
  bool nothing_held() {
    client_stats figures;
    const auto released = [&] {
      figures = totals();
      return figures.flow.outstanding == wire_bytes{} && loops.live_actors() == 2 + figures.connections_idle
             && figures.connections_idle == figures.connections_open && loops.blocks_in_use() == 0;
    };
    if (eventually(released))
      return true;
    std::cout << "still held: " << figures.flow.outstanding.value << " bytes, " << loops.live_actors() << " actors, "
              << loops.blocks_in_use() << " blocks, " << figures.connections_open << " connections of which "
              << figures.connections_idle << " are idle; the origin has " << server->snapshot().streams_open
              << " streams\n";
    return false;
  }

  /// After the client is gone, everything is.
  bool nothing_left() {
    http = nullptr;
    return eventually([this] { return loops.live_actors() == 0 && loops.blocks_in_use() == 0; });
  }

  std::unique_ptr<origin::server> server;
  system_settings settings;
  caf::actor_system system{settings};
  runtime loops;
  client http;
  caf::scoped_actor self{system};
};

inline std::uint64_t seed() {
  const char* given = std::getenv("SLUICE_SEED");
  const auto result = given ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device{}()};
  std::cout << "seed " << result << " (again: SLUICE_SEED=" << result << ")\n";
  return result;
}

} // namespace sluice::tests
