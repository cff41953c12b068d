// The origin's side of HTTP/2 in memory: frames by hand, what the engine sent as frames, what it told as a record.
// Knows no socket, no clock and no test framework: unit tests and the fuzz target share it.
#pragma once

#include <sluice/protocols/http2/engine.hpp>

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::http2::peer {

using namespace std::chrono_literals;
using lines = std::vector<std::pair<std::string, std::string>>;

enum type : std::uint8_t {
  data_frame,
  headers_frame,
  priority_frame,
  reset_frame,
  settings_frame,
  promise_frame,
  ping_frame,
  goaway_frame,
  window_frame,
  continuation_frame
};
constexpr std::uint8_t end_stream = 0x1, ack = 0x1, end_headers = 0x4, padded = 0x8;

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

// ---- writing -------------------------------------------------------------------------------------

inline std::string big_endian(std::uint64_t value, int bytes) {
  std::string result;
  while (bytes-- > 0)
    result += static_cast<char>(value >> (8 * bytes) & 0xff);
  return result;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t id, std::string_view payload = {}) {
  return big_endian(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) + big_endian(id, 4)
         + std::string{payload};
}

inline std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> entries = {}) {
  std::string payload;
  for (auto [id, value] : entries)
    payload += big_endian(id, 2) + big_endian(value, 4);
  return frame(settings_frame, 0, 0, payload);
}
inline std::string settings_ack() { return frame(settings_frame, ack, 0); }
inline std::string reset(std::uint32_t id, std::uint32_t code) {
  return frame(reset_frame, 0, id, big_endian(code, 4));
}
inline std::string window_update(std::uint32_t id, std::uint32_t n) {
  return frame(window_frame, 0, id, big_endian(n, 4));
}
inline std::string ping(std::string_view payload = "12345678", bool answer = false) {
  return frame(ping_frame, answer ? ack : 0, 0, payload);
}
inline std::string goaway(std::uint32_t last, std::uint32_t code = 0, std::string_view debug = {}) {
  return frame(goaway_frame, 0, 0, big_endian(last, 4) + big_endian(code, 4) + std::string{debug});
}
inline std::string data(std::uint32_t id, std::string_view payload, std::uint8_t flags = 0) {
  return frame(data_frame, flags, id, payload);
}
/// DATA with `n` bytes of padding, beside the byte that says so.
inline std::string padded_data(std::uint32_t id, std::string_view payload, std::uint8_t n, std::uint8_t flags = 0) {
  return frame(data_frame, flags | padded, id,
               std::string(1, static_cast<char>(n)) + std::string{payload} + std::string(n, '\0'));
}

/// Compresses field sections, as one side of a connection.
class compressor {
public:
  compressor() { nghttp2_hd_deflate_new(&deflater_, 4096); }
  ~compressor() { nghttp2_hd_deflate_del(deflater_); }
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  std::string block(const lines& xs) {
    std::vector<nghttp2_nv> nv;
    for (const auto& [name, value] : xs)
      nv.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                    reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), 0});
    std::string result(nghttp2_hd_deflate_bound(deflater_, nv.data(), nv.size()), '\0');
    const auto n = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<std::uint8_t*>(result.data()), result.size(),
                                         nv.data(), nv.size());
    result.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return result;
  }
  std::string headers(std::uint32_t id, const lines& xs, std::uint8_t flags = 0) {
    return frame(headers_frame, flags | end_headers, id, block(xs));
  }

private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

// ---- reading -------------------------------------------------------------------------------------

struct sent_frame {
  std::uint8_t type = 0, flags = 0;
  std::uint32_t id = 0;
  std::string payload;
  lines fields; // of HEADERS

  std::uint32_t number(std::size_t at = 0) const {
    std::uint32_t result = 0;
    for (auto i = at; i < at + 4; ++i)
      result = result << 8 | static_cast<unsigned char>(payload.at(i));
    return result;
  }
  std::string field(std::string_view name) const {
    std::string result;
    for (const auto& [key, value] : fields)
      if (key == name)
        result += (result.empty() ? "" : ", ") + value;
    return result;
  }
  bool has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(), [&](const auto& line) { return line.first == name; });
  }
};

/// What an engine sends, frame by frame.
class reader {
public:
  reader() { nghttp2_hd_inflate_new(&inflater_); }
  ~reader() { nghttp2_hd_inflate_del(inflater_); }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  std::vector<sent_frame> read(std::string_view more) {
    constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    wire_ += more;
    if (!begun_ && wire_.size() >= preface.size()) {
      if (!wire_.starts_with(preface))
        std::abort();
      begun_ = true;
      wire_.erase(0, preface.size());
    }
    std::vector<sent_frame> result;
    while (begun_ && wire_.size() >= 9) {
      auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(wire_[i])}; };
      const std::size_t length = at(0) << 16 | at(1) << 8 | at(2);
      if (wire_.size() < 9 + length)
        break;
      sent_frame frame{static_cast<std::uint8_t>(at(3)),
                       static_cast<std::uint8_t>(at(4)),
                       at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8),
                       wire_.substr(9, length),
                       {}};
      wire_.erase(0, 9 + length);
      if (frame.type == headers_frame)
        inflate(frame);
      result.push_back(std::move(frame));
    }
    return result;
  }

private:
  void inflate(sent_frame& frame) {
    auto* at = reinterpret_cast<const std::uint8_t*>(frame.payload.data());
    auto left = frame.payload.size();
    for (int flags = 0; !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
      nghttp2_nv nv;
      const auto n = nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, at, left, 1);
      if (n < 0)
        std::abort();
      at += n;
      left -= static_cast<std::size_t>(n);
      if (flags & NGHTTP2_HD_INFLATE_EMIT)
        frame.fields.emplace_back(std::string{reinterpret_cast<char*>(nv.name), nv.namelen},
                                  std::string{reinterpret_cast<char*>(nv.value), nv.valuelen});
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string wire_;
  bool begun_ = false;
};

// ---- what the engine told ------------------------------------------------------------------------

struct record {
  std::vector<http::response_head> interims;
  http::response_head head;
  std::string body;
  http::fields trailers;
  failure why;
  int heads = 0, ends = 0, failures = 0, closed = 0;
  bool unprocessed = false, silent = false, reusable = false;
  bool over() const { return failures + closed > 0; }
};

class notes final : public http::engine_events {
public:
  void on_interim(std::uint32_t index, http::response_head&& head) override {
    at(index, at(index).heads == 0).interims.push_back(std::move(head));
  }
  void on_head(std::uint32_t index, http::response_head&& head) override {
    auto& to = at(index, at(index).heads == 0);
    ++to.heads;
    to.head = std::move(head);
  }
  void on_body(std::uint32_t index, std::span<const std::byte> data) override {
    auto& to = at(index, at(index).heads == 1 && at(index).ends == 0 && !data.empty());
    to.body.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  void on_end(std::uint32_t index, http::fields&& trailers) override {
    auto& to = at(index, at(index).heads == 1 && at(index).ends == 0);
    ++to.ends;
    to.trailers = std::move(trailers);
  }
  void on_failure(std::uint32_t index, failure&& problem, bool unprocessed, bool silent) override {
    auto& to = at(index, at(index).ends == 0 && static_cast<bool>(problem) && !problem.detail.empty());
    ++to.failures;
    to.why = std::move(problem);
    to.unprocessed = unprocessed;
    to.silent = silent;
  }
  void on_closed(std::uint32_t index, bool reusable) override {
    auto& to = at(index, true);
    ++to.closed;
    to.reusable = reusable;
  }
  void on_trace(std::uint32_t, std::string&& line) override { trace.push_back(std::move(line)); }

  record& at(std::uint32_t index) { return all[index]; }
  std::map<std::uint32_t, record> all;
  std::vector<std::uint32_t> cancelled; ///< of these only on_closed may be told
  std::vector<std::string> trace;
  bool out_of_order = false; ///< something was told that may not follow what was told before

private:
  record& at(std::uint32_t index, bool fits) {
    auto& exchange = all[index];
    out_of_order |= !fits || exchange.over();
    return exchange;
  }
};

/// One engine and the origin's end of its connection, in virtual time.
class talk {
public:
  /// `cut`: how many bytes a receive() is given at once; 0: all.
  explicit talk(std::size_t cut = 0, std::uint64_t first_window = 65'535, const limits& bounds = {})
    : engine(seen, bounds, wire_bytes{first_window}), window(first_window), cut_(cut) {}

  notes seen;
  http2::engine engine;
  compressor hpack;
  std::uint64_t window;
  http::time_point now{1h};
  std::size_t sent_bytes = 0;

  record& operator[](std::uint32_t index) { return seen.at(index); }

  static http::request_head request(std::string method = "GET", http::fields fields = {}) {
    return {std::move(method), "https", "example.org", "/a?b", std::move(fields)};
  }
  failure open(std::uint32_t index, const http::request_head& head = request(), http::outgoing_body body = {}) {
    return engine.open(index, head, body, wire_bytes{window});
  }

  void receive(std::string_view input) {
    for (auto step = cut_ == 0 ? input.size() : cut_; !input.empty();
         input.remove_prefix(std::min(step, input.size()))) {
      const std::vector<char> exact(input.begin(),
                                    input.begin() + static_cast<std::ptrdiff_t>(std::min(step, input.size())));
      engine.receive(bytes_of({exact.data(), exact.size()}), now); // a copy, so that reading past it is seen
    }
  }
  /// All that the engine has to send now.
  std::vector<sent_frame> sent() {
    std::vector<sent_frame> result;
    for (;;) {
      const auto out = engine.output(now);
      if (out.empty())
        return result;
      sent_bytes += out.size();
      for (auto& frame : reader_.read({reinterpret_cast<const char*>(out.data()), out.size()}))
        result.push_back(std::move(frame));
    }
  }
  std::vector<sent_frame> sent(std::uint8_t type) {
    auto all = sent();
    std::erase_if(all, [&](const sent_frame& frame) { return frame.type != type; });
    return all;
  }
  /// Opens `n` requests without bodies, numbered from 0 (streams 1, 3, 5 …), and both sides know the other's SETTINGS.
  void begin(std::uint32_t n, std::string_view origin_settings = settings()) {
    for (std::uint32_t i = 0; i < n; ++i)
      open(i);
    sent();
    receive(std::string{origin_settings} + settings_ack());
    sent();
  }
  void head(std::uint32_t id, const lines& more = {}, std::uint8_t flags = 0) {
    lines all{{":status", "200"}};
    all.insert(all.end(), more.begin(), more.end());
    receive(hpack.headers(id, all, flags));
  }
  void upload(std::uint32_t index, std::string_view bytes, bool last = false, const http::fields& trailers = {}) {
    engine.upload(index, bytes_of(bytes), last, trailers);
  }

private:
  std::size_t cut_;
  reader reader_;
};

/// A case that is run twice: everything received at once, and byte by byte.
#define BOTH_WAYS(name)                                                                                                \
  static void name##_cut(std::size_t cut);                                                                             \
  BOOST_AUTO_TEST_CASE(name) {                                                                                         \
    for (std::size_t cut : {0, 1})                                                                                     \
      BOOST_TEST_CONTEXT("bytes received at once (0: all): " << cut)                                                   \
    name##_cut(cut);                                                                                                   \
  }                                                                                                                    \
  static void name##_cut([[maybe_unused]] std::size_t cut)

} // namespace sluice::http2::peer
