// Answers --help and --generate: texts that are made of the options themselves.
// Knows the parser's options and standard output; not what the options mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sluice::command {

/// `words`: the arguments behind the program's name. Nothing: they ask for no page. Else the process's exit code; the
/// page or the error was written.
std::optional<int> answer_page_request(const CLI::App& app, const std::vector<std::string>& words);

/// Writes to standard output. The process's exit code: that of success also where nobody reads it any more (EPIPE).
int write_page(const std::string& text);

/// What can be asked for by `sluice --generate`.
const std::vector<std::string>& generated_pages();

} // namespace sluice::command
