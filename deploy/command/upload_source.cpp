#include "upload_source.hpp"

#include <sluice/messages/errors.hpp>

#include <algorithm>
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

body_maker::behavior_type run_maker(body_maker::pointer self, const std::vector<upload_part>& parts) {
  return {
      [self, parts](begin_atom) -> body_source { return self->home_system().spawn<caf::detached>(run_source, parts); }};
}

/// Pipes and standard input can be read once.
bool can_be_read_again(const upload_part& part) { return !part.is_file || (part.file_bytes && part.text != "-"); }

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
  const auto& parts = body.parts();
  auto again =
      std::all_of(parts.begin(), parts.end(), can_be_read_again) ? system.spawn(run_maker, parts) : body_maker{};
  return request_body::from(system.spawn<caf::detached>(run_source, parts),
                            length ? maybe<std::uint64_t>{*length} : maybe<std::uint64_t>{}, std::move(again));
}

} // namespace sluice::command
