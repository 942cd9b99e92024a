//! Several secrets for an application, in one call.
//!
//! Invariant: each secret is judged, recorded and refused as it is when it is asked for alone. That some
//! were refused shows in the time of the answer at most as it does in as many calls.

use aecs_crypto::Purpose;
use aecs_proto::{
    Kind, TaGetSecretsRequest, TaGetSecretsResponse, TaSecretResult, TaSecrets, TaWantedSecret,
    Zeroizing, json,
};

use super::{TaCall, release, reply_with_secret};
use crate::{
    call::Reply,
    error::{Cause, Error},
    name::{SecretName, ServiceName},
    secret::stored::{Cut, Wanted},
    timing::on_the_beat_of_several,
};

/// The most secrets of a request.
const MOST_SECRETS: usize = 64;

/// How many bytes of data fill an answer: one that has them takes no further secret.
const FULL: usize = 512 << 10;

/// How many secrets are judged before others of the thread run.
const JUDGED_AT_ONCE: usize = 8;

/// A secret that is wanted, by names that are right.
struct Asked {
    service: ServiceName,
    secret: SecretName,
    version: Option<u64>,
    known_tag: Vec<u8>,
}

/// Seals those of several secrets for the caller whose policies admit it, and tells why it does not get
/// the others.
pub(crate) async fn get(call: &TaCall<'_>) -> Result<Reply, Error> {
    let TaGetSecretsRequest { wanted, nonce } = call.parse()?;
    let got = wanted.len();
    if !(1..=MOST_SECRETS).contains(&got) {
        return Err(Cause::WantedCount { limit: MOST_SECRETS, got }.into());
    }
    let asked = wanted.into_iter().map(Asked::read).collect::<Result<Vec<_>, _>>()?;
    call.audit.of_several(got)?;
    let has_refusal =
        |found: &Zeroizing<TaSecrets>| found.results.iter().any(|result| result.error_code != 0);
    let found = on_the_beat_of_several(got, judge(call, &asked), has_refusal).await?;
    call.audit.forget();
    let plain = Zeroizing::new(json::to_string(&*found));
    reply_with_secret(call, Purpose::TA_SECRETS, plain, |secrets_enc| TaGetSecretsResponse {
        secrets_enc,
        nonce,
    })
}

impl Asked {
    fn read(wanted: TaWantedSecret) -> Result<Self, Error> {
        let TaWantedSecret { service_name, secret_name, version, known_tag } = wanted;
        Ok(Self {
            service: ServiceName::required(&service_name, Cause::GetServiceEmpty)?,
            secret: SecretName::required(&secret_name, Cause::GetNameEmpty)?,
            version: (version != 0).then_some(version),
            known_tag,
        })
    }
}

/// Judges each of the secrets.
async fn judge(call: &TaCall<'_>, asked: &[Asked]) -> Result<Zeroizing<TaSecrets>, Error> {
    let mut found = Zeroizing::new(TaSecrets::default());
    let mut bytes = 0;
    for (number, asked) in (1..).zip(asked) {
        if bytes >= FULL {
            found.results.push(TaSecretResult { left_out: true, ..TaSecretResult::default() });
            continue;
        }
        if number % JUDGED_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
        let result = one(call, asked).await?;
        bytes += result.secret.as_ref().map_or(0, |secret| secret.data.len());
        found.results.push(result);
    }
    Ok(found)
}

/// What becomes of one secret, which is on record then.
///
/// # Errors
/// The records, or the log, are not available: then nothing is told of any secret.
async fn one(call: &TaCall<'_>, asked: &Asked) -> Result<TaSecretResult, Error> {
    let Asked { service, secret, version, known_tag } = asked;
    call.about(Some(service), Some(secret.as_str()));
    let wanted = Wanted { version: *version, now_ms: call.now_ms };
    let released = release(call, (service, secret), wanted, Cut::default(), known_tag).await;
    if released.is_ok() {
        let epoch = call.vault()?.seen().epoch;
        call.audit.note(|entry| entry.epoch = Some(epoch));
    }
    call.audit.conclude_one(released.as_ref().map(|_| ()))?;
    match released {
        Ok(Some(mut secret)) => {
            let secret = Some(std::mem::take(&mut *secret));
            Ok(TaSecretResult { secret, ..TaSecretResult::default() })
        }
        Ok(None) => Ok(TaSecretResult { unchanged: true, ..TaSecretResult::default() }),
        Err(error) if error.kind() == Kind::Unavailable => Err(error),
        Err(error) => {
            let error = error.for_stranger();
            Ok(TaSecretResult {
                error_code: error.code().value(),
                error: error.message().to_owned(),
                ..TaSecretResult::default()
            })
        }
    }
}
