#include <sluice/messages/bounds.hpp>

#include <string>

namespace sluice {

namespace {

failure invalid(std::string detail) { return {errc::invalid_request, caused_by::local, std::move(detail)}; }

failure withheld(std::string_view which, std::uint64_t n, std::string_view advice) {
  return {errc::limit_exceeded, caused_by::local,
          std::string{which} + " has " + std::to_string(n) + " bytes, but a message between nodes carries at most "
              + std::to_string(chunk_limit_bytes) + " of a body; " + std::string{advice}};
}

} // namespace

failure check_read(decoded_bytes most) {
  if (most.value >= 1 && most <= largest_read)
    return {};
  return invalid("a read must ask for 1 to " + std::to_string(largest_read.value) + " bytes, not for "
                 + std::to_string(most.value));
}

failure check_fields(const http::fields& x, std::string_view which) {
  const std::string name{which};
  if (x.size() > request_fields_max)
    return invalid(name + " must have at most " + std::to_string(request_fields_max) + " lines; it has "
                   + std::to_string(x.size()));
  std::size_t bytes = 0;
  for (const auto& field : x) {
    bytes += field.name.size() + field.value.size() + 32;
    if (!http::is_token(field.name) || !http::is_field_value(field.value))
      return invalid(name + ": the header '" + printable(field.name.substr(0, 60))
                     + "' has a name that is not a token or a value with control characters");
  }
  if (bytes > request_fields_bytes_max)
    return invalid(name + " must have at most " + std::to_string(request_fields_bytes_max)
                   + " bytes (names, values and 32 a field); it has " + std::to_string(bytes));
  return {};
}

failure check(const deadlines& x) {
  const std::pair<const char*, std::chrono::milliseconds> all[] = {{"connect", x.connect},
                                                                   {"head", x.head},
                                                                   {"total", x.total},
                                                                   {"peer_silence", x.peer_silence},
                                                                   {"upload_silence", x.upload_silence}};
  for (const auto& [name, value] : all)
    if (value.count() < 0 || value > longest_deadline)
      return invalid(std::string{"request.deadlines."} + name + " must be from 0 (none) to "
                     + std::to_string(longest_deadline.count()) + " ms; it is " + std::to_string(value.count()));
  return {};
}

failure check(const redirect_policy& x) {
  if (x.limit > redirect_limit_max)
    return invalid("request.redirects.limit must be from 0 to " + std::to_string(redirect_limit_max) + "; it is "
                   + std::to_string(x.limit));
  return {};
}

failure check(const retry_policy& x) {
  const auto beyond = [](const char* name, std::uint64_t least, std::uint64_t most, std::uint64_t value) {
    return value >= least && value <= most
               ? failure{}
               : invalid(std::string{"request.retries."} + name + " must be from " + std::to_string(least) + " to "
                         + std::to_string(most) + "; it is " + std::to_string(value));
  };
  for (auto problem :
       {beyond("attempts", 0, retry_attempts_max, x.attempts), beyond("factor", 1, retry_factor_max, x.factor),
        beyond("jitter_percent", 0, 100, x.jitter_percent)})
    if (problem)
      return problem;
  const std::pair<const char*, std::chrono::milliseconds> times[] = {
      {"first_delay", x.first_delay}, {"largest_delay", x.largest_delay}, {"total_time", x.total_time}};
  for (const auto& [name, value] : times)
    if (value.count() < 0 || value > longest_deadline)
      return invalid(std::string{"request.retries."} + name + " must be from 0 to "
                     + std::to_string(longest_deadline.count()) + " ms; it is " + std::to_string(value.count()));
  if (x.further_statuses.size() > retry_statuses_max)
    return invalid("request.retries.further_statuses must have at most " + std::to_string(retry_statuses_max)
                   + " statuses; it has " + std::to_string(x.further_statuses.size()));
  for (auto status : x.further_statuses)
    if (auto problem = beyond("further_statuses", 400, 599, status))
      return problem;
  return {};
}

failure check(const request_body& x) {
  if (x.withheld > 0)
    return withheld("request.body.bytes", x.withheld, "use request_body::from with a source");
  if (!x.present)
    return x.source || !x.bytes.empty() || x.length
               ? invalid("request.body has bytes, a source or a length, but `present` is not set")
               : failure{};
  if (x.length && *x.length > body_length_max)
    return invalid("request.body.length must be from 0 to " + std::to_string(body_length_max) + " bytes; it is "
                   + std::to_string(*x.length));
  if (x.length && !x.source && *x.length != x.bytes.size())
    return invalid("request.body.length is " + std::to_string(*x.length) + ", but request.body.bytes has "
                   + std::to_string(x.bytes.size()) + " bytes");
  return {};
}

failure check(const piece& x) {
  return x.withheld > 0 ? withheld("a piece of the body", x.withheld, "its source must answer with smaller ones")
                        : failure{};
}

failure check(const request& x, wire_bytes largest_window) {
  if (x.message_version != message_protocol_version)
    return invalid("the request was made by a node whose messages have version " + std::to_string(x.message_version)
                   + ", and those of this one have version " + std::to_string(message_protocol_version)
                   + "; let both run the same version of sluice");
  if (x.method.size() > method_bytes_max)
    return invalid("request.method must have 1 to " + std::to_string(method_bytes_max) + " bytes; it has "
                   + std::to_string(x.method.size()));
  if (!http::is_token(x.method))
    return invalid("request.method '" + printable(x.method) + "' is not a token");
  if (x.url.size() > url_bytes_max)
    return {errc::invalid_url, caused_by::local,
            "request.url must have 1 to " + std::to_string(url_bytes_max) + " bytes; it has "
                + std::to_string(x.url.size())};
  if (const auto window = x.read.window; window.value > 0 && (window < smallest_window || window > largest_window))
    return invalid("request.read.window must be 0 (one that grows) or from " + std::to_string(smallest_window.value)
                   + " to " + std::to_string(largest_window.value)
                   + " bytes (client_config.largest_window or memory_budget, whichever is less); it is "
                   + std::to_string(window.value));
  if (x.priority && x.priority->urgency > 7)
    return invalid("request.priority.urgency must be from 0 to 7; it is " + std::to_string(x.priority->urgency));
  if (auto problem = check_fields(x.fields, "request.fields"))
    return problem;
  if (x.without.size() > request_fields_max)
    return invalid("request.without must have at most " + std::to_string(request_fields_max) + " names; it has "
                   + std::to_string(x.without.size()));
  if (auto problem = check(x.deadlines))
    return problem;
  if (auto problem = check(x.redirects))
    return problem;
  if (auto problem = check(x.retries))
    return problem;
  return check(x.body);
}

} // namespace sluice
