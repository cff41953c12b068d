// What -w writes: curl's variables, fields, JSON.
#include "../../deploy/command/write_out.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice::command;

namespace {

write_out_figures example() {
  write_out_figures result;
  result.url = "http://h/a";
  result.url_effective = "https://h/b";
  result.method = "GET";
  result.file_name = "a.txt";
  result.remote_ip = "127.0.0.1";
  result.remote_port = 443;
  result.head = {
      sluice::http::version::http2, 206, "", {{"Content-Type", "text/plain"}, {"X", "1"}, {"x", "2"}}, false};
  result.size_download = 3'000;
  result.redirects = 1;
  result.total = 1.5;
  return result;
}

std::string written(const std::string& format, const write_out_figures& figures = example()) {
  return write_out::parse(format).of(figures).out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(write_outs)

BOOST_AUTO_TEST_CASE(variables_have_curls_names_and_forms) {
  BOOST_TEST(written("%{http_code} %{response_code}") == "206 206");
  BOOST_TEST(written("%{http_code} %{http_version}", {}) == "000 0");
  BOOST_TEST(written("%{http_version} %{scheme} %{method}") == "2 https GET");
  BOOST_TEST(written("%{size_download} %{speed_download} %{time_total}") == "3000 2000 1.500000");
  BOOST_TEST(written("%{url} %{url_effective} %{num_redirects}") == "http://h/a https://h/b 1");
  BOOST_TEST(written("%{filename_effective}|%{errormsg}|%{content_type}") == "a.txt||text/plain");
  BOOST_TEST(written("%{remote_ip}:%{remote_port} %{exitcode}") == "127.0.0.1:443 0");
  BOOST_TEST(written("%header{x} %header{content-type} %header{none}.") == "1 text/plain .");
}

BOOST_AUTO_TEST_CASE(where_a_redirect_leads_is_an_absolute_url) {
  auto figures = example();
  figures.head.fields.add("Location", "../c?d#e");
  BOOST_TEST(written("%{redirect_url}", figures) == ""); // 206 is no redirect
  figures.head.status = 302;
  BOOST_TEST(written("%{redirect_url}", figures) == "https://h/c?d#e");
  figures.head.fields.set("Location", "mailto:somebody");
  BOOST_TEST(written("%{redirect_url}", figures) == "mailto:somebody");
}

BOOST_AUTO_TEST_CASE(text_and_escapes_stand_for_themselves) {
  BOOST_TEST(written(R"(a\nb\tc\rd\x%%{http_code}%)") == "a\nb\tc\rd\\x%{http_code}%");
  BOOST_TEST(written("%{open") == "%{open");
  BOOST_TEST(written("\\") == "\\");
  BOOST_TEST(written("") == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_variable_is_named_and_written_as_nothing) {
  BOOST_TEST(written("%{http_code}|%{no_such}|%{time_total}") == "206||1.500000");
  const auto parsed = write_out::parse("%{b}%{a}%{b}%{http_code}%{stderr}%header{none}%%{c}");
  BOOST_TEST(parsed.unknown() == (std::vector<std::string>{"b", "a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_rest_may_go_to_standard_error_or_be_for_failures_only) {
  auto figures = example();
  const auto parsed = write_out::parse("a%{stderr}b%{stdout}c%{onerror}d");
  BOOST_TEST(parsed.of(figures).out == "ac");
  BOOST_TEST(parsed.of(figures).errors == "b");
  figures.exit_code = 7;
  BOOST_TEST(parsed.of(figures).out == "acd");
}

BOOST_AUTO_TEST_CASE(json_has_all_variables_and_all_fields) {
  const auto all = written("%{json}");
  for (const std::string part : {"\"http_code\":206", "\"time_total\":1.5", "\"errormsg\":null", "\"method\":\"GET\""})
    BOOST_TEST(all.find(part) != std::string::npos, all);
  const auto fields = written("%{header_json}");
  BOOST_TEST(fields.find("\"x\": [\n  \"1\",\n  \"2\"\n ]") != std::string::npos, fields);
  auto figures = example();
  figures.head.fields.add("broken", "\xff");
  BOOST_TEST(written("%{header_json}", figures).find("broken") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
