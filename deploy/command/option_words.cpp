#include "option_words.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

struct rewording {
  std::string_view library, command;
};

/// In this order: a longer phrase is before one that it begins with.
constexpr rewording rewordings[] = {
    {"the deadline 'total' of", "the deadline --max-time of"},
    {"(deadline upload_silence)", "(--upload-silence)"},
    {"though it was invited to send", "though it was invited to send (--peer-silence)"},
    {"request.redirects.targets = any allows it", "--proto-redir =http,https allows it"},
    {"(request.redirects.targets)", "(--proto-redir)"},
    {", or give the body as bytes", ", or write the body to a file, which can be read again"},
    {" (request.redirects.limit)", "; --max-redirs allows more"},
    {"request.method '", "-X: the method '"},
    {"request.method ", "-X: the method "},
    {"request.fields: the header", "-H, -A or -e: the header"},
    {"request.fields must", "-H: the fields of a request must"},
    {"request.url must", "the URL must"},
    {"the bearer token has", "--oauth2-bearer: the token has"},
    {"signed it with ca_file", "signed it with --cacert"},
    {"TLS configuration, ca_file:", "--cacert:"},
    {"TLS configuration, certificate_file:", "--cert:"},
    {"TLS configuration, key_file:", "--key:"},
    {"client_config.alternative_services_file", "--alt-svc"},
    {"client_config.addressing.resolve", "--resolve"},
    {"client_config.addressing.connect_to", "--connect-to"},
    {"client_config.addressing.name_servers", "--dns-servers"},
    {"client_config.addressing.interface", "--interface"},
    {"client_config.addressing.unix_socket", "--unix-socket"},
    {"this machine has no network interface", "--interface: this machine has no network interface"},
    {"the interface '", "--interface '"},
    {"the local end port", "--local-port: port"},
    {"the local end ", "--interface: the local end "},
    {"asked were the name servers ", "asked were those of --dns-servers, "},
    {"HTTP/3 is for https URLs; allow the other versions for",
     "--http3-only is for https URLs; write https:// in the URL, or leave the option out, for"},
    {"HTTP/3 is not spoken over Unix sockets; allow the other versions for",
     "--http3-only does not go with --unix-socket; leave one of them out for"},
    {"HTTP/2 is agreed on by ALPN, which is for https URLs; use one, or prior knowledge",
     "--http2 is for https URLs; write https:// in the URL, or use --http2-prior-knowledge"},
    {"(ALPN h2); allow HTTP/1.1", "(ALPN h2); leave --http2 out to allow HTTP/1.1"},
    {"; raise the limit if the sender is trusted", ""},
    {" (connections, connections_per_origin)", ""}};

/// " (limit head_bytes)", " (limits a, b)", " (client_config.connections)": names of settings alone.
bool is_setting(std::string_view in_parentheses) {
  for (const std::string_view start : {"limit ", "limits ", "client_config."})
    if (in_parentheses.starts_with(start)) {
      const auto rest = in_parentheses.substr(start.size());
      return !rest.empty() && rest.front() >= 'a' && rest.front() <= 'z'
             && rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_., ") == std::string_view::npos;
    }
  return false;
}

void leave_settings_out(std::string& text) {
  for (auto at = text.find(" ("); at != std::string::npos; at = text.find(" (", at)) {
    const auto end = text.find(')', at);
    if (end == std::string::npos)
      return;
    if (is_setting(std::string_view{text}.substr(at + 2, end - at - 2)))
      text.erase(at, end + 1 - at);
    else
      at += 2;
  }
}

} // namespace

std::string in_words_of_options(std::string text) {
  for (const auto& [library, command] : rewordings) {
    // A phrase that is a part of its rewording would be replaced again and again.
    if (!command.empty() && text.find(command) != std::string::npos)
      continue;
    for (std::size_t at = 0; (at = text.find(library, at)) != std::string::npos; at += command.size())
      text.replace(at, library.size(), command);
  }
  leave_settings_out(text);
  return text;
}

failure in_words_of_options(failure why) {
  why.detail = in_words_of_options(std::move(why.detail));
  return why;
}

} // namespace sluice::command
