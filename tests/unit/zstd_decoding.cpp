// The coding zstd (RFC 8878): frames one after the other, windows, dictionaries, and how much each call may do.
#include <sluice/tests/unit/coding_feed.hpp>

#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::coding::feed;

namespace {

using namespace std::string_literals;

std::string packed(std::string_view text, int level = 3, bool with_checksum = false) {
  auto* state = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, with_checksum ? 1 : 0);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const auto n = ZSTD_compress2(state, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(state);
  BOOST_REQUIRE(!ZSTD_isError(n));
  out.resize(n);
  return out;
}

std::string little_endian(std::uint32_t number, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i)
    out += static_cast<char>(number >> (8 * i) & 0xff);
  return out;
}

const std::string magic = "\x28\xb5\x2f\xfd"s;

enum class block_type : std::uint32_t { raw = 0, repeated = 1, reserved = 3 };
/// RFC 8878 section 3.1.1.2. `size` is that of the content, `data` what is in the block.
std::string block(block_type type, std::uint32_t size, const std::string& data, bool last) {
  return little_endian(size << 3 | static_cast<std::uint32_t>(type) << 1 | (last ? 1u : 0u), 3) + data;
}
std::string last_block(const std::string& text) {
  return block(block_type::raw, static_cast<std::uint32_t>(text.size()), text, true);
}

/// A frame with this Window_Descriptor (RFC 8878 section 3.1.1.1.2), and the size of its content if `sized`.
std::string with_window(unsigned exponent, unsigned mantissa, bool sized) {
  const auto descriptor = static_cast<char>(exponent << 3 | mantissa);
  return magic + (sized ? '\x80' : '\0') + descriptor + (sized ? little_endian(5, 4) : "") + last_block("hello");
}
/// A frame without a window of its own: it is as large as the content, which is announced.
std::string single_segment(std::uint32_t announced) { return magic + '\xa0' + little_endian(announced, 4); }

std::string skippable(const std::string& data, char kind = '\x50') {
  return kind + "\x2a\x4d\x18"s + little_endian(static_cast<std::uint32_t>(data.size()), 4) + data;
}

/// 128 KiB of zeros a block, in 4 bytes each.
std::string zeros_packed(std::uint64_t mebibytes) {
  auto out = magic + '\0' + '\x68';
  for (std::uint64_t left = mebibytes * 8; left > 0; --left)
    out += block(block_type::repeated, 128u << 10, "\0"s, left == 1);
  return out;
}

constexpr unsigned eight_mebibytes = 13, sixteen_mebibytes = 14; // exponents: 2^(10 + this) bytes

} // namespace

BOOST_AUTO_TEST_SUITE(zstd_decoding)

BOOST_AUTO_TEST_CASE(a_body_decodes_alike_however_it_is_cut) {
  const auto seed = std::random_device{}();
  const auto text = text_of(20'000, seed), longer = text_of(150'000, seed);
  for (const int level : {-5, 1, 3, 19})
    check_every_cut("zstd", packed(text, level), text, seed);
  check_every_cut("ZSTD", packed(longer, 1, true), longer, seed);
  check_every_cut("zstd", packed(""), "", seed);
  check_every_cut("zstd", packed("x", 3, true), "x", seed);
  check_every_cut("zstd", packed(std::string(200'000, 'a')), std::string(200'000, 'a'), seed);
}

BOOST_AUTO_TEST_CASE(zstd_on_top_of_zstd_decodes) {
  const auto text = text_of(20'000, 2);
  check_every_cut("zstd, zstd", packed(packed(text)) + packed(""), text, 2);
}

BOOST_AUTO_TEST_CASE(frames_and_skippable_frames_follow_one_another) {
  const auto text = text_of(3000, 1);
  check_every_cut("zstd", packed(text) + packed("more", 3, true) + packed("") + packed("end"), text + "moreend", 1);
  check_every_cut("zstd",
                  skippable("not shown") + packed(text) + skippable("") + skippable("x", '\x5f') + packed("end"),
                  text + "end", 1);
  check_every_cut("zstd", skippable(std::string(200'000, 'x')), "", 1);
  check_every_cut("zstd", skippable(""), "", 1);
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_never_looks_complete) {
  check_every_truncation("zstd", packed(text_of(700, 1)));
  check_every_truncation("zstd", packed(text_of(700, 1), 3, true));
  check_every_truncation("zstd", skippable("12345"));
  const auto first = packed("first"), both = first + packed("second");
  for (auto n = first.size() + 1; n < both.size(); ++n)
    BOOST_TEST((whole("zstd", std::string_view{both}.substr(0, n)).problem == errc::truncated_body), n);
  BOOST_TEST((whole("zstd", first).problem == errc::none));
}

BOOST_AUTO_TEST_CASE(only_frames_may_follow_the_end) {
  const auto body = packed("hello, hello, hello");
  for (const auto& after : {"x"s, "\0"s, std::string(10, '\0'), "\x1f\x8b"s}) {
    const auto error = failure_of("zstd", body + after);
    BOOST_TEST((error.code == errc::malformed_encoding));
    BOOST_TEST(error.detail
               == "bytes follow the end of the zstd data, after " + std::to_string(body.size()) + " bytes of it");
    BOOST_TEST((decoded("zstd", body + after, always(1), always(1)).problem == errc::malformed_encoding));
  }
  BOOST_TEST((failure_of("zstd", body + "\x28 no frame").code == errc::malformed_encoding));
}

BOOST_AUTO_TEST_CASE(garbage_and_damage_are_errors_that_name_the_coding) {
  auto damaged = packed(text_of(1000, 1), 3, true);
  damaged.back() = static_cast<char>(damaged.back() ^ 1); // the checksum
  for (const auto& body : {"this is no zstd at all"s, "\x28 and more of it"s, "\x50 and more of it"s, damaged,
                           magic + "\x08\x68"s + last_block("x"),                         // a reserved bit
                           magic + "\0\x68"s + block(block_type::reserved, 1, "x", true), // a reserved block type
                           magic + "\0\0"s + block(block_type::raw, 1025, std::string(1025, 'x'), true), // > window
                           single_segment(3) + last_block("hello")}) // more than was announced
  {
    const auto error = failure_of("zstd", body);
    BOOST_TEST((error.code == errc::malformed_encoding), to_string(error));
    BOOST_TEST(error.detail.starts_with("the body is not valid zstd after "), error.detail);
    BOOST_TEST((decoded("zstd", body, always(1), always(1)).problem == errc::malformed_encoding));
  }
}

BOOST_AUTO_TEST_CASE(formats_before_zstd_0_8_are_refused_though_the_library_may_know_them) {
  for (char version = '\x22'; version <= '\x27'; ++version)
    BOOST_TEST((failure_of("zstd", version + "\xb5\x2f\xfd and more of it"s).code == errc::malformed_encoding));
}

BOOST_AUTO_TEST_CASE(a_window_of_more_than_8_mebibytes_is_refused_also_where_the_content_is_small) {
  for (const bool sized : {false, true}) {
    BOOST_TEST(whole("zstd", with_window(eight_mebibytes, 0, sized)).text == "hello");
    for (const auto& body : {with_window(eight_mebibytes, 1, sized), with_window(sixteen_mebibytes, 0, sized),
                             with_window(31, 7, sized), single_segment((8u << 20) + 1)}) {
      const auto error = failure_of("zstd", body);
      BOOST_TEST((error.code == errc::unsupported_encoding), to_string(error));
      BOOST_TEST(error.detail.find("more than 8192 KiB (limit zstd_window_log") != std::string::npos, error.detail);
      BOOST_TEST((decoded("zstd", body, always(1), always(1)).problem == errc::unsupported_encoding));
    }
  }
  BOOST_TEST((whole("zstd", single_segment(8u << 20)).problem == errc::truncated_body));
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_window_is_the_callers) {
  const auto refused = [](const std::string& body, int window_log) {
    return failure_of("zstd", body, {.zstd_window_log = window_log}).code == errc::unsupported_encoding;
  };
  BOOST_TEST(!refused(with_window(sixteen_mebibytes, 0, false), 24));
  BOOST_TEST(refused(with_window(sixteen_mebibytes, 1, false), 24));
  BOOST_TEST(!refused(with_window(0, 0, false), 10));
  BOOST_TEST(refused(with_window(1, 0, true), 10));
  BOOST_TEST(refused(packed("first") + with_window(1, 0, true), 10)); // for each frame
}

BOOST_AUTO_TEST_CASE(a_frame_that_needs_a_dictionary_is_refused_with_words_that_say_so) {
  const auto body = magic + "\x01\x68\x07"s + last_block("hello"); // Dictionary_ID 7
  const auto error = failure_of("zstd", body);
  BOOST_TEST((error.code == errc::unsupported_encoding), to_string(error));
  BOOST_TEST(error.detail.find("a dictionary") != std::string::npos, error.detail);
  BOOST_TEST(error.detail.find("request without decoding") != std::string::npos, error.detail);
  BOOST_TEST((decoded("zstd", body, always(1), always(1)).problem == errc::unsupported_encoding));
}

BOOST_AUTO_TEST_CASE(a_bomb_gives_no_more_than_was_asked_for_and_costs_what_was_decoded_of_it) {
  const auto bomb = zeros_packed(1024);
  BOOST_TEST(bomb.size() == 6u + 8192 * 4);
  const auto begun = counted_out("zstd", bomb, 100);
  BOOST_TEST(begun.produced == 100u * (64u << 10));
  BOOST_TEST(begun.consumed <= 6u + 51 * 4); // half a block for each call, and one block ahead
  const auto all_of_it = counted_out("zstd", bomb);
  BOOST_TEST(all_of_it.produced == 1u << 30);
  BOOST_TEST(all_of_it.consumed == bomb.size());
}

BOOST_AUTO_TEST_CASE(a_bomb_inside_of_a_bomb_gives_no_more_than_was_asked_for) {
  const auto bomb = packed(zeros_packed(256));
  const auto begun = counted_out("zstd, zstd", bomb, 100);
  BOOST_TEST(begun.produced == 100u * (64u << 10));
  BOOST_TEST(begun.consumed <= bomb.size());
}

BOOST_AUTO_TEST_CASE(input_is_consumed_at_most_one_block_ahead_of_the_output) {
  const auto body = packed(text_of(1u << 20, 3));
  BOOST_TEST(body.size() > 300'000u);
  auto decoder = *coding::decoder::make("zstd");
  std::byte space[1];
  const auto done = decoder.decode(std::as_bytes(std::span{body}), space);
  BOOST_TEST(done.produced == 1u);
  BOOST_TEST(done.consumed.value <= (128u << 10) + 18 + 3); // the longest header of a frame, that of a block
}

BOOST_AUTO_TEST_SUITE_END()
