//! A server in the state Recovering: shares come in, and an administrator finishes.

use std::time::SystemTime;

use aecs_attest::Causes;
use aecs_crypto::{Suite, recovery as crypto, shares::Share};
use aecs_proto::{
    AecsProvisionRequest, FinishRecoveryRequest, FinishRecoveryResponse, RecoveringIdentity,
    RecoveringStatus, SubmitRecoveryShareRequest, SubmitRecoveryShareResponse, Zeroizing,
};

use crate::{
    call::{AecsAdmin, Call, Custodian, Reply},
    error::{Cause, Error},
    handlers::{
        provision::{Compared, Start, check_settings, settings_with},
        recovery::{fitting::Here, registers_of},
    },
    identity::AttestedIdentity,
    recovering::{Opened, Received, Recovering, Submitted},
    recovery,
    settings::{SettingsReader, TrustSettings},
    stack,
    state::{CoreState, Node},
    vault::{Point, Standing},
    wire::{wire, wire32},
};

/// What the status of a recovering server tells.
pub(crate) async fn tell(
    core: &CoreState,
    node: &Node,
    recovering: &Recovering,
) -> RecoveringStatus {
    let opened = match recovering.opened() {
        Some(opened) => {
            let told = tell_opened(core, node, &opened).await.ok();
            // On a machine that is not accepted, nothing else counts.
            told.map(|told| match recovering.failure(opened.index) {
                Some(problem) if told.problem.is_empty() => RecoveringIdentity { problem, ..told },
                _ => told,
            })
        }
        None => None,
    };
    RecoveringStatus { sets: recovering.waits_for(), opened }
}

async fn tell_opened(
    core: &CoreState,
    node: &Node,
    opened: &Opened,
) -> Result<RecoveringIdentity, Error> {
    let state = opened.vault.state().await?;
    let (settings_revision, settings) = settings_with(&opened.vault, &opened.memory).await?;
    let problem = opened.problem.get_or_init(|| async {
        problem(core.env.reader.as_ref(), &node.identity, core.clock.now(), &settings)
    });
    let problem = problem.await.clone().unwrap_or_default();
    Ok(RecoveringIdentity {
        deployment_id: hex::encode_upper(opened.deployment_id),
        revision: wire(opened.revision),
        epoch: wire(state.epoch),
        chain: hex::encode_upper(state.chain),
        settings_revision: wire(settings_revision),
        settings_digest: hex::encode_upper(settings.digest()),
        older: opened.memory.why_older(&opened.vault).await?.unwrap_or_default(),
        problem,
    })
}

/// Why a deployment with these trust settings does not accept the evidence of this machine, if it does not:
/// the recovery cannot be finished here then.
pub(crate) fn problem(
    reader: &dyn SettingsReader,
    identity: &AttestedIdentity,
    now: SystemTime,
    settings: &TrustSettings,
) -> Option<String> {
    let judged = || {
        let settings = reader.read(settings)?;
        let own = identity.suite_identity(Suite::Modern).map_err(|error| error.to_string())?;
        let verified = settings.verifier.verify(own.report, now);
        verified.map(drop).map_err(|error| Causes(&error).to_string())
    };
    judged().err().map(|why| {
        format!(
            "the trust settings of the deployment do not accept the evidence of this machine, so the recovery \
             cannot be finished here: {why}; recover on a machine whose roots and TCB they accept"
        )
    })
}

/// Takes a share. With the last one that is needed, the identity is opened.
pub(crate) async fn submit(call: &Call<'_, Custodian>) -> Result<Reply, Error> {
    let request: Zeroizing<SubmitRecoveryShareRequest> = Zeroizing::new(call.parse()?);
    let recovering = call.node.recovering()?;
    let Custodian { key, revision, number } = call.caller;
    let (index, _) = recovering.place(key).ok_or(Cause::NotAuthentic)?;
    let set = recovering.set(index).ok_or(Cause::NotAuthentic)?;
    call.about(None, Some(&format!("recovery {revision}, share {number}")));
    let label = request.label.clone().unwrap_or_default();
    // The key that has signed the request follows from the share and its label.
    let own = stack::wiped(|| {
        crypto::key_pair(&label, &request.share).map(|pair| pair.public().fingerprint())
    });
    if own.map_err(|_| Cause::OtherShare)? != key || label.number != i32::from(number) {
        return Err(Cause::OtherShare.into());
    }
    if let Some(why) = Here::of(call.core, &call.node).refuses(set.header.released_to.as_ref()) {
        // The policy is as the store says.
        let why = why.replace(char::is_control, " ");
        return Err(Cause::NotReleasedHere { revision, why }.into());
    }
    // Filled in its place: a move would leave a copy.
    let mut share = Box::new(Share { number, bytes: Zeroizing::new([0; 32]) });
    share.bytes.copy_from_slice(&request.share);
    let submitted = Submitted { share, seen: call.ticket.remembered() };
    let Received { count, known } = recovering.receive((index, number), submitted);
    let threshold = set.header.threshold;
    let enough = u32::try_from(count).is_ok_and(|count| count >= threshold);
    let opened = enough
        && recovering.open(call.core.env.store.clone(), (index, number)).await?.revision
            == revision;
    Ok(Reply::json(&SubmitRecoveryShareResponse {
        received: wire32(count),
        threshold: wire32(threshold),
        opened,
        known,
    }))
}

/// Works with the identity that was opened, and with the records of the state that the administrator
/// names.
pub(crate) async fn finish(call: &Call<'_, AecsAdmin>) -> Result<Reply, Error> {
    let request: FinishRecoveryRequest = call.parse()?;
    let core = call.core;
    let mut one_at_a_time = core.provisioning.lock().await;
    let node = core.node();
    let recovering = node.recovering()?;
    let opened = recovering.opened().ok_or(Cause::NotAuthentic)?;
    let FinishRecoveryRequest { deployment_id, settings_digest, accept_older_store, .. } =
        request.clone();
    let id = hex::encode_upper(opened.deployment_id);
    call.about(None, Some(&format!("recovery {}", opened.revision)));
    if deployment_id.is_empty() {
        return Err(Cause::OtherDeployment { id, expected: deployment_id }.into());
    }
    if request.revision != wire(opened.revision) {
        let (latest, named) = (opened.revision, request.revision);
        return Err(Cause::OtherRecovery { latest, named }.into());
    }
    let expected = AecsProvisionRequest {
        deployment_id,
        settings_digest,
        accept_older_store,
        ..AecsProvisionRequest::default()
    };
    // The records may have grown since that state: wrong passwords, for example, are counted in them.
    let state = opened.vault.state().await?;
    let (epoch, chain) =
        (u64::try_from(request.epoch).ok(), request.chain.as_slice().try_into().ok());
    let named =
        epoch.filter(|epoch| *epoch > 0).zip(chain).map(|(epoch, chain)| Point { epoch, chain });
    let is_in_them = match named {
        Some(named) if named == state.point() => true,
        Some(named) => matches!(opened.vault.judge(&named).await, Ok(Standing::Known)),
        None => false,
    };
    if !is_in_them {
        let (epoch, chain) = (state.epoch, hex::encode_upper(state.chain));
        return Err(Cause::OtherState { epoch, chain }.into());
    }
    let is_overruled = |number: u8| request.overruled.contains(&number.into());
    recovering.check_seen(&opened.vault, opened.index, is_overruled).await?;
    if !request.overruled.is_empty() {
        let (revision, overruled) = (opened.revision, &request.overruled);
        call.about(None, Some(&format!("recovery {revision}, overruled: shares {overruled:?}")));
    }
    let mut start = Start::recovered(core, opened.backup()?, opened.vault.clone()).await?;
    start.appoint(opened.appointed());
    start.check(call, &expected).await?;
    if let Compared::Missing(_) = check_settings(core, &expected, start.trust())? {
        return Err(Cause::NoFile.into());
    }
    let mut proved = start.prove(core, &node, &mut one_at_a_time).await?;
    // The backup of the host's name is sealed to the platform that was lost.
    let sealing = start.sealing(core);
    let sealer = sealing.sealer();
    proved.save = sealer.is_ok();
    let ended = registers_of(&start.end_former(core, &proved, opened.revision).await?)?;
    let not_sealed = sealer.err().map(|error| error.to_string()).unwrap_or_default();
    let reply = Reply::json(&FinishRecoveryResponse { deployment_id: id, not_sealed });
    start.finish(call, proved, None, &reply).await?;
    recovery::remove(&*core.store(), ended).await;
    tracing::warn!(
        revision = opened.revision,
        "this deployment was recovered with the shares of its custodians"
    );
    Ok(reply)
}
