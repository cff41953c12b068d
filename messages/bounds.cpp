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

failure check_fields(const http::fields& fields, std::string_view which) {
  const std::string name{which};
  if (fields.size() > request_fields_max)
    return invalid(name + " must have at most " + std::to_string(request_fields_max) + " lines; it has "
                   + std::to_string(fields.size()));
  std::size_t bytes = 0;
  for (const auto& field : fields) {
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

failure check(const deadlines& deadlines) {
  const std::pair<const char*, std::chrono::milliseconds> all[] = {{"connect", deadlines.connect},
                                                                   {"head", deadlines.head},
                                                                   {"total", deadlines.total},
                                                                   {"peer_silence", deadlines.peer_silence},
                                                                   {"upload_silence", deadlines.upload_silence}};
  for (const auto& [name, value] : all)
    if (value.count() < 0 || value > longest_deadline)
      return invalid(std::string{"request.deadlines."} + name + " must be from 0 (none) to "
                     + std::to_string(longest_deadline.count()) + " ms; it is " + std::to_string(value.count()));
  return {};
}

failure check(const redirect_policy& policy) {
  if (policy.limit > redirect_limit_max)
    return invalid("request.redirects.limit must be from 0 to " + std::to_string(redirect_limit_max) + "; it is "
                   + std::to_string(policy.limit));
  http::fields sent;
  for (const auto& known : policy.credentials)
    sent.add("Authorization", known.value);
  return check_fields(sent, "request.redirects.credentials");
}

failure check(const retry_policy& policy) {
  const auto beyond = [](const char* name, std::uint64_t least, std::uint64_t most, std::uint64_t value) {
    return value >= least && value <= most
               ? failure{}
               : invalid(std::string{"request.retries."} + name + " must be from " + std::to_string(least) + " to "
                         + std::to_string(most) + "; it is " + std::to_string(value));
  };
  for (auto problem :
       {beyond("attempts", 0, retry_attempts_max, policy.attempts),
        beyond("factor", 1, retry_factor_max, policy.factor), beyond("jitter_percent", 0, 100, policy.jitter_percent)})
    if (problem)
      return problem;
  const std::pair<const char*, std::chrono::milliseconds> times[] = {
      {"first_delay", policy.first_delay}, {"largest_delay", policy.largest_delay}, {"total_time", policy.total_time}};
  for (const auto& [name, value] : times)
    if (value.count() < 0 || value > longest_deadline)
      return invalid(std::string{"request.retries."} + name + " must be from 0 to "
                     + std::to_string(longest_deadline.count()) + " ms; it is " + std::to_string(value.count()));
  if (policy.further_statuses.size() > retry_statuses_max)
    return invalid("request.retries.further_statuses must have at most " + std::to_string(retry_statuses_max)
                   + " statuses; it has " + std::to_string(policy.further_statuses.size()));
  for (auto status : policy.further_statuses)
    if (auto problem = beyond("further_statuses", 400, 599, status))
      return problem;
  return {};
}

failure check(const request_body& body) {
  if (body.withheld > 0)
    return withheld("request.body.bytes", body.withheld, "use request_body::from with a source");
  if (!body.present)
    return body.source || !body.bytes.empty() || body.length
               ? invalid("request.body has bytes, a source or a length, but `present` is not set")
               : failure{};
  if (body.length && *body.length > body_length_max)
    return invalid("request.body.length must be from 0 to " + std::to_string(body_length_max) + " bytes; it is "
                   + std::to_string(*body.length));
  if (body.length && !body.source && *body.length != body.bytes.size())
    return invalid("request.body.length is " + std::to_string(*body.length) + ", but request.body.bytes has "
                   + std::to_string(body.bytes.size()) + " bytes");
  return {};
}

failure check(const piece& piece) {
  return piece.withheld > 0
             ? withheld("a piece of the body", piece.withheld, "its source must answer with smaller ones")
             : failure{};
}

failure check(const request& request, wire_bytes largest_window) {
  if (request.message_version != message_protocol_version)
    return invalid("the request was made by a node whose messages have version "
                   + std::to_string(request.message_version) + ", and those of this one have version "
                   + std::to_string(message_protocol_version) + "; let both run the same version of sluice");
  if (request.method.size() > method_bytes_max)
    return invalid("request.method must have 1 to " + std::to_string(method_bytes_max) + " bytes; it has "
                   + std::to_string(request.method.size()));
  if (!http::is_token(request.method))
    return invalid("request.method '" + printable(request.method) + "' is not a token");
  if (request.url.size() > url_bytes_max)
    return {errc::invalid_url, caused_by::local,
            "request.url must have 1 to " + std::to_string(url_bytes_max) + " bytes; it has "
                + std::to_string(request.url.size())};
  if (const auto window = request.read.window;
      window.value > 0 && (window < smallest_window || window > largest_window))
    return invalid("request.read.window must be 0 (one that grows) or from " + std::to_string(smallest_window.value)
                   + " to " + std::to_string(largest_window.value)
                   + " bytes (client_config.largest_window or memory_budget, whichever is less); it is "
                   + std::to_string(window.value));
  if (request.priority && request.priority->urgency > 7)
    return invalid("request.priority.urgency must be from 0 to 7; it is " + std::to_string(request.priority->urgency));
  if (auto problem = check_fields(request.fields, "request.fields"))
    return problem;
  if (request.without.size() > request_fields_max)
    return invalid("request.without must have at most " + std::to_string(request_fields_max) + " names; it has "
                   + std::to_string(request.without.size()));
  if (auto problem = check(request.deadlines))
    return problem;
  if (auto problem = check(request.redirects))
    return problem;
  if (auto problem = check(request.retries))
    return problem;
  return check(request.body);
}

} // namespace sluice
