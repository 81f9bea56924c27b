// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/dns/message_view.hpp>

#include "support/pcap_messages.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netanomaly_bench {

using message = std::span<const std::byte>;

/// Messages one behind the other in memory, in the order of the captures.
struct corpus {
  corpus() = default;
  corpus(corpus&&) = default;
  corpus(const corpus&) = delete;  // its messages would lie in the other's octets

  std::string name;
  std::vector<std::byte> octets;
  std::vector<message> messages;
};

inline corpus read_corpus(std::string name, const std::vector<std::filesystem::path>& files) {
  corpus c;
  c.name = std::move(name);
  std::vector<std::size_t> sizes;
  for (const auto& file : files)
    for (const auto& p : netanomaly_test::read_payloads(file)) {
      if (p.tcp || !netanomaly::dns::message_view::parse(p.octets)) continue;
      c.octets.insert(c.octets.end(), p.octets.begin(), p.octets.end());
      sizes.push_back(p.octets.size());
    }
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    c.messages.emplace_back(c.octets.data() + at, size);
    at += size;
  }
  return c;
}

/// Runs `parse` over the whole corpus once an iteration; it gives what it could not read, which must be nothing.
template <class Parse>
void over(benchmark::State& state, const corpus& c, Parse parse) {
  std::size_t refused = 0;
  for (auto _ : state) {
    refused = 0;
    for (const message m : c.messages) refused += parse(m) ? 0U : 1U;
    benchmark::DoNotOptimize(refused);
  }
  const auto messages = static_cast<double>(c.messages.size());
  state.counters["time/message"] =
      benchmark::Counter(messages, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["messages"] = messages;
  state.counters["refused"] = static_cast<double>(refused);
}

/// The three corpora from --data=FOLDER (which it takes out of the arguments) or the build's data folder, and Google
/// Benchmark's own options; nothing, and the reason on stderr, where the arguments or the folder are wrong.
inline std::optional<std::vector<corpus>> read_corpora(int& argc, char** argv) {
  std::filesystem::path data = NETANOMALY_DATA_DIR;
  constexpr std::string_view option = "--data=";
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(option))
      data = argv[i] + option.size();
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return std::nullopt;

  std::vector<std::filesystem::path> benign;
  std::vector<std::filesystem::path> tunnel;
  for (const auto& file : netanomaly_test::capture_files(data / "dns" / "made")) {
    const std::string name = file.filename().string();
    if (name.starts_with("benign_"))
      benign.push_back(file);
    else if (!name.starts_with("mixed_"))
      tunnel.push_back(file);
  }
  std::vector<corpus> corpora;
  corpora.push_back(read_corpus("benign", benign));
  corpora.push_back(read_corpus("tunnel", tunnel));
  corpora.push_back(read_corpus("real", netanomaly_test::capture_files(data / "dns" / "captures")));
  for (const corpus& c : corpora) {
    if (c.messages.empty()) {
      std::fprintf(stderr, "no messages for %s under \"%s\": give the folder with --data=FOLDER\n", c.name.c_str(),
                   data.c_str());
      return std::nullopt;
    }
  }
  return corpora;
}

}  // namespace netanomaly_bench
