#include "request_options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::command {

request_options::request_options(CLI::App& app, get_options& to) : app_(app), to_(to) {
  add_fields();
  add_credentials();
  add_bodies();
}

CLI::Option* request_options::add_value(const char* names, const char* type, const char* help) {
  return app_.add_option(names, CLI::callback_t{}, help)->type_name(type);
}

CLI::Option* request_options::add_repeated(const char* names, const char* help) {
  auto* option = add_value(names, "TEXT", help);
  return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

void request_options::add_fields() {
  headers_ = add_repeated("-H,--header",
                          "Header line 'Name: value'; 'Name:' sends none of that name, 'Name;' an empty one; '@FILE' "
                          "reads lines from that file, '@-' from standard input; repeatable");
  user_agent_ = add_value("-A,--user-agent", "TEXT", "The field User-Agent; '' sends none");
  referer_ = add_value("-e,--referer", "URL", "The field Referer; '' sends none");
}

void request_options::add_credentials() {
  user_ = add_value("-u,--user", "USER:PASSWORD",
                    "Basic authentication; without a password it is asked for on the terminal");
  bearer_ = add_value("--oauth2-bearer", "TOKEN", "Bearer token for the field Authorization");
  app_.add_flag_callback("--basic", [] {}, "Basic authentication, which -u always is: accepted for curl's sake");
  app_.add_flag("-n,--netrc", to_.login.netrc, "Take user and password from ~/.netrc, which must be there");
  app_.add_option("--netrc-file", to_.login.netrc_file, "As --netrc, from this file")->type_name("FILE");
  app_.add_flag("--netrc-optional", to_.login.netrc_optional,
                "As --netrc, but the file may be missing, and the URL's user information comes first");
}

void request_options::add_bodies() {
  const auto add = [&](body_kind kind, const char* names, const char* help, const char* type = "TEXT") {
    bodies_.emplace(add_repeated(names, help)->type_name(type), kind);
  };
  add(body_kind::data, "-d,--data,--data-ascii",
      "Request body; '@FILE' sends that file without its line breaks, '@-' standard input; repeatable, joined by '&'");
  add(body_kind::data_binary, "--data-binary", "As -d, with files as they are");
  add(body_kind::data_raw, "--data-raw", "As -d, where '@' has no meaning");
  add(body_kind::data_urlencode, "--data-urlencode",
      "As -d, percent-encoded: CONTENT, =CONTENT, NAME=CONTENT, @FILE or NAME@FILE");
  add(body_kind::json, "--json",
      "Request body as JSON, with Content-Type and Accept application/json; '@FILE' and '@-' as with --data-binary; "
      "repeatable, joined by nothing");
  add(body_kind::form, "-F,--form",
      "A field of multipart/form-data: NAME=CONTENT, NAME=@FILE (with ;type= and ;filename=) or NAME=<FILE; "
      "repeatable");
  add(body_kind::form_string, "--form-string", "As -F NAME=CONTENT, where @, <, ; and quotes have no meaning");
  add(body_kind::upload_file, "-T,--upload-file",
      "Send this file (PUT), '-' standard input; a URL that ends in '/' gets the file's name. Repeatable: one for each "
      "URL",
      "FILE");
  app_.add_flag("-G,--get", to_.upload.in_query, "Put the data of -d and --data-* into the URL's query");
  url_query_ =
      add_repeated("--url-query", "Add this to the URL's query, as --data-urlencode reads it; '+TEXT' as it is");
}

failure request_options::collect() {
  const auto last = [](const CLI::Option* option) {
    return option->count() > 0 ? std::optional{option->results().back()} : std::nullopt;
  };
  auto headers = read_header_lines(headers_->results());
  if (!headers)
    return headers.error();
  to_.headers = std::move(*headers);
  to_.user_agent = last(user_agent_);
  to_.referer = last(referer_);
  if (const auto user = last(user_))
    to_.login.user = split_login(*user);
  to_.login.bearer_token = last(bearer_);
  to_.upload.url_query = url_query_->results();
  // Options of one body are joined in the order in which they were given, which only the app knows.
  std::map<const CLI::Option*, std::size_t> taken;
  for (const auto* option : app_.parse_order())
    if (const auto found = bodies_.find(option); found != bodies_.end())
      to_.upload.given.push_back({found->second, option->results()[taken[option]++]});
  return {};
}

} // namespace sluice::command
