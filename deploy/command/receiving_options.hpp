// The options of `get` that say which URLs are fetched and where responses go, as the parser knows them.
// Knows CLI11 and the option structs; what the values mean is decided in receiving.cpp and transfer_plan.cpp.
#pragma once

#include "command.hpp"

#include <cstdint>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace sluice::command {

class receiving_option_set {
public:
  /// Adds the options to `app`. `to` must outlive this.
  receiving_option_set(CLI::App& app, get_options& to);
  /// After parsing: sets what depends on the order of the options, and values as they were written.
  void collect();

private:
  void add_urls();
  void add_files();
  void add_parts();
  void add_rates();

  CLI::App& app_;
  get_options& to_;
  std::int64_t remote_names_ = 0;
  std::string continue_at_, limit_rate_, max_filesize_;
  CLI::Option *url_ = nullptr, *url_option_ = nullptr, *output_ = nullptr, *remote_name_ = nullptr,
              *continue_at_option_ = nullptr, *write_out_ = nullptr;
};

} // namespace sluice::command
