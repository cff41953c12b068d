// libFuzzer: whatever an Alt-Svc field or a file of alternative services says, what is kept can be written and read
// again.
#include <sluice/protocols/http/alternatives.hpp>

#include <cstddef>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const http::wall_time now{std::chrono::seconds{1'800'000'000}};
  http::alternative_services x, y;
  (void)x.add_text(text);
  x.learn("https://example.org:443", text, now);
  const auto kept = x.to_text(now);
  if (y.add_text(kept) || y.to_text(now) != kept)
    std::abort();
  if (const auto found = x.find("https://example.org:443", now);
      found && (found->port == 0 || found->host.size() > 255))
    std::abort();
  return 0;
}
