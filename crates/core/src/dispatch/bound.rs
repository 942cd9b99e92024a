//! What a request of protocol 2.1 is bound to: this server, this process, and a state of the
//! records that is not before the one that the client remembers.
//!
//! Invariant: a recorded request is of no use to another server, to another process of this one,
//! or to this one with older records. Everything here is judged after the caller's signature and
//! before its password.

use aecs_proto::{DeploymentState, RequestBinding};

use crate::{
    act::ID_BYTES,
    call::refusal,
    error::{Error, ErrorCode, Kind},
    handlers::status,
    identity::Face,
    inner::{Inner, Node},
    vault::{Name, Point, Standing, Vault},
};

/// A binding that names this server and this process.
pub(crate) struct Bound {
    /// The id of the act.
    pub(crate) act: [u8; ID_BYTES],
    remembered: Option<Remembered>,
}

/// The latest state that the client has seen.
struct Remembered {
    point: Point,
    settings_revision: i64,
}

/// Checks that a request names this server and this process.
pub(super) fn check(
    inner: &Inner,
    node: &Node,
    face: Face<'_>,
    binding: &RequestBinding,
    nonce: &[u8],
) -> Result<Bound, Error> {
    let key = face.key.public().fingerprint();
    if binding.server_key_hash != key.as_bytes() {
        return Err(other_server("it names another server key"));
    }
    if binding.deployment_id != node.deployment_id() {
        return Err(other_server("it names another deployment"));
    }
    if binding.boot_nonce != inner.boot_nonce {
        let status = status::signed(inner, node, face, nonce.to_vec())?;
        return Err(Error::new(
            ErrorCode::OtherBoot,
            Kind::FailedPrecondition,
            "the request was signed for another process of this server, which was restarted \
             since or is another node: sign it again with the boot nonce of this status",
        )
        .with_status(&status));
    }
    let act = binding.act_id.as_slice().try_into().map_err(|_| {
        Error::malformed(format_args!(
            "its act id must be exactly {ID_BYTES} bytes, got {}",
            binding.act_id.len()
        ))
    })?;
    let remembered = binding.remembered.as_ref().map(Remembered::read).transpose()?;
    Ok(Bound { act, remembered })
}

fn other_server(what: &str) -> Error {
    Error::new(
        ErrorCode::OtherServer,
        Kind::Unauthenticated,
        format!("the request was signed for another server: {what}"),
    )
}

impl Remembered {
    fn read(state: &DeploymentState) -> Result<Self, Error> {
        let malformed = || Error::malformed("the state that it remembers is not one");
        let epoch = state.epoch.try_into().map_err(|_| malformed())?;
        let chain = state.chain.as_slice().try_into().map_err(|_| malformed())?;
        let point = Point { epoch, chain };
        Ok(Self { point, settings_revision: state.settings_revision })
    }
}

impl Bound {
    /// Refuses this one request if the records are not those that the client remembers, or later.
    /// `last_act` is the record with the point that the caller's own last act led to.
    pub(crate) async fn judge(
        &self,
        vault: &Vault,
        settings_revision: i64,
        last_act: Option<&Name>,
    ) -> Result<(), Error> {
        let Some(Remembered { point, settings_revision: revision }) = &self.remembered else {
            return Ok(());
        };
        let here = vault.state().epoch;
        match vault.judge(point) {
            Standing::Known => {}
            Standing::Later => {
                return Err(Error::new(
                    ErrorCode::StateBehind,
                    Kind::FailedPrecondition,
                    format!(
                        "the records of this server are at epoch {here}, but the client has seen \
                         epoch {}: the store was rolled back, or this is an older copy of the \
                         server. Nothing was changed",
                        point.epoch
                    ),
                ));
            }
            Standing::Other => return Err(other_history(point)),
            Standing::Forgotten => {
                if let Some(name) = last_act
                    && let Some(record) = vault.get(name).await.map_err(refusal)?
                    && let Some(own) = Point::decode(record.plain.expose())
                    && own.epoch == point.epoch
                    && own != *point
                {
                    return Err(other_history(point));
                }
            }
        }
        if *revision > settings_revision {
            return Err(Error::new(
                ErrorCode::StateBehind,
                Kind::FailedPrecondition,
                format!(
                    "the settings of this server are of revision {settings_revision}, but the \
                     client has seen revision {revision}: the server was rolled back. Nothing was \
                     changed"
                ),
            ));
        }
        Ok(())
    }
}

fn other_history(point: &Point) -> Error {
    Error::new(
        ErrorCode::OtherHistory,
        Kind::FailedPrecondition,
        format!(
            "the records of this server have another history than the one that the client has \
             seen at epoch {} (fork or rollback). Nothing was changed",
            point.epoch
        ),
    )
}
