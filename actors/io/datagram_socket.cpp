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

  explicit address_storage(const quic::address& x) {
    const auto end = to_endpoint(x);
    std::memcpy(&bytes, end.data(), end.size());
    size = static_cast<socklen_t>(end.size());
  }
};

quic::address address_of(const sockaddr_storage& x, socklen_t size) {
  asio::ip::udp::endpoint end;
  std::memcpy(end.data(), &x, std::min<std::size_t>(size, end.capacity()));
  return to_address(end);
}

template <class T>
T value_of(const cmsghdr* x) {
  T value;
  std::memcpy(&value, CMSG_DATA(x), sizeof value);
  return value;
}

/// The control messages of one datagram to send.
class control {
public:
  template <class T>
  void add(int level, int type, const T& value) {
    auto* x = reinterpret_cast<cmsghdr*>(bytes_ + size_);
    x->cmsg_level = level;
    x->cmsg_type = type;
    x->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(x), &value, sizeof value);
    size_ += CMSG_SPACE(sizeof value);
  }
  void put_into(msghdr& x) {
    x.msg_control = size_ ? bytes_ : nullptr;
    x.msg_controllen = size_;
  }

private:
  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))
                               + CMSG_SPACE(sizeof(std::uint16_t))]{};
  std::size_t size_ = 0;
};

} // namespace

quic::address to_address(const asio::ip::udp::endpoint& x) {
  quic::address result;
  result.port = x.port();
  result.v6 = x.address().is_v6();
  if (result.v6) {
    const auto bytes = x.address().to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.octets.begin());
    result.scope = static_cast<std::uint32_t>(x.address().to_v6().scope_id());
  } else {
    const auto bytes = x.address().to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), result.octets.begin());
  }
  return result;
}

asio::ip::udp::endpoint to_endpoint(const quic::address& x) {
  if (x.v6)
    return {asio::ip::address_v6{x.octets, x.scope}, x.port};
  return {asio::ip::address_v4{{x.octets[0], x.octets[1], x.octets[2], x.octets[3]}}, x.port};
}

result_or_failure<datagram_socket> datagram_socket::bind(asio::io_context& io, const quic::address& local) {
  return open(io, local, false);
}
result_or_failure<datagram_socket> datagram_socket::connect(asio::io_context& io, const quic::address& remote) {
  return open(io, remote, true);
}

result_or_failure<datagram_socket> datagram_socket::open(asio::io_context& io, const quic::address& at, bool connect) {
  std::error_code code;
  const auto end = to_endpoint(at);
  const auto where = end.address().to_string() + " port " + std::to_string(at.port);
  asio::ip::udp::socket socket{io};
  socket.open(end.protocol(), code);
  if (code)
    return socket_failure(code, {errc::connect_failed, caused_by::local, "no UDP socket for " + where});
  datagram_socket made{std::move(socket), connect};
  made.prepare(at.v6);
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
  const int x = socket_.native_handle();
  set(x, SOL_SOCKET, SO_RCVBUF, kernel_buffer_bytes);
  set(x, SOL_SOCKET, SO_SNDBUF, kernel_buffer_bytes);
  set(x, SOL_UDP, UDP_GRO, 1);
  // Datagrams are never fragmented, and the path's limits are found by trying (RFC 8899), not by the kernel's memory of
  // it.
  if (v6) {
    set(x, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(x, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(x, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    if (!connected_)
      set(x, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    set(x, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set(x, IPPROTO_IP, IP_RECVTOS, 1);
    if (!connected_)
      set(x, IPPROTO_IP, IP_PKTINFO, 1);
  }
}

std::size_t datagram_socket::buffer_bytes() {
  asio::socket_base::receive_buffer_size size;
  std::error_code code;
  socket_.get_option(size, code);
  return code ? 0 : static_cast<std::size_t>(size.value());
}

datagram_socket::status datagram_socket::fail(int code, const char* what) {
  error_ = {errc::connection_closed, caused_by::transport,
            std::string{what} + " failed: " + std::generic_category().message(code)};
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
    auto& x = messages[i].msg_hdr;
    x.msg_iov = &parts[i];
    x.msg_iovlen = 1;
    x.msg_name = connected_ ? nullptr : &from[i];
    x.msg_namelen = connected_ ? 0 : sizeof from[i];
    x.msg_control = controls[i];
    x.msg_controllen = sizeof controls[i];
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
    auto& x = messages[i].msg_hdr;
    auto& y = to[n];
    y = {{local_, connected_ ? remote_ : address_of(from[i], x.msg_namelen)},
         quic::ecn::not_capable,
         messages[i].msg_len,
         {static_cast<const std::byte*>(parts[i].iov_base), messages[i].msg_len}};
    for (auto* c = CMSG_FIRSTHDR(&x); c; c = CMSG_NXTHDR(&x, c)) {
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
        y.segment = static_cast<std::size_t>(std::max(value_of<int>(c), 1));
      else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
        y.mark = static_cast<quic::ecn>(value_of<std::uint8_t>(c) & 3);
      else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
        y.mark = static_cast<quic::ecn>(value_of<int>(c) & 3);
      else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
        std::memcpy(y.path.local.octets.data(), &reinterpret_cast<const in_pktinfo*>(CMSG_DATA(c))->ipi_addr, 4);
      else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
        std::memcpy(y.path.local.octets.data(), &reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(c))->ipi6_addr, 16);
    }
    joined_ = joined_ || y.segment < y.bytes.size();
    n += !y.bytes.empty(); // an empty datagram is nothing
  }
  return static_cast<std::size_t>(got) < wanted ? status::would_block : status::ok;
}

/// As sendmsg answers; with more than one segment in `bytes`, the kernel splits them.
long datagram_socket::send_once(const quic::batch& what, std::span<const std::byte> bytes) {
  msghdr message{};
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  address_storage to{what.path.remote};
  if (!connected_) {
    message.msg_name = &to.bytes;
    message.msg_namelen = to.size;
  }
  control more;
  const bool v6 = what.path.remote.v6;
  if (!connected_ && v6) {
    in6_pktinfo from{};
    std::memcpy(&from.ipi6_addr, what.path.local.octets.data(), 16);
    more.add(IPPROTO_IPV6, IPV6_PKTINFO, from);
  } else if (!connected_) {
    in_pktinfo from{};
    std::memcpy(&from.ipi_spec_dst, what.path.local.octets.data(), 4);
    more.add(IPPROTO_IP, IP_PKTINFO, from);
  }
  if (what.ecn != quic::ecn::not_capable)
    more.add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, static_cast<int>(what.ecn));
  if (bytes.size() > what.segment)
    more.add(SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(what.segment));
  more.put_into(message);
  auto sent = sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == ECONNREFUSED) // word about an earlier one, which this call was charged with
    sent = sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent;
}

datagram_socket::status datagram_socket::send(const quic::batch& what, std::span<const std::byte> bytes) {
  bytes = bytes.first(what.bytes);
  const bool several = bytes.size() > what.segment;
  bool first = true;
  while (!bytes.empty()) {
    const auto now = segments_ && several ? bytes : bytes.first(std::min(bytes.size(), what.segment));
    if (send_once(what, now) >= 0 || errno == EMSGSIZE || errno == ECONNREFUSED || errno == EHOSTUNREACH) {
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
