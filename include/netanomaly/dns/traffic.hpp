// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/detail/contact_filter.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/window/distinct_sample.hpp>
#include <netanomaly/window/hyperloglog.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Count and the first four moments of times between events, in seconds.
///
/// Source    Pebay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical
///           moments", Sandia report SAND2008-6212, 2008, equations 2.1 and 3.1.
class gap_moments {
 public:
  /// A time between two events, in seconds.
  void add(double x) noexcept { merge({1, x, 0, 0, 0}); }
  void merge(const gap_moments& o) noexcept {
    if (o.n_ == 0) return;
    const double a = n_;
    const double b = o.n_;
    const double n = a + b;
    const double d = o.mean_ - mean_;
    const double fourth = m4_ + o.m4_ + d * d * d * d * a * b * (a * a - a * b + b * b) / (n * n * n) +
                          6 * d * d * (a * a * o.m2_ + b * b * m2_) / (n * n) + 4 * d * (a * o.m3_ - b * m3_) / n;
    const double third = m3_ + o.m3_ + d * d * d * a * b * (a - b) / (n * n) + 3 * d * (a * o.m2_ - b * m2_) / n;
    m2_ += o.m2_ + d * d * a * b / n;
    m3_ = third;
    m4_ = fourth;
    mean_ += d * b / n;
    n_ = n;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return static_cast<std::uint64_t>(n_); }  ///< gaps
  [[nodiscard]] double mean() const noexcept { return mean_; }  ///< seconds; 0 where there are none
  /// With n - 1 in the denominator; 0 below two.
  [[nodiscard]] double variance() const noexcept { return n_ < 2 ? 0 : m2_ / (n_ - 1); }
  /// Third and fourth standardised moments, the latter less 3; 0 where nothing varies.
  [[nodiscard]] double skewness() const noexcept { return m2_ <= 0 ? 0 : std::sqrt(n_) * m3_ / std::pow(m2_, 1.5); }
  /// Fourth standardised moment less 3; 0 where nothing varies.
  [[nodiscard]] double excess_kurtosis() const noexcept { return m2_ <= 0 ? 0 : n_ * m4_ / (m2_ * m2_) - 3; }

  void save(state_writer& out) const {
    for (const double v : {n_, mean_, m2_, m3_, m4_}) out.scalar(v);
  }
  static gap_moments load(state_reader& in) {
    gap_moments g;
    for (double* v : {&g.n_, &g.mean_, &g.m2_, &g.m3_, &g.m4_}) *v = in.finite();
    if (in.ok() && (g.n_ < 0 || g.n_ > 0x1p53 || g.m2_ < 0)) in.fail("moments that cannot be");
    return g;
  }
  friend bool operator==(const gap_moments&, const gap_moments&) = default;

  gap_moments() noexcept = default;

 private:
  gap_moments(double n, double mean, double m2, double m3, double m4) noexcept
      : n_(n), mean_(mean), m2_(m2), m3_(m3), m4_(m4) {}
  double n_ = 0;
  double mean_ = 0;
  double m2_ = 0;
  double m3_ = 0;
  double m4_ = 0;
};

/// What one client, one domain, or one client under one domain did within the window.
struct traffic_summary {
  ip_address client;                        ///< unspecified for a domain
  std::string domain;                       ///< registrable, wire form, lower case; empty for a client
  time_point first{};                       ///< within the window
  time_point last{};                        ///< within the window
  std::uint64_t queries = 0;                ///< transactions whose query was seen
  std::uint64_t responses = 0;              ///< transactions whose response was seen
  std::optional<std::uint64_t> bytes_up;    ///< octets of query messages
  std::optional<std::uint64_t> bytes_down;  ///< octets of response messages
  double distinct_names = 0;                ///< exact up to 16 in each part of the window, else within 7 %
  double distinct_peers = 0;          ///< clients of a domain, domains of a client; exact up to 8, else within 13 %
  double new_name_ratio = 0;          ///< distinct names a transaction
  double non_address_share = 0;       ///< questions for other types than A and AAAA
  double nxdomain_share = 0;          ///< of the responses whose code is known
  double rate = 0;                    ///< transactions a second, over the window
  code_counts types;                  ///< QTYPEs asked
  code_counts rcodes;                 ///< response codes, where known
  gap_moments gaps;                   ///< times from one transaction to the next, in seconds
  std::vector<ip_address> addresses;  ///< answered, at most 16 of them
  /// Of these, those that the client never sent a packet to; absent where the source saw nothing but DNS.
  std::optional<double> orphan_share;
};

/// Where addresses are.
struct place {
  std::string country;                   ///< ISO 3166, two letters; empty where unknown
  std::optional<std::uint32_t> network;  ///< autonomous system number
};
/// Where some addresses are.
struct geography {
  std::set<std::string> countries;   ///< ISO 3166, two letters
  std::set<std::uint32_t> networks;  ///< autonomous system numbers
  std::size_t unknown = 0;           ///< addresses with neither
};
/// The countries and networks of some addresses: `where(address)` gives an std::optional<place>. netanomaly::geoip is
/// such a callable.
[[nodiscard]] geography locate(std::span<const ip_address> addresses, auto&& where) {
  geography g;
  for (const ip_address& a : addresses) {
    const std::optional<place> p = where(a);
    const bool known = p && (!p->country.empty() || p->network);
    if (!known) {
      ++g.unknown;
      continue;
    }
    if (!p->country.empty()) g.countries.insert(p->country);
    if (p->network) g.networks.insert(*p->network);
  }
  return g;
}

/// Who asks how much for what, over a sliding window.
///
/// Observes  transactions; contacts, where the source sees more than DNS.
/// Window    the last `span` before the newest transaction, in `parts` equal parts of absolute time, of which the
/// oldest
///           leaves as a whole: the window is between span - span / parts and span long.
/// Memory    at most `memory_limit` whenever a call returns: a quarter for clients, a quarter for domains, half for
/// pairs,
///           about 1.5 KiB each while quiet. Who was not seen for longest leaves first.
/// Merge     exact while nobody had to leave, but for `gaps`, which then are those of either part, pooled.
class traffic {
 public:
  static constexpr std::string_view kind = "traffic";
  /// Registrable domains are found with it.
  using suffix_function = std::function<suffix_split(std::span<const std::byte>)>;

  struct params {
    duration span = std::chrono::minutes(10);
    std::uint32_t parts = 10;
    std::uint64_t memory_limit = std::uint64_t{64} << 20;
    std::uint64_t seed = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("span", p.span, at_least(duration(std::chrono::seconds(1))), "", "how far back the window goes");
      field("parts", p.parts, between(1U, 60U), "", "parts that the window is made of");
      field("memory_limit", p.memory_limit, at_least(std::uint64_t{4} << 20), "bytes", "held at most");
      field("seed", p.seed, any_value{}, "", "of the hashes: unknown to whoever may want to fill the tables");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  traffic() : traffic(params()) {}
  explicit traffic(const params& p, suffix_function suffixes = builtin_suffixes)
      : params_(checked<traffic>(p)),
        hash_(p.seed),
        suffixes_(std::move(suffixes)),
        clients_(table_params(p, 8)),
        domains_(table_params(p, 8)),
        pairs_(table_params(p, 4)) {}
  [[nodiscard]] static result<traffic> make(const params& p) noexcept { return make_checked<traffic>(p); }
  /// Not part of the state.
  void set_suffixes(suffix_function suffixes) { suffixes_ = std::move(suffixes); }

  /// A name that is not 1 to 255 octets long is passed over.
  void add(const transaction& t) noexcept {
    if (t.name.empty() || t.name.size() > 255) return;
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    std::transform(t.name.begin(), t.name.end(), folded.begin(), detail::lower);
    const std::span<const std::byte> name(folded.data(), t.name.size());
    const auto domain = name.subspan(std::min<std::size_t>(suffixes_(name).registrable, name.size() - 1));
    const std::uint64_t name_hash = hash_(name);
    const std::uint64_t domain_hash = hash_(domain);
    const std::uint64_t client_hash = hash_(t.client.octets());
    const std::int64_t part = part_of(t.time);
    newest_ = (std::max)(newest_, part);
    sighting s{.what = &t,
               .hash = &hash_,
               .domain = domain,
               .name = name_hash,
               .other = domain_hash,
               .part = part,
               .oldest = oldest(),
               .has_client = true};
    (void)clients_.update({client_hash, s});
    s.other = client_hash;
    s.has_client = false;
    s.has_domain = true;
    (void)domains_.update({domain_hash, s});
    s.has_client = true;
    (void)pairs_.update({pair_key(client_hash, domain_hash), s});
  }
  /// A packet other than DNS that a client sent; O(1).
  void add(const contact& c) noexcept { contacts_.add(hash_(c.peer.octets()) ^ hash_(hash_(c.client.octets()))); }

  /// Nothing where nothing was seen of it within the window. Names are in wire form, of any letter case.
  [[nodiscard]] std::optional<traffic_summary> client(const ip_address& c) const {
    return summary(clients_, hash_(c.octets()));
  }
  /// The same for a registrable domain, or the one of any name under it.
  [[nodiscard]] std::optional<traffic_summary> domain(std::span<const std::byte> name) const {
    return summary(domains_, hash_of_domain(name));
  }
  /// The same for a client and a registrable domain.
  [[nodiscard]] std::optional<traffic_summary> pair(const ip_address& c, std::span<const std::byte> name) const {
    return summary(pairs_, pair_key(hash_(c.octets()), hash_of_domain(name)));
  }
  /// Calls `visit(traffic_summary)` for each within the window, the one not seen for longest first.
  void for_each_client(auto&& visit) const { visit_all(clients_, visit); }
  /// The same for domains.
  void for_each_domain(auto&& visit) const { visit_all(domains_, visit); }
  /// The same for pairs.
  void for_each_pair(auto&& visit) const { visit_all(pairs_, visit); }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) - sizeof(clients_) - sizeof(domains_) - sizeof(pairs_) + clients_.memory_bytes() +
           domains_.memory_bytes() + pairs_.memory_bytes() + contacts_.heap_bytes();
  }
  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  void reset() noexcept {
    clients_.reset();
    domains_.reset();
    pairs_.reset();
    contacts_ = {};
    newest_ = never;
  }
  [[nodiscard]] result<void> merge(const traffic& other) {
    if (result<void> same = check_mergeable<traffic>(params_, other.params_); !same) return same;
    newest_ = (std::max)(newest_, other.newest_);
    contacts_.merge(other.contacts_);
    if (result<void> merged = clients_.merge(other.clients_); !merged) return merged;
    if (result<void> merged = domains_.merge(other.domains_); !merged) return merged;
    return pairs_.merge(other.pairs_);
  }
  void save(state_writer& out) const {
    save_head<traffic>(out, params_);
    out.scalar(newest_);
    contacts_.save(out);
    clients_.save(out);
    domains_.save(out);
    pairs_.save(out);
  }
  [[nodiscard]] static result<traffic> load(state_reader& in) {
    const auto head = load_head<traffic>(in);
    if (!in) return unexpected(in.error());
    traffic t(head.params);
    t.newest_ = (std::max)(never, in.scalar<std::int64_t>());
    t.contacts_ = detail::contact_filter::load(in);
    for (table* part : {&t.clients_, &t.domains_, &t.pairs_}) {
      auto loaded = table::load(in);
      if (!loaded) return unexpected(std::move(loaded).error());
      if (!(loaded->parameters() == part->parameters())) in.fail("a table of other parameters");
      *part = *std::move(loaded);
    }
    if (!in) return unexpected(in.error());
    return t;
  }

 private:
  struct sighting {
    const transaction* what = nullptr;
    const keyed_hash* hash = nullptr;
    std::span<const std::byte> domain;
    std::uint64_t name = 0;
    std::uint64_t other = 0;  // the domain for a client, the client for a domain
    std::int64_t part = 0;
    std::int64_t oldest = 0;
    bool has_client = false;
    bool has_domain = false;
  };

  struct part_counts {
    std::int64_t part = 0;
    time_point first = (time_point::max)();
    time_point last = (time_point::min)();
    std::uint64_t transactions = 0;
    std::uint64_t queries = 0;
    std::uint64_t responses = 0;
    partial_sum up;
    partial_sum down;
    code_counts types;
    code_counts rcodes;
    window::hyperloglog names{name_precision, exact_names};
    window::hyperloglog others{other_precision, exact_others};
    gap_moments gaps;

    void merge(const part_counts& o) {
      first = (std::min)(first, o.first);
      last = (std::max)(last, o.last);
      transactions += o.transactions;
      queries += o.queries;
      responses += o.responses;
      up.merge(o.up);
      down.merge(o.down);
      types.merge(o.types);
      rcodes.merge(o.rcodes);
      names.merge(o.names);
      others.merge(o.others);
      gaps.merge(o.gaps);
    }
    [[nodiscard]] std::size_t heap_bytes() const noexcept {
      return types.heap_bytes() + rcodes.heap_bytes() + names.memory_bytes() - sizeof(names) + others.memory_bytes() -
             sizeof(others);
    }
  };

  /// One client's, domain's or pair's parts of the window. In the shape of a detector, so that keyed keeps it; it does
  /// not judge.
  class tally {
   public:
    using observation = sighting;
    verdict update(const sighting& s) {
      const transaction& t = *s.what;
      if (parts_.empty()) {
        if (s.has_client) client_ = t.client;
        if (s.has_domain) domain_.assign(reinterpret_cast<const char*>(s.domain.data()), s.domain.size());
      }
      std::erase_if(parts_, [&](const part_counts& p) { return p.part < s.oldest; });
      if (s.part < s.oldest) return {};
      part_counts& p = at(s.part);
      if (last_) p.gaps.add((std::max)(0.0, seconds(*last_, t.time)));
      last_ = last_ ? (std::max)(*last_, t.time) : t.time;
      p.first = (std::min)(p.first, t.time);
      p.last = (std::max)(p.last, t.time);
      ++p.transactions;
      if (t.query_seen) {
        ++p.queries;
        p.up.add(t.query_octets);
      }
      p.types.add(t.type);
      if (t.response_seen.value_or(t.rcode.has_value())) {
        ++p.responses;
        p.down.add(t.response_octets);
        if (t.rcode) p.rcodes.add(*t.rcode);
      }
      p.names.add(s.name);
      p.others.add(s.other);
      if (t.answers)
        for (const answer& a : *t.answers) {
          if (a.type != record_type::a && a.type != record_type::aaaa) continue;
          if (const auto address = ip_address::from_octets(a.rdata))
            (void)addresses_.find_or_insert((*s.hash)(address->octets()), [&](const ip_address*) { return *address; });
        }
      return {};
    }
    void reset() noexcept { *this = tally(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
      std::size_t sum = sizeof(*this) + (domain_.size() > std::string().capacity() ? domain_.size() + 1 : 0) +
                        addresses_.heap_bytes() + parts_.capacity() * sizeof(part_counts);
      for (const part_counts& p : parts_) sum += p.heap_bytes();
      return sum;
    }
    [[nodiscard]] result<void> merge(const tally& o) {
      if (domain_.empty() && parts_.empty()) {
        client_ = o.client_;
        domain_ = o.domain_;
      }
      for (const part_counts& p : o.parts_) at(p.part).merge(p);
      std::erase_if(parts_, [newest = parts_.empty() ? 0 : parts_.back().part](const part_counts& p) {
        return p.part <= newest - max_parts;
      });
      if (o.last_) last_ = last_ ? (std::max)(*last_, *o.last_) : *o.last_;
      addresses_.merge(o.addresses_, [](ip_address&, const ip_address&) {});
      return {};
    }
    void save(state_writer& out) const {
      out.bytes(client_.octets());
      out.name(domain_);
      out.scalar(last_.has_value());
      out.scalar(last_.value_or(time_point()));
      addresses_.save(out, [](state_writer& to, const ip_address& a) { to.bytes(a.octets()); });
      out.scalar(static_cast<std::uint8_t>(parts_.capacity()));  // so that a restored table counts the same bytes
      out.scalar(static_cast<std::uint8_t>(parts_.size()));
      for (const part_counts& p : parts_) {
        out.scalar(p.part);
        out.scalar(p.first);
        out.scalar(p.last);
        for (const std::uint64_t n :
             {p.transactions, p.queries, p.responses, p.up.sum, p.up.known, p.down.sum, p.down.known})
          out.scalar(n);
        p.types.save(out);
        p.rcodes.save(out);
        p.names.save(out);
        p.others.save(out);
        p.gaps.save(out);
      }
    }
    [[nodiscard]] static result<tally> load(state_reader& in) {
      const auto address = [](state_reader& from) {
        std::array<std::uint8_t, 16> octets{};
        from.array(std::span(octets));
        return *ip_address::from_octets(std::as_bytes(std::span(octets)));
      };
      tally t;
      t.client_ = address(in);
      t.domain_.assign(in.name());
      const bool had_last = in.scalar<bool>();
      const auto last = in.scalar<time_point>();
      if (had_last) t.last_ = last;
      t.addresses_ = decltype(t.addresses_)::load(in, address_sample, address_precision, address);
      const auto room = in.scalar<std::uint8_t>();
      const auto count = in.scalar<std::uint8_t>();
      if (in.ok() && (count > max_parts || count > room)) in.fail("more parts than a window has");
      if (in.charge(room, sizeof(part_counts))) t.parts_.reserve(room);
      for (std::uint8_t i = 0; i < count && in.ok(); ++i) {
        part_counts p;
        p.part = in.scalar<std::int64_t>();
        p.first = in.scalar<time_point>();
        p.last = in.scalar<time_point>();
        for (std::uint64_t* n :
             {&p.transactions, &p.queries, &p.responses, &p.up.sum, &p.up.known, &p.down.sum, &p.down.known})
          *n = in.count();
        p.types = code_counts::load(in);
        p.rcodes = code_counts::load(in);
        p.names = window::hyperloglog::load(in, name_precision, exact_names);
        p.others = window::hyperloglog::load(in, other_precision, exact_others);
        p.gaps = gap_moments::load(in);
        if (in.ok() && i > 0 && p.part <= t.parts_.back().part) in.fail("parts out of order");
        t.parts_.push_back(std::move(p));
      }
      if (!in) return unexpected(in.error());
      return t;
    }

    [[nodiscard]] std::optional<traffic_summary> summary(std::int64_t oldest, const params& p, const keyed_hash& hash,
                                                         const detail::contact_filter& contacts) const {
      part_counts all;
      for (const part_counts& part : parts_)
        if (part.part >= oldest) all.merge(part);
      if (all.transactions == 0) return std::nullopt;
      const auto n = static_cast<double>(all.transactions);
      traffic_summary s;
      s.client = client_;
      s.domain = domain_;
      s.first = all.first;
      s.last = all.last;
      s.queries = all.queries;
      s.responses = all.responses;
      s.bytes_up = all.up.value();
      s.bytes_down = all.down.value();
      s.distinct_names = all.names.estimate();
      s.distinct_peers = all.others.estimate();
      s.new_name_ratio = (std::min)(1.0, s.distinct_names / n);
      s.non_address_share = 1 - static_cast<double>(all.types[record_type::a] + all.types[record_type::aaaa]) / n;
      if (const std::uint64_t known = all.rcodes.total(); known > 0)
        s.nxdomain_share = static_cast<double>(all.rcodes[rcode::nxdomain]) / static_cast<double>(known);
      s.rate = n / std::chrono::duration<double>(p.span).count();
      s.types = std::move(all.types);
      s.rcodes = std::move(all.rcodes);
      s.gaps = all.gaps;
      std::size_t orphans = 0;
      const std::uint64_t from = hash(hash(client_.octets()));
      addresses_.for_each([&](std::uint64_t address_hash, const ip_address& a) {
        s.addresses.push_back(a);
        if (!contacts.contains(address_hash ^ from)) ++orphans;
      });
      if (!contacts.empty() && !client_.is_unspecified() && !s.addresses.empty())
        s.orphan_share = static_cast<double>(orphans) / static_cast<double>(s.addresses.size());
      return s;
    }

   private:
    static double seconds(time_point from, time_point to) noexcept {
      return 1e-9 * (static_cast<double>(to.time_since_epoch().count()) -
                     static_cast<double>(from.time_since_epoch().count()));
    }
    part_counts& at(std::int64_t part) {
      const auto found = std::ranges::lower_bound(parts_, part, {}, &part_counts::part);
      if (found != parts_.end() && found->part == part) return *found;
      part_counts made;
      made.part = part;
      return *parts_.insert(found, std::move(made));
    }

    ip_address client_;
    std::string domain_;
    std::optional<time_point> last_;
    window::distinct_sample<ip_address> addresses_{address_sample, address_precision};
    std::vector<part_counts> parts_;  // ascending
  };
  using table = compose::keyed<std::uint64_t, tally>;

  static constexpr std::int64_t max_parts = 60, never = (std::numeric_limits<std::int64_t>::min)() + max_parts;
  static constexpr std::uint32_t exact_names = 16, exact_others = 8;
  static constexpr unsigned name_precision = 8, other_precision = 6, address_precision = 6;
  static constexpr std::uint16_t address_sample = 16;

  static typename table::params table_params(const params& p, std::uint64_t eighths) noexcept {
    // contacts and the object itself take the rest
    return {.max_bytes = (p.memory_limit - (std::uint64_t{1} << 20)) / eighths * 2, .seed = p.seed};
  }
  [[nodiscard]] std::int64_t part_of(time_point t) const noexcept {
    const std::int64_t width = std::max<std::int64_t>(1, params_.span.count() / params_.parts);
    const std::int64_t at = t.time_since_epoch().count();
    return at / width - (at % width < 0 ? 1 : 0);
  }
  [[nodiscard]] std::int64_t oldest() const noexcept { return newest_ - params_.parts + 1; }
  [[nodiscard]] static std::uint64_t pair_key(std::uint64_t client, std::uint64_t domain) noexcept {
    return splitmix64::mix(domain + 0x9e3779b97f4a7c15U * client);
  }
  [[nodiscard]] std::uint64_t hash_of_domain(std::span<const std::byte> name) const noexcept {
    if (name.empty() || name.size() > 255) return 0;
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    std::transform(name.begin(), name.end(), folded.begin(), detail::lower);
    const std::span<const std::byte> lower(folded.data(), name.size());
    return hash_(lower.subspan(std::min<std::size_t>(suffixes_(lower).registrable, lower.size() - 1)));
  }
  [[nodiscard]] std::optional<traffic_summary> summary(const table& from, std::uint64_t key) const {
    const tally* t = from.find(key);
    return t != nullptr ? t->summary(oldest(), params_, hash_, contacts_) : std::nullopt;
  }
  void visit_all(const table& from, auto& visit) const {
    from.for_each([&](std::uint64_t, const tally& t) {
      if (const auto s = t.summary(oldest(), params_, hash_, contacts_)) visit(*s);
    });
  }

  params params_;
  keyed_hash hash_;
  suffix_function suffixes_;
  detail::contact_filter contacts_;
  table clients_;
  table domains_;
  table pairs_;
  std::int64_t newest_ = never;  // the part of the newest transaction
};
static_assert(mergeable<traffic> && configurable<traffic>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
