#include <sluice/protocols/flow/chunk.hpp>

#include <cstring>

namespace sluice {

void block_ref::release() noexcept {
  if (block_ == nullptr || block_->references_.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  if (auto home = std::move(block_->home_))
    home->give_back(block_);
  else
    delete block_;
}

chunk chunk::copy_of(std::span<const std::byte> bytes) {
  return filled(bytes.size(), [&](std::byte* out) {
    if (!bytes.empty())
      std::memcpy(out, bytes.data(), bytes.size());
  });
}

block_ref chunk::new_block(std::size_t size) { return block_ref{new block(size)}; }

std::shared_ptr<chunk_pool> chunk_pool::make(std::size_t block_size, std::size_t retained) {
  auto result = std::shared_ptr<chunk_pool>(new chunk_pool(block_size, retained));
  result->free_.reserve(retained); // giving back never allocates
  return result;
}

chunk_pool::~chunk_pool() {
  for (auto* x : free_)
    delete x;
}

block_ref chunk_pool::allocate() {
  block* x = nullptr;
  {
    std::lock_guard guard{mutex_};
    if (!free_.empty()) {
      x = free_.back();
      free_.pop_back();
    }
  }
  if (x == nullptr)
    x = new block(block_size_);
  x->home_ = shared_from_this();
  in_use_.fetch_add(1, std::memory_order_relaxed);
  return block_ref{x};
}

void chunk_pool::give_back(block* x) noexcept {
  in_use_.fetch_sub(1, std::memory_order_relaxed);
  {
    std::lock_guard guard{mutex_};
    if (free_.size() < retained_) {
      free_.push_back(x);
      return;
    }
  }
  delete x;
}

} // namespace sluice
