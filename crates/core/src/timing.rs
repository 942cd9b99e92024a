//! When refusals and lists are answered.
//!
//! Invariant: the time of a refusal does not show its reason. Whether an object belongs to somebody
//! else or is missing, the refusal is sent at the next beat after the request's arrival. The same
//! holds for what a list leaves out, by a longer beat. Waiting is a timer: it costs no work.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::error::Error;

/// Refusals are told at multiples of this after the arrival.
const BEAT: Duration = Duration::from_millis(5);

/// Lists are told at multiples of this after they were begun: longer than it takes to judge all
/// secrets of a service with the default quota.
const LIST_BEAT: Duration = Duration::from_millis(250);

/// Does what was asked for, and tells a refusal at the next beat.
pub(crate) async fn on_the_beat<T>(
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let arrived = Instant::now();
    let result = call.await;
    if result.is_err() {
        sleep_until(next_beat(BEAT, arrived, Instant::now())).await;
    }
    result
}

/// Judges several objects, and tells what became of them at the next beat if one was refused: a beat
/// that has the time of a refusal for each.
pub(crate) async fn on_the_beat_of_several<T>(
    count: usize,
    judging: impl Future<Output = Result<T, Error>>,
    has_refusal: impl FnOnce(&T) -> bool,
) -> Result<T, Error> {
    let began = Instant::now();
    let judged = judging.await;
    if judged.as_ref().map_or(true, has_refusal) {
        let beat = BEAT.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        sleep_until(next_beat(beat, began, Instant::now())).await;
    }
    judged
}

/// Makes a list, and tells it at the next beat of lists.
pub(crate) async fn on_the_beat_of_lists<T>(list: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let made = list.await;
    sleep_until(next_beat(LIST_BEAT, began, Instant::now())).await;
    made
}

/// The first beat after `now`.
fn next_beat(beat: Duration, arrived: Instant, now: Instant) -> Instant {
    let beats = now.duration_since(arrived).as_millis() / beat.as_millis().max(1) + 1;
    arrived + beat.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    #[test]
    fn beats_are_counted_from_the_arrival() {
        let arrived = Instant::now();
        let beat = |after_us| {
            next_beat(BEAT, arrived, arrived + Duration::from_micros(after_us))
                .duration_since(arrived)
        };
        for (after_us, at_ms) in [(0, 5), (667, 5), (4_999, 5), (5_000, 10), (12_345, 15)] {
            assert_eq!(beat(after_us), Duration::from_millis(at_ms), "{after_us}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_a_refusal_waits_for_as_many_refusals() {
        let judge = |after: u64, refused: bool| async move {
            let started = Instant::now();
            let judging = async {
                tokio::time::sleep(Duration::from_millis(after)).await;
                Ok(refused)
            };
            on_the_beat_of_several(3, judging, |refused| *refused).await.unwrap();
            started.elapsed().as_millis()
        };
        assert_eq!(
            (judge(1, true).await, judge(14, true).await, judge(16, true).await),
            (15, 15, 30)
        );
        assert_eq!(judge(7, false).await, 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_waits_and_an_answer_does_not() {
        let refuse = |after: u64| async move {
            let started = Instant::now();
            let refused = on_the_beat(async {
                tokio::time::sleep(Duration::from_millis(after)).await;
                Err::<(), Error>(Cause::NotPublic.into())
            });
            assert!(refused.await.is_err());
            started.elapsed().as_millis()
        };
        assert_eq!((refuse(0).await, refuse(3).await, refuse(7).await), (5, 5, 10));
        let started = Instant::now();
        on_the_beat(async { Ok(()) }).await.unwrap();
        assert!(started.elapsed().is_zero());
    }
}
