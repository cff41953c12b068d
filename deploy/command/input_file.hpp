// Reads the small files that options name: configuration, credentials, header lines, and texts that go into a URL.
// Knows nothing of their content. Bodies of requests are read piece by piece elsewhere: upload_body.hpp.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <string>

namespace sluice::command {

/// The largest file that read_input() accepts, bytes.
inline constexpr std::size_t input_file_limit_bytes = std::size_t{1} << 20;

/// All bytes of a file; "-" is standard input. Blocks until they are there.
/// errc::invalid_configuration: it cannot be read or is too large; the text begins with `option` and names the file,
/// never its content.
result_or_failure<std::string> read_input(const std::string& option, const std::string& path);

/// The errno for a file that cannot be read, EISDIR for a directory; 0: it can be read. Opens nothing.
int unreadable(const std::string& path);

} // namespace sluice::command
