#include <sluice/actors/runtime.hpp>

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/client/client.hpp>
#include <sluice/actors/client/file_writer.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <algorithm>

namespace sluice {

struct runtime::implementation {
  caf::actor_system& system;
  std::vector<std::unique_ptr<loop>> loops;
  std::shared_ptr<file_writer> files = std::make_shared<file_writer>();
};

runtime::runtime(caf::actor_system& system, runtime_config config) : implementation_(new implementation{system, {}}) {
  for (std::size_t i = 0; i < std::clamp<std::size_t>(config.loops, 1, 64); ++i)
    implementation_->loops.push_back(std::make_unique<loop>(system));
  for (auto& event_loop : implementation_->loops)
    event_loop->start();
}

runtime::~runtime() {
  for (auto& event_loop : implementation_->loops)
    event_loop->stop();
  // `files`, destroyed next, writes what clients learnt last. Nothing calls it any more.
}

result_or_failure<client> runtime::spawn_client(const client_config& config) {
  if (auto problem = check(config))
    return problem;
  auto shared = std::make_shared<client_shared>(config);
  auto& alpn = shared->config.tls.alpn;
  switch (config.protocol) {
    case http_choice::automatic:
    case http_choice::http3: alpn = {"h2", "http/1.1"}; break;
    case http_choice::http1: alpn = {"http/1.1"}; break;
    default: alpn = {"h2"}; break;
  }
  auto tls = tls::client_context::make(shared->config.tls);
  if (!tls)
    return tls.error();
  shared->tls = *std::move(tls);
  if (!config.alternative_services_file.empty())
    implementation_->files->flush(file_writer::patience); // what another client has learnt for the same file
  auto alternatives = alternatives_book::open(config.alternative_services_file, implementation_->files);
  if (!alternatives)
    return alternatives.error();
  shared->alternatives = *std::move(alternatives);
  // Trust and certificates for QUIC are read here, not on a loop by the first connection. Where TCP will do, a failure
  // shows there.
  if (may_use_http3(config.protocol))
    if (auto quic = shared->quic(); !quic && config.protocol == http_choice::http3_only)
      return quic.error();
  for (auto& event_loop : implementation_->loops)
    shared->loops.push_back(event_loop.get());
  return spawn_client_actor(home(), std::move(shared));
}

std::size_t runtime::live_actors() const {
  std::size_t n = 0;
  for (const auto& event_loop : implementation_->loops)
    n += event_loop->residents();
  return n;
}

std::size_t runtime::blocks_in_use() const {
  std::size_t n = 0;
  for (const auto& event_loop : implementation_->loops)
    n += event_loop->blocks()->in_use();
  return n;
}

caf::actor_system& runtime::system() noexcept { return implementation_->system; }
loop& runtime::home(std::size_t i) { return *implementation_->loops[i % implementation_->loops.size()]; }

} // namespace sluice
