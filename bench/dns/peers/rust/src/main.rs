// SPDX-License-Identifier: Apache-2.0
// Rust's parsers of DNS messages, and c-ares, which a crate brings: peers FILE, which holds messages behind 16-bit lengths, most significant octet first.
// Prints `NAME NANOSECONDS` of CPU time a message, the least of five rounds, every record's data read.
use domain::base::iana::Rtype;
use domain::base::Message;
use domain::rdata::AllRecordData;
use std::hint::black_box;

fn read_all(wire: &[u8]) -> Option<usize> {
    let message = Message::from_octets(wire).ok()?;
    let mut count = 0;
    for question in message.question() {
        black_box(question.ok()?);
    }
    for record in message.iter() {
        let (record, _) = record.ok()?;
        if record.rtype() == Rtype::OPT {
            count += 1;
            continue;
        }
        if let Some(record) = record.into_record::<AllRecordData<_, _>>().ok()? {
            black_box(&record);
            count += 1;
        }
    }
    Some(count)
}

/// c-ares makes its own structures of the message, each record's data among them.
fn read_by_cares(wire: &[u8]) -> bool {
    let mut record = std::ptr::null_mut();
    unsafe {
        let read = c_ares_sys::ares_dns_parse(wire.as_ptr(), wire.len(), 0, &mut record);
        c_ares_sys::ares_dns_record_destroy(record);
        read == c_ares_sys::ares_status_t::ARES_SUCCESS
    }
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}
extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// Nanoseconds this thread has run; for Linux of 64 bits.
fn ran() -> i64 {
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    let thread_cpu_time = 3;
    unsafe { clock_gettime(thread_cpu_time, &mut time) };
    time.seconds * 1_000_000_000 + time.nanoseconds
}

fn least(messages: &[Vec<u8>], mut work: impl FnMut(&[u8])) -> f64 {
    let passes = 20000 / messages.len() + 1;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let begin = ran();
        for _ in 0..passes {
            for wire in messages {
                work(wire);
            }
        }
        best = best.min((ran() - begin) as f64 / (passes * messages.len()) as f64);
    }
    best
}

fn main() {
    let data = std::fs::read(std::env::args().nth(1).expect("a file of messages")).expect("readable");
    let mut messages = Vec::new();
    let mut at = 0;
    while at + 2 <= data.len() {
        let size = usize::from(data[at]) << 8 | usize::from(data[at + 1]);
        messages.push(data[at + 2..at + 2 + size].to_vec());
        at += 2 + size;
    }
    let read = messages.iter().filter(|wire| read_all(wire).is_some()).count();
    let unpacked = messages.iter().filter(|wire| hickory_proto::op::Message::from_vec(wire).is_ok()).count();
    let by_cares = messages.iter().filter(|wire| read_by_cares(wire)).count();
    eprintln!("of {} messages, domain reads {read}, hickory-proto {unpacked}, c-ares {by_cares}", messages.len());
    let domain = least(&messages, |wire| {
        black_box(read_all(wire));
    });
    println!("Rust domain {domain:.0}");
    let hickory = least(&messages, |wire| {
        let _ = black_box(hickory_proto::op::Message::from_vec(wire));
    });
    println!("Rust hickory-proto {hickory:.0}");
    let cares = least(&messages, |wire| {
        black_box(read_by_cares(wire));
    });
    println!("c-ares {cares:.0}");
}
