// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/core/params.hpp>

#include <rapidcheck.h>

#include <limits>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using namespace std::chrono_literals;

enum class mood : std::uint8_t { calm, angry };
constexpr std::array<std::string_view, 2> enumerator_names(mood) noexcept { return {"calm", "angry"}; }

struct sample {
  static constexpr std::string_view kind = "sample";
  struct params {
    std::uint32_t warmup = 30;
    double threshold = 3;
    duration quiet = 10min;
    std::int16_t shift = -2;
    bool signed_score = false;
    mood mode = mood::calm;
    static constexpr void describe(auto& p, auto&& field) {
      field("warmup", p.warmup, at_least(2U), "observations", "before the first judgement");
      field("threshold", p.threshold, above(0.0), "standard deviations", "a score above it is anomalous");
      field("quiet", p.quiet, between(duration(0s), duration(24h)), "", "after an alarm");
      field("shift", p.shift, inside(-10, 10), "", "of the origin");
      field("signed", p.signed_score, any_value(), "", "keep the sign");
      field("mode", p.mode, any_value(), "", "how it feels");
    }
    [[nodiscard]] result<void> check() const {
      if (signed_score && mode == mood::angry) return unexpected(error("signed and angry exclude each other"));
      return {};
    }
    friend bool operator==(const params&, const params&) = default;
  };
};
using params = sample::params;

std::vector<std::byte> written(auto&& write) {
  std::vector<std::byte> bytes;
  auto sink = [&](std::span<const std::byte> more) { bytes.insert(bytes.end(), more.begin(), more.end()); };
  state_writer out(sink);
  write(out);
  CHECK(out.finish());
  return bytes;
}

}  // namespace

TEST_CASE("a parameter out of range is named, with its value and its range") {
  params p;
  CHECK(check("sample", p));
  p.warmup = 1;
  CHECK(check("sample", p).error().message() == "sample: warmup is 1, must be at least 2 (observations)");
  p = {};
  p.threshold = 0;
  CHECK(check("sample", p).error().message() == "sample: threshold is 0, must be above 0 (standard deviations)");
  p = {};
  p.quiet = 25h;
  CHECK(check("sample", p).error().message() == "sample: quiet is 25h, must be at least 0s and at most 1d");
  p = {};
  p.shift = 10;
  CHECK(check("sample", p).error().message() == "sample: shift is 10, must be above -10 and below 10");
}

TEST_CASE("doubles are finite, enumerators have names, and exclusions are checked") {
  params p;
  p.threshold = std::numeric_limits<double>::infinity();
  CHECK_FALSE(check("sample", p));
  p.threshold = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(check("sample", p));
  p = {};
  p.mode = static_cast<mood>(7);
  CHECK_FALSE(check("sample", p));
  p = {};
  p.mode = mood::angry;
  p.signed_score = true;
  CHECK(check("sample", p).error().message() == "sample: signed and angry exclude each other");
}

TEST_CASE("parameters are set from text by name") {
  params p;
  CHECK(set_parameter(p, "warmup", "77"));
  CHECK(set_parameter(p, "threshold", "4.5"));
  CHECK(set_parameter(p, "quiet", "90"));
  CHECK(set_parameter(p, "shift", "-7"));
  CHECK(set_parameter(p, "signed", "true"));
  CHECK(set_parameter(p, "mode", "angry"));
  CHECK(p.warmup == 77);
  CHECK(p.threshold == 4.5);
  CHECK(p.quiet == 90s);
  CHECK(p.shift == -7);
  CHECK(p.signed_score);
  CHECK(p.mode == mood::angry);
}

TEST_CASE("text that is no value, and names that are no parameters, are errors that say what would do") {
  params p;
  CHECK(set_parameter(p, "warmth", "1").error().message() ==
        "no parameter warmth; there are: warmup, threshold, quiet, shift, signed, mode");
  CHECK(set_parameter(p, "warmup", "-1").error().message() == "warmup is \"-1\", expected: integer");
  CHECK(set_parameter(p, "mode", "sad").error().message() == "mode is \"sad\", expected: calm|angry");
  for (const char* bad : {"", "1x", " 1", "1e400", "0x10", "+1", "1,5"})
    CHECK_FALSE(set_parameter(p, "threshold", bad));
  for (const char* bad : {"", "5w", "m", "1.5h", "999999999999d"}) CHECK_FALSE(set_parameter(p, "quiet", bad));
  for (const char* bad : {"", "70000", "1.0"}) CHECK_FALSE(set_parameter(p, "shift", bad));
  CHECK(p == params());
}

TEST_CASE("lists of parameters are taken apart") {
  const auto parts = split_parameters("warmup=60,mode=angry");
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[1].name == "mode");
  CHECK((*parts)[1].value == "angry");
  CHECK(split_parameters("")->empty());
  CHECK_FALSE(split_parameters("warmup"));
  CHECK_FALSE(split_parameters("=3"));
}

TEST_CASE("the list of parameters gives type, unit, default, range and help") {
  const auto list = list_parameters<params>();
  REQUIRE(list.size() == 6);
  CHECK(list[0].name == "warmup");
  CHECK(list[0].type == "integer");
  CHECK(list[0].unit == "observations");
  CHECK(list[0].value == "30");
  CHECK(list[0].range == "at least 2");
  CHECK(list[0].help == "before the first judgement");
  CHECK(list[2].type == "duration");
  CHECK(list[2].value == "10m");
  CHECK(list[5].type == "calm|angry");
}

TEST_CASE("text and state give every value back") {
  CHECK(
      rc::check("durations", [](std::int64_t n) { return from_text<duration>(to_text(duration(n))) == duration(n); }));
  CHECK(rc::check("doubles", [](double x) { return from_text<double>(to_text(x)) == x; }));
  CHECK(rc::check("records", [](std::uint32_t w, double t, std::int16_t s, bool b) {
    params p;
    p.warmup = std::max(w, 2U);
    p.threshold = std::abs(t) + 1e-300;
    p.shift = static_cast<std::int16_t>(s % 10);
    p.signed_score = b;
    const auto bytes = written([&](state_writer& out) { save_head<sample>(out, p); });
    state_reader in(bytes);
    const auto head = load_head<sample>(in);
    return in.finish().has_value() && head.params == p && head.version == 1;
  }));
}

TEST_CASE("a record without a parameter loads the default; with an unknown, repeated or invalid one it is refused") {
  const auto load = [](auto&& write) {
    const auto bytes = written([&](state_writer& out) {
      out.record("sample", 1);
      write(out);
    });
    state_reader in(bytes);
    const auto head = load_head<sample>(in);
    return std::pair(in.finish().has_value(), head.params);
  };
  const auto warmup = [](state_writer& out, std::uint64_t value) {
    out.name("warmup");
    out.scalar(std::uint8_t{2});
    out.scalar(value);
  };
  const auto one = load([&](state_writer& out) { out.scalar(std::uint16_t{1}), warmup(out, 5); });
  CHECK(one.first);
  CHECK(one.second.warmup == 5);
  CHECK(one.second.threshold == 3);
  CHECK_FALSE(load([&](state_writer& out) { out.scalar(std::uint16_t{2}), warmup(out, 5), warmup(out, 6); }).first);
  CHECK_FALSE(load([&](state_writer& out) { out.scalar(std::uint16_t{1}), warmup(out, 1); }).first);
  CHECK_FALSE(
      load([&](state_writer& out) { out.scalar(std::uint16_t{1}), warmup(out, std::uint64_t{1} << 32); }).first);
  CHECK_FALSE(load([&](state_writer& out) {
                out.scalar(std::uint16_t{1});
                out.name("colour");
                out.scalar(std::uint8_t{1});
                out.scalar(true);
              }).first);
  CHECK_FALSE(load([&](state_writer& out) {
                out.scalar(std::uint16_t{1});
                out.name("warmup");
                out.scalar(std::uint8_t{4});
                out.scalar(5.0);
              }).first);
}

TEST_CASE("only equal parameters merge, and the error says which differs") {
  params a;
  params b;
  b.threshold = 4;
  CHECK(check_mergeable<sample>(a, a));
  CHECK(check_mergeable<sample>(a, b).error().message() ==
        "sample: only equal parameters merge; threshold is 3 here and 4 there");
}

namespace {
struct lists {
  static constexpr std::string_view kind = "lists";
  struct params {
    std::vector<std::uint32_t> sizes;
    std::vector<double> weights;
    static constexpr void describe(auto& p, auto&& field) {
      field("sizes", p.sizes, between(0U, 9U), "", "of the parts");
      field("weights", p.weights, above(0.0), "", "of the parts");
    }
    friend bool operator==(const params&, const params&) = default;
  };
};
}  // namespace

TEST_CASE("a parameter may be a list of numbers, each in its range") {
  lists::params p;
  CHECK(set_parameter(p, "sizes", "0:5:9"));
  CHECK(set_parameter(p, "weights", "0.5:2"));
  CHECK(p.sizes == std::vector<std::uint32_t>{0, 5, 9});
  CHECK(p.weights == std::vector<double>{0.5, 2});
  CHECK(to_text(p.weights) == "0.5:2");
  CHECK(check("lists", p));
  for (const char* wrong : {"1:", ":1", "1::2", "1,2", "-1"}) CHECK_FALSE(set_parameter(p, "sizes", wrong));
  const auto bytes = written([&](state_writer& out) { save_head<lists>(out, p); });
  state_reader in(bytes);
  CHECK(load_head<lists>(in).params == p);
  CHECK(in.finish());
  p.sizes.push_back(10);
  CHECK(check("lists", p).error().message() == "lists: sizes is 0:5:9:10, must be at least 0 and at most 9");
  const auto out_of_range = written([&](state_writer& out) { save_head<lists>(out, p); });
  state_reader refused(out_of_range);
  CHECK(load_head<lists>(refused).params == lists::params());
  CHECK_FALSE(refused.finish());
  // a length beyond the bytes that are there
  auto damaged = written([&](state_writer& out) {
    out.record("lists", 1);
    out.scalar(std::uint16_t{1});
    out.name("sizes");
    out.scalar(std::uint8_t{7});
    out.scalar(std::uint8_t{2});
    out.scalar(std::uint64_t{1} << 40);
  });
  state_reader short_of(damaged);
  (void)load_head<lists>(short_of);
  CHECK_FALSE(short_of.ok());
}
