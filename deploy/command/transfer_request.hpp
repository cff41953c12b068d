// From the options and one URL to the request of a transfer: what request.hpp makes, with the fields of -r, -C and -z,
// and with its body counted.
// Knows no response and no file.
#pragma once

#include "ranges.hpp"
#include "request.hpp"
#include "transfer.hpp"

namespace sluice::command {

/// Fails as make_request() does. Sets what `progress` says about the request's body.
result_or_failure<prepared> request_of(const transfer_context& context, const transfer_job& job,
                                       const range_request& range, loop& home, transfer_progress& progress);

/// Whether the response says, or its Last-Modified shows, that -z does not want the body.
bool is_unwanted(const std::optional<time_condition>& condition, const http::response_head& head);

/// The length of the body as it will be written, where the head tells it.
std::optional<std::uint64_t> length_of(const get_options& options, const http::response_head& head, bool without_body);

/// Last-Modified.
std::optional<std::chrono::sys_seconds> modified_at(const http::response_head& head);

} // namespace sluice::command
