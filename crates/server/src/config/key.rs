//! What one configuration key is, and the names it has in each place.
//!
//! The spelling in a file is the master; the environment variable and the flag
//! follow from it by one rule each, so that a name never has to be looked up.

use std::borrow::Cow;

/// The type of a key's value: how its text is read and what a user is told about it.
pub(crate) struct Kind<T> {
    /// What a value looks like, for `--help` and the reference file: `PORT`, `rsa|sm2`.
    pub(crate) words: &'static str,
    /// Written without quotes in TOML: numbers and booleans.
    pub(crate) bare: bool,
    /// Reads a value. The error completes the sentence "VALUE is not ..." or says what is wrong.
    pub(crate) parse: fn(&str) -> Result<T, String>,
}

/// Where a key's value comes from when nobody set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// The key is optional, or its absence is an error only in some combination.
    Unset,
    /// A fixed value.
    Value(&'static str),
    /// A file or folder of this name in `aecs_data_dir`.
    InDataDir(&'static str),
}

/// Who decides about a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The administrators: it can change who gets a secret. The host's value holds when an identity
    /// is born, and never afterwards. What nobody has thought about is of this kind.
    Trust,
    /// The host: it cannot change who gets a secret.
    Operational,
    /// The host, for an identity that is born: the first administrator.
    Birth,
}

/// One row of the table: everything about a key but the type of its value.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Name in a configuration file; a dot separates the levels of nested tables.
    pub name: &'static str,
    /// What it does, in one or two sentences.
    pub help: &'static str,
    /// Never shown, and without a flag: other users of the machine can read command lines.
    pub secret: bool,
    /// Set for keys of AECS 2.0 that mean nothing here: why that is so.
    pub obsolete: Option<&'static str>,
    /// Who decides about its value.
    pub scope: Scope,
    pub(crate) words: &'static str,
    pub(crate) bare: bool,
    pub(crate) fallback: Fallback,
    pub(crate) example: &'static str,
    pub(crate) inherited_variable: Option<&'static str>,
}

/// A key with the type of its value.
pub(crate) struct Key<T: 'static> {
    pub(crate) spec: Spec,
    pub(crate) parse: fn(&str) -> Result<T, String>,
}

impl<T> Key<T> {
    pub(crate) const fn new(name: &'static str, kind: &Kind<T>, help: &'static str) -> Self {
        let spec = Spec {
            name,
            help,
            secret: false,
            obsolete: None,
            scope: Scope::Trust,
            words: kind.words,
            bare: kind.bare,
            fallback: Fallback::Unset,
            example: "",
            inherited_variable: None,
        };
        Self { spec, parse: kind.parse }
    }

    /// The value in force when nobody set one.
    pub(crate) const fn or(mut self, value: &'static str) -> Self {
        self.spec.fallback = Fallback::Value(value);
        self
    }

    /// A path in `aecs_data_dir` unless set.
    pub(crate) const fn or_in_data_dir(mut self, file: &'static str) -> Self {
        self.spec.fallback = Fallback::InDataDir(file);
        self
    }

    /// A value to show in the reference file where there is no default.
    pub(crate) const fn example(mut self, value: &'static str) -> Self {
        self.spec.example = value;
        self
    }

    /// The environment variable that AECS 2.0 gave it, where the rule would give another.
    pub(crate) const fn variable(mut self, name: &'static str) -> Self {
        self.spec.inherited_variable = Some(name);
        self
    }

    /// Its value must not be shown.
    pub(crate) const fn secret(mut self) -> Self {
        self.spec.secret = true;
        self
    }

    /// Who decides about its value.
    pub(crate) const fn scoped(mut self, scope: Scope) -> Self {
        self.spec.scope = scope;
        self
    }

    /// Accepted for the sake of AECS 2.0 files, without effect.
    pub(crate) const fn obsolete(mut self, why: &'static str) -> Self {
        self.spec.obsolete = Some(why);
        self
    }
}

impl Spec {
    /// The environment variable: `AECS_`, then the name in upper case without its own `aecs_`.
    pub fn variable(&self) -> String {
        self.inherited_variable.map_or_else(
            || format!("AECS_{}", self.short_name().replace('.', "_").to_uppercase()),
            str::to_owned,
        )
    }

    /// The flag without its dashes, `None` for secrets.
    pub fn flag(&self) -> Option<String> {
        (!self.secret).then(|| self.short_name().replace(['.', '_'], "-"))
    }

    /// A value as it may be shown: an address without the user and the password in it, and without
    /// parameters that may be one.
    pub(crate) fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.words.contains("URL") {
            return text.into();
        }
        let is_secret = |query: &str| {
            let query = query.to_ascii_lowercase();
            ["pass", "secret", "key", "token"].iter().any(|word| query.contains(word))
        };
        let text = match text.split_once('?') {
            Some((address, query)) if is_secret(query) => address,
            _ => text,
        };
        // What is not quite an address may have a password all the same.
        let Some((user, host)) = text.rsplit_once('@') else { return text.into() };
        match user.split_once("://") {
            Some((scheme, _)) if !scheme.contains(['@', ':']) => {
                format!("{scheme}://{host}").into()
            }
            _ => host.into(),
        }
    }

    /// What a value looks like.
    pub fn words(&self) -> &'static str {
        self.words
    }

    /// The default in words, if there is one.
    pub fn default_text(&self) -> Option<String> {
        match self.fallback {
            Fallback::Unset => None,
            Fallback::Value(text) => Some(text.to_owned()),
            Fallback::InDataDir(name) => Some(format!("{name} in aecs_data_dir")),
        }
    }

    fn short_name(&self) -> &'static str {
        self.name.strip_prefix("aecs_").unwrap_or(self.name)
    }
}
