// SPDX-License-Identifier: Apache-2.0
#include "features_table.hpp"

#include "text.hpp"

#include <netanomaly/dns/features.hpp>
#include <netanomaly/dns/message_view.hpp>
#include <netanomaly/dns/name.hpp>
#include <netanomaly/dns/types.hpp>

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <span>
#include <string_view>

namespace netanomaly::program {

namespace {

/// Quoted where CSV (RFC 4180) asks for it.
void add_cell(std::string& row, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    row += text;
    return;
  }
  row += '"';
  for (const char c : text) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

/// std::function as the concept of a suffix set, which promises not to throw; the detector's do not.
struct suffixes_by_call {
  const dns::tunnel_detector::suffix_function& call;
  dns::suffix_split operator()(std::span<const std::byte> name) const noexcept { return call(name); }
};

}  // namespace

features_table::features_table(output& out, dns::tunnel_detector::suffix_function suffixes)
    : out_(out), suffixes_(std::move(suffixes)) {
  row_ = "time,client,server,transport,message,name,type";
  for (const dns::feature_info& f : dns::feature_table) row_.append(",").append(f.name);
  row_ += '\n';
  out_.write(row_);
}

void features_table::add(const dns::wire_message& m) {
  const auto whole = dns::message_view::parse(m.octets);
  const dns::message_view view = whole ? *whole : dns::message_view::parse_prefix(m.octets).view;
  row_.clear();
  row_.append(rfc3339(m.time)).append(",").append(m.client.to_string()).append(",").append(m.server.to_string());
  row_ += m.transport == dns::transport::tcp ? ",tcp," : ",udp,";
  row_ += m.response ? "response," : "query,";
  if (const auto question = view.first_question()) {
    add_cell(row_, question->name().to_text());
    row_.append(",").append(dns::type_to_text(question->type()));
  } else {
    row_ += ',';
  }
  for (const double value : dns::features::extract(view, suffixes_by_call{suffixes_})) {
    row_ += ',';
    if (!std::isnan(value)) fmt::format_to(std::back_inserter(row_), "{}", value);
  }
  row_ += '\n';
  out_.write(row_);
}

}  // namespace netanomaly::program
