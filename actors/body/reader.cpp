#include <sluice/actors/body/reader.hpp>

#include <sluice/actors/io/shared_watch.hpp>
#include <sluice/messages/bounds.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/flow/fifo.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::uint64_t first_read_ahead = 64u << 10;
constexpr std::uint64_t largest_read_ahead = 1u << 20;

struct reader_state {
  static inline const char* name = "sluice.reader";
  using self_type = pinned_actor<local_reader, reader_state>;

  explicit reader_state(self_type* self_pointer) : self(self_pointer) {}
  ~reader_state() {
    try {
      if (pending_read.pending()) // the reader was killed
        pending_read.deliver(
            make_error({errc::internal, caused_by::local, "the reader of the body ended before it answered"}));
    } catch (...) { // no memory: whoever monitors it is told
    }
  }

  self_type* self;
  stream source; // of the pieces; null once the stream has ended or was cancelled
  connection credit_to;
  std::uint32_t index = 0;
  exchange_ptr exchange;
  caf::actor_addr owner;
  shared_watch watching_owner;

  flow::fifo<lent_chunk> pieces; // read ahead
  std::uint64_t buffered = 0;    // decoded bytes in `pieces`
  std::uint64_t demanded =
      first_read_ahead; // asked of the stream and not yet delivered; the stream starts with this much
  std::uint64_t read_ahead = first_read_ahead;
  std::uint64_t lent_bytes = 0; // with the consumer since its last read
  std::uint32_t lent_cost = 0;
  caf::typed_response_promise<piece> pending_read; // the read that waits for bytes
  std::uint64_t pending_read_limit = 0;            // the largest piece that may answer it, in bytes
  bool ended = false;
  failure problem;
  http::fields trailers;

  /// The consumer is done with what it was lent: the one place where consumption becomes credit.
  void settle() {
    if (lent_bytes == 0)
      return;
    exchange->counters->consumed(lent_bytes);
    lent_bytes = 0;
    if (lent_cost > 0) {
      exchange->counters->credit_sent();
      self->send(credit_to, credit{index, lent_cost});
      lent_cost = 0;
    }
  }

  void demand_more() {
    if (!source || demanded + buffered > read_ahead / 2)
      return;
    const auto n = read_ahead - demanded - buffered;
    demanded += n;
    self->send(source, demand_atom::value, decoded_bytes{n});
  }

  /// Takes at most `most` bytes off the front. A part of a decoded chunk carries no cost before the chunk's last part.
  piece take(std::uint64_t most) {
    auto& front = pieces.front();
    piece result;
    if (front.data.size() > most) {
      const auto n = static_cast<std::size_t>(most);
      if (front.cost == front.data.size()) {
        lent_cost = static_cast<std::uint32_t>(n);
        front.cost -= lent_cost;
      }
      result.data = front.data.part(0, n);
      front.data = front.data.part(n, front.data.size() - n);
    } else {
      auto whole = pieces.pop();
      lent_cost = whole.cost;
      result.data = std::move(whole.data);
    }
    lent_bytes = result.data.size();
    buffered -= lent_bytes;
    return result;
  }

  bool ready() const { return buffered > 0 || ended || problem; }

  void answer(caf::typed_response_promise<piece>& promise, std::uint64_t most) {
    if (buffered > 0) {
      promise.deliver(take(most));
      demand_more();
    } else if (problem) {
      promise.deliver(make_error(problem));
    } else {
      promise.deliver(piece{{}, true, trailers});
    }
  }

  void take_delivery(delivery& delivered) {
    if (problem) // cancelled, or failed for good: what still comes was released by the stream
      return;
    for (auto& got : delivered.pieces) {
      buffered += got.data.size();
      demanded -= std::min<std::uint64_t>(demanded, got.data.size());
      pieces.push(std::move(got));
    }
    if (delivered.ended || delivered.problem) {
      if (delivered.problem && delivered.at_once)
        drop();
      ended = delivered.ended;
      problem = std::move(delivered.problem);
      trailers = std::move(delivered.trailers);
      if (auto handle = std::exchange(source, nullptr); handle)
        unwatch(self, handle.address());
    }
    if (pending_read.pending() && ready()) {
      auto promise = std::exchange(pending_read, {});
      answer(promise, pending_read_limit);
    } else {
      demand_more();
    }
  }

  void drop() {
    pieces.clear();
    buffered = 0;
  }

  /// As drop(), when nobody will consume what was read ahead. While the body goes on, its stream is told so; after
  /// that, what is outstanding is given up here.
  void give_back() {
    std::uint64_t cost = 0;
    while (!pieces.empty())
      cost += pieces.pop().cost;
    buffered = 0;
    if (!source && credit_to && cost > 0) {
      exchange->counters->credit_sent();
      self->send(credit_to, credit{index, static_cast<std::uint32_t>(cost)});
    }
  }

  void give_up(failure why) {
    if (problem || (ended && buffered == 0)) {
      settle();
      return;
    }
    settle();
    give_back();
    ended = false;
    problem = std::move(why);
    if (auto handle = std::exchange(source, nullptr); handle) {
      unwatch(self, handle.address());
      self->send(handle, cancel_atom::value);
    }
    credit_to = nullptr;
    if (auto promise = std::exchange(pending_read, {}); promise.pending())
      promise.deliver(make_error(problem));
  }

  static failure owner_ended() {
    return {errc::cancelled, caused_by::local, "the actor that owned the body ended before it was read"};
  }

  void monitor_owner(caf::actor_addr new_owner) {
    watching_owner.end();
    owner = std::move(new_owner);
    if (owner && !watching_owner.begin(self, owner)) {
      give_up(owner_ended());
      self->quit();
    }
  }
};

local_reader::behavior_type run_reader(reader_state::self_type* self, const stream& source, const connection& credit_to,
                                       std::uint32_t index, const exchange_ptr& exchange) {
  auto& state = state_of(self);
  state.source = source;
  state.credit_to = credit_to;
  state.index = index;
  state.exchange = exchange;
  quiet(self, [self](const failure& why) { state_of(self).give_up(why); });
  watch(self, source);
  state.monitor_owner(exchange->owner);
  on_down(self, [self](const caf::actor_addr& whom, const caf::error& why) {
    auto& my = state_of(self);
    if (my.owner && whom == my.owner) {
      my.give_up(reader_state::owner_ended());
      self->quit();
    } else if (my.source && whom == my.source.address()) {
      my.source = nullptr;
      my.give_up({errc::internal, caused_by::local, "the stream of the body failed: " + failure_of(why).detail});
    }
  });
  self->set_exit_handler([self](caf::exit_msg& message) {
    state_of(self).give_up({errc::cancelled, caused_by::local, "the client was shut down before the body was read"});
    self->quit(message.reason);
  });
  return {
      [self](read_atom, decoded_bytes most) -> caf::result<piece> {
        auto& my = state_of(self);
        my.settle();
        auto promise = self->make_response_promise<piece>();
        if (auto problem = check_read(most)) {
          promise.deliver(make_error(problem));
        } else if (my.pending_read.pending()) {
          promise.deliver(
              make_error({errc::invalid_request, caused_by::local, "a read is under way already; one at a time"}));
        } else if (my.ready()) {
          my.answer(promise, piece_limit(most));
        } else {
          // Starved: the consumer is faster than the read-ahead. It may grow, as the window does.
          my.read_ahead = std::min(my.read_ahead * 2, largest_read_ahead);
          my.pending_read = promise;
          my.pending_read_limit = piece_limit(most);
          my.demand_more();
        }
        return promise;
      },
      [self](settle_atom) { state_of(self).settle(); },
      [self](cancel_atom) {
        state_of(self).give_up({errc::cancelled, caused_by::local, "the body was cancelled by its reader"});
      },
      [self](adopt_atom) { state_of(self).monitor_owner(caf::actor_cast<caf::actor_addr>(self->current_sender())); },
      [self](stats_atom) { return state_of(self).exchange->counters->snapshot(); },
      [self](trailers_atom) { return state_of(self).trailers; },
      [self](const delivery_ptr& delivered) { state_of(self).take_delivery(*delivered); },
  };
}

} // namespace

local_reader spawn_reader(loop& home, stream source, connection credit_to, std::uint32_t index, exchange_ptr exchange) {
  return spawn_on(home, run_reader, std::move(source), std::move(credit_to), index, std::move(exchange));
}

} // namespace sluice
