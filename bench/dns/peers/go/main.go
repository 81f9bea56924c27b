// SPDX-License-Identifier: Apache-2.0

// Go's parsers of DNS messages: peers FILE, which holds messages behind 16-bit lengths, most significant octet first.
// Prints `NAME NANOSECONDS` of CPU time a message, the least of five rounds.
package main

import (
	"fmt"
	"math"
	"os"
	"syscall"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/miekg/dns"
)

// Nanoseconds of CPU time, the garbage collector's included.
func ran() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano() + used.Stime.Nano())
}

func least(messages [][]byte, work func([]byte)) float64 {
	passes, best := 20000/len(messages)+1, math.Inf(1)
	for round := 0; round < 5; round++ {
		begin := ran()
		for pass := 0; pass < passes; pass++ {
			for _, wire := range messages {
				work(wire)
			}
		}
		best = math.Min(best, (ran()-begin)/float64(passes*len(messages)))
	}
	return best
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var messages [][]byte
	for len(data) >= 2 {
		size := int(data[0])<<8 | int(data[1])
		messages, data = append(messages, data[2:2+size]), data[2+size:]
	}
	unpacked, decoded := 0, 0
	for _, wire := range messages {
		var m dns.Msg
		if m.Unpack(wire) == nil {
			unpacked++
		}
		var d layers.DNS
		if d.DecodeFromBytes(wire, gopacket.NilDecodeFeedback) == nil {
			decoded++
		}
	}
	fmt.Fprintf(os.Stderr, "of %d messages, miekg/dns reads %d, gopacket %d\n", len(messages), unpacked, decoded)
	fmt.Printf("Go miekg/dns %.0f\n", least(messages, func(wire []byte) {
		var m dns.Msg
		_ = m.Unpack(wire)
	}))
	var reused layers.DNS
	fmt.Printf("Go gopacket %.0f\n", least(messages, func(wire []byte) {
		_ = reused.DecodeFromBytes(wire, gopacket.NilDecodeFeedback)
	}))
}
