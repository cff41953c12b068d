// deploy/patches/wolfssl-wide-aes-gcm.patch: AES-GCM is intel-ipsec-mb's where the processor has the instructions for it, once a
// key has protected 16 MiB.
#include <wolfssl/options.h> // first: it says how the library was built

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/aes.h>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using bytes = std::vector<byte>;

bytes hex(const std::string& x) {
  bytes result;
  for (std::size_t i = 0; i < x.size(); i += 2)
    result.push_back(static_cast<byte>(std::stoi(x.substr(i, 2), nullptr, 16)));
  return result;
}
word32 size(const bytes& x) { return static_cast<word32>(x.size()); }

constexpr std::size_t much = (16u << 20) + 1;

struct key {
  explicit key(const bytes& x) {
    BOOST_REQUIRE(wc_AesInit(&aes, nullptr, INVALID_DEVID) == 0);
    set(x);
  }
  void set(const bytes& x) { BOOST_REQUIRE(wc_AesGcmSetKey(&aes, x.data(), size(x)) == 0); }
  key(const key&) = delete;
  ~key() { wc_AesFree(&aes); }
  bytes seal(const bytes& plain, const bytes& nonce, const bytes& header, std::size_t tag_bytes = 16) {
    bytes result(plain.size() + tag_bytes);
    BOOST_REQUIRE(wc_AesGcmEncrypt(&aes, result.data(), plain.data(), size(plain), nonce.data(), size(nonce), result.data() + plain.size(), static_cast<word32>(tag_bytes),
                                   header.data(), size(header)) == 0);
    return result;
  }
  /// In place, as TLS records are.
  int open(bytes& sealed, const bytes& nonce, const bytes& header, std::size_t tag_bytes = 16) {
    const auto n = sealed.size() - tag_bytes;
    return wc_AesGcmDecrypt(&aes, sealed.data(), sealed.data(), static_cast<word32>(n), nonce.data(), size(nonce), sealed.data() + n, static_cast<word32>(tag_bytes), header.data(), size(header));
  }
  void use_much() { seal(bytes(much), bytes(12), {}); }
  Aes aes;
};

// Test cases 4 and 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, appendix B.
const auto plain = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
const auto header = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const auto nonce = hex("cafebabefacedbaddecaf888");
const auto half_key = std::string{"feffe9928665731c6d6a8f9467308308"};

void check_known_answers(key& small, key& large) {
  auto sealed = hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" "5bc94fbc3221a5db94fae95ae7121a47");
  BOOST_TEST((small.seal(plain, nonce, header) == sealed));
  BOOST_TEST(small.open(sealed, nonce, header) == 0);
  BOOST_TEST((bytes(sealed.begin(), sealed.end() - 16) == plain));
  sealed = hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" "76fc6ece0f4e1768cddf8853bb2d551b");
  BOOST_TEST((large.seal(plain, nonce, header) == sealed));
  BOOST_TEST(large.open(sealed, nonce, header) == 0);
  BOOST_TEST((bytes(sealed.begin(), sealed.end() - 16) == plain));
}

} // namespace

BOOST_AUTO_TEST_SUITE(aes_gcm)

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

BOOST_AUTO_TEST_CASE(what_was_changed_is_refused_and_shown_to_nobody) {
  key x{hex(half_key)};
  x.use_much();
  for (std::size_t i = 0; i < plain.size() + 16; ++i) {
    auto sealed = x.seal(plain, nonce, header);
    sealed[i] ^= 1;
    BOOST_TEST(x.open(sealed, nonce, header) != 0);
    BOOST_TEST((bytes(sealed.begin(), sealed.end() - 16) == bytes(plain.size())), "byte " << i);
  }
  auto sealed = x.seal(plain, nonce, header);
  auto other = header;
  other.back() ^= 1;
  BOOST_TEST(x.open(sealed, nonce, other) != 0);
}

BOOST_AUTO_TEST_CASE(every_length_comes_back) {
  key x{hex(half_key)};
  for (const auto& bits : {half_key, half_key + half_key}) {
    x.set(hex(bits));
    x.use_much();
    for (std::size_t n = 0; n < 700; ++n) {
      bytes some(n);
      for (std::size_t i = 0; i < n; ++i)
        some[i] = static_cast<byte>(i * 31 + n);
      auto sealed = x.seal(some, nonce, header);
      BOOST_TEST_REQUIRE(x.open(sealed, nonce, header) == 0, n << " bytes");
      sealed.resize(n);
      BOOST_TEST_REQUIRE((sealed == some), n << " bytes");
    }
  }
}

BOOST_AUTO_TEST_CASE(what_only_wolfssl_itself_does_is_left_to_it) {
  const auto long_nonce = hex("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b");
  key x{hex(half_key)}; // test case 6
  x.use_much();
  auto sealed = x.seal(plain, long_nonce, header);
  BOOST_TEST((bytes(sealed.end() - 16, sealed.end()) == hex("619cc5aefffe0bfa462af43c1699d050")));
  BOOST_TEST(x.open(sealed, long_nonce, header) == 0);
  auto shorter = x.seal(plain, nonce, header, 12);
  BOOST_TEST(x.open(shorter, nonce, header, 12) == 0);
  key middle{hex(half_key + half_key.substr(0, 16))}; // test case 10: AES-192
  sealed = middle.seal(plain, nonce, header);
  BOOST_TEST((bytes(sealed.end() - 16, sealed.end()) == hex("2519498e80f1478f37ba55bd6d27618c")));
}

BOOST_AUTO_TEST_SUITE_END()
