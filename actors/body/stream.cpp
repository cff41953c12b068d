#include <sluice/actors/body/stream.hpp>

#include <sluice/actors/body/lazy_body.hpp>
#include <sluice/actors/body/reader.hpp>
#include <sluice/actors/io/shared_watch.hpp>
#include <sluice/messages/errors.hpp>

#include <algorithm>

namespace sluice {

namespace {

struct stream_state {
  static inline const char* name = "sluice.stream";
  using self_type = pinned_actor<stream, stream_state>;

  explicit stream_state(self_type* self_pointer) : self(self_pointer), body(self->home().blocks()) {}
  /// Also when the actor was killed: its connection forgets it, and the requester does not wait.
  ~stream_state() {
    try {
      if (parent)
        caf::anon_send(parent, abandon_atom::value, index);
      if (promise.pending())
        promise.deliver(make_error(
            {errc::internal, caused_by::local, "the stream of the exchange ended before its response came"}));
    } catch (...) { // no memory: down messages tell
    }
  }

  self_type* self;
  connection parent;
  pool retry_pool; // takes the exchange back when it may be sent again
  std::uint32_t index = 0;
  exchange_ptr exchange;
  caf::typed_response_promise<response> promise;
  caf::actor_addr reader; // weak: dropping the last handle of the reader is a cancel

  lazy_body body;
  std::uint64_t demand = 0; // decoded bytes for which the reader has room
  bool ended = false;       // the connection has given all there is
  http::fields trailers;
  failure problem;
  bool end_reported = false; // to the requester, or to the reader; or the reader cancelled
  bool settled = false;      // the connection has credit for every byte that came, and no more will come
  shared_watch watching_parent, watching_owner;
  std::unique_ptr<loop_timer> total_timer, head_timer;

  static failure requester_ended() {
    return {errc::cancelled, caused_by::local, "the actor that made the request ended"};
  }

  void begin(exchange_ptr new_exchange) {
    exchange = std::move(new_exchange);
    promise = self->make_response_promise<response>();
    watching_parent.begin(self, parent.address());
    if (exchange->owner && !watching_owner.begin(self, exchange->owner))
      return stop(requester_ended());
    const auto& limits = exchange->request.deadlines;
    if (limits.total.count() > 0)
      arm(total_timer, limits.total - elapsed(), "total", limits.total);
    if (limits.head.count() > 0)
      arm(head_timer, limits.head, "head", limits.head);
  }

  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(loop_clock::now() - exchange->begun);
  }

  void arm(std::unique_ptr<loop_timer>& timer, std::chrono::milliseconds after, const char* which,
           std::chrono::milliseconds given) {
    timer = std::make_unique<loop_timer>(self->home().io(), std::max(after, std::chrono::milliseconds{0}));
    const bool before_head = &timer == &head_timer;
    timer->async_wait(self->bind([this, which, given, before_head](const std::error_code& code) {
      // A handler that was queued already when its timer was cancelled comes all the same.
      if (code != asio::error::operation_aborted && !(before_head && !promise.pending()) && !ended)
        stop({errc::timed_out, caused_by::local,
              std::string{"the deadline '"} + which + "' of " + std::to_string(given.count()) + " ms passed after "
                  + std::to_string(exchange->counters->snapshot().received.value) + " body bytes"});
    }));
  }

  /// Ends the exchange before its time: everything held is released, the connection told, the reader too.
  void stop(failure why) {
    if (end_reported)
      return;
    problem = why;
    end_reported = true;
    if (promise.pending()) {
      promise.deliver(make_error(why));
    } else if (auto handle = caf::actor_cast<local_reader>(reader)) {
      auto message = std::make_shared<delivery>();
      message->problem = std::move(why);
      message->at_once = true;
      self->send(handle, std::move(message));
    }
    finish();
  }

  /// The last thing a stream does: its connection forgets it, and takes what is outstanding as given up.
  void finish() {
    body.clear();
    if (parent)
      self->send(parent, abandon_atom::value, index);
    parent = nullptr;
    watching_parent.end();
    self->quit();
  }

  /// It ended without a word: nothing more comes of it, and nobody takes credit.
  void connection_lost(const caf::error& why) {
    parent = nullptr;
    if (end_reported)
      return finish();
    stop(
        {errc::internal, caused_by::local, "the connection of the exchange failed: " + sluice::failure_of(why).detail});
  }

  void take(arrival& received) {
    if (end_reported)
      return;
    if (received.problem && promise.pending() && !received.head)
      return fail_before_head(received);
    if (received.head && !open(std::move(*received.head)))
      return;
    for (auto& data : received.data)
      body.push(std::move(data));
    ended = received.ended;
    trailers = std::move(received.trailers);
    problem = std::move(received.problem);
    if (ended && total_timer)
      total_timer->cancel();
    lend();
  }

  void fail_before_head(arrival& received) {
    end_reported = true;
    const auto protocol = exchange->shared->config.protocol;
    const bool over_http1 = received.problem.code == errc::http1_required
                            && (protocol == http_choice::automatic || protocol == http_choice::http3);
    exchange->starved = received.problem.code == errc::out_of_descriptors;
    if (exchange->starved) {
      promise.delegate(retry_pool, retry_atom::value, exchange);
    } else if ((over_http1 || (received.may_be_retried && received.problem.code != errc::http1_required))
               && exchange->attempts == 0 && !exchange->source_touched) {
      ++exchange->attempts;
      exchange->http1_only = over_http1;
      exchange->emit_trace(trace_kind::retried, [&] { return std::string{received.problem.detail}; });
      promise.delegate(retry_pool, retry_atom::value, exchange);
    } else {
      promise.deliver(make_error(received.problem));
    }
    finish();
  }

  /// The final head is here: the requester gets it together with the reader of the body.
  bool open(http::response_head response_head) {
    if (response_head.status == 421 && exchange->coalesced && !exchange->source_touched) { // RFC 9110 section 15.5.20
      exchange->misdirected = end_reported = true;
      exchange->emit_trace(trace_kind::retried,
                           [] { return std::string{"421: the connection of another origin is not for this one"}; });
      promise.delegate(retry_pool, retry_atom::value, exchange);
      finish();
      return false;
    }
    if (response_head.status == 425 && exchange->early && exchange->attempts == 0) { // RFC 8470 section 5.2
      ++exchange->attempts;
      end_reported = true;
      exchange->emit_trace(trace_kind::retried,
                           [] { return std::string{"425: the origin wants the handshake to be over first"}; });
      promise.delegate(retry_pool, retry_atom::value, exchange);
      finish();
      return false;
    }
    if (exchange->discards(response_head)) {
      end_reported = true;
      promise.deliver(response{std::move(response_head), {}});
      finish();
      return false;
    }
    if (head_timer)
      head_timer->cancel();
    if (exchange->request.read.decode) {
      const auto encoding = response_head.fields.combined("content-encoding");
      if (!encoding.empty()) {
        auto made = coding::decoder::make(encoding, exchange->shared->config.coding);
        const bool bodiless = http::has_no_body(exchange->request.method, response_head.status);
        if (!made && !bodiless) {
          stop(made.error());
          return false;
        }
        if (made && !made->identity())
          body.decode_with(*std::move(made), exchange->shared->budget);
      }
    }
    auto handle = spawn_reader(self->home(), stream{self}, parent, index, exchange);
    reader = handle.address();
    watch(self, handle);
    watching_owner.end(); // from now on the reader's business
    demand = 64u << 10;   // the reader's first read-ahead, which it counts as asked for
    promise.deliver(response{std::move(response_head), caf::actor_cast<body_reader>(handle),
                             std::move(exchange->request.url), exchange->hops});
    return true;
  }

  /// Lends what there is as far as the reader has room, decoding no further than that.
  void lend() {
    auto message = std::make_shared<delivery>();
    auto outcome = body.lend(demand, message->pieces);
    refund(outcome.unseen);
    if (outcome.problem)
      problem = std::move(outcome.problem);
    if (body.empty() && (ended || problem)) {
      if (!problem)
        problem = body.finish();
      message->ended = !problem;
      message->problem = problem;
      message->trailers = std::move(trailers);
      end_reported = true;
      body.clear();
    }
    if (message->pieces.empty() && !end_reported)
      return;
    for (const auto& piece : message->pieces)
      exchange->counters->decoded(piece.data.size());
    if (auto handle = caf::actor_cast<local_reader>(reader))
      self->send(handle, std::move(message));
    if (end_reported && (settled || (problem && !ended))) // without the end no credit matters any more
      finish();
  }

  /// Bytes that no reader sees are released at once.
  void refund(wire_bytes n) {
    if (parent && n > wire_bytes{})
      self->send(parent, refund_atom::value, index, static_cast<std::uint32_t>(n.value));
  }
};

stream::behavior_type run_stream(stream_state::self_type* self, const connection& parent, std::uint32_t index,
                                 const pool& retry_pool) {
  auto& state = state_of(self);
  state.parent = parent;
  state.index = index;
  state.retry_pool = retry_pool;
  quiet(self, [self](const failure& why) { state_of(self).stop(why); });
  on_down(self, [self](const caf::actor_addr& whom, const caf::error& why) {
    auto& my = state_of(self);
    if (my.parent && whom == my.parent.address())
      return my.connection_lost(why);
    if (my.reader && whom == my.reader)
      my.stop({errc::cancelled, caused_by::local, "the body's last handle was dropped"});
    else if (my.promise.pending())
      my.stop(stream_state::requester_ended());
    if (my.end_reported && my.parent) // the end was reported, but nobody is left to consume what was lent
      my.finish();
  });
  self->set_exit_handler([self](caf::exit_msg& message) {
    state_of(self).stop({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(message.reason);
  });
  return {
      [self](begin_atom, exchange_ptr& exchange) -> caf::result<response> {
        state_of(self).begin(std::move(exchange));
        return state_of(self).promise;
      },
      [self](const arrival_ptr& received) { state_of(self).take(*received); },
      [self](settled_atom) {
        auto& my = state_of(self);
        my.settled = true;
        if (my.end_reported)
          my.finish();
      },
      [self](demand_atom, decoded_bytes n) {
        state_of(self).demand += n.value;
        if (!state_of(self).end_reported)
          state_of(self).lend();
      },
      [self](cancel_atom) {
        auto& my = state_of(self);
        my.end_reported = true;
        my.finish();
      },
  };
}

} // namespace

stream spawn_stream(loop& home, connection parent, std::uint32_t index, pool retry_pool) {
  return spawn_on(home, run_stream, std::move(parent), index, std::move(retry_pool));
}

} // namespace sluice
