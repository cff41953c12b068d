// A name server for tests, over UDP and TCP at a port of 127.0.0.1: it answers by script, or is silent by script.
// Lives on the loop that it is given; knows A and AAAA records only.
#pragma once

#include <asio.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice::tests {

class scripted_name_server {
public:
  enum class way : std::uint8_t { answer, silence, nxdomain, servfail, truncated, garbage };
  struct record {
    std::vector<std::string> addresses; ///< texts of IP addresses; none: the name exists and has no such record
    std::uint32_t time_to_live = 300;
    way how = way::answer;
  };
  struct name {
    record a, aaaa;
  };

  std::map<std::string, name> names;  ///< others do not exist
  std::vector<std::string> questions; ///< "a name.test", "aaaa name.test" in the order in which they came
  std::size_t over_tcp = 0;           ///< of them

  explicit scripted_name_server(asio::io_context& io) : udp_(io), tcp_(io) {
    while (!opened_at_one_port()) {
    }
    receive();
    accept();
  }
  scripted_name_server(const scripted_name_server&) = delete;
  scripted_name_server& operator=(const scripted_name_server&) = delete;

  /// As client_config::addressing.name_servers has it.
  std::string text() const { return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port()); }
  std::size_t asked(const std::string& question) const {
    return static_cast<std::size_t>(std::count(questions.begin(), questions.end(), question));
  }
  /// It hangs up and hears nothing from now on.
  void close() {
    udp_.close();
    close_tcp();
  }
  void close_tcp() { tcp_.close(); }
  /// Where the last question over UDP came from.
  asio::ip::address asked_from() const { return from_.address(); }

private:
  using bytes = std::vector<unsigned char>;

  /// False: the port that was free over UDP is taken over TCP.
  bool opened_at_one_port() {
    udp_ = {udp_.get_executor(), {asio::ip::address_v4::loopback(), 0}};
    const asio::ip::tcp::endpoint same{asio::ip::address_v4::loopback(), udp_.local_endpoint().port()};
    std::error_code code;
    tcp_ = asio::ip::tcp::acceptor{udp_.get_executor()};
    tcp_.open(same.protocol());
    tcp_.set_option(asio::socket_base::reuse_address{true});
    tcp_.bind(same, code);
    if (code == asio::error::address_in_use)
      return false;
    tcp_.listen();
    return true;
  }

  void receive() {
    udp_.async_receive_from(asio::buffer(space_), from_, [this](const std::error_code& code, std::size_t n) {
      if (code == asio::error::operation_aborted)
        return;
      if (!code) {
        const auto reply = reply_to({space_.begin(), space_.begin() + static_cast<std::ptrdiff_t>(n)}, false);
        std::error_code ignored;
        if (!reply.empty())
          udp_.send_to(asio::buffer(reply), from_, 0, ignored);
      }
      receive();
    });
  }

  void accept() {
    tcp_.async_accept([this](const std::error_code& code, asio::ip::tcp::socket socket) {
      if (code)
        return;
      serve(std::make_shared<asio::ip::tcp::socket>(std::move(socket)));
      accept();
    });
  }

  void serve(const std::shared_ptr<asio::ip::tcp::socket>& socket) {
    auto size = std::make_shared<std::array<unsigned char, 2>>();
    asio::async_read(*socket, asio::buffer(*size), [this, socket, size](const std::error_code& code, std::size_t) {
      if (code)
        return;
      auto query = std::make_shared<bytes>((*size)[0] << 8 | (*size)[1]);
      asio::async_read(
          *socket, asio::buffer(*query), [this, socket, query](const std::error_code& problem, std::size_t) {
            if (problem)
              return;
            ++over_tcp;
            auto reply = reply_to(*query, true);
            const auto length = reply.size();
            reply.insert(reply.begin(), {static_cast<unsigned char>(length >> 8), static_cast<unsigned char>(length)});
            std::error_code ignored;
            asio::write(*socket, asio::buffer(reply), ignored);
            serve(socket);
          });
    });
  }

  /// Empty: none.
  bytes reply_to(const bytes& query, bool tcp) {
    std::string host;
    std::size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      if (!host.empty())
        host += '.';
      host.append(reinterpret_cast<const char*>(&query[at + 1]), query[at]);
      at += query[at] + 1u;
    }
    const bool v6 = query.at(at + 2) == 28;
    const auto question_end = static_cast<std::ptrdiff_t>(at + 5);
    questions.push_back((v6 ? "aaaa " : "a ") + host);
    const auto known = names.find(host);
    auto entry = known == names.end() ? record{{}, 0, way::nxdomain} : v6 ? known->second.aaaa : known->second.a;
    if (entry.how == way::silence)
      return {};
    if (entry.how == way::garbage)
      return {query[0], query[1], 0x81, 0x80, 0, 1, 0, 9, 0xff, 0xff, 0xff};
    const bool cut = entry.how == way::truncated && !tcp;
    if (cut)
      entry.addresses.clear();
    const unsigned char failed = entry.how == way::nxdomain ? 3 : entry.how == way::servfail ? 2 : 0;
    const unsigned char first_flags = cut ? 0x83 : 0x81, second_flags = 0x80u | failed;
    bytes reply{query[0], query[1], first_flags, second_flags,
                0,        1,        0,           static_cast<unsigned char>(entry.addresses.size()),
                0,        0,        0,           0};
    reply.insert(reply.end(), query.begin() + 12, query.begin() + question_end);
    for (const auto& text : entry.addresses)
      append(reply, asio::ip::make_address(text), entry.time_to_live);
    return reply;
  }

  static void append(bytes& reply, const asio::ip::address& address, std::uint32_t time_to_live) {
    reply.insert(reply.end(), {0xc0, 12, 0, static_cast<unsigned char>(address.is_v6() ? 28 : 1), 0, 1});
    for (int shift = 24; shift >= 0; shift -= 8)
      reply.push_back(static_cast<unsigned char>(time_to_live >> shift));
    const auto add = [&reply](const auto& octets) {
      reply.push_back(0);
      reply.push_back(static_cast<unsigned char>(octets.size()));
      reply.insert(reply.end(), octets.begin(), octets.end());
    };
    if (address.is_v6())
      add(address.to_v6().to_bytes());
    else
      add(address.to_v4().to_bytes());
  }

  asio::ip::udp::socket udp_;
  asio::ip::tcp::acceptor tcp_;
  asio::ip::udp::endpoint from_;
  std::array<unsigned char, 1500> space_;
};

} // namespace sluice::tests
