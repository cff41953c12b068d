#include <sluice/actors/connection/connection.hpp>

#include <sluice/actors/body/stream.hpp>
#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/connector.hpp>
#include <sluice/actors/connection/flow_entry.hpp>
#include <sluice/actors/connection/sent_fields.hpp>
#include <sluice/actors/io/coalescing.hpp>
#include <sluice/actors/io/transport.hpp>
#include <sluice/messages/bounds.hpp>
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
constexpr auto capacity_wait =
    1s; // for the peer's SETTINGS (RFC 9113 section 6.5.3), before it is taken for one that takes a single request
constexpr wire_bytes largest_http1_window{1u << 20};
constexpr std::size_t bulk_bytes = 128u << 10; // worth a turn, while a body flows fast on HTTP/1.1
constexpr wire_bytes bulk_window{
    384u << 10}; // proves that it does (windows of fast bodies end above it: decision 0016)
constexpr auto bulk_patience = 20ms;
constexpr auto until_answered = clock::time_point::max() - 1h; // bytes of a tunnel wait for the answer to CONNECT
constexpr std::uint32_t every_exchange = UINT32_MAX;           // an engine's trace about no stream

struct connection_state : http::engine_events {
  static inline const char* name = "sluice.connection";
  using self_type = caf::stateful_actor<connection_state, coalescing<pinned<connection::base>>>;

  explicit connection_state(self_type* self_pointer)
    : self(self_pointer), timer(self->home().io()), bulk_timer(self->home().io()), lull_timer(self->home().io()) {}
  /// However the actor ended (an exception, a kill): whoever waits for it is told by its down message; what was counted
  /// is uncounted here.
  virtual ~connection_state() {
    if (owner)
      self->demonitor(
          owner.address()); // CAF keeps the monitors of the dead: the pool would collect one for each connection
    for (auto& [index, x] : entries)
      x.what->counters->released(x.account.outstanding().value);
    stop_connecting();
    if (link)
      link->close();
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
  std::vector<std::uint32_t> touched;                    // have news
  std::vector<std::uint32_t> uploading;                  // have an upload to go on with
  std::uint32_t next_index = 0;
  std::optional<std::uint32_t> reading; // not multiplexed: the exchange whose window decides about reading
  exchange_ptr waiting;                 // for the transport
  connector opening;                    // the transport
  std::size_t places_taken = 0, told_capacity = SIZE_MAX;
  std::size_t under_way = 0; // entries that are not over: somebody waits for them
  std::size_t observed = 0;  // entries with an observer
  std::uint64_t exchanges = 0;
  std::chrono::nanoseconds connect_round_trip{0};

  asio::steady_timer timer;
  clock::time_point timer_at = clock::time_point::max();
  clock::time_point exchanges_at = clock::time_point::max(); // the next deadline of one of them
  clock::time_point idle_until = clock::time_point::max();   // nobody is interested in it: when it is closed
  clock::time_point capacity_at = clock::time_point::max();  // the pool is told what is known of the capacity by then
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

  /// Its account gives back its share of the budget when the entry is erased.
  void forget(flow_entry& x) {
    x.what->counters->released(x.account.outstanding().value);
    if (!x.over)
      --under_way;
    if (x.what->what.observer && --observed == 0 && engine)
      engine->trace(false);
    if (const auto& source = x.what->what.body.source;
        source && std::none_of(entries.begin(), entries.end(), [&](const auto& y) {
          return y.first != x.index && y.second.what->what.body.source == source;
        }))
      self->demonitor(source.address());
  }

  bool has_room() const { return !retired && (engine ? places_taken < engine->capacity() : places_taken == 0); }

  stream open(const exchange_ptr& what) {
    const auto& config = shared->config;
    const bool fixed = what->what.read.window.value > 0;
    auto first = fixed ? what->what.read.window : config.first_window;
    if (first > config.first_window) { // what is beyond it comes out of the budget, or not at all
      if (shared->budget.reserve(first - config.first_window))
        shared->budget.give_back(first - config.first_window); // the account takes it
      else
        first = config.first_window;
    }
    auto handle = spawn_stream(self->home(), caf::actor_cast<connection>(self), next_index, owner);
    entries.try_emplace(next_index, next_index, handle, what, shared->budget,
                        flow::tuner_config{first, config.largest_window, 1ms, fixed});
    observed += what->what.observer ? 1 : 0;
    ++places_taken;
    ++under_way;
    idle_until = clock::time_point::max();
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
    opening = spawn_connector(self->home());
    self->monitor(opening);
    self->request(opening, caf::infinite, begin_atom::value, waiting)
        .then([this](transport_ptr& x) { connected(std::move(x)); },
              [this](caf::error& x) { not_connected(failure_of(x)); });
  }

  void not_connected(failure why) {
    if (!opening)
      return; // that is known already
    stop_connecting();
    if (auto failed = std::exchange(reading, std::nullopt))
      on_failure(*failed, std::move(why), false, false);
    deliver_news();
    retire();
  }

  /// Nobody waits for the transport any more: an attempt that is under way ends now, and its sockets with it.
  void stop_connecting() {
    if (const auto x = std::exchange(opening, nullptr)) {
      self->demonitor(x.address());
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    }
  }

  void connected(transport_ptr x) {
    if (retired || !opening)
      return x->close();
    stop_connecting();
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
      on_failure(first,
                 {errc::unsupported_protocol, caused_by::remote,
                  "the origin did not agree on HTTP/2 (ALPN h2); allow HTTP/1.1, or for http URLs use prior knowledge"},
                 false, false);
      deliver_news();
      return retire();
    } else {
      engine = std::make_unique<http1::engine>(*this, config.http1, config.drain_bytes);
    }
    if (!unproven)
      share();
    capacity_at = clock::now() + capacity_wait;
    if (!engine->capacity_known())
      arm_timer(capacity_at);
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
    http::request_head head{request.method, x.what->where.scheme, x.what->where.authority(), x.what->where.target,
                            request.fields};
    const auto add_default = [&](const char* field, std::string value) {
      const bool unwanted = std::any_of(request.without.begin(), request.without.end(),
                                        [&](const auto& y) { return http::equals_ignoring_case(field, y); });
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
    engine->trace(observed > 0);
    x.what->early = unproven;
    const bool tunnel = request.method == "CONNECT";
    auto problem = tunnel && !engine->multiplexed()
                       ? failure{errc::invalid_request, caused_by::local,
                                 "CONNECT is spoken over HTTP/2 and HTTP/3 only, and the server speaks HTTP/1.1"}
                       : engine->open(index, head, body, x.account.window().size());
    if (problem) {
      on_failure(index, std::move(problem), false, false);
      deliver_news();
      return engine->multiplexed() ? settle_engine() : retire();
    }
    if (!engine->multiplexed()) {
      reading = index;
      x.account.set_maximum(std::min(shared->config.largest_window, largest_http1_window));
    }
    x.upload_done = x.upload_sent = !body.present || body.length == std::uint64_t{0};
    if (!x.upload_done) {
      uploading.push_back(index);
      watch_upload(x);
      if (request.body.source)
        self->monitor(request.body.source);
      if (tunnel)
        x.continue_at = until_answered;
      else if (http::equals_ignoring_case(request.fields.combined("expect"), "100-continue")) {
        x.continue_at = clock::now() + continue_wait;
        look_at_exchanges(x.continue_at);
      }
    }
    x.what->tell(
        trace_kind::request_sent,
        [&] { return request.method + " " + x.what->where.target + " " + http::to_string(engine->version()); },
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
    watch_upload(x); // the engine asks for more when what it had before has left
    heard(x);        // once it has all, the origin is invited to answer
  }

  /// Something of the request's body has left, or is to leave from now on.
  void watch_upload(flow_entry& x) {
    x.upload_progress = clock::now();
    x.upload_left = upload_left(x);
    look_at_exchanges(x.upload_silence_ends());
  }

  /// Bytes of the request's body that were given and have not left.
  std::uint64_t upload_left(const flow_entry& x) const {
    return engine && link ? engine->upload_left(x.index) + (engine->multiplexed() ? 0 : link->output_left()) : 0;
  }

  void pull(flow_entry& x) {
    x.pulling = true;
    x.what->source_touched = true;
    const auto index = x.index;
    self->request(x.what->what.body.source, caf::infinite, read_atom::value, decoded_bytes{upload_piece_bytes})
        .then([this, index](piece& got) { upload(index, got); },
              [this, index](caf::error& why) { source_failed(index, failure_of(why).detail); });
  }

  void source_failed(std::uint32_t index, const std::string& why) {
    auto* x = find(index);
    if (!x || !std::exchange(x->pulling, false))
      return;
    if (engine && !x->upload_done)
      give_up(*x, {errc::consumer_failed, caused_by::local,
                   "the source of the request body failed after " + std::to_string(x->uploaded) + " bytes: " + why});
  }

  void upload(std::uint32_t index, const piece& got) {
    auto* x = find(index);
    if (!x || !std::exchange(x->pulling, false))
      return;
    if (!link || x->upload_done)
      return;
    auto problem = check(got);
    if (!problem)
      problem = check_fields(got.trailers, "trailers of the request's body");
    if (problem)
      return give_up(*x, std::move(problem));
    const auto& length = x->what->what.body.length;
    x->uploaded += got.data.size();
    if (length && (x->uploaded > *length || (got.end && x->uploaded < *length)))
      return give_up(*x, {errc::invalid_request, caused_by::local,
                          "the source of the request body gave " + std::to_string(x->uploaded) + " bytes"
                              + (got.end ? " in all" : " or more") + ", but " + std::to_string(*length)
                              + " were announced"});
    give(*x, got.data.bytes(), got.end, got.trailers);
    push_output();
  }

  /// The exchange cannot go on, by a fault of our side.
  void give_up(flow_entry& x, failure why) {
    if (x.over)
      return;
    engine->cancel(x.index);
    report(x, std::move(why), false);
    deliver_news();
    discard_rest();
    push_output();
  }

  /// Nobody wants the rest of an exchange. HTTP/2 and HTTP/3 reset its stream; over HTTP/1.1 what is little is read and
  /// thrown away, for drain_timeout at most.
  void discard_rest() {
    if (engine->multiplexed())
      return push_later();
    reading.reset();
    if (engine->ended())
      return retire();
    watch_idle();
    read_turn();
  }

  void cut_uploads() {
    for (auto index : uploading)
      if (auto* x = find(index)) {
        x->upload_done = x->upload_sent = true;
        engine->stop_upload(index);
      }
    uploading.clear();
  }

  void proceed_with_upload(flow_entry& x) {
    x.continue_at = clock::time_point::max();
    if (!x.upload_sent)
      watch_upload(x);
  }

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
    if (gate && gate->account.full()) {
      link->rest();
      return pause(*gate);
    }
    auto room = space.room(*self->home().blocks());
    if (gate)
      room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), gate->account.room().value)));
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
    const auto go_on =
        [this](const std::error_code&) { // with an error it has another socket now, or says what is wrong
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
    bulk = x && x->account.window().size() >= bulk_window && received >= x->bulk_after
           && x->length > received + 2 * bulk_bytes;
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
        x->bulk_after = x->what->counters->snapshot().received.value + x->account.window().size().value;
    }));
  }

  void pause(flow_entry& x) {
    if (std::exchange(x.paused, true))
      return;
    x.what->counters->paused();
    x.what->tell(trace_kind::paused, [&] {
      return "the reader holds " + std::to_string(x.account.outstanding().value) + " of "
             + std::to_string(x.account.window().size().value) + " bytes";
    });
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
    x.what->tell(trace_kind::resumed,
                 [&] { return "the reader holds " + std::to_string(x.account.outstanding().value) + " bytes"; });
    end_pause(x);
    heard(x); // silence counts from the moment bytes are invited again
  }

  // ---- what the engine tells ------------------------------------------------------------------------

  flow_entry* touch(std::uint32_t index) {
    auto* x = find(index);
    if (x && !x->news && x->input.ranges.empty())
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
    proceed_with_upload(*x);                     // a 100 (Continue) will not come any more
    if (!x->upload_done && head.status >= 300) { // an error or redirect ends the upload (RFC 9112 section 9.3)
      x->upload_done = x->upload_sent = true;
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
      return space.keep(x->input, data, engine->multiplexed() ? SIZE_MAX : merged_below_bytes);
    // It was decrypted elsewhere, and may be more than a turn usually brings: what was lost before has come.
    for (data = data.subspan(space.copy(x->input, data)); !data.empty();
         data = data.subspan(space.copy(x->input, data))) {
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
    end(*x);
    x->fresh().ended = true;
    x->fresh().trailers = std::move(trailers);
    if (!x->upload_done) {
      x->upload_done = true;
      cut.push_back(index);
    }
    x->upload_sent = true; // or does not matter any more
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
    const bool retry =
        unprocessed
        || (silent && exchanges > 1 && why.by == caused_by::transport && http::is_idempotent(x->what->what.method));
    if (why.by == caused_by::transport && x->head_seen && why.code != errc::truncated_body
        && why.code != errc::tls_truncated)
      why.detail +=
          "; the body is incomplete after " + std::to_string(x->what->counters->snapshot().received.value) + " bytes";
    report(*x, std::move(why), retry);
  }

  void end(flow_entry& x) {
    if (!std::exchange(x.over, true))
      --under_way;
  }

  void report(flow_entry& x, failure&& why, bool may_be_retried) {
    touch(x.index);
    end(x);
    x.upload_done = x.upload_sent = true;
    x.fresh().problem = std::move(why);
    x.fresh().may_be_retried = may_be_retried;
  }

  void on_closed(std::uint32_t index, bool reusable) override {
    if (auto* x = find(index))
      x->what->tell(trace_kind::finished,
                    [&] { return std::string{reusable ? "the connection is kept" : "the connection is closed"}; });
    freed(reusable);
  }

  void on_trace(std::uint32_t index, std::string&& line) override {
    if (index != every_exchange) {
      if (auto* x = find(index))
        x->what->tell(trace_kind::frame, [&] { return line; });
      return;
    }
    for (auto& [i, x] : entries)
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
    if (x.input.ranges.empty())
      return;
    const bool alone = !engine || !engine->multiplexed();
    x.what->counters->received(space.hand_over(x.input, x.account, alone || x.worth_sharing(), x.fresh().data));
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
      else if (engine && engine->multiplexed()
               && (x->account.window().granted() == wire_bytes{} || engine->used_up(index)))
        pause(*x);
      if (x->news) {
        self->send(x->handle, std::exchange(x->news, nullptr));
        tell_settled(*x);
      }
    }
    touched.clear();
  }

  /// What a call of the engine has changed for the connection as a whole.
  void settle_engine() {
    deliver_news();
    if (!engine || retired)
      return;
    if (engine->ended() || (unusable && !engine->multiplexed())
        || (places_freed > 0 && !engine->multiplexed() && link->output_pending()))
      return retire();
    tell_capacity();
    tell_freed();
    watch_idle();
    arm_timer(engine->deadline());
  }

  void tell_freed() {
    if (places_freed > 0)
      idle_until = clock::time_point::max(); // counted anew
    for (; places_freed > 0; --places_freed)
      self->send(owner, freed_atom::value, number);
  }

  /// A connection that nobody is interested in is closed after a while: soon, if what was given up keeps its places,
  /// because an origin does not send its rest or takes no reset.
  void watch_idle() {
    if (under_way > 0 || retired || idle_until != clock::time_point::max())
      return;
    idle_until = clock::now() + (places_taken > 0 ? shared->config.drain_timeout : shared->config.idle_timeout);
    arm_timer(idle_until);
  }

  /// A peer that has not said yet how much it takes (SETTINGS) is given a moment to: meanwhile other requests wait for
  /// it, instead of opening a connection each.
  void tell_capacity() {
    const auto now = engine->capacity();
    if (now > 0 && !engine->capacity_known() && clock::now() < capacity_at)
      return;
    if (now != told_capacity) {
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
    for (auto& [index, x] : entries)
      if (!x.over) // the engine could not tell, or had none of it
        report(x, {errc::cancelled, caused_by::local, "the connection was closed"}, false);
    deliver_news();
    for (auto& [index, x] : entries)
      end_pause(x);
    reading.reset();
    stop_connecting();
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

  void shut_down(failure why) {
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
    if (engine && !retired && !was_over) {
      engine->cancel(index);
      discard_rest();
    } else if (!engine && !retired) {
      retire(); // nobody waits for this transport any more
    }
    quit_if_done();
  }

  // ---- credit ---------------------------------------------------------------------------------------

  void release(std::uint32_t index, std::uint64_t bytes, bool by_reader) {
    auto* x = find(index);
    if (!x)
      return; // its end was settled already
    auto& account = x->account;
    const wire_bytes wanted{bytes};
    const auto round_trip =
        flow::path_round_trip(engine ? engine->round_trip() : std::chrono::nanoseconds{0}, connect_round_trip);
    const bool flows = !x->over && engine;
    const auto n =
        flows ? account.release(wanted, clock::now().time_since_epoch(), round_trip) : account.let_go(wanted);
    x->what->counters->released(n.value);
    if (by_reader)
      x->what->counters->credit_handled();
    if (!flows)
      return tell_settled(*x);
    if (engine->multiplexed()) {
      if (const auto due = account.grant(); due > wire_bytes{}) {
        engine->grant(index, due);
        resume(*x);
        push_later();
      }
    } else if (account.low() && x->paused) {
      resume(*x);
      read_turn();
    }
  }

  /// The stream may end: its body is over, all of it was delivered, and nothing of it is outstanding.
  void tell_settled(const flow_entry& x) {
    if (x.over && !x.news && x.input.ranges.empty() && x.account.outstanding() == wire_bytes{})
      self->send(x.handle, settled_atom::value);
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
    if (under_way == 0 && link && now >= idle_until)
      return retire();
    if (now >= exchanges_at)
      exchanges_due(now);
    if (engine && !retired)
      engine->on_time(now);
    push_output();
    if (!retired)
      arm_timer(std::min(
          {exchanges_at, idle_until, engine && engine->capacity_known() ? clock::time_point::max() : capacity_at}));
  }

  void exchanges_due(clock::time_point now) {
    exchanges_at = clock::time_point::max();
    std::vector<std::uint32_t> silent, idle_uploads;
    for (auto& [index, x] : entries) {
      if (now >= x.continue_at)
        proceed_with_upload(x);
      if (now >= x.upload_silence_ends() && !upload_moves(x, now))
        idle_uploads.push_back(index);
      else if (now >= x.silence_ends())
        silent.push_back(index);
      else
        exchanges_at = std::min({exchanges_at, x.continue_at, x.silence_ends(), x.upload_silence_ends()});
    }
    for (auto index : silent) {
      const auto allowed = find(index)->what->what.deadlines.peer_silence.count();
      give_up(*find(index),
              {errc::peer_silent, caused_by::transport,
               "nothing came from the origin for " + std::to_string(allowed) + " ms though it was invited to send"});
    }
    for (auto index : idle_uploads) {
      const auto& x = *find(index);
      const auto left = upload_left(x);
      give_up(*find(index),
              {errc::peer_silent, caused_by::transport,
               "the origin took nothing of the request's body for "
                   + std::to_string(x.what->what.deadlines.upload_silence.count()) + " ms, after "
                   + std::to_string(x.uploaded - std::min(x.uploaded, left)) + " bytes (deadline upload_silence)"});
    }
  }

  /// Looks whether some of the request's body has left since it was looked last; if so its time counts anew.
  bool upload_moves(flow_entry& x, clock::time_point now) {
    const auto left = upload_left(x);
    x.upload_sent = x.upload_done && left == 0;
    if (left >= x.upload_left && !x.upload_sent)
      return false;
    x.upload_left = left;
    x.upload_progress = now;
    return true;
  }

  // ---- others that end ------------------------------------------------------------------------------

  void down(const caf::down_msg& x) {
    if (x.source == owner.address()) { // else nobody would ever release this one
      released = true;
      shut_down(
          {errc::internal, caused_by::local, "the pool of the connection failed: " + failure_of(x.reason).detail});
      return quit_if_done();
    }
    const auto why = "it ended without an answer: " + failure_of(x.reason).detail;
    if (opening && x.source == opening.address())
      return not_connected({errc::internal, caused_by::local, "the connector failed; " + why});
    std::vector<std::uint32_t> pulled;
    for (auto& [index, y] : entries)
      if (y.what->what.body.source && x.source == y.what->what.body.source.address())
        pulled.push_back(index);
    for (auto index : pulled)
      source_failed(index, why);
  }
};

connection::behavior_type run_connection(connection_state::self_type* self, const pool& owner, std::uint64_t number,
                                         const std::shared_ptr<client_shared>& shared) {
  auto& state = self->state;
  state.owner = owner;
  state.number = number;
  state.shared = shared;
  if (!monitor_if_alive(self, owner.address()))
    state.released = true;
  quiet(self, [self](const failure& why) { self->state.shut_down(why); });
  self->set_down_handler([self](caf::down_msg& x) { self->state.down(x); });
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.shut_down({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(x.reason);
  });
  return {
      [self](begin_atom, const exchange_ptr& what) -> caf::result<response> {
        auto& my = self->state;
        if (!my.has_room()) {
          if (my.engine && !my.retired)
            my.tell_capacity(); // before the request comes back to the pool: else it would be sent here again
          self->send(my.owner, freed_atom::value, my.number); // the place that the pool took for it
          return self->delegate(my.owner, retry_atom::value, what);
        }
        return self->delegate(my.open(what), begin_atom::value, what);
      },
      [self](const credit& x) {
        self->state.release(x.stream, std::uint64_t{x.bytes} + self->take_folded(x.stream), true);
      },
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
