#include "saved_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

constexpr const char* etag_attribute = "user.sluice.etag";
constexpr std::size_t etag_bytes_max = 1024;

std::string in_quotes(const std::string& path) { return "'" + path + "'"; }

/// Where the link leads, whether that exists or not; the path itself if it is none. Empty: the links lead in a circle.
std::string without_links(std::string path) {
  constexpr int links_max = 40; // as the kernel follows
  std::array<char, PATH_MAX> target;
  for (int i = 0; i < links_max; ++i) {
    const auto n = ::readlink(path.c_str(), target.data(), target.size());
    if (n < 0)
      return path;
    const std::string_view next{target.data(), static_cast<std::size_t>(n)};
    path = (next.starts_with('/') ? std::string{} : path.substr(0, path.rfind('/') + 1)) + std::string{next};
  }
  return {};
}

/// NAME.sluice-part, with the name cut where it would be too long for a file system.
std::string part_of(const std::string& path, int number) {
  const auto suffix = saved_file::suffix + (number > 0 ? "." + std::to_string(number) : std::string{});
  const auto slash = path.rfind('/');
  const auto name = slash == std::string::npos ? path : path.substr(slash + 1);
  return path.substr(0, path.size() - name.size()) + name.substr(0, NAME_MAX - suffix.size()) + suffix;
}

std::uint64_t size_of(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && info.st_size > 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

} // namespace

failure output_failure(const std::string& name, int code) {
  return {errc::consumer_failed, caused_by::local, "writing to " + name + " failed: " + std::strerror(code)};
}

int make_directories_of(const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (::mkdir(path.substr(0, slash).c_str(), 0750) != 0 && errno != EEXIST)
      return errno;
  return 0;
}

saved_file::~saved_file() {
  if (!done_)
    (void)abandon();
  close();
}

void saved_file::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

failure saved_file::open(const std::string& path, const save_options& how) {
  path_ = path;
  part_.clear();
  existing_ = how.existing;
  if (const int code = how.create_directories ? make_directories_of(path) : 0)
    return output_failure(in_quotes(path), code);
  struct stat info{};
  existed_ = ::stat(path.c_str(), &info) == 0;
  if (!existed_ && errno == ENAMETOOLONG)
    return output_failure(in_quotes(path), errno);
  // /dev/stdout and its kind name an open descriptor: no file can be made beside it, and none be renamed to it.
  if ((existed_ && !S_ISREG(info.st_mode)) || path.starts_with("/dev/std") || path.starts_with("/dev/fd/")
      || path.starts_with("/proc/"))
    return open_special(path);
  target_ = without_links(path);
  if (target_.empty())
    return output_failure(in_quotes(path), ELOOP);
  if (existed_ && existing_ == existing_file::refuse)
    return {errc::consumer_failed, caused_by::local,
            "writing to " + in_quotes(path) + " failed: it exists; --clobber would replace it"};
  if (how.resume) {
    if (how.resume_bytes || !try_part(part_of(target_, 0), true))
      if (auto problem = existed_ || how.resume_bytes ? open_in_place(path, false) : open_part())
        return problem;
    kept_bytes_ = size_of(fd_);
    if (how.resume_bytes && kept_bytes_ != 0 && kept_bytes_ != *how.resume_bytes) {
      close();
      return {errc::consumer_failed, caused_by::local,
              "-C " + std::to_string(*how.resume_bytes) + ": " + in_quotes(path) + " has " + std::to_string(kept_bytes_)
                  + " bytes; what comes cannot be put behind them"};
    }
    return ::lseek(fd_, 0, SEEK_END) < 0 ? output_failure(in_quotes(path), errno) : failure{};
  }
  const bool of_another = existed_ && info.st_uid != ::geteuid();
  auto problem = of_another ? failure{} : open_part();
  if (existed_ && existing_ == existing_file::replace && (of_another || problem))
    problem = ::access(path.c_str(), W_OK) == 0 || !problem ? open_in_place(path, true) : problem;
  return problem;
}

failure saved_file::open_special(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (existed_ ? 0 : O_CREAT), 0666);
  struct stat info{};
  if (fd_ < 0)
    return errno == ENXIO && ::stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode)
               ? failure{}
               : output_failure(in_quotes(path), errno);
  if (::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode) && ::ftruncate(fd_, 0) != 0)
    return output_failure(in_quotes(path), errno);
  return {};
}

failure saved_file::open_in_place(const std::string& path, bool truncate) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd_ < 0)
    return output_failure(in_quotes(path), errno);
  regular_ = has_attribute_ = true;
  if (!truncate && ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close();
    return {errc::consumer_failed, caused_by::local,
            "writing to " + in_quotes(path) + " failed: another transfer is writing to it"};
  }
  return truncate && ::ftruncate(fd_, 0) != 0 ? output_failure(in_quotes(path), errno) : failure{};
}

/// False: that name is taken, or does not exist (errno tells).
bool saved_file::try_part(const std::string& path, bool resume) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (resume ? 0 : O_CREAT), 0666);
  if (fd < 0)
    return false;
  struct stat opened{}, named{};
  const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; // some file systems have no locks
  // Whoever had the lock before may have given the file its final name meanwhile.
  const bool ours = locked && ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && S_ISREG(opened.st_mode)
                    && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev && opened.st_uid == ::geteuid()
                    && opened.st_nlink == 1;
  const bool is_left_over = ours && !resume && opened.st_size > 0; // of a transfer that failed
  if (!ours || (is_left_over && ::ftruncate(fd, 0) != 0)) {
    ::close(fd);
    errno = EEXIST;
    return false;
  }
  if (is_left_over)
    (void)::fremovexattr(fd, etag_attribute);
  has_attribute_ = resume;
  fd_ = fd;
  part_ = path;
  regular_ = true;
  return true;
}

failure saved_file::open_part() {
  for (int i = 0; i < names_max; ++i) {
    if (try_part(part_of(target_, i), false)) {
      struct stat info{};
      if (existed_ && ::stat(target_.c_str(), &info) == 0)
        (void)::fchmod(fd_, info.st_mode & 07777);
      return {};
    }
    if (errno != EEXIST && errno != ELOOP && errno != EISDIR && errno != ENXIO && errno != EACCES)
      break;
  }
  return output_failure(in_quotes(path_), errno);
}

std::string saved_file::etag() const {
  if (!etag_.empty())
    return etag_;
  std::array<char, etag_bytes_max> text{};
  const auto n = fd_ < 0 || !has_attribute_ ? -1 : ::fgetxattr(fd_, etag_attribute, text.data(), text.size());
  return n > 0 ? std::string(text.data(), static_cast<std::size_t>(n)) : std::string{};
}

void saved_file::remember_etag(const std::string& etag) {
  if (fd_ < 0 || !regular_)
    return;
  etag_ = etag.size() <= etag_bytes_max ? etag : std::string{};
  if (etag_.empty() && std::exchange(has_attribute_, false))
    (void)::fremovexattr(fd_, etag_attribute);
  grown(has_attribute_ ? small_bytes : kept_bytes_); // one that it has is of another representation, perhaps
}

void saved_file::write_etag() {
  has_attribute_ = true;
  (void)::fsetxattr(fd_, etag_attribute, etag_.data(), etag_.size(), 0);
  etag_.clear();
}

failure saved_file::rename_part() {
  if (existing_ == existing_file::replace)
    return ::rename(part_.c_str(), target_.c_str()) == 0 ? failure{} : output_failure(in_quotes(path_), errno);
  for (int i = 0; i < names_max; ++i) {
    const auto number = i > 0 ? "." + std::to_string(i) : std::string{};
    // A link fails where the name is taken, on every file system that has links.
    const auto name = path_ + number;
    if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0
        || (errno == EINVAL && ::link(part_.c_str(), name.c_str()) == 0 && ::unlink(part_.c_str()) == 0)) {
      path_ = name;
      return {};
    }
    if (errno != EEXIST || existing_ == existing_file::refuse)
      break;
  }
  return output_failure(in_quotes(path_), errno);
}

bool saved_file::waits_for_disk() const { return regular_ && fd_ >= 0 && size_of(fd_) >= flushed_bytes; }

failure saved_file::commit(std::optional<std::chrono::sys_seconds> modified) {
  if (fd_ < 0 || done_)
    return {};
  if (regular_) {
    if (waits_for_disk() && ::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP)
      return output_failure(in_quotes(path_), errno);
    remember_etag({}); // which only an incomplete body needs
    if (!part_.empty())
      if (auto problem = rename_part())
        return problem;
    if (modified) {
      const auto seconds = modified->time_since_epoch().count();
      const std::array<timespec, 2> times{timespec{seconds, 0}, timespec{seconds, 0}};
      (void)::futimens(fd_, times.data());
    }
  }
  done_ = true;
  // Some file systems tell only now that they could not keep what they had taken.
  return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR ? failure{} : output_failure(in_quotes(path_), errno);
}

std::string saved_file::abandon(bool resumable) {
  if (done_ || fd_ < 0 || !regular_)
    return {};
  done_ = true;
  const auto size = size_of(fd_);
  const auto& now = part_.empty() ? path_ : part_;
  if (!etag_.empty() && size > 0)
    write_etag();
  const bool can_go_on = size > 0 && !etag().empty();
  close();
  if (size == 0 && (!part_.empty() || !existed_)) {
    ::unlink(now.c_str());
    return {};
  }
  auto result = in_quotes(now) + " has " + std::to_string(size) + " bytes";
  if (!part_.empty() && existed_)
    result += ", and " + in_quotes(path_) + " is as it was";
  if (!resumable)
    return result + "; without -C all of it is fetched anew";
  return can_go_on ? result + "; -C - goes on from there" : result;
}

} // namespace sluice::command
