#include <sluice/actors/connection/engines.hpp>

#include <sluice/protocols/http1/engine.hpp>
#include <sluice/protocols/http2/engine.hpp>

#include <utility>

namespace sluice {

result_or_failure<std::unique_ptr<http::engine>> make_engine(transport& link, const client_config& config,
                                                             http::engine_events& events) {
  using made = std::unique_ptr<http::engine>;
  if (auto own = link.take_engine(events))
    return own;
  const auto security = link.security();
  if ((security && security->alpn == "h2") || config.protocol == http_choice::http2_prior_knowledge)
    return made{std::make_unique<http2::engine>(events, config.http2, config.first_window)};
  if (config.protocol == http_choice::http2 && security)
    return failure{errc::unsupported_protocol, caused_by::remote,
                   "the origin did not agree on HTTP/2 (ALPN h2); allow HTTP/1.1"};
  if (config.protocol == http_choice::http2)
    return failure{errc::invalid_request, caused_by::local,
                   "HTTP/2 is agreed on by ALPN, which is for https URLs; use one, or prior knowledge"};
  return made{std::make_unique<http1::engine>(events, config.http1, config.drain_bytes)};
}

} // namespace sluice
