#include "demo_plot.hpp"

#include "display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::command {

namespace {

constexpr double mebibyte = 1 << 20;
constexpr const char* sent_colour = "#7fb2e5";
constexpr const char* consumed_colour = "#b3261e";
constexpr const char* stall_colour = "#ececec";
constexpr const char* held_colour = "#dbe9f8";

// The page, in pixels.
constexpr double page_width = 900, page_top = 104, panel_width = 372, panel_height = 150, row_height = 206,
                 page_bottom = 12;
constexpr double panel_left[] = {66, 508};

/// The area of one panel, and what its axes end at.
struct panel {
  double left, top, seconds, mebibytes;
  double x(double at_seconds) const { return left + at_seconds / seconds * panel_width; }
  double y(double at_mebibytes) const { return top + panel_height - at_mebibytes / mebibytes * panel_height; }
};

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2,
                     colour);
}

std::string text(double anchor, double baseline, const std::string& words, const char* attributes = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", anchor, baseline, attributes, words);
}

std::string rectangle(double left, double top, double width, double height, const char* colour) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", left, top,
                     width, height, colour);
}

std::string points(const panel& area, const std::vector<body_sample>& samples, std::uint64_t body_sample::* bytes) {
  std::string result;
  for (const auto& sample : samples)
    result +=
        fmt::format("{:.1f},{:.1f} ", area.x(sample.seconds), area.y(static_cast<double>(sample.*bytes) / mebibyte));
  return result;
}

/// The two lines, and between them what is held.
std::string curves(const panel& area, const body_course& course) {
  const auto sent = points(area, course.samples, &body_sample::sent_bytes);
  const auto consumed = points(area, course.samples, &body_sample::consumed_bytes);
  auto backwards = course.samples;
  std::reverse(backwards.begin(), backwards.end());
  return fmt::format("<polygon fill=\"{}\" points=\"{}{}\"/>\n", held_colour, sent,
                     points(area, backwards, &body_sample::consumed_bytes))
         + fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"5\" points=\"{}\"/>\n", sent_colour, sent)
         + fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" points=\"{}\"/>\n", consumed_colour,
                       consumed);
}

std::string axes(const panel& area) {
  const double bottom = area.top + panel_height;
  std::string svg;
  for (const auto at : axis_ticks(area.mebibytes)) {
    svg += line(area.left - 4, area.y(at), area.left, area.y(at), "black");
    svg += text(area.left - 8, area.y(at) + 4, fmt::format("{:g} MiB", at), "text-anchor=\"end\"");
  }
  for (const auto at : axis_ticks(area.seconds)) {
    svg += line(area.x(at), bottom, area.x(at), bottom + 4, "black");
    svg += text(area.x(at), bottom + 17, fmt::format("{:g} s", at), "text-anchor=\"middle\"");
  }
  svg += line(area.left, area.top, area.left, bottom, "black");
  svg += line(area.left, bottom, area.left + panel_width, bottom, "black");
  return svg;
}

std::string draw(const panel& area, const std::string& protocol, const body_course& course) {
  std::string svg;
  if (course.stalled_until > course.stalled_from)
    svg += rectangle(area.x(course.stalled_from), area.top, area.x(course.stalled_until) - area.x(course.stalled_from),
                     panel_height, stall_colour);
  svg += curves(area, course) + axes(area);
  svg += text(area.left, area.top - 9, protocol, "font-weight=\"bold\"");
  svg += text(area.left + panel_width, area.top - 9,
              "at most " + human_bytes(static_cast<double>(course.held_peak_bytes)) + " held", "text-anchor=\"end\"");
  return svg;
}

std::string legend() {
  constexpr double middle = 40;
  std::string svg;
  svg += fmt::format("<line x1=\"66\" y1=\"{0}\" x2=\"96\" y2=\"{0}\" stroke=\"{1}\" stroke-width=\"5\"/>\n", middle,
                     sent_colour);
  svg += text(103, middle + 4, "the origin has sent");
  svg += fmt::format("<line x1=\"248\" y1=\"{0}\" x2=\"278\" y2=\"{0}\" stroke=\"{1}\" stroke-width=\"1.8\"/>\n",
                     middle, consumed_colour);
  svg += text(285, middle + 4, "the reader has consumed");
  svg += rectangle(474, middle - 6, 30, 12, held_colour) + text(511, middle + 4, "held: sent and not consumed");
  svg += rectangle(716, middle - 6, 30, 12, stall_colour) + text(753, middle + 4, "the reader stalls");
  return svg;
}

/// What the axes of a column end at: the same in each row, to be compared.
panel scale_of(const std::vector<stall_comparison>& rows, double left, body_course stall_comparison::* column) {
  panel result{left, 0, 0.001, 0.001};
  for (const auto& row : rows) {
    for (const auto* course : {&row.sluice, &row.unbounded}) // time is the same in both columns
      for (const auto& sample : course->samples)
        result.seconds = std::max(result.seconds, sample.seconds);
    for (const auto& sample : (row.*column).samples)
      result.mebibytes = std::max(result.mebibytes, static_cast<double>(sample.sent_bytes) / mebibyte);
  }
  result.seconds *= 1.02;
  result.mebibytes *= 1.06;
  return result;
}

} // namespace

std::vector<double> axis_ticks(double largest) {
  if (!(largest > 0))
    return {0};
  const double power = std::pow(10, std::floor(std::log10(largest)) - 1);
  double step = power;
  for (const double factor : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0})
    if (step = factor * power; largest / step < 6)
      break;
  std::vector<double> result;
  for (int i = 0; i * step <= largest; ++i)
    result.push_back(i * step);
  return result;
}

std::string demo_plot(const std::vector<stall_comparison>& rows) {
  const double height =
      page_top + row_height * static_cast<double>(rows.size()) - (row_height - panel_height) + 24 + page_bottom;
  auto svg = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
                         "{1}\" role=\"img\" aria-label=\"What the origin has sent and what the reader has consumed "
                         "over time\" font-family=\"sans-serif\" font-size=\"13\">\n",
                         page_width, height);
  svg += rectangle(0, 0, page_width, height, "white");
  svg += text(66, 20, "A reader stalls: what its origin sends meanwhile", "font-size=\"15\" font-weight=\"bold\"");
  svg += legend();
  const char* titles[] = {"a reader of sluice", "a reader that buffers without bound"};
  body_course stall_comparison::* const columns[] = {&stall_comparison::sluice, &stall_comparison::unbounded};
  for (std::size_t column = 0; column < 2; ++column) {
    auto area = scale_of(rows, panel_left[column], columns[column]);
    svg +=
        text(area.left + panel_width / 2, page_top - 32, titles[column], "font-weight=\"bold\" text-anchor=\"middle\"");
    for (std::size_t row = 0; row < rows.size(); ++row) {
      area.top = page_top + row_height * static_cast<double>(row);
      svg += draw(area, rows[row].protocol, rows[row].*columns[column]);
    }
  }
  return svg + "</svg>\n";
}

} // namespace sluice::command
