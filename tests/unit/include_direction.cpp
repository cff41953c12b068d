// Dependencies point one way: protocols <- messages <- actors. An include that breaks this is found here.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace fs = std::filesystem;

namespace {

bool starts_with_any(std::string_view path, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return path.starts_with(p); });
}

/// A C library and the folders of protocols/ that may know it.
struct owner {
  std::string_view header;
  std::vector<std::string_view> folders;
};
const owner owners[] = {
    {"nghttp2/", {"http2"}},       {"nghttp3/", {"http3"}},       {"ngtcp2/", {"quic"}},
    {"wolfssl/", {"tls", "quic"}}, {"cyassl/", {"tls", "quic"}},  {"openssl/", {"tls", "quic"}},
    {"zlib.h", {"coding"}},        {"zconf.h", {"coding"}},       {"brotli/", {"coding"}},
    {"zstd.h", {"coding"}},        {"zstd_errors.h", {"coding"}}, {"idn2.h", {"uri"}},
};

/// Why the file `path` ("protocols/flow/window.hpp") may not include `header`; empty if it may.
std::string objection(const fs::path& path, std::string_view header, bool quoted) {
  const auto house = path.begin()->string();
  const auto folder = std::next(path.begin())->string();
  const bool ours = header.starts_with("sluice/");
  if (quoted)
    return "write includes as <sluice/...>";
  if (header.find("..") != std::string_view::npos)
    return "an include may not climb with '..'";
  for (const auto& known : owners)
    if (header.starts_with(known.header)
        && (house != "protocols"
            || std::find(known.folders.begin(), known.folders.end(), folder) == known.folders.end()))
      return "only protocols/" + std::string{known.folders.front()} + " knows this library";
  if (house == "protocols") {
    if (ours && !header.starts_with("sluice/protocols/"))
      return "protocols/ includes nothing of ours but protocols/";
    if (starts_with_any(header, {"caf/", "asio", "boost/asio"}))
      return "protocols/ knows neither CAF nor Asio";
    if (starts_with_any(header, {"sys/socket.h", "sys/epoll.h", "poll.h", "netdb.h", "ares.h", "thread"}))
      return "protocols/ knows no sockets and no threads";
  } else if (house == "messages") {
    if (starts_with_any(header, {"asio", "boost/asio"}))
      return "messages/ does not know Asio";
    if (ours && header != "sluice/protocols/failure.hpp" && header != "sluice/protocols/policy/rules.hpp"
        && !starts_with_any(header, {"sluice/messages/", "sluice/protocols/flow/", "sluice/protocols/http/"}))
      return "messages/ includes only messages/ and protocols/{flow,http,failure.hpp,policy/rules.hpp}";
  } else if (house == "actors") {
    if (header == "ares.h" && path != "actors/connect/dns_channel.cpp")
      return "only actors/connect/dns_channel.cpp knows this library";
    if (ours && !starts_with_any(header, {"sluice/actors/", "sluice/messages/", "sluice/protocols/"}))
      return "actors/ includes only actors/, messages/ and protocols/";
  }
  return {};
}

/// The header that a line includes, with '<' or '"' before it; empty if it includes none.
std::string_view included(std::string_view line) {
  const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
  skip_blanks();
  if (!line.starts_with('#'))
    return {};
  line.remove_prefix(1);
  skip_blanks();
  if (!line.starts_with("include"))
    return {};
  line.remove_prefix(7);
  skip_blanks();
  const auto end = line.find_first_of(">\"", 1);
  return !line.empty() && end != std::string_view::npos ? line.substr(0, end) : std::string_view{};
}

bool is_header(const fs::path& path) { return path.extension() == ".hpp" || path.extension() == ".h"; }
bool is_source(const fs::path& path) {
  return is_header(path) || path.extension() == ".cpp" || path.extension() == ".ipp";
}

struct findings {
  std::vector<std::string> faults;
  std::size_t files = 0, includes = 0;

  bool name(std::string_view what) const {
    return std::any_of(faults.begin(), faults.end(),
                       [&](const std::string& line) { return line.find(what) != std::string::npos; });
  }
};

void check_file(const fs::path& root, const fs::path& file, findings& result) {
  const auto path = file.lexically_relative(root);
  std::ifstream in{file};
  std::size_t number = 0, comment_lines = 0;
  ++result.files;
  for (std::string line; std::getline(in, line);) {
    if (++number == comment_lines + 1 && line.starts_with("// ") && line.size() > 3)
      ++comment_lines;
    const auto header = included(line);
    if (header.empty())
      continue;
    ++result.includes;
    if (const auto why = objection(path, header.substr(1), header.front() == '"'); !why.empty())
      result.faults.push_back(path.string() + ":" + std::to_string(number) + ": " + line + ": " + why);
  }
  if (is_header(path) && comment_lines < 2)
    result.faults.push_back(path.string()
                            + ":1: a header opens with two comment lines: what this is, what it must not know");
}

/// Checks each source file of the three houses under `root`; a house that is not there is no fault.
findings check_tree(const fs::path& root) {
  findings result;
  for (const auto* house : {"protocols", "messages", "actors"}) {
    if (!fs::is_directory(root / house))
      continue;
    for (const auto& entry : fs::recursive_directory_iterator{root / house})
      if (entry.is_regular_file() && is_source(entry.path()))
        check_file(root, entry.path(), result);
  }
  std::sort(result.faults.begin(), result.faults.end());
  return result;
}

/// A tree of files that is gone at the end of the scope.
class temporary_tree {
public:
  temporary_tree() : root_(fs::temp_directory_path() / ("sluice-include-" + std::to_string(std::random_device{}()))) {}
  ~temporary_tree() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  temporary_tree(const temporary_tree&) = delete;
  temporary_tree& operator=(const temporary_tree&) = delete;

  void write(const fs::path& path, std::string_view text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
  }
  const fs::path& root() const { return root_; }

private:
  fs::path root_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(include_direction)

BOOST_AUTO_TEST_CASE(each_include_points_down_and_each_header_says_what_it_is) {
  const auto found = check_tree(SLUICE_SOURCE_DIR);
  BOOST_TEST(found.files > 10u); // or the walk went wrong
  BOOST_TEST(found.includes > 30u);
  for (const auto& fault : found.faults)
    BOOST_ERROR(fault);
}

BOOST_AUTO_TEST_CASE(a_wrong_include_is_found) {
  const std::tuple<const char*, const char*, bool> table[] = {
      // file, include, wrong
      {"protocols/flow/a.cpp", "#include <sluice/protocols/flow/bytes.hpp>", false},
      {"protocols/flow/b.cpp", "#include <sluice/messages/values.hpp>", true},
      {"protocols/flow/c.cpp", "#include <sluice/actors/client/pool.hpp>", true},
      {"protocols/flow/d.cpp", "#include <caf/all.hpp>", true},
      {"protocols/flow/e.cpp", " #  include<asio.hpp>", true},
      {"protocols/flow/f.cpp", "#include <asio/ip/tcp.hpp>", true},
      {"protocols/flow/g.cpp", "#include \"window.hpp\"", true},
      {"protocols/flow/h.cpp", "#include <sluice/protocols/../actors/pool.hpp>", true},
      {"protocols/flow/i.cpp", "// #include <caf/all.hpp>", false},
      {"protocols/flow/j.cpp", "#include <thread>", true},
      {"protocols/flow/k.cpp", "#include <sys/socket.h>", true},
      {"protocols/flow/l.cpp", "#include <vector>", false},
      {"protocols/flow/deep/m.cpp", "#include <caf/all.hpp>", true},
      {"protocols/n.cpp", "#include <zlib.h>", true},
      {"protocols/coding/o.cpp", "#include <zlib.h>", false},
      {"protocols/coding/y.cpp", "#include <brotli/decode.h>", false},
      {"protocols/coding/z.cpp", "#include <zstd_errors.h>", false},
      {"protocols/http/o.cpp", "#include <zstd.h>", true},
      {"protocols/uri/a.cpp", "#include <idn2.h>", false},
      {"protocols/dns/a.cpp", "#include <idn2.h>", true},
      {"protocols/dns/b.cpp", "#include <ares.h>", true},
      {"actors/connect/dns_channel.cpp", "#include <ares.h>", false},
      {"actors/connect/e.cpp", "#include <ares.h>", true},
      {"protocols/tls/p.cpp", "#include <wolfssl/ssl.h>", false},
      {"protocols/quic/q.cpp", "#include <wolfssl/ssl.h>", false},
      {"protocols/quic/r.cpp", "#include <ngtcp2/ngtcp2.h>", false},
      {"protocols/http2/s.cpp", "#include <nghttp2/nghttp2.h>", false},
      {"protocols/http3/t.cpp", "#include <nghttp3/nghttp3.h>", false},
      {"protocols/http3/u.cpp", "#include <nghttp2/nghttp2.h>", true},
      {"protocols/http2/v.cpp", "#include <nghttp3/nghttp3.h>", true},
      {"protocols/http3/w.cpp", "#include <ngtcp2/ngtcp2.h>", true},
      {"protocols/http1/x.cpp", "#include <wolfssl/ssl.h>", true},
      {"messages/a.cpp", "#include <caf/all.hpp>", false},
      {"messages/b.cpp", "#include <asio.hpp>", true},
      {"messages/c.cpp", "#include <sluice/protocols/failure.hpp>", false},
      {"messages/d.cpp", "#include <sluice/protocols/flow/chunk.hpp>", false},
      {"messages/e.cpp", "#include <sluice/protocols/http/message.hpp>", false},
      {"messages/f.cpp", "#include <sluice/protocols/http1/limits.hpp>", true},
      {"messages/i.cpp", "#include <sluice/protocols/policy/rules.hpp>", false},
      {"messages/j.cpp", "#include <sluice/protocols/policy/retry.hpp>", true},
      {"messages/g.cpp", "#include <sluice/actors/client/pool.hpp>", true},
      {"messages/h.cpp", "#include <zlib.h>", true},
      {"actors/a.cpp", "#include <asio.hpp>", false},
      {"actors/io/b.cpp", "#include <sluice/messages/values.hpp>", false},
      {"actors/c.cpp", "#include <sluice/deploy/origin/server.hpp>", true},
      {"actors/d.cpp", "#include <wolfssl/ssl.h>", true},
      {"actors/e.cpp", "#include <sluice/protocols/tls/session.hpp>", false},
      {"tests/unit/a.cpp", "#include <zlib.h>", false},
  };
  temporary_tree tree;
  for (const auto& [path, line, wrong] : table)
    tree.write(path, std::string{"#include <string>\n"} + line + "\n");
  const auto found = check_tree(tree.root());
  for (const auto& [path, line, wrong] : table)
    BOOST_TEST(found.name(std::string{path} + ":2: ") == wrong, path << ": " << line);
  BOOST_TEST(!found.name(":1: "));
}

BOOST_AUTO_TEST_CASE(a_header_without_its_two_lines_is_found) {
  temporary_tree tree;
  tree.write("actors/none.hpp", "#pragma once\n");
  tree.write("actors/one.hpp", "// What it is.\n#pragma once\n// Not an opening.\n");
  tree.write("actors/empty.hpp", "//\n//\n#pragma once\n");
  tree.write("actors/two.hpp", "// What it is.\n// What it must not know.\n#pragma once\n");
  tree.write("actors/none.cpp", "\n");
  const auto found = check_tree(tree.root());
  BOOST_TEST(found.faults.size() == 3u);
  for (const auto* name : {"none.hpp", "one.hpp", "empty.hpp"})
    BOOST_TEST(found.name(name), name);
}

BOOST_AUTO_TEST_CASE(a_house_that_is_not_built_yet_is_no_fault) {
  temporary_tree tree;
  tree.write("protocols/a.cpp", "#include <string>\n");
  const auto found = check_tree(tree.root());
  BOOST_TEST(found.faults.empty());
  BOOST_TEST(found.files == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
