//! Applications that wait, in their sessions, until something of a service has changed.
//!
//! A wait tells that something has changed, and nothing else: the application then asks for its secret as
//! always, and is judged as always. So nothing is judged while it waits. A wait ends with its session, and
//! leaves no audit entry.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use aecs_crypto::{Protocol, Transcript, session::Accepted};
use aecs_proto::{
    TaSessionAnswer, TaSessionCallResponse, TaWaitForChangeRequest, TaWaitForChangeResponse,
    TaWaitOutcome, json,
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use crate::{
    error::{Cause, Error},
    following, keys,
    name::ServiceName,
    session::Session,
    state::{CoreState, Node},
    timing,
    vault::Vault,
    watchers::{Place, Position},
};

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// How often a wait looks whether its session has ended otherwise than by new settings.
const RECHECK: Duration = Duration::from_secs(1);

/// How long changes are collected after one was told.
const PAUSE: Duration = Duration::from_millis(50);

/// How long the records are listened to before they are looked at again, whatever the store says.
const LISTEN: Duration = Duration::from_secs(10);

/// How long to wait after the records could not be looked at.
const AGAIN: Duration = Duration::from_secs(1);

/// Looks at the watched services each time the records change, by whichever process of the deployment,
/// until nobody waits.
async fn follow(core: Arc<CoreState>) {
    loop {
        // Takes over what another process has made of the settings: that ends sessions.
        let followed = match following::present(&core).await {
            Ok(node) => look(&core, &node).await,
            Err(error) => Err(error),
        };
        match followed {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::debug!(%error, "the records are not followed for those who wait");
                if core.watchers.watched().is_none() {
                    return;
                }
                sleep(AGAIN).await;
            }
        }
    }
}

/// Looks once, and waits until it is time to look again. Tells whether anybody waits.
async fn look(core: &CoreState, node: &Node) -> Result<bool, Error> {
    let (vault, began) = (node.vault()?, Instant::now());
    // Before the services are listed: who listens later looks later than this.
    let seen = vault.seen();
    let Some(services) = core.watchers.watched() else { return Ok(false) };
    for (service, position) in services.iter().zip(positions(vault, &services).await?) {
        core.watchers.tell(service, position);
    }
    // Looks take a tenth of the time at most, however many services are watched.
    sleep(PAUSE.max(10 * began.elapsed())).await;
    if let Ok(changed) = timeout(LISTEN, vault.changed(&seen)).await {
        changed?;
    }
    Ok(true)
}

/// What the secrets and lists of services are like now.
async fn positions(vault: &Vault, services: &[ServiceName]) -> Result<Vec<Position>, Error> {
    let folders = services.iter().flat_map(|of| [keys::secrets_of(of), keys::lists_of(of)]);
    let prints = vault.fingerprints(&folders.collect::<Vec<_>>()).await?;
    let position = |of: &[[u8; 32]]| {
        let position = Transcript::new("AECS position");
        of.iter().fold(position, |position, print| position.field(print)).sha256()
    };
    Ok(prints.chunks(2).map(position).collect())
}

/// A wait of an application that may wait, or was told at once.
pub struct Wait {
    core: Arc<CoreState>,
    session: Arc<Session>,
    accepted: Accepted,
    stage: Stage,
}

enum Stage {
    Ended(TaWaitOutcome, Option<Position>),
    Waiting(Waiting),
}

struct Waiting {
    position: Position,
    told: watch::Receiver<Option<Position>>,
    until: Instant,
    _place: Place,
}

/// Begins a wait.
pub(crate) async fn begin(
    core: &Arc<CoreState>,
    node: &Node,
    session: Arc<Session>,
    accepted: Accepted,
    request: &str,
) -> Result<Wait, Error> {
    let request: TaWaitForChangeRequest = json::from_str(request).map_err(Cause::unreadable)?;
    let service = ServiceName::required(&request.service_name, Cause::GetServiceEmpty)?;
    let place = match session.given().has(&service) {
        true => {
            let machine = aecs_attest::room_owner(session.attributes());
            core.watchers.enter(session.waits(), machine)
        }
        false => None,
    };
    let stage = match place {
        None => Stage::Ended(TaWaitOutcome::WaitNotNow, None),
        Some(place) => {
            // Before the look: what changes after it is told.
            let (told, is_first) = core.watchers.listen(&service);
            if is_first {
                tokio::spawn(follow(core.clone()));
            }
            let found = positions(node.vault()?, std::slice::from_ref(&service)).await?;
            match found.first() {
                Some(position) if request.position == *position => {
                    let longest = Duration::from_millis(request.wait_ms.into()).min(LONGEST);
                    let until = Instant::now() + longest;
                    Stage::Waiting(Waiting { position: *position, told, until, _place: place })
                }
                position => Stage::Ended(TaWaitOutcome::WaitChanged, position.copied()),
            }
        }
    };
    Ok(Wait { core: core.clone(), session, accepted, stage })
}

impl Wait {
    /// Waits, until `until` at most, and not longer than `over` is pending. To drop the future is free.
    ///
    /// # Errors
    /// The session has ended meanwhile.
    pub async fn answer(
        self,
        until: Option<Instant>,
        over: impl Future<Output = ()>,
    ) -> Result<TaSessionCallResponse, Error> {
        timing::on_the_beat(self.run(until, over)).await
    }

    async fn run(
        self,
        until: Option<Instant>,
        over: impl Future<Output = ()>,
    ) -> Result<TaSessionCallResponse, Error> {
        let Self { core, session, accepted, stage } = self;
        let (outcome, position) = match stage {
            Stage::Ended(outcome, position) => (outcome, position),
            Stage::Waiting(waiting) => {
                let until = until.map_or(waiting.until, |until| until.min(waiting.until));
                waiting.end(&core, &session, until, over).await?
            }
        };
        tracing::debug!(?outcome, "a wait has ended");
        let response = TaWaitForChangeResponse {
            outcome: outcome.into(),
            position: position.map(Vec::from).unwrap_or_default(),
        };
        let answer = TaSessionAnswer {
            res_json: json::to_string(&response),
            secret: String::new(),
            state: core.node().state_in(Protocol::Aecs21),
        };
        session.seal(&accepted, &answer)
    }
}

impl Waiting {
    async fn end(
        mut self,
        core: &CoreState,
        session: &Session,
        until: Instant,
        over: impl Future<Output = ()>,
    ) -> Result<(TaWaitOutcome, Option<Position>), Error> {
        let mut over = pin!(over);
        let mut recheck = core.watchers.rechecks();
        let mut ticks = interval(RECHECK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let known = self.position;
            let is_news = |told: &Option<Position>| told.is_some_and(|told| told != known);
            let ended = tokio::select! {
                biased;
                () = &mut over => Some((TaWaitOutcome::WaitNotNow, None)),
                _ = recheck.changed() => None,
                told = self.told.wait_for(is_news) => {
                    Some((TaWaitOutcome::WaitChanged, told.ok().and_then(|told| *told)))
                }
                () = sleep_until(until) => Some((TaWaitOutcome::WaitTimeOver, Some(known))),
                _ = ticks.tick() => None,
            };
            core.sessions.find(core, &core.node(), session.id())?;
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }
}
