#include "receiving_options.hpp"

#include "option_values.hpp"
#include "size.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <vector>

namespace sluice::command {

namespace {

CLI::Option* repeated(CLI::Option* option) {
  return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

} // namespace

receiving_option_set::receiving_option_set(CLI::App& app, get_options& to) : app_(app), to_(to) {
  add_urls();
  add_files();
  add_parts();
  add_rates();
}

void receiving_option_set::add_urls() {
  auto& options = to_.receive;
  // Newer releases of CLI11 refuse an argument that is named as an option.
  url_ = app_.add_option("URL", options.urls, "http or https URLs; [1-100], [a-z] and {a,b} stand for several")
             ->type_name("URL");
  url_option_ = repeated(app_.add_option("--url", "One more URL"))->type_name("URL");
  app_.add_flag("-g,--globoff", options.no_globbing, "Brackets and braces in URLs stand for themselves");
  app_.add_flag("-Z,--parallel", options.parallel, "Several transfers at the same time");
  app_.add_option("--parallel-max", options.parallel_max, "So many of them at most (50)")
      ->transform(whole_number(1, receiving_options::parallel_most, "20"));
  app_.add_flag("--fail-early", options.fail_early, "Stop at the first transfer that fails");
  app_.add_flag("--fail-with-body", options.fail_with_body, "As --fail, but the body is written");
}

void receiving_option_set::add_files() {
  auto& options = to_.receive;
  output_ = repeated(app_.add_option(
                         "-o,--output",
                         "Write the body to this file, '#1' in which stands for the first glob of the URL; '-' is "
                         "standard output (the default). Repeatable: one for each URL"))
                ->type_name("FILE");
  remote_name_ = app_.add_flag("-O,--remote-name", remote_names_,
                               "Write the body to a file with the name at the end of the URL's path");
  app_.add_flag("--remote-name-all", options.remote_name_all, "-O for every URL that has no -o");
  app_.add_flag("-J,--remote-header-name", options.header_name, "With -O: the name that Content-Disposition gives");
  app_.add_option("--output-dir", options.output_dir, "The folder of the files of -o and -O")->type_name("DIR");
  app_.add_flag("--create-dirs", options.create_dirs, "Create the folders that are missing");
  app_.add_flag("--no-clobber", options.no_clobber, "Keep a file that is there, and write to NAME.1, NAME.2 ...");
  app_.add_flag("--clobber", options.clobber, "Replace a file that is there; the default, except with -J");
  app_.add_flag("-R,--remote-time", options.remote_time, "Give the file the time of Last-Modified");
  app_.add_option("-D,--dump-header", options.dump_header, "Write the heads of responses to this file")
      ->type_name("FILE");
  write_out_ = app_.add_option("-w,--write-out", options.write_out,
                               "Write this after each transfer: text with %{variables}; '@FILE' reads it from a file")
                   ->type_name("FORMAT");
}

void receiving_option_set::add_parts() {
  auto& options = to_.receive;
  app_.add_option("-r,--range", options.range, "Fetch these bytes only: 0-499, 500-, -500")->type_name("RANGE");
  continue_at_option_ =
      app_.add_option("-C,--continue-at", continue_at_,
                      "Go on with a file where it ends ('-', checked by its ETag), or from this byte on (unchecked)")
          ->type_name("OFFSET");
  app_.add_option(
          "-z,--time-cond", options.time_condition,
          "Fetch only what was modified after this date, or after this file was; with '-' in front: what was not")
      ->type_name("TIME");
  app_.add_flag("-I,--head", options.head, "Fetch the head only (HEAD), and write it");
}

void receiving_option_set::add_rates() {
  app_.add_option("--limit-rate", limit_rate_, "Receive and send at most so many bytes a second")
      ->check(size_in_bytes());
  app_.add_option("--max-filesize", max_filesize_, "Give up a body that is larger")->check(size_in_bytes());
}

void receiving_option_set::collect() {
  auto& options = to_.receive;
  if (continue_at_option_->count() > 0)
    options.continue_at = continue_at_;
  if (write_out_->count() > 0)
    options.write_out = write_out_->results().back();
  to_.limit_rate = parse_size(limit_rate_).value_or(0);
  if (to_.limit_rate > 0 && (to_.read_rate == 0 || to_.limit_rate < to_.read_rate))
    to_.read_rate = to_.limit_rate;
  options.max_filesize = parse_size(max_filesize_).value_or(0);
  // As they were written, and in their order, which only the app knows.
  options.urls.clear();
  std::size_t url = 0, url_option = 0, output = 0;
  for (const auto* option : app_.parse_order()) {
    if (option == url_)
      options.urls.push_back(url_->results().at(url++));
    else if (option == url_option_)
      options.urls.push_back(url_option_->results().at(url_option++));
    else if (option == output_)
      options.outputs.push_back({false, output_->results().at(output++)});
    else if (option == remote_name_)
      options.outputs.push_back({true, {}});
  }
}

} // namespace sluice::command
