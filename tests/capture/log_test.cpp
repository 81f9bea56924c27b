// SPDX-License-Identifier: Apache-2.0

// Lines of logs, right and wrong, in every form that Zeek and Suricata have.

#include "logs.hpp"
#include "packets.hpp"
#include "support/catch.hpp"
#include "support/log_writers.hpp"

#include <chrono>
#include <random>
#include <string>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

using namespace logs;
using na::capture::count;
using namespace std::chrono_literals;

namespace {

const std::string head = netanomaly_test::log_writer::zeek_head();
const na::time_point at(1795512843s);  // 2026-11-24T09:34:03Z

std::string row(const std::string& query, const std::string& type, const std::string& answers,
                const std::string& ttls = "-", const std::string& rcode = "0") {
  return "1795512843.250000\tCx\t10.0.0.7\t40000\t10.0.0.53\t53\tudp\t4711\t0.011000\t" + query + "\t1\tC_INTERNET\t" +
         type + "\tX\t" + rcode + "\tX\tF\tF\tT\tT\t0\t" + answers + "\t" + ttls + "\tF\n";
}

std::string eve(
    const std::string& dns, const std::string& time = "2026-11-24T09:34:03.250000+0000",
    const std::string& ends = R"("src_ip":"10.0.0.7","src_port":40000,"dest_ip":"10.0.0.53","dest_port":53)") {
  return R"({"timestamp":")" + time + R"(","event_type":"dns",)" + ends + R"(,"proto":"UDP","dns":)" + dns + "}\n";
}

const std::string reversed = R"("src_ip":"10.0.0.53","src_port":53,"dest_ip":"10.0.0.7","dest_port":40000)";

}  // namespace

TEST_CASE("a row of Zeek's dns.log is a whole transaction") {
  const auto r = read_text(head + row("www.example.com", "1", "cdn.example.net,192.0.2.1", "300.000000,60.000000"));
  REQUIRE(r.all.size() == 1);
  const kept& k = r.all[0];
  CHECK(k.name == "www.example.com.");
  CHECK(k.t.time == at + 250ms);
  CHECK(k.t.response_time == at + 261ms);
  CHECK(k.t.client.to_string() == "10.0.0.7");
  CHECK(k.t.client_port == 40000);
  CHECK(k.t.server->to_string() == "10.0.0.53");
  CHECK(k.t.server_port == 53);
  CHECK(k.t.transport == dns::transport::udp);
  CHECK(k.t.type == 1);
  CHECK(k.t.query_seen);
  CHECK(k.t.response_seen == true);
  CHECK(k.t.rcode == 0);
  CHECK(k.t.query_flags == 0x0100);
  CHECK(k.t.response_flags == 0x8180);
  REQUIRE(k.answers.size() == 2);
  CHECK(k.answers[0] == kept_answer{5, 300, std::string("\3cdn\7example\3net\0", 17)});
  CHECK(k.answers[1] == kept_answer{1, 60, std::string("\xc0\0\2\1", 4)});
  CHECK(k.t.octets_derived);
  CHECK(k.t.query_octets == 12 + 17 + 4);
  CHECK(k.t.response_octets == 33 + 12 + 17 + 12 + 4);
  CHECK(r.counts[count::log_lines] == 9);
  CHECK(r.counts[count::log_queries] == 1);
  CHECK(r.counts[count::log_responses] == 1);
  CHECK(r.faults.empty());
  CHECK(r.incomplete.empty());
}

TEST_CASE("Zeek's answers are told apart by what they look like and what was asked") {
  const auto answers_of = [](const std::string& type, const std::string& text) {
    const auto r = read_text(head + row("x.example", type, text));
    REQUIRE(r.all.size() == 1);
    return r.all[0].answers;
  };
  const auto one = [&](const std::string& type, const std::string& text) {
    const auto all = answers_of(type, text);
    REQUIRE(all.size() == 1);
    return all[0];
  };
  using answer = kept_answer;
  CHECK(one("28", "2001:db8::1") ==
        answer{28, std::nullopt, std::string("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16)});
  CHECK(one("16", "TXT 3 abc") == answer{16, std::nullopt, "\3abc"});
  CHECK(one("16", "TXT 3 abc TXT 0  TXT 2 TX") == answer{16, std::nullopt, std::string("\3abc\0\2TX", 8)});
  CHECK(one("16", "TXT 4 a\\x2c\\xffb") == answer{16, std::nullopt,
                                                  "\4a,\xff"
                                                  "b"});
  CHECK(one("16", "TXT 4 a\\\\\\\\b") == answer{16, std::nullopt, "\4a\\\\b"});
  CHECK(one("10", "<unknown type=10>") == answer{10, std::nullopt, std::nullopt});
  CHECK(one("65", "<unknown type=65>") == answer{65, std::nullopt, std::nullopt});
  CHECK(one("15", "mx.example") == answer{15, std::nullopt, std::string("\0\0\2mx\7example\0", 14)});
  CHECK(one("33", "a.b") == answer{33, std::nullopt, std::string("\0\0\0\0\0\0\1a\1b\0", 11)});
  CHECK(one("12", "host.example") == answer{12, std::nullopt, std::string("\4host\7example\0", 14)});
  CHECK(one("2", "<Root>") == answer{2, std::nullopt, std::string("\0", 1)});
  CHECK(one("1", "RRSIG 1 example") == answer{46, std::nullopt, std::nullopt});
  CHECK(one("44", "SSHFP: 0123") == answer{44, std::nullopt, std::nullopt});
  CHECK(one("1", "BIND9 signing signal") == answer{1, std::nullopt, std::nullopt});
  CHECK(answers_of("1", "(empty)").empty());
  CHECK(answers_of("1", "a\\x2cb.c,-,192.0.2.1").size() == 2);
  CHECK(answers_of("1", "a\\x2cb.c,-,192.0.2.1")[0] == answer{5, std::nullopt, std::string("\3a,b\1c\0", 7)});
}

TEST_CASE("columns of a Zeek log come in the order its header gives, with the separators it gives") {
  const auto r = read_text(
      "#separator |\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|none\n#path|dns\n"
      "#fields|query|answers|qtype|id.resp_p|id.resp_h|id.orig_p|id.orig_h|ts|extra\n"
      "a.example|192.0.2.1;192.0.2.2|1|53|10.0.0.53|4000|2001:db8::7|1795512843|x\n"
      "none|none|none|53|10.0.0.53|4000|10.0.0.7|1795512843|x\n"
      "EMPTY|EMPTY|2|53|10.0.0.53|4000|10.0.0.7|1795512843|x\r\n");
  REQUIRE(r.all.size() == 2);
  CHECK(r.all[0].name == "a.example.");
  CHECK(r.all[0].t.client.to_string() == "2001:db8::7");
  CHECK(r.all[0].answers.size() == 2);
  CHECK(r.all[0].t.time == at);
  CHECK(r.all[1].name == ".");
  CHECK(r.all[1].t.response_seen == true);
  CHECK(r.counts[count::log_nameless] == 1);
  CHECK(r.faults.empty());
}

TEST_CASE("names of Zeek's log are unescaped, and what can be none is named by its line") {
  const std::string label(63, 'a');
  const auto r = read_text(
      head + row("a\\x09b.\\xff\\\\.example", "1", "-") + row(label + ".b", "1", "-") + row(label + "a.b", "1", "-") +
      row(label + "." + label + "." + label + "." + std::string(61, 'b'), "1", "-") +
      row(label + "." + label + "." + label + "." + std::string(62, 'b'), "1", "-") + row("a..b.", "1", "-"));
  REQUIRE(r.all.size() == 4);
  CHECK(r.all[0].name == "a\\009b.\\255\\\\.example.");
  CHECK(r.all[2].name.size() == 3 * 64 + 62);
  CHECK(r.all[3].name == "a.b.");
  CHECK(r.counts[count::log_damaged_lines] == 2);
  CHECK(r.faults == std::vector<std::string>{"bytes in memory: line 11: a query that can be no name",
                                             "bytes in memory: line 13: a query that can be no name"});
}

TEST_CASE("one file may hold several Zeek logs, and of other kinds too") {
  const std::string conn =
      "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
      "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tconn_state\n"
      "1795512843.5\tC1\t10.0.0.7\t5000\t192.0.2.1\t443\ttcp\tssl\tSF\n"
      "1795512843.5\tC2\t10.0.0.7\t5000\t10.0.0.53\t53\tudp\tdns\tSF\n"
      "1795512843.5\tC3\t10.0.0.7\t5000\t10.0.0.53\t853\ttcp\t-\tSF\n";
  const std::string http =
      "#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\thost\n1795512843.5\tC1\t10.0.0.7\tx\n";
  const auto r =
      read_text(head + row("a.example", "1", "-") + "#close\tx\n" + conn + http + head + row("b.example", "1", "-"));
  REQUIRE(r.all.size() == 2);
  CHECK(r.all[1].name == "b.example.");
  REQUIRE(r.contacts.size() == 1);
  CHECK(r.contacts[0].peer.to_string() == "192.0.2.1");
  CHECK(r.counts[count::log_other_records] == 4);
  CHECK(r.counts.other_traffic_seen());
  CHECK(r.faults.empty());
}

TEST_CASE("what Zeek logs on the NetBIOS port is no DNS") {
  std::string netbios = row("WORKGROUP", "32", "-");
  netbios.replace(netbios.find("\t53\t"), 4, "\t137\t");
  const auto r = read_text(head + netbios);
  CHECK(r.all.empty());
  CHECK(r.counts[count::log_other_records] == 1);
}

TEST_CASE("a query of Zeek's log without a response is unanswered, and a response without a query says so") {
  const std::string unanswered =
      "1795512843.25\tCx\t10.0.0.7\t40000\t10.0.0.53\t53\tudp\t1\t-\ta.example\t1\tC\t16\tTXT\t-\t-\tF\tF\tT\tF\t0\t-"
      "\t-\tF\n";
  const std::string unasked =
      "1795512844.25\tCx\t10.0.0.7\t40000\t10.0.0.53\t53\tudp\t1\t-\tb.example\t-\t-\t-\t-\t0\tNOERROR\tF\tF\tF\tT\t0\t"
      "192.0.2.1\t60.0\tF\n";
  std::string multicast = unanswered;
  multicast.replace(multicast.find("\t53\t"), 4, "\t5353\t");
  const auto r = read_text(head + unanswered + unasked + multicast);
  REQUIRE(r.all.size() == 3);
  CHECK(r.all[0].t.response_seen == false);
  CHECK(!r.all[0].t.rcode);
  CHECK(!r.all[0].t.answers);
  CHECK(!r.all[0].t.response_octets);
  CHECK(r.all[1].t.query_seen == false);
  CHECK(!r.all[1].t.query_octets);
  CHECK(r.all[1].t.type == 1);  // as the answer
  CHECK(!r.all[2].t.response_seen);
}

TEST_CASE("Zeek's JSON goes by the names of its fields, in the forms that it has") {
  const std::string rest =
      R"("uid":"C","id.orig_h":"10.0.0.7","id.orig_p":40000,"id.resp_h":"10.0.0.53","id.resp_p":53,"proto":"tcp",)"
      R"("trans_id":7,"query":"\\xffa\u00e4.example","qtype":16,"rcode":0,"answers":["TXT 2 a\\xfe"],"TTLs":[0.0],"RD":true})";
  const std::string first = R"({"ts":1795512843.25,)" + rest + "\n";
  const std::string streaming =
      R"({"_path":"dns","_system_name":"s","_write_ts":"x","ts":"2026-11-24T09:34:04.250000Z",)" + rest + "\n";
  const std::string milliseconds = R"({"ts":1795512845250,)" + rest + "\n";
  const std::string nested =
      R"({"ts":1795512846.25,"id":{"orig_h":"10.0.0.9","resp_h":"10.0.0.53","x":[1]},"query":"n.example","qtype":1})"
      "\n";
  const std::string conn =
      R"({"_path":"conn","ts":1.5,"id.orig_h":"10.0.0.7","id.resp_h":"192.0.2.9","id.resp_p":443,"conn_state":"SF"})"
      "\n";
  const auto r = read_text(first + streaming + milliseconds + nested + conn + R"({"_path":"http","ts":1,"uid":"C"})");
  REQUIRE(r.all.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(r.all[i].t.time == at + 250ms + i * 1s);
  CHECK(r.all[0].name == "\\255a\\195\\164.example.");
  CHECK(r.all[0].t.transport == dns::transport::tcp);
  CHECK(r.all[0].answers == std::vector<kept_answer>{{16, 0, "\2a\xfe"}});
  CHECK(r.all[3].t.client.to_string() == "10.0.0.9");
  CHECK(r.contacts.size() == 1);
  CHECK(r.counts[count::log_other_records] == 2);
  CHECK(r.faults.empty());
}

TEST_CASE("EVE's query and answer become one transaction, in every version") {
  struct version {
    std::string text;
    bool ttl;
  };
  const std::string query =
      R"({"version":2,"type":"query","id":7,"rrname":"A.Example","rrtype":"A","tx_id":0,"opcode":0})";
  const version versions[] = {
      {eve(R"({"type":"query","id":7,"rrname":"A.Example","rrtype":"A","tx_id":0})") +
           eve(R"({"type":"answer","id":7,"flags":"8180","qr":true,"rd":true,"ra":true,"rcode":"NOERROR","rrname":"a.example",)"
               R"("rrtype":"CNAME","ttl":60,"rdata":"b.example"})",
               "2026-11-24T09:34:03.300000+0000", reversed) +
           eve(R"({"type":"answer","id":7,"flags":"8180","qr":true,"rd":true,"ra":true,"rcode":"NOERROR","rrname":"b.example",)"
               R"("rrtype":"A","ttl":61,"rdata":"192.0.2.1"})",
               "2026-11-24T09:34:03.300000+0000", reversed),
       true},
      {eve(query) +
           eve(R"({"version":2,"type":"answer","id":7,"flags":"8180","qr":true,"rd":true,"ra":true,"rrname":"a.example","rrtype":"A",)"
               R"("rcode":"NOERROR","answers":[{"rrname":"a.example","rrtype":"CNAME","ttl":60,"rdata":"b.example"},)"
               R"({"rrname":"b.example","rrtype":"A","ttl":61,"rdata":"192.0.2.1"}],"grouped":{"CNAME":["b.example"],"A":["192.0.2.1"]}})",
               "2026-11-24T10:34:03.300000+0100"),
       true},
      {eve(query) +
           eve(R"({"version":2,"type":"answer","id":7,"flags":"8180","rrname":"a.example","rrtype":"A","rcode":"NOERROR",)"
               R"("grouped":{"CNAME":["b.example"],"A":["192.0.2.1"]}})",
               "2026-11-24T09:34:03.3Z"),
       false},
      {eve(R"({"version":3,"type":"request","tx_id":0,"id":7,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR",)"
           R"("queries":[{"rrname":"A.Example","rrtype":"A"}]})") +
           eve(R"({"version":3,"type":"response","tx_id":1,"id":7,"flags":"8180","opcode":0,"rcode":"NOERROR",)"
               R"("queries":[{"rrname":"a.example","rrtype":"A"}],"answers":[{"rrname":"a.example","rrtype":"CNAME","ttl":60,)"
               R"("rdata":"b.example"},{"rrname":"b.example","rrtype":"A","ttl":61,"rdata":"192.0.2.1"}]})",
               "2026-11-24T09:34:03.300000", reversed),
       true},
  };
  for (const version& v : versions) {
    INFO(v.text);
    const auto r = read_text(v.text);
    CHECK(r.faults.empty());
    REQUIRE(r.all.size() == 1);
    const kept& k = r.all[0];
    CHECK(k.name == "A.Example.");
    CHECK(k.t.client.to_string() == "10.0.0.7");
    CHECK(k.t.server->to_string() == "10.0.0.53");
    CHECK(k.t.client_port == 40000);
    CHECK(k.t.time == at + 250ms);
    CHECK(k.t.response_time == at + 300ms);
    CHECK(k.t.rcode == 0);
    CHECK(k.t.response_seen == true);
    CHECK(k.t.query_flags.value_or(0x0100) == 0x0100);
    CHECK(k.t.response_flags == 0x8180);
    CHECK(k.answers ==
          std::vector<kept_answer>{{5, v.ttl ? std::optional(60U) : std::nullopt, std::string("\1b\7example\0", 11)},
                                   {1, v.ttl ? std::optional(61U) : std::nullopt, std::string("\xc0\0\2\1", 4)}});
    CHECK(k.t.octets_derived);
  }
}

TEST_CASE("EVE's answers keep what they hold, and say where they hold nothing") {
  const auto answers_of = [](const std::string& type, const std::string& answers) {
    const auto r = read_text(eve(R"({"version":2,"type":"answer","id":7,"rrname":"x.example","rrtype":")" + type +
                                 R"(","rcode":"NOERROR",)" + answers + "}"));
    REQUIRE(r.all.size() == 1);
    return r.all[0];
  };
  using answer = kept_answer;
  const auto list = [](const std::string& type, const std::string& data) {
    return R"("answers":[{"rrname":"x","rrtype":")" + type + R"(","ttl":5)" + data + "}]";
  };
  CHECK(answers_of("AAAA", list("AAAA", R"(,"rdata":"2001:0db8:0000:0000:0000:0000:0000:0001")"))
            .answers[0]
            .rdata->size() == 16);
  CHECK(answers_of("TXT", list("TXT", R"(,"rdata":"a\\xff\u0000")")).answers ==
        std::vector<answer>{{16, 5, std::string("\3a\xff\0", 4)}});
  CHECK(answers_of("NULL", list("NULL", R"(,"rdata":"V\u001f\u0000")")).answers ==
        std::vector<answer>{{10, 5, std::string("V\x1f\0", 3)}});
  CHECK(answers_of("SRV", list("SRV", R"(,"srv":{"priority":1,"weight":256,"port":443,"name":"a.b"})")).answers ==
        std::vector<answer>{{33, 5, std::string("\0\1\1\0\1\xbb\1a\1b\0", 11)}});
  CHECK(answers_of("SRV", R"("grouped":{"SRV":[{"priority":1,"weight":256,"port":443,"name":"a.b"}]})").answers ==
        std::vector<answer>{{33, std::nullopt, std::string("\0\1\1\0\1\xbb\1a\1b\0", 11)}});
  CHECK(answers_of("KEY", list("KEY", "")).answers == std::vector<answer>{{25, 5, std::nullopt}});
  CHECK(answers_of("KEY", R"("grouped":{})").answers == std::vector<answer>{{25, std::nullopt, std::nullopt}});
  CHECK(answers_of("65399", list("65399", "")).answers == std::vector<answer>{{65399, 5, std::nullopt}});
  CHECK(answers_of("A", R"("grouped":{})").answers.empty());
  CHECK(answers_of("A", R"("x":1)").t.query_seen == false);
  CHECK(answers_of("A", R"("x":1)").t.answers);
  CHECK(!answers_of("KEY", list("KEY", "")).t.response_octets);
}

TEST_CASE("an EVE event without a name is counted and gives nothing") {
  for (const char* dns :
       {R"({"version":2,"type":"query","id":1})", R"({"version":2,"type":"answer","id":1,"rcode":"FORMERR"})",
        R"({"type":"answer","id":1,"ttl":3,"rdata":"192.0.2.1"})"}) {
    const auto r = read_text(eve(dns));
    CHECK(r.all.empty());
    CHECK(r.counts[count::log_nameless] == 1);
    CHECK(r.faults.empty());
  }
}

TEST_CASE("EVE's sides are joined by ends, id, name and type") {
  const auto query = [](const std::string& name, int id, const std::string& time = "2026-11-24T09:34:03.250000+0000") {
    return eve(
        R"({"version":2,"type":"query","id":)" + std::to_string(id) + R"(,"rrname":")" + name + R"(","rrtype":"A"})",
        time);
  };
  const auto answer = [](const std::string& name, int id, const std::string& time = "2026-11-24T09:34:04.250000+0000") {
    return eve(R"({"version":2,"type":"answer","id":)" + std::to_string(id) + R"(,"rrname":")" + name +
                   R"(","rrtype":"A","rcode":"NXDOMAIN"})",
               time);
  };
  SECTION("two names under one id") {
    const auto r = read_text(query("a", 1) + query("b", 1) + answer("b", 1) + answer("a", 1));
    REQUIRE(r.all.size() == 2);
    CHECK(r.all[0].name == "b.");
    CHECK(r.all[0].t.rcode == 3);
    CHECK(r.all[1].name == "a.");
  }
  SECTION("a query sent again is one") {
    const auto r = read_text(query("a", 1) + query("a", 1, "2026-11-24T09:34:03.900000+0000") + answer("a", 1));
    REQUIRE(r.all.size() == 1);
    CHECK(r.all[0].t.time == at + 250ms);
  }
  SECTION("unanswered after 30 s, where the log has answers at all") {
    const auto r =
        read_text(query("a", 1) + query("b", 2) + answer("b", 2) + query("c", 3, "2026-11-24T09:34:40.000000+0000"));
    REQUIRE(r.all.size() == 3);
    CHECK(r.all[1].name == "a.");
    CHECK(r.all[1].t.response_seen == false);
    CHECK(r.all[2].name == "c.");
    CHECK(!r.all[2].t.response_seen);
  }
  SECTION("a log of queries alone does not say that they are unanswered") {
    const auto r = read_text(query("a", 1) + query("c", 3, "2026-11-24T09:34:40.000000+0000"));
    REQUIRE(r.all.size() == 2);
    CHECK(!r.all[0].t.response_seen);
  }
  SECTION("what is logged twice counts once") {
    const auto r = read_text(query("a", 1) + answer("a", 1) + query("a", 1, "2026-11-24T09:34:03.251000+0000") +
                             answer("a", 1, "2026-11-24T09:34:04.251000+0000"));
    CHECK(r.all.size() == 1);
    CHECK(r.counts[count::log_duplicates] == 1);
  }
  SECTION("IPv6, and ports that do not tell who is the server") {
    const std::string there = R"("src_ip":"2001:db8::7","src_port":1111,"dest_ip":"2001:db8::53","dest_port":2222)";
    const std::string back = R"("src_ip":"2001:db8::53","src_port":2222,"dest_ip":"2001:db8::7","dest_port":1111)";
    const std::string time = "2026-11-24T09:34:03.250000+0000";
    const auto r = read_text(
        eve(R"({"version":3,"type":"request","id":9,"queries":[{"rrname":"v","rrtype":"A"}]})", time, there) +
        eve(R"({"version":3,"type":"response","id":9,"rcode":"REFUSED","queries":[{"rrname":"v","rrtype":"A"}]})", time,
            back));
    REQUIRE(r.all.size() == 1);
    CHECK(r.all[0].t.client.to_string() == "2001:db8::7");
    CHECK(r.all[0].t.rcode == 5);
  }
}

TEST_CASE("EVE's other events are passed over, and its flows tell who talked to whom") {
  const auto r = read_text(
      eve(R"({"version":2,"type":"query","id":1,"rrname":"a","rrtype":"A"})") +
      R"({"timestamp":"2026-11-24T09:34:05.0+0000","event_type":"flow","src_ip":"10.0.0.7","src_port":9,"dest_ip":"192.0.2.7",)"
      R"("dest_port":443,"proto":"TCP","app_proto":"tls"})"
      "\n"
      R"({"timestamp":"2026-11-24T09:34:05.0+0000","event_type":"flow","src_ip":"10.0.0.7","src_port":9,"dest_ip":"10.0.0.53",)"
      R"("dest_port":53,"proto":"UDP","app_proto":"dns"})"
      "\n"
      R"({"timestamp":"x","event_type":"alert","dns":{"query":[{"type":"query","rrname":"z"}]}})"
      "\n"
      R"({"something":"else"})"
      "\n"
      "\n"
      "  \n");
  CHECK(r.all.size() == 1);
  CHECK(r.contacts.size() == 1);
  CHECK(r.counts[count::log_other_records] == 4);
  CHECK(r.faults.empty());
}

TEST_CASE("damaged lines are counted, the first are named, and what stands around them is read") {
  std::string text = head + row("a.example", "1", "-");
  text += "1795512843.25\tshort\n";
  text += row("b.example", "1", "-");
  std::string bad_time = row("c.example", "1", "-");
  text += "x" + bad_time;
  std::string bad_address = row("d.example", "1", "-");
  bad_address.replace(bad_address.find("10.0.0.7"), 8, "10.0.0.x");
  text += bad_address;
  for (const char* line :
       {"{", "{\"event_type\":\"dns\"}", "{\"event_type\":\"dns\",\"timestamp\":\"2026-11-24T09:34:05Z\"}",
        "{\"event_type\":\"x\"} y", "{\"event_type\":\"x\", \"a\":[1,]}", "\x01\x02"})
    text += std::string(line) + "\n";
  text += row("e.example", "1", "-");
  const auto r = read_text(text);
  CHECK(r.all.size() == 3);
  CHECK(r.counts[count::log_damaged_lines] == 9);
  CHECK(r.faults == std::vector<std::string>{"bytes in memory: line 10: another number of values than of columns",
                                             "bytes in memory: line 12: a time (ts) that cannot be read",
                                             "bytes in memory: line 13: no address of the client (id.orig_h)",
                                             "bytes in memory: line 14: no JSON at octet 2",
                                             "bytes in memory: line 15: no timestamp",
                                             "bytes in memory: line 16: no address of the source (src_ip)",
                                             "bytes in memory: line 17: no JSON at octet 20",
                                             "bytes in memory: line 18: no JSON at octet 27"});
  CHECK(r.incomplete.empty());
}

TEST_CASE("a line longer than a megabyte is passed over in bounded memory") {
  const std::string huge = row(std::string(5'000'000, 'a'), "1", "-");
  const std::string text = head + row("a.example", "1", "-") + huge + row("b.example", "1", "-");
  auto s = na::capture::source::open_bytes(std::as_bytes(std::span(text)));
  REQUIRE(s);
  collector c;
  std::size_t most = 0;
  while (s->read(c, 1) != na::capture::source::status::end) most = std::max(most, s->memory_bytes());
  CHECK(c.all.size() == 2);
  CHECK(s->counts()[count::log_long_lines] == 1);
  REQUIRE(s->faults().size() == 1);
  CHECK(s->faults()[0] == "bytes in memory: line 10: longer than 1048576 octets");
  CHECK(most < 8'000'000);
}

TEST_CASE("a log that ends within a line says so; a last line without its end is read") {
  const std::string text = head + row("a.example", "1", "-") + row("b.example", "1", "-");
  CHECK(read_text(text.substr(0, text.size() - 1)).all.size() == 2);
  CHECK(read_text(text.substr(0, text.size() - 1)).incomplete.empty());
  const auto cut = read_text(text.substr(0, text.size() - 30));
  CHECK(cut.all.size() == 1);
  CHECK(cut.incomplete == "bytes in memory: the log ends early, at line 10: the line is not whole");
}

TEST_CASE("what is no log and no capture is refused by name; a capture filter is not for logs") {
  CHECK(read_text("hello world\n").error.find("expected pcap or pcapng, a Zeek dns.log or a Suricata EVE log") !=
        std::string::npos);
  CHECK(read_text("# notes\n").error.find("expected pcap") != std::string::npos);
  na::capture::options how;
  how.filter = "port 53";
  CHECK(read_text(head, how).error == "bytes in memory: a capture filter is for packets, and this is a log");
  CHECK(read_text("\xef\xbb\xbf" + head + row("a.example", "1", "-")).all.size() == 1);
  CHECK(read_text("\n " + eve(R"({"version":2,"type":"query","id":1,"rrname":"a","rrtype":"A"})")).all.size() == 1);
}

TEST_CASE("JSON is read by RFC 8259, as another reader reads it") {
  const auto read = [](const std::string& value) {
    const auto r = read_text(R"({"event_type":"other","x":)" + value + "}\n");
    return r.error.empty() && r.counts[count::log_damaged_lines] == 0;
  };
  for (const char* good :
       {"0", "-0", "-1.5e+30", "1E9", "true", "false", "null", "\"\"", "\"\\u00e9\\ud83d\\ude00\\n\"", "[]", "{}",
        "[1,[2,{\"a\":[]}]]", " [ 1 , 2 ] ", "\"\xc3\xa9\xf0\x9f\x98\x80\""})
    CHECK(read(good));
  for (const char* bad : {"",
                          "01",
                          "1.",
                          ".5",
                          "+1",
                          "1e",
                          "tru",
                          "truefalse",
                          "'a'",
                          "\"\t\"",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "[1,]",
                          "[,1]",
                          "{\"a\"}",
                          "{\"a\":1,}",
                          "{1:2}",
                          "[1",
                          "\"",
                          "\"\xff\"",
                          "\"\xc0\x80\"",
                          "\"\xed\xa0\x80\"",
                          "1 2",
                          "nan"})
    CHECK(!read(bad));
  CHECK(read(std::string(63, '[') + std::string(63, ']')));
  CHECK(!read(std::string(100'000, '[') + std::string(100'000, ']')));
#ifdef NLOHMANN_JSON_VERSION_MAJOR
  std::mt19937 chance(1);
  const std::string seeds[] = {R"({"a":[1,2.5e-3,true,null,"x\"\\\u00e9"],"b":{"c":{},"d":[]}})",
                               R"(["\ud83d\ude00", -0.0, 1e10, {"k":"v"}, [[]]])"};
  const std::string alphabet = "\"\\{}[]:,0123456789.eE+-truefalsn \x01\x7f\xc3\xa9u";
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string value = seeds[chance() % 2];
    for (std::size_t edits = chance() % 4; edits-- > 0;) {
      const std::size_t place = chance() % value.size();
      if (chance() % 2 == 0)
        value[place] = alphabet[chance() % alphabet.size()];
      else
        value.erase(place, 1 + chance() % 3);
      if (value.empty()) value = " ";
    }
    INFO(value);
    const std::string whole = R"({"event_type":"other","x":)" + value + "}";
    const bool good = nlohmann::json::accept(whole);
    accepted += good ? 1 : 0;
    const auto r = read_text(whole + "\n");
    REQUIRE((r.counts[count::log_damaged_lines] == 0) == good);
  }
  CHECK(accepted > 2000);
  CHECK(accepted < 18'000);
#endif
}
