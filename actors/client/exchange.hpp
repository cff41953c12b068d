// What the actors of one client pass among themselves, inside the process only.
// No behaviour; knows neither sockets nor engines.
#pragma once

#include <sluice/actors/body/flow_counters.hpp>
#include <sluice/actors/client_config.hpp>
#include <sluice/protocols/flow/budget.hpp>
#include <sluice/protocols/policy/retry.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

class loop;
namespace tls {
class client_context;
}
namespace quic {
class client_context;
}
class alternatives_book;
class attempt;
class address_book;
struct next_step;

/// What a client's actors make, each where it is set instead of the real one: so that a test has one of them alone.
struct stand_ins {
  std::function<sluice::connection(loop&, const pool& owner, std::uint64_t number)> connection;
  std::function<sluice::connector(loop&)> connector;
  std::function<std::shared_ptr<sluice::attempt>(bool over_quic, const std::string& address)> attempt;
};

/// What all actors of a client share. Any thread.
struct client_shared {
  client_config config;
  flow::budget budget;
  std::shared_ptr<tls::client_context> tls;
  /// Made when first asked for; the same answer ever after.
  result_or_failure<std::shared_ptr<quic::client_context>> quic();
  std::shared_ptr<alternatives_book> alternatives;
  std::shared_ptr<address_book> names; ///< made from the configuration
  sluice::stand_ins stand_ins;
  std::shared_ptr<flow_counters> totals = std::make_shared<flow_counters>();
  std::vector<loop*> loops;
  std::atomic<std::uint64_t> requests{0}, connections_opened{0}, connections_open{0}, retries{0}, retries_withheld{0};
  policy::retry_budget retry_budget;

  explicit client_shared(client_config checked_config);

private:
  std::once_flag quic_asked_;
  std::optional<result_or_failure<std::shared_ptr<quic::client_context>>> quic_;
};

/// A request on its way.
struct exchange {
  sluice::request request;
  uri::url where;
  caf::actor_addr owner; ///< who asked; its end cancels the exchange
  std::shared_ptr<client_shared> shared;
  std::shared_ptr<flow_counters> counters;
  std::chrono::steady_clock::time_point begun;
  std::uint32_t attempts = 0; ///< to send it again, after the first
  std::uint32_t assigned = 0; ///< times that the pool handed it to a connection
  bool coalesced = false;     ///< on a connection that was opened for another origin (RFC 9113 section 9.1.1)
  bool misdirected = false;   ///< and that answered 421: it wants a connection of its own
  bool early = false;         ///< on a connection whose handshake was not over (RFC 8470)
  bool http1_only = false;    ///< the origin wants it over HTTP/1.1 (RFC 9113 section 7, HTTP_1_1_REQUIRED)
  bool starved = false; ///< the process had no descriptor for its connection: it waits for one of those that there are
  bool source_touched = false;     ///< part of the upload's source was pulled: it cannot be used again
  bool sent = false;               ///< an engine took it: something of it may have reached the origin
  std::uint32_t retries = 0;       ///< that were made for the same request before this exchange
  std::vector<redirect_hop> hops;  ///< redirects that were followed before it
  std::shared_ptr<next_step> next; ///< of an exchange that a follower made: what comes after it

  /// Whether the response is for nobody, because its follower makes another exchange or answers with a failure. Then
  /// its body is neither decoded nor read. Decided once, where the head arrives.
  bool discards(const http::response_head& head);
  bool body_can_be_sent_again() const { return !request.body.source || !source_touched || request.body.again; }

  /// Tells the observer, if there is one; only then is `detail()` called for its text.
  template <class Detail>
  void emit_trace(trace_kind kind, Detail detail) const {
    if (request.observer)
      caf::anon_send(request.observer, trace{kind, detail(), 0, {}});
  }
  template <class Detail, class Fields>
  void emit_trace(trace_kind kind, Detail detail, Fields fields) const {
    if (request.observer)
      caf::anon_send(request.observer, trace{kind, detail(), 0, fields()});
  }
  void emit_trace(trace_kind kind, const http::response_head& head) const {
    if (request.observer)
      caf::anon_send(request.observer, trace{kind,
                                             std::string{http::to_string(head.version)} + " "
                                                 + std::to_string(head.status) + " " + head.reason,
                                             head.status, head.fields});
  }
};

/// What a connection read for one stream in one turn.
struct arrival {
  std::optional<http::response_head> head;
  std::vector<chunk> data; ///< body bytes as they came
  bool ended = false;
  http::fields trailers;
  failure problem;             ///< after `data`
  bool may_be_retried = false; ///< with `problem`: no byte of a response had come and sending it again is safe
};

/// A piece of decoded body and the wire bytes that it cost.
struct lent_chunk {
  chunk data;
  std::uint32_t cost = 0;
};

/// What a stream lends its reader.
struct delivery {
  std::vector<lent_chunk> pieces;
  bool ended = false;
  http::fields trailers;
  failure problem;      ///< after `pieces`
  bool at_once = false; ///< with `problem`: what was lent before is void
};

} // namespace sluice
