#include "exit_code.hpp"

namespace sluice::command {

const std::vector<exit_code>& exit_codes() {
  static const std::vector<exit_code> all{
      success,  usage,         bad_request, no_connection, tls_failed,         bad_response, incomplete,
      deadline, output_failed, http_error,  cannot_resume, too_many_redirects, too_large,    interrupted};
  return all;
}

const char* meaning_of(exit_code code) {
  switch (code) { // without a default: the compiler names a code that has no meaning here
    case success: return "Success. Any HTTP status is success, unless --fail is given.";
    case usage:
      return "Options or configuration: a file that cannot be read, a limit of our own; or the command could not "
             "start, for example because the process may not open enough files.";
    case bad_request: return "A URL or a request that cannot be sent.";
    case no_connection:
      return "The name could not be resolved, or no address connected to; also no file descriptor left for a "
             "connection.";
    case tls_failed: return "TLS: handshake, certificate, host name, protocol.";
    case bad_response: return "The origin broke the protocol or its own encoding; also whatever fits nowhere else.";
    case incomplete:
      return "The connection was lost, the stream was reset, or the origin fell silent: what was written is not the "
             "whole body.";
    case deadline: return "A deadline passed: --max-time or --connect-timeout.";
    case output_failed: return "Reading the upload's file or writing the output failed: a full disk, a closed pipe.";
    case http_error:
      return "--fail and a status of 400 or more; with -C also a status that is neither the rest nor the whole.";
    case cannot_resume:
      return "-r or -C: the origin did not give that part, or whether it belongs to what is there is not known.";
    case too_many_redirects: return "More redirects than --max-redirs.";
    case too_large: return "The body is larger than --max-filesize.";
    case interrupted: return "Interrupted by SIGINT or SIGTERM.";
  }
  return "";
}

} // namespace sluice::command
