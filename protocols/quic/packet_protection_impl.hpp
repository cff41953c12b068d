// The packet protection callbacks of ngtcp2 (types ngtcp2_encrypt, ngtcp2_decrypt and ngtcp2_hp_mask).
// ngtcp2's crypto helper makes the keys. Its own callbacks use the streaming interface of the TLS library, with several
// calls for a packet, and take a quarter longer. Knows no connection.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstddef>
#include <cstdint>

namespace sluice::quic {

int seal(std::uint8_t* to, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* key, const std::uint8_t* from,
         std::size_t n, const std::uint8_t* nonce, std::size_t nonce_size, const std::uint8_t* header,
         std::size_t header_size);
int open(std::uint8_t* to, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* key, const std::uint8_t* from,
         std::size_t n, const std::uint8_t* nonce, std::size_t nonce_size, const std::uint8_t* header,
         std::size_t header_size);
int mask(std::uint8_t* to, const ngtcp2_crypto_cipher* cipher, const ngtcp2_crypto_cipher_ctx* key,
         const std::uint8_t* sample);

} // namespace sluice::quic
