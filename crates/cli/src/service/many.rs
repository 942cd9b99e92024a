//! Many secrets in one command: changed together, or by several requests on their way at once.

use std::future::Future;

use aecs_client::{Change, Changed, ServiceClient};
use tokio::task::JoinSet;

use crate::failure::{Exit, Failure, Result};
use crate::progress::Progress;

/// How many requests are on their way at once: the server commits what comes together in one write.
const IN_FLIGHT: usize = 32;

/// Makes the calls `0..count`, several at once. A call that failed for a reason of its own stops
/// none of the others; one that shows that the server cannot be reached or trusted stops those that
/// have not begun, which have no result.
pub(super) async fn each<T, F>(count: usize, call: impl Fn(usize) -> F) -> Vec<Option<Result<T>>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut results: Vec<Option<Result<T>>> = Vec::new();
    results.resize_with(count, || None);
    let mut progress = Progress::new("secrets", count);
    let mut running = JoinSet::new();
    let mut waiting = 0..count;
    let mut stopped = false;
    loop {
        while !stopped && running.len() < IN_FLIGHT {
            let Some(index) = waiting.next() else { break };
            let call = call(index);
            running.spawn(async move { (index, call.await) });
        }
        let Some(done) = running.join_next().await else { break };
        let Ok((index, result)) = done else {
            stopped = true;
            continue;
        };
        stopped |= result.as_ref().is_err_and(concerns_all);
        if let Some(place) = results.get_mut(index) {
            *place = Some(result);
        }
        progress.advance();
    }
    results
}

/// Makes changes together: the server makes all of a batch, or none. Those of a batch that it refuses are
/// made one by one, with `alone`, so that what is wrong with one stops none of the others and is told of
/// that one. Those after a batch that shows that the server cannot be reached or trusted have no result.
pub(super) async fn together<F>(
    service: &ServiceClient,
    changes: &[Change],
    alone: impl Fn(usize) -> F,
) -> Vec<Option<Result<Changed>>>
where
    F: Future<Output = Result<Changed>> + Send + 'static,
{
    let mut results: Vec<Option<Result<Changed>>> = Vec::new();
    results.resize_with(changes.len(), || None);
    let mut rest = Vec::new();
    let mut progress = Progress::new("secrets", changes.len());
    for batch in Change::batches(changes) {
        let (Some(asked), Some(places)) =
            (changes.get(batch.clone()), results.get_mut(batch.clone()))
        else {
            continue;
        };
        if asked.len() == 1 {
            rest.extend(batch);
            continue;
        }
        match service.change_all(asked).await.map_err(Failure::from) {
            Ok(changed) => {
                for (place, changed) in places.iter_mut().zip(changed) {
                    *place = Some(Ok(changed));
                    progress.advance();
                }
            }
            Err(failure) if concerns_all(&failure) => {
                places.fill_with(|| Some(Err(failure.clone())));
                return results;
            }
            Err(_) => rest.extend(batch),
        }
    }
    drop(progress);
    let made = each(rest.len(), |number| alone(rest.get(number).copied().unwrap_or_default()));
    for (index, result) in rest.iter().zip(made.await) {
        if let Some(place) = results.get_mut(*index) {
            *place = result;
        }
    }
    results
}

/// Whether the calls that follow would fail as well.
fn concerns_all(failure: &Failure) -> bool {
    !matches!(
        failure.exit(),
        Exit::Refused | Exit::NotFound | Exit::Exists | Exit::Denied | Exit::Conflict
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn calls_are_made_several_at_once_and_keep_their_places() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let results = each(100, |index| {
            let (running, most) = (running.clone(), most.clone());
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(2)).await;
                running.fetch_sub(1, Ordering::Relaxed);
                match index {
                    7 => Err(Failure::new(Exit::Denied, "no")),
                    index => Ok(index),
                }
            }
        })
        .await;
        assert_eq!(most.load(Ordering::Relaxed), IN_FLIGHT);
        for (index, result) in results.into_iter().enumerate() {
            match result.unwrap() {
                Ok(value) => assert_eq!(value, index),
                Err(failure) => assert_eq!((index, failure.exit()), (7, Exit::Denied)),
            }
        }
    }

    #[tokio::test]
    async fn nothing_is_begun_once_the_server_is_gone() {
        let results =
            each(100, |_| async { Err::<(), _>(Failure::new(Exit::Unreachable, "no way")) }).await;
        let begun = results.iter().flatten().count();
        assert!(begun <= IN_FLIGHT, "{begun}");
    }
}
