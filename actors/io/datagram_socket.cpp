#include <sluice/actors/io/datagram_socket.hpp>

#include <sluice/actors/io/descriptors.hpp>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice {

namespace {

constexpr std::size_t most_bytes = 65'535; // that one receive can bring: a datagram, or several that GRO joined
constexpr int kernel_buffer_bytes = 4 << 20;

template <class T>
bool set(int socket, int level, int name, T value) {
  return setsockopt(socket, level, name, &value, sizeof value) == 0;
}

/// Where `n` datagrams arrive: shared by all sockets of a thread, as each lasts only for one call. Memory that no
/// datagram reaches is never touched.
template <std::size_t n>
std::byte* landing(std::size_t i) {
  static thread_local const auto space = std::make_unique_for_overwrite<std::byte[]>(n * most_bytes);
  return space.get() + i * most_bytes;
}

struct address_storage {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  explicit address_storage(const quic::address& address) {
    const auto end = to_endpoint(address);
    std::memcpy(&bytes, end.data(), end.size());
    size = static_cast<socklen_t>(end.size());
  }
};

quic::address address_of(const sockaddr_storage& storage, socklen_t size) {
  asio::ip::udp::endpoint end;
  std::memcpy(end.data(), &storage, std::min<std::size_t>(size, end.capacity()));
  return to_address(end);
}

template <class T>
T value_of(const cmsghdr* header) {
  T value;
  std::memcpy(&value, CMSG_DATA(header), sizeof value);
  return value;
}

/// The control messages of one datagram to send.
class control {
public:
  template <class T>
  void add(int level, int type, const T& value) {
    auto* header = reinterpret_cast<cmsghdr*>(bytes_ + size_);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
    size_ += CMSG_SPACE(sizeof value);
  }
  void put_into(msghdr& message) {
    message.msg_control = size_ ? bytes_ : nullptr;
    message.msg_controllen = size_;
  }

private:
  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))
                               + CMSG_SPACE(sizeof(std::uint16_t))]{};
  std::size_t size_ = 0;
};

} // namespace

quic::address to_address(const asio::ip::udp::endpoint& endpoint) {
  quic::address result;
  result.port = endpoint.port();
  result.v6 = endpoint.address().is_v6();
  if (result.v6) {
    const auto bytes = endpoint.address().to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.octets.begin());
    result.scope = static_cast<std::uint32_t>(endpoint.address().to_v6().scope_id());
  } else {
    const auto bytes = endpoint.address().to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.octets.begin());
  }
  return result;
}

asio::ip::udp::endpoint to_endpoint(const quic::address& address) {
  if (address.v6)
    return {asio::ip::address_v6{address.octets, address.scope}, address.port};
  return {asio::ip::address_v4{{address.octets[0], address.octets[1], address.octets[2], address.octets[3]}},
          address.port};
}

result_or_failure<datagram_socket> datagram_socket::bind(asio::io_context& io, const quic::address& local) {
  return open(io, local, false);
}
result_or_failure<datagram_socket> datagram_socket::connect(asio::io_context& io, const quic::address& remote,
                                                            std::shared_ptr<const local_binding> from) {
  return open(io, remote, true, std::move(from));
}

result_or_failure<datagram_socket> datagram_socket::open(asio::io_context& io, const quic::address& at, bool connect,
                                                         std::shared_ptr<const local_binding> from) {
  std::error_code code;
  const auto end = to_endpoint(at);
  const auto where = end.address().to_string() + " port " + std::to_string(at.port);
  asio::ip::udp::socket socket{io};
  socket.open(end.protocol(), code);
  if (code)
    return socket_failure(code, {errc::connect_failed, caused_by::local, "no UDP socket for " + where});
  datagram_socket made{std::move(socket), connect};
  made.prepare(at.v6);
  if (from)
    if (auto problem = bind_socket(made.socket_.native_handle(), at.v6, *from))
      return problem;
  made.from_ = std::move(from);
  if (connect)
    made.socket_.connect(end, code);
  else
    made.socket_.bind(end, code);
  if (code)
    return socket_failure(code, {errc::connect_failed, connect ? caused_by::transport : caused_by::local,
                                 (connect ? "UDP to " : "UDP at ") + where});
  made.local_ = to_address(made.socket_.local_endpoint(code));
  if (connect)
    made.remote_ = at;
  return made;
}

/// What of this the kernel does not have costs speed, not function.
void datagram_socket::prepare(bool v6) {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  const int descriptor = socket_.native_handle();
  set(descriptor, SOL_SOCKET, SO_RCVBUF, kernel_buffer_bytes);
  set(descriptor, SOL_SOCKET, SO_SNDBUF, kernel_buffer_bytes);
  set(descriptor, SOL_UDP, UDP_GRO, 1);
  // Datagrams are never fragmented, and the path's limits are found by trying (RFC 8899), not by the kernel's memory of
  // it.
  if (v6) {
    set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(descriptor, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    if (!connected_)
      set(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set(descriptor, IPPROTO_IP, IP_RECVTOS, 1);
    if (!connected_)
      set(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
  }
}

std::size_t datagram_socket::buffer_bytes() {
  asio::socket_base::receive_buffer_size size;
  std::error_code code;
  socket_.get_option(size, code);
  return code ? 0 : static_cast<std::size_t>(size.value());
}

datagram_socket::status datagram_socket::fail(int code, const char* operation) {
  error_ = {errc::connection_closed, caused_by::transport,
            std::string{operation} + " failed: " + std::generic_category().message(code)};
  return status::failed;
}

datagram_socket::status datagram_socket::take(arrival (&to)[arrivals_max], std::size_t& n) {
  mmsghdr messages[arrivals_max]{};
  iovec parts[arrivals_max];
  sockaddr_storage from[arrivals_max];
  alignas(cmsghdr) char controls[arrivals_max][128];
  const auto wanted = joined_ ? joined_max : arrivals_max;
  for (std::size_t i = 0; i < wanted; ++i) {
    parts[i] = {landing<arrivals_max>(i), most_bytes};
    auto& header = messages[i].msg_hdr;
    header.msg_iov = &parts[i];
    header.msg_iovlen = 1;
    header.msg_name = connected_ ? nullptr : &from[i];
    header.msg_namelen = connected_ ? 0 : sizeof from[i];
    header.msg_control = controls[i];
    header.msg_controllen = sizeof controls[i];
  }
  const int got = recvmmsg(socket_.native_handle(), messages, static_cast<unsigned>(wanted), MSG_DONTWAIT, nullptr);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
      return status::would_block;
    if (errno == ECONNREFUSED)
      return connected_ ? status::refused : status::ok;
    if (errno == EHOSTUNREACH || errno == ENETUNREACH
        || errno == EMSGSIZE) // what a router said; it may change its mind
      return status::ok;
    return fail(errno, "receiving over UDP");
  }
  joined_ = false;
  for (int i = 0; i < got; ++i) {
    auto& header = messages[i].msg_hdr;
    auto& received = to[n];
    received = {{local_, connected_ ? remote_ : address_of(from[i], header.msg_namelen)},
                quic::ecn::not_capable,
                messages[i].msg_len,
                {static_cast<const std::byte*>(parts[i].iov_base), messages[i].msg_len}};
    for (auto* control_message = CMSG_FIRSTHDR(&header); control_message;
         control_message = CMSG_NXTHDR(&header, control_message)) {
      if (control_message->cmsg_level == SOL_UDP && control_message->cmsg_type == UDP_GRO)
        received.segment = static_cast<std::size_t>(std::max(value_of<int>(control_message), 1));
      else if (control_message->cmsg_level == IPPROTO_IP && control_message->cmsg_type == IP_TOS)
        received.mark = static_cast<quic::ecn>(value_of<std::uint8_t>(control_message) & 3);
      else if (control_message->cmsg_level == IPPROTO_IPV6 && control_message->cmsg_type == IPV6_TCLASS)
        received.mark = static_cast<quic::ecn>(value_of<int>(control_message) & 3);
      else if (control_message->cmsg_level == IPPROTO_IP && control_message->cmsg_type == IP_PKTINFO)
        std::memcpy(received.path.local.octets.data(),
                    &reinterpret_cast<const in_pktinfo*>(CMSG_DATA(control_message))->ipi_addr, 4);
      else if (control_message->cmsg_level == IPPROTO_IPV6 && control_message->cmsg_type == IPV6_PKTINFO)
        std::memcpy(received.path.local.octets.data(),
                    &reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(control_message))->ipi6_addr, 16);
    }
    joined_ = joined_ || received.segment < received.bytes.size();
    n += !received.bytes.empty(); // an empty datagram is nothing
  }
  return static_cast<std::size_t>(got) < wanted ? status::would_block : status::ok;
}

/// As sendmsg answers; with more than one segment in `bytes`, the kernel splits them.
long datagram_socket::send_once(const quic::batch& batch, std::span<const std::byte> bytes) {
  msghdr message{};
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  address_storage to{batch.path.remote};
  if (!connected_) {
    message.msg_name = &to.bytes;
    message.msg_namelen = to.size;
  }
  control more;
  const bool v6 = batch.path.remote.v6;
  if (!connected_ && v6) {
    in6_pktinfo from{};
    std::memcpy(&from.ipi6_addr, batch.path.local.octets.data(), 16);
    more.add(IPPROTO_IPV6, IPV6_PKTINFO, from);
  } else if (!connected_) {
    in_pktinfo from{};
    std::memcpy(&from.ipi_spec_dst, batch.path.local.octets.data(), 4);
    more.add(IPPROTO_IP, IP_PKTINFO, from);
  }
  if (batch.ecn != quic::ecn::not_capable)
    more.add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, static_cast<int>(batch.ecn));
  if (bytes.size() > batch.segment)
    more.add(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(batch.segment));
  more.put_into(message);
  auto sent = sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == ECONNREFUSED) // word about an earlier one, which this call was charged with
    sent = sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent;
}

datagram_socket::status datagram_socket::send(const quic::batch& batch, std::span<const std::byte> bytes) {
  bytes = bytes.first(batch.bytes);
  const bool several = bytes.size() > batch.segment;
  bool first = true;
  while (!bytes.empty()) {
    const auto now = segments_ && several ? bytes : bytes.first(std::min(bytes.size(), batch.segment));
    if (send_once(batch, now) >= 0 || errno == EMSGSIZE || errno == ECONNREFUSED || errno == EHOSTUNREACH) {
      bytes = bytes.subspan(now.size()); // what nobody could be given is lost, as on the path; the peer is asked again
    } else if ((errno == EIO || errno == EINVAL) && segments_ && several) {
      segments_ = false; // the device under this path cannot
      continue;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) {
      return first ? status::would_block : status::ok; // a part was sent: the rest is lost, as on the path
    } else {
      return fail(errno, "sending over UDP");
    }
    first = false;
  }
  return status::ok;
}

} // namespace sluice
