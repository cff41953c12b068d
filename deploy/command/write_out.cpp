#include "write_out.hpp"

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
json field_of(const write_out_figures& x, std::string_view name) {
  const auto value = x.head.fields.get(name);
  return value ? json(std::string{*value}) : json(nullptr);
}

struct variable {
  std::string_view name;
  json (*value)(const write_out_figures&);
};

constexpr std::array<variable, 31> table{{
    {"content_type", [](const auto& x) { return field_of(x, "content-type"); }},
    {"errormsg", [](const auto& x) { return x.error.empty() ? json(nullptr) : json(x.error); }},
    {"exitcode", [](const auto& x) { return json(x.exit_code); }},
    {"filename_effective", [](const auto& x) { return x.file_name.empty() ? json(nullptr) : json(x.file_name); }},
    {"http_code", [](const auto& x) { return json(x.head.status); }},
    {"http_version", [](const auto& x) { return json(version_of(x.head)); }},
    {"method", [](const auto& x) { return json(x.method); }},
    {"num_connects", [](const auto& x) { return json(x.connections); }},
    {"num_headers", [](const auto& x) { return json(x.head.fields.size()); }},
    {"num_redirects", [](const auto& x) { return json(x.redirects); }},
    {"num_retries", [](const auto& x) { return json(x.retries); }},
    {"redirect_url", [](const auto& x) { return field_of(x, "location"); }},
    {"remote_ip", [](const auto& x) { return json(x.remote_ip); }},
    {"remote_port", [](const auto& x) { return json(x.remote_port); }},
    {"response_code", [](const auto& x) { return json(x.head.status); }},
    {"scheme", [](const auto& x) { return json(scheme_of(x.url_effective)); }},
    {"size_download", [](const auto& x) { return json(x.size_download); }},
    {"size_header", [](const auto& x) { return json(x.size_header); }},
    {"size_upload", [](const auto& x) { return json(x.size_upload); }},
    {"speed_download", [](const auto& x) { return json(per_second(x.size_download, x.total)); }},
    {"speed_upload", [](const auto& x) { return json(per_second(x.size_upload, x.total)); }},
    {"time_appconnect", [](const auto& x) { return json(x.secured); }},
    {"time_connect", [](const auto& x) { return json(x.connect); }},
    {"time_pretransfer", [](const auto& x) { return json(x.request_sent); }},
    {"time_starttransfer", [](const auto& x) { return json(x.head_came); }},
    {"time_total", [](const auto& x) { return json(x.total); }},
    {"url", [](const auto& x) { return json(x.url); }},
    {"url_effective", [](const auto& x) { return json(x.url_effective); }},
    {"urlnum", [](const auto& x) { return json(x.number); }},
    {"json", nullptr},
    {"header_json", nullptr},
}};
constexpr std::array<std::string_view, 3> directions{"stdout", "stderr", "onerror"};

const variable* find(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.name == name; });
  return found == table.end() ? nullptr : &*found;
}

/// Bytes that are no UTF-8, of an origin's, are no reason to write nothing.
std::string dumped(const json& x, int indentation = -1) {
  return x.dump(indentation, ' ', false, json::error_handler_t::replace);
}

std::string all_variables(const write_out_figures& x) {
  json result;
  for (const auto& each : table)
    if (each.value)
      result[std::string{each.name}] = each.value(x);
  return dumped(result);
}

/// Each name once, in lower case, with all of its values.
std::string all_fields(const write_out_figures& x) {
  json result = json::object();
  for (const auto& line : x.head.fields)
    result[http::lower_case(line.name)].push_back(line.value);
  return dumped(result, 1);
}

/// As curl writes it outside of JSON: a status has three digits, a time six decimals.
std::string text_of(std::string_view name, const write_out_figures& x) {
  if (name == "json")
    return all_variables(x);
  if (name == "header_json")
    return all_fields(x);
  const auto value = find(name)->value(x);
  if (value.is_number_float())
    return fmt::format("{:.6f}", value.get<double>());
  if (name == "http_code" || name == "response_code")
    return fmt::format("{:03}", x.head.status);
  return value.is_null() ? std::string{} : value.is_string() ? value.get<std::string>() : dumped(value);
}

failure unknown(std::string_view name) {
  return {errc::invalid_configuration, caused_by::local,
          "-w: there is no variable '" + printable(name)
              + "'; docs/COMMAND.md lists them, and %{json} writes all of them"};
}

} // namespace

void write_out::add_text(std::string_view x) {
  if (parts_.empty() || parts_.back().variable || parts_.back().header)
    parts_.emplace_back();
  parts_.back().name += x;
}

result_or_failure<write_out> write_out::parse(std::string_view format) {
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
      const auto name = rest.substr(begin, end - begin);
      if (named && !find(name) && std::find(directions.begin(), directions.end(), name) == directions.end())
        return unknown(name);
      result.parts_.push_back({named, field, std::string{name}});
      i += end + 1;
    } else {
      result.add_text(rest.substr(0, 1));
      ++i;
    }
  }
  return result;
}

write_out::text write_out::of(const write_out_figures& x) const {
  text result;
  auto* to = &result.out;
  for (const auto& each : parts_) {
    if (each.header)
      *to += x.head.fields.get(each.name).value_or("");
    else if (!each.variable)
      *to += each.name;
    else if (each.name == "stdout" || each.name == "stderr")
      to = each.name == "stdout" ? &result.out : &result.errors;
    else if (each.name != "onerror")
      *to += text_of(each.name, x);
    else if (x.exit_code == 0)
      break;
  }
  return result;
}

} // namespace sluice::command
