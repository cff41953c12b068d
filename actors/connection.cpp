#include <sluice/actors/connection.hpp>

#include <sluice/actors/alternatives_book.hpp>
#include <sluice/actors/connector.hpp>
#include <sluice/actors/flow_entry.hpp>
#include <sluice/actors/io/coalescing.hpp>
#include <sluice/actors/io/transport.hpp>
#include <sluice/actors/sent_fields.hpp>
#include <sluice/actors/stream.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/http1/engine.hpp>
#include <sluice/protocols/http2/engine.hpp>
#include <sluice/protocols/http3/engine.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t merged_below_bytes = 4096;
constexpr std::size_t upload_piece_bytes = 64u << 10;
constexpr auto continue_wait = 1s; // RFC 9110 section 10.1.1: do not wait for 100 (Continue) forever
/// On HTTP/1.1 the kernel's receive buffer covers the path; the window has only to cover the way to the reader.
constexpr wire_bytes largest_http1_window{1u << 20};
constexpr std::size_t bulk_bytes = 128u << 10;     // worth a turn, while a body flows fast on HTTP/1.1
constexpr wire_bytes bulk_window{512u << 10};      // proves that it does
constexpr auto bulk_patience = 20ms;
constexpr auto until_answered = clock::time_point::max() - 1h; // bytes of a tunnel wait for the answer to CONNECT
constexpr std::uint32_t every_exchange = UINT32_MAX; // an engine's trace about no stream

struct connection_state : http::engine_events {
  static inline const char* name = "sluice.connection";
  using self_type = caf::stateful_actor<connection_state, coalescing<pinned<connection::base>>>;

  explicit connection_state(self_type* self_pointer) : self(self_pointer), timer(self->home().io()), bulk_timer(self->home().io()), lull_timer(self->home().io()) {}
  virtual ~connection_state() {
    for (auto& [index, x] : entries)
      forget(x);
    if (counted_open)
      shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
  }

  self_type* self;
  pool owner;
  std::uint64_t number = 0;
  std::shared_ptr<client_shared> shared;
  transport_ptr link;
  std::unique_ptr<http::engine> engine;
  read_space space;

  std::unordered_map<std::uint32_t, flow_entry> entries; // under way, and over with bytes that are not settled yet
  std::vector<std::uint32_t> touched;   // have news
  std::vector<std::uint32_t> uploading; // have an upload to go on with
  std::uint32_t next_index = 0;
  std::optional<std::uint32_t> reading; // not multiplexed: the exchange whose window decides about reading
  exchange_ptr waiting;                 // for the transport
  std::size_t places_taken = 0, told_capacity = SIZE_MAX;
  std::uint64_t exchanges = 0;
  std::chrono::nanoseconds connect_round_trip{0};

  asio::steady_timer timer;
  clock::time_point timer_at = clock::time_point::max();
  clock::time_point exchanges_at = clock::time_point::max(); // the next deadline of one of them
  clock::time_point idle_until = clock::time_point::max();
  bool waiting_for_input = false, turn_posted = false, waiting_for_output = false, push_posted = false;
  bool retired = false, released = false, counted_open = false;
  asio::steady_timer bulk_timer, lull_timer;
  std::uint64_t waits = 0, waits_then = 0; // for input; when the bulk timer was set
  bool bulk = false, bulk_timed = false;
  bool unproven = false; // requests did not wait for the handshake (RFC 8470)

  // ---- exchanges ------------------------------------------------------------------------------------

  flow_entry* find(std::uint32_t index) {
    auto i = entries.find(index);
    return i == entries.end() ? nullptr : &i->second;
  }

  void forget(flow_entry& x) {
    x.what->counters->released(x.window.outstanding().value);
    shared->budget.give_back(x.window.size());
  }

  bool has_room() const { return !retired && (engine ? places_taken < engine->capacity() : places_taken == 0); }

  stream open(const exchange_ptr& what) {
    const auto& config = shared->config;
    const bool fixed = what->what.read.window.value > 0;
    const auto first = fixed ? what->what.read.window : config.first_window;
    auto handle = spawn_stream(self->home(), caf::actor_cast<connection>(self), next_index, owner);
    shared->budget.force(first);
    entries.try_emplace(next_index, next_index, handle, what, flow::tuner_config{first, config.largest_window, 1ms, fixed});
    ++places_taken;
    ++exchanges;
    if (engine) {
      what->tell(trace_kind::reused, [&] { return "connection " + std::to_string(number) + " to " + link->peer(); });
      dispatch(next_index);
    } else {
      waiting = what;
      reading = next_index;
      connect();
    }
    ++next_index;
    return handle;
  }

  void connect() {
    self->request(spawn_connector(self->home()), caf::infinite, begin_atom::value, waiting)
      .then([this](transport_ptr& x) { connected(std::move(x)); },
            [this](caf::error& x) {
              auto failed = std::exchange(reading, std::nullopt);
              if (failed)
                on_failure(*failed, failure_of(x), false, false);
              deliver_news();
              retire();
            });
  }

  void connected(transport_ptr x) {
    if (retired)
      return x->close();
    link = std::move(x);
    shared->connections_opened.fetch_add(1, std::memory_order_relaxed);
    shared->connections_open.fetch_add(1, std::memory_order_relaxed);
    counted_open = true;
    connect_round_trip = link->round_trip();
    const auto& config = shared->config;
    const auto security = link->security();
    const auto first = *std::exchange(reading, std::nullopt);
    waiting = nullptr;
    if ((engine = link->take_engine())) {
      auto& with_quic = static_cast<http3::engine&>(*engine);
      with_quic.tell(*this);
      unproven = !with_quic.connection().established();
    } else if ((security && security->alpn == "h2") || config.protocol == http_choice::http2_prior_knowledge) {
      engine = std::make_unique<http2::engine>(*this, config.http2, config.first_window);
    } else if (config.protocol == http_choice::http2) {
      on_failure(first, {errc::unsupported_protocol, caused_by::remote, "the origin did not agree on HTTP/2 (ALPN h2); allow HTTP/1.1, or for http URLs use prior knowledge"}, false, false);
      deliver_news();
      return retire();
    } else {
      engine = std::make_unique<http1::engine>(*this, config.http1, config.drain_bytes);
    }
    if (!unproven)
      share();
    tell_capacity();
    dispatch(first);
  }

  /// What else the connection may be used for.
  void share() {
    if (const auto security = link->security(); engine->multiplexed() && security && shared->config.tls.verify)
      self->send(owner, shares_atom::value, number, link->peer_address(), security->peer_names);
  }

  /// An answer shows that the handshake is over, which the requests did not wait for.
  void prove(const exchange& what) {
    if (!std::exchange(unproven, false))
      return;
    shared->alternatives->worked(what.where.origin());
    tell_secured(what, *link);
    share();
  }

  /// Puts the request on the wire.
  void dispatch(std::uint32_t index) {
    auto& x = *find(index);
    const auto& request = x.what->what;
    http::request_head head{request.method, x.what->where.scheme, x.what->where.authority(), x.what->where.target, request.fields};
    const auto add_default = [&](const char* field, std::string value) {
      const bool unwanted = std::any_of(request.without.begin(), request.without.end(), [&](const auto& y) { return http::equals_ignoring_case(field, y); });
      if (!unwanted && !head.fields.contains(field))
        head.fields.add(field, std::move(value));
    };
    if (!shared->config.user_agent.empty())
      add_default("User-Agent", shared->config.user_agent);
    add_default("Accept", "*/*");
    if (request.read.decode)
      add_default("Accept-Encoding", "gzip, deflate");
    if (request.priority)
      add_default("Priority", http::to_string(*request.priority));
    http::outgoing_body body{request.body.present, std::nullopt};
    if (body.present && !request.body.source)
      body.length = request.body.bytes.size();
    else if (body.present && request.body.length)
      body.length = *request.body.length;
    if (request.observer)
      engine->trace(true);
    x.what->early = unproven;
    const bool tunnel = request.method == "CONNECT";
    auto problem = tunnel && !engine->multiplexed() ? failure{errc::invalid_request, caused_by::local, "CONNECT is spoken over HTTP/2 and HTTP/3 only, and the server speaks HTTP/1.1"}
                                                    : engine->open(index, head, body, x.window.size());
    if (problem) {
      on_failure(index, std::move(problem), false, false);
      deliver_news();
      return engine->multiplexed() ? tell_freed() : retire();
    }
    if (!engine->multiplexed()) {
      reading = index;
      x.tuner.set_maximum(std::max(std::min(shared->config.largest_window, largest_http1_window), x.window.size()));
    }
    x.upload_done = !body.present || body.length == std::uint64_t{0};
    if (!x.upload_done) {
      uploading.push_back(index);
      if (tunnel)
        x.continue_at = until_answered;
      else if (http::equals_ignoring_case(request.fields.combined("expect"), "100-continue")) {
        x.continue_at = clock::now() + continue_wait;
        look_at_exchanges(x.continue_at);
      }
    }
    x.what->tell(trace_kind::request_sent, [&] { return request.method + " " + x.what->where.target + " " + http::to_string(engine->version()); },
                 [&] { return sent_fields(head, body, engine->version()); });
    heard(x);
    if (engine->multiplexed()) {
      push_later(); // other requests may be on their way to the same write
    } else {
      push_output();
      read_turn();
    }
  }

  // ---- sending --------------------------------------------------------------------------------------

  void push_later() {
    if (std::exchange(push_posted, true))
      return;
    asio::post(self->home().io(), self->bind([this] {
      push_posted = false;
      push_output();
      read_turn();
    }));
  }

  /// Sends what the engine has; when all of it has drained, goes on with the uploads.
  void push_output() {
    if (link && engine && !waiting_for_output)
      send_all();
    settle_engine();
  }

  void send_all() {
    for (bool more = true; more && !link->output_pending();) {
      const auto sent = link->send(*engine, clock::now());
      if (sent == transport::sent::failed)
        cut_uploads(); // not the end yet: the origin may have answered already, which reading tells
      more = sent != transport::sent::nothing || (!link->output_pending() && feed_uploads());
    }
    if (!link->output_pending())
      return;
    waiting_for_output = true;
    link->wait_writable(self->bind([this](const std::error_code& code) {
      waiting_for_output = false;
      if (code || !link)
        return;
      if (!link->flush())
        cut_uploads();
      push_output();
    }));
  }

  /// Gives the engine more of the requests' bodies. True if there is more to send now.
  bool feed_uploads() {
    bool fed = false;
    for (std::size_t i = 0; i < uploading.size();) {
      auto* x = find(uploading[i]);
      if (!x || x->upload_done) {
        uploading[i] = uploading.back();
        uploading.pop_back();
        continue;
      }
      ++i;
      if (x->pulling || x->continue_at != clock::time_point::max() || !engine->wants_upload(x->index))
        continue;
      if (x->what->what.body.source) {
        pull(*x);
      } else {
        const auto bytes = x->what->what.body.bytes.bytes();
        const auto n = std::min<std::size_t>(bytes.size() - x->uploaded, upload_piece_bytes);
        const auto rest = bytes.subspan(static_cast<std::size_t>(x->uploaded), n);
        x->uploaded += n;
        give(*x, rest, x->uploaded == bytes.size(), {});
        fed = true;
      }
    }
    return fed;
  }

  void give(flow_entry& x, std::span<const std::byte> data, bool last, const http::fields& trailers) {
    engine->upload(x.index, data, last, trailers);
    x.upload_done = last;
    heard(x); // once it has all, the origin is invited to answer
  }

  void pull(flow_entry& x) {
    x.pulling = true;
    x.what->source_touched = true;
    const auto index = x.index;
    self->request(x.what->what.body.source, caf::infinite, read_atom::value, decoded_bytes{upload_piece_bytes})
      .then([this, index](piece& got) { upload(index, got); },
            [this, index](caf::error& why) {
              if (auto* y = find(index); y && engine && !y->upload_done)
                give_up(*y, {errc::consumer_failed, caused_by::local, "the source of the request body failed after " + std::to_string(y->uploaded) + " bytes: " + failure_of(why).detail});
            });
  }

  void upload(std::uint32_t index, const piece& got) {
    auto* x = find(index);
    if (!x || !link || x->upload_done)
      return;
    x->pulling = false;
    const auto& length = x->what->what.body.length;
    x->uploaded += got.data.size();
    if (length && (x->uploaded > *length || (got.end && x->uploaded < *length)))
      return give_up(*x, {errc::invalid_request, caused_by::local, "the source of the request body gave " + std::to_string(x->uploaded) + " bytes" + (got.end ? " in all" : " or more") + ", but " + std::to_string(*length) + " were announced"});
    give(*x, got.data.bytes(), got.end, got.trailers);
    push_output();
  }

  /// The exchange cannot go on, by a fault of our side.
  void give_up(flow_entry& x, failure why) {
    engine->cancel(x.index);
    if (!engine->multiplexed())
      reading.reset();
    report(x, std::move(why), false);
    deliver_news();
    push_output();
  }

  void cut_uploads() {
    for (auto index : uploading)
      if (auto* x = find(index)) {
        x->upload_done = true;
        engine->stop_upload(index);
      }
    uploading.clear();
  }

  void proceed_with_upload(flow_entry& x) { x.continue_at = clock::time_point::max(); }

  // ---- reading --------------------------------------------------------------------------------------

  void heard(flow_entry& x) {
    if (x.what->what.deadlines.peer_silence.count() == 0)
      return;
    x.last_heard = clock::now();
    look_at_exchanges(x.silence_ends());
  }

  /// Reads for one turn, then lets messages through before the next. Where exchanges do not share the transport, stops
  /// while the one under way has no room.
  void read_turn() {
    if (!link || !engine || waiting_for_input || turn_posted)
      return;
    auto* gate = reading ? find(*reading) : nullptr;
    if (gate && gate->window.full()) {
      link->rest();
      return pause(*gate);
    }
    auto room = space.room(*self->home().blocks());
    if (gate)
      room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), gate->window.room().value)));
    const bool more = link->receive(*engine, room, clock::now());
    if (more)
      deliver_news();
    if (link->answers(more)) {
      push_output();
      if (!link)
        return;
    }
    if (!more || link->drained())
      return wait_for_input();
    turn_posted = true;
    asio::post(self->home().io(), self->bind([this] {
      turn_posted = false;
      read_turn();
    }));
  }

  void wait_for_input() {
    if (entries.empty())
      space.let_go(); // an idle connection holds no memory
    gather();
    waiting_for_input = true;
    const auto go_on = [this](const std::error_code&) { // with an error it has another socket now, or says what is wrong
      waiting_for_input = false;
      read_turn();
    };
    if (const auto lull = link->lull(); lull.count() > 0) {
      lull_timer.expires_after(lull);
      return lull_timer.async_wait(self->bind(go_on));
    }
    link->wait_readable(self->bind(go_on));
  }

  /// A body that flows fast, with much of it still to come, is worth waiting for until a large piece is there.
  void gather() {
    const auto* x = reading ? find(*reading) : nullptr;
    const auto received = x ? x->what->counters->snapshot().received.value : 0;
    ++waits;
    bulk = x && x->window.size() >= bulk_window && received >= x->bulk_after && x->length > received + 2 * bulk_bytes;
    link->set_low_water(bulk ? bulk_bytes : 1);
    if (bulk && !std::exchange(bulk_timed, true))
      watch_bulk();
  }

  /// Where it flows slower than was thought, what is there is taken, and it has to prove itself anew.
  void watch_bulk() {
    waits_then = waits;
    bulk_timer.expires_after(bulk_patience);
    bulk_timer.async_wait(self->bind([this](const std::error_code& code) {
      if (!code && bulk && link && waits != waits_then)
        return watch_bulk();
      bulk_timed = false;
      if (code || !bulk || !link)
        return;
      link->set_low_water(1);
      if (auto* x = reading ? find(*reading) : nullptr)
        x->bulk_after = x->what->counters->snapshot().received.value + x->window.size().value;
    }));
  }

  void pause(flow_entry& x) {
    if (std::exchange(x.paused, true))
      return;
    x.what->counters->paused();
    x.what->tell(trace_kind::paused, [&] { return "the reader holds " + std::to_string(x.window.outstanding().value) + " of " + std::to_string(x.window.size().value) + " bytes"; });
    self->send(owner, stalled_atom::value, number);
  }

  void end_pause(flow_entry& x) {
    if (!std::exchange(x.paused, false))
      return;
    x.what->counters->resumed();
    self->send(owner, flowing_atom::value, number);
  }

  void resume(flow_entry& x) {
    if (!x.paused)
      return;
    x.what->tell(trace_kind::resumed, [&] { return "the reader holds " + std::to_string(x.window.outstanding().value) + " bytes"; });
    end_pause(x);
    heard(x); // silence counts from the moment bytes are invited again
  }

  // ---- what the engine tells ------------------------------------------------------------------------

  flow_entry* touch(std::uint32_t index) {
    auto* x = find(index);
    if (x && !x->news && x->ranges.empty())
      touched.push_back(index);
    return x;
  }

  void on_interim(std::uint32_t index, http::response_head&& head) override {
    auto* x = find(index);
    if (!x)
      return;
    x->what->tell(trace_kind::interim, head);
    if (head.status == 100)
      proceed_with_upload(*x);
    heard(*x);
  }

  void on_head(std::uint32_t index, http::response_head&& head) override {
    auto* x = touch(index);
    if (!x)
      return;
    prove(*x->what);
    x->what->tell(trace_kind::response, head);
    learn_alternatives(*x, head);
    x->head_seen = true;
    if (const auto told = head.fields.get("content-length"); told && !head.fields.contains("transfer-encoding"))
      std::from_chars(told->data(), told->data() + told->size(), x->length);
    x->continue_at = clock::time_point::max(); // a 100 (Continue) will not come any more
    if (!x->upload_done && head.status >= 300) { // an error or redirect ends the upload (RFC 9112 section 9.3)
      x->upload_done = true;
      cut.push_back(index);
    }
    x->fresh().head = std::move(head);
    heard(*x);
  }
  std::vector<std::uint32_t> cut; // uploads to be stopped once the engine can be called

  /// What the origin says of HTTP/3 elsewhere (RFC 7838), where TLS shows that it is the origin.
  void learn_alternatives(flow_entry& x, const http::response_head& head) {
    if (!x.what->where.secure() || !head.fields.contains("alt-svc") || head.status == 421)
      return;
    const bool known = shared->alternatives->learn(x.what->where.origin(), head.fields.combined("alt-svc"));
    if (known && may_use_http3(shared->config.protocol) && engine->version() != http::version::http3)
      self->send(owner, superseded_atom::value, number);
  }

  void on_body(std::uint32_t index, std::span<const std::byte> data) override {
    auto* x = touch(index);
    if (!x)
      return;
    heard(*x);
    if (engine->version() != http::version::http3)
      return space.keep(*x, data, engine->multiplexed() ? SIZE_MAX : merged_below_bytes);
    // It was decrypted elsewhere, and may be more than a turn usually brings: what was lost before has come.
    for (data = data.subspan(space.copy(*x, data)); !data.empty(); data = data.subspan(space.copy(*x, data))) {
      for (auto i : touched)
        if (auto* y = find(i))
          take_ranges(*y);
      (void)space.room(*self->home().blocks());
    }
  }

  void on_end(std::uint32_t index, http::fields&& trailers) override {
    auto* x = touch(index);
    if (!x)
      return;
    x->over = true;
    x->fresh().ended = true;
    x->fresh().trailers = std::move(trailers);
    if (!x->upload_done) {
      x->upload_done = true;
      cut.push_back(index);
    }
  }

  void on_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent) override {
    freed(false);
    auto* x = find(index);
    if (!x)
      return;
    if (why.by == caused_by::transport && std::exchange(unproven, false))
      shared->alternatives->failed(x->what->where.origin());
    // An idle connection that the origin closed as we wrote to it: the request was not processed, as far as one can
    // tell, and may be sent again if doing it twice is the same as once (RFC 9110 section 9.2.2).
    const bool retry = unprocessed || (silent && exchanges > 1 && why.by == caused_by::transport && http::is_idempotent(x->what->what.method));
    if (why.by == caused_by::transport && x->head_seen && why.code != errc::truncated_body && why.code != errc::tls_truncated)
      why.detail += "; the body is incomplete after " + std::to_string(x->what->counters->snapshot().received.value) + " bytes";
    report(*x, std::move(why), retry);
  }

  void report(flow_entry& x, failure&& why, bool may_be_retried) {
    touch(x.index);
    x.over = x.upload_done = true;
    x.fresh().problem = std::move(why);
    x.fresh().may_be_retried = may_be_retried;
  }

  void on_closed(std::uint32_t index, bool reusable) override {
    if (auto* x = find(index))
      x->what->tell(trace_kind::finished, [&] { return std::string{reusable ? "the connection is kept" : "the connection is closed"}; });
    freed(reusable);
  }

  void on_trace(std::uint32_t index, std::string&& line) override {
    for (auto& [i, x] : entries)
      if (index == every_exchange || index == i)
        x.what->tell(trace_kind::frame, [&] { return line; });
  }

  /// An exchange has left its place; whether the connection goes on, settle_engine() sees.
  void freed(bool reusable) {
    if (places_taken > 0)
      --places_taken;
    reading.reset();
    unusable = unusable || !(reusable || (engine && engine->multiplexed()));
    ++places_freed;
  }
  bool unusable = false;
  std::size_t places_freed = 0;

  void take_ranges(flow_entry& x) {
    if (const auto n = space.hand_over(x, !engine || !engine->multiplexed() || x.keeps_up())) {
      x.window.receive(wire_bytes{n});
      x.what->counters->received(n);
    }
  }

  /// Hands what came to the streams, each its own.
  void deliver_news() {
    for (auto index : std::exchange(cut, {}))
      if (engine)
        engine->stop_upload(index);
    for (auto index : touched) {
      auto* x = find(index);
      if (!x)
        continue;
      take_ranges(*x);
      if (x->over)
        end_pause(*x);
      else if (engine && engine->multiplexed() && (x->window.granted() == wire_bytes{} || engine->used_up(index)))
        pause(*x);
      if (x->news)
        self->send(x->handle, std::exchange(x->news, nullptr));
    }
    touched.clear();
  }

  /// What a call of the engine has changed for the connection as a whole.
  void settle_engine() {
    deliver_news();
    if (!engine || retired)
      return;
    if (engine->ended() || (unusable && !engine->multiplexed()) || (places_freed > 0 && !engine->multiplexed() && link->output_pending()))
      return retire();
    tell_capacity();
    tell_freed();
    arm_timer(engine->deadline());
  }

  void tell_freed() {
    if (places_freed == 0)
      return;
    if (places_taken == 0) {
      idle_until = clock::now() + shared->config.idle_timeout;
      arm_timer(idle_until);
    }
    for (; places_freed > 0; --places_freed)
      self->send(owner, freed_atom::value, number);
  }

  void tell_capacity() {
    if (const auto now = engine->capacity(); now != told_capacity) {
      told_capacity = now;
      self->send(owner, capacity_atom::value, number, static_cast<std::uint64_t>(now));
    }
  }

  // ---- the end --------------------------------------------------------------------------------------

  void retire() {
    if (retired)
      return;
    retired = true;
    if (engine && !engine->ended())
      engine->receive_end({errc::cancelled, caused_by::local, "the connection was closed"});
    deliver_news();
    for (auto& [index, x] : entries)
      end_pause(x);
    reading.reset();
    if (link)
      link->close();
    link = nullptr;
    space.let_go();
    timer.cancel();
    bulk_timer.cancel();
    lull_timer.cancel();
    if (std::exchange(counted_open, false))
      shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
    self->send(owner, retired_atom::value, number);
  }

  void shut_down() {
    failure why{errc::cancelled, caused_by::local, "the client was shut down"};
    if (engine)
      engine->receive_end(why);
    else if (reading)
      on_failure(*reading, std::move(why), false, false);
    deliver_news();
    retire();
  }

  void quit_if_done() {
    if (retired && released && entries.empty())
      self->quit();
  }

  void abandon(std::uint32_t index) {
    auto* x = find(index);
    if (!x)
      return;
    end_pause(*x);
    const bool was_over = x->over;
    forget(*x);
    entries.erase(index);
    if (entries.empty())
      space.let_go();
    if (engine && !retired && !was_over)
      leave(index);
    else if (!engine && !retired)
      retire(); // nobody waits for this transport any more
    quit_if_done();
  }

  /// Nobody wants the rest.
  void leave(std::uint32_t index) {
    engine->cancel(index);
    if (engine->multiplexed())
      return push_later();
    reading.reset(); // what is little is read to its end
    if (engine->ended())
      return retire();
    read_turn();
  }

  // ---- credit ---------------------------------------------------------------------------------------

  void release(std::uint32_t index, std::uint32_t bytes, bool by_reader) {
    auto* x = find(index);
    if (!x)
      return; // its end was settled already
    const wire_bytes n{std::min<std::uint64_t>(bytes, x->window.outstanding().value)};
    x->window.release(n);
    x->what->counters->released(n.value);
    if (by_reader) {
      x->what->counters->credit_handled();
      self->send(x->handle, settled_atom::value, bytes);
    }
    if (x->over || !engine)
      return;
    const auto measured = engine->round_trip();
    if (auto wanted = x->tuner.on_release(n, clock::now().time_since_epoch(), measured.count() > 0 ? measured : connect_round_trip)) {
      if (shared->budget.reserve(*wanted - x->window.size()))
        x->window.resize(*wanted);
      else
        x->tuner.limit(x->window.size());
    }
    if (engine->multiplexed()) {
      if (const auto due = x->window.grant(); due > wire_bytes{}) {
        engine->grant(index, due);
        resume(*x);
        push_later();
      }
    } else if (x->window.low() && x->paused) {
      resume(*x);
      read_turn();
    }
  }

  // ---- time -----------------------------------------------------------------------------------------

  /// Re-arms only for an earlier time: a timer that fires too early just looks again.
  void arm_timer(clock::time_point next) {
    if (next >= timer_at)
      return;
    timer_at = next;
    timer.expires_at(next);
    timer.async_wait(self->bind([this](const std::error_code& code) {
      if (code == asio::error::operation_aborted || retired)
        return;
      timer_at = clock::time_point::max();
      on_time(clock::now());
    }));
  }

  /// An engine's deadlines may be many, and so may exchanges: these have a time of their own.
  void look_at_exchanges(clock::time_point next) {
    exchanges_at = std::min(exchanges_at, next);
    arm_timer(next);
  }

  void on_time(clock::time_point now) {
    if (places_taken == 0 && link && now >= idle_until)
      return retire();
    if (now >= exchanges_at)
      exchanges_due(now);
    if (engine && !retired)
      engine->on_time(now);
    push_output();
    if (!retired)
      arm_timer(std::min(exchanges_at, places_taken == 0 ? idle_until : clock::time_point::max()));
  }

  void exchanges_due(clock::time_point now) {
    exchanges_at = clock::time_point::max();
    std::vector<std::uint32_t> silent;
    for (auto& [index, x] : entries) {
      if (now >= x.continue_at)
        proceed_with_upload(x);
      if (now >= x.silence_ends()) {
        if (!link || !link->output_pending()) {
          silent.push_back(index);
          continue;
        }
        x.last_heard = now; // it is the origin that does not take what we send; that is not silence yet
      }
      exchanges_at = std::min({exchanges_at, x.continue_at, x.silence_ends()});
    }
    for (auto index : silent) {
      const auto allowed = find(index)->what->what.deadlines.peer_silence.count();
      give_up(*find(index), {errc::peer_silent, caused_by::transport, "nothing came from the origin for " + std::to_string(allowed) + " ms though it was invited to send"});
    }
  }
};

connection::behavior_type run_connection(connection_state::self_type* self, const pool& owner, std::uint64_t number, const std::shared_ptr<client_shared>& shared) {
  auto& state = self->state;
  state.owner = owner;
  state.number = number;
  state.shared = shared;
  quiet(self);
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.shut_down();
    self->quit(x.reason);
  });
  return {
    [self](begin_atom, const exchange_ptr& what) -> caf::result<response> {
      auto& my = self->state;
      if (!my.has_room()) {
        self->send(my.owner, freed_atom::value, my.number); // the place that the pool took for it
        return self->delegate(my.owner, retry_atom::value, what);
      }
      return self->delegate(my.open(what), begin_atom::value, what);
    },
    [self](const credit& x) { self->state.release(x.stream, x.bytes, true); },
    [self](refund_atom, std::uint32_t index, std::uint32_t bytes) { self->state.release(index, bytes, false); },
    [self](abandon_atom, std::uint32_t index) { self->state.abandon(index); },
    [self](release_atom) {
      self->state.released = true;
      self->state.retire();
      self->state.quit_if_done();
    },
  };
}

} // namespace

connection spawn_connection(loop& home, pool owner, std::uint64_t number, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_connection, std::move(owner), number, std::move(shared));
}

} // namespace sluice
