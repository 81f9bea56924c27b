// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include "text.hpp"

#include <netanomaly/dns/vantage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace netanomaly::program {

namespace {

constexpr const char* group_input = "Input";
constexpr const char* group_output = "Output";
constexpr const char* group_detection = "Detection";
constexpr const char* group_help = "Help";

/// An option whose text `read` turns into a value, or an error that names what was expected.
template <class T, class Read>
CLI::Option* add_parsed(CLI::App& app, const std::string& names, T& target, Read read, const std::string& text) {
  const std::string shown = names.substr(names.rfind("--"));
  return app.add_option_function<std::string>(
      names,
      [&target, read, shown](const std::string& value) {
        auto parsed = read(value);
        if (!parsed) throw CLI::ValidationError(shown, parsed.error().message());
        target = *parsed;
      },
      text);
}

template <class T>
result<T> parse_whole(const std::string& text, T least, T most) {
  T number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return unexpected(
        error(fmt::format("expected a whole number from {} to {}, got '{}'", least, most, printable(text))));
  return number;
}

result<double> parse_number(const std::string& text) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return unexpected(error(fmt::format("expected a number, got '{}'", printable(text))));
  return number;
}

/// False alarms a day, of "2/week".
result<double> parse_budget(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto number = parse_number(text.substr(0, slash));
  const std::string_view unit = slash == std::string::npos ? "day" : std::string_view(text).substr(slash + 1);
  const double a_day = unit == "hour" ? 24 : unit == "day" ? 1 : unit == "week" ? 1.0 / 7 : 0;
  if (!number || *number <= 0 || a_day == 0)
    return unexpected(
        error(fmt::format("expected a number above 0 and /hour, /day or /week, got '{}'", printable(text))));
  return *number * a_day;
}

void add_help(CLI::App& app, bool& asked) {
  app.add_flag("-h,--help", asked, "Print this help and exit.")->group(group_help);
}

void define_dns(CLI::App& dns, dns_options& o) {
  dns.add_option(
         "FILE", o.inputs,
         "Captures (pcap or pcapng) and logs (Zeek's dns.log and conn.log, tab-separated or JSON; Suricata's EVE), "
         "recognised by content, plain or compressed by gzip or zstd; - is standard input. Several are read as one "
         "stream, in the order given.")
      ->type_name("FILE")
      ->group(group_input);
  dns.add_option_function<std::vector<std::string>>(
         "-r,--read",
         [&o](const std::vector<std::string>& files) { o.inputs.insert(o.inputs.end(), files.begin(), files.end()); },
         "The same, as other tools spell it; may be repeated.")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(group_input);
  dns.add_option("-i,--interface", o.interface, "Listen on a network interface until interrupted (needs CAP_NET_RAW).")
      ->type_name("INTERFACE")
      ->group(group_input);
  add_parsed(dns, "--duration", o.length, parse_duration,
             "Listen on the interface, or follow logs, for so long: 90s, 10m, 2h.")
      ->type_name("DURATION")
      ->group(group_input);
  dns.add_flag(
         "-F,--follow", o.follow,
         "Read on as logs grow, through rotation (renamed and made anew, or emptied), until interrupted. Plain text "
         "only; several are followed together.")
      ->group(group_input);
  dns.add_option_function<std::string>(
         "--vantage",
         [&o](const std::string& value) {
           o.vantage.reset();
           if (value == "auto") return;
           for (const dns::vantage v : {dns::vantage::client, dns::vantage::forwarder, dns::vantage::resolver_upstream})
             if (value == to_text(v)) o.vantage = v;
           if (!o.vantage)
             throw CLI::ValidationError(
                 "--vantage",
                 fmt::format("expected client, forwarder, resolver-upstream or auto, got '{}'", printable(value)));
         },
         "Where the traffic was seen: before the first resolver, where each client is a host; between a forwarder and "
         "the next resolver; between a resolver and the authoritative servers. Behind a resolver its cache leaves out "
         "repeats, and the number of clients says nothing. The default is auto: found out for each client.")
      ->type_name("client|forwarder|resolver-upstream|auto")
      ->group(group_detection);
  dns.add_option(
         "-f,--filter", o.filter,
         "Read only the packets that this capture filter (pcap-filter(7)) lets through. Say 'vlan' where frames "
         "are tagged, and do not filter by port where packets are fragmented.")
      ->type_name("BPF")
      ->group(group_input);
  dns.add_option_function<std::vector<std::string>>(
         "--port",
         [&o](const std::vector<std::string>& values) {
           for (const std::string& value : values) {
             const auto port = parse_whole<std::uint16_t>(value, 1, 65535);
             if (!port) throw CLI::ValidationError("--port", port.error().message());
             o.ports.push_back(*port);
           }
         },
         "A further port that carries DNS, beside 53, 5353 and 5355; may be repeated.")
      ->type_name("PORT")
      ->allow_extra_args(false)
      ->group(group_input);

  dns.add_option_function<std::string>(
         "--format",
         [&o](const std::string& value) {
           if (value == "table")
             o.format = output_format::table;
           else if (value == "jsonl")
             o.format = output_format::json_lines;
           else if (value == "ecs")
             o.format = output_format::ecs;
           else
             throw CLI::ValidationError("--format",
                                        fmt::format("expected table, jsonl or ecs, got '{}'", printable(value)));
         },
         "A table for people, one JSON object a line for programs, or the same in the Elastic Common Schema. The "
         "default is table.")
      ->type_name("table|jsonl|ecs")
      ->group(group_output);
  dns.add_flag_callback(
         "--jsonl", [&o] { o.format = output_format::json_lines; }, "The same as --format jsonl.")
      ->group(group_output);
  dns.add_option("-o,--output", o.output, "Write there instead of to standard output.")
      ->type_name("FILE")
      ->group(group_output);
  dns.add_flag("--incidents", o.incidents,
               "Write a line when a tunnel is found, when it has carried ten times as much, and when it has gone "
               "quiet, at once, in place of the verdicts at the end. With --state incidents outlive a restart.")
      ->group(group_output);
  add_parsed(dns, "--incident-quiet", o.incident_quiet, parse_duration,
             "Close an incident of which nothing was seen for so long. The default is 1h.")
      ->type_name("DURATION")
      ->group(group_output);
  dns.add_option("--rpz", o.rpz,
                 "Keep there a response policy zone of the zones that carry a tunnel, for a name server to load. It is "
                 "replaced whole, in a live run with each tunnel found; what is allowed stays out.")
      ->type_name("FILE")
      ->group(group_output);
  dns.add_option("--report", o.report, "Write one self-contained HTML page with plots; it opens offline.")
      ->type_name("FILE.html")
      ->group(group_output);
  dns.add_option("--features", o.features, "Write the feature vector of each message as a row of CSV.")
      ->type_name("FILE.csv")
      ->group(group_output);
  add_parsed(
      dns, "--top", o.top, [](const std::string& value) { return parse_whole<std::size_t>(value, 1, 1'000'000'000); },
      "Show at most so many verdicts, the highest scores first.")
      ->type_name("N")
      ->group(group_output);
  dns.add_flag("--all", o.all, "Show every pair of client and zone, not only tunnels and suspects.")
      ->group(group_output);
  dns.add_flag("--show-allowed", o.show_allowed,
               "Show also the tunnels and suspects that --allow and --local-zone cover; they are no alarm.")
      ->group(group_output);
  dns.add_flag("--fail-on-anomaly", o.fail_on_anomaly, "Exit with 1 when a tunnel was found.")->group(group_output);

  add_parsed(dns, "--threshold", o.threshold, parse_number, "Evidence from which on a pair is a tunnel, in decibels.")
      ->type_name("DB")
      ->group(group_detection);
  add_parsed(dns, "--suspicion", o.suspicion, parse_number, "Evidence from which on a pair is suspicious, in decibels.")
      ->type_name("DB")
      ->group(group_detection);
  add_parsed(
      dns, "--alarm-budget", o.alarm_budget, parse_budget,
      "Set the threshold so that no more false alarms than so many are expected with as many clients as are seen: "
      "1/day, 2/week, 1/hour. The rate was counted on made-up traffic (docs/detection.md).")
      ->type_name("N/day")
      ->group(group_detection);
  dns.add_option(
         "--allow", o.allow,
         "Zones that are known and never alarm, one a line: example.com means it and everything under it, "
         "=example.com the name alone; behind it may stand client=NETWORK, type=TYPE and until=YYYY-MM-DD, which "
         "must all hold; # begins a comment. What they cover is counted and shown.")
      ->type_name("FILE")
      ->group(group_detection);
  dns.add_option_function<std::vector<std::string>>(
         "--local-zone",
         [&o](const std::vector<std::string>& names) {
           o.local_zones.insert(o.local_zones.end(), names.begin(), names.end());
         },
         "A zone of your own, such as corp.example: neither it nor what is under it ever alarms. May be repeated.")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(group_detection);
  dns.add_option(
         "--psl", o.psl,
         "Find registered domains with the whole public suffix list: a file in its format, or builtin, the one "
         "that libpsl carries. The default is a small set, which knows the suffixes that most traffic meets and "
         "is twice as fast.")
      ->type_name("FILE|builtin")
      ->group(group_detection);
  dns.add_option("--geoip", o.geoip, "A MaxMind DB file of countries or networks, for the places of servers.")
      ->type_name("FILE.mmdb")
      ->group(group_detection);
  dns.add_option("--state", o.state,
                 "Keep here what must survive a restart: the history of domains and what the detector holds. The "
                 "directory is made if need be; a damaged state is refused, never overwritten.")
      ->type_name("DIR")
      ->group(group_detection);
  add_parsed(dns, "--state-interval", o.state_interval, parse_duration,
             "With -i or --follow: write the state so often too, not only at the end. The default is 10m.")
      ->type_name("DURATION")
      ->group(group_detection);
  add_parsed(dns, "--memory-limit", o.memory_limit, parse_octets,
             "Hold at most so much of the traffic's past: 512MiB, 2GiB. What has the least evidence leaves first. The "
             "default is 256MiB.")
      ->type_name("SIZE")
      ->group(group_detection);
}

}  // namespace

command_line::command_line() : app_("Finds what is unusual in network telemetry and DNS.", "netanomaly") {
  app_.set_help_flag();
  app_.require_subcommand(0, 1);
  add_help(app_, values.help);
  app_.add_flag("--version", values.version, "Print the version and exit.")->group(group_help);
  app_.add_flag("--list-detectors", values.list_detectors,
                "Print each detector with its parameters, their units and defaults, and exit.")
      ->group(group_help);
  app_.add_option("--generate", values.generate, "Print the manual page or a shell completion, and exit.")
      ->type_name("man|bash|zsh|fish")
      ->group("");
  commands_.push_back({&app_,
                       "COMMAND [OPTION]... [ARGUMENT]...",
                       "netanomaly reads what the network did, says how unusual each thing is, and why. It writes a "
                       "table for people, JSON lines for programs, and a page with plots. Each command has its own "
                       "--help.",
                       {{"netanomaly dns capture.pcap.gz", "Which domains carry a tunnel, and why."},
                        {"netanomaly telemetry cpu.csv", "What is unusual in a metric, point by point."},
                        {"netanomaly test ks --sample new.txt --reference old.txt", "Whether two samples differ."},
                        {"netanomaly train hoeffding_tree flows.csv --label class --model flows.model",
                         "A model that says what kind a row is."},
                        {"netanomaly dns --help", "All options of a command."},
                        {"netanomaly --list-detectors", "The detectors and their parameters."}}});

  CLI::App* dns = app_.add_subcommand("dns", "Find tunnels and other data that leaves in DNS.");
  dns->set_help_flag();
  add_help(*dns, values.dns.help);
  define_dns(*dns, values.dns);
  commands_.push_back(
      {dns,
       "[OPTION]... FILE...",
       "Reads DNS traffic and gives a verdict on each pair of a client and a zone (the suffix one would block): "
       "tunnel, "
       "suspicious, benign, or insufficient where there is too little to judge. A verdict comes with a score, the sum "
       "of "
       "its reasons' points; a point is a decibel of evidence, and reasons against have negative points.\n"
       "\n"
       "Nothing wrong in one packet stops the run: it is counted by kind and shown, with what this vantage cannot see. "
       "Interrupted (SIGINT, SIGTERM), the program finishes with what it has read.",
       {{"netanomaly dns capture.pcap.gz", "Which domains carry a tunnel, and why."},
        {"netanomaly dns day.pcapng --report day.html", "The same as a page with plots, for a colleague."},
        {"netanomaly dns --jsonl --all *.pcap | jq 'select(.queries > 100) | [.zone, .score]'",
         "Every pair as JSON lines."},
        {"tcpdump -i eth0 -U -w - port 53 | netanomaly dns -", "From another tool's output."},
        {"netanomaly dns /var/log/suricata/eve.json dns.2026-11-*.log.gz", "Logs in place of packets."},
        {"netanomaly dns --follow --state /var/lib/netanomaly /opt/zeek/logs/current/dns.log", "A log as it grows."},
        {"netanomaly dns -i eth0 --duration 10m --state /var/lib/netanomaly", "Ten minutes of an interface."},
        {"netanomaly dns -i eth0 --incidents --format ecs --state /var/lib/netanomaly | nc siem 5044",
         "A sensor: each incident as it happens."},
        {"netanomaly dns --allow ours.txt --fail-on-anomaly night.pcap", "In a script: exit 1 when there is a tunnel."},
        {"netanomaly dns --features features.csv capture.pcap", "One row of features a message, to train with."}}});

  CLI::App* telemetry = app_.add_subcommand("telemetry", "Find anomalies in metrics, point by point.");
  telemetry->set_help_flag();
  add_help(*telemetry, values.telemetry.help);
  define_telemetry(*telemetry, values.telemetry);
  commands_.push_back(
      {telemetry,
       "[OPTION]... FILE...",
       "Reads metrics, a value and a time each, and judges every point as it comes: what is said of it depends on what "
       "came before it, not on what comes after, so that a file gives the answers that the live stream gave.\n"
       "\n"
       "Any number of metrics stand in one stream, each with detectors of its own. Points of one metric should come in "
       "the order of their times; one that is late counts as arriving with the newest. The table shows runs of "
       "anomalies; JSON lines have one object for each anomalous point and detector.",
       {{"netanomaly telemetry cpu.csv", "What is unusual in a file of timestamp,value."},
        {"netanomaly telemetry cpu.csv --report cpu.html", "The same as a page with plots."},
        {"netanomaly telemetry --detector all --consensus 6 --window 24h metrics/",
         "Where six of nine detectors agree."},
        {"netanomaly telemetry --detector novelty --jsonl - < stream.csv",
         "From another program's output, line by line."},
        {"netanomaly telemetry --counter --direction up --min-change 10% octets.csv",
         "A counter's rate, increases only."},
        {"netanomaly telemetry --season week --state /var/lib/netanomaly today.csv",
         "Against the same time of the week."},
        {"netanomaly telemetry --compatibility skyline --detector all --all-points --jsonl cpu.csv",
         "Every answer of Skyline's analysers."}}});

  CLI::App* test = app_.add_subcommand("test", "Run one hypothesis test on samples.");
  test->set_help_flag();
  add_help(*test, values.test.help);
  define_test(*test, values.test);
  commands_.push_back(
      {test,
       "NAME --sample FILE [--reference FILE] [OPTION]...",
       "Asks one classical test whether a sample is like its reference, or, for tests of one sample, like itself, and "
       "gives statistic, p-value and the size of the effect. On large samples every p is small: read the effect.\n"
       "\n"
       "Files hold one number a line. For tests of counts (chi_square, chi_square_homogeneity, g_test) line i is the "
       "count "
       "of category i; --bins counts measured values instead. For outlier_rate a line is the count of one interval. "
       "The "
       "method tells how p was found: exact wherever that is possible within the test's limit of work, else "
       "asymptotic.",
       {{"netanomaly test ks --sample today.txt --reference last_week.txt", "Has the distribution changed?"},
        {"netanomaly test chi2 --bins 20 --sample today.txt --reference last_week.txt",
         "The same, by bins of the past."},
        {"netanomaly test grubbs --alternative greater --sample latencies.txt", "Is the largest value an outlier?"},
        {"netanomaly test outlier_rate --alternative greater --sample hour.txt --reference month.txt",
         "Are outliers more frequent of late?"},
        {"netanomaly test ks-one-sample --distribution normal,0,1 --sample -", "From standard input, against a law."},
        {"netanomaly test adf --set lags=aic --jsonl --sample series.txt", "Is the series stationary?"}}});

  CLI::App* train = app_.add_subcommand("train", "Learn from a table: what kind a row is, or what is usual.");
  train->set_help_flag();
  add_help(*train, values.train.help);
  define_train(*train, values.train);
  commands_.push_back(
      {train,
       "KIND FILE --model FILE [--label COLUMN] [OPTION]...",
       "Reads a table row by row and writes a model file: the columns with their types, and what was learned. A "
       "classifier (hoeffding_tree) learns the label; a detector (half_space_trees) learns what is usual and needs "
       "none. "
       "The types of columns are told from the rows and shown: numbers, names, or left out.\n"
       "\n"
       "Each row is learned once and forgotten, so any stream fits. Interrupted (SIGINT, SIGTERM), it writes the model "
       "of "
       "what it has read. A mistake in the table ends it with the line and the column, and leaves the model as it was.",
       {{"netanomaly train hoeffding_tree flows.csv --label class --model flows.model", "What kind a flow is."},
        {"netanomaly train half_space_trees flows.csv --ignore time,id --model usual.model", "What flows are usual."},
        {"cat flows.csv | netanomaly train vfdt - --label class --classes normal,attack --model flows.model",
         "From a pipe; all classes are named, the first 10,000 rows may not have them."},
        {"netanomaly train vfdt today.csv --from flows.model --model flows.model", "Go on with a model."}}});

  CLI::App* score = app_.add_subcommand("score", "Judge the rows of a table by a model.");
  score->set_help_flag();
  add_help(*score, values.score.help);
  define_score(*score, values.score);
  commands_.push_back(
      {score,
       "--model FILE DATA [OPTION]...",
       "Judges each row by a model that train has written, and learns nothing. JSON lines have one object a row: its "
       "number and its score (detectors), or its label and the distribution over all classes. The table shows the rows "
       "that stand out.",
       {{"netanomaly score --model usual.model today.csv --explain", "The most unusual rows, and why."},
        {"tail -F -n +1 flows.csv | netanomaly score --model flows.model --jsonl -", "A stream, row by row."},
        {"netanomaly score --model usual.model --fail-on-anomaly night.csv", "In a script: exit 1 at an anomaly."}}});

  CLI::App* evaluate =
      app_.add_subcommand("evaluate", "How good a learner is on a table: each row judged, then learned.");
  evaluate->set_help_flag();
  add_help(*evaluate, values.evaluate.help);
  define_evaluate(*evaluate, values.evaluate);
  commands_.push_back(
      {evaluate,
       "KIND FILE --label COLUMN [OPTION]...",
       "Judges each row before it is learned (prequentially), and says how often that was right: accuracy and kappa, "
       "and, "
       "where labels are normal or anomalous, area under the ROC curve and average precision of the scores. Detectors "
       "never see the label. All figures are exact; beyond 262,144 different scores those of the ranking come with a "
       "bound of their error.",
       {{"netanomaly evaluate hoeffding_tree flows.csv --label class", "How often is it right?"},
        {"netanomaly evaluate hst flows.csv --label class --positive attack --report flows.html",
         "A page with scores and figures over time."},
        {"netanomaly evaluate hst flows.csv --label class --set window=100 --jsonl", "With another window."}}});

  exit_codes_ = {{0, "It ran, whatever was found."},
                 {1, "With --fail-on-anomaly: something was found."},
                 {2, "Bad usage or input: one line on standard error says what, where, and what was expected."},
                 {3, "It ran, but a capture ends early or packets were dropped (1 goes before 3)."},
                 {130, "Interrupted by SIGINT; what was read until then has been judged and written."},
                 {143, "The same after SIGTERM."}};
}

std::optional<std::string> command_line::parse(int argc, char** argv) {
  const auto names = [this](std::string_view name) {
    return std::any_of(commands_.begin() + 1, commands_.end(),
                       [&](const command& c) { return c.app->get_name() == name; });
  };
  if (argc > 1 && argv[1][0] != '-' && !names(argv[1]))
    return fmt::format("there is no command '{}' (netanomaly --help lists them)", printable(argv[1]));
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::string message = e.what();
    for (std::size_t at = 0; (at = message.find('\n', at)) != std::string::npos;) message.replace(at, 1, "; ");
    const bool in_command = argc > 1 && names(argv[1]);
    return fmt::format("{} ({} --help lists the options)", printable(message),
                       in_command ? "netanomaly " + std::string(argv[1]) : "netanomaly");
  }
  return std::nullopt;
}

}  // namespace netanomaly::program
