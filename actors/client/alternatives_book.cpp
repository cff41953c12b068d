#include <sluice/actors/client/alternatives_book.hpp>

#include <sluice/actors/client/file_writer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace sluice {

namespace {

constexpr std::size_t file_bytes_max = 4u << 20; // 1000 origins, the most that are kept, take a tenth of it

http::wall_time now() { return std::chrono::system_clock::now(); }

/// The file's text; empty if there is no such file.
result_or_failure<std::string> read_file(const std::string& path) {
  const auto refused = [&](const std::string& why) {
    return failure{errc::invalid_configuration, caused_by::local,
                   "client_config.alternative_services_file " + path + ": " + why};
  };
  const int fd =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not keep us waiting for its writer
  if (fd < 0)
    return errno == ENOENT ? result_or_failure<std::string>{std::string{}} : refused(std::strerror(errno));
  struct closing {
    int fd;
    ~closing() { ::close(fd); }
  } closes{fd};
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    return refused("it must be a regular file, or not exist yet");
  std::string text;
  for (char piece[16 << 10];;) {
    const auto n = ::read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return refused(std::strerror(errno));
    if (n == 0)
      return text;
    text.append(piece, static_cast<std::size_t>(n));
    if (text.size() > file_bytes_max)
      return refused("it must have at most " + std::to_string(file_bytes_max) + " bytes");
  }
}

} // namespace

result_or_failure<std::shared_ptr<alternatives_book>> alternatives_book::open(std::string file,
                                                                              std::weak_ptr<file_writer> writer) {
  auto book = std::make_shared<alternatives_book>();
  if (!file.empty()) {
    auto text = read_file(file);
    if (!text)
      return text.error();
    if (auto problem = book->known_.add_text(*text)) {
      problem.detail = file + ": " + problem.detail;
      return problem;
    }
  }
  book->file_ = std::move(file);
  book->writer_ = std::move(writer);
  return book;
}

bool alternatives_book::learn(const std::string& origin, std::string_view value) {
  bool changed = false, known = false;
  {
    std::lock_guard lock{mutex_};
    changed = known_.learn(origin, value, now());
    known = known_.find(origin, now()).has_value();
  }
  if (!changed || file_.empty())
    return known;
  if (auto writer = writer_.lock())
    writer->write_later(this, {file_, [self = shared_from_this()] { return self->text(); },
                               [self = shared_from_this()](const failure& result) { self->written(result); }});
  return known;
}

std::string alternatives_book::text() const {
  std::lock_guard lock{mutex_};
  return "# Alternative services (RFC 7838)\n" + known_.to_text(now());
}

/// A file that cannot be written costs what it would have told the next client, no more; the next change tries again.
void alternatives_book::written(const failure& result) {
  if (!result)
    return;
  std::lock_guard lock{mutex_};
  ++file_failures_;
  file_problem_ = result.detail;
}

void alternatives_book::tell(client_stats& figures) const {
  std::lock_guard lock{mutex_};
  figures.file_failures = file_failures_;
  figures.file_problem = file_problem_;
}

std::optional<http::alternative> alternatives_book::find(const std::string& origin) const {
  std::lock_guard lock{mutex_};
  return known_.find(origin, now());
}

bool alternatives_book::blocked(const std::string& origin) const {
  std::lock_guard lock{mutex_};
  return known_.blocked(origin, now());
}

void alternatives_book::failed(const std::string& origin) {
  std::lock_guard lock{mutex_};
  known_.failed(origin, now());
}

void alternatives_book::worked(const std::string& origin) {
  std::lock_guard lock{mutex_};
  known_.worked(origin);
}

} // namespace sluice
