#include "exchanged.hpp"

#include "peer.hpp"

#include <cstdlib>
#include <utility>

namespace command_test {

namespace {

exchange exchange_with(peer& p, std::vector<std::string> arguments, std::size_t body, setting how) {
  arguments.insert(arguments.begin(), "get");
  child c{arguments, std::move(how)};
  exchange result;
  if (p.accept()) {
    auto text = p.read_head();
    const auto end = text.find("\r\n\r\n") + 4;
    p.read_more(text, end + body);
    result.head = text.substr(0, end);
    result.body = text.substr(end);
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }
  result.got = c.wait();
  return result;
}

} // namespace

std::string value_of(const std::string& head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ": ");
  return at == std::string::npos ? "(none)"
                                 : head.substr(at + name.size() + 4, head.find("\r\n", at + 2) - at - name.size() - 4);
}

exchange exchanged(std::vector<std::string> arguments, std::size_t body, setting how, const std::string& target) {
  peer p;
  arguments.push_back(p.url(target));
  return exchange_with(p, std::move(arguments), body, std::move(how));
}

exchange exchanged_as(const std::string& information, std::vector<std::string> arguments) {
  peer p;
  arguments.push_back("http://" + information + "@127.0.0.1:" + std::to_string(p.port()) + "/path");
  return exchange_with(p, std::move(arguments), 0, {});
}

std::string without_chunks(const std::string& body) {
  std::string result;
  for (std::size_t at = 0; at < body.size();) {
    const auto size = std::strtoul(body.c_str() + at, nullptr, 16);
    const auto begin = body.find("\r\n", at);
    if (size == 0 || begin == std::string::npos)
      break;
    result += body.substr(begin + 2, size);
    at = begin + 2 + size + 2;
  }
  return result;
}

} // namespace command_test
