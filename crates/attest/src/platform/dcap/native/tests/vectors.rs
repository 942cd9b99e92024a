//! Quotes of real hardware under Intel's root, as they are and damaged.

use std::time::Duration;

use aecs_proto::SgxQlQveCollateral;
use aecs_sim::vectors::{self, intel};

use super::every;
use super::forge::section_start;
use super::oracle::{Case, Tally};
use crate::anchor::{Anchor, Backing};
use crate::clock::from_unix_seconds;
use crate::collateral::IntelTee;
use crate::platform::dcap::intel_root_der;

/// 2025-06-20, 2026-02-20.
const JUNE: u64 = 1_750_377_600;
const FEBRUARY: u64 = 1_771_545_600;

fn cases() -> Vec<(&'static str, Case)> {
    let cases = [
        (IntelTee::Sgx, "sgx/quote.bin", "sgx/collateral.json", JUNE),
        (IntelTee::Tdx, "tdx/quote.bin", "tdx/collateral.json", JUNE),
        (IntelTee::Tdx, "tdx/quote-tcb-outdated.bin", "tdx/collateral-tcb-outdated.json", FEBRUARY),
    ];
    cases.into_iter().filter_map(|(tee, quote, file, now)| load(tee, quote, file, now)).collect()
}

fn load(tee: IntelTee, quote: &'static str, file: &str, now: u64) -> Option<(&'static str, Case)> {
    let collateral = intel::collateral(file, tee.number())?;
    let case = Case {
        tee,
        quote: vectors::read(quote)?,
        collateral,
        beside: Vec::new(),
        anchor: Anchor { der: intel_root_der().to_vec(), backing: Backing::Hardware },
        now: from_unix_seconds(now),
    };
    Some((quote, case))
}

#[test]
fn genuine_quotes_are_genuine_to_both() {
    let mut tally = Tally::default();
    let cases = cases();
    for (name, case) in &cases {
        tally.compare(case, || (*name).into());
    }
    assert_eq!(tally.accepted, cases.len(), "{tally:?}");
    for (_, case) in &cases {
        // What belongs to another quote.
        for (other, quote) in &cases {
            let swapped = Case { quote: quote.quote.clone(), ..case.clone() };
            tally.compare(&swapped, || (*other).into());
        }
    }
    for name in ["sgx/occlum-quote.bin", "tdx/quote-v5.bin"] {
        for (_, case) in &cases {
            let Some(quote) = vectors::read(name) else { return };
            tally.compare(&Case { quote, ..case.clone() }, || name.into());
        }
    }
    assert!(tally.accepted >= 2 * cases.len() && tally.differences.is_empty(), "{tally:?}");
}

#[test]
fn every_byte_of_a_quote_counts_to_both() {
    for (name, case) in cases() {
        let mut tally = Tally::default();
        for at in 0..case.quote.len() {
            // The chain is text: it is damaged as DER below.
            let step = if at < 1300 { every(9) } else { every(53) };
            if at % step != 0 {
                continue;
            }
            let mut changed = case.clone();
            changed.quote[at] ^= [0x01, 0x10, 0x80][at % 3];
            tally.compare(&changed, || format!("{name}, byte {at}"));
        }
        for len in (0..case.quote.len()).step_by(97) {
            let mut changed = case.clone();
            changed.quote.truncate(len);
            tally.compare(&changed, || format!("{name}, {len} bytes"));
            changed.quote =
                [case.quote.as_slice(), &vec![u8::from(len % 2 == 0); len + 1]].concat();
            tally.compare(&changed, || format!("{name}, {len} bytes more"));
        }
        assert!(tally.refused > 150, "{name}: {tally:?}");
        assert!(tally.differences.is_empty(), "{name}: {tally:?}");
    }
}

#[test]
fn every_byte_of_the_certificates_counts_to_both() {
    for (name, case) in cases() {
        let mut tally = Tally::default();
        let start = find(&case.quote, b"-----BEGIN");
        let (fixed, chain) = case.quote.split_at(start);
        let blocks = pem::parse_many(chain).unwrap();
        for (i, block) in blocks.iter().enumerate() {
            for at in (0..block.contents().len()).step_by(every(40)) {
                let mut der = block.contents().to_vec();
                der[at] ^= [0x01, 0x20, 0x80][at % 3];
                let mut blocks = blocks.clone();
                blocks[i] = pem::Pem::new("CERTIFICATE", der);
                let chain: String = blocks.iter().map(pem::encode).collect();
                let mut changed = case.clone();
                changed.quote = with_chain(fixed, &chain, case.tee);
                tally.compare(&changed, || format!("{name}, certificate {i}, byte {at}"));
            }
        }
        assert!(tally.refused > 60 && tally.accepted == 0, "{name}: {tally:?}");
        assert!(tally.differences.is_empty(), "{name}: {tally:?}");
        // The same bytes as a chain in DER are fine.
        let mut der = case.clone();
        let chain: Vec<u8> = blocks.iter().flat_map(|block| block.contents().to_vec()).collect();
        der.quote = with_chain(fixed, &chain, case.tee);
        tally.compare(&der, || format!("{name} in DER"));
        assert_eq!(tally.accepted, 1, "{name}: {tally:?}");
        assert_eq!(der.native().unwrap(), case.native().unwrap(), "{name}");
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle).unwrap()
}

/// The quote up to its chain with another chain, and the lengths to go with it.
pub(super) fn with_chain(fixed: &[u8], chain: impl AsRef<[u8]>, tee: IntelTee) -> Vec<u8> {
    let chain = chain.as_ref();
    let mut quote = fixed.to_vec();
    let mut put = |at: usize, len: usize| {
        quote[at..at + 4].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
    };
    let section = section_start(fixed) + 4;
    put(fixed.len() - 4, chain.len());
    put(section - 4, fixed.len() - section + chain.len());
    if tee == IntelTee::Tdx {
        put(section + 128 + 2, fixed.len() - section - 134 + chain.len());
    }
    quote.extend(chain);
    quote
}

#[test]
fn every_part_of_the_collateral_counts_to_both() {
    type Field = fn(&mut SgxQlQveCollateral) -> &mut String;
    let fields: [(&str, Field); 7] = [
        ("pck_crl_issuer_chain", |c| &mut c.pck_crl_issuer_chain),
        ("root_ca_crl", |c| &mut c.root_ca_crl),
        ("pck_crl", |c| &mut c.pck_crl),
        ("tcb_info_issuer_chain", |c| &mut c.tcb_info_issuer_chain),
        ("tcb_info", |c| &mut c.tcb_info),
        ("qe_identity_issuer_chain", |c| &mut c.qe_identity_issuer_chain),
        ("qe_identity", |c| &mut c.qe_identity),
    ];
    for (name, case) in cases() {
        let mut tally = Tally::default();
        for (part, field) in fields {
            let text = field(&mut case.collateral.clone()).clone();
            // Revocation lists are hexadecimal: every bit of theirs is reached.
            let step = every(if part.ends_with("crl") { 40 } else { 160 });
            for at in (0..text.len()).step_by(step) {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = match bytes[at] {
                    byte
                    @ (b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y') => {
                        byte + 1
                    }
                    b'9' => b'0',
                    b'f' => b'a',
                    _ => continue,
                };
                let mut changed = case.clone();
                *field(&mut changed.collateral) = String::from_utf8(bytes).unwrap();
                tally.compare(&changed, || format!("{name}, {part}, byte {at}"));
            }
            let mut missing = case.clone();
            field(&mut missing.collateral).clear();
            tally.compare(&missing, || format!("{name}, {part} missing"));
            for (other, source) in fields {
                let mut swapped = case.clone();
                let text = source(&mut swapped.collateral).clone();
                *field(&mut swapped.collateral) = text;
                tally.compare(&swapped, || format!("{name}, {other} as {part}"));
            }
        }
        // Part for part from another quote's collateral.
        for (other, theirs) in cases() {
            for (part, field) in fields {
                let mut mixed = case.clone();
                let mut theirs = theirs.collateral.clone();
                *field(&mut mixed.collateral) = field(&mut theirs).clone();
                tally.compare(&mixed, || format!("{name}, {part} of {other}"));
            }
        }
        assert!(tally.refused > 80, "{name}: {tally:?}");
        assert_only_lists_before_their_time(&tally);
    }
}

/// Only revocation lists that are not yet valid.
fn assert_only_lists_before_their_time(tally: &Tally) {
    let known = |reason: &&str| reason.contains("before its time");
    assert!(tally.differences.keys().all(known), "{tally:?}");
}

#[test]
fn dates_count_to_both() {
    let second = Duration::from_secs(1);
    for (name, case) in cases() {
        let mut tally = Tally::default();
        let (from, until) = case.verdict().unwrap().checks.window();
        let edges = [from - second, from, until, until + second, until + 2 * second];
        let days = (0..16_000).step_by(every(580)).map(|day| from_unix_seconds(day * 86_400));
        let hours =
            (0..24 * 60).map(|hour| from + Duration::from_secs(hour * 3600) - 20 * 86_400 * second);
        for now in edges.into_iter().chain(days).chain(hours) {
            tally.compare(&Case { now, ..case.clone() }, || format!("{name} at {now:?}"));
        }
        assert!(tally.accepted >= 6 && tally.refused > 25, "{name}: {tally:?}");
        assert_only_lists_before_their_time(&tally);
    }
}
