# SPDX-License-Identifier: Apache-2.0
# One recipe for every library that the system has already: `conan export cmake/conan-system --name zlib --version system`,
# and in the profile `[replace_requires]` with `zlib/*: zlib/system`. Nothing is downloaded and nothing is built.
from conan import ConanFile
from conan.errors import ConanInvalidConfiguration


class System(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    package_type = "shared-library"
    build_policy = "missing"
    libraries = {"libpcap": "pcap", "zlib": "z", "zstd": "zstd", "libpsl": "psl", "libmaxminddb": "maxminddb", "nlohmann_json": None}  # or headers alone

    def package_id(self):
        self.info.clear()

    def validate(self):
        if self.name not in self.libraries:
            raise ConanInvalidConfiguration(f"{self.name}: known are {', '.join(self.libraries)}")

    def package_info(self):
        self.cpp_info.includedirs = self.cpp_info.libdirs = self.cpp_info.bindirs = []
        library = self.libraries[self.name]
        self.cpp_info.system_libs = [library] if library else []
