// What the scripted origin answers over HTTP/2 and HTTP/3 alike.
#include "http2_client.hpp"
#include "http3_client.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using namespace sluice;
using namespace sluice::tests;

namespace {

struct plain_http2_client : http2_client {
  explicit plain_http2_client(origin::server& server) : http2_client(server) {}
};
struct secure_http2_client : http2_client {
  explicit secure_http2_client(origin::server& server) : http2_client(server, {.secure = true}) {}
};
using clients = std::tuple<plain_http2_client, secure_http2_client, http3_client>;

template <class Client>
constexpr const char* version_of = "HTTP/2";
template <>
constexpr const char* version_of<http3_client> = "HTTP/3";

} // namespace

BOOST_AUTO_TEST_SUITE(origin_multiplexed)

BOOST_AUTO_TEST_CASE_TEMPLATE(bytes_are_those_of_the_seed, client, clients) {
  client c(shared_server());
  for (std::size_t n : {0u, 1u, 16384u, 65535u, 65536u, 3000001u}) {
    auto r = c.get("/bytes/" + std::to_string(n) + "?seed=9");
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.field("content-length") == std::to_string(n));
    BOOST_TEST(r.holds(9, n));
    BOOST_TEST(r.complete);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(heads_and_statuses_without_content_end_the_stream_by_themselves, client, clients) {
  client c(shared_server());
  for (const char* target : {"/status/204", "/status/304", "/bytes/0"}) {
    auto r = c.get(target);
    BOOST_TEST(r.complete);
    BOOST_TEST(r.body.empty());
  }
  auto r = c.get("/bytes/1g", "HEAD");
  BOOST_TEST(r.field("content-length") == std::to_string(1u << 30));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/chunked/5", "HEAD").complete);
  BOOST_TEST(c.get("/status/418").status == 418);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(content_of_unknown_length_has_no_transfer_coding_and_may_have_trailers, client, clients) {
  client c(shared_server());
  auto r = c.get("/chunked/70000?trailers=1&chunk=1000");
  BOOST_TEST(r.holds(1, 70000));
  for (const char* name : {"transfer-encoding", "content-length", "connection"})
    BOOST_TEST(!r.fields.contains(name), name);
  BOOST_TEST(r.trailers.get("content-hash").value_or("") == origin::hex(origin::hash_of(1, 70000)));
  BOOST_TEST(r.complete);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(routes_answer_as_over_http1, client, clients) {
  client c(shared_server());
  BOOST_TEST(c.get("/close/1000").holds(1, 1000));
  BOOST_TEST(c.get("/drip?bytes=40&chunk=8&interval_ms=2").holds(1, 40));
  BOOST_TEST(c.get("/gzip/16m?zeros=1").body.size() < (100u << 10));
  BOOST_TEST(c.get("/redirect?to=/x&bytes=100k&status=307").field("location") == "/x");
  BOOST_TEST(c.get("/redirect?to=a%0d%0ab").status == 400);
  BOOST_TEST(c.get("/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(headers_and_interim_responses, client, clients) {
  client c(shared_server());
  auto r = c.wait(c.send("/headers?a=1", "GET", {}, {{"x-thing", "y"}}));
  BOOST_TEST(r.body
             == std::string("{\"method\":\"GET\",\"target\":\"/headers?a=1\",\"version\":\"") + version_of<client>
                    + "\",\"fields\":[[\"x-thing\",\"y\"]]}\n");
  r = c.get("/interim?n=3");
  BOOST_TEST((r.interim == std::vector<int>(3, 103)));
  BOOST_TEST(r.body == "ok\n");
  r = c.post("/upload?seed=1", content(1, 10), {{"expect", "100-continue"}});
  BOOST_TEST((r.interim == std::vector<int>{100}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bodies_larger_than_the_windows_come_and_go, client, clients) {
  client c(shared_server());
  auto r = c.post("/upload?seed=6", content(6, 3000001));
  BOOST_TEST(r.body == hash_report(6, 3000001) + ",\"good\":true}\n");
  const auto body = content(7, 3000000);
  BOOST_TEST((c.post("/echo", body, {{"content-type", "text/x-thing"}}).body == body));
  BOOST_TEST(c.post("/echo", "").complete);
  BOOST_TEST(c.post("/bytes/10", content(1, 3000000)).holds(1, 10)); // unwanted
  BOOST_TEST(c.post("/echo", body, {{"content-length", "3000000"}}).field("content-length") == "3000000");
}

BOOST_AUTO_TEST_SUITE_END()
