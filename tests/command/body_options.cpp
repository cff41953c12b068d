// What -d and its like, --json, -F, -T and -G make of their values.
#include "../../deploy/command/body_options.hpp"
#include "child.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace sluice::command;
using command_test::folder;
using command_test::write_file;

namespace {

std::string whole(const upload_body& body) {
  upload_reader reader{body.parts()};
  std::string result;
  for (;;) {
    const auto piece = reader.read(1000);
    if (!piece || piece->empty())
      return result;
    result += piece->text();
  }
}

std::string body_of(std::vector<body_option> given) {
  const auto made = compose_body({std::move(given), false, {}});
  return made ? whole(made->body) : made.error().detail;
}

std::string query_of(std::vector<body_option> given, std::vector<std::string> url_query = {}) {
  const auto made = compose_query({std::move(given), true, std::move(url_query)});
  return made ? *made : made.error().detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(body_options)

BOOST_AUTO_TEST_CASE(data_of_every_kind_is_joined_in_order) {
  folder f;
  write_file(f.file("d"), "x y\r\nz\n");
  const auto at = "@" + f.file("d");
  using enum body_kind;
  BOOST_TEST(body_of({{data, "a=1"}, {data_raw, "@b"}, {data_urlencode, "c=d e"}, {data, ""}}) == "a=1&@b&c=d+e&");
  BOOST_TEST(body_of({{data, at}, {data_binary, at}}) == "x yz&x y\r\nz\n");
  BOOST_TEST(body_of({{json, "{\"a\":"}, {json, "1}"}}) == "{\"a\":1}");
  BOOST_TEST(body_of({{json, at}}) == "x y\r\nz\n");
}

BOOST_AUTO_TEST_CASE(urlencode_has_five_forms) {
  folder f;
  write_file(f.file("d"), "x/y\n");
  const auto file = f.file("d");
  const std::pair<std::string, std::string> rows[] = {
      {"a b&c", "a+b%26c"},     {"=a=b c", "a%3Db+c"},       {"n=a=b", "n=a%3Db"},
      {"@" + file, "x%2Fy%0A"}, {"n@" + file, "n=x%2Fy%0A"}, {"n=@" + file, "n=" + std::string{"%40"}}};
  for (const auto& [value, expected] : rows)
    BOOST_TEST(body_of({{body_kind::data_urlencode, value}}).starts_with(expected), value);
  BOOST_TEST(body_of({{body_kind::data_urlencode, ""}}) == "");
}

BOOST_AUTO_TEST_CASE(each_body_has_its_method_and_type) {
  folder f;
  write_file(f.file("d"), "x");
  const auto made = [](body_kind kind, const std::string& value) {
    return *compose_body({{{kind, value}}, false, {}});
  };
  BOOST_TEST(made(body_kind::data, "a").method == "POST");
  BOOST_TEST(made(body_kind::data, "a").content_type == "application/x-www-form-urlencoded");
  BOOST_TEST(made(body_kind::data, "a").accept == "");
  BOOST_TEST(made(body_kind::json, "1").content_type == "application/json");
  BOOST_TEST(made(body_kind::json, "1").accept == "application/json");
  BOOST_TEST(made(body_kind::form, "a=b").method == "POST");
  BOOST_TEST(made(body_kind::form, "a=b").content_type.starts_with("multipart/form-data; boundary=-----"));
  BOOST_TEST(made(body_kind::upload_file, f.file("d")).method == "PUT");
  BOOST_TEST(made(body_kind::upload_file, f.file("d")).content_type == "");
  BOOST_TEST(made(body_kind::upload_file, "-").body.may_wait());
}

BOOST_AUTO_TEST_CASE(bodies_that_exclude_each_other_are_named) {
  using enum body_kind;
  const auto problem = [](std::vector<body_option> given, bool in_query = false) {
    return check({std::move(given), in_query, {}}).detail;
  };
  BOOST_TEST(problem({}) == "");
  BOOST_TEST(problem({{data, ""}, {data_binary, ""}, {data_urlencode, ""}, {data_raw, ""}}, true) == "");
  BOOST_TEST(problem({{form, ""}, {form_string, ""}}) == "");
  BOOST_TEST(problem({{data, ""}, {form, ""}})
             == "-d and -F each make a body of their own for the request; give one of them");
  BOOST_TEST(problem({{upload_file, ""}, {data_urlencode, ""}})
             == "-T and --data-urlencode each make a body of their own for the request; give one of them");
  BOOST_TEST(problem({{json, ""}, {data, ""}}).starts_with("--json and -d "));
  BOOST_TEST(problem({{upload_file, ""}, {upload_file, ""}}) == "");
  BOOST_TEST(problem({{form, ""}}, true).starts_with("-G puts data into the URL, which -F cannot give"));
}

BOOST_AUTO_TEST_CASE(each_file_belongs_to_one_url_and_data_to_all) {
  using enum body_kind;
  const upload_options files{{{upload_file, "a"}, {upload_file, ""}, {upload_file, "c"}}, false, {"q"}};
  const auto file_for = [&](std::uint64_t url_number) {
    const auto its = upload_for(files, url_number);
    BOOST_TEST(its.url_query.size() == 1u);
    return its.given.empty() ? "(none)" : its.given.front().value;
  };
  BOOST_TEST(file_for(0) == "a");
  BOOST_TEST(file_for(1) == "(none)");
  BOOST_TEST(file_for(2) == "c");
  BOOST_TEST(file_for(3) == "(none)");
  BOOST_TEST(upload_for({{{data, "a"}, {data, "b"}}, false, {}}, 7).given.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_has_no_length_is_read_once_and_then_has_one) {
  folder f;
  write_file(f.file("d"), "x");
  using enum body_kind;
  const body_option without_length{data_binary, "@/proc/self/status"}; // a file that says 0, as a pipe does
  upload_options piped{{{data, "a"}, without_length}, false, {}};
  BOOST_TEST(!compose_body(piped)->body.length());
  BOOST_TEST(!read_inputs(piped));
  BOOST_TEST_REQUIRE((piped.content != nullptr));
  BOOST_TEST(piped.content->starts_with("a&Name:"));
  const auto made = compose_body(piped);
  BOOST_TEST(made->body.length().value_or(0) == piped.content->size());
  BOOST_TEST(whole(made->body) == *piped.content);
  BOOST_TEST(made->content_type == "application/x-www-form-urlencoded");
  upload_options files{{{data, "@" + f.file("d")}}, false, {}};
  BOOST_TEST(!read_inputs(files));
  BOOST_TEST(!files.content);
  upload_options large{{without_length}, false, {}};
  BOOST_TEST(read_inputs(large, 10).detail
             == "--data-binary: what is read from standard input and pipes has more than 10 bytes; '-T -' sends "
                "standard input of any length, as it comes");
}

BOOST_AUTO_TEST_CASE(a_query_is_read_once) {
  using enum body_kind;
  upload_options options{{{data_urlencode, "b=c d"}}, true, {"q=r s"}};
  BOOST_TEST(!read_inputs(options));
  BOOST_TEST(options.given.empty());
  BOOST_TEST(*compose_query(options) == "q=r+s&b=c+d");
}

BOOST_AUTO_TEST_CASE(a_query_is_made_of_url_query_and_data) {
  folder f;
  write_file(f.file("d"), "x y\n");
  using enum body_kind;
  BOOST_TEST(query_of({}) == "");
  BOOST_TEST(query_of({{data, "a=1"}, {data_urlencode, "b=c d"}}) == "a=1&b=c+d");
  BOOST_TEST(query_of({{data, "a=1"}}, {"q=r s", "+t=u%20v"}) == "q=r+s&t=u%20v&a=1");
  BOOST_TEST(query_of({{data_urlencode, "@" + f.file("d")}}) == "x+y%0A");
  BOOST_TEST(query_of({{data, "@" + f.file("none")}})
             == "-d: '" + f.file("none") + "' cannot be read: No such file or directory");
  write_file(f.file("large"), std::string((1u << 20) + 1, 'x'));
  BOOST_TEST(query_of({{data_binary, "@" + f.file("large")}})
             == "the data for the URL's query has more than 1048576 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
