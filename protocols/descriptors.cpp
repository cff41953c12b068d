#include <sluice/protocols/descriptors.hpp>

#include <sys/resource.h>

#include <cerrno>

namespace sluice {

std::string descriptors_hint(int error_number) {
  if (error_number == ENFILE)
    return "; the whole system has no file descriptor left: raise the kernel's fs.file-max";
  if (error_number != EMFILE)
    return {};
  rlimit x{};
  const bool known = getrlimit(RLIMIT_NOFILE, &x) == 0 && x.rlim_cur != RLIM_INFINITY;
  const auto of = known ? " of the " + std::to_string(x.rlim_cur) + " that it may have" : std::string{};
  return "; this process has no file descriptor left" + of
         + ": raise the limit (ulimit -n) or allow fewer connections (connections, connections_per_origin)";
}

} // namespace sluice
