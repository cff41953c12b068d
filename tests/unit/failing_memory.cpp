// Where allocations pass through: operator new is replaced for the whole executable, and the linker (--wrap, see
// tests/CMakeLists.txt) sends the calls of malloc from our objects and the static libraries here. nghttp2 is a shared
// library: its sessions are given these functions, its other two allocations fail here as a whole.
#include "failing_memory.hpp"

#include <brotli/decode.h>
#include <nghttp2/nghttp2.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace sluice::failing_memory {

namespace {

struct plan {
  std::uint64_t left = 0; // until the one that fails; 0: not armed
  bool all_after = false, counts = false, failed = false;
};
constinit thread_local plan now;

} // namespace

void arm(std::uint64_t nth, bool all_after) noexcept {
  now.left = nth;
  now.all_after = all_after;
  now.failed = false;
}

bool disarm() noexcept {
  now.left = 0;
  return now.failed;
}

bool next_fails() noexcept {
  if (!now.counts || now.left == 0 || --now.left > 0)
    return false;
  now.left = now.all_after ? 1 : 0;
  return now.failed = true;
}

scope::scope(bool counts) noexcept : before_(std::exchange(now.counts, counts)) {}
scope::~scope() { now.counts = before_; }

} // namespace sluice::failing_memory

using sluice::failing_memory::next_fails;

// ---- the C libraries -----------------------------------------------------------------------------

extern "C" {

void* __real_malloc(std::size_t n);
void* __real_calloc(std::size_t n, std::size_t size);
void* __real_realloc(void* block, std::size_t n);
void* __wrap_malloc(std::size_t n);
void* __wrap_calloc(std::size_t n, std::size_t size);
void* __wrap_realloc(void* block, std::size_t n);
int __real_nghttp2_option_new(nghttp2_option** to);
int __wrap_nghttp2_option_new(nghttp2_option** to);
int __real_inflateInit2_(z_streamp to, int bits, const char* version, int size);
int __wrap_inflateInit2_(z_streamp to, int bits, const char* version, int size);
BrotliDecoderState* __real_BrotliDecoderCreateInstance(brotli_alloc_func allocate, brotli_free_func release,
                                                       void* user);
BrotliDecoderState* __wrap_BrotliDecoderCreateInstance(brotli_alloc_func allocate, brotli_free_func release,
                                                       void* user);
ZSTD_DStream* __real_ZSTD_createDStream(void);
ZSTD_DStream* __wrap_ZSTD_createDStream(void);
int __real_nghttp2_session_callbacks_new(nghttp2_session_callbacks** to);
int __wrap_nghttp2_session_callbacks_new(nghttp2_session_callbacks** to);
int __wrap_nghttp2_session_client_new2(nghttp2_session** to, const nghttp2_session_callbacks* callbacks, void* user,
                                       const nghttp2_option* option);

void* __wrap_malloc(std::size_t n) { return next_fails() ? nullptr : __real_malloc(n); }
void* __wrap_calloc(std::size_t n, std::size_t size) { return next_fails() ? nullptr : __real_calloc(n, size); }
void* __wrap_realloc(void* block, std::size_t n) { return n > 0 && next_fails() ? nullptr : __real_realloc(block, n); }

/// The memory of zlib, brotli and zstd comes from their own calls of malloc.
int __wrap_inflateInit2_(z_streamp to, int bits, const char* version, int size) {
  return next_fails() ? Z_MEM_ERROR : __real_inflateInit2_(to, bits, version, size);
}
BrotliDecoderState* __wrap_BrotliDecoderCreateInstance(brotli_alloc_func allocate, brotli_free_func release,
                                                       void* user) {
  return next_fails() ? nullptr : __real_BrotliDecoderCreateInstance(allocate, release, user);
}
ZSTD_DStream* __wrap_ZSTD_createDStream(void) { return next_fails() ? nullptr : __real_ZSTD_createDStream(); }

int __wrap_nghttp2_option_new(nghttp2_option** to) {
  return next_fails() ? NGHTTP2_ERR_NOMEM : __real_nghttp2_option_new(to);
}
int __wrap_nghttp2_session_callbacks_new(nghttp2_session_callbacks** to) {
  return next_fails() ? NGHTTP2_ERR_NOMEM : __real_nghttp2_session_callbacks_new(to);
}
int __wrap_nghttp2_session_client_new2(nghttp2_session** to, const nghttp2_session_callbacks* callbacks, void* user,
                                       const nghttp2_option* option) {
  nghttp2_mem memory{nullptr, [](std::size_t n, void*) { return __wrap_malloc(n); },
                     [](void* block, void*) { std::free(block); },
                     [](std::size_t n, std::size_t size, void*) { return __wrap_calloc(n, size); },
                     [](void* block, std::size_t n, void*) { return __wrap_realloc(block, n); }};
  return nghttp2_session_client_new3(to, callbacks, user, option, &memory);
}
}

// ---- C++ -----------------------------------------------------------------------------------------

namespace {

void* allocate(std::size_t n) noexcept { return next_fails() ? nullptr : __real_malloc(n > 0 ? n : 1); }
void* allocate_or_throw(std::size_t n) {
  if (void* block = allocate(n))
    return block;
  throw std::bad_alloc{};
}

} // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n); }
void* operator new[](std::size_t n) { return allocate_or_throw(n); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return allocate(n); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }
