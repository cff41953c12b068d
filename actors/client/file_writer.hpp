// Writes small files on a thread of its own, so that no event loop waits for a disk. A file is replaced as a whole or
// not at all. Knows nothing of what is in them.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// Writes `text` beside `path`, syncs it, and renames it over `path`; a crash leaves the old or the new file. Blocks.
/// Only a regular file is replaced. errc::consumer_failed says what went wrong, and then `path` is as it was.
failure replace_file(const std::string& path, const std::string& text);

/// One thread for all files of a runtime, started by the first job. Any thread.
class file_writer {
public:
  file_writer();
  /// Gives what is still to be written `patience`. A thread that hangs in the kernel longer is left behind: it touches
  /// nothing but its jobs.
  ~file_writer();
  file_writer(const file_writer&) = delete;
  file_writer& operator=(const file_writer&) = delete;

  static constexpr std::chrono::seconds patience{2};

  struct job {
    std::string path;
    std::function<std::string()> text;           ///< called by the writing thread
    std::function<void(const failure&)> written; ///< by it too, after each attempt
  };
  /// Never waits for a disk. Replaces the job for `key` that is not begun yet, so many changes are one write.
  void write_later(const void* key, job new_job);
  /// Waits until all jobs given so far are done, or for so long; false: they are not.
  bool flush(std::chrono::milliseconds limit);

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace sluice
