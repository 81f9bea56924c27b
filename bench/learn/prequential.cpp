// SPDX-License-Identifier: Apache-2.0
// Each stream once, every row first predicted, then learnt: the share predicted right and rows a second of thread time.
//
//     netanomaly_bench_learn [--seed N] [--rows N] [--stream NAME] [--learner KIND] [--set NAME=VALUE,...]
//     netanomaly_bench_learn --file ROWS.csv [--learner KIND] [--set NAME=VALUE,...]
//     netanomaly_bench_learn [--seed N] [--rows N] --csv STREAM | --shape STREAM
//
// --file takes rows of numbers from a file instead, the last column the class, from 0. --csv writes a stream, for other
// programs, and --shape its number of classes and the number of values of each attribute, 0 where it is numeric.
#include <netanomaly/learn/adaptive_forest.hpp>
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "streams.hpp"

namespace {

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct measured {
  double accuracy = 0;
  double rows_per_second = 0;
};

template <class Learner>
measured prequential(Learner& l, const streams::stream& s) {
  const std::size_t rows = s.labels.size();
  std::size_t right = 0;
  const double start = thread_seconds();
  for (std::size_t i = 0; i < rows; ++i)
    right += l.update(std::span(s.values).subspan(i * s.features, s.features), s.labels[i]) == s.labels[i] ? 1U : 0U;
  const double took = thread_seconds() - start;
  return {.accuracy = static_cast<double>(right) / static_cast<double>(rows),
          .rows_per_second = static_cast<double>(rows) / took};
}

streams::stream read_rows(const char* path) {
  streams::stream s;
  s.name = "file";
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::vector<double> row;
    for (const char* at = line.c_str();; ++at) {
      char* end = nullptr;
      row.push_back(std::strtod(at, &end));
      if (*(at = end) != ',') break;
    }
    s.labels.push_back(static_cast<std::uint32_t>(row.back()));
    s.classes = std::max(s.classes, s.labels.back() + 1);
    s.features = static_cast<std::uint32_t>(row.size() - 1);
    s.values.insert(s.values.end(), row.begin(), row.end() - 1);
  }
  if (s.labels.empty()) {
    std::fprintf(stderr, "no rows in %s\n", path);
    std::exit(2);
  }
  return s;
}

void write_csv(const streams::stream& s) {
  for (std::size_t i = 0; i < s.labels.size(); ++i) {
    for (std::size_t k = 0; k < s.features; ++k) std::printf("%.17g,", s.values[i * s.features + k]);
    std::printf("%u\n", s.labels[i]);
  }
}

void write_shape(const streams::stream& s) {
  std::printf("%u ", s.classes);
  for (std::size_t k = 0; k < s.features; ++k)
    std::printf("%s%u", k == 0 ? "" : ",", s.cardinalities.empty() ? 0U : s.cardinalities[k]);
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 42;
  std::size_t rows = 200'000;
  std::string_view only;
  std::string_view learner;
  std::string_view set;
  const char* file = nullptr;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--rows") rows = std::strtoull(argv[i + 1], nullptr, 10);
    if (option == "--stream") only = argv[i + 1];
    if (option == "--learner") learner = argv[i + 1];
    if (option == "--set") set = argv[i + 1];
    if (option == "--file") file = argv[i + 1];
    if (option == "--shape") return write_shape(streams::make(argv[i + 1], 1, seed)), 0;
    if (option == "--csv") return write_csv(streams::make(argv[i + 1], rows, seed)), 0;
  }
  std::printf("%-12s %-24s %9s %12s %7s %11s\n", "stream", "learner", "accuracy", "rows/s", "leaves", "bytes");
  const auto measure = [&](const streams::stream& s) {
    const auto run = [&]<class Learner>(std::type_identity<Learner>) {
      if (!learner.empty() && learner != Learner::kind) return;
      typename Learner::params p;
      p.features = s.features;
      p.classes = s.classes;
      p.cardinalities = s.cardinalities;
      const auto given = netanomaly::split_parameters(set);
      for (const auto& [field, text] : *given)
        if (const auto ok = netanomaly::set_parameter(p, field, text); !ok) {
          std::fprintf(stderr, "%s\n", ok.error().message().c_str());
          std::exit(2);
        }
      Learner l(p);
      const measured m = prequential(l, s);
      std::printf("%-12s %-24s %9.4f %12.0f %7zu %11zu\n", s.name.data(), Learner::kind.data(), m.accuracy,
                  m.rows_per_second, l.leaves(), l.bytes_in_use());
      std::fflush(stdout);
    };
    run(std::type_identity<netanomaly::learn::hoeffding_tree>());
    run(std::type_identity<netanomaly::learn::hoeffding_adaptive_tree>());
    run(std::type_identity<netanomaly::learn::adaptive_forest>());
  };
  if (file != nullptr) return measure(read_rows(file)), 0;
  for (const std::string_view name : streams::names)
    if (only.empty() || only == name) measure(streams::make(name, rows, seed));
  return 0;
}
