#include <sluice/actors/connection/inbox.hpp>

#include <utility>

namespace sluice {

namespace {
using type = engine_event::type;
using details = engine_event::details;
} // namespace

std::vector<engine_event> inbox::take(std::vector<engine_event>&& used) {
  used.clear();
  return std::exchange(events_, std::move(used));
}

void inbox::on_interim(std::uint32_t index, http::response_head&& head) {
  events_.push_back(
      {.kind = type::interim, .index = index, .more = std::make_unique<details>(details{.head = std::move(head)})});
}

void inbox::on_head(std::uint32_t index, http::response_head&& head) {
  events_.push_back(
      {.kind = type::head, .index = index, .more = std::make_unique<details>(details{.head = std::move(head)})});
}

void inbox::on_body(std::uint32_t index, std::span<const std::byte> data) {
  if (body_in_place_)
    return add_body(index, space_.keep(data, merged_below_));
  while (!data.empty()) {
    auto part = space_.copy(data, *blocks_);
    data = data.subspan(part.size());
    add_body(index, std::move(part));
  }
}

void inbox::add_body(std::uint32_t index, chunk data) {
  if (!events_.empty()) {
    auto& last = events_.back();
    if (last.kind == type::body && last.index == index && last.data.append(data))
      return;
  }
  events_.push_back({.kind = type::body, .index = index, .data = std::move(data)});
}

void inbox::on_end(std::uint32_t index, http::fields&& trailers) {
  engine_event event{.kind = type::end, .index = index};
  if (!trailers.empty())
    event.more = std::make_unique<details>(details{.trailers = std::move(trailers)});
  events_.push_back(std::move(event));
}

void inbox::on_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent) {
  events_.push_back({.kind = type::failed,
                     .unprocessed = unprocessed,
                     .silent = silent,
                     .index = index,
                     .more = std::make_unique<details>(details{.why = std::move(why)})});
}

void inbox::on_closed(std::uint32_t index, bool reusable) {
  events_.push_back({.kind = type::closed, .reusable = reusable, .index = index});
}

void inbox::on_trace(std::uint32_t index, std::string&& line) {
  events_.push_back(
      {.kind = type::traced, .index = index, .more = std::make_unique<details>(details{.line = std::move(line)})});
}

} // namespace sluice
