//! Where each setting comes from: flags over environment over file over default.
//!
//! Invariant: every key of the table has exactly one [`Setting`], which remembers where its value
//! came from. An empty value counts as not set in every layer, as in AECS 2.0, whose files list
//! all keys and leave most of them empty.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use super::{
    file,
    key::{Fallback, Key, Spec},
    nearest::nearest,
    problem::{ConfigError, Problem},
    table,
};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag on the command line, without its dashes.
    Flag(String),
    /// An environment variable.
    Variable(String),
    /// A configuration file.
    File {
        /// Its path.
        path: PathBuf,
        /// Line of the value, from 1.
        line: Option<usize>,
    },
    /// Nobody set it.
    Default,
    /// The trust settings in force, which administrators decide about.
    Deployment,
}

impl Source {
    /// Whether what a file says has no effect beside it.
    pub(super) fn goes_before_a_file(&self) -> bool {
        matches!(self, Self::Flag(_) | Self::Variable(_))
    }

    /// Where a user has to look to change the value; nothing for a default.
    pub(crate) fn place(&self) -> Option<String> {
        (*self != Self::Default).then(|| self.to_string())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "--{flag}"),
            Self::Variable(variable) => f.write_str(variable),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => path.display().fmt(f),
            Self::Default => f.write_str("default"),
            Self::Deployment => f.write_str("the deployment's trust settings"),
        }
    }
}

/// The text in force for one key.
#[derive(Clone)]
pub(crate) struct Setting {
    /// `None` when the key has no value.
    pub(crate) text: Option<String>,
    /// Where the text came from.
    pub(crate) source: Source,
}

/// What the command line says: the file to read, and values by key name.
#[derive(Default)]
pub struct Flags {
    /// `--config`.
    pub config_file: Option<PathBuf>,
    /// Values of flags by the name of their key.
    pub values: BTreeMap<&'static str, String>,
}

/// The environment variables whose name starts with `AECS_`.
///
/// Read once, by `main`; nothing else in the workspace looks at the environment of a server.
#[derive(Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process. What is not Unicode in one becomes a replacement character: no key
    /// takes that, so it is reported and not overlooked.
    pub fn of_process() -> Self {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn only_ours(mut self) -> Self {
        self.0.retain(|name, value| name.starts_with("AECS_") && !value.is_empty());
        self
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Variables {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect()).only_ours()
    }
}

/// The setting of every key, in the order of the table.
#[derive(Clone)]
pub struct Settings {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    settings: BTreeMap<&'static str, Setting>,
}

impl Settings {
    /// Puts the layers on top of each other. Also returns what looks like a mistake without
    /// being one for certain.
    pub(crate) fn gather(
        file: Option<&Path>,
        flags: &Flags,
        variables: &Variables,
    ) -> Result<(Self, Vec<String>), ConfigError> {
        let mut set: BTreeMap<&'static str, Setting> = BTreeMap::new();
        if let Some(path) = file {
            take(path, file::read(path)?, &mut set)?;
        }
        for spec in table::ALL {
            let variable = spec.variable();
            if let Some(text) = variables.0.get(&variable) {
                put(&mut set, spec, text, Source::Variable(variable));
            }
            if let (Some(flag), Some(text)) = (spec.flag(), flags.values.get(spec.name)) {
                put(&mut set, spec, text, Source::Flag(flag));
            }
        }
        let settings = Self::complete(file.map(Path::to_owned), set);
        Ok((settings, misspelt(variables)))
    }

    /// The settings of a file that is not on this machine, and nothing else.
    pub(crate) fn of_text(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut set = BTreeMap::new();
        take(path, file::parse(path, text)?, &mut set)?;
        Ok(Self::complete(Some(path.to_owned()), set))
    }

    /// Puts the defaults below what is set.
    fn complete(file: Option<PathBuf>, mut set: BTreeMap<&'static str, Setting>) -> Self {
        let data_dir = data_dir(&set);
        for spec in table::ALL {
            set.entry(spec.name).or_insert_with(|| Setting {
                text: match spec.fallback {
                    Fallback::Unset => None,
                    Fallback::Value(text) => Some(text.to_owned()),
                    Fallback::InDataDir(name) => Some(data_dir.join(name).display().to_string()),
                },
                source: Source::Default,
            });
        }
        Self { file, settings: set }
    }

    /// Replaces the setting of a key.
    pub(crate) fn set(&mut self, spec: &Spec, setting: Setting) {
        self.settings.insert(spec.name, setting);
    }

    /// The setting of a key.
    pub(crate) fn of(&self, spec: &Spec) -> Option<&Setting> {
        self.settings.get(spec.name)
    }

    /// The value of a key, `None` if it has none.
    pub(crate) fn value<T>(&self, key: &Key<T>) -> Result<Option<T>, Problem> {
        let Some(Setting { text: Some(text), source }) = self.of(&key.spec) else {
            return Ok(None);
        };
        (key.parse)(text).map(Some).map_err(|what| {
            let value = match key.spec.secret {
                true => String::new(),
                false => format!(" {}", quoted_short(&key.spec.shown(text))),
            };
            Problem::new(format!("{}{value} {what}", key.spec.name)).at(source)
        })
    }
}

/// Sets a value on top of what is there, and returns that; an empty one leaves it.
fn put(
    set: &mut BTreeMap<&'static str, Setting>,
    spec: &Spec,
    text: &str,
    source: Source,
) -> Option<Setting> {
    if text.is_empty() {
        return None;
    }
    set.insert(spec.name, Setting { text: Some(text.to_owned()), source })
}

/// Quoted, and cut to a length that fits in a message.
fn quoted_short(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// Sets what a file says.
fn take(
    path: &Path,
    entries: Vec<file::Entry>,
    set: &mut BTreeMap<&'static str, Setting>,
) -> Result<(), ConfigError> {
    let mut problems = Vec::new();
    for entry in entries {
        let source = Source::File { path: path.to_owned(), line: entry.line };
        let Some(spec) = table::find(&entry.name) else {
            let problem =
                Problem::new(format!("unknown key {}", quoted_short(&entry.name))).at(&source);
            problems.push(match nearest(&entry.name, table::ALL.iter().map(|spec| spec.name)) {
                Some(near) => problem.remedy(format!("did you mean {near:?}?")),
                None => problem.remedy("remove it; --help lists all keys"),
            });
            continue;
        };
        if put(set, spec, &entry.value, source.clone()).is_some() {
            let twice = format!("{} is there twice, nested and with dots", spec.name);
            problems.push(Problem::new(twice).at(&source).remedy("remove one of the two"));
        }
    }
    ConfigError::check(problems)
}

fn data_dir(set: &BTreeMap<&'static str, Setting>) -> PathBuf {
    let spec = &table::DATA_DIR.spec;
    let text = set.get(spec.name).and_then(|setting| setting.text.as_deref());
    match (text, spec.fallback) {
        (Some(text), _) | (None, Fallback::Value(text)) => PathBuf::from(text),
        (None, _) => PathBuf::new(),
    }
}

/// Variables of the command line tools, which share a shell with a server.
const OF_TOOLS: [&str; 11] = [
    "AECS_ADMIN_PASSWORD",
    "AECS_ATTESTER",
    "AECS_ENDPOINT",
    "AECS_KUBECONFIG",
    "AECS_PKCS12_PASSWORD",
    "AECS_ROOTS",
    "AECS_SERVER_POLICY",
    "AECS_SERVICE",
    "AECS_SERVICE_PASSWORD",
    "AECS_SIMULATION_DIR",
    "AECS_STATE_DIR",
];

/// Variables that almost have the name of a key. Not an error: orchestrators put variables of
/// their own (`AECS_SERVICE_HOST`) into every container.
fn misspelt(variables: &Variables) -> Vec<String> {
    let known: Vec<String> = table::ALL.iter().map(|spec| spec.variable()).collect();
    variables
        .0
        .keys()
        .filter(|name| !known.contains(name) && !OF_TOOLS.contains(&name.as_str()))
        .filter_map(|name| {
            let near = nearest(name, known.iter().map(String::as_str))?;
            Some(format!("the environment variable {name} is not used: did you mean {near}?"))
        })
        .collect()
}
