// The end of streams and of the connection, and the error texts for it. Must also work when memory has run out.
#include <sluice/protocols/http2/session_impl.hpp>

namespace sluice::http2 {

bool engine::session::usable_after(long code) noexcept {
  if (code < 0 && nghttp2_is_fatal(static_cast<int>(code)))
    guard_.fail(out_of_memory()); // callers handle other fatal codes before
  return !broken();
}

void engine::session::tell_failure(const stream& s, failure why, bool unprocessed) noexcept {
  guard_.run_always([&] { sink_.on_failure(s.index, std::move(why), unprocessed, s.silent()); });
}

void engine::session::end(const failure& why) noexcept {
  over_ = true;
  const auto open_streams = std::exchange(streams_, {});
  for (const auto& [index, s] : open_streams) {
    if (nghttp2_)
      nghttp2_session_set_stream_user_data(nghttp2_, s->id, nullptr);
    if (s->cancelled || s->ended)
      guard_.run_always([&, i = index] { sink_.on_closed(i, false); });
    else
      tell_failure(*s, made_or_out_of_memory([&, &ended = *s] { return reason_of_end(ended, why); }), !s->sent);
  }
}

void engine::session::settle() noexcept {
  if (!broken())
    return;
  end(guard_.why());
  nghttp2_session_del(std::exchange(nghttp2_, nullptr));
  sending_.clear();
}

failure engine::session::reason_of_end(const stream& s, const failure& why) const {
  auto mine = s.reason_of_end(why, goaway_);
  if (http1_required_ && mine.by == caused_by::transport)
    mine.code = errc::http1_required, mine.by = caused_by::remote;
  else if (mine.code == errc::connection_closed && goaway_for_error_)
    mine.code = errc::stream_reset, mine.by = caused_by::remote;
  else if (mine.code == errc::connection_closed && s.head_seen)
    mine.code = errc::truncated_body;
  return mine;
}

/// Why a stream failed that was closed with this error code.
failure engine::session::reason(stream& s, std::uint32_t code) const {
  failure why = std::move(s.problem);
  if (why)
    ;
  else if (code == NGHTTP2_HTTP_1_1_REQUIRED && s.reset_by_peer)
    why = {errc::http1_required, caused_by::remote,
           "the origin requires HTTP/1.1 for this request (HTTP_1_1_REQUIRED)"};
  else if (!s.sent && code == NGHTTP2_REFUSED_STREAM && nghttp2_
           && !nghttp2_session_check_request_allowed(nghttp2_)) // nghttp2 is ending the connection
    why = {errc::refused, caused_by::remote,
           "the request was not sent: the connection is being closed"
               + (last_words_.empty() ? "" : ", the origin broke HTTP/2: " + last_words_)};
  else if (!s.sent) // nghttp2 had no memory to write the HEADERS frame
    why = {errc::internal, caused_by::local, std::string{"the request could not be sent ("} + error_name(code) + ")"};
  else if (code == NGHTTP2_REFUSED_STREAM)
    why = {http1_required_ && !s.reset_by_peer ? errc::http1_required : errc::refused, caused_by::remote,
           "the origin did not process the request (REFUSED_STREAM)" + (goaway_.empty() ? "" : "; " + goaway_)};
  else if (s.reset_by_peer)
    why = {errc::stream_reset, caused_by::remote, std::string{"the origin reset the stream with "} + error_name(code)};
  else if (code == NGHTTP2_FLOW_CONTROL_ERROR)
    why = {errc::flow_control_violation, caused_by::remote,
           "the origin sent more on the stream than its window allowed (RFC 9113 section 6.9)"};
  else if (s.length && code == NGHTTP2_PROTOCOL_ERROR)
    why = s.wrong_length();
  else if (code == NGHTTP2_NO_ERROR)
    why = {errc::truncated_body, caused_by::remote, "the stream ended before its response was complete"};
  else
    why = {errc::protocol_violation, caused_by::remote,
           "the origin broke HTTP/2 on this stream: " + (last_words_.empty() ? error_name(code) : last_words_)};
  s.add_progress(why);
  return why;
}

} // namespace sluice::http2
