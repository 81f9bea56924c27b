// SPDX-License-Identifier: Apache-2.0
#include <netanomaly/geoip/database.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>

#include "support/catch.hpp"

using netanomaly::dns::ip_address;
using netanomaly::geoip::database;
using netanomaly::geoip::network;
using netanomaly::geoip::place;

namespace {

database open_ours(const std::string& name) {
  auto opened = database::open(std::string(NETANOMALY_TEST_DATA) + "/geoip/" + name);
  REQUIRE(opened);
  return *opened;
}
ip_address address(const char* text) {
  const auto a = ip_address::parse(text);
  REQUIRE(a);
  return *a;
}

}  // namespace

TEST_CASE("an address has the country and the network of its entry") {
  for (const char* file : {"places.mmdb", "v4.mmdb"}) {
    const database places = open_ours(file);
    const auto p = places.find(address("192.0.2.77"));
    REQUIRE(p);
    CHECK(p->country == "XA");
    CHECK(p->network == network{address("192.0.2.0"), 24});
    CHECK_FALSE(p->as_number);
    CHECK(p->organization.empty());
  }
}

TEST_CASE("an IPv6 address is found in its block") {
  const database places = open_ours("places.mmdb");
  const auto p = places.find(address("2001:db8:1:2::3"));
  REQUIRE(p);
  CHECK(p->country == "XC");
  CHECK(p->network == network{address("2001:db8:1::"), 48});
}

TEST_CASE("where an address is unknown, the country its network is registered in stands") {
  const database places = open_ours("places.mmdb");
  const auto p = places.find(address("198.51.100.127"));
  REQUIRE(p);
  CHECK(p->country == "XB");
  CHECK(p->as_number == 64500U);
  CHECK(p->organization.empty());
  CHECK(p->network == network{address("198.51.100.0"), 25});
}

TEST_CASE("an entry without a country has an autonomous system only") {
  const database places = open_ours("places.mmdb");
  const auto p = places(address("203.0.113.100"));
  REQUIRE(p);
  CHECK(p->country.empty());
  CHECK(p->as_number == 65551U);
  CHECK(p->organization == "Invented Networks");
  CHECK(p->network == network{address("203.0.113.64"), 26});
}

TEST_CASE("what has no entry has no place") {
  const database places = open_ours("places.mmdb");
  for (const char* a : {"198.51.100.128", "203.0.113.1", "10.0.0.1", "2001:db8:2::1", "::"})
    CHECK_FALSE(places.find(address(a)));
  CHECK_FALSE(open_ours("v4.mmdb").find(address("2001:db8:1::1")));
}

TEST_CASE("a database tells what it is, and its copies share it") {
  std::function<std::optional<place>(const ip_address&)> where;
  {
    const database places = open_ours("places.mmdb");
    CHECK(places.type() == "Netanomaly-Test-places");
    where = places;
  }
  CHECK(where(address("192.0.2.1"))->country == "XA");
}

TEST_CASE("a file that is no database is an error that names it") {
  for (const char* file : {"/geoip/make_places.pl", "/geoip/no-such-file", "/geoip"}) {
    const auto opened = database::open(std::string(NETANOMALY_TEST_DATA) + file);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message().find(file) != std::string::npos);
  }
}

TEST_CASE("a damaged database gives errors or places, and no crash") {
  std::ifstream whole(std::string(NETANOMALY_TEST_DATA) + "/geoip/v4.mmdb", std::ios::binary);
  const std::string octets((std::istreambuf_iterator<char>(whole)), {});
  const auto path =
      std::filesystem::temp_directory_path() / ("netanomaly-" + std::to_string(std::random_device()()) + ".mmdb");
  std::size_t read = 0;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::string damaged = octets;
    damaged[i] = static_cast<char>(~damaged[i]);
    std::ofstream(path, std::ios::binary) << damaged;
    if (const auto opened = database::open(path.string())) {
      for (const char* a : {"192.0.2.1", "198.51.100.1", "203.0.113.64", "255.255.255.255"})
        read += opened->find(address(a)) ? 1 : 0;
    }
  }
  CHECK(read > 0);
  std::filesystem::remove(path);
}
