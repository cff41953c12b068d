// A blocking HTTP/2 client for tests of the origin, by libnghttp2: what came on each stream, and every frame's head.
// Not the client under test.
#pragma once

#include "wire.hpp"

#include <sluice/deploy/origin/http2_frames.hpp>
#include <sluice/protocols/http/field_section.hpp>

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <map>
#include <optional>

namespace sluice::tests {

struct http2_response : origin_response {
  bool closed = false;                  // one way or another
  std::optional<std::uint32_t> reset;   // the server's RST_STREAM
  std::optional<std::uint32_t> refused; // ours
};

struct http2_options {
  bool secure = false;
  bool consumes = true; // false: no WINDOW_UPDATE for streams
  std::int32_t connection_window = 1 << 24;
  std::uint32_t stream_window = 65535;
  int receive_buffer = 0;
};

class http2_client {
public:
  struct frame_seen {
    std::uint8_t type, flags;
    std::int32_t stream;
    std::size_t length;
  };
  struct going_away {
    std::int32_t last;
    std::uint32_t code;
  };

  explicit http2_client(origin::server& server, http2_options chosen = {})
    : options_(chosen), wire_(server, chosen.secure, chosen.receive_buffer, {"h2", "http/1.1"}) {
    if (chosen.secure && wire_.agreed() != "h2")
      throw std::runtime_error("the server did not agree on h2");
    make_session();
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, chosen.stream_window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, chosen.connection_window);
  }
  ~http2_client() { nghttp2_session_del(session_); }
  http2_client(const http2_client&) = delete;
  http2_client& operator=(const http2_client&) = delete;

  std::int32_t send(const std::string& target, const std::string& method = "GET", std::optional<std::string> body = {},
                    const http::fields& fields = {}) {
    http::fields head{{":method", method}, {":scheme", "https"}, {":authority", "x"}, {":path", target}};
    for (const auto& field : fields)
      head.add(field.name, field.value);
    const auto lines = http::library_lines<nghttp2_nv>(head.lines(), NGHTTP2_NV_FLAG_NONE);
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    const auto id =
        nghttp2_submit_request(session_, nullptr, lines.data(), lines.size(), body ? &provider : nullptr, nullptr);
    if (body)
      uploads_[id].body = std::move(*body);
    return id;
  }
  http2_response get(const std::string& target, const std::string& method = "GET") {
    return wait(send(target, method));
  }
  http2_response post(const std::string& target, std::string body, const http::fields& fields = {}) {
    return wait(send(target, "POST", std::move(body), fields));
  }
  http2_response& wait(std::int32_t id) {
    run([&] { return responses[id].closed; });
    return responses[id];
  }
  /// Sends and receives until `done()` or the connection's end.
  template <class F>
  void run(F done) {
    flush();
    while (!done() && !over_) {
      const auto received = wire_.receive();
      if (received.empty()) {
        over_ = true;
        break;
      }
      note_frames(received);
      const auto n =
          nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(received.data()), received.size());
      if (n < 0) {
        problem = nghttp2_strerror(static_cast<int>(n));
        over_ = true;
      }
      flush();
    }
  }
  void run_to_end() {
    run([] { return false; });
  }
  void flush() {
    const std::uint8_t* data = nullptr;
    for (auto n = nghttp2_session_mem_send(session_, &data); n > 0; n = nghttp2_session_mem_send(session_, &data))
      wire_.send({reinterpret_cast<const char*>(data), static_cast<std::size_t>(n)});
    if (nghttp2_session_want_read(session_) == 0)
      over_ = true;
  }
  std::size_t count(std::uint8_t type, std::int32_t stream = -1) const {
    return static_cast<std::size_t>(std::count_if(frames.begin(), frames.end(), [&](const auto& frame) {
      return frame.type == type && (stream < 0 || frame.stream == stream);
    }));
  }
  nghttp2_session* session() { return session_; }
  wire& connection() { return wire_; }

  std::map<std::int32_t, http2_response> responses;
  std::vector<frame_seen> frames;         // received
  std::vector<going_away> goaways;        // received
  std::optional<std::uint32_t> complaint; // the code of our GOAWAY
  std::string problem;                    // the library would not go on

private:
  static http2_client& self(void* user_data) { return *static_cast<http2_client*>(user_data); }

  /// The library does not tell of every frame that it ignores.
  void note_frames(std::string_view text) {
    constexpr std::size_t head_bytes = 9;
    while (!text.empty()) {
      const auto n = std::min(frame_left_ != 0 ? frame_left_ : head_bytes - frame_head_.size(), text.size());
      if (frame_left_ != 0)
        frame_left_ -= n;
      else
        frame_head_ += text.substr(0, n);
      text.remove_prefix(n);
      if (frame_head_.size() != head_bytes)
        continue;
      const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(frame_head_[i]); };
      frame_left_ = std::size_t{at(0)} << 16 | std::size_t{at(1)} << 8 | at(2);
      frames.push_back({at(3), at(4), at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8), frame_left_});
      frame_head_.clear();
    }
  }
  void make_session() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_field);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
          self(user).responses[id].closed = true;
          return 0;
        });
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
  }
  static int on_field(nghttp2_session*, const nghttp2_frame* f, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    auto& r = self(user).responses[f->hd.stream_id];
    const std::string n(reinterpret_cast<const char*>(name), name_size),
        v(reinterpret_cast<const char*>(value), value_size);
    if (n == ":status" && v[0] == '1')
      r.interim.push_back(std::stoi(v));
    else if (n == ":status")
      r.status = std::stoi(v);
    else if (r.status != 0)
      (f->headers.cat == NGHTTP2_HCAT_HEADERS && !r.body.empty() ? r.trailers : r.fields).add(n, v);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* f, void* user) {
    auto& c = self(user);
    if (f->hd.type == NGHTTP2_GOAWAY)
      c.goaways.push_back({f->goaway.last_stream_id, f->goaway.error_code});
    else if (f->hd.type == NGHTTP2_RST_STREAM)
      c.responses[f->hd.stream_id].reset = f->rst_stream.error_code;
    else if ((f->hd.type == NGHTTP2_DATA || f->hd.type == NGHTTP2_HEADERS)
             && (f->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      c.responses[f->hd.stream_id].complete = true;
    return 0;
  }
  static int on_sent(nghttp2_session*, const nghttp2_frame* f, void* user) {
    if (f->hd.type == NGHTTP2_GOAWAY)
      self(user).complaint = f->goaway.error_code;
    else if (f->hd.type == NGHTTP2_RST_STREAM)
      self(user).responses[f->hd.stream_id].refused = f->rst_stream.error_code;
    return 0;
  }
  static int on_data(nghttp2_session* s, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t n,
                     void* user) {
    auto& c = self(user);
    c.responses[id].body.append(reinterpret_cast<const char*>(data), n);
    nghttp2_session_consume_connection(s, n);
    if (c.options_.consumes)
      nghttp2_session_consume_stream(s, id, n);
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t most, std::uint32_t* flags,
                           nghttp2_data_source*, void* user) {
    auto& sending = self(user).uploads_[id];
    const auto n = std::min(most, sending.body.size() - sending.at);
    std::memcpy(to, sending.body.data() + sending.at, n);
    sending.at += n;
    if (sending.at == sending.body.size())
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  http2_options options_;
  wire wire_;
  nghttp2_session* session_ = nullptr;
  struct upload {
    std::string body;
    std::size_t at = 0;
  };
  std::map<std::int32_t, upload> uploads_;
  std::string frame_head_;
  std::size_t frame_left_ = 0;
  bool over_ = false;
};

} // namespace sluice::tests
