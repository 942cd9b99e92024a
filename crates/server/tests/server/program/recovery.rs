//! A kill -9 at any moment of making shares, rotating them, submitting them and finishing a recovery.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    os::unix::fs::FileExt as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aecs_client::{
    AdminClient, CustodianClient, DeploymentId, Endpoint, Error, Finish, Phase, ServerPolicy,
    Verifier,
};
use aecs_crypto::{KeyPair, age::Identity, recovery as crypto};
use aecs_proto::{CreateRecoveryResponse, RecoveryCustodian, RecoveryShare, Zeroizing};

use super::{
    durability::{Deployment, SERVICE, password},
    home::{Home, Running},
};

type Share = Zeroizing<RecoveryShare>;

/// A set whose shares the custodians have.
#[derive(Clone)]
struct Held {
    revision: i64,
    shares: Arc<Vec<Share>>,
}

/// A deployment, and the custodians of its shares, of which two are needed.
struct Scene {
    deployment: Deployment,
    id: DeploymentId,
    custodians: Arc<Vec<(&'static str, Identity)>>,
    held: Vec<Held>,
}

/// How somebody reaches a server.
#[derive(Clone)]
struct Way {
    endpoint: Endpoint,
    verifier: Arc<Verifier>,
    policy: ServerPolicy,
}

impl Scene {
    async fn new() -> (Self, Running) {
        let deployment = Deployment::new();
        let server = deployment.home.start(&[]);
        let admin = deployment.admin(&server).await;
        admin.provision("").await.unwrap();
        admin.register(SERVICE, deployment.owner.public(), None).await.unwrap();
        let owner = deployment.owner(&server).await;
        owner.create(&password("secret0")).await.unwrap();
        let id = admin.status().await.unwrap().status().deployment_id;
        let custodians =
            ["alice", "bob", "carol"].map(|name| (name, Identity::generate().unwrap()));
        let custodians = Arc::new(Vec::from(custodians));
        (Self { deployment, id, custodians, held: Vec::new() }, server)
    }

    fn way(&self, server: &Running) -> Way {
        let (endpoint, verifier, policy) = self.deployment.parts(server);
        Way { endpoint, verifier, policy: policy.deployment(self.id) }
    }

    async fn admin(&self, server: &Running, recovers: bool) -> AdminClient {
        let Way { endpoint, verifier, policy } = self.way(server);
        let builder = AdminClient::builder(endpoint, verifier, policy);
        let builder = if recovers { builder.recovers() } else { builder };
        let key = KeyPair::from_private_pem(self.deployment.admin.private_pem().expose()).unwrap();
        builder.connect(key).await.unwrap()
    }

    fn wanted(&self) -> Vec<RecoveryCustodian> {
        let custodian = |(name, identity): &(&str, Identity)| RecoveryCustodian {
            name: (*name).to_owned(),
            recipient: identity.recipient().unwrap().to_string(),
        };
        self.custodians.iter().map(custodian).collect()
    }

    /// Another machine with the store as it is now, whose platform opens nothing that was sealed.
    fn lost_machine(&self) -> Home {
        let home = Home::new();
        for file in ["admin.pem", "data/aecs.redb"] {
            fs::copy(self.deployment.home.path(file), home.path(file)).unwrap();
        }
        // The same processor, so that the records trust it.
        for file in fs::read_dir(self.deployment.home.path("data/simulation")).unwrap() {
            let file = file.unwrap();
            let to = home.path("data/simulation").join(file.file_name());
            fs::copy(file.path(), to).unwrap();
        }
        home
    }

    /// What there is after a kill: no set is half, and what the custodians hold is among the sets.
    async fn check_sets(&mut self, server: &Running) -> i64 {
        let shown = self.admin(server, false).await.recovery().await.unwrap();
        for set in &shown.sets {
            assert_eq!(set.problem, "", "revision {}", set.revision);
        }
        let present = |it: &Held| shown.sets.iter().any(|set| set.revision == it.revision);
        if let Some(latest) = self.held.last() {
            assert!(present(latest), "revision {} was answered, and is gone", latest.revision);
        }
        self.held.retain(present);
        shown.latest_revision
    }

    /// Brings the deployment back on another machine, with kills at these steps.
    async fn recover(&self, held: &Held, killed: Option<Step>, tally: &mut Tally) {
        let home = self.lost_machine();
        let shares = &held.shares[..2];
        let mut server = home.start(&["--recover"]);
        if killed == Some(Step::Submit) {
            let way = self.way(&server);
            let own: Vec<Share> = shares.iter().map(copy).collect();
            let submitted = tokio::spawn(async move {
                for share in own {
                    submit(&way, share).await?;
                }
                Ok(())
            });
            tally.kill(Step::Submit, server, submitted).await;
            server = home.start(&["--recover"]);
        }
        for share in shares {
            submit(&self.way(&server), copy(share)).await.unwrap();
        }
        if killed == Some(Step::Finish) {
            let admin = self.admin(&server, true).await;
            let finish = shown(&admin).await;
            let finished =
                tokio::spawn(async move { admin.finish_recovery(&finish).await.map(drop) });
            tally.kill(Step::Finish, server, finished).await;
            // Its own identity opens, or the shares work once more.
            server = home.start(&[]);
            if self.phase(&server).await == Some(Phase::Working) {
                return self.check_secrets(&server).await;
            }
            drop(server);
            server = home.start(&["--recover"]);
            for share in shares {
                submit(&self.way(&server), copy(share)).await.unwrap();
            }
        }
        let admin = self.admin(&server, true).await;
        admin.finish_recovery(&shown(&admin).await).await.unwrap();
        self.check_secrets(&server).await;
    }

    /// The phase of a server of this deployment; none of another one.
    async fn phase(&self, server: &Running) -> Option<Phase> {
        let Way { endpoint, verifier, policy } = self.way(server);
        let key = KeyPair::from_private_pem(self.deployment.admin.private_pem().expose()).unwrap();
        let admin = AdminClient::builder(endpoint, verifier, policy).connect(key).await.ok()?;
        Some(admin.status().await.ok()?.status().phase)
    }

    async fn check_secrets(&self, server: &Running) {
        let listed = self.deployment.owner(server).await.list("secret").await.unwrap();
        assert_eq!(listed.len(), 1);
    }
}

fn copy(share: &Share) -> Share {
    Zeroizing::new(RecoveryShare::clone(share))
}

/// The end of a recovery at the state that the server shows.
async fn shown(admin: &AdminClient) -> Finish {
    let status = admin.status().await.unwrap();
    let opened = status.status().recovering.clone().unwrap().opened.expect("it is opened");
    let mut chain = [0; 32];
    hex::decode_to_slice(&opened.chain, &mut chain).unwrap();
    Finish {
        revision: opened.revision,
        epoch: opened.epoch.unsigned_abs(),
        chain,
        settings_digest: opened.settings_digest,
        accept_older_store: false,
        overruled: Vec::new(),
    }
}

async fn submit(way: &Way, share: Share) -> Result<(), Error> {
    let Way { endpoint, verifier, policy } = way.clone();
    CustodianClient::to_submit(endpoint, verifier, policy, share, None)
        .await?
        .submit()
        .await
        .map(drop)
}

async fn prove(way: &Way, share: Share) -> Result<(), Error> {
    let Way { endpoint, verifier, policy } = way.clone();
    CustodianClient::to_prove(endpoint, verifier, policy, share, None)
        .await?
        .prove()
        .await
        .map(drop)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Create,
    Rotate,
    Submit,
    Finish,
}

/// How long the steps took that no kill has cut off, and what became of those that one has.
struct Tally {
    took: [Duration; 4],
    cut: [usize; 4],
    done: [usize; 4],
}

impl Tally {
    /// Kills the server somewhere in the middle of a step.
    async fn kill(
        &mut self,
        step: Step,
        server: Running,
        work: tokio::task::JoinHandle<Result<(), Error>>,
    ) {
        let at = step as usize;
        // Now and then a little after its end, as long as it was seen to take.
        let whole = self.took[at] + self.took[at] / 4;
        let parts = RandomState::new().hash_one(server.id()) % 1000;
        let begun = Instant::now();
        tokio::time::sleep(whole * u32::try_from(parts).unwrap() / 1000).await;
        let ended = work.is_finished();
        // Dropped, it is killed.
        drop(server);
        match work.await.unwrap() {
            Ok(()) => {
                self.done[at] += 1;
                if !ended {
                    self.took[at] = self.took[at].max(begun.elapsed());
                }
            }
            Err(_) => self.cut[at] += 1,
        }
    }
}

/// Makes a set, and has its first two shares proven. What was answered goes into `answered`.
async fn make(
    admin: AdminClient,
    way: Way,
    wanted: Vec<RecoveryCustodian>,
    latest: i64,
    custodians: Arc<Vec<(&'static str, Identity)>>,
    answered: Arc<Mutex<Option<Held>>>,
) -> Result<(), Error> {
    let made: CreateRecoveryResponse = admin.create_recovery(2, wanted, latest, None).await?;
    let open = |(file, (_, identity)): (&aecs_proto::RecoveryShareFile, &(_, Identity))| {
        crypto::open_file(&file.text, std::slice::from_ref(identity)).unwrap()
    };
    let shares: Vec<Share> = made.files.iter().zip(custodians.iter()).map(open).collect();
    let shares = Arc::new(shares);
    let held = Held { revision: made.revision, shares: shares.clone() };
    *answered.lock().unwrap() = Some(held);
    for share in &shares[..2] {
        prove(&way, copy(share)).await?;
    }
    Ok(())
}

impl Scene {
    /// Makes a set of shares; a kill may come in between.
    async fn make(
        &mut self,
        server: Running,
        killed: Option<(Step, &mut Tally)>,
    ) -> Option<Running> {
        let admin = self.admin(&server, false).await;
        let latest = admin.recovery().await.unwrap().latest_revision;
        let answered = Arc::new(Mutex::new(None));
        let (wanted, custodians) = (self.wanted(), self.custodians.clone());
        let work = make(admin, self.way(&server), wanted, latest, custodians, answered.clone());
        let server = match killed {
            Some((step, tally)) => {
                tally.kill(step, server, tokio::spawn(work)).await;
                None
            }
            None => {
                work.await.unwrap();
                Some(server)
            }
        };
        self.held.extend(answered.lock().unwrap().take());
        server
    }
}

/// Kills a server `kills` times, one step after the other.
async fn survive(kills: usize) -> Tally {
    let (mut scene, server) = Scene::new().await;
    let mut tally = Tally { took: [Duration::ZERO; 4], cut: [0; 4], done: [0; 4] };
    let begun = Instant::now();
    let mut server = scene.make(server, None).await.unwrap();
    tally.took[Step::Create as usize] = begun.elapsed();
    tally.took[Step::Rotate as usize] = begun.elapsed();
    // A submit or a finish takes about as long as a drill of two.
    tally.took[Step::Submit as usize] = begun.elapsed() / 2;
    tally.took[Step::Finish as usize] = begun.elapsed() / 2;
    for number in 0..kills {
        let step = [Step::Create, Step::Submit, Step::Finish, Step::Rotate][number % 4];
        match step {
            Step::Create | Step::Rotate => {
                if step == Step::Create {
                    let admin = scene.admin(&server, false).await;
                    let sets = admin.recovery().await.unwrap().sets;
                    let all: Vec<i64> = sets.iter().map(|set| set.revision).collect();
                    admin.revoke_recovery(&all).await.unwrap();
                    scene.held.clear();
                }
                scene.make(server, Some((step, &mut tally))).await;
                server = scene.deployment.home.start(&[]);
                scene.check_sets(&server).await;
                if scene.held.is_empty() {
                    // Nobody has an answer: there were no shares before, either.
                    server = scene.make(server, None).await.unwrap();
                }
            }
            Step::Submit | Step::Finish => {}
        }
        drop(server);
        let held: Vec<Held> = scene.held.clone();
        let killed = [Step::Submit, Step::Finish].contains(&step).then_some(step);
        for held in &held {
            scene.recover(held, killed, &mut tally).await;
        }
        server = scene.deployment.home.start(&[]);
        if scene.check_sets(&server).await > 0 && scene.held.len() > 2 {
            server = scene.make(server, None).await.unwrap();
        }
    }
    tally
}

/// `just recovery-kills` has more of them.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_survives_kills() {
    let kills = std::env::var("AECS_RECOVERY_KILLS").ok().and_then(|text| text.parse().ok());
    let Tally { cut, done, .. } = survive(kills.unwrap_or(4)).await;
    eprintln!("cut off {cut:?}, done before {done:?} (create, rotate, submit, finish)");
}

/// Where these bytes are in the memory of a process; `None` if that may not be read.
fn in_memory_of(pid: u32, wanted: &[Vec<u8>]) -> Option<Vec<usize>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut found = vec![0; wanted.len()];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, _) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut region = vec![0; usize::try_from(to - from).unwrap()];
        // Some regions, as that of the kernel's clock, are not to be read.
        if memory.read_exact_at(&mut region, from).is_err() {
            continue;
        }
        for (count, bytes) in found.iter_mut().zip(wanted) {
            *count += region.windows(bytes.len()).filter(|window| window == bytes).count();
        }
    }
    Some(found)
}

/// Shares, and the key that they are of, are in the memory of the recovering server and not in that of the one
/// that works then, nor in that of the one that has made them.
#[tokio::test(flavor = "multi_thread")]
async fn no_share_stays_in_the_memory_of_a_server() {
    let (mut scene, server) = Scene::new().await;
    let server = scene.make(server, None).await.unwrap();
    let held = scene.held.last().unwrap().clone();
    let of_shares = held.shares[..2].iter().map(crypto_share);
    let key = aecs_crypto::shares::combine(&of_shares.collect::<Vec<_>>()).unwrap();
    let wanted: Vec<Vec<u8>> =
        held.shares[..2].iter().map(|it| it.share.clone()).chain([key.to_vec()]).collect();
    let Some(found) = in_memory_of(server.id(), &wanted) else {
        eprintln!("skipped: the memory of the server cannot be read");
        return;
    };
    assert_eq!(found, [0, 0, 0], "two shares and the key, in the server that has made them");
    drop(server);

    let home = scene.lost_machine();
    let server = home.start(&["--recover"]);
    for share in &held.shares[..2] {
        submit(&scene.way(&server), copy(share)).await.unwrap();
    }
    let found = in_memory_of(server.id(), &wanted).unwrap();
    assert!(found[0] > 0 && found[1] > 0, "the search finds what is there: {found:?}");
    let admin = scene.admin(&server, true).await;
    admin.finish_recovery(&shown(&admin).await).await.unwrap();
    // A status of before may still have the former node.
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let found = in_memory_of(server.id(), &wanted).unwrap();
        if found == [0, 0, 0] {
            break;
        }
        assert!(Instant::now() < end, "two shares and the key stay: {found:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn crypto_share(share: &Share) -> aecs_crypto::shares::Share {
    let number = u8::try_from(share.label.as_ref().unwrap().number).unwrap();
    let bytes = Zeroizing::new(share.share.clone().try_into().unwrap());
    aecs_crypto::shares::Share { number, bytes }
}
