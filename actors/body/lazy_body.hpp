// The received part of a body: wire bytes, decoded only as far as somebody has room for the result.
// Knows no actor and no connection; what was lent is returned by the caller.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/protocols/coding/decoder.hpp>
#include <sluice/protocols/flow/budget.hpp>
#include <sluice/protocols/flow/chunk.hpp>
#include <sluice/protocols/flow/chunk_queue.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

class lazy_body {
public:
  /// Decoded bytes are written into blocks of `blocks`.
  explicit lazy_body(std::shared_ptr<chunk_pool> blocks) : blocks_(std::move(blocks)) {}
  ~lazy_body() { drop_decoder(); }
  lazy_body(const lazy_body&) = delete;
  lazy_body& operator=(const lazy_body&) = delete;

  /// Without this, wire bytes are lent as they are, without a copy. `shared` is charged with the memory that the
  /// decoder keeps, also above its total, and outlives this.
  void decode_with(coding::decoder decoder, flow::budget& shared) {
    drop_decoder();
    decoder_ = std::move(decoder);
    budget_ = &shared;
  }
  void push(chunk wire) { wire_.push(std::move(wire)); }

  struct outcome {
    wire_bytes unseen; ///< input that led to no output, or was dropped by a failure: nobody else will settle it
    failure problem;   ///< the content is not what its coding demands; nothing more can be lent
  };
  /// Appends pieces of at most `room` bytes together to `to`, and takes them off `room`.
  outcome lend(std::uint64_t& room, std::vector<lent_chunk>& to);

  /// All that came was lent.
  bool empty() const { return wire_.empty() && !(decoder_ && decoder_->has_pending_output()); }
  /// The body has ended, and empty() holds: nothing, or why that was too early for its coding.
  failure finish() const { return decoder_ ? decoder_->finish() : failure{}; }
  /// Drops what was not lent, and the decoder with its memory: nothing more can be lent.
  void clear() {
    wire_.clear();
    drop_decoder();
  }

private:
  void charge(wire_bytes n) noexcept;
  void drop_decoder() noexcept {
    decoder_.reset();
    charge({});
  }
  bool lend_undecoded(std::uint64_t& room, std::vector<lent_chunk>& to);
  bool lend_decoded(std::uint64_t& room, std::vector<lent_chunk>& to, outcome& result);

  std::shared_ptr<chunk_pool> blocks_;
  flow::chunk_queue wire_;
  std::optional<coding::decoder> decoder_;
  flow::budget* budget_ = nullptr; // of the decoder's memory
  wire_bytes charged_;
  block_ref output_; // filled piece by piece
  std::size_t output_used_ = 0;
};

} // namespace sluice
