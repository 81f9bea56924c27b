// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/types.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Writes transactions as Zeek and Suricata log them, without a word of the readers under test. What they leave out is
/// left out: sizes, types of answers (Zeek), data of the record types that they do not know, letter case (Zeek).
namespace netanomaly_test {

namespace dns = netanomaly::dns;
using octet_span = std::span<const std::byte>;

enum class log_format { zeek_tsv, zeek_json, eve_v1, eve_v2, eve_v2_grouped, eve_v3 };

class log_writer {
 public:
  explicit log_writer(log_format f) : format_(f) {}

  void add(const dns::transaction& t) {
    if (format_ == log_format::zeek_tsv)
      put(end_of(t), zeek_row(t));
    else if (format_ == log_format::zeek_json)
      put(end_of(t), zeek_object(t));
    else
      eve_events(t);
  }
  /// All of it, in the order in which it would have been written.
  std::string text() {
    std::ranges::stable_sort(lines_, {}, &std::pair<netanomaly::time_point, std::string>::first);
    std::string all = format_ == log_format::zeek_tsv ? zeek_head() : "";
    for (const auto& [time, line] : lines_) all += line + '\n';
    if (format_ == log_format::zeek_tsv) all += "#close\t2026-11-24-11-00-00\n";
    return all;
  }
  static std::string zeek_head() {
    return "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
           "#open\t2026-11-24-10-00-00\n"
           "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_"
           "name\t"
           "qtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n"
           "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\t"
           "count\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool\n";
  }

 private:
  static unsigned value(std::byte b) { return std::to_integer<unsigned>(b); }
  static std::string hex(std::byte b) {
    std::array<char, 5> text{};
    std::snprintf(text.data(), text.size(), "\\x%02x", value(b));
    return text.data();
  }
  static bool printable(std::byte b) { return value(b) >= 0x20 && value(b) < 0x7f; }
  /// As Zeek's ASCII writer: what does not print, and what parts columns and sets, as \xNN.
  static std::string zeek_text(octet_span octets, bool in_set) {
    std::string text;
    for (const std::byte b : octets) {
      const char c = static_cast<char>(b);
      if (c == '\\')
        text += "\\\\";
      else if (!printable(b) || (in_set && c == ','))
        text += hex(b);
      else
        text += c;
    }
    return text;
  }
  /// As both programs write text in JSON: octets that are not ASCII as \xNN, whose backslash JSON escapes.
  static std::string json_text(octet_span octets) {
    std::string text = "\"";
    for (const std::byte b : octets) {
      const char c = static_cast<char>(b);
      if (c == '"' || c == '\\') {
        text += '\\';
        text += c;
      } else if (value(b) >= 0x80) {
        text += '\\' + hex(b);
      } else if (!printable(b)) {
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\u%04x", value(b));
        text += escape.data();
      } else {
        text += c;
      }
    }
    return text + '"';
  }
  static std::string json_text(std::string_view s) { return json_text(std::as_bytes(std::span(s))); }

  /// Labels parted by dots.
  static std::string dotted(octet_span wire, bool lower = false) {
    std::string text;
    for (std::size_t at = 0; at < wire.size() && wire[at] != std::byte{0}; at += value(wire[at]) + 1) {
      if (!text.empty()) text += '.';
      for (const std::byte b : wire.subspan(at + 1, value(wire[at]))) {
        const char c = static_cast<char>(b);
        text += lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
    }
    return text;
  }
  static std::string seconds(netanomaly::duration d) {
    std::array<char, 48> text{};
    const auto ns = d.count();
    std::snprintf(text.data(), text.size(), "%lld.%06lld", static_cast<long long>(ns / 1'000'000'000),
                  static_cast<long long>(ns % 1'000'000'000 / 1000));
    return text.data();
  }
  static std::string timestamp(netanomaly::time_point t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::microseconds>(t - day));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06d+0000", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return text.data();
  }
  static netanomaly::time_point end_of(const dns::transaction& t) { return t.response_time.value_or(t.time); }
  void put(netanomaly::time_point time, std::string line) { lines_.emplace_back(time, std::move(line)); }

  /// What Zeek's events make of an answer, as octets before escaping.
  static std::string zeek_answer(const dns::answer& a) {
    using namespace dns::record_type;
    const auto address = dns::ip_address::from_octets(a.rdata);
    switch (a.type) {
      case dns::record_type::a:
      case aaaa:
        return address ? address->to_string() : "";
      case cname:
      case ns:
      case ptr:
      case soa:  // its first name alone
        return dotted(a.rdata);
      case mx:
        return dotted(a.rdata.subspan(2));
      case srv:
        return dotted(a.rdata.subspan(6));
      case txt: {
        std::string text;
        for (std::size_t at = 0; at < a.rdata.size(); at += value(a.rdata[at]) + 1) {
          const octet_span part = a.rdata.subspan(at + 1, value(a.rdata[at]));
          text += (text.empty() ? "TXT " : " TXT ") + std::to_string(part.size()) + ' ';
          text.append(reinterpret_cast<const char*>(part.data()), part.size());
        }
        return text;
      }
      default:
        return "<unknown type=" + std::to_string(a.type) + ">";
    }
  }

  std::string zeek_row(const dns::transaction& t) const {
    const auto flag = [](bool set) { return set ? "\tT" : "\tF"; };
    const auto bytes = [](const std::string& s) { return std::as_bytes(std::span(s)); };
    std::string row = seconds(t.time.time_since_epoch()) + "\tCuid\t" + t.client.to_string() + '\t' +
                      std::to_string(t.client_port.value_or(0)) + '\t' + t.server->to_string() + '\t' +
                      std::to_string(t.server_port.value_or(0)) +
                      (t.transport == dns::transport::tcp ? "\ttcp\t" : "\tudp\t") + std::to_string(id_of(t));
    row += t.response_time && t.query_seen ? '\t' + seconds(*t.response_time - t.time) : "\t-";
    row += '\t' + zeek_text(bytes(dotted(t.name, true)), false);
    row +=
        t.query_seen ? "\t1\tC_INTERNET\t" + std::to_string(t.type) + '\t' + dns::type_to_text(t.type) : "\t-\t-\t-\t-";
    row += t.rcode ? '\t' + std::to_string(*t.rcode) + '\t' + dns::rcode_to_text(*t.rcode) : "\t-\t-";
    const unsigned flags = t.response_flags.value_or(0);
    row += flag((flags & 0x400) != 0);
    row += flag((flags & 0x200) != 0);
    row += flag((t.query_flags.value_or(0) & 0x100) != 0);
    row += flag((flags & 0x80) != 0);
    row += "\t0\t";
    if (!t.answers || t.answers->empty()) return row + "-\t-\tF";
    std::string ttls;
    for (std::size_t i = 0; i < t.answers->size(); ++i) {
      row += (i > 0 ? "," : "") + zeek_text(bytes(zeek_answer((*t.answers)[i])), true);
      ttls += (i > 0 ? "," : "") + std::to_string((*t.answers)[i].ttl) + ".000000";
    }
    return row + '\t' + ttls + "\tF";
  }

  std::string zeek_object(const dns::transaction& t) const {
    const auto number = [](std::string_view key, auto v) {
      return ",\"" + std::string(key) + "\":" + std::to_string(v);
    };
    const auto flag = [](std::string_view key, bool set) {
      return ",\"" + std::string(key) + (set ? "\":true" : "\":false");
    };
    std::string o = "{\"_path\":\"dns\",\"ts\":" + seconds(t.time.time_since_epoch()) +
                    ",\"uid\":\"Cuid\",\"id.orig_h\":" + json_text(t.client.to_string()) +
                    number("id.orig_p", t.client_port.value_or(0)) +
                    ",\"id.resp_h\":" + json_text(t.server->to_string()) +
                    number("id.resp_p", t.server_port.value_or(0)) +
                    (t.transport == dns::transport::tcp ? ",\"proto\":\"tcp\"" : ",\"proto\":\"udp\"") +
                    number("trans_id", id_of(t));
    if (t.response_time && t.query_seen) o += ",\"rtt\":" + seconds(*t.response_time - t.time);
    o += ",\"query\":" + json_text(dotted(t.name, true));
    if (t.query_seen) o += number("qclass", 1) + number("qtype", t.type);
    if (t.rcode) o += number("rcode", *t.rcode);
    const unsigned flags = t.response_flags.value_or(0);
    o += flag("AA", (flags & 0x400) != 0) + flag("TC", (flags & 0x200) != 0) +
         flag("RD", (t.query_flags.value_or(0) & 0x100) != 0) + flag("RA", (flags & 0x80) != 0) + number("Z", 0);
    if (t.answers && !t.answers->empty()) {
      std::string ttls;
      for (const dns::answer& a : *t.answers) {
        o += (ttls.empty() ? ",\"answers\":[" : ",") + json_text(zeek_answer(a));
        ttls += (ttls.empty() ? "" : ",") + std::to_string(a.ttl) + ".0";
      }
      o += "],\"TTLs\":[" + ttls + "]";
    }
    return o + ",\"rejected\":false}";
  }

  /// The data of an answer as Suricata 7 and 8 write it: ,"rdata":... or ,"srv":{...}, or nothing for types it does not
  /// know. A TXT record of several strings is as many answers.
  static std::vector<std::string> eve_data(const dns::answer& a, bool keyed, bool v1 = false) {
    using namespace dns::record_type;
    if (v1 && (a.type == ns || a.type == null || a.type == srv)) return {""};
    const std::string key = keyed ? ",\"rdata\":" : "";
    const auto address = dns::ip_address::from_octets(a.rdata);
    switch (a.type) {
      case dns::record_type::a:
        return {key + json_text(address->to_string())};
      case aaaa: {  // all 32 digits
        std::string text;
        for (std::size_t i = 0; i < a.rdata.size(); ++i) {
          if (i > 0 && i % 2 == 0) text += ':';
          text += hex(a.rdata[i]).substr(2);
        }
        return {key + json_text(text)};
      }
      case cname:
      case ns:
      case ptr:
        return {key + json_text(dotted(a.rdata))};
      case mx:
        return {key + json_text(dotted(a.rdata.subspan(2)))};
      case null:
        return {key + json_text(a.rdata)};
      case txt: {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < a.rdata.size(); at += value(a.rdata[at]) + 1)
          all.push_back(key + json_text(a.rdata.subspan(at + 1, value(a.rdata[at]))));
        return all;
      }
      case srv: {
        const auto u16 = [&](std::size_t at) {
          return std::to_string(value(a.rdata[at]) << 8 | value(a.rdata[at + 1]));
        };
        const std::string object = "{\"priority\":" + u16(0) + ",\"weight\":" + u16(2) + ",\"port\":" + u16(4) +
                                   ",\"name\":" + json_text(dotted(a.rdata.subspan(6))) + "}";
        return {(keyed ? ",\"srv\":" : "") + object};
      }
      default:
        if (!keyed) return {};
        return {""};
    }
  }

  void eve_events(const dns::transaction& t) {
    const bool v3 = format_ == log_format::eve_v3;
    const auto head = [&](netanomaly::time_point time, bool from_server) {
      const auto end = [&](bool server, const char* side) {
        return std::string(",\"") + side + "_ip\":" + json_text((server ? *t.server : t.client).to_string()) + ",\"" +
               side + "_port\":" + std::to_string((server ? t.server_port : t.client_port).value_or(0));
      };
      return "{\"timestamp\":\"" + timestamp(time) + "\",\"flow_id\":1,\"event_type\":\"dns\"" +
             end(from_server, "src") + end(!from_server, "dest") + ",\"proto\":\"" +
             (t.transport == dns::transport::tcp ? "TCP" : "UDP") + "\",\"dns\":{";
    };
    const std::string name = json_text(dotted(t.name));
    const std::string type =
        json_text(dns::type_to_text(t.type).starts_with("TYPE") ? std::to_string(t.type) : dns::type_to_text(t.type));
    const std::string id = ",\"id\":" + std::to_string(id_of(t));
    const std::string question = v3 ? ",\"queries\":[{\"rrname\":" + name + ",\"rrtype\":" + type + "}]"
                                    : ",\"rrname\":" + name + ",\"rrtype\":" + type;
    if (t.query_seen) {
      std::string line = head(t.time, false);
      if (v3) {
        std::array<char, 8> flags{};
        std::snprintf(flags.data(), flags.size(), "%x", t.query_flags.value_or(0));
        line += "\"version\":3,\"type\":\"request\",\"tx_id\":0" + id + ",\"flags\":\"" + flags.data() +
                "\",\"opcode\":0,\"rcode\":\"NOERROR\"" + question;
      } else {
        line += (format_ == log_format::eve_v1 ? "\"type\":\"query\"" : "\"version\":2,\"type\":\"query\"") + id +
                question + ",\"tx_id\":0";
      }
      put(t.time, line + "}}");
    }
    if (!t.response_seen.value_or(false)) return;
    std::array<char, 8> flags{};
    std::snprintf(flags.data(), flags.size(), "%x", t.response_flags.value_or(0x8180));
    const std::string status = id + ",\"flags\":\"" + flags.data() + "\",\"qr\":true";
    const std::string rcode = ",\"rcode\":" + json_text(dns::rcode_to_text(t.rcode.value_or(0) & 15));
    const auto answers = t.answers.value_or(std::span<const dns::answer>());
    if (format_ == log_format::eve_v1) {
      if (t.rcode.value_or(0) != 0)
        put(end_of(t), head(end_of(t), true) + "\"type\":\"answer\"" + id + rcode + ",\"rrname\":" + name + "}}");
      else
        for (const dns::answer& a : answers)
          for (const std::string& data : eve_data(a, true, true))
            put(end_of(t), head(end_of(t), true) + "\"type\":\"answer\"" + status + rcode + ",\"rrname\":" + name +
                               ",\"rrtype\":" + json_text(dns::type_to_text(a.type)) +
                               ",\"ttl\":" + std::to_string(a.ttl) + data + "}}");
      return;
    }
    std::string line = head(end_of(t), v3);
    line += v3 ? "\"version\":3,\"type\":\"response\",\"tx_id\":1" : "\"version\":2,\"type\":\"answer\"";
    line += status + question + rcode;
    if (!answers.empty() && format_ == log_format::eve_v2_grouped) {
      std::vector<std::pair<std::string, std::string>> groups;
      for (const dns::answer& a : answers) {
        if (a.type == dns::record_type::null) continue;
        for (const std::string& data : eve_data(a, false)) {
          const std::string key = dns::type_to_text(a.type);
          const auto group = std::ranges::find(groups, key, &std::pair<std::string, std::string>::first);
          if (group == groups.end())
            groups.emplace_back(key, data);
          else
            group->second += ',' + data;
        }
      }
      line += ",\"grouped\":{";
      for (std::size_t i = 0; i < groups.size(); ++i)
        line += (i > 0 ? ",\"" : "\"") + groups[i].first + "\":[" + groups[i].second + "]";
      line += "}";
    } else if (!answers.empty()) {
      std::string list;
      for (const dns::answer& a : answers)
        for (const std::string& data : eve_data(a, true))
          list += (list.empty() ? "{\"rrname\":" : ",{\"rrname\":") + name + ",\"rrtype\":" +
                  json_text(dns::type_to_text(a.type).starts_with("TYPE") ? std::to_string(a.type)
                                                                          : dns::type_to_text(a.type)) +
                  ",\"ttl\":" + std::to_string(a.ttl) + data + "}";
      line += ",\"answers\":[" + list + "]";
    }
    put(end_of(t), line + "}}");
  }

  /// A transaction does not keep its id: one by its name and time, so that two that overlap differ.
  static std::uint16_t id_of(const dns::transaction& t) {
    std::uint64_t h = static_cast<std::uint64_t>(t.time.time_since_epoch().count());
    for (const std::byte b : t.name) h = (h ^ value(b)) * 0x100000001b3U;
    return static_cast<std::uint16_t>(h >> 32);
  }

  log_format format_;
  std::vector<std::pair<netanomaly::time_point, std::string>> lines_;
};

}  // namespace netanomaly_test
