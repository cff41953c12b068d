// Requests in early data (RFC 8470): sent before the handshake is complete, and again if the origin rejects early data.
#include <sluice/protocols/http3/session_impl.hpp>

#include <algorithm>
#include <utility>

namespace sluice::http3 {

void engine::session::on_early() {
  early_ = open_own_streams();
  if (early_)
    start_waiting();
}

/// The origin has dropped all early data. Queues the requests again, in their original order, on a new nghttp3
/// connection.
void engine::session::on_early_rejected() {
  if (!std::exchange(early_, false))
    return;
  std::vector<stream*> rejected;
  for (const auto& [id, s] : by_id_)
    rejected.push_back(s);
  std::sort(rejected.begin(), rejected.end(), [](auto* a, auto* b) { return a->id > b->id; });
  by_id_.clear();
  for (auto* s : rejected) {
    s->id = -1;
    s->early = false;
    s->arrived = s->settled = 0;
    if (s->cancelled)
      cancelled_unopened_.push_back(s->index);
    else
      waiting_.push_front(s->index);
    trace(s->index, "the origin rejected early data (0-RTT refused)");
  }
  make_library_connection();
}

} // namespace sluice::http3
