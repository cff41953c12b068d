#include <sluice/protocols/coding/decoder.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <string>

using namespace sluice;

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

struct result {
  std::string text;
  std::uint64_t consumed = 0;
  errc problem = errc::none;
  friend bool operator==(const result&, const result&) = default;
  friend std::ostream& operator<<(std::ostream& out, const result& value) {
    return out << value.text.size() << " bytes out of " << value.consumed << ", " << to_string(value.problem);
  }
};

template <class In, class Out>
result decoded(std::string_view encoding, std::string_view body, In input_size, Out output_size) {
  auto made = coding::decoder::make(encoding);
  if (!made)
    return {"", 0, made.error().code};
  auto decoder = *std::move(made);
  result out;
  std::size_t given = 0;
  while (given < body.size() || decoder.has_pending_output()) {
    const auto n = given < body.size() ? std::min<std::size_t>(input_size(), body.size() - given) : 0;
    auto input = std::as_bytes(std::span{body.data() + given, n});
    given += n;
    do {
      std::string space(output_size(), '\0');
      const auto step = decoder.decode(input, std::as_writable_bytes(std::span{space}));
      BOOST_REQUIRE(step.consumed.value <= input.size());
      BOOST_REQUIRE(step.produced <= space.size());
      input = input.subspan(static_cast<std::size_t>(step.consumed.value));
      out.consumed += step.consumed.value;
      out.text.append(space, 0, step.produced);
      if (step.state == coding::state::failed) {
        out.problem = decoder.error().code;
        out.consumed = 0;
        return out;
      }
    } while (!input.empty() || decoder.has_pending_output());
  }
  out.problem = decoder.finish().code;
  return out;
}

result whole(std::string_view encoding, std::string_view body) {
  return decoded(encoding, body, [] { return std::size_t{1} << 30; }, [] { return std::size_t{64} << 10; });
}

std::string text_of(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::string noise(n, ' ');
  for (auto& c : noise)
    c = static_cast<char>('a' + random() % 8);
  return noise;
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_decoding)

BOOST_AUTO_TEST_CASE(every_coding_decodes_alike_however_it_is_cut) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random{seed};
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
       })
    BOOST_TEST_CONTEXT(entry.encoding << " of " << entry.body.size()) {
      const result expected{entry.expected, entry.body.size(), errc::none};
      BOOST_TEST(whole(entry.encoding, entry.body) == expected);
      BOOST_TEST(decoded(
                     entry.encoding, entry.body, [] { return std::size_t{1}; }, [] { return std::size_t{100}; })
                 == expected);
      BOOST_TEST(decoded(
                     entry.encoding, entry.body, [] { return std::size_t{1} << 30; }, [] { return std::size_t{1}; })
                 == expected);
      for (int i = 0; i < 5; ++i)
        BOOST_TEST(
            decoded(
                entry.encoding, entry.body, [&] { return 1 + random() % 3000; }, [&] { return 1 + random() % 3000; })
            == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_body_cut_short_never_looks_complete) {
  for (auto [encoding, bits] : {std::pair{"gzip", gzip_bits}, {"deflate", zlib_bits}, {"deflate", raw_bits}}) {
    const auto body = packed(text_of(500, 1), bits);
    for (std::size_t n = 1; n < body.size(); ++n)
      BOOST_TEST((whole(encoding, std::string_view{body}.substr(0, n)).problem != errc::none),
                 encoding << " after " << n);
  }
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
  auto made = coding::decoder::make("br");
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error().code == errc::unsupported_encoding));
  BOOST_TEST(made.error().detail.find("'br'") != std::string::npos);
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
