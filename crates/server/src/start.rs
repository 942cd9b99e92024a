//! From a configuration to a running server.
//!
//! Everything that can go wrong with the surroundings goes wrong in [`prepare`], before the core
//! makes or loads an identity: a server whose port is taken changes nothing.

use std::{
    collections::BTreeMap,
    fs,
    future::Future,
    io,
    net::TcpListener,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use aecs_attest::files;
use aecs_core::{Core, CoreConfig, Environment, IdentityCache, StartError, SystemClock};
use anyhow::anyhow;
use tokio::sync::{mpsc, watch};

use crate::{
    audit_log::{AuditError, AuditLog, Inspection},
    collateral,
    config::{Config, MAX_FILE_BYTES, Settings},
    exit::{Exit, Failure},
    identity_file::IdentityFile,
    platform, process,
    serve::{self, Limits, Tls, TlsFiles, follow_tls, load_tls},
    service::AecsService,
    settings::Reader,
    signals::Hangup,
    store,
};

/// A server that has all it needs.
pub struct Prepared {
    core: CoreConfig,
    environment: Environment,
    store_lost: aecs_store::Lost,
    store_moved: mpsc::UnboundedReceiver<aecs_store::Lost>,
    listener: TcpListener,
    tls: Option<(TlsFiles, Tls)>,
    hangup: Hangup,
    limits: Limits,
    identity_file: Option<PathBuf>,
}

/// Connections that the operating system keeps until they are accepted.
const BACKLOG: i32 = 4096;
/// How often the TLS files are looked at for changes.
const LOOK_AT_TLS: Duration = Duration::from_secs(5);

/// Opens everything the configuration names. `hangup` tells when to look at files again, `recover`
/// that the server waits for recovery shares.
///
/// # Errors
/// Whatever is missing, taken or damaged, with the exit code that says which.
pub async fn prepare(
    settings: Settings,
    config: Config,
    recover: bool,
    hangup: Hangup,
) -> Result<Prepared, Failure> {
    let tls = config.tls.clone().zip(tls(&config)?);
    let collateral =
        collateral::open(&config.attestation.collateral, config.attestation.tcb_evaluation)?;
    let platform = platform::open(&config.attestation, collateral.clone())?;
    let trust = settings.trust(&mut |path| files::read(path, MAX_FILE_BYTES))?;
    let listener = bind(&config)?;
    make_folder(&config.data_dir)?;
    distinct_files(&config)?;
    if recover {
        store::must_exist(&config.store)?;
    }
    let audit = audit(&config, hangup.clone())?;
    let limits = limits(&config);
    let (store, store_lost) = store::open(&config.store).await?;
    let (stores, store_moved) = store::Stores::new(config.store);
    let environment = Environment {
        attester: platform.attester,
        sealing: platform.sealing,
        reader: Arc::new(Reader::new(settings, collateral)),
        audit,
        store,
        stores: Arc::new(stores),
        identity_cache: config
            .identity_file
            .clone()
            .map(|path| Arc::new(IdentityFile::new(path)) as Arc<dyn IdentityCache>),
        clock: Arc::new(SystemClock),
    };
    let core = CoreConfig {
        admin: config.admin,
        settings: trust,
        session_bytes: config.session_bytes,
        upload_bytes: config.upload_bytes,
        watchers: config.watchers,
        recover,
    };
    let identity_file = config.identity_file;
    Ok(Prepared {
        core,
        environment,
        store_lost,
        store_moved,
        listener,
        tls,
        hangup,
        limits,
        identity_file,
    })
}

impl Prepared {
    /// Starts the core and serves it until `shutdown` is ready, or the disk has failed so that only
    /// a new process can go on with the store.
    ///
    /// # Errors
    /// The core does not start: the sealed identity does not open, the store is damaged. The disk
    /// failed.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        let core = Core::start(self.core, self.environment)
            .await
            .map_err(|error| start_failure(error, self.identity_file.as_deref()))?;
        tracing::info!(
            status = core.status(),
            deployment_id = hex::encode_upper(core.deployment_id()),
            "AECS {} is ready",
            env!("CARGO_PKG_VERSION")
        );
        let acceptor = self.tls.map(|(files, tls)| {
            let (sender, acceptor) = watch::channel(tls.acceptor.clone());
            tokio::spawn(follow_tls(files, tls, sender, self.hangup, LOOK_AT_TLS));
            acceptor
        });
        let lost = OnceLock::new();
        let stop = async {
            tokio::select! {
                () = shutdown => {}
                error = store::lost(self.store_lost, self.store_moved) => {
                    tracing::error!(%error, "the server ends: only a new start can mend the store");
                    let _ = lost.set(error);
                }
            }
        };
        let run = async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            serve::run(listener, AecsService::new(core.clone()), acceptor, self.limits, stop).await
        };
        run.await
            .map_err(|error| Failure::new(Exit::Unavailable, error).context("cannot serve"))?;
        if let Err(error) = core.save().await {
            tracing::warn!(%error, "the sealed identity, or what it knows of the audit log, is not up to date");
        }
        lost.into_inner().map_or(Ok(()), |error| Err(store::failure(error)))
    }
}

/// Refuses one path for two of the server's own files, which would destroy each other; also part of
/// `--check-config`.
///
/// # Errors
/// Two of them are one file.
pub fn distinct_files(config: &Config) -> Result<(), Failure> {
    let files = [
        ("the store (aecs_store)", config.store.file().map(Path::to_owned)),
        ("the sealed identity (aecs_identity_keypair_file)", config.identity_file.clone()),
        ("the audit log (aecs_audit_file)", Some(config.audit_file.clone())),
    ];
    let mut places = BTreeMap::new();
    for (what, path) in files {
        let Some(path) = path else { continue };
        if let Some(other) = places.insert(resolved(&path), what) {
            let cause = anyhow!("{other} and {what} must be two files, and both are this path");
            return Err(Failure::new(Exit::Usage, cause).context(path.display().to_string()));
        }
    }
    Ok(())
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let in_folder = || -> io::Result<PathBuf> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
        Ok(folder.join(path.file_name().unwrap_or_default()))
    };
    fs::canonicalize(path).or_else(|_| in_folder()).unwrap_or_else(|_| path.to_owned())
}

/// Makes the store that `config` names, where there is none, of the export in `file`. Returns how
/// many entries it has.
///
/// # Errors
/// There is a store, the export is damaged, or something cannot be read or written.
pub async fn import_store(config: &Config, file: &Path) -> Result<u64, Failure> {
    make_folder(&config.data_dir)?;
    store::import(&config.store, file).await
}

/// Reads the files that the store needs to be reached, and looks at its own file; part of
/// `--check-config`.
///
/// # Errors
/// They cannot be used.
pub fn store(config: &Config) -> Result<(), Failure> {
    store::options(&config.store)?;
    config.store.file().map_or(Ok(()), store::check_file)
}

/// Loads the certificates, if TLS is configured; also part of `--check-config`.
///
/// # Errors
/// They cannot be used.
pub fn tls(config: &Config) -> Result<Option<Tls>, Failure> {
    let Some(files) = &config.tls else { return Ok(None) };
    let tls = load_tls(files).map_err(|error| {
        let key = error.key(files);
        Failure::new(Exit::Usage, error).context(key)
    })?;
    if let Some(warning) = &tls.warning {
        tracing::warn!("{warning}");
    }
    Ok(Some(tls))
}

/// The limits, with as many connections as there can be open files.
fn limits(config: &Config) -> Limits {
    let wanted = config.limits.max_connections;
    let max_connections = process::room_for_connections(wanted);
    if max_connections < wanted {
        tracing::warn!(
            wanted,
            max_connections,
            "limits.max_connections needs more open files than this process may have: raise \
             RLIMIT_NOFILE (LimitNOFILE in systemd, --ulimit nofile in containers)"
        );
    }
    Limits { max_connections, ..config.limits }
}

fn bind(config: &Config) -> Result<TcpListener, Failure> {
    let bind = || {
        let listener = TcpListener::bind(config.listen)?;
        // Connections that wait for a seat wait in this queue.
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|error: io::Error| {
        Failure::new(Exit::Unavailable, error).context(format!(
            "cannot listen on {} (aecs_rpc_address, aecs_rpc_port)",
            config.listen
        ))
    })
}

/// The data folder, readable by its owner only.
fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
        Failure::new(Exit::Io, error)
            .context(format!("cannot create the folder {} (aecs_data_dir)", path.display()))
    })
}

/// Opens the audit log, and begins a new file of it at each SIGHUP.
fn audit(config: &Config, mut hangup: Hangup) -> Result<Arc<AuditLog>, Failure> {
    let path = &config.audit_file;
    let (log, inspection) = AuditLog::open(path, config.audit.clone()).map_err(|error| {
        let exit = match error {
            AuditError::InUse => Exit::Unavailable,
            AuditError::LineTooLong(_) | AuditError::NotALog | AuditError::Io(_) => Exit::Io,
        };
        Failure::new(exit, error).context(format!("audit log {}", path.display()))
    })?;
    let path = path.display();
    let Inspection { entries, broken, unsigned, cut } = inspection;
    match broken {
        Some(place) => tracing::error!(
            %path, place, "the audit log was changed while the server did not run: it does not fit \
             together"
        ),
        None => tracing::info!(%path, entries, "audit log"),
    }
    if unsigned > 0 || cut > 0 {
        tracing::warn!(
            %path, unsigned, cut,
            "the end of the audit log is not signed: the server was stopped by force, or somebody \
             else wrote it; the bytes of an unfinished line were cut off"
        );
    }
    let log = Arc::new(log);
    let weak = Arc::downgrade(&log);
    tokio::spawn(async move {
        loop {
            hangup.next().await;
            let Some(log) = weak.upgrade() else { return };
            tracing::info!("the audit log starts a new file");
            log.rotate();
        }
    });
    Ok(log)
}

fn start_failure(error: StartError, identity_file: Option<&Path>) -> Failure {
    let is_of_file =
        matches!(error, StartError::Cache(_) | StartError::Unseal(_) | StartError::CannotUnseal(_));
    let exit = match error {
        StartError::Cache(_) | StartError::Audit(_) => Exit::Io,
        StartError::Unseal(_) | StartError::CannotUnseal(_) | StartError::Attestation(_) => {
            Exit::Attestation
        }
        StartError::Config(_) => Exit::Usage,
        _ => Exit::Software,
    };
    let remedy = error.remedy();
    let mut failure = Failure::new(exit, error);
    if let Some(remedy) = remedy {
        failure = failure.help(remedy);
    }
    match identity_file.filter(|_| is_of_file) {
        Some(path) => failure.context(format!("{} (aecs_identity_keypair_file)", path.display())),
        None => failure,
    }
}
