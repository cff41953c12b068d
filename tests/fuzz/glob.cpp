// libFuzzer: whatever a URL holds, globbing makes a bounded number of URLs of it, each the same when it is asked for
// again, or an error that repeats nothing of it.
#include "../../deploy/command/glob.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void check(const command::glob& pattern, std::size_t pattern_bytes) {
  require(pattern.size() >= 1 && pattern.size() <= command::glob::urls_max);
  for (const auto index : {std::uint64_t{0}, pattern.size() / 2, pattern.size() - 1}) {
    const auto made = pattern.at(index);
    require(made.values.size() <= command::glob::patterns_max);
    require(made.url.size() <= pattern_bytes + 20 * command::glob::patterns_max);
    for (const auto& value : made.values)
      require(made.url.find(value) != std::string::npos);
    const auto name = command::with_glob_values("#1-#2#", made.values);
    require(name.ends_with('#'));
    require(pattern.at(index).url == made.url);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto parsed = command::glob::parse(text))
    check(*parsed, size);
  else
    require(parsed.error().code == errc::invalid_url && parsed.error().detail.size() < 300);
  require(command::glob::literal(std::string{text}).at(0).url == text);
  return 0;
}
