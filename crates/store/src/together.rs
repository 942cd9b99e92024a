//! Several calls of another process or machine at the same time.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::Result;

/// Makes all calls, at most `most` at the same time. The answers are in the order of the calls; the
/// first fault ends it.
pub(crate) async fn all<T>(
    most: usize,
    calls: Vec<impl Future<Output = Result<T>>>,
) -> Result<Vec<T>> {
    stream::iter(calls).buffered(most).try_collect().await
}
