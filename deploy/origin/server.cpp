#include "server.hpp"

#include "connection.hpp"
#include "http3_listener.hpp"

#include <sluice/protocols/tls/certificate.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <mutex>
#include <thread>
#include <vector>

namespace sluice::origin {

namespace {

using asio::ip::tcp;
constexpr int threads_max = 64;
constexpr std::size_t buffer_bytes_min = 8u << 10, buffer_bytes_max = 64u << 20;
constexpr std::uint32_t window_default = 65535, window_max = 0x7fffffff;
constexpr std::uint64_t quic_max = (std::uint64_t{1} << 62) - 1;
constexpr std::size_t datagram_min = 1200, datagram_max = 65527, unacknowledged_min = 64u << 10;
constexpr int port_attempts = 16; // where any will do, to find one that is free for TCP and UDP
constexpr std::uint32_t frame_min = 16u << 10, frame_max = (1u << 24) - 1;
constexpr std::chrono::milliseconds accept_pause{50}; // out of file descriptors, most likely

failure invalid(std::string detail) { return {errc::invalid_configuration, caused_by::local, std::move(detail)}; }

failure outside(const char* name, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  return invalid(std::string(name) + " is " + std::to_string(value) + ", not from " + std::to_string(least) + " to "
                 + std::to_string(most));
}

failure check(const http3_config& settings) {
  if (settings.stream_window > quic_max)
    return outside("http3.stream_window", settings.stream_window, 0, quic_max);
  if (settings.connection_window > quic_max)
    return outside("http3.connection_window", settings.connection_window, 0, quic_max);
  if (settings.max_concurrent_streams > quic_max / 4)
    return outside("http3.max_concurrent_streams", settings.max_concurrent_streams, 0, quic_max / 4);
  if (settings.datagram_bytes < datagram_min || settings.datagram_bytes > datagram_max)
    return outside("http3.datagram_bytes", settings.datagram_bytes, datagram_min, datagram_max);
  if (settings.unacknowledged_bytes < unacknowledged_min)
    return outside("http3.unacknowledged_bytes", settings.unacknowledged_bytes, unacknowledged_min, SIZE_MAX);
  return {};
}

failure check(const config& settings) {
  const auto& h2 = settings.http2;
  if (settings.threads < 1 || settings.threads > threads_max)
    return outside("threads", static_cast<std::uint64_t>(settings.threads), 1, threads_max);
  if (settings.buffer_bytes < buffer_bytes_min || settings.buffer_bytes > buffer_bytes_max)
    return outside("buffer_bytes", settings.buffer_bytes, buffer_bytes_min, buffer_bytes_max);
  if (h2.initial_window_size > window_max)
    return outside("http2.initial_window_size", h2.initial_window_size, 0, window_max);
  if (h2.connection_window_size < window_default || h2.connection_window_size > window_max)
    return outside("http2.connection_window_size", h2.connection_window_size, window_default, window_max);
  if (h2.max_frame_size < frame_min || h2.max_frame_size > frame_max)
    return outside("http2.max_frame_size", h2.max_frame_size, frame_min, frame_max);
  return check(settings.http3);
}

struct loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
};

/// Accepts on one port and hands the connections around.
struct listener {
  tcp::acceptor acceptor;
  asio::steady_timer timer;
  bool secure;
  listener(asio::io_context& context, bool with_tls) : acceptor(context), timer(context), secure(with_tls) {}
};

} // namespace

struct server::impl {
  shared_state shared; // outlives the loops, whose handlers hold connections
  tls::certificate own;
  std::uint16_t port = 0, tls_port = 0;
  std::vector<std::unique_ptr<loop>> loops;
  std::vector<std::unique_ptr<listener>> listeners; // on loops[0]
  std::shared_ptr<quic::server_context> quic_tls;
  std::vector<std::unique_ptr<http3_listener>> datagrams; // likewise; none: no HTTP/3
  std::vector<std::thread> threads;
  std::size_t next_loop = 0;
  std::mutex stopping;

  ~impl() { close_all(); }

  /// With the threads gone. A pending accept holds a socket of another loop: the accepting loop goes first.
  void close_all() {
    listeners.clear();
    datagrams.clear();
    for (auto& each : loops)
      each.reset();
    loops.clear();
  }

  failure prepare_tls() {
    std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
    if (std::find(names.begin(), names.end(), shared.settings.address) == names.end())
      names.push_back(shared.settings.address);
    auto made = tls::make_self_signed(names);
    if (!made)
      return made.error();
    own = std::move(*made);
    tls::server_config config;
    config.certificate_pem = own.certificate_pem;
    config.key_pem = own.key_pem;
    if (shared.settings.http2.enabled)
      config.alpn = {"h2", "http/1.1"};
    config.client_ca_pem = shared.settings.client_ca_pem;
    auto context = tls::server_context::make(config);
    if (!context)
      return context.error();
    shared.tls = std::move(*context);
    if (!shared.settings.http3.enabled)
      return {};
    config.alpn = {"h3"};
    auto made_quic = quic::server_context::make(config);
    if (!made_quic)
      return made_quic.error();
    quic_tls = std::move(*made_quic);
    return {};
  }

  /// TCP and, for HTTP/3, UDP on the same port.
  failure listen_securely() {
    const auto wanted = shared.settings.tls_port;
    for (int attempt = 1;; ++attempt) {
      const auto given = listen(wanted, true);
      if (!given)
        return given.error();
      tls_port = *given;
      const auto problem = quic_tls ? listen_for_datagrams() : failure{};
      if (!problem || wanted != 0 || attempt == port_attempts)
        return problem;
      listeners.pop_back();
    }
  }

  failure listen_for_datagrams() {
    const auto where = listeners.back()->acceptor.local_endpoint().address();
    std::vector<asio::ip::address> addresses{where};
    if (where.is_v6() && where.is_unspecified())
      addresses.push_back(asio::ip::address_v4::any()); // a TCP socket takes both
    datagrams.clear();
    for (const auto& text : addresses) {
      auto socket = datagram_socket::bind(loops[0]->context, to_address({text, tls_port}));
      if (!socket)
        return invalid("cannot listen on UDP port " + std::to_string(tls_port) + " for HTTP/3: " + socket.error().detail
                       + "; choose another TLS port, or switch HTTP/3 off");
      datagrams.push_back(std::make_unique<http3_listener>(loops[0]->context, *std::move(socket), quic_tls, shared));
    }
    for (auto& each : datagrams)
      each->start();
    if (shared.settings.http3.advertise)
      shared.alternative = "h3=\":" + std::to_string(tls_port) + "\"; ma=60";
    return {};
  }

  result_or_failure<std::uint16_t> listen(std::uint16_t wanted, bool secure) {
    const auto& text = shared.settings.address;
    std::error_code problem;
    const auto address = asio::ip::make_address(text, problem);
    if (problem)
      return invalid("address is '" + text + "', which is no IP address; write 127.0.0.1, 0.0.0.0 or ::1, for example");
    auto listening = std::make_unique<listener>(loops[0]->context, secure);
    const tcp::endpoint where(address, wanted);
    listening->acceptor.open(where.protocol(), problem);
    if (!problem)
      listening->acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
    if (!problem)
      listening->acceptor.bind(where, problem);
    if (!problem)
      listening->acceptor.listen(asio::socket_base::max_listen_connections, problem);
    if (problem)
      return invalid("cannot listen on " + text + " port " + std::to_string(wanted) + (secure ? " (TLS): " : ": ")
                     + problem.message() + "; choose another port, or 0 for any");
    const auto port_given = listening->acceptor.local_endpoint(problem).port();
    accept(*listening);
    listeners.push_back(std::move(listening));
    return port_given;
  }

  void accept(listener& listening) {
    auto& target = loops[next_loop++ % loops.size()]->context;
    listening.acceptor.async_accept(target, [this, &listening, &target](std::error_code problem, tcp::socket socket) {
      if (problem == asio::error::operation_aborted)
        return;
      if (problem) {
        listening.timer.expires_after(accept_pause);
        listening.timer.async_wait([this, &listening](std::error_code cancelled) {
          if (!cancelled)
            accept(listening);
        });
        return;
      }
      admit(std::move(socket), target, listening.secure);
      accept(listening);
    });
  }

  void admit(tcp::socket socket, asio::io_context& target, bool secure) {
    shared.figures.connections_accepted.fetch_add(1, std::memory_order_relaxed);
    if (shared.figures.connections_open.load(std::memory_order_relaxed) >= shared.settings.connections_max)
      return; // which closes it
    auto made = std::make_shared<connection>(std::move(socket), shared, secure ? shared.tls->accept() : nullptr);
    asio::post(target, [made = std::move(made)] { made->start(); });
  }
};

server::server(std::unique_ptr<impl> state) noexcept : impl_(std::move(state)) {}
server::~server() { stop(); }

result_or_failure<std::unique_ptr<server>> server::start(config configuration) {
  if (auto problem = check(configuration))
    return problem;
  auto made = std::make_unique<impl>();
  made->shared.settings = std::move(configuration);
  const auto& settings = made->shared.settings;
  for (int i = 0; i < settings.threads; ++i)
    made->loops.push_back(std::make_unique<loop>());
  if (!settings.request_log_file.empty()) {
    auto log = request_log::open(settings.request_log_file);
    if (!log)
      return log.error();
    made->shared.log = std::move(*log);
  }
  if (settings.tls)
    if (auto problem = made->prepare_tls())
      return problem;
  auto port = made->listen(settings.port, false);
  if (!port)
    return port.error();
  made->port = *port;
  if (settings.tls)
    if (auto problem = made->listen_securely())
      return problem;
  for (auto& each : made->loops)
    made->threads.emplace_back([&context = each->context] { context.run(); });
  return std::make_unique<server>(std::move(made));
}

void server::stop() {
  std::lock_guard lock(impl_->stopping);
  for (auto& each : impl_->loops)
    each->context.stop();
  for (auto& thread : impl_->threads)
    thread.join();
  impl_->threads.clear();
  impl_->close_all();
}

std::string server::url(std::string_view path) const {
  const auto& address = impl_->shared.settings.address;
  auto host = address == "0.0.0.0" ? "127.0.0.1" : address == "::" ? "::1" : address;
  if (host.find(':') != std::string::npos)
    host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(impl_->port) + std::string(path);
}

std::string server::tls_url(std::string_view path) const {
  return "https://localhost:" + std::to_string(impl_->tls_port) + std::string(path);
}

std::uint16_t server::port() const { return impl_->port; }
std::uint16_t server::tls_port() const { return impl_->tls_port; }
const std::string& server::certificate_pem() const { return impl_->own.certificate_pem; }
counters server::snapshot() const { return impl_->shared.snapshot(); }
std::optional<stream_figures> server::figures_of(const std::string& id) const { return impl_->shared.streams.find(id); }

} // namespace sluice::origin
