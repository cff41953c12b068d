#include <sluice/protocols/quic/session_impl.hpp>

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace sluice::quic {

namespace {

constexpr auto token_lifetime = 10 * NGTCP2_SECONDS; // of a Retry token

void sockaddr_of(const address& from, ngtcp2_sockaddr_union& storage, ngtcp2_addr& to) {
  storage = {};
  if (from.v6) {
    storage.in6.sin6_family = AF_INET6;
    storage.in6.sin6_port = htons(from.port);
    storage.in6.sin6_scope_id = from.scope;
    std::memcpy(&storage.in6.sin6_addr, from.octets.data(), 16);
    to = {&storage.sa, sizeof storage.in6};
  } else {
    storage.in.sin_family = AF_INET;
    storage.in.sin_port = htons(from.port);
    std::memcpy(&storage.in.sin_addr, from.octets.data(), 4);
    to = {&storage.sa, sizeof storage.in};
  }
}

address address_of(const ngtcp2_addr& library_address) {
  address result;
  ngtcp2_sockaddr_union from{};
  std::memcpy(&from, library_address.addr, std::min<std::size_t>(sizeof from, library_address.addrlen));
  result.v6 = from.sa.sa_family == AF_INET6;
  if (result.v6) {
    result.port = ntohs(from.in6.sin6_port);
    result.scope = from.in6.sin6_scope_id;
    std::memcpy(result.octets.data(), &from.in6.sin6_addr, 16);
  } else {
    result.port = ntohs(from.in.sin_port);
    std::memcpy(result.octets.data(), &from.in.sin_addr, 4);
  }
  return result;
}

const std::uint8_t* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
std::uint8_t* raw(std::vector<std::byte>& bytes) { return reinterpret_cast<std::uint8_t*>(bytes.data()); }

/// Makes a decision from the result `n` of a library call that wrote into `packet`; drop if it wrote nothing.
server_context::decision answer_of(std::vector<std::byte> packet, ngtcp2_ssize n) {
  if (n <= 0)
    return {};
  packet.resize(static_cast<std::size_t>(n));
  return {server_context::verdict::answer, std::move(packet)};
}

server_context::decision negotiate_version(const ngtcp2_version_cid& header, std::size_t datagram_bytes) {
  if (datagram_bytes < NGTCP2_MAX_UDP_PAYLOAD_SIZE) // RFC 9000 section 6.1: smaller datagrams get no answer
    return {};
  std::vector<std::byte> packet(256);
  constexpr std::uint32_t reserved = 0x1a2a3a4au; // exercises version negotiation (RFC 9000 section 6.3)
  const std::uint32_t versions[] = {reserved, NGTCP2_PROTO_VER_V1};
  return answer_of(packet,
                   ngtcp2_pkt_write_version_negotiation(raw(packet), packet.size(), 0x5a, header.scid, header.scidlen,
                                                        header.dcid, header.dcidlen, versions, std::size(versions)));
}

server_context::decision reset_statelessly(const server_context& context, const ngtcp2_version_cid& header,
                                           std::size_t datagram_bytes) {
  if (datagram_bytes < 43) // RFC 9000 section 10.3.3: the reset must be smaller than the datagram
    return {};
  ngtcp2_cid id{};
  ngtcp2_cid_init(&id, header.dcid, header.dcidlen);
  std::uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN], noise[25];
  if (ngtcp2_crypto_generate_stateless_reset_token(token, context.secret().data(), context.secret().size(), &id) != 0)
    return {};
  fill_random(noise, sizeof noise);
  std::vector<std::byte> packet(64);
  return answer_of(packet, ngtcp2_pkt_write_stateless_reset(raw(packet), packet.size(), token, noise, sizeof noise));
}

server_context::decision retry(const server_context& context, const quic::path& where, const ngtcp2_pkt_hd& header,
                               ngtcp2_tstamp now) {
  ngtcp2_cid id{};
  id.datalen = connection_id_bytes;
  fill_random(id.data, id.datalen);
  ngtcp2_path_storage storage;
  const auto path = to_path(where, storage);
  std::uint8_t token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN2];
  const auto size =
      ngtcp2_crypto_generate_retry_token2(token, context.secret().data(), context.secret().size(), header.version,
                                          path.remote.addr, path.remote.addrlen, &id, &header.dcid, now);
  if (size < 0)
    return {};
  std::vector<std::byte> packet(512);
  return answer_of(packet, ngtcp2_crypto_write_retry(raw(packet), packet.size(), header.version, &header.scid, &id,
                                                     &header.dcid, token, static_cast<std::size_t>(size)));
}

} // namespace

ngtcp2_path to_path(const quic::path& from, ngtcp2_path_storage& storage) {
  ngtcp2_path_storage_zero(&storage);
  sockaddr_of(from.local, storage.local_addrbuf, storage.path.local);
  sockaddr_of(from.remote, storage.remote_addrbuf, storage.path.remote);
  return storage.path;
}

quic::path from_path(const ngtcp2_path& library_path) {
  return {address_of(library_path.local), address_of(library_path.remote)};
}

connection_id from_id(const ngtcp2_cid& id) {
  connection_id result;
  result.size = static_cast<std::uint8_t>(id.datalen);
  std::copy_n(id.data, id.datalen, result.octets.begin());
  return result;
}

std::optional<connection_id> destination_of(std::span<const std::byte> datagram) {
  if (datagram.empty())
    return {};
  ngtcp2_version_cid header{};
  const auto known = ngtcp2_pkt_decode_version_cid(&header, raw(datagram), datagram.size(), connection_id_bytes);
  if ((known != 0 && known != NGTCP2_ERR_VERSION_NEGOTIATION) || header.dcidlen > NGTCP2_MAX_CIDLEN)
    return {};
  ngtcp2_cid id{};
  ngtcp2_cid_init(&id, header.dcid, header.dcidlen);
  return from_id(id);
}

bool read_beginning(const server_context& context, const quic::path& where, std::span<const std::byte> datagram,
                    ngtcp2_tstamp now, beginning& to) {
  if (ngtcp2_accept(&to.header, raw(datagram), datagram.size()) != 0)
    return false;
  if (to.header.tokenlen == 0 || to.header.token[0] != NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY2)
    return true;
  ngtcp2_path_storage storage;
  const auto path = to_path(where, storage);
  to.after_retry =
      ngtcp2_crypto_verify_retry_token2(&to.original, to.header.token, to.header.tokenlen, context.secret().data(),
                                        context.secret().size(), to.header.version, path.remote.addr,
                                        path.remote.addrlen, &to.header.dcid, token_lifetime, now)
      == 0;
  return to.after_retry;
}

result_or_failure<std::shared_ptr<client_context>> client_context::make(const tls::client_config& config) {
  auto shared = tls::make_quic_client(config, configure_client);
  if (!shared)
    return shared.error();
  return std::make_shared<client_context>(*std::move(shared));
}

result_or_failure<std::shared_ptr<server_context>> server_context::make(const tls::server_config& config) {
  auto shared = tls::make_quic_server(config, configure_server);
  if (!shared)
    return shared.error();
  return std::make_shared<server_context>(*std::move(shared));
}

server_context::server_context(std::shared_ptr<tls::shared_context> shared) : tls_(std::move(shared)) {
  fill_random(secret_.data(), secret_.size());
}

server_context::decision server_context::decide(const quic::path& path, std::span<const std::byte> datagram,
                                                bool with_retry, std::uint64_t now_ns) const {
  ngtcp2_version_cid header{};
  const auto known = ngtcp2_pkt_decode_version_cid(&header, raw(datagram), datagram.size(), connection_id_bytes);
  if (known == NGTCP2_ERR_VERSION_NEGOTIATION)
    return negotiate_version(header, datagram.size());
  if (known != 0)
    return {};
  const bool long_header = (std::to_integer<unsigned>(datagram.front()) & 0x80u) != 0; // RFC 9000 section 17
  if (header.version == 0 && long_header)
    return {}; // a Version Negotiation packet, which servers do not answer (RFC 9000 section 6.1)
  if (header.version == 0)
    return reset_statelessly(*this, header, datagram.size());
  beginning first;
  if (!read_beginning(*this, path, datagram, now_ns, first))
    return {};
  if (with_retry && !first.after_retry)
    return retry(*this, path, first.header, now_ns);
  return {verdict::accept, {}};
}

} // namespace sluice::quic
