// Bodies from texts and files, read in pieces of any size.
#include "../../deploy/command/upload_body.hpp"
#include "child.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>

using namespace sluice;
using namespace sluice::command;
using command_test::folder;
using command_test::write_file;

namespace {

/// All that a body gives in pieces of at most `most` bytes; the error's text where reading fails.
std::string read_in_pieces(const upload_body& body, std::size_t most) {
  upload_reader reader{body.parts()};
  for (std::string result;;) {
    const auto piece = reader.read(most);
    if (!piece)
      return piece.error().detail;
    if (piece->empty())
      return result;
    BOOST_TEST(piece->size() <= most);
    result += piece->text();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(upload_bodies)

BOOST_AUTO_TEST_CASE(texts_and_files_follow_one_another_in_pieces_of_any_size) {
  folder f;
  write_file(f.file("one"), "abc");
  write_file(f.file("empty"), "");
  upload_body body;
  body.add_text("<");
  BOOST_TEST(!body.add_file("-d", f.file("one")));
  BOOST_TEST(!body.add_file("-d", f.file("empty")));
  body.add_text("");
  body.add_text("-");
  BOOST_TEST(!body.add_file("-d", f.file("one")));
  body.add_text(">");
  BOOST_TEST(body.length().value_or(0) == 9u);
  BOOST_TEST(!body.may_wait());
  for (std::size_t most = 1; most < 12; ++most)
    BOOST_TEST(read_in_pieces(body, most) == "<abc-abc>");
  BOOST_TEST(read_in_pieces({}, 10) == "");
}

BOOST_AUTO_TEST_CASE(bytes_of_files_are_rewritten_and_counted_as_they_are_sent) {
  folder f;
  write_file(f.file("text"), std::string("a b\r\n\0c\n", 8));
  upload_body stripped, encoded;
  BOOST_TEST(!stripped.add_file("-d", f.file("text"), rewriting::without_line_breaks));
  BOOST_TEST(!encoded.add_file("-d", f.file("text"), rewriting::form_encoded));
  BOOST_TEST(stripped.length().value_or(0) == 4u);
  const std::string expected = "a+b%0D%0A%00c%0A";
  BOOST_TEST(encoded.length().value_or(0) == expected.size());
  for (std::size_t most = 1; most < 20; ++most) {
    BOOST_TEST(read_in_pieces(stripped, most) == "a bc");
    BOOST_TEST(read_in_pieces(encoded, most) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_piece_of_a_file_holds_no_more_memory_than_twice_its_bytes) {
  folder f;
  write_file(f.file("file"), std::string(100, 'x'));
  upload_body regular, other;
  BOOST_TEST(!regular.add_file("-T", f.file("file")));
  BOOST_TEST(!other.add_file("-T", "/proc/self/status")); // of unknown length, as a pipe
  for (const auto& body : {regular, other}) {
    upload_reader reader{body.parts()};
    const auto piece = reader.read(1u << 20);
    BOOST_TEST_REQUIRE(static_cast<bool>(piece));
    BOOST_TEST_REQUIRE(!piece->empty());
    BOOST_TEST(piece->memory()->capacity() <= 2 * piece->size());
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_its_size_is_an_error) {
  folder f;
  const auto path = f.file("file");
  write_file(path, "0123456789");
  upload_body body;
  BOOST_TEST(!body.add_file("-T", path));
  write_file(path, "0123");
  BOOST_TEST(read_in_pieces(body, 3)
             == "reading '" + path + "' ended after 4 of 10 bytes: the file became shorter while it was sent");
  write_file(path, "0123456789x");
  BOOST_TEST(read_in_pieces(body, 100).starts_with("reading '" + path + "' found more than the 10 bytes that it had"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named_with_its_option) {
  folder f;
  upload_body body;
  const auto missing = body.add_file("-F", f.file("missing"));
  BOOST_TEST((missing.code == errc::invalid_configuration));
  BOOST_TEST(missing.detail == "-F: '" + f.file("missing") + "' cannot be read: No such file or directory");
  BOOST_TEST(body.add_file("-T", f.file("")).detail == "-T: '" + f.file("") + "' cannot be read: Is a directory");
}

BOOST_AUTO_TEST_CASE(files_of_sys_are_as_long_as_what_is_read_of_them) {
  const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
  std::ifstream file{path};
  const std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (content.empty()) // another kernel, or /sys is not there
    return;
  upload_body body;
  BOOST_TEST(!body.add_file("-T", path));
  BOOST_TEST(!body.length().has_value());
  BOOST_TEST(*upload_reader{body.parts()}.read_whole(SIZE_MAX) == content);
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_has_no_length_and_may_wait) {
  folder f;
  const auto fifo = f.file("fifo");
  BOOST_TEST_REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  upload_body body;
  BOOST_TEST(!body.add_file("-T", fifo)); // nobody writes to it: it must not be opened yet
  BOOST_TEST(!body.length());
  BOOST_TEST(body.may_wait());
  upload_body input;
  BOOST_TEST(!input.add_file("-T", "-"));
  BOOST_TEST(!input.length());
  upload_body process; // a regular file that says 0 and is not empty
  BOOST_TEST(!process.add_file("-T", "/proc/self/status"));
  BOOST_TEST(!process.length());
  BOOST_TEST(read_in_pieces(process, 100).find("VmHWM") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
