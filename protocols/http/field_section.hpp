// Field sections of HTTP/2 and HTTP/3, the same in both: requests and trailers as lines with pseudo-header fields
// first, lower-case names and no connection-specific fields (RFC 9113 section 8, RFC 9114 section 4), and a section as
// it arrives. Knows no frame and no compression.
#pragma once

#include <sluice/protocols/http/engine.hpp>

#include <cstddef>

namespace sluice::http {

/// The field lines of a request, pseudo-header fields first. errc::invalid_request for what cannot be sent so.
result_or_failure<std::vector<field>> request_lines(const request_head& head, const outgoing_body& body);
/// The same for people; empty for what cannot be sent so.
fields sent_fields(const request_head& head, const outgoing_body& body);
/// The field lines of a trailer section; what must not be in one is left out.
std::vector<field> trailer_lines(const fields& trailers);
/// What field lines count against a limit: names, values and 32 bytes each (RFC 9113 section 6.5.2).
std::size_t counted_bytes(const std::vector<field>& lines);
/// errc::invalid_request if the lines count more than the origin accepts, as it has said by `setting`.
failure check_size(const std::vector<field>& lines, std::uint64_t accepted, std::string_view setting);

/// A field that is not to be put into the peer's table (RFC 7541 section 7.1.3, RFC 9204 section 7.1.3).
bool is_credential(std::string_view name) noexcept;
/// The lines as a library takes them, in views of `lines`: `Line` is nghttp2_nv or nghttp3_nv. Credentials get the flag
/// `secret`.
template <class Line>
std::vector<Line> library_lines(const std::vector<field>& lines, std::uint8_t secret) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  std::vector<Line> result;
  result.reserve(lines.size());
  for (const auto& line : lines)
    result.push_back({bytes(line.name), bytes(line.value), line.name.size(), line.value.size(),
                      is_credential(line.name) ? secret : std::uint8_t{0}});
  return result;
}

/// One field section as it arrives, line by line.
class field_section {
public:
  /// errc::malformed_header or errc::header_too_large for a line that cannot be taken.
  failure add(std::string_view name, std::string_view value, std::size_t bytes_max, std::size_t count_max);
  /// 0 without :status, as in a trailer section.
  std::uint16_t status() const noexcept { return status_; }
  fields take() { return std::move(fields_); }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  fields fields_;
  std::uint16_t status_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace sluice::http
