// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace netanomaly::program {

progress::progress(std::uint64_t total_octets, std::string_view things)
    : on_(isatty(STDERR_FILENO) != 0), total_(total_octets), things_(things) {}

void progress::update(const std::string& input, std::uint64_t octets, std::uint64_t count) {
  if (!on_) return;
  const auto now = clock::now();
  if (now - last_ < std::chrono::milliseconds(250)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  std::string text = fmt::format("{} {}, {} a second", grouped(count), things_,
                                 grouped(static_cast<std::uint64_t>(static_cast<double>(count) / seconds)));
  if (total_ > 0 && octets > 0) {
    const double share = std::min(1.0, static_cast<double>(octets) / static_cast<double>(total_));
    const auto left =
        std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds * (1 - share) / share));
    text = fmt::format("{:3.0f} %  {}  {} left", share * 100, text, duration_text(left));
  }
  fmt::print(stderr, "\r\x1b[K{}  {}", text, shortened(printable(input), 40));
  (void)std::fflush(stderr);
  drawn_ = true;
}

void progress::clear() {
  if (!drawn_) return;
  (void)std::fputs("\r\x1b[K", stderr);
  (void)std::fflush(stderr);
  drawn_ = false;
}

}  // namespace netanomaly::program
