// One attempt to open a transport to one address: an interface, its owner runs several side by side.
// Lives on one loop; knows neither names nor what else is tried.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/transport.hpp>

#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace sluice {

/// Makes a completion handler run as a message of the actor that owns the attempts, or not at all once that has ended.
using handler = std::function<void(const std::error_code&)>;
using handler_binder = std::function<handler(handler)>;

class attempt : public std::enable_shared_from_this<attempt> {
public:
  /// With neither it goes on, and `on_end` will be called.
  struct outcome {
    transport_ptr ready;
    failure problem;
  };

  attempt(exchange_ptr exchange, std::string address_text, handler_binder bind)
    : exchange_(std::move(exchange)), address_text_(std::move(address_text)), bind_(std::move(bind)) {}
  virtual ~attempt() = default;
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  /// Once.
  virtual outcome begin() = 0;
  /// Closes its socket and ends its waits; neither callback is called any more.
  virtual void close() = 0;
  /// "connecting", "in the TLS handshake"
  virtual const char* doing() const = 0;
  /// The peer has answered at all.
  virtual bool answered() const = 0;
  const std::string& address_text() const noexcept { return address_text_; }

  std::function<void()> on_progress; ///< the peer answered: at most twice
  std::function<void(outcome)> on_end;

protected:
  exchange_ptr exchange_;
  std::string address_text_;
  handler_binder bind_;
};

} // namespace sluice
