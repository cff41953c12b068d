// Addresses of names, in the order in which they are to be tried, asked for and answered on one event loop: from the
// entries of the user, the hosts file, the client's memory, or name servers. Knows no HTTP.
#pragma once

#include <sluice/actors/connect/address_book.hpp>

#include <asio.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

struct lookup_answer {
  std::vector<asio::ip::address> addresses; ///< best first (RFC 6724), the families in turn
  failure problem;                          ///< there are none
  bool more = false; ///< the other family is still being looked up: another answer follows, with these addresses too
};

/// Lives on the loop of `io`, one for each actor. Its end, or cancel(), forgets all questions; then no callback is
/// called, and nothing is left on the loop. Questions for one name share a lookup, if they are asked on the same loop
/// for the same client.
class resolver {
public:
  using callback = std::function<void(const lookup_answer&)>;

  resolver(asio::io_context& io, std::shared_ptr<address_book> book);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Calls `on_answer` on the loop, never from within this call, with addresses, one at least, until there are no more,
  /// or once with a failure whose detail goes on after "the name … could not be resolved: ". Literal addresses are
  /// their own answer. `limit` bounds the whole wait. An actor gives `self->bind(…)`.
  void resolve(const std::string& host, std::uint16_t port, std::chrono::milliseconds limit, callback on_answer);
  void cancel();

private:
  struct core;
  std::shared_ptr<core> core_;
};

} // namespace sluice
