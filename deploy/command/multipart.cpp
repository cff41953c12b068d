#include "multipart.hpp"

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <utility>

namespace sluice::command {

namespace {

failure wrong(const std::string& what) { return {errc::invalid_configuration, caused_by::local, "-F: " + what}; }

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
}

std::string without_trailing_blanks(std::string_view text) {
  return std::string{text.substr(0, text.find_last_not_of(" \t\r\n") + 1)};
}

/// Takes "..." and the blanks after it off the front. Nothing: it is not closed, or followed by other than ';'.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string result;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      auto after = rest.substr(i + 1);
      skip_blanks(after);
      if (!after.empty() && after.front() != ';')
        return std::nullopt;
      rest = after;
      return result;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '\\' || rest[i + 1] == '"'))
      ++i;
    result += rest[i];
  }
  return std::nullopt;
}

/// Takes a value off the front, up to the next ';'. Quotes that are not closed are part of it, as in curl.
struct value {
  std::string text;
  bool quoted = false;
};
value take_value(std::string_view& rest) {
  skip_blanks(rest);
  if (rest.starts_with('"'))
    if (auto quoted = take_quoted(rest))
      return {std::move(*quoted), true};
  const auto size = std::min(rest.find(';'), rest.size());
  auto text = without_trailing_blanks(rest.substr(0, size));
  rest.remove_prefix(size);
  return {std::move(text), false};
}

bool take_prefix(std::string_view& rest, std::string_view prefix) {
  if (!http::equals_ignoring_case(rest.substr(0, prefix.size()), prefix))
    return false;
  rest.remove_prefix(prefix.size());
  return true;
}

/// What follows the content, of which `rest` begins with a ';' or is empty. Parameters after a type belong to it.
failure read_parameters(std::string_view rest, form_field& to) {
  bool after_type = false;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    skip_blanks(rest);
    if (take_prefix(rest, "type=")) {
      to.type = take_value(rest).text;
      after_type = true;
    } else if (take_prefix(rest, "filename=")) {
      to.file_name = take_value(rest).text;
      after_type = false;
    } else if (take_prefix(rest, "headers=") || take_prefix(rest, "encoder=")) {
      return wrong("';headers=' and ';encoder=' are not supported, only ';type=' and ';filename='");
    } else if (after_type) {
      *to.type += "; " + take_value(rest).text;
    } else {
      return wrong("what follows a ';' is neither 'type=' nor 'filename='; put content that contains a ';' in double "
                   "quotes, or give it with --form-string");
    }
  }
  if (to.type && (to.type->find('/') == std::string::npos || !http::is_field_value(*to.type)))
    return wrong("the value of 'type=' is not a media type such as text/plain");
  return {};
}

/// Takes the name off the front, and its '='.
result_or_failure<form_field> take_name(std::string_view& rest, const char* usage) {
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return wrong(std::string{"a value has no name; write "} + usage);
  form_field result;
  result.name = rest.substr(0, equals);
  rest.remove_prefix(equals + 1);
  return result;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string head_of(const form_field& field, const std::string& boundary) {
  auto result = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + escaped_form_name(field.name) + "\"";
  if (field.file_name)
    result += "; filename=\"" + escaped_form_name(*field.file_name) + "\"";
  if (field.type)
    result += "\r\nContent-Type: " + *field.type;
  return result + "\r\n\r\n";
}

} // namespace

result_or_failure<form_field> parse_form_field(std::string_view text) {
  auto field = take_name(text, "name=content, name=@FILE or name=<FILE");
  if (!field)
    return field;
  const bool sent_as_file = text.starts_with('@');
  field->is_file = sent_as_file || text.starts_with('<');
  if (text.starts_with('('))
    return wrong(
        "content that begins with '(' is a nested multipart for curl, which is not supported; give a text with "
        "--form-string");
  if (field->is_file)
    text.remove_prefix(1);
  auto content = take_value(text);
  if (field->is_file && content.text.empty())
    return wrong("a value names no file after its '@' or '<'");
  if (sent_as_file && !content.quoted && content.text.find(',') != std::string::npos)
    return wrong("several files in one field, separated by commas, are not supported; give one -F for each, and put a "
                 "file's name that contains a comma in double quotes");
  field->value = std::move(content.text);
  if (auto problem = read_parameters(text, *field))
    return problem;
  if (sent_as_file && !field->file_name)
    field->file_name = last_part(field->value);
  if (sent_as_file && !field->type)
    field->type = media_type_of(*field->file_name);
  return field;
}

result_or_failure<form_field> parse_form_string(std::string_view text) {
  auto field = take_name(text, "--form-string name=content");
  if (field)
    field->value = text;
  return field;
}

std::string escaped_form_name(std::string_view name) {
  std::string result;
  for (const char c : name)
    switch (c) {
      case '\n': result += "%0A"; break;
      case '\r': result += "%0D"; break;
      case '"': result += "%22"; break;
      default: result += c;
    }
  return result;
}

std::string media_type_of(std::string_view file_name) {
  constexpr std::pair<std::string_view, const char*> types[] = {
      {".gif", "image/gif"},       {".jpg", "image/jpeg"},     {".jpeg", "image/jpeg"}, {".png", "image/png"},
      {".svg", "image/svg+xml"},   {".txt", "text/plain"},     {".htm", "text/html"},   {".html", "text/html"},
      {".pdf", "application/pdf"}, {".xml", "application/xml"}};
  const auto dot = std::min(file_name.rfind('.'), file_name.size());
  for (const auto& [extension, type] : types)
    if (http::equals_ignoring_case(file_name.substr(dot), extension))
      return type;
  return "application/octet-stream";
}

std::string random_boundary() {
  constexpr std::string_view characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> any(0, characters.size() - 1);
  std::string result(24, '-');
  for (int i = 0; i < 22; ++i)
    result += characters[any(device)];
  return result;
}

result_or_failure<upload_body> multipart_body(const std::vector<form_field>& fields, const std::string& boundary) {
  upload_body result;
  for (const auto& field : fields) {
    result.add_text(head_of(field, boundary));
    if (!field.is_file)
      result.add_text(field.value);
    else if (auto problem = result.add_file("-F", field.value))
      return problem;
    result.add_text("\r\n");
  }
  result.add_text("--" + boundary + "--\r\n");
  return result;
}

} // namespace sluice::command
