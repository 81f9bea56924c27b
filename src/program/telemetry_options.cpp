// SPDX-License-Identifier: Apache-2.0
#include "telemetry_options.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <string_view>

namespace netanomaly::program {

namespace {

constexpr const char* group_input = "Input";
constexpr const char* group_output = "Output";
constexpr const char* group_detection = "Detection";
constexpr const char* group_alarms = "Alarms";

/// An option whose text `take` takes, or says what was expected.
template <class Take>
CLI::Option* add(CLI::App& app, const std::string& names, Take take, const std::string& text, const char* type,
                 const char* group) {
  const std::string shown = names.substr(names.rfind("--"));
  return app
      .add_option_function<std::string>(
          names,
          [take, shown](const std::string& value) {
            if (const result<void> taken = take(value); !taken)
              throw CLI::ValidationError(shown, taken.error().message());
          },
          text)
      ->type_name(type)
      ->group(group);
}

unexpected<error> expected(std::string_view what, std::string_view got) {
  return unexpected(error(fmt::format("expected {}, got '{}'", what, printable(got))));
}

template <class T>
bool whole(std::string_view text, T& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}
bool real(std::string_view text, double& number) { return whole(text, number) && std::isfinite(number); }

/// One duration option; 0 is refused.
template <class Target>
auto into(Target& target) {
  return [&target](const std::string& text) -> result<void> {
    const auto length = parse_duration(text);
    if (!length) return unexpected(length.error());
    if (*length <= duration()) return expected("a duration above 0", text);
    target = *length;
    return {};
  };
}

/// "10m", or "600" points.
auto part_into(std::optional<part>& target) {
  return [&target](const std::string& text) -> result<void> {
    part p;
    if (!whole(text, p.points) || p.points == 0) {
      const auto length = parse_duration(text);
      if (!length || *length <= duration())
        return expected("a number of points such as 600, or a duration such as 10m", text);
      p = {.length = *length};
    }
    target = p;
    return {};
  };
}

void define_input(CLI::App& app, telemetry_options& o) {
  app.add_option("FILE", o.inputs,
                 "Metrics to read, or directories of .csv files, each file a metric unless it names its own; - is "
                 "standard input. CSV with timestamp,value, or metric,timestamp,value, or a column a metric; "
                 "or Graphite's plaintext. Times are ISO 8601 (UTC where no zone is given) or seconds, milliseconds, "
                 "microseconds or nanoseconds since 1970.")
      ->type_name("FILE|DIR|-")
      ->group(group_input);
  app.add_option("--form", o.form, "The form of the input, where it cannot be told from its first lines.")
      ->type_name("csv|long|wide|graphite")
      ->check(CLI::IsMember({"csv", "long", "wide", "graphite"}).description(""))
      ->group(group_input);
  app.add_flag("--counter", o.counter,
               "The values only count up: judge their rate a second. A value below the one before is a restart from 0.")
      ->group(group_input);
}

void define_detection(CLI::App& app, telemetry_options& o) {
  add(
      app, "--detector",
      [&o](const std::string& text) -> result<void> {
        for (std::size_t at = 0; at <= text.size();) {
          const std::size_t comma = std::min(text.find(',', at), text.size());
          if (comma > at) o.detectors.push_back(text.substr(at, comma - at));
          at = comma + 1;
        }
        return {};
      },
      "Detectors to ask, in the order of their answers (netanomaly --list-detectors), or all for the nine of Skyline. "
      "The default is median_absolute_deviation.",
      "NAME[,NAME...]|all", group_detection);
  add(
      app, "--window",
      [&o](const std::string& text) -> result<void> {
        std::uint32_t points = 0;
        if (whole(text, points) && points > 0) {
          o.points = points;
          return {};
        }
        const auto length = parse_duration(text);
        if (!length || *length <= duration())
          return expected("a number of points such as 1440, or a duration such as 24h", text);
        o.span = *length;
        return {};
      },
      "How much of the past a detector judges by. A bare number counts points. The default is 1440.", "POINTS|DURATION",
      group_detection);
  add(app, "--full-duration", into(o.full_duration),
      "How far back first_hour_average looks for its hour. The default is 24h.", "DURATION", group_detection);
  add(app, "--recent", part_into(o.recent),
      "For detectors of two windows (two_window_...): how long the last minutes are. The default is 10m.",
      "POINTS|DURATION", group_detection);
  add(app, "--baseline", part_into(o.baseline),
      "For the same: how long the time before is that they are compared with. The default is 1h.", "POINTS|DURATION",
      group_detection);
  app.add_option("--compatibility", o.compatibility, "skyline: every detector answers as Skyline's does.")
      ->type_name("none|skyline")
      ->check(CLI::IsMember({"none", "skyline"}).description(""))
      ->group(group_detection);
  add(
      app, "--consensus",
      [&o](const std::string& text) -> result<void> {
        std::uint32_t votes = 0;
        if (!whole(text, votes) || votes < 1 || votes > 64) return expected("a whole number from 1 to 64", text);
        o.consensus = votes;
        return {};
      },
      "Report only where at least so many of the detectors agree.", "VOTES", group_detection);
  add(
      app, "--season",
      [&o](const std::string& text) -> result<void> {
        if (text == "day") return into(o.season)("1d");
        if (text == "week") return into(o.season)("7d");
        return into(o.season)(text);
      },
      "Learn what is usual at each time of the day, the week, or another period, and judge what is left. It takes "
      "three periods before anything is judged.",
      "day|week|DURATION", group_detection);
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&o](const std::vector<std::string>& values) {
           for (const std::string& text : values) {
             const std::size_t equals = text.find('=');
             if (equals == std::string::npos || equals == 0)
               throw CLI::ValidationError("--set", fmt::format("expected NAME=VALUE, got '{}'", printable(text)));
             o.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
           }
         },
         "A parameter of the detectors, for each that has it; may be repeated.")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group_detection);
  add(
      app, "--alarm-rate",
      [&o](const std::string& text) -> result<void> {
        double rate = 0;
        if (!real(text, rate) || rate <= 0 || rate >= 0.02) return expected("a rate above 0 and below 0.02", text);
        o.alarm_rate = rate;
        return {};
      },
      "Calibrate each detector to this rate of false alarms a point, whatever its own threshold; the score then is "
      "-log10 of the p-value. It takes 1,000 scores.",
      "RATE", group_detection);
  app.add_option(
         "--state", o.state,
         "Keep here what must survive a restart, and continue from it. The directory is made if need be; a damaged "
         "state is refused, never overwritten.")
      ->type_name("DIR")
      ->group(group_detection);
  add(
      app, "--memory-limit",
      [&o](const std::string& text) -> result<void> {
        const auto octets = parse_octets(text);
        if (!octets) return unexpected(octets.error());
        o.memory_limit = *octets;
        return {};
      },
      "Hold at most so much; the metric seen longest ago is forgotten first. The default is 4GiB.", "SIZE",
      group_detection);
}

void define_alarms(CLI::App& app, telemetry_options& o) {
  add(
      app, "--direction",
      [&o](const std::string& text) -> result<void> {
        if (text != "up" && text != "down" && text != "both") return expected("up, down or both", text);
        o.direction = text == "up"     ? change_direction::up
                      : text == "down" ? change_direction::down
                                       : change_direction::both;
        return {};
      },
      "Report only values above, or below, the median of the 60 before.", "up|down|both", group_alarms);
  add(
      app, "--min-change",
      [&o](const std::string& text) -> result<void> {
        std::string_view number = text;
        o.min_change.relative = number.ends_with('%');
        if (o.min_change.relative) number.remove_suffix(1);
        if (!real(number, o.min_change.size) || o.min_change.size < 0)
          return expected("a number such as 10 or 5%", text);
        if (o.min_change.relative) o.min_change.size /= 100;
        return {};
      },
      "Report only values at least so far from that median.", "NUMBER|PERCENT%", group_alarms);
  add(
      app, "--fire",
      [&o](const std::string& text) -> result<void> {
        const std::size_t slash = text.find('/');
        firing f;
        if (slash == std::string::npos || !whole(std::string_view(text).substr(0, slash), f.count) ||
            !whole(std::string_view(text).substr(slash + 1), f.of) || f.count < 1 || f.count > f.of || f.of > 64)
          return expected("M/N with M at most N, N at most 64", text);
        o.fire = f;
        return {};
      },
      "Report only where at least M of a detector's last N judgements were anomalous.", "M/N", group_alarms);
  add(app, "--no-data", into(o.no_data),
      "Report a metric that has had no value for longer than this, as detector no_data.", "DURATION", group_alarms);
  const auto points_into = [](std::uint64_t& target) {
    return [&target](const std::string& text) -> result<void> {
      if (!whole(text, target) || target == 0) return expected("a whole number above 0", text);
      return {};
    };
  };
  add(app, "--short", points_into(o.least_points), "Say nothing of a metric before it has had so many points.",
      "POINTS", group_alarms);
  add(app, "--stale", into(o.stale),
      "Begin a metric anew, all but its season, after a longer silence: what is known is of another time.", "DURATION",
      group_alarms);
  add(app, "--boring", points_into(o.boring),
      "Say nothing of a metric while its last values, so many or more, are one and the same.", "POINTS", group_alarms);
  add(
      app, "--second-order",
      [&o](const std::string& text) -> result<void> {
        std::uint32_t recent = 0;
        if (!whole(text, recent) || recent < 2 || recent > 1'000'000)
          return expected("a whole number from 2 to 1000000", text);
        o.second_order = recent;
        return {};
      },
      "Report a detector only where so many of its last judgements have more anomalies than its rate before them "
      "explains; the score then is -log10 of the p-value, and 6 the threshold. It takes 500 judgements.",
      "JUDGEMENTS", group_alarms);
}

void define_output(CLI::App& app, telemetry_options& o) {
  app.add_option_function<std::string>(
         "--format", [&o](const std::string& text) { o.json_lines = text == "jsonl"; },
         "A table for people, or one JSON object a line for programs. The default is table.")
      ->type_name("table|jsonl")
      ->check(CLI::IsMember({"table", "jsonl"}).description(""))
      ->group(group_output);
  app.add_flag_callback(
         "--jsonl", [&o] { o.json_lines = true; }, "The same as --format jsonl.")
      ->group(group_output);
  app.add_flag(
         "--all-points", o.all_points,
         "One JSON line a point and detector, from the first point on; the score is null where it has not judged.")
      ->group(group_output);
  app.add_option("-o,--output", o.output, "Write there instead of to standard output.")
      ->type_name("FILE")
      ->group(group_output);
  app.add_option("--report", o.report, "Write one self-contained HTML page with plots; it opens offline.")
      ->type_name("FILE.html")
      ->group(group_output);
  add(
      app, "--top",
      [&o](const std::string& text) -> result<void> {
        std::size_t count = 0;
        if (!whole(text, count) || count == 0) return expected("a whole number above 0", text);
        o.top = count;
        return {};
      },
      "Show at most so many rows of the table, the highest scores.", "N", group_output);
  app.add_flag("--fail-on-anomaly", o.fail_on_anomaly, "Exit with 1 when something was found.")->group(group_output);
}

}  // namespace

void define_telemetry(CLI::App& app, telemetry_options& o) {
  define_input(app, o);
  define_output(app, o);
  define_detection(app, o);
  define_alarms(app, o);
}

}  // namespace netanomaly::program
