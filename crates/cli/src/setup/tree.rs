//! The folder that `aecs-setup` fills: every file is looked at before it is written.
//!
//! Invariant: a file that is there and good is never touched unless the user forces it, and the
//! report says for each file what happened to it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    /// It was not there.
    Written,
    /// It was there and was made again.
    Replaced,
    /// It was there and good.
    Kept,
    /// It was there, and these options or the present keys would have made another one.
    KeptDifferent,
}

impl Outcome {
    /// The word for people.
    #[must_use]
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Replaced => "replaced",
            Self::Kept => "kept",
            Self::KeptDifferent => {
                "kept, was edited or made with other options (--force-config rewrites it)"
            }
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    /// The file, under the folder.
    pub(super) file: String,
    /// What happened to it.
    pub(super) outcome: Outcome,
    /// Why, where that is not obvious.
    pub(super) reason: Option<String>,
}

/// What is wrong with a file that is there.
pub(super) enum Defect {
    /// It can be made again without loss: an expired certificate.
    Stale(String),
    /// Somebody has to look at it: a key that cannot be read.
    Broken(String),
}

/// The folder, and the report so far.
pub(super) struct Tree {
    root: PathBuf,
    report: Vec<Entry>,
}

impl Tree {
    /// Opens the folder; makes it if need be.
    ///
    /// # Errors
    ///
    /// [`Exit::CannotWrite`].
    pub(super) fn open(root: &Path) -> Result<Self> {
        files::make_folder(root, Access::Public)?;
        let root = root.canonicalize().map_err(|error| {
            Failure::new(
                Exit::CannotWrite,
                format!("cannot open the folder {}: {error}", root.display()),
            )
        })?;
        for folder in ["certs", "kubetee"] {
            files::make_folder(&root.join(folder), Access::Public)?;
        }
        Ok(Self { root, report: Vec::new() })
    }

    /// The absolute path of the folder.
    #[must_use]
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What happened to every file, in the order they were asked for.
    #[must_use]
    pub(super) fn into_report(self) -> Vec<Entry> {
        self.report
    }

    /// The content of a file, or `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`Exit::NoInput`], [`Exit::BadInput`].
    pub(super) fn read(&self, file: &str) -> Result<Option<String>> {
        let path = self.root.join(file);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => files::read_text(&path, "file").map(Some),
        }
    }

    /// A file that proves itself: kept if `check` finds a value in it, made by `make` if it is
    /// missing, stale or `force`d.
    ///
    /// # Errors
    ///
    /// [`Exit::BadInput`] if the file is broken, and those of reading and writing.
    pub(super) fn checked<T>(
        &mut self,
        file: &str,
        access: Access,
        force: bool,
        check: impl FnOnce(&str) -> std::result::Result<T, Defect>,
        make: impl FnOnce() -> Result<(T, String)>,
    ) -> Result<T> {
        let mut reason = None;
        let mut outcome = Outcome::Written;
        if let Some(old) = self.read(file)? {
            outcome = Outcome::Replaced;
            if !force {
                match check(&old) {
                    Ok(value) => {
                        self.close(file, access)?;
                        self.note(file, Outcome::Kept, None);
                        return Ok(value);
                    }
                    Err(Defect::Stale(why)) => reason = Some(why),
                    Err(Defect::Broken(why)) => return Err(self.broken(file, &why)),
                }
            }
        }
        let (value, text) = make()?;
        files::write(&self.root.join(file), access, text.as_bytes())?;
        self.note(file, outcome, reason);
        Ok(value)
    }

    /// A file that is text the user may edit: kept as it is, or written if it is missing or
    /// `force`d. `missing_part` tells which key or certificate of `certs/` is not in it.
    ///
    /// # Errors
    ///
    /// Those of reading and writing.
    pub(super) fn text(
        &mut self,
        file: &str,
        access: Access,
        force: bool,
        text: &str,
        missing_part: impl FnOnce(&str) -> Option<&'static str>,
    ) -> Result<()> {
        let old = self.read(file)?;
        let (outcome, reason) = match &old {
            Some(old) if old == text && !force => (Outcome::Kept, None),
            Some(old) if !force => {
                let reason =
                    missing_part(old).map(|what| format!("it does not hold the {what} of certs/"));
                (Outcome::KeptDifferent, reason)
            }
            Some(_) => (Outcome::Replaced, None),
            None => (Outcome::Written, None),
        };
        match outcome {
            Outcome::Kept | Outcome::KeptDifferent => self.close(file, access)?,
            Outcome::Written | Outcome::Replaced => {
                files::write(&self.root.join(file), access, text.as_bytes())?;
            }
        }
        self.note(file, outcome, reason);
        Ok(())
    }

    /// A private file that others can read is closed, not just reported.
    fn close(&self, file: &str, access: Access) -> Result<()> {
        if access == Access::Public {
            return Ok(());
        }
        let path = self.root.join(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(|error| {
            Failure::new(
                Exit::CannotWrite,
                format!("cannot close {} to other users: {error}", path.display()),
            )
        })
    }

    fn note(&mut self, file: &str, outcome: Outcome, reason: Option<String>) {
        self.report.push(Entry { file: file.to_owned(), outcome, reason });
    }

    fn broken(&self, file: &str, why: &str) -> Failure {
        Failure::bad_input(format!("{} is not usable: {why}", self.root.join(file).display()))
            .help("repair or remove the file, or create everything again with --force")
    }
}
