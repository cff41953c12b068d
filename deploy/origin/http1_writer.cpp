#include "http1_writer.hpp"

#include <sluice/protocols/http1/serializer.hpp>

#include <algorithm>
#include <cstring>

namespace sluice::origin {

namespace {

// A chunk's prefix and suffix and, at the end, a trailer section all fit in this.
constexpr std::size_t room_for_framing = 96;

std::size_t put(std::span<std::byte> out, std::string_view text) {
  std::memcpy(out.data(), text.data(), text.size());
  return text.size();
}

const char* reason(std::uint16_t status) {
  if (status < 200)
    return status == 100 ? "Continue" : status == 103 ? "Early Hints" : "Interim";
  return status < 300 ? "OK" : status < 400 ? "Redirect" : status < 500 ? "Client Error" : "Server Error";
}

} // namespace

std::string http1_text(const outgoing_head& outgoing) {
  http::response_head head;
  head.status = outgoing.status;
  head.reason = reason(outgoing.status);
  head.fields = outgoing.fields;
  if (outgoing.closes)
    head.fields.add("Connection", "close");
  if (auto result = http1::serialize(head, outgoing.framing))
    return std::move(*result);
  return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

http1_writer::written http1_writer::pull_raw(std::span<std::byte> out) {
  const auto got = raw_->pull(out);
  written result{.bytes = got.bytes};
  if (got.ended)
    raw_.reset();
  if (got.pause.count() != 0) {
    result.next = then::pause;
    result.pause = got.pause;
  }
  return result;
}

step http1_writer::pull_content(answer& from, std::span<std::byte> out, written& result) {
  const auto wanted = std::min(chunk_, out.size() - room_for_framing);
  const auto space = chunked_ ? http1::chunk_prefix(wanted).size() : 0;
  auto produced = from.produce(chunked_ ? out.subspan(space, wanted) : out);
  result.content = result.bytes = produced.bytes;
  if (!chunked_ || produced.bytes == 0)
    return produced; // an empty chunk would be the last one
  const auto prefix = http1::chunk_prefix(produced.bytes);
  if (prefix.size() != space)
    std::memmove(out.data() + prefix.size(), out.data() + space, produced.bytes);
  put(out, prefix);
  result.bytes += prefix.size();
  result.bytes += put(out.subspan(result.bytes), http1::chunk_suffix);
  return produced;
}

http1_writer::written http1_writer::produce(answer& from, std::span<std::byte> out) {
  if (raw_)
    return pull_raw(out);
  written result;
  auto produced = pull_content(from, out, result);
  if (produced.head) {
    if (!alternative_.empty() && !produced.head->interim())
      produced.head->fields.add("Alt-Svc", std::string(alternative_));
    chunked_ = produced.head->has_content && produced.head->framing.how == http1::body_framing::kind::chunked;
    chunk_ = std::max<std::size_t>(produced.head->chunk, 1);
    raw_ = text(http1_text(*produced.head));
  } else if (produced.raw) {
    raw_ = std::move(produced.raw);
  }
  if (produced.complete && chunked_) {
    result.bytes += put(out.subspan(result.bytes), *http1::last_chunk(produced.trailers));
    chunked_ = false;
  }
  result.next = produced.next == then::reset_stream ? then::reset : produced.next;
  result.pause = produced.pause;
  return result;
}

} // namespace sluice::origin
