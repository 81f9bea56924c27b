-- SPDX-License-Identifier: Apache-2.0
-- The detector from LuaJIT, as a host such as dnsdist loads it: luajit tunnel.lua LIBRARY HEADER < capture.pcap
-- What dnsdist does with its questions is here done with a capture (Ethernet, IPv4 and UDP, as packet_loop.c).
local ffi = require("ffi")
local bit = require("bit")

local header = assert(io.open(arg[2])):read("*a")
ffi.cdef(header:match("cdef %*/(.-)/%* cdef %*/"))  -- the shipped header is the declaration
local na = ffi.load(arg[1])

local why = ffi.new("char[200]")
local detector = na.na_dns_new("memory_limit=67108864", why, 200)
if detector == nil then error(ffi.string(why)) end
detector = ffi.gc(detector, na.na_dns_free)

local capture = io.read("*a")
local octets = ffi.cast("const uint8_t*", capture)
local function u16(at) return octets[at] * 256 + octets[at + 1] end
local function u32(at)  -- the file's own order; little-endian here
  return octets[at] + octets[at + 1] * 2 ^ 8 + octets[at + 2] * 2 ^ 16 + octets[at + 3] * 2 ^ 24
end
assert(u32(0) == 0xa1b2c3d4 and u32(20) == 1, "a little-endian pcap of Ethernet is expected")

local finding = ffi.new("na_dns_finding")
finding.size = ffi.sizeof("na_dns_finding")
local zone = ffi.new("char[1004]")
local known = {}
local at = 24
while at + 16 <= #capture do
  local seconds, micros, size = u32(at), u32(at + 4), u32(at + 8)
  local ip = at + 16 + 14
  local stop = at + 16 + size
  at = stop
  local udp = ip + bit.band(octets[ip], 15) * 4
  if size > 62 and u16(ip - 2) == 0x0800 and octets[ip + 9] == 17 and bit.band(u16(ip + 6), 0x3fff) == 0 and u16(udp) == 53 then
    local client, message = octets + ip + 16, octets + udp + 8
    local length = stop - udp - 8
    local now = ffi.cast("int64_t", seconds) * 1000000000LL + micros * 1000
    if na.na_dns_answer(detector, now, client, 4, message, length) == na.NA_DNS_TUNNEL then
      local name = message + 12
      local name_size = 1  -- label by label, the root label included
      while name[name_size - 1] ~= 0 do name_size = name_size + 1 + name[name_size - 1] end
      if na.na_dns_verdict(detector, client, 4, name, name_size, finding) == na.NA_DNS_TUNNEL then
        local id = tostring(finding.incident)
        if not known[id] then
          known[id] = true
          na.na_dns_zone(detector, client, 4, name, name_size, zone, 1004)
          print(string.format("%d.%d.%d.%d -> %s: score %d after %d names", client[0], client[1], client[2], client[3],
                              ffi.string(zone), finding.score, tonumber(finding.unique_names)))
        end
      end
    end
  end
end
