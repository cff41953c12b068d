#include <sluice/protocols/policy/authentication.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::policy {

namespace {

failure invalid(std::string why) { return {errc::invalid_request, caused_by::local, std::move(why)}; }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Of b64token: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
         || std::string_view{"-._~+/"}.find(c) != std::string_view::npos;
}

} // namespace

http::fields without_secrets(http::fields request) {
  for (auto& line : request.lines())
    for (const std::string_view name : {"authorization", "proxy-authorization", "cookie"})
      if (http::equals_ignoring_case(line.name, name))
        line.value = "[not shown]";
  return request;
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto given = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < given ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      result += k <= given ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

result_or_failure<std::string> basic_credentials(std::string_view user, std::string_view password) {
  if (user.find(':') != std::string_view::npos)
    return invalid("a user name for Basic authentication cannot contain a colon, which ends it (RFC 7617 section 2)");
  if (has_control_character(user) || has_control_character(password))
    return invalid("a user name and a password for Basic authentication cannot contain control characters "
                   "(RFC 7617 section 2)");
  return "Basic " + base64(std::string{user}.append(":").append(password));
}

result_or_failure<std::string> bearer_credentials(std::string_view token) {
  const auto padding = token.size() - std::min(token.find_last_not_of('=') + 1, token.size());
  const auto characters = token.substr(0, token.size() - padding);
  if (characters.empty())
    return invalid("the bearer token is empty; give the token as the server that issued it wrote it");
  const auto bad = std::find_if_not(characters.begin(), characters.end(), is_token_character);
  if (bad != characters.end())
    return invalid("the bearer token has, at character " + std::to_string(bad - characters.begin() + 1)
                   + ", one that no token may have (RFC 6750 section 2.1); give the token alone, without 'Bearer'");
  return "Bearer " + std::string{token};
}

} // namespace sluice::policy
