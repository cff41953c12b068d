// A connection's clock: one timer for the engine's deadlines, those of the exchanges, and its own.
#include <sluice/actors/connection/connection_state.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice {

/// Re-arms only for an earlier time: a timer that fires too early just looks again.
void connection_state::arm_timer(clock::time_point next) {
  if (next >= timer_at)
    return;
  timer_at = next;
  timer.expires_at(next);
  timer.async_wait(self->bind([this](const std::error_code& code) {
    if (code == asio::error::operation_aborted || retired)
      return;
    timer_at = never;
    on_time(clock::now());
  }));
}

/// An engine's deadlines may be many, and so may exchanges: these have a time of their own.
void connection_state::look_at_exchanges(clock::time_point next) {
  exchanges_at = std::min(exchanges_at, next);
  arm_timer(next);
}

void connection_state::restart_silence(carried& entry) {
  if (entry.exchange->request.deadlines.peer_silence.count() == 0)
    return;
  entry.silent_since = clock::now();
  look_at_exchanges(entry.silence_ends());
}

void connection_state::on_time(clock::time_point now) {
  if (under_way == 0 && link && now >= idle_until)
    return retire();
  if (now >= exchanges_at)
    exchanges_due(now);
  if (engine && !retired)
    engine->on_time(now);
  push_output();
  if (retired)
    return;
  const bool awaits_capacity = engine && !engine->capacity_known() && now < capacity_at;
  arm_timer(std::min({exchanges_at, idle_until, awaits_capacity ? capacity_at : never}));
}

void connection_state::exchanges_due(clock::time_point now) {
  exchanges_at = never;
  std::vector<std::pair<std::uint32_t, failure>> overdue;
  for (auto& [index, entry] : entries) {
    if (now >= entry.upload.continue_at)
      end_wait_for_continue(entry);
    if (auto why = entry.overdue(now, upload_inside(entry)))
      overdue.emplace_back(index, std::move(why));
    else
      exchanges_at = std::min(exchanges_at, entry.next_deadline());
  }
  for (auto& [index, why] : overdue)
    if (auto* entry = find(index))
      give_up(*entry, std::move(why));
}

} // namespace sluice
