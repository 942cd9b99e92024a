//! What the commands of `aecsadmin` print.

use super::audit::Report;
use super::deployment::{Applied, DeploymentView, Differences, Pinned};
use super::recovery::{Appointed, FileRow, Proven, RecoveryView, SetRow, Submitted};
use super::run::HashedPassword;
use super::store;
use super::upgrade;
use super::view::{AdministratorRow, BackupRow, ServiceRow, Status};
use crate::described::Described;
use crate::output::Rows;
use crate::schema::Answer;

pub(crate) fn answers() -> Vec<Answer> {
    vec![
        Answer::of::<Status>("status", &["aecsadmin status", "aecsadmin provision"]),
        Answer::of::<Rows<ServiceRow>>("services", &["aecsadmin list"]),
        Answer::of::<Rows<Described>>("applicationSecrets", &["aecsadmin listsecret"]),
        Answer::of::<Rows<BackupRow>>("backups", &["aecsadmin backuplist"]),
        Answer::of::<Rows<AdministratorRow>>("administrators", &["aecsadmin admin list"]),
        Answer::of::<DeploymentView>("deployment", &["aecsadmin deployment show"]),
        Answer::of::<Differences>("deploymentDifferences", &["aecsadmin deployment diff"]),
        Answer::of::<Applied>("deploymentApplied", &["aecsadmin deployment apply"]),
        Answer::of::<Rows<Pinned>>("deploymentPinned", &["aecsadmin deployment pin"]),
        Answer::of::<HashedPassword>("passwordHash", &["aecsadmin hash-password"]),
        Answer::of::<store::Status>("store", &["aecsadmin store status"]),
        Answer::of::<store::Verification>("storeVerification", &["aecsadmin store verify"]),
        Answer::of::<Rows<FileRow>>(
            "recoveryFiles",
            &["aecsadmin recovery create", "aecsadmin recovery rotate"],
        ),
        Answer::of::<Rows<SetRow>>("recoveryShares", &["aecsadmin recovery list"]),
        Answer::of::<RecoveryView>("recovery", &["aecsadmin recovery status"]),
        Answer::of::<Proven>("recoveryProven", &["aecsadmin recovery drill"]),
        Answer::of::<upgrade::Prepared>("upgrade", &["aecsadmin upgrade prepare"]),
        Answer::of::<Appointed>("recoveryAppointed", &["aecsadmin recovery appoint"]),
        Answer::of::<Submitted>("recoverySubmitted", &["aecsadmin recovery submit"]),
        Answer::of::<Report>("auditReport", &["aecsadmin audit verify"]),
    ]
}
