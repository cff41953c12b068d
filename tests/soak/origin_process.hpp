// The scripted origin in a process of its own: it can be killed, and its memory is not counted with the client's.
// Knows nothing of the client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <sys/types.h>

namespace sluice::soak {

/// Made before this process has threads: it forks. The child ends with its parent.
class origin_process {
public:
  origin_process(); ///< throws std::runtime_error if the origin does not start
  ~origin_process();
  origin_process(const origin_process&) = delete;
  origin_process& operator=(const origin_process&) = delete;

  /// http://127.0.0.1:port/path or https://localhost:tls_port/path.
  std::string url(bool tls, const std::string& path) const;
  const std::string& certificate_pem() const { return certificate_pem_; }
  pid_t id() const { return child_; }
  void kill(); ///< SIGKILL; returns when the process is gone

private:
  pid_t child_ = -1;
  std::uint16_t port_ = 0, tls_port_ = 0;
  std::string certificate_pem_;
};

/// What of the process's memory is resident, in bytes (VmRSS); 0 if it cannot be told.
std::uint64_t resident_bytes(pid_t process);

} // namespace sluice::soak
