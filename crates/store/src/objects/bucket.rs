//! Objects of one deployment: single requests, and what their answers mean.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use object_store::{
    Error as ObjectError, GetOptions, ObjectMeta, ObjectStore, PutMode, PutOptions, PutPayload,
    UpdateVersion, path::Path,
};

use super::{failure::fault, keys::Keys};
use crate::{Error, fault::Fault, pages::Tag};

/// How an object is told from a later one of the same name.
pub(super) type Version = UpdateVersion;

/// What the server does with conditions; the probe finds it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conditions {
    /// It checks them.
    pub(super) hold: bool,
    /// It compares tags without their quotes, as Ceph does.
    pub(super) unquoted: bool,
}

/// The bucket.
#[derive(Clone)]
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) keys: Keys,
    pub(super) conditions: Conditions,
}

/// A value of a register, as it was seen.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) tag: Tag,
    /// `None`: there is no object.
    pub(super) version: Option<Version>,
}

/// An answer to somebody who has seen a value.
pub(super) enum Look {
    Same,
    Found(Seen, Option<Vec<u8>>),
}

/// How a write under a condition ended.
pub(super) enum Put {
    Done(Version),
    /// The object is not as it has to be.
    Refused,
}

impl Bucket {
    /// Reads a register. If it has no value, there is no object, or an empty one: a value is removed by
    /// an empty object, since not every server removes an object under a condition.
    pub(super) async fn look(&self, path: &Path, known: Option<&Seen>) -> Result<Look, Fault> {
        let version = known.and_then(|seen| seen.version.as_ref());
        let if_none_match = version.and_then(|version| version.e_tag.clone());
        match self.get(path, if_none_match).await {
            Ok((_, bytes)) if bytes.len() > crate::pages::MAX_REGISTER_LEN => {
                Err(Fault::Refused(Error::corrupt(format!("{path} is longer than any value"))))
            }
            Ok((version, bytes)) => {
                let value = Some(bytes).filter(|bytes| !bytes.is_empty());
                let tag = Tag::of(value.as_deref()).map_err(Fault::Refused)?;
                Ok(Look::Found(Seen { tag, version: Some(version) }, value))
            }
            Err(ObjectError::NotFound { .. }) => {
                Ok(Look::Found(Seen { tag: Tag::NONE, version: None }, None))
            }
            Err(ObjectError::NotModified { .. }) => Ok(Look::Same),
            Err(error) => Err(fault("reading a register", error)),
        }
    }

    /// Reads a page.
    pub(super) async fn page(&self, path: &Path) -> Result<Option<Vec<u8>>, Fault> {
        match self.get(path, None).await {
            Ok((_, bytes)) => Ok(Some(bytes)),
            Err(ObjectError::NotFound { .. }) => Ok(None),
            Err(error) => Err(fault("reading a page", error)),
        }
    }

    async fn get(
        &self,
        path: &Path,
        if_none_match: Option<String>,
    ) -> object_store::Result<(Version, Vec<u8>)> {
        let options = GetOptions { if_none_match, ..GetOptions::default() };
        let answer = self.store.get_opts(path, options).await?;
        let ObjectMeta { e_tag, version, .. } = answer.meta.clone();
        Ok((self.version(e_tag, version), answer.bytes().await?.into()))
    }

    /// Writes an object if there is none (`expected` is `None`), or if it is the expected one.
    pub(super) async fn put(
        &self,
        path: &Path,
        bytes: PutPayload,
        expected: Option<&Version>,
        what: &str,
    ) -> Result<Put, Fault> {
        let mode = match expected {
            _ if !self.conditions.hold => PutMode::Overwrite,
            None => PutMode::Create,
            Some(version) => PutMode::Update(version.clone()),
        };
        match self.store.put_opts(path, bytes, PutOptions::from(mode)).await {
            Ok(done) => Ok(Put::Done(self.version(done.e_tag, done.version))),
            Err(
                ObjectError::AlreadyExists { .. }
                | ObjectError::Precondition { .. }
                | ObjectError::NotModified { .. },
            ) => Ok(Put::Refused),
            // A tag that an object must have, and there is no object.
            Err(ObjectError::NotFound { .. }) if expected.is_some() => Ok(Put::Refused),
            Err(error) => Err(fault(what, error)),
        }
    }

    fn version(&self, e_tag: Option<String>, version: Option<String>) -> Version {
        let e_tag = match self.conditions.unquoted {
            true => e_tag.map(|tag| tag.trim_matches('"').to_owned()),
            false => e_tag,
        };
        Version { e_tag, version }
    }

    /// Removes objects; those that are not there are no error.
    pub(super) async fn remove(&self, paths: Vec<Path>) -> Result<(), Fault> {
        let mut removed = self.store.delete_stream(stream::iter(paths.into_iter().map(Ok)).boxed());
        while let Some(removed) = removed.next().await {
            match removed {
                Ok(_) | Err(ObjectError::NotFound { .. }) => {}
                Err(error) => return Err(fault("removing pages", error)),
            }
        }
        Ok(())
    }

    /// The objects in a folder after one name, in the order of names, at most `limit` of them.
    pub(super) async fn list(
        &self,
        folder: &Path,
        after: Option<&Path>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, Fault> {
        let mut all = match after {
            Some(after) => self.store.list_with_offset(Some(folder), after),
            None => self.store.list(Some(folder)),
        };
        let mut last: Option<Path> = None;
        let mut found: Vec<ObjectMeta> = Vec::new();
        while found.len() < limit
            && let Some(next) = all.next().await
        {
            let next = next.map_err(|error| fault("listing objects", error))?;
            // Lists go on after their last name, so another order would leave some out.
            if last.replace(next.location.clone()).is_some_and(|last| last >= next.location) {
                let what = "the object store lists names in another order than that of bytes";
                return Err(Fault::Refused(Error::Refused { what: what.to_owned() }));
            }
            // Not every server begins where it is told to.
            if after.is_none_or(|after| next.location > *after) {
                found.push(next);
            }
        }
        Ok(found)
    }
}
