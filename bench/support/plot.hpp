// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::bench {

/// One curve and what is marked on it.
struct plotted {
  std::string name;
  std::vector<std::pair<double, double>> points;   ///< by rising x
  std::vector<double> marks;                       ///< x of points that are drawn red
  std::vector<std::pair<double, double>> bands{};  ///< stretches of x that are shaded, in every panel
};

/// Panels one below the other over the same x, as SVG that needs nothing else. A pixel column of many points is drawn
/// from the least to the greatest of them.
inline std::string svg(const std::vector<plotted>& panels, std::string_view x_name) {
  constexpr double width = 800, height = 140, left = 70, gap = 30;
  double low_x = std::numeric_limits<double>::infinity(), high_x = -low_x;
  for (const plotted& p : panels) {
    if (p.points.empty()) continue;
    low_x = std::min(low_x, p.points.front().first);
    high_x = std::max(high_x, p.points.back().first);
  }
  if (!(high_x > low_x)) high_x = low_x + 1;
  const auto x_of = [&](double x) { return left + (x - low_x) / (high_x - low_x) * width; };
  std::string out;
  char line[256];
  const auto put = [&](const char* format, auto... values) {
    std::snprintf(line, sizeof line, format, values...);
    out += line;
  };
  put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"12\">\n",
      left + width + 10, static_cast<double>(panels.size()) * (height + gap) + 20);
  out += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  double top = 20;
  for (const plotted& p : panels) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto& [x, y] : p.points) low = std::min(low, y), high = std::max(high, y);
    if (!(high > low)) high = low + 1;
    const auto y_of = [&](double y) { return top + height - (y - low) / (high - low) * height; };
    for (const plotted& every : panels)
      for (const auto& [from, to] : every.bands)
        put("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#fde68a\"/>\n", x_of(from), top,
            std::max(1.0, x_of(to) - x_of(from)), height);
    put("<text x=\"%g\" y=\"%g\">", left, top - 6);
    out += p.name;
    put("</text>\n<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.4g</text>", left - 6, top + 10, high);
    put("<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.4g</text>\n", left - 6, top + height, low);
    out += "<path fill=\"none\" stroke=\"#1d4ed8\" d=\"";
    for (std::size_t i = 0; i < p.points.size();) {
      const double column = std::floor(x_of(p.points[i].first));
      double least = p.points[i].second, most = least;
      for (; i < p.points.size() && std::floor(x_of(p.points[i].first)) == column; ++i) {
        least = std::min(least, p.points[i].second);
        most = std::max(most, p.points[i].second);
      }
      put("%c%g %.1fL%g %.1f", out.back() == '"' ? 'M' : 'L', column, y_of(least), column, y_of(most));
    }
    out += "\"/>\n";
    double drawn = -1;
    for (const double x : p.marks) {
      if (std::floor(x_of(x)) == drawn) continue;
      drawn = std::floor(x_of(x));
      put("<path stroke=\"#dc2626\" d=\"M%g %gv%g\"/>\n", drawn, top + height + 2, 8.0);
    }
    top += height + gap;
  }
  put("<text x=\"%g\" y=\"%g\">%.4g</text>", left, top - 6, low_x);
  put("<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.4g ", left + width, top - 6, high_x);
  out += std::string(x_name) + "</text>\n</svg>\n";
  return out;
}

}  // namespace netanomaly::bench
