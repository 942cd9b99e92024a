//! Launch measurements that are known to be a cloud's own firmware.
//!
//! Every customer's machine of the same kind has the same one, whatever it boots. The list cannot
//! be complete: a rule has to declare what its measurement covers, and this list finds some of the
//! declarations that are wrong.

use crate::platform::Platform;

/// Launch measurements of SEV-SNP, and whose firmware each is. Read from reports of unrelated
/// owners.
const SEV_SNP: &[(&str, &str)] = &[
    (
        "B747D55452E0B9E9079770A49E397C5E6D9573581E246DA7BAAC4F28B5CDC5B1\
         B6D19251B8EE600FD16A3708F58406F3",
        "Google Cloud",
    ),
    (
        "8922EBBDD00EC2C541F36A6E7A82A8773A7ACCB451ED67BC94E740DBE92C93C4\
         E8C9AF857F5CEEB5A493DF2A570D7BF0",
        "AWS",
    ),
];

/// The cloud whose firmware has this launch measurement, in hexadecimal, if that is known.
pub(crate) fn firmware(platform: Platform, measurement: &str) -> Option<&'static str> {
    if platform != Platform::SevSnp {
        return None;
    }
    let (_, cloud) = SEV_SNP.iter().find(|(known, _)| known.eq_ignore_ascii_case(measurement))?;
    Some(cloud)
}
