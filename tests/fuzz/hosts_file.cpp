// libFuzzer: the first line is a name, the rest a hosts file; what the index finds is what reading line by line finds.
#include <sluice/protocols/dns/hosts_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& each : result)
    if (each >= 'A' && each <= 'Z')
      each = static_cast<char>(each - 'A' + 'a');
  return result;
}

/// The simple way.
std::vector<dns::ip_address> read_for(std::string_view text, std::string_view host) {
  std::vector<dns::ip_address> result;
  for (std::size_t at = 0; at < text.size() && result.size() < 64;) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    std::vector<std::string> words(1);
    for (const char each : line.substr(0, line.find('#')))
      if (std::string_view{" \t\r\f\v"}.find(each) == std::string_view::npos)
        words.back() += each;
      else if (!words.back().empty())
        words.emplace_back();
    const auto address = dns::parse_ip(words.front());
    const bool named = std::any_of(words.begin() + 1, words.end(),
                                   [&](const auto& word) { return !word.empty() && lower(word) == lower(host); });
    if (named && address && std::find(result.begin(), result.end(), *address) == result.end())
      result.push_back(*address);
    at = end + 1;
  }
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto line = std::min(input.find('\n'), input.size());
  const auto host = input.substr(0, line), text = input.substr(std::min(line + 1, input.size()));
  const auto found = dns::hosts_file{std::string{text}}.find(host);
  require(found.size() <= 64);
  require(found == read_for(text, host));
  if (dns::is_localhost(host))
    require(lower(host).find("localhost") != std::string::npos);
  return 0;
}
