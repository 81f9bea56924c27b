// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/state.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// What keyed must know of a key. Defined for integers, std::string, and types that are nothing but octets
/// (std::array<std::byte, N>, dns::ip_address); specialise it for others, with these five and `view`.
template <class Key>
struct key_traits;

/// Of integers.
template <std::integral Key>
struct key_traits<Key> {
  using view = Key;  ///< what an observation carries, and what a key is made from and compared with
  /// Under a seed that strangers do not know.
  [[nodiscard]] static std::uint64_t hash(const keyed_hash& h, Key k) noexcept {
    return h(static_cast<std::uint64_t>(k));
  }
  /// Makes a key of what an observation carries.
  static void assign(Key& to, Key k) noexcept { to = k; }
  [[nodiscard]] static std::size_t heap_bytes(Key) noexcept { return 0; }  ///< what a key holds besides itself
  static void save(state_writer& out, Key k) { out.scalar(k); }
  [[nodiscard]] static Key load(state_reader& in) { return in.scalar<Key>(); }
};

/// Of text.
template <>
struct key_traits<std::string> {
  using view = std::string_view;
  [[nodiscard]] static std::uint64_t hash(const keyed_hash& h, view k) noexcept { return h(k); }
  static void assign(std::string& to, view k) { to.assign(k); }
  [[nodiscard]] static std::size_t heap_bytes(const std::string& k) noexcept {
    const auto* const self = reinterpret_cast<const char*>(&k);
    const bool inside = !std::less<>()(k.data(), self) && std::less<>()(k.data(), self + sizeof(std::string));
    return inside ? 0 : k.capacity() + 1;
  }
  static void save(state_writer& out, view k) { out.string(k); }
  [[nodiscard]] static view load(state_reader& in) { return in.string(); }
};

/// Of what is nothing but octets.
template <class Key>
  requires(!std::integral<Key> && std::is_trivially_copyable_v<Key> && std::has_unique_object_representations_v<Key> &&
           alignof(Key) == 1)
struct key_traits<Key> {
  using view = Key;  ///< what an observation carries
  /// Under a seed that strangers do not know.
  [[nodiscard]] static std::uint64_t hash(const keyed_hash& h, const Key& k) noexcept {
    return h(std::as_bytes(std::span(&k, 1)));
  }
  /// Makes a key of what an observation carries.
  static void assign(Key& to, const Key& k) noexcept { to = k; }
  [[nodiscard]] static std::size_t heap_bytes(const Key&) noexcept { return 0; }
  static void save(state_writer& out, const Key& k) { out.bytes(std::as_bytes(std::span(&k, 1))); }
  [[nodiscard]] static Key load(state_reader& in) {
    std::array<std::uint8_t, sizeof(Key)> octets{};
    in.array(std::span(octets));
    return std::bit_cast<Key>(octets);
  }
};

/// The key that was seen longest ago leaves first.
struct least_recently_seen {};

/// A detector for each key, all copies of one prototype, in bounded memory.
///
/// Observes  {key, observation of D}. A key that is new gets a copy of the prototype.
/// Score     D's, for this key alone.
/// Memory    `max_bytes` bounds memory_bytes() whenever a call returns: detectors, keys and table, as asked from the
///           allocator (its own overhead, some 16 bytes a key, comes on top). Where it would be passed, keys leave: the
///           one not seen for longest, or, with `Ranking`, the one for which `ranking(key, d)`, a double, is least, and
///           of equals the one not seen for longest. The ranking must depend on key and detector alone.
/// Cost      D's, and a look-up: 20 ns where the keys fit the cache, 400 where a million come at random, all of it
/// waiting
///           for memory. A new key takes two allocations or so, and none once the bound is reached: it takes the place
///           of the one that leaves (140 ns). With a ranking, O(log keys) more where a key leaves.
/// Keys      are hashed under `seed`: give one that nobody can guess where keys come from strangers.
/// Merge     key by key, where D merges. The other's keys count as seen later. Exact as long as no key has left.
template <class Key, detector D, class Ranking = least_recently_seen>
class keyed {
  using traits = key_traits<Key>;
  static constexpr bool ranked = !std::same_as<Ranking, least_recently_seen>;

 public:
  static constexpr std::string_view kind = "keyed";
  static constexpr std::string_view summary = "a detector for each key, in bounded memory";

  /// Valid during the call, as all that it refers to.
  struct observation {
    typename traits::view key;  ///< whose detector observes
    std::conditional_t<std::is_trivially_copyable_v<typename D::observation> && sizeof(typename D::observation) <= 32,
                       typename D::observation, const typename D::observation&>
        value;
  };

  struct params {
    std::uint64_t max_bytes = std::uint64_t{64} << 20;
    std::uint64_t seed = 0;

    static constexpr void describe(auto& p, auto&& field) {
      field("max_bytes", p.max_bytes, at_least(1024U), "bytes", "keys leave where memory would exceed it");
      field("seed", p.seed, any_value(), "", "of the hash; secret where keys come from strangers");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  keyed()
    requires std::default_initializable<D> && std::default_initializable<Ranking>
      : keyed(params()) {}
  /// Throws std::invalid_argument, also where not even one key fits.
  explicit keyed(const params& p, D prototype = D(), Ranking ranking = Ranking())
      : keyed(unchecked(), checked_room(p, prototype), std::move(prototype), std::move(ranking)) {}
  [[nodiscard]] static result<keyed> make(const params& p, D prototype = D(), Ranking ranking = Ranking()) {
    if (result<void> ok = check_room(p, prototype); !ok) return unexpected(std::move(ok).error());
    return keyed(unchecked(), p, std::move(prototype), std::move(ranking));
  }

  keyed(const keyed& other) : keyed(unchecked(), other.params_, D(other.prototype_), Ranking(other.ranking_)) {
    for (const node* from = other.oldest_; from != nullptr; from = from->newer)
      change(obtain(from->key), [&](D& d) { d = from->detector; });
    left_ = other.left_;
  }
  keyed(keyed&& other) noexcept
      : params_(other.params_),
        hash_(other.hash_),
        prototype_(std::move(other.prototype_)),
        ranking_(std::move(other.ranking_)),
        table_(std::exchange(other.table_, {})),
        heap_(std::exchange(other.heap_, {})),
        oldest_(std::exchange(other.oldest_, nullptr)),
        newest_(std::exchange(other.newest_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        held_(std::exchange(other.held_, 0)),
        clock_(other.clock_),
        left_(other.left_) {}
  keyed& operator=(const keyed& other) {
    keyed copy(other);
    swap(copy);
    return *this;
  }
  keyed& operator=(keyed&& other) noexcept {
    swap(other);
    return *this;
  }
  ~keyed() { delete_all(); }

  /// May allocate, as said above.
  verdict update(const observation& x) {
    node* const n = obtain(x.key);
    verdict v;
    change(n, [&](D& d) { v = d.update(x.value); });
    return v;
  }

  /// The key's detector, or null; looking at it is not seeing it.
  [[nodiscard]] const D* find(const typename traits::view& key) const noexcept {
    const node* const n = lookup(key, traits::hash(hash_, key));
    return n == nullptr ? nullptr : &n->detector;
  }
  /// f(key, detector) for each, the one seen longest ago first.
  template <class F>
  void for_each(F&& f) const {
    for (const node* n = oldest_; n != nullptr; n = n->newer) f(std::as_const(n->key), std::as_const(n->detector));
  }
  /// Forgets a key; false where it is not there.
  bool erase(const typename traits::view& key) noexcept {
    node* const n = lookup(key, traits::hash(hash_, key));
    if (n == nullptr) return false;
    unlink(n);
    delete n;
    return true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// How many keys had to leave since the start, or since reset().
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// What a new key's detector is a copy of.
  [[nodiscard]] const D& prototype() const noexcept { return prototype_; }

  /// Forgets all keys.
  void reset() noexcept {
    delete_all();
    std::vector<slot>().swap(table_);
    std::vector<ranked_node>().swap(heap_);
    oldest_ = newest_ = nullptr;
    size_ = held_ = 0;
    clock_ = left_ = 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + (prototype_.memory_bytes() - sizeof(D)) + table_.capacity() * sizeof(slot) +
           heap_.capacity() * sizeof(ranked_node) + held_;
  }

  [[nodiscard]] result<void> merge(const keyed& other)
    requires mergeable<D>
  {
    if (auto same = check_mergeable<keyed>(params_, other.params_); !same) return same;
    D whole = prototype_;  // says whether the parts can merge at all, before anything has
    if (auto same = whole.merge(other.prototype_); !same) return same;
    if (this == &other) return merge(keyed(other));
    result<void> merged;
    for (const node* from = other.oldest_; from != nullptr && merged; from = from->newer)
      change(obtain(from->key), [&](D& d) { merged = d.merge(from->detector); });
    left_ += other.left_;
    return merged;
  }

  /// Whether merge() would do: equal parameters and prototypes.
  [[nodiscard]] bool same_settings(const keyed& other) const noexcept {
    return params_ == other.params_ && alike(prototype_, other.prototype_);
  }
  /// Prototype, then each key and its detector, the one seen longest ago first.
  void save(state_writer& out) const
    requires persistent<D>
  {
    save_head<keyed>(out, params_);
    prototype_.save(out);
    out.scalar(left_);
    out.scalar(std::uint64_t{size_});
    for_each([&](const Key& key, const D& d) {
      traits::save(out, key);
      d.save(out);
    });
  }
  [[nodiscard]] static result<keyed> load(state_reader& in)
    requires persistent<D> && std::default_initializable<Ranking>
  {
    const auto head = load_head<keyed>(in);
    if (!in) return unexpected(in.error());
    result<D> prototype = D::load(in);
    if (!prototype) return unexpected(std::move(prototype).error());
    result<keyed> made = make(head.params, *std::move(prototype));
    if (!made) {
      in.fail(made.error().message());
      return unexpected(in.error());
    }
    const auto left = in.count();
    const auto count = in.count();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const typename traits::view key = traits::load(in);
      if (!in.charge(sizeof(node) + 2 * sizeof(slot) + sizeof(ranked_node) + text_bytes(key))) break;
      if (in.ok() && made->find(key) != nullptr) in.fail("a key that was there before");
      if (!in.ok()) break;
      result<D> d = D::load(in);
      if (!d) return unexpected(std::move(d).error());
      if (!alike(*d, made->prototype_)) in.fail("a detector that is no copy of the prototype");
      made->change(made->obtain(key), [&](D& to) { to = *std::move(d); });
    }
    if (!in) return unexpected(in.error());
    made->left_ = left;
    return made;
  }

 private:
  struct node {
    Key key{};
    D detector;
    node* older = nullptr;
    node* newer = nullptr;
    std::uint64_t hash = 0;
    std::uint64_t seen = 0;                     // clock_ at last sight
    std::size_t rank_at = 0;                    // place in heap_, where there is a ranking
    explicit node(const D& d) : detector(d) {}  // NOLINT(modernize-pass-by-value): always a copy
  };
  struct slot {
    std::uint64_t hash = 0;
    node* entry = nullptr;  // null: free
  };
  /// Rank and sight as they were when last looked at. Sight only rises, and a rank that falls is brought down at once,
  /// so these never stand above what is: a root that is up to date is the least of all.
  struct ranked_node {
    double rank = 0;
    std::uint64_t seen = 0;
    node* entry = nullptr;
    [[nodiscard]] bool before(const ranked_node& other) const noexcept {
      return rank < other.rank || (rank == other.rank && seen < other.seen);
    }
  };
  static constexpr std::size_t least_slots = 8;
  struct unchecked {};

  keyed(unchecked /*tag*/, const params& p, D&& prototype, Ranking&& ranking)
      : params_(p), hash_(p.seed), prototype_(std::move(prototype)), ranking_(std::move(ranking)) {}

  [[nodiscard]] static bool alike(const D& a, const D& b) noexcept {
    if constexpr (requires { a.same_settings(b); }) {
      return a.same_settings(b);
    } else if constexpr (requires {
                           { a.parameters() == b.parameters() } -> std::same_as<bool>;
                         }) {
      return a.parameters() == b.parameters();
    } else {
      return true;
    }
  }
  [[nodiscard]] static std::size_t besides(const D& d) noexcept { return d.memory_bytes() - sizeof(D); }
  /// At most what a copy of the key holds besides itself.
  [[nodiscard]] static std::size_t text_bytes(const typename traits::view& key) noexcept {
    if constexpr (requires { key.size(); }) {
      return key.size() + 1;
    } else {
      return 0;
    }
  }
  [[nodiscard]] static std::size_t bytes_of(const node& n) noexcept {
    return sizeof(node) + traits::heap_bytes(n.key) + besides(n.detector);
  }
  [[nodiscard]] static constexpr std::size_t index_bytes(std::size_t slots) noexcept {
    return slots * sizeof(slot) + (ranked ? slots / 4 * 3 * sizeof(ranked_node) : 0);
  }
  [[nodiscard]] static result<void> check_room(const params& p, const D& prototype) {
    if (auto ok = check(kind, p); !ok) return ok;
    const std::size_t one = sizeof(keyed) + sizeof(node) + 2 * besides(prototype) + index_bytes(least_slots);
    if (one <= p.max_bytes) return {};
    return unexpected(error(std::string(kind) + ": max_bytes is " + to_text(p.max_bytes) + ", must be at least " +
                            to_text(one) + ", what one key takes"));
  }
  [[nodiscard]] static const params& checked_room(const params& p, const D& prototype) {
    if (const auto ok = check_room(p, prototype); !ok) raise(ok.error());
    return p;
  }
  void swap(keyed& other) noexcept {
    std::swap(params_, other.params_);
    std::swap(hash_, other.hash_);
    std::swap(prototype_, other.prototype_);
    std::swap(ranking_, other.ranking_);
    table_.swap(other.table_);
    heap_.swap(other.heap_);
    std::swap(oldest_, other.oldest_);
    std::swap(newest_, other.newest_);
    std::swap(size_, other.size_);
    std::swap(held_, other.held_);
    std::swap(clock_, other.clock_);
    std::swap(left_, other.left_);
  }

  /// The key's node, made from the prototype where there is none; seen now.
  [[nodiscard]] node* obtain(const typename traits::view& key) {
    const std::uint64_t hash = traits::hash(hash_, key);
    node* n = lookup(key, hash);
    if (n == newest_ && n != nullptr) {
      n->seen = ++clock_;
      return n;
    }
    if (n != nullptr) {
      leave_line(n);
    } else {
      n = with_room_for(key).release();
      n->hash = hash;
      held_ += bytes_of(*n);
      ++size_;
      place(n);
    }
    join_line(n);
    n->seen = ++clock_;
    if constexpr (ranked) {
      if (n->rank_at == heap_.size()) {
        heap_.push_back({rank_of(*n), n->seen, n});
        rise(n->rank_at);
      }
    }
    return n;
  }
  /// A node for a key that is not there, not yet part of anything; keys leave, and the table grows, as they must.
  [[nodiscard]] std::unique_ptr<node> with_room_for(const typename traits::view& key) {
    const std::size_t more = sizeof(node) + besides(prototype_) + text_bytes(key);
    std::unique_ptr<node> n;
    std::size_t slots = table_.size();
    for (;;) {
      slots = (size_ + 1) * 4 > table_.size() * 3 ? (std::max)(least_slots, table_.size() * 2) : table_.size();
      const std::size_t grown = index_bytes(slots) - index_bytes(table_.size());
      if (size_ == 0 || memory_bytes() + grown + more <= params_.max_bytes) break;
      n.reset(evict());
    }
    if (slots != table_.size()) resize_index(slots);
    if (n == nullptr || bytes_of(*n) > 2 * more) {  // a node that has grown is not worth keeping
      n = std::make_unique<node>(prototype_);
    } else {
      n->detector = prototype_;
    }
    traits::assign(n->key, key);
    n->rank_at = heap_.size();
    return n;
  }
  /// Lets `f` change the detector of the newest node, and keeps account; the node may have left afterwards.
  template <class F>
  void change(node* n, F&& f) {
    held_ -= besides(n->detector);
    f(n->detector);
    held_ += besides(n->detector);
    if constexpr (ranked) {
      if (const double rank = rank_of(*n); rank < heap_[n->rank_at].rank) {
        heap_[n->rank_at].rank = rank;
        rise(n->rank_at);
      }
    }
    while (memory_bytes() > params_.max_bytes && size_ > 0) delete evict();
  }
  /// Takes out the node that is to leave.
  [[nodiscard]] node* evict() noexcept {
    node* n = oldest_;
    if constexpr (ranked) {
      for (;;) {
        ranked_node& least = heap_.front();
        n = least.entry;
        const ranked_node now{rank_of(*n), n->seen, n};
        if (!least.before(now)) break;
        least = now;
        sink(0);
      }
    }
    unlink(n);
    ++left_;
    // who leaves one makes room for one: the next will be looked at soon
    if constexpr (ranked) {
      if (!heap_.empty()) prefetch_object(*heap_.front().entry);
    } else if (oldest_ != nullptr) {
      prefetch_object(*oldest_);
    }
    return n;
  }
  void unlink(node* n) noexcept {
    leave_line(n);
    displace(n);
    if constexpr (ranked) {
      const std::size_t i = n->rank_at;
      heap_[i] = heap_.back();
      heap_[i].entry->rank_at = i;
      heap_.pop_back();
      if (i < heap_.size()) {
        rise(i);
        sink(i);
      }
    }
    --size_;
    held_ -= bytes_of(*n);
  }
  void delete_all() noexcept {
    for (node* n = oldest_; n != nullptr;) delete std::exchange(n, n->newer);
  }

  // The line, in order of sight.

  void leave_line(node* n) noexcept {
    (n->older != nullptr ? n->older->newer : oldest_) = n->newer;
    (n->newer != nullptr ? n->newer->older : newest_) = n->older;
  }
  void join_line(node* n) noexcept {
    n->older = newest_;
    n->newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = n;
    newest_ = n;
  }

  // The table: open addressing, a power of two of slots, at most three quarters of them taken.

  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>(hash) & (table_.size() - 1);
  }
  [[nodiscard]] std::size_t after(std::size_t i) const noexcept { return (i + 1) & (table_.size() - 1); }
  [[nodiscard]] node* lookup(const typename traits::view& key, std::uint64_t hash) const noexcept {
    if (table_.empty()) return nullptr;
    for (std::size_t i = home(hash); table_[i].entry != nullptr; i = after(i))
      if (table_[i].hash == hash && table_[i].entry->key == key) return table_[i].entry;
    return nullptr;
  }
  void place(node* n) noexcept {
    std::size_t i = home(n->hash);
    while (table_[i].entry != nullptr) i = after(i);
    table_[i] = {n->hash, n};
  }
  void displace(const node* n) noexcept {
    std::size_t hole = home(n->hash);
    while (table_[hole].entry != n) hole = after(hole);
    // what follows moves into the hole, unless it would come to stand before its home
    for (std::size_t i = after(hole); table_[i].entry != nullptr; i = after(i)) {
      const std::size_t from_home = (i - home(table_[i].hash)) & (table_.size() - 1);
      if (from_home < ((i - hole) & (table_.size() - 1))) continue;
      table_[hole] = table_[i];
      hole = i;
    }
    table_[hole] = {};
  }
  void resize_index(std::size_t slots) {
    if constexpr (ranked) heap_.reserve(slots / 4 * 3);
    std::vector<slot> old(slots);
    old.swap(table_);
    for (const slot& s : old)
      if (s.entry != nullptr) place(s.entry);
  }

  // The heap of ranks.

  [[nodiscard]] double rank_of(const node& n) const noexcept
    requires ranked
  {
    const double rank = std::invoke(ranking_, n.key, n.detector);
    return std::isnan(rank) ? -std::numeric_limits<double>::infinity() : rank;
  }
  void rise(std::size_t i) noexcept {
    const ranked_node moving = heap_[i];
    for (; i > 0 && moving.before(heap_[(i - 1) / 2]); i = (i - 1) / 2) settle(i, heap_[(i - 1) / 2]);
    settle(i, moving);
  }
  void sink(std::size_t i) noexcept {
    const ranked_node moving = heap_[i];
    for (std::size_t child = 2 * i + 1; child < heap_.size(); child = 2 * i + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
      if (!heap_[child].before(moving)) break;
      settle(i, heap_[child]);
      i = child;
    }
    settle(i, moving);
  }
  void settle(std::size_t i, const ranked_node& r) noexcept {
    heap_[i] = r;
    r.entry->rank_at = i;
  }

  params params_;
  keyed_hash hash_;
  D prototype_;
  [[no_unique_address]] Ranking ranking_;
  std::vector<slot> table_;
  std::vector<ranked_node> heap_;
  node* oldest_ = nullptr;
  node* newest_ = nullptr;
  std::size_t size_ = 0;
  std::size_t held_ = 0;  // nodes and what they hold
  std::uint64_t clock_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
