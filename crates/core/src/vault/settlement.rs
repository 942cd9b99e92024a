//! What became of a batch whose answer was lost.

use aecs_store::{Error, Key, Operation, Store, Version};

use super::prepared::Prepared;

/// What the store shows.
pub(super) enum Verdict {
    /// The batch is there: the versions of its records.
    Written(Vec<Version>),
    /// Everything is as before. If the store should still apply the batch later, the versions
    /// rise and the next change finds that the vault is superseded.
    NotWritten,
    /// Neither: somebody else wrote here.
    Superseded(Key),
}

/// Compares the store with `prepared`. Sealed values are never the same twice, so a record that has
/// the value of the batch was written by it.
pub(super) async fn find_out(store: &dyn Store, prepared: &Prepared) -> Result<Verdict, Error> {
    let operations = prepared.batch().clone().into_operations()?;
    let records = operations.into_iter().skip(prepared.entries().len());
    let mut versions = Vec::new();
    // The state record is the last operation, and decides.
    for operation in records.rev() {
        let Operation::Put { key, value, .. } = operation else { continue };
        let entry = store.get(&key).await?;
        let version = entry.as_ref().map(|entry| entry.version);
        match entry {
            Some(entry) if entry.value == value => versions.push(entry.version),
            _ if versions.is_empty() && version == prepared.state_version_before() => {
                return Ok(Verdict::NotWritten);
            }
            _ => return Ok(Verdict::Superseded(key)),
        }
    }
    versions.reverse();
    Ok(Verdict::Written(versions))
}
