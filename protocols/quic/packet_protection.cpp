// Encrypts and decrypts QUIC packets (RFC 9001 section 5). AES-GCM suites take one library call for a packet; others
// use ngtcp2's callbacks.
#include <sluice/protocols/quic/packet_protection_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/openssl/evp.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/aes.h>

#include <ngtcp2/ngtcp2_crypto.h>

#include <cstring>

namespace sluice::quic {

namespace {

constexpr word32 tag_bytes = 16;

WOLFSSL_EVP_CIPHER_CTX& context(void* handle) { return *static_cast<WOLFSSL_EVP_CIPHER_CTX*>(handle); }

/// The AES key inside the context that ngtcp2's crypto helper made; null if the suite is not AES-GCM.
Aes* gcm(const ngtcp2_crypto_aead_ctx* key) {
  auto& cipher = context(key->native_handle);
  return cipher.cipherType == AES_128_GCM_TYPE || cipher.cipherType == AES_256_GCM_TYPE ? &cipher.cipher.aes : nullptr;
}

} // namespace

int seal(std::uint8_t* to, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* key, const std::uint8_t* from,
         std::size_t n, const std::uint8_t* nonce, std::size_t nonce_size, const std::uint8_t* header,
         std::size_t header_size) {
  auto* aes = gcm(key);
  if (!aes)
    return ngtcp2_crypto_encrypt_cb(to, aead, key, from, n, nonce, nonce_size, header, header_size);
  const auto size = static_cast<word32>(n);
  return wc_AesGcmEncrypt(aes, to, from, size, nonce, static_cast<word32>(nonce_size), to + n, tag_bytes, header,
                          static_cast<word32>(header_size))
                 == 0
             ? 0
             : NGTCP2_ERR_CALLBACK_FAILURE;
}

int open(std::uint8_t* to, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* key, const std::uint8_t* from,
         std::size_t n, const std::uint8_t* nonce, std::size_t nonce_size, const std::uint8_t* header,
         std::size_t header_size) {
  auto* aes = gcm(key);
  if (!aes)
    return ngtcp2_crypto_decrypt_cb(to, aead, key, from, n, nonce, nonce_size, header, header_size);
  if (n < tag_bytes)
    return NGTCP2_ERR_DECRYPT;
  const auto size = static_cast<word32>(n) - tag_bytes;
  return wc_AesGcmDecrypt(aes, to, from, size, nonce, static_cast<word32>(nonce_size), from + size, tag_bytes, header,
                          static_cast<word32>(header_size))
                 == 0
             ? 0
             : NGTCP2_ERR_DECRYPT;
}

int mask(std::uint8_t* to, const ngtcp2_crypto_cipher* cipher, const ngtcp2_crypto_cipher_ctx* key,
         const std::uint8_t* sample) {
  auto& keyed = context(key->native_handle);
  if (keyed.cipherType != AES_128_CTR_TYPE && keyed.cipherType != AES_256_CTR_TYPE)
    return ngtcp2_crypto_hp_mask_cb(to, cipher, key, sample);
  std::uint8_t block[NGTCP2_HP_SAMPLELEN];
  if (wc_AesEcbEncrypt(&keyed.cipher.aes, block, sample, sizeof block) != 0)
    return NGTCP2_ERR_CALLBACK_FAILURE;
  std::memcpy(to, block, NGTCP2_HP_MASKLEN);
  return 0;
}

} // namespace sluice::quic
