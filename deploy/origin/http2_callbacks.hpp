// What libnghttp2 calls, as calls of an http2_session. And the session's options.
// Translation only.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>

namespace sluice::origin {

class http2_session;

/// A server session whose events go to `session`. Throws std::bad_alloc.
nghttp2_session* make_http2_session(http2_session& session);
/// For responses whose content `session` gives, stream by stream.
nghttp2_data_provider content_of(http2_session& session);

} // namespace sluice::origin
