// Converts requests and responses to and from the field lines of HTTP/2 and HTTP/3: pseudo-header fields, lower-case
// names, no connection-specific fields (RFC 9113 section 8, RFC 9114 section 4). Knows no frames and no compression.
#pragma once

#include <sluice/protocols/http/engine.hpp>

#include <cstddef>

namespace sluice::http2 {

/// The field lines of a request, pseudo-header fields first. errc::invalid_request: the request cannot be sent over
/// HTTP/2 or HTTP/3.
result_or_failure<std::vector<http::field>> request_lines(const http::request_head& head,
                                                          const http::outgoing_body& body);
/// The same for display; empty if the request cannot be sent.
http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body);
/// The field lines of a trailer section; fields that a trailer section must not contain are dropped.
std::vector<http::field> trailer_lines(const http::fields& trailers);
/// The size of field lines as limits count it: names, values and 32 bytes per line (RFC 9113 section 6.5.2).
std::size_t counted_bytes(const std::vector<http::field>& lines);

/// Collects the fields of a received field section.
class section {
public:
  enum class added : std::uint8_t { ok, malformed, too_large };
  added add(std::string_view name, std::string_view value, std::size_t bytes_max, std::size_t count_max);
  /// 0 if there is no :status field, as in a trailer section.
  std::uint16_t status() const noexcept { return status_; }
  http::fields take() { return std::move(fields_); }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  http::fields fields_;
  std::uint16_t status_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace sluice::http2
