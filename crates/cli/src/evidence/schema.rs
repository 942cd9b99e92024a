//! What the commands of `aecs-attest` print, and `serviceadmin policy test`.

use super::collateral::CollateralTable;
use super::expect::Tested;
use super::explain::Explained;
use super::outcome::Outcomes;
use super::pin::Pinned;
use super::platforms::{Detected, Platforms};
use crate::schema::Answer;

pub(crate) fn answers() -> Vec<Answer> {
    vec![
        Answer::of::<Outcomes<'_>>("verified", &["aecs-attest verify"]),
        Answer::of::<Explained>("explained", &["aecs-attest explain"]),
        Answer::of::<Pinned>("rule", &["aecs-attest policy"]),
        Answer::of::<CollateralTable>(
            "collateral",
            &["aecs-attest collateral fetch", "aecs-attest collateral show"],
        ),
        Answer::of::<Platforms>("platforms", &["aecs-attest platforms"]),
        Answer::of::<Detected>("detected", &["aecs-attest detect"]),
        Answer::of::<Tested>("policyTest", &["serviceadmin policy test"]),
    ]
}
