#include <sluice/protocols/coding/layer.hpp>

#include <string>

namespace sluice::coding {

layer::moved layer::run(std::span<const std::byte> input, std::span<std::byte> output, failure& problem) {
  const auto given = input.size(), room = output.size();
  while (!problem) {
    if (!open_ && !(open_ = open(input, problem)))
      break;
    if (ended_ && (input.empty() || !begin_next(input, problem)))
      break;
    if (output.empty() || (input.empty() && !pending_))
      break;
    if (!feed(input, output, problem)) {
      pending_ = false; // no progress without more input
      if (!problem && !input.empty())
        problem = invalid("the decoder makes no progress");
      break;
    }
    if (input.empty() && !pending_)
      break;
  }
  return {given - input.size(), room - output.size()};
}

failure layer::no_memory() const {
  return {errc::internal, caused_by::local, std::string{"no memory to decode "} + name_ + " data"};
}

failure layer::invalid(std::string_view why) const {
  return {errc::malformed_encoding, caused_by::remote,
          std::string{"the body is not valid "} + name_ + " after " + std::to_string(seen_)
              + " bytes: " + std::string{why}};
}

failure layer::trailing_bytes() const {
  return {errc::malformed_encoding, caused_by::remote,
          std::string{"bytes follow the end of the "} + name_ + " data, after " + std::to_string(seen_)
              + " bytes of it"};
}

failure layer::beyond_us(std::string_view need) const {
  return {errc::unsupported_encoding, caused_by::remote,
          std::string{"the "} + name_ + " data needs " + std::string{need} + ", after " + std::to_string(seen_)
              + " bytes of it; request without decoding to get the encoded bytes"};
}

} // namespace sluice::coding
