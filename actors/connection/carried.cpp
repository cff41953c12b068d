#include <sluice/actors/connection/carried.hpp>

#include <string>

namespace sluice {

failure carried::overdue(clock::time_point now, std::uint64_t inside) {
  const auto& deadlines = exchange->request.deadlines;
  if (now >= upload_silence_ends() && !upload.moved(now, inside))
    return {errc::peer_silent, caused_by::transport,
            "the origin took nothing of the request's body for " + std::to_string(deadlines.upload_silence.count())
                + " ms, after " + std::to_string(upload.bytes - std::min(upload.bytes, inside))
                + " bytes (deadline upload_silence)"};
  if (now >= silence_ends())
    return {errc::peer_silent, caused_by::transport,
            "nothing came from the origin for " + std::to_string(deadlines.peer_silence.count())
                + " ms though it was invited to send"};
  return {};
}

} // namespace sluice
