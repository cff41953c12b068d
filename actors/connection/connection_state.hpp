// The state of a connection actor. Private to the connection's own sources, which have a part each: connection.cpp (its
// life: exchanges, the end), opening.cpp (its transport), sending.cpp (output and uploads), reading.cpp (turns and
// credit), events.cpp and deadlines.cpp. Not for tests and not for other actors: these know connection.hpp.
#pragma once

#include <sluice/actors/connection/carried.hpp>
#include <sluice/actors/connection/connection.hpp>
#include <sluice/actors/connection/inbox.hpp>
#include <sluice/actors/io/coalescing.hpp>
#include <sluice/actors/io/shared_watch.hpp>
#include <sluice/actors/io/transport.hpp>
#include <sluice/protocols/flow/bulk.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice {

struct connection_state {
  static inline const char* name = "sluice.connection";
  using self_type = caf::stateful_actor<connection_state, coalescing<pinned<connection::base>>>;
  using clock = loop_clock;
  static constexpr auto never = clock::time_point::max();

  explicit connection_state(self_type* self_pointer);
  /// However the actor ended (an exception, a kill): whoever waits for it is told by its down message; what was counted
  /// is uncounted here.
  ~connection_state();
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  // ---- messages: connection.cpp, but for release() ----
  caf::result<response> begin(const exchange_ptr& exchange);
  /// `bytes` of a body were consumed by its reader, or by nobody (`by_reader` false): they make room for others.
  void release(std::uint32_t index, std::uint64_t bytes, bool by_reader);
  /// Nobody wants the rest of an exchange, and its stream is gone.
  void abandon(std::uint32_t index);
  /// The pool has forgotten this connection.
  void forgotten();
  void down(const caf::actor_addr& whom, const caf::error& reason);
  /// Every exchange under way fails with `why`.
  void shut_down(failure why);

private:
  using numbered_entry = std::unordered_map<std::uint32_t, carried>::value_type;
  carried* find(std::uint32_t index);

  // ---- connection.cpp ----
  bool has_room() const;
  stream open(const exchange_ptr& exchange);
  void dispatch(std::uint32_t index);
  void begin_upload(carried& entry, bool tunnel);
  void forget(carried& entry);
  void retire();
  void quit_if_done();

  // ---- opening.cpp ----
  void connect();
  void connected(transport_ptr opened);
  void not_connected(failure why);
  void stop_connecting();
  void share();
  void prove(const exchange& exchange);
  void tell_capacity();
  void watch_idle();

  // ---- sending.cpp ----
  void push_later();
  /// Sends what the engine has; when all of it has drained, goes on with the uploads. Then as settle().
  void push_output();
  void send_all();
  bool feed_uploads();
  void give(carried& entry, std::span<const std::byte> data, bool last, const http::fields& trailers);
  void watch_upload(carried& entry);
  std::uint64_t upload_inside(const carried& entry) const;
  void pull(carried& entry);
  void take_upload(std::uint32_t index, const piece& got);
  void source_failed(std::uint32_t index, const std::string& why);
  void cut_uploads();
  void end_wait_for_continue(carried& entry);
  /// The exchange cannot go on, by a fault of our side or by a deadline.
  void give_up(carried& entry, failure why);
  void discard_rest();

  // ---- reading.cpp and events.cpp ----
  void read_turn();
  void wait_for_input();
  void gather();
  void watch_bulk();
  void pause(carried& entry);
  void end_pause(carried& entry);
  void resume(carried& entry);
  /// Acts on what the engine told, and hands what came to the streams, each its own.
  void take_events();
  void act_on(engine_event& event, std::vector<std::uint32_t>& changed);
  void take_head(carried& entry, http::response_head&& head);
  void take_end(carried& entry, http::fields&& trailers);
  void take_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent,
                    std::vector<std::uint32_t>& changed);
  void leave_place(bool reusable);
  void end(carried& entry);
  void set_failure(carried& entry, failure&& why, bool may_be_retried);
  void learn_alternatives(const carried& entry, const http::response_head& head);
  void deliver(carried& entry);
  void tell_settled(const carried& entry);
  /// take_events(), and what they mean for the connection as a whole: its places, its end, its timers.
  void settle();

  // ---- deadlines.cpp ----
  void arm_timer(clock::time_point next);
  void look_at_exchanges(clock::time_point next);
  void on_time(clock::time_point now);
  void exchanges_due(clock::time_point now);
  /// The time of a deadline counts anew: something came from the origin, or it is invited to send from now on.
  void restart_silence(carried& entry);

public:
  self_type* self;
  pool owner;
  shared_watch watching_owner;
  std::uint64_t number = 0;
  std::shared_ptr<client_shared> shared;

private:
  transport_ptr link;
  std::unique_ptr<http::engine> engine;
  sluice::inbox inbox;              // outlives the engine's calls, which tell it
  std::vector<engine_event> events; // memory for the next

  std::unordered_map<std::uint32_t, carried> entries; // under way, and over with bytes that are not settled yet
  std::vector<std::uint32_t> uploading;               // have an upload to go on with
  std::uint32_t next_index = 0;
  std::optional<std::uint32_t> reading; // not multiplexed: the exchange whose window decides about reading
  exchange_ptr waiting;                 // for the transport
  connector opening;                    // the transport
  std::size_t places_taken = 0, told_capacity = SIZE_MAX;
  std::size_t under_way = 0; // entries that are not over: somebody waits for them
  std::size_t observed = 0;  // entries with an observer
  std::uint64_t exchanges = 0;
  std::chrono::nanoseconds connect_round_trip{0};
  /// Exchanges that have left their places since the pool was told, and whether one of them left the transport such
  /// that it can carry no other. settle() acts on them, once the engine's last output is sent.
  struct {
    std::size_t count = 0;
    bool transport_spent = false;
  } places_left;

  loop_timer timer;
  clock::time_point timer_at = never;
  clock::time_point exchanges_at = never; // the next deadline of one of them
  clock::time_point idle_until = never;   // nobody is interested in it: when it is closed
  clock::time_point capacity_at = never;  // the pool is told what is known of the capacity by then
  bool waiting_for_input = false, turn_posted = false, waiting_for_output = false, push_posted = false;
  bool retired = false, forgotten_by_pool = false, counted_open = false;
  loop_timer bulk_timer, lull_timer;
  flow::bulk bulk;
  bool bulk_timed = false;
  bool unproven = false; // requests did not wait for the handshake (RFC 8470)
};

} // namespace sluice
