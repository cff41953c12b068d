// libFuzzer: whatever an origin sends on the streams of HTTP/3, and however it is cut, what the engine tells is in
// order, each exchange ends at most once, exactly once when the connection does, and no stream is credited beyond what
// came and was granted. Input: commands: a byte that names a stream and what happens, then a length and bytes. QUIC is
// not there: its seam is.
#include "../unit/http2_peer.hpp"

#include <sluice/protocols/http3/session_impl.hpp>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

/// The streams of a connection on which nothing is lost and nothing waits.
class bare_streams final : public quic::streams {
public:
  std::map<std::int64_t, std::uint64_t> came, granted, credited;
  std::uint64_t connection_came = 0, connection_credited = 0;
  bool closed = false;
  failure why;

  std::optional<std::int64_t> open_bidirectional() override {
    return next_bidirectional_ < 32 ? std::optional{std::exchange(next_bidirectional_, next_bidirectional_ + 4)}
                                    : std::nullopt;
  }
  std::optional<std::int64_t> open_unidirectional() override {
    return std::exchange(next_unidirectional_, next_unidirectional_ + 4);
  }
  std::uint64_t bidirectional_left() const override { return static_cast<std::uint64_t>(32 - next_bidirectional_) / 4; }
  void credit_stream(std::int64_t id, std::uint64_t n) override {
    credited[id] += n;
    require(credited[id] <= came[id] + granted[id]);
  }
  void credit_connection(std::uint64_t n) override { connection_credited += n; }
  void stop(std::int64_t, std::uint64_t) override {}
  void reset(std::int64_t, std::uint64_t) override {}
  std::uint64_t send_room(std::int64_t) const override { return 1000; }
  void close(std::uint64_t, failure problem) override {
    if (!std::exchange(closed, true))
      why = std::move(problem);
  }

private:
  std::int64_t next_bidirectional_ = 0, next_unidirectional_ = 2;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  http2::peer::notes seen;
  bare_streams below;
  http3::limits bounds;
  bounds.head_bytes = 4000;
  bounds.framing_bytes = 20'000;
  http3::engine::session session(seen, bounds, wire_bytes{65'536});
  session.put_on(below);
  session.on_ready();
  std::uint32_t next = 0;
  std::map<std::int64_t, bool> ended;
  const auto ask = [&] {
    (void)session.open(next, {next % 3 == 2 ? "HEAD" : "GET", "https", "example.org", "/", {}}, {}, wire_bytes{65'536});
    ++next;
  };
  ask();
  ask();
  while (size >= 2 && !below.closed) {
    const auto what = data[0];
    const std::size_t n = std::min<std::size_t>(data[1], size - 2);
    const std::vector<char> exact(reinterpret_cast<const char*>(data) + 2,
                                  reinterpret_cast<const char*>(data) + 2 + n); // so that reading past it is seen
    data += 2 + n;
    size -= 2 + n;
    const std::int64_t id = what & 8 ? 3 + 4 * (what & 7) : 4 * (what & 7); // the origin's own, or a request's
    if (!(what & 8) && !session.at(id))
      continue;
    switch (what >> 5) {
      case 0:
        if (auto* s = session.at(id); s && n > 0) {
          below.granted[id] += n << 8;
          session.grant(*s, n << 8);
        } else if (n == 0) {
          ask();
        }
        break;
      case 1:
        if (auto* s = session.at(id))
          session.cancel(*s);
        break;
      case 2: session.on_stream_reset(id, n); break;
      case 3:
        session.on_stream_closed(id, std::nullopt);
        ended[id] = true;
        break;
      default:
        if (std::exchange(ended[id], ended[id] || (what & 16)))
          break;
        below.came[id] += exact.size();
        below.connection_came += exact.size();
        session.on_stream_data(id, std::as_bytes(std::span{exact}), what & 16);
    }
    for (auto out = session.next_outgoing(); out.id >= 0; out = session.next_outgoing()) {
      std::size_t written = 0;
      for (std::size_t i = 0; i < out.count; ++i)
        written += out.parts[i].size();
      session.on_written(out.id, written);
    }
    session.settle();
    require(!seen.out_of_order);
    require(below.connection_credited == below.connection_came);
  }
  require(!below.closed || (below.why && !below.why.detail.empty()));
  session.end(below.why);
  require(!seen.out_of_order);
  for (const auto& [index, exchange] : seen.all)
    require(exchange.failures + exchange.closed == 1 && exchange.ends + exchange.failures <= 1);
  return 0;
}
