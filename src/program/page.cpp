// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include "embedded.hpp"
#include "sha256.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace netanomaly::program {

namespace {

using json = nlohmann::ordered_json;

/// JSON that stays inside its <script> whatever it holds: no <, > or &, and ASCII only (so no U+2028).
std::string inert(const json& value) {
  std::string text;
  for (const char c : value.dump(-1, ' ', true, json::error_handler_t::replace)) switch (c) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      default:
        text += c;
    }
  return text;
}

std::string policy_hash(std::string_view text) {
  sha256 hash;
  hash.update(text);
  return fmt::format("'sha256-{}'", base64(hash.finish()));
}

}  // namespace

std::string assemble_page(std::string_view title, const json& data, std::string_view script) {
  const std::string style = fmt::format("{}\n{}", embedded::dygraphs_css, embedded::page_css);
  // Only the two scripts and the one style sheet that were built in may run or apply; nothing may be fetched.
  const std::string policy = fmt::format(
      "default-src 'none'; script-src {} {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
      policy_hash(embedded::dygraphs_js), policy_hash(script), policy_hash(style));
  const std::string text = inert(data);
  const std::string version = version_text();
  const std::array<std::pair<std::string_view, std::string_view>, 7> parts{{{"{{policy}}", policy},
                                                                            {"{{version}}", version},
                                                                            {"{{title}}", title},
                                                                            {"{{style}}", style},
                                                                            {"{{data}}", text},
                                                                            {"{{dygraphs}}", embedded::dygraphs_js},
                                                                            {"{{script}}", script}}};
  std::string page;
  std::string_view rest = embedded::page_html;
  for (const auto& [marker, part] : parts) {  // in the order of the page: what is filled in is not searched again
    const std::size_t at = rest.find(marker);
    page.append(rest.substr(0, at)).append(part);
    rest.remove_prefix(at + marker.size());
  }
  return page.append(rest);
}

}  // namespace netanomaly::program
