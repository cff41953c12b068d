#include "curl_options.hpp"

#include <algorithm>

namespace sluice::command {

namespace {

struct left_out {
  std::string_view why;
  std::string_view names; // with blanks between options, commas between the names of one
};

constexpr left_out all_left_out[] = {
    {"requests that begin together share the first connection, if it takes them", "--parallel-immediate"},
    {"--parallel-max is for all hosts together", "--parallel-max-host"},
    {"give several commands", "-:,--next"},
    {"not there; --limit-rate limits bytes", "--rate"},
    {". and .. in the path are always removed, as curl does without this", "--path-as-is"},
    {"only http and https are spoken", "--proto"},
    {"write the scheme", "--proto-default"},
    {"not there", "--disallow-username-in-url --request-target --skip-existing --xattr --hsts --tls-max --pinnedpubkey "
                  "--no-sessionid --ip-tos --vlan-priority "
                  "--trace-time --trace-ids --trace-config"},
    {"use variables of the shell", "--variable"},
    {"no IPFS", "--ipfs-gateway"},
    {"without effect in curl too", "--metalink -2,--sslv2 -3,--sslv3 --egd-file --random-file"},
    {"names are escaped as browsers do", "--form-escape"},
    {"no transfer codings but chunked", "--tr-encoding"},
    {"not there; -H 'Expect: 100-continue' asks", "--expect100-timeout"},
    {"files are sent as they are", "--crlf"},
    {"only for FTP and LDAP", "-B,--use-ascii"},
    {"no IMAP", "--upload-flags"},
    {"not there; -C - keeps the ETag with the file", "--etag-save"},
    {"use -H 'If-None-Match: …'", "--etag-compare"},
    {"planned", "--digest -c,--cookie-jar -j,--junk-session-cookies"},
    {"comes with Digest", "--anyauth"},
    {"no NTLM", "--ntlm --ntlm-wb"},
    {"no Kerberos", "--negotiate --delegation --krb --service-name"},
    {"no request signatures", "--aws-sigv4"},
    {"an incomplete file is called FILE.sluice-part, and stays for -C -", "--remove-on-error"},
    {"use -o /dev/null", "--out-null"},
    {"use umask", "--create-file-mode"},
    {"without --compressed a body is not decoded; chunks always are", "--raw"},
    {"a body that is too short is an error", "--ignore-content-length"},
    {"no HTTP/0.9", "--http0.9"},
    {"use -L", "--follow"},
    {"--peer-silence ends a transfer that stands still", "-Y,--speed-limit"},
    {"--peer-silence", "-y,--speed-time"},
    {"HTTP/1.0 is read, but not sent", "-0,--http1.0"},
    {"not there: 1.2 and 1.3 are both offered", "--tlsv1.3"},
    {"TLS 1.2 is the least", "-1,--tlsv1 --tlsv1.0 --tlsv1.1"},
    {"use --cacert with one file", "--capath"},
    {"it is so without --cacert", "--ca-native"},
    {"the system's authorities are used", "--dump-ca-embed"},
    {"PEM only", "--cert-type --key-type"},
    {"the key must not be encrypted", "--pass"},
    {"revocation is not checked", "--cert-status --crlfile"},
    {"wolfSSL's choice", "--ciphers --tls13-ciphers --curves --sigalgs"},
    {"OpenSSL only", "--engine"},
    {"no Encrypted Client Hello", "--ech"},
    {"no False Start", "--false-start"},
    {"--early-data, over HTTP/3", "--tls-earlydata"},
    {"sessions are resumed within one run", "--ssl-sessions"},
    {"--http1.1 asks for HTTP/1.1", "--no-alpn"},
    {"no NPN", "--no-npn"},
    {"no TLS-SRP", "--tlsauthtype --tlsuser --tlspassword"},
    {"no TLS 1.0", "--ssl-allow-beast"},
    {"Windows only", "--ssl-auto-client-cert --ssl-no-revoke --ssl-revoke-best-effort"},
    {"--interface is for name servers too", "--dns-interface --dns-ipv4-addr --dns-ipv6-addr"},
    {"no DNS over HTTPS", "--doh-url --doh-insecure --doh-cert-status"},
    {"not there: 250 ms, as RFC 8305 recommends", "--happy-eyeballs-timeout-ms"},
    {"no TCP keepalive; --peer-silence finds a dead origin", "--keepalive-time"},
    {"no TCP keepalive", "--keepalive-cnt --no-keepalive"},
    {"no TCP Fast Open", "--tcp-fastopen"},
    {"no Multipath TCP", "--mptcp"},
    {"no PROXY protocol", "--haproxy-protocol --haproxy-clientip"},
    {"man sluice", "-M,--manual"},
    {"-s, which leaves out summary and hints too", "--no-progress-meter"},
    {"progress is one line", "-#,--progress-bar"},
    {"use 2>FILE of the shell", "--stderr"},
    {"no styles", "--styled-output"},
    {"-v; contents are not shown", "--trace --trace-ascii"},
    {"examples of our library: docs/examples", "--libcurl"},
    {"planned; -H 'Cookie: …' sends some", "-b,--cookie"},
    {"comes with proxies, which are planned",
     "-x,--proxy -U,--proxy-user -p,--proxytunnel --noproxy --preproxy --proxy1.0 --proxy-anyauth --proxy-basic "
     "--proxy-ca-native --proxy-cacert --proxy-capath --proxy-cert --proxy-cert-type --proxy-ciphers --proxy-crlfile "
     "--proxy-digest --proxy-header --proxy-http2 --proxy-insecure --proxy-key --proxy-key-type --proxy-negotiate "
     "--proxy-ntlm --proxy-pass --proxy-pinnedpubkey --proxy-service-name --proxy-ssl-allow-beast "
     "--proxy-ssl-auto-client-cert --proxy-tls13-ciphers --proxy-tlsauthtype --proxy-tlspassword --proxy-tlsuser "
     "--proxy-tlsv1 --socks4 --socks4a --socks5 --socks5-hostname --socks5-basic --socks5-gssapi --socks5-gssapi-nec "
     "--socks5-gssapi-service --suppress-connect-headers"},
    {"no FTP", "-a,--append --disable-eprt --disable-epsv --ftp-account --ftp-alternative-to-user --ftp-create-dirs "
               "--ftp-method --ftp-pasv -P,--ftp-port --ftp-pret --ftp-skip-pasv-ip --ftp-ssl-ccc --ftp-ssl-ccc-mode "
               "--ftp-ssl-control -l,--list-only -Q,--quote"},
    {"no mail", "--login-options --mail-auth --mail-from --mail-rcpt --mail-rcpt-allowfails --sasl-authzid --sasl-ir"},
    {"for FTP and mail; write https in the URL", "--ssl --ssl-reqd"},
    {"no SSH", "--compressed-ssh --hostpubmd5 --hostpubsha256 --knownhosts --pubkey"},
    {"no Telnet", "-t,--telnet-option"},
    {"no TFTP", "--tftp-blksize --tftp-no-options"}};

/// Takes what is in front of the first `separator` off `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
  const auto part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

/// ": planned"; nothing for "not there", which the sentence says itself.
std::string reason(std::string_view why) {
  constexpr std::string_view bare = "not there";
  if (why.starts_with(bare))
    why.remove_prefix(std::min(bare.size() + 2, why.size())); // with "; " or ": "
  return why.empty() ? "" : ": " + std::string{why};
}

} // namespace

std::string why_left_out(std::string_view name) {
  for (const auto& [why, names] : all_left_out)
    for (auto options = names; !options.empty();) {
      const auto option = take_part(options, ' ');
      for (auto rest = option; !rest.empty();)
        if (take_part(rest, ',') == name) {
          const auto long_name = option.substr(option.find("--"));
          return "'" + std::string{name} + "'" + (name == long_name ? "" : " (" + std::string{long_name} + ")")
                 + " is an option of curl that sluice does not have" + reason(why);
        }
    }
  return {};
}

std::string left_out_listing() {
  std::string result;
  for (const auto& [why, names] : all_left_out)
    for (auto options = names; !options.empty();)
      result += std::string{take_part(options, ' ')} + "\t" + std::string{why} + "\n";
  return result;
}

} // namespace sluice::command
