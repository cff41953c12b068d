#include "routes.hpp"

#include <algorithm>

namespace sluice::origin {

namespace {

/// False for a parameter that no field can hold, such as a line break in ?to=.
bool can_be_sent(const http::fields& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const auto& field) { return http::is_field_value(field.value); });
}

} // namespace

http::fields content_fields(const request& incoming, const char* type) {
  return {{"Content-Type", type}, {"Content-Seed", std::to_string(incoming.seed)}};
}

outgoing_head head_for(const request& incoming, std::uint16_t status, http::fields fields,
                       http1::body_framing framing) {
  if (framing.how == framing_kind::chunked && incoming.begun.version == http::version::http1_0)
    framing.how = framing_kind::until_close;
  if (status == 204 || status == 304)
    framing = {};
  outgoing_head result{.status = status, .fields = std::move(fields), .framing = framing};
  result.closes = !incoming.keep_alive || framing.how == framing_kind::until_close;
  result.has_content = !http::has_no_body(incoming.begun.head.method, status);
  return result;
}

script_ptr reply(const request& incoming, outgoing_head head, source_ptr content) {
  if (!can_be_sent(head.fields))
    return reply_text(incoming, 400, "a parameter holds what no field can hold\n");
  auto result = std::make_unique<script>();
  const bool has_content = head.has_content && head.framing != by_length(0);
  head.has_content = has_content;
  result->ending(head.closes && !incoming.multiplexed() ? then::close : then::keep);
  result->head(std::move(head));
  if (has_content)
    result->content(std::move(content));
  return result;
}

script_ptr reply_text(const request& incoming, std::uint16_t status, std::string body, http::fields fields) {
  if (!fields.contains("content-type"))
    fields.add("Content-Type", "text/plain");
  const auto size = body.size();
  return reply(incoming, head_for(incoming, status, std::move(fields), by_length(size)), text(std::move(body)));
}

script_ptr reply_ok(const request& incoming) { return reply_text(incoming, 200, std::string(ok_body)); }

answer_ptr refuse(const failure& why) {
  auto body = why.detail + "\n";
  auto result = std::make_unique<script>();
  result->head(
      {.status = 400, .fields = {{"Content-Type", "text/plain"}}, .framing = by_length(body.size()), .closes = true});
  result->content(std::move(body)).ending(then::close);
  return result;
}

} // namespace sluice::origin
