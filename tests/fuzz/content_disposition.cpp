// libFuzzer: whatever Content-Disposition or a URL holds, what comes out is a plain name: of the folder that it is put
// into, visible, and safe to print.
#include "../../deploy/command/file_name.hpp"

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void check(const std::string& name) {
  require(!name.empty() && name.size() <= command::file_name_bytes_max);
  require(name != "." && name != "..");
  for (const char c : name)
    require(c != '/' && c != '\\' && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto name = command::file_name_of_disposition(text)) {
    check(*name);
    require(name->front() != '.' && name->front() != ' ');
  }
  check(command::file_name_of_url(text));
  return 0;
}
