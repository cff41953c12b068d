// The two ends of the link: a network namespace each, with a TUN device, an address and a route to the other.
// They live as long as this process and its children; nothing is left behind. Knows nothing of what goes over the link.
#pragma once

#include <unistd.h>

#include <string>
#include <vector>

namespace netlab {

/// Thrown where this machine does not let us have a link: no /dev/net/tun, or no right to make namespaces.
struct not_to_be_had {
  std::string why;
};

class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();
  int get() const noexcept { return fd_; }
  int release() noexcept;

private:
  int fd_ = -1;
};

struct end {
  std::string address;
  descriptor space; ///< the network namespace
  descriptor tun;   ///< non-blocking: one IP packet a read or write
};

struct link_ends {
  end server, client;
};
inline constexpr const char* server_address = "10.77.0.1";
inline constexpr const char* client_address = "10.77.0.2";

/// Makes both ends; this process stays in the namespace in which it was.
link_ends make_ends(int mtu);

/// A process inside an end, in a group of its own; it is killed when this process ends, however that comes about.
struct child {
  int pid = -1;
};
enum class isolation {
  none,
  processes, ///< in a process namespace of its own too: when the command ends, so does all that it started
};
child run(const end& where, const std::vector<std::string>& command, isolation how);
/// Runs a function there, in a process of its own; its result is the exit status.
template <class F>
child run_function(const end& where, F f);

/// Waits until something listens on that TCP port of the end, at most ten seconds.
bool await_listener(const end& where, int port);
/// The status of a process that has ended as a shell tells it: 128 and the signal's number if by one.
int exit_status(int wait_status);
void stop(child& stopped);

/// A line of /proc/sys/net as it is inside the end, such as "ipv4/tcp_rmem".
std::string setting(const end& where, const std::string& name);

namespace detail {
int fork_into(const end& where);
} // namespace detail

template <class F>
child run_function(const end& where, F f) {
  const int pid = detail::fork_into(where);
  if (pid == 0)
    _exit(f());
  return {pid};
}

} // namespace netlab
