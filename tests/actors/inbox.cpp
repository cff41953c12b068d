// What an engine tells in one call is kept in order, body bytes in the read space.
#include <sluice/actors/connection/inbox.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

constexpr std::size_t block_bytes = 4096;

struct mailroom {
  std::shared_ptr<chunk_pool> blocks = chunk_pool::make(block_bytes, 4);
  sluice::inbox box{blocks};

  /// As a transport reads them: into the room there is.
  std::span<std::byte> read(std::string_view bytes) {
    const auto room = box.space().room(*blocks);
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), room.begin());
    return room.first(bytes.size());
  }
  std::vector<engine_event> take() { return box.take({}); }
};

using type = engine_event::type;

} // namespace

BOOST_AUTO_TEST_SUITE(inbox)

BOOST_AUTO_TEST_CASE(events_come_out_in_their_order) {
  mailroom room;
  BOOST_TEST(room.box.empty());
  http::response_head head;
  head.status = 103;
  room.box.on_interim(1, std::move(head));
  room.box.on_head(1, http::response_head{});
  room.box.on_end(1, {{"trailer", "t"}});
  room.box.on_end(2, {});
  room.box.on_failure(3, {errc::stream_reset, caused_by::remote, "reset"}, true, false);
  room.box.on_closed(3, true);
  room.box.on_trace(4, "a frame");
  const auto all = room.take();
  BOOST_TEST(room.box.empty());
  BOOST_TEST_REQUIRE(all.size() == 7u);
  const type expected[] = {type::interim, type::head, type::end, type::end, type::failed, type::closed, type::traced};
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST((all[i].kind == expected[i]), i);
  BOOST_TEST(all[0].more->head.status == 103);
  BOOST_TEST(all[2].more->trailers.size() == 1u);
  BOOST_TEST(!all[3].more);
  BOOST_TEST((all[4].unprocessed && !all[4].silent && all[4].more->why.code == errc::stream_reset));
  BOOST_TEST(all[5].reusable);
  BOOST_TEST(all[6].more->line == "a frame");
}

BOOST_AUTO_TEST_CASE(small_pieces_move_together_over_the_framing_between_them) {
  mailroom room;
  room.box.expect(true, 100);
  const auto input = room.read("1;abc;2;def;3;g");
  room.box.on_body(1, input.subspan(2, 3));
  room.box.on_body(1, input.subspan(8, 3));
  room.box.on_body(2, input.subspan(14, 1));
  const auto all = room.take();
  BOOST_TEST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].data.text() == "abcdef");
  BOOST_TEST(all[1].data.text() == "g");
  BOOST_TEST(all[1].index == 2u);
  BOOST_TEST(room.blocks->in_use() == 1u);
}

BOOST_AUTO_TEST_CASE(large_pieces_stay_where_they_are) {
  mailroom room;
  room.box.expect(true, 3);
  const auto input = room.read("head;abc");
  room.box.on_body(1, input.subspan(5, 3));
  const auto all = room.take();
  BOOST_TEST_REQUIRE(all.size() == 1u);
  BOOST_TEST((all[0].data.data() == input.data() + 5));
}

BOOST_AUTO_TEST_CASE(bytes_from_elsewhere_are_copied_into_as_many_blocks_as_they_need) {
  mailroom room;
  room.box.expect(false, 0);
  std::string body(3 * block_bytes + 100, '\0');
  for (std::size_t i = 0; i < body.size(); ++i)
    body[i] = static_cast<char>(i * 7);
  room.box.on_body(5, std::as_bytes(std::span{body}));
  std::string got;
  for (const auto& event : room.take()) {
    BOOST_TEST((event.kind == type::body && event.index == 5));
    got += event.data.text();
  }
  BOOST_TEST((got == body));
  room.box.space().let_go();
  BOOST_TEST(room.blocks->in_use() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
