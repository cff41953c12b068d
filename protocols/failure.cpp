#include <sluice/protocols/failure.hpp>

#include <algorithm>

namespace sluice {

const char* to_string(errc code) noexcept {
  switch (code) {
    case errc::none: return "none";
    case errc::invalid_url: return "invalid_url";
    case errc::invalid_request: return "invalid_request";
    case errc::invalid_configuration: return "invalid_configuration";
    case errc::cancelled: return "cancelled";
    case errc::timed_out: return "timed_out";
    case errc::body_already_taken: return "body_already_taken";
    case errc::limit_exceeded: return "limit_exceeded";
    case errc::consumer_failed: return "consumer_failed";
    case errc::out_of_descriptors: return "out_of_descriptors";
    case errc::resolve_failed: return "resolve_failed";
    case errc::connect_failed: return "connect_failed";
    case errc::connection_reset: return "connection_reset";
    case errc::connection_closed: return "connection_closed";
    case errc::truncated_body: return "truncated_body";
    case errc::peer_silent: return "peer_silent";
    case errc::tls_handshake: return "tls_handshake";
    case errc::tls_untrusted_certificate: return "tls_untrusted_certificate";
    case errc::tls_host_mismatch: return "tls_host_mismatch";
    case errc::tls_certificate_expired: return "tls_certificate_expired";
    case errc::tls_protocol: return "tls_protocol";
    case errc::tls_truncated: return "tls_truncated";
    case errc::malformed_status_line: return "malformed_status_line";
    case errc::malformed_header: return "malformed_header";
    case errc::malformed_framing: return "malformed_framing";
    case errc::header_too_large: return "header_too_large";
    case errc::too_many_interim_responses: return "too_many_interim_responses";
    case errc::unexpected_data: return "unexpected_data";
    case errc::unsupported_protocol: return "unsupported_protocol";
    case errc::malformed_encoding: return "malformed_encoding";
    case errc::unsupported_encoding: return "unsupported_encoding";
    case errc::too_many_encodings: return "too_many_encodings";
    case errc::refused: return "refused";
    case errc::stream_reset: return "stream_reset";
    case errc::protocol_violation: return "protocol_violation";
    case errc::flow_control_violation: return "flow_control_violation";
    case errc::flooded: return "flooded";
    case errc::http1_required: return "http1_required";
    case errc::too_many_redirects: return "too_many_redirects";
    case errc::redirect_refused: return "redirect_refused";
    case errc::internal: return "internal";
  }
  return "unknown";
}

const char* to_string(caused_by who) noexcept {
  switch (who) {
    case caused_by::local: return "local";
    case caused_by::remote: return "remote";
    case caused_by::transport: return "transport";
  }
  return "unknown";
}

std::string to_string(const failure& why) {
  if (!why)
    return "none";
  return std::string{to_string(why.code)} + " (" + to_string(why.by) + "): " + why.detail;
}

std::string printable(std::string_view text) {
  std::string result{text.substr(0, 160)};
  std::replace_if(
      result.begin(), result.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return result;
}

} // namespace sluice
