#include "body_options.hpp"

#include "input_file.hpp"
#include "multipart.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

failure wrong(std::string what) { return {errc::invalid_configuration, caused_by::local, std::move(what)}; }

/// Kinds of the same group may be given together.
enum class group : std::uint8_t { data, json, form, file };
group group_of(body_kind kind) {
  switch (kind) {
    case body_kind::json: return group::json;
    case body_kind::form:
    case body_kind::form_string: return group::form;
    case body_kind::upload_file: return group::file;
    default: return group::data;
  }
}

/// name=content, =content, content, name@FILE, @FILE
failure add_encoded(upload_body& to, const std::string& option, const std::string& value) {
  auto at = value.find('=');
  if (at == std::string::npos)
    at = value.find('@');
  const bool separated = at != std::string::npos;
  if (separated && at > 0)
    to.add_text(value.substr(0, at) + "=");
  const auto content = separated ? value.substr(at + 1) : value;
  if (separated && value[at] == '@')
    return to.add_file(option, content, rewriting::form_encoded);
  to.add_text(percent_encode(content, space::as_plus));
  return {};
}

failure add_data(upload_body& to, const body_option& option) {
  const std::string name = option_name(option.kind);
  if (option.kind == body_kind::data_urlencode)
    return add_encoded(to, name, option.value);
  if (option.kind != body_kind::data_raw && option.value.starts_with('@'))
    return to.add_file(name, option.value.substr(1),
                       option.kind == body_kind::data ? rewriting::without_line_breaks : rewriting::none);
  to.add_text(option.value);
  return {};
}

/// The data one after another.
result_or_failure<upload_body> joined_data(const upload_options& options) {
  upload_body result;
  if (options.content) {
    result.add_text(*options.content);
    return result;
  }
  const auto& given = options.given;
  const auto* between = group_of(given.front().kind) == group::json ? "" : "&";
  for (const auto& option : given) {
    if (&option != &given.front())
      result.add_text(between);
    if (auto problem = add_data(result, option))
      return problem;
  }
  return result;
}

result_or_failure<composed_body> compose_form(const std::vector<body_option>& given) {
  std::vector<form_field> fields;
  for (const auto& option : given) {
    auto field = option.kind == body_kind::form ? parse_form_field(option.value) : parse_form_string(option.value);
    if (!field)
      return field.error();
    fields.push_back(std::move(*field));
  }
  const auto boundary = random_boundary();
  auto body = multipart_body(fields, boundary);
  if (!body)
    return body.error();
  return composed_body{std::move(*body), "POST", "multipart/form-data; boundary=" + boundary, {}};
}

result_or_failure<composed_body> compose_file(const body_option& option) {
  composed_body result{{}, "PUT", {}, {}};
  const bool standard_input = option.value == "-" || option.value == "."; // curl's "." is "-" that may be slow
  if (auto problem = result.body.add_file(option_name(option.kind), standard_input ? "-" : option.value))
    return problem;
  return result;
}

} // namespace

const char* option_name(body_kind kind) {
  switch (kind) {
    case body_kind::data: return "-d";
    case body_kind::data_binary: return "--data-binary";
    case body_kind::data_raw: return "--data-raw";
    case body_kind::data_urlencode: return "--data-urlencode";
    case body_kind::json: return "--json";
    case body_kind::form: return "-F";
    case body_kind::form_string: return "--form-string";
    case body_kind::upload_file: return "-T";
  }
  return "";
}

failure check(const upload_options& options) {
  const auto& given = options.given;
  if (given.empty())
    return {};
  const auto first = given.front().kind;
  const auto other = std::find_if(given.begin(), given.end(),
                                  [&](const auto& option) { return group_of(option.kind) != group_of(first); });
  if (other != given.end())
    return wrong(std::string{option_name(first)} + " and " + option_name(other->kind)
                 + " each make a body of their own for the request; give one of them");
  if (options.in_query && group_of(first) != group::data)
    return wrong(std::string{"-G puts data into the URL, which "} + option_name(first)
                 + " cannot give; use -d or --data-urlencode with it");
  return {};
}

upload_options upload_for(const upload_options& all, std::uint64_t url_number) {
  auto result = all;
  if (all.given.empty() || group_of(all.given.front().kind) != group::file)
    return result;
  result.given.clear();
  if (url_number < all.given.size() && !all.given[url_number].value.empty())
    result.given.push_back(all.given[url_number]);
  return result;
}

failure read_inputs(upload_options& options, std::size_t most) {
  if (options.in_query || !options.url_query.empty()) {
    const auto query = compose_query(options);
    if (!query)
      return query.error();
    options.url_query = {"+" + *query};
    if (std::exchange(options.in_query, false))
      options.given.clear();
  }
  if (options.given.empty())
    return {};
  const auto kind = options.given.front().kind;
  if (group_of(kind) != group::data && group_of(kind) != group::json)
    return {};
  const auto body = joined_data(options);
  if (!body)
    return body.error();
  if (body->length()) // regular files are read as they are sent
    return {};
  auto bytes = upload_reader{body->parts()}.read_whole(most);
  if (!bytes)
    return bytes.error();
  if (bytes->size() > most)
    return wrong(std::string{option_name(kind)} + ": what is read from standard input and pipes has more than "
                 + std::to_string(most) + " bytes; '-T -' sends standard input of any length, as it comes");
  options.content = std::make_shared<const std::string>(std::move(*bytes));
  return {};
}

result_or_failure<composed_body> compose_body(const upload_options& options) {
  const auto& given = options.given;
  const auto kind = group_of(given.front().kind);
  if (kind == group::form)
    return compose_form(given);
  if (kind == group::file)
    return compose_file(given.front());
  auto body = joined_data(options);
  if (!body)
    return body.error();
  const bool json = kind == group::json;
  return composed_body{std::move(*body), "POST", json ? "application/json" : "application/x-www-form-urlencoded",
                       json ? "application/json" : ""};
}

result_or_failure<std::string> compose_query(const upload_options& options) {
  upload_body all;
  for (const auto& value : options.url_query) {
    if (!all.parts().empty())
      all.add_text("&");
    if (value.starts_with('+'))
      all.add_text(value.substr(1));
    else if (auto problem = add_encoded(all, "--url-query", value))
      return problem;
  }
  if (options.in_query)
    for (const auto& option : options.given) {
      if (!all.parts().empty())
        all.add_text("&");
      if (auto problem = add_data(all, option))
        return problem;
    }
  auto bytes = upload_reader{all.parts()}.read_whole(input_file_limit_bytes);
  if (bytes && bytes->size() > input_file_limit_bytes)
    return wrong("the data for the URL's query has more than " + std::to_string(input_file_limit_bytes) + " bytes");
  return bytes;
}

} // namespace sluice::command
