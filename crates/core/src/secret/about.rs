//! What the owner of a secret says of it: a description and labels. They decide nothing.

use aecs_proto::{EnclaveSecretAbout, MAX_LABEL_BYTES, is_label};

use crate::{error::Cause, name::SecretName};

const MOST_LABELS: usize = 32;
const LONGEST_DESCRIPTION: usize = 1024;

/// A description and labels; none if nothing was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct About(Option<EnclaveSecretAbout>);

impl About {
    /// Checks what a caller sent for `secret`. Labels are kept in the order of their names.
    pub(crate) fn parse(
        message: Option<EnclaveSecretAbout>,
        secret: &SecretName,
    ) -> Result<Self, Cause> {
        let Some(mut message) = message else { return Ok(Self(None)) };
        let got = message.description.len();
        if got > LONGEST_DESCRIPTION {
            let limit = LONGEST_DESCRIPTION;
            return Err(Cause::DescriptionTooLong { secret: secret.clone(), limit, got });
        }
        let labels = &mut message.labels;
        if labels.len() > MOST_LABELS {
            let (limit, got) = (MOST_LABELS, labels.len());
            return Err(Cause::TooManyLabels { secret: secret.clone(), limit, got });
        }
        for (index, label) in labels.iter().enumerate() {
            if !is_label(&label.name, &label.value) {
                let limit = MAX_LABEL_BYTES;
                return Err(Cause::BadLabel { secret: secret.clone(), number: index + 1, limit });
            }
            if labels.iter().take(index).any(|earlier| earlier.name == label.name) {
                return Err(Cause::LabelTwice { secret: secret.clone(), number: index + 1 });
            }
        }
        labels.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(Some(message)))
    }

    /// The message that is stored and sent.
    pub(crate) fn message(&self) -> Option<EnclaveSecretAbout> {
        self.0.clone()
    }

    /// This, or where nothing is said, what was said before.
    pub(crate) fn or(self, before: &Self) -> Self {
        if self.0.is_some() { self } else { before.clone() }
    }
}
