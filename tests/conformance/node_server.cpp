// What only a server that runs a script can show, against Node's own HTTP/1.1 and HTTP/2: trailers both ways, early
// hints, tunnels, resets, GOAWAY amid bodies, and a server that dies.
#include "visit.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <deque>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

namespace {

const auto each_way = each({"node"}, ways);
const auto each_multiplexed_way = each({"node"}, multiplexed_ways);

struct script_state {
  static inline const char* name = "script";
  std::deque<piece> pieces;
};

/// A body_source that gives these pieces and then the end, with these trailers.
body_source::behavior_type give(body_source::stateful_pointer<script_state> self,
                                const std::vector<std::string>& pieces, const http::fields& trailers) {
  for (const auto& text : pieces)
    self->state.pieces.push_back({chunk::copy_of(text), false});
  self->state.pieces.push_back({{}, true, trailers});
  return {[self](read_atom, decoded_bytes) -> caf::result<piece> {
    auto result = self->state.pieces.front();
    if (!result.end)
      self->state.pieces.pop_front();
    return result;
  }};
}

http::fields trailers_of(visit& f, const body_reader& body) {
  http::fields result;
  f.self->request(body, caf::infinite, trailers_atom::value)
      .receive([&](http::fields& trailers) { result = trailers; }, [](caf::error&) {});
  return result;
}

std::string read_all(visit& f, const body_reader& body) {
  std::string result;
  for (;;) {
    const auto part = take(f.read(body));
    if (part.end)
      return result;
    result += part.data.text();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(node_server)

BOOST_DATA_TEST_CASE(trailers_travel_both_ways, data::make(each_way), combination) {
  auto* server = foreign("node");
  if (!server)
    return;
  visit f{combination, *server};
  http::fields sent;
  sent.add("X-Sent", "after the last byte");
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = f.url("/trailers");
  outgoing.body =
      request_body::from(f.system.spawn(give, std::vector<std::string>{"three ", "pieces ", "of text"}, sent));
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(read_all(f, got.body) == "before the end and after");
  const auto seen = trailers_of(f, got.body);
  BOOST_TEST(seen.combined("x-seen") == "after the last byte");
  BOOST_TEST(seen.combined("x-bytes") == "20");
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(early_hints_are_told_to_the_observer_before_the_response, data::make(each_way), combination) {
  auto* server = foreign("node");
  if (!server)
    return;
  visit f{combination, *server};
  request outgoing;
  outgoing.url = f.url("/hints");
  outgoing.observer = caf::actor_cast<observer>(f.self);
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(read_all(f, got.body) == "hinted");
  std::vector<trace> heads;
  bool finished = false;
  f.self->receive_while([&] { return !finished; })(
      [&](const trace& z) {
        if (z.kind == trace_kind::interim || z.kind == trace_kind::response)
          heads.push_back(z);
        finished = z.kind == trace_kind::finished;
      },
      caf::after(std::chrono::seconds{10}) >> [&] { finished = true; });
  BOOST_REQUIRE(heads.size() == 2u);
  BOOST_TEST(heads[0].status == 103);
  BOOST_TEST(heads[0].fields.combined("link") == "</style.css>; rel=preload; as=style");
  BOOST_TEST(heads[1].status == 200);
}

BOOST_DATA_TEST_CASE(connect_makes_a_tunnel_of_one_stream, data::make(each_multiplexed_way), combination) {
  auto* server = foreign("node");
  if (!server)
    return;
  visit f{combination, *server};
  std::vector<std::string> pieces;
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += pieces.emplace_back("line " + std::to_string(i) + std::string(2000, '.') + "\n");
  request outgoing;
  outgoing.method = "CONNECT";
  outgoing.url = f.url("/");
  outgoing.fields.add("Host", "example.test:443");
  outgoing.body = request_body::from(f.system.spawn(give, pieces, http::fields{}));
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.head.fields.combined("x-authority") == "example.test:443");
  BOOST_TEST((read_all(f, got.body) == all));
  BOOST_TEST(f.get("/medium.bin").whole());
  BOOST_TEST(f.one_connection());
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_stream_reset_amid_its_body_is_told_and_hurts_no_other, data::make(each_multiplexed_way),
                     combination) {
  auto* server = foreign("node");
  if (!server)
    return;
  visit f{combination, *server};
  auto sibling = take(f.ask("/large.bin"));
  for (int i = 0; i < 10; ++i) {
    auto got = take(f.ask("/reset"));
    BOOST_TEST(got.head.status == 200);
    failure problem;
    for (result_or_failure<piece> part = f.read(got.body); !(problem.code != errc::none); part = f.read(got.body)) {
      if (!part)
        problem = part.error();
      else
        BOOST_REQUIRE(!part->end);
    }
    BOOST_TEST(to_string(problem.code) == "stream_reset");
    BOOST_TEST((problem.by == caused_by::remote));
    BOOST_TEST(problem.detail.find("INTERNAL_ERROR") != std::string::npos, problem.detail);
  }
  BOOST_TEST(f.drain(sibling.body).bytes == served_file::large);
  BOOST_TEST(f.one_connection());
  sibling.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(goaway_amid_bodies_lets_them_finish_and_new_requests_go_elsewhere,
                     data::make(each_multiplexed_way) * data::make({"/goaway", "/close"}), combination, path) {
  auto* server = foreign("node");
  if (!server)
    return;
  visit f{combination, *server};
  std::vector<body_reader> under_way;
  for (int i = 0; i < 3; ++i)
    under_way.push_back(take(f.ask("/medium.bin")).body);
  auto last = take(f.ask(path)); // at the head of which the server says that it goes away
  under_way.push_back(std::move(last.body));
  // Node 18 now and then closes such a connection without the END_STREAM of its last stream: all bytes, but no end.
  const bool end_may_be_missing =
      std::string_view{path} == "/close" && std::stoi(last.head.fields.combined("x-node")) < 20;
  BOOST_TEST(f.get("/medium.bin").whole());
  BOOST_TEST(fixture::eventually([&] { return f.totals().flow.pauses >= 4; }));
  for (std::size_t i = 0; i < under_way.size(); ++i) {
    const auto drained = f.drain(under_way[i]);
    const bool ended =
        !drained.problem || (i == 3 && end_may_be_missing && drained.problem.code == errc::truncated_body);
    BOOST_TEST(ended, to_string(drained.problem));
    BOOST_TEST(drained.content_good);
    BOOST_TEST(drained.bytes == (i < 3 ? served_file::medium : served_file::large));
  }
  BOOST_TEST(f.get("/small.bin").whole());
  BOOST_TEST(f.totals().connections_opened == 2u);
  under_way.clear();
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(f.totals().connections_open == 1u);
}

BOOST_DATA_TEST_CASE(a_server_that_is_killed_is_one_clear_error_for_each_body_and_may_come_back, data::make(each_way),
                     combination) {
  foreign_server mine{"node"}; // others go on with the shared one
  if (mine.program.empty()) {
    std::cout << "skipped: node is not installed\n";
    return;
  }
  BOOST_REQUIRE(mine.ready);
  visit f{combination, mine};
  std::vector<body_reader> bodies;
  for (int i = 0; i < 5; ++i) {
    bodies.push_back(take(f.ask("/large.bin")).body);
    if (i % 2 == 0)
      take(f.read(bodies.back(), 1000));
  }
  BOOST_TEST(fixture::eventually([&] { return f.totals().flow.outstanding.value >= 4 * first_window; }));
  mine.kill();
  for (const auto& body : bodies) {
    const auto drained = f.drain(body);
    const bool expected = drained.problem.code == errc::connection_reset || drained.problem.code == errc::truncated_body
                          || drained.problem.code == errc::tls_truncated;
    BOOST_TEST(expected, to_string(drained.problem));
    BOOST_TEST(drained.problem.detail.size() > 20u);
    BOOST_TEST(drained.bytes < served_file::large);
  }
  bodies.clear();
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(f.totals().flow.pauses == f.totals().flow.resumes);
  auto refused = f.ask("/small.bin");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error().code) == "connect_failed");

  mine.start();
  BOOST_REQUIRE(mine.ready);
  const auto medium = f.get("/medium.bin");
  BOOST_TEST(medium.whole());
  BOOST_TEST(medium.bytes == served_file::medium);
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_SUITE_END()
