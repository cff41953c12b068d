// The claims against servers that others wrote, in each HTTP version that they speak, plain and under TLS.
// Where a server is not installed its claims are skipped, with a line that says so.
#include "visit.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <ostream>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

namespace {

/// A server and a coding that it has.
struct coded_way {
  server_way at;
  const char* coding;
  friend std::ostream& operator<<(std::ostream& out, const coded_way& shown) {
    return out << shown.coding << " by " << shown.at;
  }
};
std::vector<coded_way> with_each_coding() {
  const std::pair<const char*, std::vector<const char*>> table[] = {
      {"gzip", {"nginx", "caddy", "h2o", "node"}}, {"br", {"h2o", "node"}}, {"zstd", {"caddy"}}};
  std::vector<coded_way> result;
  for (const auto& [coding, servers] : table)
    for (const auto& at : each(servers, ways))
      result.push_back({at, coding});
  return result;
}

const auto everywhere = each({"nginx", "caddy", "h2o", "nghttpd", "node", "bun", "gtlsserver"}, ways);

} // namespace

BOOST_AUTO_TEST_SUITE(servers)

BOOST_DATA_TEST_CASE(a_stalled_reader_costs_one_window_while_a_sibling_reads_on_and_then_drains_to_the_last_byte,
                     data::make(everywhere), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  auto got = take(f.ask("/large.bin"));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST((got.head.version == combination.over.version));
  auto first = take(f.read(got.body, 1000));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }), "the server was not made to wait");
  const auto stalled = f.stats(got.body);
  BOOST_TEST(stalled.outstanding_peak.value <= first_window);
  BOOST_TEST(f.loops.blocks_in_use() <= 3u);

  const auto sibling = f.get("/large.bin");
  BOOST_TEST(sibling.whole());
  BOOST_TEST(sibling.bytes == served_file::large);
  BOOST_TEST(f.stats(got.body).received.value == stalled.received.value);
  BOOST_TEST(f.one_connection());

  origin::checker content{1};
  content.update(first.data.bytes());
  const auto rest = f.drain(got.body, content);
  BOOST_TEST(to_string(rest.problem) == "none");
  BOOST_TEST(rest.bytes == served_file::large - first.data.size());
  BOOST_TEST(rest.content_good);
  BOOST_TEST(f.stats(got.body).pauses == f.stats(got.body).resumes);
  got.body = nullptr;
  first.data = {};
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(bodies_dropped_or_cancelled_half_read_leave_nothing_held_and_the_connection_usable,
                     data::make(everywhere), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  for (int i = 0; i < 40; ++i) {
    auto got = take(f.ask("/large.bin"));
    BOOST_TEST(!take(f.read(got.body)).end);
    if (i % 2 == 0)
      f.self->send(got.body, cancel_atom::value);
  }
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(f.get("/medium.bin").whole());
  BOOST_TEST(f.one_connection());
  BOOST_TEST(f.totals().flow.pauses == f.totals().flow.resumes);
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(fifty_stalled_streams_leave_a_sibling_on_their_connection_alone,
                     data::make(each({"nginx", "caddy", "h2o", "nghttpd", "node", "bun", "gtlsserver"},
                                     multiplexed_ways)),
                     combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  std::vector<body_reader> stalled;
  for (int i = 0; i < 50; ++i)
    stalled.push_back(take(f.ask("/large.bin")).body);
  BOOST_TEST(fixture::eventually([&] { return f.totals().flow.outstanding.value >= 50 * (first_window - framing); }));
  BOOST_TEST(f.totals().flow.outstanding.value <= 50 * first_window);
  const auto sibling = f.get("/medium.bin");
  BOOST_TEST(sibling.whole());
  BOOST_TEST(sibling.bytes == served_file::medium);
  BOOST_TEST(f.one_connection());
  BOOST_TEST(f.drain(stalled[25]).bytes == served_file::large);
  stalled.clear();
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(f.one_connection());
}

BOOST_DATA_TEST_CASE(a_coded_response_is_decoded_as_slowly_as_its_reader_reads, data::make(with_each_coding()),
                     combination) {
  auto* server = foreign(combination.at.server);
  if (!server)
    return;
  client_config config;
  config.largest_window = wire_bytes{1u << 20}; // how far it grows depends on how fast the machine is
  visit f{combination.at, *server, config};
  request what;
  what.url = f.url("/text.txt");
  what.fields.add("Accept-Encoding", combination.coding);
  auto got = take(f.fetch(std::move(what)));
  BOOST_TEST(got.head.fields.combined("content-encoding") == combination.coding);
  origin::hasher seen;
  seen.update(take(f.read(got.body, 1000)).data.bytes());
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses > f.stats(got.body).resumes; }));
  for (;;) {
    const auto part = take(f.read(got.body, 5000));
    if (part.end)
      break;
    seen.update(part.data.bytes());
  }
  const auto text = hexadecimal_text();
  BOOST_TEST(seen.bytes() == text.size());
  BOOST_TEST(seen.value() == origin::hash(std::as_bytes(std::span{text})));
  const auto stats = f.stats(got.body);
  BOOST_TEST(stats.outstanding_peak.value <= config.largest_window.value);
  BOOST_TEST(stats.received.value < text.size());
  BOOST_TEST(stats.pauses == stats.resumes);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(answers_without_a_body_and_answers_of_failure_leave_the_connection_in_use, data::make(everywhere),
                     combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  for (int i = 0; i < 5; ++i) {
    auto head = take(f.ask("/large.bin", "HEAD"));
    BOOST_TEST(head.head.status == 200);
    BOOST_TEST(head.head.fields.combined("content-length") == std::to_string(served_file::large));
    BOOST_TEST(take(f.read(head.body)).end);
    auto none = take(f.ask("/nothing"));
    BOOST_TEST(none.head.status == 404);
    BOOST_TEST(to_string(f.drain(none.body).problem) == "none");
  }
  BOOST_TEST(f.totals().connections_opened == 1u);
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_response_body_feeds_an_upload_that_is_echoed_whole, data::make(each({"nghttpd", "node"}, ways)),
                     combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  auto from = take(f.ask("/medium.bin"));
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = f.url("/echo");
  outgoing.body = request_body::from(body_source{from.body});
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  const auto echo = f.drain(got.body);
  BOOST_TEST(to_string(echo.problem) == "none");
  BOOST_TEST(echo.bytes == served_file::medium);
  BOOST_TEST(echo.content_good);
  BOOST_TEST(f.one_connection());
  from.body = got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(one_connection_serves_request_after_request, data::make(everywhere), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  for (int i = 0; i < 100; ++i) {
    const auto small = f.get("/small.bin");
    BOOST_TEST(small.whole());
    BOOST_TEST(small.bytes == served_file::small);
  }
  BOOST_TEST(f.totals().connections_opened == 1u);
}

BOOST_DATA_TEST_CASE(a_redirect_is_followed_on_its_connection, data::make(each({"nginx", "caddy", "h2o"}, ways)),
                     combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  request outgoing;
  outgoing.url = f.url(redirecting);
  outgoing.redirects.follow = true;
  const auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.url == f.url("/small.bin"));
  BOOST_TEST_REQUIRE(got.hops.size() == 1u);
  BOOST_TEST(got.hops[0].head.status == 302);
  const auto body = f.drain(got.body);
  BOOST_TEST((body.whole() && body.bytes == served_file::small));
  BOOST_TEST(f.totals().connections_opened == 1u);
}

BOOST_DATA_TEST_CASE(a_redirected_post_goes_on_with_its_body_or_becomes_a_get,
                     data::make(each({"nginx", "caddy"}, ways)), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  for (const auto& [status, method] : {std::pair{303, "GET"}, {307, "POST"}, {308, "POST"}}) {
    request outgoing;
    outgoing.method = "POST";
    outgoing.url = f.url(redirecting + std::string{"/"} + std::to_string(status));
    outgoing.body = request_body::of(std::string(100'000, 'b'));
    outgoing.redirects.follow = true;
    const auto got = take(f.fetch(std::move(outgoing)));
    BOOST_TEST(got.head.status == 200, status);
    BOOST_TEST_REQUIRE(got.hops.size() == 1u);
    BOOST_TEST(got.hops[0].head.status == status);
    BOOST_TEST(f.text_of(got.body) == method, status);
  }
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(an_upload_arrives_whole_behind_a_proxy, data::make(each({"caddy"}, ways)), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  auto from = take(f.ask("/medium.bin"));
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = f.url("/upload");
  // With its length: Caddy 2.6 takes a body of unknown length over HTTP/3 for none.
  outgoing.body = request_body::from(body_source{from.body}, std::uint64_t{served_file::medium});
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  const auto text = f.text_of(got.body);
  BOOST_TEST(text.find(std::to_string(served_file::medium)) != std::string::npos, text);
  BOOST_TEST(text.find(origin::hex(origin::hash_of(1, served_file::medium))) != std::string::npos, text);
  from.body = got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_range_of_a_body_is_what_was_asked_for, data::make(each({"nginx", "caddy", "h2o"}, ways)),
                     combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  request outgoing;
  outgoing.url = f.url("/small.bin");
  outgoing.fields.add("Range", "bytes=1000-2999");
  const auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 206);
  BOOST_TEST(got.head.fields.combined("content-range") == "bytes 1000-2999/" + std::to_string(served_file::small));
  origin::hasher seen;
  for (auto part = take(f.read(got.body)); !part.end; part = take(f.read(got.body)))
    seen.update(part.data.bytes());
  std::vector<std::byte> wanted(2000);
  origin::fill(1, 1000, wanted);
  BOOST_TEST(seen.bytes() == wanted.size());
  BOOST_TEST(seen.value() == origin::hash(wanted));
}

BOOST_DATA_TEST_CASE(a_password_opens_what_is_closed, data::make(each({"nginx", "caddy"}, ways)), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  visit f{combination, *server};
  const auto refused = take(f.ask(closed));
  BOOST_TEST(refused.head.status == 401);
  BOOST_TEST(to_string(f.drain(refused.body).problem) == "none");
  request outgoing;
  outgoing.url = f.url(closed);
  outgoing.fields.add("Authorization", that_opens);
  const auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  const auto body = f.drain(got.body);
  BOOST_TEST((body.whole() && body.bytes == served_file::small));
}

// What others do with requests that come before the handshake is over: ngtcp2's server and Caddy take them, Bun does
// not.
BOOST_DATA_TEST_CASE(early_requests_are_answered_once_where_they_are_taken_and_where_not,
                     data::make(each({"caddy", "bun", "gtlsserver"}, quic_ways)), combination) {
  auto* server = foreign(combination.server);
  if (!server)
    return;
  client_config config;
  config.quic.early_data = true;
  config.idle_timeout = std::chrono::milliseconds{1}; // a connection for each
  visit f{combination, *server, config};
  int early = 0, finished = 0;
  for (int i = 0; i < 5; ++i) {
    request outgoing;
    outgoing.url = f.url("/small.bin");
    outgoing.observer = caf::actor_cast<observer>(f.self);
    const auto got = f.drain(take(f.fetch(std::move(outgoing))).body);
    BOOST_TEST((got.whole() && got.bytes == served_file::small));
    BOOST_TEST(fixture::eventually([&] { return f.totals().connections_open == 0; }));
    f.self->receive_while([&] { return finished == i; })(
        [&](const trace& z) {
          early += z.kind == trace_kind::chosen && z.detail.find("0-RTT") != std::string::npos;
          early -= z.kind == trace_kind::frame && z.detail.find("0-RTT refused") != std::string::npos;
          finished += z.kind == trace_kind::finished;
        },
        caf::after(std::chrono::seconds{10}) >> [&] { BOOST_FAIL("the exchange does not end"); });
  }
  BOOST_TEST(early == (std::string_view{combination.server} == "bun" ? 0 : 4));
  BOOST_TEST(f.totals().retries == 0u);
  BOOST_TEST(f.totals().connections_opened == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
