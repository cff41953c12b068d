// Which responses are followed, where to, and with what of the request (RFC 9110 section 15.4).
#include <sluice/protocols/policy/redirect.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using kind = policy::redirect_decision::kind;

namespace {

using statuses = std::initializer_list<std::uint16_t>;

struct asked {
  std::string method = "GET";
  std::string url = "https://a.example/dir/page?q=1";
  bool has_body = false, body_at_hand = true;
};

redirect_policy following() {
  redirect_policy rules;
  rules.follow = true;
  return rules;
}

policy::redirect_decision decide(const redirect_policy& rules, std::uint16_t status, const http::fields& response,
                                 const asked& from = {}, std::uint32_t redirects = 0) {
  const auto where = *uri::parse(from.url);
  return policy::decide_redirect(rules,
                                 {from.method, where, policy::fragment_of(from.url), from.has_body, from.body_at_hand},
                                 status, response, redirects);
}
policy::redirect_decision decide(std::uint16_t status, std::string location, const asked& from = {}) {
  return decide(following(), status, {{"Location", std::move(location)}}, from);
}

bool drops(const policy::redirect_decision& decision, std::string_view name) {
  return std::find(decision.drop.begin(), decision.drop.end(), name) != decision.drop.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(redirect)

BOOST_AUTO_TEST_CASE(only_redirects_with_a_location_are_followed_and_only_if_wanted) {
  for (const auto status : statuses{200, 201, 300, 304, 305, 306, 404, 503})
    BOOST_TEST((decide(status, "/x").what == kind::deliver), status);
  for (const auto status : statuses{301, 302, 303, 307, 308}) {
    BOOST_TEST((decide(status, "/x").what == kind::follow), status);
    BOOST_TEST((decide(redirect_policy{}, status, {{"Location", "/x"}}).what == kind::deliver), status);
    BOOST_TEST((decide(following(), status, {}).what == kind::deliver), status);
    BOOST_TEST((decide(status, "").what == kind::deliver), status);
    BOOST_TEST((decide(status, " \t ").what == kind::deliver), status);
  }
  BOOST_TEST((decide(302, "/x", {.method = "CONNECT"}).what == kind::deliver));
}

BOOST_AUTO_TEST_CASE(methods_change_as_in_browsers) {
  struct row {
    std::uint16_t status;
    const char *from, *to;
  };
  for (const auto& entry :
       {row{301, "GET", "GET"},    {301, "HEAD", "HEAD"}, {301, "POST", "GET"}, {301, "PUT", "PUT"},
        row{302, "GET", "GET"},    {302, "HEAD", "HEAD"}, {302, "POST", "GET"}, {302, "DELETE", "DELETE"},
        row{303, "GET", "GET"},    {303, "HEAD", "HEAD"}, {303, "POST", "GET"}, {303, "PUT", "GET"},
        row{303, "DELETE", "GET"}, {307, "POST", "POST"}, {307, "PUT", "PUT"},  {307, "GET", "GET"},
        row{308, "POST", "POST"},  {308, "HEAD", "HEAD"}, {303, "post", "GET"}, {301, "post", "post"}}) {
    const auto got = decide(entry.status, "/x", {.method = entry.from, .has_body = true});
    BOOST_TEST(got.method == entry.to, entry.status << " " << entry.from << ": " << got.method);
    const bool same = std::string_view{entry.from} == entry.to;
    BOOST_TEST(got.keeps_body == same, entry.status << " " << entry.from);
    for (const auto* name : {"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Expect"})
      BOOST_TEST(drops(got, name) == !same, entry.status << " " << entry.from << " " << name);
  }
}

BOOST_AUTO_TEST_CASE(a_post_stays_one_where_that_is_wanted) {
  for (const auto status : statuses{301, 302, 303}) {
    auto rules = following();
    rules.keep_post_301 = status == 301;
    rules.keep_post_302 = status == 302;
    rules.keep_post_303 = status == 303;
    for (const auto other : statuses{301, 302, 303}) {
      const auto got = decide(rules, other, {{"Location", "/x"}}, {.method = "POST", .has_body = true});
      BOOST_TEST(got.method == (other == status ? "POST" : "GET"));
      BOOST_TEST(got.keeps_body == (other == status));
    }
    BOOST_TEST(decide(rules, 303, {{"Location", "/x"}}, {.method = "PUT"}).method == "GET");
  }
}

BOOST_AUTO_TEST_CASE(another_host_gets_its_own_credentials_and_nobody_elses) {
  auto rules = following();
  rules.targets = redirect_targets::any;
  rules.credentials = {{"A.example", "of a"}, {"b.example", "of b"}, {"b.example", "never"}, {"::1", "of one"}};
  const auto sent_to = [&](std::string location, const asked& from = {}) {
    const auto got = decide(rules, 302, {{"Location", std::move(location)}}, from);
    BOOST_TEST((got.what == kind::follow));
    return got.authorization.value_or("(none)");
  };
  BOOST_TEST(sent_to("https://B.example:8443/") == "of b");
  BOOST_TEST(sent_to("https://a.example:8443/") == "of a");
  BOOST_TEST(sent_to("https://[::1]/") == "of one");
  BOOST_TEST(sent_to("https://c.example/") == "(none)");
  BOOST_TEST(sent_to("https://b.example.evil/") == "(none)");
  BOOST_TEST(sent_to("/same") == "(none)"); // it keeps what it has
  BOOST_TEST(sent_to("http://b.example/") == "(none)");
  BOOST_TEST(sent_to("http://b.example/", {.url = "http://a.example/"}) == "of b");
  rules.trust_other_origins = true; // what the first origin got goes along
  BOOST_TEST(sent_to("https://b.example/") == "(none)");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_gone_is_a_failure_only_where_it_is_wanted_again) {
  const asked gone{.method = "POST", .has_body = true, .body_at_hand = false};
  for (const auto status : statuses{301, 302, 303})
    BOOST_TEST((decide(status, "/x", gone).what == kind::follow), status);
  for (const auto status : statuses{307, 308}) {
    const auto got = decide(status, "/x", gone);
    BOOST_TEST((got.what == kind::fail), status);
    BOOST_TEST((got.problem.code == errc::redirect_refused));
    BOOST_TEST(got.problem.detail.find("body again") != std::string::npos, got.problem.detail);
  }
}

BOOST_AUTO_TEST_CASE(credentials_stay_at_their_origin) {
  struct row {
    const char *from, *to;
    bool other;
  };
  for (const auto& entry :
       {row{"https://a.example/", "/x", false}, row{"https://a.example/", "https://a.example:443/x", false},
        row{"https://a.example/", "https://A.EXAMPLE/x", false},
        row{"https://a.example/", "https://a.example:444/x", true},
        row{"https://a.example/", "https://b.example/", true}, row{"https://a.example/", "//sub.a.example/", true},
        row{"http://a.example/", "https://a.example/", true}, row{"http://127.0.0.1/", "http://127.1/x", false}}) {
    const asked from{.url = entry.from};
    const auto got = decide(302, entry.to, from);
    BOOST_TEST((got.what == kind::follow), entry.to);
    auto trusting = following();
    trusting.trust_other_origins = true;
    const auto trusted = decide(trusting, 302, {{"Location", entry.to}}, from);
    for (const auto* name : {"Authorization", "Cookie", "Proxy-Authorization"}) {
      BOOST_TEST(drops(got, name) == entry.other, entry.to << " " << name);
      BOOST_TEST(!drops(trusted, name), entry.to << " " << name);
    }
    BOOST_TEST(drops(got, "Host") == entry.other, entry.to);
    BOOST_TEST(drops(trusted, "Host") == entry.other, entry.to);
  }
}

BOOST_AUTO_TEST_CASE(https_is_not_left_unless_that_is_allowed) {
  struct row {
    redirect_targets allowed;
    const char *from, *to;
    kind what;
  };
  using enum redirect_targets;
  for (const auto& entry :
       {row{no_downgrade, "https://a/", "http://a/", kind::fail}, row{no_downgrade, "https://a/", "//b/", kind::follow},
        row{no_downgrade, "http://a/", "http://b/", kind::follow},
        row{no_downgrade, "http://a/", "https://a/", kind::follow},
        row{https_only, "http://a/", "http://b/", kind::fail}, row{https_only, "http://a/", "/x", kind::fail},
        row{https_only, "http://a/", "https://a/", kind::follow}, row{any, "https://a/", "http://a/", kind::follow}}) {
    auto rules = following();
    rules.targets = entry.allowed;
    const auto got = decide(rules, 302, {{"Location", entry.to}}, {.url = entry.from});
    BOOST_TEST((got.what == entry.what), entry.from << " to " << entry.to);
    if (entry.what == kind::fail) {
      BOOST_TEST((got.problem.code == errc::redirect_refused));
      BOOST_TEST(got.problem.detail.find("request.redirects.targets") != std::string::npos, got.problem.detail);
    } else {
      const bool downgrade = std::string_view{entry.from}.starts_with("https:") && !got.where.secure();
      BOOST_TEST(drops(got, "Referer") == downgrade);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_limit_is_an_error_that_names_it) {
  auto rules = following();
  rules.limit = 3;
  BOOST_TEST((decide(rules, 302, {{"Location", "/x"}}, {}, 2).what == kind::follow));
  const auto got = decide(rules, 302, {{"Location", "/x"}}, {}, 3);
  BOOST_TEST((got.what == kind::fail));
  BOOST_TEST((got.problem.code == errc::too_many_redirects));
  BOOST_TEST(got.problem.detail.find("request.redirects.limit") != std::string::npos, got.problem.detail);
  BOOST_TEST(got.problem.detail.find("the 3 that") != std::string::npos, got.problem.detail);
  rules.limit = 0;
  BOOST_TEST((decide(rules, 302, {{"Location", "/x"}}).what == kind::fail));
}

BOOST_AUTO_TEST_CASE(locations_are_resolved_and_odd_ones_read_as_browsers_do) {
  const std::pair<const char*, const char*> table[] = {
      {"/x", "https://a.example/x"},
      {"x", "https://a.example/dir/x"},
      {"../x/./y", "https://a.example/x/y"},
      {"?p", "https://a.example/dir/page?p"},
      {"//b.example:8443/x", "https://b.example:8443/x"},
      {"HTTPS://B.Example/X", "https://b.example/X"},
      {" \t/x ", "https://a.example/x"},
      {"/a b c", "https://a.example/a%20b%20c"},
      {"/a\tb", "https://a.example/ab"},
      {"/caf\xc3\xa9?\xff=\x80", "https://a.example/caf%C3%A9?%FF=%80"},
      {"/\"<>^`", "https://a.example/%22%3C%3E%5E%60"},
      {"/[1]{2}|3", "https://a.example/[1]{2}|3"},
      {"/100%", "https://a.example/100%25"},
      {"/%zz%4", "https://a.example/%25zz%254"},
      {"/%41%2f", "https://a.example/%41%2f"},
      {"/x?a=\\b", "https://a.example/x?a=%5Cb"},
      {"/x?to=http://u@b/", "https://a.example/x?to=http://u@b/"},
      {"/x@y", "https://a.example/x@y"},
  };
  for (const auto& [location, target] : table) {
    const auto got = decide(302, location);
    BOOST_TEST((got.what == kind::follow), location << ": " << got.problem.detail);
    BOOST_TEST(got.where.to_string() == target, location << ": " << got.where.to_string());
  }
}

BOOST_AUTO_TEST_CASE(locations_that_lead_nowhere_are_failures) {
  for (const std::string location :
       {"ftp://b.example/", "mailto:a", "javascript:x", "https:///x", "https://", "http:/x", "//",
        "https://b.example:0/", "https://b.example:99999/", "https://b c/", "https://[::1/", "\\\\b.example\\x",
        "/\\b.example", "https:\\\\b", "https://b\\@c/", "https://1.2.3.4.5/"}) {
    const auto got = decide(302, location);
    BOOST_TEST((got.what == kind::fail), location);
    BOOST_TEST((got.problem.code == errc::redirect_refused), location);
    BOOST_TEST(got.problem.detail.find("(302) of https://a.example/dir/page") != std::string::npos, got.problem.detail);
    BOOST_TEST(got.problem.detail.find("q=1") == std::string::npos, got.problem.detail);
  }
  BOOST_TEST((decide(302, "/" + std::string(uri::url_limit_bytes, 'a')).what == kind::fail));
  BOOST_TEST(
      (decide(302, "/" + std::string(uri::url_limit_bytes / 2, ' ') + "a").what == kind::fail)); // three times as long
}

BOOST_AUTO_TEST_CASE(several_locations_are_followed_only_if_they_agree) {
  BOOST_TEST((decide(following(), 302, {{"Location", "/x"}, {"location", " /x"}}).what == kind::follow));
  for (const auto* first : {"/x", ""})
    BOOST_TEST((decide(following(), 302, {{"Location", first}, {"Location", "/y"}}).what == kind::fail));
}

BOOST_AUTO_TEST_CASE(user_information_of_a_location_is_refused_and_not_repeated) {
  for (const std::string location :
       {"https://user:sEcReT9@b.example/", "https://sEcReT9@b.example", "//user:sEcReT9@b.example/x",
        "https://user:sEc?sEcReT9@b.example/", "https:user:sEcReT9@b", "https:/user:sEcReT9@b/",
        "https://user:sEcReT9@b.example:99999/", "\\\\user:sEcReT9@b", "user:sEcReT9@b", "https://user:sEcReT9%40b/"}) {
    const auto got = decide(302, location);
    if (got.what == kind::follow) // what looks so lies in the query, and is sent on
      BOOST_TEST(got.where.host.find("sEcReT9") == std::string::npos, location);
    BOOST_TEST(to_string(got.problem).find("sEcReT9") == std::string::npos, got.problem.detail);
    BOOST_TEST(policy::shown(got.where).find("sEcReT9") == std::string::npos);
  }
  BOOST_TEST((decide(302, "https://user:sEcReT9@b.example/").what == kind::fail));
  BOOST_TEST((decide(302, "//@b.example/").what == kind::fail));
}

BOOST_AUTO_TEST_CASE(a_fragment_is_inherited_unless_the_location_has_one) {
  const asked from{.url = "https://a.example/#here"};
  BOOST_TEST(decide(302, "/x", from).fragment == "here");
  BOOST_TEST(decide(302, "/x#there", from).fragment == "there");
  BOOST_TEST(decide(302, "/x#", from).fragment == "");
  BOOST_TEST(decide(302, "#a b", from).fragment == "a%20b");
  BOOST_TEST(decide(302, "/x").fragment == "");
}

BOOST_AUTO_TEST_CASE(what_is_shown_of_a_url_has_no_query) {
  BOOST_TEST(policy::shown(*uri::parse("https://a.example:444/p/q?token=1#f")) == "https://a.example:444/p/q");
  for (const auto* url : {"https://a.example/x:user:secret@b", "https://a.example/user:secret%40b"})
    BOOST_TEST(policy::shown(*uri::parse(url)) == "https://a.example/...");
}

BOOST_AUTO_TEST_SUITE_END()
