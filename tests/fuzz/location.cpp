// libFuzzer: whatever a Location says, what is followed can be sent and is allowed, and no error repeats what may be
// user information. Input: a byte of switches, then the Location, and after a newline a second one.
#include <sluice/protocols/policy/redirect.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace sluice;
using kind = policy::redirect_decision::kind;

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_followed(const policy::redirect_decision& decision, const uri::url& from, const redirect_policy& rules) {
  require(decision.where.secure() || rules.targets == redirect_targets::any
          || (rules.targets == redirect_targets::no_downgrade && !from.secure()));
  require(is_printable(decision.where.to_string()) && is_printable(decision.fragment));
  const auto again = uri::parse(decision.where.to_string());
  require(decision.where.to_string().size() > uri::url_limit_bytes
          || (again && again->to_string() == decision.where.to_string()));
  require(decision.method == "GET" || decision.method == "POST");
  const bool other = decision.where.origin() != from.origin();
  const bool drops = std::find(decision.drop.begin(), decision.drop.end(), "Authorization") != decision.drop.end();
  require(drops == (other && !rules.trust_other_origins));
  require(!decision.authorization
          || (drops && other && decision.where.host == "example.org" && (decision.where.secure() || !from.secure())));
}

/// Four capitals in a row before an '@' stand for a password.
void check_told(std::string_view location, const std::string& told) {
  const auto before = location.substr(0, std::min(location.rfind('@'), location.size()));
  if (before.size() == location.size())
    return;
  for (std::size_t i = 0; i + 4 <= before.size(); ++i)
    if (std::all_of(before.begin() + static_cast<std::ptrdiff_t>(i),
                    before.begin() + static_cast<std::ptrdiff_t>(i + 4), [](char c) { return c >= 'A' && c <= 'Z'; }))
      require(told.find(before.substr(i, 4)) == std::string::npos
              || std::string_view{"ASCII"}.find(before.substr(i, 4)) != std::string_view::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0)
    return 0;
  const unsigned switches = data[0];
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto line = std::min(text.find('\n'), text.size());
  http::fields response{{"Location", std::string{text.substr(0, line)}}};
  if (line < text.size())
    response.add("location", std::string{text.substr(line + 1)});
  redirect_policy rules;
  rules.follow = true;
  rules.targets = static_cast<redirect_targets>(switches % 3);
  rules.trust_other_origins = (switches & 4) != 0;
  rules.keep_post_302 = (switches & 8) != 0;
  rules.credentials = {{"example.org", "secret"}};
  static const uri::url bases[] = {*uri::parse("https://example.org:8443/a/b/c?d"), *uri::parse("http://[::1]/")};
  const auto& from = bases[(switches >> 4) & 1];
  constexpr std::uint16_t statuses[] = {301, 302, 303, 307};
  const auto got =
      policy::decide_redirect(rules, {(switches & 32) != 0 ? "POST" : "GET", from, "part", (switches & 32) != 0, true},
                              statuses[switches >> 6], response, 0);
  if (got.what == kind::follow)
    check_followed(got, from, rules);
  if (got.what == kind::fail) {
    require(got.problem.code == errc::redirect_refused && got.problem.detail.size() < 4000);
    check_told(text.substr(0, line), got.problem.detail);
  }
  require(policy::repaired_location(policy::repaired_location(text)) == policy::repaired_location(text));
  return 0;
}
