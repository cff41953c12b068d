// Files of downloads: complete or not there, and what is left after a failure.
#include "child.hpp"

#include "../../deploy/command/saved_file.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

using namespace command_test;
using namespace sluice::command;

namespace {

void write_to(saved_file& file, std::string_view text) {
  BOOST_TEST_REQUIRE(::write(file.descriptor(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}
bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

} // namespace

BOOST_AUTO_TEST_SUITE(saved_files)

BOOST_AUTO_TEST_CASE(a_file_appears_when_it_is_complete_and_keeps_its_mode) {
  folder f;
  const auto path = f.file("a");
  write_file(path, "old");
  ::chmod(path.c_str(), 0640);
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(path, {}));
  write_to(file, "new");
  BOOST_TEST(content_of(path) == "old");
  BOOST_TEST(content_of(path + ".sluice-part") == "new");
  BOOST_TEST(!file.commit(std::chrono::sys_seconds{std::chrono::seconds{784111777}}));
  BOOST_TEST(content_of(path) == "new");
  BOOST_TEST(!exists(path + ".sluice-part"));
  struct stat info{};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0640u);
  BOOST_TEST(info.st_mtime == 784111777);
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_old_file_is_there_and_the_part_is_named) {
  folder f;
  const auto path = f.file("a");
  write_file(path, "old");
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(path, {}));
  write_to(file, "ne");
  BOOST_TEST(file.abandon() == "'" + path + ".sluice-part' has 2 bytes, and '" + path + "' is as it was");
  BOOST_TEST(content_of(path) == "old");
  saved_file nothing;
  BOOST_TEST_REQUIRE(!nothing.open(f.file("b"), {}));
  BOOST_TEST(nothing.abandon() == "");
  BOOST_TEST(!exists(f.file("b.sluice-part")));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_too_long_is_refused_before_anything_comes) {
  folder f;
  saved_file longest;
  BOOST_TEST(!longest.open(f.file(std::string(255, 'a')), {}));
  saved_file longer;
  const auto problem = longer.open(f.file(std::string(256, 'a')), {});
  BOOST_TEST(problem.detail.ends_with("failed: File name too long"), problem.detail);
}

BOOST_AUTO_TEST_CASE(a_part_is_gone_on_with_and_knows_its_etag) {
  folder f;
  const auto path = f.file("a");
  {
    saved_file file;
    BOOST_TEST_REQUIRE(!file.open(path, {}));
    file.remember_etag("\"v1\"");
    write_to(file, "abc");
    const auto words = file.abandon();
    if (words.find("-C -") == std::string::npos) // this file system has no extended attributes
      return;
  }
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(path, {existing_file::replace, false, true, {}}));
  BOOST_TEST(file.kept_bytes() == 3u);
  BOOST_TEST(file.etag() == "\"v1\"");
  write_to(file, "def");
  BOOST_TEST(!file.commit({}));
  BOOST_TEST(content_of(path) == "abcdef");
}

/// What a process leaves that is killed: an incomplete file is read by another transfer without abandon().
BOOST_AUTO_TEST_CASE(a_part_has_its_etag_from_64_kib_on_and_a_complete_file_has_none) {
  folder f;
  const auto path = f.file("a"), part = f.file("a.sluice-part");
  const auto attribute_bytes = [](const std::string& of) {
    return ::getxattr(of.c_str(), "user.sluice.etag", nullptr, 0);
  };
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(path, {}));
  write_to(file, "abc");
  if (::setxattr(part.c_str(), "user.sluice.test", "x", 1, 0) != 0) // this file system has no extended attributes
    return;
  file.remember_etag("\"v1\"");
  file.grown(saved_file::small_bytes - 1);
  BOOST_TEST((attribute_bytes(part) < 0 && file.etag() == "\"v1\""));
  file.grown(saved_file::small_bytes);
  BOOST_TEST((attribute_bytes(part) == 4 && file.etag() == "\"v1\""));
  BOOST_TEST(!file.commit({}));
  BOOST_TEST(attribute_bytes(path) < 0);
}

BOOST_AUTO_TEST_CASE(with_an_offset_as_much_must_be_there_or_nothing) {
  folder f;
  const auto path = f.file("a");
  write_file(path, "abc");
  saved_file wrong;
  BOOST_TEST(wrong.open(path, {existing_file::replace, false, true, 5}).detail.find("has 3 bytes")
             != std::string::npos);
  saved_file right;
  BOOST_TEST_REQUIRE(!right.open(path, {existing_file::replace, false, true, 3}));
  write_to(right, "def");
  BOOST_TEST(content_of(path) == "abcdef"); // in place
  saved_file other;
  BOOST_TEST(other.open(path, {existing_file::replace, false, true, 6}).detail.find("another transfer")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_transfers_to_one_name_do_not_meet) {
  folder f;
  const auto path = f.file("a");
  saved_file first, second;
  BOOST_TEST_REQUIRE(!first.open(path, {}));
  BOOST_TEST_REQUIRE(!second.open(path, {}));
  write_to(first, "first");
  write_to(second, "second");
  BOOST_TEST(content_of(path + ".sluice-part.1") == "second");
  BOOST_TEST(!second.commit({}));
  BOOST_TEST(!first.commit({}));
  BOOST_TEST(content_of(path) == "first");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_may_be_kept_beside_the_new_one) {
  folder f;
  const auto path = f.file("a");
  write_file(path, "old");
  write_file(path + ".1", "old");
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(path, {existing_file::number, false, false, {}}));
  write_to(file, "new");
  BOOST_TEST(!file.commit({}));
  BOOST_TEST(file.path() == path + ".2");
  BOOST_TEST(content_of(path) == "old");
  BOOST_TEST(content_of(path + ".2") == "new");
  saved_file refused;
  BOOST_TEST(refused.open(path, {existing_file::refuse, false, false, {}}).detail.find("--clobber")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_part_beside_the_target_of_a_link_is_gone_on_with) {
  folder f;
  const auto target = f.file("target"), link = f.file("link");
  write_file(target, "old");
  write_file(target + ".sluice-part", "abc");
  BOOST_TEST_REQUIRE(::symlink("target", link.c_str()) == 0);
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(link, {existing_file::replace, false, true, {}}));
  BOOST_TEST(file.kept_bytes() == 3u);
  write_to(file, "def");
  BOOST_TEST(!file.commit({}));
  BOOST_TEST(content_of(target) == "abcdef");
}

BOOST_AUTO_TEST_CASE(a_link_keeps_leading_to_the_file) {
  folder f;
  const auto target = f.file("target"), link = f.file("link");
  write_file(target, "old");
  BOOST_TEST_REQUIRE(::symlink(target.c_str(), link.c_str()) == 0);
  saved_file file;
  BOOST_TEST_REQUIRE(!file.open(link, {}));
  write_to(file, "new");
  BOOST_TEST(!file.commit({}));
  BOOST_TEST(content_of(target) == "new");
  struct stat info{};
  BOOST_TEST((::lstat(link.c_str(), &info) == 0 && S_ISLNK(info.st_mode)));
}

BOOST_AUTO_TEST_CASE(devices_and_pipes_are_written_directly_and_never_waited_for) {
  saved_file null;
  BOOST_TEST_REQUIRE(!null.open("/dev/null", {}));
  BOOST_TEST(!null.is_regular());
  write_to(null, "x");
  BOOST_TEST(!null.commit({}));
  folder f;
  const auto path = f.file("pipe");
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  saved_file pipe;
  BOOST_TEST(!pipe.open(path, {}));
  BOOST_TEST(!pipe.is_open()); // nobody reads it yet
  BOOST_TEST(!exists(path + ".sluice-part"));
}

BOOST_AUTO_TEST_CASE(folders_are_made_on_request_only) {
  folder f;
  const auto path = f.file("x/y/z");
  saved_file without;
  BOOST_TEST(static_cast<bool>(without.open(path, {})));
  saved_file with;
  BOOST_TEST_REQUIRE(!with.open(path, {existing_file::replace, true, false, {}}));
  BOOST_TEST(!with.commit({}));
  BOOST_TEST(exists(path));
  saved_file longest;
  BOOST_TEST_REQUIRE(!longest.open(f.file(std::string(255, 'n')), {}));
  BOOST_TEST(!longest.commit({}));
  BOOST_TEST(exists(f.file(std::string(255, 'n'))));
}

BOOST_AUTO_TEST_SUITE_END()
