// Errors of the library in the words of the command: its settings become the options that set them, and advice that no
// option can follow is left out. One table of phrases; knows neither the library's types nor the parser.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <string>

namespace sluice::command {

/// A text that was changed already stays as it is.
std::string in_words_of_options(std::string text);
failure in_words_of_options(failure why);

} // namespace sluice::command
