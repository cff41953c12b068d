// libFuzzer: what parse() accepts is safe on the wire and reads the same again; resolve() makes only such URLs.
#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

using namespace sluice;

namespace {

void require(bool x) {
  if (!x)
    std::abort();
}

bool is_printable(std::string_view x) {
  return std::all_of(x.begin(), x.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check(const uri::url& x) {
  require(x.scheme == "http" || x.scheme == "https");
  require(!x.host.empty() && x.port != 0);
  require(!x.target.empty() && x.target.front() == '/' && x.target.find('#') == std::string::npos);
  const auto text = x.to_string();
  require(is_printable(text) && is_printable(x.origin()));
  if (text.size() > uri::url_limit_bytes)
    return; // "http://h" at the bound has gained its '/'
  const auto again = uri::parse(text);
  require(again && *again == x && again->to_string() == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto url = uri::parse(text);
  if (url)
    check(*url);
  else
    require(url.error().code == errc::invalid_url && url.error().detail.size() < 1500);

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
