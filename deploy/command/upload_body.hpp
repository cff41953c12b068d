// The body of a request as a list of texts, files and standard input, and reading them piece by piece.
// Knows no options, no actor and no HTTP. Reading blocks: see upload_source.hpp for the actor that does it.
#pragma once

#include "percent_coding.hpp"

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/chunk.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// What happens to the bytes of a file on their way.
enum class rewriting : std::uint8_t {
  none,
  without_line_breaks, ///< CR, LF and NUL are left out, as curl's -d @FILE does
  form_encoded,        ///< percent-encoded, a space as '+'
};
std::string rewritten(std::string_view bytes, rewriting how);

/// One part of a body.
struct upload_part {
  bool is_file = false;
  std::string text; ///< the bytes, or a path; "-" is standard input
  rewriting how = rewriting::none;
  /// Bytes of a regular file when it was added. Not set for what is no regular file, which is read to its end.
  std::optional<std::uint64_t> file_bytes;
};

class upload_body {
public:
  void add_text(std::string bytes);
  /// `option` names the option in errors: errc::invalid_configuration, the file cannot be read. A file whose bytes are
  /// rewritten is read once here for its length.
  failure add_file(const std::string& option, const std::string& path, rewriting how = rewriting::none);

  const std::vector<upload_part>& parts() const noexcept { return parts_; }
  /// Bytes of the whole body. Not set: it contains a pipe, a terminal or standard input.
  std::optional<std::uint64_t> length() const noexcept { return length_; }
  /// Reading it may wait for ever, on a pipe, terminal or standard input; it can then also be read only once.
  bool may_wait() const noexcept { return may_wait_; }

private:
  void lengthen(std::optional<std::uint64_t> bytes);

  std::vector<upload_part> parts_;
  std::optional<std::uint64_t> length_ = 0;
  bool may_wait_ = false;
};

/// Reads the parts one after another. Not for several threads at once.
class upload_reader {
public:
  explicit upload_reader(std::vector<upload_part> parts) : parts_(std::move(parts)) {}
  ~upload_reader() { close_file(); }
  upload_reader(const upload_reader&) = delete;
  upload_reader& operator=(const upload_reader&) = delete;

  /// The next bytes, at most `most`, which is at least 1; empty at the end. Blocks until some are there.
  /// errc::consumer_failed: a file cannot be read, or is not as long as it was when it was added; or standard input was
  /// read by another reader, so that nothing of it is left for this one.
  result_or_failure<chunk> read(std::size_t most);
  /// All of it, or its beginning of more than `most` bytes: at most a block more. Errors as those of read().
  result_or_failure<std::string> read_whole(std::size_t most);

private:
  failure read_file(const upload_part& part, std::size_t most);
  failure open_file(const upload_part& part);
  failure check_end(const upload_part& part);
  void close_file();

  std::vector<upload_part> parts_;
  std::size_t next_ = 0;
  int fd_ = -1;
  std::uint64_t file_taken_ = 0; // bytes of the current file, before they were rewritten
  bool part_ended_ = false, owns_standard_input_ = false;
  chunk ready_; // bytes to be given
};

} // namespace sluice::command
