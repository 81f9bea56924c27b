// SPDX-License-Identifier: Apache-2.0
#include "learn_schema.hpp"

#include "interruption.hpp"
#include "text.hpp"

#include <netanomaly/learn/hoeffding_tree.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace netanomaly::program {

namespace {

constexpr std::uint64_t rows_of_a_pipe = 10'000;
constexpr std::size_t nominal_at_most = 256;  // values, unless --nominal says so
constexpr std::size_t values_at_most = 65'535;
constexpr std::size_t classes_at_most = 1'000;

bool among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

/// By number where all are numbers, else by text.
void sort_values(std::vector<std::pair<std::string, std::uint64_t>>& values) {
  double a = 0, b = 0;
  const bool numbers =
      std::all_of(values.begin(), values.end(), [&](const auto& v) { return to_number(v.first, a) && !std::isnan(a); });
  std::sort(values.begin(), values.end(), [&](const auto& x, const auto& y) {
    if (numbers && to_number(x.first, a) && to_number(y.first, b) && a != b) return a < b;
    return x.first < y.first;
  });
}

/// What is gathered of a column.
struct seen {
  std::uint64_t cells = 0, missing = 0, numbers = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  by_text<std::uint64_t> values;
  std::size_t most = nominal_at_most;
  bool too_many = false;
  std::uint64_t odd_line = 0;  // where the first cell stands that is no number
  std::string odd;

  void take(std::string_view cell, std::uint64_t line) {
    if (is_missing(cell)) {
      ++missing;
      return;
    }
    ++cells;
    double number = 0;
    if (to_number(cell, number)) {
      if (std::isfinite(number)) {
        low = std::min(low, number);
        high = std::max(high, number);
      }
      ++numbers;
    } else if (odd_line == 0) {
      odd_line = line;
      odd = shortened(cell, 60);
    }
    if (too_many) return;
    if (const auto found = values.find(cell); found != values.end()) {
      ++found->second;
    } else if (values.size() < most) {
      values.emplace(cell, 1);
    } else {
      too_many = true;
      values.clear();
    }
  }
};

}  // namespace

bool is_missing(std::string_view cell) noexcept {
  if (cell.size() > 4) return false;
  if (cell.empty() || cell == "-" || cell == "?") return true;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto is = [&](std::string_view word) { return std::ranges::equal(cell, word, {}, lower); };
  return is("nan") || is("na") || is("n/a") || is("null") || is("none");
}

bool to_number(std::string_view cell, double& number) noexcept {
  if (cell.starts_with('+')) cell.remove_prefix(1);
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (end != cell.data() + cell.size()) return false;
  if (code == std::errc::result_out_of_range) {  // as good as 0, or as infinite
    const bool small = cell.find("e-") != std::string_view::npos || cell.find("E-") != std::string_view::npos;
    number = small ? 0 : std::numeric_limits<double>::infinity() * (cell.starts_with('-') ? -1 : 1);
    return true;
  }
  return code == std::errc();
}

std::string_view to_text(column_summary::role role) noexcept {
  switch (role) {
    case column_summary::role::numeric:
      return "numeric";
    case column_summary::role::nominal:
      return "nominal";
    case column_summary::role::label:
      return "label";
    case column_summary::role::left_out:
      break;
  }
  return "left out";
}

// ---- the schema

bool row_schema::positive(std::string_view text) const noexcept { return among(marked, text) == marked_positive; }

std::string row_schema::positive_text() const {
  if (marked.empty()) return {};
  return (marked_positive ? "" : "all but ") + list_text(marked);
}

void row_schema::save(state_writer& out) const {
  const auto strings = [&](const std::vector<std::string>& list) {
    out.scalar(std::uint64_t{list.size()});
    for (const std::string& text : list) out.string(text);
  };
  out.string(label);
  strings(classes);
  out.scalar(marked_positive);
  strings(marked);
  out.scalar(std::uint64_t{columns.size()});
  for (const row_column& c : columns) {
    out.string(c.name);
    out.scalar(static_cast<std::uint8_t>(c.type));
    strings(c.values);
  }
}

result<row_schema> row_schema::load(state_reader& in) {
  row_schema s;
  const auto string = [&] {
    const std::string_view text = in.string();
    return in.charge(text.size(), 1) ? std::string(text) : std::string();
  };
  const auto strings = [&](std::size_t most) {
    std::vector<std::string> list;
    const std::uint64_t size = in.count();
    if (in.ok() && (size > most || size > in.remaining() / 8)) in.fail("a list that is longer than it can be");
    if (!in.charge(size, sizeof(std::string))) return list;
    for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
      list.push_back(string());
      if (in.ok() && std::find(list.begin(), list.end() - 1, list.back()) != list.end() - 1 && most <= classes_at_most)
        in.fail("a name that is there twice");
    }
    return list;
  };
  s.label = string();
  s.classes = strings(classes_at_most);
  s.marked_positive = in.scalar<bool>();
  s.marked = strings(classes_at_most);
  const std::uint64_t columns = in.count();
  if (in.ok() && (columns == 0 || columns > in.remaining() / 17)) in.fail("a table of so many columns cannot be");
  if (!in.charge(columns, sizeof(row_column))) return unexpected(in.error());
  by_text<bool> names;
  for (std::uint64_t i = 0; i < columns && in.ok(); ++i) {
    row_column c;
    c.name = string();
    const auto type = in.scalar<std::uint8_t>();
    if (in.ok() && type > 1) in.fail("a column of no known type");
    c.type = type == 0 ? column_type::numeric : column_type::nominal;
    c.values = strings(values_at_most);
    if (in.ok() && ((type == 0 && !c.values.empty()) || !names.emplace(c.name, true).second || c.name == s.label))
      in.fail("a column that cannot be");
    by_text<bool> values;
    for (const std::string& v : c.values)
      if (in.ok() && !values.emplace(v, true).second) in.fail("a value that is there twice");
    s.columns.push_back(std::move(c));
  }
  if (!in.ok()) return unexpected(in.error());
  return s;
}

// ---- telling types from rows

result<inspection> inspect(csv_reader& table, const learn_options& o, bool classifies) {
  const std::vector<std::string>& header = table.header();
  for (const auto& [option, names] :
       {std::pair{"--label", std::vector<std::string>{o.label}}, std::pair{"--ignore", o.ignored},
        std::pair{"--numeric", o.numeric}, std::pair{"--nominal", o.nominal}})
    for (const std::string& name : names)
      if (!name.empty() && !among(header, name))
        return unexpected(error(fmt::format("{}: {} has no column '{}'; it has: {}", option, table.file().name(),
                                            printable(name), shortened(list_text(header), 300))));
  for (const std::string& name : o.nominal)
    if (among(o.numeric, name))
      return unexpected(error(fmt::format("--nominal and --numeric both name column '{}'", printable(name))));

  std::vector<seen> all(header.size());
  std::vector<bool> used(header.size());
  for (std::size_t i = 0; i < header.size(); ++i) {
    used[i] = !among(o.ignored, header[i]) || header[i] == o.label;
    if (header[i] == o.label) all[i].most = classes_at_most;
    if (among(o.nominal, header[i])) all[i].most = values_at_most;
  }
  const bool regular = table.file().regular();
  const std::uint64_t most = o.inspected.value_or(regular ? std::numeric_limits<std::uint64_t>::max() : rows_of_a_pipe);
  if (!regular) table.remember();
  inspection found;
  found.all = false;
  while (found.rows < most) {
    const auto any = table.next();
    if (interruption::signal() != 0) break;
    if (!any) return unexpected(any.error());
    if (!*any) {
      found.all = true;
      break;
    }
    ++found.rows;
    for (std::size_t i = 0; i < header.size(); ++i)
      if (used[i]) all[i].take(table.cells()[i], table.line());
  }
  if (found.rows == 0 && interruption::signal() == 0)
    return unexpected(error(fmt::format("{}: expected rows below the header", table.file().name())));
  if (regular) {
    auto again = csv_reader::open(table.path());
    if (!again) return unexpected(std::move(again).error());
    table = *std::move(again);
  } else {
    table.rewind();
  }

  row_schema& schema = found.schema;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string& name = header[i];
    const std::string shown = printable(name);
    seen& s = all[i];
    column_summary c{.name = name, .why = {}, .missing = s.missing, .low = s.low, .high = s.high, .values = {}};
    const auto leave_out = [&](std::string why) {
      c.what = column_summary::role::left_out;
      c.why = std::move(why);
    };
    const auto take_values = [&] {
      c.values.assign(std::make_move_iterator(s.values.begin()), std::make_move_iterator(s.values.end()));
      sort_values(c.values);
    };
    if (name == o.label) {
      c.what = column_summary::role::label;
      if (s.too_many)
        return unexpected(error(fmt::format(
            "--label: column {} has more than {} different values, too many for classes", shown, classes_at_most)));
      take_values();
      schema.label = name;
    } else if (!used[i]) {
      leave_out("by --ignore");
    } else if (s.cells == 0) {
      leave_out("without a value");
    } else if (among(o.nominal, name)) {
      if (s.too_many)
        return unexpected(error(
            fmt::format("--nominal: column {} has more than {} different values", shown, grouped(values_at_most))));
      c.what = column_summary::role::nominal;
      take_values();
    } else if (s.numbers == s.cells || among(o.numeric, name)) {
      if (s.odd_line > 0)
        return unexpected(error(fmt::format("{}:{}: column {}: expected a number, got '{}'", table.file().name(),
                                            s.odd_line, shown, printable(s.odd))));
      c.what = column_summary::role::numeric;
    } else if (s.numbers >= s.cells / 10 * 9 && (s.too_many || s.values.size() > 20)) {
      return unexpected(error(fmt::format(
          "{}:{}: column {}: expected a number, as {} of {} cells are, got '{}' (--nominal {} takes all as names, "
          "--ignore {} leaves the column out)",
          table.file().name(), s.odd_line, shown, grouped(s.numbers), grouped(s.cells), printable(s.odd), shown,
          shown)));
    } else if (s.too_many) {
      leave_out(fmt::format("more than {} different names; --nominal {} takes them", nominal_at_most, shown));
    } else {
      c.what = column_summary::role::nominal;
      take_values();
    }
    if (c.what == column_summary::role::numeric || c.what == column_summary::role::nominal) {
      row_column column{.name = name, .type = column_type::numeric, .values = {}};
      if (c.what == column_summary::role::nominal) {
        column.type = column_type::nominal;
        if (classifies)
          for (const auto& [value, count] : c.values) column.values.push_back(value);
      }
      schema.columns.push_back(std::move(column));
    }
    found.columns.push_back(std::move(c));
  }
  if (schema.columns.empty())
    return unexpected(error(fmt::format("{}: no column is left to learn from", table.file().name())));
  if (o.label.empty()) return found;

  // Classes, and which of them are anomalies.
  const auto label = std::find_if(found.columns.begin(), found.columns.end(),
                                  [](const auto& c) { return c.what == column_summary::role::label; });
  std::vector<std::pair<std::string, std::uint64_t>> labels = label->values;
  for (const std::string& name : o.classes)
    if (std::none_of(labels.begin(), labels.end(), [&](const auto& l) { return l.first == name; }))
      labels.emplace_back(name, 0);
  if (!o.classes.empty())
    for (const auto& [name, count] : labels)
      if (!among(o.classes, name))
        return unexpected(error(
            fmt::format("--classes: does not have the label '{}' of column {}", printable(name), printable(o.label))));
  constexpr std::array<std::array<std::string_view, 2>, 6> pairs = {
      {{"0", "1"}, {"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}, {"no", "yes"}, {"-1", "1"}}};
  const auto* const pair = std::find_if(pairs.begin(), pairs.end(), [&](const auto& p) {
    return !labels.empty() &&
           std::all_of(labels.begin(), labels.end(), [&](const auto& l) { return l.first == p[0] || l.first == p[1]; });
  });
  if (pair != pairs.end() && o.classes.empty())
    for (const std::string_view name : *pair)
      if (std::none_of(labels.begin(), labels.end(), [&](const auto& l) { return l.first == name; }))
        labels.emplace_back(name, 0);
  sort_values(labels);
  if (classifies) {
    if (labels.size() < 2)
      return unexpected(error(fmt::format(
          "--label: expected two classes or more, column {} has {} in the {} that were inspected (--classes names all)",
          printable(o.label), labels.empty() ? "none" : fmt::format("only '{}'", printable(labels[0].first)),
          counted(found.rows, "row", "rows"))));
    if (labels.size() > classes_at_most)
      return unexpected(error(fmt::format("--classes: expected at most {}", classes_at_most)));
    for (const auto& [name, count] : labels) schema.classes.push_back(name);
  }
  if (!o.positive.empty()) {
    for (const std::string& name : o.positive)
      if (classifies && !among(schema.classes, name))
        return unexpected(error(fmt::format("--positive: column {} has no label '{}'; it has: {}", printable(o.label),
                                            printable(name), shortened(list_text(schema.classes), 300))));
    schema.marked = o.positive;
  } else if (pair != pairs.end()) {
    schema.marked = {std::string((*pair)[1])};
  } else if ((!classifies || labels.size() == 2) && !labels.empty()) {
    const auto usual = std::max_element(labels.begin(), labels.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
    schema.marked = {usual->first};
    schema.marked_positive = false;
  }
  return found;
}

// ---- rows

row_encoder::row_encoder(const row_schema& schema, bool classifies)
    : schema_(&schema),
      classifies_(classifies),
      codes_(classifies ? schema.columns.size() : 0),
      frequencies_(classifies ? 0 : schema.columns.size()),
      last_(classifies ? 0 : schema.columns.size()),
      row_(schema.columns.size()),
      missing_(schema.columns.size()),
      unknown_(schema.columns.size()) {
  for (std::size_t i = 0; i < codes_.size(); ++i)
    for (std::uint32_t v = 0; v < schema.columns[i].values.size(); ++v)
      codes_[i].emplace(schema.columns[i].values[v], v);
  for (std::uint32_t c = 0; c < schema.classes.size(); ++c) classes_.emplace(schema.classes[c], c);
}

result<void> row_encoder::begin(const csv_reader& table) {
  const std::vector<std::string>& header = table.header();
  places_.clear();
  std::vector<std::string> lacking;
  std::vector<bool> used(header.size());
  for (const row_column& c : schema_->columns) {
    const auto at = std::find(header.begin(), header.end(), c.name);
    if (at == header.end()) {
      lacking.push_back(c.name);
      continue;
    }
    places_.push_back(static_cast<std::size_t>(at - header.begin()));
    used[places_.back()] = true;
  }
  unused_.clear();
  label_at_ = none;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!schema_->label.empty() && header[i] == schema_->label)
      label_at_ = i;
    else if (!used[i])
      unused_.push_back(header[i]);
  }
  if (lacking.empty()) return {};
  return unexpected(error(fmt::format(
      "{}:1: expected the columns of the model, {} missing: {}{}", table.name(),
      lacking.size() == 1 ? "one is" : fmt::format("{} are", lacking.size()), shortened(list_text(lacking), 300),
      unused_.empty() ? "" : fmt::format("; not in the model: {}", shortened(list_text(unused_), 300)))));
}

result<void> row_encoder::encode(const csv_reader& table, bool remember) {
  constexpr double no_value = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::string_view text = table.cells()[places_[i]];
    const bool numeric = schema_->columns[i].type == column_type::numeric;
    double& x = row_[i];
    if (numeric && to_number(text, x)) {
      if (std::isfinite(x)) {
        if (!classifies_ && remember) last_[i] = x;
        continue;
      }
    } else if (!is_missing(text)) {
      if (numeric)
        return table.wrong(
            places_[i], "a number",
            " (it held only numbers where it was inspected; --inspect looks at more rows, --nominal takes "
            "all as names)");
      if (!classifies_) {
        frequencies& f = frequencies_[i];
        const auto found = f.counts.find(text);
        const std::uint64_t before = found != f.counts.end() ? found->second : 0;
        if (before == 0) ++unknown_[i];
        x = std::log2(static_cast<double>(f.rows + 1) / static_cast<double>(before + 1));
        if (remember) {
          ++f.rows;
          if (found != f.counts.end())
            ++found->second;
          else if (f.counts.size() < most_values)
            f.counts.emplace(text, 1);
        }
        continue;
      }
      if (const auto found = codes_[i].find(text); found != codes_[i].end()) {
        x = found->second;
        continue;
      }
      ++unknown_[i];
      x = no_value;
      continue;
    }
    ++missing_[i];
    x = classifies_ ? no_value : last_[i];
  }
  label_ = {};
  if (label_at_ != none)
    if (const std::string_view text = table.cells()[label_at_]; !is_missing(text)) label_ = text;
  return {};
}

result<std::uint32_t> row_encoder::label_class(const csv_reader& table) const {
  if (label_.empty()) return learn::no_class;
  if (const auto found = classes_.find(label_); found != classes_.end()) return found->second;
  return table.wrong(label_at_, fmt::format("one of {}", shortened(list_text(schema_->classes), 200)),
                     " (--classes names all that there are)");
}

void row_encoder::save(state_writer& out) const {
  if (classifies_) return;
  for (std::size_t i = 0; i < last_.size(); ++i) {
    if (schema_->columns[i].type == column_type::numeric) {
      out.scalar(last_[i]);
      continue;
    }
    out.scalar(frequencies_[i].rows);
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted(frequencies_[i].counts.begin(),
                                                                   frequencies_[i].counts.end());
    std::sort(sorted.begin(), sorted.end());
    out.scalar(std::uint64_t{sorted.size()});
    for (const auto& [text, count] : sorted) {
      out.string(text);
      out.scalar(count);
    }
  }
}

bool row_encoder::load(state_reader& in) {
  for (std::size_t i = 0; i < last_.size() && in.ok(); ++i) {
    if (schema_->columns[i].type == column_type::numeric) {
      last_[i] = in.finite();
      continue;
    }
    frequencies& f = frequencies_[i];
    f.rows = in.count();
    const std::uint64_t size = in.count();
    if (in.ok() && (size > most_values || size > f.rows)) in.fail("counts that cannot be");
    std::uint64_t sum = 0;
    for (std::uint64_t k = 0; k < size && in.ok(); ++k) {
      const std::string_view text = in.string();
      const std::uint64_t count = in.count();
      if (!in.charge(text.size() + 64)) break;
      if (count == 0 || count > f.rows - sum || !f.counts.emplace(text, count).second) in.fail("counts that cannot be");
      sum += count;
    }
  }
  return in.ok();
}

}  // namespace netanomaly::program
