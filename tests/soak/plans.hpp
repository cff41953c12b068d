// The kinds of exchanges, and one of them by chance.
// Knows what the origin's routes do; not how an exchange is carried out.
#pragma once

#include "origin_process.hpp"
#include "visitor.hpp"

#include <sluice/actors/client_config.hpp>

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace sluice::soak {

struct carrier {
  const char* name;
  http_choice protocol;
  bool tls;
  client good;        ///< whatever it carries leaves its connections in order
  client faulty;      ///< for the origin's faults, which take the other exchanges of their connection with them
  client distrusting; ///< trusts nobody; under TLS only
};

struct surroundings {
  caf::actor_system& system;
  const origin_process& origin;
  chunk large; ///< an upload that no buffer between here and the origin takes up
};

std::size_t kinds_of_exchanges();

/// The same for the same random numbers; of the kinds in whose name `only` stands, or of all if there is none.
plan random_plan(std::mt19937_64& random, const surroundings& about, const carrier& over, std::string_view only);

/// For the last phase: bodies that flow, or wait for their next byte or their head, until the origin dies.
std::vector<plan> plans_to_be_killed(const surroundings& about, const carrier& over);

} // namespace sluice::soak
