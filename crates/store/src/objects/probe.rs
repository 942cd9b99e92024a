//! Finds out at the start what the server does with conditions.
//!
//! Some servers ignore them and overwrite, some check and write in two steps. Two processes on such a
//! store would overwrite each other's commits without an error.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use object_store::path::Path;
use tokio::task::JoinSet;

use super::bucket::{Bucket, Conditions, Put, Version};
use crate::fault::Fault;

/// How many writes race for one object.
const RACERS: u8 = 8;

/// What the server does with conditions. The bucket must take them as checked.
pub(super) async fn probe(bucket: &mut Arc<Bucket>) -> Result<Conditions, Fault> {
    // A fresh name: an earlier probe whose answer was lost may still arrive.
    let name = format!("{:016x}", RandomState::new().hash_one(()));
    let path = bucket.keys.probe(&name);
    let checked = check(bucket, &path).await;
    let removed = bucket.remove(vec![path]).await;
    let conditions = checked?;
    removed?;
    Ok(conditions)
}

async fn check(bucket: &mut Arc<Bucket>, path: &Path) -> Result<Conditions, Fault> {
    let ignored = Conditions { hold: false, unquoted: false };
    let Some(mut first) = put(bucket, path, 0, None).await? else { return Ok(ignored) };
    if put(bucket, path, 1, None).await?.is_some() {
        return Ok(ignored);
    }
    let mut conditions = Conditions { hold: true, unquoted: false };
    let second = match put(bucket, path, 2, Some(&first)).await? {
        Some(second) => second,
        None => {
            conditions.unquoted = true;
            *bucket = Arc::new(Bucket { conditions, ..Bucket::clone(bucket) });
            first.e_tag = first.e_tag.map(|tag| tag.trim_matches('"').to_owned());
            match put(bucket, path, 2, Some(&first)).await? {
                Some(second) => second,
                None => return Ok(ignored),
            }
        }
    };
    if put(bucket, path, 3, Some(&first)).await?.is_some() {
        return Ok(ignored);
    }
    Ok(if race(bucket, path, &second).await? == 1 { conditions } else { ignored })
}

/// How many of several writes at the same time replace one and the same version.
async fn race(bucket: &Arc<Bucket>, path: &Path, version: &Version) -> Result<usize, Fault> {
    let mut tasks = JoinSet::new();
    for racer in 0..RACERS {
        let (bucket, path, version) = (Arc::clone(bucket), path.clone(), version.clone());
        tasks.spawn(async move { put(&bucket, &path, 4 + racer, Some(&version)).await });
    }
    let mut won = 0;
    for answer in tasks.join_all().await {
        won += usize::from(answer?.is_some());
    }
    Ok(won)
}

async fn put(
    bucket: &Bucket,
    path: &Path,
    content: u8,
    expected: Option<&Version>,
) -> Result<Option<Version>, Fault> {
    match bucket.put(path, vec![content].into(), expected, "the first write").await? {
        Put::Done(version) => Ok(Some(version)),
        Put::Refused => Ok(None),
    }
}
