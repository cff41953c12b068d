#include <sluice/tests/unit/reference_gcm.hpp>

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <stdexcept>

namespace reference {

namespace {

constexpr std::size_t tag_bytes = 16;

int size(const std::vector<std::uint8_t>& octets) { return static_cast<int>(octets.size()); }

} // namespace

std::vector<std::uint8_t> seal_gcm(const std::vector<std::uint8_t>& key, const std::vector<std::uint8_t>& nonce,
                                   const std::vector<std::uint8_t>& header, const std::vector<std::uint8_t>& plain) {
  const auto* cipher = key.size() == 16 ? EVP_aes_128_gcm() : key.size() == 24 ? EVP_aes_192_gcm() : EVP_aes_256_gcm();
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> state{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  std::vector<std::uint8_t> result(plain.size() + tag_bytes);
  int n = 0;
  // The nonce is of the size that is the default, 12. A text of no bytes is left out: a null pointer would mean the
  // end.
  if (!state || EVP_EncryptInit_ex(state.get(), cipher, nullptr, key.data(), nonce.data()) != 1
      || (!header.empty() && EVP_EncryptUpdate(state.get(), nullptr, &n, header.data(), size(header)) != 1)
      || (!plain.empty() && EVP_EncryptUpdate(state.get(), result.data(), &n, plain.data(), size(plain)) != 1)
      || EVP_EncryptFinal_ex(state.get(), result.data() + plain.size(), &n) != 1
      || EVP_CIPHER_CTX_ctrl(state.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, result.data() + plain.size()) != 1)
    throw std::runtime_error{"libcrypto seals nothing"};
  return result;
}

} // namespace reference
