// Requests and responses as HTTP/2 and HTTP/3 write them: pseudo-header fields, lower-case names, no
// connection-specific fields (RFC 9113 section 8, RFC 9114 section 4). Knows no frame and no compression.
#pragma once

#include <sluice/protocols/http/engine.hpp>

#include <cstddef>

namespace sluice::http2 {

/// The field lines of a request, pseudo-header fields first. errc::invalid_request for what cannot be sent so.
result_or_failure<std::vector<http::field>> request_lines(const http::request_head& head,
                                                          const http::outgoing_body& body);
/// The same for people; empty for what cannot be sent so.
http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body);
/// The field lines of a trailer section; what must not be in one is left out.
std::vector<http::field> trailer_lines(const http::fields& trailers);
/// What field lines count against a limit: names, values and 32 bytes each (RFC 9113 section 6.5.2).
std::size_t counted_bytes(const std::vector<http::field>& lines);

/// One field section as it arrives, field by field.
class section {
public:
  enum class added : std::uint8_t { ok, malformed, too_large };
  added add(std::string_view name, std::string_view value, std::size_t bytes_max, std::size_t count_max);
  /// 0 without :status, as in a trailer section.
  std::uint16_t status() const noexcept { return status_; }
  http::fields take() { return std::move(fields_); }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  http::fields fields_;
  std::uint16_t status_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace sluice::http2
