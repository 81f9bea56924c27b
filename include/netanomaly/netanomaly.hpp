// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All of the header-only part. A program that minds its compile time includes the headers it uses instead.

#include <netanomaly/core/concepts.hpp>
#include <netanomaly/core/config.hpp>
#include <netanomaly/core/hash.hpp>
#include <netanomaly/core/params.hpp>
#include <netanomaly/core/prefetch.hpp>
#include <netanomaly/core/result.hpp>
#include <netanomaly/core/state.hpp>
#include <netanomaly/core/text.hpp>
#include <netanomaly/core/time.hpp>
#include <netanomaly/core/verdict.hpp>

#include <netanomaly/window/distinct_sample.hpp>
#include <netanomaly/window/ewma.hpp>
#include <netanomaly/window/extent.hpp>
#include <netanomaly/window/histogram.hpp>
#include <netanomaly/window/hyperloglog.hpp>
#include <netanomaly/window/line_fit.hpp>
#include <netanomaly/window/moments.hpp>
#include <netanomaly/window/order_statistics.hpp>
#include <netanomaly/window/quantile_sketch.hpp>
#include <netanomaly/window/sliding.hpp>
#include <netanomaly/window/two_sample_distance.hpp>
#include <netanomaly/window/upper_tail.hpp>

#include <netanomaly/batch/anderson_darling.hpp>
#include <netanomaly/batch/augmented_dickey_fuller.hpp>
#include <netanomaly/batch/binned.hpp>
#include <netanomaly/batch/chi_square.hpp>
#include <netanomaly/batch/cramer_von_mises.hpp>
#include <netanomaly/batch/distributions.hpp>
#include <netanomaly/batch/generalized_esd.hpp>
#include <netanomaly/batch/grubbs.hpp>
#include <netanomaly/batch/incremental_kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_distribution.hpp>
#include <netanomaly/batch/kolmogorov_smirnov_one_sample.hpp>
#include <netanomaly/batch/least_squares.hpp>
#include <netanomaly/batch/mann_whitney.hpp>
#include <netanomaly/batch/multiple_testing.hpp>
#include <netanomaly/batch/outlier_history.hpp>
#include <netanomaly/batch/outlier_rate.hpp>
#include <netanomaly/batch/outlier_share.hpp>
#include <netanomaly/batch/summary.hpp>
#include <netanomaly/batch/two_sample.hpp>

#include <netanomaly/telemetry/compatibility.hpp>
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
#include <netanomaly/telemetry/windowed.hpp>
#include <netanomaly/telemetry/z_score.hpp>

#include <netanomaly/learn/adwin.hpp>
#include <netanomaly/learn/half_space_trees.hpp>
#include <netanomaly/learn/hoeffding_tree.hpp>

#include <netanomaly/compose/any_detector.hpp>
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/compose/calibrated.hpp>
#include <netanomaly/compose/consensus.hpp>
#include <netanomaly/compose/filtered.hpp>
#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/compose/registry.hpp>
#include <netanomaly/compose/second_order.hpp>
#include <netanomaly/compose/two_window.hpp>

#include <netanomaly/dns/address.hpp>
#include <netanomaly/dns/conversation.hpp>
#include <netanomaly/dns/entropy.hpp>
#include <netanomaly/dns/evidence.hpp>
#include <netanomaly/dns/features.hpp>
#include <netanomaly/dns/finding.hpp>
#include <netanomaly/dns/history.hpp>
#include <netanomaly/dns/lexicon.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/name_structure.hpp>
#include <netanomaly/dns/outcome.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/parse_error.hpp>
#include <netanomaly/dns/rdata.hpp>
#include <netanomaly/dns/suffix.hpp>
#include <netanomaly/dns/tcp_framing.hpp>
#include <netanomaly/dns/timeline.hpp>
#include <netanomaly/dns/traffic.hpp>
#include <netanomaly/dns/transaction.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/dns/types.hpp>
#include <netanomaly/dns/wire_message.hpp>
