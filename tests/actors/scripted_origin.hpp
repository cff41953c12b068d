// An origin that does what the test says, seen by a connection as its transport and its engine.
// Keeps to the rules of a protocol (windows, one exchange at a time where they share nothing); knows no bytes on a
// wire.
#pragma once

#include "by_hand.hpp"

#include <sluice/actors/io/transport.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::tests {

/// Byte `at` of the body that answers `target`.
inline std::byte content(const std::string& target, std::uint64_t at) {
  return static_cast<std::byte>((target.size() + static_cast<unsigned char>(target.back())) * 7 + at * 31 + (at >> 8));
}

/// One connection at the origin's end. Outlives its transport and its engine, which only look at it.
class scripted_peer : public std::enable_shared_from_this<scripted_peer> {
public:
  struct exchange {
    std::string target;
    std::uint64_t allowed = 0; ///< body bytes that it may send by now
    std::uint64_t queued = 0;  ///< that the test made it send
    bool headed = false, ended = false, cancelled = false, over = false;
    std::uint64_t uploaded = 0, upload_wanted = 0;
    bool uploads = false, upload_stopped = false; ///< has a body to send; and shall not send the rest
    bool upload_over() const { return !uploads || upload_stopped; }
  };

  explicit scripted_peer(by_hand& world, bool shares_connections) : multiplexed(shares_connections), world_(world) {}

  const bool multiplexed;
  std::size_t capacity = 100;
  bool capacity_known = true;
  bool blocked = false; ///< takes no bytes
  std::map<std::uint32_t, exchange> exchanges;
  bool tracing = false;
  bool closed = false; ///< by the connection
  std::optional<tls::session_info> security;

  std::shared_ptr<transport> make_transport();

  // ---- what the test makes it do; the connection sees it once the loop is stepped ----
  void head(std::uint32_t index, std::uint16_t status = 200, http::fields fields = {}) {
    auto& entry = exchanges.at(index);
    entry.headed = true;
    say([=, this](http::engine_events& to, std::span<std::byte>&) mutable {
      http::response_head response;
      response.version = multiplexed ? http::version::http2 : http::version::http1_1;
      response.status = status;
      response.fields = fields;
      if (live(index))
        to.on_head(index, std::move(response));
      return true;
    });
  }
  /// As many of `n` bytes as it may send.
  void body(std::uint32_t index, std::uint64_t n) {
    auto& entry = exchanges.at(index);
    if (multiplexed)
      n = std::min(n, entry.allowed - entry.queued);
    if (n == 0)
      return;
    const auto from = entry.queued;
    entry.queued += n;
    say([=, this, at = from](http::engine_events& to, std::span<std::byte>& space) mutable {
      if (!live(index))
        return true;
      const auto now = std::min<std::uint64_t>(from + n - at, space.size());
      if (now == 0)
        return false;
      for (std::uint64_t i = 0; i < now; ++i)
        space[static_cast<std::size_t>(i)] = content(exchanges.at(index).target, at + i);
      at += now;
      to.on_body(index, space.first(static_cast<std::size_t>(now)));
      space = space.subspan(static_cast<std::size_t>(now));
      return at == from + n;
    });
  }
  void end(std::uint32_t index) {
    exchanges.at(index).ended = true;
    say([=, this](http::engine_events& to, std::span<std::byte>&) {
      if (!live(index))
        return true;
      to.on_end(index, {});
      auto& entry = exchanges.at(index);
      if (!multiplexed || entry.upload_over()) // else once the rest of the request is given up
        close_exchange(to, index, entry.upload_over());
      return true;
    });
  }
  void reset(std::uint32_t index, bool unprocessed) {
    say([=, this](http::engine_events& to, std::span<std::byte>&) {
      if (live(index))
        fail(to, index, {errc::stream_reset, caused_by::remote, "reset"}, unprocessed);
      return true;
    });
  }
  /// Takes no more, and has processed none after `last`.
  void go_away(std::uint32_t last) {
    say([=, this](http::engine_events& to, std::span<std::byte>&) {
      capacity = 0;
      gone_away_ = true;
      for (auto& [index, entry] : exchanges)
        if (index > last && live(index))
          fail(to, index, {errc::refused, caused_by::remote, "gone away"}, true);
      return true;
    });
  }
  void settings(std::size_t n) {
    say([=, this](http::engine_events&, std::span<std::byte>&) {
      capacity_known = true;
      if (!gone_away_)
        capacity = n;
      return true;
    });
  }
  /// The transport breaks.
  void cut() {
    cut_ = true;
    wake();
  }
  void frame(std::uint32_t index) {
    say([=, this](http::engine_events& to, std::span<std::byte>&) {
      if (tracing)
        to.on_trace(index, "a frame");
      return true;
    });
  }
  void take_upload(std::uint32_t index, std::uint64_t n) {
    exchanges.at(index).upload_wanted += n;
    say([](http::engine_events&, std::span<std::byte>&) { return true; });
  }
  void unblock() {
    blocked = false;
    if (auto f = std::exchange(writable_, nullptr))
      asio::post(world_.home().io(), [f] { f({}); });
  }
  /// Under way, as the connection sees it.
  bool live(std::uint32_t index) const {
    const auto i = exchanges.find(index);
    return i != exchanges.end() && !i->second.over && !i->second.cancelled;
  }
  bool ended() const { return ended_; }

private:
  friend class scripted_engine;
  friend class scripted_transport;
  using event = std::function<bool(http::engine_events&, std::span<std::byte>&)>; // false: there is more of it

  void say(event added) {
    events_.push_back(std::move(added));
    wake();
  }
  void wake() {
    if (auto f = std::exchange(readable_, nullptr))
      asio::post(world_.home().io(), [f] { f({}); });
  }
  void fail(http::engine_events& to, std::uint32_t index, failure why, bool unprocessed) {
    auto& entry = exchanges.at(index);
    entry.over = true;
    to.on_failure(index, std::move(why), unprocessed, !entry.headed);
  }
  void close_exchange(http::engine_events& to, std::uint32_t index, bool reusable) {
    if (!std::exchange(exchanges.at(index).over, true))
      to.on_closed(index, reusable);
  }

  by_hand& world_;
  std::deque<event> events_;
  transport::wait_handler readable_, writable_;
  bool cut_ = false, ended_ = false, gone_away_ = false;
};

class scripted_engine final : public http::engine {
public:
  scripted_engine(std::shared_ptr<scripted_peer> peer, http::engine_events& events)
    : peer_(std::move(peer)), to_(events) {}

  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
               wire_bytes window) override {
    scripted_peer::exchange begun;
    begun.target = head.target;
    begun.allowed = window.value;
    begun.uploads = body.present && body.length != std::uint64_t{0};
    peer_->exchanges[index] = begun;
    output_ = true;
    return {};
  }
  bool wants_upload(std::uint32_t index) const override {
    return peer_->live(index) && peer_->exchanges.at(index).upload_wanted > 0;
  }
  void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields&) override {
    auto& entry = peer_->exchanges.at(index);
    entry.uploaded += data.size();
    entry.uploads = !last;
    entry.upload_wanted -= std::min<std::uint64_t>(entry.upload_wanted, std::max<std::size_t>(data.size(), 1));
  }
  std::uint64_t upload_left(std::uint32_t) const override { return 0; }
  void stop_upload(std::uint32_t index) override {
    auto& entry = peer_->exchanges.at(index);
    if (!std::exchange(entry.upload_stopped, true) && entry.ended && peer_->multiplexed)
      close_later(index);
  }

  /// `space` is what the transport has read into: here the peer writes as the engine reads.
  void take(std::span<std::byte> space) {
    for (std::size_t n = peer_->events_.size(); n > 0 && !peer_->events_.empty(); --n) {
      if (!peer_->events_.front()(to_, space))
        return;
      peer_->events_.pop_front();
    }
  }
  void receive(std::span<const std::byte>, http::time_point) override {}
  void receive_end(const failure& why) override {
    if (std::exchange(peer_->ended_, true))
      return;
    for (auto& [index, entry] : peer_->exchanges)
      if (peer_->live(index))
        peer_->fail(to_, index, why ? why : failure{errc::truncated_body, caused_by::transport, "ended"}, false);
  }
  std::span<const std::byte> output(http::time_point) override {
    static constexpr std::byte bytes[100]{};
    return std::exchange(output_, false) ? std::span{bytes} : std::span<const std::byte>{};
  }
  void grant(std::uint32_t index, wire_bytes n) override { peer_->exchanges.at(index).allowed += n.value; }
  void cancel(std::uint32_t index) override {
    auto& entry = peer_->exchanges.at(index);
    if (entry.over || std::exchange(entry.cancelled, true))
      return;
    output_ = true;
    if (!peer_->multiplexed)
      peer_->ended_ = true; // the rest is too much to be read
    else
      close_later(index);
  }

  http::version version() const override { return peer_->multiplexed ? http::version::http2 : http::version::http1_1; }
  http::fields sent_fields(const http::request_head& head, const http::outgoing_body&) const override {
    return head.fields;
  }
  bool multiplexed() const override { return peer_->multiplexed; }
  std::size_t capacity() const override {
    if (peer_->ended_)
      return 0;
    return peer_->multiplexed ? peer_->capacity : std::min<std::size_t>(peer_->capacity, 1);
  }
  bool capacity_known() const override { return peer_->capacity_known; }
  bool ended() const override {
    return peer_->ended_
           || (peer_->gone_away_
               && std::none_of(peer_->exchanges.begin(), peer_->exchanges.end(),
                               [](const auto& entry) { return !entry.second.over; }));
  }
  std::chrono::nanoseconds round_trip() const override { return std::chrono::milliseconds{1}; }
  http::time_point deadline() const override { return http::time_point::max(); }
  void on_time(http::time_point) override {}
  void trace(bool on) override { peer_->tracing = on; }

private:
  void close_later(std::uint32_t index) {
    peer_->say([peer = peer_.get(), index](http::engine_events& to, std::span<std::byte>&) {
      peer->close_exchange(to, index, true);
      return true;
    });
  }

  std::shared_ptr<scripted_peer> peer_;
  http::engine_events& to_;
  bool output_ = false;
};

class scripted_transport final : public transport {
public:
  explicit scripted_transport(std::shared_ptr<scripted_peer> peer) : peer_(std::move(peer)) {}
  ~scripted_transport() override { close(); }

  std::unique_ptr<http::engine> take_engine(http::engine_events& events) override {
    return std::make_unique<scripted_engine>(peer_, events);
  }
  bool receive(http::engine& to, std::span<std::byte> space, http::time_point) override {
    if (!peer_->events_.empty()) {
      static_cast<scripted_engine&>(to).take(space);
      return true;
    }
    if (!peer_->cut_ || peer_->ended_)
      return false;
    to.receive_end({errc::connection_reset, caused_by::transport, "cut"});
    return true;
  }
  bool drained() const noexcept override { return peer_->events_.empty() && !peer_->cut_; }
  sent send(http::engine& from, http::time_point now) override {
    const auto bytes = from.output(now);
    if (bytes.empty())
      return sent::nothing;
    if (peer_->cut_)
      return sent::failed;
    pending_ = peer_->blocked ? bytes.size() : 0;
    return sent::something;
  }
  bool flush() override {
    if (!peer_->blocked)
      pending_ = 0;
    return !peer_->cut_;
  }
  bool output_pending() const noexcept override { return pending_ > 0; }
  std::size_t output_left() const noexcept override { return pending_; }
  void wait_readable(wait_handler f) override {
    peer_->readable_ = std::move(f);
    if (!peer_->events_.empty() || (peer_->cut_ && !peer_->ended_))
      peer_->wake();
  }
  void wait_writable(wait_handler f) override {
    peer_->writable_ = std::move(f);
    if (!peer_->blocked)
      peer_->unblock();
  }
  void cancel_waits() override {
    for (auto* callback : {&peer_->readable_, &peer_->writable_})
      if (auto f = std::exchange(*callback, nullptr))
        asio::post(peer_->world_.home().io(), [f] { f(asio::error::operation_aborted); });
  }
  void close() override {
    if (!std::exchange(peer_->closed, true))
      cancel_waits();
  }
  std::optional<tls::session_info> security() const override { return peer_->security; }
  std::chrono::nanoseconds round_trip() const override { return std::chrono::milliseconds{1}; }
  std::string peer() const override { return "origin"; }
  std::string peer_address() const override { return "192.0.2.1"; }

private:
  std::shared_ptr<scripted_peer> peer_;
  std::size_t pending_ = 0;
};

inline std::shared_ptr<transport> scripted_peer::make_transport() {
  return std::make_shared<scripted_transport>(shared_from_this());
}

/// Connectors that wait until the test decides what comes of them, and the peers of those that got a transport.
class scripted_connectors {
  struct state {
    static inline const char* name = "test.connector";
    explicit state(void*) {}
  };
  using self_type = pinned_actor<connector, state>;
  struct waiting {
    caf::typed_response_promise<transport_ptr> promise;
    exchange_ptr exchange;
    caf::actor_addr actor;
  };

public:
  explicit scripted_connectors(by_hand& world) : world_(world) {
    world.shared->stand_ins.connector = [this](loop& home) {
      return spawn_on(home, [this](self_type* self) -> connector::behavior_type {
        quiet(self);
        return {[this, self](begin_atom, exchange_ptr& exchange) -> caf::result<transport_ptr> {
          auto promise = self->make_response_promise<transport_ptr>();
          asked_.push_back({promise, exchange, self->address()});
          return promise;
        }};
      });
    };
  }
  ~scripted_connectors() { world_.shared->stand_ins.connector = nullptr; }
  scripted_connectors(const scripted_connectors&) = delete;
  scripted_connectors& operator=(const scripted_connectors&) = delete;

  std::size_t asked() const { return asked_.size(); }
  /// Where the one that was asked first is to connect to.
  std::string origin() const { return asked_.front().exchange->where.origin(); }
  /// The one that was asked first gets a connection.
  std::shared_ptr<scripted_peer> connect(bool multiplexed) {
    auto first = std::move(asked_.front());
    asked_.pop_front();
    auto peer = std::make_shared<scripted_peer>(world_, multiplexed);
    first.promise.deliver(peer->make_transport());
    return peer;
  }
  /// The one that was asked first dies without an answer.
  void die() {
    auto first = std::move(asked_.front());
    asked_.pop_front();
    caf::anon_send_exit(caf::actor_cast<connector>(first.actor), caf::exit_reason::kill);
    world_.settle();
  }
  void refuse(failure why = {errc::connect_failed, caused_by::transport, "refused"}) {
    auto first = std::move(asked_.front());
    asked_.pop_front();
    first.promise.deliver(make_error(why));
  }

private:
  by_hand& world_;
  std::deque<waiting> asked_;
};

} // namespace sluice::tests
