// The options of `sluice get` that say which URLs are fetched, and what becomes of their responses.
// Plain values; knows neither the parser of options nor actors.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// -o FILE, or -O; the i-th belongs to the i-th URL.
struct output_choice {
  bool remote_name = false;
  std::string path; ///< of -o; "-" is standard output
};

struct receiving_options {
  static constexpr std::size_t parallel_most = 65'535;

  std::vector<std::string> urls;
  std::vector<output_choice> outputs;
  bool remote_name_all = false, header_name = false; ///< -J
  std::string output_dir;
  bool create_dirs = false, no_clobber = false, clobber = false;
  bool no_globbing = false;
  bool parallel = false;
  std::size_t parallel_max = 50;
  std::string range;                      ///< of -r
  std::optional<std::string> continue_at; ///< of -C: "-" or a number
  std::string time_condition;             ///< of -z
  bool head = false;                      ///< -I
  std::string dump_header;                ///< of -D; "-" is standard output
  bool remote_time = false;               ///< -R
  std::string write_out;                  ///< of -w, with the content of a file that was named
  std::uint64_t max_filesize = 0;         ///< bytes; 0: no limit
  bool fail_with_body = false, fail_early = false;
};

/// Options whose values or combinations have no meaning: errc::invalid_configuration names them.
failure check(const receiving_options& options);

/// -C OFFSET. Nothing: there is no -C, or it is "-".
std::optional<std::uint64_t> offset_of(const receiving_options& options);

/// -z: a date as people write it, or the time of a file; with '-' in front, the body is wanted if it was not modified
/// since.
struct time_condition {
  bool unmodified = false;
  std::chrono::sys_seconds when{};
};
/// Nothing: the text is neither a date nor the name of a file that is there.
std::optional<time_condition> parse_time_condition(const std::string& text);

} // namespace sluice::command
