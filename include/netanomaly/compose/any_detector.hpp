// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

namespace detail {
/// One address a type: what tells types apart where there is no RTTI.
template <class T>
inline constexpr char type_mark = 0;
}  // namespace detail

/// Any detector of one kind of observation, as a value: the type is chosen at run time. `registry` makes them from
/// names and loads them from bytes.
///
/// Observes  Observation.
/// Cost      the detector's, and one virtual call an update, or one a block with update(span, span); one allocation at
///           construction, and at each copy. With `Nothrow` (the default) update is noexcept and takes only detectors
///           whose own is.
template <class Observation, bool Nothrow = true>
class any_detector {
 public:
  using observation = Observation;

  /// Takes the detector in; one allocation.
  template <class D>
    requires detector<D> && configurable<D> && std::same_as<typename D::observation, Observation> &&
             (!Nothrow || noexcept(std::declval<D&>().update(std::declval<const Observation&>())))
  any_detector(std::in_place_t /*tag*/, D d) : held_(std::make_unique<holder<D>>(std::move(d))) {}
  any_detector(const any_detector& other) : held_(other.held_->clone()) {}
  any_detector(any_detector&&) noexcept = default;
  any_detector& operator=(const any_detector& other) {
    if (this != &other && !held_->assign(*other.held_))
      held_ = other.held_->clone();  // into the memory that is there, where types agree
    return *this;
  }
  any_detector& operator=(any_detector&&) noexcept = default;
  ~any_detector() = default;

  verdict update(const observation& x) noexcept(Nothrow) { return held_->update(x); }
  /// One after the other, as many as both have room for.
  void update(std::span<const observation> xs, std::span<verdict> verdicts) noexcept(Nothrow) {
    const std::size_t count = (std::min)(xs.size(), verdicts.size());
    held_->update(xs.first(count), verdicts.first(count));
  }
  void reset() noexcept { held_->reset(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return sizeof(*this) + held_->memory_bytes(); }

  /// The name of the detector inside.
  [[nodiscard]] std::string_view kind() const noexcept { return held_->kind(); }
  /// With the values they have here.
  [[nodiscard]] std::vector<parameter_info> parameters() const { return held_->parameters(); }
  /// Whether `other` is of the same type and has the same parameters.
  [[nodiscard]] bool same_settings(const any_detector& other) const noexcept {
    return held_->same_settings(*other.held_);
  }
  /// The detector itself, where it is a D; null otherwise.
  template <class D>
  [[nodiscard]] const D* target() const noexcept {
    return held_->mark() == &detail::type_mark<D> ? &static_cast<const holder<D>&>(*held_).detector : nullptr;
  }

  /// An error where the two are of different types, where the type does not merge, and where it says so.
  [[nodiscard]] result<void> merge(const any_detector& other) { return held_->merge(*other.held_); }
  /// The detector's own record: there is no trace of the any.
  void save(state_writer& out) const { held_->save(out); }

 private:
  struct base {
    base() = default;
    base(const base&) = delete;
    base(base&&) = delete;
    base& operator=(const base&) = delete;
    base& operator=(base&&) = delete;
    virtual ~base() = default;
    virtual verdict update(const observation& x) noexcept(Nothrow) = 0;
    virtual void update(std::span<const observation> xs, std::span<verdict> verdicts) noexcept(Nothrow) = 0;
    virtual void reset() noexcept = 0;
    [[nodiscard]] virtual std::size_t memory_bytes() const noexcept = 0;
    [[nodiscard]] virtual std::string_view kind() const noexcept = 0;
    [[nodiscard]] virtual std::vector<parameter_info> parameters() const = 0;
    [[nodiscard]] virtual bool same_settings(const base& other) const noexcept = 0;
    [[nodiscard]] virtual const char* mark() const noexcept = 0;
    [[nodiscard]] virtual std::unique_ptr<base> clone() const = 0;
    [[nodiscard]] virtual bool assign(const base& other) = 0;
    [[nodiscard]] virtual result<void> merge(const base& other) = 0;
    virtual void save(state_writer& out) const = 0;
  };

  template <class D>
  struct holder final : base {
    explicit holder(D d) : detector(std::move(d)) {}

    verdict update(const observation& x) noexcept(Nothrow) override { return detector.update(x); }
    void update(std::span<const observation> xs, std::span<verdict> verdicts) noexcept(Nothrow) override {
      for (std::size_t i = 0; i < xs.size(); ++i) verdicts[i] = detector.update(xs[i]);
    }
    void reset() noexcept override { detector.reset(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept override {
      return sizeof(holder) - sizeof(D) + detector.memory_bytes();
    }
    [[nodiscard]] std::string_view kind() const noexcept override { return D::kind; }
    [[nodiscard]] std::vector<parameter_info> parameters() const override {
      return list_parameters(detector.parameters());
    }
    [[nodiscard]] bool same_settings(const base& other) const noexcept override {
      return other.mark() == mark() && as_own(other).parameters() == detector.parameters();
    }
    [[nodiscard]] const char* mark() const noexcept override { return &detail::type_mark<D>; }
    [[nodiscard]] std::unique_ptr<base> clone() const override { return std::make_unique<holder>(detector); }
    [[nodiscard]] bool assign(const base& other) override {
      if (other.mark() != mark()) return false;
      detector = as_own(other);
      return true;
    }
    [[nodiscard]] result<void> merge(const base& other) override {
      if (other.mark() != mark())
        return unexpected(error("a " + std::string(D::kind) + " and a " + std::string(other.kind()) + " do not merge"));
      if constexpr (mergeable<D>) {
        return detector.merge(as_own(other));
      } else {
        return unexpected(
            error(std::string(D::kind) + " does not merge: its answer depends on the order of what it saw"));
      }
    }
    void save(state_writer& out) const override { detector.save(out); }

    [[nodiscard]] static const D& as_own(const base& other) noexcept {
      return static_cast<const holder&>(other).detector;
    }

    D detector;
  };

  std::unique_ptr<base> held_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
