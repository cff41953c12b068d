// The file that a download is written to: under a temporary name beside its own until it is complete. Devices, pipes
// and terminals are written directly.
// Knows no HTTP and no event loop. Only commit() may take long, where waits_for_disk(); it may run on any thread.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::command {

/// Why a file cannot be written: errc::consumer_failed, with its name.
failure output_failure(const std::string& name, int code);

/// Makes the folders of `path` that are missing, with mode 0750. An errno, or 0.
int make_directories_of(const std::string& path);

/// What becomes of a file that is there already.
enum class existing_file : std::uint8_t {
  replace, ///< when the new one is complete
  number,  ///< it stays, and the new one is called NAME.1, or NAME.2 ... (--no-clobber)
  refuse,  ///< it stays, and there is no new one (-J)
};

struct save_options {
  existing_file existing = existing_file::replace;
  bool create_directories = false;           ///< --create-dirs, with mode 0750
  bool resume = false;                       ///< -C: what is there stays, and the rest is written behind it
  std::optional<std::uint64_t> resume_bytes; ///< -C OFFSET: as much must be there, or nothing
};

/// A complete file appears at once and as a whole: what was there before stays as it is until then. A file that belongs
/// to somebody else, or whose folder cannot be written, is the exception: it is written in place.
///
/// After a failure the incomplete file stays under its temporary name, NAME.sluice-part; a later transfer to the same
/// name goes on with it (-C -) or begins it anew. If another process is writing to it, NAME.sluice-part.1 is taken, and
/// so on. With -C the file is written in place, unless there is a NAME.sluice-part.
class saved_file {
public:
  static constexpr const char* suffix = ".sluice-part";
  /// Names that are tried at most, of temporary files and of --no-clobber.
  static constexpr int names_max = 100;
  static constexpr std::uint64_t small_bytes = 64u << 10;  ///< less has no attribute while it is written
  static constexpr std::uint64_t flushed_bytes = 1u << 20; ///< less is not flushed to the disk

  saved_file() = default;
  ~saved_file();
  saved_file(const saved_file&) = delete;
  saved_file& operator=(const saved_file&) = delete;

  /// errc::consumer_failed. A pipe that nobody reads yet is no failure: is_open() is false, and it may be tried again.
  failure open(const std::string& path, const save_options& how);
  bool is_open() const noexcept { return fd_ >= 0; }
  int descriptor() const noexcept { return fd_; }
  /// False: a device, pipe or terminal, which does not block.
  bool is_regular() const noexcept { return regular_; }
  /// What messages call it; after commit() the name that it has got.
  const std::string& path() const noexcept { return path_; }
  /// Bytes that were there when it was opened, which are kept (-C).
  std::uint64_t kept_bytes() const noexcept { return kept_bytes_; }

  /// The ETag of the representation that this is a part of, kept with the file as an extended attribute; empty: none is
  /// known, or the file system has no such attributes. A new file gets the attribute when it has small_bytes or is
  /// given up: most small files are complete before.
  std::string etag() const;
  void remember_etag(const std::string& etag);
  /// The file has `size` bytes now.
  void grown(std::uint64_t size) {
    if (size >= small_bytes && !etag_.empty())
      write_etag();
  }

  /// The file is so large that commit() waits until it is on the disk.
  bool waits_for_disk() const;
  /// The file is complete: gives it its name, and `modified` as its time. A large one is flushed to the disk before.
  failure commit(std::optional<std::chrono::sys_seconds> modified);
  /// It will not be complete. What is where now, for people; a file without a byte that was not there before is
  /// removed. Empty: there is nothing to say. `resumable`: false if the origin does not send the rest, so that -C is
  /// not proposed.
  std::string abandon(bool resumable = true);

private:
  failure open_special(const std::string& path);
  failure open_in_place(const std::string& path, bool truncate);
  failure open_part();
  bool try_part(const std::string& path, bool resume);
  failure rename_part();
  void write_etag();
  void close();

  std::string path_, part_; // part_: the temporary name; empty: it is written in place
  std::string target_;      // where path_ leads
  std::string etag_;        // not written yet
  bool has_attribute_ = false;
  existing_file existing_ = existing_file::replace;
  int fd_ = -1;
  bool regular_ = false, existed_ = false, done_ = false;
  std::uint64_t kept_bytes_ = 0;
};

} // namespace sluice::command
