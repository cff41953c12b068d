// Alternative services (RFC 7838): what origins say of where else HTTP/3 is to be had, remembered.
// Values and arithmetic; knows no socket and no file. Times are those of the system clock, as they outlive the process.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

using wall_time = std::chrono::system_clock::time_point;

struct alternative {
  std::string host; ///< empty: the origin's own
  std::uint16_t port = 443;
  std::chrono::seconds max_age{86'400};
  bool persist = false; ///< also on another network
};

/// One Alt-Svc field.
struct alternatives {
  bool clear = false;             ///< what was told before is void
  std::vector<alternative> http3; ///< in the origin's order; protocols other than "h3" are left out
};

/// Takes a field value apart (RFC 7838 section 3). Nothing: it is malformed, and to be ignored as a whole.
std::optional<alternatives> parse_alt_svc(std::string_view value);

/// What origins told, by "https://host:port" keys, and which of it does not work. One thread at a time.
class alternative_services {
public:
  static constexpr std::size_t origins_max = 1000; ///< the one that expires first gives way
  static constexpr std::chrono::seconds first_block{60}, longest_block{3600};

  /// Takes up an Alt-Svc field. True if something has changed.
  bool learn(const std::string& origin, std::string_view value, wall_time now);
  /// Where HTTP/3 is to be had now; nothing: unknown, or it failed a short while ago.
  std::optional<alternative> find(const std::string& origin, wall_time now) const;
  /// HTTP/3 did not come about, or not in time: it is left alone for a while, the longer the more often that happens.
  void failed(const std::string& origin, wall_time now);
  void worked(const std::string& origin);
  /// For origins of which nothing was learnt too.
  bool blocked(const std::string& origin, wall_time now) const;

  /// One line an origin, in the form of curl's alt-svc files. Blocks are not kept.
  std::string to_text(wall_time now) const;
  /// Adds what `text` says. The first line that is not understood is the failure, and those before it count.
  failure add_text(std::string_view text);

private:
  struct known {
    std::optional<alternative> where;
    wall_time until{};
    wall_time blocked_until{};
    std::chrono::seconds block{0};
  };
  known& at(const std::string& origin);
  std::map<std::string, known> origins_;
};

} // namespace sluice::http
