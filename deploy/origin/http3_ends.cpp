// http3_session: how streams and the connection end, and what answers do to it.
#include "http3_session.hpp"

#include <nghttp3/nghttp3.h>

namespace sluice::origin {

void http3_session::reset(http3_stream& s, std::uint64_t code) {
  if (std::exchange(s.reset_here, true))
    return;
  quic_->reset(s.id, code);
  quic_->stop(s.id, code);
  nghttp3_conn_shutdown_stream_write(h3_, s.id);
  s.unwritable = true;
}

/// A reset takes back what is not delivered yet, so it waits for that. After a whole message it only stops the request.
bool http3_session::end_streams() {
  return std::erase_if(ending_,
                       [&](std::int64_t id) {
                         auto* s = find(id);
                         if (s == nullptr)
                           return true;
                         if (s->complete) {
                           s->reset_here = true;
                           quic_->stop(id, *s->resets_with);
                           return true;
                         }
                         if (!s->delivered())
                           return false;
                         reset(*s, *s->resets_with);
                         return true;
                       })
         != 0;
}

bool http3_session::end_connection() {
  if (std::exchange(keys_wanted_, false))
    quic_->update_keys(std::chrono::steady_clock::now());
  if (closes_with_)
    quic_->close(*closes_with_, {errc::connection_closed, caused_by::local, "as the request wanted it"});
  if (!ends_ && going_away_ && streams_.empty())
    ends_ = {then::drop, -1};
  if (!ends_ || quic_->ended())
    return quic_->ended();
  auto* s = find(ends_->stream);
  if (ends_->how != then::drop && s != nullptr && !s->delivered())
    return false;
  if (ends_->how == then::reset)
    carrier_.reset_statelessly();
  else // a cut is what TLS without close_notify is over TCP: an end that says that it is wrong
    quic_->close(ends_->how == then::cut ? NGHTTP3_H3_INTERNAL_ERROR : NGHTTP3_H3_NO_ERROR,
                 {errc::connection_closed, caused_by::local, ""});
  return true;
}

void http3_session::forget(std::int64_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end())
    return;
  auto& s = *found->second;
  quic_->credit_connection(s.arrived - s.credited); // held here, blocked in the library, or malformed
  release(s, s.kept.size());
  streams_.erase(found);
}

// ---- actions -------------------------------------------------------------------------------------

// Each half once: a further GOAWAY may only name an earlier stream (RFC 9114 §5.2), and the library asserts that it
// does.

void http3_session::announce_going_away() {
  if (!going_away_ && !std::exchange(announced_, true))
    nghttp3_conn_submit_shutdown_notice(h3_);
}

void http3_session::finish_going_away() {
  if (!std::exchange(going_away_, true))
    nghttp3_conn_shutdown(h3_);
}

void http3_session::write_control(std::string bytes) { control_.bytes += bytes; }
void http3_session::close(std::uint64_t code) { closes_with_ = code; }

} // namespace sluice::origin
