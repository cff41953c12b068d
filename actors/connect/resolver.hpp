// Addresses of names, asked for and answered on one event loop. The lookups themselves run elsewhere (lookups.hpp).
// Knows no HTTP.
#pragma once

#include <sluice/actors/connect/lookups.hpp>

#include <asio.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// Lives on the loop of `io`, one for each actor. Its end, or cancel(), forgets all questions; then no callback is
/// called, and nothing is left on the loop. It never waits for a lookup, and a lookup may outlive it and the loop.
class resolver {
public:
  using callback = std::function<void(const lookup_answer&)>;

  /// Without `through`: the lookups of the process.
  explicit resolver(asio::io_context& io, std::shared_ptr<lookups> through = nullptr);
  ~resolver();
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Calls `on_answer` on the loop, once and never from within this call: with addresses, one at least, or with a
  /// failure whose detail goes on after "the name … could not be resolved: ". Literal addresses are their own answer.
  /// `limit` bounds the wait, for a thread and for the answer. An actor gives `self->bind(…)`.
  void resolve(const std::string& host, std::chrono::milliseconds limit, callback on_answer);
  void cancel();

private:
  struct core;
  std::shared_ptr<core> core_;
};

} // namespace sluice
