// Attempts at the addresses of one name, side by side: the first that is ready is taken, the others are closed.
// Lives on one loop, in the actor that owns it; when to try which is decided by dns::race.
#pragma once

#include <sluice/actors/connect/attempt.hpp>
#include <sluice/actors/io/clock.hpp>
#include <sluice/protocols/dns/race.hpp>

#include <asio.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class address_race {
public:
  using maker = std::function<std::shared_ptr<attempt>(const asio::ip::address&)>;
  struct handlers {
    std::function<void(transport_ptr)> won;
    std::function<void(failure)> lost; ///< names each address and what came of it
  };

  /// `whom` and `how` are for texts: "host:443", "could be connected to".
  address_race(asio::io_context& io, handler_binder bind, std::string whom, std::string how);
  ~address_race();
  address_race(const address_race&) = delete;
  address_race& operator=(const address_race&) = delete;

  /// Once. Afterwards, or already within this call, exactly one of `then` is called, unless stop() comes first. `more`:
  /// set_addresses() follows, and the race is not lost before.
  void start(const dns::race_limits& limits, std::vector<asio::ip::address> addresses, bool more, maker make,
             handlers then);
  bool started() const noexcept { return started_; }
  /// All addresses, in the order in which those that were not tried yet are to be tried. Also if it was not started, or
  /// is over; then nothing happens.
  void set_addresses(const std::vector<asio::ip::address>& all, bool more);
  /// Closes all attempts.
  void stop();

  /// A peer that is still being tried has answered.
  bool answered() const;
  /// "it was still connecting to 10.0.0.1 port 80; failed: 10.0.0.2 port 80 (Connection refused)"
  std::string report() const;

private:
  struct entrant {
    std::size_t index; // in addresses_
    std::shared_ptr<attempt> running;
  };
  void drive();
  bool begin(std::size_t index);
  void arm();
  void end(std::size_t index, attempt::outcome outcome);
  void settle(const attempt& failed_attempt, failure why);
  std::shared_ptr<attempt> take(std::size_t index);
  bool finish_if_lost();
  failure verdict() const;

  loop_timer timer_;
  handler_binder bind_;
  std::string whom_, how_;
  dns::race_limits limits_;
  dns::race race_;
  std::vector<asio::ip::address> addresses_;
  maker make_;
  handlers then_;
  std::vector<entrant> under_way_;
  std::string tried_; // addresses that failed, each with its reason
  std::size_t failures_ = 0;
  failure worst_; // of them
  bool started_ = false, over_ = false;
  bool more_ = false; // addresses are still being looked up
};

} // namespace sluice
