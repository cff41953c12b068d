#include <sluice/messages/errors.hpp>

#include <caf/defaults.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace sluice {

namespace {
constexpr auto category = caf::atom("sluice");
}

void configure(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::sluice>();
  config.add_error_category(category, [](std::uint8_t code, caf::atom_value, const caf::message& context) {
    if (context.match_elements<failure>())
      return to_string(context.get_as<failure>(0));
    return std::string{to_string(static_cast<errc>(code))};
  });
  constexpr char field[] = "middleman.app-identifiers";
  const auto ours = "sluice/" + std::to_string(message_protocol_version);
  auto all = caf::get_or(config, field, caf::defaults::middleman::app_identifiers);
  if (std::find(all.begin(), all.end(), ours) == all.end())
    all.push_back(ours);
  config.set(field, std::move(all));
}

caf::error make_error(const failure& problem) {
  const auto code = problem ? problem.code : errc::internal; // an error of code 0 would be none
  return caf::error{static_cast<std::uint8_t>(code), category, caf::make_message(problem)};
}

failure failure_of(const caf::error& error) {
  if (!error)
    return {};
  if (error.category() == category && error.context().match_elements<failure>())
    if (const auto& original = error.context().get_as<failure>(0); original) // else another node calls success an error
      return original;
  if (error.category() == caf::atom("exit"))
    return {errc::cancelled, caused_by::local, "the actor that was asked has ended: " + caf::to_string(error)};
  if (error == caf::sec::request_timeout)
    return {errc::timed_out, caused_by::local, "no answer within the time given to the request message"};
  if (error == caf::sec::request_receiver_down)
    return {errc::cancelled, caused_by::local, "the actor that was asked (client or body reader) is gone"};
  return {errc::internal, caused_by::local, "an error of the actor system: " + caf::to_string(error)};
}

} // namespace sluice
