// Errors of the library in the words of the command.
#include "../../deploy/command/option_words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(option_words)

BOOST_AUTO_TEST_CASE(settings_become_options) {
  const std::pair<const char*, const char*> rows[] = {
      {"the deadline 'total' of 5 ms passed while the request waited for a connection (limit connections_per_origin)",
       "the deadline --max-time of 5 ms passed while the request waited for a connection"},
      {"after 0 bytes (deadline upload_silence)", "after 0 bytes (--upload-silence)"},
      {"nothing came from the origin for 5 ms though it was invited to send",
       "nothing came from the origin for 5 ms though it was invited to send (--peer-silence)"},
      {"the 50 that are followed for a request (request.redirects.limit)",
       "the 50 that are followed for a request; --max-redirs allows more"},
      {"only https is allowed (request.redirects.targets)", "only https is allowed (--proto-redir)"},
      {"request.method 'a b' is not a token", "-X: the method 'a b' is not a token"},
      {"TLS configuration, ca_file: no", "--cacert: no"},
      {"a (the local end port 5 cannot be had)", "a (--local-port: port 5 cannot be had)"},
      {"a (the local end ::1 port 5 cannot be had)", "a (--interface: the local end ::1 port 5 cannot be had)"},
      {"asked were the name servers 192.0.2.1:53", "asked were those of --dns-servers, 192.0.2.1:53"}};
  for (const auto& [library, command] : rows) {
    BOOST_TEST(in_words_of_options(std::string{library}) == command);
    BOOST_TEST(in_words_of_options(std::string{command}) == command); // once is enough
  }
}

BOOST_AUTO_TEST_CASE(advice_without_an_option_is_left_out) {
  const std::pair<const char*, const char*> rows[] = {
      {"the head is larger than 9 bytes (limit head_bytes); raise the limit if the sender is trusted",
       "the head is larger than 9 bytes"},
      {"more than 9 fields (limits field_count, head_bytes)", "more than 9 fields"},
      {"the budget is used up (client_config.retry_budget_percent)", "the budget is used up"},
      {"its limit is 9: raise it (ulimit -n) or make fewer connections (client_config.connections)",
       "its limit is 9: raise it (ulimit -n) or make fewer connections"}};
  for (const auto& [library, command] : rows)
    BOOST_TEST(in_words_of_options(std::string{library}) == command);
}

BOOST_AUTO_TEST_CASE(other_parentheses_stay) {
  for (const std::string text : {"", " (", "no descriptor (limit 64)", "a (limit", "a () (limit x y: z)",
                                 "no colon (RFC 9112 section 5)", "a (Connection refused)"})
    BOOST_TEST(in_words_of_options(text) == text);
}

BOOST_AUTO_TEST_SUITE_END()
