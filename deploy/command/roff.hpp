// Writes a manual page with the man macros of roff: sections, paragraphs and tagged lists.
// Knows the markup; not what the page is about.
#pragma once

#include <string>
#include <string_view>

namespace sluice::command {

/// The text with the characters escaped that roff or its output devices would change: "-o" stays what a shell reads.
std::string roff_text(std::string_view text);
std::string roff_bold(std::string_view text);
std::string roff_italic(std::string_view text);

class roff_page {
public:
  /// A page of section 1. `date` is as YYYY-MM-DD; `source` is the program with its version.
  roff_page(std::string_view name, std::string_view date, std::string_view source);

  void section(std::string_view title);
  void subsection(std::string_view title);
  void paragraph(std::string_view text);
  /// The text of a paragraph with its markup, unchanged but for its lines.
  void marked_paragraph(std::string_view marked);
  /// An entry of a list; the tag with its markup, the text as it is.
  void tagged(std::string_view marked_tag, std::string_view text);
  /// Lines that are shown as they are.
  void example(std::string_view lines);
  const std::string& text() const { return text_; }

private:
  void filled(std::string_view marked);
  std::string text_;
  bool after_title_ = false;
};

} // namespace sluice::command
