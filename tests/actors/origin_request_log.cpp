// The file in which the scripted origin writes down what it was asked, whatever the version of HTTP.
#include "http1_client.hpp"
#include "http2_client.hpp"
#include "http3_client.hpp"

#include <sluice/deploy/origin/content.hpp>
#include <sluice/deploy/origin/request_log.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <tuple>

using namespace sluice;
using namespace sluice::tests;

namespace {

using clients = std::tuple<http1_client, http2_client, http3_client>;

/// A server that logs, and its file, which is removed at the end.
struct logging {
  logging() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-log-XXXXXX").string();
    ::close(::mkstemp(pattern.data()));
    path = pattern;
    origin::config settings;
    settings.request_log_file = path;
    server = own_server(settings);
  }
  ~logging() {
    server.reset();
    std::filesystem::remove(path);
  }
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// All of it, once there is a line for each request.
  std::string text() {
    std::string result;
    BOOST_TEST(eventually([&] {
      std::ifstream in{path};
      result.assign(std::istreambuf_iterator<char>{in}, {});
      return std::count(result.begin(), result.end(), '\n') == static_cast<long>(server->snapshot().requests);
    }));
    return result;
  }

  std::string path;
  std::unique_ptr<origin::server> server;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(origin_request_log)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_request_is_one_line_with_its_head_and_its_body, client, clients) {
  logging log;
  {
    client c(*log.server);
    BOOST_TEST(c.get("/status/204?a=%22").status == 204);
    BOOST_TEST(c.post("/status/200", "two\nlines").status == 200); // a body that the answer has no use for
  }
  const auto text = log.text();
  const auto second = text.substr(text.find('\n') + 1);
  BOOST_TEST(has(text, "\"method\":\"GET\",\"target\":\"/status/204?a=%22\",\"version\":\"HTTP/"), text);
  BOOST_TEST(has(text, ",\"complete\":true,\"body_bytes\":0,"), text);
  BOOST_TEST(has(second, "\"method\":\"POST\",\"target\":\"/status/200\""), text);
  BOOST_TEST(has(second, ",\"complete\":true,\"body_bytes\":9,\"body_hash\":\""
                             + origin::hex(origin::hash(bytes_of("two\nlines")))
                             + "\",\"body\":\"two\\u000alines\"}\n"),
             text);
  BOOST_TEST(second.find('\n') + 1 == second.size());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_a_long_body_only_the_beginning_is_shown_and_all_of_it_is_hashed, client, clients) {
  logging log;
  const std::string body(100'000, 'a');
  {
    client c(*log.server);
    BOOST_TEST(c.post("/upload", body).status == 200);
  }
  const auto text = log.text();
  BOOST_TEST(has(text, "\"body_bytes\":100000,\"body_hash\":\"" + origin::hex(origin::hash(bytes_of(body)))
                           + "\",\"body\":\"" + std::string(origin::logged_request::shown_bytes, 'a') + "\"}"));
}

BOOST_AUTO_TEST_CASE(a_request_whose_body_does_not_end_is_not_complete) {
  logging log;
  {
    http1_client c(*log.server);
    c.connection().send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    BOOST_TEST(eventually([&] { return log.server->snapshot().request_body_bytes == 4; }));
  }
  BOOST_TEST(has(log.text(), ",\"complete\":false,\"body_bytes\":4,"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_named) {
  origin::config settings;
  settings.request_log_file = "/nowhere/log";
  const auto made = origin::server::start(settings);
  BOOST_REQUIRE(!made);
  BOOST_TEST(has(made.error().detail, "request_log_file: '/nowhere/log'"), made.error().detail);
}

BOOST_AUTO_TEST_SUITE_END()
