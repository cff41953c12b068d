// Questions to name servers: a channel of c-ares whose sockets and timer are those of an event loop.
// Lives on one loop; knows neither hosts files nor which answers belong together. The only place that knows c-ares.
#pragma once

#include <sluice/actors/io/clock.hpp>
#include <sluice/actors/io/local_binding.hpp>
#include <sluice/protocols/dns/ip_address.hpp>
#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/guard.hpp>

#include <asio.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct ares_channeldata;

namespace sluice {

/// Its end cancels its questions and leaves no socket and no wait on the loop. c-ares sends a question again, asks the
/// next name server when one does not answer within a second, and repeats a truncated answer over TCP.
class dns_channel : public std::enable_shared_from_this<dns_channel> {
public:
  struct answer {
    std::vector<dns::ip_address> addresses;
    std::chrono::seconds time_to_live{0};
    failure problem;      ///< its detail goes on after "the name … could not be resolved: "
    bool certain = false; ///< with `problem`: a name server said that there are none
    bool exists = false;  ///< with `certain`: but there is the name
  };
  using receiver = std::function<void(answer)>;

  /// `servers`: "192.0.2.1:53,[2001:db8::1]:53"; empty: those of /etc/resolv.conf, which is read now. Its sockets are
  /// bound to `from`: to an interface, or to an address where that is of the name server's family. If one of the name
  /// servers is at a loopback address, only to loopback addresses: others do not lead there. `after_turn` is called on
  /// the loop after each turn of c-ares, when all that came of it is known.
  static result_or_failure<std::shared_ptr<dns_channel>> make(asio::io_context& io, const std::string& servers,
                                                              local_binding from, std::function<void()> after_turn);
  ~dns_channel();
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;

  /// Asks for the AAAA or A records of `host`. `on_answer` is called once, perhaps within this call, and never after
  /// close(). It must only take the answer down: within it, neither ask() nor close() may be called.
  void ask(const std::string& host, bool v6, receiver on_answer);
  /// Not from within `on_answer`.
  void close();
  /// Memory ran out in a callback of c-ares, or a socket cannot be waited for: questions may stay without an answer.
  failure problem() const;

private:
  struct watched_socket;
  struct question;
  struct callbacks; // what c-ares calls

  dns_channel(asio::io_context& io, local_binding from, std::function<void()> after_turn);
  bool asks_this_machine() const;
  bool bind(int descriptor);
  failure explained(failure why) const;
  void watch(int descriptor, bool read, bool write);
  void wait(const std::shared_ptr<watched_socket>& socket);
  void process(int readable, int writable);
  void turn_over();
  void arm_timer();

  asio::io_context& io_;
  local_binding from_;
  std::function<void()> after_turn_;
  loop_timer timer_;
  guard caught_;
  failure binding_problem_;                              // of a socket
  bool asked_over_udp_ = false, again_over_tcp_ = false; // again: an answer was truncated
  ares_channeldata* channel_ = nullptr;
  std::map<int, std::shared_ptr<watched_socket>> sockets_;
  std::vector<std::unique_ptr<question>> questions_;
};

} // namespace sluice
