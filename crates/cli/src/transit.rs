//! `transit`: use a key that stays in the server. For applications and, where a key allows it, for the
//! administrator of its service.

use std::path::PathBuf;

use aecs_client::{Error, KeyInPlace, KeySignature, MOST_INPUT, MOST_OPERATIONS, Operation};
use aecs_crypto::{SecretBytes, SecretString};
use aecs_proto::Zeroizing;
use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::failure::{Exit, Failure, Result};
use crate::files::{self, Access};
use crate::output;
use crate::ta::{Place, Reference};

/// What is done with a key.
#[derive(Subcommand, Debug, PartialEq)]
pub enum Transit {
    /// Encrypt data; prints aecs:v1:VERSION:BASE64
    Encrypt(Bound),
    /// Decrypt what `encrypt` made
    Decrypt(Bound),
    /// Encrypt or wrap again with the current version of the key, one text a line; no data is shown
    Rewrap(Bound),
    /// Wrap another key
    Wrap(Bound),
    /// Unwrap what `wrap` or `data-key` made
    Unwrap(Bound),
    /// Make a key, and the same wrapped
    DataKey {
        /// The key to wrap with.
        #[command(flatten)]
        key: Key,
        /// Bytes of the new key, 16 to 64
        #[arg(long, value_name = "BYTES", default_value_t = 32, value_parser = key_length())]
        length: u32,
        /// File for the new key, with mode 0600; `-` is standard output
        #[arg(long, value_name = "FILE")]
        out: Place,
        /// File for the same key, wrapped
        #[arg(long, value_name = "FILE")]
        wrapped: Place,
        /// What the wrapped key is bound to.
        #[command(flatten)]
        associated: Associated,
    },
    /// Sign a message; prints aecs:v1:VERSION:BASE64
    Sign {
        /// The key, and the message.
        #[command(flatten)]
        data: Data,
        /// How.
        #[command(flatten)]
        way: Way,
    },
    /// Verify a signature; exits with 65 if it is wrong
    Verify {
        /// The key, and the message.
        #[command(flatten)]
        data: Data,
        /// The signature, as `sign` prints it
        #[arg(long, value_name = "TEXT")]
        signature: String,
        /// How it was made.
        #[command(flatten)]
        way: Way,
    },
    /// Print the HMAC of data: aecs:v1:VERSION:BASE64
    Mac(Data),
    /// Verify an HMAC; exits with 65 if it is wrong
    VerifyMac {
        /// The key, and the data.
        #[command(flatten)]
        data: Data,
        /// The HMAC, as `mac` prints it
        #[arg(long, value_name = "TEXT")]
        mac: String,
    },
    /// Derive a key from a context: always the same for a version of the key
    Derive {
        /// The key, and the context.
        #[command(flatten)]
        data: Data,
        /// Bytes of the derived key, 16 to 64
        #[arg(long, value_name = "BYTES", default_value_t = 32, value_parser = key_length())]
        length: u32,
        /// Version of the key, from 1; without it, the current one
        #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
        version: Option<u64>,
    },
    /// Print random bytes of the server
    Random {
        /// A key that allows it.
        #[command(flatten)]
        key: Key,
        /// How many, 1 to 4096
        #[arg(long, value_name = "BYTES", default_value_t = 32, value_parser = random_length())]
        length: u32,
        /// Where they go.
        #[command(flatten)]
        to: Out,
    },
}

/// Lengths of keys that the server makes; it checks them again.
fn key_length() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(16..=64)
}

fn random_length() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=4096)
}

/// The key of an operation.
#[derive(Args, Debug, PartialEq)]
pub struct Key {
    /// The secret that is the key: [SERVICE/]SECRET
    #[arg(value_name = "KEY")]
    pub key: Reference,
}

/// Where a result goes.
#[derive(Args, Debug, PartialEq)]
pub struct Out {
    /// File for the result, with mode 0600; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: Place,
}

fn input_help() -> String {
    format!("File with the data, at most {} kB; `-` is standard input", MOST_INPUT / 1000)
}

/// The key, what it works on, and where the result goes.
#[derive(Args, Debug, PartialEq)]
pub struct Data {
    #[command(flatten)]
    key: Key,
    /// File with the data; `-` is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-", help = input_help())]
    input: PathBuf,
    #[command(flatten)]
    to: Out,
}

/// The same, and what the result is bound to.
#[derive(Args, Debug, PartialEq)]
pub struct Bound {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    associated: Associated,
}

/// Associated data.
#[derive(Args, Debug, PartialEq)]
pub struct Associated {
    /// Text that the ciphertext is bound to and does not contain, such as the name of its record; the
    /// same is needed to open it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    associated_data: String,
}

/// How a key pair signs.
#[derive(Args, Debug, PartialEq)]
pub struct Way {
    /// Only of RSA keys
    #[arg(long, value_name = "ALGORITHM", value_enum)]
    algorithm: Option<Algorithm>,
}

/// How RSA keys sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Algorithm {
    /// PSS with SHA-256, the default
    PssSha256,
    /// PSS with SHA-384
    PssSha384,
    /// PSS with SHA-512
    PssSha512,
    /// PKCS#1 v1.5 with SHA-256
    Pkcs1Sha256,
    /// PKCS#1 v1.5 with SHA-384
    Pkcs1Sha384,
    /// PKCS#1 v1.5 with SHA-512
    Pkcs1Sha512,
}

impl Way {
    fn wire(&self) -> KeySignature {
        match self.algorithm {
            None => KeySignature::Default,
            Some(Algorithm::PssSha256) => KeySignature::RsaPssSha256,
            Some(Algorithm::PssSha384) => KeySignature::RsaPssSha384,
            Some(Algorithm::PssSha512) => KeySignature::RsaPssSha512,
            Some(Algorithm::Pkcs1Sha256) => KeySignature::RsaPkcs1Sha256,
            Some(Algorithm::Pkcs1Sha384) => KeySignature::RsaPkcs1Sha384,
            Some(Algorithm::Pkcs1Sha512) => KeySignature::RsaPkcs1Sha512,
        }
    }
}

impl Associated {
    fn bytes(&self) -> &[u8] {
        self.associated_data.as_bytes()
    }
}

impl Data {
    fn read(&self) -> Result<SecretBytes> {
        self.read_within(MOST_INPUT)
    }

    fn read_within(&self, limit: usize) -> Result<SecretBytes> {
        let bytes = match self.input.as_os_str() == "-" {
            true => files::read_standard_input("data", limit).map(SecretBytes::from),
            false => files::read_bytes_within(&self.input, "data", limit),
        };
        bytes.map_err(|failure| match failure.exit() {
            Exit::BadInput => failure.help(format!(
                "one operation takes {} kB at most: encrypt more with a key of your own, which `transit \
                 data-key` makes; sign a digest",
                MOST_INPUT / 1000
            )),
            _ => failure,
        })
    }

    /// A text that an operation made, with or without a line end.
    fn read_text(&self) -> Result<SecretString> {
        let text = SecretString::try_from(self.read_within(files::MAX_TEXT)?);
        let text = text.map_err(|_| Failure::bad_input("the data must be a text aecs:v1:…"))?;
        Ok(SecretString::from(text.expose().trim().to_owned()))
    }
}

impl Out {
    fn bytes(&self, bytes: &SecretBytes) -> Result<()> {
        put(&self.out, Access::Private, bytes.expose())
    }

    fn line(&self, text: &str) -> Result<()> {
        put(&self.out, Access::Private, format!("{text}\n").as_bytes())
    }
}

impl Transit {
    /// The key that it is about.
    pub(crate) fn key(&self) -> &Reference {
        let key = match self {
            Self::Encrypt(bound)
            | Self::Decrypt(bound)
            | Self::Rewrap(bound)
            | Self::Wrap(bound)
            | Self::Unwrap(bound) => &bound.data.key,
            Self::Sign { data, .. }
            | Self::Verify { data, .. }
            | Self::Mac(data)
            | Self::VerifyMac { data, .. }
            | Self::Derive { data, .. } => &data.key,
            Self::DataKey { key, .. } | Self::Random { key, .. } => key,
        };
        &key.key
    }

    /// Does it. What is read is read before anything is sent.
    ///
    /// # Errors
    ///
    /// [`Exit::BadInput`](crate::failure::Exit) for a wrong signature or MAC, and as every command.
    pub(crate) async fn run(&self, key: &KeyInPlace<'_>) -> Result<()> {
        match self {
            Self::Encrypt(Bound { data, associated }) => {
                data.to.line(&key.encrypt(data.read()?.expose(), associated.bytes()).await?)
            }
            Self::Decrypt(Bound { data, associated }) => {
                let plain = key.decrypt(data.read_text()?.expose(), associated.bytes()).await?;
                data.to.bytes(&plain)
            }
            Self::Rewrap(bound) => rewrap(key, bound).await,
            Self::Wrap(Bound { data, associated }) => {
                data.to.line(&key.wrap(data.read()?.expose(), associated.bytes()).await?)
            }
            Self::Unwrap(Bound { data, associated }) => {
                let plain = key.unwrap(data.read_text()?.expose(), associated.bytes()).await?;
                data.to.bytes(&plain)
            }
            Self::DataKey { length, out, wrapped, associated, .. } => {
                let (own, sealed) = key.data_key(*length, associated.bytes()).await?;
                put(wrapped, Access::Public, format!("{sealed}\n").as_bytes())?;
                put(out, Access::Private, own.expose())
            }
            Self::Sign { data, way } => {
                data.to.line(&key.sign(way.wire(), data.read()?.expose()).await?)
            }
            Self::Verify { data, signature, way } => {
                let message = data.read()?;
                let valid = key.verify(way.wire(), message.expose(), signature.trim()).await?;
                told(valid, "signature")
            }
            Self::Mac(data) => data.to.line(&key.mac(data.read()?.expose()).await?),
            Self::VerifyMac { data, mac } => {
                told(key.verify_mac(data.read()?.expose(), mac.trim()).await?, "MAC")
            }
            Self::Derive { data, length, version } => {
                let (own, _) = key.derive(data.read()?.expose(), *length, *version).await?;
                data.to.bytes(&own)
            }
            Self::Random { length, to, .. } => to.bytes(&key.random(*length).await?),
        }
    }
}

/// Rewraps every line. Nothing is written if one of them fails.
async fn rewrap(key: &KeyInPlace<'_>, Bound { data, associated }: &Bound) -> Result<()> {
    let text = data.read_text()?;
    let lines: Vec<&str> = text.expose().lines().map(str::trim).collect();
    let mut made = Zeroizing::new(String::new());
    for (first, lines) in (0..).step_by(MOST_OPERATIONS).zip(lines.chunks(MOST_OPERATIONS)) {
        let operations =
            lines.iter().map(|line| Operation::rewrap(line, associated.bytes())).collect();
        for (number, outcome) in (first + 1..).zip(key.batch(operations).await?) {
            let outcome = outcome.map_err(|error| {
                Failure::from(Error::Operation(error)).context(format!("line {number}"))
            })?;
            made.push_str(outcome.sealed());
            made.push('\n');
        }
    }
    put(&data.to.out, Access::Private, made.as_bytes())
}

fn told(valid: bool, what: &str) -> Result<()> {
    match valid {
        true => output::print_bytes(format!("the {what} is right\n").as_bytes()),
        false => Err(Failure::bad_input(format!("the {what} is wrong"))),
    }
}

/// Writes a result to its place.
pub(crate) fn put(place: &Place, access: Access, data: &[u8]) -> Result<()> {
    match place {
        Place::StandardOutput => output::print_bytes(data),
        Place::File(path) => files::write(path, access, data),
    }
}

#[cfg(test)]
mod tests {
    use aecs_crypto::transit::{KEY_LENGTHS, MOST_RANDOM};
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        transit: Transit,
    }

    #[test]
    fn lengths_are_checked_before_anything_is_sent() {
        let made = "--out=a --wrapped=b";
        let (least, most) = (*KEY_LENGTHS.start(), *KEY_LENGTHS.end());
        for (operation, others, least, most) in [
            ("random", "", 1, MOST_RANDOM),
            ("derive", "", least, most),
            ("data-key", made, least, most),
        ] {
            for (length, fits) in
                [(least - 1, false), (least, true), (most, true), (most + 1, false)]
            {
                let line = format!("transit {operation} s/k --length {length} {others}");
                let parsed = Line::try_parse_from(line.split_whitespace());
                assert_eq!(parsed.is_ok(), fits, "{line}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_into_a_request_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let line = ["transit", "encrypt", "s/k", "--in", path.to_str().unwrap()];
        let Transit::Encrypt(Bound { data, .. }) = Line::try_parse_from(line).unwrap().transit
        else {
            panic!()
        };
        std::fs::write(&path, vec![0; 500_000]).unwrap();
        assert_eq!(data.read().unwrap().expose().len(), 500_000);
        std::fs::write(&path, vec![0; 500_001]).unwrap();
        let refused = data.read().err().unwrap();
        assert_eq!(refused.exit(), Exit::BadInput);
        assert!(refused.to_string().contains("one operation takes 500 kB at most"), "{refused}");
        assert!(input_help().contains("at most 500 kB"));
    }
}
