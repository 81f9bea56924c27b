// SPDX-License-Identifier: Apache-2.0
// mlpack's Hoeffding tree, its defaults, on the rows that netanomaly_bench_learn --csv writes: each predicted, then
// learnt. The last column is the class. NOMINAL: the cardinality of each attribute, 0 where it is numeric. Prints a
// name, the share predicted right, rows a second of thread time, and -1 for bytes, which it does not tell; tabs
// between. mlpack's headers are in its wheel on PyPI; Armadillo and cereal are Debian's.
//
//     g++ -std=c++17 -O3 -DNDEBUG -I site-packages/mlpack/include mlpack_prequential.cpp -larmadillo
//     a.out ROWS.csv CLASSES NOMINAL(0,0,5,...)
#define MLPACK_CORE_HPT_HPT_HPP  // its tuner needs ensmallen, which no registry has; the tree needs neither
#include <mlpack/core.hpp>
#include <mlpack/methods/hoeffding_trees/hoeffding_trees.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<double> numbers(const std::string& line) {
  std::vector<double> read;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) read.push_back(std::strtod(field.c_str(), nullptr));
  return read;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: mlpack_prequential ROWS.csv CLASSES NOMINAL\n"), 2;
  const std::vector<double> cardinalities = numbers(argv[3]);
  const std::size_t features = cardinalities.size();
  mlpack::DatasetInfo info(features);
  for (std::size_t i = 0; i < features; ++i)
    for (std::size_t value = 0; value < static_cast<std::size_t>(cardinalities[i]); ++value) {
      info.Type(i) = mlpack::Datatype::categorical;
      info.MapString<double>(std::to_string(value), i);
    }

  std::vector<arma::vec> rows;
  std::vector<std::size_t> labels;
  std::ifstream in(argv[1]);
  for (std::string line; std::getline(in, line);) {
    const std::vector<double> read = numbers(line);
    rows.emplace_back(read.data(), features);
    labels.push_back(static_cast<std::size_t>(read[features]));
  }

  mlpack::HoeffdingTree<> tree(info, std::strtoul(argv[2], nullptr, 10));
  std::size_t right = 0;
  const double start = thread_seconds();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    right += tree.Classify(rows[i]) == labels[i] ? 1 : 0;
    tree.Train(rows[i], labels[i]);
  }
  const double took = thread_seconds() - start;
  std::printf("mlpack HoeffdingTree\t%.4f\t%.0f\t-1\n", static_cast<double>(right) / static_cast<double>(rows.size()),
              static_cast<double>(rows.size()) / took);
}
