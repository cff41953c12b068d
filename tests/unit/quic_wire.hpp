// Two QUIC ends joined in memory: a network in virtual time that delays, loses, repeats and reorders datagrams by a
// seed, a server that accepts, and a protocol on top that records. Knows no socket, no clock and no test framework.
#pragma once

#include "tls_pair.hpp"

#include <sluice/protocols/quic/session.hpp>
#include <sluice/tests/netlab/link_model.hpp>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <stdexcept>

namespace sluice::quic::wire {

using namespace std::chrono_literals;

/// What the network does to datagrams in one direction.
struct road {
  std::chrono::nanoseconds delay = 10ms;
  double loss = 0, twice = 0, late = 0; ///< probabilities; late: by up to `lateness` more
  std::chrono::nanoseconds lateness = 5ms;
  std::size_t bytes_max = 1452;           ///< larger ones vanish
  bool cut = false;                       ///< nothing passes
  time_point cut_from{}, cut_until{};     ///< nothing passes in between
  std::optional<netlab::link_model> link; ///< a rate and a queue; decides instead of delay, loss, twice and late

  bool passes(std::size_t bytes, time_point now) const {
    return !cut && (now < cut_from || now >= cut_until) && bytes <= bytes_max;
  }
};

/// One end, whatever it is made of.
struct end {
  std::function<void(const quic::path&, ecn, std::span<const std::byte>, time_point)> receive;
  std::function<batch(std::span<std::byte>, time_point)> send;
  std::function<time_point()> deadline;
  std::function<void(time_point)> on_time;
};

inline address v4(std::uint8_t last, std::uint16_t port) {
  address result;
  result.octets = {192, 0, 2, last};
  result.port = port;
  return result;
}
inline path client_path() { return {v4(1, 40'000), v4(2, 443)}; }
inline path reversed(const path& way) { return {way.remote, way.local}; }

class network {
public:
  explicit network(std::uint64_t seed = 1) : random_(seed) {}

  time_point now{1h};
  road to_server, to_client;
  end client, server;
  std::size_t sent_to_server = 0, sent_to_client = 0, batches_to_server = 0, largest_to_server = 0;
  std::size_t bytes_to_client = 0;
  std::optional<address> translated; ///< how a translator (NAT) lets the client appear to the server
  std::function<void(bool to_server, std::vector<std::byte>&)> tamper;

  /// Until `done`, or `at_most` later, or nothing is to come any more. Whether `done`.
  bool run(const std::function<bool()>& done, std::chrono::nanoseconds at_most = 60s) {
    const auto stop = now + at_most;
    for (;;) {
      take(client, true);
      take(server, false);
      if (done())
        return true;
      auto next = std::min(client.deadline(), server.deadline ? server.deadline() : time_point::max());
      if (!under_way_.empty())
        next = std::min(next, under_way_.top().at);
      if (next > stop) {
        now = stop;
        return false;
      }
      now = std::max(now, next);
      deliver();
      for (auto* side : {&client, &server})
        if (side->deadline() <= now)
          side->on_time(now);
    }
  }
  void run_for(std::chrono::nanoseconds duration) {
    run([] { return false; }, duration);
  }

private:
  struct datagram {
    time_point at;
    std::uint64_t order;
    bool to_server;
    quic::path path; // as the receiver sees it
    quic::ecn mark;
    std::vector<std::byte> bytes;
    bool operator<(const datagram& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  static constexpr int batches_at_once_max = 100'000;

  bool chance(double p) { return p > 0 && std::uniform_real_distribution{}(random_) < p; }

  void take(end& from, bool is_client) {
    if (!from.send)
      return;
    for (int batches = 0;; ++batches) {
      std::vector<std::byte> room(61'000);
      const auto datagrams = from.send(room, now);
      if (datagrams.bytes == 0)
        return;
      if (batches == batches_at_once_max)
        throw std::runtime_error{"an end sends without end, and no time passes"};
      batches_to_server += is_client;
      for (std::size_t at = 0; at < datagrams.bytes; at += datagrams.segment)
        carry({room.begin() + static_cast<std::ptrdiff_t>(at),
               room.begin() + static_cast<std::ptrdiff_t>(std::min(datagrams.bytes, at + datagrams.segment))},
              datagrams, is_client);
    }
  }

  void carry(std::vector<std::byte> bytes, const batch& datagrams, bool is_client) {
    auto& by = is_client ? to_server : to_client;
    (is_client ? sent_to_server : sent_to_client) += 1;
    if (is_client)
      largest_to_server = std::max(largest_to_server, bytes.size());
    else
      bytes_to_client += bytes.size();
    auto seen = reversed(datagrams.path);
    if (!by.passes(bytes.size(), now) || !translate(seen, is_client))
      return;
    if (tamper)
      tamper(is_client, bytes);
    if (by.link) {
      const auto due = by.link->offer(bytes.size(), now.time_since_epoch());
      for (std::size_t i = 0; i < due.count; ++i)
        under_way_.push({time_point{due.at[i]}, order_++, is_client, seen, datagrams.ecn, bytes});
      return;
    }
    if (chance(by.loss))
      return;
    for (int copies = chance(by.twice) ? 2 : 1; copies > 0; --copies) {
      auto at = now + by.delay;
      if (chance(by.late))
        at += std::chrono::nanoseconds{std::uniform_int_distribution<std::int64_t>{0, by.lateness.count()}(random_)};
      under_way_.push({at, order_++, is_client, seen, datagrams.ecn, bytes});
    }
  }

  /// False: the translator knows no such address any more.
  bool translate(quic::path& seen, bool is_client) const {
    if (!translated)
      return true;
    if (is_client)
      seen.remote = *translated;
    else if (std::exchange(seen.local, client_path().local) != *translated)
      return false;
    return true;
  }

  void deliver() {
    while (!under_way_.empty() && under_way_.top().at <= now) {
      auto arrival = under_way_.top();
      under_way_.pop();
      (arrival.to_server ? server : client).receive(arrival.path, arrival.mark, arrival.bytes, now);
    }
  }

  std::mt19937_64 random_;
  std::priority_queue<datagram> under_way_;
  std::uint64_t order_ = 0;
};

/// A protocol that sends the bytes that it is given and notes those that come. `credit`: gives back what it received.
class notes final : public application {
public:
  struct stream {
    std::string received;
    bool ended = false, closed = false;
    std::optional<std::uint64_t> reset_code, close_code;
    std::string sending;
    std::size_t handed = 0;
    std::uint64_t acknowledged = 0;
    bool last = false, last_written = false, blocked = false, dead = false;
  };
  streams* under = nullptr;
  bool credit = true, connection_credit = true, ready = false;
  std::map<std::int64_t, stream> all;

  void send(std::int64_t id, std::string_view bytes, bool last = false) {
    all[id].sending += bytes;
    all[id].last |= last;
  }

  void on_ready() override { ready = true; }
  void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) override {
    auto& s = all[id];
    s.received.append(reinterpret_cast<const char*>(data.data()), data.size());
    s.ended |= last;
    if (connection_credit)
      under->credit_connection(data.size());
    if (credit)
      under->credit_stream(id, data.size());
  }
  void on_stream_reset(std::int64_t id, std::uint64_t code) override { all[id].reset_code = code; }
  void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) override {
    all[id].closed = true;
    all[id].close_code = code;
  }
  void on_acknowledged(std::int64_t id, std::uint64_t n) override { all[id].acknowledged += n; }
  void on_send_room(std::int64_t id) override { all[id].blocked = false; }
  void on_streams_allowed() override {}
  outgoing next_outgoing() override {
    outgoing output;
    for (auto& [id, s] : all)
      if (!s.blocked && !s.dead && !s.closed && (s.handed < s.sending.size() || (s.last && !s.last_written))) {
        output.id = id;
        output.last = s.last;
        // Copies that stay where they are: ngtcp2 wants the bytes until they are acknowledged.
        kept_.push_back(s.sending.substr(s.handed, 4000));
        output.last = s.last && s.handed + kept_.back().size() == s.sending.size();
        ending_ = output.last;
        if (!kept_.back().empty()) {
          output.count = 1;
          output.parts[0] = std::as_bytes(std::span{kept_.back()});
        }
        return output;
      }
    return output;
  }
  void on_written(std::int64_t id, std::size_t n) override {
    auto& s = all[id];
    s.handed += n;
    if (s.handed == s.sending.size() && ending_)
      s.last_written = true;
  }
  void on_blocked(std::int64_t id) override { all[id].blocked = true; }
  void on_unwritable(std::int64_t id) override { all[id].dead = true; }
  std::string error_name(std::uint64_t code) const override { return "application error " + std::to_string(code); }
  bool is_no_error(std::uint64_t code) const override { return code == 0; }

private:
  std::deque<std::string> kept_;
  bool ending_ = false;
};

inline tls::client_config trusting_h3() {
  auto c = tls::trusting();
  c.alpn = {"h3"};
  return c;
}
inline tls::server_config showing_h3(const tls::certificate& identity = tls::localhost_certificate()) {
  auto c = tls::showing(identity);
  c.alpn = {"h3"};
  return c;
}

/// A server for one connection at a time.
class acceptor {
public:
  acceptor(std::shared_ptr<server_context> context, application& on_top, std::function<void(session&)> accepted = {})
    : context_(std::move(context)), on_top_(on_top), accepted_(std::move(accepted)) {
    bounds.peer_bidi_streams = 100;
    bounds.stream_window = 1u << 20;
  }
  limits bounds;
  bool with_retry = false;
  std::size_t answers = 0;
  std::unique_ptr<session> connection;

  end as_end() {
    return {[this](const path& from, ecn mark, std::span<const std::byte> datagram, time_point now) {
              receive(from, mark, datagram, now);
            },
            [this](std::span<std::byte> into, time_point now) { return send(into, now); },
            [this] { return connection ? connection->deadline() : time_point::max(); },
            [this](time_point now) { connection->on_time(now); }};
  }
  /// As after a restart: datagrams of the old connection are answered by stateless resets.
  void forget() { connection.reset(); }

private:
  void receive(const path& from, ecn mark, std::span<const std::byte> datagram, time_point now) {
    if (!connection) {
      auto what =
          context_->decide(from, datagram, with_retry, static_cast<std::uint64_t>(now.time_since_epoch().count()));
      if (what.what == server_context::verdict::answer) {
        ++answers;
        answers_.push_back({from, std::move(what.answer)});
      }
      if (what.what != server_context::verdict::accept)
        return;
      connection = std::make_unique<session>(on_top_, *context_, from, datagram, bounds, now);
      if (accepted_)
        accepted_(*connection);
    }
    connection->receive(from, mark, datagram, now);
  }
  batch send(std::span<std::byte> into, time_point now) {
    if (!answers_.empty()) {
      auto [to, bytes] = std::move(answers_.front());
      answers_.pop_front();
      std::copy(bytes.begin(), bytes.end(), into.begin());
      return {bytes.size(), bytes.size(), to, ecn::not_capable};
    }
    return connection ? connection->next_datagrams(into, now) : batch{};
  }

  std::shared_ptr<server_context> context_;
  application& on_top_;
  std::function<void(session&)> accepted_;
  std::deque<std::pair<path, std::vector<std::byte>>> answers_;
};

inline end end_of(session& connection) {
  return {[&connection](const path& from, ecn mark, std::span<const std::byte> bytes, time_point now) {
            connection.receive(from, mark, bytes, now);
          },
          [&connection](std::span<std::byte> into, time_point now) { return connection.next_datagrams(into, now); },
          [&connection] { return connection.deadline(); }, [&connection](time_point now) { connection.on_time(now); }};
}

/// A client and a server that speak nothing but bytes.
struct talk {
  std::shared_ptr<client_context> trust;
  std::shared_ptr<server_context> shown;
  notes client_notes, server_notes;
  network net;
  acceptor server;
  std::unique_ptr<session> client;

  explicit talk(const tls::client_config& c = trusting_h3(), const tls::server_config& s = showing_h3(),
                const std::string& host = "localhost", const limits& bounds = {}, std::uint64_t seed = 1)
    : talk(tls::must(client_context::make(c)), tls::must(server_context::make(s)), host, bounds, seed) {}
  talk(std::shared_ptr<client_context> c, std::shared_ptr<server_context> s, const std::string& host = "localhost",
       const limits& bounds = {}, std::uint64_t seed = 1)
    : trust(std::move(c)), shown(std::move(s)), net(seed),
      server(shown, server_notes, [this](session& connection) { server_notes.under = &connection; }) {
    client = std::make_unique<session>(client_notes, *trust, host, 443, client_path(), bounds, net.now);
    client_notes.under = client.get();
    net.client = end_of(*client);
    net.server = server.as_end();
  }
  bool shake() {
    return net.run([&] {
      return (client->established() && server.connection && server.connection->established()) || client->ended();
    }) && client->established()
           && !client->ended();
  }
};

} // namespace sluice::quic::wire
