//! Whether a request of protocol 2.1 is bound to this server and this process.
//!
//! Invariant: a recorded request is of no use to another server, or to another process of this one.
//! It is judged after the caller's signature and before its password.

use aecs_proto::RequestBinding;

use crate::{
    bound::Bound,
    error::{Cause, Error},
    handlers::status,
    identity::SuiteIdentity,
    state::{CoreState, Node},
};

/// Checks that a request which is bound to something names this server and this process.
pub(super) fn check(
    core: &CoreState,
    node: &Node,
    server: SuiteIdentity<'_>,
    binding: Option<&RequestBinding>,
    nonce: &[u8],
) -> Result<Option<Bound>, Error> {
    let Some(binding) = binding else { return Ok(None) };
    let key = server.key.public().fingerprint();
    if binding.server_key_hash != key.as_bytes() {
        return Err(Cause::OtherServerKey.into());
    }
    if binding.deployment_id != node.deployment_id() {
        return Err(Cause::OtherDeploymentId.into());
    }
    if binding.boot_nonce != core.boot_nonce {
        let status = Box::new(status::signed(core, node, server, nonce.to_vec())?);
        return Err(Cause::OtherBoot { status }.into());
    }
    Bound::read(binding).map(Some)
}
