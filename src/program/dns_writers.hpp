// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dns_report_data.hpp"
#include "output.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace netanomaly::program {

/// "1 zone carries a tunnel, 2 are suspicious; 82.9 KiB left in 38 s": the whole result in one sentence.
[[nodiscard]] std::string headline(const dns_report& report);

/// One verdict with the fields of docs/output.md, in their order.
[[nodiscard]] nlohmann::ordered_json to_json(const finding& f);

/// One line of the stream of incidents: the same fields and a few before them.
[[nodiscard]] nlohmann::ordered_json to_json(const incident_line& line);

/// A verdict, or a line of the stream of incidents, in the Elastic Common Schema; its own fields under netanomaly.dns.
[[nodiscard]] nlohmann::ordered_json to_ecs(const finding& f, const incident_line* incident = nullptr);

/// An incident's line in words.
[[nodiscard]] std::string to_text(const incident_line& line);

/// ASCII, and a newline.
[[nodiscard]] std::string to_line(const nlohmann::ordered_json& object);

/// One JSON object a line.
void write_json_lines(output& out, const dns_report& report, bool ecs);

/// The table for people: the sentence, a row a finding with its reasons beneath, and what was and was not seen.
void write_table(output& out, const dns_report& report, bool color);

/// What the capture could not show, a line each: the foot of the table, and of standard error beside JSON lines.
[[nodiscard]] std::string seen_text(const dns_report& report);

/// The self-contained page.
[[nodiscard]] std::string report_page(const dns_report& report);

}  // namespace netanomaly::program
