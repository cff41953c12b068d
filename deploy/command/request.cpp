#include "request.hpp"

#include <sluice/messages/errors.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>

namespace sluice::command {

namespace {

failure wrong(std::string why) { return {errc::invalid_configuration, caused_by::local, std::move(why)}; }

/// Part of a request's body: the text itself, or the path of a file.
struct part {
  bool file = false;
  std::string text;
};

struct parts_state {
  static inline const char* name = "sluice.file";
  std::vector<part> parts;
  std::size_t next = 0;
  std::ifstream file;
};

/// Texts and files, one after another, as the source of an upload: read piece by piece as the transport drains.
body_source::behavior_type read_parts(body_source::stateful_pointer<parts_state> self, const std::vector<part>& parts) {
  state_of(self).parts = parts;
  return {[self](read_atom, decoded_bytes most) -> caf::result<piece> {
    auto& my = state_of(self);
    while (my.next < my.parts.size()) {
      auto& current = my.parts[my.next];
      std::string bytes;
      if (current.file) {
        if (!my.file.is_open())
          my.file.open(current.text, std::ios::binary);
        bytes.resize(static_cast<std::size_t>(most.value));
        my.file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (my.file.bad() || !my.file.is_open())
          return make_error(failure{errc::consumer_failed, caused_by::local, "reading '" + current.text + "' failed"});
        bytes.resize(static_cast<std::size_t>(my.file.gcount()));
      } else {
        bytes = current.text.substr(0, static_cast<std::size_t>(most.value));
        current.text.erase(0, bytes.size());
      }
      if (!bytes.empty())
        return piece{chunk::copy_of(bytes), false};
      my.file = {};
      ++my.next;
    }
    return piece{{}, true};
  }};
}

/// `option` is what it was given with; values that begin with '@' name files.
failure set_body(prepared& to, const char* option, const std::vector<std::string>& values, const char* between,
                 caf::actor_system& system) {
  std::vector<part> parts;
  std::optional<std::uint64_t> length = 0;
  for (const auto& value : values) {
    if (!parts.empty() && *between) {
      parts.push_back({false, between});
      length = length ? std::optional{*length + std::strlen(between)} : length;
    }
    if (value.empty() || value.front() != '@') {
      parts.push_back({false, value});
      length = length ? std::optional{*length + value.size()} : length;
      continue;
    }
    const auto path = value == "@-" ? std::string{"/dev/stdin"} : value.substr(1);
    struct stat info{};
    int code = stat(path.c_str(), &info) != 0 || access(path.c_str(), R_OK) != 0 ? errno : 0;
    if (code == 0 && S_ISDIR(info.st_mode))
      code = EISDIR;
    if (code != 0)
      return wrong(std::string{option} + ": '" + path + "' cannot be read: " + std::strerror(code));
    // Standard input may have been read in part before.
    length = length && S_ISREG(info.st_mode) && value != "@-"
                 ? std::optional{*length + static_cast<std::uint64_t>(info.st_size)}
                 : std::nullopt;
    to.may_wait_for_input = to.may_wait_for_input || !S_ISREG(info.st_mode);
    parts.push_back({true, path});
  }
  if (parts.size() == 1 && !parts.front().file)
    to.what.body = request_body::of(parts.front().text);
  else
    to.what.body = request_body::from(system.spawn<caf::detached>(read_parts, std::move(parts)),
                                      length ? maybe<std::uint64_t>{*length} : maybe<std::uint64_t>{});
  return {};
}

bool names(const std::string& field_name, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(),
                     [&](auto candidate) { return http::equals_ignoring_case(field_name, candidate); });
}

} // namespace

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

failure add_field(request& to, const std::string& line) {
  const auto colon = line.find(':');
  if (colon == std::string::npos) {
    if (line.size() < 2 || line.back() != ';')
      return wrong("-H '" + line
                   + "' is neither 'Name: value', nor 'Name:' (send no such field), nor 'Name;' (send it empty)");
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
    return wrong("-H '" + line + "': a request without " + name
                 + " could not be understood; give a value, or leave the option out");
  to.without.push_back(std::move(name));
  return {};
}

result_or_failure<prepared> make_request(const get_options& options, caf::actor_system& system) {
  prepared whole;
  auto& result = whole.what;
  const bool has_body = options.data_given || options.json_given;
  result.url = options.url;
  result.method = !options.method.empty() ? options.method : has_body ? "POST" : "GET";
  result.read.decode = options.compressed;
  result.read.window = wire_bytes{options.client.window_bytes};
  for (const auto& line : options.headers)
    if (auto problem = add_field(result, line))
      return problem;
  const auto add_default = [&](const char* name, const char* value) {
    const bool unwanted = std::any_of(result.without.begin(), result.without.end(),
                                      [&](const auto& known) { return http::equals_ignoring_case(name, known); });
    if (!unwanted && !result.fields.contains(name))
      result.fields.add(name, value);
  };
  if (options.json_given) {
    add_default("Content-Type", "application/json");
    add_default("Accept", "application/json");
  } else if (options.data_given) {
    add_default("Content-Type", "application/x-www-form-urlencoded");
  }
  if (has_body)
    if (auto problem =
            set_body(whole, options.json_given ? "--json" : "-d", options.json_given ? options.json : options.data,
                     options.json_given ? "" : "&", system))
      return problem;
  result.deadlines.connect = milliseconds_of(options.client.connect_timeout_s);
  result.deadlines.total = milliseconds_of(options.max_time_s);
  result.deadlines.peer_silence = milliseconds_of(options.peer_silence_s);
  result.deadlines.upload_silence = milliseconds_of(options.upload_silence_s);
  return whole;
}

} // namespace sluice::command
