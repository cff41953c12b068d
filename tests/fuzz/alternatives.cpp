// libFuzzer: whatever an Alt-Svc field or a file of alternative services says, what is kept can be written and read
// again.
#include <sluice/protocols/http/alternatives.hpp>

#include <cstddef>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const http::wall_time now{std::chrono::seconds{1'800'000'000}};
  http::alternative_services services, restored;
  (void)services.add_text(text);
  services.learn("https://example.org:443", text, now);
  const auto kept = services.to_text(now);
  if (restored.add_text(kept) || restored.to_text(now) != kept)
    std::abort();
  if (const auto found = services.find("https://example.org:443", now);
      found && (found->port == 0 || found->host.size() > 255))
    std::abort();
  return 0;
}
