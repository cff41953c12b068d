#include <sluice/actors/connector.hpp>

#include <sluice/actors/io/transport.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/tls/context.hpp>

namespace sluice {

namespace {

using asio::ip::tcp;

struct connector_state {
  static inline const char* name = "sluice.connector";
  using self_type = pinned_actor<connector, connector_state>;

  explicit connector_state(self_type* self_pointer)
    : self(self_pointer), resolver(self->home().io()), socket(self->home().io()), deadline(self->home().io()) {}

  self_type* self;
  exchange_ptr what;
  caf::typed_response_promise<transport_ptr> promise;
  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer deadline;
  std::vector<tcp::endpoint> addresses;
  std::size_t at = 0;
  std::string tried; // what each address answered
  transport_ptr link;
  const char* doing = "resolving the name";

  std::string origin() const { return what->where.host + ":" + std::to_string(what->where.port); }

  void fail(failure x) {
    if (promise.pending())
      promise.deliver(make_error(x));
    if (link)
      link->close();
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
    std::error_code not_literal;
    if (const auto literal = asio::ip::make_address(what->where.host, not_literal); !not_literal) {
      addresses.emplace_back(literal, what->where.port);
      return connect_next();
    }
    resolver.async_resolve(what->where.host, std::to_string(what->where.port),
                           self->bind([this](const std::error_code& code, const tcp::resolver::results_type& found) {
                             if (code)
                               return fail({errc::resolve_failed, caused_by::transport, "the name '" + what->where.host + "' could not be resolved: " + code.message() + "; check the URL's host and the network"});
                             for (const auto& entry : found)
                               addresses.push_back(entry.endpoint());
                             connect_next();
                           }));
  }

  void connect_next() {
    if (at == addresses.size())
      return fail({errc::connect_failed, caused_by::transport, "no address of " + origin() + " could be connected to:" + tried});
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
    link = std::make_shared<transport>(std::move(socket), std::move(session), self->home().blocks());
    what->tell(trace_kind::connected, [&] { return std::string{link->peer()}; });
    if (!link->security())
      return done();
    doing = "in the TLS handshake";
    handshake();
  }

  void handshake() {
    switch (link->handshake()) {
      case read_state::ok: {
        const auto info = link->security()->info();
        what->tell(trace_kind::secured, [&] { return std::string{info.version + ", " + info.cipher + ", ALPN " + (info.alpn.empty() ? "none" : info.alpn) + (info.resumed ? ", resumed" : "")}; });
        return done();
      }
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
      default: return fail(link->error());
    }
  }

  void done() {
    promise.deliver(std::move(link));
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

connector spawn_connector(loop& home) { return spawn_on(home, run_connector); }

} // namespace sluice
