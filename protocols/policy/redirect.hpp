// What becomes of a response that may be a redirect (RFC 9110 section 15.4): delivered, followed or refused.
// Pure functions for any thread; knows no connection. No text of theirs repeats user information or a query.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/policy/rules.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::policy {

/// A request that was answered, as far as a redirect depends on it.
struct answered_request {
  std::string_view method;
  const uri::url& where;
  std::string_view fragment{}; ///< of its URL, without '#'
  bool has_body = false;
  bool body_can_be_sent_again = true; ///< its bytes are at hand, or nothing of its source was read
};

struct redirect_decision {
  enum class kind : std::uint8_t {
    deliver, ///< it is no redirect, or one that is not followed: the response is for whoever asked
    follow,
    fail, ///< `problem` is for whoever asked
  };
  kind what = kind::deliver;
  // of follow: the next request
  std::string method;
  uri::url where;
  std::string fragment;                     ///< without '#': the Location's, else inherited (RFC 9110 section 10.2.2)
  bool keeps_body = false;                  ///< false: it has no body
  std::vector<std::string_view> drop;       ///< names of fields that it must not have; static text
  std::optional<std::string> authorization; ///< the field that it has then, of the policy's credentials
  // of fail: errc::too_many_redirects or errc::redirect_refused
  failure problem;
};

/// `redirects`: how many were followed before, for the same request.
redirect_decision decide_redirect(const redirect_policy& policy, const answered_request& request, std::uint16_t status,
                                  const http::fields& response, std::uint32_t redirects);

/// 301, 302, 303, 307 or 308.
bool is_redirect(std::uint16_t status) noexcept;
/// A Location as browsers read it (WHATWG URL standard): without blanks around it, and with what no URL holds
/// (spaces, bytes outside of ASCII, control characters, '%' without two digits) percent-encoded after the authority.
std::string repaired_location(std::string_view location);
/// What follows the first '#' of a URL; empty if there is none.
std::string_view fragment_of(std::string_view url) noexcept;
/// A URL for people: without its query, which may hold a token, and without a path that contains an '@'.
std::string shown(const uri::url& where);

} // namespace sluice::policy
