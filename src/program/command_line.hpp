// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "learn_options.hpp"
#include "telemetry_options.hpp"
#include "test_options.hpp"

#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::program {

enum class output_format : std::uint8_t { table, json_lines, ecs };

/// What `netanomaly dns` was asked for.
struct dns_options {
  bool help = false;
  std::vector<std::string> inputs;  ///< plain arguments and -r; "-" is standard input
  std::string interface;
  std::string filter;
  std::vector<std::uint16_t> ports;
  std::optional<duration> length;  ///< of a live capture
  bool follow = false;
  std::optional<dns::vantage> vantage;  ///< nothing: found out
  output_format format = output_format::table;
  std::string output = "-";
  std::string features;
  std::string report;
  std::optional<std::size_t> top;
  bool all = false;
  bool show_allowed = false;
  bool incidents = false;
  std::optional<duration> incident_quiet;
  std::optional<duration> state_interval;
  bool fail_on_anomaly = false;
  std::string rpz;
  std::string allow;
  std::vector<std::string> local_zones;
  std::string psl;
  std::string geoip;
  std::string state;
  std::optional<std::uint64_t> memory_limit;
  std::optional<double> threshold;
  std::optional<double> suspicion;
  std::optional<double> alarm_budget;  ///< false alarms a day
};

struct options {
  bool help = false;
  bool version = false;
  bool list_detectors = false;
  std::string generate;
  dns_options dns;
  telemetry_options telemetry;
  test_options test;
  learn_options train, score, evaluate;
};

struct example {
  std::string_view command;
  std::string_view meaning;
};

/// One command with what its help, the manual page and the completions say. This is the only definition.
struct command {
  CLI::App* app;
  std::string_view synopsis;     ///< of its arguments
  std::string_view description;  ///< paragraphs, divided by empty lines
  std::vector<example> examples;
};

struct exit_code {
  int code;
  std::string_view meaning;
};

/// The commands, their options bound to `options`.
class command_line {
 public:
  command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;
  command_line(command_line&&) = delete;
  command_line& operator=(command_line&&) = delete;
  ~command_line() = default;

  /// Fills `values`, or says what is wrong in one line and where help stands.
  [[nodiscard]] std::optional<std::string> parse(int argc, char** argv);

  [[nodiscard]] CLI::App& app() noexcept { return app_; }
  [[nodiscard]] const std::vector<command>& commands() const noexcept {
    return commands_;
  }  ///< [0] is the program itself
  [[nodiscard]] const command& dns() const noexcept { return commands_[1]; }
  [[nodiscard]] const command& telemetry() const noexcept { return commands_[2]; }
  [[nodiscard]] const command& test() const noexcept { return commands_[3]; }
  [[nodiscard]] const command& train() const noexcept { return commands_[4]; }
  [[nodiscard]] const command& score() const noexcept { return commands_[5]; }
  [[nodiscard]] const command& evaluate() const noexcept { return commands_[6]; }
  [[nodiscard]] const std::vector<exit_code>& exit_codes() const noexcept { return exit_codes_; }

  options values;

 private:
  CLI::App app_;
  std::vector<command> commands_;
  std::vector<exit_code> exit_codes_;
};

[[nodiscard]] std::string help_text(const command_line& line, const command& c);
[[nodiscard]] std::string manual_page(const command_line& line);
[[nodiscard]] std::string bash_completion(const command_line& line);
[[nodiscard]] std::string zsh_completion(const command_line& line);
[[nodiscard]] std::string fish_completion(const command_line& line);

}  // namespace netanomaly::program
