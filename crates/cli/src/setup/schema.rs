//! What `aecs-setup` prints.

use super::Report;
use crate::schema::Answer;

pub(crate) fn answers() -> Vec<Answer> {
    vec![Answer::of::<Report>("setUp", &["aecs-setup"])]
}
