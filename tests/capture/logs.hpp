// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/name.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a source makes of the text of a log.
namespace logs {

namespace na = netanomaly;
namespace dns = netanomaly::dns;

struct kept_answer {
  std::uint16_t type = 0;
  std::optional<std::uint32_t> ttl;
  std::optional<std::string> rdata;
  friend bool operator==(const kept_answer&, const kept_answer&) = default;
};

/// A transaction that outlives the call.
struct kept {
  dns::transaction t;
  std::string name;
  std::vector<kept_answer> answers;
};

struct collector final : na::capture::handler {
  std::vector<kept> all;
  std::vector<dns::contact> contacts;
  std::size_t messages = 0;

  void on_message(const dns::wire_message&) override { ++messages; }
  void on_contact(const dns::contact& c) override { contacts.push_back(c); }
  void on_transaction(const dns::transaction& t) override {
    kept k{t, {}, {}};
    if (const auto name = dns::wire_name::from_wire(t.name))
      k.name = name->wire().size() == 1 ? "." : name->to_text() + '.';
    if (t.answers)
      for (const dns::answer& a : *t.answers)
        k.answers.push_back(
            {a.type, a.ttl_known ? std::optional(a.ttl) : std::nullopt,
             a.rdata_known ? std::optional(std::string(reinterpret_cast<const char*>(a.rdata.data()), a.rdata.size()))
                           : std::nullopt});
    k.t.name = {};
    if (k.t.answers) k.t.answers = std::span<const dns::answer>();
    all.push_back(std::move(k));
  }
};

struct reading {
  std::vector<kept> all;
  std::vector<dns::contact> contacts;
  std::size_t messages = 0;
  na::capture::counters counts;
  std::vector<std::string> faults;
  std::string incomplete;
  std::string error;
};

inline void read_all(na::capture::source& s, reading& r) {
  collector c;
  while (s.read(c, 3) != na::capture::source::status::end) {
  }
  r.all = std::move(c.all);
  r.contacts = std::move(c.contacts);
  r.messages = c.messages;
  r.counts = s.counts();
  r.faults.assign(s.faults().begin(), s.faults().end());
  if (s.incomplete()) r.incomplete = s.incomplete()->message();
}

inline reading read_text(std::string_view text, const na::capture::options& how = {}) {
  reading r;
  auto s = na::capture::source::open_bytes(std::as_bytes(std::span(text)), how);
  if (s)
    read_all(*s, r);
  else
    r.error = s.error().message();
  return r;
}

}  // namespace logs
