// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::learn::detail {

/// One robust random cut tree over a multiset of points, with exact insert and erase.
///
/// A node is cut in a feature drawn in proportion to the ranges of its points, at a place drawn evenly in that range;
/// points at most the cut go left. After any inserts and erases the tree has the law of one made from the points it
/// holds (Guha, Mishra, Roy & Schrijvers, ICML 2016, theorems 2 and 3). Equal points share a leaf.
///
/// Points are rows of `stride(dimensions)` numbers, zeros behind the last one, at most `largest` in size. All nodes lie
/// in a pool made with the tree: leaves are 0 to capacity - 1, cuts follow.
class random_cut_tree {
 public:
  static constexpr std::uint32_t none = 0xffffffffU;
  static constexpr std::size_t block = 4;  // numbers summed side by side
  static constexpr float largest = 1e30F;
  [[nodiscard]] static constexpr std::size_t stride(std::size_t dimensions) noexcept {
    return (dimensions + block - 1) / block * block;
  }

  struct cut {
    float at;
    std::uint32_t feature;
    std::uint32_t left, right;
  };

  random_cut_tree(std::size_t capacity, std::size_t dimensions)
      : capacity_(capacity),
        dimensions_(dimensions),
        stride_(stride(dimensions)),
        rows_(capacity * stride_),
        boxes_((capacity - 1) * 2 * stride_),
        cuts_(capacity - 1),
        ranges_(capacity - 1),
        parent_(2 * capacity - 1),
        mass_(2 * capacity - 1),
        free_leaves_(capacity),
        free_cuts_(capacity - 1) {
    clear();
  }

  void clear() noexcept {
    root_ = none;
    const auto n = static_cast<std::uint32_t>(capacity_);
    for (std::uint32_t i = 0; i < n; ++i) free_leaves_[i] = n - 1 - i;
    for (std::uint32_t i = 0; i + 1 < n; ++i) free_cuts_[i] = 2 * n - 2 - i;
    leaves_left_ = n;
    cuts_left_ = n - 1;
  }

  [[nodiscard]] std::uint32_t root() const noexcept { return root_; }
  [[nodiscard]] bool is_leaf(std::uint32_t node) const noexcept { return node < capacity_; }
  [[nodiscard]] const cut& cut_of(std::uint32_t node) const noexcept { return cuts_[node - capacity_]; }
  [[nodiscard]] std::uint32_t mass(std::uint32_t node) const noexcept { return mass_[node]; }
  [[nodiscard]] std::uint32_t parent(std::uint32_t node) const noexcept { return parent_[node]; }
  [[nodiscard]] const float* row(std::uint32_t leaf) const noexcept { return rows_.data() + leaf * stride_; }
  [[nodiscard]] const float* low(std::uint32_t node) const noexcept {
    return is_leaf(node) ? row(node) : boxes_.data() + (node - capacity_) * 2 * stride_;
  }
  [[nodiscard]] const float* high(std::uint32_t node) const noexcept {
    return is_leaf(node) ? row(node) : boxes_.data() + (node - capacity_) * 2 * stride_ + stride_;
  }
  /// The sum of the sides of a node's box.
  [[nodiscard]] double range(std::uint32_t node) const noexcept {
    return is_leaf(node) ? 0 : static_cast<double>(ranges_[node - capacity_]);
  }
  [[nodiscard]] std::size_t points() const noexcept { return root_ == none ? 0 : mass_[root_]; }

  /// How far p lies outside the box of a node, summed over the features.
  [[nodiscard]] float outside(std::uint32_t node, const float* p) const noexcept {
    const float* const l = low(node);
    const float* const h = high(node);
    std::array<float, block> sum{};
    for (std::size_t i = 0; i < stride_; i += block)
      for (std::size_t k = 0; k < block; ++k) {
        const float above = p[i + k] - h[i + k], below = l[i + k] - p[i + k];
        sum[k] += (above > 0 ? above : 0) + (below > 0 ? below : 0);
      }
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
  }
  /// The side of a cut on which p lies.
  [[nodiscard]] static std::uint32_t side(const cut& c, const float* p) noexcept {
    return p[c.feature] > c.at ? c.right : c.left;
  }

  /// Adds a point; its leaf. `draw` gives numbers from 0 to below 1. There must be room: points() < capacity.
  template <class Draw>
  std::uint32_t insert(const float* p, Draw&& draw) noexcept {
    if (root_ == none) {
      root_ = new_leaf(p, none);
      return root_;
    }
    // Boxes are nested: p lies outside of those from some node on down to the leaf, and in all above it.
    std::uint32_t at = root_;
    while (!is_leaf(at)) at = side(cut_of(at), p);
    for (std::uint32_t up = at; up != none && outside(up, p) > 0; up = parent_[up]) at = up;
    if (is_leaf(at) && !(outside(at, p) > 0)) {
      for (std::uint32_t up = at; up != none; up = parent_[up]) ++mass_[up];
      return at;
    }
    for (std::uint32_t up = parent_[at]; up != none; up = parent_[up]) ++mass_[up];
    for (;; at = side(cut_of(at), p)) {
      const auto out = static_cast<double>(outside(at, p));
      const double drawn = draw() * (range(at) + out);
      // A cut of the wider box that misses the node's own box parts p from it; elsewhere the node's own cut stands.
      if (drawn < out || is_leaf(at)) return part(at, p, drawn);
      stretch(at, p);
      ++mass_[at];
    }
  }

  /// Takes one point of a leaf away.
  void erase(std::uint32_t leaf) noexcept {
    const std::uint32_t gone = --mass_[leaf] == 0 ? parent_[leaf] : none;
    std::uint32_t up = parent_[leaf];
    if (mass_[leaf] == 0) {
      free_leaves_[leaves_left_++] = leaf;
      if (gone == none) {
        root_ = none;
        return;
      }
      const cut& c = cut_of(gone);
      const std::uint32_t sibling = c.left == leaf ? c.right : c.left;
      up = parent_[gone];
      replace(gone, sibling);
      free_cuts_[cuts_left_++] = gone;
    }
    bool shrinks = mass_[leaf] == 0;
    for (; up != none; up = parent_[up]) {
      --mass_[up];
      shrinks = shrinks && on_border(up, row(leaf)) && fit_box(up);
    }
  }

  /// Calls f(node) for each node, parents before children and left before right.
  template <class F>
  void preorder(F&& f) const {
    for (std::uint32_t at = root_; at != none;) {
      f(at);
      if (!is_leaf(at)) {
        at = cut_of(at).left;
        continue;
      }
      while (parent_[at] != none && cut_of(parent_[at]).right == at) at = parent_[at];
      at = parent_[at] == none ? none : cut_of(parent_[at]).right;
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    return sizeof(*this) + bytes(rows_) + bytes(boxes_) + bytes(cuts_) + bytes(ranges_) + bytes(parent_) +
           bytes(mass_) + bytes(free_leaves_) + bytes(free_cuts_);
  }
  [[nodiscard]] static std::uint64_t bytes_for(std::uint64_t capacity, std::uint64_t dimensions) noexcept {
    return sizeof(random_cut_tree) + capacity * (3 * stride(static_cast<std::size_t>(dimensions)) * sizeof(float) +
                                                 sizeof(cut) + 7 * sizeof(std::uint32_t));
  }

  /// Nodes in preorder: a cut's feature (u32) and place; a leaf's `none`, mass (u32) and row.
  void save(state_writer& out) const {
    out.scalar(root_ == none ? std::uint32_t{0} : std::uint32_t{1});
    preorder([&](std::uint32_t node) {
      if (is_leaf(node)) {
        out.scalar(none);
        out.scalar(mass_[node]);
        out.array(std::span<const float>(row(node), dimensions_));
      } else {
        out.scalar(cut_of(node).feature);
        out.scalar(cut_of(node).at);
      }
    });
  }
  /// Into an empty tree. `leaf_at(k)` is the k-th leaf of the record: leaves are numbered as they are written.
  void load(state_reader& in) {
    if (const auto some = in.scalar<std::uint32_t>(); !in.ok() || some != 1) {
      if (in.ok() && some != 0) in.fail("a random cut tree that is neither empty nor not");
      return;
    }
    std::uint32_t above = none;  // the node whose child comes next
    for (;;) {
      const auto feature = in.scalar<std::uint32_t>();
      if (!in.ok()) return;
      if (feature != none) {
        if (feature >= dimensions_ || cuts_left_ == 0) return in.fail("a cut that cannot be");
        const std::uint32_t node = free_cuts_[--cuts_left_];
        cuts_[node - capacity_] = {in.finite<float>(), feature, none, none};
        hang(above, node);
        above = node;
        continue;
      }
      const auto mass = in.scalar<std::uint32_t>();
      if (in.ok() && (mass == 0 || mass > capacity_ || leaves_left_ == 0)) in.fail("a leaf that cannot be");
      if (!in.ok()) return;
      const std::uint32_t leaf = free_leaves_[--leaves_left_];
      float* const into = rows_.data() + leaf * stride_;
      std::fill_n(into, stride_, 0.0F);
      in.array(std::span(into, dimensions_));
      for (std::size_t i = 0; i < dimensions_; ++i)
        if (in.ok() && !(std::abs(into[i]) <= largest)) in.fail("a number of a leaf that is out of range");
      hang(above, leaf);
      mass_[leaf] = mass;
      // Cuts whose right child is now complete are complete themselves.
      while (above != none && cut_of(above).right != none) {
        finish(in, above);
        above = parent_[above];
      }
      if (!in.ok() || above == none) return;
    }
  }

 private:
  [[nodiscard]] float range_of(std::uint32_t node) const noexcept {
    const float* const l = low(node);
    const float* const h = high(node);
    std::array<float, block> sum{};
    for (std::size_t i = 0; i < stride_; i += block)
      for (std::size_t k = 0; k < block; ++k) sum[k] += h[i + k] - l[i + k];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
  }
  std::uint32_t new_leaf(const float* p, std::uint32_t parent) noexcept {
    const std::uint32_t leaf = free_leaves_[--leaves_left_];
    std::copy_n(p, stride_, rows_.data() + leaf * stride_);
    mass_[leaf] = 1;
    parent_[leaf] = parent;
    return leaf;
  }
  void replace(std::uint32_t node, std::uint32_t by) noexcept {
    const std::uint32_t up = parent_[node];
    parent_[by] = up;
    if (up == none) {
      root_ = by;
    } else {
      cut& c = cuts_[up - capacity_];
      (c.left == node ? c.left : c.right) = by;
    }
  }
  /// The leaf of p, parted from `node` by the cut that lies `drawn` into what p adds to the box.
  std::uint32_t part(std::uint32_t node, const float* p, double drawn) noexcept {
    const float* const l = low(node);
    const float* const h = high(node);
    std::uint32_t feature = none;
    float at = 0;
    for (std::uint32_t i = 0; i < dimensions_; ++i) {
      const bool above = p[i] > h[i];
      if (!above && !(p[i] < l[i])) continue;
      const float from = above ? h[i] : p[i], to = above ? p[i] : l[i];
      feature = i;
      at = static_cast<float>(static_cast<double>(from) + drawn);
      if (at >= to) at = std::nextafter(to, from);  // right of the cut is above it
      drawn -= static_cast<double>(to) - static_cast<double>(from);
      if (drawn < 0) break;
    }
    const std::uint32_t made = free_cuts_[--cuts_left_];
    replace(node, made);
    const std::uint32_t leaf = new_leaf(p, made);
    parent_[node] = made;
    const bool right = p[feature] > at;
    cuts_[made - capacity_] = {at, feature, right ? node : leaf, right ? leaf : node};
    mass_[made] = mass_[node] + 1;
    (void)fit_box(made);
    return leaf;
  }
  void stretch(std::uint32_t node, const float* p) noexcept {
    float* const l = boxes_.data() + (node - capacity_) * 2 * stride_;
    float* const h = l + stride_;
    for (std::size_t i = 0; i < stride_; ++i) {
      l[i] = p[i] < l[i] ? p[i] : l[i];
      h[i] = p[i] > h[i] ? p[i] : h[i];
    }
    ranges_[node - capacity_] = range_of(node);
  }
  [[nodiscard]] bool on_border(std::uint32_t node, const float* p) const noexcept {
    const float* const l = low(node);
    const float* const h = high(node);
    for (std::size_t i = 0; i < dimensions_; ++i)
      if (p[i] == l[i] || p[i] == h[i]) return true;
    return false;
  }
  /// Makes the box of a node from its children's; whether it changed.
  bool fit_box(std::uint32_t node) noexcept {
    const cut& c = cut_of(node);
    float* const l = boxes_.data() + (node - capacity_) * 2 * stride_;
    float* const h = l + stride_;
    const float* const ll = low(c.left);
    const float* const rl = low(c.right);
    const float* const lh = high(c.left);
    const float* const rh = high(c.right);
    bool changed = false;
    for (std::size_t i = 0; i < stride_; ++i) {
      const float least = ll[i] < rl[i] ? ll[i] : rl[i], most = lh[i] > rh[i] ? lh[i] : rh[i];
      changed |= least != l[i] || most != h[i];
      l[i] = least;
      h[i] = most;
    }
    ranges_[node - capacity_] = range_of(node);
    return changed;
  }
  void hang(std::uint32_t above, std::uint32_t node) noexcept {
    parent_[node] = above;
    if (above == none) {
      root_ = node;
      return;
    }
    cut& c = cuts_[above - capacity_];
    (c.left == none ? c.left : c.right) = node;
  }
  /// Mass and box of a loaded cut, whose points must lie on their sides of it.
  void finish(state_reader& in, std::uint32_t node) {
    const cut& c = cut_of(node);
    const std::uint64_t mass = std::uint64_t{mass_[c.left]} + mass_[c.right];
    if (in.ok() && (mass > capacity_ || !(high(c.left)[c.feature] <= c.at) || !(low(c.right)[c.feature] > c.at)))
      in.fail("a cut with points on its wrong side");
    mass_[node] = static_cast<std::uint32_t>(mass);
    (void)fit_box(node);
  }

  std::size_t capacity_, dimensions_, stride_;
  std::vector<float> rows_, boxes_;  // of leaves; of cuts, low corner and high corner
  std::vector<cut> cuts_;
  std::vector<float> ranges_;
  std::vector<std::uint32_t> parent_, mass_;
  std::vector<std::uint32_t> free_leaves_, free_cuts_;
  std::uint32_t root_ = none;
  std::size_t leaves_left_ = 0, cuts_left_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::learn::detail
