// SPDX-License-Identifier: Apache-2.0
#include "metric_monitor.hpp"

#include "text.hpp"

#include <netanomaly/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <tuple>
#include <type_traits>
#include <utility>

namespace netanomaly::program {

namespace {

using compose::metric_detectors;

/// "--detector" as typed to the type's own name.
std::string canonical(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> aliases{
      {{"mad", "median_absolute_deviation"},
       {"ks", "kolmogorov_smirnov"},
       {"kolmogorov_smirnoff", "kolmogorov_smirnov"},
       {"hw", "holt_winters"},
       {"ewma", "exponentially_weighted_z_score"},
       {"zscore", "z_score"}}};
  for (const auto& [alias, kind] : aliases)
    if (name == alias) return std::string(kind);
  return name;
}

result<std::vector<std::string>> kinds_of(const telemetry_options& options) {
  std::vector<std::string> kinds;
  for (const std::string& typed : options.detectors) {
    const std::string name = canonical(typed);
    if (name == "all") {
      kinds.insert(kinds.end(), skyline_nine::kinds.begin(), skyline_nine::kinds.end());
    } else if (std::find(metric_detectors::kinds.begin(), metric_detectors::kinds.end(), name) !=
               metric_detectors::kinds.end()) {
      kinds.push_back(name);
    } else {
      std::string all = "all";
      for (const std::string_view kind : metric_detectors::kinds) all += fmt::format(", {}", kind);
      return unexpected(
          error(fmt::format("--detector: there is no detector '{}'; there are: {}", printable(typed), all)));
    }
  }
  if (kinds.empty()) kinds.emplace_back(telemetry::median_absolute_deviation::kind);
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (std::find(kinds.begin(), kinds.begin() + static_cast<std::ptrdiff_t>(i), kinds[i]) !=
        kinds.begin() + static_cast<std::ptrdiff_t>(i))
      return unexpected(error(fmt::format("--detector: {} is asked for twice", kinds[i])));
  return kinds;
}

/// What the options say of the parameters of this kind, as text.
std::vector<std::pair<std::string, std::string>> settings_of(const telemetry_options& o,
                                                             const std::vector<parameter_info>& has) {
  std::vector<std::pair<std::string, std::string>> set;
  const auto put = [&](std::string_view name, std::string value) {
    const bool known = std::any_of(has.begin(), has.end(), [&](const parameter_info& p) { return p.name == name; });
    if (known) set.emplace_back(name, std::move(value));
  };
  if (o.points) {
    put("points", to_text(*o.points));
    // A window shorter than the time to warm up would never judge.
    for (const parameter_info& p : has)
      if (p.name == "warmup")
        if (const auto warmup = from_text<std::uint32_t>(p.value); warmup && *warmup > *o.points)
          put("warmup", to_text(std::max<std::uint32_t>(*o.points, 3)));
  }
  if (o.span) {
    put("span", to_text(*o.span));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*o.span).count();
    put("points", to_text(static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1440, 86400))));
  }
  if (o.full_duration) put("full_duration", to_text(*o.full_duration));
  const auto put_part = [&](const std::optional<part>& p, const std::string& name, std::int64_t usual_points) {
    if (!p) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(p->length).count();
    put(name, to_text(p->length));
    put(name + "_points",
        to_text(p->points > 0 ? p->points
                              : static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, usual_points, 86400))));
    if (p->points > 0 && p->points < 5) put("least", to_text(p->points));
  };
  put_part(o.recent, "recent", 600);
  put_part(o.baseline, "baseline", 3600);
  if (!o.compatibility.empty()) put("compatibility", o.compatibility);
  for (const auto& [name, value] : o.set) put(name, value);
  return set;
}

template <class D>
result<typename D::params> params_of(const telemetry_options& o) {
  typename D::params p;
  for (const auto& [name, value] : settings_of(o, list_parameters(p)))
    if (const auto set = set_parameter(p, name, value); !set)
      return unexpected(error(fmt::format("{}: {}", D::kind, set.error().message())));
  if (const auto ok = check(D::kind, p); !ok) return unexpected(ok.error());
  return p;
}

/// A --set that no detector asked for has would be a mistake that nobody sees.
result<void> check_settings(const telemetry_options& o, const std::vector<std::string>& kinds) {
  for (const auto& [name, value] : o.set) {
    bool known = false;
    for (const auto& d : metric_detectors::list())
      if (std::find(kinds.begin(), kinds.end(), d.kind) != kinds.end())
        for (const parameter_info& p : d.parameters) known = known || p.name == name;
    if (!known)
      return unexpected(
          error(fmt::format("--set: none of the detectors asked for has a parameter '{}'", printable(name))));
  }
  return {};
}

/// All of a consensus' detectors with what the options say, over one window.
template <class... Ds>
result<compose::consensus<Ds...>> make_consensus(const telemetry_options& o,
                                                 std::type_identity<compose::consensus<Ds...>> /*tag*/) {
  std::optional<error> wrong;
  const auto one = [&]<class D>(std::type_identity<D> /*tag*/) {
    auto p = params_of<D>(o);
    if (p) return D(*p);
    if (!wrong) wrong = p.error();
    return D();
  };
  std::tuple<Ds...> made{one(std::type_identity<Ds>())...};
  if (wrong) return unexpected(*wrong);
  return std::apply([](Ds&... ds) { return compose::consensus<Ds...>({}, std::move(ds)...); }, made);
}

/// What the score is judged by; NaN where that is not one number.
double threshold_of(std::string_view kind, const std::vector<parameter_info>& parameters) {
  for (const parameter_info& p : parameters)
    if (p.name == "threshold") return from_text<double>(p.value).value_or(std::numeric_limits<double>::quiet_NaN());
  // Ratios to a critical value.
  return kind == telemetry::grubbs::kind || kind == telemetry::novelty::kind ? 1
                                                                             : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

result<metric_monitor> metric_monitor::make(const telemetry_options& options) {
  const auto kinds = kinds_of(options);
  if (!kinds) return unexpected(kinds.error());
  if (auto ok = check_settings(options, *kinds); !ok) return unexpected(std::move(ok).error());
  if (options.consensus && *options.consensus > kinds->size())
    return unexpected(error(fmt::format("--consensus: expected at most {}, the number of detectors, got {}",
                                        kinds->size(), *options.consensus)));
  metric_monitor m;
  m.params_ = {.counter = options.counter,
               .direction = options.direction,
               .min_change = options.min_change.size,
               .relative_change = options.min_change.relative,
               .fire = options.fire.count,
               .of = options.fire.of,
               .no_data = options.no_data,
               .votes = options.consensus.value_or(0),
               .least = options.least_points,
               .stale = options.stale,
               .boring = options.boring,
               .second_order = options.second_order};
  const auto is_nine = [&] {
    return kinds->size() == skyline_nine::size && std::all_of(kinds->begin(), kinds->end(), [](const std::string& k) {
             return std::find(skyline_nine::kinds.begin(), skyline_nine::kinds.end(), k) != skyline_nine::kinds.end();
           });
  };
  if (!options.alarm_rate && is_nine()) {
    auto nine = make_consensus(options, std::type_identity<skyline_nine>());
    if (!nine) return unexpected(std::move(nine).error());
    for (const std::string& k : *kinds)
      m.order_.push_back(static_cast<std::uint8_t>(
          std::find(skyline_nine::kinds.begin(), skyline_nine::kinds.end(), k) - skyline_nine::kinds.begin()));
    m.parts_ = std::vector<skyline_nine>{*std::move(nine)};
  } else {
    std::vector<any> plain;
    std::vector<calibrated> with_rate;
    for (const std::string& k : *kinds) {
      std::vector<std::pair<std::string, std::string>> set;
      for (const auto& d : metric_detectors::list())
        if (d.kind == k) set = settings_of(options, d.parameters);
      std::vector<parameter_text> texts;
      texts.reserve(set.size());
      for (const auto& [name, value] : set) texts.push_back({name, value});
      auto d = metric_detectors::make(k, texts);
      if (!d) return unexpected(std::move(d).error());
      if (!options.alarm_rate) {
        plain.push_back(*std::move(d));
      } else {
        auto c = calibrated::make({.rate = *options.alarm_rate}, *std::move(d));
        if (!c) return unexpected(std::move(c).error());
        with_rate.push_back(*std::move(c));
      }
    }
    if (options.alarm_rate) {
      m.parts_ = std::move(with_rate);
    } else {
      m.parts_ = std::move(plain);
    }
  }
  if (options.season) {
    telemetry::seasonal_profile::params p{.period = *options.season};
    p.slots = static_cast<std::uint32_t>(std::clamp<std::int64_t>(*options.season / std::chrono::minutes(15), 8, 2016));
    auto season = telemetry::seasonal_profile::make(p);
    if (!season) return unexpected(std::move(season).error());
    m.season_.push_back(*std::move(season));
  }
  m.prepare();
  return m;
}

std::size_t metric_monitor::detectors() const noexcept {
  return std::visit([&](const auto& parts) { return order_.empty() ? parts.size() : order_.size(); }, parts_);
}

void metric_monitor::prepare() {
  const std::size_t count = detectors() + (params_.votes > 0 ? 1 : 0);
  verdicts_.assign(count, {});
  fired_.assign(params_.of > 1 ? count : 0, 0);
  if (params_.direction != change_direction::both || params_.min_change > 0)
    usual_.assign(1, usual_window(window::extent{.points = usual_points}));
  if (params_.least > 0 || params_.stale > duration() || params_.boring > 0)
    filter_.assign(1, compose::series_filter({params_.least, params_.stale, params_.boring}));
  if (params_.second_order > 0) rates_.assign(count, compose::anomaly_rate(rate_params()));
}

compose::anomaly_rate::params metric_monitor::rate_params() const noexcept { return {.recent = params_.second_order}; }

std::vector<std::string> metric_monitor::names() const {
  std::vector<std::string> names;
  if (const auto* plain = std::get_if<std::vector<any>>(&parts_))
    for (const any& d : *plain) names.emplace_back(d.kind());
  if (const auto* with_rate = std::get_if<std::vector<calibrated>>(&parts_))
    for (const calibrated& d : *with_rate) names.emplace_back(d.inner().kind());
  for (const std::uint8_t i : order_) names.emplace_back(skyline_nine::kinds[i]);
  if (params_.votes > 0) names.emplace_back(skyline_nine::kind);
  return names;
}

std::vector<double> metric_monitor::thresholds() const {
  std::vector<double> all;
  if (const auto* plain = std::get_if<std::vector<any>>(&parts_))
    for (const any& d : *plain) all.push_back(threshold_of(d.kind(), d.parameters()));
  if (const auto* with_rate = std::get_if<std::vector<calibrated>>(&parts_))
    for (const calibrated& d : *with_rate) all.push_back(-std::log10(d.parameters().rate));
  for (const std::uint8_t i : order_) {
    double threshold = std::numeric_limits<double>::quiet_NaN();
    for (const auto& d : metric_detectors::list())
      if (d.kind == skyline_nine::kinds[i]) threshold = threshold_of(d.kind, d.parameters);
    all.push_back(threshold);
  }
  if (params_.votes > 0) all.push_back(params_.votes);
  if (params_.second_order > 0) std::fill(all.begin(), all.end(), rate_params().threshold);
  return all;
}

bool metric_monitor::changed_enough() const noexcept {
  if (usual_.empty()) return true;
  if (std::isnan(usual_value_)) return false;
  const double change = value_ - usual_value_;
  if (params_.direction == change_direction::up && !(change > 0)) return false;
  if (params_.direction == change_direction::down && !(change < 0)) return false;
  return std::abs(change) >= params_.min_change * (params_.relative_change ? std::abs(usual_value_) : 1);
}

void metric_monitor::judge(observation x) noexcept {
  if (!season_.empty()) {
    telemetry::seasonal_profile& profile = season_.front();
    const bool ready = profile.ready(x.time);
    const double rest = x.value - profile.usual(x.time);
    profile.learn(x);
    if (!ready) return;
    x.value = rest;
  }
  if (auto* plain = std::get_if<std::vector<any>>(&parts_))
    for (std::size_t i = 0; i < plain->size(); ++i) verdicts_[i] = (*plain)[i].update(x);
  if (auto* with_rate = std::get_if<std::vector<calibrated>>(&parts_))
    for (std::size_t i = 0; i < with_rate->size(); ++i) verdicts_[i] = (*with_rate)[i].update(x);
  if (auto* nine = std::get_if<std::vector<skyline_nine>>(&parts_)) {
    nine->front().update(x);
    for (std::size_t i = 0; i < order_.size(); ++i) verdicts_[i] = nine->front().verdicts()[order_[i]];
  }
  if (params_.votes == 0) return;
  std::uint32_t votes = 0;
  bool judged = false;
  for (std::size_t i = 0; i + 1 < verdicts_.size(); ++i) {
    votes += verdicts_[i].anomalous ? 1 : 0;
    judged = judged || verdicts_[i].state == verdict::status::judged;
  }
  if (judged)
    verdicts_.back() = {
        .score = static_cast<double>(votes), .anomalous = votes >= params_.votes, .state = verdict::status::judged};
}

verdict metric_monitor::update(const observation& x) noexcept {
  std::fill(verdicts_.begin(), verdicts_.end(), verdict());
  value_ = std::numeric_limits<double>::quiet_NaN();
  gap_ = late_ = restarted_ = false;
  if (!std::isfinite(x.value)) {
    std::fill(verdicts_.begin(), verdicts_.end(), verdict::reject());
    return verdict::reject();
  }
  const bool first = !seen_;
  const time_point before = last_time_;
  late_ = !first && x.time < before;
  const time_point now = late_ ? before : x.time;
  const auto apart =
      static_cast<double>(now.time_since_epoch().count()) - static_cast<double>(before.time_since_epoch().count());
  gap_ = !first && params_.no_data > duration() && apart > static_cast<double>(params_.no_data.count());
  gap_since_ = before;
  seen_ = true;
  if (!params_.counter) {
    value_ = x.value;
  } else if (first) {
    raw_ = x.value;
  } else if (apart > 0) {  // twice the same time has no rate; the next one has it all
    restarted_ = x.value < raw_;
    value_ = (restarted_ ? x.value : x.value - raw_) / (apart * 1e-9);
    raw_ = x.value;
  }
  last_time_ = now;
  if (!std::isfinite(value_)) return {};

  if (!filter_.empty() && filter_.front().begins_anew(now)) forget();
  if (!usual_.empty()) usual_value_ = usual_.front().order().median();
  judge({value_, now});
  const bool enough = changed_enough();
  if (!usual_.empty()) usual_.front().push({value_, now});
  if (!filter_.empty() && !filter_.front().take({value_, now})) {
    std::fill(verdicts_.begin(), verdicts_.end(), verdict());
    return {};
  }
  verdict any_of;
  for (std::size_t i = 0; i < verdicts_.size(); ++i) {
    verdict& v = verdicts_[i];
    v.anomalous = v.anomalous && enough;
    if (!fired_.empty() && v.state == verdict::status::judged) {
      const std::uint64_t mask = params_.of == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << params_.of) - 1;
      fired_[i] = (fired_[i] << 1 | (v.anomalous ? 1U : 0U)) & mask;
      v.anomalous = v.anomalous && static_cast<std::uint32_t>(std::popcount(fired_[i])) >= params_.fire;
    }
    if (!rates_.empty() && v.state == verdict::status::judged) v = rates_[i].judge(v.anomalous);
    if (v.anomalous || any_of.state != verdict::status::judged) any_of = v;
  }
  return any_of;
}

void metric_monitor::forget() noexcept {
  std::visit(
      [](auto& parts) {
        for (auto& d : parts) d.reset();
      },
      parts_);
  for (auto& u : usual_) u.clear();
  for (auto& r : rates_) r.reset();
  std::fill(fired_.begin(), fired_.end(), 0);
}

void metric_monitor::reset() noexcept {
  forget();
  for (auto& s : season_) s.reset();
  for (auto& f : filter_) f.reset();
  std::fill(verdicts_.begin(), verdicts_.end(), verdict());
  raw_ = 0;
  value_ = usual_value_ = std::numeric_limits<double>::quiet_NaN();
  last_time_ = gap_since_ = {};
  seen_ = gap_ = late_ = restarted_ = false;
}

std::size_t metric_monitor::memory_bytes() const noexcept {
  std::size_t bytes = sizeof(*this) + order_.capacity() + fired_.capacity() * sizeof(std::uint64_t) +
                      verdicts_.capacity() * sizeof(verdict);
  std::visit(
      [&](const auto& parts) {
        for (const auto& d : parts) bytes += d.memory_bytes();
      },
      parts_);
  for (const auto& s : season_) bytes += s.memory_bytes();
  for (const auto& u : usual_) bytes += sizeof(u) + u.heap_bytes();
  for (const auto& r : rates_) bytes += sizeof(r) + r.heap_bytes();
  bytes += filter_.capacity() * sizeof(compose::series_filter);
  return bytes;
}

void metric_monitor::save(state_writer& out) const {
  save_head<metric_monitor>(out, params_);
  out.scalar(static_cast<std::uint8_t>(parts_.index()));
  out.scalar(static_cast<std::uint8_t>(order_.size()));
  out.array(std::span<const std::uint8_t>(order_));
  std::visit(
      [&](const auto& parts) {
        out.scalar(static_cast<std::uint8_t>(parts.size()));
        for (const auto& d : parts) d.save(out);
      },
      parts_);
  out.scalar(static_cast<std::uint8_t>(season_.size()));
  for (const auto& s : season_) s.save(out);
  for (const auto& u : usual_) u.save(out);
  for (const std::uint64_t f : fired_) out.scalar(f);
  for (const auto& f : filter_) f.save(out);
  for (const auto& r : rates_) r.save(out);
  out.scalar(raw_);
  out.scalar(last_time_);
  out.scalar(seen_);
}

result<metric_monitor> metric_monitor::load(state_reader& in) {
  metric_monitor m;
  m.params_ = load_head<metric_monitor>(in).params;
  const auto form = in.scalar<std::uint8_t>();
  m.order_.resize(in.scalar<std::uint8_t>());
  in.array(std::span(m.order_));
  const auto count = in.scalar<std::uint8_t>();
  const auto read = [&]<class D>(std::vector<D> parts) {
    for (std::uint8_t i = 0; i < count && in.ok(); ++i) {
      auto d = D::load(in);
      if (d) parts.push_back(*std::move(d));
    }
    m.parts_ = std::move(parts);
  };
  if (form == 0) read(std::vector<any>());
  if (form == 1) read(std::vector<calibrated>());
  if (form == 2) read(std::vector<skyline_nine>());
  if (in.ok() &&
      (form > 2 || count == 0 || (form == 2) != (count == 1 && !m.order_.empty()) || m.params_.fire > m.params_.of ||
       std::any_of(m.order_.begin(), m.order_.end(), [](std::uint8_t i) { return i >= skyline_nine::size; })))
    in.fail("metric_monitor: impossible detectors");
  const auto seasons = in.scalar<std::uint8_t>();
  if (in.ok() && seasons > 1) in.fail("metric_monitor: more than one season");
  if (in.ok() && seasons == 1) {
    auto s = telemetry::seasonal_profile::load(in);
    if (s) m.season_.push_back(*std::move(s));
  }
  if (!in.ok()) return unexpected(in.error());
  m.prepare();
  for (auto& u : m.usual_) u = usual_window::load(in, window::extent{.points = usual_points});
  for (std::uint64_t& f : m.fired_) f = in.scalar<std::uint64_t>();
  for (auto& f : m.filter_) f = compose::series_filter::load(in, f.parameters());
  for (auto& r : m.rates_) r = compose::anomaly_rate::load(in, m.rate_params());
  m.raw_ = in.finite();
  m.last_time_ = in.scalar<time_point>();
  m.seen_ = in.scalar<bool>();
  if (!in.ok()) return unexpected(in.error());
  return m;
}

}  // namespace netanomaly::program
