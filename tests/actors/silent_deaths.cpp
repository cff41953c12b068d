// An actor that ends by an exception, or is killed, leaves nobody waiting.
#include "fixture.hpp"

#include <sluice/actors/body/reader.hpp>
#include <sluice/actors/body/stream.hpp>
#include <sluice/actors/client/pool.hpp>
#include <sluice/actors/connection/connection.hpp>
#include <sluice/actors/io/loop.hpp>

#include <atomic>
#include <stdexcept>

using namespace sluice;
using namespace sluice::tests;

namespace {

/// A loop, and stand-ins for the neighbours of the actor under test: they take every message and say nothing.
struct scene {
  system_settings settings;
  caf::actor_system system{settings};
  runtime loops{system};
  caf::scoped_actor self{system};
  std::atomic<int> abandoned{0};

  connection silent_connection() {
    return system.spawn([this](connection::pointer me) -> connection::behavior_type {
      return {
          [me](begin_atom, const exchange_ptr&) -> caf::result<response> {
            return me->make_response_promise<response>();
          },
          [](const credit&) {},
          [](refund_atom, std::uint32_t, std::uint32_t) {},
          [this](abandon_atom, std::uint32_t) { ++abandoned; },
          [](forget_atom) {},
      };
    });
  }
  exchange_ptr request_to(const std::string& url) {
    auto exchange = std::make_shared<sluice::exchange>();
    exchange->request.url = url;
    exchange->where = take(uri::parse(url));
    exchange->shared = std::make_shared<client_shared>(client_config{});
    exchange->shared->loops.push_back(&loops.home());
    exchange->counters = std::make_shared<flow_counters>(exchange->shared->totals);
    exchange->begun = std::chrono::steady_clock::now();
    return exchange;
  }
  template <class T = response, class Answer>
  failure failure_in(Answer&& asked) {
    failure result;
    std::forward<Answer>(asked).receive([](T&) {}, [&](caf::error& error) { result = failure_of(error); });
    return result;
  }
  /// How a read fails that waits for a body from `below` while kill(stream) ends the stream or the connection.
  template <class Kill>
  failure failure_of_read(const connection& below, Kill&& kill) {
    auto stream_actor = spawn_stream(loops.home(), below, 0, pool{});
    auto answer = self->request(stream_actor, std::chrono::seconds{60}, begin_atom::value, request_to("http://a/"));
    auto came = std::make_shared<arrival>();
    came->head = http::response_head{http::version::http1_1, 200, {}, {}};
    self->send(stream_actor, came);
    body_reader body;
    answer.receive([&](response& reply) { body = reply.body; },
                   [](caf::error& error) { BOOST_FAIL(to_string(failure_of(error))); });
    auto read = self->request(body, std::chrono::seconds{60}, read_atom::value, decoded_bytes{100});
    kill(stream_actor);
    return failure_in<piece>(std::move(read));
  }
};

void is_internal(const failure& problem, const char* about) {
  BOOST_TEST((problem.code == errc::internal), to_string(problem));
  BOOST_TEST(problem.detail.find(about) != std::string::npos, to_string(problem));
}

using thrower = caf::typed_actor<rpc<response(begin_atom, exchange_ptr)>>;
struct thrower_state {
  static inline const char* name = "sluice.thrower";
  explicit thrower_state(void*) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(silent_deaths)

BOOST_AUTO_TEST_CASE(an_exception_in_a_handler_answers_the_request_and_tells_the_monitors_why) {
  scene f;
  auto failing = spawn_on(f.loops.home(), [](pinned_actor<thrower, thrower_state>* me) -> thrower::behavior_type {
    quiet(me);
    return {[](begin_atom, const exchange_ptr&) -> caf::result<response> { throw std::runtime_error("out of ink"); }};
  });
  f.self->monitor(failing);
  is_internal(
      f.failure_in(f.self->request(failing, std::chrono::seconds{60}, begin_atom::value, f.request_to("http://a/"))),
      "out of ink");
  f.self->receive(
      [](caf::down_msg& down) { is_internal(failure_of(down.reason), "sluice.thrower failed: out of ink"); });
}

BOOST_AUTO_TEST_CASE(a_stream_whose_connection_dies_before_the_head_answers_its_requester) {
  scene f;
  auto dying = f.silent_connection();
  auto stream_actor = spawn_stream(f.loops.home(), dying, 0, pool{});
  auto answer = f.self->request(stream_actor, std::chrono::seconds{60}, begin_atom::value, f.request_to("http://a/"));
  f.self->send(dying, credit{0, 1});
  caf::anon_send_exit(dying, caf::exit_reason::kill);
  is_internal(f.failure_in(std::move(answer)), "connection");
}

BOOST_AUTO_TEST_CASE(a_read_whose_connection_dies_fails) {
  scene f;
  auto dying = f.silent_connection();
  const auto kill = [&](const auto&) { caf::anon_send_exit(dying, caf::exit_reason::kill); };
  is_internal(f.failure_of_read(dying, kill), "connection");
  BOOST_TEST(fixture::eventually([&] { return f.loops.live_actors() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_killed_answers_its_requester_and_leaves_its_connection) {
  scene f;
  auto alive = f.silent_connection();
  auto stream_actor = spawn_stream(f.loops.home(), alive, 0, pool{});
  auto answer = f.self->request(stream_actor, std::chrono::seconds{60}, begin_atom::value, f.request_to("http://a/"));
  caf::anon_send_exit(stream_actor, caf::exit_reason::kill);
  is_internal(f.failure_in(std::move(answer)), "stream");
  BOOST_TEST(fixture::eventually([&] { return f.abandoned == 1; }));
}

BOOST_AUTO_TEST_CASE(a_read_whose_stream_is_killed_fails) {
  scene f;
  const auto kill = [](const auto& victim) { caf::anon_send_exit(victim, caf::exit_reason::kill); };
  is_internal(f.failure_of_read(f.silent_connection(), kill), "stream");
}

BOOST_AUTO_TEST_CASE(a_pool_that_is_killed_answers_who_waits_and_leaves_no_connection) {
  fixture f; // its server
  scene g;
  auto exchange = g.request_to(f.server->url("/fault/slow-header?interval_ms=100000"));
  exchange->shared->config.connections_per_origin = 1;
  auto user = g.system.spawn([](caf::event_based_actor* me) -> caf::behavior {
    me->set_default_handler(caf::skip);
    return {[](int) {}};
  });
  auto pool_actor = spawn_pool(g.loops.home(), caf::actor_cast<caf::actor_addr>(user), exchange->shared);
  auto first = g.self->request(pool_actor, std::chrono::seconds{60}, fetch_atom::value, exchange);
  auto second_exchange = std::make_shared<sluice::exchange>();
  second_exchange->request.url = exchange->request.url;
  second_exchange->where = exchange->where;
  second_exchange->shared = exchange->shared;
  second_exchange->counters = std::make_shared<flow_counters>(exchange->shared->totals);
  second_exchange->begun = exchange->begun;
  auto second = g.self->request(pool_actor, std::chrono::seconds{60}, fetch_atom::value, second_exchange);
  BOOST_TEST(fixture::eventually([&] { return f.server->snapshot().requests == 1; }));
  caf::anon_send_exit(pool_actor, caf::exit_reason::kill);
  is_internal(g.failure_in(std::move(second)), "pool");
  is_internal(g.failure_in(std::move(first)), "pool");
  BOOST_TEST(fixture::eventually([&] { return g.loops.live_actors() == 0; }));
  caf::anon_send_exit(user, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(an_upload_whose_source_dies_while_it_is_asked_fails) {
  fixture f;
  std::atomic<bool> asked{false};
  caf::typed_response_promise<piece> never;
  auto source = f.system.spawn([&](body_source::pointer me) -> body_source::behavior_type {
    return {[&, me](read_atom, decoded_bytes) -> caf::result<piece> {
      never = me->make_response_promise<piece>();
      asked = true;
      return never;
    }};
  });
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = f.server->url("/echo");
  outgoing.body = request_body::from(source);
  outgoing.deadlines.head = std::chrono::seconds{20};
  auto answer = f.self->request(f.http, std::chrono::seconds{60}, std::move(outgoing));
  BOOST_TEST(fixture::eventually([&] { return asked.load(); }));
  caf::anon_send_exit(source, caf::exit_reason::kill);
  failure problem;
  answer.receive(
      [&](response& reply) {
        for (result_or_failure<piece> z{piece{}}; z && !z->end;)
          if (z = f.read(reply.body); !z)
            problem = z.error();
      },
      [&](caf::error& error) { problem = failure_of(error); });
  BOOST_TEST((problem.code == errc::consumer_failed), to_string(problem));
}

BOOST_AUTO_TEST_SUITE_END()
