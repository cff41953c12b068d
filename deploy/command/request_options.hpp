// The options of `get` that say what the request carries: fields, credentials, body and query, as the parser knows
// them. Knows CLI11 and the option structs; what the values mean is decided in request.cpp.
#pragma once

#include "command.hpp"

#include <map>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace sluice::command {

class request_options {
public:
  /// Adds the options to `app`. `to` must outlive this.
  request_options(CLI::App& app, get_options& to);
  /// After parsing: sets what depends on the order of the options, and values as they were written.
  /// errc::invalid_configuration: a file of -H cannot be read.
  failure collect();

private:
  void add_fields();
  void add_credentials();
  void add_bodies();
  CLI::Option* add_value(const char* names, const char* type, const char* help);
  /// One that may be given several times; each value is one word, and "[1,2]" is no list.
  CLI::Option* add_repeated(const char* names, const char* help);

  CLI::App& app_;
  get_options& to_;
  CLI::Option *headers_ = nullptr, *user_ = nullptr, *bearer_ = nullptr, *user_agent_ = nullptr, *referer_ = nullptr,
              *url_query_ = nullptr;
  std::map<const CLI::Option*, body_kind> bodies_;
};

} // namespace sluice::command
