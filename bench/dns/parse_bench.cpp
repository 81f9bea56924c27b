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
// name, type, class, TTL and data of each record by type; libknot, ldns and libtins make their own structures of all
// sections and free them.

#include <netanomaly/dns/message_view.hpp>

#include "../support/corpora.hpp"

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

namespace {

namespace dns = netanomaly::dns;
using netanomaly_bench::corpus;
using netanomaly_bench::message;
using netanomaly_bench::over;

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
  (void)bench;
}

}  // namespace

int main(int argc, char** argv) {
  const auto corpora = netanomaly_bench::read_corpora(argc, argv);
  if (!corpora) return 2;
  for (const corpus& c : *corpora) add(c);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
