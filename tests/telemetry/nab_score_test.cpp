// SPDX-License-Identifier: Apache-2.0
#include "../../bench/nab/score.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace netanomaly::bench;

TEST_CASE("our NAB score is NAB's score for the published results of other detectors") {
  const std::filesystem::path folder = std::filesystem::path(NETANOMALY_DATA_DIR) / "nab";
  if (!std::filesystem::exists(folder / "scorer_fixtures")) {
    WARN("skipped: NETANOMALY_DATA_DIR has no nab");
    return;
  }
  const auto corpus = load_nab(folder);
  REQUIRE(corpus);
  REQUIRE(corpus->size() == 58);
  const auto text = read_file(folder / "scorer_fixtures" / "expected.json");
  REQUIRE(text);
  std::map<std::string, double> expected;
  const auto leaf = [&](const std::vector<std::string>& path, std::string_view value) {
    std::string key;
    for (const auto& part : path) key += part + "/";
    expected[key] = std::strtod(std::string(value).c_str(), nullptr);
  };
  REQUIRE(json_walk(std::string_view(*text), leaf).run());

  for (const std::string detector : {"null", "ARTime", "earthgeckoSkyline", "relativeEntropy", "twitterADVec"}) {
    const auto scores = load_nab_scores(*corpus, folder / "scorer_fixtures" / (detector + ".csv"),
                                        expected[detector + "/default_score/"]);
    REQUIRE(scores);
    for (const nab_profile& profile : nab_profiles) {
      const nab_total total = nab_score(*corpus, *scores, profile);
      const std::string key = detector + "/profiles/" + std::string(profile.name) + "/";
      INFO(key);
      CHECK(total.norm == Approx(expected[key + "norm/"]).margin(1e-9));
      CHECK(total.threshold == expected[key + "threshold/"]);
      CHECK(static_cast<double>(total.true_positives) == expected[key + "tp/"]);
      CHECK(static_cast<double>(total.true_negatives) == expected[key + "tn/"]);
      CHECK(static_cast<double>(total.false_positives) == expected[key + "fp/"]);
      CHECK(static_cast<double>(total.false_negatives) == expected[key + "fn/"]);
      CHECK(static_cast<double>(total.windows_hit) == expected[key + "windows_hit/"]);
    }
  }
}
