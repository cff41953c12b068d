// From -d, --data-*, --json, -F, --form-string and -T to the body of a request, or with -G to the query of its URL.
// Knows curl's meaning of these options; sends nothing.
#pragma once

#include "upload_body.hpp"

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::command {

enum class body_kind : std::uint8_t {
  data,
  data_binary,
  data_raw,
  data_urlencode,
  json,
  form,
  form_string,
  upload_file,
};
/// As it is written on the command line: "-d", "--data-binary".
const char* option_name(body_kind kind);

struct body_option {
  body_kind kind;
  std::string value;
};

/// What the options say about the requests' bodies, in their order.
struct upload_options {
  std::vector<body_option> given;
  bool in_query = false;              ///< -G
  std::vector<std::string> url_query; ///< of --url-query
  /// All that `given` makes, where read_inputs() had to read it. Shared, because each transfer has these options.
  std::shared_ptr<const std::string> content{};
};

/// errc::invalid_configuration: options that make different bodies, by name.
failure check(const upload_options& options);

/// What is sent with the URL of that number, from 0 on. Of several -T each belongs to one URL, as in curl; an empty
/// one, and a URL without one, send nothing. All other bodies go with every URL.
upload_options upload_for(const upload_options& all, std::uint64_t url_number);

/// The most that read_inputs() reads for a body, bytes.
inline constexpr std::size_t piped_data_bytes_max = std::size_t{64} << 20;

/// Reads what -d, --data-*, --json and --url-query take from standard input and pipes, as curl does before it asks for
/// anything: so the length is known, and each transfer, redirect and retry can send it. Blocks until the end.
/// errc::invalid_configuration names an option whose file cannot be read or which gives more than `most` bytes.
failure read_inputs(upload_options& options, std::size_t most = piped_data_bytes_max);

/// A request's body, and what goes with it unless other options say otherwise.
struct composed_body {
  upload_body body;
  std::string method, content_type, accept; ///< empty: none
};
/// Of at least one option that check() accepts, without -G. errc::invalid_configuration names the option at fault.
result_or_failure<composed_body> compose_body(const upload_options& options);

/// What goes into the query of the URL, of --url-query and with -G of the data; empty: nothing. Reads the files.
result_or_failure<std::string> compose_query(const upload_options& options);

} // namespace sluice::command
