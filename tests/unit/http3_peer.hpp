// An HTTP/3 origin in memory and an engine that talks to it over a network in virtual time; what the engine told as a
// record. Knows no socket, no clock and no test framework.
#pragma once

#include "http2_peer.hpp"
#include "quic_wire.hpp"

#include <sluice/protocols/http3/engine.hpp>

#include <nghttp3/nghttp3.h>

namespace sluice::http3::peer {

using namespace std::chrono_literals;
using http2::peer::bytes_of;
using http2::peer::lines;
using http2::peer::notes;
using http2::peer::record;

/// nghttp3's server on a QUIC connection: answers as it is told to, notes what is asked.
class origin final : public quic::application {
public:
  struct request {
    lines fields, trailers;
    std::string body;
    bool ended = false, closed = false;
    std::optional<std::uint64_t> reset_code, close_code;
    std::string sending;
    std::size_t handed = 0, acknowledged = 0;
    bool last = false;
    lines sent_trailers;
    std::string field(std::string_view name) const {
      for (const auto& [key, value] : fields)
        if (key == name)
          return value;
      return {};
    }
  };

  quic::streams* under = nullptr;
  std::map<std::int64_t, request> all;
  std::vector<std::int64_t> arrived;            ///< in order of their heads
  std::function<void(std::int64_t)> on_request; ///< its head is complete
  bool credit = true;
  std::size_t table_bytes = 4096;

  ~origin() { nghttp3_conn_del(h3_); }

  void inform(std::int64_t id, const lines& fields) {
    with(fields, [&](auto* nv, auto n) { nghttp3_conn_submit_info(h3_, id, nv, n); });
  }
  /// A head, and a body of which more may follow by send().
  void respond(std::int64_t id, const lines& fields, std::string_view body = {}, bool last = true,
               const lines& trailers = {}) {
    auto& r = all[id];
    r.sending += body;
    r.last = last;
    r.sent_trailers = trailers;
    const nghttp3_data_reader reader{read_body};
    with(fields, [&](auto* nv, auto n) {
      nghttp3_conn_submit_response(h3_, id, nv, n, body.empty() && last && trailers.empty() ? nullptr : &reader);
    });
  }
  void send(std::int64_t id, std::string_view body, bool last = false) {
    all[id].sending += body; // before anything of it was handed out, or the views would dangle
    all[id].last = last;
    nghttp3_conn_resume_stream(h3_, id);
  }
  void go_away() { nghttp3_conn_shutdown(h3_); }
  void notice() { nghttp3_conn_submit_shutdown_notice(h3_); }
  std::uint64_t sent_on(std::int64_t id) { return all[id].handed; }

  void on_ready() override {
    nghttp3_callbacks c{};
    c.recv_header = [](nghttp3_conn*, std::int64_t id, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value,
                       std::uint8_t, void* user,
                       void*) { return of(user).all[id].fields.emplace_back(text(name), text(value)), 0; };
    c.recv_trailer = [](nghttp3_conn*, std::int64_t id, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value,
                        std::uint8_t, void* user,
                        void*) { return of(user).all[id].trailers.emplace_back(text(name), text(value)), 0; };
    c.end_headers = [](nghttp3_conn*, std::int64_t id, int, void* user, void*) {
      of(user).arrived.push_back(id);
      if (of(user).on_request)
        of(user).on_request(id);
      return 0;
    };
    c.recv_data = [](nghttp3_conn*, std::int64_t id, const std::uint8_t* data, std::size_t n, void* user, void*) {
      of(user).all[id].body.append(reinterpret_cast<const char*>(data), n);
      if (of(user).credit)
        of(user).under->credit_stream(id, n);
      return 0;
    };
    c.deferred_consume = [](nghttp3_conn*, std::int64_t id, std::size_t n, void* user, void*) {
      return of(user).under->credit_stream(id, n), 0;
    };
    c.end_stream = [](nghttp3_conn*, std::int64_t id, void* user, void*) { return of(user).all[id].ended = true, 0; };
    c.stop_sending = [](nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*) {
      return of(user).under->stop(id, code), 0;
    };
    c.reset_stream = [](nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*) {
      return of(user).under->reset(id, code), 0;
    };
    nghttp3_settings s;
    nghttp3_settings_default(&s);
    s.qpack_max_dtable_capacity = s.qpack_encoder_max_dtable_capacity = table_bytes;
    s.qpack_blocked_streams = 100;
    nghttp3_conn_server_new(&h3_, &c, &s, nghttp3_mem_default(), this);
    nghttp3_conn_set_max_client_streams_bidi(h3_, 100);
    const auto control = under->open_unidirectional(), encoder = under->open_unidirectional(),
               decoder = under->open_unidirectional();
    nghttp3_conn_bind_control_stream(h3_, control.value());
    nghttp3_conn_bind_qpack_streams(h3_, encoder.value(), decoder.value());
  }
  void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) override {
    under->credit_connection(data.size());
    const auto n =
        nghttp3_conn_read_stream(h3_, id, reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), last);
    if (n < 0)
      return under->close(nghttp3_err_infer_quic_app_error_code(static_cast<int>(n)),
                          {errc::protocol_violation, caused_by::remote, nghttp3_strerror(static_cast<int>(n))});
    under->credit_stream(id, static_cast<std::uint64_t>(n));
  }
  void on_stream_reset(std::int64_t id, std::uint64_t code) override {
    all[id].reset_code = code;
    nghttp3_conn_shutdown_stream_read(h3_, id);
  }
  void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) override {
    all[id].closed = true;
    all[id].close_code = code;
    nghttp3_conn_close_stream(h3_, id, code.value_or(NGHTTP3_H3_NO_ERROR));
  }
  void on_acknowledged(std::int64_t id, std::uint64_t n) override { nghttp3_conn_add_ack_offset(h3_, id, n); }
  void on_send_room(std::int64_t id) override { nghttp3_conn_unblock_stream(h3_, id); }
  void on_streams_allowed() override {}
  quic::outgoing next_outgoing() override {
    quic::outgoing output;
    nghttp3_vec parts[quic::outgoing::parts_max];
    int last = 0;
    const auto n = nghttp3_conn_writev_stream(h3_, &output.id, &last, parts, std::size(parts));
    output.last = last != 0;
    for (nghttp3_ssize i = 0; i < n; ++i)
      output.parts[output.count++] = std::as_bytes(std::span{parts[i].base, parts[i].len});
    return output;
  }
  void on_written(std::int64_t id, std::size_t n) override { nghttp3_conn_add_write_offset(h3_, id, n); }
  void on_blocked(std::int64_t id) override { nghttp3_conn_block_stream(h3_, id); }
  void on_unwritable(std::int64_t id) override { nghttp3_conn_shutdown_stream_write(h3_, id); }
  std::string error_name(std::uint64_t code) const override { return std::to_string(code); }
  bool is_no_error(std::uint64_t code) const override { return code == NGHTTP3_H3_NO_ERROR; }

private:
  static origin& of(void* user) { return *static_cast<origin*>(user); }
  static std::string text(nghttp3_rcbuf* buffer) {
    const auto v = nghttp3_rcbuf_get_buf(buffer);
    return {reinterpret_cast<const char*>(v.base), v.len};
  }
  template <class F>
  static void with(const lines& xs, F f) {
    std::vector<nghttp3_nv> nv;
    for (const auto& [name, value] : xs)
      nv.push_back({reinterpret_cast<const std::uint8_t*>(name.data()),
                    reinterpret_cast<const std::uint8_t*>(value.data()), name.size(), value.size(),
                    NGHTTP3_NV_FLAG_NONE});
    f(nv.data(), nv.size());
  }
  static nghttp3_ssize read_body(nghttp3_conn* h3, std::int64_t id, nghttp3_vec* to, std::size_t, std::uint32_t* flags,
                                 void* user, void*) {
    auto& r = of(user).all[id];
    const auto n = std::min<std::size_t>(r.sending.size() - r.handed, 64'000);
    if (n == 0 && !r.last)
      return NGHTTP3_ERR_WOULDBLOCK;
    if (n > 0) { // a copy that stays where it is until the end
      auto& kept = of(user).kept_.emplace_back(r.sending.substr(r.handed, n));
      to[0] = {reinterpret_cast<std::uint8_t*>(kept.data()), n};
      r.handed += n;
    }
    if (r.handed == r.sending.size() && r.last) {
      *flags |= NGHTTP3_DATA_FLAG_EOF;
      if (!r.sent_trailers.empty()) {
        *flags |= NGHTTP3_DATA_FLAG_NO_END_STREAM;
        with(r.sent_trailers, [&](auto* nv, auto count) { nghttp3_conn_submit_trailers(h3, id, nv, count); });
      }
    }
    return n > 0 ? 1 : 0;
  }

  nghttp3_conn* h3_ = nullptr;
  std::deque<std::string> kept_;
};

inline quic::wire::end end_of(engine& tested_engine) {
  return {[&tested_engine](const quic::path& from, quic::ecn mark, std::span<const std::byte> bytes,
                           quic::time_point now) { tested_engine.receive_datagram(from, mark, bytes, now); },
          [&tested_engine](std::span<std::byte> into, quic::time_point now) {
            return tested_engine.next_datagrams(into, now);
          },
          [&tested_engine] { return tested_engine.deadline(); },
          [&tested_engine](quic::time_point now) { tested_engine.on_time(now); }};
}

struct options {
  std::uint64_t first_window = 65'536, seed = 1;
  limits bounds;
  quic::limits below;
  std::shared_ptr<quic::client_context> trust = tls::must(quic::client_context::make(quic::wire::trusting_h3()));
  std::shared_ptr<quic::server_context> shown = tls::must(quic::server_context::make(quic::wire::showing_h3()));
};

/// An engine and whatever speaks on the other side of its connection: an origin, or bytes by hand (quic::wire::notes).
template <class Server>
struct talk_with {
  std::shared_ptr<quic::client_context> trust;
  notes seen;
  Server server;
  quic::wire::network net;
  quic::wire::acceptor acceptor;
  http3::engine engine;
  std::uint64_t window;

  explicit talk_with(const options& chosen = {})
    : trust(chosen.trust), net(chosen.seed),
      acceptor(chosen.shown, server, [this](quic::session& s) { server.under = &s; }),
      engine(seen, chosen.bounds, wire_bytes{chosen.first_window}, *trust, "localhost", 443, quic::wire::client_path(),
             chosen.below, net.now),
      window(chosen.first_window) {
    net.client = end_of(engine);
    net.server = acceptor.as_end();
  }

  record& operator[](std::uint32_t index) { return seen.at(index); }
  static http::request_head request(std::string method = "GET", http::fields fields = {}) {
    return {std::move(method), "https", "localhost", "/a?b", std::move(fields)};
  }
  failure open(std::uint32_t index, const http::request_head& head = request(), http::outgoing_body body = {}) {
    return engine.open(index, head, body, wire_bytes{window});
  }
  void upload(std::uint32_t index, std::string_view bytes, bool last = false, const http::fields& trailers = {}) {
    engine.upload(index, bytes_of(bytes), last, trailers);
  }
  bool run(const std::function<bool()>& done, std::chrono::nanoseconds at_most = 60s) { return net.run(done, at_most); }
  void settle(std::chrono::nanoseconds duration = 300ms) { net.run_for(duration); }
  bool over(std::uint32_t index) { return seen.at(index).over(); }
};
using talk = talk_with<origin>;

} // namespace sluice::http3::peer
