// The exit codes of `sluice`, and what each means in one sentence for the manual.
// Knows neither errors of the library nor who exits.
#pragma once

#include <vector>

namespace sluice::command {

/// Documented in docs/COMMAND.md and in the man page.
enum exit_code : int {
  success = 0,
  usage = 2,         ///< options or configuration
  bad_request = 3,   ///< URL or request that cannot be sent
  no_connection = 4, ///< name resolution or connecting
  tls_failed = 5,
  bad_response = 6, ///< the origin broke the protocol or its own encoding
  incomplete = 7,   ///< the connection was lost: what was written is not the whole body
  deadline = 8,
  output_failed = 9,
  http_error = 22,         ///< --fail and a status of 400 or more
  cannot_resume = 33,      ///< -r or -C, and the origin did not give that part
  too_many_redirects = 47, ///< more than --max-redirs
  too_large = 63,          ///< --max-filesize
  interrupted = 130,
};

/// All of them, in ascending order.
const std::vector<exit_code>& exit_codes();
const char* meaning_of(exit_code code);

} // namespace sluice::command
