use aecs_proto::{EnclaveSecretLifecycle, EnclaveSecretType::SecretTypeAes256Key};

use super::*;
use crate::name::SecretName;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn lifecycle(change: impl FnOnce(&mut EnclaveSecretLifecycle)) -> Lifecycle {
    let mut message = EnclaveSecretLifecycle::default();
    change(&mut message);
    let name = SecretName::parse("a").unwrap();
    Lifecycle::parse(Some(message), &name, SecretTypeAes256Key).unwrap()
}

fn data(id: u8) -> Data {
    Data { id: ValueId([id; 16]), encoding: EnclaveSecretEncoding::SecretEncodingText }
}

fn made(at_ms: i64) -> Made {
    Made { by: "tester".into(), at_ms }
}

/// Versions 1 to `count`, version N made at N ms with value N.
fn versions(count: u8) -> Versions {
    let mut versions = Versions::first(1, data(1), made(1));
    for number in 2..=count {
        assert_eq!(versions.add(data(number), made(number.into())), u64::from(number));
    }
    versions
}

fn states(versions: &Versions, now_ms: i64, lifecycle: &Lifecycle) -> Vec<(u64, State)> {
    let states = versions.states(now_ms, lifecycle);
    states.map(|(version, state)| (version.number, state)).collect()
}

#[test]
fn the_last_one_is_current_and_the_others_are_kept_by_number_and_by_time() {
    let mut all = versions(12);
    let two = lifecycle(|it| it.max_versions = 2);
    let by_default = Lifecycle::default();
    assert_eq!(all.current().number, 12);
    let kept = states(&all, 20, &by_default);
    assert!(kept[..2].iter().all(|(_, state)| *state == State::Gone), "{kept:?}");
    assert!(kept[2..11].iter().all(|(_, state)| *state == State::Previous), "{kept:?}");
    let kept = states(&all, 20, &two);
    assert_eq!(kept[9..], [(10, State::Gone), (11, State::Previous), (12, State::Current)]);

    // 30 days after it was replaced by version 12.
    assert_eq!(states(&all, 12 + 30 * DAY - 1, &by_default)[10], (11, State::Previous));
    assert_eq!(states(&all, 12 + 30 * DAY, &by_default)[10], (11, State::Gone));
    assert_eq!(states(&all, i64::MAX, &by_default)[11], (12, State::Current));
    let find = |all: &Versions, number| all.find_state(Some(number), 20, &two).map(drop);
    let error = find(&all, 13).unwrap_err();
    assert!(matches!(error, Cause::NoVersion { version: 13, latest: 12 }), "{error}");
    assert!(matches!(find(&all, 0), Err(Cause::NoVersion { .. })));

    assert!(all.retire(20, &two));
    assert_eq!(all.values(), [data(11).id, data(12).id]);
    assert!(matches!(find(&all, 10), Err(Cause::VersionGone { version: 10 })));
    assert!(!all.retire(20, &two), "there is nothing left to forget");
    assert!(all.retire(12 + 30 * DAY, &two));
    assert_eq!(states(&all, 12 + 30 * DAY, &two), [(12, State::Current)]);
}

#[test]
fn a_version_expires_by_the_first_of_its_ends() {
    let all = versions(2);
    let ttl = lifecycle(|it| it.ttl_ms = 10);
    assert_eq!(states(&all, 11, &ttl), [(1, State::Expired(11)), (2, State::Current)]);
    let both = lifecycle(|it| (it.ttl_ms, it.expires_at_ms) = (10, 5));
    assert_eq!(states(&all, 6, &both), [(1, State::Expired(5)), (2, State::Expired(5))]);
    assert!(matches!(
        all.readable(None, 2_005, &both),
        Err(Cause::VersionExpired { version: 2, ago_s: 2 })
    ));
    // From before there were versions, when nobody noted the time of a creation.
    assert_eq!(ttl.expiry(0), None);
    // An owner goes back to it, or gives it more time.
    assert_eq!(all.restorable_data(1, 6, &both).unwrap(), data(1));
    assert_eq!(all.readable(None, 6, &Lifecycle::default()).unwrap().1, data(2));
}

#[test]
fn what_is_deleted_can_be_restored_for_some_time() {
    let days = lifecycle(|it| it.purge_after_ms = 2 * DAY);
    let mut all = versions(3);
    assert_eq!(all.delete(3, 10, &days).unwrap(), 10 + 2 * DAY);
    assert_eq!(all.delete(1, 10, &lifecycle(|it| it.keep_for_ms = 20)).unwrap(), 2 + 20);
    assert_eq!(states(&all, 11, &days)[2], (3, State::Deleted(10 + 2 * DAY)));
    let error = all.readable(None, 11, &days).unwrap_err();
    assert!(matches!(error, Cause::VersionDeleted { version: 3, .. }), "{error}");
    assert!(error.to_string().contains("until 1970-01-03T00:00:00Z"), "{error}");
    assert!(matches!(all.delete(3, 11, &days), Err(Cause::VersionDeleted { .. })));
    assert!(matches!(all.restorable_data(3, 11, &days), Err(Cause::VersionDeleted { .. })));
    assert!(matches!(all.undelete(2, 11, &days), Err(Cause::NotDeleted)));
    let mut restored = all.clone();
    restored.undelete(3, 10 + 2 * DAY - 1, &days).unwrap();
    assert_eq!(states(&restored, 11, &days)[2], (3, State::Current));

    assert!(matches!(all.undelete(3, 10 + 2 * DAY, &days), Err(Cause::VersionGone { .. })));
    all.retire(10 + 2 * DAY, &days);
    assert_eq!(all.values(), [data(2).id]);
    assert_eq!(all.add(data(4), made(10 + 2 * DAY)), 4, "its number is not given again");
}

#[test]
fn what_is_destroyed_is_gone() {
    let mut all = versions(2);
    let by_default = Lifecycle::default();
    all.destroy(1, 5, &by_default).unwrap();
    assert!(matches!(all.destroy(1, 5, &by_default), Err(Cause::VersionGone { version: 1 })));
    assert!(matches!(all.undelete(1, 5, &by_default), Err(Cause::VersionGone { version: 1 })));
    assert_eq!(states(&all, 5, &by_default), [(1, State::Gone), (2, State::Current)]);
    assert!(!all.retire(6, &by_default), "its data is gone already");
    assert_eq!(states(&all, 6, &by_default).len(), 2, "it is listed");
    all.destroy(2, 6, &by_default).unwrap();
    assert_eq!(all.current().number, 2);
}

#[test]
fn ends_never_wrap() {
    let mut all = versions(2);
    let most = lifecycle(|it| {
        (it.keep_for_ms, it.ttl_ms, it.purge_after_ms) = (i64::MAX, i64::MAX, i64::MAX);
    });
    assert_eq!(all.delete(1, i64::MAX - 1, &most).unwrap(), i64::MAX);
    assert_eq!(
        states(&all, i64::MAX - 1, &most),
        [(1, State::Deleted(i64::MAX)), (2, State::Current)]
    );
}

#[test]
fn settings_have_limits() {
    let parse = |change: fn(&mut EnclaveSecretLifecycle)| {
        let mut message = EnclaveSecretLifecycle::default();
        change(&mut message);
        Lifecycle::parse(Some(message), &SecretName::parse("a").unwrap(), SecretTypeAes256Key)
    };
    assert!(parse(|it| (it.ttl_ms, it.rotate_every_ms) = (7_200_000, 7_200_000)).is_ok());
    assert!(parse(|it| it.ttl_ms = 1).is_ok());
    assert!(matches!(
        parse(|it| (it.ttl_ms, it.rotate_every_ms) = (7_199_999, 7_200_000)),
        Err(Cause::ExpiresBeforeRotation { .. })
    ));
    assert!(parse(|it| it.max_versions = 100).is_ok());
    assert!(matches!(parse(|it| it.max_versions = 101), Err(Cause::TooManyVersions { .. })));
    for change in [
        |it: &mut EnclaveSecretLifecycle| it.keep_for_ms = -1,
        |it: &mut EnclaveSecretLifecycle| it.ttl_ms = -1,
        |it: &mut EnclaveSecretLifecycle| it.expires_at_ms = -1,
        |it: &mut EnclaveSecretLifecycle| it.purge_after_ms = -1,
        |it: &mut EnclaveSecretLifecycle| it.rotate_every_ms = -1,
    ] {
        assert!(matches!(parse(change), Err(Cause::NegativeTime { got: -1, .. })));
    }
    assert!(parse(|it| it.rotate_every_ms = 3_600_000).is_ok());
    let often = parse(|it| it.rotate_every_ms = 3_599_999);
    assert!(matches!(often, Err(Cause::RotationTooOften { .. })));
}
