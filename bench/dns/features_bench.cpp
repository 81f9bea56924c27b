// SPDX-License-Identifier: Apache-2.0

// Parsing whole DNS messages and computing their feature vectors, in nanoseconds of thread CPU time a message, beside
// libknot's parse alone on the same messages in the same run. Corpora and options as in parse_bench.cpp. Build with the
// machine's own flags (-DCMAKE_CXX_FLAGS=-march=x86-64-v3) to measure the SIMD paths.

#include <netanomaly/dns/features.hpp>

#include "../support/corpora.hpp"

#include <benchmark/benchmark.h>

#if NETANOMALY_BENCH_KNOT
extern "C" {
#include <libknot/libknot.h>
}
#endif

namespace {

namespace dns = netanomaly::dns;
using netanomaly_bench::corpus;
using netanomaly_bench::message;
using netanomaly_bench::over;

bool parse(message m) {
  const auto parsed = dns::message_view::parse(m);
  benchmark::DoNotOptimize(parsed);
  return parsed.has_value();
}

bool parse_and_extract(message m) {
  const auto parsed = dns::message_view::parse(m);
  if (!parsed) return false;
  const dns::feature_vector v = dns::features::extract(*parsed);
  benchmark::DoNotOptimize(v.data());
  benchmark::ClobberMemory();
  return true;
}

/// The vector's part that comes from the name, which a host with no message can have.
bool extract_name(message m) {
  dns::feature_vector v;
  const message name = m.subspan(12);
  std::size_t end = 0;
  while (name[end] != std::byte{0}) end += 1 + std::to_integer<std::size_t>(name[end]);
  dns::features::put_name(v, name.first(end + 1));
  benchmark::DoNotOptimize(v.data());
  benchmark::ClobberMemory();
  return true;
}

#if NETANOMALY_BENCH_KNOT
bool parse_libknot(message m) {
  auto* wire = const_cast<std::byte*>(m.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  knot_pkt_t* packet = knot_pkt_new(wire, static_cast<std::uint16_t>(m.size()), nullptr);
  const bool valid = knot_pkt_parse(packet, 0) == KNOT_EOK;
  knot_pkt_free(packet);
  return valid;
}
#endif

void add(const corpus& c) {
  const auto bench = [&c](const char* what, auto f) {
    benchmark::RegisterBenchmark((c.name + "/" + what).c_str(), [&c, f](benchmark::State& s) { over(s, c, f); });
  };
  bench("parse", [](message m) { return parse(m); });
  bench("parse_and_extract", [](message m) { return parse_and_extract(m); });
  if (c.name != "real") bench("extract_name", [](message m) { return extract_name(m); });
#if NETANOMALY_BENCH_KNOT
  bench("libknot", [](message m) { return parse_libknot(m); });
#endif
}

}  // namespace

int main(int argc, char** argv) {
  const auto corpora = netanomaly_bench::read_corpora(argc, argv);
  if (!corpora) return 2;
  for (const corpus& c : *corpora) add(c);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
