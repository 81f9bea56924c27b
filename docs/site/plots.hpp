// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../../bench/nab/corpus.hpp"
#include "../../bench/support/labelled_table.hpp"
#include "../../bench/support/plot.hpp"

#include <netanomaly/capture/source.hpp>
#include <netanomaly/compose/builtin.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/learn/adwin.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Each detector at work on real data: the last part of its page on the site.
class plots {
  using path = std::filesystem::path;
  template <class T>
  static T value_of(netanomaly::result<T> made) {
    if (made) return *std::move(made);
    std::fprintf(stderr, "%s\n", made.error().message().c_str());
    std::exit(1);
  }

 public:
  /// `data` may be empty: no others' data, fewer plots.
  plots(const path& data, path out) : out_(std::move(out)) {
    if (data.empty()) return;
    if (exists(data / "nab" / "data"))
      for (netanomaly::bench::nab_series& s : value_of(netanomaly::bench::load_nab(data / "nab")))
        if (s.name == "realKnownCause/nyc_taxi.csv") taxi_ = std::move(s);
    if (const path streams = data / "streams"; exists(streams)) {
      http_ = netanomaly::bench::read_table(streams / "kdd99_http.csv.gz");
      cover_ = netanomaly::bench::read_table(streams / "forestcover.csv.gz");
    }
  }

  /// What is to be added to the page of this kind; the picture is written beside it. Empty where its data is missing.
  [[nodiscard]] std::string of(const std::string& kind) const {
    using namespace netanomaly;
    if (compose::metric_detectors::visit(kind, []<class D>() {})) return taxi_.rows.empty() ? "" : metric(kind);
    if (kind == dns::tunnel_detector::kind) return tunnels(kind);
    if (http_.rows() == 0) return "";
    if (compose::vector_detectors::visit(kind, []<class D>() {})) return rows(kind);
    return kind == learn::adwin::kind ? changes(kind) : labels(kind);
  }

 private:
  using plotted = netanomaly::bench::plotted;

  /// What stands in place of the defaults, for points every half hour.
  static std::string_view plotted_with(std::string_view kind) {
    if (kind == "kolmogorov_smirnov") return "probe=12h,reference=7d,points=500";
    if (kind == "first_hour_average") return "warmup=2";
    if (kind == "standard_deviation_from_moving_average") return "points=336";
    if (kind == "kolmogorov_smirnov_one_sample") return "points=48,location=15138,scale=6939";
    if (kind == "generalized_esd") return "points=336";
    if (kind == "holt_winters") return "period=336";
    if (kind == "seasonal_profile") return "period=7d,slots=336";
    if (kind.starts_with("two_window_")) return "recent=1d,baseline=14d,recent_points=48,baseline_points=672";
    if (kind == "novelty" || kind == "z_score" || kind == "exponentially_weighted_z_score") return "";
    return "points=336";
  }

  [[nodiscard]] std::string written(const std::string& kind, const std::vector<plotted>& panels,
                                    std::string_view x_name, const std::string& text) const {
    const std::string name = kind + ".svg";
    std::ofstream(out_ / name, std::ios::binary) << netanomaly::bench::svg(panels, x_name);
    return "\n## On real data\n" + text + "\n\n\\image html " + name + "\n";
  }

  /// Over one metric of the Numenta Anomaly Benchmark.
  [[nodiscard]] std::string metric(const std::string& kind) const {
    using namespace netanomaly;
    const std::string_view with = plotted_with(kind);
    auto d = value_of(compose::metric_detectors::make(kind, with));
    plotted value{"passengers in 30 minutes", {}, {}}, score{"score", {}, {}};
    for (const timed<double>& row : taxi_.rows) {
      const verdict v = d.update(row);
      const double days =
          std::chrono::duration<double, std::chrono::days::period>(row.time - taxi_.rows[0].time).count();
      value.points.emplace_back(days, row.value);
      score.points.emplace_back(days, v.state == verdict::status::judged ? v.score : 0);
      if (v.anomalous) score.marks.push_back(days);
    }
    for (const auto& [from, to] : taxi_.windows)
      value.bands.emplace_back(value.points[from].first, value.points[to].first);
    return written(kind, {value, score}, "days",
                   "`" + taxi_.name +
                       "` of the Numenta Anomaly Benchmark: taxi passengers in New York, every 30 minutes; shaded: "
                       "labelled anomalies; red: points that are called anomalous. Parameters: " +
                       (with.empty() ? "the defaults" : "`" + std::string(with) + "`") + ".");
  }

  /// Over the connections of the KDD Cup 1999 set, as they come in the file.
  [[nodiscard]] std::string rows(const std::string& kind) const {
    using namespace netanomaly;
    auto d = value_of(compose::vector_detectors::make(kind, "features=3"));
    plotted octets{"octets that the client sent", {}, {}}, score{"score", {}, {}};
    constexpr std::size_t drawn_from = 305'000, drawn_to = 325'000;
    for (std::size_t i = 0; i < std::min(drawn_to, http_.rows()); ++i) {
      const verdict v = d.update(http_.row(i));
      if (i < drawn_from) continue;
      const auto at = static_cast<double>(i);
      octets.points.emplace_back(at, http_.row(i)[1]);
      score.points.emplace_back(at, v.state == verdict::status::judged ? v.score : 0);
      if (v.anomalous) score.marks.push_back(at);
      if (http_.anomalous[i] && !http_.anomalous[i - 1]) octets.bands.emplace_back(at, at);
      if (http_.anomalous[i] && !octets.bands.empty()) octets.bands.back().second = at;
    }
    return written(
        kind, {octets, score}, "connections",
        "HTTP connections of the KDD Cup 1999 set (duration, octets sent, octets received) in the order of the "
        "file, of which a part is drawn; shaded: attacks, in bursts; red: connections that are called anomalous. "
        "Defaults, but for "
        "`features=3`.");
  }

  /// Shares of the last 1,000 rows.
  class recent_share {
   public:
    double add(bool x) {
      sum_ += x ? 1 : 0;
      held_.push_back(x);
      if (held_.size() > 1000) sum_ -= held_[held_.size() - 1001] ? 1 : 0;
      return static_cast<double>(sum_) / static_cast<double>(std::min<std::size_t>(held_.size(), 1000));
    }

   private:
    std::vector<bool> held_;
    int sum_ = 0;
  };

  /// A learner over the forest cover set, as its rows come in the file: each judged, then learnt.
  [[nodiscard]] std::string labels(const std::string& kind) const {
    using namespace netanomaly;
    auto l = value_of(compose::learners::make(kind, "features=10,classes=2"));
    plotted share{"share of the rarer class in the last 1,000 rows", {}, {}},
        wrong{"share of the last 1,000 rows that was predicted wrong", {}, {}};
    recent_share rare, errors;
    for (std::size_t i = 0; i < cover_.rows(); ++i) {
      const std::uint32_t label = cover_.anomalous[i] ? 1 : 0;
      share.points.emplace_back(static_cast<double>(i), rare.add(label == 1));
      wrong.points.emplace_back(static_cast<double>(i), errors.add(l.update(cover_.row(i), label) != label));
    }
    return written(
        kind, {share, wrong}, "rows",
        "Forest cover in the order of the file, ten numbers a row, the rarer of two kinds of wood against the "
        "other; each row is predicted, then learnt. Defaults, but for `features=10,classes=2`.");
  }

  /// ADWIN over the labels of the forest cover set.
  [[nodiscard]] std::string changes(const std::string& kind) const {
    netanomaly::learn::adwin window;
    plotted share{"share of the rarer class in the last 1,000 rows", {}, {}}, mean{"mean of the window", {}, {}};
    recent_share rare;
    for (std::size_t i = 0; i < cover_.rows(); ++i) {
      const auto at = static_cast<double>(i);
      if (window.add(cover_.anomalous[i] ? 1 : 0)) mean.marks.push_back(at);
      share.points.emplace_back(at, rare.add(cover_.anomalous[i]));
      mean.points.emplace_back(at, window.mean());
    }
    return written(
        kind, {share, mean}, "rows",
        "Which rows of the forest cover set, in the order of the file, are of the rarer class, as 0 and 1; red: "
        "the window was cut. Defaults.");
  }

  /// The scores of those pairs in which most is found, in the capture of the examples.
  [[nodiscard]] std::string tunnels(const std::string& kind) const {
    using namespace netanomaly;
    const auto play = [](auto&& on_transaction) {
      auto source = value_of(capture::source::open_file(NETANOMALY_PAGES_CAPTURE));
      dns::pairing pairing;
      source.for_each([&](const dns::wire_message& m) { pairing.update(m, on_transaction); });
      pairing.flush(on_transaction);
    };
    dns::tunnel_detector whole;
    play([&](const dns::transaction& t) { whole.update(t); });
    auto found = whole.findings();
    if (found.size() > 3) found.resize(3);
    std::vector<plotted> panels;
    for (const dns::finding& f : found)
      panels.push_back({"decibels, " + f.clients.front().to_string() + " and " + f.registered_domain, {}, {}});
    dns::tunnel_detector detector;
    time_point start = (time_point::max)();
    play([&](const dns::transaction& t) {
      start = std::min(start, t.time);
      const verdict v = detector.update(t);
      const std::string name = dns::name_view(t.name.data(), 0).to_text();
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (t.client != found[i].clients.front() || !name.ends_with(found[i].registered_domain)) continue;
        const double at = std::chrono::duration<double>(t.time - start).count();
        panels[i].points.emplace_back(at, v.state == verdict::status::judged ? v.score : 0);
        if (v.anomalous) panels[i].marks.push_back(at);
      }
    });
    return written(kind, panels, "seconds",
                   "The capture of the examples: the pairs of a client and a domain in which most is found, as their "
                   "transactions come; red: the score is above the threshold. Defaults.");
  }

  path out_;
  netanomaly::bench::nab_series taxi_;
  netanomaly::bench::labelled_table http_, cover_;
};
