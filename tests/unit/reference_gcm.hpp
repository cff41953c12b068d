// AES-GCM of OpenSSL's libcrypto: what unit/aes_gcm compares with. Knows nothing of wolfSSL: a source that includes
// both libraries' headers does not compile.
#pragma once

#include <cstdint>
#include <vector>

namespace reference {

/// The sealed text and behind it the tag of 16 bytes. Key of 16, 24 or 32 bytes, nonce of 12.
std::vector<std::uint8_t> seal_gcm(const std::vector<std::uint8_t>& key, const std::vector<std::uint8_t>& nonce,
                                   const std::vector<std::uint8_t>& header, const std::vector<std::uint8_t>& plain);

} // namespace reference
