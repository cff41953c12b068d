// The callbacks of ngtcp2, which call the application protocol.
#include <sluice/protocols/quic/packet_protection_impl.hpp>
#include <sluice/protocols/quic/session_impl.hpp>

#include <cstdio>
#include <utility>

namespace sluice::quic {

namespace {

session::impl& of(void* user) { return *static_cast<session::impl*>(user); }
/// The return value of a callback. If the application protocol has closed the connection, it makes ngtcp2 stop;
/// end_by_library() then keeps the reason.
int outcome(const session::impl& connection) { return connection.over ? NGTCP2_ERR_CALLBACK_FAILURE : 0; }

thread_local bool opened = false; // not in the connection, because ngtcp2 does not pass it to decrypt()

int decrypt(std::uint8_t* to, const ngtcp2_crypto_aead* aead, const ngtcp2_crypto_aead_ctx* key,
            const std::uint8_t* from, std::size_t n, const std::uint8_t* nonce, std::size_t nonce_size,
            const std::uint8_t* header, std::size_t header_size) {
  const int result = open(to, aead, key, from, n, nonce, nonce_size, header, header_size);
  opened = opened || result == 0;
  return result;
}
int handshake_completed(ngtcp2_conn*, void* user) {
  of(user).on_handshake();
  return outcome(of(user));
}
int client_initial(ngtcp2_conn* conn, void* user) {
  const int result = ngtcp2_crypto_client_initial_cb(conn, user);
  return result != 0 ? result : ngtcp2_conn_get_tls_error(conn); // set by install() for the early data key
}
int handshake_bytes(ngtcp2_conn* conn, ngtcp2_encryption_level level, std::uint64_t offset, const std::uint8_t* data,
                    std::size_t n, void* user) {
  if (level == NGTCP2_ENCRYPTION_LEVEL_1RTT && !of(user).allows_messages(std::as_bytes(std::span{data, n})))
    return NGTCP2_ERR_CALLBACK_FAILURE;
  const int result = ngtcp2_crypto_recv_crypto_data_cb(conn, level, offset, data, n, user);
  return result != 0 ? result : ngtcp2_conn_get_tls_error(conn); // set by install(); the TLS library does not know it
}
int sending_key(ngtcp2_conn*, ngtcp2_encryption_level level, void* user) {
  if (level == NGTCP2_ENCRYPTION_LEVEL_1RTT)
    of(user).on_sending_key();
  return outcome(of(user));
}
int version_negotiation(ngtcp2_conn*, const ngtcp2_pkt_hd*, const std::uint32_t* versions, std::size_t n, void* user) {
  for (std::size_t i = 0; i < n && i < 8; ++i) {
    char text[16];
    std::snprintf(text, sizeof text, "%s0x%08x", i ? ", " : "", versions[i]);
    of(user).offered_versions += text;
  }
  return 0;
}
int stream_data(ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t, const std::uint8_t* data,
                std::size_t n, void* user, void*) {
  of(user).on_progress(n);
  of(user).app.on_stream_data(id, std::as_bytes(std::span{data, n}), flags & NGTCP2_STREAM_DATA_FLAG_FIN);
  return outcome(of(user));
}
int acknowledged(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t n, void* user, void*) {
  of(user).on_acknowledged(id, n);
  return outcome(of(user));
}
int stream_closed(ngtcp2_conn*, std::uint32_t flags, std::int64_t id, std::uint64_t code, void* user, void*) {
  of(user).unsent_ends.erase(id);
  of(user).app.on_stream_closed(id, flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET ? std::optional{code}
                                                                                        : std::nullopt);
  return outcome(of(user));
}
int stream_reset(ngtcp2_conn*, std::int64_t id, std::uint64_t, std::uint64_t code, void* user, void*) {
  of(user).app.on_stream_reset(id, code);
  return outcome(of(user));
}
int send_room(ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user, void*) {
  of(user).app.on_send_room(id);
  return outcome(of(user));
}
int streams_allowed(ngtcp2_conn*, std::uint64_t, void* user) {
  if (of(user).established)
    of(user).app.on_streams_allowed();
  return outcome(of(user));
}
int stateless_reset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user) {
  of(user).reset_statelessly = true;
  return 0;
}
void random_bytes(std::uint8_t* to, std::size_t n, const ngtcp2_rand_ctx*) { fill_random(to, n); }
int new_connection_id(ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token, std::size_t n, void* user) {
  fill_random(id->data, n);
  id->datalen = n;
  of(user).make_reset_token(*id, token);
  if (of(user).is_server)
    of(user).id_changes.push_back({from_id(*id), true});
  return 0;
}
int connection_id_retired(ngtcp2_conn*, const ngtcp2_cid* id, void* user) {
  of(user).id_changes.push_back({from_id(*id), false});
  return 0;
}

/// Wraps each callback that may throw: an exception must not cross the stack frames of ngtcp2.
template <auto Callback>
constexpr auto guarded = &guarded_callback<session::impl, Callback, NGTCP2_ERR_CALLBACK_FAILURE>::call;

} // namespace

bool take_opened() { return std::exchange(opened, false); }

ngtcp2_callbacks connection_callbacks(bool server) {
  ngtcp2_callbacks callbacks{};
  if (server) {
    callbacks.recv_tx_key = guarded<sending_key>;
    callbacks.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    callbacks.remove_connection_id = guarded<connection_id_retired>;
  } else {
    callbacks.client_initial = guarded<client_initial>;
    callbacks.recv_retry = ngtcp2_crypto_recv_retry_cb;
    callbacks.recv_version_negotiation = guarded<version_negotiation>;
    callbacks.recv_stateless_reset = guarded<stateless_reset>;
  }
  callbacks.recv_crypto_data = guarded<handshake_bytes>;
  callbacks.encrypt = seal;
  callbacks.decrypt = decrypt;
  callbacks.hp_mask = mask;
  callbacks.update_key = ngtcp2_crypto_update_key_cb;
  callbacks.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
  callbacks.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
  callbacks.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
  callbacks.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
  callbacks.handshake_completed = guarded<handshake_completed>;
  callbacks.recv_stream_data = guarded<stream_data>;
  callbacks.acked_stream_data_offset = guarded<acknowledged>;
  callbacks.stream_close = guarded<stream_closed>;
  callbacks.stream_reset = guarded<stream_reset>;
  callbacks.extend_max_stream_data = guarded<send_room>;
  callbacks.extend_max_local_streams_bidi = guarded<streams_allowed>;
  callbacks.rand = random_bytes;
  callbacks.get_new_connection_id = guarded<new_connection_id>;
  return callbacks;
}

} // namespace sluice::quic
