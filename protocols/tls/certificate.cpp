#include <sluice/protocols/tls/certificate.hpp>
#include <sluice/protocols/tls/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>

namespace sluice::tls {

namespace {

using bytes = std::vector<unsigned char>;

void append_length(bytes& to, std::size_t n) { // DER, X.690 8.1.3; n < 65536
  if (n >= 256)
    to.insert(to.end(), {0x82, static_cast<unsigned char>(n >> 8), static_cast<unsigned char>(n)});
  else if (n >= 128)
    to.insert(to.end(), {0x81, static_cast<unsigned char>(n)});
  else
    to.push_back(static_cast<unsigned char>(n));
}

// GeneralNames, RFC 5280 4.2.1.6: dNSName [2], iPAddress [7].
bytes alternative_names(const std::vector<std::string>& names) {
  bytes all;
  for (auto& name : names) {
    unsigned char address[16];
    const unsigned char* value = reinterpret_cast<const unsigned char*>(name.data());
    std::size_t size = name.size();
    unsigned char tag = 0x82;
    if (inet_pton(AF_INET, name.c_str(), address) == 1)
      tag = 0x87, value = address, size = 4;
    else if (inet_pton(AF_INET6, name.c_str(), address) == 1)
      tag = 0x87, value = address, size = 16;
    all.push_back(tag);
    append_length(all, size);
    all.insert(all.end(), value, value + size);
  }
  bytes result{0x30};
  append_length(result, all.size());
  result.insert(result.end(), all.begin(), all.end());
  return result;
}

// UTCTime before 2050, GeneralizedTime from then on (RFC 5280 4.1.2.5), as DER. Returns its size.
int encode_time(std::time_t when, unsigned char* to) {
  std::tm t{};
  gmtime_r(&when, &t);
  bool is_utc_time = t.tm_year < 150;
  char text[32];
  auto n = std::strftime(text, sizeof text, is_utc_time ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ", &t);
  to[0] = is_utc_time ? 0x17 : 0x18;
  to[1] = static_cast<unsigned char>(n);
  std::memcpy(to + 2, text, n);
  return static_cast<int>(n) + 2;
}

// The structures of the library; the destructor frees them.
struct generator {
  WC_RNG random{};
  ecc_key key{};
  std::unique_ptr<Cert> cert = std::make_unique<Cert>(); // tens of KiB
  bool has_random = false, has_key = false;

  generator() {
    has_random = wc_InitRng(&random) == 0;
    has_key = wc_ecc_init(&key) == 0;
  }
  ~generator() {
    if (has_key)
      wc_ecc_free(&key);
    if (has_random)
      wc_FreeRng(&random);
  }
  generator(const generator&) = delete;
  generator& operator=(const generator&) = delete;
};

failure internal(const char* step, int code) {
  return {errc::internal, caused_by::local,
          std::string("cannot make a certificate: step \"") + step + "\" failed: " + wc_GetErrorString(code) + " ("
              + std::to_string(code) + ")"};
}

int describe(Cert& c, ecc_key& key, const std::vector<std::string>& names, std::time_t from, int days) {
  if (int result = wc_InitCert(&c))
    return result;
  auto copy = [](char* to, std::size_t capacity, const std::string& text) {
    std::memcpy(to, text.data(), std::min(text.size(), capacity - 1));
  };
  copy(c.subject.commonName, sizeof c.subject.commonName, names.front().substr(0, 64)); // RFC 5280: ub-common-name
  copy(c.subject.org, sizeof c.subject.org, "sluice self-signed");
  c.sigType = CTC_SHA256wECDSA;
  c.isCA = 1;
  c.selfSigned = 1;
  auto alternatives = alternative_names(names);
  std::memcpy(c.altNames, alternatives.data(), alternatives.size());
  c.altNamesSz = static_cast<int>(alternatives.size());
  c.beforeDateSz = encode_time(from, c.beforeDate);
  c.afterDateSz = encode_time(from + std::time_t{86400} * days, c.afterDate);
  if (int result = wc_SetKeyUsage(&c, "digitalSignature,keyCertSign"))
    return result;
  if (int result = wc_SetExtKeyUsage(&c, "serverAuth,clientAuth"))
    return result;
  return wc_SetSubjectKeyIdFromPublicKey(&c, nullptr, &key);
}

// `size` bytes of DER as PEM, or empty.
std::string to_pem(const bytes& der, int size, int type) {
  std::string text(static_cast<std::size_t>(size) * 2 + 256, '\0');
  int n = wc_DerToPem(der.data(), static_cast<word32>(size), reinterpret_cast<unsigned char*>(text.data()),
                      static_cast<word32>(text.size()), type);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

failure wrong(const char* field, const std::string& why) {
  return {errc::invalid_configuration, caused_by::local, std::string("self-signed certificate, ") + field + ": " + why};
}

} // namespace

result_or_failure<certificate> make_self_signed(std::vector<std::string> names, int days, int not_before_offset_days) {
  if (names.empty())
    return wrong("names", "give at least one");
  std::size_t total = 0;
  for (auto& name : names) {
    if (name.empty() || name.size() > 253)
      return wrong("names", "\"" + name + "\" does not have 1 to 253 bytes");
    total += name.size() + 8;
  }
  if (total > 4096)
    return wrong("names", "more than 4096 bytes in total");
  if (days < 1)
    return wrong("days", "must be 1 or more");
  initialise_library();

  generator library;
  if (!library.has_random || !library.has_key)
    return internal("starting", MEMORY_E);
  if (int result = wc_ecc_make_key(&library.random, 32, &library.key))
    return internal("key", result);
  constexpr std::time_t clock_tolerance = 300; // seconds: clocks of other machines may be behind
  auto from = std::time(nullptr) - clock_tolerance + std::time_t{86400} * not_before_offset_days;
  if (int result = describe(*library.cert, library.key, names, from, days))
    return internal("fields", result);

  bytes der(16384);
  int size = wc_MakeCert(library.cert.get(), der.data(), static_cast<word32>(der.size()), nullptr, &library.key,
                         &library.random);
  if (size < 0)
    return internal("body", size);
  size = wc_SignCert(library.cert->bodySz, library.cert->sigType, der.data(), static_cast<word32>(der.size()), nullptr,
                     &library.key, &library.random);
  if (size < 0)
    return internal("signature", size);
  certificate result;
  result.certificate_pem = to_pem(der, size, CERT_TYPE);
  size = wc_EccKeyToDer(&library.key, der.data(), static_cast<word32>(der.size()));
  if (size < 0)
    return internal("key encoding", size);
  result.key_pem = to_pem(der, size, ECC_PRIVATEKEY_TYPE);
  if (result.certificate_pem.empty() || result.key_pem.empty())
    return internal("PEM", BUFFER_E);
  return result;
}

} // namespace sluice::tls
