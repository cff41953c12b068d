#include "roff.hpp"

#include "word_wrap.hpp"

#include <cstddef>

namespace sluice::command {

namespace {

constexpr std::size_t line_length = 78; // bytes; checkers complain about lines over 80

/// A line of the source that begins with a dot would be a request.
std::string as_line(std::string_view line) { return (line.starts_with('.') ? "\\&" : "") + std::string{line} + "\n"; }

/// Titles of pages are in capitals.
std::string upper(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string font(char name, std::string_view text) { return std::string{"\\f"} + name + roff_text(text) + "\\fR"; }

} // namespace

std::string roff_text(std::string_view text) {
  std::string result;
  for (const char c : text)
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      default: result += c;
    }
  return result;
}

std::string roff_bold(std::string_view text) { return font('B', text); }
std::string roff_italic(std::string_view text) { return font('I', text); }

roff_page::roff_page(std::string_view name, std::string_view date, std::string_view source) {
  text_ = ".TH " + upper(name) + " 1 " + std::string{date} + " \"" + std::string{source} + "\"\n";
}

void roff_page::section(std::string_view title) {
  text_ += ".SH " + roff_text(title) + "\n";
  after_title_ = true;
}

void roff_page::subsection(std::string_view title) {
  text_ += ".SS " + roff_text(title) + "\n";
  after_title_ = true;
}

void roff_page::paragraph(std::string_view text) { marked_paragraph(roff_text(text)); }

void roff_page::marked_paragraph(std::string_view marked) {
  if (!after_title_)
    text_ += ".PP\n";
  filled(marked);
}

void roff_page::tagged(std::string_view marked_tag, std::string_view text) {
  text_ += ".TP\n" + as_line(marked_tag);
  filled(roff_text(text));
}

void roff_page::example(std::string_view lines) {
  text_ += ".PP\n.EX\n";
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = lines.find('\n', at);
    text_ += as_line(roff_text(lines.substr(at, end == std::string_view::npos ? end : end - at)));
    at = end == std::string_view::npos ? lines.size() : end + 1;
  }
  text_ += ".EE\n";
  after_title_ = false;
}

void roff_page::filled(std::string_view marked) {
  for (const auto& line : wrapped(marked, line_length))
    text_ += as_line(line);
  after_title_ = false;
}

} // namespace sluice::command
