//! A custodian's share and identity: read from files, and sent to nobody but the server that they are for.

use std::path::Path;
use std::sync::Arc;

use aecs_client::{CustodianClient, Distrust, Error, Phase, Verifier};
use aecs_crypto::{Error as CryptoError, SecretBytes, age, recovery};
use aecs_proto::{RecoveryShare, Zeroizing};

use crate::connection::AdminArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::remedy::of_kubeconfig;

/// Whether a text has a secret key of age, or the most of one.
pub(super) fn has_secret_key(text: &str) -> bool {
    text.to_ascii_uppercase().contains("SECRET-KEY-")
}

/// The refusal of a secret key where it does not belong: nothing of it is shown.
pub(super) fn secret_key(place: &str, instead: &str) -> Failure {
    Failure::usage(format!("{place} was given a secret key (AGE-SECRET-KEY-…)")).help(format!(
        "{instead}; who can read this machine's history of commands may have the secret one now, so make another \
         key (age-keygen)"
    ))
}

/// Refuses a key in the place of a file.
pub(super) fn check_path(path: &Path, place: &str, what: &str) -> Result<()> {
    match has_secret_key(&path.to_string_lossy()) {
        true => Err(secret_key(place, &format!("name the {what}"))),
        false => Ok(()),
    }
}

/// Reads a share with its holder's identity, and connects to the server that it is for.
pub(super) async fn custodian(
    args: &AdminArgs,
    (share, identity): (&Path, &Path),
    to_submit: bool,
) -> Result<(CustodianClient, Zeroizing<RecoveryShare>)> {
    let share = read_share(share, identity)?;
    let copy = Zeroizing::new(RecoveryShare::clone(&share));
    let (server, verifier): (_, Arc<Verifier>) = args.server()?;
    if server.policy.pinned_deployment().is_none() {
        let what = "the kubeconfig pins no deployment, so nothing of the share was sent";
        return Err(Failure::bad_input(what).help(
            "use the kubeconfig that was handed out with the share: it has `deploymentId`. If it has none, ask the \
             administrator for one that has",
        ));
    }
    let (endpoint, policy, keys) = (server.endpoint, server.policy, server.policy_keys);
    let memory = Some(args.own_memory()? as _);
    let connected = match to_submit {
        true => CustodianClient::to_submit(endpoint, verifier, policy, share, memory).await,
        false => CustodianClient::to_prove(endpoint, verifier, policy, share, memory).await,
    };
    let client = connected.map_err(|error| {
        let is_recovering = matches!(
            &error,
            Error::Untrusted(Distrust::Deployment {
                phase: Phase::Recovering,
                recoverable: true,
                ..
            })
        );
        let failure = of_kubeconfig(error, Some(&keys));
        if is_recovering { failure.help(RECOVERING) } else { failure }
    })?;
    Ok((client, copy))
}

/// What a custodian does where the deployment is being recovered.
const RECOVERING: &str = "the deployment is being recovered, so the server has an id of its own for now. A custodian \
                          runs `aecsadmin recovery submit`; for `recovery appoint`, submit the share first, and add \
                          --recovering. A drill works again when the recovery is finished";

fn read_share(share: &Path, identity: &Path) -> Result<Zeroizing<RecoveryShare>> {
    check_path(share, "SHARE-FILE", "file of the share")?;
    check_path(identity, "--identity", "file with the key, or - for standard input")?;
    let text = files::read_text(share, "recovery share")?;
    let identities = read_identities(identity)?;
    recovery::open_file(&text, &identities).map_err(|error| {
        let why = match error {
            CryptoError::Decryption => {
                "it is for another recipient than this identity's, or it is damaged".to_owned()
            }
            CryptoError::MalformedAge(_) => "its encrypted part is damaged".to_owned(),
            CryptoError::MalformedShare(why) => why.to_owned(),
            other => other.to_string(),
        };
        let what = format!("the recovery share {} cannot be opened: {why}", share.display());
        Failure::bad_input(what)
            .help(
                "the file must be as `aecsadmin recovery create` wrote it, and made for the recipient of this identity. \
                 If the identity is the right one, the file is damaged: use another copy of it, or the share of \
                 another custodian",
            )
    })
}

/// Reads the identities of a custodian from a file, or from standard input.
fn read_identities(file: &Path) -> Result<Vec<age::Identity>> {
    let bytes = if file == Path::new("-") {
        SecretBytes::from(files::read_standard_input("identity file", files::MAX_TEXT)?.to_vec())
    } else {
        files::warn_if_others_read(file);
        files::read_bytes(file, "identity file")?
    };
    let shown = file.display();
    if age::is_encrypted(bytes.expose()) {
        let what =
            format!("the identity file {shown} is encrypted itself, with a passphrase or a key");
        let help =
            format!("decrypt it for this command alone: age -d {shown} | aecsadmin … --identity -");
        return Err(Failure::bad_input(what).help(help));
    }
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| "it is not text".to_owned());
    let read =
        text.and_then(|text| age::Identity::of_file(text).map_err(|error| error.to_string()));
    read.map_err(|why| {
        let what = format!("the identity file {shown} cannot be used: {why}");
        Failure::bad_input(what).help(
            "give a file that `age-keygen` wrote, with the key of the recipient that the share was made for",
        )
    })
}
