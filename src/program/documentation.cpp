// SPDX-License-Identifier: Apache-2.0
// Help, manual page and shell completions, all from the definition in command_line.cpp.
#include "command_line.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace netanomaly::program {

namespace {

constexpr std::size_t help_width = 92;

struct documented_option {
  std::string short_name;  ///< "-r", or empty
  std::string long_name;   ///< "--read"
  std::string argument;    ///< "FILE", or empty
  std::string text;
  bool positional = false;
};

struct documented_group {
  std::string name;
  std::vector<documented_option> options;
};

std::vector<documented_group> groups_of(const command& c) {
  std::vector<documented_group> groups;
  for (const CLI::Option* o : c.app->get_options()) {
    if (o->get_group().empty()) continue;
    documented_option d;
    if (!o->get_snames().empty()) d.short_name = "-" + o->get_snames()[0];
    if (!o->get_lnames().empty()) d.long_name = "--" + o->get_lnames()[0];
    d.positional = o->get_positional();
    if (o->get_items_expected_max() > 0) d.argument = o->get_type_name();
    d.text = o->get_description();
    auto at = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.name == o->get_group(); });
    if (at == groups.end()) at = groups.insert(groups.end(), {o->get_group(), {}});
    at->options.push_back(std::move(d));
  }
  // Help comes first in the definition and last in what one reads.
  std::stable_partition(groups.begin(), groups.end(), [](const auto& g) { return g.name != "Help"; });
  return groups;
}

std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return all;
}

std::string full_name(const command& c, const command_line& line) {
  return &c == line.commands().data() ? "netanomaly" : "netanomaly " + c.app->get_name();
}

std::string head_of(const documented_option& o) {
  if (o.positional) return o.argument;
  std::string head = o.short_name.empty() ? std::string("    ") : o.short_name + (o.long_name.empty() ? "" : ", ");
  head += o.long_name;
  if (!o.argument.empty()) head += ' ' + o.argument;
  return head;
}

/// What an argument names, for completion: files of one ending, any files, directories, words, or nothing known.
struct completion_kind {
  enum { none, files, directories, interfaces, words } what = none;
  std::string words_or_ending;
};

completion_kind completes(const documented_option& o) {
  if (o.argument == "INTERFACE") return {completion_kind::interfaces, {}};
  if (o.argument == "DIR") return {completion_kind::directories, {}};
  if (o.argument.starts_with("table|jsonl") || o.argument == "man|bash|zsh|fish") {
    std::string words = o.argument;
    std::replace(words.begin(), words.end(), '|', ' ');
    return {completion_kind::words, words};
  }
  if (o.argument.starts_with("FILE")) return {completion_kind::files, {}};
  return {};
}

}  // namespace

std::string help_text(const command_line& line, const command& c) {
  const std::string name = full_name(c, line);
  std::string text = fmt::format("{}: {}\n\nUsage: {} {}\n", name, c.app->get_description(), name, c.synopsis);
  for (const std::string& paragraph : paragraphs(c.description)) {
    text += '\n';
    for (const std::string& part : wrapped(paragraph, help_width)) text += part + '\n';
  }
  if (&c == line.commands().data()) {
    text += "\nCommands\n";
    for (std::size_t i = 1; i < line.commands().size(); ++i)
      text +=
          fmt::format("  {:<28}{}\n", line.commands()[i].app->get_name(), line.commands()[i].app->get_description());
  }
  constexpr std::size_t column = 30;
  for (const documented_group& group : groups_of(c)) {
    text += '\n' + group.name + '\n';
    for (const documented_option& o : group.options) {
      std::string head = "  " + head_of(o);
      for (const std::string& part : wrapped(o.text, help_width - column)) {
        if (head.size() > column - 2) {
          text += head + '\n';
          head.clear();
        }
        text += fmt::format("{:<{}}{}\n", head, column, part);
        head.clear();
      }
    }
  }
  text += "\nExamples\n";
  for (const example& e : c.examples) text += fmt::format("  {}\n      {}\n", e.command, e.meaning);
  text += "\nExit status\n";
  for (const exit_code& e : line.exit_codes()) text += fmt::format("  {:<5}{}\n", e.code, e.meaning);
  return text;
}

// ---- manual page (man(7) macros)

namespace {

/// Text as troff takes it: no accidental requests, hyphens that can be copied.
std::string troff(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    at_line_start = c == '\n';
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string manual_option(const documented_option& o) {
  std::string head;
  if (o.positional) {
    head = "\\fI" + troff(o.argument) + "\\fR";
  } else {
    if (!o.short_name.empty()) head = "\\fB" + troff(o.short_name) + "\\fR, ";
    head += "\\fB" + troff(o.long_name) + "\\fR";
    if (!o.argument.empty()) head += " \\fI" + troff(o.argument) + "\\fR";
  }
  return fmt::format(".TP\n{}\n{}\n", head, troff(o.text));
}

}  // namespace

std::string manual_page(const command_line& line) {
  const command& program = line.commands()[0];
  std::string text =
      fmt::format(".TH NETANOMALY 1 \"\" \"netanomaly {}\" \"User commands\"\n.SH NAME\nnetanomaly \\- {}\n",
                  version_text(), troff("finds what is unusual in network telemetry and DNS"));
  text += ".SH SYNOPSIS\n";
  for (const command& c : line.commands())
    text += fmt::format("{}.B {}\n{}\n", &c == &program ? "" : ".br\n", troff(full_name(c, line)), troff(c.synopsis));
  text += ".SH DESCRIPTION\n" + troff(program.description) + '\n';
  text += ".SH OPTIONS\n";
  for (const documented_group& group : groups_of(program))
    for (const documented_option& o : group.options) text += manual_option(o);
  for (std::size_t i = 1; i < line.commands().size(); ++i) {
    const command& c = line.commands()[i];
    text += fmt::format(".SH COMMAND {}\n", c.app->get_name());
    text += troff(c.app->get_description()) + '\n';
    for (const std::string& paragraph : paragraphs(c.description)) text += ".PP\n" + troff(paragraph) + '\n';
    for (const documented_group& group : groups_of(c)) {
      text += fmt::format(".SS {}\n", group.name);
      for (const documented_option& o : group.options) text += manual_option(o);
    }
  }
  text += ".SH EXIT STATUS\n";
  for (const exit_code& e : line.exit_codes()) text += fmt::format(".TP\n.B {}\n{}\n", e.code, troff(e.meaning));
  text += ".SH EXAMPLES\n";
  for (const command& c : line.commands())
    for (const example& e : c.examples)
      if (&c != &program || e.command.find("dns capture") == std::string_view::npos)
        text += fmt::format(".TP\n.B {}\n{}\n", troff(e.command), troff(e.meaning));
  text += ".SH SEE ALSO\n.BR tcpdump (8),\n.BR pcap\\-filter (7)\n";
  return text;
}

// ---- completions

std::string bash_completion(const command_line& line) {
  std::string text = "# bash completion for netanomaly\n_netanomaly() {\n";
  text +=
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
      "  COMPREPLY=()\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case $word in\n";
  std::string names;
  for (std::size_t i = 1; i < line.commands().size(); ++i)
    names += (i == 1 ? "" : "|") + line.commands()[i].app->get_name();
  text += fmt::format("      {}) command=$word; break ;;\n    esac\n  done\n  case $command in\n", names);
  for (const command& c : line.commands()) {
    const bool program = &c == line.commands().data();
    std::string options, cases;
    for (const documented_group& group : groups_of(c))
      for (const documented_option& o : group.options) {
        if (o.positional) continue;
        options += ' ' + o.long_name;
        if (!o.short_name.empty()) options += ' ' + o.short_name;
        if (o.argument.empty()) continue;
        std::string pattern = o.long_name + (o.short_name.empty() ? "" : "|" + o.short_name);
        const completion_kind kind = completes(o);
        std::string action = ":";
        if (kind.what == completion_kind::files)
          action = "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\"))";
        if (kind.what == completion_kind::directories)
          action = "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$current\"))";
        if (kind.what == completion_kind::interfaces)
          action = R"(COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null) any" -- "$current")))";
        if (kind.what == completion_kind::words)
          action = fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))", kind.words_or_ending);
        cases += fmt::format("        {}) {}; return ;;\n", pattern, action);
      }
    std::string words = options.substr(1);
    if (program)
      for (std::size_t i = 1; i < line.commands().size(); ++i) words += ' ' + line.commands()[i].app->get_name();
    text += fmt::format("    {})\n", program ? "''" : c.app->get_name());
    if (!cases.empty()) text += "      case $previous in\n" + cases + "      esac\n";
    if (program)
      text += fmt::format("      COMPREPLY=($(compgen -W '{}' -- \"$current\")) ;;\n", words);
    else
      text += fmt::format(
          "      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '{}' -- \"$current\"))\n"
          "      else compopt -o filenames; COMPREPLY=($(compgen -f -- \"$current\")); fi ;;\n",
          words);
  }
  text += "  esac\n}\ncomplete -F _netanomaly netanomaly\n";
  return text;
}

std::string zsh_completion(const command_line& line) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\'') {
        out += "'\\''";
        continue;
      }
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
    return out;
  };
  const auto specification = [&](const documented_option& o) {
    const completion_kind kind = completes(o);
    std::string action;
    if (kind.what == completion_kind::files) action = "_files";
    if (kind.what == completion_kind::directories) action = "_files -/";
    if (kind.what == completion_kind::interfaces) action = "_net_interfaces";
    if (kind.what == completion_kind::words) action = "(" + kind.words_or_ending + ")";
    if (o.positional) return fmt::format("'*:{}:_files'", quoted(o.argument));
    const std::string tail =
        o.argument.empty() ? std::string() : fmt::format(":{}:{}", quoted(o.argument), action.empty() ? " " : action);
    const std::string text = fmt::format("[{}]{}", quoted(o.text), tail);
    const std::string repeat =
        o.long_name == "--read" || o.long_name == "--port" || o.long_name == "--local-zone" ? "*" : "";
    if (o.short_name.empty()) return fmt::format("'{}{}{}'", repeat, o.long_name, text);
    if (!repeat.empty()) return fmt::format("'*'{{{},{}}}'{}'", o.short_name, o.long_name, text);
    return fmt::format("'({0} {1})'{{{0},{1}}}'{2}'", o.short_name, o.long_name, text);
  };
  std::string text = "#compdef netanomaly\n\n_netanomaly() {\n  local context state line\n  typeset -A opt_args\n";
  text += "  _arguments -C \\\n";
  for (const documented_group& group : groups_of(line.commands()[0]))
    for (const documented_option& o : group.options) text += "    " + specification(o) + " \\\n";
  text +=
      "    '1:command:->command' '*::argument:->argument'\n  case $state in\n    command)\n      local -a commands=(\n";
  for (std::size_t i = 1; i < line.commands().size(); ++i)
    text += fmt::format("        '{}:{}'\n", line.commands()[i].app->get_name(),
                        quoted(line.commands()[i].app->get_description()));
  text += "      )\n      _describe command commands ;;\n    argument)\n      case $line[1] in\n";
  for (std::size_t i = 1; i < line.commands().size(); ++i) {
    text += fmt::format("        {})\n          _arguments \\\n", line.commands()[i].app->get_name());
    std::string last;
    for (const documented_group& group : groups_of(line.commands()[i]))
      for (const documented_option& o : group.options) {
        if (!last.empty()) text += "            " + last + " \\\n";
        last = specification(o);
      }
    text += "            " + last + " ;;\n";
  }
  text += "      esac ;;\n  esac\n}\n\n_netanomaly \"$@\"\n";
  return text;
}

std::string fish_completion(const command_line& line) {
  const auto quoted = [](std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    return out + "'";
  };
  std::string text = "# fish completion for netanomaly\n";
  for (const command& c : line.commands()) {
    const bool program = &c == line.commands().data();
    const std::string when = program ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + c.app->get_name();
    if (program)
      for (std::size_t i = 1; i < line.commands().size(); ++i)
        text += fmt::format("complete -c netanomaly -f -n {} -a {} -d {}\n", quoted(when),
                            line.commands()[i].app->get_name(), quoted(line.commands()[i].app->get_description()));
    for (const documented_group& group : groups_of(c))
      for (const documented_option& o : group.options) {
        if (o.positional) continue;
        text += fmt::format("complete -c netanomaly -n {}", quoted(when));
        if (!o.short_name.empty()) text += " -s " + o.short_name.substr(1);
        text += " -l " + o.long_name.substr(2);
        const completion_kind kind = completes(o);
        if (!o.argument.empty()) text += kind.what == completion_kind::files ? " -r -F" : " -x";
        if (kind.what == completion_kind::directories) text += " -a '(__fish_complete_directories)'";
        if (kind.what == completion_kind::interfaces) text += " -a '(__fish_print_interfaces)'";
        if (kind.what == completion_kind::words) text += " -a " + quoted(kind.words_or_ending);
        // The first sentence is enough in a menu.
        text += " -d " + quoted(std::string_view(o.text).substr(0, o.text.find_first_of(".;"))) + '\n';
      }
  }
  return text;
}

}  // namespace netanomaly::program
