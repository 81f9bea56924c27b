// SPDX-License-Identifier: Apache-2.0
#include "dns_command.hpp"

#include "allow_list.hpp"
#include "dns_adapter.hpp"
#include "dns_report_data.hpp"
#include "dns_writers.hpp"
#include "features_table.hpp"
#include "files.hpp"
#include "incident_stream.hpp"
#include "interruption.hpp"
#include "policy_zone.hpp"
#include "progress.hpp"
#include "state_directory.hpp"
#include "text.hpp"

#include <netanomaly/capture/source.hpp>
#include <netanomaly/dns/incidents.hpp>
#include <netanomaly/dns/pairing.hpp>
#include <netanomaly/dns/tunnel_detector.hpp>
#include <netanomaly/dns/vantage.hpp>
#include <netanomaly/geoip/database.hpp>
#include <netanomaly/psl/public_suffix_list.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace netanomaly::program {

namespace {

constexpr std::size_t packets_between_looks = 4096;  // at the clock, the signals and the terminal
constexpr std::size_t opened_ahead = 64;             // inputs whose mistakes are known before the work begins

/// Messages, transactions and contacts on their way from captures and logs to the detector.
class stream final : public capture::handler {
 public:
  stream(dns::tunnel_detector& detector, incident_stream* incidents, features_table* features,
         const dns::pairing::params& p, const dns::vantage_judge::params& v)
      : detector_(detector), incidents_(incidents), features_(features), pairing_(p), vantage_(v) {}

  void on_message(const dns::wire_message& m) override {
    first_ = std::min(first_, m.time);
    last_ = std::max(last_, m.time);
    ++messages_;
    if (features_ != nullptr) features_->add(m);
    pairing_.update(m, [this](const dns::transaction& t) { place(t); });
  }
  void on_transaction(const dns::transaction& t) override {
    first_ = std::min(first_, t.time);
    last_ = std::max(last_, t.response_time.value_or(t.time));
    messages_ += (t.query_seen ? 1U : 0U) + (t.response_seen.value_or(false) ? 1U : 0U);
    place(t);
  }
  void on_contact(const dns::contact& c) override { detector_.add(c); }

  void advance(time_point now) {
    pairing_.advance(now, [this](const dns::transaction& t) { place(t); });
    vantage_.advance(now, [this](const dns::transaction& t) { judge(t); });
    if (incidents_ != nullptr) incidents_->advance(now);
  }
  void finish() {
    pairing_.flush([this](const dns::transaction& t) { place(t); });
    vantage_.flush([this](const dns::transaction& t) { judge(t); });
    if (incidents_ != nullptr && messages_ > 0) incidents_->advance(last_);
  }

  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  [[nodiscard]] time_point first() const noexcept { return first_; }
  [[nodiscard]] time_point last() const noexcept { return last_; }
  [[nodiscard]] const dns::pairing& pairing() const noexcept { return pairing_; }
  [[nodiscard]] const dns::vantage_judge& vantage() const noexcept { return vantage_; }

 private:
  void place(const dns::transaction& t) {
    vantage_.update(t, [this](const dns::transaction& placed) { judge(placed); });
  }
  void judge(const dns::transaction& t) {
    if (detector_.update(t).anomalous && incidents_ != nullptr) incidents_->update(t);
  }

  dns::tunnel_detector& detector_;
  incident_stream* incidents_;
  features_table* features_;
  dns::pairing pairing_;
  dns::vantage_judge vantage_;
  std::uint64_t messages_ = 0;
  time_point first_ = time_point::max();
  time_point last_ = time_point::min();
};

/// Everything that one run needs, opened and checked before the first packet is read.
class dns_run {
 public:
  explicit dns_run(const dns_options& options) : options_(options) {}

  result<int> operator()() {
    if (auto ready = prepare(); !ready) return unexpected(std::move(ready).error());
    std::optional<features_table> features;
    if (rows_) features.emplace(*rows_, suffixes_);
    dns::pairing::params pairs;
    if (secret_) pairs.seed = *secret_;
    dns::vantage_judge::params places;
    places.fixed = options_.vantage;
    if (secret_) places.seed = *secret_;
    if (options_.incidents || block_)
      incidents_.emplace(
          options_.incidents ? open_incidents_ : unwritten_, *detector_, allowed_,
          [this](const dns::ip_address& a) { return place_of(a); }, [this](const incident_line& line) { write(line); },
          [this] { block(incidents_->zones()); });
    if (block_ && !block_->exists()) block(incidents_->zones());
    stream messages(*detector_, incidents_ ? &*incidents_ : nullptr, features ? &*features : nullptr, pairs, places);
    if (auto read = read_all(messages); !read) return unexpected(std::move(read).error());
    messages.finish();
    if (incidents_ && !state_) incidents_->close_all();
    return conclude(messages);
  }

 private:
  result<void> prepare() {
    if (options_.interface.empty() && options_.inputs.empty())
      return unexpected(
          error("no input: name captures or logs, - for standard input, or -i INTERFACE (netanomaly dns --help)"));
    if (!options_.interface.empty() && !options_.inputs.empty())
      return unexpected(error("-i listens on an interface and cannot be joined with files"));
    if (options_.length && options_.interface.empty() && !options_.follow)
      return unexpected(error("--duration is for a live interface (-i) and for logs that are followed (--follow)"));
    if (options_.follow && !options_.interface.empty())
      return unexpected(error("--follow is for logs; an interface (-i) is listened to without end anyway"));
    if (options_.state_interval && (options_.state.empty() || (options_.interface.empty() && !options_.follow)))
      return unexpected(error("--state-interval is for --state with -i or --follow"));
    if (options_.follow && options_.inputs.size() > opened_ahead)
      return unexpected(error(fmt::format("--follow: at most {} logs together", opened_ahead)));
    if (std::ranges::count(options_.inputs, "-") > 1)
      return unexpected(error("standard input (-) can be read only once"));

    if (!options_.allow.empty()) {
      auto list = allow_list::read(options_.allow);
      if (!list) return unexpected(std::move(list).error());
      allowed_ = *std::move(list);
    }
    for (const std::string& zone : options_.local_zones)
      if (auto added = allowed_.add_local(zone); !added) return added;
    if (options_.threshold && options_.alarm_budget)
      return unexpected(error("--threshold and --alarm-budget are two ways to say the same: give one"));
    if (options_.incident_quiet && !options_.incidents) return unexpected(error("--incident-quiet is for --incidents"));
    if (!options_.rpz.empty()) {
      auto zone = policy_zone::open(options_.rpz);
      if (!zone) return unexpected(std::move(zone).error());
      block_.emplace(*std::move(zone));
    }
    if (auto taken = take_lists(); !taken) return taken;
    if (auto made = make_detector(); !made) return made;
    detector_->set_suffixes(suffixes_);
    if (auto opened = open_inputs(); !opened) return opened;
    auto out = output::open(options_.output);
    if (!out) return unexpected(std::move(out).error());
    out_.emplace(*std::move(out));
    for (auto [path, file] : {std::pair(&options_.report, &page_), std::pair(&options_.features, &rows_)}) {
      if (path->empty()) continue;
      auto opened = output::open(*path);
      if (!opened) return unexpected(std::move(opened).error());
      file->emplace(*std::move(opened));
    }
    return {};
  }

  result<void> take_lists() {
    if (!options_.psl.empty()) {
      auto list =
          options_.psl == "builtin" ? psl::public_suffix_list::builtin() : psl::public_suffix_list::load(options_.psl);
      if (!list) return unexpected(std::move(list).error());
      if (const auto rules = list->rules()) rules_ = *rules;
      suffixes_ = *std::move(list);
    }
    if (options_.geoip.empty()) return {};
    auto places = geoip::database::open(options_.geoip);
    if (!places) return unexpected(std::move(places).error());
    places_.emplace(*std::move(places));
    return {};
  }

  [[nodiscard]] std::optional<place> place_of(const dns::ip_address& address) const {
    const auto found = places_ ? places_->find(address) : std::nullopt;
    if (!found) return std::nullopt;
    return place{std::string(found->country), found->as_number, std::string(found->organization)};
  }

  result<void> make_detector() {
    dns::tunnel_detector::params wanted;
    if (options_.memory_limit) wanted.memory_limit = *options_.memory_limit;
    if (options_.threshold) wanted.threshold = *options_.threshold;
    if (options_.alarm_budget) wanted.alarm_budget = *options_.alarm_budget;
    wanted.suspicious = options_.suspicion.value_or(std::min(wanted.suspicious, wanted.threshold));
    if (!options_.interface.empty() || options_.follow)  // who can send packets must not choose what collides
      secret_ = std::uint64_t{std::random_device()()} << 32 | std::random_device()();
    if (secret_) wanted.seed = *secret_;
    dns::incidents::params incidents;
    if (options_.incident_quiet) incidents.quiet = *options_.incident_quiet;
    auto none_open = dns::incidents::make(incidents);
    if (!none_open) return unexpected(std::move(none_open).error());
    open_incidents_ = *std::move(none_open);
    if (!options_.state.empty()) {
      auto directory = state_directory::open(options_.state);
      if (!directory) return unexpected(std::move(directory).error());
      state_.emplace(*std::move(directory));
      auto loaded = state_->load();
      if (!loaded) return unexpected(std::move(loaded).error());
      if (*loaded) {
        auto& [detector, opened] = **loaded;
        detector_ = std::move(detector);
        if (opened) open_incidents_ = *std::move(opened);
        return agrees(wanted);
      }
    }
    auto made = dns::tunnel_detector::make(wanted);
    if (!made) return unexpected(std::move(made).error());
    detector_ = *std::move(made);
    return {};
  }

  /// What was asked for on the command line must be what the state was made with: its past was judged and kept by it.
  result<void> agrees(const dns::tunnel_detector::params& wanted) const {
    const auto& held = detector_->parameters();
    const auto differs = [&](const char* option, const auto& in_state) {
      return unexpected(error(fmt::format("{}: its state was made with {} {}: give the same, or another directory",
                                          printable(options_.state), option, in_state)));
    };
    if (options_.threshold && held.threshold != wanted.threshold) return differs("--threshold", held.threshold);
    if (options_.alarm_budget && held.alarm_budget != wanted.alarm_budget)
      return differs("--alarm-budget", fmt::format("{}/day", held.alarm_budget));
    if (options_.suspicion && held.suspicious != wanted.suspicious) return differs("--suspicion", held.suspicious);
    if (options_.memory_limit && held.memory_limit != wanted.memory_limit)
      return differs("--memory-limit", held.memory_limit);
    const duration quiet = open_incidents_.parameters().quiet;
    if (options_.incident_quiet && quiet != *options_.incident_quiet)
      return differs("--incident-quiet", netanomaly::to_text(quiet));
    return {};
  }

  result<capture::source> open(const std::string& input) const {
    capture::options how;
    how.filter = options_.filter;
    how.follow = options_.follow;
    if (secret_) how.decoding.seed = *secret_;
    if (options_.follow)  // each waits in turn
      how.patience /= static_cast<int>(std::max<std::size_t>(options_.inputs.size(), 1));
    how.decoding.ports.insert(how.decoding.ports.end(), options_.ports.begin(), options_.ports.end());
    return options_.interface.empty() ? capture::source::open_file(input, how)
                                      : capture::source::open_interface(input, how);
  }

  [[nodiscard]] result<void> suits(const capture::source& source) const {
    if (source.is_log() && !options_.features.empty())
      return unexpected(
          error(fmt::format("{}: --features are of messages, and a log has none", printable(source.name()))));
    return {};
  }

  result<void> open_inputs() {
    if (options_.interface.empty())
      inputs_ = options_.inputs;
    else
      inputs_ = {options_.interface};
    for (const std::string& input : inputs_) {
      if (sources_.size() < opened_ahead) {
        auto source = open(input);
        if (!source) return unexpected(std::move(source).error());
        if (auto fits = suits(*source); !fits) return fits;
        octets_ += source->octets_in_file();
        sources_.emplace_back(*std::move(source));
      } else {
        sources_.emplace_back();
        if (input != "-" && ::access(input.c_str(), R_OK) != 0)
          return unexpected(error(fmt::format("{}: cannot be opened", printable(input))));
      }
    }
    return {};
  }

  result<void> read_all(stream& messages) {
    interruption::watch();
    progress shown(inputs_.size() <= opened_ahead ? octets_ : 0);
    if (options_.follow) follow_all(messages, shown);
    std::uint64_t octets_before = 0;
    for (std::size_t i = 0; i < inputs_.size() && interruption::signal() == 0; ++i) {
      if (!sources_[i]) {
        auto source = open(inputs_[i]);
        if (!source) return unexpected(std::move(source).error());
        if (auto fits = suits(*source); !fits) return fits;
        sources_[i].emplace(*std::move(source));
      }
      capture::source& source = *sources_[i];
      read(source, messages,
           [&] { shown.update(inputs_[i], octets_before + source.octets_read(), messages.messages()); });
      octets_before += source.octets_read();
      finish(i, shown);
    }
    return {};
  }

  /// All logs in turn, until a signal, the time that was asked for, or the end of all, which only a fault brings.
  void follow_all(stream& messages, progress& shown) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    auto busy = begin;
    std::vector<bool> ended(sources_.size());
    const auto over = [&] {
      return interruption::signal() != 0 || (options_.length && clock::now() - begin >= *options_.length);
    };
    while (!over() && std::ranges::count(ended, false) > 0) {
      bool idle = true;
      for (std::size_t i = 0; i < sources_.size() && !over(); ++i) {
        if (ended[i]) continue;
        const auto status = sources_[i]->read(messages, packets_between_looks);
        ended[i] = status == capture::source::status::end;
        idle = idle && status == capture::source::status::idle;
        shown.update(inputs_[i], sources_[i]->octets_read(), messages.messages());
      }
      if (incidents_ && messages.messages() > 0) incidents_->advance(messages.last());
      keep_state();
      if (!idle)
        busy = clock::now();
      else if (messages.messages() > 0)  // where nothing is logged time passes all the same
        messages.advance(messages.last() + std::chrono::duration_cast<duration>(clock::now() - busy));
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      sources_[i]->flush(messages);
      finish(i, shown);
    }
    inputs_.clear();
  }

  /// What is left to say of an input that has been read.
  void finish(std::size_t i, progress& shown) {
    const capture::source& source = *sources_[i];
    counts_ += source.counts();
    const std::uint64_t damaged =
        source.counts()[capture::count::log_damaged_lines] + source.counts()[capture::count::log_long_lines];
    if (!source.faults().empty()) shown.clear();
    for (const std::string& fault : source.faults()) fmt::print(stderr, "netanomaly: {}\n", printable(fault));
    if (damaged > source.faults().size())
      fmt::print(stderr, "netanomaly: {}: {} that cannot be read\n", printable(source.name()),
                 counted(damaged - source.faults().size(), "more line", "more lines"));
    if (source.incomplete() && interruption::signal() == 0) {
      shown.clear();
      fmt::print(stderr, "netanomaly: {}\n", source.incomplete()->message());
      cut_.push_back(source.incomplete()->message());
    }
    held_ = std::max(held_, source.memory_bytes());
    report_.inputs.push_back({inputs_[i] == "-" ? "standard input" : inputs_[i],
                              source.live()       ? "interface"
                              : options_.follow   ? "log, followed"
                              : inputs_[i] == "-" ? "pipe"
                                                  : "file",
                              source.octets_in_file() > 0 ? std::optional(source.octets_in_file()) : std::nullopt,
                              {}});
    sources_[i].reset();
  }

  template <class Look>
  void read(capture::source& source, stream& messages, Look look) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    for (;;) {
      const auto status = source.read(messages, packets_between_looks);
      if (status == capture::source::status::end) return;
      look();
      if (incidents_ && messages.messages() > 0) incidents_->advance(messages.last());
      if (source.live()) keep_state();
      if (status == capture::source::status::idle)
        messages.advance(std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()));
      const bool over = options_.length && clock::now() - begin >= *options_.length;
      if (over || interruption::signal() != 0) {
        source.flush(messages);
        return;
      }
    }
  }

  void write(const incident_line& line) {
    if (!options_.incidents) return;
    out_->write(options_.format == output_format::table
                    ? to_text(line)
                    : to_line(options_.format == output_format::ecs ? to_ecs(line.what, &line) : to_json(line)));
    out_->flush();
  }

  /// Now and then, so that a crash does not cost all since the start. The end tries again.
  void keep_state() {
    const auto now = std::chrono::steady_clock::now();
    if (!state_ || now - state_kept_ < options_.state_interval.value_or(std::chrono::minutes(10))) return;
    if (auto saved = state_->save(*detector_, open_incidents_); !saved)
      fmt::print(stderr, "netanomaly: {}\n", saved.error().message());
    state_kept_ = std::chrono::steady_clock::now();
  }

  /// A failure is told at the end: while the run goes on, what is found must still be written.
  void block(const std::set<std::string>& zones) {
    if (!block_) return;
    auto written = block_->write(zones, std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()));
    not_blocked_ = written ? std::nullopt : std::optional(std::move(written).error());
  }

  result<int> conclude(const stream& messages) {
    const int signal = interruption::signal();
    take_counts(report_, counts_, messages.pairing().counts(), messages.vantage().echoes());
    take_findings(report_, *detector_, allowed_, [this](const dns::ip_address& a) { return place_of(a); },
                  {options_.all, options_.show_allowed, page_.has_value(), options_.top});
    if (messages.messages() > 0) {
      report_.first = messages.first();
      report_.last = messages.last();
    }
    for (const std::string& cut : cut_) {
      report_.complete = false;
      report_.incomplete_text += (report_.incomplete_text.empty() ? "" : " ") + cut + '.';
    }
    report_.interrupted = signal != 0;
    report_.memory_octets =
        detector_->memory_bytes() + messages.pairing().memory_bytes() + messages.vantage().memory_bytes() + held_;
    report_.written = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());

    if (options_.format == output_format::table) {
      const bool color = out_->is_terminal() && std::getenv("NO_COLOR") == nullptr;
      write_table(*out_, report_, color);
    } else {
      if (!options_.incidents) write_json_lines(*out_, report_, options_.format == output_format::ecs);
      if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "{}", seen_text(report_));
    }
    if (auto closed = out_->close(); !closed) return unexpected(std::move(closed).error());
    if (rows_)
      if (auto closed = rows_->close(); !closed) return unexpected(std::move(closed).error());
    if (page_) {
      describe_run();
      page_->write(report_page(report_));
      if (auto closed = page_->close(); !closed) return unexpected(std::move(closed).error());
    }
    if (state_)
      if (auto saved = state_->save(*detector_, open_incidents_); !saved) return unexpected(std::move(saved).error());
    block(report_.tunnels);
    if (not_blocked_) return unexpected(*std::move(not_blocked_));
    if (signal != 0) return 128 + signal;
    if (options_.fail_on_anomaly && !report_.tunnels.empty()) return 1;
    return report_.complete ? 0 : 3;
  }

  /// What only the page tells: hashes of the inputs, settings, how far the history goes back.
  void describe_run() {
    for (std::size_t i = 0; i < report_.inputs.size(); ++i)
      if (report_.inputs[i].form == "file") report_.inputs[i].sha256 = file_hash(inputs_[i]);
    for (const parameter_info& p : list_parameters(detector_->parameters()))
      report_.settings.emplace_back(p.name, p.unit.empty() ? p.value : fmt::format("{} {}", p.value, p.unit));
    const auto set = [&](const char* name, const std::string& value) {
      if (!value.empty()) report_.settings.emplace_back(name, value);
    };
    set("false alarms expected a day", fmt::format("{:.2g}, above {:g} dB with {}", report_.false_alarms_per_day,
                                                   report_.threshold, counted(report_.clients, "client", "clients")));
    set("capture filter", options_.filter);
    set("public suffix list", options_.psl.empty() ? std::string("small set of netanomaly's own")
                              : rules_ > 0         ? fmt::format("{}, {} rules", options_.psl, grouped(rules_))
                                                   : options_.psl);
    if (places_) set("places", fmt::format("{} ({})", options_.geoip, places_->type()));
    set("allow file", options_.allow);
    set("state", options_.state);
    set("memory used", octets_text(static_cast<double>(report_.memory_octets)));
    const dns::history& domains = detector_->domains();
    if (domains.size() > 0)
      report_.notes.emplace_back("Domains known", fmt::format("{}, since {}", grouped(domains.size()),
                                                              rfc3339(domains.since()).substr(0, 10)));
  }

  const dns_options& options_;
  std::optional<std::uint64_t> secret_;  // of the tables, in a live run
  allow_list allowed_;
  std::optional<state_directory> state_;
  dns::incidents open_incidents_;
  dns::incidents unwritten_;  // where only the zones are wanted
  std::optional<incident_stream> incidents_;
  std::optional<policy_zone> block_;
  std::optional<error> not_blocked_;
  std::chrono::steady_clock::time_point state_kept_ = std::chrono::steady_clock::now();
  std::optional<dns::tunnel_detector> detector_;
  std::vector<std::string> inputs_;
  std::vector<std::optional<capture::source>> sources_;
  std::uint64_t octets_ = 0;
  std::optional<output> out_, page_, rows_;
  dns::tunnel_detector::suffix_function suffixes_ = dns::builtin_suffixes;
  std::size_t rules_ = 0;
  std::optional<geoip::database> places_;
  capture::counters counts_;
  std::vector<std::string> cut_;
  std::size_t held_ = 0;
  dns_report report_;
};

}  // namespace

int run_dns(const dns_options& options) {
  const auto code = dns_run(options)();
  if (code) return *code;
  fmt::print(stderr, "netanomaly: {}\n", code.error().message());
  return 2;
}

}  // namespace netanomaly::program
