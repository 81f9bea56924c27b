// SPDX-License-Identifier: Apache-2.0
#include "test_command.hpp"

#include "detector_list.hpp"
#include "output.hpp"
#include "text.hpp"

#include <netanomaly/batch/anderson_darling.hpp>
#include <netanomaly/batch/augmented_dickey_fuller.hpp>
#include <netanomaly/batch/binned.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/cramer_von_mises.hpp>
#include <netanomaly/batch/generalized_esd.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/outlier_rate.hpp>
#include <netanomaly/core/params.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;
using samples = std::vector<std::vector<double>>;  // [0] the sample, then the references

/// A test's answer, and what more it knows.
struct answer {
  test_result result;
  json more = json::object();
};

answer answer_of(const test_result& r) { return {.result = r}; }

/// What a test takes.
struct needs {
  std::size_t least_references = 0, most_references = 0;
  bool counts = false;    ///< the numbers are counts: 0 or more
  bool whole = false;     ///< and whole
  bool sided = false;     ///< knows --alternative
  std::size_t least = 1;  ///< numbers in a sample
};

struct test {
  std::string_view kind;
  std::string_view summary;
  needs takes;
  std::vector<parameter_info> (*parameters)();
  result<answer> (*run)(const test_options&, const samples&);
};

template <class Test>
std::vector<parameter_info> parameters_of() {
  return list_parameters<typename Test::params>();
}

/// Test's parameters from --set and --alternative.
template <class Test>
result<Test> make_test(const test_options& o, typename Test::params p = {}) {
  const auto set = [&](std::string_view name, std::string_view value) -> result<void> {
    if (auto done = set_parameter(p, name, value); !done)
      return unexpected(error(fmt::format("{}: {}", Test::kind, done.error().message())));
    return {};
  };
  if constexpr (requires { p.side; }) {
    const std::string side = o.alternative.empty() ? "two-sided" : o.alternative;
    if constexpr (std::same_as<decltype(p.side), batch::outlier_side>) {
      p.side = side == "greater" ? batch::outlier_side::maximum
                                 : (side == "less" ? batch::outlier_side::minimum : batch::outlier_side::either);
    } else {
      p.side = side == "greater" ? batch::alternative::greater
                                 : (side == "less" ? batch::alternative::less : batch::alternative::two_sided);
    }
  }
  for (const auto& [name, value] : o.set)
    if (auto done = set(name, value); !done) return unexpected(std::move(done).error());
  return Test::make(p);
}

template <class Test>
result<answer> run_two(const test_options& o, const samples& s) {
  auto made = make_test<Test>(o);
  if (!made) return unexpected(std::move(made).error());
  return answer{(*made)(s[0], s[1])};
}
/// Of counts or, with --bins, of values.
template <class Test>
result<answer> run_counts(const test_options& o, const samples& s) {
  if (o.bins == 0) return run_two<Test>(o, s);
  auto made = make_test<Test>(o);
  if (!made) return unexpected(std::move(made).error());
  typename batch::binned<Test>::params p{.bins = o.bins, .test = {}};
  for (const auto& [name, value] : o.set) (void)set_parameter(p.test, name, value);
  return answer{batch::binned<Test>(p)(s[0], s[1])};
}
template <class Test>
result<answer> run_many(const test_options& o, const samples& s) {
  auto made = make_test<Test>(o);
  if (!made) return unexpected(std::move(made).error());
  const std::vector<std::span<const double>> all(s.begin(), s.end());
  const auto r = (*made)(all);
  answer a = answer_of(r);
  if constexpr (requires { r.standardized; }) a.more["standardized"] = r.standardized;
  return a;
}
result<answer> run_homogeneity(const test_options& o, const samples& s) {
  return o.bins > 0 && s.size() == 2 ? run_counts<batch::chi_square_homogeneity>(o, s)
                                     : run_many<batch::chi_square_homogeneity>(o, s);
}
result<answer> run_grubbs(const test_options& o, const samples& s) {
  auto made = make_test<batch::grubbs>(o);
  if (!made) return unexpected(std::move(made).error());
  const batch::outlier_result r = (*made)(s[0]);
  answer a = answer_of(r);
  if (r.status == test_status::ok) {
    a.more["index"] = r.index;
    a.more["value"] = s[0][r.index];
  }
  return a;
}
result<answer> run_esd(const test_options& o, const samples& s) {
  auto made = make_test<batch::generalized_esd>(o);
  if (!made) return unexpected(std::move(made).error());
  answer a{(*made)(s[0])};
  json outliers = json::array();
  for (const auto& step : made->outliers())
    outliers.push_back({{"index", step.index},
                        {"value", s[0][step.index]},
                        {"statistic", step.statistic},
                        {"critical_value", step.critical},
                        {"p_value", step.p_value}});
  a.more["outliers"] = std::move(outliers);
  return a;
}
result<answer> run_dickey_fuller(const test_options& o, const samples& s) {
  auto made = make_test<batch::augmented_dickey_fuller>(o);
  if (!made) return unexpected(std::move(made).error());
  const auto r = (*made)(s[0]);
  answer a = answer_of(r);
  if (r.status == test_status::ok) {
    a.more["used_lag"] = r.used_lag;
    a.more["observations"] = r.observations;
    a.more["critical_values"] = {
        {"1%", r.critical_values[0]}, {"5%", r.critical_values[1]}, {"10%", r.critical_values[2]}};
  }
  return a;
}

/// "normal,10,2" taken apart.
struct named_distribution {
  std::string name;
  std::vector<double> numbers;
};
std::optional<named_distribution> parse_distribution(std::string_view text) {
  named_distribution d;
  std::size_t comma = text.find(',');
  d.name = text.substr(0, comma);
  while (comma != std::string_view::npos) {
    text.remove_prefix(comma + 1);
    comma = text.find(',');
    const std::string_view cell = text.substr(0, comma);
    double number = 0;
    const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (code != std::errc() || end != cell.data() + cell.size() || !std::isfinite(number)) return std::nullopt;
    d.numbers.push_back(number);
  }
  return d;
}
result<answer> run_one_sample(const test_options& o, const samples& s) {
  auto made = make_test<batch::kolmogorov_smirnov_one_sample>(o);
  if (!made) return unexpected(std::move(made).error());
  const auto d = parse_distribution(o.distribution);
  if (d && d->name == "normal" && d->numbers.size() == 2 && d->numbers[1] > 0)
    return answer{(*made)(s[0], batch::normal_distribution{d->numbers[0], d->numbers[1]})};
  if (d && d->name == "uniform" && d->numbers.size() == 2 && d->numbers[0] < d->numbers[1])
    return answer{(*made)(s[0], batch::uniform_distribution{d->numbers[0], d->numbers[1]})};
  if (d && d->name == "exponential" && d->numbers.size() == 1 && d->numbers[0] > 0)
    return answer{(*made)(s[0], batch::exponential_distribution{d->numbers[0]})};
  return unexpected(
      error(fmt::format("--distribution: expected normal,MEAN,SD or uniform,LOW,HIGH or exponential,MEAN, got '{}'",
                        printable(o.distribution))));
}

const std::vector<test>& tests() {
  static const std::vector<test> all = {
      {batch::chi_square::kind,
       "counts against the proportions of the reference counts (goodness of fit)",
       {.least_references = 1, .most_references = 1, .counts = true},
       parameters_of<batch::chi_square>,
       run_counts<batch::chi_square>},
      {batch::chi_square_homogeneity::kind,
       "whether two or more samples of counts have the same proportions",
       {.least_references = 1, .most_references = 1000, .counts = true},
       parameters_of<batch::chi_square_homogeneity>,
       run_homogeneity},
      {batch::g_test::kind,
       "the same as chi_square by the likelihood ratio",
       {.least_references = 1, .most_references = 1, .counts = true},
       parameters_of<batch::g_test>,
       run_counts<batch::g_test>},
      {batch::grubbs::kind,
       "whether the most extreme number is an outlier (greater: the maximum, less: the minimum)",
       {.sided = true, .least = 3},
       parameters_of<batch::grubbs>,
       run_grubbs},
      {batch::generalized_esd::kind,
       "which numbers are outliers, several at once (Rosner)",
       {.least = 3},
       parameters_of<batch::generalized_esd>,
       run_esd},
      {batch::kolmogorov_smirnov::kind,
       "whether two samples come from one distribution: the greatest distance of their functions",
       {.least_references = 1, .most_references = 1, .sided = true},
       parameters_of<batch::kolmogorov_smirnov>,
       run_two<batch::kolmogorov_smirnov>},
      {batch::kolmogorov_smirnov_one_sample::kind,
       "whether a sample comes from a given distribution (--distribution)",
       {.sided = true},
       parameters_of<batch::kolmogorov_smirnov_one_sample>,
       run_one_sample},
      {batch::outlier_rate::kind,
       "whether outliers are more frequent of late; a line is the count of an interval",
       {.least_references = 1, .most_references = 1, .counts = true, .whole = true, .sided = true},
       parameters_of<batch::outlier_rate>,
       run_two<batch::outlier_rate>},
      {batch::anderson_darling::kind,
       "whether two or more samples come from one distribution, tails and middle alike",
       {.least_references = 1, .most_references = 1000},
       parameters_of<batch::anderson_darling>,
       run_many<batch::anderson_darling>},
      {batch::mann_whitney::kind,
       "whether one sample tends to have greater values, by ranks",
       {.least_references = 1, .most_references = 1, .sided = true},
       parameters_of<batch::mann_whitney>,
       run_two<batch::mann_whitney>},
      {batch::cramer_von_mises::kind,
       "whether two samples come from one distribution: the mean distance of their functions",
       {.least_references = 1, .most_references = 1},
       parameters_of<batch::cramer_von_mises>,
       run_two<batch::cramer_von_mises>},
      {batch::augmented_dickey_fuller::kind,
       "whether a series has a unit root; a small p says it is stationary",
       {.least = 4},
       parameters_of<batch::augmented_dickey_fuller>,
       run_dickey_fuller}};
  return all;
}

std::string canonical(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 19> aliases = {
      {{"ks", "kolmogorov_smirnov"},
       {"ks_2samp", "kolmogorov_smirnov"},
       {"ks_one_sample", "kolmogorov_smirnov_one_sample"},
       {"ks1", "kolmogorov_smirnov_one_sample"},
       {"ks_1samp", "kolmogorov_smirnov_one_sample"},
       {"chi2", "chi_square"},
       {"chisquare", "chi_square"},
       {"chi_squared", "chi_square"},
       {"chi2_homogeneity", "chi_square_homogeneity"},
       {"g", "g_test"},
       {"esd", "generalized_esd"},
       {"rosner", "generalized_esd"},
       {"rate", "outlier_rate"},
       {"ad", "anderson_darling"},
       {"mw", "mann_whitney"},
       {"mann_whitney_u", "mann_whitney"},
       {"cvm", "cramer_von_mises"},
       {"adf", "augmented_dickey_fuller"},
       {"dickey_fuller", "augmented_dickey_fuller"}}};
  for (const auto& [alias, kind] : aliases)
    if (name == alias) return std::string(kind);
  return name;
}

std::string test_list() {
  std::string text = "Tests of samples (netanomaly test NAME)\n";
  for (const test& t : tests()) add_entry(text, t.kind, t.summary, t.parameters());
  return text;
}

/// One number a line. An error names the file and the line.
result<std::vector<double>> read_numbers(const std::string& path, const needs& takes, bool counts) {
  const std::string name = path == "-" ? "standard input" : printable(path);
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "re");
  if (file == nullptr) return unexpected(error(fmt::format("{}: cannot be opened: {}", name, std::strerror(errno))));
  std::string text;
  std::array<char, 1 << 16> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;)
    text.append(buffer.data(), got);
  const bool failed = std::ferror(file) != 0;
  const int why = errno;
  if (file != stdin) (void)std::fclose(file);
  if (failed) return unexpected(error(fmt::format("{}: cannot be read: {}", name, std::strerror(why))));

  const std::string_view expected =
      counts ? (takes.whole ? "a whole number of 0 or more" : "a count of 0 or more") : "a number";
  std::vector<double> numbers;
  std::size_t line = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++line;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view cell = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    constexpr std::string_view blank = " \t\r";
    cell.remove_prefix(std::min(cell.find_first_not_of(blank), cell.size()));
    cell = cell.substr(0, cell.find_last_not_of(blank) + 1);
    if (cell.empty() || cell.front() == '#') continue;
    double x = 0;
    const char* const begin = cell.data() + (cell.front() == '+' ? 1 : 0);
    const auto [stop, code] = std::from_chars(begin, cell.data() + cell.size(), x);
    if (code != std::errc() || stop != cell.data() + cell.size() || !std::isfinite(x) || (counts && x < 0) ||
        (counts && takes.whole && x != std::floor(x)))
      return unexpected(error(fmt::format("{}:{}: expected {}, got '{}'", name, line, expected, printable(cell))));
    numbers.push_back(x);
  }
  if (numbers.size() < takes.least)
    return unexpected(error(fmt::format("{}: expected at least {}, got {}", name,
                                        counted(takes.least, "number", "numbers"), numbers.size())));
  return numbers;
}

std::string_view status_text(test_status status) {
  switch (status) {
    case test_status::ok:
      return "ok";
    case test_status::too_few:
      return "too_few";
    case test_status::constant:
      return "constant";
    case test_status::not_finite:
      return "not_finite";
    case test_status::impossible:
      return "impossible";
  }
  return "";
}

/// What a status says to a person.
std::string_view status_meaning(test_status status) {
  switch (status) {
    case test_status::too_few:
      return "There is too little to compare: no degree of freedom is left.";
    case test_status::constant:
      return "The numbers are constant: the test needs some spread.";
    case test_status::not_finite:
      return "The numbers are not what the test takes.";
    case test_status::impossible:
      return "The sample has counts where the reference has none: by the reference that cannot occur.";
    case test_status::ok:
      break;
  }
  return "";
}

json number(double x) {
  if (std::isnan(x)) return nullptr;
  constexpr double most = std::numeric_limits<double>::max();
  return std::clamp(x, -most, most);
}

result<int> run(const test_options& o) {
  auto out = output::open(o.output);
  if (!out) return unexpected(std::move(out).error());
  if (o.list) {
    out->write(test_list());
    if (auto closed = out->close(); !closed) return unexpected(std::move(closed).error());
    return 0;
  }
  std::string names;
  for (const test& t : tests()) names += (names.empty() ? "" : ", ") + std::string(t.kind);
  if (o.name.empty()) return unexpected(error(fmt::format("test: expected the NAME of a test: {}", names)));
  const std::string kind = canonical(o.name);
  const auto found = std::find_if(tests().begin(), tests().end(), [&](const test& t) { return t.kind == kind; });
  if (found == tests().end())
    return unexpected(error(fmt::format("test: there is no test '{}'; there are: {}", printable(o.name), names)));
  const needs& takes = found->takes;

  if (o.sample.empty()) return unexpected(error(fmt::format("{}: expected --sample FILE", kind)));
  if (o.references.size() < takes.least_references)
    return unexpected(error(fmt::format("{}: expected --reference FILE", kind)));
  if (o.references.size() > takes.most_references)
    return unexpected(error(takes.most_references == 0
                                ? fmt::format("{}: takes no --reference", kind)
                                : fmt::format("{}: takes one --reference, got {}", kind, o.references.size())));
  if (std::count(o.references.begin(), o.references.end(), "-") + (o.sample == "-" ? 1 : 0) > 1)
    return unexpected(error("standard input can be one sample only"));
  if (!o.alternative.empty() && !takes.sided)
    return unexpected(error(fmt::format("{}: has no sides, takes no --alternative", kind)));
  if (o.bins > 0 && (!takes.counts || takes.whole))
    return unexpected(error(fmt::format("{}: --bins goes with chi_square, chi_square_homogeneity and g_test", kind)));
  if (o.bins > 0 && o.references.size() > 1) return unexpected(error("--bins: takes one --reference"));
  const bool one_sample = kind == batch::kolmogorov_smirnov_one_sample::kind;
  if (o.distribution.empty() == one_sample)
    return unexpected(error(one_sample ? fmt::format("{}: expected --distribution, such as normal,0,1", kind)
                                       : fmt::format("{}: takes no --distribution", kind)));

  samples read;
  for (std::size_t i = 0; i <= o.references.size(); ++i) {
    auto numbers = read_numbers(i == 0 ? o.sample : o.references[i - 1], takes, takes.counts && o.bins == 0);
    if (!numbers) return unexpected(std::move(numbers).error());
    read.push_back(*std::move(numbers));
  }
  auto answered = found->run(o, read);
  if (!answered) return unexpected(std::move(answered).error());
  const test_result& r = answered->result;
  const std::string alternative = takes.sided ? (o.alternative.empty() ? "two-sided" : o.alternative) : "";

  json line = {{"test", kind},
               {"statistic", number(r.statistic)},
               {"p_value", number(r.p_value)},
               {"effect", number(r.effect)},
               {"alternative", takes.sided ? json(alternative) : json(nullptr)},
               {"method", r.method},
               {"n", read[0].size()},
               {"m", read.size() > 1 ? json(read[1].size()) : json(nullptr)},
               {"status", status_text(r.status)}};
  for (const auto& [name, value] : answered->more.items()) line[name] = value;
  if (o.json_lines) {
    out->write(line.dump() + "\n");
  } else {
    std::string text;
    for (const auto& [name, value] : line.items()) {
      if (value.is_null() || name == "outliers") continue;
      text += fmt::format("{:<16}{}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (line.contains("outliers")) {
      for (const auto& step : line["outliers"])
        text += fmt::format("outlier         {} (number {} of the sample, p {:.3g})\n", step["value"].dump(),
                            step["index"].get<std::size_t>() + 1, step["p_value"].get<double>());
      if (line["outliers"].empty()) text += "No outlier was found.\n";
    }
    if (r.status != test_status::ok) text += fmt::format("{}\n", status_meaning(r.status));
    out->write(text);
  }
  if (auto closed = out->close(); !closed) return unexpected(std::move(closed).error());
  return 0;
}

}  // namespace

int run_test(const test_options& options) {
  const result<int> code = run(options);
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
