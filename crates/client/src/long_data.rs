//! Data of secrets that does not fit into one message: sent in parts before the request that uses it, and
//! fetched in parts of one version.

use aecs_crypto::{SecretString, sha256};
use aecs_proto::{
    ApplySecretRequest, ChangeSecretsRequest, CreateEnclaveSecretRequest, EnclaveSecret, ErrorCode,
    FunctionRequest, PutSecretRequest, UploadSecretDataRequest, UploadedData, Zeroize, Zeroizing,
    secret_change,
};

use crate::error::{Error, Result};
use crate::nonce::Nonce;
use crate::sealed_call::Administrator;
use crate::trust::Distrust;

/// The most bytes that the data of a secret may have, where the quota of the server allows that: 8 MiB.
pub const MOST_DATA: usize = 8 << 20;

/// The same as text: binary data travels as Base64.
const MOST_TEXT: usize = MOST_DATA.div_ceil(3) * 4;

/// The most bytes of data in a request itself.
const AT_ONCE: usize = 256 << 10;

/// The most bytes of a part that is sent: in a request with its two layers of Base64, it is below the
/// limit of 1 MiB.
const PART: usize = 480 << 10;

/// The most bytes of a part that is fetched.
pub(crate) const FETCHED_PART: u32 = 512 << 10;

/// How often data is sent, if the server has lost it.
const ATTEMPTS: usize = 3;

/// A request with the data of a secret.
pub(crate) trait WithData: FunctionRequest + Zeroize {
    /// The data, if it has any, and what names it in its place.
    fn data(&mut self) -> Option<(&mut String, &mut Option<UploadedData>)>;
}

impl WithData for PutSecretRequest {
    fn data(&mut self) -> Option<(&mut String, &mut Option<UploadedData>)> {
        Some((&mut self.data, &mut self.upload))
    }
}

impl WithData for ApplySecretRequest {
    fn data(&mut self) -> Option<(&mut String, &mut Option<UploadedData>)> {
        Some((&mut self.secret.as_mut()?.data, &mut self.upload))
    }
}

impl WithData for CreateEnclaveSecretRequest {
    fn data(&mut self) -> Option<(&mut String, &mut Option<UploadedData>)> {
        Some((&mut self.secret.as_mut()?.data, &mut self.upload))
    }
}

/// One change may have long data: [`Change::batches`](crate::Change::batches) leaves it alone.
impl WithData for ChangeSecretsRequest {
    fn data(&mut self) -> Option<(&mut String, &mut Option<UploadedData>)> {
        let [change] = self.changes.as_mut_slice() else { return None };
        match change.change.as_mut()? {
            secret_change::Change::Create(request) => request.data(),
            secret_change::Change::Apply(request) => request.data(),
            secret_change::Change::Delete(_) | secret_change::Change::Destroy(_) => None,
        }
    }
}

impl Administrator {
    /// Calls with data that may be too long for its request. Then it is sent before, and the
    /// server keeps it for this one request.
    pub(crate) async fn call_with_data<R: WithData>(
        &self,
        mut request: Zeroizing<R>,
    ) -> Result<R::Response> {
        let Some((data, upload)) = request.data().filter(|(data, _)| data.len() > AT_ONCE) else {
            return self.call(&*request).await;
        };
        let data = SecretString::from(std::mem::take(data));
        if data.expose().len() > MOST_TEXT {
            return Err(Error::Misuse("the data of a secret must have at most 8 MiB"));
        }
        // The same act and the same upload each time: the server carries out one request.
        let (act, id) = (Nonce::random()?, Nonce::random()?);
        let sha256 = sha256(data.expose().as_bytes()).to_vec();
        *upload = Some(UploadedData { upload_id: id.to_vec(), sha256 });
        let mut attempts = 0;
        loop {
            attempts += 1;
            let done = match self.upload(id, data.expose().as_bytes()).await {
                Ok(()) => self.call_act(act, &*request).await,
                Err(error) => Err(error),
            };
            match done {
                Err(Error::Refused(refusal))
                    if refusal.code() == Some(ErrorCode::Upload)
                        && refusal.grpc_code() == tonic::Code::FailedPrecondition
                        && attempts < ATTEMPTS => {}
                done => return done,
            }
        }
    }

    async fn upload(&self, id: Nonce, data: &[u8]) -> Result<()> {
        let length = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut sent = 0;
        for part in data.chunks(PART) {
            let request = Zeroizing::new(UploadSecretDataRequest {
                upload_id: id.to_vec(),
                total: length(data.len()),
                offset: length(sent),
                part: part.to_vec(),
            });
            let answer = self.call(&*request).await?;
            sent += part.len();
            if answer.received < length(sent) {
                let what = format!("{} bytes of {sent} were received", answer.received);
                return Err(Distrust::malformed("the answer", what).into());
            }
        }
        Ok(())
    }
}

/// Data that comes in parts, all of one version.
pub(crate) struct Parts {
    first: Zeroizing<EnclaveSecret>,
    data: Zeroizing<Vec<u8>>,
    total: usize,
}

impl Parts {
    /// Of the first part; it has a total, or else is the whole secret.
    pub(crate) fn new(first: EnclaveSecret) -> Self {
        let mut first = Zeroizing::new(first);
        // What nobody can store is not waited for.
        let total = usize::try_from(first.total).unwrap_or(usize::MAX).min(MOST_TEXT + 1);
        let mut data = Zeroizing::new(Vec::with_capacity(total));
        data.extend_from_slice(&Zeroizing::new(std::mem::take(&mut first.part)));
        Self { first, data, total }
    }

    /// What is to be asked for next: the version, its tag, and how many bytes come before.
    pub(crate) fn next(&self) -> Option<(u64, Vec<u8>, u64)> {
        let offset = u64::try_from(self.data.len()).unwrap_or(u64::MAX);
        let EnclaveSecret { version, tag, .. } = &*self.first;
        (self.data.len() < self.total).then(|| (*version, tag.clone(), offset))
    }

    /// Adds the part that was asked for.
    pub(crate) fn add(&mut self, next: EnclaveSecret) -> std::result::Result<(), Distrust> {
        let next = Zeroizing::new(next);
        let is_same = |first: &EnclaveSecret| {
            let versions = (first.version, first.total) == (next.version, next.total);
            versions && first.tag == next.tag && first.encoding == next.encoding
        };
        let fits = next.part.len() <= self.total.saturating_sub(self.data.len());
        if !is_same(&self.first) || next.part.is_empty() || !fits {
            return Err(Distrust::OtherRequest("a part of the secret"));
        }
        self.data.extend_from_slice(&next.part);
        Ok(())
    }

    /// The secret with all of its data.
    pub(crate) fn whole(mut self) -> std::result::Result<EnclaveSecret, Distrust> {
        let malformed = |why: &str| Distrust::malformed("the secret", why.to_owned());
        if self.total > MOST_TEXT || self.data.len() != self.total {
            return Err(malformed("its data is too long"));
        }
        let data = String::from_utf8(std::mem::take(&mut *self.data));
        self.first.data = data.map_err(|error| {
            Zeroizing::new(error.into_bytes());
            malformed("its data is no text")
        })?;
        Ok(std::mem::take(&mut *self.first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(tag: u8, part: &[u8]) -> EnclaveSecret {
        EnclaveSecret {
            version: 3,
            tag: vec![tag; 16],
            part: part.to_vec(),
            total: 6,
            ..EnclaveSecret::default()
        }
    }

    #[test]
    fn parts_of_one_version_make_the_secret() {
        let mut parts = Parts::new(part(1, b"abc"));
        assert_eq!(parts.next(), Some((3, vec![1; 16], 3)));
        for wrong in [
            part(2, b"def"),
            part(1, b""),
            part(1, b"defg"),
            EnclaveSecret { version: 4, ..part(1, b"def") },
            EnclaveSecret { total: 7, ..part(1, b"def") },
            EnclaveSecret { encoding: 1, ..part(1, b"def") },
        ] {
            assert!(parts.add(wrong).is_err());
        }
        parts.add(part(1, b"d")).unwrap();
        parts.add(part(1, b"ef")).unwrap();
        assert_eq!(parts.next(), None);
        assert_eq!(parts.whole().unwrap().data, "abcdef");
    }

    #[test]
    fn a_secret_that_nobody_can_store_is_not_fetched() {
        let huge = EnclaveSecret { total: u64::MAX, ..part(1, b"abc") };
        let parts = Parts::new(huge);
        assert!(parts.data.capacity() <= MOST_TEXT + 1);
        assert!(parts.whole().is_err());
    }
}
