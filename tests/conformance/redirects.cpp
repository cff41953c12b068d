// Redirects and retries over real sockets: the same on every protocol, plain and under TLS.
#include "../actors/fixture.hpp"
#include "ways.hpp"

#include <sluice/actors/blocking.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

request following(std::string url) {
  request wanted;
  wanted.url = std::move(url);
  wanted.redirects.follow = true;
  return wanted;
}
request trying(std::string url, std::uint32_t attempts) {
  request wanted;
  wanted.url = std::move(url);
  wanted.retries.attempts = attempts;
  wanted.retries.first_delay = 1ms;
  return wanted;
}

/// The whole body as text.
std::string text(fixture& f, const body_reader& body) {
  std::string result;
  for (;;) {
    const auto part = take(f.read(body));
    if (part.end)
      return result;
    result += part.data.text();
  }
}

/// Another origin, over the same version of HTTP.
struct neighbour {
  std::unique_ptr<origin::server> server = take(origin::server::start({}));
  std::string url(const way& way_there, const std::string& path) const {
    return way_there.tls ? server->tls_url(path) : server->url(path);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(redirects)

BOOST_DATA_TEST_CASE(a_row_of_redirects_ends_at_its_target, data::make(ways), way) {
  fixture f{over(way)};
  const auto got = take(f.fetch(following(at(f, way, "/redirect?n=5&bytes=3000&to=/bytes/100k#part"))));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.hops.size() == 5u);
  BOOST_TEST(got.url == at(f, way, "/bytes/100k#part"));
  const auto drained = f.drain(got.body);
  BOOST_TEST(drained.bytes == 100u << 10);
  BOOST_TEST(drained.content_good);
  BOOST_TEST(f.stats(got.body).decoded.value == 100u << 10);
  BOOST_TEST(f.totals().flow.decoded.value == 100u << 10); // nothing of the redirects' bodies
  BOOST_TEST(f.totals().requests == 1u);
}

BOOST_DATA_TEST_CASE(large_bodies_of_redirects_are_not_read, data::make(ways), way) {
  fixture f{over(way)};
  {
    const auto got = take(f.fetch(following(at(f, way, "/redirect?n=5&bytes=100m&to=/bytes/10"))));
    BOOST_TEST(f.drain(got.body).bytes == 10u);
  }
  BOOST_TEST(f.totals().flow.received.value < 5 * (first_window + (64u << 10)));
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(endless_rows_end_at_the_limit, data::make(ways), way) {
  fixture f{over(way)};
  auto wanted = following(at(f, way, "/redirect?n=100&to=/x"));
  for (const std::uint32_t limit : {0u, 1u, 10u}) {
    wanted.redirects.limit = limit;
    const auto got = f.fetch(wanted);
    BOOST_REQUIRE(!got);
    BOOST_TEST((got.error().code == errc::too_many_redirects), to_string(got.error()));
  }
  BOOST_TEST(f.server->snapshot().requests == 1u + 2u + 11u);
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(without_the_policy_a_redirect_is_the_response, data::make(ways), way) {
  fixture f{over(way)};
  const auto got = take(f.fetch(at(f, way, "/redirect?bytes=1000&to=/x")));
  BOOST_TEST(got.head.status == 302);
  BOOST_TEST(f.drain(got.body).bytes == 1000u);
}

BOOST_DATA_TEST_CASE(a_post_becomes_a_get_or_is_sent_again, data::make(ways), way) {
  fixture f{over(way)};
  const auto post = [&](const std::string& path) {
    auto wanted = following(at(f, way, path));
    wanted.method = "POST";
    wanted.body = request_body::of("what was posted");
    wanted.fields.add("Content-Type", "text/x-mine");
    return text(f, take(f.fetch(std::move(wanted))).body);
  };
  for (const std::string status : {"301", "302", "303"}) {
    const auto head = post("/redirect?to=/headers&status=" + status);
    BOOST_TEST(head.find("\"method\":\"GET\"") != std::string::npos, head);
    BOOST_TEST(head.find("text/x-mine") == std::string::npos, head);
  }
  for (const std::string status : {"307", "308"})
    BOOST_TEST(post("/redirect?to=/echo&status=" + status) == "what was posted");
}

BOOST_DATA_TEST_CASE(an_upload_whose_source_was_read_is_not_sent_again, data::make(ways), way) {
  fixture f{over(way)};
  auto source = f.system.spawn(
      []() -> body_source::behavior_type { return {[](read_atom, decoded_bytes) { return piece{{}, true, {}}; }}; });
  auto wanted = following(at(f, way, "/redirect?to=/echo&status=307"));
  wanted.method = "POST";
  wanted.body = request_body::from(source);
  const auto got = f.fetch(std::move(wanted));
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().code == errc::redirect_refused), to_string(got.error()));
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(an_upload_whose_source_can_be_made_again_is_sent_again, data::make(ways), way) {
  fixture f{over(way)};
  const auto made = std::make_shared<std::atomic<int>>(0);
  const auto make = [made](caf::actor_system& system) -> body_source {
    const auto left = std::make_shared<std::size_t>(3); // pieces
    ++*made;
    return system.spawn([left]() -> body_source::behavior_type {
      return {[left](read_atom, decoded_bytes) {
        return *left == 0 ? piece{{}, true, {}}
                          : piece{chunk::copy_of("piece " + std::to_string((*left)--)), false, {}};
      }};
    });
  };
  const auto send = [&](request wanted) {
    wanted.method = "PUT";
    wanted.body = request_body::from(make(f.system), {}, f.system.spawn([&](body_maker::pointer self) {
      return body_maker::behavior_type{[make, self](begin_atom) { return make(self->home_system()); }};
    }));
    const auto got = take(f.fetch(std::move(wanted)));
    BOOST_TEST(got.head.status == 200);
    return text(f, got.body);
  };
  BOOST_TEST(send(following(at(f, way, "/redirect?to=/echo&status=307"))) == "piece 3piece 2piece 1");
  BOOST_TEST(*made == 2);
  send(trying(at(f, way, "/flaky?id=sources&times=2"), 3)); // a PUT may be sent again
  BOOST_TEST((*made >= 3 && *made <= 5));                   // a source of which nothing was pulled is used again
}

BOOST_DATA_TEST_CASE(credentials_do_not_follow_to_another_origin, data::make(ways), way) {
  neighbour other;
  fixture f{over(way), other.server->certificate_pem()};
  const auto visit = [&](const std::string& to, bool trust) {
    auto wanted = following(at(f, way, "/redirect?to=" + to));
    wanted.redirects.trust_other_origins = trust;
    for (const auto* name : {"Authorization", "Cookie", "Proxy-Authorization"})
      wanted.fields.add(name, "secret");
    wanted.fields.add("X-Mine", "kept");
    return text(f, take(f.fetch(std::move(wanted))).body);
  };
  const auto there = visit(other.url(way, "/headers"), false);
  BOOST_TEST(there.find("kept") != std::string::npos, there);
  BOOST_TEST(there.find("secret") == std::string::npos, there);
  BOOST_TEST(visit(other.url(way, "/headers"), true).find("secret") != std::string::npos);
  BOOST_TEST(visit("/headers", false).find("secret") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(https_is_not_left_unless_that_is_allowed) {
  client_config config;
  config.protocol = http_choice::http1;
  fixture f{config};
  auto wanted = following(f.server->tls_url("/redirect?to=" + f.server->url("/bytes/10")));
  const auto refused = f.fetch(wanted);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::redirect_refused), to_string(refused.error()));
  wanted.redirects.targets = redirect_targets::any;
  BOOST_TEST(f.drain(take(f.fetch(wanted)).body).bytes == 10u);
}

BOOST_DATA_TEST_CASE(a_refusal_that_passes_is_tried_again, data::make(ways), way) {
  fixture f{over(way)};
  const auto got = take(f.fetch(trying(at(f, way, "/flaky?id=a&times=2"), 3)));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(text(f, got.body) == "ok\n");
  BOOST_TEST(f.totals().retries == 2u);
  const auto last = take(f.fetch(trying(at(f, way, "/flaky?id=b&times=9&status=500"), 1)));
  BOOST_TEST(last.head.status == 500);
  BOOST_TEST(text(f, last.body) == "not yet\n");
}

BOOST_DATA_TEST_CASE(retries_and_redirects_go_together, data::make(ways), way) {
  fixture f{over(way)};
  auto wanted = trying(at(f, way, "/redirect?to=/flaky?id=c"), 1);
  wanted.redirects.follow = true;
  const auto got = take(f.fetch(std::move(wanted)));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.hops.size() == 1u);
  BOOST_TEST(got.url == at(f, way, "/flaky?id=c"));
}

BOOST_AUTO_TEST_CASE(the_blocking_interface_follows_and_tells_where_to) {
  auto server = take(origin::server::start({}));
  blocking::client http;
  auto got = take(http.send(following(server->url("/redirect?n=2&to=/bytes/10#x"))));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.url == server->url("/bytes/10#x"));
  BOOST_TEST(got.hops.size() == 2u);
  BOOST_TEST(take(got.text()).size() == 10u);
  BOOST_TEST(take(http.send(trying(server->url("/flaky?id=d"), 1))).head.status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
