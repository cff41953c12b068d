// HTTP messages as values, the same for every protocol version (RFC 9110): fields and heads.
// Knows nothing of how a version writes them on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// One field line (RFC 9110 §5). Names keep the case they came with; comparison ignores it.
struct field {
  std::string name;
  std::string value;
  friend bool operator==(const field&, const field&) = default;
};

/// Field lines in wire order, repeated names included.
class fields {
public:
  using value_type = field;
  fields() = default;
  fields(std::initializer_list<field> xs) : lines_(xs) {}

  void add(std::string name, std::string value) { lines_.push_back({std::move(name), std::move(value)}); }
  /// Replaces every line of that name by one.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The first value of that name, or nothing.
  std::optional<std::string_view> get(std::string_view name) const;
  /// All values of that name joined with ", " (RFC 9110 §5.3); empty if there are none.
  std::string combined(std::string_view name) const;

  auto begin() const { return lines_.begin(); }
  auto end() const { return lines_.end(); }
  std::size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }
  std::vector<field>& lines() { return lines_; }
  const std::vector<field>& lines() const { return lines_; }
  friend bool operator==(const fields&, const fields&) = default;

private:
  const field* find(std::string_view name) const;
  std::vector<field> lines_;
};

enum class version : std::uint8_t { http1_0, http1_1, http2, http3 };
const char* to_string(version x) noexcept; // "HTTP/1.1", "HTTP/2" ...

/// The head of a request. `target` is origin-form for h1 ("/path?query"), `authority` is host[:port].
struct request_head {
  std::string method = "GET";
  std::string scheme = "http";
  std::string authority;
  std::string target = "/";
  http::fields fields;
};

/// The head of a response; status 100–199 for an interim one.
struct response_head {
  http::version version = http::version::http1_1;
  std::uint16_t status = 0;
  std::string reason; // HTTP/1 only; may be empty
  http::fields fields;
  /// Nothing proves that the body is complete: its end is told by the end of the connection alone (RFC 9112
  /// section 6.3, rule 8), and without TLS the end of a sender that was killed midway looks the same. False whenever a
  /// length, chunks or a stream's end tell it, and under TLS, where a connection that ends without close_notify is
  /// errc::tls_truncated (RFC 9112 section 9.8). Known with the head; a content coding with an end of its own (gzip) is
  /// not considered.
  bool end_unproven = false;
};

/// How urgent a response is (RFC 9218 section 4). 0 is the most urgent, 7 the least; `incremental`: parts of it are of
/// use.
struct priority {
  std::uint8_t urgency = 3;
  bool incremental = false;
  friend bool operator==(const priority&, const priority&) = default;
};
/// As the Priority field writes it: "u=1, i".
std::string to_string(priority x);

/// ASCII comparison without case, as for field names and tokens.
bool equals_ignoring_case(std::string_view x, std::string_view y) noexcept;
/// ASCII letters in lower case, as HTTP/2 and HTTP/3 write field names.
std::string lower_case(std::string_view x);
/// token = 1*tchar (RFC 9110 §5.6.2).
bool is_token(std::string_view x) noexcept;
/// field-value without CR, LF, NUL or other control characters but HTAB (RFC 9110 §5.5).
bool is_field_value(std::string_view x) noexcept;
/// Changes nothing at the origin, as RFC 9110 §9.2.1 defines.
bool is_safe(std::string_view method) noexcept;
/// Safe and idempotent as RFC 9110 §9.2.2 defines: a request that may be sent again.
bool is_idempotent(std::string_view method) noexcept;
/// Whether a response with this status to this method has no body by definition (RFC 9112 §6.3).
bool has_no_body(std::string_view request_method, std::uint16_t status) noexcept;

} // namespace sluice::http
