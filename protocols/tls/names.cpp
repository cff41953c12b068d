#include <sluice/protocols/tls/names.hpp>

#include <sluice/protocols/http/message.hpp>

namespace sluice::tls {

bool name_matches(std::string_view pattern, std::string_view host) noexcept {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  if (host.empty() || pattern.empty())
    return false;
  if (!pattern.starts_with("*."))
    return http::equals_ignoring_case(pattern, host);
  // The wildcard stands for exactly the first label. At least two labels must follow it: "*.org" matches nothing.
  const auto dot = host.find('.');
  const auto rest = pattern.substr(1);
  return dot != std::string_view::npos && dot > 0 && rest.find('.', 1) != std::string_view::npos
         && http::equals_ignoring_case(rest, host.substr(dot));
}

} // namespace sluice::tls
