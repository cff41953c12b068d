// The promise of the project as claims over real sockets: the same on every protocol, plain and under TLS.
#include "../actors/fixture.hpp"
#include "../actors/held_loop.hpp"
#include "ways.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::tests;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(claims)

BOOST_DATA_TEST_CASE(a_stalled_reader_pauses_the_origin_and_then_drains_to_the_last_byte, data::make(ways), way) {
  fixture f{over(way)};
  constexpr std::uint64_t size = 32u << 20;
  auto got = take(f.fetch(at(f, way, "/bytes/" + std::to_string(size))));
  auto first = take(f.read(got.body, 1000));
  BOOST_TEST(first.data.size() <= 1000u);
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }), "the origin was not made to wait");
  if (!way.multiplexed())
    BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().connections_blocked == 1; }));
  const auto stalled = f.stats(got.body);
  BOOST_TEST(stalled.resumes == 0u);
  BOOST_TEST(stalled.outstanding.value <= first_window);
  BOOST_TEST(stalled.outstanding_peak.value <= first_window);
  BOOST_TEST(f.loops.blocks_in_use() <= 3u);

  origin::checker content{1};
  BOOST_TEST(content.update(first.data.bytes()));
  const auto rest = f.drain(got.body, content);
  BOOST_TEST(to_string(rest.problem) == "none");
  BOOST_TEST(rest.bytes == size - first.data.size());
  BOOST_TEST(rest.content_good);
  const auto ended = f.stats(got.body);
  BOOST_TEST(ended.pauses == ended.resumes);
  BOOST_TEST(ended.received.value == size);
  BOOST_TEST(ended.consumed.value == size);
  got.body = nullptr;
  first.data = {};
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(f.nothing_left());
}

BOOST_DATA_TEST_CASE(a_firehose_is_blocked_and_costs_one_window, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/firehose")));
  BOOST_TEST(!take(f.read(got.body)).end);
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }));
  if (!way.multiplexed())
    BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().connections_blocked == 1; }));
  const auto written = f.server->snapshot().bytes_written;
  for (int i = 0; i < 20; ++i) // other work goes on meanwhile; the firehose does not
    BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/100k"))).body).bytes == 100u * 1024);
  BOOST_TEST(f.stats(got.body).outstanding_peak.value <= first_window);
  BOOST_TEST(f.server->snapshot().bytes_written <= written + 20u * 100 * 1024);
  f.self->send(got.body, cancel_atom::value);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_draining_reader_loses_nothing_in_any_framing,
                     data::make(ways)
                         * data::make({"/bytes/3m", "/chunked/3m", "/chunked/3m?chunk=7", "/close/3m", "/gzip/3m",
                                       "/gzip/3m?encoding=deflate", "/gzip/3m?members=2", "/gzip/3m?encoding=br",
                                       "/gzip/3m?encoding=zstd", "/gzip/3m?encoding=zstd&members=2"}),
                     way, path) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, path)));
  const auto drained = f.drain(got.body);
  BOOST_TEST(to_string(drained.problem) == "none");
  BOOST_TEST(drained.bytes == 3u << 20);
  BOOST_TEST(drained.content_good);
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).outstanding.value == 0u; }),
             "the last buffered bytes were not credited");
  const auto stats = f.stats(got.body);
  BOOST_TEST(stats.pauses == stats.resumes);
  BOOST_TEST(stats.consumed.value == 3u << 20);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(reads_that_wait_for_the_loop_together_cost_the_connection_one_credit, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/firehose")));
  const auto first = take(f.read(got.body, 512)).data.size();
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }));
  const auto held_before = f.stats(got.body).outstanding.value;
  constexpr std::uint64_t reads = 30; // 15 KiB of the 64 that are read ahead, and less than what opens the window again
  using answer = decltype(f.self->request(got.body, caf::infinite, read_atom::value, decoded_bytes{512}));
  std::vector<answer> answers;
  {
    held_loop held{f.loops.home()};
    for (std::uint64_t i = 0; i < reads; ++i)
      answers.push_back(f.self->request(got.body, std::chrono::seconds{60}, read_atom::value, decoded_bytes{512}));
  }
  std::uint64_t bytes = 0, last = 0; // a piece may be shorter than asked for: it ends where a datagram did
  for (auto& asked : answers)
    asked.receive([&](piece& part) { bytes += last = part.data.size(); },
                  [](caf::error& error) { BOOST_ERROR(to_string(failure_of(error))); });
  BOOST_TEST((way.quic() ? bytes <= reads * 512 : bytes == reads * 512));
  BOOST_TEST(
      fixture::eventually([&] { return f.stats(got.body).outstanding.value == held_before - (first + bytes - last); }));
  const auto now = f.stats(got.body);
  BOOST_TEST(now.credits_sent == reads);
  BOOST_TEST(now.credits_handled == 1u);
}

BOOST_DATA_TEST_CASE(trailers_arrive_with_the_end, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/chunked/100k?trailers=1")));
  piece last;
  std::uint64_t n = 0;
  for (; !last.end; n += last.data.size())
    last = take(f.read(got.body));
  BOOST_TEST(n == 100u * 1024);
  http::fields trailers;
  f.self->request(got.body, caf::infinite, trailers_atom::value)
      .receive([&](http::fields& received) { trailers = received; }, [](caf::error&) {});
  BOOST_TEST(!trailers.empty());
  BOOST_TEST((last.trailers == trailers));
}

BOOST_DATA_TEST_CASE(cancelling_a_half_read_body_releases_everything, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/bytes/100m")));
  take(f.read(got.body));
  f.self->send(got.body, cancel_atom::value);
  auto after = f.read(got.body);
  BOOST_REQUIRE(!after);
  BOOST_TEST(to_string(after.error().code) == to_string(errc::cancelled));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).outstanding.value == 0u; }));
  BOOST_TEST(fixture::eventually([&] { return nothing_open(f, way); }));
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(cancelling_a_body_that_has_arrived_whole_releases_what_was_not_read, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/bytes/1k")));
  BOOST_TEST(take(f.read(got.body, 1)).data.size() == 1u);
  BOOST_TEST(fixture::eventually([&] { return nothing_open(f, way) || f.totals().connections_idle == 1u; }));
  f.self->send(got.body, cancel_atom::value); // and the handle is kept
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).outstanding.value == 0u; }));
}

BOOST_DATA_TEST_CASE(dropping_the_last_handle_of_a_reader_is_a_cancel, data::make(ways), way) {
  fixture f{over(way)};
  {
    auto got = take(f.fetch(at(f, way, "/firehose")));
    take(f.read(got.body));
  }
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(fixture::eventually([&] { return nothing_open(f, way); }));
}

BOOST_DATA_TEST_CASE(the_end_of_the_owner_releases_everything_before_and_after_the_head, data::make(ways), way) {
  fixture f{over(way)};
  auto owner = [&](const std::string& path) {
    // Asks and ends: at once, or as soon as it has read a little.
    return f.system.spawn([&f, way, path](caf::event_based_actor* self) {
      request outgoing;
      outgoing.url = at(f, way, path);
      self->request(f.http, caf::infinite, outgoing).then([self](response& reply) {
        self->request(reply.body, caf::infinite, read_atom::value, decoded_bytes{100}).then([self](piece&) {
          self->quit();
        });
      });
    });
  };
  owner("/firehose");
  auto waiting = owner("/fault/silent");
  BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().requests == 2; }));
  caf::anon_send_exit(waiting, caf::exit_reason::kill);
  BOOST_TEST(f.nothing_held());
  BOOST_TEST(fixture::eventually([&] { return nothing_open(f, way); }));
}

BOOST_DATA_TEST_CASE(pooled_requests_read_in_every_style_leave_no_connection_paused, data::make(ways), way) {
  fixture f{over(way)};
  for (int i = 0; i < 480; ++i) {
    auto got = take(f.fetch(at(f, way,
                               i % 3 == 0   ? "/gzip/40k"
                               : i % 3 == 1 ? "/chunked/200k?chunk=100"
                                            : "/bytes/200k")));
    switch (i % 6) {
      case 0: BOOST_TEST(f.drain(got.body).content_good); break;
      case 1: BOOST_TEST(f.drain(got.body, origin::checker{1}, 777).content_good); break;
      case 2: take(f.read(got.body)); break; // half read, then dropped
      case 3: break;                         // not read at all
      case 4: f.self->send(got.body, cancel_atom::value); break;
      case 5:
        take(f.read(got.body, 1));
        f.self->send(got.body, settle_atom::value);
        BOOST_TEST(f.drain(got.body, origin::checker{1}).bytes > 0u);
        break;
    }
  }
  BOOST_TEST(f.nothing_held());
  const auto figures = f.totals();
  BOOST_TEST(figures.flow.pauses == figures.flow.resumes);
  BOOST_TEST(figures.requests == 480u);
}

BOOST_DATA_TEST_CASE(keep_alive_reuses_one_connection, data::make(ways), way) {
  fixture f{over(way)};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1k"))).body).bytes == 1024u);
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
}

BOOST_DATA_TEST_CASE(an_origin_that_slows_down_in_mid_body_is_waited_for_byte_by_byte, data::make(ways), way) {
  client_config config;
  config.first_window = wire_bytes{1u << 20}; // counts as fast from the beginning
  fixture f{over(way, config)};
  for (const auto more : {0u, 1u, 10'000u, 200'000u}) {
    const std::uint64_t sent = (16u << 20) + more;
    auto got = take(f.fetch(at(f, way, "/fault/stall?bytes=64m&after=" + std::to_string(sent))));
    for (std::uint64_t read = 0; read < sent;)
      read += take(f.read(got.body)).data.size();
    BOOST_TEST(f.stats(got.body).received.value == sent);
  }
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(tiny_chunks_never_deadlock_on_framing_overhead, data::make(ways), way) {
  client_config config;
  config.first_window = config.largest_window = wire_bytes{4096};
  fixture f{over(way, config)};
  auto got = take(f.fetch(at(f, way, "/chunked/60000?chunk=1")));
  take(f.read(got.body, 1));
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses > 0; }));
  BOOST_TEST(f.loops.blocks_in_use() <= 3u); // one byte a chunk costs six on the wire, but one in memory
  BOOST_TEST(f.drain(got.body, origin::checker{1}).bytes == 59999u);
}

BOOST_DATA_TEST_CASE(a_stalled_reader_of_a_coded_body_pauses_the_origin_and_then_drains_to_the_last_byte,
                     data::make(ways) * data::make({"gzip", "br", "zstd"}), way, encoding) {
  fixture f{over(way)};
  constexpr std::uint64_t size = 8u << 20;
  auto got = take(f.fetch(at(f, way, "/gzip/" + std::to_string(size) + "?encoding=" + encoding)));
  BOOST_TEST(got.head.fields.combined("content-encoding") == encoding);
  auto first = take(f.read(got.body, 1000));
  const auto waits = [&] { // more than once: a block of zstd may be larger than the window, and the decoder takes it in
    const auto now = f.stats(got.body);
    return now.pauses == now.resumes + 1;
  };
  BOOST_TEST(fixture::eventually(waits), "the origin was not made to wait");
  const auto stalled = f.stats(got.body);
  BOOST_TEST(stalled.outstanding_peak.value <= first_window);
  BOOST_TEST(stalled.received.value < size / 8);
  origin::checker content{1};
  BOOST_TEST(content.update(first.data.bytes()));
  const auto rest = f.drain(got.body, content);
  BOOST_TEST(to_string(rest.problem) == "none");
  BOOST_TEST(rest.bytes == size - first.data.size());
  BOOST_TEST(rest.content_good);
  got.body = nullptr;
  first.data = {};
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_bomb_read_slowly_stays_inside_the_window, data::make(ways) * data::make({"gzip", "br", "zstd"}),
                     way, encoding) {
  fixture f{over(way)};
  request outgoing;
  outgoing.url = at(f, way, "/gzip/1g?zeros=1&encoding=" + std::string{encoding});
  auto got = take(f.fetch(std::move(outgoing)));
  std::uint64_t n = 0;
  for (int i = 0; i < 2000; ++i)
    n += take(f.read(got.body, 16u << 10)).data.size();
  BOOST_TEST(n > 0u);
  BOOST_TEST(f.stats(got.body).outstanding_peak.value <= first_window);
  BOOST_TEST(f.loops.blocks_in_use() <= 40u); // read-ahead of decoded bytes is bounded as well
}

BOOST_DATA_TEST_CASE(each_fault_of_an_origin_is_one_clear_error, data::make(ways), way) {
  struct row {
    std::string path;
    std::vector<errc> expected;
  };
  const std::vector<row> table{
      {"/fault/cut?bytes=100000&after=5000", {errc::truncated_body}},
      {"/fault/cut-chunked?after=5000", {errc::truncated_body}},
      {"/fault/reset?after=5000", {errc::connection_reset, errc::truncated_body, errc::stream_reset}},
      {"/fault/garbage",
       {errc::malformed_status_line, errc::protocol_violation,
        errc::connection_closed}}, // over HTTP/3 a frame of unknown type, cut
      {"/fault/garbage-chunk", {errc::malformed_framing, errc::protocol_violation, errc::truncated_body}},
      {"/fault/smuggle", {errc::malformed_framing, errc::malformed_header}},
      {"/fault/endless-header", {errc::header_too_large, errc::flooded}},
      {"/fault/many-interim", {errc::too_many_interim_responses}},
  };
  for (const auto& row : table) {
    fixture f{over(way)};
    failure problem;
    auto got = f.fetch(at(f, way, row.path));
    if (got) {
      problem = f.drain(got->body).problem;
      got->body = nullptr;
    } else {
      problem = got.error();
    }
    const bool expected = std::find(row.expected.begin(), row.expected.end(), problem.code) != row.expected.end();
    BOOST_TEST(expected, row.path << " gave: " << to_string(problem));
    BOOST_TEST(problem.detail.size() > 20u);
    BOOST_TEST(f.nothing_held(), row.path);
  }
}

BOOST_AUTO_TEST_CASE(a_close_delimited_body_without_close_notify_is_an_error) {
  fixture f{over(ways[1])};
  auto got = take(f.fetch(f.server->tls_url("/fault/cut?bytes=100000&after=5000&tls=abrupt")));
  const auto drained = f.drain(got.body);
  BOOST_TEST((drained.problem.code == errc::tls_truncated || drained.problem.code == errc::truncated_body),
             to_string(drained.problem));
}

BOOST_DATA_TEST_CASE(a_server_that_closes_while_we_are_paused_loses_nothing, data::make(ways), way) {
  fixture f{over(way)};
  auto got = take(f.fetch(at(f, way, "/fault/close-while-paused?bytes=1m")));
  take(f.read(got.body, 1));
  if (way.quic()) { // what the window did not let through cannot have come: all that did is read, and then the end is
                    // told
    BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().connections_open == 0; }));
    const auto drained = f.drain(got.body);
    BOOST_TEST((drained.problem.code == errc::truncated_body), to_string(drained.problem));
    BOOST_TEST(drained.bytes >= first_window - framing);
    return;
  }
  BOOST_TEST(fixture::eventually([&] { return f.stats(got.body).pauses == 1; }));
  const auto drained = f.drain(got.body);
  BOOST_TEST(to_string(drained.problem) == "none");
  BOOST_TEST(drained.bytes == (1u << 20) - 1);
}

BOOST_DATA_TEST_CASE(an_idle_connection_that_the_origin_closed_is_not_an_error, data::make(ways), way) {
  fixture f{over(way)};
  for (int i = 0; i < 20; ++i) {
    auto got = take(f.fetch(at(f, way, "/fault/close-idle")));
    const auto drained = f.drain(got.body);
    BOOST_TEST(to_string(drained.problem) == "none");
  }
}

BOOST_DATA_TEST_CASE(an_early_response_ends_an_unfinished_upload, data::make(ways), way) {
  fixture f{over(way)};
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = at(f, way, "/early?status=413");
  outgoing.body = request_body::of(std::string(20u << 20, 'u'));
  auto got = take(f.fetch(std::move(outgoing)));
  BOOST_TEST(got.head.status == 413);
  f.drain(got.body);
  got.body = nullptr;
  BOOST_TEST(f.nothing_held());
  if (!way.multiplexed())
    BOOST_TEST(f.totals().connections_idle == 0u); // half an upload makes no connection that could be used again
}

BOOST_DATA_TEST_CASE(a_response_body_feeds_an_upload_bounded_end_to_end, data::make(ways), way) {
  auto config = over(way);
  config.largest_window = wire_bytes{1u << 20}; // else it may grow further, as this upload takes what it is given
  fixture f{config};
  auto from = take(f.fetch(at(f, way, "/chunked/8m")));
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = at(f, way, "/echo");
  outgoing.body = request_body::from(body_source{from.body});
  auto got = take(f.fetch(std::move(outgoing)));
  const auto drained = f.drain(got.body);
  BOOST_TEST(to_string(drained.problem) == "none");
  BOOST_TEST(drained.bytes == 8u << 20);
  BOOST_TEST(drained.content_good);
  BOOST_TEST(f.stats(from.body).outstanding_peak.value <= (1u << 20));
}

BOOST_DATA_TEST_CASE(deadlines_are_told_from_stalls, data::make(ways), way) {
  fixture f{over(way)};
  request stalled;
  stalled.url = at(f, way, "/fault/stall?after=1000");
  stalled.deadlines.peer_silence = std::chrono::milliseconds{200};
  auto silent = take(f.fetch(stalled));
  BOOST_TEST(to_string(f.drain(silent.body).problem.code) == to_string(errc::peer_silent));

  stalled.url = at(f, way, "/bytes/10m"); // here the reader is the one that stalls: no timer may run
  auto slow = take(f.fetch(stalled));
  take(f.read(slow.body, 100));
  BOOST_TEST(fixture::eventually([&] { return f.stats(slow.body).pauses == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds{600}); // three times the silence allowed to the peer
  BOOST_TEST(to_string(f.drain(slow.body).problem) == "none");

  request flowing;
  flowing.url = at(f, way, "/firehose");
  flowing.deadlines.total = std::chrono::milliseconds{300};
  auto endless = take(f.fetch(flowing));
  BOOST_TEST(to_string(f.drain(endless.body).problem.code) == to_string(errc::timed_out));
  silent.body = slow.body = endless.body = nullptr;
  BOOST_TEST(f.nothing_left());
}

BOOST_DATA_TEST_CASE(bad_requests_are_refused_with_reasons, data::make(ways), way) {
  const std::string scheme = way.quic() ? "https" : "http";
  fixture f{over(way)};
  auto refused = [&](request outgoing) {
    auto got = f.fetch(std::move(outgoing));
    return got ? errc::none : got.error().code;
  };
  auto of = [](std::string url) {
    request outgoing;
    outgoing.url = std::move(url);
    return outgoing;
  };
  BOOST_TEST((refused(of("localhost")) == errc::invalid_url));
  BOOST_TEST((refused(of("ftp://localhost/")) == errc::invalid_url));
  BOOST_TEST((refused(of("http://user@localhost/")) == errc::invalid_url));
  BOOST_TEST((refused(of(scheme + "://127.0.0.1:1/")) == errc::connect_failed));
  BOOST_TEST((refused(of(scheme + "://does-not-exist.invalid/")) == errc::resolve_failed));
  auto outgoing = of(at(f, way, "/headers"));
  outgoing.method = "G E T";
  BOOST_TEST((refused(outgoing) == errc::invalid_request));
  outgoing.method = "GET";
  outgoing.fields.add("X-Split", "a\r\nEvil: b");
  BOOST_TEST((refused(outgoing) == errc::invalid_request));
  fixture trusting_nobody;
  BOOST_TEST((refused(of(trusting_nobody.server->tls_url("/bytes/1"))) == errc::tls_untrusted_certificate));
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(shutting_down_with_bodies_under_way_answers_every_read, data::make(ways), way) {
  auto f = std::make_unique<fixture>(over(way));
  std::vector<body_reader> bodies;
  for (int i = 0; i < 20; ++i)
    bodies.push_back(take(f->fetch(at(*f, way, "/firehose"))).body);
  f->http = nullptr;
  f.reset(); // must not hang: the runtime ends all of them
  BOOST_TEST(bodies.size() == 20u);
}

BOOST_DATA_TEST_CASE(ten_thousand_random_sequences_end_with_nothing_held, data::make(ways), way) {
  std::mt19937_64 random{seed()};
  auto pick = [&](std::uint64_t n) { return random() % n; };
  const char* const faults[] = {"/fault/cut?bytes=100000&after=5000", "/fault/reset?after=3000", "/fault/garbage-chunk",
                                "/fault/close-idle", "/fault/cut-chunked?after=9000"};
  const char* const codings[] = {"", "?encoding=br", "?encoding=zstd"};
  fixture f{over(way)};
  std::vector<body_reader> stalled;
  std::uint64_t failures = 0;
  const char* given = std::getenv("SLUICE_SEQUENCES");
  const int sequences = given ? std::atoi(given) : 10000 / static_cast<int>(ways.size());
  for (int i = 0; i < sequences; ++i) {
    const auto size = std::to_string(pick(3) == 0 ? pick(1u << 20) : pick(20000));
    std::string path;
    switch (pick(8)) {
      case 0: path = faults[pick(std::size(faults))]; break;
      case 1: path = "/chunked/" + size + "?chunk=" + std::to_string(1 + pick(5000)); break;
      case 2: path = "/gzip/" + size + codings[pick(std::size(codings))]; break;
      case 3: path = "/close/" + size; break;
      case 4: path = "/firehose"; break;
      default: path = "/bytes/" + size; break;
    }
    auto got = f.fetch(at(f, way, path));
    if (!got) {
      ++failures;
      continue;
    }
    for (auto reads = pick(6); reads > 0; --reads) {
      auto part = f.read(got->body, 1 + pick(100000));
      if (!part || part->end)
        break;
    }
    switch (pick(6)) {
      case 0: f.self->send(got->body, cancel_atom::value); break;
      case 1: f.self->send(got->body, settle_atom::value); break;
      case 2: stalled.push_back(got->body); break;
      case 3:
        if (path != "/firehose")
          failures += f.drain(got->body).problem ? 1 : 0;
        break;
      default: break; // dropped
    }
    if (stalled.size() > 30 || (!stalled.empty() && pick(10) == 0)) {
      const auto which = pick(stalled.size());
      if (pick(2) == 0)
        f.read(stalled[which]);
      stalled.erase(stalled.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  BOOST_TEST(failures > 0u); // the faults were really met
  stalled.clear();
  BOOST_TEST(f.nothing_held());
  const auto figures = f.totals();
  BOOST_TEST(figures.flow.pauses == figures.flow.resumes);
  BOOST_TEST(figures.requests == static_cast<std::uint64_t>(sequences));
  BOOST_TEST(f.nothing_left());
}

BOOST_AUTO_TEST_SUITE_END()
