//! Which platform an application proves itself on: found by itself, or named.

#[cfg(feature = "simulation")]
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use aecs_attest::{Attester, Host, Tee};
#[cfg(feature = "simulation")]
use aecs_sim::{EnclaveIdentity, SimulatedCpu};

use crate::error::{Error, Result};

/// The platform that an application proves itself on.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum OwnPlatform {
    /// The TEE that this process runs in.
    #[default]
    Auto,
    /// This TEE, and no other.
    Tee(Tee),
    /// A software CPU, which protects nothing: for development and tests.
    #[cfg(feature = "simulation")]
    Simulation {
        /// The folder of the CPU, which `aecs-sim create` makes.
        folder: PathBuf,
        /// Who the enclave on it is.
        identity: EnclaveIdentity,
    },
}

/// Not the name of a TEE.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown platform `{0}`")]
pub struct NotAPlatform(String);

/// `auto`, or the name of a TEE: `gramine`, `occlum`, `tdx`, `sev_snp`, `cca`.
impl FromStr for OwnPlatform {
    type Err = NotAPlatform;

    fn from_str(text: &str) -> std::result::Result<Self, NotAPlatform> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        Tee::named(text).map(Self::Tee).ok_or_else(|| NotAPlatform(text.to_owned()))
    }
}

impl OwnPlatform {
    /// Opens the platform: what makes this application's reports.
    ///
    /// # Errors
    ///
    /// [`Error::NoPlatform`] if it is not there.
    pub fn open(&self) -> Result<Arc<dyn Attester>> {
        self.open_for(Origin::Application)
    }

    /// The same, where `origin` says who chose the application's configuration.
    pub(crate) fn open_for(&self, origin: Origin) -> Result<Arc<dyn Attester>> {
        let unavailable = |error: aecs_attest::Error| Error::NoPlatform(error.into());
        let tee = match self {
            Self::Auto => None,
            Self::Tee(tee) => Some(*tee),
            #[cfg(feature = "simulation")]
            Self::Simulation { folder, identity } => {
                let cpu = SimulatedCpu::open(folder).map_err(unavailable)?;
                return Ok(Arc::new(cpu.enclave(identity.clone())));
            }
        };
        let opened = Host::new().open(tee).map_err(unavailable)?;
        origin.check(opened.tee)?;
        Ok(opened.attester)
    }

    /// What the environment says: `AECS_ATTESTER`, and with the feature `simulation` the folder of a
    /// software CPU in `AECS_SIMULATION_DIR`. The measurement on that CPU is the hash of this
    /// program's file. A host that names another TEE to its enclave gets an error.
    ///
    /// # Errors
    ///
    /// [`Error::Environment`].
    pub fn from_env() -> Result<Self> {
        #[cfg(feature = "simulation")]
        if let Some(folder) = crate::environment::path("AECS_SIMULATION_DIR") {
            return Ok(Self::Simulation { folder, identity: Self::identity_of_this_program()? });
        }
        match crate::environment::text("AECS_ATTESTER")? {
            None => Ok(Self::Auto),
            Some(name) => name.parse().map_err(|error: NotAPlatform| {
                Error::environment("AECS_ATTESTER", error.to_string())
            }),
        }
    }

    /// Refuses in an enclave what environment variables ask for: the host sets them there. Also where an
    /// enclave cannot be ruled out ([`Host::may_be_library_os`]).
    ///
    /// # Errors
    ///
    /// [`Error::Misuse`].
    pub fn environment_may_choose() -> Result<()> {
        environment_may_choose_on(&Host::new())
    }

    /// Who this program is on a software CPU: the hash of its file is the measurement.
    ///
    /// # Errors
    ///
    /// [`Error::NoPlatform`] if the file cannot be read.
    #[cfg(feature = "simulation")]
    pub fn identity_of_this_program() -> Result<EnclaveIdentity> {
        let program = std::env::current_exe().and_then(|path| path.canonicalize());
        let program = program.map_err(|error| Error::NoPlatform(error.into()))?;
        EnclaveIdentity::of_program(&program).map_err(|error| Error::NoPlatform(error.into()))
    }
}

fn environment_may_choose_on(host: &Host) -> Result<()> {
    if host.may_be_library_os() { Err(Error::Misuse(OF_THE_HOST)) } else { Ok(()) }
}

const OF_THE_HOST: &str = "the environment of an enclave is the host's, and this may be one: name a kubeconfig \
                           that is part of the image (`from_kubeconfig`)";

/// Who chose the configuration of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The application.
    Application,
    /// The environment variables of the process, which the host sets in an enclave.
    Environment,
}

impl Origin {
    /// Refuses, in an enclave, what the host chose: the host sets an enclave's environment, and could
    /// name a server of its own.
    fn check(self, tee: Tee) -> Result<()> {
        match (self, tee) {
            (Self::Environment, Tee::Gramine | Tee::Occlum) => Err(Error::Misuse(OF_THE_HOST)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

    use super::*;

    #[test]
    fn platforms_have_the_names_that_the_server_knows() {
        assert!(matches!("auto".parse(), Ok(OwnPlatform::Auto)));
        assert!(matches!("sev_snp".parse(), Ok(OwnPlatform::Tee(Tee::SevSnp))));
        for wrong in ["", "SEV_SNP", "simulation"] {
            assert!(wrong.parse::<OwnPlatform>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn h13_the_host_does_not_configure_an_enclave_by_its_environment() {
        for tee in Tee::ALL {
            let enclave = [Tee::Gramine, Tee::Occlum].contains(&tee);
            assert_eq!(Origin::Environment.check(tee).is_err(), enclave, "{tee}");
            assert!(Origin::Application.check(tee).is_ok(), "{tee}");
        }
    }

    #[test]
    fn h13_the_host_chooses_nothing_where_an_enclave_cannot_be_ruled_out() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::on(Arc::new(aecs_attest::Linux::rooted(folder.path())));
        assert!(environment_may_choose_on(&host).is_ok());
        // Its device answers nothing, so no TEE is found.
        std::fs::create_dir_all(folder.path().join("dev/sgx")).unwrap();
        assert!(host.detect().is_err());
        assert!(environment_may_choose_on(&host).is_err());
    }
}
