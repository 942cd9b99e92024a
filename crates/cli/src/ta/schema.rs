//! What the commands of `aecs_client_cli` print, those that print a result.

use super::run::Listed;
use crate::output::Rows;
use crate::schema::Answer;

pub(crate) fn answers() -> Vec<Answer> {
    vec![Answer::of::<Rows<Listed>>("available", &["aecs_client_cli list"])]
}
