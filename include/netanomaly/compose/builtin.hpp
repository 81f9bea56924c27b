// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netanomaly/batch/binned.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/outlier_share.hpp>
#include <netanomaly/compose/any_learner.hpp>
#include <netanomaly/compose/registry.hpp>
#include <netanomaly/compose/two_window.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/learn/adaptive_forest.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/hoeffding_adaptive_tree.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>
#include <netanomaly/learn/random_cut_forest.hpp>
#include <netanomaly/telemetry/exponentially_weighted_z_score.hpp>
#include <netanomaly/telemetry/first_hour_average.hpp>
#include <netanomaly/telemetry/generalized_esd.hpp>
#include <netanomaly/telemetry/grubbs.hpp>
#include <netanomaly/telemetry/histogram_bins.hpp>
#include <netanomaly/telemetry/holt_winters.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov.hpp>
#include <netanomaly/telemetry/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/telemetry/least_squares.hpp>
#include <netanomaly/telemetry/mean_subtraction_cumulation.hpp>
#include <netanomaly/telemetry/median_absolute_deviation.hpp>
#include <netanomaly/telemetry/novelty.hpp>
#include <netanomaly/telemetry/seasonal_profile.hpp>
#include <netanomaly/telemetry/standard_deviation_from_average.hpp>
#include <netanomaly/telemetry/standard_deviation_from_moving_average.hpp>
#include <netanomaly/telemetry/z_score.hpp>

/// All detectors and learners of the library, to choose from at run time: the only header that includes every one.

namespace netanomaly::inline NETANOMALY_MODE::compose {

/// Those of one metric: they observe timed<double>.
using metric_detectors =
    registry<telemetry::median_absolute_deviation, telemetry::grubbs, telemetry::first_hour_average,
             telemetry::standard_deviation_from_average, telemetry::standard_deviation_from_moving_average,
             telemetry::mean_subtraction_cumulation, telemetry::least_squares, telemetry::histogram_bins,
             telemetry::kolmogorov_smirnov, telemetry::novelty, telemetry::seasonal_profile, telemetry::holt_winters,
             telemetry::z_score, telemetry::exponentially_weighted_z_score, telemetry::generalized_esd,
             telemetry::kolmogorov_smirnov_one_sample, two_window<batch::kolmogorov_smirnov>,
             two_window<batch::binned<batch::chi_square>>, two_window<batch::outlier_share>>;

/// Those of rows of numbers: they observe std::span<const double>.
using vector_detectors = registry<learn::half_space_trees, learn::random_cut_forest>;

/// Those of labelled rows.
using learners = learner_registry<learn::hoeffding_tree, learn::hoeffding_adaptive_tree, learn::adaptive_forest>;

}  // namespace netanomaly::inline NETANOMALY_MODE::compose
