#include "http3_session.hpp"

#include <nghttp3/nghttp3.h>

#include <new>

namespace sluice::origin {

namespace {

constexpr std::size_t table_bytes = 4096, blocked_streams = 100; // QPACK's

http3_session& self(void* user_data) { return *static_cast<http3_session*>(user_data); }
std::string_view text(nghttp3_rcbuf* buffer) {
  const auto v = nghttp3_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(v.base), v.len};
}

int head_begun(nghttp3_conn*, std::int64_t id, void* user, void*) { return self(user).on_head_begun(id), 0; }
int field(nghttp3_conn*, std::int64_t id, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value, std::uint8_t,
          void* user, void*) {
  return self(user).on_field(id, text(name), text(value)), 0;
}
int head_ended(nghttp3_conn*, std::int64_t id, int ends, void* user, void*) {
  return self(user).on_request(id, ends != 0), 0;
}
int data(nghttp3_conn*, std::int64_t id, const std::uint8_t* bytes, std::size_t n, void* user, void*) {
  return self(user).on_data(id, std::as_bytes(std::span{bytes, n})), 0;
}
int consumed_later(nghttp3_conn*, std::int64_t id, std::size_t n, void* user, void*) {
  return self(user).credit(id, n), 0;
}
int stream_ended(nghttp3_conn*, std::int64_t id, void* user, void*) { return self(user).on_request_end(id), 0; }
int stop(nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*) {
  return self(user).on_rejected(id, code, false), 0;
}
int reset(nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*) {
  return self(user).on_rejected(id, code, true), 0;
}
int acknowledged(nghttp3_conn*, std::int64_t id, std::uint64_t n, void* user, void*) {
  return self(user).on_content_acknowledged(id, n), 0;
}
int settings(nghttp3_conn*, const nghttp3_settings*, void* user) {
  return add(self(user).shared().figures.settings_received), 0;
}
int going_away(nghttp3_conn*, std::int64_t, void* user) { return add(self(user).shared().figures.goaways_received), 0; }

} // namespace

nghttp3_conn* make_http3(http3_session& session) {
  nghttp3_callbacks all{};
  all.begin_headers = head_begun;
  all.recv_header = field;
  all.end_headers = head_ended;
  all.recv_data = data;
  all.deferred_consume = consumed_later;
  all.end_stream = stream_ended;
  all.stop_sending = stop;
  all.reset_stream = reset;
  all.acked_stream_data = acknowledged;
  all.recv_settings = settings;
  all.shutdown = going_away;
  nghttp3_settings chosen;
  nghttp3_settings_default(&chosen);
  chosen.qpack_max_dtable_capacity = chosen.qpack_encoder_max_dtable_capacity = table_bytes;
  chosen.qpack_blocked_streams = blocked_streams;
  nghttp3_conn* result = nullptr;
  if (nghttp3_conn_server_new(&result, &all, &chosen, nghttp3_mem_default(), &session) != 0)
    throw std::bad_alloc{};
  return result;
}

} // namespace sluice::origin
