use serde_json::json;

use super::*;

fn key() -> AuditKey {
    AuditKey::of(&RecordKey::generate().unwrap()).unwrap()
}

/// Five entries, and a signed head after the third and the fifth.
fn log(key: &AuditKey) -> Vec<String> {
    let mut lines = Vec::new();
    let mut head = Head::default();
    for number in 1..=5 {
        let body = json!({ "object": format!("secret{number}") });
        let line = serde_json::to_string(&Entry::new(head, 0, &body)).unwrap();
        head = head.after(line.as_bytes());
        lines.push(line);
        if number == 3 || number == 5 {
            lines.push(key.head_line(head).unwrap());
        }
    }
    lines
}

fn check(keys: Vec<AuditPublicKey>, lines: &[String]) -> (Checker, Vec<Finding>) {
    let mut checker = Checker::new(keys);
    let findings = lines.iter().filter_map(|line| checker.line(line.as_bytes()).err()).collect();
    (checker, findings)
}

#[test]
fn an_intact_log_has_no_findings() {
    let key = key();
    let (checker, findings) = check(vec![key.public()], &log(&key));
    assert_eq!(findings, []);
    assert_eq!((checker.entries(), checker.unsigned(), checker.first()), (5, 0, Some(1)));
    assert_eq!(checker.signed(), Some((checker.head(), key.public())));
}

#[test]
fn the_last_head_covers_the_heads_before_it() {
    let key = key();
    let good = log(&key);
    let find = |lines: &[String]| {
        let mut checker = Checker::of_last_head();
        let mut findings: Vec<_> =
            lines.iter().filter_map(|line| checker.line(line.as_bytes()).err()).collect();
        assert_eq!(checker.signed(), None, "before the end nothing is verified");
        findings.extend(checker.finish().err());
        (findings, checker.signed())
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
    let mut unsigned = good;
    let signature = unsigned[6].len() - 10;
    unsigned[6].replace_range(signature..signature + 4, "0000");
    assert_eq!(find(&unsigned), (vec![Finding::BadSignature { head: 5 }], None));
}

#[test]
fn a_head_before_the_first_entry_signs_nothing_after_it() {
    let key = key();
    let good = log(&key);
    // Entries of somebody else, behind a head that the node has signed.
    let forged = log(&self::key());
    for head in [&good[3], &good[6]] {
        for count in 1..=5 {
            let mut lines = vec![head.clone()];
            let entries = forged.iter().filter(|line| line.contains("sequence"));
            lines.extend(entries.take(count).cloned());
            let (checker, findings) = check(vec![key.public()], &lines);
            assert!(!findings.is_empty(), "{head}: {count}");
            assert_eq!(checker.unsigned(), u64::try_from(count).unwrap(), "{head}");

            let mut start = Checker::of_last_head();
            let found = lines.iter().filter(|line| start.line(line.as_bytes()).is_err()).count();
            assert!(found > 0 && start.finish().is_ok());
            assert_eq!(start.unsigned(), u64::try_from(count).unwrap(), "{head}");
        }
    }
    // The same head before the entry that does follow it.
    let (checker, findings) = check(vec![key.public()], &good[3..]);
    assert_eq!((findings, checker.unsigned(), checker.entries()), (vec![], 0, 2));
}

#[test]
fn what_the_server_has_found_changed_stays_a_finding() {
    let key = key();
    let body = json!({ "caller": BY_SERVER, "result": CHANGED, "reason": "entry 4 is another" });
    let line = serde_json::to_string(&Entry::new(Head::default(), 0, &body)).unwrap();
    let head = key.head_line(Head::default().after(line.as_bytes())).unwrap();
    let (checker, findings) = check(vec![key.public()], &[line, head]);
    let reason = "entry 4 is another".to_owned();
    assert_eq!(findings, [Finding::Changed { entry: 1, reason }]);
    assert_eq!(checker.unsigned(), 0);
}

#[test]
fn every_edit_is_found() {
    let key = key();
    let good = log(&key);
    let find = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = good.clone();
        change(&mut lines);
        check(vec![key.public()], &lines).1
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
    let (checker, findings) = check(vec![key.public()], &whole[..4]);
    assert_eq!(findings, [], "only somebody who knows a later head notices");
    assert_eq!(checker.head().sequence, 3);
    let (checker, _) = check(vec![key.public()], &whole[..6]);
    assert_eq!(checker.unsigned(), 2);
}

#[test]
fn another_key_is_not_the_nodes() {
    let (own, other) = (key(), key());
    let (checker, findings) = check(vec![own.public()], &log(&other));
    assert_eq!(findings, []);
    assert_eq!(checker.other_keys(), [other.public()]);
    assert_eq!((checker.signed(), checker.unsigned()), (None, 5));
}

#[test]
fn a_segment_may_begin_anywhere() {
    let key = key();
    let (checker, findings) = check(vec![key.public()], &log(&key)[3..]);
    assert_eq!(findings, []);
    assert_eq!((checker.first(), checker.entries()), (Some(4), 2));
}

#[test]
fn the_key_belongs_to_the_record_key_and_its_text_reads_back() {
    let record = RecordKey::generate().unwrap();
    let key = AuditKey::of(&record).unwrap();
    assert_eq!(key.public(), AuditKey::of(&record).unwrap().public());
    assert_eq!(key.public().to_string().parse::<AuditPublicKey>().unwrap(), key.public());
    assert_eq!(key.public().node().len(), 16);
    assert!("00".parse::<AuditPublicKey>().is_err());
}
