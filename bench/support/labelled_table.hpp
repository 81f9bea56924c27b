// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace netanomaly::bench {

/// Rows of numbers, each anomalous or not.
struct labelled_table {
  std::size_t features = 0;
  std::vector<double> values;
  std::vector<bool> anomalous;

  [[nodiscard]] std::size_t rows() const { return anomalous.size(); }
  [[nodiscard]] std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * features, features);
  }
  void add(std::span<const double> row, bool is_anomalous) {
    values.insert(values.end(), row.begin(), row.end());
    anomalous.push_back(is_anomalous);
  }
};

/// A CSV file, gzip or plain, whose last column is 0 for what is normal; `head`: the first line has names. Ends the
/// program where there is no such file.
inline labelled_table read_table(const std::string& path, bool head = true) {
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    (void)std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);  // NOLINT(concurrency-mt-unsafe)
  }
  labelled_table t;
  std::array<char, 4096> line{};
  std::vector<double> row;
  for (; gzgets(file, line.data(), line.size()) != nullptr; head = false) {
    if (head) continue;
    row.clear();
    for (const char* at = line.data();;) {
      char* end = nullptr;
      row.push_back(std::strtod(at, &end));
      if (*end != ',') break;
      at = end + 1;
    }
    t.features = row.size() - 1;
    t.add(std::span(row).first(t.features), row.back() != 0);
  }
  gzclose(file);
  return t;
}

}  // namespace netanomaly::bench
