// Environment variables that name a proxy, which curl uses and sluice does not. Knows their names; not their values,
// in which there may be a password.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sluice::command {

/// The names of those that curl would use for one of these URLs, each once. `is_set`: whether the environment has a
/// variable of that name, and it is not empty.
std::vector<std::string> ignored_proxy_variables(const std::vector<std::string>& urls,
                                                 const std::function<bool(const char* name)>& is_set);

} // namespace sluice::command
