use std::convert::Infallible;

use serde_json::json;

use super::*;

fn key() -> AuditKey {
    AuditKey::of(&RecordKey::generate().unwrap(), &[1; LOG_ID_BYTES]).unwrap()
}

/// Five entries, and a signed head after the third and the fifth.
fn log(key: &AuditKey) -> Vec<String> {
    log_about("secret", key)
}

fn log_about(object: &str, key: &AuditKey) -> Vec<String> {
    let mut lines = Vec::new();
    let mut head = Head::default();
    for number in 1..=5 {
        let body = json!({ "object": format!("{object}{number}") });
        let line = serde_json::to_string(&Entry::new(head, 0, &body)).unwrap();
        head = head.after(line.as_bytes());
        lines.push(line);
        if number == 3 || number == 5 {
            lines.push(key.head_line(head).unwrap());
        }
    }
    lines
}

/// What is read of lines, and what is found.
fn read_from(lines: &[String], heads: Heads<'_>, known: Head) -> (Log, Vec<Finding>) {
    let mut findings = Vec::new();
    let lines = lines.iter().map(|line| Ok::<_, Infallible>(((), format!("{line}\n"))));
    let Ok(log) = super::check(lines, heads, known, |(), finding| findings.push(finding));
    (log, findings)
}

fn read(lines: &[String], heads: Heads<'_>) -> (Log, Vec<Finding>) {
    read_from(lines, heads, Head::default())
}

fn check(keys: &[AuditPublicKey], lines: &[String]) -> (Log, Vec<Finding>) {
    read(lines, Heads::By(keys))
}

/// An entry of the server after `head`, and its result.
fn by_server(head: Head, result: &str, reason: &str) -> String {
    let body = json!({ "caller": BY_SERVER, "result": result, "reason": reason });
    serde_json::to_string(&Entry::new(head, 0, &body)).unwrap()
}

#[test]
fn an_intact_log_has_no_findings() {
    let key = key();
    let (log, findings) = check(&[key.public()], &log(&key));
    assert_eq!(findings, []);
    assert_eq!((log.entries, log.unsigned, log.first), (5, 0, Some(1)));
    assert_eq!(log.signed, Some((log.head, key.public())));
}

#[test]
fn the_last_head_covers_the_heads_before_it() {
    let key = key();
    let good = log(&key);
    let find = |lines: &[String]| {
        let (log, findings) = read(lines, Heads::LastByAnyKey);
        (findings, log.signed)
    };
    let (findings, signed) = find(&good);
    assert_eq!(findings, []);
    assert_eq!(signed.map(|(head, by)| (head.sequence, by)), Some((5, key.public())));

    let mut edited = good.clone();
    edited[1] = edited[1].replace("secret2", "secret9");
    assert_eq!(find(&edited).0, [Finding::DoesNotFollow { edited: 2 }]);
    let mut forged = good.clone();
    forged[3] = forged[3].replace("\"head\":3", "\"head\":4");
    assert_eq!(find(&forged).0, [Finding::HeadDoesNotFit { head: 4 }]);
    let mut unsigned = good.clone();
    let signature = unsigned[6].len() - 10;
    unsigned[6].replace_range(signature..signature + 4, "0000");
    assert_eq!(find(&unsigned), (vec![Finding::BadSignature { head: 5 }], None));
    assert_eq!(read(&unsigned, Heads::LastByAnyKey).0.unsigned, 5, "nothing counts as signed");
    assert_eq!(read(&unsigned, Heads::ByAnyKey).0.unsigned, 2);
    // A head before the last one is not verified in this way, and is in the other.
    let mut middle = good;
    middle[3].replace_range(signature - 10..signature - 6, "0000");
    assert_eq!(find(&middle).0, []);
    assert_eq!(read(&middle, Heads::ByAnyKey).1, [Finding::BadSignature { head: 3 }]);
}

#[test]
fn a_head_before_the_first_entry_signs_nothing_after_it() {
    let key = key();
    let good = log(&key);
    // Entries of somebody else, behind a head that the node has signed.
    let forged = log_about("forged", &self::key());
    for head in [&good[3], &good[6]] {
        for count in 1..=5 {
            let mut lines = vec![head.clone()];
            let entries = forged.iter().filter(|line| line.contains("sequence"));
            lines.extend(entries.take(count).cloned());
            let (log, findings) = check(&[key.public()], &lines);
            assert!(!findings.is_empty(), "{head}: {count}");
            assert_eq!(log.unsigned, u64::try_from(count).unwrap(), "{head}");

            for heads in [Heads::LastByAnyKey, Heads::ByAnyKey] {
                let (log, findings) = read(&lines, heads);
                assert!(!findings.is_empty(), "{head}: {count}: {heads:?}");
                assert_eq!(log.unsigned, u64::try_from(count).unwrap(), "{head}");
            }
        }
    }
    // The same head before the entry that does follow it.
    let (log, findings) = check(&[key.public()], &good[3..]);
    assert_eq!((findings, log.unsigned, log.entries), (vec![], 0, 2));
}

#[test]
fn what_the_server_has_found_changed_stays_a_finding() {
    let key = key();
    let line = by_server(Head::default(), CHANGED, "entry 4 is another");
    let head = key.head_line(Head::default().after(line.as_bytes())).unwrap();
    let (log, findings) = check(&[key.public()], &[line, head]);
    let changed = |entry| Finding::Changed { entry, reason: "entry 4 is another".to_owned() };
    assert_eq!(findings, [changed(1)]);
    assert_eq!(log.unsigned, 0);

    // Also an entry that does not follow says so: the server went on from what the vault knows.
    let lines =
        [self::log(&key), vec![by_server(log.head, CHANGED, "entry 4 is another")]].concat();
    let missing = Finding::OutOfOrder { expected: 6, found: 2 };
    assert_eq!(check(&[key.public()], &lines).1, [missing, changed(2)]);
}

#[test]
fn entries_that_the_server_found_unsigned_are_named() {
    let (own, other) = (key(), key());
    let lines = log(&own);
    // The last two entries have no head, as a crash leaves them or somebody else adds them.
    let mut found = lines[..6].to_vec();
    let head = read(&found, Heads::ByAnyKey).0.head;
    found.push(by_server(head, UNSIGNED, ""));
    let head = head.after(found[6].as_bytes());
    found.push(own.head_line(head).unwrap());
    let (log, findings) = check(&[own.public()], &found);
    assert_eq!(findings, [Finding::Adopted { entry: 6, count: 2 }]);
    assert_eq!((log.unsigned, log.signed), (0, Some((head, own.public()))));
    assert!(findings[0].to_string().contains("2 entries before it were not signed"));

    // The same if another key has signed them.
    let mut found = self::log(&other);
    let head = read(&found, Heads::ByAnyKey).0.head;
    found.push(by_server(head, UNSIGNED, ""));
    found.push(own.head_line(head.after(found[7].as_bytes())).unwrap());
    assert_eq!(check(&[own.public()], &found).1, [Finding::Adopted { entry: 6, count: 5 }]);
}

#[test]
fn a_log_follows_from_an_entry_that_is_in_it_and_leads_to_its_end() {
    let key = key();
    let good = log(&key);
    let at = |count: usize| read(&good[..count], Heads::ByAnyKey).0.head;
    let (second, end) = (at(2), at(7));
    let follows = |lines: &[String], known| read_from(lines, Heads::LastByAnyKey, known).0.follows;
    assert!(follows(&good, second) && follows(&good, end) && follows(&good[1..], second));
    assert!(!follows(&good[2..], second), "entry 2 is not there");
    assert!(!follows(&good, Head { hash: [1; 32], ..second }));
    assert!(!follows(&good, Head { sequence: 9, ..second }));

    // All is rewritten, and the entry that is known stands before one of the others.
    let mut forged = log_about("forged", &self::key());
    assert!(!follows(&forged, second));
    for place in 0..forged.len() - 1 {
        forged.insert(place, good[1].clone());
        assert!(!follows(&forged, second), "{place}");
        forged.remove(place);
    }
    // At the end of everything it is the end.
    forged.push(good[1].clone());
    let (log, findings) = read_from(&forged, Heads::LastByAnyKey, second);
    assert!(log.follows && log.head == second && !findings.is_empty());
}

#[test]
fn entries_are_numbered_from_one() {
    let key = key();
    let zero = log(&key)[0].replace("\"sequence\":1", "\"sequence\":0");
    let (log, findings) = check(&[key.public()], &[zero]);
    assert_eq!(findings, [Finding::OutOfOrder { expected: 1, found: 0 }]);
    assert_eq!(log.first, Some(0));
}

#[test]
fn the_last_line_may_have_no_end() {
    let key = key();
    let lines = log(&key).join("\n");
    let mut findings = Vec::new();
    let lines = lines.split_inclusive('\n').enumerate().map(Ok::<_, Infallible>);
    let Ok(log) = super::check(lines, Heads::ByAnyKey, Head::default(), |place, finding| {
        findings.push((*place, finding));
    });
    let [(6, Finding::Unfinished { bytes })] = findings[..] else { panic!("{findings:?}") };
    assert!(bytes > 200 && (log.entries, log.unsigned) == (5, 2));
}

#[test]
fn an_error_of_the_lines_is_the_result() {
    let lines = [Ok(((), "{}\n")), Err("no more")];
    let read = super::check(lines, Heads::ByAnyKey, Head::default(), |(), _| ());
    assert_eq!(read, Err("no more"));
}

#[test]
fn every_edit_is_found() {
    let key = key();
    let good = log(&key);
    let find = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = good.clone();
        change(&mut lines);
        check(&[key.public()], &lines).1
    };
    let edit = |lines: &mut Vec<String>| lines[1] = lines[1].replace("secret2", "secret9");
    assert_eq!(find(&edit), [Finding::DoesNotFollow { edited: 2 }]);
    let cut = |lines: &mut Vec<String>| drop(lines.remove(1));
    assert_eq!(find(&cut), [Finding::Missing { from: 2, to: 2 }]);
    let swap = |lines: &mut Vec<String>| lines.swap(0, 1);
    assert!(find(&swap).contains(&Finding::OutOfOrder { expected: 3, found: 1 }));
    let edit_last = |lines: &mut Vec<String>| lines[5] = lines[5].replace("secret5", "secret9");
    assert_eq!(find(&edit_last), [Finding::HeadDoesNotFit { head: 5 }]);
    let garbage = |lines: &mut Vec<String>| lines[2] = "{}".to_owned();
    assert!(find(&garbage).contains(&Finding::Unreadable));
    let unsign = |lines: &mut Vec<String>| lines[6] = lines[6].replace("\"head\":5", "\"head\":6");
    assert_eq!(find(&unsign), [Finding::BadSignature { head: 6 }]);
}

#[test]
fn a_cut_tail_is_shorter_than_the_head_that_is_known() {
    let key = key();
    let whole = log(&key);
    let (log, findings) = check(&[key.public()], &whole[..4]);
    assert_eq!(findings, [], "only somebody who knows a later head notices");
    assert_eq!(log.head.sequence, 3);
    let (log, _) = check(&[key.public()], &whole[..6]);
    assert_eq!(log.unsigned, 2);
}

#[test]
fn another_key_is_not_the_nodes() {
    let (own, other) = (key(), key());
    let (log, findings) = check(&[own.public()], &log(&other));
    assert_eq!(findings, []);
    assert_eq!(log.other_keys, [other.public()]);
    assert_eq!((log.signed, log.unsigned), (None, 5));
}

#[test]
fn a_segment_may_begin_anywhere() {
    let key = key();
    let (log, findings) = check(&[key.public()], &log(&key)[3..]);
    assert_eq!(findings, []);
    assert_eq!((log.first, log.entries), (Some(4), 2));
}

#[test]
fn the_key_belongs_to_the_record_key_and_its_text_reads_back() {
    let record = RecordKey::generate().unwrap();
    let of = |log: u8| AuditKey::of(&record, &[log; LOG_ID_BYTES]).unwrap();
    let key = of(1);
    assert_eq!(key.public(), of(1).public());
    assert_ne!(key.public(), of(2).public(), "each log of a deployment has a key of its own");
    assert_eq!(key.public().to_string().parse::<AuditPublicKey>().unwrap(), key.public());
    assert_eq!(key.public().node().len(), 16);
    assert!("00".parse::<AuditPublicKey>().is_err());
}

/// Whatever is done to the lines, somebody without the key leaves a finding or an unsigned end.
#[test]
fn no_changed_byte_and_no_moved_line_passes() {
    let key = key();
    let good = log(&key);
    let passes = |lines: &[String]| {
        let (log, findings) = check(&[key.public()], lines);
        findings.is_empty() && log.unsigned == 0
    };
    assert!(passes(&good));
    for (number, line) in good.iter().enumerate() {
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let mut lines = good.clone();
            lines[number] = String::from_utf8(bytes).unwrap();
            assert!(!passes(&lines), "byte {at} of {line}");
        }
        // A head may be missing where a later one covers its entries, and there may be two of it.
        let is_entry = line.contains("sequence");
        for place in 0..=good.len() {
            let mut lines = good.clone();
            lines.insert(place, line.clone());
            let next_to_it = place == number || place == number + 1;
            assert!(!passes(&lines) || (!is_entry && next_to_it), "repeated at {place}: {line}");
            lines = good.clone();
            lines.remove(number);
            lines.insert(place.min(lines.len()), line.clone());
            assert!(!passes(&lines) || lines == good, "moved to {place}: {line}");
        }
        let mut lines = good.clone();
        lines.remove(number);
        let at_the_beginning = number == 0;
        assert!(!passes(&lines) || !is_entry || at_the_beginning, "without {line}");
    }
}
