// What a machine itself knows of names: its hosts file, which is read again only when it has changed, and localhost.
#include <sluice/actors/connect/address_book.hpp>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using file_time = std::filesystem::file_time_type;

/// A hosts file, and the book of a client that reads it.
struct machine {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("sluice-book-" + std::to_string(::getpid()))).string();
  std::optional<address_book> book;

  explicit machine(dns::family family = dns::family::any) {
    dns::addressing given;
    given.family = family;
    book.emplace(given, path);
  }
  ~machine() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  void write(const std::string& text, std::optional<file_time> changed_at = std::nullopt) const {
    std::ofstream{path} << text;
    if (changed_at)
      std::filesystem::last_write_time(path, *changed_at);
  }
  std::string found(const std::string& host) {
    std::string result;
    for (const auto& address : book->local(host))
      result += (result.empty() ? "" : " ") + dns::text_of(address);
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(address_books)

BOOST_AUTO_TEST_CASE(a_hosts_file_that_has_not_changed_is_not_read_again) {
  machine here;
  const auto long_ago = file_time::clock::now() - 1h;
  here.write("192.0.2.1 a.test\n", long_ago);
  BOOST_TEST(here.found("a.test") == "192.0.2.1");
  here.write("192.0.2.2 a.test\n", long_ago); // as if it had not been touched
  BOOST_TEST(here.found("a.test") == "192.0.2.1");
  here.write("192.0.2.2 a.test\n", long_ago + 1s);
  BOOST_TEST(here.found("a.test") == "192.0.2.2");
}

BOOST_AUTO_TEST_CASE(each_change_of_the_hosts_file_counts_at_once) {
  machine here;
  BOOST_TEST(here.found("a.test").empty());
  for (int i = 1; i < 10; ++i) { // of one size, and within one tick of the clock of files
    const auto address = "192.0.2." + std::to_string(i);
    here.write(address + " a.test\n");
    BOOST_TEST(here.found("a.test") == address);
  }
  const auto other = here.path + ".new";
  std::ofstream{other} << "192.0.2.9 b.test\n";
  std::filesystem::rename(other, here.path);
  BOOST_TEST(here.found("a.test").empty());
  BOOST_TEST(here.found("b.test") == "192.0.2.9");
  std::filesystem::remove(here.path);
  BOOST_TEST(here.found("b.test").empty());
  here.write("192.0.2.1 b.test\n");
  BOOST_TEST(here.found("b.test") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(localhost_has_a_loopback_address_of_the_family_that_is_allowed_whatever_the_file_says) {
  using dns::family;
  const std::string both = "::1 127.0.0.1";
  for (const std::string name : {"localhost", "a.localhost", "localhost."}) {
    for (const auto allowed : {family::any, family::ipv4, family::ipv6}) {
      machine without{allowed};
      BOOST_TEST(without.found(name) == both, name);
      without.write("192.0.2.1 other.test\n");
      BOOST_TEST(without.found(name) == both, name);
    }
    machine only4{family::ipv6}, only6{family::ipv4}, any;
    only4.write("127.0.0.1 " + name + "\n");
    BOOST_TEST(only4.found(name) == both, name);
    BOOST_TEST(any.found(name) == "127.0.0.1", name); // what the file has is the whole answer
    only4.write("::1 " + name + "\n");
    BOOST_TEST(only6.found(name) == both, name);
    BOOST_TEST(any.found(name) == "::1", name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
