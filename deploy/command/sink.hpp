// Where the body of `sluice get` goes. A regular file (saved_file.hpp) is written at once; a pipe or terminal only as
// it takes bytes. Knows no HTTP. Used on one event loop.
#pragma once

#include "saved_file.hpp"

#include <sluice/actors/io/loop.hpp>
#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/chunk.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::command {

/// Empty or "-".
bool is_standard_output(const std::string& path);
/// What can be known before the file is opened: it is a directory, or would be in one that does not exist.
failure check_output(const std::string& path);

class sink {
public:
  sink() = default;
  ~sink() = default;
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;

  /// `path`: empty or "-" is standard output. A pipe that nobody reads yet is no failure, but then is_open() is false,
  /// and this may be called again.
  failure open(const std::string& path, const save_options& how, asio::io_context& io);
  bool is_open() const noexcept { return fd_ >= 0; }
  /// Of a path; closed if this is standard output.
  saved_file& file() noexcept { return file_; }

  /// Writes all of `data`, then calls `done(failure)`; at once if the output takes it at once. `bind` makes handlers.
  template <class Bind, class Done>
  void write(chunk data, Bind bind, Done done) {
    while (data.size() > 0) {
      const auto code = write_some(data);
      if (code == EAGAIN && pipe_)
        return pipe_->async_wait(asio::posix::stream_descriptor::wait_write,
                                 bind([this, data, bind, done](const std::error_code& stopped) mutable {
                                   if (!stopped)
                                     write(std::move(data), bind, std::move(done));
                                 }));
      if (code != 0)
        return done(output_failure(name_, code));
    }
    done(failure{});
  }

  bool is_terminal() const noexcept { return terminal_; }
  /// Bytes that the output has taken, the beginning of a write that failed later included.
  std::uint64_t taken() const noexcept { return taken_; }
  /// After an error: gives the file up, as saved_file::abandon(). For people: what is where now; empty if nothing was
  /// written.
  std::string abandon(bool resumable);
  /// Before a line is written to standard error: ends the line on the terminal that the body has left unfinished there.
  void end_line();

private:
  failure open_standard_output(asio::io_context& io);
  /// Waits for `fd` on the loop from now on, if it is of a kind that can be waited for.
  bool attach(int fd, asio::io_context& io);
  /// Takes what is written off the front of `data`; an errno, or 0.
  int write_some(chunk& data);

  saved_file file_;
  std::string name_;
  int fd_ = -1;
  bool terminal_ = false, shares_terminal_ = false; // with standard error
  bool mid_line_ = false;
  std::uint64_t taken_ = 0;
  std::optional<asio::posix::stream_descriptor> pipe_;
};

} // namespace sluice::command
