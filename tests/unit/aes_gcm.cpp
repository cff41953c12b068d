// AES-GCM has two paths (deploy/patches/wolfssl-wide-aes-gcm.patch): wolfSSL's own, and intel-ipsec-mb's where the
// processor has AVX-512 and a key has protected 16 MiB. Both give the same answers, and those of OpenSSL.
// SLUICE_WIDE_AES=0 leaves the first alone, 1 the second for keys that it takes: ctest runs this file with both too.
#include <wolfssl/options.h> // first: it says how the library was built

#include <sluice/tests/unit/reference_gcm.hpp>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/aes.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<byte>;

bytes hex(const std::string& digits) {
  bytes result;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    result.push_back(static_cast<byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return result;
}
word32 size(const bytes& octets) { return static_cast<word32>(octets.size()); }

constexpr std::size_t much = (16u << 20) + 1;
constexpr std::size_t tag_bytes = 16;

struct key {
  explicit key(const bytes& octets) {
    BOOST_REQUIRE(wc_AesInit(&aes, nullptr, INVALID_DEVID) == 0);
    set(octets);
  }
  void set(const bytes& octets) { BOOST_REQUIRE(wc_AesGcmSetKey(&aes, octets.data(), size(octets)) == 0); }
  key(const key&) = delete;
  ~key() { wc_AesFree(&aes); }
  bytes seal(const bytes& plain, const bytes& nonce, const bytes& header, std::size_t tag = tag_bytes) {
    bytes result(plain.size() + tag);
    BOOST_REQUIRE(wc_AesGcmEncrypt(&aes, result.data(), plain.data(), size(plain), nonce.data(), size(nonce),
                                   result.data() + plain.size(), static_cast<word32>(tag), header.data(), size(header))
                  == 0);
    return result;
  }
  /// In place, as TLS records are.
  int open(bytes& sealed, const bytes& nonce, const bytes& header, std::size_t tag = tag_bytes) {
    const auto n = sealed.size() - tag;
    return wc_AesGcmDecrypt(&aes, sealed.data(), sealed.data(), static_cast<word32>(n), nonce.data(), size(nonce),
                            sealed.data() + n, static_cast<word32>(tag), header.data(), size(header));
  }
  void use_much() { seal(bytes(much), bytes(12), {}); }
  bool is_wide() const {
#ifdef WOLFSSL_IPSEC_MB
    return aes.ipsecMb != nullptr;
#else
    return false;
#endif
  }
  Aes aes;
};

/// Two keys of the same bits: one that has protected nothing yet, and one that has protected enough for the wide path.
struct both_paths {
  explicit both_paths(const bytes& bits) : own{bits}, wide{bits} { wide.use_much(); }
  key own;
  key wide;
  template <class F>
  void each(F f) {
    f(own, "own");
    f(wide, wide.is_wide() ? "wide" : "own, after much");
  }
};

// Test cases 4 and 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, appendix B.
const auto plain = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                       "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
const auto header = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const auto nonce = hex("cafebabefacedbaddecaf888");
const auto half_key = std::string{"feffe9928665731c6d6a8f9467308308"};

void check_known_answers(key& small, key& large) {
  auto sealed = hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47");
  BOOST_TEST((small.seal(plain, nonce, header) == sealed));
  BOOST_TEST(small.open(sealed, nonce, header) == 0);
  BOOST_TEST((bytes(sealed.begin(), sealed.end() - 16) == plain));
  sealed = hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
               "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
  BOOST_TEST((large.seal(plain, nonce, header) == sealed));
  BOOST_TEST(large.open(sealed, nonce, header) == 0);
  BOOST_TEST((bytes(sealed.begin(), sealed.end() - 16) == plain));
}

struct random_bytes {
  random_bytes() {
    const auto* given = std::getenv("SLUICE_SEED");
    const auto seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "seed " << seed << '\n';
    generator.seed(seed);
  }
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(generator() % end); }
  bytes operator()(std::size_t n) {
    bytes result(n);
    for (auto& octet : result)
      octet = static_cast<byte>(generator());
    return result;
  }
  std::mt19937_64 generator;
};

/// Room for `n` bytes that begin `offset` bytes after a multiple of 64, with bytes around them that must not change:
/// the ciphers are assembly, which no sanitizer watches.
struct placed {
  placed(std::size_t n, std::size_t offset, const bytes& content = {}) : room(n + 3 * 64, 0xa5), bytes_in_it{n} {
    begin = room.data() + 64;
    begin += (64 - reinterpret_cast<std::uintptr_t>(begin) % 64) % 64 + offset % 64;
    std::copy(content.begin(), content.end(), begin);
  }
  placed(const placed&) = delete;
  bytes content() const { return bytes(begin, begin + bytes_in_it); }
  bool is_whole_around() const {
    const auto is_untouched = [](byte octet) { return octet == 0xa5; };
    const byte* end = begin + bytes_in_it;
    return std::all_of(room.data(), static_cast<const byte*>(begin), is_untouched)
           && std::all_of(end, room.data() + room.size(), is_untouched);
  }
  bytes room;
  std::size_t bytes_in_it;
  byte* begin;
};

struct message {
  bytes nonce, header, plain, sealed;
};
message random_message(random_bytes& random, const bytes& bits, std::size_t n) {
  message result{random(12), random(random.below(80)), random(n), {}};
  result.sealed = reference::seal_gcm(bits, result.nonce, result.header, result.plain);
  return result;
}

/// Seals from one place to another, opens to a third, opens in place.
void check_at(key& k, const message& sealed_message, std::size_t from_offset, std::size_t to_offset,
              const std::string& where) {
  const auto n = size(sealed_message.plain);
  placed from{n, from_offset, sealed_message.plain}, sealed{n + tag_bytes, to_offset}, opened{n, from_offset};
  BOOST_TEST_REQUIRE(wc_AesGcmEncrypt(&k.aes, sealed.begin, from.begin, n, sealed_message.nonce.data(), 12,
                                      sealed.begin + n, tag_bytes, sealed_message.header.data(),
                                      size(sealed_message.header))
                         == 0,
                     where);
  BOOST_TEST_REQUIRE((sealed.content() == sealed_message.sealed), "sealing " << where);
  const auto open = [&](byte* to) {
    return wc_AesGcmDecrypt(&k.aes, to, sealed.begin, n, sealed_message.nonce.data(), 12, sealed.begin + n, tag_bytes,
                            sealed_message.header.data(), size(sealed_message.header));
  };
  BOOST_TEST_REQUIRE(open(opened.begin) == 0, "opening " << where);
  BOOST_TEST_REQUIRE((opened.content() == sealed_message.plain), "opening " << where);
  BOOST_TEST_REQUIRE(open(sealed.begin) == 0, "opening in place " << where);
  BOOST_TEST_REQUIRE(std::equal(sealed_message.plain.begin(), sealed_message.plain.end(), sealed.begin),
                     "opening in place " << where);
  BOOST_TEST_REQUIRE((from.is_whole_around() && sealed.is_whole_around() && opened.is_whole_around()),
                     "around " << where);
}

} // namespace

BOOST_AUTO_TEST_SUITE(aes_gcm)

BOOST_AUTO_TEST_CASE(the_environment_decides_when_a_key_takes_the_wide_path) {
  const auto* value = std::getenv("SLUICE_WIDE_AES");
  const std::string_view wish = value ? value : "";
  key sealer{hex(half_key)};
  sealer.seal(plain, nonce, header);
  const bool at_once = sealer.is_wide();
  sealer.use_much();
  std::cout << "SLUICE_WIDE_AES=" << wish << ": " << (sealer.is_wide() ? "wide" : "wolfSSL's own") << '\n';
  if (wish == "0")
    BOOST_TEST(!sealer.is_wide());
  BOOST_TEST(at_once == (wish == "1" && sealer.is_wide()));
}

BOOST_AUTO_TEST_CASE(known_answers) {
  key small{hex(half_key)}, large{hex(half_key + half_key)};
  check_known_answers(small, large);
  small.use_much();
  large.use_much();
  check_known_answers(small, large);
}

BOOST_AUTO_TEST_CASE(a_new_key_begins_anew) {
  key small{hex(half_key + half_key)}, large{hex(half_key)};
  small.use_much();
  large.use_much();
  small.set(hex(half_key));
  large.set(hex(half_key + half_key));
  check_known_answers(small, large);
}

BOOST_AUTO_TEST_CASE(every_length_is_sealed_and_opened_as_openssl_does) {
  random_bytes random;
  for (const std::size_t key_bytes : {16u, 32u}) {
    const auto bits = random(key_bytes);
    both_paths paths{bits};
    std::vector<std::size_t> lengths;
    for (std::size_t n = 0; n <= 700; ++n)
      lengths.push_back(n);
    for (const std::size_t around : {1200u, 1350u, 1420u, 1452u, 2048u, 4096u, 16384u, 65536u}) // packets and records
      for (std::size_t n = around - 20; n <= around + 20; ++n)
        lengths.push_back(n);
    for (const auto n : lengths) {
      const auto sample = random_message(random, bits, n);
      const auto from = random.below(64), to = random.below(64);
      paths.each([&](key& k, const char* path) {
        check_at(k, sample, from, to,
                 std::to_string(n) + " bytes, offsets " + std::to_string(from) + ", " + std::to_string(to) + ", "
                     + path);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(every_alignment_is_sealed_and_opened_as_openssl_does) {
  random_bytes random;
  for (const std::size_t key_bytes : {16u, 32u}) {
    const auto bits = random(key_bytes);
    both_paths paths{bits};
    for (const std::size_t n : {1u, 15u, 16u, 17u, 63u, 255u, 256u, 257u, 1420u, 16401u}) {
      const auto sample = random_message(random, bits, n);
      for (std::size_t offset = 0; offset < 64; ++offset)
        for (const auto other : {std::size_t{0}, offset, random.below(64)})
          paths.each([&](key& k, const char* path) {
            const auto where =
                std::to_string(n) + " bytes, offsets " + std::to_string(offset) + ", " + std::to_string(other);
            check_at(k, sample, offset, other, where + ", " + path);
          });
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_changed_is_refused_and_shown_to_nobody) {
  random_bytes random;
  for (const std::size_t key_bytes : {16u, 24u, 32u}) {
    const auto bits = random(key_bytes);
    both_paths paths{bits};
    for (const std::size_t n : {0u, 1u, 16u, 60u, 300u, 1420u}) {
      const auto sample = random_message(random, bits, n);
      paths.each([&](key& k, const char* path) {
        const auto check = [&](bytes sealed, const bytes& with_nonce, const bytes& with_header,
                               const std::string& changed) {
          const auto where = changed + " of " + std::to_string(n) + ", " + path;
          bytes elsewhere(n + 1, 0xee);
          BOOST_TEST_REQUIRE(wc_AesGcmDecrypt(&k.aes, elsewhere.data(), sealed.data(), static_cast<word32>(n),
                                              with_nonce.data(), 12, sealed.data() + n, tag_bytes, with_header.data(),
                                              size(with_header))
                                 == AES_GCM_AUTH_E,
                             where);
          BOOST_TEST_REQUIRE((bytes(elsewhere.begin(), elsewhere.end() - 1) == bytes(n)), where);
          BOOST_TEST_REQUIRE(elsewhere.back() == 0xee, where);
          BOOST_TEST_REQUIRE(k.open(sealed, with_nonce, with_header) == AES_GCM_AUTH_E, where);
          BOOST_TEST_REQUIRE((bytes(sealed.begin(), sealed.end() - tag_bytes) == bytes(n)), where);
        };
        const auto flip = [&](bytes from, std::size_t at) {
          from[at] ^= static_cast<byte>(1u << random.below(8));
          return from;
        };
        for (std::size_t i = 0; i < sample.sealed.size(); ++i)
          check(flip(sample.sealed, i), sample.nonce, sample.header, "byte " + std::to_string(i));
        for (std::size_t i = 0; i < sample.header.size(); ++i)
          check(sample.sealed, sample.nonce, flip(sample.header, i), "header byte " + std::to_string(i));
        for (std::size_t i = 0; i < sample.nonce.size(); ++i)
          check(sample.sealed, flip(sample.nonce, i), sample.header, "nonce byte " + std::to_string(i));
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(arguments_are_refused_alike) {
  both_paths paths{hex(half_key)};
  paths.each([](key& k, const char* path) {
    byte text[16] = {}, tag[32] = {};
    const auto* iv = nonce.data();
    BOOST_TEST(wc_AesGcmEncrypt(&k.aes, text, text, 16, iv, 0, tag, 16, nullptr, 0) == BAD_FUNC_ARG, path);
    BOOST_TEST(wc_AesGcmEncrypt(&k.aes, text, text, 16, iv, 12, tag, 17, nullptr, 0) == BAD_FUNC_ARG, path);
    BOOST_TEST(wc_AesGcmEncrypt(&k.aes, text, text, 16, iv, 12, tag, 11, nullptr, 0) == BAD_FUNC_ARG, path);
    BOOST_TEST(wc_AesGcmDecrypt(&k.aes, nullptr, text, 16, iv, 12, tag, 16, nullptr, 0) == BAD_FUNC_ARG, path);
    BOOST_TEST(wc_AesGcmDecrypt(&k.aes, text, text, 16, iv, 12, tag, 17, nullptr, 0) == BAD_FUNC_ARG, path);
    BOOST_TEST(wc_AesGcmDecrypt(&k.aes, text, text, 16, iv, 12, tag, 0, nullptr, 0) == BAD_FUNC_ARG, path);
    // Nothing to protect but the header (GMAC): no text, and no room for one.
    BOOST_TEST(wc_AesGcmEncrypt(&k.aes, nullptr, nullptr, 0, iv, 12, tag, 16, header.data(), size(header)) == 0, path);
    BOOST_TEST((bytes(tag, tag + 16) == reference::seal_gcm(hex(half_key), nonce, header, {})), path);
    BOOST_TEST(wc_AesGcmDecrypt(&k.aes, nullptr, nullptr, 0, iv, 12, tag, 16, header.data(), size(header)) == 0, path);
  });
}

BOOST_AUTO_TEST_CASE(what_only_wolfssl_itself_does_is_left_to_it) {
  const auto long_nonce = hex("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
                              "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b");
  key sealer{hex(half_key)}; // test case 6
  sealer.use_much();
  auto sealed = sealer.seal(plain, long_nonce, header);
  BOOST_TEST((bytes(sealed.end() - 16, sealed.end()) == hex("619cc5aefffe0bfa462af43c1699d050")));
  BOOST_TEST(sealer.open(sealed, long_nonce, header) == 0);
  for (std::size_t tag = 12; tag < 16; ++tag) {
    auto shorter = sealer.seal(plain, nonce, header, tag);
    BOOST_TEST(sealer.open(shorter, nonce, header, tag) == 0);
    shorter.back() ^= 1;
    BOOST_TEST(sealer.open(shorter, nonce, header, tag) == AES_GCM_AUTH_E);
  }
  key middle{hex(half_key + half_key.substr(0, 16))}; // test case 10: AES-192
  middle.use_much();
  BOOST_TEST(!middle.is_wide());
  sealed = middle.seal(plain, nonce, header);
  BOOST_TEST((bytes(sealed.end() - 16, sealed.end()) == hex("2519498e80f1478f37ba55bd6d27618c")));
}

BOOST_AUTO_TEST_SUITE_END()
