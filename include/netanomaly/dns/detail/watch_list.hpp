// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns::detail {

/// The pairs that may be parts of one tunnel: those in which something was found, the strongest where they are too
/// many.
class watch_list {
 public:
  static constexpr std::size_t most = 1024;

  struct entry {
    std::uint64_t pair = 0;  ///< key in the table
    std::uint64_t client = 0;
    std::uint64_t domain = 0;
    int score = 0;
    [[nodiscard]] bool stronger_than(const entry& o) const noexcept {
      return std::tuple(o.score, pair) < std::tuple(score, o.pair);
    }
  };

  void put(const entry& e) {
    const auto at = std::ranges::find(entries_, e.pair, &entry::pair);
    if (at != entries_.end()) {
      *at = e;
    } else if (entries_.size() < most) {
      entries_.push_back(e);
    } else if (const auto weakest = std::ranges::max_element(
                   entries_, [](const entry& a, const entry& b) { return a.stronger_than(b); });
               e.stronger_than(*weakest)) {
      *weakest = e;
    }
  }
  void remove(std::uint64_t pair) noexcept {
    std::erase_if(entries_, [&](const entry& e) { return e.pair == pair; });
  }
  /// Those of the client or of the domain.
  [[nodiscard]] std::size_t count_like(std::uint64_t client, std::uint64_t domain) const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [&](const entry& e) { return e.client == client || e.domain == domain; }));
  }
  void merge(const watch_list& other) {
    for (const entry& e : other.entries_) put(e);
  }
  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
  /// Held beyond the object itself at most.
  static constexpr std::size_t heap_bytes = most * sizeof(entry);

  void save(state_writer& out) const {
    out.scalar(static_cast<std::uint32_t>(entries_.size()));
    for (const entry& e : entries_) {
      for (const std::uint64_t n : {e.pair, e.client, e.domain}) out.scalar(n);
      out.scalar(std::int32_t{e.score});
    }
  }
  [[nodiscard]] static watch_list load(state_reader& in) {
    watch_list all;
    const auto count = in.scalar<std::uint32_t>();
    if (in.ok() && count > most) in.fail("more pairs watched than may be");
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
      if (!in.charge(sizeof(entry))) break;
      entry e;
      for (std::uint64_t* n : {&e.pair, &e.client, &e.domain}) *n = in.scalar<std::uint64_t>();
      e.score = in.scalar<std::int32_t>();
      all.entries_.push_back(e);
    }
    return in.ok() ? all : watch_list();
  }

 private:
  std::vector<entry> entries_;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::dns::detail
