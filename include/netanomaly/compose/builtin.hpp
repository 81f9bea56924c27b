// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/compose/registry.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/telemetry/exponentially_weighted_z_score.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/z_score.hpp>

/// All detectors of the library, to choose from at run time: the only header that includes every one.

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Those of one metric: they observe timed<double>.
using metric_detectors =
    registry<telemetry::median_absolute_deviation, telemetry::z_score, telemetry::exponentially_weighted_z_score>;

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
