#include <sluice/actors/io/descriptors.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sluice {

namespace {

failure out_of_descriptors(int code) {
  if (code == ENFILE)
    return {errc::out_of_descriptors, caused_by::local,
            "the machine has no file descriptor left for a socket (sysctl fs.file-max)"};
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return {errc::out_of_descriptors, caused_by::local,
          "the process has no file descriptor left for a socket; its limit is " + std::to_string(limit.rlim_cur)
              + ": raise it (ulimit -n) or make fewer connections (client_config.connections)"};
}

} // namespace

failure socket_failure(const std::error_code& code, failure otherwise) {
  if (code.value() == EMFILE || code.value() == ENFILE)
    return out_of_descriptors(code.value());
  otherwise.detail += ": " + code.message();
  return otherwise;
}

failure explain_local_failure(failure otherwise) {
  const int probe = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe >= 0) {
    ::close(probe);
    return otherwise;
  }
  return errno == EMFILE || errno == ENFILE ? out_of_descriptors(errno) : otherwise;
}

} // namespace sluice
