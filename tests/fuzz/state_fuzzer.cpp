// SPDX-License-Identifier: Apache-2.0
// State bytes: whatever they are, loading refuses them or gives detectors that work and can be saved.
//
// The input is the inside of an envelope; magic, format version and checksum are put around it here, so that the fuzzer
// need not guess them. The first byte says what is loaded; where it is 0, the rest is taken as it is.
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/state.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace netanomaly;
using compose::keyed;
using any = compose::metric_detectors::any;

constexpr std::size_t budget = std::size_t{1} << 22;

std::vector<std::byte> sealed(std::span<const std::byte> inside) {
  std::vector<std::byte> bytes;
  auto sink = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  state_writer out(sink);
  out.bytes(inside);
  (void)out.finish();
  return bytes;
}

template <class D, class Update>
void load(std::span<const std::byte> bytes, Update&& update) {
  auto loaded = from_bytes<D>(bytes, budget);
  if (!loaded) return;
  for (int i = 0; i < 50; ++i) update(*loaded, i);
  const auto again = from_bytes<D>(to_bytes(*loaded));
  // What works can be saved and loaded; but a count that was near its bound has now crossed it.
  if (!again && again.error().message().find("a count that no stream reaches") == std::string::npos) {
    std::fprintf(stderr, "saved, but not loaded again: %s\n", again.error().message().c_str());
    std::abort();
  }
}

/// Rows of each length up to 4: others than the learner's are rejected.
void each_length(int i, auto&& use) {
  const std::array<double, 4> row{i % 7 * 0.5, static_cast<double>(i % 3), -i * 1e3, i == 40 ? 1e300 : 0.25};
  for (std::size_t length = 1; length <= row.size(); ++length) use(std::span(row).first(length));
}

void load_each(std::span<const std::byte> bytes, int which) {
  const auto at = [](int i) { return timed<double>(i % 7, time_point(std::chrono::minutes(i))); };
  switch (which) {
    case 0:
      load<any>(bytes, [&](any& d, int i) { d.update(at(i)); });
      break;
    case 1:
      load<keyed<std::string, any>>(bytes, [&](auto& d, int i) { d.update({std::to_string(i % 9), at(i)}); });
      break;
    case 2:
      load<keyed<std::uint32_t, telemetry::z_score>>(bytes, [&](auto& d, int i) {
        d.update({static_cast<std::uint32_t>(i % 9), at(i)});
      });
      break;
    case 3:
      load<compose::vector_detectors::any>(
          bytes, [](auto& d, int i) { each_length(i, [&](std::span<const double> row) { d.update(row); }); });
      break;
    default:
      load<compose::learners::any>(bytes, [](auto& learner, int i) {
        each_length(i, [&](std::span<const double> row) {
          learner.update(row, static_cast<std::uint32_t>(i % 3));
          (void)learner.explain(row, {});
        });
      });
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto rest = std::as_bytes(std::span(data, size)).subspan(1);
  if (data[0] == 0) {
    load_each(rest, 0);
  } else {
    load_each(sealed(rest), data[0] % 5);
  }
  return 0;
}
