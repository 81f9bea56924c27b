// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/compose/builtin.hpp>

#include <array>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace netanomaly;
using compose::learners;

namespace own {

/// A learner of one's own: the class that came last.
class last_class {
 public:
  static constexpr std::string_view kind = "last_class";
  static constexpr std::string_view summary = "the class that came last";
  struct params {
    std::uint32_t classes = 2;
    static constexpr void describe(auto& p, auto&& field) {
      field("classes", p.classes, at_least(2U), "", "that there are");
    }
    friend bool operator==(const params&, const params&) = default;
  };
  last_class() = default;
  explicit last_class(const params& p) : params_(checked<last_class>(p)) {}
  static result<last_class> make(const params& p) { return make_checked<last_class>(p); }
  void learn(std::span<const double> /*x*/, std::uint32_t label) noexcept { last_ = label; }
  [[nodiscard]] std::uint32_t predict(std::span<const double> /*x*/) const noexcept { return last_; }
  void predict(std::span<const double> /*x*/, std::span<double> out) const noexcept {
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = c == last_ ? 1 : 0;
  }
  void reset() noexcept { last_ = 0; }
  [[nodiscard]] static std::size_t memory_bytes() noexcept { return sizeof(last_class); }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void save(state_writer& out) const {
    save_head<last_class>(out, params_);
    out.scalar(last_);
  }
  static result<last_class> load(state_reader& in) {
    last_class l(load_head<last_class>(in).params);
    l.last_ = in.scalar<std::uint32_t>();
    if (!in) return unexpected(in.error());
    return l;
  }

 private:
  params params_;
  std::uint32_t last_ = 0;
};

}  // namespace own

namespace {

using own::last_class;
using with_mine = learners::with<last_class>;

std::array<double, 2> row(int i) { return {static_cast<double>(i * 37 % 101), static_cast<double>(i % 3)}; }
std::uint32_t label(int i) { return i * 37 % 101 > 50 ? 1 : 0; }

}  // namespace

TEST_CASE("a learner made from its name and text answers as the type itself") {
  auto any = learners::make("hoeffding_tree", "features=2,cardinalities=0:3,grace=50,max_bytes=200000");
  REQUIRE(any);
  learn::hoeffding_tree::params p;
  p.features = 2;
  p.cardinalities = {0, 3};
  p.grace = 50;
  p.max_bytes = 200'000;
  learn::hoeffding_tree same(p);
  std::array<double, 2> a{}, b{};
  for (int i = 0; i < 2'000; ++i) {
    any->predict(row(i), a);
    same.predict(row(i), b);
    CHECK(a == b);
    CHECK(any->update(row(i), label(i)) == same.update(row(i), label(i)));
  }
  CHECK(any->predict(row(7)) == label(7));
  CHECK(any->kind() == "hoeffding_tree");
  CHECK(any->parameters()[7].value == "50");
  CHECK(to_bytes(*any) == to_bytes(same));
  CHECK(any->target<learn::hoeffding_tree>()->nodes() == same.nodes());
  const std::vector<std::string> names{"load", "day"}, classes{"idle", "busy"};
  CHECK(any->explain(row(7), {names, {}, classes}).find("class busy by ") != std::string::npos);

  auto again = from_bytes<learners::any>(to_bytes(*any));
  REQUIRE(again);
  for (int i = 0; i < 500; ++i) CHECK(again->update(row(i), label(i)) == same.update(row(i), label(i)));
  any->reset();
  CHECK(any->target<learn::hoeffding_tree>()->nodes() == 1);
}

TEST_CASE("every learner of the list is described, and made from the text of its defaults") {
  REQUIRE(learners::list().size() == learners::kinds.size());
  for (const auto& l : learners::list()) {
    CHECK_FALSE(l.summary.empty());
    std::vector<parameter_text> all;
    for (const auto& p : l.parameters) {
      CHECK_FALSE(p.help.empty());
      if (!p.value.empty()) all.push_back({p.name, p.value});
    }
    const auto made = learners::make(l.kind, all);
    REQUIRE(made);
    CHECK(to_bytes(*made) == to_bytes(learners::make(l.kind).value()));
    CHECK(from_bytes<learners::any>(to_bytes(*made))->kind() == l.kind);
    CHECK(made->memory_bytes() >= sizeof(learners::any));
  }
}

TEST_CASE("what is no learner of the list says so") {
  CHECK(learners::make("tree").error().message().find("no learner tree; there are: hoeffding_tree") == 0);
  CHECK(learners::make("hoeffding_tree", "grace=0").error().message() ==
        "hoeffding_tree: grace is 0, must be at least 1 (rows)");
  const auto bytes = to_bytes(compose::metric_detectors::make("z_score").value());
  CHECK(from_bytes<learners::any>(bytes).error().message().find("a record of a kind that is none of: hoeffding_tree") !=
        std::string::npos);
}

TEST_CASE("a list is extended by a learner of one's own, without update() and explain()") {
  auto l = with_mine::make("last_class", "classes=3");
  REQUIRE(l);
  const std::array<double, 1> x{0};
  CHECK(l->update(x, 2) == 0);
  CHECK(l->predict(x) == 2);
  CHECK(l->explain(x, {}).empty());
  auto copy = *l;
  copy.learn(x, 1);
  CHECK(l->predict(x) == 2);
  *l = copy;
  CHECK(l->predict(x) == 1);
  CHECK(from_bytes<with_mine::any>(to_bytes(*l))->predict(x) == 1);
  CHECK_FALSE(from_bytes<learners::any>(to_bytes(*l)));
}
