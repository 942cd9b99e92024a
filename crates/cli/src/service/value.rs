//! New values of secrets: from a file, the environment, standard input or a policy file.

use std::path::{Path, PathBuf};

use aecs_client::files::secret_policy::SecretPolicyFile;
use aecs_client::{MOST_DATA, NewValue};
use aecs_crypto::SecretBytes;
use clap::Args;

use crate::failure::{Exit, Failure, Result};
use crate::files;
use crate::view::named;

/// Where a new value comes from.
#[derive(Args, Clone, Debug, PartialEq)]
#[group(required = true, multiple = false)]
pub struct Source {
    /// `-`: the value is read from standard input, as it is
    #[arg(value_name = "-", value_parser = ["-"])]
    pub standard_input: Option<String>,
    /// File with the value, as it is: text if it is UTF-8, otherwise binary; may be a pipe
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,
    /// Environment variable with the value
    #[arg(long, value_name = "VARIABLE")]
    pub from_env: Option<String>,
    /// Policy file that has the value as `data` or `params` of this secret
    #[arg(long, value_name = "YAML")]
    pub from_policy: Option<PathBuf>,
}

impl Source {
    /// Reads the value of the secret `name`.
    ///
    /// # Errors
    ///
    /// [`Exit::NoInput`] if it cannot be read or is empty, [`Exit::BadInput`] if it is too large.
    pub(super) fn read(&self, name: &str) -> Result<NewValue> {
        if let Some(path) = &self.from_policy {
            return of_policy(path, name);
        }
        let too_large = |failure: Failure| match failure.exit() {
            Exit::BadInput => {
                failure.help(format!("a value may have {} MiB at most", MOST_DATA >> 20))
            }
            _ => failure,
        };
        let (bytes, place) = match (&self.from_file, &self.from_env) {
            (Some(path), _) => {
                let bytes = files::read_bytes_within(path, "value", MOST_DATA);
                (bytes.map_err(too_large)?, path.display().to_string())
            }
            (None, Some(variable)) => (of_environment(variable)?, variable.clone()),
            (None, None) => {
                let bytes = files::read_standard_input("value", MOST_DATA).map_err(too_large)?;
                (SecretBytes::from(bytes), "standard input".to_owned())
            }
        };
        if bytes.is_empty() {
            return Err(Failure::new(Exit::NoInput, format!("the value in {place} is empty")));
        }
        Ok(NewValue::from(bytes))
    }
}

fn of_environment(variable: &str) -> Result<SecretBytes> {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::env::var_os(variable).ok_or_else(|| {
        Failure::new(Exit::NoInput, format!("the environment variable {variable} is not set"))
    })?;
    Ok(SecretBytes::from(value.into_vec()))
}

/// The data, or the pairs, that a policy file has for the secret of this name.
fn of_policy(path: &Path, name: &str) -> Result<NewValue> {
    let file = SecretPolicyFile::load(path)?;
    let secret = named(path, file, name)?;
    match secret.data {
        Some(data) => Ok(data),
        None if !secret.params.is_empty() => Ok(NewValue::Pairs(secret.params)),
        None => Err(Failure::bad_input(format!(
            "{} has neither data nor params for secret `{name}`",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../templates/service_secret_policy.yaml");

    fn nothing() -> Source {
        Source { standard_input: None, from_file: None, from_env: None, from_policy: None }
    }

    fn file(content: &[u8]) -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        let source = Source { from_file: Some(file.path().to_owned()), ..nothing() };
        (file, source)
    }

    #[test]
    fn a_file_is_taken_as_it_is() {
        let (_file, source) = file(b"text\n");
        let NewValue::Text(text) = source.read("a").unwrap() else { panic!("text") };
        assert_eq!(text.expose(), "text\n");
        let (_file, source) = file(&[0xFF, 0, 1]);
        let NewValue::Binary(bytes) = source.read("a").unwrap() else { panic!("binary") };
        assert_eq!(bytes.expose(), [0xFF, 0, 1]);
    }

    #[test]
    fn what_is_missing_empty_or_too_large_is_not_sent() {
        let failure = |source: &Source| source.read("a").err().unwrap();
        let (_file, source) = file(b"");
        assert_eq!(failure(&source).exit(), Exit::NoInput);
        let (_file, source) = file(&vec![b'a'; MOST_DATA + 1]);
        assert_eq!(failure(&source).exit(), Exit::BadInput);
        let text = failure(&source).to_string();
        assert!(text.ends_with("\n  help: a value may have 8 MiB at most"), "{text}");
        let source = Source { from_file: Some("/nowhere/value".into()), ..nothing() };
        assert_eq!(failure(&source).exit(), Exit::NoInput);
        let source = Source { from_env: Some("AECS_TEST_IS_NOT_SET".into()), ..nothing() };
        assert!(failure(&source).message().contains("AECS_TEST_IS_NOT_SET is not set"));
    }

    #[test]
    fn a_policy_file_has_the_values_of_its_secrets() {
        let policy = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(policy.path(), SAMPLE).unwrap();
        let source = Source { from_policy: Some(policy.path().to_owned()), ..nothing() };
        let read = |name| source.read(name);
        assert!(matches!(read("secret-my-password"), Ok(NewValue::Text(_))));
        let NewValue::Pairs(pairs) = read("secret-my-configuration").unwrap() else {
            panic!("pairs");
        };
        assert_eq!(pairs.len(), 2);
        assert!(read("secret-my-aes256-key").err().unwrap().message().contains("neither data"));
        assert!(read("other").err().unwrap().message().contains("no secret `other`"));
    }
}
