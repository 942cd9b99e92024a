//! Several secrets in one call.

use aecs_crypto::Purpose;
use aecs_proto::{
    ErrorCode, TaGetSecretsRequest, TaSecretResult, TaSecrets, TaWantedSecret, Zeroizing,
};

use super::TaClient;
use crate::error::{Error, Result};
use crate::refusal::OperationError;
use crate::secret::Secret;
use crate::trust::Distrust;

/// What the answer is called in errors.
const SECRETS: &str = "the answer with the secrets";

/// The most secrets that are asked for in one request; a call for more makes several.
pub const MOST_SECRETS: usize = 64;

/// A secret that is wanted: the service, or [`TRUSTED_APPLICATIONS`](crate::TRUSTED_APPLICATIONS) for one
/// of the application's own, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The service.
    pub service: String,
    /// The name of the secret.
    pub secret: String,
}

impl Wanted {
    /// The secret of that name.
    #[must_use]
    pub fn new(service: &str, secret: &str) -> Self {
        Self { service: service.to_owned(), secret: secret.to_owned() }
    }
}

impl TaClient {
    /// Gets several secrets in one call, or in as few as their size allows: one with long data takes calls
    /// of its own. Each is judged by itself: what
    /// the server says of one that it does not give is its result, and the others are there. In the order
    /// of `wanted`.
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`] for a service or a secret without a name, and as every call. The secrets that were
    /// there before that are dropped.
    pub async fn get_many(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<std::result::Result<Secret, OperationError>>> {
        if wanted.iter().any(|one| one.service.is_empty() || one.secret.is_empty()) {
            return Err(Error::Misuse("the service or the secret has no name"));
        }
        let mut found = Vec::with_capacity(wanted.len());
        while let Some(rest) = wanted.get(found.len()..).filter(|rest| !rest.is_empty()) {
            let asked = rest.get(..MOST_SECRETS).unwrap_or(rest);
            let before = found.len();
            for (asked, result) in asked.iter().zip(self.ask_for(asked).await?.results.drain(..)) {
                // This one and what follows come with the next call.
                if result.left_out {
                    break;
                }
                let one = match read(asked, Zeroizing::new(result))? {
                    Err(refused) if refused.code() == Some(ErrorCode::TooLongForOne) => {
                        Ok(self.get(&asked.service, &asked.secret).await?)
                    }
                    one => one,
                };
                found.push(one);
            }
            if found.len() == before {
                return Err(Distrust::OtherRequest(SECRETS).into());
            }
        }
        Ok(found)
    }

    async fn ask_for(&self, asked: &[Wanted]) -> Result<Zeroizing<TaSecrets>> {
        let wanted: Vec<TaWantedSecret> = asked
            .iter()
            .map(|one| TaWantedSecret {
                service_name: one.service.clone(),
                secret_name: one.secret.clone(),
                ..TaWantedSecret::default()
            })
            .collect();
        let answer =
            self.call(|nonce| TaGetSecretsRequest { wanted: wanted.clone(), nonce }).await?;
        answer.check_nonce(&answer.message.nonce)?;
        let sealed = answer.message.secrets_enc.as_ref();
        let found: TaSecrets = self.open(Purpose::TA_SECRETS, SECRETS, &answer, sealed)?;
        let found = Zeroizing::new(found);
        match found.results.len() == asked.len() {
            true => Ok(found),
            false => Err(Distrust::OtherRequest(SECRETS).into()),
        }
    }
}

/// What became of one secret. One that is neither here nor refused was not asked for like that.
fn read(
    asked: &Wanted,
    mut result: Zeroizing<TaSecretResult>,
) -> Result<std::result::Result<Secret, OperationError>> {
    if result.error_code != 0 {
        let message = std::mem::take(&mut result.error);
        return Ok(Err(OperationError::new(message, result.error_code)));
    }
    let secret = result.secret.take().ok_or(Distrust::Missing(SECRETS))?;
    let fetched = Secret::parse(secret)?;
    if fetched.spec.service_name != asked.service || fetched.spec.secret_name != asked.secret {
        return Err(Distrust::OtherRequest(SECRETS).into());
    }
    Ok(Ok(fetched))
}
