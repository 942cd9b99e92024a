//! What the commands of `serviceadmin` print.

use super::apply::Report;
use super::listed::Listed;
use super::lists::{self as list, Changes, Destroyed, Shown};
use super::prepare::Prepared;
use super::view::{Changed, Deleted, Denials, NewVersion, Restorable, Sentences, Versions};
use crate::output::Rows;
use crate::schema::Answer;
use crate::view::{Progress, Public};

pub(crate) fn answers() -> Vec<Answer> {
    vec![
        Answer::of::<Listed>("secret", &["serviceadmin get"]),
        // With `--deleted`: listDeleted.
        Answer::of::<Rows<Listed>>("list", &["serviceadmin list"]),
        Answer::of::<Rows<Restorable>>("listDeleted", &[]),
        Answer::of::<Public<'_>>("public", &["serviceadmin getpub"]),
        Answer::of::<Versions>("versions", &["serviceadmin versions"]),
        Answer::of::<NewVersion<'_>>(
            "newVersion",
            &["serviceadmin put", "serviceadmin rotate", "serviceadmin rollback"],
        ),
        Answer::of::<Sentences<Deleted>>("deleted", &["serviceadmin delete"]),
        Answer::of::<Sentences<Changed>>(
            "changed",
            &["serviceadmin undelete", "serviceadmin destroy"],
        ),
        Answer::of::<Progress>("created", &["serviceadmin create", "aecs_client_cli create"]),
        Answer::of::<Report>("applied", &["serviceadmin apply"]),
        Answer::of::<Denials>("denials", &["serviceadmin denials"]),
        Answer::of::<Rows<list::Listed>>("lists", &["serviceadmin lists list"]),
        // A file that `lists import` reads.
        Answer::of::<Shown>("namedLists", &["serviceadmin lists show"]),
        Answer::of::<Changes<'_>>(
            "listChanges",
            &[
                "serviceadmin lists put",
                "serviceadmin lists add",
                "serviceadmin lists remove",
                "serviceadmin lists import",
            ],
        ),
        Answer::of::<Destroyed<'_>>("listsDestroyed", &["serviceadmin lists destroy"]),
        Answer::of::<Prepared<'_>>("preparedData", &["serviceadmin preparedata"]),
    ]
}
