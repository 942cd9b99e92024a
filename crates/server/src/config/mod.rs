//! Configuration: from files, the environment and flags to typed settings.
//!
//! The way of a value: a file (`file.rs`) and the other layers (`layers.rs`) give it as text with
//! its source, its row (`table.rs`) gives it a type, [`Config`] gives it a meaning. Invariant: a
//! [`Config`] exists only if every text of every key could be read and nothing required is missing.

mod collateral;
mod file;
mod key;
mod kind;
mod layers;
mod nearest;
mod problem;
mod reference;
mod report;
mod store;
mod table;
mod tree;
mod trust;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aecs_attest::{Platform, SealingRules, SnpMinimum, TcbEvaluation, TcbStatus, files};
use aecs_core::{AdminConfig, Aecs20, Appointing, Compat, Quotas, Restart, TaRule, TrustSettings};
use aecs_crypto::{PasswordVerifier, PublicKey, Suite};

pub use self::{
    collateral::CollateralConfig,
    file::MAX_FILE_BYTES,
    key::{Scope, Spec},
    kind::{PlatformKind, RootSource, ServiceAddress, SimulatedTee, StorePlace},
    layers::{Flags, Settings, Source, Variables},
    problem::{ConfigError, Problem},
    reference::reference,
    report::Report,
    store::StoreConfig,
    table::ALL,
    trust::ReadFile,
};
use self::{key::Key, layers::Setting};
use crate::{
    audit_log::AuditOptions,
    logs::LogConfig,
    serve::{Limits, TlsFiles},
};

/// Where a configuration is looked for when `--config` names none, in this order.
pub const SEARCH: [&str; 2] = ["aecs_server.json", "/etc/kubetee/aecs_server.json"];

/// Everything that can be configured, checked and typed.
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Mutual TLS, or `None` for plain TCP.
    pub tls: Option<TlsFiles>,
    /// The AECS administrator.
    pub admin: AdminConfig,
    /// Folder of the server's own files.
    pub data_dir: PathBuf,
    /// Where records are kept.
    pub store: StoreConfig,
    /// How old what a request is answered from may be.
    pub max_staleness: Duration,
    /// File of the sealed identity, if it is kept.
    pub identity_file: Option<PathBuf>,
    /// File of the audit log.
    pub audit_file: PathBuf,
    /// How large the audit log may become, and where it goes then.
    pub audit: AuditOptions,
    /// The oldest file of a full audit log may be removed although nothing else has it.
    pub audit_drop_oldest: bool,
    /// Suites of the server's identities.
    pub suites: Vec<Suite>,
    /// When the server works again without a human.
    pub restart: Restart,
    /// Which custodians can set an administrator.
    pub appointing: Appointing,
    /// What AECS 2.0 clients may do.
    pub compat: Compat,
    /// Evidence: our own and that of others.
    pub attestation: AttestationConfig,
    /// How much the server keeps.
    pub quotas: Quotas,
    /// Who may create secrets as a trusted application.
    pub ta_secrets: Vec<TaRule>,
    /// How much the server takes on at once.
    pub limits: Limits,
    /// Bytes for the sessions of applications.
    pub session_bytes: usize,
    /// Bytes for data that administrators of services send in parts.
    pub upload_bytes: usize,
    /// Applications that may wait for changes at the same time.
    pub watchers: usize,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// Evidence: what proves this server's identity, and what is believed of others.
pub struct AttestationConfig {
    /// What makes this server's reports.
    pub platform: PlatformKind,
    /// Add the event log to reports of TDX.
    pub event_log: bool,
    /// Roots to trust beside those of the vendors.
    pub roots: Vec<(Platform, RootSource)>,
    /// The software CPU and the enclave it simulates.
    pub simulation: SimulationConfig,
    /// File of a simulated root to trust in addition to the real ones.
    pub simulated_root: Option<RootSource>,
    /// TCB statuses accepted without a policy's say.
    pub accepted_tcb_statuses: BTreeSet<TcbStatus>,
    /// Age at which collateral is refused that has not expired.
    pub max_collateral_age: Option<Duration>,
    /// Which TCB evaluation numbers count in Intel's collateral.
    pub tcb_evaluation: TcbEvaluation,
    /// Minimum TCBs of SEV-SNP platforms, in place of those that are built in.
    pub snp_minimum_tcb: Vec<SnpMinimum>,
    /// Believe SEV-SNP reports without a revocation list.
    pub insecure_no_revocation_list: bool,
    /// Bytes of verified reports that are remembered.
    pub remembered_report_bytes: usize,
    /// Believe unsigned reports of AECS 2.0's simulation.
    pub insecure_aecs20_simulation: bool,
    /// Under which conditions the identity is sealed.
    pub sealing: SealingRules,
    /// Where the collateral of reports comes from that bring none.
    pub collateral: CollateralConfig,
}

impl AttestationConfig {
    /// Whether platforms with known weaknesses are let in without a policy's say.
    fn is_lax(&self) -> bool {
        self.accepted_tcb_statuses.iter().any(|status| *status != TcbStatus::UpToDate)
    }
}

/// The simulated enclave that this server plays.
pub struct SimulationConfig {
    /// Folder of the software CPU.
    pub dir: PathBuf,
    /// What it plays.
    pub tee: SimulatedTee,
    /// `None`: measure the program's own file.
    pub mrenclave: Option<[u8; 32]>,
    /// Hash of the signer's key.
    pub mrsigner: [u8; 32],
    /// ISVPRODID.
    pub prod_id: u16,
    /// ISVSVN.
    pub svn: u16,
    /// A debug enclave.
    pub debug: bool,
}

/// Gathers the settings of all layers. Also returns notes: what has no effect, and what looks
/// like a mistake.
///
/// # Errors
/// The file cannot be read or has a key that does not exist.
pub fn gather(
    flags: &Flags,
    variables: &Variables,
) -> Result<(Settings, Vec<String>), ConfigError> {
    let file = flags.config_file.clone().or_else(|| {
        let found = SEARCH.iter().map(Path::new).find(|path| path.try_exists().unwrap_or(true));
        found.map(Path::to_owned)
    });
    let (settings, mut notes) = Settings::gather(file.as_deref(), flags, variables)?;
    for spec in ALL {
        if let (Some(why), Some(Setting { text: Some(_), source })) =
            (spec.obsolete, settings.of(spec))
        {
            notes.push(format!("{source}: {} has no effect: {why}", spec.name));
        }
    }
    Ok((settings, notes))
}

impl Config {
    /// Types and checks all settings.
    ///
    /// # Errors
    /// Every value that cannot be read, everything that is missing or does not fit together.
    pub fn new(settings: &Settings) -> Result<Self, ConfigError> {
        let mut problems = problems(settings);
        problems.extend(missing(settings));
        ConfigError::check(problems)?;
        Self::from_checked(settings).map_err(ConfigError::from)
    }

    /// Judges `file`, which is not on this machine, as the next start of the server with it would:
    /// every value, and how they fit together. `trust` is what it says about trust. No file is
    /// opened that it names.
    ///
    /// # Errors
    /// Everything that is wrong, with its line in the file.
    pub fn of_file(
        host: &Settings,
        file: &Settings,
        trust: &TrustSettings,
    ) -> Result<Self, ConfigError> {
        Self::new(&host.with_file(file, trust)?)
    }

    fn from_checked(settings: &Settings) -> Result<Self, Problem> {
        refuse_root_server(settings)?;
        let need_tls = need(settings, &table::RPC_SSL_SECURE)?;
        let keep_identity = need(settings, &table::IDENTITY_CACHE)?;
        Ok(Self {
            listen: SocketAddr::new(
                need(settings, &table::RPC_ADDRESS)?,
                need(settings, &table::RPC_PORT)?,
            ),
            tls: need_tls.then(|| tls_files(settings)).transpose()?,
            admin: AdminConfig {
                public_key: admin_key(settings)?,
                password: admin_password(settings)?.map(Arc::new),
            },
            data_dir: need(settings, &table::DATA_DIR)?,
            store: store::read(settings)?,
            max_staleness: need(settings, &table::STORE_MAX_STALENESS)?,
            identity_file: keep_identity
                .then(|| need(settings, &table::IDENTITY_CACHE_FILE))
                .transpose()?,
            audit_file: need(settings, &table::AUDIT_FILE)?,
            audit: audit(settings)?,
            audit_drop_oldest: need(settings, &table::AUDIT_DROP_OLDEST)?,
            suites: with_modern(need(settings, &table::IDENTITY_SUITES)?),
            restart: need(settings, &table::RESTART)?,
            appointing: need(settings, &table::RECOVERY_APPOINTING)?,
            compat: compat(settings)?,
            attestation: attestation(settings)?,
            quotas: Quotas {
                services: need(settings, &table::QUOTA_SERVICES)?,
                secrets_per_service: need(settings, &table::QUOTA_SECRETS)?,
                ta_secrets: need(settings, &table::QUOTA_TA_SECRETS)?,
                ta_secrets_per_rule: need(settings, &table::QUOTA_TA_SECRETS_EACH)?,
                data_bytes: need(settings, &table::QUOTA_DATA)?,
                bytes_per_service: need(settings, &table::QUOTA_BYTES)?,
            },
            ta_secrets: settings.value(&table::TA_SECRETS_POLICY)?.unwrap_or_default(),
            limits: Limits {
                max_message_bytes: need(settings, &table::LIMIT_MESSAGE)?,
                max_connections: need(settings, &table::LIMIT_CONNECTIONS)?,
                max_concurrent_requests: need(settings, &table::LIMIT_REQUESTS)?,
                max_buffered_bytes: need(settings, &table::LIMIT_BUFFERED)?,
                receive_timeout: need(settings, &table::LIMIT_RECEIVE_TIME)?,
                request_timeout: need(settings, &table::LIMIT_REQUEST_TIME)?,
                handshake_timeout: need(settings, &table::LIMIT_HANDSHAKE_TIME)?,
                idle_timeout: need(settings, &table::LIMIT_IDLE_TIME)?,
                drain_timeout: need(settings, &table::LIMIT_DRAIN_TIME)?,
            },
            session_bytes: need(settings, &table::LIMIT_SESSIONS)?,
            upload_bytes: need(settings, &table::LIMIT_UPLOADS)?,
            watchers: need(settings, &table::LIMIT_WATCHERS)?,
            log: LogConfig {
                format: need(settings, &table::LOG_FORMAT)?,
                level: need(settings, &table::LOG_LEVEL)?,
            },
        })
    }

    /// Names of the keys that make the server accept more than real hardware proves, or release
    /// secrets to what the hardware does not protect. The status tells them.
    pub fn insecure(&self) -> Vec<String> {
        let attestation = &self.attestation;
        let keys = [
            (attestation.insecure_aecs20_simulation, &table::INSECURE_AECS20_SIMULATION.spec),
            (self.compat.insecure_aecs20_debug, &table::COMPAT_DEBUG.spec),
            (attestation.insecure_no_revocation_list, &table::INSECURE_NO_REVOCATION_LIST.spec),
            (attestation.simulated_root.is_some(), &table::SIMULATED_ROOT.spec),
            (!attestation.roots.is_empty(), &table::ROOTS.spec),
            (attestation.is_lax(), &table::ACCEPTED_TCB_STATUSES.spec),
            (self.audit_drop_oldest, &table::AUDIT_DROP_OLDEST.spec),
        ];
        keys.into_iter().filter(|(on, _)| *on).map(|(_, spec)| spec.name.to_owned()).collect()
    }

    /// What an operator should know is unsafe about this configuration, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let attestation = &self.attestation;
        let plain_network = self.tls.is_none() && !self.listen.ip().is_loopback();
        let forgetful = self.identity_file.is_none() && !self.store.is_memory();
        let cases = [
            (
                attestation.platform == PlatformKind::Simulation,
                "attestation.platform is simulation: a software CPU protects nothing; use it for \
                 tests and development only",
            ),
            (
                attestation.insecure_aecs20_simulation,
                "attestation.insecure_aecs20_simulation is on: the server accepts the reports of \
                 AECS 2.0's simulation, which anybody can forge",
            ),
            (
                self.compat.insecure_aecs20_debug,
                "compat.insecure_aecs20_debug is on: AECS 2.0 applications in debug enclaves get \
                 secrets, and the host can read the memory of a debug enclave",
            ),
            (
                attestation.insecure_no_revocation_list,
                "attestation.insecure_no_revocation_list is on: the server accepts an SEV-SNP \
                 report whose key is revoked if the report leaves the revocation list out",
            ),
            (
                attestation.simulated_root.is_some(),
                "attestation.simulated_root is set: the server accepts reports of that software CPU",
            ),
            (
                !attestation.roots.is_empty(),
                "attestation.roots is set: the holders of the keys of these roots can forge the \
                 evidence of any TEE of their platforms",
            ),
            (
                attestation.simulation.debug,
                "attestation.simulation.debug is on: this server reports itself as a debug enclave",
            ),
            (
                attestation.collateral.is_plain(),
                "attestation.collateral names a service without TLS: an attacker on the network can \
                 withhold revocations for as long as the last list is valid",
            ),
            (
                attestation.collateral.has_idle_keys(),
                "attestation.collateral.ca_path and attestation.collateral.proxy have no effect: no \
                 service is set (attestation.collateral.intel, amd, hygon, nvidia_ocsp, \
                 nvidia_rim)",
            ),
            (
                attestation.is_lax(),
                "attestation.accepted_tcb_statuses lets platforms with known weaknesses in",
            ),
            (
                self.audit_drop_oldest,
                "audit.insecure_drop_oldest is on: an attacker who makes the audit log grow can \
                 remove older entries from it",
            ),
            (
                self.compat.aecs20 == Aecs20::ReadOnly,
                "compat.aecs20 is read_only: an attacker can replay recorded requests of AECS 2.0 \
                 applications",
            ),
            (
                self.compat.aecs20 == Aecs20::Allow,
                "compat.aecs20 is allow: an attacker on the network can turn an administrator's \
                 AECS 2.0 request into another one",
            ),
            (
                plain_network,
                "aecs_rpc_ssl_secure is disable and the server listens on the network: anybody \
                 there can reach it",
            ),
            (
                !self.max_staleness.is_zero(),
                "store.max_staleness_ms is not 0: for that time, other servers answer as if a secret \
                 had not been destroyed and an administrator had not been removed",
            ),
            (
                self.store.is_memory(),
                "aecs_store is memory: the server loses all records when it stops",
            ),
            (
                forgetful,
                "aecs_identity_keypair_cache is disable: after a restart the identity must come from \
                 a backup, or all secrets are lost",
            ),
        ];
        let fixed =
            cases.into_iter().filter(|(applies, _)| *applies).map(|(_, text)| text.to_owned());
        let idle = self.store.idle_keys().map(|(keys, why)| {
            let verb = if keys.len() == 1 { "has" } else { "have" };
            format!("{} {verb} no effect: {why}", keys.join(", "))
        });
        fixed.chain(idle).collect()
    }
}

/// Every value of `settings` that cannot be used, whatever else is missing.
///
/// # Errors
/// Everything that is wrong.
pub fn check_values(settings: &Settings) -> Result<(), ConfigError> {
    ConfigError::check(problems(settings))
}

/// Values of a wrong type, and keys that exclude each other.
fn problems(settings: &Settings) -> Vec<Problem> {
    let mut problems = table::problems(settings);
    for (spec, other) in ALTERNATIVES {
        let set = |spec| settings.of(spec).filter(|setting: &&Setting| setting.text.is_some());
        if let (Some(_), Some(Setting { source, .. })) = (set(spec), set(other)) {
            let what = format!("both {} and {} are set", spec.name, other.name);
            problems.push(Problem::new(what).at(source).remedy("remove one of the two"));
        }
    }
    problems
}

/// Keys that give the same value in two ways.
static ALTERNATIVES: [(&Spec, &Spec); 3] = [
    (&table::ADMIN_PUBKEY.spec, &table::ADMIN_PUBKEY_FILE.spec),
    (&table::ADMIN_PASSWORD_HASH.spec, &table::ADMIN_PASSWORD_HASH_FILE.spec),
    (&table::STORE_PASSWORD.spec, &table::STORE_PASSWORD_FILE.spec),
];

/// Required keys without a value.
fn missing(settings: &Settings) -> Vec<Problem> {
    let is_set = |spec: &Spec| settings.of(spec).is_some_and(|setting| setting.text.is_some());
    let looked = match &settings.file {
        Some(file) => format!("set it in {}", file.display()),
        None => format!(
            "no configuration file was found ({}): name one with --config",
            SEARCH.join(", ")
        ),
    };
    let mut problems = Vec::new();
    if !is_set(&table::ADMIN_PUBKEY.spec) && !is_set(&table::ADMIN_PUBKEY_FILE.spec) {
        let what = "the key of the AECS administrator is missing: neither aecs_admin_pubkey nor \
                    aecs_admin_pubkey_file is set";
        problems.push(Problem::new(what).remedy(format!("{looked}, or use --admin-pubkey-file")));
    }
    if !is_set(&table::PLATFORM.spec) {
        let what = "attestation.platform is not set: the server must know what proves its identity";
        let remedy = format!(
            "{looked}, or use --attestation-platform (auto finds the TEE, simulation needs none)"
        );
        problems.push(Problem::new(what).remedy(remedy));
    }
    problems
}

/// The value of a key that has one by default or was found not to be missing.
fn need<T>(settings: &Settings, key: &Key<T>) -> Result<T, Problem> {
    settings.value(key)?.ok_or_else(|| Problem::new(format!("{} is not set", key.spec.name)))
}

/// Starting with an identity of one's own when the operator asked for that of another server
/// would look like success and be none.
fn refuse_root_server(settings: &Settings) -> Result<(), Problem> {
    match settings.of(&table::RPC_REMOTE_SERVER.spec) {
        Some(Setting { text: Some(_), source }) => {
            let what = "aecs_rpc_remote_server is set, but taking the identity from a root server \
                        is not supported";
            Err(Problem::new(what).at(source).remedy(
                "leave it empty, start, and let the administrator provision this server with the \
                 host name of an identity backup",
            ))
        }
        _ => Ok(()),
    }
}

fn tls_files(settings: &Settings) -> Result<TlsFiles, Problem> {
    Ok(TlsFiles {
        ca: need(settings, &table::RPC_CA_PATH)?,
        certificate: need(settings, &table::RPC_CERT_PATH)?,
        key: need(settings, &table::RPC_KEY_PATH)?,
    })
}

fn admin_key(settings: &Settings) -> Result<PublicKey, Problem> {
    let inline = settings.value(&table::ADMIN_PUBKEY)?;
    let file = read_value(settings, &table::ADMIN_PUBKEY_FILE, kind::public_key)?;
    inline.or(file).ok_or_else(|| Problem::new("the key of the AECS administrator is missing"))
}

fn admin_password(settings: &Settings) -> Result<Option<PasswordVerifier>, Problem> {
    let inline = settings.value(&table::ADMIN_PASSWORD_HASH)?;
    let file = read_value(settings, &table::ADMIN_PASSWORD_HASH_FILE, |text| {
        (kind::PASSWORD.parse)(text.trim())
    })?;
    Ok(inline.or(file))
}

/// The value in the file that a key names.
fn read_value<T>(
    settings: &Settings,
    key: &Key<PathBuf>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Problem> {
    let Some(path) = settings.value(key)? else { return Ok(None) };
    let problem = |what: String| {
        let problem = Problem::new(format!("{}: {} {what}", key.spec.name, path.display()));
        match settings.of(&key.spec) {
            Some(setting) => problem.at(&setting.source),
            None => problem,
        }
    };
    let text = files::read_text(&path, MAX_FILE_BYTES)
        .map_err(|error| problem(format!("cannot be read: {error}")))?;
    parse(&text).map(Some).map_err(problem)
}

fn with_modern(mut suites: Vec<Suite>) -> Vec<Suite> {
    if !suites.contains(&Suite::Modern) {
        suites.insert(0, Suite::Modern);
    }
    suites
}

fn compat(settings: &Settings) -> Result<Compat, Problem> {
    let compat = Compat {
        aecs20: need(settings, &table::COMPAT_AECS20)?,
        aecs20_suite: need(settings, &table::COMPAT_SUITE)?,
        insecure_aecs20_debug: need(settings, &table::COMPAT_DEBUG)?,
    };
    let suites = need(settings, &table::IDENTITY_SUITES)?;
    if compat.aecs20 != Aecs20::Deny && !suites.contains(&compat.aecs20_suite) {
        let what = format!(
            "compat.aecs20_suite is {}, but identity.suites has no such identity",
            compat.aecs20_suite
        );
        return Err(Problem::new(what).remedy("add the suite to identity.suites"));
    }
    Ok(compat)
}

fn audit(settings: &Settings) -> Result<AuditOptions, Problem> {
    let options = AuditOptions {
        segment_bytes: need(settings, &table::AUDIT_SEGMENT)?,
        max_bytes: need(settings, &table::AUDIT_MAX)?,
        sink: settings.value(&table::AUDIT_SINK)?,
    };
    if options.max_bytes / 4 < options.segment_bytes {
        let what = format!(
            "audit.max_bytes is {}, which is not room for four files of audit.segment_bytes ({})",
            options.max_bytes, options.segment_bytes
        );
        return Err(Problem::new(what).remedy("raise audit.max_bytes or lower audit.segment_bytes"));
    }
    Ok(options)
}

fn attestation(settings: &Settings) -> Result<AttestationConfig, Problem> {
    Ok(AttestationConfig {
        platform: need(settings, &table::PLATFORM)?,
        event_log: need(settings, &table::EVENT_LOG)?,
        roots: settings.value(&table::ROOTS)?.unwrap_or_default(),
        simulation: SimulationConfig {
            dir: need(settings, &table::SIMULATION_DIR)?,
            tee: need(settings, &table::SIMULATION_TEE)?,
            mrenclave: settings.value(&table::SIMULATION_MRENCLAVE)?,
            mrsigner: need(settings, &table::SIMULATION_MRSIGNER)?,
            prod_id: need(settings, &table::SIMULATION_PROD_ID)?,
            svn: need(settings, &table::SIMULATION_SVN)?,
            debug: need(settings, &table::SIMULATION_DEBUG)?,
        },
        simulated_root: settings.value(&table::SIMULATED_ROOT)?,
        accepted_tcb_statuses: need(settings, &table::ACCEPTED_TCB_STATUSES)?,
        max_collateral_age: settings.value(&table::MAX_COLLATERAL_AGE)?,
        tcb_evaluation: need(settings, &table::TCB_EVALUATION)?,
        snp_minimum_tcb: settings.value(&table::SNP_MINIMUM_TCB)?.unwrap_or_default(),
        insecure_no_revocation_list: need(settings, &table::INSECURE_NO_REVOCATION_LIST)?,
        insecure_aecs20_simulation: need(settings, &table::INSECURE_AECS20_SIMULATION)?,
        remembered_report_bytes: need(settings, &table::LIMIT_REPORTS)?,
        sealing: SealingRules {
            sgx: need(settings, &table::SEALING_SGX)?,
            snp_measurement: need(settings, &table::SEALING_SNP)?,
            ..SealingRules::server()
        },
        collateral: collateral::read(settings)?,
    })
}
