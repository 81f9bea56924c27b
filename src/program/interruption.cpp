// SPDX-License-Identifier: Apache-2.0
#include "interruption.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace netanomaly::program::interruption {

namespace {

volatile std::sig_atomic_t received = 0;
int empty_input = -1;

void remember(int number) {  // only async-signal-safe calls
  received = number;
  ::dup2(empty_input, STDIN_FILENO);
}

}  // namespace

void watch() noexcept {
  empty_input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct sigaction action {};
  action.sa_handler = remember;                      // NOLINT(cppcoreguidelines-pro-type-union-access): POSIX has it so
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // without SA_RESTART, so that a read that waits comes back
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int signal() noexcept { return received; }

}  // namespace netanomaly::program::interruption
