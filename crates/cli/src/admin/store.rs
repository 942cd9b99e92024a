//! The server's store: its state, its verification, exports of it, and moves to another one.

use std::time::Duration;

use aecs_client::AdminClient;
use aecs_proto::{ShowStoreResponse, StoreDamage, StoreRelocation, StoreVerification};
use aecs_store::export::{Key, Writer};
use serde::Serialize;

use super::command::StoreCommand;
use super::run::connect;
use crate::connection::AdminArgs;
use crate::failure::{Exit, Failure, Result};
use crate::files::{Access, Draft};
use crate::output::{self, Done, View};
use crate::progress::Progress;
use crate::view::time_text_of_ms;

/// How long to wait before the server is asked again how far a verification is.
const PAUSE: Duration = Duration::from_millis(300);

pub(super) async fn run(args: &AdminArgs, command: StoreCommand) -> Result<()> {
    match command {
        StoreCommand::Status => {
            let status = connect(args).await?.store_status().await?;
            output::print(args.output, &Status::from(status))
        }
        StoreCommand::Verify => {
            let verification = verify(&connect(args).await?).await?;
            output::print(args.output, &verification)?;
            verification.judge()
        }
        StoreCommand::Export { file } => {
            let draft = Draft::new(&file, Access::Private)?;
            let entries = export(&connect(args).await?, draft).await?;
            let what = &format!("{entries} entries to {}", file.display());
            output::print(args.output, &Done { done: "exported", what })
        }
        StoreCommand::Move { url } => {
            let url = relocate(&connect(args).await?, &url).await?;
            let what = &format!(
                "the records to {url}\nThe server works with that store now. Set aecs_store to this URL in the \
                 configuration of each server before its next start"
            );
            output::print(args.output, &Done { done: "moved", what })
        }
    }
}

/// Has the records moved, and waits for the end. Gives the URL of their place.
async fn relocate(admin: &AdminClient, url: &str) -> Result<String> {
    let begun = admin.move_store(url).await?;
    let mut told = begun.clone();
    let (mut pages, mut records) =
        (Progress::new("pages", 0), Progress::new("records read back", 0));
    while told.ended_at_ms == 0 {
        if told.pages_copied < told.pages {
            pages.set(count(told.pages_copied), count(told.pages));
        } else {
            records.set(count(told.records_verified), count(told.records));
        }
        tokio::time::sleep(PAUSE).await;
        told = admin.store_status().await?.relocation.ok_or_else(|| {
            let what = "the server has restarted, and the move with it has ended";
            Failure::new(Exit::NotReady, what).help(
                "`aecsadmin status` says whether the records have moved; if not, run the command again",
            )
        })?;
    }
    if (told.begun_at_ms, told.failure.as_str()) == (begun.begun_at_ms, "") {
        return Ok(told.url);
    }
    let what = format!("the records were not moved to {}: {}", told.url, told.failure);
    Err(Failure::new(Exit::Unreachable, what).help(
        "the server works with its present store as before; see its log, then repeat the command",
    ))
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

/// Begins a verification, or joins the one that is running, and waits for its end.
async fn verify(admin: &AdminClient) -> Result<Verification> {
    let mut verification = admin.verify_store().await?;
    let mut progress = Progress::new("records", 0);
    while verification.ended_at_ms == 0 {
        progress.set(count(verification.records_done), count(verification.records));
        tokio::time::sleep(PAUSE).await;
        verification = admin.store_status().await?.verification.ok_or_else(|| {
            let what = "the server has restarted, and the verification with it was lost";
            Failure::new(Exit::NotReady, what).help("run the command again")
        })?;
    }
    Ok(verification.into())
}

/// Writes all pages of an export; returns how many entries there are.
async fn export(admin: &AdminClient, draft: Draft) -> Result<u64> {
    let cannot_write = draft.failure();
    let mut writer = Writer::new(draft).map_err(&cannot_write)?;
    let mut page = admin.export_store(None).await?;
    loop {
        for (key, value) in &page.entries {
            let key = Key::parse(key).map_err(|error| {
                Failure::new(Exit::BadInput, format!("the server sent an unusable entry: {error}"))
            })?;
            writer.entry(&key, value).map_err(&cannot_write)?;
        }
        if !page.more {
            break;
        }
        page = admin.export_store(Some(&page)).await?;
    }
    let (entries, draft) = writer.finish().map_err(&cannot_write)?;
    draft.finish().map_err(&cannot_write)?;
    Ok(entries)
}

/// A store.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    engine: String,
    shared: bool,
    epoch: i64,
    commits: i64,
    records: i64,
    content_bytes: i64,
    height: i32,
    garbage_pages: i64,
    cache_bytes: i64,
    cache_limit_bytes: i64,
    verification: Option<Verification>,
    relocation: Option<Relocation>,
}

impl From<ShowStoreResponse> for Status {
    fn from(status: ShowStoreResponse) -> Self {
        Self {
            engine: status.engine,
            shared: status.is_shared,
            epoch: status.epoch,
            commits: status.commits,
            records: status.records,
            content_bytes: status.content_bytes,
            height: status.height,
            garbage_pages: status.garbage_pages,
            cache_bytes: status.cache_bytes,
            cache_limit_bytes: status.cache_limit_bytes,
            verification: status.verification.map(Verification::from),
            relocation: status.relocation.map(Relocation::from),
        }
    }
}

impl View for Status {
    fn text(&self) -> String {
        let shared = if self.shared { "yes" } else { "no" };
        let cache = format!("{} of {} bytes", self.cache_bytes, self.cache_limit_bytes);
        let verification = match &self.verification {
            None => "none since the server started".to_owned(),
            Some(verification) => verification.summary(),
        };
        let relocation = self.relocation.as_ref();
        let relocation =
            relocation.map_or("none since the server started".to_owned(), Relocation::summary);
        output::properties([
            ("engine", self.engine.clone()),
            ("can be shared by servers", shared.to_owned()),
            ("epoch (changes)", self.epoch.to_string()),
            ("commits", self.commits.to_string()),
            ("records", self.records.to_string()),
            ("bytes of contents", self.content_bytes.to_string()),
            ("levels of pages", self.height.to_string()),
            ("pages to remove", self.garbage_pages.to_string()),
            ("cache", cache),
            ("last verification", verification),
            ("last move", relocation),
        ])
    }
}

/// What a verification found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Verification {
    begun_at: String,
    /// `None`: it is running.
    ended_at: Option<String>,
    records_done: i64,
    records: i64,
    /// `None`: it has not read everything.
    pages: Option<i64>,
    damaged: Vec<Damage>,
    damaged_count: i64,
    /// Why it has not read everything.
    failure: Option<String>,
}

/// Something that cannot be read.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Damage {
    place: String,
    records: i64,
    what: String,
}

impl From<StoreVerification> for Verification {
    fn from(verification: StoreVerification) -> Self {
        let has_ended = verification.ended_at_ms != 0;
        let is_whole = has_ended && verification.failure.is_empty();
        let damage = |StoreDamage { place, records, what }| Damage { place, records, what };
        Self {
            begun_at: time_text_of_ms(verification.begun_at_ms),
            ended_at: has_ended.then(|| time_text_of_ms(verification.ended_at_ms)),
            records_done: verification.records_done,
            records: verification.records,
            pages: is_whole.then_some(verification.pages),
            damaged: verification.damaged.into_iter().map(damage).collect(),
            damaged_count: verification.damaged_count,
            failure: Some(verification.failure).filter(|failure| !failure.is_empty()),
        }
    }
}

impl Verification {
    fn summary(&self) -> String {
        let Self { begun_at, records_done, records, .. } = self;
        match (&self.ended_at, &self.failure, self.damaged_count) {
            (None, ..) => format!("since {begun_at}: {records_done} of {records} records done"),
            (Some(at), Some(failure), _) => format!("{at}: FAILED: {failure}"),
            (Some(at), None, 0) => {
                let pages = self.pages.unwrap_or_default();
                format!("{at}: all {records} records can be read ({pages} pages)")
            }
            (Some(at), None, damaged) => format!("{at}: DAMAGED places: {damaged}"),
        }
    }

    /// Fails if not everything can be read.
    fn judge(&self) -> Result<()> {
        match (&self.failure, self.damaged_count) {
            (None, 0) => Ok(()),
            (Some(failure), _) => {
                let what = format!("the verification of the store failed: {failure}");
                Err(Failure::new(Exit::Unreachable, what).help(
                    "see the server's log; check the disk, or the database, before you repeat it",
                ))
            }
            (None, count) => {
                let what = format!("the store is damaged: {count} places cannot be read");
                Err(Failure::new(Exit::Untrusted, what).help(
                    "the other records are served as before; docs/backup.md says how to restore \
                     what is damaged",
                ))
            }
        }
    }
}

impl View for Verification {
    fn text(&self) -> String {
        let mut text = self.summary();
        for Damage { place, records, what } in &self.damaged {
            text.push_str(&format!("\n  {place}: {what}; records that cannot be read: {records}"));
        }
        text
    }

    /// The places that are damaged.
    fn names(&self) -> Option<Vec<String>> {
        Some(self.damaged.iter().map(|damage| damage.place.clone()).collect())
    }
}

/// A move of the records to another store.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Relocation {
    url: String,
    begun_at: String,
    /// `None`: it is running.
    ended_at: Option<String>,
    pages_copied: i64,
    pages: i64,
    /// Why the records were not moved.
    failure: Option<String>,
}

impl From<StoreRelocation> for Relocation {
    fn from(told: StoreRelocation) -> Self {
        Self {
            url: told.url,
            begun_at: time_text_of_ms(told.begun_at_ms),
            ended_at: (told.ended_at_ms != 0).then(|| time_text_of_ms(told.ended_at_ms)),
            pages_copied: told.pages_copied,
            pages: told.pages,
            failure: Some(told.failure).filter(|failure| !failure.is_empty()),
        }
    }
}

impl Relocation {
    fn summary(&self) -> String {
        let Self { url, begun_at, pages_copied, pages, .. } = self;
        match (&self.ended_at, &self.failure) {
            (None, _) => {
                format!("to {url} since {begun_at}: {pages_copied} of {pages} pages copied")
            }
            (Some(at), None) => format!("{at}: to {url}; set aecs_store before the next start"),
            (Some(at), Some(failure)) => format!("{at}: to {url} FAILED: {failure}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verification(ended_at_ms: i64) -> StoreVerification {
        StoreVerification {
            begun_at_ms: 1_000,
            ended_at_ms,
            records_done: 2,
            records: 10,
            ..StoreVerification::default()
        }
    }

    #[test]
    fn a_verification_says_what_it_found() {
        let running = Verification::from(verification(0));
        assert_eq!(running.text(), "since 1970-01-01T00:00:01Z: 2 of 10 records done");
        let whole = Verification::from(StoreVerification { pages: 3, ..verification(2_000) });
        assert_eq!(whole.text(), "1970-01-01T00:00:02Z: all 10 records can be read (3 pages)");
        whole.judge().unwrap();
        let damage = StoreDamage { place: "record a".into(), records: 1, what: "gone".into() };
        let damaged = Verification::from(StoreVerification {
            damaged: vec![damage],
            damaged_count: 1,
            ..verification(2_000)
        });
        assert!(
            damaged
                .text()
                .ends_with("DAMAGED places: 1\n  record a: gone; records that cannot be read: 1")
        );
        assert_eq!(damaged.judge().unwrap_err().exit(), Exit::Untrusted);
        assert_eq!((damaged.names(), whole.names()), (Some(vec!["record a".into()]), Some(vec![])));
        let failed =
            Verification::from(StoreVerification { failure: "away".into(), ..verification(2_000) });
        assert!(failed.text().contains("FAILED: away"));
        assert_eq!(failed.judge().unwrap_err().exit(), Exit::Unreachable);
    }

    #[test]
    fn a_move_says_how_far_it_is() {
        let told = |ended_at_ms, failure: &str| {
            let url = "memory:".to_owned();
            let failure = failure.to_owned();
            let (pages_copied, pages) = (2, 10);
            Relocation::from(StoreRelocation {
                url,
                ended_at_ms,
                failure,
                pages_copied,
                pages,
                ..StoreRelocation::default()
            })
            .summary()
        };
        assert_eq!(told(0, ""), "to memory: since 1970-01-01T00:00:00Z: 2 of 10 pages copied");
        assert!(told(1, "").ends_with("to memory:; set aecs_store before the next start"));
        assert!(told(1, "away").ends_with("to memory: FAILED: away"));
    }
}
