#include "transfer_plan.hpp"

#include "file_name.hpp"

#include <algorithm>
#include <utility>

namespace sluice::command {

result_or_failure<transfer_plan> transfer_plan::make(const receiving_options& options) {
  transfer_plan result;
  result.folder_ = options.output_dir;
  result.header_name_ = options.header_name;
  for (std::size_t i = 0; i < options.urls.size(); ++i) {
    auto urls =
        options.no_globbing ? result_or_failure<glob>{glob::literal(options.urls[i])} : glob::parse(options.urls[i]);
    if (!urls)
      return urls.error();
    entry planned{*std::move(urls), {}};
    if (i < options.outputs.size())
      planned.output = options.outputs[i];
    else if (options.remote_name_all)
      planned.output = output_choice{true, {}};
    result.size_ += planned.urls.size();
    result.entries_.push_back(std::move(planned));
  }
  return result;
}

std::optional<transfer_job> transfer_plan::next() {
  if (is_over())
    return {};
  const auto& from = entries_[at_];
  auto expansion = from.urls.at(within_);
  transfer_job result{number_++, at_, std::move(expansion.url), {}, from.output.has_value(), false};
  if (from.output && from.output->remote_name) {
    result.output = in_output_dir(folder_, file_name_of_url(result.url));
    result.header_name = header_name_;
  } else if (from.output) {
    const auto path = with_glob_values(from.output->path, expansion.values);
    result.output = path.empty() || path == "-" ? path : in_output_dir(folder_, path);
  }
  if (++within_ == from.urls.size()) {
    within_ = 0;
    ++at_;
  }
  return result;
}

bool transfer_plan::has_files() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const entry& each) {
    return each.output && (each.output->remote_name || (!each.output->path.empty() && each.output->path != "-"));
  });
}

std::string in_output_dir(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder.back() == '/' ? folder + name : folder + "/" + name;
}

} // namespace sluice::command
