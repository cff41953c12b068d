// gzip and deflate, several codings on top of each other, and what holds for every coding.
#include <sluice/tests/unit/coding_feed.hpp>

#include <zlib.h>

#include <iostream>
#include <random>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::coding::feed;

namespace {

constexpr int gzip_bits = 31, zlib_bits = 15, raw_bits = -15;

std::string packed(std::string_view text, int bits) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// A zstd frame of one block that is not compressed.
std::string zstd_raw(const std::string& text) {
  using namespace std::string_literals;
  return "\x28\xb5\x2f\xfd\0\x68"s + static_cast<char>(text.size() << 3 | 1) + "\0\0"s + text;
}
const std::string zstd_hello = zstd_raw("hello");
const std::string br_hello = "\x0b\x02\x80hello\x03";

} // namespace

BOOST_AUTO_TEST_SUITE(content_decoding)

BOOST_AUTO_TEST_CASE(every_coding_decodes_alike_however_it_is_cut) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  const auto text = text_of(70000, seed);
  struct row {
    const char* encoding;
    std::string body;
    std::string expected;
  };
  for (const auto& entry : std::vector<row>{
           {"gzip", packed(text, gzip_bits), text},
           {"x-gzip", packed("", gzip_bits), ""},
           {"GZIP", packed(text, gzip_bits) + packed("more", gzip_bits), text + "more"},
           {"deflate", packed(text, zlib_bits), text},
           {"deflate", packed(text, raw_bits), text},
           {"deflate", packed("x", raw_bits), "x"},
           {"deflate, gzip", packed(packed(text, zlib_bits), gzip_bits), text},
           {"gzip, gzip, deflate", packed(packed(packed(text, gzip_bits), gzip_bits), raw_bits), text},
           {"gzip", packed(text, gzip_bits) + std::string(1, '\0'),
            text}, // zero bytes after the end, as gzip(1) ignores
           {"gzip", packed(text, gzip_bits) + packed("more", gzip_bits) + std::string(100'000, '\0'), text + "more"},
           {"deflate, gzip", packed(packed(text, zlib_bits), gzip_bits) + std::string(9, '\0'), text},
           {"gzip, gzip", packed(packed(text, gzip_bits) + std::string(9, '\0'), gzip_bits) + std::string(9, '\0'),
            text},
           {"gzip", "", ""},
           {"deflate", "", ""},
           {"br", "", ""},
           {"zstd", "", ""},
           {"identity", "", ""},
           {"br, gzip", packed(br_hello, gzip_bits), "hello"},
           {"zstd, deflate", packed(zstd_hello + zstd_hello, zlib_bits), "hellohello"},
           {"deflate, Zstd", zstd_raw(packed("hello", raw_bits)), "hello"},
           {"gzip, identity", packed(text, gzip_bits), text},
       })
    check_every_cut(entry.encoding, entry.body, entry.expected, seed);
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_never_looks_complete) {
  for (auto [encoding, bits] : {std::pair{"gzip", gzip_bits}, {"deflate", zlib_bits}, {"deflate", raw_bits}})
    check_every_truncation(encoding, packed(text_of(500, 1), bits));
}

BOOST_AUTO_TEST_CASE(damage_and_garbage_are_errors) {
  auto body = packed("hello, hello, hello", gzip_bits);
  BOOST_TEST((whole("gzip", body + "garbage").problem == errc::malformed_encoding));
  const std::string zeros(10, '\0');
  for (const auto& after : {zeros + "x", zeros + body, "x" + zeros, "\x1f" + zeros})
    BOOST_TEST((whole("gzip", body + after).problem == errc::malformed_encoding), after.size());
  BOOST_TEST((whole("deflate", packed("abc", zlib_bits) + zeros).problem == errc::malformed_encoding));
  BOOST_TEST((whole("gzip", zeros + body).problem == errc::malformed_encoding)); // only after the end
  BOOST_TEST((whole("deflate", packed("abc", zlib_bits) + "x").problem == errc::malformed_encoding));
  BOOST_TEST((whole("gzip", "this is no gzip at all").problem == errc::malformed_encoding));
  body[body.size() - 6] = static_cast<char>(body[body.size() - 6] ^ 1); // the checksum
  BOOST_TEST((whole("gzip", body).problem == errc::malformed_encoding));
}

BOOST_AUTO_TEST_CASE(layers_are_bounded_and_unknown_codings_named) {
  BOOST_TEST((whole("gzip, gzip, gzip, gzip", "x").problem == errc::too_many_encodings));
  auto made = coding::decoder::make("compress");
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error().code == errc::unsupported_encoding));
  BOOST_TEST(made.error().detail.find("'compress'") != std::string::npos);
  BOOST_TEST(coding::decoder::make("identity")->identity());
  BOOST_TEST(coding::decoder::make("")->identity());
}

BOOST_AUTO_TEST_CASE(a_bomb_gives_no_more_than_was_asked_for) {
  const auto bomb = packed(packed(std::string(64u << 20, '\0'), gzip_bits), gzip_bits);
  BOOST_TEST(bomb.size() < 4000u);
  auto decoder = *coding::decoder::make("gzip, gzip");
  auto input = std::as_bytes(std::span{bomb});
  std::uint64_t produced = 0, consumed = 0;
  std::vector<std::byte> space(4096);
  for (int i = 0; i < 100; ++i) {
    const auto step = decoder.decode(input, space);
    BOOST_REQUIRE((step.state != coding::state::failed));
    input = input.subspan(static_cast<std::size_t>(step.consumed.value));
    produced += step.produced;
    consumed += step.consumed.value;
  }
  BOOST_TEST(produced == 100u * 4096);
  BOOST_TEST(consumed <= bomb.size());
  BOOST_TEST(decoder.has_pending_output());
}

BOOST_AUTO_TEST_SUITE_END()
