// One lookup of a name at name servers: IPv6 and IPv4 addresses are asked for at the same time, and neither waits long
// for the other (RFC 8305 section 3). Lives on one loop; knows no hosts file and no order of addresses.
#pragma once

#include <sluice/actors/connect/address_book.hpp>
#include <sluice/actors/connect/dns_channel.hpp>

#include <asio.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// Shared by all who ask for the same name on one loop. It ends with the last of them, and leaves nothing on the loop
/// then.
class name_lookup : public std::enable_shared_from_this<name_lookup> {
public:
  struct result {
    std::vector<dns::ip_address> addresses; ///< IPv6 first, each family as the name server sent it
    failure problem;                        ///< there are none
    bool more = false; ///< the other family has not answered yet: another result follows, with these addresses too
  };
  using listener = std::function<void(const result&)>;

  /// One that is under way for that name, or a new one. What it finds is remembered in the book.
  static result_or_failure<std::shared_ptr<name_lookup>>
  of(asio::io_context& io, const std::shared_ptr<address_book>& book, const std::string& host);
  ~name_lookup();
  name_lookup(const name_lookup&) = delete;
  name_lookup& operator=(const name_lookup&) = delete;

  /// `on_result` is called on the loop, never from within this call, until it was called without `more`, or forgotten.
  std::uint64_t listen(listener on_result);
  void forget(std::uint64_t number) { listeners_.erase(number); }

private:
  class under_way;
  struct half {
    bool asked = false, answered = false;
    dns_channel::answer got;
    bool pending() const { return asked && !answered; }
    bool has_addresses() const { return answered && !got.addresses.empty(); }
    bool settled() const { return !asked || has_addresses() || got.certain; }
  };

  name_lookup(asio::io_context& io, std::shared_ptr<address_book> book, std::string host);
  failure begin();
  void ask(half& which, bool v6);
  void advance() noexcept;
  void look();
  void finish();
  void report();
  result so_far() const;
  failure why_none() const;

  asio::io_context& io_;
  const std::shared_ptr<address_book> book_;
  const std::string host_;
  std::shared_ptr<dns_channel> channel_;
  half v6_, v4_;
  loop_timer resolution_delay_;
  bool delayed_ = false;    // the wait for IPv6 addresses has begun
  bool delay_over_ = false; // and has ended
  bool reported_ = false;   // addresses of one family
  bool finished_ = false;
  std::map<std::uint64_t, listener> listeners_;
  std::uint64_t next_number_ = 1;
};

} // namespace sluice
