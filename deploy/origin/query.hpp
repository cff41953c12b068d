// A request target taken apart: path and parameters, and the numbers written in them.
// Knows nothing of routes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::origin {

/// A count with an optional suffix k, m, g or t (powers of 1024). Nothing for anything else or beyond 2^63.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// "/path?name=value&flag": names and values percent-decoded.
class query {
public:
  explicit query(std::string_view target);

  const std::string& path() const { return path_; }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::string text(std::string_view name, std::string_view otherwise = {}) const;
  /// Says no number where a number belongs: bad() names it from then on.
  std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
  /// Present and not "0".
  bool flag(std::string_view name) const;
  /// The first parameter that should have been a number and was not; empty if none.
  const std::string& bad() const { return bad_; }
  void set_bad(std::string what) const { bad_ = std::move(what); }

private:
  const std::string* find(std::string_view name) const;
  std::string path_;
  std::vector<std::pair<std::string, std::string>> parameters_;
  mutable std::string bad_;
};

/// A JSON string, quotes included. Bytes that are no printable ASCII become \u00xx.
std::string json_string(std::string_view text);

} // namespace sluice::origin
