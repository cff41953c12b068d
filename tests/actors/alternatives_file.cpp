// The file of alternative services: written off the loop, whole or not at all, and on disk when a client has ended in
// order.
#include "fixture.hpp"

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/client/file_writer.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A folder that is gone with its test.
struct temporary_folder {
  fs::path path;
  temporary_folder() {
    auto name = (fs::temp_directory_path() / "sluice-files-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~temporary_folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{path}, fs::directory_iterator{}));
  }
};

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path}.rdbuf();
  return out.str();
}

constexpr auto long_enough = 60s; // bounds a wait that ends at once unless something is broken
const std::string somewhere = "https://example.org:443";

std::shared_ptr<alternatives_book> book_in(const std::string& path, const std::shared_ptr<file_writer>& writer) {
  return take(alternatives_book::open(path, writer));
}

origin::config advertising() {
  origin::config settings;
  settings.http3.advertise = true;
  return settings;
}

} // namespace

BOOST_AUTO_TEST_SUITE(alternatives_file)

BOOST_AUTO_TEST_CASE(what_is_learnt_is_found_in_the_file_by_the_next_book) {
  temporary_folder folder;
  auto writer = std::make_shared<file_writer>();
  auto book = book_in(folder / "alt-svc", writer);
  BOOST_TEST(book->learn(somewhere, "h3=\":8443\"; ma=3600"));
  BOOST_TEST(writer->flush(long_enough));
  BOOST_TEST(book_in(folder / "alt-svc", writer)->find(somewhere)->port == 8443u);
  BOOST_TEST(folder.files() == 1u); // nothing lies beside it
}

BOOST_AUTO_TEST_CASE(a_disk_that_hangs_keeps_nobody_waiting_and_many_changes_are_one_write) {
  temporary_folder folder;
  std::promise<void> disk, reached;
  std::atomic<int> texts{0}, written{0};
  auto writer = std::make_shared<file_writer>();
  const auto count = [&](const failure&) { ++written; };
  writer->write_later(&disk, {folder / "x",
                              [&, go = disk.get_future().share()] {
                                reached.set_value();
                                go.wait(); // the disk
                                return std::string{"first"};
                              },
                              count});
  reached.get_future().wait();
  auto book = book_in(folder / "alt-svc", writer);
  for (int i = 0; i < 1000; ++i) {
    book->learn(somewhere, "h3=\":" + std::to_string(1000 + i) + "\"");
    writer->write_later(&disk, {folder / "x", [&texts] { return std::to_string(++texts); }, count});
  }
  BOOST_TEST(!writer->flush(0ms)); // all of these have returned, and nothing was written
  BOOST_TEST(written == 0);
  disk.set_value();
  BOOST_TEST(writer->flush(long_enough));
  BOOST_TEST(texts == 1);
  BOOST_TEST(written == 2);
  BOOST_TEST(text_of(folder / "x") == "1");
  BOOST_TEST(book_in(folder / "alt-svc", writer)->find(somewhere)->port == 1999u);
}

BOOST_AUTO_TEST_CASE(the_writers_end_waits_for_what_is_still_to_be_written) {
  temporary_folder folder;
  for (int i = 0; i < 20; ++i) {
    auto writer = std::make_shared<file_writer>();
    auto book = book_in(folder / std::to_string(i), writer);
    book->learn(somewhere, "h3=\":8443\"");
    writer.reset();
    BOOST_TEST(fs::exists(folder / std::to_string(i)));
    BOOST_TEST(book->learn(somewhere, "h3=\":8444\"")); // it is still of use, and writes no more
  }
}

BOOST_AUTO_TEST_CASE(the_writers_end_does_not_wait_for_a_disk_that_hangs_for_good) {
  std::promise<void> reached;
  auto never = std::make_shared<std::promise<void>>(); // kept by the thread that is left behind
  {
    file_writer writer;
    writer.write_later(&reached, {"/",
                                  [&, go = never->get_future().share()] {
                                    reached.set_value();
                                    go.wait();
                                    return std::string{};
                                  },
                                  [](const failure&) {}});
    reached.get_future().wait();
  } // would not return
  never->set_value();
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_replaced_stays_as_it_was) {
  temporary_folder folder;
  const auto path = folder / std::string(250, 'a'); // the new file's name, beside it, is longer than file systems allow
  std::ofstream{path} << "old";
  const auto problem = replace_file(path, "new");
  BOOST_TEST((problem.code == errc::consumer_failed));
  BOOST_TEST(problem.detail.find(path) != std::string::npos);
  BOOST_TEST(text_of(path) == "old");
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(a_replaced_file_keeps_its_permissions_and_leaves_nothing_beside_it) {
  temporary_folder folder;
  const auto path = folder / "x";
  std::ofstream{path} << "old";
  ::chmod(path.c_str(), 0600);
  BOOST_TEST(to_string(replace_file(path, "new")) == "none");
  struct stat after{};
  ::stat(path.c_str(), &after);
  BOOST_TEST((after.st_mode & 0777u) == 0600u);
  BOOST_TEST(text_of(path) == "new");
  BOOST_TEST(folder.files() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_neither_read_nor_replaced) {
  temporary_folder folder;
  const auto pipe = folder / "pipe";
  BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& path : {pipe, std::string{"/dev/zero"}, folder.path.string()}) {
    const auto opened = alternatives_book::open(path, {});
    BOOST_REQUIRE(!opened);
    BOOST_TEST((opened.error().code == errc::invalid_configuration));
    BOOST_TEST(opened.error().detail.find(path) != std::string::npos);
    BOOST_TEST((replace_file(path, "x").code == errc::consumer_failed));
  }
  BOOST_TEST(fs::is_fifo(pipe));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_too_large_is_refused) {
  temporary_folder folder;
  std::ofstream{folder / "x"} << std::string((4u << 20) + 1, '\n');
  const auto opened = alternatives_book::open(folder / "x", {});
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().detail.find("4194304 bytes") != std::string::npos, opened.error().detail);
}

BOOST_AUTO_TEST_CASE(a_failure_to_write_is_counted_and_told_in_the_clients_figures) {
  temporary_folder folder;
  client_config config;
  config.alternative_services_file = folder / "missing/alt-svc";
  fixture f{config, {}, advertising()};
  BOOST_TEST(f.drain(take(f.fetch(f.server->tls_url("/bytes/1k"))).body).whole());
  BOOST_TEST(fixture::eventually([&] { return f.totals().file_failures > 0; }));
  BOOST_TEST(f.totals().file_problem.find(config.alternative_services_file) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_client_has_learnt_is_on_disk_when_its_runtime_has_ended) {
  temporary_folder folder;
  client_config config;
  config.alternative_services_file = folder / "alt-svc";
  {
    fixture f{config, {}, advertising()};
    BOOST_TEST(f.drain(take(f.fetch(f.server->tls_url("/bytes/1k"))).body).whole());
  }
  BOOST_TEST(text_of(config.alternative_services_file).find("h3") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
