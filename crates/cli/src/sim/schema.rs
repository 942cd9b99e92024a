//! What the commands of `aecs-sim` print.

use super::view::{Created, Info, Measurement, ServerPolicy};
use crate::schema::Answer;

pub(crate) fn answers() -> Vec<Answer> {
    vec![
        Answer::of::<Created>("cpuCreated", &["aecs-sim create"]),
        Answer::of::<Info>("cpu", &["aecs-sim info"]),
        Answer::of::<Measurement>("measurement", &["aecs-sim measure"]),
        Answer::of::<ServerPolicy>("serverPolicy", &["aecs-sim policy"]),
    ]
}
