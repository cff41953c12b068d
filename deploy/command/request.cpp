#include "request.hpp"

#include "follow.hpp"
#include "upload_source.hpp"
#include "url_edits.hpp"

#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

failure wrong(std::string why) { return {errc::invalid_configuration, caused_by::local, std::move(why)}; }

bool names(const std::string& field_name, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(),
                     [&](auto candidate) { return http::equals_ignoring_case(field_name, candidate); });
}

/// Adds a field that none of the request's own replaces.
void add_default(request& to, const char* name, const std::string& value) {
  const bool unwanted = std::any_of(to.without.begin(), to.without.end(),
                                    [&](const auto& other) { return http::equals_ignoring_case(name, other); });
  if (!unwanted && !value.empty() && !to.fields.contains(name))
    to.fields.add(name, value);
}

/// Takes the user information off the URL, and adds Authorization unless -H decides about it.
failure add_authorization(request& to, const login_options& login, bool follows) {
  const auto from_url = take_user_information(to.url);
  if (!from_url)
    return from_url.error();
  const bool decided = to.fields.contains("authorization")
                       || std::any_of(to.without.begin(), to.without.end(),
                                      [](const auto& name) { return names(name, {"authorization"}); });
  const auto where = uri::parse(to.url);
  if (decided || !where) // the client tells what is wrong with the URL
    return {};
  const auto value = authorization_for(login, *from_url, where->host);
  if (!value)
    return value.error();
  if (*value)
    to.fields.add("Authorization", **value);
  if (follows)
    to.redirects.credentials = authorizations_after_redirects(login, where->host, *value);
  return {};
}

/// Content-Type of a form that the user names: the boundary is added to it, as curl does.
failure complete_form_type(request& to, const std::string& form_type) {
  for (auto& line : to.fields.lines()) {
    if (!names(line.name, {"content-type"}))
      continue;
    if (http::lower_case(line.value).find("boundary") != std::string::npos)
      return wrong("-H 'Content-Type' has a boundary, which -F chooses itself; leave it out");
    line.value += form_type.substr(form_type.find(';'));
  }
  return {};
}

/// The query of the URL, and the body with its method and its fields.
failure add_content(prepared& to, const upload_options& upload, caf::actor_system& system) {
  const auto query = compose_query(upload);
  if (!query)
    return query.error();
  add_query(to.what.url, *query);
  to.what.url = encoded_url(to.what.url); // --url-query +TEXT and -d with -G are as they were written
  if (upload.given.empty() || upload.in_query)
    return {};
  auto made = compose_body(upload);
  if (!made)
    return made.error();
  const auto& first = upload.given.front();
  if (first.kind == body_kind::upload_file && first.value != "-" && first.value != ".")
    add_file_name(to.what.url, first.value);
  if (first.kind == body_kind::form || first.kind == body_kind::form_string)
    if (auto problem = complete_form_type(to.what, made->content_type))
      return problem;
  add_default(to.what, "Content-Type", made->content_type);
  add_default(to.what, "Accept", made->accept);
  auto body = request_body_of(made->body, system);
  if (!body)
    return body.error();
  to.what.body = std::move(*body);
  to.what.method = made->method;
  to.may_wait_for_input = made->body.may_wait();
  return {};
}

void add_agent_and_referer(request& to, const get_options& options) {
  if (options.user_agent && options.user_agent->empty())
    to.without.push_back("User-Agent");
  add_default(to, "User-Agent", options.user_agent.value_or(""));
  add_default(to, "Referer", options.referer.value_or(""));
}

} // namespace

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

failure add_field(request& to, const header_line& given) {
  const auto& [line, where] = given;
  const auto colon = line.find(':');
  if (colon == std::string::npos) { // not repeated: it may be a token in the wrong place
    if (line.size() < 2 || line.back() != ';')
      return wrong(where
                   + ": a header line is neither 'Name: value', nor 'Name:' (send no such field), nor 'Name;' "
                     "(send it empty)");
    to.fields.add(line.substr(0, line.size() - 1), "");
    return {};
  }
  auto name = line.substr(0, colon);
  const auto value = line.find_first_not_of(" \t", colon + 1);
  if (value != std::string::npos) {
    to.fields.add(std::move(name), line.substr(value));
    return {};
  }
  if (names(name, {"host", "content-length", "transfer-encoding"}))
    return wrong(where + " '" + line + "': a request without " + name
                 + " could not be understood; give a value, or leave the option out");
  to.without.push_back(std::move(name));
  return {};
}

result_or_failure<prepared> make_request(const get_options& options, caf::actor_system& system) {
  prepared whole;
  auto& result = whole.what;
  for (const auto& problem : {check(options.login), check(options.upload)})
    if (problem)
      return problem;
  result.url = encoded_url(options.url);
  result.read.decode = options.compressed;
  result.read.window = wire_bytes{options.client.window_bytes};
  for (const auto& line : options.headers)
    if (auto problem = add_field(result, line))
      return problem;
  if (auto problem = add_authorization(result, options.login, options.follow.follows()))
    return problem;
  if (auto problem = add_content(whole, options.upload, system))
    return problem;
  if (!options.method.empty())
    result.method = options.method;
  add_agent_and_referer(result, options);
  if (auto problem = apply(options.follow, options.fail, result))
    return problem;
  result.deadlines.connect = milliseconds_of(options.client.connect_timeout_s);
  result.deadlines.total = milliseconds_of(options.max_time_s);
  result.deadlines.peer_silence = milliseconds_of(options.peer_silence_s);
  result.deadlines.upload_silence = milliseconds_of(options.upload_silence_s);
  return whole;
}

} // namespace sluice::command
