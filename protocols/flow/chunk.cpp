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
  result->free_.reserve(retained); // give_back() is noexcept: it must not allocate
  return result;
}

chunk_pool::~chunk_pool() {
  for (auto* unused : free_)
    delete unused;
}

block_ref chunk_pool::allocate() {
  block* result = nullptr;
  {
    std::lock_guard guard{mutex_};
    if (!free_.empty()) {
      result = free_.back();
      free_.pop_back();
    }
  }
  if (result == nullptr)
    result = new block(block_size_);
  result->home_ = shared_from_this();
  in_use_.fetch_add(1, std::memory_order_relaxed);
  return block_ref{result};
}

void chunk_pool::give_back(block* returned) noexcept {
  in_use_.fetch_sub(1, std::memory_order_relaxed);
  {
    std::lock_guard guard{mutex_};
    if (free_.size() < retained_) {
      free_.push_back(returned);
      return;
    }
  }
  delete returned;
}

} // namespace sluice
