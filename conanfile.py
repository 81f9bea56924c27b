# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class Netanomaly(ConanFile):
    name = "netanomaly"
    description = "Anomalies in network telemetry and DNS, one observation at a time"
    license = "Apache-2.0"
    topics = ("anomaly-detection", "dns", "telemetry", "streaming", "header-only")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "capture": [True, False],  # netanomaly::capture: libpcap, zlib, zstd, nlohmann_json
        "psl": [True, False],  # netanomaly::psl: libpsl
        "geoip": [True, False],  # netanomaly::geoip: libmaxminddb
        "c": [True, False],  # netanomaly::c, the C interface
    }
    default_options = {"shared": False, "fPIC": True, "capture": False, "psl": False, "geoip": False, "c": False}
    exports_sources = "CMakeLists.txt", "cmake/*", "include/*", "src/*", "LICENSE"
    test_package_folder = "tests/package/conan"

    # What each compiled part needs: the requirement, and the component of it that our component names.
    parts = {
        "capture": {
            "libpcap/[>=1.9]": "libpcap::libpcap", "zlib/[>=1.2.11]": "zlib::zlib", "zstd/[>=1.4]": "zstd::zstd",
            "nlohmann_json/[>=3.10]": "nlohmann_json::nlohmann_json",
        },
        "psl": {"libpsl/[>=0.21]": "libpsl::libpsl"},
        "geoip": {"libmaxminddb/[>=1.5]": "libmaxminddb::libmaxminddb"},
        "c": {},
    }

    # What our CMake files call them.
    cmake_names = {"libpcap": "PCAP", "zlib": "ZLIB", "zstd": "ZSTD", "libpsl": "PSL", "libmaxminddb": "MaxMindDB", "nlohmann_json": "nlohmann_json"}

    def _built(self):
        return [part for part in self.parts if self.options.get_safe(part)]

    def set_version(self):
        text = load(self, Path(self.recipe_folder) / "include" / "netanomaly" / "core" / "config.hpp")
        numbers = dict(re.findall(r"#define NETANOMALY_VERSION_(MAJOR|MINOR|PATCH) (\d+)", text))
        self.version = "{MAJOR}.{MINOR}.{PATCH}".format(**numbers)

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC

    def configure(self):
        if not self._built():
            self.options.rm_safe("shared")
            self.options.rm_safe("fPIC")
            self.package_type = "header-library"
        elif self.options.shared:
            self.options.rm_safe("fPIC")

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        for part in self._built():
            for requirement in self.parts[part]:
                self.requires(requirement)

    def package_id(self):
        if not any(self.info.options.get_safe(part) for part in self.parts):
            self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in self.parts:
            toolchain.cache_variables[f"NETANOMALY_{part.upper()}"] = bool(self.options.get_safe(part))
        for absent in "PROGRAM", "TESTS", "EXAMPLES":
            toolchain.cache_variables[f"NETANOMALY_{absent}"] = False
        toolchain.generate()
        dependencies = CMakeDeps(self)
        for name, known_as in self.cmake_names.items():
            dependencies.set_property(name, "cmake_file_name", known_as)
            dependencies.set_property(name, "cmake_target_name", f"{known_as}::{known_as}")
        dependencies.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder) / "licenses")
        for generated in "lib/cmake", "lib/pkgconfig", "share":
            rmdir(self, str(Path(self.package_folder) / generated))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "netanomaly")
        headers = {"netanomaly": [], "batch": ["netanomaly"], "learn": ["netanomaly"], "bench": ["netanomaly", "learn"], "all": ["netanomaly", "batch", "learn"]}
        for name, needs in headers.items():
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"netanomaly::{name}")
            component.bindirs = component.libdirs = []
            component.requires = needs
        for part in self._built():
            component = self.cpp_info.components[part]
            component.set_property("cmake_target_name", f"netanomaly::{part}")
            component.libs = [f"netanomaly_{part}"]
            component.requires = ["netanomaly", *self.parts[part].values()]
