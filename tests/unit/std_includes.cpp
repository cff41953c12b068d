// Who uses a name of the standard library includes its header, itself or by a header of ours. Which headers of the
// library include each other differs between compilers: GCC 13 and 14 took <cstdint>, <stdexcept> and <algorithm> out
// of others. Here are the names that were or may be lost so; tests/alone/run finds what a compiler at hand really does
// not find.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct header {
  std::string_view name;
  std::string_view in_c; // the same as C has it
  std::vector<std::string_view> names;
};
const header headers[] = {
    {"cstdint",
     "stdint.h",
     {"int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "intptr_t",
      "uintptr_t"}},
    {"cstddef", "stddef.h", {"std::size_t", "std::byte", "std::ptrdiff_t", "std::nullptr_t"}},
    {"cstdlib",
     "stdlib.h",
     {"std::getenv", "std::exit", "std::abort", "std::_Exit", "std::malloc", "std::free", "std::strtol", "std::strtoul",
      "std::strtoull"}},
    {"cstring",
     "string.h",
     {"std::memcpy", "std::memcmp", "std::memset", "std::memmove", "std::memchr", "std::strlen", "std::strcmp",
      "std::strchr", "std::strerror"}},
    {"cerrno", "errno.h", {"errno"}},
    {"stdexcept",
     "",
     {"std::runtime_error", "std::logic_error", "std::invalid_argument", "std::out_of_range", "std::length_error"}},
    {"algorithm",
     "",
     {"std::min",
      "std::max",
      "std::clamp",
      "std::find",
      "std::find_if",
      "std::find_if_not",
      "std::search",
      "std::sort",
      "std::stable_sort",
      "std::copy",
      "std::copy_n",
      "std::copy_if",
      "std::fill",
      "std::fill_n",
      "std::all_of",
      "std::any_of",
      "std::none_of",
      "std::count",
      "std::count_if",
      "std::equal",
      "std::mismatch",
      "std::lower_bound",
      "std::upper_bound",
      "std::min_element",
      "std::max_element",
      "std::remove_if",
      "std::reverse",
      "std::rotate",
      "std::replace",
      "std::transform",
      "std::generate",
      "std::unique",
      "std::partition",
      "std::nth_element",
      "std::shuffle",
      "std::adjacent_find",
      "std::lexicographical_compare",
      "std::ranges"}},
    {"thread", "", {"std::thread", "std::this_thread"}},
};

bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_'; }

/// What a source includes, and the words in it, outside of comments and literals; "std::x" where that was before the
/// word.
struct source {
  std::vector<std::string> includes;
  std::set<std::string, std::less<>> words;
};

source read(std::string_view text) {
  source result;
  std::string before; // "std::"
  const auto skip_to = [&](std::string_view end) {
    const auto at = text.find(end);
    text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  };
  const auto skip_literal = [&](char end) {
    while (!text.empty() && text.front() != end)
      text.remove_prefix(std::min<std::size_t>(text.front() == '\\' ? 2 : 1, text.size()));
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  };
  while (!text.empty()) {
    if (text.starts_with("//"))
      skip_to("\n");
    else if (text.starts_with("/*"))
      skip_to("*/");
    else if (text.starts_with("#include ")) {
      text.remove_prefix(std::string_view{"#include "}.size());
      const auto line = text.substr(0, text.find('\n'));
      if (const auto end = line.find_first_of(">\"", 1); end != line.npos)
        result.includes.emplace_back(line.substr(1, end - 1));
      skip_to("\n");
    } else if (text.starts_with("R\"")) {
      text.remove_prefix(2);
      const auto end = ")" + std::string{text.substr(0, text.find('('))} + "\"";
      skip_to(end);
    } else if (text.front() == '"' || text.front() == '\'') {
      const char end = text.front();
      text.remove_prefix(1);
      skip_literal(end);
    } else if (is_word(text.front())) {
      const auto n = static_cast<std::size_t>(
          std::find_if(text.begin(), text.end(), [](char letter) { return !is_word(letter) && letter != '\''; })
          - text.begin());
      auto word = text.substr(0, n);
      if (!std::isdigit(static_cast<unsigned char>(word.front()))) // in a number a quote is no literal's begin
        word = word.substr(0, word.find('\''));
      text.remove_prefix(word.size());
      if (word == "std" && text.starts_with("::")) {
        before = "std::";
        continue;
      }
      result.words.insert(before + std::string{word});
      before.clear();
    } else {
      if (text.front() != ':')
        before.clear();
      text.remove_prefix(1);
    }
  }
  return result;
}

using sources = std::map<std::string, source>; // by path from the root of the tree

/// All that `path` includes, by headers of ours too.
std::set<std::string> reached(const sources& all, const std::string& path) {
  std::set<std::string> result;
  std::vector<std::string> open{path};
  while (!open.empty()) {
    const auto from = open.back();
    open.pop_back();
    const auto at = all.find(from);
    if (at == all.end())
      continue;
    for (const auto& name : at->second.includes)
      if (result.insert(name).second) {
        open.push_back(name.starts_with("sluice/") ? name.substr(7) : name);
        open.push_back((fs::path{from}.parent_path() / name).lexically_normal().string());
      }
  }
  return result;
}

/// "path: std::x needs <y>", one for each header that is missing.
std::vector<std::string> objections(const sources& all) {
  std::vector<std::string> result;
  for (const auto& file : all) {
    const auto& path = file.first;
    const auto& words = file.second.words;
    const auto includes = reached(all, path);
    for (const auto& known : headers) {
      if (includes.count(std::string{known.name}) || includes.count(std::string{known.in_c}))
        continue;
      const auto used = std::find_if(known.names.begin(), known.names.end(), [&](std::string_view name) {
        return words.count(name) || words.count("std::" + std::string{name});
      });
      if (used != known.names.end())
        result.push_back(path + ": " + std::string{*used} + " needs <" + std::string{known.name} + ">");
    }
  }
  return result;
}

sources read_tree() {
  const fs::path root{SLUICE_SOURCE_DIR};
  sources result;
  for (const auto* house : {"messages", "protocols", "actors", "deploy/command", "docs", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator{root / house}) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp"))
        continue;
      std::ifstream file{entry.path()};
      const std::string text{std::istreambuf_iterator<char>{file}, {}};
      result.emplace(fs::relative(entry.path(), root).generic_string(), read(text));
    }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(std_includes)

BOOST_AUTO_TEST_CASE(a_name_is_found_only_where_it_is_used) {
  const auto found = read("#include <a>\n#include \"b.hpp\"\n// std::sort\n/* std::copy */ auto y = 10'000 + "
                          "std::min(f('\\''), \"std::max\");\n"
                          "R\"x(std::fill)\" std::find)x\" uint8_t std :: ignored ::std::uint16_t");
  BOOST_TEST((found.includes == std::vector<std::string>{"a", "b.hpp"}));
  for (const auto* name : {"std::min", "uint8_t", "std::uint16_t", "auto"})
    BOOST_TEST(found.words.count(std::string{name}), name);
  for (const auto* name : {"std::sort", "std::copy", "std::max", "std::fill", "std::find"})
    BOOST_TEST(!found.words.count(std::string{name}), name);
}

BOOST_AUTO_TEST_CASE(a_header_of_ours_may_bring_what_is_needed) {
  const auto user = read("#include <sluice/h/a.hpp>\nstd::uint8_t x;");
  BOOST_TEST(objections({{"h/b.cpp", user}, {"h/a.hpp", read("#include <string>")}})
                 == std::vector<std::string>{"h/b.cpp: uint8_t needs <cstdint>"},
             boost::test_tools::per_element());
  BOOST_TEST(
      objections({{"h/b.cpp", user}, {"h/a.hpp", read("#include \"c.hpp\"")}, {"h/c.hpp", read("#include <cstdint>")}})
          .empty());
}

BOOST_AUTO_TEST_CASE(each_source_includes_what_it_uses_of_the_standard_library) {
  const auto all = read_tree();
  BOOST_TEST(all.size() > 100);
  for (const auto& text : objections(all))
    BOOST_ERROR(text);
}

BOOST_AUTO_TEST_SUITE_END()
