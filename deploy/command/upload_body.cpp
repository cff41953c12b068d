#include "upload_body.hpp"

#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::command {

namespace {

std::atomic<bool> standard_input_taken{false}; // by a reader: it cannot be read twice

constexpr std::size_t block_bytes =
    64u << 10; // read at once, to find the length of a file whose bytes are rewritten or to read all

failure reading_failed(const std::string& path, const std::string& why) {
  return {errc::consumer_failed, caused_by::local,
          "reading " + (path == "-" ? "standard input" : "'" + path + "'") + why};
}

/// Reads at most `most` bytes into a block of their own; an errno, or 0.
int read_some(int fd, std::size_t most, chunk& to) {
  auto block = chunk::new_block(most);
  auto n = ::read(fd, block->data(), most);
  while (n < 0 && errno == EINTR)
    n = ::read(fd, block->data(), most);
  if (n < 0)
    return errno;
  to = chunk{std::move(block), 0, static_cast<std::size_t>(n)};
  if (to.size() < most / 2) // of a pipe, for example: the rest of the block would be kept with it
    to = chunk::copy_of(to.bytes());
  return 0;
}

/// The regular file's size when it is to be relied on. Files of /proc say 0, and have content or cannot be read; those
/// of /sys say 4096.
std::optional<std::uint64_t> size_of(int fd) {
  struct stat info{};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return std::nullopt;
  constexpr off_t size_in_sys = 4096; // whatever they have
  if (info.st_size == size_in_sys && info.st_blocks == 0)
    return std::nullopt;
  char byte = 0;
  if (info.st_size == 0 && pread(fd, &byte, 1, 0) != 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size);
}

/// Bytes that the rest of the file has after it was rewritten; an errno in `code`.
std::uint64_t rewritten_size(int fd, rewriting how, int& code) {
  std::uint64_t result = 0;
  for (chunk block; code == 0;) {
    code = read_some(fd, block_bytes, block);
    if (code != 0 || block.empty())
      break;
    result += rewritten(block.text(), how).size();
  }
  return result;
}

} // namespace

std::string rewritten(std::string_view bytes, rewriting how) {
  if (how == rewriting::form_encoded)
    return percent_encode(bytes, space::as_plus);
  std::string result{bytes};
  if (how == rewriting::without_line_breaks)
    std::erase_if(result, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return result;
}

void upload_body::lengthen(std::optional<std::uint64_t> bytes) {
  length_ = length_ && bytes ? std::optional{*length_ + *bytes} : std::nullopt;
}

void upload_body::add_text(std::string bytes) {
  lengthen(bytes.size());
  if (parts_.empty() || parts_.back().is_file)
    parts_.emplace_back();
  parts_.back().text += bytes;
}

failure upload_body::add_file(const std::string& option, const std::string& path, rewriting how) {
  upload_part part{true, path, how, {}};
  if (path != "-") { // standard input may have been read in part before: its size tells nothing
    struct stat info{};
    int code = unreadable(path);
    // A pipe without a writer is not opened here: that would wait.
    if (code == 0 && stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      code = fd < 0 ? errno : 0;
      part.file_bytes = fd < 0 ? std::nullopt : size_of(fd);
      std::optional<std::uint64_t> bytes = part.file_bytes;
      if (bytes && how != rewriting::none)
        bytes = rewritten_size(fd, how, code);
      if (fd >= 0)
        ::close(fd);
      lengthen(bytes);
    } else {
      lengthen(std::nullopt);
      may_wait_ = true;
    }
    if (code != 0)
      return {errc::invalid_configuration, caused_by::local,
              option + ": '" + path + "' cannot be read: " + std::strerror(code)};
  } else {
    lengthen(std::nullopt);
    may_wait_ = true;
  }
  parts_.push_back(std::move(part));
  return {};
}

result_or_failure<chunk> upload_reader::read(std::size_t most) {
  while (ready_.empty()) {
    if (part_ended_) {
      close_file();
      part_ended_ = false;
      ++next_;
    }
    if (next_ == parts_.size())
      return chunk{};
    auto& part = parts_[next_];
    if (!part.is_file) {
      ready_ = chunk::copy_of(std::exchange(part.text, {}));
      part_ended_ = true;
    } else if (auto problem = read_file(part, most)) {
      return problem;
    }
  }
  if (ready_.size() <= most)
    return std::exchange(ready_, {});
  auto result = ready_.part(0, most);
  ready_ = ready_.part(most, ready_.size() - most);
  return result;
}

result_or_failure<std::string> upload_reader::read_whole(std::size_t most) {
  for (std::string result;;) {
    const auto bytes = read(block_bytes);
    if (!bytes)
      return bytes.error();
    result += bytes->text();
    if (bytes->empty() || result.size() > most)
      return result;
  }
}

failure upload_reader::read_file(const upload_part& part, std::size_t most) {
  if (fd_ < 0)
    if (auto problem = open_file(part))
      return problem;
  auto wanted = std::uint64_t{most};
  if (part.file_bytes)
    wanted = std::min(wanted, *part.file_bytes - file_taken_);
  chunk bytes;
  if (wanted > 0)
    if (const int code = read_some(fd_, static_cast<std::size_t>(wanted), bytes))
      return reading_failed(part.text, std::string{" failed: "} + std::strerror(code));
  file_taken_ += bytes.size();
  if (bytes.empty()) {
    part_ended_ = true;
    return check_end(part);
  }
  ready_ = part.how == rewriting::none ? std::move(bytes) : chunk::copy_of(rewritten(bytes.text(), part.how));
  return {};
}

failure upload_reader::open_file(const upload_part& part) {
  file_taken_ = 0;
  if (part.text == "-" && !owns_standard_input_ && standard_input_taken.exchange(true))
    return reading_failed(part.text, " failed: another transfer has read it; write it to a file to send it twice");
  owns_standard_input_ = owns_standard_input_ || part.text == "-";
  fd_ = part.text == "-" ? STDIN_FILENO : ::open(part.text.c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ >= 0 ? failure{} : reading_failed(part.text, std::string{" failed: "} + std::strerror(errno));
}

/// A regular file must still be as long as when its length was sent.
failure upload_reader::check_end(const upload_part& part) {
  if (!part.file_bytes)
    return {};
  if (file_taken_ < *part.file_bytes)
    return reading_failed(part.text, " ended after " + std::to_string(file_taken_) + " of "
                                         + std::to_string(*part.file_bytes)
                                         + " bytes: the file became shorter while it was sent");
  chunk more;
  return read_some(fd_, 1, more) == 0 && !more.empty()
             ? reading_failed(part.text, " found more than the " + std::to_string(*part.file_bytes)
                                             + " bytes that it had: the file grew while it was sent; send it through a "
                                               "pipe, with '-', to send all that comes")
             : failure{};
}

void upload_reader::close_file() {
  if (fd_ > STDIN_FILENO)
    ::close(fd_);
  fd_ = -1;
}

} // namespace sluice::command
