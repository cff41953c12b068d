// Which transfers a command line asks for, in order: URLs with globs, each with the file that it goes to.
// Knows no request and opens no file. Transfers are made one at a time, as they are asked for.
#pragma once

#include "glob.hpp"
#include "receiving.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct transfer_job {
  std::uint64_t number = 0;     ///< from 0 on
  std::uint64_t url_number = 0; ///< of the URL as it was given, from 0 on: all that one glob stands for have the same
  std::string url;
  std::string output;        ///< empty or "-": standard output
  bool output_given = false; ///< by -o; "-o -" is more than no -o
  bool header_name = false;  ///< -J: the response may name another file
};

class transfer_plan {
public:
  /// errc::invalid_url: a glob that is none.
  static result_or_failure<transfer_plan> make(const receiving_options& options);

  std::optional<transfer_job> next();
  /// Of all.
  std::uint64_t size() const noexcept { return size_; }
  bool is_over() const noexcept { return at_ == entries_.size(); }
  /// Whether any transfer may go to a file.
  bool has_files() const;

private:
  struct entry {
    glob urls;
    std::optional<output_choice> output;
  };

  std::vector<entry> entries_;
  std::string folder_;
  bool header_name_ = false;
  std::size_t at_ = 0;
  std::uint64_t within_ = 0, number_ = 0, size_ = 0;
};

/// `name` in the folder of --output-dir.
std::string in_output_dir(const std::string& folder, const std::string& name);

} // namespace sluice::command
