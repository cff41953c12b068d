#include <sluice/protocols/http/field_section.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::http {

namespace {

failure invalid(std::string detail) { return {errc::invalid_request, caused_by::local, std::move(detail)}; }

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Connection-specific fields must not be sent (RFC 9113 section 8.2.2).
bool is_connection_specific(std::string_view name) {
  return is_one_of(name,
                   {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"});
}

} // namespace

result_or_failure<std::vector<field>> request_lines(const request_head& head, const outgoing_body& body) {
  if (!is_token(head.method))
    return invalid("the method '" + head.method.substr(0, 40) + "' is not a token");
  const bool connect = head.method == "CONNECT";
  std::vector<field> result;
  result.reserve(head.fields.size() + 6);
  result.push_back({":method", head.method});
  if (!connect) { // RFC 9113 section 8.5
    result.push_back({":scheme", head.scheme});
    result.push_back({":path", head.target});
  }
  const auto at_authority = result.size();
  result.push_back({":authority", head.authority});
  bool has_length = false;
  for (const auto& line : head.fields) {
    auto name = lower_case(line.name);
    if (!is_token(name) || !is_field_value(line.value))
      return invalid("the field '" + name.substr(0, 60)
                     + "' has a name that is not a token or a value with control characters");
    if (name == "host") {
      result[at_authority].value = line.value;
      continue;
    }
    if (is_connection_specific(name) || (name == "te" && !equals_ignoring_case(line.value, "trailers")))
      continue;
    if (name == "content-length") {
      if (!body.present || (body.length && line.value != std::to_string(*body.length)))
        return invalid("Content-Length '" + line.value.substr(0, 40)
                       + "' was given by hand and contradicts the body's own length; leave the field out");
      has_length = true;
    }
    result.push_back({std::move(name), line.value});
  }
  const bool usually_has_body = is_one_of(head.method, {"POST", "PUT", "PATCH"});
  if (!has_length && body.present && body.length && !connect)
    result.push_back({"content-length", std::to_string(*body.length)});
  else if (!has_length && !body.present && usually_has_body)
    result.push_back({"content-length", "0"}); // RFC 9110 section 8.6
  return result;
}

fields sent_fields(const request_head& head, const outgoing_body& body) {
  fields result;
  if (auto lines = request_lines(head, body))
    result.lines() = *std::move(lines);
  return result;
}

std::vector<field> trailer_lines(const fields& trailers) {
  std::vector<field> result;
  for (const auto& line : trailers) {
    auto name = lower_case(line.name);
    const bool allowed = is_token(name) && is_field_value(line.value) && !is_connection_specific(name)
                         && !is_one_of(name, {"content-length", "host", "content-encoding", "content-type",
                                              "content-range", "trailer", "te", "authorization", "set-cookie"});
    if (allowed)
      result.push_back({std::move(name), line.value});
  }
  return result;
}

std::size_t counted_bytes(const std::vector<field>& lines) {
  std::size_t n = 0;
  for (const auto& line : lines)
    n += line.name.size() + line.value.size() + 32;
  return n;
}

failure check_size(const std::vector<field>& lines, std::uint64_t accepted, std::string_view setting) {
  const auto size = counted_bytes(lines);
  if (size <= accepted)
    return {};
  return invalid("the request's header fields count " + std::to_string(size) + " bytes, but the origin accepts "
                 + std::to_string(accepted) + " (its " + std::string{setting} + ")");
}

bool is_credential(std::string_view name) noexcept { return name == "authorization" || name == "proxy-authorization"; }

failure field_section::add(std::string_view name, std::string_view value, std::size_t bytes_max,
                           std::size_t count_max) {
  const auto malformed = [&] {
    return failure{errc::malformed_header, caused_by::remote,
                   "the origin sent the field '" + printable(name.substr(0, 60))
                       + "' with a name or value that no HTTP field may have"};
  };
  bytes_ += name.size() + value.size() + 32;
  if (bytes_ > bytes_max || fields_.size() >= count_max)
    return {errc::header_too_large, caused_by::remote,
            "the origin sent a field section of more than " + std::to_string(count_max) + " fields or "
                + std::to_string(bytes_max) + " bytes (limits field_count, head_bytes)"};
  if (name == ":status") {
    const bool digits =
        value.size() == 3 && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || value[0] == '0' || status_ != 0)
      return malformed();
    status_ = static_cast<std::uint16_t>((value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0'));
    return {};
  }
  if (!is_token(name) || !is_field_value(value)) // a pseudo-header field but :status is no token either
    return malformed();
  fields_.add(std::string{name}, std::string{value});
  return {};
}

} // namespace sluice::http
