#include <sluice/protocols/uri/idna.hpp>

#include <idn2.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::uri {

namespace {

struct free_result {
  void operator()(std::uint8_t* text) const { idn2_free(text); }
};

int look_up(const std::string& name, int flags, std::string& result) {
  std::uint8_t* found = nullptr;
  const int code = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &found, flags);
  const std::unique_ptr<std::uint8_t, free_result> owner{found};
  if (code == IDN2_OK && found)
    result = reinterpret_cast<const char*>(found);
  return code;
}

} // namespace

ascii_name to_ascii(const std::string& name) {
  constexpr std::size_t name_bytes_max = 4096; // in UTF-8; the DNS takes 253 characters of the result
  if (name.size() > name_bytes_max)
    return {{}, "is too long for a host name"};
  ascii_name result;
  const int code = look_up(name, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL, result.text);
  if (code != IDN2_OK && look_up(name, IDN2_TRANSITIONAL, result.text) != IDN2_OK)
    return {{}, std::string{"is no valid internationalised name (IDNA): "} + idn2_strerror(code)};
  if (result.text.empty())
    return {{}, "has an internationalised name of which nothing is left (IDNA)"};
  return result;
}

} // namespace sluice::uri
