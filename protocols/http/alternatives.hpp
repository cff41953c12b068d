// Alternative services (RFC 7838): parses Alt-Svc fields and stores for each origin where it offers HTTP/3.
// Values only; knows no socket and no file. Times are of the system clock, because they are saved across processes.
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

/// A host and port that offers HTTP/3 for an origin.
struct alternative {
  std::string host; ///< empty: the host of the origin
  std::uint16_t port = 443;
  std::chrono::seconds max_age{86'400};
  bool persist = false; ///< stays valid after a change of the network
};

/// One Alt-Svc field.
struct alternatives {
  bool clear = false;             ///< "clear": earlier alternatives of the origin are invalid
  std::vector<alternative> http3; ///< in the order of the field; only protocol "h3"
};

/// Parses a field value (RFC 7838 section 3). Nothing: it is malformed; ignore all of it.
std::optional<alternatives> parse_alt_svc(std::string_view value);

/// The alternatives of all origins, and which of them failed recently (blocked). The key is "https://host:port". One
/// thread at a time.
class alternative_services {
public:
  /// A further origin replaces the one whose alternative and block expire first.
  static constexpr std::size_t origins_max = 1000;
  /// Duration of the first block after a failure, and the bound for its doubling by further failures.
  static constexpr std::chrono::seconds first_block{60}, longest_block{3600};

  /// Stores the first alternative of an Alt-Svc field. True if something has changed that is worth saving: the
  /// alternative, or its end, by a quarter of its lifetime.
  bool learn(const std::string& origin, std::string_view value, wall_time now);
  /// The alternative to use now. Nothing: none is known, or the origin is blocked.
  std::optional<alternative> find(const std::string& origin, wall_time now) const;
  /// A connection over HTTP/3 failed or took too long: blocks the origin, twice as long as the last time.
  void failed(const std::string& origin, wall_time now);
  /// A connection over HTTP/3 succeeded: ends the block and resets its duration.
  void worked(const std::string& origin);
  /// Whether HTTP/3 must not be tried now; works for origins without a known alternative too.
  bool blocked(const std::string& origin, wall_time now) const;

  /// One line per origin, in the format of curl's alt-svc files. Blocks are not included.
  std::string to_text(wall_time now) const;
  /// Adds the alternatives in `text`. Stops at the first malformed line and returns a failure; earlier lines are kept.
  failure add_text(std::string_view text);

private:
  struct known {
    std::optional<alternative> where;
    wall_time until{};      // `where` is valid until then
    wall_time told_until{}; // `until` when learn() returned true last
    wall_time blocked_until{};
    std::chrono::seconds block{0}; // duration of the last block
  };
  known& at(const std::string& origin);
  std::map<std::string, known> origins_;
};

} // namespace sluice::http
