// Requests as field lines of HTTP/2 and HTTP/3, and field sections as they arrive.
#include <sluice/protocols/http/field_section.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

using section = field_section; // the suite has the name itself

std::string shown(const result_or_failure<std::vector<field>>& lines) {
  if (!lines)
    return to_string(lines.error().code);
  std::string result;
  for (const auto& line : *lines)
    result += line.name + "=" + line.value + ";";
  return result;
}

request_head request(std::string method, fields fields = {}) {
  return {std::move(method), "https", "a.example", "/p", std::move(fields)};
}

const std::string invalid = to_string(errc::invalid_request);

} // namespace

BOOST_AUTO_TEST_SUITE(field_section)

BOOST_AUTO_TEST_CASE(requests_become_lines) {
  BOOST_TEST(shown(request_lines(request("GET", {{"X-A", "b"}}), {}))
             == ":method=GET;:scheme=https;:path=/p;:authority=a.example;x-a=b;");
  BOOST_TEST(shown(request_lines(request("CONNECT"), {})) == ":method=CONNECT;:authority=a.example;");
  BOOST_TEST(shown(request_lines(request("GET", {{"hOST", "b"}, {"TE", "trailers"}, {"HTTP2-Settings", "x"}}), {}))
             == ":method=GET;:scheme=https;:path=/p;:authority=b;te=trailers;");
  BOOST_TEST(shown(request_lines(request("PATCH"), {}))
             == ":method=PATCH;:scheme=https;:path=/p;:authority=a.example;content-length=0;");
  BOOST_TEST(shown(request_lines(request("DELETE"), {})).find("content-length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_is_refused) {
  for (const auto& bad :
       {request("G T"), request(""), request("GET", {{":path", "/x"}}), request("GET", {{"a", "b\n"}}),
        request("GET", {{"", "b"}}), request("GET", {{"content-length", "3"}})})
    BOOST_TEST(shown(request_lines(bad, {})) == invalid);
  BOOST_TEST(shown(request_lines(request("POST", {{"content-length", "3"}}), {true, 4})) == invalid);
}

BOOST_AUTO_TEST_CASE(what_must_not_be_a_trailer_is_left_out) {
  BOOST_TEST(shown(trailer_lines({{"X-Sum", "1"},
                                  {"Content-Length", "1"},
                                  {"Host", "x"},
                                  {":status", "200"},
                                  {"Connection", "x"},
                                  {"a", "b\r"}}))
             == "x-sum=1;");
}

BOOST_AUTO_TEST_CASE(a_line_counts_its_text_and_32_bytes) {
  BOOST_TEST(counted_bytes({{"ab", "cde"}, {"f", ""}}) == 70u);
}

BOOST_AUTO_TEST_CASE(more_lines_than_the_peer_accepts_are_refused_by_the_name_of_its_setting) {
  const std::vector<field> lines{{"ab", "cde"}};
  BOOST_TEST(!check_size(lines, 37, "SETTINGS_X"));
  const auto refused = check_size(lines, 36, "SETTINGS_X");
  BOOST_TEST(to_string(refused.code) == invalid);
  BOOST_TEST(refused.detail.find("37 bytes, but the origin accepts 36 (its SETTINGS_X)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(credentials_alone_are_kept_out_of_the_peers_table) {
  struct line {
    const std::uint8_t *name, *value;
    std::size_t name_size, value_size;
    std::uint8_t flags;
  };
  const std::vector<field> from{{"authorization", "secret"}, {"x-a", ""}, {"proxy-authorization", "other"}};
  const auto lines = library_lines<line>(from, 8);
  BOOST_TEST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].flags == 8);
  BOOST_TEST(lines[1].flags == 0);
  BOOST_TEST(lines[2].flags == 8);
  BOOST_TEST((reinterpret_cast<const char*>(lines[0].value) == from[0].value.data()));
  BOOST_TEST(lines[0].value_size == 6u);
}

BOOST_AUTO_TEST_CASE(a_section_takes_up_to_its_limits_and_no_more) {
  section fields;
  BOOST_TEST(!fields.add(":status", "200", 1000, 2));
  BOOST_TEST(!fields.add("a", "b", 1000, 2));
  BOOST_TEST(!fields.add("c", "d", 1000, 2));
  BOOST_TEST((fields.add("e", "f", 1000, 2).code == errc::header_too_large));
  BOOST_TEST(fields.status() == 200);
  section larger;
  BOOST_TEST(!larger.add("a", std::string(67, 'x'), 100, 9)); // 100 exactly
  BOOST_TEST((larger.add("", "", 100, 9).code == errc::header_too_large));
  section z;
  BOOST_TEST((z.add("a", std::string(68, 'x'), 100, 9).code == errc::header_too_large));
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_told_apart) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{":status", "20"},
                                                                                    {":status", "2000"},
                                                                                    {":status", "09x"},
                                                                                    {":status", "099"},
                                                                                    {":status", "000"},
                                                                                    {":path", "/"},
                                                                                    {"a b", "c"},
                                                                                    {"a", "b\n"},
                                                                                    {"", "x"}}) {
    section fields;
    BOOST_TEST((fields.add(name, value, 1000, 9).code == errc::malformed_header), name << "=" << value);
  }
  section twice;
  BOOST_TEST(!twice.add(":status", "200", 1000, 9));
  BOOST_TEST((twice.add(":status", "200", 1000, 9).code == errc::malformed_header));
}

BOOST_AUTO_TEST_SUITE_END()
