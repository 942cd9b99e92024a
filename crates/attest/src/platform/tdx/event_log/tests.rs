//! A log of real hardware, and logs made here: the registers of the former belong to a quote that
//! nobody has.

use aecs_sim::vectors;
use proptest::prelude::*;

use super::*;

const SHA256_ID: u16 = 0x000B;

/// A log with these algorithms and events: register, type and a byte to fill the digests with.
fn log(algorithms: &[(u16, u16)], events: &[(u32, u32, u8)]) -> Vec<u8> {
    let mut spec = SIGNATURE.to_vec();
    spec.extend([0, 0, 0, 0, 0, 2, 0, 2]);
    spec.extend(u32::try_from(algorithms.len()).unwrap().to_le_bytes());
    for (id, len) in algorithms {
        spec.extend(id.to_le_bytes());
        spec.extend(len.to_le_bytes());
    }
    spec.extend([3, b'v', b'i', b'a']);
    let mut log = Vec::new();
    log.extend(0_u32.to_le_bytes());
    log.extend(EV_NO_ACTION.to_le_bytes());
    log.extend([0; 20]);
    log.extend(u32::try_from(spec.len()).unwrap().to_le_bytes());
    log.extend(spec);
    for (register, kind, fill) in events {
        log.extend(register.to_le_bytes());
        log.extend(kind.to_le_bytes());
        log.extend(u32::try_from(algorithms.len()).unwrap().to_le_bytes());
        for (id, len) in algorithms {
            log.extend(id.to_le_bytes());
            log.extend(vec![*fill; usize::from(*len)]);
        }
        log.extend(5_u32.to_le_bytes());
        log.extend(b"event");
    }
    log
}

const ALGORITHMS: &[(u16, u16)] = &[(SHA256_ID, 32), (SHA384_ID, 48)];

fn replay(log: &[u8]) -> Result<[Measurement; 4]> {
    EventLog::parse(log).map(|log| log.replay())
}

fn extend(register: Measurement, fill: u8) -> Measurement {
    sha384(&[register, [fill; 48]].concat())
}

#[test]
fn a_recorded_log_replays() {
    let Some(log) = vectors::read("tdx/ccel.bin") else { return };
    let replayed = replay(&log).unwrap().map(hex::encode);
    assert_eq!(
        replayed,
        [
            "2dc712306a963eadb894ad47dbaa17df44814151555aee11cbb843becca88950\
             ffd079664902e6f22c66f7c8213543f4",
            "0fa3be56af61208bbd179dc7b124988eb929319154663c539d6f46445ecac2fe\
             c287075047ff7bd1922829fec28cd3cf",
            &"00".repeat(48),
            &"00".repeat(48),
        ]
    );
    // 1 MiB of memory, of which most is empty.
    let content = without_padding(&log);
    assert_eq!((log.len(), content.len()), (1 << 20, 9822));
    assert_eq!(replay(content).unwrap().map(hex::encode), replayed);
}

#[test]
fn a_log_that_never_ends_takes_no_time() {
    // Events of 16 zeros each, in 4 MiB: at each of them padding might begin.
    let mut endless = log(&[], &[]);
    endless.resize(4 << 20, 0);
    *endless.last_mut().unwrap() = 1;
    let start = std::time::Instant::now();
    assert_eq!(without_padding(&endless).len(), endless.len());
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn every_digest_of_a_recorded_log_counts() {
    let Some(log) = vectors::read("tdx/ccel.bin") else { return };
    let content = without_padding(&log);
    let genuine = replay(content).unwrap();
    // The first event behind the header: register, type, one digest of SHA-384.
    let header = 32 + 40;
    for at in header + 14..header + 14 + 48 {
        let mut changed = content.to_vec();
        changed[at] ^= 1;
        assert_ne!(replay(&changed).unwrap(), genuine, "byte {at}");
    }
}

#[test]
fn registers_are_numbered_from_one_and_extended_in_order() {
    let events = [(1, 8, 1), (4, 8, 2), (1, 8, 3), (2, EV_NO_ACTION, 4), (0, EV_NO_ACTION, 5)];
    let replayed = replay(&log(ALGORITHMS, &events)).unwrap();
    let zero = [0; 48];
    assert_eq!(replayed, [extend(extend(zero, 1), 3), zero, zero, extend(zero, 2)]);
    assert_eq!(replay(&log(ALGORITHMS, &[])).unwrap(), [zero; 4]);
}

#[test]
fn the_rest_of_the_memory_may_be_zeros_or_ones_only() {
    let content = log(ALGORITHMS, &[(1, 8, 1)]);
    for fill in [0, 0xFF] {
        for len in [0, 1, 7, 8, 9, 1000] {
            let padded = [content.clone(), vec![fill; len]].concat();
            assert!(replay(&padded).is_ok(), "{len} bytes of {fill}");
            assert_eq!(without_padding(&padded), content, "{len} bytes of {fill}");
            if len > 0 {
                let mut stray = padded;
                *stray.last_mut().unwrap() ^= 0x55;
                assert!(replay(&stray).is_err(), "{len} bytes of {fill}");
            }
        }
    }
}

#[test]
fn other_logs_are_refused() {
    let genuine = log(ALGORITHMS, &[(1, 8, 1)]);
    let changed = |at: usize, byte: u8| {
        let mut log = genuine.clone();
        log[at] = byte;
        log
    };
    let of_one = |algorithms| log(algorithms, &[(1, 8, 1)]);
    let event = genuine.len() - (12 + 2 + 32 + 2 + 48 + 4 + 5);
    let cases = [
        ("empty", Vec::new()),
        ("no header", genuine[32..].to_vec()),
        ("another signature", changed(32, b'X')),
        ("another major version", changed(32 + 21, 1)),
        ("more algorithms than there are", changed(32 + 24, 9)),
        ("an action as header", changed(4, 8)),
        ("without SHA-384", of_one(&[(SHA256_ID, 32)])),
        ("SHA-384 of another length", of_one(&[(SHA384_ID, 32)])),
        ("SHA-384 twice", of_one(&[(SHA384_ID, 48), (SHA384_ID, 48)])),
        ("a digest too long", of_one(&[(SHA384_ID, 48), (SHA256_ID, 65)])),
        ("register 0", changed(event, 0)),
        ("register 5", changed(event, 5)),
        ("another algorithm", changed(event + 12, 4)),
        ("fewer digests", changed(event + 8, 1)),
        ("many digests", changed(event + 11, 0xFF)),
        ("a long description", changed(genuine.len() - 6, 0xFF)),
        ("cut", genuine[..genuine.len() - 1].to_vec()),
    ];
    for (name, log) in cases {
        let error = EventLog::parse(&log).err();
        assert!(matches!(error, Some(Error::Malformed { what: "event log", .. })), "{name}");
    }
    assert!(replay(&genuine).is_ok());
}

#[test]
fn a_mismatch_names_the_register() {
    let content = log(ALGORITHMS, &[(3, 8, 1)]);
    let mut rtmrs = replay(&content).unwrap();
    let mut checks = crate::checks::Checks::new();
    super::super::check_event_log(&content, &rtmrs, &mut checks).unwrap();
    rtmrs[2] = [7; 48];
    let error = super::super::check_event_log(&content, &rtmrs, &mut checks).unwrap_err();
    let Error::Mismatch { check, expected, actual } = error else { panic!("{error:?}") };
    assert_eq!(check.name(), "event log of RTMR2");
    assert_eq!(expected, "07".repeat(48));
    assert_eq!(actual, hex::encode_upper(extend([0; 48], 1)));
}

proptest! {
    #[test]
    fn arbitrary_logs(log in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = EventLog::parse(&log);
        prop_assert!(without_padding(&log).len() <= log.len());
    }

    #[test]
    fn changed_logs(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        len in any::<prop::sample::Index>(),
    ) {
        let mut log = log(ALGORITHMS, &[(1, 8, 1), (2, 3, 2), (4, 8, 3)]);
        let at = at.index(log.len());
        log[at] = byte;
        log.truncate(len.index(log.len() + 1));
        if let Ok(parsed) = EventLog::parse(&log) {
            prop_assert!(parsed.0.len() <= 3);
        }
        prop_assert!(without_padding(&log).len() <= log.len());
    }
}

/// A log of these events on registers of the log (4 is RTMR3): kind, digest and description.
fn described(events: &[(u32, u32, Measurement, Vec<u8>)]) -> EventLog {
    let mut log = log(&[(SHA384_ID, 48)], &[]);
    for (register, kind, digest, description) in events {
        log.extend(register.to_le_bytes());
        log.extend(kind.to_le_bytes());
        log.extend(1_u32.to_le_bytes());
        log.extend(SHA384_ID.to_le_bytes());
        log.extend(digest);
        log.extend(u32::try_from(description.len()).unwrap().to_le_bytes());
        log.extend(description);
    }
    EventLog::parse(&log).unwrap()
}

/// An event of the agent of Confidential Containers.
fn agent(line: &str) -> (u32, u32, Measurement, Vec<u8>) {
    let len = u32::try_from(line.len()).unwrap().to_le_bytes();
    let description = [&AAEL.to_le_bytes(), &len, line.as_bytes()].concat();
    (4, EV_EVENT_TAG, sha384(&description), description)
}

/// Register, type, digest and data.
type Event = (u32, u32, Measurement, Vec<u8>);

fn pulled(digest: &str) -> Event {
    agent(&format!(
        r#"github.com/confidential-containers PullImage {{"image":"docker.io/x", "digest":"{digest}"}}"#
    ))
}

#[test]
fn images_are_told_if_every_event_is_known() {
    let [one, two] = ["ab", "cd"].map(|byte| format!("sha256:{}", byte.repeat(32)));
    let images = |events: &[_]| described(events).images();
    let both = BTreeSet::from([one.clone(), two.clone()]);
    assert_eq!(images(&[pulled(&one), agent("a b c"), pulled(&two), pulled(&one)]), both);
    // Other registers are of others.
    let mut firmware = pulled(&one);
    firmware.0 = 2;
    assert_eq!(images(&[firmware, pulled(&two)]), BTreeSet::from([two.clone()]));

    // Anything of which it is not known what it says may be one more image.
    let hidden = |change: fn(&mut Event)| {
        let mut event = pulled(&one);
        change(&mut event);
        event
    };
    for unknown in [
        hidden(|event| event.1 = 1),
        hidden(|event| event.2 = [1; 48]),
        hidden(|event| event.3 = b"another text".to_vec()),
        hidden(|event| event.3.push(b' ')),
        hidden(|event| {
            event.3[0] ^= 1;
            event.2 = sha384(&event.3);
        }),
        pulled("sha256:ab"),
        pulled(&"ab".repeat(32)),
        pulled(&format!("{one}\",\"digest\":\"{two}")),
        agent("github.com/confidential-containers PullImage nothing"),
    ] {
        assert_eq!(images(&[pulled(&two), unknown.clone()]), BTreeSet::new(), "{unknown:?}");
        assert_eq!(images(&[unknown, pulled(&two)]), BTreeSet::new());
    }
    let many: Vec<_> = (0..257).map(|i| pulled(&format!("sha256:{i:064x}"))).collect();
    assert_eq!(images(&many), BTreeSet::new());
    assert_eq!(images(&many[1..]).len(), 256);
}

#[test]
fn what_firmware_and_boot_loaders_describe_says_nothing() {
    let value = "/boot/vmlinuz root=/dev/sda1";
    for (register, kind, description) in [
        (3, 13, format!("kernel_cmdline: {value}\0")),
        (4, 13, format!("kernel_cmdline: {value}\0")),
        (4, EV_EVENT_TAG, value.to_owned()),
    ] {
        let log =
            described(&[(register, kind, sha384(value.as_bytes()), description.into_bytes())]);
        assert!(log.said().is_empty() && log.images().is_empty());
    }
}
