// From the options about redirects and trying again to the policies of a request.
// Knows the options and the library's request; makes no request itself.
#pragma once

#include "command.hpp"

#include <string_view>

namespace sluice::command {

/// Sets redirects and retries of `to`. `fail`: a status of 400 or more is an error (-f). errc::invalid_configuration
/// names the option at fault.
failure apply(const follow_options& options, bool fail, request& to);

/// The targets that --proto-redir allows, in curl's syntax: names of protocols after '=', '+' (or nothing) or '-',
/// separated by commas, which are applied in order. Others than http, https and all are ignored.
/// errc::invalid_configuration: neither http nor https is left, or http alone.
result_or_failure<redirect_targets> redirect_targets_of(std::string_view protocols);

} // namespace sluice::command
