#include "upload_source.hpp"

#include <sluice/messages/errors.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::command {

namespace {

struct source_state {
  static inline const char* name = "sluice.upload";
  std::optional<upload_reader> reader;
};

body_source::behavior_type run_source(body_source::stateful_pointer<source_state> self,
                                      const std::vector<upload_part>& parts) {
  state_of(self).reader.emplace(parts);
  return {[self](read_atom, decoded_bytes most) -> caf::result<piece> {
    auto bytes = state_of(self).reader->read(static_cast<std::size_t>(most.value));
    if (!bytes)
      return make_error(bytes.error());
    const bool end = bytes->empty();
    return piece{*std::move(bytes), end};
  }};
}

} // namespace

result_or_failure<request_body> request_body_of(const upload_body& body, caf::actor_system& system) {
  const auto length = body.length();
  const bool only_text = body.parts().size() == 1 && !body.parts().front().is_file;
  if (only_text)
    return request_body::of(body.parts().front().text);
  if (length && *length <= body_in_memory_bytes_max) {
    const auto bytes = upload_reader{body.parts()}.read_whole(SIZE_MAX);
    return bytes ? result_or_failure<request_body>{request_body::of(*bytes)} : bytes.error();
  }
  return request_body::from(system.spawn<caf::detached>(run_source, body.parts()),
                            length ? maybe<std::uint64_t>{*length} : maybe<std::uint64_t>{});
}

} // namespace sluice::command
