// libFuzzer: however a response is cut, the same comes out, nothing of it can split a message that we write, and one
// cut short by the transport never looks complete. Input: a byte for the method, a byte for the limits (bit 0: small,
// bit 1: bare LF) and the cutting, the responses.
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
  result.interim_responses = result.empty_lines = 2;
  return result;
}

/// What was read can be written, and says the same when read again.
struct note_and_repeat : feed::note_response {
  void operator()(std::string& out, const event& parsed) const {
    feed::note_response::operator()(out, parsed);
    if (const auto* h = std::get_if<head>(&parsed))
      repeat(h->head);
  }
  static void repeat(http::response_head response) {
    if (response.status > 599)
      return; // read, but never written
    response.fields.remove("content-length");
    response.fields.remove("transfer-encoding");
    const auto text = serialize(response, {});
    require(static_cast<bool>(text));
    response_parser parser;
    parser.begin("HEAD");
    const auto again = parser.parse(feed::bytes_of(*text));
    const auto* h = std::get_if<head>(&again.what);
    require(h && again.consumed == text->size());
    require(h->head.status == response.status && h->head.reason == response.reason && h->head.fields == response.fields
            && h->head.version == response.version);
  }
};

feed::outcome read(std::string_view method, std::string_view text, feed::cutter cut, bool closed,
                   const limits& bounds) {
  response_parser parser{bounds};
  parser.begin(method);
  auto result = feed::drive(parser, text, std::move(cut), 1, note_and_repeat{});
  require(!result.bad_step);
  require(result.ends == (parser.idle() && !result.problem ? 1u : 0u));
  if (!closed || result.ends > 0 || result.problem)
    return result;
  const bool may_end = parser.delimited_by_close();
  require(std::holds_alternative<end>(parser.finish().what) == may_end);
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2)
    return 0;
  const std::string_view method = data[0] == 'H' ? "HEAD" : data[0] == 'C' ? "CONNECT" : "GET";
  auto bounds = data[1] % 2 == 0 ? limits{} : small_limits();
  bounds.bare_lf = data[1] / 2 % 2 == 1;
  std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  for (int i = 0; i < 8; ++i) { // a connection with several responses
    const auto whole = read(method, text, feed::whole(), true, bounds);
    require(read(method, text, feed::pieces(1), true, bounds) == whole);
    require(read(method, text, feed::random_pieces(data[1]), true, bounds) == whole);
    if (whole.ends == 1)
      require(feed::response(method, text.substr(0, whole.taken), feed::whole(), false, bounds).events == whole.events);
    if (whole.problem || whole.taken == 0 || whole.taken == text.size())
      break;
    text.remove_prefix(whole.taken);
  }
  return 0;
}
