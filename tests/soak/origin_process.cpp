#include "origin_process.hpp"

#include <sluice/deploy/origin/server.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::soak {

namespace {

void write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(to, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string read_all(int from) {
  std::string result;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return result;
    result.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

/// The child: tells its ports and its certificate, then serves until it is killed.
[[noreturn]] void serve(int tell, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1);
  auto server = origin::server::start({});
  if (!server) {
    write_all(tell, "0 0 " + to_string(server.error()));
    ::_exit(1);
  }
  write_all(tell, std::to_string((*server)->port()) + ' ' + std::to_string((*server)->tls_port()) + ' '
                      + (*server)->certificate_pem());
  ::close(tell);
  for (;;)
    ::pause();
}

} // namespace

origin_process::origin_process() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    throw std::runtime_error("no pipe to the origin");
  const auto parent = ::getpid();
  child_ = ::fork();
  if (child_ < 0)
    throw std::runtime_error("no process for the origin");
  if (child_ == 0) {
    ::close(ends[0]);
    serve(ends[1], parent);
  }
  ::close(ends[1]);
  std::istringstream told(read_all(ends[0]));
  ::close(ends[0]);
  told >> port_ >> tls_port_;
  told.get();
  std::getline(told, certificate_pem_, '\0');
  if (port_ == 0 || tls_port_ == 0) {
    kill();
    throw std::runtime_error("the origin did not start: " + certificate_pem_);
  }
}

origin_process::~origin_process() { kill(); }

std::string origin_process::url(bool tls, const std::string& path) const {
  return tls ? "https://localhost:" + std::to_string(tls_port_) + path
             : "http://127.0.0.1:" + std::to_string(port_) + path;
}

void origin_process::kill() {
  if (child_ <= 0)
    return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
}

std::uint64_t resident_bytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      std::uint64_t kib = 0;
      status >> kib;
      return kib * 1024;
    }
  return 0;
}

} // namespace sluice::soak
