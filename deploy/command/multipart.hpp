// The body that -F makes: multipart/form-data (RFC 7578), with files that are read as they are sent.
// Knows the syntax of curl's -F; sends nothing.
#pragma once

#include "upload_body.hpp"

#include <sluice/protocols/failure.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

struct form_field {
  bool is_file = false; ///< `value` is a path ("-" is standard input), else the content itself
  std::string name, value;
  std::optional<std::string> file_name; ///< sent as the file's name
  std::optional<std::string> type;      ///< sent as Content-Type
};

/// One value of -F: name=content, name=@FILE (sent as a file, with a name and a type) or name=<FILE (its content only),
/// each with ";type=…" and ";filename=…" after it. Content, path and file name may be in double quotes, with \" and
/// \\ . errc::invalid_configuration: what is wrong, and what to write instead; repeats no content.
result_or_failure<form_field> parse_form_field(std::string_view text);
/// One value of --form-string: all after the first '=' is content.
result_or_failure<form_field> parse_form_string(std::string_view text);

/// A name in Content-Disposition, as the HTML standard escapes it: %0A, %0D and %22 for LF, CR and a double quote.
std::string escaped_form_name(std::string_view name);
/// The media type for a file of that name, by its extension; application/octet-stream for any other.
std::string media_type_of(std::string_view file_name);

/// 24 dashes and 22 random letters and digits, about 130 bits: no content contains it by chance.
std::string random_boundary();
/// errc::invalid_configuration: a file that cannot be read.
result_or_failure<upload_body> multipart_body(const std::vector<form_field>& fields, const std::string& boundary);

} // namespace sluice::command
