// Whether a hosts file (hosts(5)) has a name. Its addresses are left to the system's resolver.
// Knows no file and no thread.
#pragma once

#include <string_view>

namespace sluice {

/// `text` is the file's content. Names are compared without regard to case, as the system's resolver does.
bool hosts_file_names(std::string_view text, std::string_view host);

} // namespace sluice
