// A server that turns hostile after the handshake: whatever frames a test likes, sealed with the server's keys.
// It also says whatever a test likes in its transport parameters. One at a time on a thread; knows no test framework.
#pragma once

#include "quic_wire.hpp"

#include <sluice/protocols/tls/quic_impl.hpp>

#include <wolfssl/options.h> // first: it says how the library was built

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_wolfssl.h>
#include <wolfssl/ssl.h>

#include <wolfssl/openssl/evp.h>
#include <wolfssl/quic.h>

namespace sluice::quic::wire {

/// RFC 9000 section 16.
inline std::string varint(std::uint64_t n) {
  const int bytes = n < 64 ? 1 : n < 16'384 ? 2 : n < 1u << 30 ? 4 : 8;
  std::string octets;
  for (int i = bytes - 1; i >= 0; --i)
    octets += static_cast<char>(n >> (8 * i) & 0xff);
  octets[0] = static_cast<char>(static_cast<unsigned char>(octets[0])
                                | (bytes == 1   ? 0
                                   : bytes == 2 ? 0x40
                                   : bytes == 4 ? 0x80
                                                : 0xc0));
  return octets;
}

class forger {
public:
  /// Before the handshake.
  explicit forger(const server_context& server) {
    static const WOLFSSL_QUIC_METHOD method{secrets, handshake_data, [](WOLFSSL*) { return 1; }, alert};
    wolfSSL_CTX_set_quic_method(server.tls()->ctx, &method);
    current_ = this;
  }
  ~forger() {
    current_ = nullptr;
    if (sealer_.native_handle)
      ngtcp2_crypto_aead_ctx_free(&sealer_);
    wolfSSL_EVP_CIPHER_CTX_free(masker_);
  }
  forger(const forger&) = delete;
  forger& operator=(const forger&) = delete;

  std::optional<std::string> parameters; ///< instead of the server's own

  /// For network::tamper: from the server's packets it learns by what id the client goes.
  void watch(bool to_server, const std::vector<std::byte>& datagram) {
    if (!to_server && datagram.size() > 1 + id_bytes && (datagram[0] & std::byte{0x80}) == std::byte{})
      id_.assign(datagram.begin() + 1, datagram.begin() + 1 + id_bytes);
  }
  /// How many bytes of handshake messages the server has sent at this level: its tickets.
  std::uint64_t said() const { return said_; }
  bool ready() const { return sealer_.native_handle && !id_.empty(); }

  /// A 1-RTT packet with these frames. The server itself must be silent from now on: it knows nothing of the numbers
  /// used.
  std::vector<std::byte> seal(std::string_view frames) {
    std::vector<std::byte> packet{std::byte{0x43}}; // a short header, four bytes of packet number
    packet.insert(packet.end(), id_.begin(), id_.end());
    const auto number_at = packet.size();
    for (int i = 3; i >= 0; --i)
      packet.push_back(static_cast<std::byte>(number_ >> (8 * i)));
    auto nonce = iv_;
    for (std::size_t i = 0; i < 8; ++i)
      nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(std::uint64_t{number_} >> (8 * i));
    ++number_;
    const auto header = packet.size();
    packet.resize(header + frames.size() + 16);
    ngtcp2_crypto_encrypt(raw(packet) + header, &suite_.aead, &sealer_,
                          reinterpret_cast<const std::uint8_t*>(frames.data()), frames.size(), nonce.data(),
                          nonce.size(), raw(packet), header);
    std::uint8_t mask[16]; // RFC 9001 section 5.4.3
    int size = 0;
    wolfSSL_EVP_CipherUpdate(masker_, mask, &size, raw(packet) + number_at + 4, sizeof mask);
    packet[0] ^= static_cast<std::byte>(mask[0] & 0x1f);
    for (std::size_t i = 0; i < 4; ++i)
      packet[number_at + i] ^= static_cast<std::byte>(mask[1 + i]);
    return packet;
  }

private:
  static constexpr std::ptrdiff_t id_bytes = 18;

  static std::uint8_t* raw(std::vector<std::byte>& packet) { return reinterpret_cast<std::uint8_t*>(packet.data()); }
  static ngtcp2_conn* conn_of(WOLFSSL* ssl) {
    auto* reference = static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl));
    return reference->get_conn(reference);
  }
  static int secrets(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL at, const std::uint8_t* reading,
                     const std::uint8_t* writing, std::size_t n) {
    const auto level = ngtcp2_crypto_wolfssl_from_wolfssl_encryption_level(at);
    if (reading
        && ngtcp2_crypto_derive_and_install_rx_key(conn_of(ssl), nullptr, nullptr, nullptr, level, reading, n) != 0)
      return 0;
    std::uint8_t key[64], iv[64], mask[64];
    if (writing && ngtcp2_crypto_derive_and_install_tx_key(conn_of(ssl), key, iv, mask, level, writing, n) != 0)
      return 0;
    if (current_ && current_->parameters) // set by then, and not sent yet
      wolfSSL_set_quic_transport_params(ssl, reinterpret_cast<const std::uint8_t*>(current_->parameters->data()),
                                        current_->parameters->size());
    if (writing && current_ && level == NGTCP2_ENCRYPTION_LEVEL_1RTT)
      current_->take(ssl, key, iv, mask);
    return 1;
  }
  static int handshake_data(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL at, const std::uint8_t* data, std::size_t n) {
    if (current_ && at == wolfssl_encryption_application)
      current_->said_ += n;
    return ngtcp2_conn_submit_crypto_data(conn_of(ssl), ngtcp2_crypto_wolfssl_from_wolfssl_encryption_level(at), data,
                                          n)
           == 0;
  }
  static int alert(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL, std::uint8_t alert_code) {
    ngtcp2_conn_set_tls_alert(conn_of(ssl), alert_code);
    return 1;
  }
  void take(WOLFSSL* ssl, const std::uint8_t* key, const std::uint8_t* iv, const std::uint8_t* mask) {
    ngtcp2_crypto_ctx_tls(&suite_, ssl);
    std::copy_n(iv, iv_.size(), iv_.begin());
    ngtcp2_crypto_aead_ctx_encrypt_init(&sealer_, &suite_.aead, key, iv_.size());
    wolfSSL_EVP_EncryptInit_ex(masker_, wolfSSL_EVP_aes_128_ecb(), nullptr, mask, nullptr);
    wolfSSL_EVP_CIPHER_CTX_set_padding(masker_, 0);
  }

  inline static thread_local forger* current_ = nullptr;
  ngtcp2_crypto_ctx suite_{};
  ngtcp2_crypto_aead_ctx sealer_{};
  WOLFSSL_EVP_CIPHER_CTX* masker_ = wolfSSL_EVP_CIPHER_CTX_new();
  std::array<std::uint8_t, 12> iv_{};
  std::uint32_t number_ = 100'000; // beyond what the server itself has used
  std::uint64_t said_ = 0;
  std::vector<std::byte> id_;
};

/// A client with one stream open, and a server that is silent but for what is forged.
struct forged : talk {
  forger hostile{*shown};
  std::int64_t stream = -1;

  explicit forged(const limits& bounds = {}) : talk(trusting_h3(), showing_h3(), "localhost", bounds) {
    net.tamper = [this](bool to_server, std::vector<std::byte>& datagram) { hostile.watch(to_server, datagram); };
  }
  /// False: they could not even shake hands.
  bool take_over() {
    if (!shake())
      return false;
    stream = client->open_bidirectional().value();
    client_notes.send(stream, "hello");
    net.run_for(std::chrono::seconds{1});
    net.to_client.cut = true;
    return hostile.ready();
  }
  void give(std::string_view frames, std::chrono::nanoseconds then = std::chrono::milliseconds{0},
            const path& from = client_path()) {
    client->receive(from, ecn::not_capable, hostile.seal(frames), net.now);
    net.run_for(then);
  }
};

} // namespace sluice::quic::wire
