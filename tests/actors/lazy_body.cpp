// A body is decoded no further than there is room for it, and each wire byte is accounted for once.
#include <sluice/actors/body/lazy_body.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <string>

using namespace sluice;

namespace {

std::string gzip(const std::string& plain) {
  std::string result(compressBound(plain.size()) + 64, '\0');
  z_stream z{};
  deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef*>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  BOOST_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  result.resize(z.total_out);
  deflateEnd(&z);
  return result;
}

struct scene {
  lazy_body body{chunk_pool::make(64u << 10, 4)};
  std::vector<lent_chunk> lent;

  explicit scene(bool decoded = false) {
    if (decoded)
      body.decode_with(*coding::decoder::make("gzip"));
  }
  /// Decoded bytes lent in all, and what they cost.
  std::pair<std::uint64_t, std::uint64_t> totals() const {
    std::pair<std::uint64_t, std::uint64_t> result;
    for (const auto& part : lent) {
      result.first += part.data.size();
      result.second += part.cost;
    }
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lazy_body)

BOOST_AUTO_TEST_CASE(undecoded_bytes_are_lent_in_place_as_far_as_there_is_room) {
  scene f;
  auto wire = chunk::copy_of("0123456789");
  const auto* memory = wire.data();
  f.body.push(std::move(wire));
  std::uint64_t room = 4;
  f.body.lend(room, f.lent);
  BOOST_TEST(room == 0u);
  BOOST_TEST(f.lent.size() == 1u);
  BOOST_TEST((f.lent[0].data.data() == memory));
  BOOST_TEST(f.lent[0].cost == 4u);
  BOOST_TEST(!f.body.empty());
  room = 100;
  f.body.lend(room, f.lent);
  BOOST_TEST(room == 94u);
  BOOST_TEST(f.body.empty());
}

BOOST_AUTO_TEST_CASE(a_body_that_decodes_to_much_is_decoded_as_far_as_there_is_room) {
  scene f{true};
  const auto wire = gzip(std::string(10u << 20, 'x'));
  f.body.push(chunk::copy_of(wire));
  std::uint64_t unseen = 0, rounds = 0;
  while (!f.body.empty()) {
    std::uint64_t room = 1000;
    const auto before = f.totals().first;
    const auto done = f.body.lend(room, f.lent);
    BOOST_REQUIRE(!done.problem);
    BOOST_REQUIRE(f.totals().first - before <= 1000u);
    unseen += done.unseen.value;
    ++rounds;
  }
  BOOST_TEST(rounds >= (10u << 20) / 1000);
  BOOST_TEST((f.body.finish().code == errc::none));
  BOOST_TEST(f.totals().first == 10u << 20);
  BOOST_TEST(f.totals().second + unseen == wire.size()); // each wire byte once
}

BOOST_AUTO_TEST_CASE(content_that_is_broken_is_a_failure_and_costs_all_that_came) {
  scene f{true};
  f.body.push(chunk::copy_of("this is no gzip"));
  f.body.push(chunk::copy_of("and there is more of it"));
  std::uint64_t room = 1000;
  const auto done = f.body.lend(room, f.lent);
  BOOST_TEST((done.problem.code == errc::malformed_encoding), to_string(done.problem));
  BOOST_TEST(done.unseen.value == 15u + 23u);
  BOOST_TEST(f.body.empty());
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_short_does_not_look_complete) {
  scene f{true};
  const auto wire = gzip("hello, hello, hello");
  f.body.push(chunk::copy_of(wire.substr(0, wire.size() - 1)));
  std::uint64_t room = 1000;
  f.body.lend(room, f.lent);
  BOOST_TEST(f.body.empty());
  BOOST_TEST((f.body.finish().code != errc::none));
}

BOOST_AUTO_TEST_SUITE_END()
