//! `aecs_enclave_client`: fetches an application's secrets inside of an enclave and becomes the
//! application.
//!
//! The host starts an enclave and would choose the arguments of a tool in it. So this program takes
//! none but for its help, and no environment either: what it does is in a file that is part of the image, and so of
//! the measurement that the secrets' policies pin. It has none of the switches that give up a
//! check, and prints no secret. On a confidential machine, where nobody but the owner gives
//! arguments, `aecs_client_cli` is the tool.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitCode};

use aecs_attest::{Host, Tee, Verifier};
use aecs_client::TaClient;
use aecs_client::files::kubeconfig::Kubeconfig;
use serde::Deserialize;

use crate::failure::{Exit, Failure, Result, with_causes};
use crate::files::{self, Access};
use crate::output;
use crate::tool::{self, VERSION};

/// What to do.
const COMMAND: &str = "/etc/kubetee/enclave_client.json";
/// Which server to trust.
const SERVER_POLICY: &str = "/etc/kubetee/ta.kubeconfig";
/// Where secrets may be put: memory of the enclave.
const SECRETS: &str = "/run/secrets";

/// The command of an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageCommand {
    /// The secrets to fetch.
    secrets: Vec<SecretFile>,
    /// The application to become then, and its arguments.
    run: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    service: String,
    secret: String,
    /// Under [`SECRETS`].
    file: PathBuf,
}

const HELP: &str = "\
Fetch an application's secrets inside of an enclave, and become the application

Usage: aecs_enclave_client [--help | --version]

It takes no other argument and no environment variable: the host would choose them. What it does is in
the image:
  /etc/kubetee/enclave_client.json  the secrets to fetch, the file under /run/secrets for each, and the
                                    application to run
  /etc/kubetee/ta.kubeconfig        which server to trust

docs/platforms/attesting.md says how to make an image.
";

/// The whole `main` function.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let done = match about(&arguments) {
        Some(text) => output::print_bytes(text.as_bytes()),
        None => run(arguments.len(), Path::new(COMMAND), Path::new(SERVER_POLICY))
            .map(|never| match never {}),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tool::say(&failure.to_string());
            ExitCode::from(failure.exit().code())
        }
    }
}

/// What the program says about itself, if that is all it is asked for: nothing else is done then.
fn about(arguments: &[OsString]) -> Option<String> {
    let [argument] = arguments else { return None };
    match argument.to_str()? {
        "-h" | "--help" => Some(format!("{HELP}\n{}", Exit::help())),
        "-V" | "--version" => Some(format!("aecs_enclave_client {VERSION}\n")),
        _ => None,
    }
}

fn run(arguments: usize, command: &Path, server_policy: &Path) -> Result<std::convert::Infallible> {
    if arguments > 0 {
        return Err(Failure::usage("this program takes no arguments: the host would choose them")
            .help(format!("what it does is in {COMMAND} of the image")));
    }
    let fixed = ImageCommand::parse(command, &files::read_text(command, "command of the image")?)?;
    tool::block_on(fetch(&fixed, server_policy))??;
    let (program, arguments) = fixed.application()?;
    let error = Command::new(program).args(arguments).exec();
    Err(Failure::internal(format!("cannot run {program}: {error}")))
}

impl ImageCommand {
    /// Reads the command of an image.
    ///
    /// # Errors
    ///
    /// What is not a command, and a place outside of the enclave's memory for a secret.
    pub fn parse(file: &Path, text: &str) -> Result<Self> {
        let unusable = |what: String| Failure::bad_input(format!("{}: {what}", file.display()));
        let fixed: Self =
            serde_json::from_str(text).map_err(|error| unusable(error.to_string()))?;
        for wanted in &fixed.secrets {
            let below = wanted.file.strip_prefix(SECRETS);
            let inside = below.is_ok_and(|below| {
                let mut parts = below.components();
                parts.all(|part| matches!(part, Component::Normal(_))) && below != Path::new("")
            });
            if !inside {
                let place = wanted.file.display();
                return Err(unusable(format!("{place} is not a file under {SECRETS}")).help(
                    "only this folder is in the enclave's memory; the host may read other places",
                ));
            }
        }
        fixed.application().map_err(|failure| failure.context(file.display()))?;
        Ok(fixed)
    }

    fn application(&self) -> Result<(&str, &[String])> {
        match self.run.split_first() {
            Some((program, arguments)) if Path::new(program).is_absolute() => {
                Ok((program, arguments))
            }
            _ => Err(Failure::bad_input("`run` does not start with the path of a program")),
        }
    }
}

async fn fetch(fixed: &ImageCommand, server_policy: &Path) -> Result<()> {
    let server = Kubeconfig::load(server_policy)?.server;
    if server.policy.is_insecure() || server.simulation_root.is_some() {
        return Err(Failure::bad_input(format!(
            "{} trusts any server, or a simulated one",
            server_policy.display()
        )));
    }
    // Enclaves only: a machine has a tool with arguments.
    let host = Host::new();
    let opened = host.open(Some(Tee::Gramine)).or_else(|_| host.open(Some(Tee::Occlum)));
    let attester = opened
        .map_err(|error| {
            Failure::usage(format!("this is not an enclave: {}", with_causes(&error)))
                .help("use aecs_client_cli on a confidential machine")
        })?
        .attester;
    let verifier = Verifier::builder().vendor_roots().build();
    let verifier = verifier.map_err(|error| Failure::internal(with_causes(&error)))?;
    let client = TaClient::builder(server.endpoint, verifier.into(), server.policy, attester);
    let client = client.connect().await?;
    for SecretFile { service, secret, file } in &fixed.secrets {
        let fetched = client.get(service, secret).await?;
        if let Some(folder) = file.parent() {
            files::make_folder(folder, Access::Private)?;
        }
        files::write(file, Access::Private, fetched.material().to_text().expose().as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, run: &str) -> Result<ImageCommand> {
        let text = format!(
            r#"{{"secrets": [{{"service": "s", "secret": "a", "file": "{file}"}}], "run": {run}}}"#
        );
        ImageCommand::parse(Path::new("command.json"), &text)
    }

    #[test]
    fn h13_the_host_gives_no_arguments() {
        let missing = Path::new("/nowhere");
        let failure = run(1, missing, missing).err().unwrap();
        assert_eq!(failure.exit(), crate::Exit::Usage);
        assert!(failure.to_string().contains("takes no arguments"), "{failure}");
    }

    #[test]
    fn the_help_is_all_that_an_argument_can_ask_for() {
        let of = |words: &[&str]| about(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(of(&["--help"]).unwrap().contains(COMMAND));
        assert!(of(&["--help"]).unwrap().contains(SERVER_POLICY));
        assert!(of(&["-V"]).unwrap().starts_with("aecs_enclave_client 2"));
        for other in [&[][..], &["--config"], &["--help", "x"], &["x", "--help"]] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    #[test]
    fn h13_secrets_stay_in_the_enclaves_memory() {
        let run = r#"["/usr/local/bin/application", "--flag"]"#;
        let fixed = parse("/run/secrets/db/password", run).unwrap();
        assert_eq!(fixed.application().unwrap().1, ["--flag"]);
        for place in
            ["-", "/dev/stdout", "/host/a", "/run/secrets", "/run/secrets/../../host/a", "a"]
        {
            let failure = parse(place, run).err().unwrap().to_string();
            assert!(failure.contains("is not a file under /run/secrets"), "{place}: {failure}");
        }
        for run in ["[]", r#"["application"]"#, r#""/bin/application""#] {
            assert!(parse("/run/secrets/a", run).is_err(), "{run}");
        }
    }
}
