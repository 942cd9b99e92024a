//! What decides who gets a secret: shown, agreed to, changed and pinned.

use std::path::{Path, PathBuf};

use aecs_attest::inline;
use aecs_client::files::kubeconfig::{self, Kubeconfig};
use aecs_client::files::server_config::ServerConfig;
use aecs_client::{
    AdminClient, DeploymentId, Error, ErrorCode, GrpcCode, Phase, Provision, TrustedServer,
};
use aecs_proto::{
    DiffDeploymentResponse, SealingSummary, SettingDifference, ShowDeploymentResponse, TrustSetting,
};
use serde::Serialize;

use super::command::{Deployment, TrustArgs};
use super::recovery;
use super::view::{AdministratorRow, Status};
use crate::connection::{AdminArgs, Prepared};
use crate::contexts::Role;
use crate::failure::{Failure, Result};
use crate::files::Existing;
use crate::output::{self, Row, Rows, View};
use crate::tool;

/// Does what was asked for.
pub(super) async fn run(args: &AdminArgs, command: Deployment) -> Result<()> {
    let format = args.output;
    match command {
        Deployment::Show => {
            let admin = connect(args, true).await?;
            output::print(format, &DeploymentView::from(admin.show_deployment().await?))
        }
        Deployment::Diff { file } => {
            let file = file.map(ServerConfig::read).transpose()?;
            let admin = connect(args, true).await?;
            let whose = if file.is_some() { "the file" } else { "the host's file" };
            let found = admin.diff_deployment(file).await?;
            output::print(format, &Differences::of(found, whose))
        }
        Deployment::Apply { file, yes } => {
            let file = ServerConfig::read(file)?;
            let admin = connect(args, false).await?;
            let shown = admin.show_deployment().await?;
            let found = admin.diff_deployment(Some(file.clone())).await?;
            say_administrator(&found.administrator);
            let differences = found.differences;
            if !differences.is_empty() {
                let question = Rows::<Difference>::of(differences).text();
                tool::agree(yes, &question, "Make these settings those in force?")?;
            }
            let applied = admin.apply_deployment(file, shown.revision).await?;
            let view = Applied {
                revision: applied.revision,
                digest: applied.digest,
                changed: Rows::of(applied.differences),
            };
            tool::say(
                "note: `provision` compares a server with your file: keep this one where \
                 --server-config or serverConfigFile names it",
            );
            output::print(format, &view)
        }
        Deployment::Pin { files, replace, yes } => {
            let prepared = prepare(args)?;
            let files = if files.is_empty() { vec![prepared.file().to_owned()] } else { files };
            let pins = Pins::read(files)?;
            let admin = prepared.first_contact().aecs_admin().await?;
            let shown = admin_view(&admin).await?;
            tool::agree(yes, &shown, "Write the id of this deployment into the kubeconfigs?")?;
            let id = admin.server().await?.status().deployment_id;
            output::print(format, &pins.write(id, replace)?)
        }
    }
}

/// Puts a server to work, and pins its deployment where the caller wants that.
pub(super) async fn provision(
    args: &AdminArgs,
    host_name: String,
    storage: aecs_proto::StorageAuth,
    trust: TrustArgs,
) -> Result<()> {
    let prepared = prepare(args)?;
    let expected = Expected::of(&prepared, &trust);
    let custodians = trust.recovery.as_deref().map(recovery::planned).transpose()?;
    let server_config = expected.as_ref().map(|it| ServerConfig::read(&it.file)).transpose()?;
    let pins = match trust.pin.is_empty() {
        false => trust.pin.clone(),
        true => prepared.pin_kubeconfigs(),
    };
    let pins = Pins::read([prepared.file().to_owned()].into_iter().chain(pins).collect())?;

    let saved = !host_name.is_empty();
    let pinned = prepared.is_pinned();
    let admin = prepared.first_contact().aecs_admin().await?;
    if let Some(new) = &custodians
        && admin.server().await?.status().phase != Phase::Working
    {
        recovery::check_files(&new.shares)?;
    }
    let settings_digest = agree_to(&admin, pinned, server_config.is_some(), trust.yes).await?;
    let provision = Provision {
        host_name,
        storage,
        server_config,
        settings_digest,
        accept_older_store: trust.accept_older_store,
    };
    let provisioned = admin.provision(provision).await.map_err(|error| match expected {
        Some(expected) => expected.explain(error),
        None => error.into(),
    })?;
    let server: &TrustedServer = &provisioned.server;
    say_administrator(&provisioned.administrator);
    if provisioned.already_working {
        tool::say("note: the server was working already: nothing was done");
    }
    let seals = |sealing: &SealingSummary| sealing.unavailable.is_empty();
    let can_seal = server.status().sealing.as_ref().is_none_or(seals);
    if !saved && can_seal && server.status().identity_backup.is_empty() {
        tool::say("note: no backup of the identity was saved: run `aecsadmin backup HOST`");
    }
    let id = server.status().deployment_id;
    let pinned = pins.write(id, false);
    for pinned in pinned.map_err(|failure| pins.not_written(&failure, id))?.0 {
        if pinned.written {
            tool::say(&format!("note: the deployment id was written into {}", pinned.file));
        }
    }
    let Some(custodians) = custodians else {
        return output::print(args.output, &Status::from(server));
    };
    recovery::at_birth(&admin, custodians).await?;
    output::print(args.output, &Status::from(&*admin.status().await?))
}

/// The file with the trust settings that a server must have to be provisioned.
struct Expected {
    file: PathBuf,
    /// What names the file.
    by: String,
}

impl Expected {
    /// The file of the command line, or of the kubeconfig; none if neither names one.
    fn of(prepared: &Prepared, trust: &TrustArgs) -> Option<Self> {
        if let Some(file) = &trust.server_config {
            return Some(Self { file: file.clone(), by: "--server-config".to_owned() });
        }
        let by = format!("serverConfigFile in {}", prepared.file().display());
        prepared.server_config().map(|file| Self { file, by })
    }

    /// Says which file other settings were compared with, and what to do.
    fn explain(&self, error: Error) -> Failure {
        let help = match &error {
            Error::Refused(refusal) => self.help(refusal.code(), refusal.grpc_code()),
            _ => None,
        };
        let failure = Failure::from(error);
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    fn help(&self, code: Option<ErrorCode>, grpc: GrpcCode) -> Option<String> {
        if (code, grpc) != (Some(ErrorCode::Settings), GrpcCode::FailedPrecondition) {
            return None;
        }
        Some(format!(
            "the server was compared with {}, which {} names. If the server is right, correct that \
             file, or name another one with --server-config. If the file is right: a server that was \
             never provisioned takes it at its next start, others by `aecsadmin deployment apply`",
            self.file.display(),
            self.by
        ))
    }
}

/// Asks for what a provision takes for granted. Returns the digest of the settings that were agreed
/// to; empty if there was no question about them.
async fn agree_to(
    admin: &AdminClient,
    pinned: bool,
    configured: bool,
    yes: bool,
) -> Result<String> {
    let status = admin.server().await?.status().clone();
    if !pinned && status.phase == Phase::Working {
        // Somebody has provisioned it before: it may be a deployment of the host's own.
        let summary = format!(
            "This server was provisioned before, and your kubeconfig pins no deployment.\n{}",
            admin_view(admin).await?
        );
        tool::agree(yes, &summary, "Is this your deployment, with these administrators?")?;
    } else if !configured && status.settings_revision == 0 {
        // Nobody has agreed to these settings yet.
        let settings = admin.show_deployment().await?;
        let digest = settings.digest.clone();
        let question = "Are these the settings that you want?";
        tool::agree(yes, &DeploymentView::from(settings).text(), question).map_err(|failure| {
            failure.help(
                "give the server's configuration as you hold it with --server-config FILE, or \
                 agree to the settings in force with --yes",
            )
        })?;
        return Ok(digest);
    }
    Ok(String::new())
}

/// A deployment's settings and administrators.
async fn admin_view(admin: &AdminClient) -> Result<String> {
    let shown = DeploymentView::from(admin.show_deployment().await?).text();
    if admin.server().await?.status().phase != Phase::Working {
        return Ok(shown);
    }
    let administrators = Rows::<AdministratorRow>::of(admin.list_administrators().await?).text();
    Ok(format!("{shown}\n{administrators}"))
}

async fn connect(args: &AdminArgs, may_be_new: bool) -> Result<AdminClient> {
    let prepared = prepare(args)?;
    let prepared = if may_be_new { prepared.first_contact_if_unpinned() } else { prepared };
    prepared.aecs_admin().await
}

fn prepare(args: &AdminArgs) -> Result<Prepared> {
    args.prepare(Role::Admin)
}

/// Kubeconfigs that are to pin a deployment, read before anything is asked of the server.
struct Pins(Vec<(PathBuf, Existing)>);

impl Pins {
    fn read(paths: Vec<PathBuf>) -> Result<Self> {
        let mut read: Vec<(PathBuf, Existing)> = Vec::new();
        for path in paths {
            let file = Existing::read(&path, "kubeconfig")?;
            Kubeconfig::parse(&path, file.text())?;
            if !read.iter().any(|(_, other)| other.target() == file.target()) {
                read.push((path, file));
            }
        }
        Ok(Self(read))
    }

    /// Writes the deployment id: into all of them, or none.
    fn write(&self, id: DeploymentId, replace: bool) -> Result<Rows<Pinned>> {
        let mut drafts = Vec::new();
        for (path, file) in &self.0 {
            let pinned = kubeconfig::pinned(path, file.text(), id, replace)?;
            let changed = pinned != file.text();
            drafts.push((path, changed.then(|| file.draft(pinned.as_bytes())).transpose()?));
        }
        let mut pins = Vec::new();
        for (path, draft) in drafts {
            let mut written = draft.is_some();
            if let Some(draft) = draft {
                let failure = draft.failure();
                if let Err(error) = draft.finish() {
                    // Another tool may have pinned the same deployment meanwhile.
                    if !is_pinned(path, id) {
                        return Err(failure(error));
                    }
                    written = false;
                }
            }
            pins.push(Pinned {
                file: path.display().to_string(),
                deployment_id: id.to_string(),
                written,
            });
        }
        Ok(Rows(pins))
    }

    /// What became of a server whose id could not be written.
    fn not_written(&self, failure: &Failure, id: DeploymentId) -> Failure {
        let files: Vec<String> =
            self.0.iter().map(|(path, _)| path.display().to_string()).collect();
        let files = files.join(" ");
        let what = format!(
            "the server was provisioned, but the deployment id was not written into {files}: {}",
            failure.message()
        );
        let pins_another = |(path, file): &(PathBuf, Existing)| {
            let kubeconfig = Kubeconfig::parse(path, file.text()).ok();
            let pinned = kubeconfig.and_then(|it| it.server.policy.pinned_deployment());
            pinned.is_some_and(|pinned| pinned != id)
        };
        Failure::new(failure.exit(), what).help(match self.0.iter().any(pins_another) {
            true => format!(
                "a kubeconfig pins another deployment, which its owner trusts. If that one was replaced \
                 on purpose, run `aecsadmin deployment pin --replace {files}`"
            ),
            false => format!("correct that, and run `aecsadmin deployment pin {files}`"),
        })
    }
}

/// Whether a kubeconfig pins the deployment now.
fn is_pinned(path: &Path, id: DeploymentId) -> bool {
    let pinned = |file: &Existing| kubeconfig::pinned(path, file.text(), id, false);
    Existing::read(path, "kubeconfig")
        .and_then(|file| Ok(pinned(&file)? == file.text()))
        .unwrap_or(false)
}

/// A kubeconfig with its pin.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Pinned {
    file: String,
    deployment_id: String,
    written: bool,
}

impl Row for Pinned {
    const COLUMNS: &'static [&'static str] = &["KUBECONFIG", "DEPLOYMENT"];

    fn cells(&self) -> Vec<String> {
        let outcome = if self.written { "pinned" } else { "pinned before" };
        vec![self.file.clone(), outcome.to_owned()]
    }

    fn name(&self) -> String {
        self.file.clone()
    }
}

/// What decides who gets a secret.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct DeploymentView {
    deployment_id: String,
    revision: i64,
    digest: String,
    settings: Rows<Setting>,
    host_file_differs: Rows<Difference>,
    without_password: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Setting {
    name: String,
    value: String,
    default: String,
}

impl From<TrustSetting> for Setting {
    fn from(setting: TrustSetting) -> Self {
        let TrustSetting { name, value, default_value: default } = setting;
        Self { name, value, default }
    }
}

impl Row for Setting {
    const COLUMNS: &'static [&'static str] = &["TRUST SETTING", "VALUE", ""];

    fn cells(&self) -> Vec<String> {
        let mark = if self.value == self.default { "" } else { "differs from the default" };
        vec![self.name.clone(), inline::shown(&self.value), mark.to_owned()]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl From<ShowDeploymentResponse> for DeploymentView {
    fn from(shown: ShowDeploymentResponse) -> Self {
        Self {
            deployment_id: shown.deployment_id,
            revision: shown.revision,
            digest: shown.digest,
            settings: Rows::of(shown.settings),
            host_file_differs: Rows::of(shown.differences),
            without_password: shown.without_password,
        }
    }
}

impl View for DeploymentView {
    fn text(&self) -> String {
        let head = output::properties([
            ("deployment id", self.deployment_id.clone()),
            ("settings revision", self.revision.to_string()),
            ("settings digest", self.digest.clone()),
        ]);
        let file = if self.host_file_differs.0.is_empty() {
            "The host's file has the same trust settings.".to_owned()
        } else {
            let differences = self.host_file_differs.text();
            format!("The host's file differs, which changes nothing:\n{differences}")
        };
        let text = format!("{head}\n{}\n{file}", self.settings.text());
        no_password(&self.without_password).into_iter().fold(text, |text, more| text + "\n" + &more)
    }
}

/// A setting that has two values.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Difference {
    name: String,
    in_force: String,
    in_file: String,
}

impl From<SettingDifference> for Difference {
    fn from(difference: SettingDifference) -> Self {
        let SettingDifference { name, in_force, in_file } = difference;
        Self { name, in_force, in_file }
    }
}

impl Row for Difference {
    const COLUMNS: &'static [&'static str] = &["TRUST SETTING", "IN FORCE", "IN THE FILE"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), inline::shown(&self.in_force), inline::shown(&self.in_file)]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// What `deployment diff` found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Differences {
    settings: Rows<Difference>,
    /// Of the administrator that the file names.
    administrator: Rows<Difference>,
    without_password: Vec<String>,
    /// The file that was compared, in words.
    #[serde(skip)]
    whose: &'static str,
}

impl Differences {
    fn of(found: DiffDeploymentResponse, whose: &'static str) -> Self {
        Self {
            whose,
            settings: Rows::of(found.differences),
            administrator: Rows::of(found.administrator),
            without_password: found.without_password,
        }
    }
}

impl View for Differences {
    fn text(&self) -> String {
        let settings = match self.settings.0.is_empty() {
            true => format!("No differences: {} has the settings in force.", self.whose),
            false => self.settings.text(),
        };
        let administrator = (!self.administrator.0.is_empty()).then(|| {
            let rows = self.administrator.0.iter().map(Row::cells);
            let table = output::table(&["ADMINISTRATOR", "IN FORCE", "IN THE FILE"], rows);
            format!("{table}\n{NO_FILE_CHANGES}")
        });
        let parts = [Some(settings), administrator, no_password(&self.without_password)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

/// What to do about another administrator.
const NO_FILE_CHANGES: &str = "No file changes administrators: use `aecsadmin admin add`, `remove` and \
                               `rotate`, or correct the file.";

/// Tells of the administrators who are not asked for a password.
fn no_password(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| {
        format!(
            "Not asked for a password: {} (`aecsadmin admin rotate --password-hash` gives one)",
            names.join(", ")
        )
    })
}

/// Tells how the administrator in a file differs from the one in force.
fn say_administrator(differences: &[SettingDifference]) {
    for SettingDifference { name, in_force, in_file } in differences {
        tool::warn(&format!(
            "{name}: in force is {}, the file has {}. {NO_FILE_CHANGES}",
            inline::shown(in_force),
            inline::shown(in_file)
        ));
    }
}

/// What was changed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Applied {
    revision: i64,
    digest: String,
    changed: Rows<Difference>,
}

impl View for Applied {
    fn text(&self) -> String {
        let head = output::properties([
            ("settings revision", self.revision.to_string()),
            ("settings digest", self.digest.clone()),
        ]);
        let rows = self.changed.0.iter().map(Row::cells);
        let changed = match self.changed.0.is_empty() {
            true => "Nothing to change.".to_owned(),
            false => output::table(&["TRUST SETTING", "BEFORE", "NOW"], rows),
        };
        format!("{head}\n{changed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kubeconfig without a pin.
    fn kubeconfig() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        let text = "kind: Config\naecsServer:\n  serverEndpoint: 127.0.0.1:1\n  verifyPolicy:\n    \
                    mrsigner: ";
        std::fs::write(&path, format!("{text}{}\n", "ab".repeat(32))).unwrap();
        (folder, path)
    }

    #[test]
    fn other_settings_than_expected_name_the_file_and_what_names_it() {
        let expected = Expected { file: "a.json".into(), by: "serverConfigFile in k".to_owned() };
        let help = expected.help(Some(ErrorCode::Settings), GrpcCode::FailedPrecondition).unwrap();
        assert!(help.contains("a.json, which serverConfigFile in k names"), "{help}");
        assert_eq!(expected.help(Some(ErrorCode::Settings), GrpcCode::InvalidArgument), None);
        assert_eq!(expected.help(None, GrpcCode::FailedPrecondition), None);
    }

    #[test]
    fn who_pins_the_same_deployment_at_the_same_time_succeeds() {
        let (_folder, path) = kubeconfig();
        let pins = [0; 3].map(|_| Pins::read(vec![path.clone()]).unwrap());
        let id = DeploymentId::from_bytes([1; 32]);
        assert!(pins[0].write(id, false).unwrap().0[0].written);
        let Rows(second) = pins[1].write(id, false).unwrap();
        assert!(!second[0].written, "it was pinned before");
        let other = pins[2].write(DeploymentId::from_bytes([2; 32]), false).err().unwrap();
        assert!(other.message().ends_with("another program has replaced it meanwhile"), "{other}");
    }

    #[test]
    fn a_pin_that_could_not_be_written_is_no_failed_provision() {
        let (folder, path) = kubeconfig();
        let pins = Pins::read(vec![path.clone(), path.clone()]).unwrap();
        assert_eq!(pins.0.len(), 1, "a file that is named twice is written once");
        let copy = folder.path().join("copy");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::rename(&copy, &path).unwrap();
        let id = DeploymentId::from_bytes([1; 32]);
        let failure = pins.write(id, false).err().unwrap();
        let told = pins.not_written(&failure, id).to_string();
        assert!(told.contains("the server was provisioned, but the deployment id was not written"));
        assert!(told.contains(&format!("`aecsadmin deployment pin {}`", path.display())), "{told}");
    }

    #[test]
    fn a_provision_that_finds_another_pin_names_the_flag_that_replaces_it() {
        let (_folder, path) = kubeconfig();
        let [one, two] = [1, 2].map(|byte| DeploymentId::from_bytes([byte; 32]));
        Pins::read(vec![path.clone()]).unwrap().write(one, false).unwrap();
        let pins = Pins::read(vec![path.clone()]).unwrap();
        let failure = pins.write(two, false).err().unwrap();
        let told = pins.not_written(&failure, two).to_string();
        let command = format!("`aecsadmin deployment pin --replace {}`", path.display());
        assert!(told.contains(&command), "{told}");
        pins.write(two, true).unwrap();
    }

    #[test]
    fn no_difference_is_said_in_words() {
        for whose in ["the file", "the host's file"] {
            let found = Differences::of(DiffDeploymentResponse::default(), whose);
            let expected = format!("No differences: {whose} has the settings in force.");
            assert_eq!(found.text(), expected);
        }
    }

    #[test]
    fn another_administrator_in_the_file_is_told_apart_from_the_settings() {
        let found = DiffDeploymentResponse {
            administrator: vec![SettingDifference {
                name: "aecs_admin_password_hash".to_owned(),
                in_force: "set".to_owned(),
                in_file: "another hash".to_owned(),
            }],
            without_password: vec!["bob".to_owned()],
            ..DiffDeploymentResponse::default()
        };
        let text = Differences::of(found, "the file").text();
        for part in
            ["No differences", "another hash", "No file changes", "Not asked for a password: bob"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
