#include <sluice/protocols/quic/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

#include <wolfssl/quic.h>

#include <sys/random.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sluice::quic {

namespace {

constexpr int quic_v1_parameters = 0x39; // TLS extension quic_transport_parameters (RFC 9001 section 8.2)

ngtcp2_cid random_id() {
  ngtcp2_cid id{};
  id.datalen = connection_id_bytes;
  fill_random(id.data, id.datalen);
  return id;
}

ngtcp2_duration nanoseconds(std::chrono::milliseconds duration) {
  return static_cast<ngtcp2_duration>(std::chrono::nanoseconds{duration}.count());
}

ngtcp2_conn* conn_of(ngtcp2_crypto_conn_ref* reference) {
  return static_cast<session::impl*>(reference->user_data)->conn;
}

std::uint8_t* raw(std::span<std::byte> bytes) { return reinterpret_cast<std::uint8_t*>(bytes.data()); }

} // namespace

ngtcp2_tstamp stamp(time_point when) {
  return static_cast<ngtcp2_tstamp>(std::chrono::nanoseconds{when.time_since_epoch()}.count());
}

/// Uses getrandom(), because the TLS library may open /dev/urandom, which fails if no file descriptor is free.
void fill_random(std::uint8_t* to, std::size_t n) {
  for (std::size_t filled = 0; filled < n;) {
    if (const auto count = getrandom(to + filled, n - filled, 0); count > 0)
      filled += static_cast<std::size_t>(count);
    else if (errno != EINTR && wolfSSL_RAND_bytes(to + filled, static_cast<int>(n - filled)) == 1)
      return; // the kernel has no getrandom()
    else if (errno != EINTR)
      std::abort(); // connection IDs and tokens would be predictable
  }
}

// ---- impl ----------------------------------------------------------------------------------------

session::impl::~impl() {
  if (conn)
    ngtcp2_conn_del(conn);
}

ngtcp2_settings session::impl::settings(time_point now) const {
  ngtcp2_settings result;
  ngtcp2_settings_default(&result);
  result.initial_ts = stamp(now);
  result.max_tx_udp_payload_size = bounds.datagram_bytes;
  result.handshake_timeout = nanoseconds(handshake_bound());
  result.cc_algo = bounds.congestion_control == congestion_control::bbr ? NGTCP2_CC_ALGO_BBR : NGTCP2_CC_ALGO_CUBIC;
  result.max_window = result.max_stream_window = 0; // no automatic growth of windows
  return result;
}

ngtcp2_transport_params session::impl::parameters() const {
  ngtcp2_transport_params result;
  ngtcp2_transport_params_default(&result);
  result.initial_max_data = bounds.connection_window;
  result.initial_max_stream_data_bidi_local = bounds.stream_window;
  result.initial_max_stream_data_bidi_remote = bounds.stream_window;
  result.initial_max_stream_data_uni = bounds.peer_stream_window;
  result.initial_max_streams_uni = bounds.peer_uni_streams;
  result.initial_max_streams_bidi = bounds.peer_bidi_streams;
  result.max_idle_timeout = nanoseconds(bounds.idle_timeout);
  result.active_connection_id_limit = bounds.connection_ids;
  result.grease_quic_bit = 1;
  return result;
}

void session::impl::adopt(ngtcp2_conn* made) {
  conn = made;
  ngtcp2_ccerr_default(&error);
  reference = {conn_of, this};
  wolfSSL_set_app_data(tls->ssl, &reference);
  if (is_server)
    wolfSSL_set_accept_state(tls->ssl);
  else
    wolfSSL_set_connect_state(tls->ssl);
  wolfSSL_set_quic_transport_version(tls->ssl, quic_v1_parameters);
  ngtcp2_conn_set_tls_native_handle(conn, tls->ssl);
}

void session::impl::begin_client(const quic::path& where, time_point now) {
  fill_random(secret.data(), secret.size());
  const auto callbacks = connection_callbacks(false);
  const auto configured = settings(now);
  const auto params = parameters();
  const auto destination = random_id(), source = random_id();
  ngtcp2_path_storage storage;
  const auto path = to_path(where, storage);
  ngtcp2_conn* made = nullptr;
  if (ngtcp2_conn_client_new(&made, &destination, &source, &path, NGTCP2_PROTO_VER_V1, &callbacks, &configured, &params,
                             nullptr, this)
      != 0)
    return end({errc::internal, caused_by::local, "no memory for a QUIC connection"});
  adopt(made);
  early = begin_early();
  wolfSSL_set_quic_early_data_enabled(tls->ssl, early); // wolfSSL's default is on
}

void session::impl::begin_server(const beginning& from, const quic::path& where, time_point now) {
  const auto callbacks = connection_callbacks(true);
  auto configured = settings(now);
  auto params = parameters();
  const auto source = random_id();
  params.original_dcid = from.after_retry ? from.original : from.header.dcid;
  params.original_dcid_present = 1;
  if (from.after_retry) {
    params.retry_scid = from.header.dcid;
    params.retry_scid_present = 1;
    configured.token = from.header.token;
    configured.tokenlen = from.header.tokenlen;
    configured.token_type = NGTCP2_TOKEN_TYPE_RETRY;
  }
  params.stateless_reset_token_present = 1;
  make_reset_token(source, params.stateless_reset_token);
  ngtcp2_path_storage storage;
  const auto path = to_path(where, storage);
  ngtcp2_conn* made = nullptr;
  if (ngtcp2_conn_server_new(&made, &from.header.scid, &source, &path, from.header.version, &callbacks, &configured,
                             &params, nullptr, this)
      != 0)
    return end({errc::internal, caused_by::local, "no memory for a QUIC connection"});
  adopt(made);
  wolfSSL_set_quic_early_data_enabled(tls->ssl, bounds.early_data); // wolfSSL's default is on
  id_changes = {{from_id(from.header.dcid), true}, {from_id(source), true}};
}

void session::impl::make_reset_token(const ngtcp2_cid& id, std::uint8_t* token) const {
  if (ngtcp2_crypto_generate_stateless_reset_token(token, secret.data(), secret.size(), &id) != 0)
    throw std::bad_alloc{}; // its only cause; ignoring it would leave the token uninitialised
}

void session::impl::on_handshake() {
  tls->established = true;
  char* name = nullptr;
  unsigned short size = 0;
  if (wolfSSL_ALPN_GetProtocol(tls->ssl, &name, &size) != WOLFSSL_SUCCESS || size == 0) { // RFC 9001 section 8.1
    ngtcp2_ccerr_set_tls_alert(&error, 120 /* no_application_protocol */, nullptr, 0);
    end({errc::unsupported_protocol, caused_by::remote,
         who() + " agreed on no application protocol (ALPN) over QUIC; offered: " + tls->context->alpn});
    close_pending = true;
    return;
  }
  const bool was_ready = is_server && early; // on_sending_key() has called on_ready()
  if (!is_server)
    end_early();
  early = false;
  established = true;
  if (!was_ready)
    app.on_ready();
}

void session::impl::receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram,
                            time_point now) {
  if (over || datagram.empty())
    return;
  ngtcp2_path_storage storage;
  const auto path = to_path(from, storage);
  const ngtcp2_pkt_info info{static_cast<std::uint8_t>(mark)};
  if (const int code = ngtcp2_conn_read_pkt(conn, &path, &info, reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                            datagram.size(), at(now));
      code != 0)
    end_by_library(code);
  // Count only authenticated packets: a third party that sends forged ones must not be able to end the connection.
  if (!take_opened() || over)
    return;
  if (std::exchange(probing, false))
    set_ping_interval();
  if (!idle.take(now))
    end_by_flood();
}

void session::impl::on_acknowledged(std::int64_t id, std::uint64_t n) {
  on_progress(n);
  if (const auto unsent = unsent_ends.find(id); unsent != unsent_ends.end())
    unsent->second += n;
  else
    app.on_acknowledged(id, n);
}

void session::impl::end_sent(std::int64_t id) {
  if (const auto unsent = unsent_ends.extract(id); !unsent.empty() && unsent.mapped() > 0)
    app.on_acknowledged(id, unsent.mapped());
}

std::size_t session::impl::write_packet(std::span<std::byte> into, quic::path& where, quic::ecn& mark, time_point now) {
  ngtcp2_path_storage storage;
  ngtcp2_path_storage_zero(&storage);
  ngtcp2_pkt_info info{};
  for (;;) {
    outgoing next;
    if (usable())
      next = app.next_outgoing();
    if (next.bytes() > 0 && ngtcp2_conn_get_max_data_left(conn) == 0)
      next = {}; // an end without data (FIN) needs no credit
    ngtcp2_vec parts[outgoing::parts_max];
    for (std::size_t i = 0; i < next.count; ++i)
      parts[i] = {reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(next.parts[i].data())), next.parts[i].size()};
    ngtcp2_ssize taken = -1;
    const std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE | (next.last ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0u);
    const auto n = ngtcp2_conn_writev_stream(conn, &storage.path, &info, raw(into), into.size(), &taken, flags, next.id,
                                             parts, next.count, latest);
    const bool end_alone = next.last && next.bytes() == 0;
    if (end_alone && taken < 0)
      unsent_ends.try_emplace(next.id, 0);
    if (taken >= 0 && (n >= 0 || n == NGTCP2_ERR_WRITE_MORE)) {
      app.on_written(next.id, static_cast<std::size_t>(taken));
      if (end_alone)
        end_sent(next.id);
    }
    if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      app.on_blocked(next.id);
    } else if (n == NGTCP2_ERR_STREAM_SHUT_WR || n == NGTCP2_ERR_STREAM_NOT_FOUND) {
      app.on_unwritable(next.id);
      end_sent(next.id);
    } else if (n < 0 && n != NGTCP2_ERR_WRITE_MORE) {
      end_by_library(static_cast<int>(n));
      return write_close(into, where, now);
    } else if (n >= 0) {
      if (n > 0) {
        where = from_path(storage.path);
        mark = static_cast<quic::ecn>(info.ecn & NGTCP2_ECN_MASK);
      }
      return static_cast<std::size_t>(n);
    }
  }
}

std::size_t session::impl::write_close(std::span<std::byte> into, quic::path& where, time_point) {
  if (!std::exchange(close_pending, false))
    return 0;
  if (!error_text.empty()) {
    error.reason = reinterpret_cast<const std::uint8_t*>(error_text.data());
    error.reasonlen = error_text.size();
  }
  ngtcp2_path_storage storage;
  ngtcp2_path_storage_zero(&storage);
  ngtcp2_pkt_info info{};
  const auto n = ngtcp2_conn_write_connection_close(conn, &storage.path, &info, raw(into), into.size(), &error, latest);
  if (n <= 0)
    return 0;
  where = from_path(storage.path);
  return static_cast<std::size_t>(n);
}

batch session::impl::close_datagram(std::span<std::byte> into, time_point now) noexcept {
  batch out;
  if (!wants_close_packet() || !conn)
    return out;
  at(now);
  out.bytes = out.segment = write_close(into.first(ngtcp2_conn_get_max_tx_udp_payload_size(conn)), out.path, now);
  return out;
}

batch session::impl::next_datagrams(std::span<std::byte> into, time_point now) {
  batch out;
  if (!conn)
    return out;
  if (over)
    return close_datagram(into, now);
  const auto time = at(now);
  const auto largest = ngtcp2_conn_get_max_tx_udp_payload_size(conn);
  assert(into.size() >= largest);
  if (!held.empty()) {
    std::memcpy(into.data(), held.data(), held.size());
    out = {held.size(), held.size(), held_path, held_mark};
    held.clear();
  }
  const auto limit = std::min({into.size(), bounds.batch_bytes, std::max(ngtcp2_conn_get_send_quantum(conn), largest)});
  const auto known_to_pass = ngtcp2_conn_get_path_max_tx_udp_payload_size(conn);
  // A larger datagram is a path MTU probe. It is sent alone, because the kernel may refuse it.
  while (out.bytes + largest <= limit && out.segment <= known_to_pass
         && out.bytes % std::max<std::size_t>(out.segment, 1) == 0) {
    quic::path where;
    auto mark = quic::ecn::not_capable;
    const auto packet = into.subspan(out.bytes, largest);
    const auto n = write_packet(packet, where, mark, now);
    if (n == 0)
      break;
    if (out.bytes == 0) {
      out = {n, n, where, mark};
    } else if (n > out.segment || where != out.path || mark != out.ecn) {
      held.assign(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(n));
      held_path = where;
      held_mark = mark;
      break;
    } else {
      out.bytes += n;
    }
  }
  if (out.bytes > 0)
    ngtcp2_conn_update_pkt_tx_time(conn, time);
  return out;
}

// ---- session -------------------------------------------------------------------------------------

session::session(application& on_top, const client_context& context, const std::string& host, std::uint16_t port,
                 const quic::path& where, const limits& bounds, time_point now)
  : impl_(std::make_unique<impl>(on_top, bounds)) {
  impl_->tls = tls::start_quic_client(context.tls(), host, port);
  if (impl_->tls->error)
    impl_->end(impl_->tls->error);
  else
    impl_->begin_client(where, now);
}

session::session(application& on_top, const server_context& context, const quic::path& where,
                 std::span<const std::byte> first, const limits& bounds, time_point now)
  : impl_(std::make_unique<impl>(on_top, bounds)) {
  impl_->is_server = true;
  impl_->secret = context.secret();
  impl_->tls = tls::start_quic_server(context.tls());
  beginning from;
  if (impl_->tls->error)
    impl_->end(impl_->tls->error);
  else if (!read_beginning(context, where, first, stamp(now), from))
    impl_->end({errc::connection_closed, caused_by::remote, "the datagram does not begin a QUIC connection"});
  else
    impl_->begin_server(from, where, now);
}

session::~session() = default;

void session::receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram, time_point now) {
  impl_->edge([&] { impl_->receive(from, mark, datagram, now); });
}

batch session::next_datagrams(std::span<std::byte> into, time_point now) {
  batch result;
  if (!impl_->guard_)
    impl_->edge([&] { result = impl_->next_datagrams(into, now); });
  if (impl_->guard_) // a CONNECTION_CLOSE is all that may still be sent
    result = impl_->close_datagram(into, now);
  return result;
}

time_point session::deadline() const {
  if (impl_->over)
    return time_point::max();
  const auto expiry = ngtcp2_conn_get_expiry(impl_->conn);
  if (expiry >= stamp(time_point::max()))
    return time_point::max();
  return time_point{std::chrono::nanoseconds{static_cast<std::int64_t>(expiry)}};
}

void session::on_time(time_point now) {
  if (impl_->over || ngtcp2_conn_get_expiry(impl_->conn) > impl_->at(now))
    return;
  impl_->edge([&] {
    if (const int code = ngtcp2_conn_handle_expiry(impl_->conn, impl_->latest); code != 0)
      impl_->end_by_library(code);
  });
}

bool session::established() const { return impl_->established; }
bool session::early() const { return impl_->early && !impl_->over; }
bool session::ended() const { return impl_->over; }
const failure& session::problem() const { return impl_->problem; }
bool session::closed_by_peer() const { return impl_->closed_by_peer; }
tls::session_info session::info() const { return tls::info_of(*impl_->tls); }

std::chrono::nanoseconds session::round_trip() const {
  if (!impl_->conn)
    return {};
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info(impl_->conn, &info);
  return std::chrono::nanoseconds{info.min_rtt == UINT64_MAX ? 0 : static_cast<std::int64_t>(info.min_rtt)};
}

void session::keep_alive(bool on) {
  impl_->kept_alive = on && impl_->bounds.keep_alive_after.count() > 0;
  impl_->set_ping_interval();
}

void session::probe() {
  impl_->probing = true;
  impl_->set_ping_interval();
}

void session::impl::set_ping_interval() {
  constexpr std::chrono::milliseconds probe_interval{50};
  if (conn && !over)
    ngtcp2_conn_set_keep_alive_timeout(conn, probing      ? nanoseconds(probe_interval)
                                             : kept_alive ? nanoseconds(bounds.keep_alive_after)
                                                          : UINT64_MAX);
}

bool session::update_keys(time_point now) {
  if (impl_->over)
    return false;
  const int code = ngtcp2_conn_initiate_key_update(impl_->conn, impl_->at(now));
  return impl_->usable_after(code) && code == 0;
}

failure session::migrate(const address& local, bool at_once, time_point now) {
  if (impl_->over)
    return {errc::connection_closed, caused_by::transport, "the connection has ended"};
  ngtcp2_path_storage storage;
  const auto to = to_path({local, path().remote}, storage);
  const int code = at_once ? ngtcp2_conn_initiate_immediate_migration(impl_->conn, &to, impl_->at(now))
                           : ngtcp2_conn_initiate_migration(impl_->conn, &to, impl_->at(now));
  if (!impl_->usable_after(code))
    return made_or_out_of_memory([&] { return impl_->problem; });
  if (code == 0)
    return {};
  return made_or_out_of_memory([&] {
    return failure{errc::connection_reset, caused_by::transport,
                   "the connection cannot migrate to another address now: " + std::string{ngtcp2_strerror(code)}};
  });
}

quic::path session::path() const { return impl_->conn ? from_path(*ngtcp2_conn_get_path(impl_->conn)) : quic::path{}; }
std::size_t session::datagram_bytes() const {
  return impl_->conn ? ngtcp2_conn_get_path_max_tx_udp_payload_size(impl_->conn) : 0;
}

std::optional<std::int64_t> session::open_bidirectional() {
  std::int64_t id = -1;
  if (!impl_->usable())
    return {};
  if (const int code = ngtcp2_conn_open_bidi_stream(impl_->conn, &id, nullptr); !impl_->usable_after(code) || code != 0)
    return {};
  return id;
}

std::optional<std::int64_t> session::open_unidirectional() {
  std::int64_t id = -1;
  if (!impl_->usable())
    return {};
  if (const int code = ngtcp2_conn_open_uni_stream(impl_->conn, &id, nullptr); !impl_->usable_after(code) || code != 0)
    return {};
  return id;
}

std::uint64_t session::bidirectional_left() const {
  return !impl_->usable() ? 0 : ngtcp2_conn_get_streams_bidi_left(impl_->conn);
}

void session::credit_stream(std::int64_t id, std::uint64_t n) {
  if (!impl_->over)
    impl_->usable_after(ngtcp2_conn_extend_max_stream_offset(impl_->conn, id, n));
}

void session::credit_connection(std::uint64_t n) {
  if (!impl_->over)
    ngtcp2_conn_extend_max_offset(impl_->conn, n);
}

void session::stop(std::int64_t id, std::uint64_t code) {
  if (!impl_->over)
    impl_->usable_after(ngtcp2_conn_shutdown_stream_read(impl_->conn, 0, id, code));
}

void session::reset(std::int64_t id, std::uint64_t code) {
  if (!impl_->over)
    impl_->usable_after(ngtcp2_conn_shutdown_stream_write(impl_->conn, 0, id, code));
}

std::uint64_t session::send_room(std::int64_t id) const {
  if (!impl_->usable())
    return 0;
  return std::min(ngtcp2_conn_get_max_data_left(impl_->conn), ngtcp2_conn_get_max_stream_data_left(impl_->conn, id));
}

void session::close(std::uint64_t code, failure why) {
  if (impl_->over)
    return;
  impl_->guard_.run_always([&] { impl_->error_text = why.detail.substr(0, 120); });
  ngtcp2_ccerr_set_application_error(&impl_->error, code, nullptr, 0);
  impl_->end(std::move(why));
  impl_->close_pending = impl_->conn != nullptr;
}

void session::allow_bidirectional(std::uint64_t n) {
  if (!impl_->over)
    ngtcp2_conn_extend_max_streams_bidi(impl_->conn, n);
}

std::vector<session::id_change> session::take_id_changes() { return std::exchange(impl_->id_changes, {}); }

std::uint64_t session::stream_room(std::int64_t id) const {
  return !impl_->usable() ? 0 : ngtcp2_conn_get_max_stream_data_left(impl_->conn, id);
}

std::uint64_t session::first_stream_room() const {
  const auto* params = impl_->established ? ngtcp2_conn_get_remote_transport_params(impl_->conn) : nullptr;
  return params ? params->initial_max_stream_data_bidi_local : 0;
}

} // namespace sluice::quic
