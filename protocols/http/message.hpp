// HTTP messages as values (RFC 9110), the same for every version: fields and heads.
// Knows nothing about their encoding on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// One field line (RFC 9110 §5). The name keeps the case in which it was received or given; lookups ignore case.
struct field {
  std::string name;
  std::string value;
  friend bool operator==(const field&, const field&) = default;
};

/// Field lines in wire order; a name may occur more than once.
class fields {
public:
  using value_type = field;
  fields() = default;
  fields(std::initializer_list<field> lines) : lines_(lines) {}

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
const char* to_string(version protocol_version) noexcept; // "HTTP/1.1", "HTTP/2" ...

/// The head of a request. `target` is in origin-form ("/path?query"); `authority` is host[:port].
struct request_head {
  std::string method = "GET";
  std::string scheme = "http";
  std::string authority;
  std::string target = "/";
  http::fields fields;
};

/// The head of a response; the status of an interim response is 100–199.
struct response_head {
  http::version version = http::version::http1_1;
  std::uint16_t status = 0;
  std::string reason; // HTTP/1 only; may be empty
  http::fields fields;
  /// Nothing proves that the body is complete: it ends with the connection (RFC 9112 section 6.3, rule 8), without TLS,
  /// which looks the same when the sender was killed. False if a length, chunks or the end of a stream end the body,
  /// and under TLS, where a connection that ends without close_notify is errc::tls_truncated (RFC 9112 section 9.8).
  /// Set with the head; a content coding with an end of its own (gzip) is not considered.
  bool end_unproven = false;
};

/// How urgent a response is (RFC 9218 section 4). 0 is the most urgent, 7 the least. `incremental`: the response can be
/// used part by part.
struct priority {
  std::uint8_t urgency = 3;
  bool incremental = false;
  friend bool operator==(const priority&, const priority&) = default;
};
/// The value of the Priority field, such as "u=1, i".
std::string to_string(priority value);

/// Compares ASCII text without case, as field names and tokens are compared.
bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;
/// ASCII letters in lower case, as HTTP/2 and HTTP/3 write field names.
std::string lower_case(std::string_view text);
/// token = 1*tchar (RFC 9110 §5.6.2).
bool is_token(std::string_view text) noexcept;
/// field-value without CR, LF, NUL or other control characters but HTAB (RFC 9110 §5.5).
bool is_field_value(std::string_view text) noexcept;
/// Whether the method is safe (RFC 9110 §9.2.1): it only reads.
bool is_safe(std::string_view method) noexcept;
/// Idempotent, as RFC 9110 §9.2.2 defines: doing it twice is the same as once, so the request may be sent again.
bool is_idempotent(std::string_view method) noexcept;
/// Whether a response with this status to this method has no body, whatever its fields say (RFC 9112 §6.3).
bool has_no_body(std::string_view request_method, std::uint16_t status) noexcept;

} // namespace sluice::http
