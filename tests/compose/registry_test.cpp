// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/keyed.hpp>

#include <string>

#include "support/catch.hpp"

namespace {

using namespace netanomaly;
using compose::keyed;
using compose::metric_detectors;

/// A detector of one's own: how far a value is above the largest before it.
class record_breaker {
 public:
  static constexpr std::string_view kind = "record_breaker";
  static constexpr std::string_view summary = "how far a value is above the largest before it";
  using observation = timed<double>;
  struct params {
    double threshold = 10;
    static constexpr void describe(auto& p, auto&& field) {
      field("threshold", p.threshold, above(0.0), "of the value", "a score above it is anomalous");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  record_breaker() : record_breaker(params()) {}
  explicit record_breaker(const params& p) : params_(checked<record_breaker>(p)) {}
  static result<record_breaker> make(const params& p) { return make_checked<record_breaker>(p); }
  verdict update(const observation& x) noexcept {
    if (!std::isfinite(x.value)) return verdict::reject();
    const double above = x.value - largest_;
    largest_ = std::max(largest_, x.value);
    return verdict::judge(above, params_.threshold);
  }
  void reset() noexcept { largest_ = 0; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void save(state_writer& out) const {
    save_head<record_breaker>(out, params_);
    out.scalar(largest_);
  }
  static result<record_breaker> load(state_reader& in) {
    record_breaker d(load_head<record_breaker>(in).params);
    d.largest_ = in.finite();
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  params params_;
  double largest_ = 0;
};

using mine = metric_detectors::with<record_breaker>;
static_assert(detector<mine::any> && persistent<mine::any> && mergeable<mine::any>);
static_assert(noexcept(std::declval<mine::any&>().update(timed<double>())));
static_assert(detector<keyed<std::string, mine::any>> && mergeable<keyed<std::string, mine::any>>);

}  // namespace

TEST_CASE("a detector is made from its name and parameters as text") {
  auto d = metric_detectors::make("z_score", "warmup=2,threshold=1.5");
  REQUIRE(d);
  CHECK(d->kind() == "z_score");
  CHECK(d->parameters()[0].value == "2");
  CHECK(d->parameters()[1].value == "1.5");
  telemetry::z_score same({.warmup = 2, .threshold = 1.5});
  for (const double x : {1.0, 2.0, 3.0, 50.0}) CHECK(d->update(x).anomalous == same.update(x).anomalous);
  CHECK(d->target<telemetry::z_score>()->past() == same.past());
  CHECK(d->target<telemetry::median_absolute_deviation>() == nullptr);
}

TEST_CASE("what cannot be made says why") {
  const auto message = [](std::string_view kind, std::string_view parameters) {
    return metric_detectors::make(kind, parameters).error().message();
  };
  CHECK(message("zscore", "").find("no detector zscore; there are: median_absolute_deviation, ") == 0);
  CHECK(message("z_score", "warmth=2") == "z_score: no parameter warmth; there are: warmup, threshold, floor");
  CHECK(message("z_score", "warmup=two") == "z_score: warmup is \"two\", expected: integer");
  CHECK(message("z_score", "warmup=1") == "z_score: warmup is 1, must be at least 2 (observations)");
  CHECK(message("z_score", "warmup") == "z_score: \"warmup\", expected: name=value");
  CHECK(message("median_absolute_deviation", "points=10") ==
        "median_absolute_deviation: warmup is 30, and the window has only 10 points");
}

TEST_CASE("the list shows kind, summary and parameters of each") {
  const auto list = metric_detectors::list();
  REQUIRE(list.size() == metric_detectors::kinds.size());
  for (const auto& d : list) {
    CHECK_FALSE(d.kind.empty());
    CHECK_FALSE(d.summary.empty());
    CHECK_FALSE(d.parameters.empty());
    for (const auto& p : d.parameters) CHECK_FALSE(p.help.empty());
    CHECK(metric_detectors::make(d.kind));
  }
  CHECK(list[0].parameters[0].name == "points");
  CHECK(list[0].parameters[5].type == "none|skyline");
}

TEST_CASE("the default text of each parameter is its default") {
  for (const auto& d : metric_detectors::list()) {
    std::vector<parameter_text> all;
    for (const auto& p : d.parameters) all.push_back({p.name, p.value});
    const auto made = metric_detectors::make(d.kind, all);
    REQUIRE(made);
    CHECK(made->same_settings(metric_detectors::make(d.kind).value()));
  }
}

TEST_CASE("a registry is extended by a detector of one's own, which then stands inside keyed") {
  CHECK(mine::list().back().summary == record_breaker::summary);
  auto d = mine::make("record_breaker", "threshold=5");
  REQUIRE(d);
  keyed<std::string, mine::any> hosts({}, *d);
  hosts.update({"a", 1.0});
  CHECK(hosts.update({"a", 7.0}));
  CHECK_FALSE(hosts.update({"b", 1.0}));
  auto again = from_bytes<keyed<std::string, mine::any>>(to_bytes(hosts));
  REQUIRE(again);
  CHECK_FALSE(again->update({"a", 8.0}));
  CHECK(again->update({"b", 8.0}));
  CHECK_FALSE((from_bytes<keyed<std::string, metric_detectors::any>>(to_bytes(hosts))));
}

TEST_CASE("a record loads as any of the list, and as the type itself") {
  for (const std::string_view kind : metric_detectors::kinds) {
    const auto made = metric_detectors::make(kind).value();
    const auto again = from_bytes<metric_detectors::any>(to_bytes(made));
    REQUIRE(again);
    CHECK(again->kind() == kind);
  }
  const auto bytes = to_bytes(metric_detectors::make("z_score").value());
  CHECK(from_bytes<telemetry::z_score>(bytes));
  CHECK(from_bytes<telemetry::median_absolute_deviation>(bytes).error().message() ==
        "state, byte 12: a record of kind \"z_score\" where median_absolute_deviation was expected");
  CHECK(from_bytes<compose::registry<telemetry::median_absolute_deviation>::any>(bytes).error().message() ==
        "state, byte 12: a record of a kind that is none of: median_absolute_deviation");
}

TEST_CASE("a block of observations gets the verdicts that one by one would") {
  auto block = metric_detectors::make("z_score").value();
  auto single = block;
  std::vector<timed<double>> xs;
  for (int i = 0; i < 100; ++i) xs.emplace_back(i * i % 17);
  std::vector<verdict> verdicts(120);
  block.update(xs, verdicts);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const verdict v = single.update(xs[i]);
    CHECK(v.state == verdicts[i].state);
    if (v.state == verdict::status::judged) CHECK(v.score == verdicts[i].score);
  }
  CHECK(verdicts[100].state == verdict::status::warming_up);
}

TEST_CASE("equal kinds merge where the type does; others are errors") {
  auto a = metric_detectors::make("z_score").value();
  auto b = a;
  for (int i = 0; i < 10; ++i) a.update(i), b.update(i);
  CHECK(a.merge(b));
  CHECK(a.target<telemetry::z_score>()->past().count() == 20);
  CHECK_FALSE(a.merge(metric_detectors::make("z_score", "warmup=3").value()));
  CHECK(a.merge(metric_detectors::make("median_absolute_deviation").value()).error().message() ==
        "a z_score and a median_absolute_deviation do not merge");
  auto m = metric_detectors::make("median_absolute_deviation").value();
  CHECK(m.merge(m).error().message() ==
        "median_absolute_deviation does not merge: its answer depends on the order of what it saw");
}

TEST_CASE("copies are values, and assignment may change the type") {
  auto a = metric_detectors::make("z_score").value();
  auto b = a;
  b.update(1.0);
  CHECK(a.target<telemetry::z_score>()->past().count() == 0);
  a = b;
  CHECK(a.target<telemetry::z_score>()->past().count() == 1);
  a = metric_detectors::make("median_absolute_deviation").value();
  CHECK(a.kind() == "median_absolute_deviation");
  const auto before = a.memory_bytes();
  CHECK(before > 1440 * sizeof(double));
  a.update(1.0);
  CHECK(a.memory_bytes() == before);
}
