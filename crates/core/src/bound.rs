//! What a request of protocol 2.1 is bound to: an act, and a state of the records that is not
//! before the one that the client remembers.
//!
//! Invariant: a recorded request is of no use to this server with older records. That is judged
//! after the caller's signature and before its password.

use aecs_proto::{DeploymentState, RequestBinding};

use crate::{
    act::ID_BYTES,
    error::{Cause, Error},
    vault::{Epoch, Name, Place, Point, Standing, Vault, VaultError},
};

/// A binding that names this server and this process.
pub(crate) struct Bound {
    /// The id of the act.
    pub(crate) act: [u8; ID_BYTES],
    /// What the client remembers, if it does.
    pub(crate) remembered: Option<Remembered>,
}

/// The latest state that a client has seen.
#[derive(Clone, Copy)]
pub(crate) struct Remembered {
    point: Point,
    settings_revision: i64,
}

impl Remembered {
    /// Reads what a request tells of it.
    pub(crate) fn read(state: &DeploymentState) -> Result<Self, Error> {
        let epoch = state.epoch.try_into().map_err(|_| Cause::BadState)?;
        let chain = state.chain.as_slice().try_into().map_err(|_| Cause::BadState)?;
        let point = Point { epoch, chain };
        Ok(Self { point, settings_revision: state.settings_revision })
    }

    /// The epoch of that state.
    pub(crate) fn epoch(&self) -> Epoch {
        self.point.epoch
    }

    /// Refuses this one request if the records are not those that the client remembers, or later.
    /// `last_act` is the record with the point that the caller's own last act led to.
    pub(crate) async fn judge(
        &self,
        vault: &Vault,
        settings_revision: i64,
        last_act: Option<&Name>,
    ) -> Result<(), Error> {
        let Self { point, settings_revision: revision } = self;
        let standing = match vault.judge(point).await {
            Err(VaultError::Tampered { place: Place::History, what }) => {
                tracing::error!(%what, epoch = point.epoch, "the vault's history is damaged: a client is refused");
                return Err(Cause::NoHistory { epoch: point.epoch }.into());
            }
            standing => standing?,
        };
        match standing {
            Standing::Known => {}
            Standing::Ahead => {
                let here = vault.seen().epoch;
                return Err(Cause::RecordsBehind { here, seen: point.epoch }.into());
            }
            Standing::Other => return Err(Cause::OtherHistory { epoch: point.epoch }.into()),
            Standing::Forgotten => {
                if let Some(name) = last_act
                    && let Some(record) = vault.get(name).await?
                    && Point::decode(record.plain.expose()).is_some_and(|own| belies(&own, point))
                {
                    return Err(Cause::OtherHistory { epoch: point.epoch }.into());
                }
            }
        }
        if *revision > settings_revision {
            return Err(Cause::SettingsBehind { here: settings_revision, seen: *revision }.into());
        }
        Ok(())
    }
}

impl Bound {
    /// Reads a binding that was checked to name this server and this process.
    pub(crate) fn read(binding: &RequestBinding) -> Result<Self, Error> {
        let act = binding.act_id.as_slice().try_into();
        let act = act.map_err(|_| Cause::ActIdLength { got: binding.act_id.len() })?;
        let remembered = binding.remembered.as_ref().map(Remembered::read).transpose()?;
        Ok(Self { act, remembered })
    }
}

/// Whether the caller's own last act shows that a point is of another history.
fn belies(own: &Point, point: &Point) -> bool {
    own.epoch == point.epoch && own != point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h03_the_last_act_of_a_caller_belies_another_chain_at_its_epoch() {
        let point = |epoch, byte| Point { epoch, chain: [byte; 32] };
        assert!(belies(&point(5, 1), &point(5, 2)));
        assert!(!belies(&point(5, 1), &point(5, 1)));
        assert!(!belies(&point(6, 1), &point(5, 2)));
    }
}
