#include "source.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::origin {

namespace {

class seeded_source final : public source {
public:
  seeded_source(std::uint64_t seed, std::uint64_t n, std::uint64_t offset) : seed_(seed), size_(n), at_(offset) {}
  pulled pull(std::span<std::byte> out) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - at_));
    fill(seed_, at_, out.first(n));
    at_ += n;
    return {n, at_ == size_, {}};
  }

private:
  std::uint64_t seed_, size_, at_;
};

class zero_source final : public source {
public:
  explicit zero_source(std::uint64_t n) : left_(n) {}
  pulled pull(std::span<std::byte> out) override {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
    std::fill_n(out.begin(), n, std::byte{});
    left_ -= n;
    return {n, left_ == 0, {}};
  }

private:
  std::uint64_t left_;
};

class text_source final : public source {
public:
  text_source(std::string words, std::uint64_t times) : text_(std::move(words)), times_(text_.empty() ? 0 : times) {}
  pulled pull(std::span<std::byte> out) override {
    pulled result;
    while (times_ != 0 && result.bytes < out.size()) {
      const auto n = std::min(out.size() - result.bytes, text_.size() - at_);
      std::memcpy(out.data() + result.bytes, text_.data() + at_, n);
      result.bytes += n;
      at_ += n;
      if (at_ == text_.size()) {
        at_ = 0;
        --times_;
      }
    }
    result.ended = times_ == 0;
    return result;
  }

private:
  std::string text_;
  std::uint64_t times_;
  std::size_t at_ = 0;
};

class paced_source final : public source {
public:
  paced_source(source_ptr inner, std::size_t piece, std::chrono::milliseconds interval)
    : inner_(std::move(inner)), piece_(std::max<std::size_t>(piece, 1)), interval_(interval) {}
  pulled pull(std::span<std::byte> out) override {
    auto result = inner_->pull(out.first(std::min(out.size(), piece_)));
    if (!result.ended)
      result.pause = interval_;
    return result;
  }

private:
  source_ptr inner_;
  std::size_t piece_;
  std::chrono::milliseconds interval_;
};

/// A bucket of bytes that fills by the clock. It holds what is due in burst_s, so that late timers cost no rate.
class rated_source final : public source {
public:
  rated_source(source_ptr inner, std::uint64_t bytes_per_second)
    : inner_(std::move(inner)), per_second_(std::max(static_cast<double>(bytes_per_second), 1.0)) {}
  pulled pull(std::span<std::byte> out) override {
    const auto now = std::chrono::steady_clock::now();
    due_ = std::min(due_ + std::chrono::duration<double>(now - filled_at_).count() * per_second_,
                    std::max(per_second_ * burst_s, 1.0));
    filled_at_ = now;
    const auto most = static_cast<std::size_t>(std::min(due_, static_cast<double>(out.size())));
    auto result = inner_->pull(out.first(most));
    due_ -= static_cast<double>(result.bytes);
    if (!result.ended && most < out.size())
      result.pause = interval_;
    return result;
  }

private:
  static constexpr double burst_s = 0.05;
  static constexpr std::chrono::milliseconds interval_{5}; // until the bucket is looked at again
  source_ptr inner_;
  double per_second_, due_ = 0; // bytes
  std::chrono::steady_clock::time_point filled_at_ = std::chrono::steady_clock::now();
};

} // namespace

source_ptr seeded(std::uint64_t seed, std::uint64_t n, std::uint64_t offset) {
  return std::make_unique<seeded_source>(seed, n, offset);
}
source_ptr zeros(std::uint64_t n) { return std::make_unique<zero_source>(n); }
source_ptr text(std::string words) { return std::make_unique<text_source>(std::move(words), 1); }
source_ptr repeated(std::string words, std::uint64_t times) {
  return std::make_unique<text_source>(std::move(words), times);
}
source_ptr paced(source_ptr inner, std::size_t piece, std::chrono::milliseconds interval) {
  return std::make_unique<paced_source>(std::move(inner), piece, interval);
}
source_ptr rated(source_ptr inner, std::uint64_t bytes_per_second) {
  return std::make_unique<rated_source>(std::move(inner), bytes_per_second);
}

} // namespace sluice::origin
