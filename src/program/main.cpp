// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "detector_list.hpp"
#include "dns_command.hpp"
#include "evaluate_command.hpp"
#include "output.hpp"
#include "score_command.hpp"
#include "telemetry_command.hpp"
#include "test_command.hpp"
#include "text.hpp"
#include "train_command.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace netanomaly::program {

namespace {

constexpr int bad_usage = 2;

int print(const std::string& text) {
  output out = *output::open("-");
  out.write(text);
  if (const auto closed = out.close(); !closed) {
    fmt::print(stderr, "netanomaly: {}\n", closed.error().message());
    return bad_usage;
  }
  return 0;
}

int fail(std::string_view message) {
  fmt::print(stderr, "netanomaly: {}\n", message);
  return bad_usage;
}

int run(int argc, char** argv) {
  command_line line;
  if (const auto wrong = line.parse(argc, argv)) return fail(*wrong);
  if (line.values.dns.help) return print(help_text(line, line.dns()));
  if (line.values.telemetry.help) return print(help_text(line, line.telemetry()));
  if (line.values.test.help) return print(help_text(line, line.test()));
  if (line.values.train.help) return print(help_text(line, line.train()));
  if (line.values.score.help) return print(help_text(line, line.score()));
  if (line.values.evaluate.help) return print(help_text(line, line.evaluate()));
  if (line.values.help) return print(help_text(line, line.commands()[0]));
  if (line.values.version) return print(fmt::format("netanomaly {}\n", version_text()));
  const std::string& wanted = line.values.generate;
  if (!wanted.empty()) {
    if (wanted == "man") return print(manual_page(line));
    if (wanted == "bash") return print(bash_completion(line));
    if (wanted == "zsh") return print(zsh_completion(line));
    if (wanted == "fish") return print(fish_completion(line));
    return fail("--generate: expected man, bash, zsh or fish");
  }
  if (line.values.list_detectors) return print(detector_list());
  if (line.dns().app->parsed()) return run_dns(line.values.dns);
  if (line.telemetry().app->parsed()) return run_telemetry(line.values.telemetry);
  if (line.test().app->parsed()) return run_test(line.values.test);
  if (line.train().app->parsed()) return run_train(line.values.train);
  if (line.score().app->parsed()) return run_score(line.values.score);
  if (line.evaluate().app->parsed()) return run_evaluate(line.values.evaluate);
  fmt::print(stderr, "{}", help_text(line, line.commands()[0]));
  return bad_usage;
}

}  // namespace

}  // namespace netanomaly::program

int main(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an end, told by write
  try {
    return netanomaly::program::run(argc, argv);
  } catch (const std::bad_alloc&) {
    (void)std::fputs("netanomaly: out of memory\n", stderr);
  } catch (const std::exception& e) {
    (void)std::fprintf(stderr, "netanomaly: %s\n", e.what());
  }
  return 2;
}
