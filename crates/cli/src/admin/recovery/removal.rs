//! What becomes of recovery shares when the administrator who made them is removed.

use aecs_proto::RecoverySet;

use super::view::{custodians, of_revisions};
use crate::tool;

/// The sets that the owner of a key has made.
pub(in crate::admin) fn made_by(sets: &[RecoverySet], key_hash: &str) -> Vec<RecoverySet> {
    let is_own = |set: &&RecoverySet| set.created_by.eq_ignore_ascii_case(key_hash);
    sets.iter().filter(is_own).cloned().collect()
}

/// What is asked before an administrator is removed, with what becomes of the shares that this one made.
pub(in crate::admin) fn with_shares(
    summary: String,
    name: &str,
    kept: &[RecoverySet],
    ends: &[RecoverySet],
) -> String {
    let line = |set: &RecoverySet, what: &str| {
        let servers = if set.not_here.is_empty() { "" } else { ", for OTHER SERVERS" };
        let proven = if set.proven_at_ms > 0 { "proven" } else { "never proven" };
        format!(
            "\n  revision {}, {proven}{servers}, of {}: {what}",
            set.revision,
            custodians(&set.holders)
        )
    };
    let kept = kept.iter().map(|set| line(set, "STAYS, as yours"));
    let lines: String = kept.chain(ends.iter().map(|set| line(set, "ENDS"))).collect();
    match lines.is_empty() {
        true => summary,
        false => format!("{summary}\nRecovery shares that {name} has made:{lines}"),
    }
}

/// Tells which sets have ended.
pub(in crate::admin) fn tell_ended(ended: &[i64]) {
    if !ended.is_empty() {
        let ended = of_revisions(ended);
        tool::say(&format!("note: the recovery shares of {ended} have ended"));
    }
}

#[cfg(test)]
mod tests {
    use aecs_proto::RecoveryHolder;

    use super::*;

    #[test]
    fn what_becomes_of_the_shares_of_who_is_removed_is_told() {
        let holder = |name: &str| RecoveryHolder {
            name: name.to_owned(),
            recipient: "age1x".to_owned(),
            ..Default::default()
        };
        let set = |revision, key: &str, custodian| RecoverySet {
            revision,
            created_by: key.to_owned(),
            holders: vec![holder(custodian), holder("bob")],
            ..RecoverySet::default()
        };
        let sets = [set(3, "AB", "eve"), set(2, "CD", "alice"), set(1, "ab", "carol")];
        let made = made_by(&sets, "AB");
        assert_eq!(made.iter().map(|set| set.revision).collect::<Vec<_>>(), [3, 1]);
        let text = with_shares("asked.".to_owned(), "mallory", &made[1..], &made[..1]);
        assert!(
            text.contains("revision 3, never proven, of eve (age1x), bob (age1x): ENDS"),
            "{text}"
        );
        assert!(
            text.contains("revision 1, never proven, of carol (age1x), bob (age1x): STAYS"),
            "{text}"
        );
        assert_eq!(with_shares("asked.".to_owned(), "mallory", &[], &[]), "asked.");
    }
}
