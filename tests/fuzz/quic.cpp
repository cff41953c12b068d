// libFuzzer: whatever frames an origin seals with its keys after the handshake, what the engine tells is in order, each
// exchange ends once, an end says why, and what is sent in answer is bounded. Input: commands of a byte, a length and
// bytes: frames as they are, a stream's next bytes, datagrams of others, time, calls.
#include "../unit/http3_peer.hpp"
#include "../unit/quic_forger.hpp"

using namespace sluice;
using namespace sluice::http3::peer;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

struct contexts {
  std::shared_ptr<quic::client_context> trust = tls::must(quic::client_context::make(quic::wire::trusting_h3()));
  std::shared_ptr<quic::server_context> shown = tls::must(quic::server_context::make(quic::wire::showing_h3()));
};

class run {
public:
  explicit run(contexts& shared)
    : forger_(*shared.shown), acceptor_(shared.shown, server_, [this](quic::session& s) { server_.under = &s; }),
      engine_(seen_, {}, wire_bytes{65'536}, *shared.trust, "localhost", 443, quic::wire::client_path(), tight(),
              net_.now) {
    net_.client = end_of(engine_);
    net_.server = acceptor_.as_end();
    net_.tamper = [this](bool to_server, std::vector<std::byte>& bytes) { forger_.watch(to_server, bytes); };
    open();
    open();
    net_.run([&] { return forger_.ready() && server_.all.contains(4); });
    net_.run_for(100ms);
    net_.to_client.cut = net_.to_server.cut = true;
    require(forger_.ready() && !engine_.ended());
    sent_before_ = net_.sent_to_server;
  }

  void step(std::uint8_t what, std::string_view bytes) {
    switch (what & 7) {
      case 0:
      case 1: give(forger_.seal(bytes)); break;
      case 2:
      case 3: stream(what >> 3, bytes); break;
      case 4:
        give({std::as_bytes(std::span{bytes}).begin(), std::as_bytes(std::span{bytes}).end()});
        break; // not sealed
      case 5: wait(std::chrono::milliseconds{bytes.size() * bytes.size()}); break;
      case 6: call(what >> 3, bytes.size()); break;
      case 7:
        for (int i = 0; i < 50; ++i) // a flood
          give(forger_.seal(bytes));
        break;
    }
    wait(0ms);
    require(!seen_.out_of_order);
    require(net_.sent_to_server - sent_before_ <= 100 + 4 * given_ + waited_ms_ / 50);
  }

  void finish() {
    const bool ended = engine_.ended();
    engine_.receive_end({errc::connection_closed, caused_by::transport, "the end"});
    require(engine_.ended() && engine_.capacity() == 0 && !seen_.out_of_order);
    for (const auto& [index, exchange] : seen_.all) {
      require(exchange.failures + exchange.closed == 1 && exchange.ends + exchange.failures <= 1);
      require(!exchange.failures || !exchange.why.detail.empty());
    }
    require(!ended || !engine_.connection().problem() || !engine_.connection().problem().detail.empty());
  }

private:
  static quic::limits tight() {
    quic::limits bounds;
    bounds.connection_window = 200'000;
    bounds.idle_datagrams = 200;
    return bounds;
  }
  void open() { (void)engine_.open(next_++, talk_with<quic::wire::notes>::request(), {}, wire_bytes{65'536}); }
  void give(const std::vector<std::byte>& datagram) {
    ++given_;
    engine_.receive_datagram(quic::wire::client_path(), quic::ecn::not_capable, datagram, net_.now);
  }
  /// The next bytes of a request's stream or of one of the origin's own.
  void stream(unsigned which, std::string_view bytes) {
    const std::uint64_t id = which & 8 ? 3 + 4 * (which & 7) : 4 * (which & 7);
    using quic::wire::varint;
    give(forger_.seal(varint(0x0e | (which >> 4 & 1)) + varint(id) + varint(offset_[id]) + varint(bytes.size())
                      + std::string{bytes}));
    offset_[id] += bytes.size();
  }
  void wait(std::chrono::milliseconds duration) {
    waited_ms_ += static_cast<std::size_t>(duration.count());
    net_.run_for(duration);
  }
  void call(unsigned which, std::size_t n) {
    const std::uint32_t index = which & 7;
    if (which & 8)
      return engine_.grant(index, wire_bytes{n * 300});
    if (which & 16)
      return engine_.cancel(index);
    if (n == 1)
      (void)engine_.connection().update_keys(net_.now);
    else if (n == 2)
      (void)engine_.connection().migrate(quic::wire::v4(77, 50'000), true, net_.now);
    else if (next_ < 8 && !engine_.ended())
      open();
  }

  notes seen_;
  quic::wire::notes server_;
  quic::wire::network net_;
  quic::wire::forger forger_;
  quic::wire::acceptor acceptor_;
  http3::engine engine_;
  std::map<std::uint64_t, std::uint64_t> offset_;
  std::uint32_t next_ = 0;
  std::size_t given_ = 0, sent_before_ = 0, waited_ms_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static contexts shared;
  run all{shared};
  for (int steps = 0; size >= 2 && steps < 64; ++steps) {
    const std::size_t n = std::min<std::size_t>(data[1], size - 2);
    const std::string exact(reinterpret_cast<const char*>(data) + 2, n); // so that reading past it is seen
    all.step(data[0], exact);
    data += 2 + n;
    size -= 2 + n;
  }
  all.finish();
  return 0;
}
