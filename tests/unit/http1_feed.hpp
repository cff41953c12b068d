// Feeds the HTTP/1.1 parsers in pieces and writes down what they say, so that two ways of cutting can be compared.
// Knows no test framework: the unit tests and the fuzz targets share it.
#pragma once

#include <sluice/protocols/http1/request_parser.hpp>
#include <sluice/protocols/http1/response_parser.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace sluice::http1::feed {

/// How long the pieces are that the input comes in; 0 is all at once.
using cutter = std::function<std::size_t()>;
inline cutter whole() {
  return [] { return std::size_t{0}; };
}
inline cutter pieces(std::size_t n) {
  return [n] { return n; };
}
inline cutter random_pieces(std::uint64_t seed) {
  return [random = std::mt19937_64{seed}]() mutable { return 1 + random() % (random() % 4 == 0 ? 200 : 12); };
}

/// SLUICE_SEED, or a new one; printed once.
inline std::uint64_t seed() {
  static const auto value = [] {
    const auto* given = std::getenv("SLUICE_SEED");
    const auto seed_used = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::printf("http1: SLUICE_SEED=%llu\n", static_cast<unsigned long long>(seed_used));
    std::fflush(stdout);
    return std::uint64_t{seed_used};
  }();
  return value;
}

/// What was read, with the data of neighbouring body events put together.
struct outcome {
  std::string events;    // one line each; the error's text included
  std::size_t taken = 0; // bytes up to the last end, or all
  std::size_t ends = 0;
  failure problem;
  std::string body;      // of all messages
  http::fields trailers; // of the last message
  bool reusable = false; // the last message
  bool bad_step = false; // a parser broke its promise on steps: see drive()
  friend bool operator==(const outcome&, const outcome&) = default;
};

inline void write(std::string& out, const http::fields& fields) {
  for (const auto& line : fields)
    out += " [" + line.name + "=" + line.value + "]";
}

inline input_bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text.data(), text.size()}); }

/// Gives `text` to `parser` cut by `cut`; `note` writes down heads. Stops at a failure, and after `messages` ends.
template <class Parser, class Note>
outcome drive(Parser& parser, std::string_view text, cutter cut, std::size_t messages, Note note) {
  outcome result;
  bool in_body = false;
  std::size_t given = 0; // how far the parser was shown the text
  while (result.ends < messages && !result.problem) {
    // An exact copy on the heap: reading past a piece is then seen by the address sanitizer.
    const auto step_size = cut();
    given = step_size == 0 ? text.size() : std::min(text.size(), given + step_size);
    std::vector<char> piece(text.begin() + static_cast<std::ptrdiff_t>(result.taken),
                            text.begin() + static_cast<std::ptrdiff_t>(given));
    std::string_view rest{piece.data(), piece.size()};
    for (bool more = true; more;) {
      auto step = parser.parse(bytes_of(rest));
      if (step.consumed > rest.size()) {
        result.bad_step = true;
        return result;
      }
      const auto before = rest;
      rest.remove_prefix(step.consumed);
      result.taken += step.consumed;
      if (std::holds_alternative<need_more>(step.what)) {
        result.bad_step |= !rest.empty();
        more = false;
      } else if (auto* part = std::get_if<body>(&step.what)) {
        std::string_view data{reinterpret_cast<const char*>(part->data.data()), part->data.size()};
        result.bad_step |= data.empty() || data.data() < before.data() || data.data() + data.size() != rest.data();
        result.events += in_body ? "" : "body\n";
        in_body = true;
        result.body += data;
      } else if (auto* done = std::get_if<end>(&step.what)) {
        in_body = more = false;
        result.events += std::string{"end"} + (done->reusable ? " reusable" : "");
        write(result.events, done->trailers);
        result.events += "\n";
        result.trailers = done->trailers;
        result.reusable = done->reusable;
        ++result.ends;
        given = std::min(given, result.taken);
      } else if (auto* why = std::get_if<failure>(&step.what)) {
        more = false;
        result.problem = *why;
        result.events += to_string(*why) + "\n";
      } else {
        note(result.events, step.what);
      }
    }
    if (given == text.size() && result.taken == text.size())
      break;
  }
  if (result.problem)
    result.taken = 0; // how much of a faulty input was taken is nobody's business
  return result;
}

struct note_response {
  void operator()(std::string& out, const event& parsed) const {
    if (auto* i = std::get_if<interim>(&parsed))
      write_head(out += "interim ", i->head);
    else if (auto* h = std::get_if<head>(&parsed)) {
      write_head(out += "head ", h->head);
      out.insert(out.size() - 1, h->has_body ? " with body" : "");
      if (h->content_length)
        out.insert(out.size() - 1, " of " + std::to_string(*h->content_length));
    }
  }
  static void write_head(std::string& out, const http::response_head& head) {
    out += std::string{http::to_string(head.version)} + " " + std::to_string(head.status) + " '" + head.reason + "'";
    write(out, head.fields);
    out += "\n";
  }
};

struct note_request {
  void operator()(std::string& out, const request_event& parsed) const {
    auto& b = std::get<request_begun>(parsed);
    out += "request " + b.head.method + " " + b.head.scheme + " " + b.head.authority + " " + b.head.target + " "
           + http::to_string(b.version);
    write(out, b.head.fields);
    out += b.has_body ? " with body" : "";
    out += b.content_length ? " of " + std::to_string(*b.content_length) : "";
    out += b.expects_continue ? " expecting\n" : "\n";
  }
};

/// The answer to one request of `method`, with the end of the transport after the text if `closed`.
inline outcome response(std::string_view method, std::string_view text, cutter cut, bool closed,
                        const limits& bounds = {}) {
  response_parser parser{bounds};
  parser.begin(method);
  auto result = drive(parser, text, std::move(cut), 1, note_response{});
  if (!closed || result.ends > 0 || result.problem)
    return result;
  auto last = parser.finish();
  if (auto* done = std::get_if<end>(&last.what)) {
    result.events += done->reusable ? "end reusable by close\n" : "end by close\n";
    ++result.ends;
  } else {
    result.problem = std::get<failure>(last.what);
    result.events += to_string(result.problem) + "\n";
    result.taken = 0;
  }
  return result;
}

/// Up to `messages` requests one after the other.
inline outcome request(std::string_view text, cutter cut, std::size_t messages = 1, const limits& bounds = {}) {
  request_parser parser{bounds};
  return drive(parser, text, std::move(cut), messages, note_request{});
}

} // namespace sluice::http1::feed
