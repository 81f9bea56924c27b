// SPDX-License-Identifier: Apache-2.0
#include "test_options.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

namespace netanomaly::program {

void define_test(CLI::App& app, test_options& o) {
  constexpr const char* group_input = "Input";
  constexpr const char* group_test = "Test";
  constexpr const char* group_output = "Output";
  app.add_option("NAME", o.name, "The test; --list names them. Hyphens and short names (ks, chi2, adf) do as well.")
      ->type_name("NAME")
      ->group(group_test);
  app.add_flag("--list", o.list, "Print each test with its parameters, their units and defaults, and exit.")
      ->group(group_test);
  app.add_option(
         "--sample", o.sample,
         "The recent numbers, one a line; - is standard input. Empty lines and lines that begin with # are left out.")
      ->type_name("FILE|-")
      ->group(group_input);
  app.add_option(
         "--reference", o.references,
         "The numbers to compare with; - is standard input. May be repeated for tests of more than two samples: "
         "chi_square_homogeneity, anderson_darling.")
      ->type_name("FILE|-")
      ->allow_extra_args(false)
      ->group(group_input);
  app.add_option_function<std::string>(
         "--bins",
         [&o](const std::string& text) {
           std::uint32_t bins = 0;
           const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bins);
           if (code != std::errc() || end != text.data() + text.size() || bins < 2 || bins > 10'000)
             throw CLI::ValidationError(
                 "--bins", fmt::format("expected a whole number from 2 to 10000, got '{}'", printable(text)));
           o.bins = bins;
         },
         "For tests of counts: the numbers are measured values, to be counted in so many bins of equal shares of the "
         "reference.")
      ->type_name("K")
      ->group(group_input);
  app.add_option("--alternative", o.alternative,
                 "Which differences count: greater is the sample's values being so, or, for Kolmogorov-Smirnov, its "
                 "distribution function. The default is two-sided.")
      ->type_name("two-sided|less|greater")
      ->transform([](std::string text) {
        std::replace(text.begin(), text.end(), '_', '-');
        return text;
      })
      ->check(CLI::IsMember({"two-sided", "less", "greater"}).description(""))
      ->group(group_test);
  app.add_option("--distribution", o.distribution,
                 "For kolmogorov_smirnov_one_sample: what the sample is to come from.")
      ->type_name("normal,MEAN,SD|uniform,LOW,HIGH|exponential,MEAN")
      ->group(group_test);
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
         "A parameter of the test; may be repeated.")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group_test);
  app.add_option_function<std::string>(
         "--format", [&o](const std::string& text) { o.json_lines = text == "jsonl"; },
         "Lines for people, or one JSON object on a line for programs. The default is table.")
      ->type_name("table|jsonl")
      ->check(CLI::IsMember({"table", "jsonl"}).description(""))
      ->group(group_output);
  app.add_flag_callback(
         "--jsonl", [&o] { o.json_lines = true; }, "The same as --format jsonl.")
      ->group(group_output);
  app.add_option("-o,--output", o.output, "Write there instead of to standard output.")
      ->type_name("FILE")
      ->group(group_output);
}

}  // namespace netanomaly::program
