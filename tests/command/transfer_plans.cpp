// Which URL goes to which file, and which options have no meaning.
#include "../../deploy/command/transfer_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice::command;

namespace {

/// "URL > FILE" of each transfer.
std::vector<std::string> planned(const receiving_options& options) {
  auto plan = transfer_plan::make(options);
  if (!plan)
    return {plan.error().detail};
  std::vector<std::string> result;
  while (const auto job = plan->next())
    result.push_back(job->url + " > " + (job->output.empty() ? "(out)" : job->output));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(transfer_plans)

BOOST_AUTO_TEST_CASE(outputs_belong_to_urls_in_their_order) {
  receiving_options options;
  options.urls = {"http://h/a", "http://h/b", "http://h/c", "http://h/d"};
  options.outputs = {{false, "first"}, {true, ""}, {false, "-"}};
  BOOST_TEST(
      planned(options)
          == (std::vector<std::string>{"http://h/a > first", "http://h/b > b", "http://h/c > -", "http://h/d > (out)"}),
      boost::test_tools::per_element());
  options.remote_name_all = true;
  options.output_dir = "dir";
  BOOST_TEST(planned(options)
                 == (std::vector<std::string>{"http://h/a > dir/first", "http://h/b > dir/b", "http://h/c > -",
                                              "http://h/d > dir/d"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_glob_has_one_output_for_all_of_its_urls) {
  receiving_options options;
  options.urls = {"http://{a,b}/[1-2]", "http://c/"};
  options.outputs = {{false, "#1-#2"}};
  BOOST_TEST(planned(options)
                 == (std::vector<std::string>{"http://a/1 > a-1", "http://a/2 > a-2", "http://b/1 > b-1",
                                              "http://b/2 > b-2", "http://c/ > (out)"}),
             boost::test_tools::per_element());
  options.no_globbing = true;
  BOOST_TEST(planned(options).front() == "http://{a,b}/[1-2] > #1-#2");
}

BOOST_AUTO_TEST_CASE(a_plan_knows_its_size_and_its_end) {
  receiving_options options;
  options.urls = {"http://h/[1-1000]", "http://h/[1-500]"};
  auto plan = transfer_plan::make(options);
  BOOST_TEST_REQUIRE(static_cast<bool>(plan));
  BOOST_TEST(plan->size() == 1500u);
  BOOST_TEST(!plan->has_files());
  std::size_t n = 0;
  while (plan->next())
    ++n;
  BOOST_TEST(n == 1500u);
  BOOST_TEST(plan->is_over());
}

BOOST_AUTO_TEST_CASE(options_without_a_meaning_are_named) {
  receiving_options good;
  good.urls = {"http://h/"};
  BOOST_TEST(!check(good));
  const auto problem = [&](auto change) {
    auto spoiled = good;
    change(spoiled);
    return check(spoiled).detail;
  };
  BOOST_TEST(problem([](auto& options) { options.urls.clear(); }).starts_with("no URL"));
  BOOST_TEST(problem([](auto& options) { options.range = "a-b"; }).starts_with("-r: 'a-b'"));
  for (const std::string range : {"5-2", "0-1,9-8", "-", "1-2-3", "99999999999999999999-", "", "1-,"})
    BOOST_TEST((problem([&](auto& options) { options.range = range; }) != "") == !range.empty(), range);
  BOOST_TEST(problem([](auto& options) { options.outputs = {{true, ""}, {false, ""}}; })
             == "-o: '' names no file; write for example page.html, or - for standard output");
  BOOST_TEST(problem([](auto& options) { options.continue_at = "x"; }).starts_with("-C: 'x'"));
  BOOST_TEST(problem([](auto& options) { options.continue_at = "-", options.range = "0-1"; })
             == "-C and -r cannot be given together");
  BOOST_TEST(problem([](auto& options) { options.continue_at = "5", options.header_name = true; })
             == "-C and -J cannot be given together");
  BOOST_TEST(problem([](auto& options) { options.clobber = options.no_clobber = true; }) != "");
  for (const std::string range : {"0-1", "5-", "-5", "0-1,4-5,-1", "7-7"})
    BOOST_TEST(problem([&](auto& options) { options.range = range; }) == "", range);
}

BOOST_AUTO_TEST_SUITE_END()
