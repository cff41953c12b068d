#include "write_out.hpp"

#include "url_edits.hpp"

#include <sluice/protocols/uri/uri.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::command {

namespace {

using nlohmann::json;

/// "1.1", "2", "3"; "0" without a response, as curl has it.
std::string version_of(const http::response_head& head) {
  const std::string_view text = head.status == 0 ? "HTTP/0" : http::to_string(head.version);
  return std::string{text.substr(text.find('/') + 1)};
}

std::uint64_t per_second(std::uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds) : bytes;
}

std::string scheme_of(const std::string& url) { return url.substr(0, std::min(url.find(':'), url.size())); }

/// Null: the field is missing.
json field_of(const write_out_figures& figures, std::string_view name) {
  const auto value = figures.head.fields.get(name);
  return value ? json(std::string{*value}) : json(nullptr);
}

/// Where a redirect that was not followed leads: absolute, with its fragment, as curl writes it.
json redirect_of(const write_out_figures& figures) {
  const auto location = figures.head.fields.get("location");
  if (!location || figures.head.status < 300 || figures.head.status > 399)
    return nullptr;
  const auto base = uri::parse(figures.url_effective);
  const auto target = base ? uri::resolve(*base, *location) : base;
  if (!target) // not http, for example
    return without_user_information(std::string{*location});
  return target->to_string() + std::string{location->substr(std::min(location->find('#'), location->size()))};
}

struct variable {
  std::string_view name;
  json (*value)(const write_out_figures&);
};

constexpr std::array<variable, 33> table{{
    {"content_type", [](const auto& figures) { return field_of(figures, "content-type"); }},
    {"errormsg", [](const auto& figures) { return figures.error.empty() ? json(nullptr) : json(figures.error); }},
    {"exitcode", [](const auto& figures) { return json(figures.exit_code); }},
    {"filename_effective",
     [](const auto& figures) { return figures.file_name.empty() ? json(nullptr) : json(figures.file_name); }},
    {"http_code", [](const auto& figures) { return json(figures.head.status); }},
    {"http_version", [](const auto& figures) { return json(version_of(figures.head)); }},
    {"method", [](const auto& figures) { return json(figures.method); }},
    {"num_connects", [](const auto& figures) { return json(figures.connections); }},
    {"num_headers", [](const auto& figures) { return json(figures.head.fields.size()); }},
    {"num_redirects", [](const auto& figures) { return json(figures.redirects); }},
    {"num_retries", [](const auto& figures) { return json(figures.retries); }},
    {"redirect_url", redirect_of},
    {"remote_ip", [](const auto& figures) { return json(figures.remote_ip); }},
    {"remote_port", [](const auto& figures) { return json(figures.remote_port); }},
    {"response_code", [](const auto& figures) { return json(figures.head.status); }},
    {"scheme", [](const auto& figures) { return json(scheme_of(figures.url_effective)); }},
    {"size_download", [](const auto& figures) { return json(figures.size_download); }},
    {"size_header", [](const auto& figures) { return json(figures.size_header); }},
    {"size_upload", [](const auto& figures) { return json(figures.size_upload); }},
    {"speed_download", [](const auto& figures) { return json(per_second(figures.size_download, figures.total)); }},
    {"speed_upload", [](const auto& figures) { return json(per_second(figures.size_upload, figures.total)); }},
    {"time_appconnect", [](const auto& figures) { return json(figures.secured); }},
    {"time_connect", [](const auto& figures) { return json(figures.connect); }},
    {"time_namelookup", [](const auto& figures) { return json(figures.name_known); }},
    {"time_pretransfer", [](const auto& figures) { return json(figures.request_sent); }},
    {"time_redirect", [](const auto& figures) { return json(figures.redirected); }},
    {"time_starttransfer", [](const auto& figures) { return json(figures.head_came); }},
    {"time_total", [](const auto& figures) { return json(figures.total); }},
    {"url", [](const auto& figures) { return json(figures.url); }},
    {"url_effective", [](const auto& figures) { return json(figures.url_effective); }},
    {"urlnum", [](const auto& figures) { return json(figures.number); }},
    {"json", nullptr},
    {"header_json", nullptr},
}};
constexpr std::array<std::string_view, 3> directions{"stdout", "stderr", "onerror"};

const variable* find(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.name == name; });
  return found == table.end() ? nullptr : &*found;
}

/// Bytes that are no UTF-8, of an origin's, are no reason to write nothing.
std::string dumped(const json& value, int indentation = -1) {
  return value.dump(indentation, ' ', false, json::error_handler_t::replace);
}

std::string all_variables(const write_out_figures& figures) {
  json result;
  for (const auto& each : table)
    if (each.value)
      result[std::string{each.name}] = each.value(figures);
  return dumped(result);
}

/// Each name once, in lower case, with all of its values.
std::string all_fields(const write_out_figures& figures) {
  json result = json::object();
  for (const auto& line : figures.head.fields)
    result[http::lower_case(line.name)].push_back(line.value);
  return dumped(result, 1);
}

/// As curl writes it outside of JSON: a status has three digits, a time six decimals.
std::string text_of(std::string_view name, const write_out_figures& figures) {
  if (name == "json")
    return all_variables(figures);
  if (name == "header_json")
    return all_fields(figures);
  const auto value = find(name)->value(figures);
  if (value.is_number_float())
    return fmt::format("{:.6f}", value.get<double>());
  if (name == "http_code" || name == "response_code")
    return fmt::format("{:03}", figures.head.status);
  return value.is_null() ? std::string{} : value.is_string() ? value.get<std::string>() : dumped(value);
}

} // namespace

void write_out::add_text(std::string_view text_added) {
  if (parts_.empty() || parts_.back().variable || parts_.back().header)
    parts_.emplace_back();
  parts_.back().name += text_added;
}

write_out write_out::parse(std::string_view format) {
  write_out result;
  constexpr std::string_view header = "%header{";
  for (std::size_t i = 0; i < format.size();) {
    const auto rest = format.substr(i);
    const auto escape = std::string_view{"nrt"}.find(rest.size() > 1 ? rest[1] : ' ');
    const bool named = rest.starts_with("%{"), field = rest.starts_with(header);
    const auto end = named || field ? rest.find('}') : std::string_view::npos;
    if (rest.starts_with("%%")) {
      result.add_text("%");
      i += 2;
    } else if (rest.front() == '\\' && escape != std::string_view::npos) {
      result.add_text(std::string(1, "\n\r\t"[escape]));
      i += 2;
    } else if (end != std::string_view::npos) {
      const auto begin = named ? 2 : header.size();
      const std::string name{rest.substr(begin, end - begin)};
      i += end + 1;
      if (!named || find(name) || std::find(directions.begin(), directions.end(), name) != directions.end())
        result.parts_.push_back({named, field, name});
      else if (std::find(result.unknown_.begin(), result.unknown_.end(), name) == result.unknown_.end())
        result.unknown_.push_back(name);
    } else {
      result.add_text(rest.substr(0, 1));
      ++i;
    }
  }
  return result;
}

write_out::text write_out::of(const write_out_figures& figures) const {
  text result;
  auto* to = &result.out;
  for (const auto& each : parts_) {
    if (each.header)
      *to += figures.head.fields.get(each.name).value_or("");
    else if (!each.variable)
      *to += each.name;
    else if (each.name == "stdout" || each.name == "stderr")
      to = each.name == "stdout" ? &result.out : &result.errors;
    else if (each.name != "onerror")
      *to += text_of(each.name, figures);
    else if (figures.exit_code == 0)
      break;
  }
  return result;
}

} // namespace sluice::command
