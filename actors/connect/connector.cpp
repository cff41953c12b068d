#include <sluice/actors/connect/connector.hpp>

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/address_race.hpp>
#include <sluice/actors/connect/attempt_makers.hpp>
#include <sluice/actors/connect/destination.hpp>
#include <sluice/actors/connect/http3_plan.hpp>
#include <sluice/actors/connect/resolver.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/dns/ip_address.hpp>

#include <algorithm>
#include <optional>

namespace sluice {

namespace {

struct connector_state {
  static inline const char* name = "sluice.connector";
  using self_type = pinned_actor<connector, connector_state>;

  explicit connector_state(self_type* self_pointer)
    : self(self_pointer), deadline(self->home().io()), head_start(self->home().io()) {}
  ~connector_state() { stop(); }

  self_type* self;
  exchange_ptr exchange;
  caf::typed_response_promise<transport_ptr> promise;
  std::optional<resolver> names;
  loop_timer deadline, head_start;
  destination to;
  std::shared_ptr<const local_binding> from; // null: any local end
  std::vector<asio::ip::address> addresses;
  bool more = false;                            // addresses of the other family may still come
  bool quic_elsewhere = false;                  // at another host, whose addresses are not those of TCP
  std::optional<http::alternative> alternative; // where QUIC is tried, while it is
  std::optional<address_race> over_tcp, over_quic;
  failure tcp_problem; // TCP lost while QUIC was still tried

  bool http3_only() const { return exchange->shared->config.protocol == http_choice::http3_only; }
  handler_binder binder() {
    return [this](handler completion) -> handler { return self->bind(std::move(completion)); };
  }

  /// Nothing of it is left on the loop, no socket and no attempt.
  void stop() {
    deadline.cancel();
    head_start.cancel();
    names.reset();
    for (auto* race : {&over_tcp, &over_quic})
      if (*race)
        (*race)->stop();
  }

  void fail(failure problem) {
    stop();
    if (promise.pending())
      promise.deliver(make_error(problem));
    self->quit();
  }

  void deliver(transport_ptr link) {
    stop();
    if (promise.pending())
      promise.deliver(std::move(link));
    else
      link->close();
    self->quit();
  }

  void begin(exchange_ptr new_exchange) {
    exchange = std::move(new_exchange);
    auto& io = self->home().io();
    to = destination_of(*exchange);
    over_tcp.emplace(io, binder(), to.text(), "could be connected to");
    over_quic.emplace(io, binder(), to.text(), "could be reached over QUIC");
    if (const auto limit = exchange->request.deadlines.connect; limit.count() > 0) {
      deadline.expires_after(limit);
      deadline.async_wait(self->bind([this](const std::error_code& code) {
        if (!code)
          fail(too_late());
      }));
    }
    if (!to.reason.empty())
      choose(to.reason);
    auto plan = plan_http3(*exchange);
    if (!plan.reason.empty())
      choose(std::move(plan.reason));
    for (auto* problem : {&plan.problem, &to.problem})
      if (*problem)
        return fail(std::move(*problem));
    if (to.unix_socket)
      return begin_unix();
    alternative = std::move(plan.at);
    names.emplace(io, exchange->shared->names);
    if (to.local_host.empty())
      return look_up_destination();
    look_up(to.local_host, 0, [this](const lookup_answer& found) {
      if (found.more)
        return;
      if (found.problem)
        return fail({found.problem.code, found.problem.by, unresolved_local_end(found.problem)});
      for (const auto& address : found.addresses)
        to.from.addresses.push_back(*dns::parse_ip(address.to_string()));
      look_up_destination();
    });
  }

  /// Its answer may come in two parts: the second one adds addresses to the races that have begun with the first.
  void look_up_destination() {
    if (!to.from.device.empty() || !to.from.addresses.empty() || to.from.first_port > 0)
      from = std::make_shared<local_binding>(to.from);
    look_up(to.host, to.port, [this](const lookup_answer& found) {
      if (found.problem)
        return fail({found.problem.code, found.problem.by, unresolved(to.host, found.problem)});
      const bool first = addresses.empty();
      addresses = found.addresses;
      more = found.more;
      if (first)
        return resolved();
      if (!quic_elsewhere)
        over_quic->set_addresses(addresses, more);
      over_tcp->set_addresses(addresses, more);
    });
  }

  template <class F>
  void look_up(const std::string& host, std::uint16_t port, F on_answer) {
    names->resolve(host, port, exchange->shared->config.lookup_timeout, self->bind(std::move(on_answer)));
  }

  std::string unresolved(const std::string& host, const failure& why) const {
    if (const auto literal = dns::parse_ip(host))
      return host + (literal->v6 ? " is an IPv6 address, and only IPv4" : " is an IPv4 address, and only IPv6")
             + " addresses are allowed";
    if (why.code != errc::resolve_failed)
      return "the name '" + host + "': " + why.detail;
    const auto text = "the name '" + host + "' could not be resolved: " + why.detail;
    const auto& servers = exchange->shared->names->name_servers();
    if (why.by == caused_by::transport && !servers.empty())
      return text + "; asked were the name servers " + servers;
    return text + "; check the URL's host, the network and /etc/resolv.conf";
  }

  std::string unresolved_local_end(const failure& why) const {
    return "the local end '" + to.local_host
           + "' is no network interface, and as a name it could not be resolved: " + why.detail;
  }

  failure too_late() const {
    std::string text = "no connection to " + to.text() + " within "
                       + std::to_string(exchange->request.deadlines.connect.count()) + " ms";
    if (addresses.empty() && !to.unix_socket)
      text += "; it was still resolving the name";
    for (const auto* race : {&over_quic, &over_tcp})
      if (const auto report = (*race)->report(); !report.empty())
        text += "; " + report;
    return {errc::timed_out, caused_by::transport, std::move(text)};
  }

  void choose(std::string why) const {
    exchange->emit_trace(trace_kind::chosen, [&] { return std::move(why); });
  }

  void resolved() {
    if (!alternative)
      return begin_tcp();
    if (!http3_only()) {
      head_start.expires_after(exchange->shared->config.http3_head_start);
      head_start.async_wait(self->bind([this](const std::error_code& code) {
        if (!code)
          begin_tcp();
      }));
    }
    if (alternative->host.empty() || alternative->host == to.host)
      return begin_quic(addresses, more);
    quic_elsewhere = true;
    look_up(alternative->host, alternative->port, [this](const lookup_answer& found) {
      if (!alternative) // given up meanwhile
        return;
      if (found.problem)
        return quic_lost({found.problem.code, found.problem.by, unresolved(alternative->host, found.problem)});
      over_quic->started() ? over_quic->set_addresses(found.addresses, found.more)
                           : begin_quic(found.addresses, found.more);
    });
  }

  attempt_context common() { return {exchange, self->home(), binder(), from}; }
  dns::race_limits limits() const { return race_limits_of(exchange->shared->config); }

  // ---- QUIC -----------------------------------------------------------------------------------------

  void begin_quic(const std::vector<asio::ip::address>& at, bool more_to_come) {
    auto make = quic_attempts(common(), alternative->port);
    if (!make)
      return quic_lost(make.error());
    over_quic->start(limits(), at, more_to_come, *std::move(make),
                     {[this](transport_ptr link) { quic_won(std::move(link)); },
                      [this](failure why) { quic_lost(std::move(why)); }});
  }

  void quic_lost(failure why) {
    alternative.reset();
    if (http3_only())
      return fail(std::move(why));
    if (why.by != caused_by::local) // else it says nothing of the origin
      exchange->shared->alternatives->failed(exchange->where.origin());
    choose("HTTP/3 did not come about: " + why.detail + "; HTTP/2 or HTTP/1.1 is taken");
    if (tcp_problem)
      return fail(std::move(tcp_problem));
    begin_tcp();
  }

  void quic_won(transport_ptr link) {
    if (!link->handshake_over()) {
      choose("HTTP/3 is taken: the request goes out before the handshake is over (0-RTT)");
      return deliver(std::move(link));
    }
    exchange->emit_trace(trace_kind::connected, [&] { return link->peer() + " over QUIC"; });
    if (!http3_only()) {
      exchange->shared->alternatives->worked(exchange->where.origin());
      choose(std::string{"HTTP/3 is taken: "}
             + (over_tcp->started() ? "it was ready before TCP" : "it was ready within its head start"));
    }
    tell_secured(*exchange, *link);
    deliver(std::move(link));
  }

  // ---- TCP ------------------------------------------------------------------------------------------

  void begin_tcp() {
    if (over_tcp->started())
      return;
    race_over_tcp(addresses, more, tcp_attempts(common(), to.port));
  }

  /// A race of one.
  void begin_unix() { race_over_tcp({asio::ip::address{}}, false, unix_attempts(common(), *to.unix_socket)); }

  void race_over_tcp(const std::vector<asio::ip::address>& at, bool more_to_come, address_race::maker make) {
    over_tcp->start(
        limits(), at, more_to_come, std::move(make),
        {[this](transport_ptr link) { tcp_won(std::move(link)); }, [this](failure why) { tcp_lost(std::move(why)); }});
  }

  void tcp_lost(failure why) {
    if (!alternative)
      return fail(std::move(why));
    tcp_problem = std::move(why); // QUIC may still make it
  }

  void tcp_won(transport_ptr link) {
    if (exchange->where.secure())
      tell_secured(*exchange, *link);
    if (alternative) { // QUIC was tried, and took longer
      exchange->shared->alternatives->failed(exchange->where.origin());
      choose(std::string{"HTTP/3 was not ready in time ("}
             + (over_quic->answered() ? "the server answered over UDP" : "no answer over UDP")
             + "); HTTP/2 or HTTP/1.1 is taken");
    }
    deliver(std::move(link));
  }
};

connector::behavior_type run_connector(connector_state::self_type* self) {
  quiet(self);
  self->set_exit_handler([self](caf::exit_msg& message) {
    state_of(self).fail({errc::cancelled, caused_by::local, "nobody waits for the connection any more"});
    self->quit(message.reason);
  });
  // Who asked for the connection has ended.
  on_down(self, [self](const caf::actor_addr&, const caf::error&) {
    state_of(self).stop();
    self->quit();
  });
  return {[self](begin_atom, exchange_ptr& exchange) -> caf::result<transport_ptr> {
    // Before the promise is made, which takes the sender over.
    const auto asking = caf::actor_cast<caf::actor_addr>(self->current_sender());
    state_of(self).promise = self->make_response_promise<transport_ptr>();
    auto promise = state_of(self).promise;
    if (watch(self, asking))
      state_of(self).begin(std::move(exchange));
    else
      self->quit();
    return promise;
  }};
}

} // namespace

void tell_secured(const exchange& exchange, const transport& link) {
  exchange.emit_trace(trace_kind::secured, [&] {
    const auto info = *link.security();
    return info.version + ", " + info.cipher + ", ALPN " + (info.alpn.empty() ? "none" : info.alpn)
           + (info.resumed ? ", resumed" : "");
  });
}

connector spawn_connector(loop& home) { return spawn_on(home, run_connector); }

} // namespace sluice
