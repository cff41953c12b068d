// Body bytes without copying: chunks are immutable views of reference-counted memory blocks, which come from a pool.
// Knows nothing about streams, sockets or credit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

class chunk_pool;

/// A piece of memory of fixed size. One owner writes it. Bytes that a chunk refers to are not written any more; the
/// bytes behind them may be (socket reads fill a block piece by piece).
class block {
public:
  std::byte* data() noexcept { return memory_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }

private:
  friend class block_ref;
  friend class chunk;
  friend class chunk_pool;
  explicit block(std::size_t n) : memory_(new std::byte[n]), capacity_(n) {}

  std::atomic<std::uint32_t> references_{0};
  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_;
  std::shared_ptr<chunk_pool> home_; // set while the block is out of its pool
};

/// Shared ownership of a block. The last owner returns the block to its pool, or frees it if it has none. Any thread.
class block_ref {
public:
  block_ref() = default;
  explicit block_ref(block* owned) noexcept : block_(owned) { acquire(); }
  block_ref(const block_ref& other) noexcept : block_(other.block_) { acquire(); }
  block_ref(block_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  block_ref& operator=(block_ref other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~block_ref() { release(); }

  block* get() const noexcept { return block_; }
  block* operator->() const noexcept { return block_; }
  explicit operator bool() const noexcept { return block_ != nullptr; }
  bool unique() const noexcept { return block_ != nullptr && block_->references_.load(std::memory_order_acquire) == 1; }

private:
  void acquire() noexcept {
    if (block_ != nullptr)
      block_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept;
  block* block_ = nullptr;
};

/// An immutable range of bytes that keeps its block alive. Cheap to copy; any thread.
class chunk {
public:
  chunk() = default;
  chunk(block_ref owner, std::size_t offset, std::size_t size) noexcept
    : block_(std::move(owner)), data_(block_->data() + offset), size_(size) {}
  /// Copies `bytes` into a block of exactly that size, outside any pool.
  static chunk copy_of(std::span<const std::byte> bytes);
  static chunk copy_of(std::string_view text) { return copy_of(std::as_bytes(std::span{text})); }
  /// A chunk of a new block of `size` bytes outside any pool; `fill(std::byte*)` writes all of them.
  template <class Fill>
  static chunk filled(std::size_t size, Fill fill) {
    auto owner = new_block(size);
    fill(owner->data());
    return chunk{std::move(owner), 0, size};
  }

  /// An uninitialised block of `size` bytes outside any pool.
  static block_ref new_block(std::size_t size);

  const std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The block that this chunk keeps alive; null for a default-constructed chunk.
  const block* memory() const noexcept { return block_.get(); }
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }

  /// Extends this chunk by `next` if the bytes of `next` follow directly in the same block. False: they do not.
  bool append(const chunk& next) noexcept {
    if (!block_ || next.block_.get() != block_.get() || data_ + size_ != next.data_)
      return false;
    size_ += next.size_;
    return true;
  }
  /// The range [offset, offset + size) of this chunk, sharing its block.
  chunk part(std::size_t offset, std::size_t size) const noexcept {
    auto result = *this;
    result.data_ += offset;
    result.size_ = size;
    return result;
  }

private:
  block_ref block_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A free list of blocks of one size: a body in progress reuses blocks, so the heap neither grows nor shrinks. Any
/// thread.
class chunk_pool : public std::enable_shared_from_this<chunk_pool> {
public:
  /// Blocks of `block_size` bytes; at most `retained` of them are kept while unused.
  static std::shared_ptr<chunk_pool> make(std::size_t block_size, std::size_t retained);
  ~chunk_pool();
  block_ref allocate();
  std::size_t block_size() const noexcept { return block_size_; }
  /// Blocks handed out and not returned. Must be zero once all chunks are destroyed.
  std::size_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

private:
  friend class block_ref;
  chunk_pool(std::size_t block_size, std::size_t retained) noexcept : block_size_(block_size), retained_(retained) {}
  void give_back(block* returned) noexcept;

  std::size_t block_size_;
  std::size_t retained_;
  std::atomic<std::size_t> in_use_{0};
  std::mutex mutex_;
  std::vector<block*> free_;
};

} // namespace sluice
