//! What a trusted application can ask for.

use std::ffi::OsString;
use std::path::PathBuf;

use aecs_client::TRUSTED_APPLICATIONS;
use clap::{Args, Subcommand};

use super::exec::OnChange;
use super::reference::{Assignment, Reference};
use crate::given::{Optional, PolicyFile, Required, Secret, SecretPrefix};
use crate::names::Prefix;
use crate::transit::Transit;

/// A command of `aecs_client_cli`. The names and flags are those of AECS 2.0.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Command {
    /// Get a secret: of a service, or without --service one that this application created
    Get {
        /// Which secret.
        #[command(flatten)]
        secret: SecretOfService,
        /// File to write the secret to, with mode 0600; `-` is standard output
        #[arg(long, value_name = "FILE")]
        output: Place,
        /// Policy file: refuse the secret if its stored policy admits anybody whom this file does
        /// not admit
        #[arg(long, value_name = "YAML")]
        policy: Option<PathBuf>,
        /// Version of the secret, from 1; without it, the current one
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
        /// Only this part of the secret: `private-key`, `public-key`, `certificate`, `root`, `hex`,
        /// `bytes`, a key of configurations, or a member of a JSON object
        #[arg(long, value_name = "FIELD")]
        field: Option<String>,
    },
    /// List the secrets that this application can get now
    List {
        /// The beginning of the names.
        #[command(flatten)]
        prefix: Optional<SecretPrefix>,
        /// Their service.
        #[command(flatten)]
        service: OfService,
    },
    /// Wait until the server works and this application can get the secrets
    Wait {
        /// The secrets: [SERVICE/]SECRET
        #[arg(value_name = "SECRET")]
        secrets: Vec<Reference>,
        /// Their service.
        #[command(flatten)]
        service: OfService,
        /// Seconds to wait at most
        #[arg(
            long = "for", value_name = "SECONDS", default_value_t = 300,
            value_parser = clap::value_parser!(u64).range(1..=86400)
        )]
        within: u64,
    },
    /// Run a program with secrets in its environment and in files in memory
    #[command(after_help = EXEC_HELP)]
    Exec(ExecArgs),
    /// Fill a template with secrets: {{ secret "NAME" }} and {{ secret "NAME" "FIELD" }}
    Template {
        /// The template; `-` is standard input
        #[arg(value_name = "FILE")]
        template: PathBuf,
        /// File to write to, with mode 0600; `-` is standard output
        #[arg(long, value_name = "FILE")]
        output: Place,
        /// Their service.
        #[command(flatten)]
        service: OfService,
    },
    /// Use a key of a service that stays in the server: encrypt, decrypt, sign, verify and more
    Transit {
        /// Name of the service that the key belongs to
        #[arg(
            long,
            global = true,
            value_name = "SERVICE",
            env = "AECS_SERVICE",
            default_value = "",
            hide_default_value = true
        )]
        service: Prefix,
        /// What to do with it.
        #[command(subcommand)]
        operation: Transit,
    },
    /// Get the public part of a secret; needs no enclave
    #[command(name = "getpub", visible_alias = "get-public")]
    GetPublic {
        /// Which secret.
        #[command(flatten)]
        secret: SecretOfService,
        /// File for the public part; `-` is standard output
        #[arg(long, value_name = "FILE", default_value = "-")]
        output: Place,
    },
    /// Create secrets that only this application can get
    Create {
        /// The file that describes them.
        #[command(flatten)]
        policy: Required<PolicyFile>,
        /// Bind the secrets to the signer, product and version of this application, so that its
        /// successors get them too, instead of to its exact measurement
        #[arg(long)]
        bind_to_signer: bool,
    },
    /// Destroy a secret that this application created
    Destroy {
        /// Name of the secret.
        #[command(flatten)]
        secret: Required<Secret>,
    },
}

const EXEC_HELP: &str = "\
A file of --file is in a folder in memory that only this user can look into: in $XDG_RUNTIME_DIR, \
/dev/shm or /run, whichever is a tmpfs. It goes when the program has ended. If aecs_client_cli itself \
is killed with SIGKILL, it stays until the machine is restarted, and the program goes on, unless it is in a systemd service or \
a container that ends with aecs_client_cli; to end it elsewhere, too, run it by `setpriv --pdeathsig TERM` of util-linux.

SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 are passed on. The exit code is the program's, \
128 and the number of the signal that ended it, 127 if it is not there, or 126 if it cannot be run.

Example:
  aecs_client_cli exec --service shop --env DB_PASSWORD=db:password --file TLS_KEY=tls:private-key \
--on-change SIGHUP -- /usr/bin/shop --port 443";

/// What `exec` runs, with which secrets.
#[derive(Args, Debug, PartialEq)]
pub struct ExecArgs {
    /// Give the program this environment variable with a secret, or a part of it
    #[arg(long, value_name = "NAME=[SERVICE/]SECRET[:FIELD]")]
    pub env: Vec<Assignment>,
    /// Write a secret, or a part of it, to a file in memory, and give the program its path in this
    /// environment variable
    #[arg(long, value_name = "NAME=[SERVICE/]SECRET[:FIELD]")]
    pub file: Vec<Assignment>,
    /// What to do when a secret has another version: `ignore`, `restart` the program, or write the
    /// files and send a signal (SIGHUP, SIGUSR1, SIGUSR2)
    #[arg(long, value_name = "ACTION", default_value = "ignore")]
    pub on_change: OnChange,
    /// Seconds between two questions for other versions, at most; each pause is shortened at random,
    /// down to half. If the server tells of a change, the question comes within a second
    #[arg(
        long, value_name = "SECONDS", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=86400)
    )]
    pub every: u64,
    /// Seconds that the program has to end, before it is killed to be started again
    #[arg(
        long, value_name = "SECONDS", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(0..=3600)
    )]
    pub grace: u64,
    /// The service of the secrets.
    #[command(flatten)]
    pub of: OfService,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<OsString>,
}

/// The service of secrets that are named without one.
#[derive(Args, Debug, PartialEq)]
pub struct OfService {
    /// Name of the service that the secrets belong to; without it, those that this application
    /// created
    #[arg(
        long,
        value_name = "SERVICE",
        env = "AECS_SERVICE",
        default_value = "",
        hide_default_value = true
    )]
    pub service: Prefix,
}

/// The name of a service; without one, that of the secrets of trusted applications.
pub(super) fn service_or_own(service: &Prefix) -> &str {
    match service.as_str() {
        "" => TRUSTED_APPLICATIONS,
        service => service,
    }
}

/// A secret, and the service it belongs to.
#[derive(Args, Debug, PartialEq)]
pub struct SecretOfService {
    /// Name of the secret.
    #[command(flatten)]
    pub secret: Required<Secret>,
    /// Its service.
    #[command(flatten)]
    pub of: OfService,
}

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `-`
    StandardOutput,
    /// A file.
    File(PathBuf),
}

impl From<String> for Place {
    fn from(text: String) -> Self {
        if text == "-" { Self::StandardOutput } else { Self::File(text.into()) }
    }
}
