#include <sluice/tests/netlab/ends.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <utility>

namespace netlab {

namespace {

/// The link's own queue decides what is dropped, so the device's in front of it must hold what a burst may bring.
constexpr int device_queue_packets = 10'000;

[[noreturn]] void fail(const std::string& what) { throw not_to_be_had{what + ": " + std::strerror(errno)}; }

void write_file(const char* path, const std::string& text) { std::ofstream{path} << text; }

/// Without the right to make namespaces: inside a user namespace of our own we have it, where that is allowed.
void become_able() {
  const auto user = std::to_string(getuid()), group = std::to_string(getgid());
  if (unshare(CLONE_NEWUSER) != 0)
    fail("no right to make a network namespace (CAP_NET_ADMIN, CAP_SYS_ADMIN), and none to make a user namespace");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + user + " 1");
  write_file("/proc/self/gid_map", "0 " + group + " 1");
}

descriptor current_space() {
  descriptor opened{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
  if (opened.get() < 0)
    fail("/proc/self/ns/net");
  return opened;
}

void control(int fd, unsigned long what, void* argument, const char* name) {
  if (ioctl(fd, what, argument) != 0)
    fail(name);
}

ifreq named(const char* device) {
  ifreq result{};
  std::strncpy(result.ifr_name, device, IFNAMSIZ - 1);
  return result;
}

void set_address(sockaddr& to, const char* address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  inet_pton(AF_INET, address, &result.sin_addr);
  std::memcpy(&to, &result, sizeof result);
}

void bring_up(int fd, ifreq device) {
  control(fd, SIOCGIFFLAGS, &device, "reading a device's flags");
  device.ifr_flags = static_cast<short>(device.ifr_flags | IFF_UP | IFF_RUNNING);
  control(fd, SIOCSIFFLAGS, &device, "bringing a device up");
}

end make_end(const char* mine, const char* other, int mtu) {
  if (unshare(CLONE_NEWNET) != 0)
    fail("making a network namespace");
  end result{mine, current_space(), descriptor{open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)}};
  if (result.tun.get() < 0)
    fail("/dev/net/tun");
  auto device = named("link0");
  device.ifr_flags = IFF_TUN | IFF_NO_PI;
  control(result.tun.get(), TUNSETIFF, &device, "making a TUN device");
  const descriptor any{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  auto link = named("link0");
  set_address(link.ifr_addr, mine);
  control(any.get(), SIOCSIFADDR, &link, "setting an address");
  set_address(link.ifr_dstaddr, other);
  control(any.get(), SIOCSIFDSTADDR, &link, "setting the other end's address");
  link.ifr_mtu = mtu;
  control(any.get(), SIOCSIFMTU, &link, "setting the MTU");
  link.ifr_qlen = device_queue_packets;
  control(any.get(), SIOCSIFTXQLEN, &link, "setting the device's queue");
  bring_up(any.get(), named("link0"));
  bring_up(any.get(), named("lo"));
  return result;
}

} // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
descriptor::~descriptor() {
  if (fd_ >= 0)
    close(fd_);
}
int descriptor::release() noexcept { return std::exchange(fd_, -1); }

link_ends make_ends(int mtu) {
  if (access("/dev/net/tun", R_OK | W_OK) != 0)
    fail("/dev/net/tun");
  auto before = current_space();
  if (unshare(CLONE_NEWNET) != 0) {
    become_able();
    before = {}; // what is outside of our user namespace lets us in no more
  }
  link_ends result{make_end(server_address, client_address, mtu), make_end(client_address, server_address, mtu)};
  if (before.get() >= 0)
    setns(before.get(), CLONE_NEWNET);
  return result;
}

namespace {

/// In the child. It goes with its parent, and the parent may have gone already.
void die_with(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent && getppid() != 0) // 0: the parent is outside of our process namespace
    _exit(1);
}

void clear_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void execute(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execvp(words[0], words.data());
  const auto text = "netlab: cannot run " + command[0] + ": " + std::strerror(errno) + "\n";
  [[maybe_unused]] auto ignored = write(STDERR_FILENO, text.data(), text.size());
  _exit(127);
}

} // namespace

int detail::fork_into(const end& where) {
  const int parent = getpid(), pid = fork();
  if (pid != 0)
    return pid;
  die_with(parent);
  setpgid(0, 0);
  clear_signals();
  if (setns(where.space.get(), CLONE_NEWNET) != 0)
    _exit(126);
  return 0;
}

child run(const end& where, const std::vector<std::string>& command, isolation how) {
  const int pid = detail::fork_into(where);
  if (pid != 0)
    return {pid};
  if (how == isolation::none || unshare(CLONE_NEWPID) != 0)
    execute(command);
  // This one only stands between: the command is the first process of the namespace, and takes the others with it.
  const int self = getpid(), inner = fork();
  if (inner == 0) {
    die_with(self);
    execute(command);
  }
  static int forwarded;
  forwarded = inner;
  signal(SIGTERM, [](int) { kill(forwarded, SIGTERM); });
  int status = 0;
  while (waitpid(inner, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(exit_status(status));
}

bool await_listener(const end& where, int port) {
  auto runner = run_function(where, [&] {
    for (int i = 0; i < 1000; ++i) {
      const descriptor s{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(static_cast<std::uint16_t>(port));
      inet_pton(AF_INET, where.address.c_str(), &to.sin_addr);
      if (connect(s.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
        return 0;
      usleep(10'000);
    }
    return 1;
  });
  int status = 0;
  return waitpid(runner.pid, &status, 0) == runner.pid && exit_status(status) == 0;
}

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

void stop(child& stopped) {
  if (stopped.pid <= 0)
    return;
  kill(-stopped.pid, SIGTERM);
  for (int i = 0; i < 200; ++i) {
    if (waitpid(stopped.pid, nullptr, WNOHANG) != 0) {
      kill(-stopped.pid, SIGKILL); // others of its group
      stopped.pid = -1;
      return;
    }
    usleep(10'000);
  }
  kill(-stopped.pid, SIGKILL);
  waitpid(stopped.pid, nullptr, 0);
  stopped.pid = -1;
}

std::string setting(const end& where, const std::string& name) {
  int pipes[2];
  if (pipe(pipes) != 0)
    return {};
  const descriptor in{pipes[0]};
  auto runner = run_function(where, [&] {
    std::string line;
    std::getline(std::ifstream{"/proc/sys/net/" + name}, line);
    return write(pipes[1], line.data(), line.size()) < 0;
  });
  close(pipes[1]);
  char text[200];
  const auto n = read(in.get(), text, sizeof text);
  waitpid(runner.pid, nullptr, 0);
  std::string result{text, n > 0 ? static_cast<std::size_t>(n) : 0};
  for (auto& c : result)
    c = c == '\t' ? ' ' : c;
  return result;
}

} // namespace netlab
