// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/registry.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/learn/row_names.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Any learner, as a value: the type is chosen at run time. `learner_registry` makes them from names and loads them
/// from bytes.
///
/// Observes  std::span<const double>, a row, and its class.
/// Cost      the learner's, and one virtual call; one allocation at construction, and at each copy.
class any_learner {
 public:
  using observation = std::span<const double>;

  /// Takes the learner in; one allocation.
  template <class L>
    requires learner<L> && configurable<L>
  any_learner(std::in_place_t /*tag*/, L l) : held_(std::make_unique<holder<L>>(std::move(l))) {}
  any_learner(const any_learner& other) : held_(other.held_->clone()) {}
  any_learner(any_learner&&) noexcept = default;
  any_learner& operator=(const any_learner& other) {
    if (this != &other) held_ = other.held_->clone();
    return *this;
  }
  any_learner& operator=(any_learner&&) noexcept = default;
  ~any_learner() = default;

  void learn(observation x, std::uint32_t label) { held_->learn(x, label); }
  /// What predict() says before the row is learnt, and learn(), in one pass.
  std::uint32_t update(observation x, std::uint32_t label) { return held_->update(x, label); }
  /// The class it holds most likely.
  [[nodiscard]] std::uint32_t predict(observation x) const noexcept { return held_->predict(x); }
  /// The distribution over classes, into `out`.
  void predict(observation x, std::span<double> out) const { held_->predict(x, out); }
  /// Why, in words; empty where the learner does not say.
  [[nodiscard]] std::string explain(observation x, const learn::row_names& names) const {
    return held_->explain(x, names);
  }
  void reset() noexcept { held_->reset(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + held_->memory_bytes(); }

  /// The name of the learner inside.
  [[nodiscard]] std::string_view kind() const noexcept { return held_->kind(); }
  /// With the values they have here.
  [[nodiscard]] std::vector<parameter_info> parameters() const { return held_->parameters(); }
  /// The learner itself, where it is an L; null otherwise.
  template <class L>
  [[nodiscard]] const L* target() const noexcept {
    return held_->mark() == &detail::type_mark<L> ? &static_cast<const holder<L>&>(*held_).held : nullptr;
  }
  /// The learner's own record: there is no trace of the any.
  void save(state_writer& out) const { held_->save(out); }

 private:
  struct base {
    base() = default;
    base(const base&) = delete;
    base(base&&) = delete;
    base& operator=(const base&) = delete;
    base& operator=(base&&) = delete;
    virtual ~base() = default;
    virtual void learn(observation x, std::uint32_t label) = 0;
    virtual std::uint32_t update(observation x, std::uint32_t label) = 0;
    [[nodiscard]] virtual std::uint32_t predict(observation x) const noexcept = 0;
    virtual void predict(observation x, std::span<double> out) const = 0;
    [[nodiscard]] virtual std::string explain(observation x, const learn::row_names& names) const = 0;
    virtual void reset() noexcept = 0;
    [[nodiscard]] virtual std::size_t memory_bytes() const noexcept = 0;
    [[nodiscard]] virtual std::string_view kind() const noexcept = 0;
    [[nodiscard]] virtual std::vector<parameter_info> parameters() const = 0;
    [[nodiscard]] virtual const char* mark() const noexcept = 0;
    [[nodiscard]] virtual std::unique_ptr<base> clone() const = 0;
    virtual void save(state_writer& out) const = 0;
  };

  template <class L>
  struct holder final : base {
    explicit holder(L l) : held(std::move(l)) {}

    void learn(observation x, std::uint32_t label) override { held.learn(x, label); }
    std::uint32_t update(observation x, std::uint32_t label) override {
      if constexpr (requires {
                      { held.update(x, label) } -> std::same_as<std::uint32_t>;
                    }) {
        return held.update(x, label);
      } else {
        const std::uint32_t predicted = held.predict(x);
        held.learn(x, label);
        return predicted;
      }
    }
    [[nodiscard]] std::uint32_t predict(observation x) const noexcept override { return held.predict(x); }
    void predict(observation x, std::span<double> out) const override { held.predict(x, out); }
    [[nodiscard]] std::string explain(observation x, const learn::row_names& names) const override {
      if constexpr (requires { std::string(held.explain(x, names)); }) {
        return held.explain(x, names);
      } else {
        return {};
      }
    }
    void reset() noexcept override { held.reset(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept override {
      return sizeof(holder) - sizeof(L) + held.memory_bytes();
    }
    [[nodiscard]] std::string_view kind() const noexcept override { return L::kind; }
    [[nodiscard]] std::vector<parameter_info> parameters() const override { return list_parameters(held.parameters()); }
    [[nodiscard]] const char* mark() const noexcept override { return &detail::type_mark<L>; }
    [[nodiscard]] std::unique_ptr<base> clone() const override { return std::make_unique<holder>(held); }
    void save(state_writer& out) const override { held.save(out); }

    L held;
  };

  std::unique_ptr<base> held_;
};

/// A list of learners, to choose from at run time, as `registry` is of detectors.
///
///     result<compose::learners::any> l = compose::learners::make("hoeffding_tree", "features=3,classes=2,grace=100");
///
/// Entries are learners, configurable, with `params parameters() const`, reset(), memory_bytes() and a one-line
/// `summary`.
template <class... Ls>
class learner_registry : public detail::kind_list<Ls...> {
  static_assert((learner<Ls> && ...), "every entry is a learner");
  static_assert((configurable<Ls> && ...), "every entry is configurable");

 public:
  /// This list and more.
  template <class... Mine>
  using with = learner_registry<Ls..., Mine...>;

  /// Any one of them, as a value.
  class any : public any_learner {
   public:
    /// Takes in a learner of this list; one allocation.
    template <class L>
      requires(std::same_as<L, Ls> || ...)
    any(L l) : any_learner(std::in_place, std::move(l)) {}  // NOLINT(google-explicit-constructor): an L is any of them

    [[nodiscard]] static result<any> load(state_reader& in) { return learner_registry::template load_any<any>(in); }
  };

  /// The learner of this kind, with these parameters in place of the defaults. The error names the kind, the parameter,
  /// its value and what would do.
  [[nodiscard]] static result<any> make(std::string_view kind, std::span<const parameter_text> parameters) {
    return learner_registry::template make_any<any>(kind, parameters, "learner");
  }
  /// The same, from "grace=100,tie=0.1".
  [[nodiscard]] static result<any> make(std::string_view kind, std::string_view parameters = {}) {
    return learner_registry::template make_any<any>(kind, parameters, "learner");
  }
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
