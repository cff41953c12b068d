#include <sluice/protocols/policy/redirect.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace sluice::policy {

namespace {

constexpr auto npos = std::string_view::npos;

/// Fields about the content, which go with it (RFC 9110 section 15.4, and its framing).
constexpr std::string_view content_names[] = {
    "Content-Type",  "Content-Length", "Content-Encoding", "Content-Language", "Content-Location",
    "Content-Range", "Content-Digest", "Content-MD5",      "Digest",           "Repr-Digest",
    "Last-Modified", "Expect",         "Trailer",          "Transfer-Encoding"};
/// Credentials, which are for the origin that they were given for.
constexpr std::string_view credential_names[] = {"Authorization", "Proxy-Authorization", "Cookie", "Cookie2"};

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// The host, port and user information of a reference: offset and size. Size 0: it has none.
std::pair<std::size_t, std::size_t> authority_of(std::string_view text) {
  const auto mark = text.find_first_of(":/?#");
  auto begin = npos;
  if (text.starts_with("//"))
    begin = 2;
  else if (mark != npos && text.substr(mark).starts_with("://"))
    begin = mark + 3;
  if (begin == npos)
    return {0, 0};
  return {begin, std::min(text.find_first_of("/?#", begin), text.size()) - begin};
}

std::string_view without_blanks_around(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string method_after(const redirect_policy& policy, std::string_view method, std::uint16_t status) {
  const bool is_post = method == "POST";
  const bool keeps = status == 301   ? !is_post || policy.keep_post_301
                     : status == 302 ? !is_post || policy.keep_post_302
                     : status == 303 ? method == "GET" || method == "HEAD" || (is_post && policy.keep_post_303)
                                     : true;
  return keeps ? std::string{method} : "GET";
}

/// The Location to follow; nothing if there is none. `contradicted`: there are several that differ.
std::optional<std::string_view> location_of(const http::fields& response, bool& contradicted) {
  std::optional<std::string_view> result;
  for (const auto& line : response) {
    if (!http::equals_ignoring_case(line.name, "location"))
      continue;
    const auto value = without_blanks_around(line.value);
    contradicted = contradicted || (result && *result != value);
    result = value;
  }
  return result && !result->empty() ? result : std::nullopt;
}

redirect_decision refused(const answered_request& request, std::uint16_t status, caused_by who, const std::string& why,
                          errc code = errc::redirect_refused) {
  redirect_decision result;
  result.what = redirect_decision::kind::fail;
  result.problem = {code, who, "the redirect (" + std::to_string(status) + ") of " + shown(request.where) + " " + why};
  return result;
}

/// What is wrong with the Location as it was sent; empty if nothing is.
std::string objection(std::string_view location) {
  const auto path_end = std::min(location.find_first_of("?#"), location.size());
  if (location.size() > uri::url_limit_bytes)
    return "has a Location of " + std::to_string(location.size()) + " bytes; at most "
           + std::to_string(uri::url_limit_bytes) + " are accepted";
  if (location.substr(0, path_end).find('\\') != npos)
    return "has a Location with a backslash, which clients read differently; the origin must send '/' or %5C";
  const auto [at, size] = authority_of(location);
  if (location.substr(at, size).find('@') != npos)
    return "has a Location with a user name or password, which is not taken from a redirect; request its target by "
           "itself, with an Authorization field";
  return {};
}

/// A target in an error text: no path, because what is malformed user information may have become a part of it.
std::string site(const uri::url& url) { return url.scheme + "://" + url.authority(); }

/// Whether the policy lets a redirect lead from one to the other; if not, why.
std::string downgrade(const redirect_policy& policy, const uri::url& from, const uri::url& to) {
  if (to.secure() || policy.targets == redirect_targets::any)
    return {};
  if (policy.targets == redirect_targets::https_only)
    return "leads to " + site(to) + ", and only https is allowed (request.redirects.targets)";
  return from.secure() ? "leads from https to " + site(to)
                             + ", where others can read the request; request.redirects.targets = any allows it"
                       : std::string{};
}

void add(std::vector<std::string_view>& to, std::span<const std::string_view> names) {
  to.insert(to.end(), names.begin(), names.end());
}

/// What the policy has for the target of a redirect to another origin.
std::optional<std::string> credentials_for(const redirect_policy& policy, const uri::url& from, const uri::url& to) {
  if (from.secure() && !to.secure())
    return {};
  const auto found = std::find_if(policy.credentials.begin(), policy.credentials.end(),
                                  [&](const auto& known) { return http::equals_ignoring_case(known.host, to.host); });
  return found == policy.credentials.end() ? std::nullopt : std::optional{found->value};
}

/// The request that goes to `target`, with the fragment of the one before.
redirect_decision next_request(const redirect_policy& policy, const answered_request& request, std::uint16_t status,
                               uri::url target) {
  redirect_decision result;
  result.method = method_after(policy, request.method, status);
  const bool same_method = result.method == request.method;
  result.keeps_body = request.has_body && same_method;
  if (result.keeps_body && !request.body_can_be_sent_again)
    return refused(request, status, caused_by::local,
                   "wants the request's body again, and its source was read already; send it to " + site(target)
                       + " in the first place, or give the body as bytes");
  result.what = redirect_decision::kind::follow;
  if (!same_method)
    add(result.drop, content_names);
  if (target.origin() != request.where.origin()) {
    result.drop.push_back("Host");
    if (!policy.trust_other_origins) {
      add(result.drop, credential_names);
      result.authorization = credentials_for(policy, request.where, target);
    }
  }
  if (request.where.secure() && !target.secure())
    result.drop.push_back("Referer"); // RFC 9110 section 10.1.3
  result.fragment = request.fragment;
  result.where = std::move(target);
  return result;
}

} // namespace

bool is_redirect(std::uint16_t status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string repaired_location(std::string_view location) {
  constexpr std::string_view digits = "0123456789ABCDEF", not_in_urls = "\"<>\\^`";
  location = without_blanks_around(location);
  const auto [at, size] = authority_of(location);
  std::string result{location.substr(0, at + size)};
  for (auto rest = location.substr(at + size); !rest.empty(); rest.remove_prefix(1)) {
    const auto byte = static_cast<unsigned char>(rest.front());
    const bool lone_percent = byte == '%' && (rest.size() < 3 || !is_hex(rest[1]) || !is_hex(rest[2]));
    if (byte == '\t' || byte == '\r' || byte == '\n')
      continue; // as browsers do
    if (byte <= 0x20 || byte >= 0x7f || lone_percent || not_in_urls.find(rest.front()) != npos)
      result.append({'%', digits[byte >> 4], digits[byte & 15]});
    else
      result += rest.front();
  }
  return result;
}

std::string_view fragment_of(std::string_view url) noexcept {
  const auto mark = url.find('#');
  return mark == npos ? std::string_view{} : url.substr(mark + 1);
}

std::string shown(const uri::url& where) {
  const auto path = where.target.substr(0, where.target.find('?'));
  const bool suspicious = path.find('@') != npos || path.find("%40") != npos; // a malformed Location's, perhaps
  return where.scheme + "://" + where.authority() + (suspicious ? "/..." : path);
}

redirect_decision decide_redirect(const redirect_policy& policy, const answered_request& request, std::uint16_t status,
                                  const http::fields& response, std::uint32_t redirects) {
  bool contradicted = false;
  const auto location = location_of(response, contradicted);
  if (!policy.follow || !is_redirect(status) || request.method == "CONNECT" || (!location && !contradicted))
    return {};
  if (contradicted)
    return refused(request, status, caused_by::remote, "has several Location fields that differ");
  if (redirects >= policy.limit)
    return refused(request, status, caused_by::remote,
                   "is one more than the " + std::to_string(policy.limit)
                       + " that are followed for a request (request.redirects.limit)",
                   errc::too_many_redirects);
  if (const auto why = objection(*location); !why.empty())
    return refused(request, status, caused_by::remote, why);
  const auto reference = repaired_location(*location);
  auto target = uri::resolve(request.where, reference);
  if (!target)
    return refused(request, status, caused_by::remote,
                   "has a Location that is no usable URL: " + target.error().detail);
  if (const auto why = downgrade(policy, request.where, *target); !why.empty())
    return refused(request, status, caused_by::local, why);
  auto result = next_request(policy, request, status, *std::move(target));
  if (reference.find('#') != npos)
    result.fragment = fragment_of(reference);
  return result;
}

} // namespace sluice::policy
