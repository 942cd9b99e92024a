//! Uses keys in place: for applications that a secret's policy admits, and for the administrator of the
//! service where the secret allows that.
//!
//! Invariant: what is asked for is judged as a whole before any key is read, and no key leaves this file.
//! What is wrong with one operation is the answer to that one.

mod operation;

use std::collections::BTreeMap;

use aecs_crypto::{Protocol, Purpose, envelope, transit};
use aecs_proto::{
    KeyOperation, KeyOperations, KeyResult, KeyResults, KeyUse, TaUseSecretRequest,
    TaUseSecretResponse, UseSecretRequest, Zeroizing, json,
};

use self::operation::{Failed, Operation};
use super::ta::{TaCall, find, lists_of, refused, reply_with_secret};
use super::versions;
use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
    name::{SecretName, ServiceName},
    secret::{
        spec::Spec,
        stored::{InPlace, LOOKS},
    },
};

/// The most operations of a request.
const MOST_OPERATIONS: usize = 100;

/// Does what an application asks for with a key of a service.
pub(crate) async fn by_application(call: &TaCall<'_>) -> Result<Reply, Error> {
    let request: TaUseSecretRequest = call.parse()?;
    let service = ServiceName::required(&request.service_name, Cause::GetServiceEmpty)?;
    let secret = SecretName::required(&request.secret_name, Cause::GetNameEmpty)?;
    call.about(Some(&service), Some(secret.as_str()));
    let batch = Batch::parse(opened(call, &request)?)?;
    for _ in 0..LOOKS {
        let found = find(call, &service, &secret, None).await?;
        let (attributes, acceptance) = (&call.caller.attributes, call.acceptance());
        let lists = lists_of(call, &found).await?;
        let circumstances = call.circumstances(&acceptance).with_lists(&lists);
        let in_place = match found.admit_uses(&batch.uses, attributes, circumstances) {
            Ok(in_place) => in_place,
            Err(refusal) => return Err(refused(call, &service, &secret, refusal).await),
        };
        let whom = call.caller.key.fingerprint().to_string();
        if let Some(results) = batch.carry_out(call, whom, &found.spec, &in_place).await? {
            let plain = Zeroizing::new(json::to_string(&*results));
            let nonce = request.nonce;
            return reply_with_secret(call, Purpose::TA_RESULTS, plain, |results_enc| {
                TaUseSecretResponse { results_enc, nonce }
            });
        }
    }
    Err(Cause::ReplacedEachTime.into())
}

/// Does what the administrator of the service asks for with one of its keys.
pub(crate) async fn by_owner(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let mut request: Zeroizing<UseSecretRequest> = Zeroizing::new(call.parse()?);
    SecretName::required(&request.secret_name, Cause::NameEmpty { what: "secret name" })?;
    let operations = std::mem::take(&mut request.operations);
    let batch = Batch::parse(Zeroizing::new(KeyOperations { operations }))?;
    for _ in 0..LOOKS {
        let found = versions::find(call, &request.secret_name).await?;
        call.about_version(found.data_epoch(call.vault()?, None).await?, found.epoch());
        let in_place = found.admit_admin_uses(&batch.uses)?;
        let whom = call.caller.key.to_string();
        if let Some(results) = batch.carry_out(call, whom, &found.spec, &in_place).await? {
            return Ok(Reply::json(&*results));
        }
    }
    Err(Cause::ReplacedEachTime.into())
}

/// The operations that the application has sealed for this server, under its own signature.
fn opened(
    call: &TaCall<'_>,
    request: &TaUseSecretRequest,
) -> Result<Zeroizing<KeyOperations>, Error> {
    let sealed = request.operations_enc.as_ref().ok_or(Cause::NoOperations)?;
    let server = call.node.identity.suite_identity(call.caller.key.suite())?;
    let opened = envelope::open(Purpose::TA_OPERATIONS, server.key, sealed)
        .and_then(|unverified| unverified.verify(&call.caller.key))
        .map_err(|_| Cause::NoOperations)?;
    if opened.protocol != Protocol::Aecs21 || opened.aad != request.nonce.as_bytes() {
        return Err(Cause::NoOperations.into());
    }
    let operations = json::from_slice(opened.plain.expose());
    Ok(Zeroizing::new(operations.map_err(Cause::unreadable)?))
}

/// The operations of a request.
struct Batch {
    operations: Vec<Operation>,
    /// What they are, each once.
    uses: Vec<KeyUse>,
}

/// The keys that a batch needs, by the version that an operation names; the current one without a number.
type Keys<K> = BTreeMap<Option<u64>, Result<K, Failed>>;

impl Batch {
    fn parse(mut message: Zeroizing<KeyOperations>) -> Result<Self, Cause> {
        let got = message.operations.len();
        if !(1..=MOST_OPERATIONS).contains(&got) {
            return Err(Cause::OperationCount { limit: MOST_OPERATIONS, got });
        }
        let mut uses = Vec::new();
        let mut operations = Vec::new();
        for (index, message) in message.operations.drain(..).enumerate() {
            let message: Zeroizing<KeyOperation> = Zeroizing::new(message);
            let got = message.operation;
            let operation = Operation::parse(message).ok_or(Cause::BadOperation { index, got })?;
            if !uses.contains(&operation.what) {
                uses.push(operation.what);
            }
            operations.push(operation);
        }
        Ok(Self { operations, uses })
    }

    /// Does all of it, in the lane for keys if it takes long; `None` if the secret was changed since it
    /// was judged.
    async fn carry_out<C>(
        &self,
        call: &Call<'_, C>,
        whom: String,
        spec: &Spec,
        in_place: &InPlace<'_>,
    ) -> Result<Option<Zeroizing<KeyResults>>, Error> {
        let mut keys = Keys::new();
        for version in self.operations.iter().flat_map(Operation::versions) {
            if keys.contains_key(&version) {
                continue;
            }
            let key = match in_place.material(call.vault()?, version, call.now_ms).await {
                Ok(Some(key)) => Ok(key),
                Ok(None) => return Ok(None),
                // What is wrong with a version is the answer to what needs it.
                Err(error) => Err(Failed::from(error)),
            };
            keys.insert(version, key);
        }
        let (deployment, service) = (call.node.deployment_id(), spec.service.to_string());
        let secret = spec.name.to_string();
        let operations = self.operations.clone();
        let work = move || {
            let of = |version| transit::Place {
                deployment: &deployment,
                service: &service,
                secret: &secret,
                version,
            };
            let ready = |key: &Result<(u64, aecs_crypto::Material), Failed>| match key {
                Ok((version, material)) => {
                    transit::Key::new(of(*version), material).map_err(Failed::from)
                }
                Err(failed) => Err(failed.clone()),
            };
            let keys: Keys<_> = keys.iter().map(|(version, key)| (*version, ready(key))).collect();
            let results = operations.iter().map(|it| it.carry_out(&keys)).collect();
            Zeroizing::new(KeyResults { results })
        };
        let results = match transit::Key::is_quick(spec.kind) {
            true => work(),
            false => call.core.lanes.keys.run(whom, "using a key", work).await?,
        };
        call.because(self.summary(&results.results));
        Ok(Some(results))
    }

    /// What the audit log is told: how many of which operations, with which versions. No data.
    fn summary(&self, results: &[KeyResult]) -> String {
        let count = |one: &KeyUse| {
            let count = self.operations.iter().filter(|it| it.what == *one).count();
            format!("{} {count}", one.word())
        };
        let mut text = self.uses.iter().map(count).collect::<Vec<_>>().join(", ");
        let mut versions: Vec<u64> =
            results.iter().map(|result| result.version).filter(|number| *number != 0).collect();
        versions.sort_unstable();
        versions.dedup();
        if !versions.is_empty() {
            let numbers: Vec<String> = versions.iter().map(ToString::to_string).collect();
            text.push_str(&format!("; version {}", numbers.join(", ")));
        }
        let failed = results.iter().filter(|result| result.error_code != 0).count();
        if failed > 0 {
            text.push_str(&format!("; {failed} failed"));
        }
        text
    }
}
