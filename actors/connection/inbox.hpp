// What an engine told in one call, kept in order: an engine must not be called from inside its events, and whoever
// takes them from here may call it. Body bytes are put into the connection's read space at once. Knows no exchange and
// no actor.
#pragma once

#include <sluice/actors/connection/read_space.hpp>
#include <sluice/protocols/http/engine.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

struct engine_event {
  enum class type : std::uint8_t { interim, head, body, end, failed, closed, traced };
  /// The larger parts, which few events have.
  struct details {
    http::response_head head{}; ///< interim, head
    http::fields trailers{};    ///< end
    failure why{};              ///< failed
    std::string line{};         ///< traced
  };
  type kind;
  bool unprocessed = false, silent = false; ///< failed: see http::engine_events
  bool reusable = false;                    ///< closed
  std::uint32_t index = 0;
  chunk data{}; ///< body
  std::unique_ptr<details> more{};
};

class inbox final : public http::engine_events {
public:
  explicit inbox(std::shared_ptr<chunk_pool> blocks) : blocks_(std::move(blocks)) {}

  /// How the engine gives body bytes, see http::engine::body_in_place(). Pieces smaller than `merged_below` are moved
  /// together.
  void expect(bool body_in_place, std::size_t merged_below) noexcept {
    body_in_place_ = body_in_place;
    merged_below_ = merged_below;
  }
  read_space& space() noexcept { return space_; }
  chunk_pool& blocks() noexcept { return *blocks_; }
  bool empty() const noexcept { return events_.empty(); }
  /// What was told, in order. `used` lends its memory for what will be.
  std::vector<engine_event> take(std::vector<engine_event>&& used);

  void on_interim(std::uint32_t index, http::response_head&& head) override;
  void on_head(std::uint32_t index, http::response_head&& head) override;
  void on_body(std::uint32_t index, std::span<const std::byte> data) override;
  void on_end(std::uint32_t index, http::fields&& trailers) override;
  void on_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent) override;
  void on_closed(std::uint32_t index, bool reusable) override;
  void on_trace(std::uint32_t index, std::string&& line) override;

private:
  void add_body(std::uint32_t index, chunk data);
  std::shared_ptr<chunk_pool> blocks_;
  read_space space_;
  std::vector<engine_event> events_;
  bool body_in_place_ = true;
  std::size_t merged_below_ = 0;
};

} // namespace sluice
