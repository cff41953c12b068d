#include "transfer_request.hpp"

#include "metered_source.hpp"
#include "time_text.hpp"

#include <sluice/protocols/http/date.hpp>

#include <charconv>

namespace sluice::command {

namespace {

/// Counts the body of the request, and paces it (--limit-rate).
void meter_body(request_body& body, std::uint64_t limit, loop& home, transfer_progress& progress) {
  progress.sent = nullptr;
  if (body.present && !body.source)
    progress.total_to_send = body.bytes.size();
  if (!body.present || (!body.source && limit == 0))
    return;
  progress.sent = std::make_shared<std::uint64_t>(0);
  if (body.length)
    progress.total_to_send = *body.length;
  meter(home, body, progress.sent, limit);
}

} // namespace

result_or_failure<prepared> request_of(const transfer_context& context, const transfer_job& job,
                                       const range_request& range, loop& home, transfer_progress& progress) {
  auto mine = *context.options;
  mine.url = job.url;
  mine.upload = upload_for(mine.upload, job.url_number);
  mine.fail = mine.fail || mine.receive.fail_with_body;
  if (mine.receive.head && mine.method.empty())
    mine.method = "HEAD";
  auto result = make_request(mine, *context.system);
  if (!result)
    return result;
  auto& what = result->what;
  range.add_to(what.fields);
  if (context.condition)
    what.fields.set(context.condition->unmodified ? "If-Unmodified-Since" : "If-Modified-Since",
                    http_date(context.condition->when));
  meter_body(what.body, mine.limit_rate, home, progress);
  return result;
}

std::optional<std::chrono::sys_seconds> modified_at(const http::response_head& head) {
  const auto field = head.fields.get("last-modified");
  const auto when = field ? http::parse_date(*field, std::chrono::system_clock::now()) : std::nullopt;
  return when ? std::optional{std::chrono::floor<std::chrono::seconds>(*when)} : std::nullopt;
}

bool is_unwanted(const std::optional<time_condition>& condition, const http::response_head& head) {
  if (head.status == 304 || (condition && condition->unmodified && head.status == 412))
    return true;
  const auto modified = modified_at(head);
  if (!condition || !modified || head.status < 200 || head.status >= 300)
    return false;
  return condition->unmodified ? *modified > condition->when : *modified <= condition->when;
}

std::optional<std::uint64_t> length_of(const get_options& options, const http::response_head& head, bool without_body) {
  const auto field = head.fields.get("content-length");
  if (!field || without_body || (options.compressed && head.fields.contains("content-encoding")))
    return {};
  std::uint64_t n = 0;
  const auto [stop, code] = std::from_chars(field->data(), field->data() + field->size(), n);
  return code == std::errc{} && stop == field->data() + field->size() ? std::optional{n} : std::nullopt;
}

} // namespace sluice::command
