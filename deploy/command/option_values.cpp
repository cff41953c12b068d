#include "option_values.hpp"

#include "size.hpp"

#include <sluice/protocols/failure.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::command {

namespace {

std::string is_not(std::string_view given, const std::string& what, std::string_view example) {
  return "'" + printable(given) + "' is not " + what + "; write for example " + std::string{example};
}

/// " from 4096 to 65536"; of a number without an upper bound nothing is told.
std::string range_text(std::int64_t least, std::int64_t most) {
  return most == unbounded ? "" : " from " + std::to_string(least) + " to " + std::to_string(most);
}

/// As value_type_of() reads it.
std::string described(const char* name, std::int64_t least, std::int64_t most) {
  return name + (most == unbounded ? "" : " in [" + std::to_string(least) + " - " + std::to_string(most) + "]");
}

} // namespace

CLI::Validator seconds() {
  return {[](std::string& text) {
            double value = -1;
            const bool number = CLI::detail::lexical_cast(text, value);
            return number && std::isfinite(value) && value >= 0 && value <= 1e9
                       ? std::string{}
                       : is_not(text, "a number of seconds from 0 to 1000000000", "30 or 0.5");
          },
          "SECONDS"};
}

CLI::Validator size_in_bytes(std::int64_t least, std::int64_t most) {
  return {[least, most](std::string& text) {
            const auto bytes = parse_size(text);
            if (!bytes || *bytes < static_cast<std::uint64_t>(least) || *bytes > static_cast<std::uint64_t>(most))
              return is_not(text, "a number of bytes" + range_text(least, most), "67108864 or 64M");
            text = std::to_string(*bytes);
            return std::string{};
          },
          described("BYTES", least, most)};
}

CLI::Validator whole_number(std::int64_t least, std::int64_t most, const char* example) {
  return {[least, most, example](std::string& text) {
            std::int64_t value = 0;
            const auto* const end = text.data() + text.size();
            const auto [stop, problem] = std::from_chars(text.data(), end, value);
            if (problem != std::errc{} || stop != end || value < least || value > most)
              return is_not(text, "a whole number" + range_text(least, most), example);
            text = std::to_string(value);
            return std::string{};
          },
          described("N", least, most)};
}

} // namespace sluice::command
