// The coding br (RFC 7932): what is accepted, what is refused, and how much each call may do.
#include <sluice/tests/unit/coding_feed.hpp>

#include <brotli/encode.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::coding::feed;

namespace {

/// Brotli data, made a piece of input at a time. A window of more than 24 bits needs `large_window`.
class packer {
public:
  explicit packer(std::uint32_t quality, std::uint32_t window_bits = 22, bool large_window = false) {
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, quality);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LARGE_WINDOW, large_window ? 1 : 0);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, window_bits);
  }
  ~packer() { BrotliEncoderDestroyInstance(state_); }
  packer(const packer&) = delete;
  packer& operator=(const packer&) = delete;

  void add(std::string_view text) { run(BROTLI_OPERATION_PROCESS, text); }
  std::string finish() {
    run(BROTLI_OPERATION_FINISH, {});
    return out_;
  }

private:
  void run(BrotliEncoderOperation what, std::string_view text) {
    auto left = text.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(text.data());
    do {
      std::size_t none = 0;
      BOOST_REQUIRE(BrotliEncoderCompressStream(state_, what, &left, &next, &none, nullptr, nullptr));
      std::size_t size = 0;
      const auto* made = BrotliEncoderTakeOutput(state_, &size);
      out_.append(reinterpret_cast<const char*>(made), size);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_));
  }

  BrotliEncoderState* state_ = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
  std::string out_;
};

std::string packed(std::string_view text, std::uint32_t quality = 5, std::uint32_t window_bits = 22,
                   bool large_window = false) {
  packer made{quality, window_bits, large_window};
  made.add(text);
  return made.finish();
}

std::string zeros_packed(std::uint64_t mebibytes) {
  packer made{5, 24};
  const std::string zeros(1u << 20, '\0');
  for (std::uint64_t i = 0; i < mebibytes; ++i)
    made.add(zeros);
  return made.finish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(brotli_decoding)

BOOST_AUTO_TEST_CASE(a_body_decodes_alike_however_it_is_cut) {
  const auto seed = std::random_device{}();
  const auto text = text_of(20'000, seed);
  for (const std::uint32_t quality : {0u, 1u, 5u, 11u})
    check_every_cut("br", packed(text, quality), text, seed);
  for (const std::uint32_t window_bits : {10u, 16u, 24u}) // 1 KiB to 16 MiB
    check_every_cut("BR", packed(text, 5, window_bits), text, seed);
  check_every_cut("br", packed(""), "", seed);
  check_every_cut("br", packed("x"), "x", seed);
}

BOOST_AUTO_TEST_CASE(br_on_top_of_br_decodes) {
  const auto text = text_of(20'000, 2);
  check_every_cut("br, br", packed(packed(text)), text, 2);
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_never_looks_complete) {
  check_every_truncation("br", packed(text_of(700, 1)));
  check_every_truncation("br", packed(std::string(100'000, 'a')));
}

BOOST_AUTO_TEST_CASE(nothing_may_follow_the_end) {
  const auto body = packed("hello, hello, hello");
  for (const auto& after : {std::string{"x"}, std::string(1, '\0'), body}) {
    const auto error = failure_of("br", body + after);
    BOOST_TEST((error.code == errc::malformed_encoding));
    BOOST_TEST(error.detail
               == "bytes follow the end of the br data, after " + std::to_string(body.size()) + " bytes of it");
    BOOST_TEST((decoded("br", body + after, always(1), always(1)).problem == errc::malformed_encoding));
  }
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_that_names_the_coding) {
  for (const auto* body : {"this is no brotli at all", "\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    const auto error = failure_of("br", body);
    BOOST_TEST((error.code == errc::malformed_encoding), to_string(error));
    BOOST_TEST(error.detail.starts_with("the body is not valid br after "), error.detail);
  }
}

BOOST_AUTO_TEST_CASE(a_window_of_more_than_16_mebibytes_is_refused) {
  for (const auto& body : {packed(text_of(1000, 1), 5, 25, true), std::string{"\x11"} + "\x19 and more"}) {
    const auto error = failure_of("br", body);
    BOOST_TEST((error.code == errc::unsupported_encoding), to_string(error));
    BOOST_TEST(error.detail.find("16 MiB") != std::string::npos, error.detail);
  }
}

BOOST_AUTO_TEST_CASE(a_bomb_gives_no_more_than_was_asked_for) {
  const auto bomb = zeros_packed(1024);
  BOOST_TEST(bomb.size() < 10'000u);
  const auto begun = counted_out("br", bomb, 100);
  BOOST_TEST(begun.produced == 100u * (64u << 10));
  BOOST_TEST(begun.consumed <= bomb.size());
  const auto all_of_it = counted_out("br", bomb);
  BOOST_TEST(all_of_it.produced == 1u << 30);
  BOOST_TEST(all_of_it.consumed == bomb.size());
}

BOOST_AUTO_TEST_CASE(a_bomb_inside_of_a_bomb_gives_no_more_than_was_asked_for) {
  const auto bomb = packed(zeros_packed(256));
  const auto begun = counted_out("br, br", bomb, 100);
  BOOST_TEST(begun.produced == 100u * (64u << 10));
  BOOST_TEST(begun.consumed <= bomb.size());
}

BOOST_AUTO_TEST_CASE(input_is_consumed_at_most_4_kibibytes_ahead_of_the_output) {
  const auto body = packed(text_of(1u << 20, 3));
  BOOST_TEST(body.size() > 300'000u);
  auto decoder = *coding::decoder::make("br");
  auto input = std::as_bytes(std::span{body});
  std::byte space[1000];
  std::uint64_t consumed = 0, produced = 0;
  while (!input.empty() || decoder.has_pending_output()) {
    const auto done = decoder.decode(input, space);
    BOOST_REQUIRE((done.state != coding::state::failed));
    input = input.subspan(static_cast<std::size_t>(done.consumed.value));
    consumed += done.consumed.value;
    produced += done.produced;
    BOOST_REQUIRE(consumed <= 4096 + produced * body.size() / (1u << 20) + 512); // the text is equally dense everywhere
  }
  BOOST_TEST(consumed == body.size());
  BOOST_TEST(produced == 1u << 20);
}

BOOST_AUTO_TEST_SUITE_END()
