// SPDX-License-Identifier: Apache-2.0

// A log that is followed: growth, rotation by renaming and by emptying, lines written in pieces.

#include "logs.hpp"
#include "support/catch.hpp"
#include "support/log_writers.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

using namespace logs;
using na::capture::source;

namespace {

const std::string head = netanomaly_test::log_writer::zeek_head();

std::string row(const std::string& query) {
  return "1795512843.25\tCx\t10.0.0.7\t40000\t10.0.0.53\t53\tudp\t4711\t0.011\t" + query +
         "\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t192.0.2.1\t60.0\tF\n";
}

/// A folder of its own for each test, gone afterwards.
struct folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("netanomaly-follow-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()));
  std::string log = (path / "dns.log").string();
  folder() { std::filesystem::create_directory(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path); }
  void append(const std::string& text) const { std::ofstream(log, std::ios::app | std::ios::binary) << text; }
  void write(const std::string& text) const { std::ofstream(log, std::ios::trunc | std::ios::binary) << text; }
  void rename(const std::string& to) const { std::filesystem::rename(log, path / to); }
};

struct follower {
  explicit follower(const folder& f) {
    na::capture::options how;
    how.follow = true;
    how.patience = std::chrono::milliseconds(1);
    auto opened = source::open_file(f.log, how);
    REQUIRE(opened);
    s.emplace(*std::move(opened));
  }
  /// Reads until nothing has come twice in a row: at a rotation once nothing comes.
  std::vector<std::string> names() {
    collector c;
    for (int idle = 0; idle < 3;) {
      const auto state = s->read(c, 5);
      REQUIRE(state != source::status::end);
      idle = state == source::status::idle ? idle + 1 : 0;
    }
    std::vector<std::string> all;
    for (const kept& k : c.all) all.push_back(k.name);
    return all;
  }
  std::optional<source> s;
};

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("a followed log gives what it holds, and then what is written to it") {
  const folder f;
  f.write(head + row("a"));
  follower follow(f);
  CHECK(follow.names() == list{"a."});
  CHECK(follow.names().empty());
  f.append(row("b") + row("c").substr(0, 40));
  CHECK(follow.names() == list{"b."});
  f.append(row("c").substr(40));
  CHECK(follow.names() == list{"c."});
  CHECK(follow.s->faults().empty());
  CHECK(follow.s->is_log());
}

TEST_CASE("an empty log may be followed") {
  const folder f;
  f.write("");
  follower follow(f);
  CHECK(follow.names().empty());
  f.append(head + row("a"));
  CHECK(follow.names() == list{"a."});
}

TEST_CASE("a log that is renamed and made anew is read to its end, then the new one") {
  const folder f;
  f.write(head + row("a"));
  follower follow(f);
  CHECK(follow.names() == list{"a."});
  std::ofstream late(f.log, std::ios::app | std::ios::binary);  // the writer has the old file open still
  f.rename("dns.1.log");
  CHECK(follow.names().empty());
  late << row("b") << std::flush;
  CHECK(follow.names() == list{"b."});
  f.write("");  // made, but nothing written yet
  late << row("c") << std::flush;
  CHECK(follow.names() == list{"c."});
  late << row("d") << std::flush;
  f.append(
      "#separator \\x09\n#fields\tquery\tqtype\tid.resp_h\tid.orig_h\tts\ne\t1\t10.0.0.53\t10.0.0.7\t1795512999\n");
  CHECK(follow.names() == list{"d.", "e."});
  CHECK(follow.s->faults().empty());
}

TEST_CASE("a log that is emptied is read from its beginning, even when it has grown past where it was") {
  const folder f;
  f.write(head + row("a") + row("b"));
  follower follow(f);
  CHECK(follow.names() == list{"a.", "b."});
  f.write(head + row("c"));
  CHECK(follow.names() == list{"c."});
  const std::string other = "#separator \\x09\n#path\tdns\n" + head.substr(head.find("#fields"));
  f.write(other + row("d") + row("e") + row("f") + row("g"));
  CHECK(follow.names() == list{"d.", "e.", "f.", "g."});
}

TEST_CASE("a line that a rotation cuts off, and the file it was in, are named") {
  const folder f;
  f.write(head + row("a") + "1795512843.25\tCx");
  follower follow(f);
  CHECK(follow.names() == list{"a."});
  f.rename("old");
  f.write(head + row("b") + "broken\n");
  CHECK(follow.names() == list{"b."});
  REQUIRE(follow.s->faults().size() == 2);
  CHECK(follow.s->faults()[0] == f.log + ": line 10: another number of values than of columns");
  CHECK(follow.s->faults()[1] == f.log + ": line 10 (after 1 rotation): another number of values than of columns");
}

TEST_CASE("rotation while it is written loses nothing") {
  const folder f;
  f.write(head);
  follower follow(f);
  constexpr int files = 20, rows = 200;
  std::thread writer([&] {
    for (int i = 0; i < files; ++i) {
      {
        std::ofstream out(f.log, std::ios::app | std::ios::binary);
        if (i > 0) out << head;
        for (int k = 0; k < rows; ++k) out << row(std::to_string(i) + "-" + std::to_string(k)) << std::flush;
      }
      // At most one rotation between two looks can be followed, as with every such tool.
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      if (i + 1 < files) f.rename("dns." + std::to_string(i));
    }
  });
  collector c;
  const auto begin = std::chrono::steady_clock::now();
  while (c.all.size() < static_cast<std::size_t>(files) * rows &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(60))
    follow.s->read(c, 50);
  writer.join();
  CHECK(c.all.size() == static_cast<std::size_t>(files) * rows);
  CHECK(follow.s->faults().empty());
}

TEST_CASE("queries of a followed EVE log that wait for an answer are given at the end") {
  const folder f;
  f.write(
      R"({"timestamp":"2026-11-24T09:34:03.25Z","event_type":"dns","src_ip":"10.0.0.7","src_port":1,"dest_ip":"10.0.0.53",)"
      R"("dest_port":53,"proto":"UDP","dns":{"version":2,"type":"query","id":1,"rrname":"a","rrtype":"A"}})"
      "\n");
  follower follow(f);
  CHECK(follow.names().empty());
  collector c;
  follow.s->flush(c);
  CHECK(c.all.size() == 1);
}

TEST_CASE("only files of plain text are followed") {
  const folder f;
  na::capture::options how;
  how.follow = true;
  CHECK(source::open_file(f.log, how).error().message().starts_with(f.log + ": "));
  f.write("\x1f\x8b\x08");
  CHECK(source::open_file(f.log, how).error().message() ==
        f.log +
            ": not a log in plain text, and only those are followed; expected a Zeek dns.log or a Suricata EVE log");
  CHECK(source::open_file("-", how).error().message() ==
        "standard input: it is read as it comes, and cannot be followed");
  CHECK(source::open_file(f.path.string(), how).error().message().find("not a file") != std::string::npos);
}
