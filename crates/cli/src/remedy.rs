//! From an error of the client library to the exit code and the line behind `help:`.

use aecs_client::files::FileError;
use aecs_client::files::kubeconfig::PolicyKeys;
use aecs_client::{Distrust, Error, ErrorKind};

use crate::failure::{Exit, Failure};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Failure::new(exit(&error), error.message()).code(error.code());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

/// The failure of a call to a server that a kubeconfig describes: in the words of that file.
pub(crate) fn of_kubeconfig(error: Error, keys: Option<&PolicyKeys>) -> Failure {
    let (Error::Untrusted(Distrust::Policy(denial)), Some(keys)) = (&error, keys) else {
        return error.into();
    };
    let file = keys.file().display();
    let what =
        format!("the server is not the one that {file} describes: {}", keys.in_words(denial));
    let failure = Failure::new(exit(&error), what);
    error.help().map_or(failure.clone(), |help| failure.help(help))
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Error::File(error).into()
    }
}

fn exit(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::Usage => Exit::Usage,
        ErrorKind::BadInput => Exit::BadInput,
        ErrorKind::NoInput => Exit::NoInput,
        ErrorKind::Unreachable => Exit::Unreachable,
        ErrorKind::NotReady => Exit::NotReady,
        ErrorKind::NotFound => Exit::NotFound,
        ErrorKind::Exists => Exit::Exists,
        ErrorKind::Denied => Exit::Denied,
        ErrorKind::Conflict => Exit::Conflict,
        ErrorKind::Refused => Exit::Refused,
        ErrorKind::Untrusted => Exit::Untrusted,
        ErrorKind::CannotWrite => Exit::CannotWrite,
        _ => Exit::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_broken_file_differ() {
        use aecs_client::files::kubeconfig::Kubeconfig;

        let missing = Failure::from(Kubeconfig::load("/nowhere/kubeconfig").err().unwrap());
        assert_eq!(missing.exit(), Exit::NoInput);
        let folder = Failure::from(Kubeconfig::load("/").err().unwrap());
        assert_eq!(folder.exit(), Exit::NoInput);
        let binary = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(binary.path(), [0xFF, 0xFE]).unwrap();
        let binary = Failure::from(Kubeconfig::load(binary.path()).err().unwrap());
        assert_eq!(binary.exit(), Exit::BadInput);
        assert!(binary.message().ends_with("this is not UTF-8 text"), "{}", binary.message());
        let broken = Failure::from(Kubeconfig::parse("kubeconfig", "kind: [").err().unwrap());
        assert_eq!(broken.exit(), Exit::BadInput);
    }
}
