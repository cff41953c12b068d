// Fuzzes a TLS client session: garbage instead of a server, and a real server in memory whose bytes are tampered with.
// Input: a mode byte, then (distance, mask) pairs that flip bits in the server's stream; after 0xff 0xff, raw bytes.
#include <sluice/protocols/tls/certificate.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice::tls;

namespace {

void check(bool holds) {
  if (!holds)
    std::abort();
}

template <class T>
T must(sluice::result_or_failure<T> result) {
  check(static_cast<bool>(result));
  return std::move(*result);
}

struct world {
  std::shared_ptr<client_context> clients[2];
  std::shared_ptr<server_context> server;
  world() {
    auto certificate = must(make_self_signed({"localhost"}));
    client_config c;
    c.ca_pem = certificate.certificate_pem;
    clients[1] = must(client_context::make(c));
    c.maximum = version::tls1_2;
    clients[0] = must(client_context::make(c));
    server_config s;
    s.certificate_pem = certificate.certificate_pem;
    s.key_pem = certificate.key_pem;
    server = must(server_context::make(s));
  }
};

// Flips the bits that the input asks for, as the stream goes by.
class tamperer {
public:
  explicit tamperer(std::span<const std::uint8_t>& input) : input_(input) { next(); }
  void pass(std::vector<std::byte>& bytes) {
    for (std::size_t at = 0; active_ && bytes.size() - at > distance_;) {
      at += distance_;
      bytes[at] ^= std::byte{mask_};
      next();
      if (active_ && distance_ == 0)
        distance_ = 1;
    }
    if (active_)
      distance_ -= std::min(distance_, bytes.size());
  }

private:
  void next() {
    active_ = input_.size() >= 2 && !(input_[0] == 0xff && input_[1] == 0xff);
    if (active_)
      distance_ = std::size_t{input_[0]} * 8, mask_ = input_[1];
    input_ = input_.subspan(std::min<std::size_t>(2, input_.size()));
  }
  std::span<const std::uint8_t>& input_;
  std::size_t distance_ = 0;
  std::uint8_t mask_ = 0;
  bool active_ = false;
};

// What a client that only receives must keep, whatever comes.
class reader {
public:
  explicit reader(session& client) : client_(client) {}
  void feed(std::span<const std::byte> bytes, std::size_t piece) {
    for (std::size_t at = 0; at < bytes.size();) {
      std::vector<std::byte> hop(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                 bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), at + piece)));
      at += hop.size();
      client_.receive(hop);
      take();
      client_.release_input();
    }
  }
  void take() {
    std::byte to[700];
    for (;;) {
      auto r = client_.read(to);
      check(r.bytes <= sizeof to);
      got_.append(reinterpret_cast<const char*>(to), r.bytes);
      check((r.state == state::failed) == static_cast<bool>(client_.error()));
      if (r.state == state::failed || r.state == state::closed)
        check(!client_.has_input());
      if (r.state != state::ok)
        return;
      check(r.bytes == sizeof to);
    }
  }
  const std::string& got() const { return got_; }

private:
  session& client_;
  std::string got_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static world w;
  if (size < 1 || size > 4096)
    return 0;
  auto mode = data[0];
  std::span<const std::uint8_t> input(data + 1, size - 1);
  const std::size_t piece = (mode & 4) ? 97 : 8192;
  auto client = w.clients[mode & 1]->connect("localhost", static_cast<std::uint16_t>(mode));
  reader r(*client);
  client->handshake();

  std::string sent;
  if (mode & 2) {
    auto server = w.server->accept();
    tamperer t(input);
    for (int i = 0; i < 8; ++i) {
      std::vector<std::byte> out(client->output().begin(), client->output().end());
      client->drain(out.size());
      server->receive(out);
      server->handshake();
      server->release_input();
      if (server->established() && i < 6) {
        std::string some(std::size_t{1} + 300u * static_cast<unsigned>(i), static_cast<char>('a' + i));
        sent += some;
        server->write(std::as_bytes(std::span(some)));
        if (i == 5 && (mode & 8))
          server->close();
      }
      std::vector<std::byte> in(server->output().begin(), server->output().end());
      server->drain(in.size());
      t.pass(in);
      r.feed(in, piece);
    }
  }
  // Nothing that the server did not write, nothing out of order, whatever was flipped.
  check(std::string_view(sent).substr(0, r.got().size()) == r.got());
  auto before = r.got().size();
  r.feed(std::as_bytes(input), piece);
  check(r.got().size() == before);
  client->write(std::as_bytes(std::span("x", 1)));
  client->receive_end();
  r.take();
  client->close();
  client->info();
  return 0;
}
