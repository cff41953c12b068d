// libFuzzer: whatever Content-Range and ETag hold, a part is put behind what is there only if it begins there.
#include "../../deploy/command/ranges.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto line = std::min(text.find('\n'), text.size());
  const auto field = text.substr(0, line), etag = text.substr(std::min(line + 1, text.size()));
  const auto range = command::parse_content_range(field);
  if (range) {
    require(range->first.has_value() == range->last.has_value());
    require(!range->first || *range->first <= *range->last);
    require(!range->total || !range->last || *range->last < *range->total);
  }
  http::response_head head;
  head.fields = {{"Content-Range", std::string{field}}, {"ETag", std::string{etag}}};
  const auto strong = command::strong_etag(head.fields);
  require(strong.empty() || (strong == etag && strong.front() == '"'));
  for (const auto status : {std::uint16_t{200}, std::uint16_t{206}, std::uint16_t{404}, std::uint16_t{416}}) {
    head.status = status;
    const auto verdict = command::judge({{}, true, 100, "\"a\"", false}, head).verdict;
    if (verdict == command::range_verdict::proceed)
      require(status == 206 && range && range->first == 100u && strong == "\"a\"");
    if (verdict == command::range_verdict::complete)
      require(status == 416 && range && range->total == 100u);
  }
  return 0;
}
