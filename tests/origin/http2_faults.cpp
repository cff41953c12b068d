#include "routes.hpp"

namespace sluice::origin {

answer_ptr http2_fault(const request&, std::string_view) { return nullptr; }

} // namespace sluice::origin
