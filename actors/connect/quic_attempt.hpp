// An attempt over QUIC: a UDP socket and the HTTP/3 engine that shakes hands over it.
// Lives on one loop; knows nothing of other attempts.
#pragma once

#include <sluice/actors/connect/attempt.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/io/quic_transport.hpp>

namespace sluice {

namespace quic {
class client_context;
}

class quic_attempt final : public attempt {
public:
  quic_attempt(exchange_ptr exchange, const quic::address& where, const quic::client_context& context,
               const quic::limits& limits, std::shared_ptr<const local_binding> from, loop& home, handler_binder bind);
  ~quic_attempt() override;

  /// With a ticket for early data it is ready at once, its handshake not over (decision 0010).
  outcome begin() override;
  void close() override;
  const char* doing() const override { return "in the QUIC handshake with"; }
  bool answered() const override { return link_ && link_->answered(); }

private:
  void drive();
  void end(outcome result);

  loop& home_;
  quic::address remote_;
  const quic::client_context& context_;
  quic::limits limits_;
  std::shared_ptr<const local_binding> from_;
  loop_timer timer_;
  std::shared_ptr<quic_transport> link_;
  bool read_wait_pending_ = false, answer_reported_ = false, closed_ = false;
};

} // namespace sluice
