#include "plot.hpp"

#include "display.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::command {

namespace {

std::string polyline(const std::vector<sample>& samples, double width, double height, double top, double largest,
                     const char* colour, auto value) {
  std::string points;
  const double span = std::max(samples.back().seconds, 0.001);
  for (const auto& x : samples)
    points += fmt::format("{:.1f},{:.1f} ", 60 + x.seconds / span * width,
                          top + height - std::min(1.0, static_cast<double>(value(x)) / largest) * height);
  return fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"{}\"/>\n", colour, points);
}

} // namespace

std::string plot(const std::vector<sample>& samples) {
  constexpr double width = 700, height = 160;
  double held = 1, resident = 1;
  for (const auto& x : samples) {
    for (auto n : x.held)
      held = std::max(held, static_cast<double>(n));
    resident = std::max(resident, static_cast<double>(x.resident));
  }
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"460\" font-family=\"sans-serif\" "
                    "font-size=\"12\">\n<rect width=\"800\" height=\"460\" fill=\"white\"/>\n";
  const char* colours[] = {"#1f77b4", "#d62728", "#2ca02c"};
  const char* labels[] = {"draining", "stalling", "cancelled"};
  svg += fmt::format("<text x=\"60\" y=\"24\">bytes held for each reader (highest {})</text>\n", human_bytes(held));
  for (int i = 0; i < 3; ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"24\" fill=\"{}\">{}</text>\n", 460 + i * 90, colours[i], labels[i]);
    svg += polyline(samples, width, height, 34, held, colours[i], [i](const sample& x) { return x.held[i]; });
  }
  svg += fmt::format("<text x=\"60\" y=\"244\">resident memory of client and origin together (highest {})</text>\n",
                     human_bytes(resident));
  svg += polyline(samples, width, height, 254, resident, "#444444", [](const sample& x) { return x.resident; });
  svg += fmt::format("<line x1=\"60\" y1=\"194\" x2=\"760\" y2=\"194\" stroke=\"black\"/><line x1=\"60\" y1=\"414\" "
                     "x2=\"760\" y2=\"414\" stroke=\"black\"/>\n<text x=\"60\" y=\"440\">0 s</text><text x=\"720\" "
                     "y=\"440\">{:.1f} s</text>\n</svg>\n",
                     samples.back().seconds);
  return svg;
}

} // namespace sluice::command
