// Runs the `sluice` command as a user's shell would: its descriptors, limits and terminal are chosen, what it writes is
// kept. Knows nothing of HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace command_test {

struct terminal_size {
  unsigned short columns = 80, rows = 24;
};

struct setting {
  std::vector<int> closed;                 ///< of 0, 1 and 2
  std::optional<std::uint64_t> open_files; ///< RLIMIT_NOFILE
  std::optional<std::uint64_t> file_bytes; ///< RLIMIT_FSIZE
  std::string input;                       ///< on standard input; at most what a pipe holds
  std::optional<terminal_size> terminal;   ///< standard error is this pseudo-terminal
  bool output_to_terminal = false;         ///< and standard output is it too
  bool own_session = false;                ///< without a controlling terminal, or with `terminal` as that
  bool nobody_reads = false;               ///< standard output is a pipe whose other end is closed
};

struct outcome {
  int status = -1; ///< exit code, or 128 + the signal that ended it; -1: it did not end in time and was killed
  std::string out, err;
};

class child {
public:
  child(std::vector<std::string> arguments, setting how = {});
  ~child();
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  /// Reads what it writes until `enough` says so; false if it ended, or nothing came for a minute.
  bool read_until(const std::function<bool(const outcome&)>& enough);
  /// Until it has ended.
  outcome wait();
  void signal(int number);
  void resize(terminal_size new_size);
  /// As if it were typed at its terminal.
  void type(const std::string& text);
  pid_t pid() const { return pid_; }
  const outcome& so_far() const { return got_; }

private:
  bool pump(int timeout_ms); // false: both ends are closed
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1, terminal_ = -1;
  outcome got_;
};

outcome run(std::vector<std::string> arguments, setting how = {});

/// What a terminal that takes escape sequences for nothing would have been given: its lines, cut at CR and LF.
std::vector<std::string> lines_drawn(const std::string& written);
/// The value of that name in the figures, as JSON writes it; empty if there is none.
std::string figure(const std::string& json, const std::string& name);
/// Asks again and again until the answer is yes; false after a minute.
bool eventually(const std::function<bool()>& question);

/// A folder that is removed at the end.
class folder {
public:
  folder();
  ~folder();
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};
std::string content_of(const std::string& path);
void write_file(const std::string& path, const std::string& content);

} // namespace command_test
