// libFuzzer: whatever a .netrc file holds, an error names its line and repeats nothing, and what is found was in it.
#include "../../deploy/command/netrc.hpp"

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto entries = command::parse_netrc(text, "'file'");
  if (!entries) {
    require(entries.error().code == errc::invalid_configuration);
    require(entries.error().detail.starts_with("'file', line ") && entries.error().detail.size() < 200);
    return 0;
  }
  const auto size_of = [&](const std::optional<std::string>& value) { return value.value_or("").size(); };
  std::size_t all = 0;
  for (const auto& entry : *entries)
    all += entry.machine.size() + size_of(entry.login) + size_of(entry.password);
  require(all <= size);
  for (const auto& entry : *entries)
    require(command::find_netrc_entry(*entries, entry.machine.empty() ? "any" : entry.machine, {}) != nullptr);
  return 0;
}
