// A blocking HTTP/1.1 client for tests of the origin, by the library's parser.
// Not the client under test.
#pragma once

#include "wire.hpp"

#include <sluice/protocols/http1/response_parser.hpp>

namespace sluice::tests {

struct http1_response : origin_response {
  bool reusable = false;
  failure problem;
};

/// Requests one after the other on one connection.
class http1_client {
public:
  explicit http1_client(origin::server& server, bool secure = false, int receive_buffer = 0)
    : wire_(server, secure, receive_buffer) {}
  wire& connection() { return wire_; }

  http1_response get(const std::string& target, const std::string& method = "GET") {
    wire_.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return read(method);
  }
  http1_response post(const std::string& target, std::string_view body, const std::string& fields = "") {
    wire_.send("POST " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(body.size())
               + "\r\n\r\n");
    wire_.send(body);
    return read("POST");
  }
  http1_response read(const std::string& method = "GET") {
    http1_response result;
    parser_.begin(method);
    for (;;) {
      auto parsed = parser_.parse(bytes_of(rest_));
      if (auto* p = std::get_if<http1::body>(&parsed.what))
        result.body.append(reinterpret_cast<const char*>(p->data.data()), p->data.size());
      rest_.remove_prefix(parsed.consumed);
      if (!std::holds_alternative<http1::need_more>(parsed.what)) {
        if (apply(result, parsed))
          return result;
        continue;
      }
      rest_ = wire_.receive();
      if (rest_.empty()) {
        auto last = parser_.finish();
        apply(result, last);
        return result;
      }
    }
  }

private:
  static bool apply(http1_response& to, http1::step& parsed) {
    if (auto* p = std::get_if<http1::interim>(&parsed.what))
      to.interim.push_back(p->head.status);
    else if (auto* head = std::get_if<http1::head>(&parsed.what)) {
      to.status = head->head.status;
      to.fields = head->head.fields;
    } else if (auto* end = std::get_if<http1::end>(&parsed.what)) {
      to.trailers = end->trailers;
      to.complete = true;
      to.reusable = end->reusable;
      return true;
    } else if (auto* problem = std::get_if<failure>(&parsed.what)) {
      to.problem = *problem;
      return true;
    }
    return false;
  }
  wire wire_;
  http1::response_parser parser_;
  std::string_view rest_;
};

} // namespace sluice::tests
