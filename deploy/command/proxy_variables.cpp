#include "proxy_variables.hpp"

#include <sluice/protocols/http/message.hpp>

#include <algorithm>

namespace sluice::command {

std::vector<std::string> ignored_proxy_variables(const std::vector<std::string>& urls,
                                                 const std::function<bool(const char* name)>& is_set) {
  std::vector<std::string> result;
  for (const auto& url : urls) {
    const bool secure = http::equals_ignoring_case(url.substr(0, url.find(':')), "https");
    // The order of curl. HTTP_PROXY does not count: in a CGI program it is the field Proxy of a request.
    const auto names = secure ? std::vector{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
                              : std::vector{"http_proxy", "all_proxy", "ALL_PROXY"};
    const auto found = std::find_if(names.begin(), names.end(), is_set);
    if (found != names.end() && std::find(result.begin(), result.end(), *found) == result.end())
      result.emplace_back(*found);
  }
  return result;
}

} // namespace sluice::command
