// libFuzzer: what parse() accepts is safe on the wire and reads the same again; resolve() makes only such URLs.
#include <sluice/protocols/uri/host.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check(const uri::url& url) {
  require(url.scheme == "http" || url.scheme == "https");
  require(!url.host.empty() && url.port != 0);
  require(!url.target.empty() && url.target.front() == '/' && url.target.find('#') == std::string::npos);
  const auto text = url.to_string();
  require(is_printable(text) && is_printable(url.origin()));
  const auto host = uri::parse_host(uri::bracketed(url.host));
  require(host && host.text == url.host); // canonical
  require(uri::canonical_authority(url.authority()) == url.authority());
  in_addr address{}; // what resolvers take for an address is written as one
  require(inet_aton(url.host.c_str(), &address) == 0 || url.host == inet_ntoa(address));
  if (text.size() > uri::url_limit_bytes)
    return; // "http://h" at the bound has gained its '/'
  const auto again = uri::parse(text);
  require(again && *again == url && again->to_string() == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto url = uri::parse(text);
  if (url)
    check(*url);
  else
    require(url.error().code == errc::invalid_url && url.error().detail.size() < 1500);
  if (const auto at = text.rfind('@'); !url && at != text.npos && at >= 4) { // nothing before an '@' is repeated
    const auto before = text.substr(0, at);
    for (std::size_t i = 0; i + 4 <= before.size(); ++i)
      if (std::all_of(before.begin() + static_cast<std::ptrdiff_t>(i),
                      before.begin() + static_cast<std::ptrdiff_t>(i + 4),
                      [](unsigned char c) { return c >= 'A' && c <= 'Z'; }))
        require(url.error().detail.find(before.substr(i, 4)) == std::string::npos
                || std::string_view{"ASCII"}.find(before.substr(i, 4)) != std::string_view::npos);
  }

  static const auto base = *uri::parse("https://example.org:8443/a/b/c?d");
  if (const auto found = uri::resolve(base, text))
    check(*found);
  // "reference newline base": both from the input
  if (const auto line = text.find('\n'); line != std::string_view::npos)
    if (const auto from = uri::parse(text.substr(line + 1)))
      if (const auto found = uri::resolve(*from, text.substr(0, line)))
        check(*found);
  return 0;
}
