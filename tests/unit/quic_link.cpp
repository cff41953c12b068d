// HTTP/3 over long, thin and broken links in virtual time: what readers get, what stalled ones hold, how fast it goes.
// A failure prints the seed of its link; SLUICE_SEED=<seed> runs that link alone.
#include "http3_peer.hpp"

#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/flow/window.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace sluice;
using namespace sluice::http3::peer;

namespace {

std::string text_of(std::size_t n, std::uint64_t seed) {
  std::string noise(n, '\0');
  for (auto& c : noise)
    c = static_cast<char>((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
  return noise;
}

/// A body as a connection treats it: received bytes are queued, consumed ones credited, and the window grows on proof.
struct reading {
  std::uint64_t received = 0, released = 0;
  flow::window window{wire_bytes{65'536}};
  flow::tuner tuner{flow::tuner_config{wire_bytes{65'536}, wire_bytes{1u << 20}}};
  std::chrono::nanoseconds every{0}; ///< reads only so often
  bool stalled = false;
  http::time_point next{};
};

class transfers {
public:
  http3::peer::talk t;
  std::map<std::uint32_t, reading> readings;
  std::map<std::uint32_t, std::string> bodies;

  explicit transfers(const http3::peer::options& options = {}) : t(options) {
    t.server.on_request = [this](std::int64_t id) {
      t.server.respond(id, {{":status", "200"}}, bodies.at(static_cast<std::uint32_t>(id / 4)));
    };
  }
  reading& get(std::uint32_t index, std::size_t bytes) {
    bodies[index] = text_of(bytes, index);
    BOOST_TEST_REQUIRE(!t.open(index));
    return readings[index];
  }
  /// Until `done` or too late; reads what came as each reader does.
  bool run(const std::function<bool()>& done, std::chrono::nanoseconds at_most) {
    const auto stop = t.net.now + at_most;
    for (;;) { // in steps, for slow readers
      if (t.run([&] { return turn(), done(); }, std::min<std::chrono::nanoseconds>(20ms, stop - t.net.now)))
        return true;
      if (t.net.now >= stop)
        return false;
    }
  }
  bool whole(std::uint32_t index) {
    return t[index].ends == 1 && t[index].failures == 0 && t[index].body == bodies.at(index);
  }
  std::size_t got(std::uint32_t index) { return t[index].body.size(); }

private:
  void turn() {
    for (auto& [index, state] : readings) {
      const wire_bytes came{got(index) - state.received};
      state.received += came.value;
      state.window.receive(came);
      if (state.stalled || t.net.now < state.next || state.received == state.released)
        continue;
      state.next = t.net.now + state.every;
      const wire_bytes n{state.received - state.released};
      state.released += n.value;
      state.window.release(n);
      if (auto wanted = state.tuner.on_release(n, t.net.now.time_since_epoch(), t.engine.round_trip()))
        state.window.resize(*wanted);
      if (const auto due = state.window.grant(); due > wire_bytes{} && !t.over(index))
        t.engine.grant(index, due);
    }
  }
};

netlab::link_model link(double megabits, std::chrono::nanoseconds delay, std::size_t queue_bytes,
                        std::uint64_t seed = 1, double loss = 0, double reorder = 0, double duplicate = 0) {
  return netlab::link_model{{.delay = delay,
                             .rate_bits = static_cast<std::uint64_t>(megabits * 1e6),
                             .queue_bytes = queue_bytes,
                             .loss = loss,
                             .reorder = reorder,
                             .duplicate = duplicate,
                             .seed = seed}};
}

/// A link as its seed has it, in both directions, and a time of darkness after the handshake.
void lay(quic::wire::network& net, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto draw = [&](double low, double high) { return std::uniform_real_distribution{low, high}(random); };
  const auto delay = std::chrono::microseconds{static_cast<int>(draw(500, 80'000))};
  const auto rate = draw(2, 40), loss = draw(0, 0.05), reorder = draw(0, 0.1), duplicate = draw(0, 0.05);
  const auto queue = static_cast<std::size_t>(draw(30'000, 300'000));
  for (auto* direction : {&net.to_server, &net.to_client}) {
    direction->link = link(rate, delay, queue, random(), loss, reorder, duplicate);
    direction->bytes_max = seed % 2 ? 1200 : 1452;
    direction->cut_from = net.now + std::chrono::milliseconds{static_cast<int>(draw(500, 2000))};
    direction->cut_until =
        direction->cut_from + std::chrono::milliseconds{seed % 3 ? 0 : static_cast<int>(draw(0, 8000))};
  }
  BOOST_TEST_MESSAGE("seed " << seed << ": " << rate << " Mbit/s, " << delay.count() << " us one way, queue " << queue
                             << ", loss " << loss << ", reordered " << reorder << ", twice " << duplicate);
}

std::vector<std::uint64_t> seeds() {
  if (const auto* given = std::getenv("SLUICE_SEED"))
    return {std::strtoull(given, nullptr, 10)};
  std::vector<std::uint64_t> all(24);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = i + 1;
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(quic_link)

BOOST_AUTO_TEST_CASE(bodies_arrive_whole_over_any_link_and_every_byte_is_settled) {
  for (const auto seed : seeds()) {
    http3::peer::options options;
    options.seed = seed;
    options.below.connection_window = 128u << 10; // less than what is under way: it must be credited whoever reads
    transfers all(options);
    lay(all.t.net, seed);
    BOOST_TEST_CONTEXT("SLUICE_SEED=" << seed) {
      all.get(0, 400'000);
      all.get(1, 250'000).every = 150ms;
      all.get(2, 300'000).stalled = true;
      BOOST_TEST(all.run([&] { return all.t.over(0) && all.t.over(1) && all.got(2) > 65'000; }, 10min),
                 all.got(0) << ", " << all.got(1) << ", " << all.got(2) << ": "
                            << all.t.engine.connection().problem().detail);
      BOOST_TEST((all.got(2) <= 65'536 && !all.t.over(2)));
      all.readings.at(2).stalled = false;
      BOOST_TEST(all.run([&] { return all.t.over(2); }, 5min), all.got(2));
      all.run([] { return false; }, 3s);
      for (std::uint32_t i = 0; i < 3; ++i) {
        BOOST_TEST(all.whole(i), i << ": " << all.t[i].why.detail);
        const auto& reading = all.readings.at(i);
        BOOST_TEST(reading.window.outstanding().value == 0u);
        BOOST_TEST(reading.released == all.bodies.at(i).size());
      }
      const auto fresh = all.t.server.under->open_unidirectional(); // sees the connection's window alone
      BOOST_TEST((fresh && all.t.server.under->send_room(*fresh) == 65'536u));
      BOOST_TEST(!all.t.seen.out_of_order);
    }
  }
}

/// The end of such a body leaves by itself, as an empty frame: a source says that it is over after its last piece.
BOOST_AUTO_TEST_CASE(uploads_whose_end_comes_by_itself_arrive_whole_over_any_link) {
  for (const auto seed : seeds()) {
    http3::peer::options options;
    options.seed = seed;
    http3::peer::talk t(options);
    t.server.on_request = [&](std::int64_t id) { t.server.respond(id, {{":status", "200"}}, "", false); };
    lay(t.net, seed);
    BOOST_TEST_CONTEXT("SLUICE_SEED=" << seed) {
      for (std::uint32_t i = 0; i < 60; ++i) {
        const auto body = text_of(1 + i * 997 % 20'000, seed + i);
        BOOST_TEST_REQUIRE(!t.open(i, t.request("POST"), {true, {}}));
        BOOST_TEST_REQUIRE(t.run([&] { return t.engine.wants_upload(i); }, 5min));
        t.upload(i, body);
        BOOST_TEST_REQUIRE(t.run([&] { return t.engine.wants_upload(i); }, 5min));
        t.upload(i, "", true);
        const std::int64_t id = 4 * i;
        BOOST_TEST_REQUIRE(t.run([&] { return t.server.all[id].ended; }, 5min), "upload " << i);
        BOOST_TEST((t.server.all[id].body == body));
        t.server.send(id, "", true);
        BOOST_TEST_REQUIRE(t.run([&] { return t.over(i); }, 5min), "answer " << i);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_window_that_grows_on_proof_fills_a_long_link) {
  constexpr double megabits = 20;
  transfers all;
  for (auto* direction : {&all.t.net.to_server, &all.t.net.to_client})
    direction->link = link(megabits, 25ms, 125'000); // one bandwidth-delay product
  all.get(0, 8'000'000);
  BOOST_TEST_REQUIRE(all.run([&] { return all.got(0) > 2'000'000; }, 30s));
  const auto from = all.t.net.now;
  const auto had = all.got(0);
  BOOST_TEST_REQUIRE(all.run([&] { return all.t.over(0); }, 30s));
  const double reached =
      static_cast<double>(all.got(0) - had) * 8e3 / static_cast<double>((all.t.net.now - from).count());
  BOOST_TEST_MESSAGE(reached << " of " << megabits << " Mbit/s, window " << all.readings.at(0).window.size().value
                             << ", overflowed " << all.t.net.to_client.link->counts().overflowed);
  BOOST_TEST(reached > 0.9 * megabits);
  BOOST_TEST(all.readings.at(0).window.size().value >= 125'000u);
  BOOST_TEST(all.whole(0));
}

BOOST_AUTO_TEST_CASE(a_sibling_of_stalled_readers_takes_no_longer) {
  const auto takes = [](std::uint32_t stalled) {
    transfers all;
    for (auto* direction : {&all.t.net.to_server, &all.t.net.to_client})
      direction->link = link(20, 15ms, 150'000);
    for (std::uint32_t i = 0; i < stalled; ++i)
      all.get(i, 200'000).stalled = true;
    all.run([] { return false; }, 10s);
    const auto from = all.t.net.now;
    all.get(stalled, 2'000'000);
    BOOST_TEST(all.run([&] { return all.t.over(stalled); }, 60s));
    BOOST_TEST(all.whole(stalled));
    for (std::uint32_t i = 0; i < stalled; ++i)
      BOOST_TEST((all.got(i) <= 65'536 && all.got(i) > 65'000));
    return std::chrono::duration<double>(all.t.net.now - from).count();
  };
  const auto alone = takes(0), beside = takes(48);
  BOOST_TEST_MESSAGE(alone << " s alone, " << beside << " s beside 48 stalled");
  BOOST_TEST(beside < 1.1 * alone + 0.03);
}

BOOST_AUTO_TEST_CASE(a_dark_link_is_outlasted_and_what_comes_after_goes_on) {
  for (const auto dark : {1s, 5s, 20s}) {
    transfers all;
    all.get(0, 1'000'000);
    BOOST_TEST_REQUIRE(all.run([&] { return all.got(0) > 200'000; }, 10s));
    for (auto* direction : {&all.t.net.to_server, &all.t.net.to_client}) {
      direction->cut_from = all.t.net.now;
      direction->cut_until = all.t.net.now + dark;
    }
    const auto from = all.t.net.now;
    BOOST_TEST(all.run([&] { return all.t.over(0); }, 120s), all.t.engine.connection().problem().detail);
    BOOST_TEST(all.whole(0), all.t[0].why.detail);
    BOOST_TEST((all.t.net.now - from < 2 * dark + 3s));
  }
}

BOOST_AUTO_TEST_CASE(nothing_larger_than_1200_bytes_is_sent_for_good_where_only_that_passes) {
  transfers all;
  for (auto* direction : {&all.t.net.to_server, &all.t.net.to_client})
    direction->bytes_max = 1200;
  all.get(0, 500'000);
  BOOST_TEST(all.run([&] { return all.t.over(0); }, 30s));
  BOOST_TEST(all.whole(0));
  BOOST_TEST(all.t.engine.connection().datagram_bytes() == 1200u);
  BOOST_TEST(all.t.acceptor.connection->datagram_bytes() == 1200u);
}

BOOST_AUTO_TEST_SUITE_END()
