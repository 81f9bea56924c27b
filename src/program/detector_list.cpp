// SPDX-License-Identifier: Apache-2.0
#include "detector_list.hpp"

#include <netanomaly/core/params.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>

#include <fmt/format.h>

namespace netanomaly::program {

std::string detector_list() { return {}; }

}  // namespace netanomaly::program
