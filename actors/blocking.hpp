// The blocking facade: HTTP for code that is no actor and has no actor system.
// The only part of sluice whose calls block; never use it inside an actor. A call waits until there is an answer, a
// deadline of the request has passed, or whoever was asked has ended: errc::cancelled, or errc::internal where it ended
// by a fault of ours.
#pragma once

#include <sluice/actors/runtime.hpp>

namespace sluice::blocking {

/// A response whose body is read by the calling thread. One thread at a time; must not outlive its client.
class response {
public:
  http::response_head head;

  /// The next piece, at most `most` bytes (1 to largest_read, messages/bounds.hpp); empty at the true end of the body.
  /// What the read before it gave counts as consumed: only a further read lets the origin send more.
  result_or_failure<chunk> read(decoded_bytes most = decoded_bytes{64u << 10});
  /// All of the body. errc::limit_exceeded if it is larger than `limit`.
  result_or_failure<std::string> text(std::size_t limit = 64u << 20);
  /// No more is wanted. The destructor does the same.
  void cancel();
  result_or_failure<flow_stats> stats();
  result_or_failure<http::fields> trailers();

  struct owner;
  explicit response(http::response_head x, std::unique_ptr<owner> y);
  response(response&&) noexcept;
  response& operator=(response&&) noexcept;
  ~response();

private:
  std::unique_ptr<owner> owner_;
};

/// A client with an actor system and an event loop of its own. Calls may come from any thread.
class client {
public:
  /// Throws nothing: a bad configuration is the failure of every call.
  explicit client(const client_config& config = {});
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  result_or_failure<response> send(request x);
  result_or_failure<response> get(std::string url);
  result_or_failure<client_stats> stats();

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace sluice::blocking
