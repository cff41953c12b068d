#include <sluice/actors/connect/dns_channel.hpp>

#include <sluice/actors/io/descriptors.hpp>

#include <ares.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t addresses_max = 64; // of a name and a family
/// Until a question is sent again, to the next name server if there is one; doubled after each round of all servers.
/// With one server that is 1 + 2 + 4 + 8 s.
constexpr int first_timeout_ms = 1000, rounds = 4;

failure resolve_failed(std::string why) { return {errc::resolve_failed, caused_by::transport, std::move(why)}; }

/// Once in a process, and never undone: other code of the process may use c-ares too.
int initialise_library() {
  static std::once_flag once;
  static int status = ARES_SUCCESS;
  std::call_once(once, [] { status = ares_library_init(ARES_LIB_INIT_ALL); });
  return status;
}

failure failure_of_status(int status) {
  switch (status) {
    case ARES_ENOTFOUND: return resolve_failed("no name server knows it (NXDOMAIN)");
    case ARES_ENODATA: return resolve_failed("it has no IP address");
    case ARES_ESERVFAIL: return resolve_failed("the name server failed (SERVFAIL)");
    case ARES_EREFUSED: return resolve_failed("the name server refused to answer (REFUSED)");
    case ARES_ENOTIMP: return resolve_failed("the name server does not answer such questions (NOTIMP)");
    case ARES_EFORMERR:
    case ARES_EBADRESP: return resolve_failed("the name server's answer is malformed");
    case ARES_ETIMEOUT: return resolve_failed("no name server answered");
    case ARES_ECONNREFUSED:
      return explain_local_failure(
          resolve_failed("no name server could be reached, or each failed (SERVFAIL, REFUSED)"));
    case ARES_EBADNAME: return resolve_failed("it is no valid name");
    case ARES_ENOMEM: return out_of_memory();
    default: return explain_local_failure(resolve_failed(ares_strerror(status)));
  }
}

dns_channel::answer answer_of(int status, const ares_addrinfo* found) {
  dns_channel::answer result;
  int time_to_live = -1;
  if (status == ARES_SUCCESS && found)
    for (const auto* node = found->nodes; node && result.addresses.size() < addresses_max; node = node->ai_next) {
      const auto address = ip_address_of(*node->ai_addr);
      if (!address)
        continue;
      if (std::find(result.addresses.begin(), result.addresses.end(), *address) == result.addresses.end())
        result.addresses.push_back(*address);
      time_to_live = time_to_live < 0 ? node->ai_ttl : std::min(time_to_live, node->ai_ttl);
    }
  result.time_to_live = std::chrono::seconds{std::max(time_to_live, 0)};
  if (result.addresses.empty()) {
    const auto why = status == ARES_SUCCESS ? static_cast<int>(ARES_ENODATA) : status;
    result.problem = failure_of_status(why);
    result.exists = why == ARES_ENODATA;
    result.certain = result.exists || why == ARES_ENOTFOUND;
  }
  return result;
}

} // namespace

/// The descriptor is c-ares's own: it is never closed here.
struct dns_channel::watched_socket {
  watched_socket(asio::io_context& io, int number) : descriptor(io), fd(number) {}
  asio::posix::stream_descriptor descriptor;
  int fd;
  bool read = false, write = false;      // what c-ares waits for
  bool reading = false, writing = false; // a wait is under way
};

struct dns_channel::question {
  dns_channel* channel;
  receiver on_answer;
};

/// None may call into c-ares, nor let an exception pass.
struct dns_channel::callbacks {
  /// Before it is connected. Not 0: c-ares closes it and goes on to the next name server.
  static int socket_made(ares_socket_t descriptor, int type, void* data) {
    auto& self = *static_cast<dns_channel*>(data);
    if (type == SOCK_STREAM)
      self.again_over_tcp_ = self.asked_over_udp_;
    else
      self.asked_over_udp_ = true;
    return self.caught_.run(-1, [&] { return self.bind(descriptor) ? 0 : -1; });
  }

  static void socket_changed(void* data, ares_socket_t descriptor, int readable, int writable) {
    auto& self = *static_cast<dns_channel*>(data);
    // Always: a descriptor that c-ares closes next must not stay registered.
    self.caught_.run_always([&] { self.watch(descriptor, readable != 0, writable != 0); });
  }

  static void answered(void* data, int status, int, ares_addrinfo* found) {
    const auto& asked = *static_cast<question*>(data);
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner{found, ares_freeaddrinfo};
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
      return;
    asked.channel->caught_.run([&] {
      auto answer = answer_of(status, found);
      if (answer.problem && !answer.certain)
        answer.problem = asked.channel->explained(std::move(answer.problem));
      asked.on_answer(std::move(answer));
    });
  }
};

dns_channel::dns_channel(asio::io_context& io, local_binding from, std::function<void()> after_turn)
  : io_(io), from_(std::move(from)), after_turn_(std::move(after_turn)), timer_(io) {}

dns_channel::~dns_channel() { close(); }

result_or_failure<std::shared_ptr<dns_channel>> dns_channel::make(asio::io_context& io, const std::string& servers,
                                                                  local_binding from,
                                                                  std::function<void()> after_turn) {
  if (const int status = initialise_library(); status != ARES_SUCCESS)
    return failure_of_status(status);
  std::shared_ptr<dns_channel> made{new dns_channel{io, std::move(from), std::move(after_turn)}};
  char lookups[] = "b"; // name servers only: the hosts file is read before, for both families at once
  ares_options options{};
  options.timeout = first_timeout_ms;
  options.tries = rounds;
  options.lookups = lookups;
  options.sock_state_cb = &callbacks::socket_changed;
  options.sock_state_cb_data = made.get();
  int status = ares_init_options(&made->channel_, &options,
                                 ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) {
    made->channel_ = nullptr;
    return failure_of_status(status);
  }
  if (!servers.empty())
    status = ares_set_servers_ports_csv(made->channel_, servers.c_str());
  if (status != ARES_SUCCESS)
    return failure_of_status(status);
  if (made->asks_this_machine()) {
    made->from_.device.clear();
    std::erase_if(made->from_.addresses, [](const auto& each) { return !dns::is_loopback(each); });
  }
  ares_set_socket_configure_callback(made->channel_, &callbacks::socket_made, made.get());
  return made;
}

/// 127.0.0.53 of systemd-resolved, for example.
bool dns_channel::asks_this_machine() const {
#if ARES_VERSION >= 0x011800 // 1.24
  const std::unique_ptr<char, void (*)(void*)> all{ares_get_servers_csv(channel_), ares_free_string};
  const auto text = "," + std::string{all ? all.get() : ""};
  return text.find(",127.") != std::string::npos || text.find(",[::1]") != std::string::npos;
#else
  ares_addr_port_node* all = nullptr;
  if (ares_get_servers_ports(channel_, &all) != ARES_SUCCESS)
    return false;
  const std::unique_ptr<ares_addr_port_node, void (*)(void*)> owner{all, ares_free_data};
  for (const auto* each = all; each; each = each->next) {
    dns::ip_address address;
    address.v6 = each->family == AF_INET6;
    std::memcpy(address.octets.data(), &each->addr, address.v6 ? 16 : 4);
    if (dns::is_loopback(address))
      return true;
  }
  return false;
#endif
}

bool dns_channel::bind(int descriptor) {
  int domain = AF_UNSPEC;
  socklen_t size = sizeof domain;
  (void)::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  const bool v6 = domain == AF_INET6;
  auto from = from_;
  std::erase_if(from.addresses, [v6](const auto& each) { return each.v6 != v6; });
  binding_problem_ = bind_socket(descriptor, v6, from);
  return !binding_problem_;
}

/// With what only the sockets tell.
failure dns_channel::explained(failure why) const {
  if (binding_problem_)
    why.detail += "; " + binding_problem_.detail;
  if (again_over_tcp_)
    why.detail = "an answer was too long for UDP, and asking again over TCP failed: " + why.detail;
  return why;
}

void dns_channel::close() {
  timer_.cancel();
  if (auto* const channel = std::exchange(channel_, nullptr))
    ares_destroy(channel); // closes its sockets and answers its questions, which is passed over
  questions_.clear();
}

failure dns_channel::problem() const { return caught_ ? caught_.why() : failure{}; }

void dns_channel::ask(const std::string& host, bool v6, receiver on_answer) {
  questions_.push_back(std::make_unique<question>(question{this, std::move(on_answer)}));
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT; // both families are put in order together
  hints.ai_family = v6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &callbacks::answered, questions_.back().get());
  arm_timer();
}

/// c-ares says what it waits for at this socket; for nothing: it is about to close it.
void dns_channel::watch(int descriptor, bool read, bool write) {
  const auto known = sockets_.find(descriptor);
  if (!read && !write) {
    if (known == sockets_.end())
      return;
    known->second->descriptor.release(); // ends its waits
    sockets_.erase(known);
    return;
  }
  auto socket = known == sockets_.end() ? nullptr : known->second;
  if (!socket) {
    socket = std::make_shared<watched_socket>(io_, descriptor);
    sockets_.emplace(descriptor, socket); // may throw: before the descriptor is taken, which must not be closed here
    std::error_code code;
    socket->descriptor.assign(descriptor, code);
    if (code) {
      sockets_.erase(descriptor);
      return caught_.fail(
          socket_failure(code, {errc::resolve_failed, caused_by::local, "its socket cannot be waited for"}));
    }
  }
  socket->read = read;
  socket->write = write;
  wait(socket);
}

void dns_channel::wait(const std::shared_ptr<watched_socket>& socket) {
  const std::weak_ptr<watched_socket> weak_socket = socket;
  const auto begin = [&](bool wanted, bool watched_socket::* waiting, auto kind, bool reads) {
    if (!wanted || std::exchange((*socket).*waiting, true))
      return;
    socket->descriptor.async_wait(
        kind, [weak = weak_from_this(), weak_socket, waiting, reads](const std::error_code& code) {
          const auto self = weak.lock();
          const auto ready = weak_socket.lock();
          if (!self || !ready || code)
            return;
          (*ready).*waiting = false;
          self->process(reads ? ready->fd : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : ready->fd);
        });
  };
  begin(socket->read, &watched_socket::reading, asio::posix::stream_descriptor::wait_read, true);
  begin(socket->write, &watched_socket::writing, asio::posix::stream_descriptor::wait_write, false);
}

void dns_channel::process(int readable, int writable) {
  if (!channel_)
    return;
  ares_process_fd(channel_, readable, writable);
  turn_over();
}

/// On the loop, outside of c-ares.
void dns_channel::turn_over() {
  caught_.run([this] {
    for (const auto& [descriptor, socket] : sockets_)
      wait(socket);
    arm_timer();
  });
  after_turn_(); // may be the end of this channel
}

void dns_channel::arm_timer() {
  timeval left{};
  if (!ares_timeout(channel_, nullptr, &left))
    return;
  // A millisecond more: c-ares compares with a clock of its own, and must find that the time is over.
  timer_.expires_after(std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec}
                       + std::chrono::milliseconds{1});
  timer_.async_wait([weak = weak_from_this()](const std::error_code& code) {
    if (const auto self = weak.lock(); self && !code)
      self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

} // namespace sluice
