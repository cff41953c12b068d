#include <sluice/actors/connector.hpp>

#include <sluice/actors/alternatives_book.hpp>
#include <sluice/actors/exchange.hpp>
#include <sluice/actors/io/quic_transport.hpp>
#include <sluice/actors/io/tcp_transport.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/tls/context.hpp>

namespace sluice {

namespace {

using asio::ip::tcp;
using clock = std::chrono::steady_clock;

/// Told by the engine of a handshake: there is no exchange yet that anything could be about.
struct nobody final : http::engine_events {
  void on_interim(std::uint32_t, http::response_head&&) override {}
  void on_head(std::uint32_t, http::response_head&&) override {}
  void on_body(std::uint32_t, std::span<const std::byte>) override {}
  void on_end(std::uint32_t, http::fields&&) override {}
  void on_failure(std::uint32_t, failure&&, bool, bool) override {}
  void on_closed(std::uint32_t, bool) override {}
  void on_trace(std::uint32_t, std::string&&) override {}
};

struct connector_state {
  static inline const char* name = "sluice.connector";
  using self_type = pinned_actor<connector, connector_state>;

  explicit connector_state(self_type* self_pointer)
    : self(self_pointer), resolver(self->home().io()), deadline(self->home().io()), socket(self->home().io()), head_start(self->home().io()), quic_timer(self->home().io()) {}
  ~connector_state() { drop_quic(); }

  self_type* self;
  exchange_ptr what;
  caf::typed_response_promise<transport_ptr> promise;
  tcp::resolver resolver;
  asio::steady_timer deadline;
  const char* doing = "resolving the name";

  // over TCP
  tcp::socket socket;
  std::vector<tcp::endpoint> addresses;
  std::size_t at = 0;
  std::string tried; // what each address answered
  std::shared_ptr<tcp_transport> link;
  bool tcp_begun = false;
  failure tcp_problem;

  // over QUIC
  asio::steady_timer head_start, quic_timer;
  std::optional<http::alternative> alternative; // wanted, and where
  std::vector<asio::ip::address> quic_addresses;
  std::size_t quic_at = 0;
  std::string quic_tried;
  std::shared_ptr<quic_transport> over_quic; // shaking hands
  bool quic_waits = false;
  static inline nobody nobody_listens;

  std::string origin() const { return what->where.host + ":" + std::to_string(what->where.port); }
  bool http3_only() const { return what->shared->config.protocol == http_choice::http3_only; }

  void fail(failure x) {
    if (promise.pending())
      promise.deliver(make_error(x));
    if (link)
      link->close();
    drop_quic();
    self->quit();
  }

  void begin(exchange_ptr x) {
    what = std::move(x);
    if (const auto limit = what->what.deadlines.connect; limit.count() > 0) {
      deadline.expires_after(limit);
      deadline.async_wait(self->bind([this, limit](const std::error_code& code) {
        if (code != asio::error::operation_aborted)
          fail({errc::timed_out, caused_by::transport, "no connection to " + origin() + " within " + std::to_string(limit.count()) + " ms; it was still " + doing});
      }));
    }
    if (auto problem = plan())
      return fail(std::move(problem));
    std::error_code not_literal;
    if (const auto literal = asio::ip::make_address(what->where.host, not_literal); !not_literal) {
      addresses.emplace_back(literal, what->where.port);
      return resolved();
    }
    resolver.async_resolve(what->where.host, std::to_string(what->where.port),
                           self->bind([this](const std::error_code& code, const tcp::resolver::results_type& found) {
                             if (code)
                               return fail({errc::resolve_failed, caused_by::transport, "the name '" + what->where.host + "' could not be resolved: " + code.message() + "; check the URL's host and the network"});
                             for (const auto& entry : found)
                               addresses.push_back(entry.endpoint());
                             resolved();
                           }));
  }

  /// Whether QUIC is to be tried, and where.
  failure plan() {
    const auto choice = what->shared->config.protocol;
    if (!what->where.secure())
      return choice == http_choice::http3_only ? failure{errc::invalid_request, caused_by::local, "HTTP/3 is for https URLs; allow the other versions for " + what->where.scheme + "://" + origin()} : failure{};
    if (!may_use_http3(choice))
      return {};
    const auto key = what->where.origin();
    if (choice != http_choice::http3_only) {
      if (what->shared->alternatives->blocked(key)) {
        what->tell(trace_kind::chosen, [] { return std::string{"HTTP/3 is left alone for now: a short while ago it was not to be had"}; });
        return {};
      }
      alternative = what->shared->alternatives->find(key);
      if (alternative)
        what->tell(trace_kind::chosen, [&] { return "HTTP/3 is tried first: the origin told of it at " + (alternative->host.empty() ? what->where.host : alternative->host) + ":" + std::to_string(alternative->port) + " (Alt-Svc)"; });
    }
    if (!alternative && choice != http_choice::automatic)
      alternative = http::alternative{{}, what->where.port, {}, false};
    return {};
  }

  void resolved() {
    if (!alternative)
      return begin_tcp();
    doing = "in the QUIC handshake";
    if (!http3_only()) {
      head_start.expires_after(what->shared->config.http3_head_start);
      head_start.async_wait(self->bind([this](const std::error_code& code) {
        if (!code)
          begin_tcp();
      }));
    }
    if (alternative->host.empty() || alternative->host == what->where.host) {
      for (const auto& x : addresses)
        quic_addresses.push_back(x.address());
      return quic_next();
    }
    resolver.async_resolve(alternative->host, std::to_string(alternative->port), self->bind([this](const std::error_code& code, const tcp::resolver::results_type& found) {
      if (code)
        quic_tried = " the name '" + alternative->host + "' could not be resolved (" + code.message() + ")";
      for (const auto& entry : found)
        quic_addresses.push_back(entry.endpoint().address());
      quic_next();
    }));
  }

  // ---- QUIC -----------------------------------------------------------------------------------------

  void drop_quic() {
    if (over_quic)
      over_quic->close();
    over_quic = nullptr;
    quic_timer.cancel();
  }

  void quic_next() {
    if (quic_at == quic_addresses.size())
      return quic_failed({errc::connect_failed, caused_by::transport, "no address of " + origin() + " could be reached over QUIC:" + quic_tried});
    auto& shared = *what->shared;
    const auto remote = to_address({quic_addresses[quic_at], alternative->port});
    const auto text = quic_addresses[quic_at].to_string() + " port " + std::to_string(remote.port);
    what->tell(trace_kind::connecting, [&] { return text + " over QUIC"; });
    auto context = shared.quic();
    if (!context)
      return quic_failed(context.error());
    auto made = datagram_socket::connect(self->home().io(), remote);
    if (!made)
      return quic_address_failed(text, made.error());
    const quic::path path{made->local(), remote};
    auto engine = std::make_unique<http3::engine>(nobody_listens, shared.config.http3, shared.config.first_window, **context, what->where.host, what->where.port, path, quic_limits(), clock::now());
    const bool early = engine->connection().early();
    if (what->what.observer)
      engine->trace(true);
    over_quic = std::make_shared<quic_transport>(*std::move(made), std::move(engine));
    if (!early)
      return drive_quic();
    what->tell(trace_kind::chosen, [] { return std::string{"HTTP/3 is taken: the request goes out before the handshake is over (0-RTT)"}; });
    deliver(std::exchange(over_quic, nullptr));
  }

  /// A second attempt waits for the handshake, and so does what may change something.
  quic::limits quic_limits() const {
    auto x = what->shared->config.quic;
    x.early_data = x.early_data && what->attempts == 0 && http::is_safe(what->what.method) && !what->what.body.present;
    if (!http3_only()) // there is something else to try
      x.early_handshake_timeout = std::min(x.early_handshake_timeout, std::max<std::chrono::milliseconds>(5 * what->shared->config.http3_head_start, std::chrono::seconds{1}));
    return x;
  }

  void quic_address_failed(const std::string& text, const failure& why) {
    quic_tried += (quic_tried.empty() ? " " : ", ") + text + " (" + why.detail + ")";
    drop_quic();
    // Who answered and is not to be trusted, or speaks something else, is not asked elsewhere.
    if (why.by == caused_by::transport && ++quic_at < quic_addresses.size())
      return quic_next();
    quic_failed(why);
  }

  void drive_quic() {
    const auto mine = over_quic;
    switch (mine->handshake(clock::now())) {
      case read_state::ok: return quic_won();
      case read_state::would_block: break;
      default: return quic_address_failed(mine->peer(), mine->error());
    }
    if (!std::exchange(quic_waits, true))
      mine->wait_readable(self->bind([this, mine](const std::error_code&) {
        quic_waits = false;
        if (over_quic == mine)
          drive_quic();
      }));
    quic_timer.expires_at(mine->deadline());
    quic_timer.async_wait(self->bind([this, mine](const std::error_code& code) {
      if (!code && over_quic == mine)
        drive_quic();
    }));
  }

  void quic_failed(const failure& why) {
    alternative.reset();
    if (http3_only())
      return fail(why);
    what->shared->alternatives->failed(what->where.origin());
    what->tell(trace_kind::chosen, [&] { return "HTTP/3 did not come about: " + why.detail + "; HTTP/2 or HTTP/1.1 is taken"; });
    if (tcp_problem)
      return fail(tcp_problem);
    begin_tcp();
  }

  void quic_won() {
    if (!http3_only())
      what->shared->alternatives->worked(what->where.origin());
    what->tell(trace_kind::connected, [&] { return over_quic->peer() + " over QUIC"; });
    if (!http3_only())
      what->tell(trace_kind::chosen, [&] { return std::string{"HTTP/3 is taken: "} + (tcp_begun ? "it was ready before TCP" : "it was ready within its head start"); });
    tell_secured(*what, *over_quic);
    deliver(std::exchange(over_quic, nullptr));
  }

  // ---- TCP ------------------------------------------------------------------------------------------

  void begin_tcp() {
    if (std::exchange(tcp_begun, true))
      return;
    connect_next();
  }

  void tcp_failed(failure why) {
    if (!alternative)
      return fail(std::move(why));
    tcp_problem = std::move(why); // QUIC may still make it
  }

  void connect_next() {
    if (at == addresses.size())
      return tcp_failed({errc::connect_failed, caused_by::transport, "no address of " + origin() + " could be connected to:" + tried});
    const auto& address = addresses[at];
    const auto text = address.address().to_string() + " port " + std::to_string(address.port());
    doing = "connecting";
    what->tell(trace_kind::connecting, [&] { return std::string{text}; });
    socket = tcp::socket{self->home().io()};
    socket.async_connect(address, self->bind([this, text](const std::error_code& code) {
      if (code) {
        tried += (tried.empty() ? " " : ", ") + text + " (" + code.message() + ")";
        ++at;
        return connect_next();
      }
      opened();
    }));
  }

  void opened() {
    std::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.set_option(asio::socket_base::keep_alive{true}, ignored); // finds dead hosts behind paused bodies
    std::unique_ptr<tls::session> session;
    if (what->where.secure())
      session = what->shared->tls->connect(what->where.host, what->where.port);
    link = std::make_shared<tcp_transport>(std::move(socket), std::move(session), self->home().blocks());
    what->tell(trace_kind::connected, [&] { return std::string{link->peer()}; });
    if (!what->where.secure())
      return tcp_won();
    doing = "in the TLS handshake";
    handshake();
  }

  void handshake() {
    switch (link->handshake()) {
      case read_state::ok: tell_secured(*what, *link); return tcp_won();
      case read_state::would_block:
        if (link->output_pending())
          return link->wait_writable(self->bind([this](const std::error_code& code) {
            if (!code)
              handshake();
          }));
        return link->wait_readable(self->bind([this](const std::error_code& code) {
          if (!code)
            handshake();
        }));
      default: return tcp_failed(link->error());
    }
  }

  void tcp_won() {
    if (alternative) { // QUIC was tried, and took longer
      what->shared->alternatives->failed(what->where.origin());
      what->tell(trace_kind::chosen, [&] { return std::string{"HTTP/3 was not ready in time ("} + (over_quic && over_quic->answered() ? "the server answered over UDP" : "no answer over UDP") + "); HTTP/2 or HTTP/1.1 is taken"; });
    }
    deliver(std::exchange(link, nullptr));
  }

  void deliver(transport_ptr x) {
    promise.deliver(std::move(x));
    if (link)
      link->close();
    drop_quic();
    self->quit();
  }
};

connector::behavior_type run_connector(connector_state::self_type* self) {
  quiet(self);
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.fail({errc::cancelled, caused_by::local, "the client was shut down while connecting"});
    self->quit(x.reason);
  });
  return {[self](begin_atom, exchange_ptr& x) -> caf::result<transport_ptr> {
    self->state.promise = self->make_response_promise<transport_ptr>();
    auto promise = self->state.promise;
    self->state.begin(std::move(x));
    return promise;
  }};
}

} // namespace

void tell_secured(const exchange& what, const transport& link) {
  what.tell(trace_kind::secured, [&] {
    const auto info = *link.security();
    return info.version + ", " + info.cipher + ", ALPN " + (info.alpn.empty() ? "none" : info.alpn) + (info.resumed ? ", resumed" : "");
  });
}

connector spawn_connector(loop& home) { return spawn_on(home, run_connector); }

} // namespace sluice
