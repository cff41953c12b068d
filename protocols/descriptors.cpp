#include <sluice/protocols/descriptors.hpp>

#include <sys/resource.h>

#include <cerrno>

namespace sluice {

std::string descriptors_hint(int error_number) {
  if (error_number == ENFILE)
    return "; the system has no free file descriptor: raise the kernel's fs.file-max";
  if (error_number != EMFILE)
    return {};
  rlimit limit{};
  const bool known = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const auto total = known ? " (limit " + std::to_string(limit.rlim_cur) + ")" : std::string{};
  return "; this process has no free file descriptor" + total
         + ": raise the limit (ulimit -n) or allow fewer connections (connections, connections_per_origin)";
}

} // namespace sluice
