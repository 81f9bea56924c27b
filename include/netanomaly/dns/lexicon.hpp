// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/core/config.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace netanomaly::inline NETANOMALY_MODE::dns {

/// How unusual each pair of neighbouring octets is in benign names: cost[a][b] = -log2 P(b follows a), in sixteenths of
/// a bit, 0 to 255. Octets fall into 40 symbols: the end of a label, 26 letters of either case, 10 digits, '-', '_',
/// others.
struct bigram_table {
  static constexpr std::size_t symbols = 40;  ///< octets fall into
  /// Symbols beside letters (1 to 26) and digits (27 to 36).
  static constexpr std::uint8_t boundary = 0, hyphen = 37, underscore = 38, other = 39;

  /// The symbol that an octet falls into.
  [[nodiscard]] static constexpr std::uint8_t symbol(unsigned char octet) noexcept {
    const auto letter = static_cast<unsigned char>((octet | 0x20U) - 'a');
    if (letter < 26) return static_cast<std::uint8_t>(1 + letter);
    if (static_cast<unsigned char>(octet - '0') < 10) return static_cast<std::uint8_t>(27 + octet - '0');
    return octet == '-' ? hyphen : octet == '_' ? underscore : other;
  }

  std::array<std::array<std::uint8_t, symbols>, symbols>
      cost{};  ///< by symbol and the next symbol, sixteenths of a bit
};

/// The default words: 950 that are common in host names, in English and in the trade. Written for netanomaly,
/// Apache-2.0.
inline constexpr std::string_view default_words =
    "about academy accept access account accounts action active activity address admin advert affiliate agency "
    "agent ajax akamai alert alias alive alpha amazon analytics android announce answer apache apple apps "
    "archive area article asset assets atlas audio audit auth author auto autoconfig autodiscover avatar award "
    "azure baby back backend backup badge balance bank banner base basic batch beacon beta bill billing binary "
    "bing bird blog blogs blue board book books boot border bounce branch brand bridge broker browser bucket "
    "buffer build business button cache calendar call camera campaign campus capital card cards care career "
    "careers cart cast catalog center central cert certificate challenge change channel chart chat check "
    "checkout child choice chrome church cinema circle city class classic click client clients clinic clock "
    "cloud club cluster code college color comm comment comments commerce common community company compute conf "
    "conference config connect connection console contact contacts content control cookie copy core corp "
    "corporate count country course cpanel create creative credit crypto cult culture current customer customers "
    "cyber daily dash dashboard data database date deal deals debug default delivery demo deploy design desk "
    "desktop detail developer developers device devices dial digital direct directory discover discovery display "
    "dist district docker docs document documents domain domains donate down download downloads draft drive "
    "driver drop dynamic early east easy ecom economy edge edit editor education elastic election electric "
    "element email embed employee energy engine engineering english enterprise entry error events exam example "
    "exchange express external face factory faculty family farm fashion fast feed feedback fiber field file "
    "files film filter finance find fire firewall first fish flash fleet flight flow focus folder font fonts "
    "food football force forest form forms forum forums forward foundation frame free french fresh friend front "
    "full function fund funds future gallery game games gaming garden gate gateway general german gift github "
    "give global gold golf good google government grade graph graphics green group groups guard guest guide hair "
    "hall hand happy hash head health hello help helpdesk hero high history holiday home honda hook horse "
    "hospital host hosted hosting hotel hotels house html http https human icon identity image images imap inbox "
    "index india info infra ingest inside insight install insurance intel intern internal international internet "
    "intranet invest invite invoice island item items java jira jobs join journal json jump just keep kernel "
    "keyword kids king kitchen know knowledge kube label labs lake land language large laser last latest launch "
    "layer lead league learn learning legacy legal level library license life light like limit line link links "
    "linux list listen lists live load loan local locale location lock login logo logs long lost love mach "
    "machine madmin magazine mail mailer mailgate mailing mailman main manage management manager maps mark "
    "market marketing master match mate math meal media medical meet meeting member members memory menu merchant "
    "message messages meta meter metric metrics micro microsoft mirror mobile mode model modern module money "
    "monitor monitoring moon motor mountain movie movies mozilla museum music mysql name names nation national "
    "native nature navigator network news newsletter next nginx night node north note notes notice notify novel "
    "number nurse object ocean offer offers office official offline online open option options oracle orange "
    "order orders origin outlook owner pack package page pages paint panel paper parent park part partner "
    "partners parts party pass password past patch path payment payments people phone photo photos picture pilot "
    "ping pipe pixel place plan planet plant platform play player plus point police policy poll pool popular "
    "port portal post postal power press preview price primary prime print printer private prod product "
    "production products profile program project projects promo property protect provider proxy public publish "
    "pull push quality query quest question queue quick quiz quote race rack radio rail rain range rank rate "
    "reach read reader ready real realm record records recruit redirect redis reference refresh region register "
    "registry relay release remote render rent repair replica reply repo report reports request research reserve "
    "reset resolver resource resources response rest result retail return review reviews reward rich ride ring "
    "river road robot rock role roll room root round route router rule safe safety sale sales salt sample "
    "sandbox save scan schedule school science score screen script search season seat second secret section "
    "secure security seed select selector self seller send sender sense sensor serve server servers service "
    "services session setup shadow share shared shell shield ship shop shopping short show side sign signal "
    "signin silver simple single site sitemap sites size skill skin sleep slide small smart smtp snow social "
    "soft software solar solution solutions song sound source south space spam spark speak special speed spider "
    "sport sports spring sprint square stable stack staff stage staging standard star start state static station "
    "stats status steam step stock storage store storm story stream street string strong student students studio "
    "study style submit subscribe success suite summer super supply support surf survey swift switch sync system "
    "systems table target task teach teacher team tech technology tele telegram telemetry temp template tenant "
    "terminal test testing text theater theme thing think thread ticket tickets tiger time title today token "
    "tool tools topic total touch tour track tracker tracking trade traffic train training transfer transit "
    "translate travel tree trend trial trip true trust tube tunnel turbo type ubuntu union unit united unity "
    "universal university update updates upgrade upload upper urban user users util vacation valid value vault "
    "vector vendor verify version vide video videos view viewer village virtual vision visit visitor visual "
    "voice volume vote wallet ware watch water wave weather webdisk webhook webinar webmail webmaster website "
    "week welcome west whale white whois wide widget wiki wild will wind window windows wine wing winter wire "
    "wireless wish wolf women wood word wordpress work worker workers world write yahoo year yellow york young "
    "your youth youtube zero zimbra zone zones zoom";

namespace detail {
constexpr void each_default_word(auto&& f) {
  for (std::string_view left = default_words; !left.empty();) {
    const std::string_view word = left.substr(0, left.find(' '));
    f(word);
    left.remove_prefix(word.size() == left.size() ? word.size() : word.size() + 1);
  }
}
}  // namespace detail

/// The default table, made by bench/dns/bigram_table.py from the names of the benign traffic that was made for
/// netanomaly and from default_words; Apache-2.0.
inline constexpr bigram_table default_bigrams = [] {
  constexpr std::string_view quarter_bits =  // a row a symbol, '(' for 0
      "O8;89<;<=;B>;8<>9G;698>:EAFPIKYPLPPSYY=Y"
      "6G>8:JB;F5JB796F;O596<BBL>AUUUOOOUJLUBUU"
      "55=9D5GAB7GN6<B5BN8;G7NNGAGGNGNGNNDNNDNN"
      "45B<B5EK6<F8;CE3AR<;9;RHRAKKRKRRRRRRRFRR"
      "27??A1A=G5PEG??6?P;<J9GGJ?EJPJPJPPJPPGPP"
      "1:>;8=A?IGPI:;6BBP369CB?AAPPVVVVPVPPPDVV"
      "85AAC59@?4AM:CF5CF5C99CCF>FMMMFFMCFFFMMM"
      "27EEC2H?>6E@:>=6>N7<E<NNNECNNNNNNNNNNENN"
      "14B=N5DGN6GGDGG2AN@>;8G@NDGNNNNNNNGGNDNN"
      "99C6<;@>IFK?592;?N<87B;NKNHTNKTTTTTNTBTT"
      "58F?F5FF<8?F?F85<?F5F9F<FF?FFFF?FFFFFFFF"
      "19=GD2GMG5M>=M?<?D@:6;D?M>MD@MGMMMMMMDMM"
      "15CG=2BLR5RE8AI5DRI<=<IRG;IRR<RRRRRRRBRR"
      "4/AG@3D>J8EJJ?G89JG<==JQQ>DQQQQQQQQQQJQQ"
      "27@:75A7M6M=BF><DSS85?DMGBSSSSSSSSSSSDSS"
      "7?@;>M@;IBJ<89498T4;;7==BCITTTMTTTMTTCTT"
      "25BEB8JC:8JE7AE69P7?=8JGPEPGPPJJPJPPP9PP"
      "B7BB9BB<B<B<<BBBBBBBB0BBBB<BBB<9B<BBBBBB"
      "25B<;2MBM6S?CA=7BMC99<@DS<MMGSSSSSMSSJSS"
      "0:K<B7DN97I<@?D<;KI:3:FCNCIKGTKTTTTTTCTT"
      "16G>N3EE:6NN@?C6AT99A9DCI=KTTTTTTNTTTBTT"
      "3;:;<=@CB>GD9;4@:R676DECDLLLRLRRRIRRRBRR"
      "75EEK/KE>1K<KKB=>K@EBBEKKKBKK=KKK?KKK>KK"
      "65AAL3@F<3LCA@@6CFA6A=L7LFFCLLLLLLLLLLLL"
      "06@;F=;F:9FF9=F@=FFF7@FFF9FF=@FFFFF@@FFF"
      ",7A?>=LLL?LLC=:5>LF8C=LCLFFLLCLLLLLLLLLL"
      "1:@;@7@@@5FFF==5=FF=F:FFFF=FFFFFF@F=F@FF"
      "4D=:DDDDD==DD=:DDDDDDDDD=DD=55:=D6==:DDD"
      ".=CCCCCCCCCCC=CCCCCC=CC:CCC7==C::C:CCCCC"
      "6<<E:EEEEEE:?:<?EE<9:E?EE?E7E98?<E9<E?EE"
      "3AAAAA;AAAAA;AAAAA;AA;AAAAA4AA;A8AA;;;AA"
      "9B;;BB9BB;BBBB9B;BB9BBB;BB;;;9BBB;9;B9BB"
      "6AAA;AAAA;AAA;AAAAAAA8AAAAAA86AAA88;;AAA"
      "39BB<<BB<9BB<BBBBBBB<BBBB<<5BB<B9BB<9BBB"
      "2:===::CCCCCCCC=CCCCCCCCCCCCCC=8::8=C8CC"
      "6BBBBBBBBBB;B;;BBB;B;BBBBBBB68B8;6;;;BBB"
      "@@@@999@@@@9@@@@@@@@@@@@@@999@@@@@5@9@@@"
      "I8<:>;7>CC>>@7@C9@@69:I<CCI@CC@;@@>>IIII"
      "EE6E1EEEEEE?:4EEEEE34<EEEEEEEEEEEEEEEEEE"
      "========================================";
  bigram_table table;
  for (std::size_t i = 0; i < quarter_bits.size(); ++i)
    table.cost[i / bigram_table::symbols][i % bigram_table::symbols] =
        static_cast<std::uint8_t>(4 * (quarter_bits[i] - '('));
  return table;
}();

/// What text in names usually looks like: words, and a cost for each pair of octets. Words have 4 to 63 letters a to z;
/// others are left out. Building one allocates; looking up does not.
class lexicon {
 public:
  static constexpr std::size_t least_letters = 4, most_letters = 63;  ///< of a word

  /// Copies words and table; letter case of the words does not matter.
  lexicon(std::span<const std::string_view> words, const bigram_table& bigrams) : lexicon(bigrams) {
    std::vector<std::string_view> kept;
    for (const std::string_view word : words)
      if (is_word(word)) kept.push_back(word);
    // the longest first, so that a look-up may stop at the first that fits
    std::sort(kept.begin(), kept.end(), [](auto a, auto b) { return a.size() > b.size(); });
    slots_.resize(std::bit_ceil(2 * kept.size() + 1));
    for (const std::string_view word : kept)
      for (const char c : word) letters_.push_back(static_cast<char>(c | 0x20));
    const char* at = letters_.data();
    for (const std::string_view word : kept) {
      insert(slots_, letters_.data(), {at, word.size()});
      add_pairs({at, word.size()});
      at += word.size();
    }
  }

  /// What pairs() is indexed by: an octet in lower case, at most 0x7e, or `boundary` for the end of a label. So letters
  /// and ends of labels lie in one cache line of each row.
  static constexpr std::uint8_t boundary = 0x7f;
  /// What pairs() is indexed by, of an octet in lower case.
  [[nodiscard]] static constexpr std::uint8_t code(unsigned char octet) noexcept { return octet < 0x7e ? octet : 0x7e; }
  /// Letters of the longest word that `text`, in lower case, begins with; 0 where there is none. Reads 63 octets.
  [[nodiscard]] std::size_t word_at(const unsigned char* text) const noexcept {
    const std::span<const slot> slots = slots_.empty() ? builtin_slots_ : std::span<const slot>(slots_);
    const char* const letters = slots_.empty() ? builtin_letters_ : letters_.data();
    const std::uint64_t head = head_of(text, 8);
    for (std::size_t i = hash(head, slots.size()); slots[i].length != 0; i = (i + 1) & (slots.size() - 1)) {
      const slot& s = slots[i];
      if ((head ^ s.head) << s.unused_bits != 0) continue;
      if (s.length <= 8 || std::memcmp(letters + s.begin + 8, text + 8, s.length - 8U) == 0) return s.length;
    }
    return 0;
  }

  /// For the scan: at [code of first | code of second << 8] the cost in the lower octet; above it, bits 0 to 3 where
  /// the pair is the first to fourth of a word of five letters or more, bits 5 to 7 where it is the first to third of a
  /// shorter one.
  [[nodiscard]] constexpr const std::uint16_t* pairs() const noexcept { return pairs_.data(); }

 private:
  friend struct builtin_lexicon_parts;
  static constexpr std::size_t codes = 128;

  struct slot {
    std::uint64_t head = 0;  ///< the word's first 8 letters, the first lowest; zeros where it has fewer
    std::uint32_t begin = 0;
    std::uint8_t length = 0;
    std::uint8_t unused_bits = 0;  ///< of head
  };

  constexpr explicit lexicon(const bigram_table& bigrams) noexcept {
    for (std::size_t a = 0; a < codes; ++a)
      for (std::size_t b = 0; b < codes; ++b) pairs_[a | b << 8] = bigrams.cost[symbol_of(a)][symbol_of(b)];
  }
  static constexpr std::size_t symbol_of(std::size_t code) noexcept {
    return code == boundary ? bigram_table::boundary : bigram_table::symbol(static_cast<unsigned char>(code));
  }

  static constexpr bool is_word(std::string_view word) noexcept {
    if (word.size() < least_letters || word.size() > most_letters) return false;
    for (const char c : word)
      if (static_cast<unsigned char>((c | 0x20) - 'a') >= 26) return false;
    return true;
  }
  constexpr void add_pairs(std::string_view word) noexcept {
    const unsigned first_bit = word.size() == least_letters ? 5 : 0;
    const unsigned last_bit = word.size() == least_letters ? 7 : 3;
    for (unsigned bit = first_bit; bit <= last_bit; ++bit) {
      const std::size_t i = bit - first_bit;
      const auto a = static_cast<unsigned char>(word[i]);
      const std::size_t b = static_cast<unsigned char>(word[i + 1]);
      pairs_[a | b << 8] = static_cast<std::uint16_t>(pairs_[a | b << 8] | 0x100U << bit);
    }
  }
  template <class Octet>
  static constexpr std::uint64_t head_of(const Octet* text, std::size_t octets) noexcept {
    std::uint64_t head = 0;
    if (std::endian::native == std::endian::little && !std::is_constant_evaluated()) {
      std::memcpy(&head, text, octets);
    } else {
      for (std::size_t i = 0; i < octets; ++i) head |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    }
    return head;
  }
  /// Of the first four letters.
  static constexpr std::size_t hash(std::uint64_t head, std::size_t slots) noexcept {
    return static_cast<std::size_t>(static_cast<std::uint32_t>(head) * 0x9e3779b97f4a7c15U >> 40) & (slots - 1);
  }
  static constexpr void insert(std::span<slot> slots, const char* letters, std::string_view word) noexcept {
    const std::size_t in_head = std::min<std::size_t>(word.size(), 8);
    const std::uint64_t head = head_of(word.data(), in_head);
    std::size_t i = hash(head, slots.size());
    while (slots[i].length != 0) i = (i + 1) & (slots.size() - 1);
    slots[i] = {head, static_cast<std::uint32_t>(word.data() - letters), static_cast<std::uint8_t>(word.size()),
                static_cast<std::uint8_t>(64 - 8 * in_head)};
  }

  std::array<std::uint16_t, codes << 8> pairs_{};
  std::span<const slot> builtin_slots_;
  const char* builtin_letters_ = nullptr;
  std::vector<slot> slots_;
  std::vector<char> letters_;
};

/// How builtin_lexicon is made at compile time.
struct builtin_lexicon_parts {
  /// A hash table of the words, open addressing.
  static constexpr auto slots = [] {
    std::array<std::string_view, 1024> words;
    std::size_t count = 0;
    detail::each_default_word([&](std::string_view word) { words[count++] = word; });
    std::sort(words.begin(), words.begin() + count, [](auto a, auto b) { return a.size() > b.size(); });
    std::array<lexicon::slot, 2048> table{};
    for (std::size_t i = 0; i < count; ++i) lexicon::insert(table, default_words.data(), words[i]);
    return table;
  }();
  static constexpr lexicon make() {
    lexicon l(default_bigrams);
    detail::each_default_word([&](std::string_view word) { l.add_pairs(word); });
    l.builtin_slots_ = slots;
    l.builtin_letters_ = default_words.data();
    return l;
  }
};

/// default_words and default_bigrams.
inline constexpr lexicon builtin_lexicon = builtin_lexicon_parts::make();

}  // namespace netanomaly::inline NETANOMALY_MODE::dns
