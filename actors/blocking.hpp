// The blocking interface: HTTP for code that is no actor and has no actor system. Do not use it inside an actor.
// A call returns when there is an answer, when a deadline of the request has passed, or when the actor that was asked
// has ended (errc::cancelled after a shutdown, errc::internal after a fault of ours).
#pragma once

#include <sluice/actors/runtime.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::blocking {

/// A response whose body is read by the calling thread. It owns the body: its destructor cancels what was not read. One
/// thread at a time. It must not outlive its client.
class response {
public:
  http::response_head head;
  std::string url;                ///< as sluice::response's: where the last redirect led, with its fragment
  std::vector<redirect_hop> hops; ///< the redirects that were followed before

  /// The next piece of the body, at most `most` bytes (1 to largest_read, messages/bounds.hpp), or an empty chunk at
  /// the end of the body. The piece of the read before then counts as consumed, which lets the origin send more. The
  /// bytes stay valid as long as the chunk is kept. Errors: as a body_reader's; errc::invalid_request for `most`;
  /// errc::cancelled after a move.
  result_or_failure<chunk> read(decoded_bytes most = decoded_bytes{64u << 10});
  /// The rest of the body. errc::limit_exceeded, and the body is cancelled, if that is more than `limit` bytes.
  result_or_failure<std::string> text(std::size_t limit = 64u << 20);
  /// No more of the body is wanted. Does not wait.
  void cancel();
  /// Figures of this exchange.
  result_or_failure<flow_stats> stats();
  /// The trailer section (RFC 9110 section 6.5); empty before the end of the body.
  result_or_failure<http::fields> trailers();

  struct owner;
  explicit response(http::response_head received_head, std::unique_ptr<owner> body_owner);
  response(response&&) noexcept;
  response& operator=(response&&) noexcept;
  ~response();

private:
  std::unique_ptr<owner> owner_;
};

/// A client with its own actor system and event loop. Several threads may call it at the same time. Its destructor ends
/// all exchanges and waits for that.
class client {
public:
  /// A configuration that is refused is the failure of every call. Throws only where the process has no threads or file
  /// descriptors left for an event loop.
  explicit client(const client_config& config = {});
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Waits for the head of the final response.
  result_or_failure<response> send(request outgoing);
  /// send() of a GET request without deadlines but `connect`.
  result_or_failure<response> get(std::string url);
  result_or_failure<client_stats> stats();

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace sluice::blocking
