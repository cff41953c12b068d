#include <sluice/protocols/http/arriving_response.hpp>

#include <cstdlib>
#include <utility>

namespace sluice::http {

bool arriving_response::add_line(std::string_view name, std::string_view value, std::size_t bytes_max,
                                 std::size_t count_max) {
  auto refused = section->add(name, value, bytes_max, count_max);
  if (!refused)
    return true;
  problem = std::move(refused);
  section.reset();
  return false;
}

bool arriving_response::end_section(engine_events& sink, http::version version, std::size_t interim_max) {
  const auto got = std::exchange(section, nullptr);
  if (!got || cancelled || problem)
    return true;
  const auto status = got->status();
  if (status == 0) {
    if (head_seen)
      trailers = got->take();
  } else if (status < 200) {
    if (++interim > interim_max) {
      problem = {errc::too_many_interim_responses, caused_by::remote,
                 "more than " + std::to_string(interim_max)
                     + " interim (1xx) responses before the final one (limit interim_responses)"};
      return false;
    }
    sink.on_interim(index, {version, status, {}, got->take()});
  } else {
    head_seen = true;
    response_head head{version, status, {}, got->take()};
    if (auto promised = head.fields.get("content-length"); promised && !has_no_body(method, status))
      length = std::strtoull(std::string{*promised}.c_str(), nullptr, 10); // checked by the library
    sink.on_head(index, std::move(head));
  }
  return true;
}

bool arriving_response::is_whole() const {
  return head_seen && !ended && !cancelled && !problem && (!length || *length == received);
}

failure arriving_response::wrong_length() const {
  return {errc::truncated_body, caused_by::remote,
          "the body has another length than the " + std::to_string(*length) + " bytes that Content-Length promised; "
              + std::to_string(received) + " bytes had come"};
}

failure arriving_response::reason_of_end(const failure& why, const std::string& goaway) const {
  failure result = problem ? problem
                   : why   ? why
                           : failure{errc::connection_closed, caused_by::transport, "the origin closed the connection"};
  if (!goaway.empty())
    result.detail += "; " + goaway;
  return result;
}

void arriving_response::add_progress(failure& why) const {
  if (head_seen && received > 0 && why.code != errc::truncated_body)
    why.detail += "; the body is incomplete after " + std::to_string(received) + " bytes";
}

} // namespace sluice::http
