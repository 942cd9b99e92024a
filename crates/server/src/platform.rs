//! The hardware, or software in its place: evidence, sealing, and the verifier of others.

use std::sync::Arc;

use aecs_attest::{
    Attester, CollateralSource, Host, Opened, Sealing, SealingRules, Seals, Tee, Verifier,
    VerifierBuilder, files, inline,
};
use parking_lot::Mutex;

use crate::{
    config::{AttestationConfig, MAX_FILE_BYTES, PlatformKind, RootSource},
    exit::{Exit, Failure},
};

/// What the core needs of a platform.
pub struct Platform {
    /// Makes the server's own reports.
    pub attester: Arc<dyn Attester>,
    /// Seals the identity under the rules of the trust settings, where there is something to seal
    /// with.
    pub sealing: Arc<dyn Seals>,
}

/// What verifies the reports of others, and the server's own.
pub struct Verification {
    /// The verifier.
    pub verifier: Arc<Verifier>,
    /// The roots that the settings trust beside the vendors': key, platform and SHA-256 of the
    /// root. The holders of their keys can be any TEE of that platform.
    pub roots: Vec<String>,
}

/// Opens the configured platform, with a source of endorsements for its reports.
///
/// # Errors
/// It is not there, or this program was built without it.
pub fn open(
    config: &AttestationConfig,
    collateral: Option<Arc<dyn CollateralSource>>,
) -> Result<Platform, Failure> {
    open_on(config, Host::new(), collateral)
}

/// The same on a given machine.
///
/// # Errors
/// Those of [`open`].
pub fn open_on(
    config: &AttestationConfig,
    host: Host,
    collateral: Option<Arc<dyn CollateralSource>>,
) -> Result<Platform, Failure> {
    match config.platform {
        PlatformKind::Simulation => simulation::open(config),
        PlatformKind::Auto | PlatformKind::Tee(_) => open_host(config, host, collateral),
    }
}

/// Opens the TEE that a machine has.
fn open_host(
    config: &AttestationConfig,
    host: Host,
    collateral: Option<Arc<dyn CollateralSource>>,
) -> Result<Platform, Failure> {
    let host = match collateral {
        Some(source) => host.collateral(source),
        None => host,
    };
    let host = host.event_log(config.event_log);
    let tee = open_tee(config, &host)?;
    let sealing = Arc::new(SealingOf { host, tee: tee.tee, known: Mutex::default() });
    Ok(Platform { attester: tee.attester, sealing })
}

/// What a TEE has to seal with. The rules are those of the record in force: what the host's file
/// says about them is not asked here.
struct SealingOf {
    host: Host,
    tee: Tee,
    /// What was found under some rules: the device is asked once for each.
    known: Mutex<Vec<(SealingRules, Sealing)>>,
}

impl Seals for SealingOf {
    fn opening(&self) -> Sealing {
        self.under(&SealingRules::opening())
    }

    fn under(&self, rules: &SealingRules) -> Sealing {
        let mut known = self.known.lock();
        if let Some((_, sealing)) = known.iter().find(|(of, _)| of == rules) {
            return sealing.clone();
        }
        match self.host.clone().sealing(*rules).open(Some(self.tee)) {
            Ok(opened) => {
                known.push((*rules, opened.sealing.clone()));
                opened.sealing
            }
            Err(error) => Sealing::Unavailable { reason: error.to_string() },
        }
    }
}

/// The verifier that the trust settings in `config` ask for, with a source of endorsements that
/// evidence does not bring.
///
/// # Errors
/// A root cannot be read or used.
pub fn verification(
    config: &AttestationConfig,
    collateral: Option<Arc<dyn CollateralSource>>,
) -> Result<Verification, Failure> {
    let (mut verifier, roots) = verifier(config)?;
    if let Some(source) = collateral {
        verifier = verifier.collateral(source);
    }
    let verifier = verifier.build().map_err(|error| {
        Failure::new(Exit::Attestation, error).context("the trusted roots are not usable")
    })?;
    Ok(Verification { verifier: Arc::new(verifier), roots })
}

fn open_tee(config: &AttestationConfig, host: &Host) -> Result<Opened, Failure> {
    let wanted = match config.platform {
        PlatformKind::Tee(tee) => Some(tee),
        PlatformKind::Auto | PlatformKind::Simulation => None,
    };
    let context = match wanted {
        Some(tee) => format!("attestation.platform is {tee}: this server cannot prove itself"),
        None => "attestation.platform is auto: this server cannot prove itself (simulation, which \
                 needs no TEE, has to be named)"
            .to_owned(),
    };
    let opened = host
        .open(wanted)
        .map_err(|error| Failure::new(Exit::Attestation, error).context(context))?;
    tracing::info!(
        platform = %opened.tee,
        evidence = %opened.attester.platform(),
        "this server runs in a TEE"
    );
    Ok(opened)
}

/// A root that the configuration trusts beside the vendors'.
struct Configured<'a> {
    key: &'static str,
    /// None for the root of a software CPU.
    platform: Option<aecs_attest::Platform>,
    source: &'a RootSource,
}

impl Configured<'_> {
    /// A verifier that trusts the root, too.
    fn trusted(&self, by: VerifierBuilder, root: Vec<u8>) -> VerifierBuilder {
        match self.platform {
            Some(platform) => by.root(platform, root),
            None => by.simulated_root(root),
        }
    }

    /// The root's bytes, if a verifier can use them.
    fn read(&self) -> Result<Vec<u8>, Failure> {
        let root = read_root(self.key, self.source)?;
        match self.trusted(Verifier::builder(), root.clone()).build() {
            Ok(_) => Ok(root),
            Err(error) => {
                Err(Failure::new(Exit::Usage, error).context(place(self.key, self.source)))
            }
        }
    }
}

/// What the configuration trusts, whatever this server itself runs on, and the roots in it that are
/// not the vendors'.
fn verifier(config: &AttestationConfig) -> Result<(VerifierBuilder, Vec<String>), Failure> {
    let mut verifier = Verifier::builder().vendor_roots();
    let mut roots = Vec::new();
    let platforms = config.roots.iter().map(|(platform, source)| Configured {
        key: "attestation.roots",
        platform: Some(*platform),
        source,
    });
    let simulated = config.simulated_root.iter().map(|source| Configured {
        key: "attestation.simulated_root",
        platform: None,
        source,
    });
    for configured in platforms.chain(simulated) {
        let root = configured.read()?;
        let name = configured.platform.map_or("simulation", |platform| platform.as_str());
        roots.push(format!("{} {name} {}", configured.key, inline::name_of(&root)));
        verifier = configured.trusted(verifier, root);
    }
    if let Some(age) = config.max_collateral_age {
        verifier = verifier.max_collateral_age(age);
    }
    verifier = verifier
        .tcb_evaluation(config.tcb_evaluation)
        .cache(config.remembered_report_bytes, Verifier::CACHE_AGE);
    for minimum in &config.snp_minimum_tcb {
        verifier = verifier.snp_minimum(*minimum);
    }
    if config.insecure_no_revocation_list {
        verifier = verifier.insecure_no_revocation_list();
    }
    if config.insecure_aecs20_simulation {
        verifier = verifier.insecure_aecs20_simulation(simulation::unsigned_quotes()?);
    }
    Ok((verifier, roots))
}

/// A root: the certificate in a PEM file, or the bytes of any other.
fn read_root(key: &str, source: &RootSource) -> Result<Vec<u8>, Failure> {
    let bytes = match source {
        RootSource::Inline(bytes) => bytes.clone(),
        RootSource::File(path) => files::read(path, MAX_FILE_BYTES)
            .map_err(|error| Failure::new(Exit::Usage, error).context(place(key, source)))?,
    };
    inline::root_in(bytes)
        .map_err(|error| Failure::new(Exit::Usage, error).context(place(key, source)))
}

/// Where a root is, for messages.
fn place(key: &str, source: &RootSource) -> String {
    match source {
        RootSource::File(path) => format!("{key}: {}", path.display()),
        RootSource::Inline(bytes) => format!("{key}: {}", inline::shown(&inline::encode(bytes))),
    }
}

#[cfg(feature = "simulation")]
mod simulation {
    use aecs_attest::{Host, Sealing, SealingRules, Seals, UnsignedQuotes};
    use aecs_sim::{Aecs20Quotes, EnclaveIdentity, SimulatedCpu, SimulatedEnclave};

    use super::{Arc, AttestationConfig, Exit, Failure, Platform, open_host};
    use crate::config::{SimulatedTee, SimulationConfig};

    /// The sealing of a simulated enclave.
    struct SealingOf {
        product: u16,
        enclave: Arc<SimulatedEnclave>,
    }

    impl Seals for SealingOf {
        fn opening(&self) -> Sealing {
            self.under(&SealingRules::opening())
        }

        fn under(&self, rules: &SealingRules) -> Sealing {
            rules.of_enclave(self.product, self.enclave.clone())
        }
    }

    pub(super) fn open(config: &AttestationConfig) -> Result<Platform, Failure> {
        let simulation = &config.simulation;
        let cpu = SimulatedCpu::open(&simulation.dir).map_err(|error| {
            Failure::new(Exit::Attestation, error).context(format!(
                "there is no usable software CPU in {}; make one with `aecs-sim create {}`, or \
                 name another folder in attestation.simulation_dir",
                simulation.dir.display(),
                simulation.dir.display()
            ))
        })?;
        let identity = identity(simulation)?;
        if let SimulatedTee::Devices(tee) = simulation.tee {
            let played = cpu.machine(tee, &identity).map_err(|error| {
                Failure::new(Exit::Attestation, error).context("attestation.simulation.tee")
            })?;
            let (machine, source) = played;
            return open_host(config, Host::on(Arc::new(machine)), Some(source));
        }
        let enclave = Arc::new(cpu.enclave(identity));
        let sealing = Arc::new(SealingOf { product: simulation.prod_id, enclave: enclave.clone() });
        Ok(Platform { attester: enclave, sealing })
    }

    /// Who believes the unsigned quotes of AECS 2.0's simulation.
    pub(super) fn unsigned_quotes() -> Result<Arc<dyn UnsignedQuotes>, Failure> {
        Ok(Arc::new(Aecs20Quotes))
    }

    fn identity(simulation: &SimulationConfig) -> Result<EnclaveIdentity, Failure> {
        let mrenclave = match simulation.mrenclave {
            Some(mrenclave) => mrenclave,
            None => measure_program()?,
        };
        Ok(EnclaveIdentity {
            mrenclave,
            mrsigner: simulation.mrsigner,
            prod_id: simulation.prod_id,
            svn: simulation.svn,
            debug: simulation.debug,
        })
    }

    /// What an MRENCLAVE says of an enclave, the hash of its file says of a program.
    fn measure_program() -> Result<[u8; 32], Failure> {
        let failed = |error: anyhow::Error| {
            Failure::new(Exit::Io, error).context("cannot measure the program")
        };
        let program = std::env::current_exe().map_err(|error| failed(error.into()))?;
        let identity =
            EnclaveIdentity::of_program(&program).map_err(|error| failed(error.into()))?;
        Ok(identity.mrenclave)
    }
}

#[cfg(not(feature = "simulation"))]
mod simulation {
    use aecs_attest::UnsignedQuotes;
    use anyhow::anyhow;

    use super::{Arc, AttestationConfig, Exit, Failure, Platform};

    pub(super) fn open(_config: &AttestationConfig) -> Result<Platform, Failure> {
        Err(built_without("attestation.platform is simulation"))
    }

    pub(super) fn unsigned_quotes() -> Result<Arc<dyn UnsignedQuotes>, Failure> {
        Err(built_without("attestation.insecure_aecs20_simulation is true"))
    }

    fn built_without(setting: &str) -> Failure {
        let error = anyhow!(
            "{setting}, but this program was built without simulation (cargo feature `simulation`)"
        );
        Failure::new(Exit::Usage, error)
    }
}
