//! What is wrong with a configuration: what, where, and what to do about it.

use std::fmt;

use super::layers::Source;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    what: String,
    place: Option<String>,
    remedy: Option<String>,
}

impl Problem {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), place: None, remedy: None }
    }

    /// Where the offending value was written.
    pub(crate) fn at(mut self, source: &Source) -> Self {
        self.place = source.place();
        self
    }

    /// What the user can do about it, as an imperative.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, " (to fix: {remedy})"),
            None => Ok(()),
        }
    }
}

/// A configuration that cannot be used. At least one problem, in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// `Ok` when the list is empty.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// Everything that is wrong.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The same in one line, for those who cannot ask this machine for more. It has to fit into the
    /// status of a call, so of very many problems the last are only counted.
    pub fn in_full(&self) -> String {
        const MOST: usize = 8;
        let (told, rest) = self.problems.split_at(self.problems.len().min(MOST));
        let mut told: Vec<String> = told.iter().map(ToString::to_string).collect();
        if !rest.is_empty() {
            told.push(format!("and {} more", rest.len()));
        }
        told.join("; ")
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    /// One line: the first problem, and how to see the others.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [] => f.write_str("the configuration is not usable"),
            [only] => only.fmt(f),
            [first, rest @ ..] => {
                write!(f, "{first} (and {} more: see --check-config)", rest.len())
            }
        }
    }
}

impl std::error::Error for ConfigError {}
