// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/core/verdict.hpp>
#include <netanomaly/dns/alarm_rate.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/detail/contact_filter.hpp>
#include <netanomaly/dns/detail/pair_record.hpp>
#include <netanomaly/dns/detail/server_use.hpp>
#include <netanomaly/dns/detail/watch_list.hpp>
#include <netanomaly/dns/detail/wire.hpp>
#include <netanomaly/dns/evidence.hpp>
#include <netanomaly/dns/finding.hpp>
#include <netanomaly/dns/history.hpp>
#include <netanomaly/dns/joint_evidence.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/transaction.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Who uses DNS to carry something else.
///
/// Observes  transactions, one at a time; and contacts, where the source sees more than DNS. Order does not matter, nor
/// on
///           which of several detectors a transaction lands, if they are merged.
/// Judges    each pair of a client and a registrable domain by what it has asked and been answered in the present and
///           the last `horizon` (intervals of absolute time): budgets, not rates, so that slowness hides nothing. The
///           zone within the domain is found from the names. Pairs of one client, or of one domain, in which something
///           was found and which look alike are also judged together: a tunnel may be spread over many.
/// Score     decibels of evidence: the sum of the reasons' points (evidence.hpp, docs/detection.md), whole numbers.
/// Above
///           `threshold`, or the one that `alarm_budget` asks for, the verdict is tunnel. update() gives the score as
///           of the pair's last review; reviews come with every growth by a quarter. finding() and findings() review at
///           once.
/// Memory    at most `memory_limit` whenever a call returns. A new pair takes about 1.5 KiB, a busy one up to 25 KiB.
/// The
///           pair with least evidence leaves first, so that a flood of names cannot push a tunnel out.
/// Merge     exact, verdicts and all, while nothing had to leave.
/// Untrained: nothing is learned before it works. Domains' ages and the number of their clients count as they come in.
class tunnel_detector {
 public:
  static constexpr std::string_view kind = "tunnel_detector";
  static constexpr std::uint16_t state_version = 3;  // before: builds never released
  using observation = transaction;
  /// Splits a name into registrable domain and what is left of it; must not throw.
  using suffix_function = std::function<suffix_split(std::span<const std::byte>)>;

  struct params {
    double threshold = 30;
    double suspicious = 24;
    double alarm_budget = 0;
    duration horizon = std::chrono::days(7);
    std::uint64_t memory_limit = std::uint64_t{256} << 20;
    std::uint64_t seed = 0;
    static constexpr void describe(auto& p, auto&& field) {
      field("threshold", p.threshold, any_value{}, "decibels", "a score above it is a tunnel; 30: a thousand to one");
      field("suspicious", p.suspicious, any_value{}, "decibels", "a score above it is suspicious");
      field("alarm_budget", p.alarm_budget, between(0.0, 1e6), "false alarms a day",
            "sets the threshold by the number of clients seen (dns::alarm_rate); 0: it is as given");
      field("horizon", p.horizon, at_least(duration(std::chrono::minutes(1))), "",
            "what is older than once to twice this is forgotten");
      field("memory_limit", p.memory_limit, at_least(std::uint64_t{8} << 20), "bytes", "held at most");
      field("seed", p.seed, any_value{}, "", "of the hashes: unknown to whoever may want to fill the tables");
    }
    friend bool operator==(const params&, const params&) = default;
  };

  tunnel_detector() : tunnel_detector(params()) {}
  explicit tunnel_detector(const params& p, suffix_function suffixes = builtin_suffixes)
      : params_(checked<tunnel_detector>(p)),
        hash_(p.seed),
        suffixes_(std::move(suffixes)),
        history_(history_params(p)),
        pairs_(pair_params(p)) {}
  [[nodiscard]] static result<tunnel_detector> make(const params& p) noexcept {
    return make_checked<tunnel_detector>(p);
  }
  [[nodiscard]] static result<tunnel_detector> make(const params& p, suffix_function suffixes) {
    auto made = make(p);
    if (made) made->set_suffixes(std::move(suffixes));
    return made;
  }
  /// Not part of the state: a loaded detector has the built-in suffixes until others are set. Set before the first
  /// update.
  void set_suffixes(suffix_function suffixes) { suffixes_ = std::move(suffixes); }

  /// Remembers a transaction and says what is thought of its client and zone. A name that is no name in wire form is
  /// rejected.
  verdict update(const transaction& t) noexcept {
    if (!detail::is_wire_name(t.name)) return verdict::reject();
    std::array<std::byte, 255> folded;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    std::transform(t.name.begin(), t.name.end(), folded.begin(), detail::lower);
    const std::span<const std::byte> name(folded.data(), t.name.size());
    const std::size_t split = std::min<std::size_t>(suffixes_(name).registrable, name.size() - 1);
    observed o{.source = &t,
               .summary = summarise(t),
               .name_hash = hash_(name),
               .domain_hash = 0,
               .server_hash = t.server ? hash_(t.server->octets()) : 0,
               .served_from = 0,
               .labels = name.first(split),
               .domain = name.subspan(split)};
    o.domain_hash = split == 0 ? o.name_hash : hash_(o.domain);
    if (t.zone_octets && *t.zone_octets >= o.domain.size() && *t.zone_octets <= name.size()) {
      o.served_from = 1;
      for (std::size_t at = name.size() - *t.zone_octets; at < split; at += 1U + std::to_integer<std::size_t>(name[at]))
        ++o.served_from;
    }
    const std::uint64_t client_hash = hash_(t.client.octets());
    bool is_news = false;
    bool is_reviewed = false;
    const detail::pair_sighting sighting{.what = &o,
                                         .hash = &hash_,
                                         .epoch = epoch_of(t.time),
                                         .threshold = threshold(),
                                         .watched_from = watched_from(),
                                         .review = &tunnel_detector::review,
                                         .detector = this,
                                         .is_reviewed = &is_reviewed,
                                         .is_news = &is_news};
    const std::uint64_t pair = pair_key(o.domain_hash, client_hash);
    if (credit_ < most_credit) ++credit_;
    const verdict answer = pairs_.update({pair, sighting});
    if (is_reviewed) {
      if (answer.state == verdict::status::judged && answer.score > joined_from()) {
        watched_.put({pair, client_hash, o.domain_hash, static_cast<int>(answer.score)});
      } else {
        watched_.remove(pair);
      }
    }
    if (is_news) history_.add(o.domain_hash, client_hash, t.time);
    if (t.server) servers_.add(o.server_hash, o.domain_hash);
    return answer;
  }

  /// Remembers that a client sent a packet to an address: what tells an answer that is used from one that carries data.
  void add(const contact& c) noexcept { contacts_.add(hash_(c.peer.octets()) ^ hash_(hash_(c.client.octets()))); }

  /// Every pair whose verdict is tunnel or suspicious, or all; most evidence first. With what others carry under the
  /// same zone and by the same server, for which all pairs held are looked through.
  [[nodiscard]] std::vector<finding> findings(bool all = false) const {
    std::vector<finding> found;
    // Which pairs are to be judged together is told from all of them as they are now, not from when each was reviewed.
    detail::watch_list watched;
    std::vector<std::uint64_t> to_join;
    const auto keep = [&](finding f) {
      if (all || f.verdict == conclusion::tunnel || f.verdict == conclusion::suspicious) found.push_back(std::move(f));
    };
    pairs_.for_each([&](std::uint64_t pair, const detail::pair_record& p) {
      if (!all && p.is_thin()) return;
      finding f = describe(p, detail::watch_list());
      if (f.verdict != conclusion::insufficient && f.score > joined_from()) {
        watched.put({pair, hash_(p.client().octets()), p.domain_hash(), f.score});
        if (f.score <= f.threshold) return to_join.push_back(pair);
      }
      keep(std::move(f));
    });
    for (const std::uint64_t pair : to_join) keep(describe(*pairs_.find(pair), watched));
    add_sums(found);
    std::ranges::sort(found, [](const finding& a, const finding& b) {
      if (a.score != b.score) return a.score > b.score;
      return std::tie(a.registered_domain, a.clients) < std::tie(b.registered_domain, b.clients);
    });
    return found;
  }
  /// What is thought of one client and the registrable domain of one name in wire form; nothing where they never met.
  /// Other pairs are not looked through: without zone_budgets and server_budgets, which add_sums() adds.
  [[nodiscard]] std::optional<finding> find(const ip_address& client, std::span<const std::byte> name) const {
    const std::optional<std::uint64_t> at = key(client, name);
    const detail::pair_record* p = at ? pairs_.find(*at) : nullptr;
    return p != nullptr ? std::optional(describe(*p, watched_)) : std::nullopt;
  }
  /// Fills zone_budgets and server_budgets of what find() gave: what others carry under the same zone, and the client
  /// by the same server. All pairs held are looked through.
  void add_sums(std::span<finding> found) const {
    if (found.empty()) return;
    const auto wire = [](const std::string& text) {
      const auto name = wire_name::from_text(text);
      return name ? std::string(reinterpret_cast<const char*>(name->wire().data()), name->wire().size())
                  : std::string();
    };
    merge_groups(
        found, [&](const finding& f) { return std::optional(hash_(std::string_view(wire(f.registered_domain)))); },
        [](const detail::pair_record& p, auto&& take) { take(p.domain_hash()); },
        [&](finding& f, const conversation& all) {
          const std::string zone = wire(f.zone);
          const std::size_t labels = zone.size() - (std::min)(zone.size(), wire(f.registered_domain).size());
          f.zone_budgets = detail::budgets_under(all, std::string_view(zone).substr(0, labels));
          for (std::size_t i = 0; i < f.budgets.size(); ++i) {  // told from a sample, these may fall short of a part
            budget& b = (*f.zone_budgets)[i];
            b.new_name_octets = (std::max)(b.new_name_octets, f.budgets[i].new_name_octets);
            b.answer_octets = (std::max)(b.answer_octets, f.budgets[i].answer_octets);
          }
        });
    const auto served = [](std::uint64_t client, std::uint64_t server) { return pair_key(server, client); };
    std::vector<std::uint64_t> clients;  // only of these is it looked up whom they asked
    clients.reserve(found.size());
    for (const finding& f : found) clients.push_back(hash_(f.clients.front().octets()));
    std::ranges::sort(clients);
    merge_groups(
        found,
        [&](const finding& f) {
          return f.server_ips.empty()
                     ? std::nullopt
                     : std::optional(served(hash_(f.clients.front().octets()), hash_(f.server_ips.front().octets())));
        },
        [&](const detail::pair_record& p, auto&& take) {
          const std::uint64_t client = hash_(p.client().octets());
          if (!std::ranges::binary_search(clients, client)) return;
          p.with_whole([&](const conversation& talk) {
            talk.servers.for_each([&](std::uint64_t server, const sampled_address&) { take(served(client, server)); });
          });
        },
        [&](finding& f, const conversation& all) {
          // Of what was asked under these domains, this server's part.
          double of_server = 0;
          double of_all = 0;
          all.servers.for_each([&](std::uint64_t, const sampled_address& a) {
            of_all += a.seen;
            if (a.address == f.server_ips.front()) of_server += a.seen;
          });
          if (of_server == 0) return;  // one of too many
          f.server_budgets = detail::budgets_under(all, {});
          for (budget& b : *f.server_budgets) {
            b.new_name_octets *= of_server / of_all;
            b.answer_octets *= of_server / of_all;
          }
        });
  }
  /// One number for a client and all names under one registrable domain, under this detector's seed; nothing where
  /// `name` is no name in wire form.
  [[nodiscard]] std::optional<std::uint64_t> key(const ip_address& client, std::span<const std::byte> name) const {
    if (!detail::is_wire_name(name)) return std::nullopt;
    const std::size_t split = std::min<std::size_t>(suffixes_(name).registrable, name.size() - 1);
    return pair_key(history_.hash(name.subspan(split)), hash_(client.octets()));
  }

  [[nodiscard]] const params& parameters() const noexcept { return params_; }
  /// Above which a score is a tunnel, for now: where there is a budget it grows with the number of clients.
  [[nodiscard]] double threshold() const noexcept {
    return params_.alarm_budget > 0 ? alarm_rate::threshold_for(params_.alarm_budget, history_.clients())
                                    : params_.threshold;
  }
  /// Since when domains are known, and by whom.
  [[nodiscard]] const history& domains() const noexcept { return history_; }
  /// Pairs held, and pairs let go of for want of memory.
  [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }
  /// Pairs let go of for want of memory.
  [[nodiscard]] std::uint64_t evictions() const noexcept { return pairs_.left(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return sizeof(*this) - sizeof(history_) + history_.memory_bytes() - sizeof(pairs_) + pairs_.memory_bytes() +
           contacts_.heap_bytes() + detail::watch_list::heap_bytes + detail::server_use::heap_bytes;
  }
  void reset() noexcept {
    pairs_.reset();
    history_.reset();
    contacts_ = {};
    servers_ = {};
    watched_ = {};
    credit_ = most_credit;
  }

  [[nodiscard]] result<void> merge(const tunnel_detector& other) {
    if (result<void> same = check_mergeable<tunnel_detector>(params_, other.params_); !same) return same;
    if (result<void> merged = history_.merge(other.history_); !merged) return merged;
    contacts_.merge(other.contacts_);
    servers_.merge(other.servers_);
    watched_.merge(other.watched_);
    return pairs_.merge(other.pairs_);
  }

  void save(state_writer& out) const {
    save_head<tunnel_detector>(out, params_);
    history_.save(out);
    contacts_.save(out);
    servers_.save(out);
    watched_.save(out);
    out.scalar(credit_);
    pairs_.save(out);
  }
  [[nodiscard]] static result<tunnel_detector> load(state_reader& in) {
    const auto head = load_head<tunnel_detector>(in);
    if (in.ok() && head.version < state_version) in.fail("a version of a build before the first release");
    if (!in) return unexpected(in.error());
    tunnel_detector d(head.params);
    auto domains = history::load(in);
    if (!domains) return unexpected(std::move(domains).error());
    if (!(domains->parameters() == history_params(head.params))) in.fail("a history of other parameters");
    d.history_ = *std::move(domains);
    d.contacts_ = detail::contact_filter::load(in);
    d.servers_ = detail::server_use::load(in);
    d.watched_ = detail::watch_list::load(in);
    d.credit_ = (std::min)(most_credit, in.scalar<std::uint64_t>());
    auto pairs = pair_table::load(in);
    if (!pairs) return unexpected(std::move(pairs).error());
    if (!(pairs->parameters() == pair_params(head.params))) in.fail("a table of other parameters");
    d.pairs_ = *std::move(pairs);
    if (!in) return unexpected(in.error());
    return d;
  }

 private:
  struct worth {
    double operator()(std::uint64_t, const detail::pair_record& p) const noexcept { return p.worth(); }
  };
  static constexpr std::uint64_t most_credit = 16384;
  using pair_table = compose::keyed<std::uint64_t, detail::pair_record, worth>;

  static history::params history_params(const params& p) noexcept {
    return {.memory_limit = p.memory_limit / 4, .seed = p.seed};
  }
  /// What the contacts may take, and the detector itself, is set aside.
  static pair_table::params pair_params(const params& p) noexcept {
    return {.max_bytes = p.memory_limit - p.memory_limit / 4 - (std::uint64_t{1} << 20), .seed = p.seed};
  }
  /// From here on a score is looked at often.
  [[nodiscard]] double watched_from() const noexcept { return params_.suspicious / 2; }
  /// From here on a pair may be a part of something larger.
  [[nodiscard]] double joined_from() const noexcept { return params_.suspicious / 4; }
  [[nodiscard]] std::int64_t epoch_of(time_point t) const noexcept {
    const std::int64_t at = t.time_since_epoch().count();
    const std::int64_t width = params_.horizon.count();
    return at / width - (at % width < 0 ? 1 : 0);
  }
  [[nodiscard]] static std::uint64_t pair_key(std::uint64_t domain_hash, std::uint64_t client_hash) noexcept {
    return splitmix64::mix(domain_hash + 0x9e3779b97f4a7c15U * client_hash);
  }

  [[nodiscard]] surroundings around(const ip_address& client, std::uint64_t domain_hash,
                                    const conversation& whole) const noexcept {
    surroundings s;
    s.all_clients = history_.clients();
    if (const auto record = history_.find(domain_hash)) {
      s.domain_clients = record->clients;
      s.known_days = detail::seconds_between(record->first_seen, whole.first_seen) / 86400;
    }
    s.most_server_domains = servers_.most();
    whole.servers.for_each([&](std::uint64_t server, const sampled_address&) {
      s.server_domains = (std::max)(s.server_domains.value_or(0), servers_.domains(server));
    });
    if (!contacts_.empty() && !whole.addresses.empty()) {
      const std::uint64_t from = hash_(hash_(client.octets()));
      std::size_t met = 0;
      whole.addresses.for_each([&](std::uint64_t address, const sampled_address&) {
        if (contacts_.contains(address ^ from)) ++met;
      });
      s.contacted_share = static_cast<double>(met) / static_cast<double>(whole.addresses.size());
    }
    return s;
  }
  [[nodiscard]] static std::optional<int> review(void* self, const ip_address& client, std::uint64_t domain_hash,
                                                 std::span<const std::byte> domain, const conversation& whole) {
    auto& d = *static_cast<tunnel_detector*>(self);
    const surroundings s = d.around(client, domain_hash, whole);
    evidence e = weigh(whole, domain, s);
    // To look at others is dear. Transactions pay for it, so that nobody can make the detector slow.
    if (d.may_join(e)) {
      const auto price = 4 * d.watched_.count_like(d.hash_(client.octets()), domain_hash);
      if (price <= d.credit_) {
        d.credit_ -= price;
        d.join_relatives(e, client, domain_hash, domain, whole, s, d.watched_);
      }
    }
    return e.sufficient ? std::optional(e.score) : std::nullopt;
  }
  /// Whether something was found, but no tunnel.
  [[nodiscard]] bool may_join(const evidence& e) const noexcept {
    return e.sufficient && e.score > joined_from() && e.score <= threshold();
  }
  /// Adds what the pair says together with those like it.
  void join_relatives(evidence& e, const ip_address& client, std::uint64_t domain_hash,
                      std::span<const std::byte> domain, const conversation& whole, const surroundings& s,
                      const detail::watch_list& watched) const {
    const std::uint64_t client_hash = hash_(client.octets());
    const std::uint64_t pair = pair_key(domain_hash, client_hash);
    const weighed_conversation own{&whole, &e};
    const auto together = [&](reason_id why, const std::vector<relative>& relatives) {
      evidence joint = e;
      std::vector<weighed_conversation> others;
      others.reserve(relatives.size());
      for (const relative& r : relatives) others.push_back({&r.talk, &r.found});
      if (!others.empty()) join(joint, why, whole, others, domain, s);
      return joint;
    };
    evidence over_domains =
        together(reason_id::joined_domains,
                 relatives_of(
                     own, watched, [&](const auto& other) { return other.pair != pair && other.client == client_hash; },
                     [](const conversation&, const auto&) { return true; }));
    evidence over_clients = together(
        reason_id::joined_clients,
        relatives_of(
            own, watched, [&](const auto& other) { return other.pair != pair && other.domain == domain_hash; },
            [&](const conversation& other, const std::vector<relative>& before) {
              return may_be_one_client(whole, other) &&
                     std::ranges::all_of(before, [&](const relative& r) { return may_be_one_client(r.talk, other); });
            }));
    e = over_domains.score >= over_clients.score ? std::move(over_domains) : std::move(over_clients);
  }
  struct relative {
    conversation talk;
    evidence found;
  };
  /// The strongest of those watched that are `wanted`, go with those found `before` them, and look like `own`.
  [[nodiscard]] std::vector<relative> relatives_of(const weighed_conversation& own, const detail::watch_list& watched,
                                                   auto&& wanted, auto&& goes_with) const {
    constexpr std::size_t most = 64;
    std::vector<detail::watch_list::entry> candidates;
    std::ranges::copy_if(watched.entries(), std::back_inserter(candidates), wanted);
    std::ranges::sort(candidates, [](const auto& a, const auto& b) { return a.stronger_than(b); });
    if (candidates.size() > most) candidates.resize(most);
    std::vector<relative> all;
    for (const auto& candidate : candidates) {
      const detail::pair_record* p = pairs_.find(candidate.pair);
      if (p == nullptr) continue;  // had to leave
      if (!p->with_whole([&](const conversation& talk) { return goes_with(talk, std::as_const(all)); })) continue;
      relative r{.talk = p->whole(), .found = {}};
      r.found = weigh(r.talk, p->domain(), around(p->client(), p->domain_hash(), r.talk));
      if (resemble(own, {&r.talk, &r.found})) all.push_back(std::move(r));
    }
    return all;
  }
  [[nodiscard]] conclusion conclude(const evidence& e) const noexcept {
    if (!e.sufficient) return conclusion::insufficient;
    const double limit = threshold();
    if (e.score > limit) return conclusion::tunnel;
    return e.score > (std::min)(params_.suspicious, limit) ? conclusion::suspicious : conclusion::benign;
  }
  [[nodiscard]] finding describe(const detail::pair_record& p, const detail::watch_list& watched) const {
    return p.with_whole([&](const conversation& whole) {
      const surroundings s = around(p.client(), p.domain_hash(), whole);
      evidence e = weigh(whole, p.domain(), s);
      if (may_join(e)) join_relatives(e, p.client(), p.domain_hash(), p.domain(), whole, s, watched);
      return make_finding(p.client(), p.domain(), whole, e, s, conclude(e), threshold(), !contacts_.empty());
    });
  }

  /// For each finding that has a group, calls `give(finding, all)` with what the pairs of this group are, merged; one
  /// group is held at a time. `group_of(finding)` is a number or nothing; `groups_of(pair, take)` calls `take(group)`.
  void merge_groups(std::span<finding> found, auto&& group_of, auto&& groups_of, auto&& give) const {
    std::vector<std::pair<std::uint64_t, std::size_t>> wanted;   // group, finding
    std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;  // group, pair
    for (std::size_t i = 0; i < found.size(); ++i)
      if (const std::optional<std::uint64_t> group = group_of(found[i])) wanted.emplace_back(*group, i);
    std::ranges::sort(wanted);
    pairs_.for_each([&](std::uint64_t pair, const detail::pair_record& p) {
      groups_of(p, [&](std::uint64_t group) {
        const auto at = std::ranges::lower_bound(wanted, std::pair(group, std::size_t{0}));
        if (at != wanted.end() && at->first == group) parts.emplace_back(group, pair);
      });
    });
    std::ranges::sort(parts);
    auto part = parts.begin();
    for (auto at = wanted.begin(); at != wanted.end();) {
      const std::uint64_t group = at->first;
      conversation all;
      for (; part != parts.end() && part->first == group; ++part)
        pairs_.find(part->second)->with_whole([&](const conversation& talk) { all.merge(talk); });
      for (; at != wanted.end() && at->first == group; ++at) give(found[at->second], std::as_const(all));
    }
  }
  params params_;
  keyed_hash hash_;
  suffix_function suffixes_;
  history history_;
  detail::contact_filter contacts_;
  detail::server_use servers_;
  detail::watch_list watched_;
  std::uint64_t credit_ = most_credit;
  pair_table pairs_;
};
static_assert(detector<tunnel_detector> && mergeable<tunnel_detector> && configurable<tunnel_detector>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
