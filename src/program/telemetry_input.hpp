// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/result.hpp>
#include <netanomaly/core/time.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::program {

/// ISO 8601 date and time, "T" or a space between, with a zone or in UTC; or a number since 1970, whose unit is told
/// from its size: seconds below 10^11, then milliseconds, microseconds, nanoseconds.
[[nodiscard]] std::optional<time_point> parse_time(std::string_view text);

/// One value of one metric. NaN where the cell is empty or says that there is none.
struct metric_point {
  std::string_view metric;
  time_point time;
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// Lines of text to points of metrics. The form is told from the first lines, header or not.
class metric_reader {
 public:
  using take = std::function<void(const metric_point&)>;

  /// `name` stands in messages; `metric` is the one whose name the lines do not say.
  metric_reader(std::string name, std::string metric, std::string form);

  /// An error names the file, the line and what was expected.
  [[nodiscard]] result<void> line(std::string_view text, const take& point);
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

 private:
  enum class form : std::uint8_t { unknown, two, longer, wide, graphite };

  [[nodiscard]] unexpected<error> wrong(std::string_view expected, std::string_view got) const;
  void split(std::string_view text);
  [[nodiscard]] result<bool> recognise(std::string_view text);
  [[nodiscard]] result<void> data(const take& point);
  [[nodiscard]] result<double> value(std::string_view cell) const;
  [[nodiscard]] result<time_point> time(std::string_view cell) const;

  std::string name_, metric_;
  form form_ = form::unknown;
  std::string asked_;
  char delimiter_ = ',';
  std::size_t time_at_ = 0, value_at_ = 1, metric_at_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string_view> cells_;
  std::vector<std::string> unquoted_;
  std::uint64_t lines_ = 0;
};

}  // namespace netanomaly::program
