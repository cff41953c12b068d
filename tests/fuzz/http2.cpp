// libFuzzer: whatever an origin sends over HTTP/2, and however it is cut, what the engine tells is in order, each
// exchange ends at most once, exactly once when the connection does, and what it costs to send is bounded. Input: a
// byte of options, then commands: bytes or frames of the origin, interleaved with what a connection does.
#include "../unit/http2_peer.hpp"

using namespace sluice;
using namespace sluice::http2::peer;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

class input {
public:
  input(const unsigned char* at, std::size_t n) : left_(reinterpret_cast<const char*>(at), n) {}
  bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty())
      return 0;
    const auto octet = static_cast<std::uint8_t>(left_[0]);
    left_.remove_prefix(1);
    return octet;
  }
  std::uint32_t number() {
    const std::uint32_t high = byte();
    return high << 8 | byte();
  }
  std::string_view bytes(std::size_t n) {
    const auto octets = left_.substr(0, n);
    left_.remove_prefix(octets.size());
    return octets;
  }

private:
  std::string_view left_;
};

http2::limits small_limits() {
  http2::limits bounds;
  bounds.head_bytes = 600;
  bounds.field_count = 8;
  bounds.interim_responses = 2;
  bounds.continuation_frames = 4;
  bounds.control_frames = 50;
  bounds.tiny_data_frames = 100;
  bounds.window_updates = 50;
  bounds.connection_window = 65'535;
  return bounds;
}

class run {
public:
  explicit run(std::uint8_t options)
    : small_(options & 1), t_((options & 2) ? 1 : 0, small_ ? 300 : 65'535, small_ ? small_limits() : http2::limits{}) {
    t_.engine.trace(options & 4);
    open(); // a plain one, one uploading, one cancelled at once or later
    http::outgoing_body unknown{true, std::nullopt};
    if (!t_.open(next_, talk::request("POST"), unknown))
      opened_.push_back(next_);
    ++next_;
    open();
    if (options & 8)
      t_.sent();
    if (options & 16)
      t_.receive(settings({{3, 100}}) + settings_ack());
  }

  void step(input& in) {
    switch (in.byte() % 16) {
      case 0:
      case 1: give(std::string{in.bytes(in.byte())}); break; // bytes as they are
      case 2:
      case 3:
      case 4: { // a frame whose length is right
        const auto type = static_cast<std::uint8_t>(in.byte() % 11), flags = in.byte();
        const std::uint32_t id = in.byte() % 12;
        give(frame(type, flags, id, in.bytes(in.byte())));
        break;
      }
      case 5: give(t_.hpack.headers(in.byte() % 12, section(in), in.byte() & end_stream)); break;
      case 6: give(data(in.byte() % 12, std::string(in.number() % 17'000, 'x'), in.byte() & end_stream)); break;
      case 7: give(padded_data(in.byte() % 12, in.bytes(in.byte()), in.byte(), in.byte() & end_stream)); break;
      case 8: give(window_update(in.byte() % 12, in.number() << 16 | in.number())); break;
      case 9: give(settings({{in.byte() % 7, in.number() << 16 | in.number()}})); break;
      case 10: t_.engine.grant(in.byte() % 8, wire_bytes{in.number() << (in.byte() % 24)}); break;
      case 11: cancel(in.byte() % 8); break;
      case 12: upload(in); break;
      case 13: pass_time(in); break;
      case 14: open(); break;
      case 15: t_.sent(); break;
    }
    check();
  }

  void finish() {
    t_.sent();
    check();
    t_.engine.receive_end({});
    t_.sent();
    require(t_.engine.ended() && t_.engine.capacity() == 0 && t_.engine.deadline() == http::time_point::max());
    check();
    for (auto index : opened_) {
      const auto& exchange = t_[index];
      require(exchange.failures + exchange.closed == 1);
    }
  }

private:
  void give(const std::string& bytes) {
    given_ += bytes.size();
    t_.receive(bytes);
  }

  static lines section(input& in) {
    static const lines known{{":status", "200"}, {":status", "103"}, {":status", "204"}, {"content-length", "5"},
                             {"x", "y"},         {"Upper", "x"},     {"a b", "c"},       {"x", std::string(200, 'z')}};
    lines result;
    for (auto n = in.byte() % 12; n > 0; --n)
      result.push_back(known[in.byte() % known.size()]);
    return result;
  }

  void open() {
    if (next_ >= 8)
      return;
    const auto window = t_.window;
    if (next_ == 4)
      t_.window = window / 2;
    if (next_ == 5)
      t_.window = window * 2;
    if (!t_.open(next_))
      opened_.push_back(next_);
    ++next_;
    t_.window = window;
  }

  void cancel(std::uint32_t index) {
    if (std::find(opened_.begin(), opened_.end(), index) == opened_.end() || t_[index].over())
      return t_.engine.cancel(index);
    before_[index] = t_[index];
    t_.engine.cancel(index);
  }

  void upload(input& in) {
    const std::uint32_t index = in.byte() % 8;
    const auto what = in.byte();
    if (what & 1)
      return t_.engine.stop_upload(index);
    if (t_.engine.wants_upload(index))
      t_.upload(index, std::string(in.number() % 40'000, 'u'), what & 2,
                (what & 4) ? http::fields{{"x", "y"}} : http::fields{});
  }

  void pass_time(input& in) {
    t_.now += std::chrono::milliseconds{in.number()};
    if (t_.engine.deadline() <= t_.now) {
      t_.engine.on_time(t_.now);
      require(t_.engine.deadline() > t_.now); // or a caller would turn on the spot
    }
  }

  void check() {
    require(!t_.seen.out_of_order);
    for (auto& [index, earlier] : before_) {
      const auto& now = t_[index];
      require(now.heads == earlier.heads && now.body == earlier.body && now.ends == earlier.ends
              && now.interims.size() == earlier.interims.size() && now.failures == earlier.failures);
    }
    if (t_.engine.ended())
      require(t_.engine.capacity() == 0);
    require(t_.sent_bytes < (4u << 20) + 4 * given_);
  }

  bool small_;
  talk t_;
  std::uint32_t next_ = 0;
  std::vector<std::uint32_t> opened_;
  std::map<std::uint32_t, record> before_; // what was told of an exchange when it was cancelled
  std::size_t given_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* at, std::size_t size) {
  input in{at, size};
  run all{in.byte()};
  while (!in.empty())
    all.step(in);
  all.finish();
  return 0;
}
