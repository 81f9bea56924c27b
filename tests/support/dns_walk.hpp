// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/dns/message_view.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Reads everything that a view hands out, so that a sanitizer sees it, and checks that its parts agree.
namespace netanomaly_test {

class dns_walk {
 public:
  /// Whether all agree.
  [[nodiscard]] static bool agrees(const netanomaly::dns::message_view& m) {
    dns_walk w;
    w.message(m);
    return w.agrees_;
  }

 private:
  using octets = std::span<const std::byte>;

  void expect(bool condition) { agrees_ = agrees_ && condition; }

  void read(octets o) {
    for (const std::byte b : o) sum_ = sum_ + std::to_integer<unsigned>(b);
  }

  void name(netanomaly::dns::name_view n) {
    std::size_t length = 1;
    std::size_t labels = 0;
    for (const auto label : n.labels()) {
      expect(!label.empty() && label.size() <= 63);
      read(label);
      length += 1 + label.size();
      ++labels;
    }
    std::array<std::byte, 255> wire{};
    std::array<char, netanomaly::dns::name_view::max_text_octets> text{};
    const auto size = n.copy_wire(wire);
    expect(length == size && length == n.wire_length() && length <= 255 && labels == n.label_count());
    expect(n.is_root() == (labels == 0) && n.to_text(text) <= text.size());
    const auto copy = netanomaly::dns::wire_name::from_wire(std::span(wire).first(size));
    expect(copy && copy->view() == n && n == copy->view());
    const auto contiguous = n.contiguous_wire();
    expect(contiguous.empty() || contiguous.size() == size);
    read(contiguous);
  }

  void data(const netanomaly::dns::record& r) {
    namespace rdata = netanomaly::dns::rdata;
    if (const auto d = r.as<rdata::a>()) read(d->address().octets());
    if (const auto d = r.as<rdata::aaaa>()) read(d->address().octets());
    if (const auto d = r.as<rdata::ns>()) name(d->target());
    if (const auto d = r.as<rdata::cname>()) name(d->target());
    if (const auto d = r.as<rdata::ptr>()) name(d->target());
    if (const auto d = r.as<rdata::dname>()) name(d->target());
    if (const auto d = r.as<rdata::soa>()) {
      name(d->mname());
      name(d->rname());
      sum_ = sum_ + d->serial() + d->refresh() + d->retry() + d->expire() + d->minimum();
    }
    if (const auto d = r.as<rdata::mx>()) {
      name(d->exchange());
      sum_ = sum_ + d->preference();
    }
    if (const auto d = r.as<rdata::txt>()) {
      std::size_t octets_seen = 0;
      for (const auto s : d->strings()) {
        read(s.text);
        octets_seen += 1 + s.text.size();
      }
      expect(octets_seen == r.rdata().size());
    }
    if (const auto d = r.as<rdata::null>()) read(d->octets());
    if (const auto d = r.as<rdata::srv>()) {
      name(d->target());
      sum_ = sum_ + d->priority() + d->weight() + d->port();
    }
    if (const auto d = r.as<rdata::naptr>()) {
      read(d->flags());
      read(d->services());
      read(d->regexp());
      name(d->replacement());
    }
    if (const auto d = r.as<rdata::caa>()) {
      read(d->tag());
      read(d->value());
      expect(d->tag().size() + d->value().size() + 2 == r.rdata().size());
    }
    if (const auto d = r.as<rdata::ds>()) read(d->digest());
    if (const auto d = r.as<rdata::dnskey>()) read(d->public_key());
    if (const auto d = r.as<rdata::tlsa>()) read(d->data());
    if (const auto d = r.as<rdata::rrsig>()) {
      name(d->signer());
      read(d->signature());
    }
    if (const auto d = r.as<rdata::nsec>()) {
      name(d->next());
      types(d->types());
    }
    if (const auto d = r.as<rdata::nsec3>()) {
      read(d->salt());
      read(d->next_hashed());
      types(d->types());
    }
    if (const auto d = r.as<rdata::svcb>()) {
      name(d->target());
      int last = -1;
      for (const auto p : d->parameters()) {
        read(p.value);
        expect(p.code > last);
        last = p.code;
      }
      for (const auto protocol : d->protocols()) read(protocol.text);
    }
  }

  void types(const netanomaly::dns::rdata::type_bitmap& bitmap) {
    read(bitmap.octets());
    int last = -1;
    bitmap.for_each([&](std::uint16_t type) {
      expect(type > last && bitmap.contains(type));
      last = type;
    });
  }

  void record(const netanomaly::dns::record& r) {
    name(r.name());
    read(r.rdata());
    sum_ = sum_ + r.type() + r.raw_class() + r.ttl();
    data(r);
    std::vector<std::byte> expanded(r.rdata().size() + 510);
    const auto size = r.expanded_rdata(expanded);
    expect(size.has_value() && (r.rdata_has_names() || *size == r.rdata().size()));
    if (size) {
      expect(r.expanded_rdata(std::span(expanded).first(*size)) == size);
      if (*size != 0) expect(!r.expanded_rdata(std::span(expanded).first(*size - 1)));
    }
  }

  void message(const netanomaly::dns::message_view& m) {
    std::size_t at = netanomaly::dns::message_view::header_octets;
    if (m.octets().empty()) at = 0;
    for (const auto& q : m.questions()) {
      expect(q.begin_offset() == at);
      at = q.end_offset();
      name(q.name());
      sum_ = sum_ + q.type() + q.raw_class() + (q.unicast_response() ? 1U : 0U);
    }
    std::size_t records = 0;
    std::size_t opts = 0;
    for (const auto section : {m.answers(), m.authorities(), m.additionals()})
      for (const auto& r : section) {
        expect(r.begin_offset() == at);
        at = r.end_offset();
        record(r);
        ++records;
        opts += r.type() == netanomaly::dns::record_type::opt ? 1U : 0U;
      }
    expect(at + m.trailing().size() == m.octets().size());
    std::size_t in_one = 0;
    for ([[maybe_unused]] const auto& r : m.records()) ++in_one;
    expect(records == in_one && records == m.records().size());
    expect(m.opt().has_value() == (opts == 1) && opts <= 1);
    if (const auto opt = m.opt()) {
      std::size_t octets_seen = 0;
      for (const auto o : opt->options()) {
        read(o.value);
        octets_seen += 4 + o.value.size();
      }
      expect(octets_seen == opt->summary().option_octets && opt->summary().udp_size == opt->udp_size());
    }
    if (const auto q = m.first_question()) {
      expect(q->name() == m.questions().front().name() && q->type() == m.questions().front().type());
      expect(q->name().contiguous_wire().data() == m.qname().data() && q->name().wire_length() == m.qname().size());
    } else {
      expect(m.qname().empty());
    }
    sum_ = sum_ + m.id() + m.flags() + m.rcode() + m.question_count();
  }

  volatile std::uint64_t sum_ = 0;
  bool agrees_ = true;
};

}  // namespace netanomaly_test
