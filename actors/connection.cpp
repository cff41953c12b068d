#include <sluice/actors/connection.hpp>

#include <sluice/actors/connector.hpp>
#include <sluice/actors/io/coalescing.hpp>
#include <sluice/actors/io/transport.hpp>
#include <sluice/actors/stream.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/flow/window.hpp>
#include <sluice/protocols/http1/response_parser.hpp>
#include <sluice/protocols/http1/serializer.hpp>

#include <cstring>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::size_t merged_below_bytes = 4096; // body pieces smaller than this are moved together
constexpr std::size_t least_read_bytes = 2048;
constexpr std::uint64_t upload_piece_bytes = 64u << 10;
constexpr auto continue_wait = 1s; // RFC 9110 section 10.1.1: do not wait for 100 (Continue) forever

/// One stream as its connection sees it: what it may have outstanding.
struct flow_entry {
  std::uint32_t index = 0;
  stream handle;
  exchange_ptr what;
  flow::window window;
  flow::tuner tuner;
};

struct connection_state {
  static inline const char* name = "sluice.connection";
  using self_type = caf::stateful_actor<connection_state, coalescing<pinned<connection::base>>>;

  explicit connection_state(self_type* self_pointer) : self(self_pointer), timer(self->home().io()), parser() {}
  ~connection_state() {
    for (auto& x : entries)
      forget(x);
    if (counted_open)
      shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
  }

  self_type* self;
  pool owner;
  std::uint64_t number = 0;
  std::shared_ptr<client_shared> shared;
  transport_ptr link;
  asio::steady_timer timer;
  clock::time_point timer_at = clock::time_point::max();
  clock::time_point idle_until = clock::time_point::max();
  clock::time_point continue_at = clock::time_point::max();
  clock::time_point last_heard;
  http1::response_parser parser;
  block_ref block; // body bytes are lent out of it; reading goes on behind them
  std::size_t block_used = 0;

  std::vector<flow_entry> entries; // the exchange under way and finished ones whose bytes are not settled yet
  std::uint32_t next_index = 0;
  std::optional<std::uint32_t> current; // index of the exchange under way
  exchange_ptr under_way;
  bool discarding = false; // nobody wants the rest of the body, but little of it is left
  std::uint64_t discarded = 0;
  bool head_seen = false;
  bool upload_done = true, upload_cut = false, pulling = false;
  std::uint64_t uploaded = 0;
  std::uint64_t exchanges = 0;
  std::chrono::nanoseconds round_trip{0};
  bool waiting_for_input = false, turn_posted = false, waiting_for_output = false;
  bool paused = false;
  bool retired = false, released = false, counted_open = false;

  // ---- exchanges ------------------------------------------------------------------------------------

  flow_entry* find(std::uint32_t index) {
    for (auto& x : entries)
      if (x.index == index)
        return &x;
    return nullptr;
  }

  void forget(flow_entry& x) {
    x.what->counters->released(x.window.outstanding().value);
    shared->budget.give_back(x.window.size());
  }

  stream open(const exchange_ptr& what) {
    const auto& config = shared->config;
    const bool fixed = what->what.read.window.value > 0;
    flow::tuner_config tuning{fixed ? what->what.read.window : config.first_window, config.largest_window, 1ms, fixed};
    shared->budget.force(tuning.initial);
    auto handle = spawn_stream(self->home(), caf::actor_cast<connection>(self), next_index, owner);
    entries.push_back({next_index, handle, what, flow::window{tuning.initial}, flow::tuner{tuning}});
    current = next_index++;
    under_way = what;
    head_seen = discarding = paused = false;
    discarded = uploaded = 0;
    ++exchanges;
    return handle;
  }

  void connect() {
    self->request(spawn_connector(self->home()), caf::infinite, begin_atom::value, under_way)
      .then(
        [this](transport_ptr& x) {
          if (retired)
            return x->close();
          link = std::move(x);
          shared->connections_opened.fetch_add(1, std::memory_order_relaxed);
          shared->connections_open.fetch_add(1, std::memory_order_relaxed);
          counted_open = true;
          round_trip = link->round_trip();
          parser = http1::response_parser{shared->config.http1};
          dispatch();
        },
        [this](caf::error& x) {
          fail(failure_of(x), false);
        });
  }

  /// Puts the request on the wire.
  void dispatch() {
    const auto& request = under_way->what;
    http::request_head head{request.method, under_way->where.scheme, under_way->where.authority(), under_way->where.target, request.fields};
    if (!head.fields.contains("user-agent") && !shared->config.user_agent.empty())
      head.fields.add("User-Agent", shared->config.user_agent);
    if (!head.fields.contains("accept"))
      head.fields.add("Accept", "*/*");
    if (request.read.decode && !head.fields.contains("accept-encoding"))
      head.fields.add("Accept-Encoding", "gzip, deflate");
    http1::body_framing framing;
    const auto& body = request.body;
    if (body.present && body.source)
      framing = body.length ? http1::body_framing{http1::body_framing::kind::length, *body.length} : http1::body_framing{http1::body_framing::kind::chunked, 0};
    else if (body.present)
      framing = {http1::body_framing::kind::length, body.bytes.size()};
    auto text = http1::serialize(head, framing);
    if (!text)
      return fail(text.error(), false);
    parser.begin(request.method);
    upload_done = !body.present || (!body.source && body.bytes.empty());
    upload_cut = false;
    link->write(*text);
    const bool polite = !upload_done && http::equals_ignoring_case(request.fields.combined("expect"), "100-continue");
    if (polite)
      set_timer(continue_at, continue_wait);
    else if (!upload_done && !body.source)
      send_bytes();
    under_way->tell(trace_kind::request_sent, [&] { return std::string{request.method + " " + under_way->where.target + " HTTP/1.1"}; });
    heard();
    push_output();
    read_turn();
  }

  void send_bytes() {
    link->write(under_way->what.body.bytes.bytes());
    upload_done = true;
  }

  void proceed_with_upload() {
    if (continue_at == clock::time_point::max())
      return;
    continue_at = clock::time_point::max();
    if (!under_way->what.body.source)
      send_bytes();
    push_output();
  }

  /// Sends what is queued; when all of it has drained, pulls more of the upload from its source.
  void push_output() {
    if (!link || waiting_for_output)
      return;
    if (!link->flush() && current)
      upload_done = upload_cut = true; // not the end yet: the origin may have answered already, which reading tells
    if (link->output_pending()) {
      waiting_for_output = true;
      link->wait_writable(self->bind([this](const std::error_code& code) {
        waiting_for_output = false;
        if (!code)
          push_output();
      }));
    } else if (current && !upload_done && !pulling && continue_at == clock::time_point::max()) {
      pull();
    } else if (current && upload_done) {
      heard(); // the origin is invited to answer from now on
    }
  }

  void pull() {
    pulling = true;
    under_way->source_touched = true;
    self->request(under_way->what.body.source, caf::infinite, read_atom::value, decoded_bytes{upload_piece_bytes})
      .then(
        [this, what = under_way](piece& x) {
          pulling = false;
          if (what == under_way && link && !upload_done)
            upload(x);
        },
        [this, what = under_way](caf::error& x) {
          pulling = false;
          if (what == under_way && link)
            fail({errc::consumer_failed, caused_by::local, "the source of the request body failed after " + std::to_string(uploaded) + " bytes: " + failure_of(x).detail}, false);
        });
  }

  void upload(const piece& x) {
    const auto& length = under_way->what.body.length;
    uploaded += x.data.size();
    if (length && (uploaded > *length || (x.end && uploaded < *length)))
      return fail({errc::invalid_request, caused_by::local, "the source of the request body gave " + std::to_string(uploaded) + " bytes" + (x.end ? " in all" : " or more") + ", but " + std::to_string(*length) + " were announced"}, false);
    if (!x.data.empty()) {
      if (!length)
        link->write(http1::chunk_prefix(x.data.size()));
      link->write(x.data.bytes());
      if (!length)
        link->write(http1::chunk_suffix);
    }
    if (x.end || (length && uploaded == *length && *length == 0)) {
      upload_done = true;
      if (!length)
        link->write(*http1::last_chunk());
    }
    push_output();
  }

  // ---- reading --------------------------------------------------------------------------------------

  void heard() {
    if (under_way && under_way->what.deadlines.peer_silence.count() > 0) {
      last_heard = clock::now();
      arm_timer();
    }
  }

  /// Reads for one turn, then lets messages through before the next. Stops while the stream has no room.
  void read_turn() {
    if (!link || waiting_for_input || turn_posted)
      return;
    auto* flow = current && !discarding ? find(*current) : nullptr;
    if (flow && flow->window.full())
      return pause(*flow);
    if (!block || block->capacity() - block_used < least_read_bytes) {
      block = self->home().blocks()->allocate();
      block_used = 0;
    }
    std::size_t room = block->capacity() - block_used;
    if (flow)
      room = static_cast<std::size_t>(std::min<std::uint64_t>(room, flow->window.room().value));
    const auto got = link->read({block->data() + block_used, room});
    switch (got.state) {
      case read_state::would_block: return wait_for_input();
      case read_state::ended: return transport_ended();
      case read_state::failed: return fail(link->error(), true);
      case read_state::ok: break;
    }
    heard();
    take_input(got.bytes);
    if (!link)
      return;
    if (link->drained() && !link->security())
      return wait_for_input();
    turn_posted = true;
    asio::post(self->home().io(), self->bind([this] {
      turn_posted = false;
      read_turn();
    }));
  }

  /// An idle connection holds no memory.
  void let_go_of_block() {
    if (!current && entries.empty())
      block = {};
  }

  void wait_for_input() {
    if (block && block.unique())
      block_used = 0;
    let_go_of_block();
    waiting_for_input = true;
    link->wait_readable(self->bind([this](const std::error_code& code) {
      waiting_for_input = false;
      if (!code)
        read_turn();
    }));
  }

  void pause(flow_entry& x) {
    if (paused)
      return;
    paused = true;
    link->rest();
    x.what->counters->paused();
    x.what->tell(trace_kind::paused, [&] { return std::string{"the reader holds " + std::to_string(x.window.outstanding().value) + " of " + std::to_string(x.window.size().value) + " bytes"}; });
    self->send(owner, stalled_atom::value, number);
  }

  void resume(flow_entry& x) {
    if (!paused)
      return;
    paused = false;
    x.what->counters->resumed();
    x.what->tell(trace_kind::resumed, [&] { return std::string{"the reader holds " + std::to_string(x.window.outstanding().value) + " bytes"}; });
    self->send(owner, flowing_atom::value, number);
    heard(); // silence counts from the moment bytes are invited again
    read_turn();
  }

  /// Body bytes in `block`, lent out in place. Small pieces are moved together, over the framing between them, so that
  /// a stream of tiny chunks costs the memory of its data alone.
  struct gatherer {
    block_ref& block;
    std::size_t& used;
    std::vector<std::pair<std::size_t, std::size_t>> ranges; // begin, end

    void add(std::span<const std::byte> data) {
      auto begin = static_cast<std::size_t>(data.data() - block->data());
      if (data.size() < merged_below_bytes && begin != used) {
        std::memmove(block->data() + used, data.data(), data.size());
        begin = used;
      }
      if (!ranges.empty() && ranges.back().second == begin)
        ranges.back().second += data.size();
      else
        ranges.emplace_back(begin, begin + data.size());
      used = begin + data.size();
    }
  };

  void take_input(std::size_t n) {
    std::span<const std::byte> input{block->data() + block_used, n};
    gatherer gathered{block, block_used, {}};
    auto news = std::make_shared<arrival>();
    bool changed = false, ended = false, reusable = false;
    for (bool more = true; more && link;) {
      auto step = parser.parse(input);
      input = input.subspan(step.consumed);
      std::visit(
        [&](auto& x) {
          using type = std::decay_t<decltype(x)>;
          if constexpr (std::is_same_v<type, http1::need_more>) {
            more = false;
          } else if constexpr (std::is_same_v<type, http1::interim>) {
            under_way->tell(trace_kind::interim, x.head);
            if (x.head.status == 100)
              proceed_with_upload();
          } else if constexpr (std::is_same_v<type, http1::head>) {
            under_way->tell(trace_kind::response, x.head);
            head_seen = changed = true;
            answered(x.head.status);
            news->head = std::move(x.head);
          } else if constexpr (std::is_same_v<type, http1::body>) {
            changed = true;
            if (discarding)
              discarded += x.data.size();
            else
              gathered.add(x.data);
          } else if constexpr (std::is_same_v<type, http1::end>) {
            more = false;
            changed = ended = news->ended = true;
            reusable = x.reusable && input.empty();
            news->trailers = std::move(x.trailers);
          } else {
            more = false;
            changed = true;
            news->problem = std::move(x);
          }
        },
        step.what);
    }
    if (changed)
      deliver(std::move(news), gathered.ranges, ended, reusable);
  }

  void deliver(arrival_ptr news, const std::vector<std::pair<std::size_t, std::size_t>>& ranges, bool ended, bool reusable) {
    const failure problem = news->problem;
    if (auto* flow = current && !discarding ? find(*current) : nullptr) {
      std::uint64_t n = 0;
      for (auto [begin, stop] : ranges) {
        news->data.emplace_back(block, begin, stop - begin);
        n += stop - begin;
      }
      if (n > 0) {
        flow->window.receive(wire_bytes{n});
        flow->what->counters->received(n);
      }
      self->send(flow->handle, std::move(news));
    }
    if (problem)
      retire();
    else if (ended)
      complete(reusable);
    else if (discarding && discarded > shared->config.drain_bytes)
      retire();
  }

  /// A final response while the upload is unfinished (RFC 9112 section 9.3): an error or redirect ends the upload.
  void answered(std::uint16_t status) {
    continue_at = clock::time_point::max();
    if (!upload_done && status >= 300)
      upload_done = upload_cut = true;
    else if (!upload_done) {
      if (!under_way->what.body.source)
        send_bytes(); // it waited for a 100 (Continue) that the origin did without
      push_output();
    }
  }

  void complete(bool reusable) {
    if (auto* flow = find(*current))
      end_pause(*flow);
    const bool whole = upload_done && !upload_cut && !link->output_pending();
    under_way->tell(trace_kind::finished, [&] { return std::string{reusable && whole ? "the connection is kept" : "the connection is closed"}; });
    current.reset();
    under_way = nullptr;
    if (!reusable || !whole)
      return retire();
    set_timer(idle_until, shared->config.idle_timeout);
    self->send(owner, idle_atom::value, number);
  }

  void end_pause(flow_entry& x) {
    if (paused) {
      paused = false;
      x.what->counters->resumed();
    }
  }

  void transport_ended() {
    if (!current)
      return retire(); // the origin closed an idle connection
    auto step = parser.finish();
    if (auto* problem = std::get_if<failure>(&step.what))
      return fail(std::move(*problem), true);
    auto news = std::make_shared<arrival>();
    news->ended = true;
    deliver(std::move(news), {}, true, false);
  }

  /// The exchange under way cannot go on, nor can the connection.
  void fail(failure why, bool by_transport) {
    if (auto* flow = current && !discarding ? find(*current) : nullptr) {
      auto news = std::make_shared<arrival>();
      // An idle connection that the origin closed as we wrote to it: the request was not processed, as far as one can
      // tell, and may be sent again if doing it twice is the same as once (RFC 9110 section 9.2.2).
      news->may_be_retried = by_transport && exchanges > 1 && !parser.started() && http::is_idempotent(under_way->what.method);
      if (by_transport && parser.started() && head_seen && why.code != errc::truncated_body && why.code != errc::tls_truncated)
        why.detail += "; the body is incomplete after " + std::to_string(flow->what->counters->snapshot().received.value) + " bytes";
      news->problem = std::move(why);
      end_pause(*flow);
      self->send(flow->handle, std::move(news));
    }
    retire();
  }

  // ---- the end --------------------------------------------------------------------------------------

  void retire() {
    if (retired)
      return;
    retired = true;
    if (current)
      if (auto* flow = find(*current))
        end_pause(*flow);
    current.reset();
    under_way = nullptr;
    if (link)
      link->close();
    link = nullptr;
    block = {};
    timer.cancel();
    if (std::exchange(counted_open, false))
      shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
    self->send(owner, retired_atom::value, number);
  }

  void quit_if_done() {
    if (retired && released && entries.empty())
      self->quit();
  }

  void abandon(std::uint32_t index) {
    auto i = std::find_if(entries.begin(), entries.end(), [=](const flow_entry& x) { return x.index == index; });
    if (i == entries.end())
      return;
    const bool was_current = current == index;
    if (was_current)
      end_pause(*i);
    forget(*i);
    entries.erase(i);
    if (was_current)
      leave_body();
    let_go_of_block();
    quit_if_done();
  }

  /// Nobody wants the rest: read it if little is known to remain, else close (rule 9 of the flow control rules).
  void leave_body() {
    const auto rest = parser.remaining();
    const bool small = head_seen && rest && *rest <= shared->config.drain_bytes && upload_done && !upload_cut;
    if (!link || !small)
      return retire();
    discarding = true;
    self->send(owner, flowing_atom::value, number);
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
    if (current != index)
      return;
    if (auto wanted = x->tuner.on_release(n, clock::now().time_since_epoch(), round_trip)) {
      const auto more = *wanted - x->window.size();
      if (shared->budget.reserve(more))
        x->window.resize(*wanted);
      else
        x->tuner.limit(x->window.size());
    }
    if (x->window.low())
      resume(*x);
  }

  // ---- time -----------------------------------------------------------------------------------------

  void set_timer(clock::time_point& which, std::chrono::milliseconds after) {
    which = clock::now() + after;
    arm_timer();
  }

  clock::time_point silence_ends() const {
    if (!current || paused || !upload_done || !link || link->output_pending() || !under_way || under_way->what.deadlines.peer_silence.count() == 0)
      return clock::time_point::max();
    return last_heard + under_way->what.deadlines.peer_silence;
  }

  /// Re-arms only for an earlier time: a timer that fires too early just looks again.
  void arm_timer() {
    const auto next = std::min({current ? clock::time_point::max() : idle_until, continue_at, silence_ends()});
    if (next >= timer_at)
      return;
    timer_at = next;
    timer.expires_at(next);
    timer.async_wait(self->bind([this](const std::error_code& code) {
      if (code == asio::error::operation_aborted)
        return;
      timer_at = clock::time_point::max();
      const auto now = clock::now();
      if (!current && link && now >= idle_until)
        return retire();
      if (now >= continue_at)
        proceed_with_upload();
      if (now >= silence_ends())
        return fail({errc::peer_silent, caused_by::transport, "nothing came from the origin for " + std::to_string(under_way->what.deadlines.peer_silence.count()) + " ms though it was invited to send"}, true);
      arm_timer();
    }));
  }
};

connection::behavior_type run_connection(connection_state::self_type* self, const pool& owner, std::uint64_t number, const std::shared_ptr<client_shared>& shared) {
  auto& state = self->state;
  state.owner = owner;
  state.number = number;
  state.shared = shared;
  quiet(self);
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.fail({errc::cancelled, caused_by::local, "the client was shut down"}, false);
    self->quit(x.reason);
  });
  return {
    [self](begin_atom, const exchange_ptr& what) -> caf::result<response> {
      auto& my = self->state;
      if (my.retired || my.current)
        return self->delegate(my.owner, retry_atom::value, what);
      auto answer = self->delegate(my.open(what), begin_atom::value, what);
      if (my.link) {
        what->tell(trace_kind::reused, [&] { return std::string{"connection " + std::to_string(my.number) + " to " + my.link->peer()}; });
        my.dispatch();
      } else {
        my.connect();
      }
      return answer;
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
