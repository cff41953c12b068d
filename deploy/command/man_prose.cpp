#include "man_prose.hpp"

namespace sluice::command {

std::span<const std::string_view> man_description() {
  static constexpr std::string_view paragraphs[] = {
      "sluice is an HTTP/1.1, HTTP/2 and HTTP/3 client. The origin sends only what a reader has made room for: when "
      "the "
      "output is slow, or reading stops, sluice does not buffer without bound but holds the origin back.",
      "sluice get understands the names of curl's options where the meaning is the same. "
      "docs/FROM_CURL.md of the source lists all options of curl with ours.",
      "Every user of the machine can read the arguments of a process. sluice overwrites the values of -u and "
      "--oauth2-bearer and the user information in URLs among its own as it starts, but not those of -H: write a field "
      "with a secret into a file and give -H @FILE, or use --oauth2-bearer, -u, --netrc or -K. A file is never visible "
      "there, not even for a moment.",
      "While the command works it shows its progress on one line of standard error, with the bytes that have arrived "
      "and that nobody has consumed yet (held for the reader). SIGINT and SIGTERM end it: figures are still written, "
      "and incomplete files keep what they have."};
  return paragraphs;
}

std::span<const std::string_view> man_values() {
  static constexpr std::string_view paragraphs[] = {
      "Sizes (BYTES) take the suffixes k, M, G, T and P for powers of 1024. Times (SECONDS) may have fractions. Short "
      "options can be written together, with the value of the last one attached: -fsSofile. The value of a long option "
      "is the next word, or follows an equals sign. Where an option is given several times that can have "
      "one "
      "value, the last one counts."};
  return paragraphs;
}

std::span<const man_entry> man_environment() {
  static constexpr man_entry entries[] = {
      {"SLUICE_HOME, XDG_CONFIG_HOME, HOME", "Where the configuration file is looked for; see FILES."},
      {"http_proxy, https_proxy, ALL_PROXY",
       "Not used: proxies come with a later version. With -v a line says so where curl would take a proxy from one."},
      {"SSLKEYLOGFILE", "A file to which TLS secrets are appended, for a packet analyser."},
      {"SLUICE_WIDE_AES",
       "0 switches AES-GCM by intel-ipsec-mb off; 1 uses it from the first byte of each key. It is used only on x86-64 "
       "processors with AVX-512."},
      {"TERM", "If it is unset or dumb, no progress is shown; only the summary at the end is written."}};
  return entries;
}

std::span<const man_entry> man_files() {
  static constexpr man_entry entries[] = {
      {"$SLUICE_HOME/.sluicerc, $XDG_CONFIG_HOME/sluicerc, ~/.sluicerc",
       "Options of sluice get: the first of these files that exists is read before all arguments, unless -q is the "
       "first "
       "argument. One option a line, by its name with or without dashes, then =, : or blanks, then its value, in "
       "double "
       "quotes where it has blanks. Lines that begin with # are comments."},
      {"~/.netrc", "User names and passwords for --netrc and --netrc-optional."},
      {"NAME.sluice-part", "An incomplete download of NAME. It is renamed when it is complete. -C - goes on with it."}};
  return entries;
}

std::span<const man_entry> man_examples() {
  static constexpr man_entry entries[] = {
      {"sluice get https://example.org/", "Writes the body to standard output."},
      {"sluice get -fL --retry 3 -O https://example.org/file.tar.gz",
       "Writes file.tar.gz, follows redirects, and tries again after failures that may pass."},
      {"sluice get --json '{\"a\":1}' https://example.org/api", "Posts JSON."},
      {"sluice get -Z -O 'https://example.org/part[01-20]'", "Fetches twenty files at the same time."},
      {"sluice get -v --read-rate 100k -o /dev/null https://example.org/big",
       "Reads slowly, and shows when reading from the origin pauses and goes on."},
      {"sluice load --requests 10000 --stats https://example.org/",
       "Makes 10,000 requests, 32 at a time, and writes the figures as JSON."},
      {"sluice origin --port 8080", "Serves bodies that can be verified, and faults."}};
  return entries;
}

} // namespace sluice::command
