// Runs the content decoder over a body that is cut in a given way, and checks what each call may do. Shared by the
// tests of the codings; knows none of them and no C library.
#pragma once

#include <sluice/protocols/coding/decoder.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::coding::feed {

struct result {
  std::string text;
  std::uint64_t consumed = 0; ///< wire bytes; 0 after a failure
  errc problem = errc::none;
  friend bool operator==(const result&, const result&) = default;
  friend std::ostream& operator<<(std::ostream& out, const result& shown) {
    return out << shown.text.size() << " bytes out of " << shown.consumed << ", " << to_string(shown.problem);
  }
};

/// The size of the next piece of input, or of the next output buffer.
using sizes = std::function<std::size_t()>;
inline sizes always(std::size_t n) {
  return [n] { return n; };
}
constexpr std::size_t all = std::size_t{1} << 30;

/// Decodes all of `body`. `error`, if not null, gets the failure.
inline result decoded(std::string_view encoding, std::string_view body, const sizes& input_size,
                      const sizes& output_size, failure* error = nullptr, limits bounds = {}) {
  auto made = decoder::make(encoding, bounds);
  if (!made) {
    if (error)
      *error = made.error();
    return {"", 0, made.error().code};
  }
  auto under_test = *std::move(made);
  result out;
  std::vector<std::byte> space;
  std::size_t given = 0;
  while (given < body.size() || under_test.has_pending_output()) {
    const auto n = std::min(input_size(), body.size() - given);
    auto input = std::as_bytes(std::span{body.data() + given, n});
    given += n;
    do {
      space.resize(output_size());
      const auto done = under_test.decode(input, space);
      const bool moved = done.consumed.value > 0 || done.produced > 0;
      const bool waits = input.empty() && !under_test.has_pending_output();
      if (done.consumed.value > input.size() || done.produced > space.size())
        BOOST_FAIL("more than was given");
      if (!moved && !waits && done.state != state::failed)
        BOOST_FAIL("a call in vain: nothing would end it");
      input = input.subspan(static_cast<std::size_t>(done.consumed.value));
      out.consumed += done.consumed.value;
      out.text.append(reinterpret_cast<const char*>(space.data()), done.produced);
      if (done.state == state::failed) {
        if (error)
          *error = under_test.error();
        return {out.text, 0, under_test.error().code};
      }
    } while (!input.empty() || under_test.has_pending_output());
  }
  const auto problem = under_test.finish();
  if (error)
    *error = problem;
  out.problem = problem.code;
  return out;
}

inline result whole(std::string_view encoding, std::string_view body) {
  return decoded(encoding, body, always(all), always(64u << 10));
}

/// The failure of decoding all of `body` at once.
inline failure failure_of(std::string_view encoding, std::string_view body, limits bounds = {}) {
  failure error;
  decoded(encoding, body, always(all), always(64u << 10), &error, bounds);
  return error;
}

/// `body` decodes to `text`, and every byte of it is accounted for: whole, byte by byte, with outputs of each small
/// size, and cut at random.
inline void check_every_cut(std::string_view encoding, const std::string& body, const std::string& text,
                            std::uint64_t seed) {
  BOOST_TEST_CONTEXT(encoding << " of " << body.size() << " bytes, seed " << seed) {
    const result expected{text, body.size(), errc::none};
    std::mt19937_64 random{seed};
    const sizes any = [&] { return std::size_t{1} + random() % 3000; };
    BOOST_TEST(whole(encoding, body) == expected);
    BOOST_TEST(decoded(encoding, body, always(1), always(100)) == expected);
    BOOST_TEST(decoded(encoding, body, always(1), always(64u << 10)) == expected);
    BOOST_TEST(decoded(encoding, body, always(1), always(1)) == expected);
    for (std::size_t room = 1; room <= 20; ++room)
      BOOST_TEST(decoded(encoding, body, always(all), always(room)) == expected);
    for (int i = 0; i < 5; ++i)
      BOOST_TEST(decoded(encoding, body, any, any) == expected);
  }
}

/// `body` is valid and not empty, and every beginning of it but the empty one is found to be cut short.
inline void check_every_truncation(std::string_view encoding, const std::string& body) {
  for (std::size_t n = 1; n < body.size(); ++n) {
    const auto begun = std::string_view{body}.substr(0, n);
    const auto error = failure_of(encoding, begun);
    BOOST_TEST((error.code == errc::truncated_body), encoding << " after " << n << ": " << to_string(error));
    BOOST_TEST((decoded(encoding, begun, always(1), always(7)).problem == errc::truncated_body),
               encoding << " after " << n << ", byte by byte");
  }
  BOOST_TEST((whole(encoding, "") == result{}));
}

struct amount {
  std::uint64_t produced = 0, consumed = 0;
};
/// Decodes `body` without keeping the output, `calls` calls at most, with 64 KiB of room for each.
inline amount counted_out(std::string_view encoding, std::string_view body, std::uint64_t calls = UINT64_MAX) {
  auto under_test = *decoder::make(encoding);
  auto input = std::as_bytes(std::span{body});
  std::vector<std::byte> space(64u << 10);
  amount result;
  while ((!input.empty() || under_test.has_pending_output()) && calls-- > 0) {
    const auto done = under_test.decode(input, space);
    BOOST_REQUIRE((done.state != state::failed));
    BOOST_REQUIRE(done.produced <= space.size());
    input = input.subspan(static_cast<std::size_t>(done.consumed.value));
    result.produced += done.produced;
    result.consumed += done.consumed.value;
  }
  return result;
}

/// Letters that compress, but not to nothing.
inline std::string text_of(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::string text(n, ' ');
  for (auto& c : text)
    c = static_cast<char>('a' + random() % 8);
  return text;
}

} // namespace sluice::coding::feed
