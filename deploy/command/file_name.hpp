// The names of files that downloads are written to: from a URL's path (-O), and from the response (-J).
// Knows no file system. What an origin says is used only as a plain name: no folder, no control character.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// The longest name that is made, in bytes; file systems take 255, and suffixes are added to it.
inline constexpr std::size_t file_name_bytes_max = 200;
/// The name where there is none to be had.
inline constexpr std::string_view nameless = "sluice_response";

/// The last component of the URL's path that is not empty, as it is written there (percent-encoded, as curl does);
/// `nameless` if there is none.
std::string file_name_of_url(std::string_view url);

/// The file name that a Content-Disposition field gives (RFC 6266 section 4.3): filename* (RFC 8187, in UTF-8 or
/// ISO-8859-1) before filename, of that its last component after '/' or '\'. Control characters and text that is no
/// UTF-8 become '_', and so does a dot in front. Nothing: the field gives no name, or none that can be used.
std::optional<std::string> file_name_of_disposition(std::string_view field);

} // namespace sluice::command
