// A body is decoded no further than there is room for it, and each wire byte is accounted for once.
#include <sluice/actors/body/lazy_body.hpp>
#include <sluice/deploy/origin/source.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
namespace data = boost::unit_test::data;

namespace {

struct coded {
  const char* name;
  origin::compression how;
};
std::ostream& operator<<(std::ostream& out, const coded& shown) { return out << shown.name; }
const coded codings[] = {
    {"gzip", origin::compression::gzip}, {"br", origin::compression::brotli}, {"zstd", origin::compression::zstd}};

std::string packed(const coded& coding, std::string plain) {
  auto from = origin::compressed(origin::text(std::move(plain)), coding.how);
  std::string result(64u << 10, '\0');
  const auto made = from->pull(std::as_writable_bytes(std::span{result}));
  BOOST_REQUIRE(made.ended);
  result.resize(made.bytes);
  return result;
}

struct scene {
  flow::budget budget{wire_bytes{1}};
  lazy_body body{chunk_pool::make(64u << 10, 4)};
  std::vector<lent_chunk> lent;

  /// Null: not coded.
  explicit scene(const char* coding = nullptr) {
    if (coding)
      body.decode_with(*coding::decoder::make(coding), budget);
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

BOOST_DATA_TEST_CASE(a_body_that_decodes_to_much_is_decoded_as_far_as_there_is_room, data::make(codings), coding) {
  scene f{coding.name};
  const auto wire = packed(coding, std::string(10u << 20, 'x'));
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

BOOST_DATA_TEST_CASE(content_that_is_broken_is_a_failure_and_costs_all_that_came, data::make(codings), coding) {
  scene f{coding.name};
  f.body.push(chunk::copy_of("this is no gzip"));
  f.body.push(chunk::copy_of("and there is more of it"));
  std::uint64_t room = 1000;
  const auto done = f.body.lend(room, f.lent);
  BOOST_TEST((done.problem.code == errc::malformed_encoding), to_string(done.problem));
  BOOST_TEST(done.unseen.value == 15u + 23u);
  BOOST_TEST(f.body.empty());
}

BOOST_DATA_TEST_CASE(a_body_that_is_cut_short_does_not_look_complete, data::make(codings), coding) {
  scene f{coding.name};
  const auto wire = packed(coding, "hello, hello, hello");
  f.body.push(chunk::copy_of(wire.substr(0, wire.size() - 1)));
  std::uint64_t room = 1000;
  f.body.lend(room, f.lent);
  BOOST_TEST(f.body.empty());
  BOOST_TEST((f.body.finish().code != errc::none));
}

BOOST_DATA_TEST_CASE(the_memory_of_a_decoder_is_taken_from_the_budget_while_it_lives, data::make(codings), coding) {
  constexpr std::uint64_t least = 32u << 10;
  flow::budget budget{wire_bytes{1}};
  {
    class sluice::lazy_body body{chunk_pool::make(64u << 10, 4)};
    std::vector<lent_chunk> lent;
    body.decode_with(*coding::decoder::make(coding.name), budget);
    BOOST_TEST(budget.used().value == 0u); // nothing came yet
    body.push(chunk::copy_of(packed(coding, std::string(10u << 20, 'x'))));
    std::uint64_t room = 1000;
    body.lend(room, lent);
    BOOST_TEST(budget.used().value >= least); // above its total too: without this nothing could be decoded
    body.clear();
    BOOST_TEST(budget.used().value == 0u);
    body.decode_with(*coding::decoder::make(coding.name), budget);
    body.push(chunk::copy_of(packed(coding, std::string(10u << 20, 'x'))));
    room = 1000;
    body.lend(room, lent);
    BOOST_TEST(budget.used().value >= least);
  }
  BOOST_TEST(budget.used().value == 0u);
}

BOOST_DATA_TEST_CASE(content_that_is_broken_gives_the_memory_of_its_decoder_back, data::make(codings), coding) {
  scene f{coding.name};
  f.body.push(chunk::copy_of(packed(coding, std::string(10u << 20, 'x')) + "and more"));
  std::uint64_t room = 1000;
  f.body.lend(room, f.lent);
  BOOST_TEST(f.budget.used().value > 0u);
  room = 100u << 20;
  BOOST_TEST(!!f.body.lend(room, f.lent).problem);
  BOOST_TEST(f.budget.used().value == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
