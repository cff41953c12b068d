// libFuzzer: however requests are cut, the same ones come out, and what they hold cannot split a request that we write.
// Input: a byte for the cutting, then requests one after the other.
#include "../unit/http1_feed.hpp"

#include <sluice/protocols/http1/serializer.hpp>

#include <cstdlib>

using namespace sluice;
using namespace sluice::http1;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

limits small_limits() {
  limits result;
  result.start_line_bytes = 100;
  result.field_line_bytes = 120;
  result.head_bytes = 300;
  result.field_count = 8;
  result.chunk_line_bytes = 40;
  result.trailer_bytes = 150;
  return result;
}

/// What was read can be written, and says the same when read again. Only a request that names no host cannot be.
struct note_and_repeat : feed::note_request {
  void operator()(std::string& out, const request_event& parsed) const {
    feed::note_request::operator()(out, parsed);
    repeat(std::get<request_begun>(parsed));
  }
  static void repeat(const request_begun& begun) {
    auto head = begun.head;
    for (const auto* name : {"content-length", "transfer-encoding", "host"})
      head.fields.remove(name);
    const body_framing framing{begun.has_body ? body_framing::kind::chunked : body_framing::kind::none, 0};
    const auto text = serialize(head, framing);
    require(static_cast<bool>(text) == !head.authority.empty());
    if (!text)
      return;
    request_parser parser;
    const auto again = parser.parse(feed::bytes_of(*text));
    const auto* b = std::get_if<request_begun>(&again.what);
    require(b && again.consumed == text->size() && b->has_body == begun.has_body);
    require(b->head.method == head.method && b->head.target == head.target && b->head.authority == head.authority);
    auto fields = b->head.fields;
    for (const auto* name : {"content-length", "transfer-encoding", "host"})
      fields.remove(name);
    require(fields == head.fields);
  }
};

feed::outcome read(std::string_view text, feed::cutter cut, const limits& bounds) {
  request_parser parser{bounds};
  auto result = feed::drive(parser, text, std::move(cut), 8, note_and_repeat{});
  require(!result.bad_step);
  require(!std::holds_alternative<end>(parser.finish().what));
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 1)
    return 0;
  const auto bounds = data[0] % 2 == 0 ? limits{} : small_limits();
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = read(text, feed::whole(), bounds);
  require(read(text, feed::pieces(1), bounds) == whole);
  require(read(text, feed::random_pieces(data[0]), bounds) == whole);
  return 0;
}
