// A blocking HTTP/3 client for tests of the origin: the engine over a plain UDP socket, and what came of each exchange.
// Knows no actor.
#pragma once

#include "wire.hpp"

#include <sluice/protocols/http3/engine.hpp>

#include <algorithm>
#include <cerrno>
#include <map>

namespace sluice::tests {

/// A connected UDP socket of 127.0.0.1, on which nothing waits for long.
class datagrams {
public:
  explicit datagrams(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int room = 4 << 20;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
    path.local = address(ntohs(own.sin_port));
    path.remote = address(port);
  }
  ~datagrams() { ::close(fd_); }
  datagrams(const datagrams&) = delete;
  datagrams& operator=(const datagrams&) = delete;

  void send(std::span<const std::byte> datagram) {
    [[maybe_unused]] const auto n = ::send(fd_, datagram.data(), datagram.size(), 0);
  }
  /// Empty: none came in time.
  std::span<const std::byte> receive(std::chrono::milliseconds patience) {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(patience.count())) != 1)
      return {};
    const auto n = ::recv(fd_, in_, sizeof in_, 0);
    return std::as_bytes(std::span(in_, n > 0 ? static_cast<std::size_t>(n) : 0));
  }
  quic::path path;

private:
  static quic::address address(std::uint16_t port) {
    quic::address loopback;
    loopback.octets = {127, 0, 0, 1};
    loopback.port = port;
    return loopback;
  }
  int fd_;
  char in_[64 << 10];
};

struct http3_response : origin_response {
  std::uint64_t granted = 0; // beyond the first window
  bool over = false, unprocessed = false;
  failure why;
};

struct http3_options {
  std::uint64_t window = 64u << 10; // of each stream
  bool consumes = true;             // false: no window is ever opened further
  std::uint64_t connection_window = 16u << 20;
  std::chrono::milliseconds idle_timeout{30'000};
  std::size_t loses_every = 0; // nth datagram, in each direction
};

class http3_client final : public http::engine_events {
public:
  explicit http3_client(origin::server& server, http3_options chosen = {})
    : options_(chosen), socket_(std::make_unique<datagrams>(server.tls_port())), path_(socket_->path),
      context_(trust(server)), engine_(*this, {}, wire_bytes{chosen.window}, *context_, "localhost", server.tls_port(),
                                       path_, below(chosen), now()) {}

  std::uint32_t send(const std::string& target, const std::string& method = "GET", std::optional<std::string> body = {},
                     http::fields fields = {}) {
    const auto index = next_++;
    http::outgoing_body outgoing{body.has_value(), {}};
    if (const auto length = fields.get("content-length"))
      outgoing.length = body->size();
    fields.remove("content-length");
    const auto problem = engine_.open(index, {method, "https", "localhost", target, std::move(fields)}, outgoing,
                                      wire_bytes{options_.window});
    if (problem)
      responses[index].why = problem;
    if (body)
      uploads_[index].body = std::move(*body);
    return index;
  }
  http3_response& wait(std::uint32_t index) {
    run([&] { return responses[index].over; });
    return responses[index];
  }
  http3_response get(const std::string& target, const std::string& method = "GET") {
    return wait(send(target, method));
  }
  http3_response post(const std::string& target, std::string body, const http::fields& fields = {}) {
    return wait(send(target, "POST", std::move(body), fields));
  }

  /// Sends and receives until `done()`, the connection's end, or 20 s with nothing to receive.
  template <class F>
  void run(F done, std::chrono::milliseconds at_most = std::chrono::seconds{20}) {
    const auto stop = now() + at_most;
    for (flush(); !done() && !engine_.ended() && now() < stop; flush()) {
      const auto until = std::min(engine_.deadline(), stop);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now());
      const auto datagram = socket_->receive(std::max(left, std::chrono::milliseconds{0}));
      if (!datagram.empty() && !lost(++received)) {
        engine_.receive_datagram(path_, quic::ecn::not_capable, datagram, now());
      }
      if (engine_.deadline() <= now())
        engine_.on_time(now());
      settle();
    }
  }
  void run_for(std::chrono::milliseconds duration) {
    run([] { return false; }, duration);
  }
  void run_to_end() {
    run([] { return false; });
  }
  void flush() {
    give_uploads();
    std::vector<std::byte> room(61'000);
    for (auto batch = engine_.next_datagrams(room, now()); batch.bytes != 0;
         batch = engine_.next_datagrams(room, now()))
      for (std::size_t at = 0; at < batch.bytes; at += batch.segment)
        if (!lost(++sent_))
          socket_->send(std::span(room).subspan(at, std::min(batch.segment, batch.bytes - at)));
  }
  void cancel(std::uint32_t index) {
    engine_.cancel(index);
    flush();
  }
  void grant(std::uint32_t index, std::uint64_t n) {
    responses[index].granted += n;
    engine_.grant(index, wire_bytes{n});
    flush();
  }
  /// From now on from another port. The connection knows, or the network did it.
  void move(bool knowingly) {
    socket_ = std::make_unique<datagrams>(path_.remote.port);
    if (knowingly && !connection().migrate(socket_->path.local, true, now()))
      path_ = socket_->path;
  }
  bool ended() const { return engine_.ended(); }
  quic::session& connection() { return engine_.connection(); }
  http3::engine& engine() { return engine_; }

  std::map<std::uint32_t, http3_response> responses;
  std::size_t received = 0; // datagrams

private:
  static quic::time_point now() { return std::chrono::steady_clock::now(); }
  static std::shared_ptr<quic::client_context> trust(origin::server& server) {
    tls::client_config config;
    config.alpn = {"h3"};
    config.ca_pem = server.certificate_pem();
    return *quic::client_context::make(config);
  }
  static quic::limits below(const http3_options& chosen) {
    quic::limits result;
    result.stream_window = chosen.window;
    result.connection_window = chosen.connection_window;
    result.idle_timeout = chosen.idle_timeout;
    return result;
  }

  bool lost(std::size_t count) const { return options_.loses_every != 0 && count % options_.loses_every == 0; }
  void settle() {
    for (auto& [index, n] : std::exchange(read_, {}))
      if (!responses[index].over) {
        responses[index].granted += n;
        engine_.grant(index, wire_bytes{n});
      }
  }
  void give_uploads() {
    constexpr std::size_t piece = 64u << 10;
    for (auto& [index, sending] : uploads_)
      while (!sending.given && engine_.wants_upload(index)) {
        const auto n = std::min(piece, sending.body.size() - sending.at);
        sending.given = sending.at + n == sending.body.size();
        engine_.upload(index, bytes_of(std::string_view(sending.body).substr(sending.at, n)), sending.given, {});
        sending.at += n;
      }
  }

  void on_interim(std::uint32_t index, http::response_head&& head) override {
    responses[index].interim.push_back(head.status);
  }
  void on_head(std::uint32_t index, http::response_head&& head) override {
    responses[index].status = head.status;
    responses[index].fields = std::move(head.fields);
  }
  void on_body(std::uint32_t index, std::span<const std::byte> data) override {
    responses[index].body.append(reinterpret_cast<const char*>(data.data()), data.size());
    if (options_.consumes)
      read_[index] += data.size();
  }
  void on_end(std::uint32_t index, http::fields&& trailers) override {
    responses[index].complete = true;
    responses[index].trailers = std::move(trailers);
  }
  void on_failure(std::uint32_t index, failure&& problem, bool unprocessed, bool) override {
    responses[index].over = true;
    responses[index].unprocessed = unprocessed;
    responses[index].why = std::move(problem);
  }
  void on_closed(std::uint32_t index, bool) override { responses[index].over = true; }
  void on_trace(std::uint32_t, std::string&&) override {}

  http3_options options_;
  std::unique_ptr<datagrams> socket_;
  quic::path path_; // as the connection knows it
  std::size_t sent_ = 0;
  std::shared_ptr<quic::client_context> context_;
  http3::engine engine_;
  std::uint32_t next_ = 1;
  struct upload {
    std::string body;
    std::size_t at = 0;
    bool given = false;
  };
  std::map<std::uint32_t, upload> uploads_;
  std::map<std::uint32_t, std::uint64_t> read_; // to be granted again
};

} // namespace sluice::tests
