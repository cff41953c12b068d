// Requests before the handshake is over (RFC 8470): sent where QUIC allows it, and again where the origin refuses them.
#include <sluice/protocols/http3/session_impl.hpp>

#include <algorithm>
#include <utility>

namespace sluice::http3 {

void engine::session::on_early() {
  early_ = open_own_streams();
  if (early_)
    start_waiting();
}

/// The origin knows nothing of what was sent: it is sent again, as if for the first time.
void engine::session::on_early_rejected() {
  if (!std::exchange(early_, false))
    return;
  std::vector<stream*> again;
  for (const auto& [id, s] : by_id_)
    again.push_back(s);
  std::sort(again.begin(), again.end(), [](auto* a, auto* b) { return a->id > b->id; });
  by_id_.clear();
  for (auto* s : again) {
    s->id = -1;
    s->early = false;
    s->arrived = s->settled = 0;
    if (s->cancelled)
      gone_.push_back(s->index);
    else
      waiting_.push_front(s->index);
    trace(s->index, "the origin takes nothing before the handshake is over (0-RTT refused)");
  }
  make_library_connection();
}

} // namespace sluice::http3
