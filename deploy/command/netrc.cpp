#include "netrc.hpp"

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sluice::command {

namespace {

/// A token, and the line where it begins, counted from 1. `problem` is set instead where a quote is not closed.
struct token {
  std::string text;
  std::size_t line = 0;
  bool quoted = false;
  const char* problem = nullptr;
};

class tokens {
public:
  explicit tokens(std::string_view text) : rest_(text) {}

  /// Nothing: the end of the text. `value`: a token that begins with '#' is no comment.
  std::optional<token> next(bool value) {
    skip_blanks(value);
    if (rest_.empty())
      return std::nullopt;
    token result;
    result.line = line_;
    if (rest_.front() == '"')
      read_quoted(result);
    else
      for (; !rest_.empty() && !is_blank(rest_.front()); rest_.remove_prefix(1))
        result.text += rest_.front();
    return result;
  }

  /// To the end of the next line that has no character, or of the text.
  void skip_macro() {
    skip_line();
    while (!rest_.empty() && !rest_.starts_with('\n') && !rest_.starts_with("\r\n"))
      skip_line();
  }

private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

  void skip_line() {
    const auto end = rest_.find('\n');
    line_ += end != std::string_view::npos ? 1 : 0;
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    at_line_start_ = true;
  }
  void skip_blanks(bool value) {
    while (!rest_.empty()) {
      if (at_line_start_ && !value && rest_.front() == '#') {
        skip_line();
      } else if (is_blank(rest_.front())) {
        const bool ends_line = rest_.front() == '\n';
        line_ += ends_line ? 1 : 0;
        at_line_start_ = at_line_start_ || ends_line;
        rest_.remove_prefix(1);
      } else {
        break;
      }
    }
    at_line_start_ = false;
  }
  void read_quoted(token& to) {
    to.quoted = true;
    for (rest_.remove_prefix(1); !rest_.empty(); rest_.remove_prefix(1)) {
      char c = rest_.front();
      if (c == '"') {
        rest_.remove_prefix(1);
        return;
      }
      if (c == '\n')
        break;
      if (c == '\\' && rest_.size() > 1 && rest_[1] != '\n') {
        rest_.remove_prefix(1);
        c = rest_.front() == 'n' ? '\n' : rest_.front() == 'r' ? '\r' : rest_.front() == 't' ? '\t' : rest_.front();
      }
      to.text += c;
    }
    to.problem = "has a '\"' without another one that closes it on the same line";
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  bool at_line_start_ = true;
};

class parser {
public:
  parser(std::string_view text, const std::string& file) : tokens_(text), file_(file) {}

  result_or_failure<std::vector<netrc_entry>> parse() {
    while (const auto word = tokens_.next(false))
      if (auto problem = take(*word))
        return problem;
    return std::move(entries_);
  }

private:
  failure take(const token& word) {
    if (word.problem)
      return wrong(word.line, word.problem);
    if (is(word, "macdef")) {
      std::string name;
      auto problem = value_of(word, name);
      tokens_.skip_macro();
      return problem;
    }
    if (is(word, "default")) {
      entries_.emplace_back();
      return {};
    }
    if (is(word, "machine")) {
      entries_.emplace_back();
      auto problem = value_of(word, entries_.back().machine);
      return !problem && entries_.back().machine.empty() ? wrong(word.line, "names a machine without a name") : problem;
    }
    return take_about_machine(word);
  }

  failure take_about_machine(const token& word) {
    const bool login = is(word, "login"), password = is(word, "password"), account = is(word, "account");
    if (!login && !password && !account)
      return wrong(word.line,
                   "has a word that is none of machine, default, login, password, account and macdef; quote a name or "
                   "a password that has blanks");
    if (entries_.empty())
      return wrong(word.line, "has a login, password or account before the first machine");
    std::string ignored;
    auto& entry = entries_.back();
    return value_of(word, login ? entry.login.emplace() : password ? entry.password.emplace() : ignored);
  }

  failure value_of(const token& word, std::string& to) {
    auto value = tokens_.next(true);
    if (!value)
      return wrong(word.line, "ends where a value has to follow");
    if (value->problem)
      return wrong(value->line, value->problem);
    to = std::move(value->text);
    return {};
  }

  static bool is(const token& word, std::string_view keyword) {
    return !word.quoted && http::equals_ignoring_case(word.text, keyword);
  }
  failure wrong(std::size_t line, const std::string& what) const {
    return {errc::invalid_configuration, caused_by::local, file_ + ", line " + std::to_string(line) + " " + what};
  }

  tokens tokens_;
  const std::string& file_;
  std::vector<netrc_entry> entries_;
};

} // namespace

result_or_failure<std::vector<netrc_entry>> parse_netrc(std::string_view text, const std::string& file) {
  return parser{text, file}.parse();
}

const netrc_entry* find_netrc_entry(const std::vector<netrc_entry>& entries, std::string_view machine,
                                    const std::optional<std::string>& login) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const netrc_entry& entry) {
    return (entry.machine.empty() || http::equals_ignoring_case(entry.machine, machine))
           && (!login || entry.login == login);
  });
  return found == entries.end() ? nullptr : &*found;
}

} // namespace sluice::command
