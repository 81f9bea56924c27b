// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>
#include <netanomaly/dns/detail/wire.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// Where a name splits, as octets of its wire form: `registrable <= suffix`. "www.example.co.uk" gives 4 and 12.
/// The registrable domain is the public suffix and one label more. A name that has none (the root, a top-level domain,
/// a public suffix) is its own: both are 0.
struct suffix_split {
  std::uint8_t registrable = 0;  ///< octets left of the registrable domain, length octets included: where it begins
  std::uint8_t suffix = 0;       ///< octets left of the public suffix

  /// Not so of the root and of public suffixes.
  [[nodiscard]] constexpr bool has_registrable() const noexcept { return registrable < suffix; }
  friend bool operator==(const suffix_split&, const suffix_split&) = default;
};

/// A set of public suffixes: any callable that splits a name given in uncompressed wire form, root label included, 1 to
/// 255 octets, letters of either case. builtin_suffixes is one; netanomaly::psl gives another from the public suffix
/// list.
template <class S>
concept suffix_set = requires(const S& s, std::span<const std::byte> wire_name) {
  { s(wire_name) } -> std::same_as<suffix_split>;
};

/// The registrable domain as the end of `wire_name`; all of it where it has none.
[[nodiscard]] constexpr std::span<const std::byte> registrable_domain(std::span<const std::byte> wire_name,
                                                                      const suffix_set auto& suffixes) noexcept {
  return wire_name.subspan(suffixes(wire_name).registrable);
}

namespace detail {

/// A set of suffix rules in the algorithm of publicsuffix.org: the rule with most labels wins, `*` stands for any one
/// label, `!` marks an exception to it, and a name that no rule matches has its last label as its suffix. The rules are
/// a tree whose edges are hashed: one probe a label, from the right, until no rule goes on. Exact: a match compares
/// whole labels; labels of rules have at most 16 octets.
template <std::size_t Slots>
class suffix_tree {
  static_assert(std::has_single_bit(Slots) && Slots <= 1U << 15);

 public:
  /// Each line: a parent domain, then the labels that stand left of it in a rule, parted by single spaces.
  consteval explicit suffix_tree(std::string_view lines) {
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      std::string_view line = lines.substr(0, end);
      lines.remove_prefix(end + 1);
      const std::size_t space = line.find(' ');
      std::string_view parent = line.substr(0, space);
      std::size_t at = root;
      while (!parent.empty()) {
        const std::size_t dot = parent.rfind('.');
        at = child_of(at, dot == std::string_view::npos ? parent : parent.substr(dot + 1));
        parent = dot == std::string_view::npos ? std::string_view() : parent.substr(0, dot);
      }
      while (!line.empty()) {
        const std::size_t next = line.find(' ');
        line = next == std::string_view::npos ? std::string_view() : line.substr(next + 1);
        const std::string_view label = line.substr(0, line.find(' '));
        if (label == "*") {
          slots_[at].flags |= wildcard;
        } else if (label.starts_with('!')) {
          slots_[child_of(at, label.substr(1))].flags |= exception;
        } else if (!label.empty()) {
          slots_[child_of(at, label)].flags |= rule;
        }
      }
    }
  }

  [[nodiscard]] suffix_split operator()(std::span<const std::byte> wire_name) const noexcept {
    std::array<std::uint8_t, 256> starts;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    std::size_t labels = 0;
    for (std::size_t at = 0; at < wire_name.size() && at < 255;) {
      const auto length = std::to_integer<std::size_t>(wire_name[at]);
      if (length == 0 || length > 63 || at + length >= wire_name.size()) break;
      starts[labels++] = static_cast<std::uint8_t>(at);
      at += 1 + length;
    }
    return split(wire_name, std::span(starts).first(labels));
  }

  /// As operator(), for a caller who knows where each label's length octet stands.
  [[nodiscard]] suffix_split split(std::span<const std::byte> wire_name,
                                   std::span<const std::uint8_t> starts) const noexcept {
    const std::size_t labels = starts.size();
    std::size_t suffix_labels = 1;
    std::size_t at = root;
    for (std::size_t depth = 1; depth <= labels; ++depth) {
      const std::size_t start = starts[labels - depth];
      const auto length = std::to_integer<std::size_t>(wire_name[start]);
      if (length > 16) break;
      at = find(at, label_key::of(wire_name, start + 1, length));
      if (at == none) break;
      const std::uint8_t flags = slots_[at].flags;
      if ((flags & exception) != 0) {
        suffix_labels = depth - 1;
        break;
      }
      if ((flags & rule) != 0) suffix_labels = depth;
      if ((flags & wildcard) != 0 && depth < labels) suffix_labels = depth + 1;
      if ((flags & inner) == 0) break;
    }
    if (labels <= suffix_labels) return {};
    return {starts[labels - suffix_labels - 1], starts[labels - suffix_labels]};
  }

 private:
  static constexpr std::uint8_t rule = 1, wildcard = 2, exception = 4, inner = 8;
  static constexpr std::size_t root = Slots, none = Slots + 1;  // the root stands behind the table

  /// A label of at most 16 octets: its first and last 8 octets and its length say all.
  struct label_key {
    std::uint64_t head = 0, tail = 0;
    std::uint8_t length = 0;

    friend constexpr bool operator==(const label_key&, const label_key&) = default;

    static constexpr label_key of(std::string_view label) {
      label_key key{.length = static_cast<std::uint8_t>(label.size())};
      const std::size_t octets = label.size() < 8 ? label.size() : 8;
      const std::string_view last = label.substr(label.size() - octets);
      for (std::size_t i = octets; i-- > 0;) {
        key.head = key.head << 8 | static_cast<unsigned char>(label[i]);
        key.tail = key.tail << 8 | static_cast<unsigned char>(last[i]);
      }
      return key;
    }
    [[nodiscard]] constexpr label_key lowered() const noexcept { return {lower_each(head), lower_each(tail), length}; }
    /// Of the label of 1 to 16 octets at `begin`, letters as they are. Reads eight octets that end with the label and
    /// shifts out those before it, for labels of all lengths alike: lengths are hard to predict.
    static label_key of(std::span<const std::byte> wire_name, std::size_t begin, std::size_t length) noexcept {
      const std::size_t end = begin + length;
      if (end < 8) return of_short_name(wire_name.subspan(begin, length));
      const std::size_t before = length < 8 ? 8 - length : 0;
      const std::uint64_t head = load(wire_name.data() + begin - before) >> 8 * before;
      const std::uint64_t tail = load(wire_name.data() + end - 8) >> 8 * before;
      return {head, tail, static_cast<std::uint8_t>(length)};
    }
    static label_key of_short_name(std::span<const std::byte> label) noexcept {
      std::uint64_t octets = 0;
      for (std::size_t i = label.size(); i-- > 0;) octets = octets << 8 | std::to_integer<std::uint64_t>(label[i]);
      return {octets, octets, static_cast<std::uint8_t>(label.size())};
    }
    /// Eight octets, the first lowest.
    static std::uint64_t load(const std::byte* from) noexcept {
      std::uint64_t word = 0;
      if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&word, from, sizeof word);
      } else {
        for (std::size_t i = 0; i < sizeof word; ++i) word |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
      }
      return word;
    }
  };

  struct slot {
    label_key key;
    std::uint8_t flags = 0;
    std::uint16_t parent = 0;
  };

  /// Where to look first, and the bit of homes_ there that is set if a label of that place is in the table: it tells
  /// most strangers apart with one test, from a small table.
  struct place {
    std::size_t slot;
    std::uint8_t bit;
  };
  static constexpr place place_of(std::size_t parent, const label_key& key) noexcept {
    // the label's part does not wait for the parent to be found
    // and has bit 5 set in all octets, so that letters of either case give the same: lower_each takes longer
    constexpr std::uint64_t case_bits = 0x2020202020202020U;
    const std::uint64_t label = ((key.head | case_bits) ^ std::rotl(key.tail | case_bits, 29)) * 0x9e3779b97f4a7c15U;
    const std::uint64_t mixed = label ^ parent * 0xd6e8feb86659fd93U;
    constexpr int slot_bits = std::countr_zero(Slots);
    return {static_cast<std::size_t>(mixed >> (64 - slot_bits)),
            static_cast<std::uint8_t>(1U << (mixed >> (61 - slot_bits) & 7))};
  }
  [[nodiscard]] constexpr std::size_t find(std::size_t parent, const label_key& key) const noexcept {
    const place p = place_of(parent, key);
    if ((homes_[p.slot] & p.bit) == 0) return none;
    const label_key lowered = key.lowered();
    for (std::size_t at = p.slot; slots_[at].key.length != 0; at = (at + 1) & (Slots - 1))
      if (slots_[at].parent == parent && slots_[at].key == lowered) return at;
    return none;
  }
  consteval std::size_t child_of(std::size_t parent, std::string_view label) {
    if (label.size() > 16) label_has_more_than_16_octets();
    const label_key key = label_key::of(label);
    slots_[parent].flags |= inner;
    if (const std::size_t at = find(parent, key); at != none) return at;
    if (++count_ > Slots / 2) table_is_more_than_half_full();
    const place p = place_of(parent, key);
    std::size_t at = p.slot;
    while (slots_[at].key.length != 0) at = (at + 1) & (Slots - 1);
    homes_[p.slot] |= p.bit;
    slots_[at] = {key, 0, static_cast<std::uint16_t>(parent)};
    return at;
  }

  // Not constexpr: to reach one ends the compilation with its name.
  static void label_has_more_than_16_octets() {}
  static void table_is_more_than_half_full() {}

  std::array<std::uint8_t, Slots> homes_{};
  std::array<slot, Slots + 1> slots_{};  ///< empty where the key has no octets
  std::size_t count_ = 0;
};

/// Written for netanomaly (Apache-2.0) from common knowledge of how registries and hosts sell names; not the public
/// suffix list, of which it holds the part most traffic meets. Every top-level domain is a suffix without being named.
inline constexpr std::string_view builtin_suffix_rules =
    // reverse trees: whoever runs an address block runs its names
    "arpa in-addr ip6 e164 home iris uri urn\n"
    // country codes under which names are sold at the second level
    "ac com edu gov mil net org\n"
    "ae ac co gov mil net org sch\n"
    "af com edu gov net org\n"
    "ag co com net nom org\n"
    "ai com net off org\n"
    "al com edu gov mil net org\n"
    "am co com commune net org\n"
    "ao co ed gv it og pb\n"
    "ar com edu gob gov int mil musica net org tur\n"
    "at ac co gv or\n"
    "au asn com edu gov id net org\n"
    "edu.au act nsw nt qld sa tas vic wa\n"
    "gov.au qld sa tas vic wa\n"
    "aw com\n"
    "az biz com edu gov info int mil name net org pp pro\n"
    "ba com edu gov mil net org\n"
    "bb biz co com edu gov info net org store tv\n"
    "bd *\n"
    "be ac\n"
    "bg a b c d e f g h i j k l m n o p q r s t u v w x y z\n"
    "bh com edu gov net org\n"
    "bi co com edu or org\n"
    "bm com edu gov net org\n"
    "bn com edu gov net org\n"
    "bo com edu gob int mil net org tv\n"
    "br abc adm adv agr am app arq art ato b bio blog bmd cim cng cnt com coop dev ecn eco edu emp eng esp etc eti far "
    "fm "
    "fot fst g12 geo ggf gov imb ind inf jor jus leg lel log mat med mil mp mus net nom not ntr odo ong org ppg pro "
    "psc "
    "psi qsl radio rec rep seg slg srv taxi tec teo tmp trd tur tv vet vlog wiki zlg\n"
    "bs com edu gov net org\n"
    "bt com edu gov net org\n"
    "bw co org\n"
    "by com gov mil of\n"
    "bz co com edu gov net org\n"
    "ca ab bc gc mb nb nf nl ns nt nu on pe qc sk yk\n"
    "cd gov\n"
    "ci ac co com ed edu go gouv int md net or org presse\n"
    "ck *\n"
    "ck !www\n"
    "cl co gob gov mil\n"
    "cm co com gov net\n"
    "cn ac ah bj com cq edu fj gd gov gs gx gz ha hb he hi hk hl hn jl js jx ln mil mo net nm nx org qh sc sd sh sn sx "
    "tj "
    "tw xj xz yn zj\n"
    "co com edu gov mil net nom org\n"
    "cr ac co ed fi go or sa\n"
    "cu com edu gob gov inf net org\n"
    "cv com edu id int net nome org publ\n"
    "cw com edu net org\n"
    "cy ac biz com ekloges gov ltd mil net org press pro tm\n"
    "dm com edu gov net org\n"
    "do art com edu gob gov mil net org sld web\n"
    "dz art asso com edu gov net org pol soc tm\n"
    "ec com edu fin gob gov info k12 med mil net org pro\n"
    "ee aip com edu fie gov lib med org pri riik\n"
    "eg com edu eun gov mil name net org sci\n"
    "er *\n"
    "es com edu gob nom org\n"
    "et biz com edu gov info name net org\n"
    "fi aland\n"
    "fj ac biz com gov info mil name net org pro\n"
    "fk *\n"
    "fr asso com gouv nom prd tm\n"
    "ge com edu gov mil net org pvt\n"
    "gg co net org\n"
    "gh com edu gov mil org\n"
    "gi com edu gov ltd mod org\n"
    "gn ac com edu gov net org\n"
    "gp asso com edu mobi net org\n"
    "gr com edu gov net org\n"
    "gt com edu gob ind mil net org\n"
    "gu com edu gov guam info net org web\n"
    "gy co com edu gov net org\n"
    "hk com edu gov idv net org\n"
    "hn com edu gob mil net org\n"
    "hr com from iz name\n"
    "ht adult art asso com coop edu firm gouv info med net org perso pol pro rel shop\n"
    "hu 2000 agrar bolt casino city co erotica erotika film forum games hotel info ingatlan jogasz konyvelo lakas "
    "media "
    "news org priv reklam sex shop sport suli szex tm tozsde utazas video\n"
    "id ac biz co desa go mil my net or ponpes sch web\n"
    "ie gov\n"
    "il ac co gov idf k12 muni net org\n"
    "im ac co com net org tt tv\n"
    "in ac ai bank biz ca co com cs edu er firm gen gov ind info int internet io me mil net nic org pg post pro res "
    "travel "
    "tv uk up us\n"
    "iq com edu gov mil net org\n"
    "ir ac co gov id net org sch\n"
    "is com edu gov int net org\n"
    "it edu gov\n"
    "je co net org\n"
    "jm *\n"
    "jo agri ai com edu eng fm gov mil net org per phd sch tv\n"
    "jp ac ad co ed go gr lg ne or\n"
    "jp aichi akita aomori chiba ehime fukui fukuoka fukushima gifu gunma hiroshima hokkaido hyogo ibaraki ishikawa "
    "iwate "
    "kagawa kagoshima kanagawa kochi kumamoto kyoto mie miyagi miyazaki nagano nagasaki nara niigata oita okayama "
    "okinawa "
    "osaka saga saitama shiga shimane shizuoka tochigi tokushima tokyo tottori toyama wakayama yamagata yamaguchi "
    "yamanashi\n"
    "ke ac co go info me mobi ne or sc\n"
    "kg com edu gov mil net org\n"
    "kh *\n"
    "kn edu gov net org\n"
    "kr ac busan chungbuk chungnam co daegu daejeon es gangwon go gwangju gyeongbuk gyeonggi gyeongnam hs incheon jeju "
    "jeonbuk jeonnam kg mil ms ne or pe re sc seoul ulsan\n"
    "kw com edu emb gov ind net org\n"
    "ky com edu net org\n"
    "kz com edu gov mil net org\n"
    "la com edu gov info int net org per\n"
    "lb com edu gov net org\n"
    "lc co com edu gov net org\n"
    "lk ac assn com edu gov grp hotel int ltd net ngo org sch soc web\n"
    "lr com edu gov net org\n"
    "ls ac biz co edu gov info net org sc\n"
    "lv asn com conf edu gov id mil net org\n"
    "ly com edu gov id med net org plc sch\n"
    "ma ac co gov net org press\n"
    "me ac co edu gov its net org priv\n"
    "mg co com edu gov mil nom org prd\n"
    "mk com edu gov inf name net org\n"
    "ml com edu gouv gov net org presse\n"
    "mm *\n"
    "mn edu gov org\n"
    "mo com edu gov net org\n"
    "mt com edu net org\n"
    "mu ac co com gov net or org\n"
    "mv aero biz com coop edu gov info int mil museum name net org pro\n"
    "mw ac biz co com coop edu gov int net org\n"
    "mx com edu gob net org\n"
    "my biz com edu gov mil name net org\n"
    "mz ac adv co edu gov mil net org\n"
    "na co com org\n"
    "nc asso nom\n"
    "ng com edu gov i mil mobi name net org sch\n"
    "ni ac biz co com edu gob in info int mil net nom org web\n"
    "no fhs folkebibl fylkesbibl idrett kommune mil museum priv stat vgs\n"
    "np *\n"
    "nr biz com edu gov info net org\n"
    "nz ac co cri geek gen govt health iwi kiwi maori mil net org parliament school\n"
    "om co com edu gov med museum net org pro\n"
    "pa abo ac com edu gob ing med net nom org sld\n"
    "pe com edu gob mil net nom org\n"
    "pf com edu org\n"
    "pg *\n"
    "ph com edu gov i mil net ngo org\n"
    "pk ac biz com edu fam gob gok gon gop gos gov info net org web\n"
    "pl aid agro atm auto biz com edu gmina gov gsm info mail mbone media miasta mil net nieruchomosci nom org pc "
    "powiat "
    "priv realestate rel sex shop sklep sos szkola targi tm tourism travel turystyka\n"
    "pr ac biz com edu est gov info isla name net org pro prof\n"
    "ps com edu gov net org plo sec\n"
    "pt com edu gov int net nome org publ\n"
    "py com coop edu gov mil net org\n"
    "qa com edu gov mil name net org sch\n"
    "re asso com nom\n"
    "ro arts com firm info nom nt org rec store tm www\n"
    "rs ac co edu gov in org\n"
    "ru ac com edu gov int mil msk net nov org pp spb\n"
    "rw ac co coop gov mil net org\n"
    "sa com edu gov med net org pub sch\n"
    "sb com edu gov net org\n"
    "sc com edu gov net org\n"
    "sd com edu gov info med net org tv\n"
    "se ac bd fh fhsk fhv komforb lanbib mil org parti pp press tm\n"
    "sg com edu gov net org per\n"
    "sh com gov mil net org\n"
    "si co\n"
    "sk co\n"
    "sl com edu gov net org\n"
    "sn art com edu gouv org perso univ\n"
    "so com edu gov me net org\n"
    "st co com consulado edu embaixada mil net org principe saotome store\n"
    "sv com edu gob org red\n"
    "sy com edu gov mil net org\n"
    "sz ac co org\n"
    "th ac co go in mi net or\n"
    "tj ac biz co com edu go gov int mil name net nic org test web\n"
    "tm co com edu gov mil net nom org\n"
    "tn com ens fin gov ind info intl mincom nat net org perso tourism\n"
    "tr av bbs bel biz com dr edu gen gov info k12 kep mil name net org pol tel tsk tv web\n"
    "tt biz co com edu gov info mil name net org pro\n"
    "tw club com ebiz edu game gov idv mil net org\n"
    "tz ac co go hotel info me mil mobi ne or sc tv\n"
    "ua cherkassy chernigov chernovtsy ck cn com cr crimea cv dn dnipro dp edu gov if in kh kharkiv kharkov kherson "
    "kiev "
    "kirovograd km kr kv kyiv lg lt lugansk lviv mk net nikolaev od odesa odessa org pl poltava pp rivne rovno rv sb "
    "sm "
    "sumy te ternopil uz vinnica vn volyn yalta zaporizhzhe zhitomir zp zt\n"
    "ug ac co com go ne or org sc\n"
    "uk ac co gov ltd me net nhs org plc police sch\n"
    "us ak al ar as az ca co ct dc de dni fed fl ga gu hi ia id il in isa kids ks ky la ma md me mi mn mo ms mt nc nd "
    "ne nh "
    "nj nm nsn nv ny oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy\n"
    "uy com edu gub mil net org\n"
    "uz co com net org\n"
    "vc com edu gov mil net org\n"
    "ve arts co com e12 edu firm gob gov info int mil net nom org rec store tec web\n"
    "vi co com k12 net org\n"
    "vn ac ai biz com edu gov health id info int io name net org pro\n"
    "vu com edu net org\n"
    "ws com edu gov net org\n"
    "ye com edu gov mil net org\n"
    "za ac agric alt co edu gov grondar law mil net ngo nic nis nom org school tm web\n"
    "zm ac biz co com edu gov info mil net org sch\n"
    "zw ac co gov mil org\n"
    // names sold below others' second-level names
    "com ae africa br cn co de eu gr hu jpn kr mex no qc ru sa se uk us uy za\n"
    "net gb hu in jp se uk za\n"
    "org ae eu us\n"
    "de com\n"
    "nu co\n"
    "pw co\n"
    // hosts whose customers each have a name of their own
    "com appspot azure-api blogspot bubbleapps firebaseapp herokuapp myqnapcloud myshopify onrender pythonanywhere "
    "squarespace tumblr typeform weebly wixsite wordpress\n"
    "net azureedge azurefd azurewebsites b-cdn cloudapp cloudfront edgekey edgesuite fastly myfritz trafficmanager "
    "windows\n"
    "core.windows.net blob dfs file queue table web\n"
    "azure.com cloudapp\n"
    "cloudapp.azure.com *\n"
    "fastly.net global ssl\n"
    "akamaiedge.net a b e g x\n"
    "amazonaws.com s3\n"
    "googleapis.com storage\n"
    "goog translate\n"
    "app bubble deno framer lovable netlify ngrok ngrok-free replit run streamlit vercel web\n"
    "run.app a\n"
    "dev deno fly ngrok ngrok-free pages replit workers\n"
    "io gitbook github gitlab ngrok readthedocs\n"
    "direct plex\n"
    "link dweb\n"
    "dweb.link ipfs ipns\n"
    "me glitch\n"
    "page codeberg\n"
    "co carrd\n"
    // dynamic names: customers may delegate what is theirs
    "com chickenkiller dnsalias dynalias homelinux homeunix ignorelist is-a-geek jumpingcrab mooo servebeer serveftp "
    "servegame servehttp strangled twilightparadox\n"
    "net ddns dnsalias dynalias dynv6 homeip homelinux myds no-ip redirectme serveminecraft sytes webhop\n"
    "org duckdns dvrdns dyndns dynalias freeddns hopto homelinux myftp no-ip spdns webhop zapto\n"
    "info dnsupdate dyndns\n"
    "biz dyndns no-ip\n"
    "to us\n"
    "me ddns diskstation dscloud myddns\n"
    "de dyndns1 goip spdns\n"
    "eu spdns\n";

}  // namespace detail

/// The type of `builtin_suffixes`.
struct builtin_suffix_set {
  /// Splits a name in wire form.
  [[nodiscard]] suffix_split operator()(std::span<const std::byte> wire_name) const noexcept { return tree(wire_name); }
  /// The same where the starts of its labels are known.
  [[nodiscard]] suffix_split operator()(std::span<const std::byte> wire_name,
                                        std::span<const std::uint8_t> label_starts) const noexcept {
    return tree.split(wire_name, label_starts);
  }

 private:
  static constexpr detail::suffix_tree<4096> tree{detail::builtin_suffix_rules};
};

/// The small set that comes with the headers: all top-level domains, the second levels under which country registries
/// sell names, in-addr.arpa and ip6.arpa, and common hosts whose customers have names of their own. Cost: one hash
/// probe for each label of the suffix and one more; no allocation.
inline constexpr builtin_suffix_set builtin_suffixes{};

static_assert(suffix_set<builtin_suffix_set>);

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
