// libFuzzer: whatever a configuration file holds, its options reach the parser in order, or an error names a line; the
// work is bounded where files name files, and no value is in an error.
#include "../../deploy/command/config_file.hpp"
#include "../../deploy/command/arguments.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

const command::option_table table{{{{"output"}, "o", true, false},
                                   {{"config"}, "K", true, false},
                                   {{"silent"}, "s", false, false},
                                   {{"disable"}, "q", false, false},
                                   {{"stats"}, "", false, true}}};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto lines = command::parse_config(text, "'file'");
  if (lines)
    for (const auto& line : *lines)
      require(line.line >= 1 && line.option.front() == '-');
  else
    require(lines.error().code == errc::invalid_configuration && lines.error().detail.starts_with("'file', line ")
            && lines.error().detail.size() < 200);

  std::size_t files = 0;
  const auto words =
      command::expand_arguments({"-K", "file"}, table, {}, [&](const std::string&) -> result_or_failure<std::string> {
        if (++files > 100) // each file may name many
          return failure{errc::invalid_configuration, caused_by::local, "too many files"};
        return std::string{text};
      });
  if (words)
    require(words->size() <= command::word_limit
            && std::none_of(words->begin(), words->end(), [](const auto& each) { return each.place.empty(); }));
  else
    require(!words.error().detail.empty() && words.error().detail.size() < 800);
  return 0;
}
