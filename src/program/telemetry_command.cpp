// SPDX-License-Identifier: Apache-2.0
#include "telemetry_command.hpp"

#include "files.hpp"
#include "interruption.hpp"
#include "metric_monitor.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "state_directory.hpp"
#include "telemetry_input.hpp"
#include "telemetry_report.hpp"
#include "text.hpp"

#include <netanomaly/compose/keyed.hpp>
#include <netanomaly/core/state.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace netanomaly::program {

namespace {

using monitors = compose::keyed<std::string, metric_monitor>;
constexpr std::string_view no_data_name = "no_data";
constexpr std::size_t chunk = std::size_t{1} << 16;

/// As JSON writes it: the largest double for infinities, null for what is no number.
void append_number(std::string& line, double number) {
  if (std::isnan(number)) {
    line += "null";
    return;
  }
  constexpr double most = std::numeric_limits<double>::max();
  fmt::format_to(std::back_inserter(line), "{}", std::clamp(number, -most, most));
}
std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}
double milliseconds(time_point time) {
  return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
}

/// Anomalies of one metric and detector with no more than a few ordinary points between: a row of the table.
struct episode {
  time_point first, last;
  std::uint64_t points = 0, after = 0;  // `after`: points since the last one
  double value = 0, score = 0;
  std::string metric;
  std::size_t detector = 0;
};

// What run() makes first stands in optionals: it cannot be made with the object.
// NOLINTBEGIN(bugprone-unchecked-optional-access)
class telemetry_run {
 public:
  explicit telemetry_run(const telemetry_options& options) : options_(options) {}

  result<int> run() {
    if (options_.inputs.empty())
      return unexpected(error("telemetry: expected a FILE, a directory, or - (netanomaly telemetry --help)"));
    if (options_.all_points && !options_.json_lines && options_.report.empty())
      return unexpected(error("--all-points: goes with --jsonl"));
    auto inputs = find_inputs();
    if (!inputs) return unexpected(std::move(inputs).error());
    auto prototype = metric_monitor::make(options_);
    if (!prototype) return unexpected(std::move(prototype).error());
    names_ = prototype->names();
    thresholds_ = prototype->thresholds();
    for (const std::string& name : names_) quoted_names_.push_back(json_string(name));
    auto made = monitors::make({.max_bytes = options_.memory_limit}, *std::move(prototype));
    if (!made) return unexpected(error("--memory-limit: " + made.error().message()));
    monitors_.emplace(*std::move(made));
    if (auto ok = open_outputs(); !ok) return unexpected(std::move(ok).error());
    if (auto ok = restore(); !ok) return unexpected(std::move(ok).error());
    interruption::watch();
    for (const auto& [path, metric] : *inputs) {
      if (auto ok = read(path, metric); !ok) {
        flush_lines();  // what came before the mistake has been judged
        return unexpected(std::move(ok).error());
      }
      if (interruption::signal() != 0) break;
    }
    return conclude();
  }

 private:
  struct input {
    std::string path, metric;
  };

  result<std::vector<input>> find_inputs() {
    std::vector<input> inputs;
    std::uint64_t octets = 0;
    const auto add = [&](const std::string& path) {
      inputs.push_back({path, path == "-" ? "stdin" : std::filesystem::path(path).stem().string()});
      std::error_code ignored;
      const auto size = path == "-" ? 0 : std::filesystem::file_size(path, ignored);
      octets += ignored ? 0 : size;
    };
    for (const std::string& path : options_.inputs) {
      std::error_code code;
      if (path == "-" || !std::filesystem::is_directory(path, code)) {
        add(path);
        continue;
      }
      std::vector<std::string> found;
      for (auto at = std::filesystem::directory_iterator(path, code);
           !code && at != std::filesystem::directory_iterator(); at.increment(code))
        if (at->path().extension() == ".csv") found.push_back(at->path().string());
      if (code) return unexpected(error(fmt::format("{}: cannot be read: {}", printable(path), code.message())));
      if (found.empty()) return unexpected(error(fmt::format("{}: expected files that end in .csv", printable(path))));
      std::sort(found.begin(), found.end());
      for (const std::string& file : found) add(file);
    }
    progress_.emplace(octets, "points");
    return inputs;
  }

  result<void> open_outputs() {
    auto out = output::open(options_.output);
    if (!out) return unexpected(std::move(out).error());
    out_.emplace(*std::move(out));
    if (options_.report.empty()) return {};
    auto page = output::open(options_.report);
    if (!page) return unexpected(std::move(page).error());
    page_.emplace(*std::move(page));
    return {};
  }

  [[nodiscard]] std::string state_file() const {
    return options_.state + (options_.state.ends_with('/') ? "telemetry.state" : "/telemetry.state");
  }
  result<void> restore() {
    if (options_.state.empty()) return {};
    auto held = state_directory::open(options_.state);
    if (!held) return unexpected(std::move(held).error());
    state_.emplace(*std::move(held));
    const std::string file = state_file();
    auto bytes = read_if_exists(file);
    if (!bytes) return unexpected(std::move(bytes).error());
    if (!*bytes) return {};
    const std::size_t budget = std::max(state_reader::default_budget, 64 * (*bytes)->size());
    auto loaded = from_bytes<monitors>(**bytes, budget);
    const auto refused = [&](std::string_view why) {
      return unexpected(
          error(fmt::format("{}: {}; it is left as it is: move it away to begin anew", printable(file), why)));
    };
    if (!loaded) return refused(loaded.error().message());
    if (to_bytes(loaded->prototype()) != to_bytes(monitors_->prototype()))
      return refused("the state was made with other detectors or settings than are asked for now");
    if (loaded->parameters() != monitors_->parameters())
      return refused("the state was made with another --memory-limit");
    monitors_.emplace(*std::move(loaded));
    return {};
  }

  result<void> read(const std::string& path, const std::string& metric) {
    const int file = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
      return unexpected(error(fmt::format("{}: cannot be opened: {}", printable(path), std::strerror(errno))));
    metric_reader reader(path == "-" ? "standard input" : path, metric, options_.form);
    const metric_reader::take take = [this](const metric_point& p) { point(p); };
    std::string text;
    std::vector<char> buffer(chunk);
    result<void> done;
    while (done && interruption::signal() == 0) {
      const ssize_t got = ::read(file, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0)
        done = unexpected(error(fmt::format("{}: cannot be read: {}", printable(path), std::strerror(errno))));
      if (got <= 0) break;
      octets_ += static_cast<std::uint64_t>(got);
      std::string_view rest(buffer.data(), static_cast<std::size_t>(got));
      for (std::size_t end = 0; done && (end = rest.find('\n')) != std::string_view::npos;
           rest.remove_prefix(end + 1)) {
        if (text.empty()) {
          done = reader.line(rest.substr(0, end), take);
        } else {
          text.append(rest.substr(0, end));
          done = reader.line(text, take);
          text.clear();
        }
      }
      text.append(rest);
      if (text.size() > (std::size_t{1} << 26))
        done = unexpected(
            error(fmt::format("{}:{}: expected a line of at most 64 MiB", printable(path), reader.lines() + 1)));
      progress_->update(path, octets_, points_);
      if (path == "-" && !pending_.empty()) {
        flush_lines();
        out_->flush();
      }
    }
    if (done && !text.empty() && interruption::signal() == 0) done = reader.line(text, take);
    if (file != STDIN_FILENO) ::close(file);
    return done;
  }

  void point(const metric_point& p) {
    ++points_;
    monitors_->update({p.metric, {p.value, p.time}});
    const metric_monitor* const m = monitors_->find(p.metric);
    if (m == nullptr) return;  // one that does not fit left at once
    if (std::isnan(p.value)) ++missing_;
    late_ += m->late() ? 1 : 0;
    restarts_ += m->restarted() ? 1 : 0;
    newest_ = std::max(newest_, p.time);
    if (const auto since = m->gap_since()) gap(p.metric, *since, p.time);
    const auto verdicts = m->verdicts();
    plotted_metric* const plot = page_ ? plot_of(p.metric) : nullptr;
    if (plot != nullptr && !std::isnan(m->value())) {
      plot->times.push_back(milliseconds(p.time));
      plot->values.push_back(static_cast<float>(m->value()));
    }
    std::string_view quoted, when;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const verdict& v = verdicts[i];
      const bool last = options_.consensus && i + 1 == verdicts.size();
      const bool reported = v.anomalous && (!options_.consensus || last);
      if (plot != nullptr && !std::isnan(m->value())) {
        plot->tracks[i].scores.push_back(static_cast<float>(std::clamp(v.score, -3e38, 3e38)));
        if (v.anomalous) plot->tracks[i].anomalies.push_back(static_cast<std::uint32_t>(plot->times.size() - 1));
      }
      if (reported) ++anomalies_;
      if (options_.json_lines) {
        if (!options_.all_points && !reported) continue;
        if (quoted.empty()) {
          quoted = quoted_of(p.metric);
          when = time_of(p.time);
        }
        write_line(quoted, when, std::isnan(m->value()) ? p.value : m->value(), quoted_names_[i], v);
      } else if (reported || !episodes_.empty()) {
        extend(p, *m, i, v, reported);
      }
    }
    if (pending_.size() > chunk) flush_lines();
  }

  std::string_view quoted_of(std::string_view metric) {
    if (metric != quoted_metric_) {
      quoted_metric_ = metric;
      quoted_ = json_string(metric);
    }
    return quoted_;
  }
  std::string_view time_of(time_point t) {
    if (time_text_.empty() || t != text_time_) {
      text_time_ = t;
      time_text_ = rfc3339(t);
    }
    return time_text_;
  }
  void write_line(std::string_view metric, std::string_view when, double value, std::string_view detector,
                  const verdict& v) {
    pending_ += R"({"metric":)";
    pending_ += metric;
    pending_ += R"(,"timestamp":")";
    pending_ += when;
    pending_ += R"(","value":)";
    append_number(pending_, value);
    pending_ += R"(,"detector":)";
    pending_ += detector;
    pending_ += R"(,"score":)";
    append_number(pending_, v.score);
    pending_ += R"(,"p_value":)";
    append_number(pending_, v.p_value);
    pending_ += v.anomalous ? R"(,"anomalous":true})" : R"(,"anomalous":false})";
    pending_ += '\n';
  }
  void flush_lines() {
    progress_->clear();
    out_->write(pending_);
    pending_.clear();
  }

  /// A metric had no value from `since` to `until`; the score is how many times the limit that is.
  void gap(std::string_view metric, time_point since, time_point until) {
    ++anomalies_;
    const double length = std::chrono::duration<double>(until - since).count();
    const double score = length / std::chrono::duration<double>(options_.no_data).count();
    if (page_) {
      if (plotted_metric* const plot = plot_of(metric))
        plot->gaps.emplace_back(milliseconds(since), milliseconds(until));
    }
    if (options_.json_lines) {
      pending_ += fmt::format(R"({{"metric":{},"timestamp":"{}","value":null,"detector":"{}","score":)",
                              json_string(metric), rfc3339(since + options_.no_data), no_data_name);
      append_number(pending_, score);
      pending_ += fmt::format(R"(,"p_value":null,"anomalous":true,"since":"{}","until":"{}"}})", rfc3339(since),
                              rfc3339(until));
      pending_ += '\n';
      return;
    }
    rows_.push_back({.first = since,
                     .last = until,
                     .points = 0,
                     .value = std::nan(""),
                     .score = score,
                     .metric = std::string(metric),
                     .detector = names_.size()});
  }

  void extend(const metric_point& p, const metric_monitor& m, std::size_t detector, const verdict& v, bool anomalous) {
    constexpr std::uint64_t pause = 5;
    key_.assign(p.metric).push_back(static_cast<char>(detector));
    auto open = episodes_.find(key_);
    if (open != episodes_.end() && !anomalous && ++open->second.after > pause) {
      rows_.push_back(std::move(open->second));
      episodes_.erase(open);
      return;
    }
    if (!anomalous) return;
    if (open == episodes_.end()) {
      episode fresh;
      fresh.metric = p.metric;
      fresh.detector = detector;
      fresh.first = p.time;
      fresh.score = -1;
      open = episodes_.emplace(key_, std::move(fresh)).first;
    }
    episode& e = open->second;
    e.last = p.time;
    e.after = 0;
    ++e.points;
    if (v.score > e.score) {
      e.score = v.score;
      e.value = m.value();
    }
  }

  plotted_metric* plot_of(std::string_view metric) {
    constexpr std::size_t most_metrics = 100'000;
    key_.assign(metric);
    auto found = plot_index_.find(key_);
    if (found == plot_index_.end()) {
      if (plots_.size() == most_metrics) return nullptr;
      found = plot_index_.emplace(key_, plots_.size()).first;
      plots_.emplace_back();
      plots_.back().name = metric;
      plots_.back().tracks.resize(names_.size());
    }
    return &plots_[found->second];
  }

  result<int> conclude() {
    progress_->clear();
    if (options_.no_data > duration() && points_ > 0) {  // metrics that fell silent before the stream ended
      std::vector<std::pair<std::string, time_point>> silent;
      monitors_->for_each([&](const std::string& name, const metric_monitor& m) {
        if (const auto last = m.last_seen(); last && newest_ - *last > options_.no_data)
          silent.emplace_back(name, *last);
      });
      std::sort(silent.begin(), silent.end());
      for (const auto& [name, last] : silent) gap(name, last, newest_);
    }
    if (options_.json_lines) {
      flush_lines();
    } else {
      write_table();
    }
    if (auto closed = out_->close(); !closed) return unexpected(std::move(closed).error());
    if (options_.json_lines && isatty(STDERR_FILENO) != 0) fmt::print(stderr, "{}", seen_text());
    if (page_) {
      page_->write(page().html());
      if (auto closed = page_->close(); !closed) return unexpected(std::move(closed).error());
    }
    if (state_)
      if (auto saved = replace_file(state_file(), to_bytes(*monitors_)); !saved)
        return unexpected(std::move(saved).error());
    if (const int signal = interruption::signal(); signal != 0) return 128 + signal;
    return options_.fail_on_anomaly && anomalies_ > 0 ? 1 : 0;
  }

  [[nodiscard]] std::string seen_text() const {
    std::string text = fmt::format("{} of {} read", counted(points_, "point", "points"),
                                   counted(monitors_->size() + monitors_->left(), "metric", "metrics"));
    if (missing_ > 0) text += fmt::format(", {} without a value", grouped(missing_));
    if (late_ > 0) text += fmt::format(", {} late and taken as the newest", grouped(late_));
    if (restarts_ > 0) text += fmt::format(", {}", counted(restarts_, "restart of a counter", "restarts of counters"));
    if (monitors_->left() > 0) text += fmt::format("; {} forgotten for want of memory", grouped(monitors_->left()));
    return text + ".\n";
  }

  void write_table() {
    for (auto& [key, e] : episodes_) rows_.push_back(std::move(e));
    episodes_.clear();
    const std::size_t all = rows_.size();
    if (options_.top && rows_.size() > *options_.top) {
      std::sort(rows_.begin(), rows_.end(), [](const episode& a, const episode& b) { return a.score > b.score; });
      rows_.resize(*options_.top);
    }
    std::sort(rows_.begin(), rows_.end(), [](const episode& a, const episode& b) {
      return std::tie(a.first, a.metric, a.detector) < std::tie(b.first, b.metric, b.detector);
    });
    if (all == 0) {
      out_->write(fmt::format("Nothing unusual was found.\n{}", seen_text()));
      return;
    }
    std::size_t metric_width = 6, detector_width = 8;
    for (const episode& e : rows_) {
      metric_width = std::max(metric_width, std::min<std::size_t>(printable(e.metric).size(), 48));
      detector_width = std::max(detector_width, name_of(e).size());
    }
    std::string text =
        fmt::format("{}{}\n\n", counted(all, "anomaly was found", "anomalies were found"),
                    rows_.size() < all ? fmt::format("; the {} with the highest scores", rows_.size()) : "");
    text += fmt::format("{:<19}  {:>8}  {:>7}  {:<{}}  {:<{}}  {:>12}  {:>9}\n", "FROM (UTC)", "FOR", "POINTS",
                        "METRIC", metric_width, "DETECTOR", detector_width, "VALUE", "SCORE");
    for (const episode& e : rows_)
      text += fmt::format("{:<19}  {:>8}  {:>7}  {:<{}}  {:<{}}  {:>12}  {:>9.3g}\n",
                          std::string(rfc3339(e.first), 0, 19).replace(10, 1, " "), duration_text(e.last - e.first),
                          grouped(e.points), shortened(printable(e.metric), 48), metric_width, name_of(e),
                          detector_width, std::isnan(e.value) ? "" : fmt::format("{:.6g}", e.value), e.score);
    out_->write(text + "\n" + seen_text());
  }
  [[nodiscard]] std::string_view name_of(const episode& e) const {
    return e.detector < names_.size() ? std::string_view(names_[e.detector]) : no_data_name;
  }

  telemetry_page page() {
    telemetry_page page;
    page.detectors = names_;
    page.thresholds = thresholds_;
    page.points = points_;
    page.metrics = monitors_->size();
    page.anomalies = anomalies_;
    page.late = late_;
    page.missing = missing_;
    page.restarts = restarts_;
    page.window_span = options_.span;
    if (!options_.span) page.window_points = options_.points.value_or(window::extent().points);
    page.plots = std::move(plots_);
    page.written = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    std::string joined;
    for (const std::string& name : names_) joined += (joined.empty() ? "" : ", ") + name;
    page.settings = {
        {"detectors", joined},
        {"window", options_.span ? to_text(*options_.span)
                                 : counted(options_.points.value_or(window::extent().points), "point", "points")}};
    const auto set = [&](const char* name, const std::string& value) {
      if (!value.empty()) page.settings.emplace_back(name, value);
    };
    set("compatibility", options_.compatibility);
    if (options_.season) set("season", to_text(*options_.season));
    if (options_.alarm_rate) set("alarm rate", to_text(*options_.alarm_rate));
    if (options_.counter) set("counter", "rate a second");
    if (options_.fire.of > 1) set("fire", fmt::format("{} of {}", options_.fire.count, options_.fire.of));
    for (const auto& [name, value] : options_.set) set(name.c_str(), value);
    return page;
  }

  const telemetry_options& options_;
  std::vector<std::string> names_, quoted_names_;
  std::vector<double> thresholds_;
  std::optional<monitors> monitors_;
  std::optional<state_directory> state_;
  std::optional<output> out_, page_;
  std::optional<progress> progress_;
  std::uint64_t octets_ = 0, points_ = 0, anomalies_ = 0, late_ = 0, missing_ = 0, restarts_ = 0;
  time_point newest_ = time_point::min();
  std::string pending_, quoted_metric_, quoted_ = R"("")", time_text_, key_;
  time_point text_time_;
  std::unordered_map<std::string, episode> episodes_;  // by metric and detector
  std::vector<episode> rows_;
  std::unordered_map<std::string, std::size_t> plot_index_;
  std::vector<plotted_metric> plots_;
};
// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace

int run_telemetry(const telemetry_options& options) {
  const result<int> code = telemetry_run(options).run();
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
