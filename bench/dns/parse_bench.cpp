// SPDX-License-Identifier: Apache-2.0

// Parsing whole DNS messages, in nanoseconds of thread CPU time a message: message_view and the peers that were found,
// on the same messages in the same run.
//
//   netanomaly_bench_dns_parse_bench [--data=FOLDER] [Google Benchmark's options]
//
// FOLDER holds dns/made/*.pcap.gz and dns/captures/*.pcap. Three corpora: benign (benign_shared), tunnel (all other
// captures of made but mixed_clients, which repeats them) and real (captures). Only messages over UDP that message_view
// accepts are measured: so every parser goes through each message to its end, and libtins 4.0 does not loop for ever on
// malformed ones.
//
// What is measured: `parse` checks everything and gives a view; `parse_and_visit` also walks all sections and reads
// name, type, class, TTL and data of each record by type; libknot, ldns, libtins and c-ares make their own structures
// of all sections and free them.

#include <netanomaly/dns/message_view.hpp>

#include "support/pcap_messages.hpp"

#include <benchmark/benchmark.h>

#if NETANOMALY_BENCH_KNOT
extern "C" {
#include <libknot/libknot.h>
}
#endif
#if NETANOMALY_BENCH_LDNS
#include <ldns/ldns.h>
#endif
#if NETANOMALY_BENCH_TINS
#include <tins/dns.h>
#endif
#if NETANOMALY_BENCH_CARES
#include <ares.h>
#endif

#include <cstdio>
#include <string>
#include <vector>

namespace {

namespace dns = netanomaly::dns;
using message = std::span<const std::byte>;

/// Messages one behind the other in memory, in the order of the captures.
struct corpus {
  std::string name;
  std::vector<std::byte> octets;
  std::vector<message> messages;
};

corpus read_corpus(std::string name, const std::vector<std::filesystem::path>& files) {
  corpus c;
  c.name = std::move(name);
  std::vector<std::size_t> sizes;
  for (const auto& file : files)
    for (const auto& p : netanomaly_test::read_payloads(file)) {
      if (p.tcp || !dns::message_view::parse(p.octets)) continue;
      c.octets.insert(c.octets.end(), p.octets.begin(), p.octets.end());
      sizes.push_back(p.octets.size());
    }
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    c.messages.emplace_back(c.octets.data() + at, size);
    at += size;
  }
  return c;
}

/// Runs `parse` over the whole corpus once an iteration; it gives what it could not read, which must be nothing.
template <class Parse>
void over(benchmark::State& state, const corpus& c, Parse parse) {
  std::size_t refused = 0;
  for (auto _ : state) {
    refused = 0;
    for (const message m : c.messages) refused += parse(m) ? 0U : 1U;
    benchmark::DoNotOptimize(refused);
  }
  const auto messages = static_cast<double>(c.messages.size());
  state.counters["time/message"] =
      benchmark::Counter(messages, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["messages"] = messages;
  state.counters["refused"] = static_cast<double>(refused);
}

bool parse(message m) {
  const auto parsed = dns::message_view::parse(m);
  benchmark::DoNotOptimize(parsed);
  return parsed.has_value();
}

/// Octets and numbers read from one record's data, so that the compiler cannot leave any of it out.
std::size_t visit(const dns::record& r) {
  namespace rdata = dns::rdata;
  std::size_t sum = r.type() + r.dns_class() + r.ttl() + r.name().label_count();
  switch (r.type()) {
    case dns::record_type::a:
      return sum + (r.as<rdata::a>() ? dns::detail::load32(r.rdata().data()) : 0);
    case dns::record_type::aaaa:
      return sum + (r.as<rdata::aaaa>() ? dns::detail::load32(r.rdata().data() + 12) : 0);
    case dns::record_type::ns:
      if (const auto d = r.as<rdata::ns>()) sum += d->target().label_count();
      return sum;
    case dns::record_type::cname:
      if (const auto d = r.as<rdata::cname>()) sum += d->target().label_count();
      return sum;
    case dns::record_type::ptr:
      if (const auto d = r.as<rdata::ptr>()) sum += d->target().label_count();
      return sum;
    case dns::record_type::soa:
      if (const auto d = r.as<rdata::soa>()) sum += d->mname().label_count() + d->rname().label_count() + d->minimum();
      return sum;
    case dns::record_type::mx:
      if (const auto d = r.as<rdata::mx>()) sum += d->preference() + d->exchange().label_count();
      return sum;
    case dns::record_type::srv:
      if (const auto d = r.as<rdata::srv>()) sum += d->port() + d->target().label_count();
      return sum;
    case dns::record_type::txt:
      if (const auto d = r.as<rdata::txt>())
        for (const auto s : d->strings()) sum += s.text.size();
      return sum;
    case dns::record_type::svcb:
    case dns::record_type::https:
      if (const auto d = r.as<rdata::svcb>())
        for (const auto p : d->parameters()) sum += p.code + p.value.size();
      return sum;
    case dns::record_type::opt:
      if (const auto d = r.as<rdata::opt>())
        for (const auto o : d->options()) sum += o.code + o.value.size();
      return sum;
    default:
      return sum + r.rdata().size();
  }
}

bool parse_and_visit(message m) {
  const auto parsed = dns::message_view::parse(m);
  if (!parsed) return false;
  std::size_t sum = parsed->flags();
  for (const auto& q : parsed->questions()) sum += q.type() + q.dns_class() + q.name().label_count();
  for (const auto& r : parsed->records()) sum += visit(r);
  benchmark::DoNotOptimize(sum);
  return true;
}

#if NETANOMALY_BENCH_KNOT
bool parse_libknot(message m) {
  // The packet takes the octets where they are and does not write to them.
  auto* wire = const_cast<std::byte*>(m.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  knot_pkt_t* packet = knot_pkt_new(wire, static_cast<std::uint16_t>(m.size()), nullptr);
  const bool valid = knot_pkt_parse(packet, 0) == KNOT_EOK;
  knot_pkt_free(packet);
  return valid;
}
#endif

#if NETANOMALY_BENCH_LDNS
bool parse_ldns(message m) {
  ldns_pkt* packet = nullptr;
  const bool valid =
      ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(m.data()), m.size()) == LDNS_STATUS_OK;
  ldns_pkt_free(packet);
  return valid;
}
#endif

#if NETANOMALY_BENCH_TINS
bool parse_libtins(message m) {
  try {
    const Tins::DNS packet(reinterpret_cast<const std::uint8_t*>(m.data()), static_cast<std::uint32_t>(m.size()));
    const std::size_t entries =
        packet.queries().size() + packet.answers().size() + packet.authority().size() + packet.additional().size();
    benchmark::DoNotOptimize(entries);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}
#endif

#if NETANOMALY_BENCH_CARES
bool parse_cares(message m) {
  ares_dns_record_t* parsed = nullptr;
  const bool valid =
      ares_dns_parse(reinterpret_cast<const unsigned char*>(m.data()), m.size(), 0, &parsed) == ARES_SUCCESS;
  ares_dns_record_destroy(parsed);
  return valid;
}
#endif

void add(const corpus& c) {
  const auto bench = [&c](const char* parser, bool (*f)(message)) {
    benchmark::RegisterBenchmark((c.name + "/" + parser).c_str(), [&c, f](benchmark::State& s) { over(s, c, f); });
  };
  benchmark::RegisterBenchmark((c.name + "/parse").c_str(),
                               [&c](benchmark::State& s) { over(s, c, [](message m) { return parse(m); }); });
  benchmark::RegisterBenchmark((c.name + "/parse_and_visit").c_str(),
                               [&c](benchmark::State& s) { over(s, c, [](message m) { return parse_and_visit(m); }); });
#if NETANOMALY_BENCH_KNOT
  bench("libknot", parse_libknot);
#endif
#if NETANOMALY_BENCH_LDNS
  bench("ldns", parse_ldns);
#endif
#if NETANOMALY_BENCH_TINS
  bench("libtins", parse_libtins);
#endif
#if NETANOMALY_BENCH_CARES
  bench("c-ares", parse_cares);
#endif
  (void)bench;
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path data = NETANOMALY_DATA_DIR;
  constexpr std::string_view option = "--data=";
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with(option))
      data = argv[i] + option.size();
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  std::vector<std::filesystem::path> benign;
  std::vector<std::filesystem::path> tunnel;
  for (const auto& file : netanomaly_test::capture_files(data / "dns" / "made")) {
    const std::string name = file.filename().string();
    if (name.starts_with("benign_"))
      benign.push_back(file);
    else if (!name.starts_with("mixed_"))
      tunnel.push_back(file);
  }
  const corpus corpora[] = {read_corpus("benign", benign), read_corpus("tunnel", tunnel),
                            read_corpus("real", netanomaly_test::capture_files(data / "dns" / "captures"))};
  for (const corpus& c : corpora) {
    if (c.messages.empty()) {
      std::fprintf(stderr, "no messages for %s under \"%s\": give the folder with --data=FOLDER\n", c.name.c_str(),
                   data.c_str());
      return 2;
    }
    add(c);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
