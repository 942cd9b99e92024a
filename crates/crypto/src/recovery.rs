//! Recovery of an identity by custodians: the key that it is sealed under, the shares of that key, and
//! the files that custodians keep (docs/recovery.md).
//!
//! A share is labelled with the deployment, its revision, and whose it is. From its bytes and its label
//! follows a key pair of its own ([`key_pair`]), which proves that somebody has the share and gives
//! nothing of it away: the server keeps the public halves, and no share.
//!
//! Invariant: a label that was changed is noticed, because another key pair follows from it. The label
//! outside of the encryption is for people; what counts is the one inside.

use aecs_proto::{RecoveryLabel, RecoveryShare, json};
use zeroize::Zeroizing;

use crate::age::{Identity, Recipient};
use crate::derivation;
use crate::error::{Error, Result};
use crate::hash::random_secret;
use crate::key::{KeyPair, modern};
use crate::labels;
use crate::record::RecordKey;
use crate::secret::{SecretBytes, SecretString};
use crate::shares::{self, Share};
use crate::transcript::Transcript;

/// The first line of a share file.
const TITLE: &str = "AECS recovery share, version 1";
/// Where its encryption begins.
const ARMOR: &str = "-----BEGIN";

/// The key that an identity is sealed under for its recovery. It is used once, and is then in shares
/// only.
pub struct RecoveryKey(Zeroizing<[u8; shares::BYTES]>);

impl RecoveryKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the random generator fails.
    pub fn generate() -> Result<Self> {
        random_secret().map(Self)
    }

    /// Splits it; see [`shares::split`].
    ///
    /// # Errors
    ///
    /// Those of [`shares::split`].
    pub fn split(&self, threshold: usize, count: usize) -> Result<Vec<Share>> {
        shares::split(&self.0, threshold, count)
    }

    /// The key that these shares are of; see [`shares::combine`].
    ///
    /// # Errors
    ///
    /// Those of [`shares::combine`].
    pub fn combine<'a>(shares: impl IntoIterator<Item = &'a Share>) -> Result<Self> {
        shares::combine(shares).map(Self)
    }

    /// Seals an identity; `header` is what is kept beside it in the clear.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if the cryptographic library fails.
    pub fn seal(&self, header: &[u8], identity: &[u8]) -> Result<Vec<u8>> {
        self.record_key()?.seal(bound_to(header), identity)
    }

    /// Opens what [`RecoveryKey::seal`] made with the same header.
    ///
    /// # Errors
    ///
    /// [`Error::Decryption`] for another key or header, or what was changed.
    pub fn open(&self, header: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
        self.record_key()?.open(bound_to(header), sealed)
    }

    fn record_key(&self) -> Result<RecordKey> {
        RecordKey::from_bytes(&SecretBytes::from(self.0.to_vec()))
    }
}

fn bound_to(header: &[u8]) -> Transcript {
    Transcript::new(labels::recovery::BUNDLE).field(header)
}

/// The key pair of a share, which follows from its bytes and its label.
///
/// # Errors
///
/// [`Error::MalformedShare`] for a share of another length.
pub fn key_pair(label: &RecoveryLabel, share: &[u8]) -> Result<KeyPair> {
    if share.len() != shares::BYTES {
        return Err(Error::MalformedShare("a share must have 32 bytes"));
    }
    let RecoveryLabel { deployment_id, epoch, revision, threshold, count, number, holder } = label;
    let place = Transcript::new(labels::recovery::SHARE)
        .field(deployment_id.as_bytes())
        .field(&epoch.to_be_bytes())
        .field(&revision.to_be_bytes())
        .field(&threshold.to_be_bytes())
        .field(&count.to_be_bytes())
        .field(&number.to_be_bytes())
        .field(holder.as_bytes());
    let secret = derivation::extract(labels::recovery::SHARE.as_bytes(), share);
    let seed = |key: &[u8]| derivation::expand(&secret, &[key, place.as_bytes()]);
    let private = modern::Private::from_seeds(&seed(b"Ed25519")?, &seed(b"X25519")?)?;
    KeyPair::from_private_pem(private.pem()?.expose())
}

/// Writes the file of a share: its label for people, and the share with its label, encrypted.
///
/// # Errors
///
/// [`Error::MalformedShare`] for a label that has more than a line; [`Error::Library`].
pub fn write_file(share: &RecoveryShare, recipient: &Recipient) -> Result<String> {
    let label = share.label.as_ref().ok_or(Error::MalformedShare("the share has no label"))?;
    if label.holder.contains(char::is_control) {
        return Err(Error::MalformedShare("the name of the holder has more than a line"));
    }
    let plain = SecretString::from(json::to_string(share));
    Ok(format!("{}\n{}", head(label), recipient.encrypt(plain.expose().as_bytes())?))
}

fn head(label: &RecoveryLabel) -> String {
    let RecoveryLabel { deployment_id, epoch, revision, threshold, count, number, holder } = label;
    format!(
        "{TITLE}\ndeployment: {deployment_id}\nrevision: {revision}\nepoch: {epoch}\n\
         share: {number} of {count}\nneeded: {threshold}\nholder: {holder}\n"
    )
}

/// Opens the file of a share with one of these identities.
///
/// # Errors
///
/// [`Error::MalformedShare`] for what is no such file, or has another label outside than inside;
/// [`Error::Decryption`] if it is for none of the identities.
pub fn open_file(text: &str, identities: &[Identity]) -> Result<Zeroizing<RecoveryShare>> {
    let armor = text.find(ARMOR).ok_or(Error::MalformedShare("it has no encrypted part"))?;
    let (outside, armored) = text.split_at(armor);
    if !outside.starts_with(TITLE) {
        return Err(Error::MalformedShare("it does not begin as a share of version 1"));
    }
    let mut opened = Err(Error::Decryption);
    for identity in identities {
        opened = identity.decrypt(armored);
        if opened.as_ref().err() != Some(&Error::Decryption) {
            break;
        }
    }
    let plain = SecretString::try_from(opened?)?;
    let share: RecoveryShare =
        json::from_str(plain.expose()).map_err(|_| Error::MalformedShare("its content is none"))?;
    let share = Zeroizing::new(share);
    let label = share.label.as_ref().ok_or(Error::MalformedShare("the share has no label"))?;
    let written: Vec<&str> = outside.lines().map(str::trim_end).collect();
    let own = head(label);
    if written.iter().filter(|line| !line.is_empty()).ne(own.lines().collect::<Vec<_>>().iter()) {
        return Err(Error::MalformedShare(
            "its first lines were changed: they differ from the label inside",
        ));
    }
    Ok(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> RecoveryLabel {
        RecoveryLabel {
            deployment_id: "AB".repeat(32),
            epoch: 7,
            revision: 2,
            threshold: 2,
            count: 3,
            number: 1,
            holder: "alice".to_owned(),
        }
    }

    fn share() -> RecoveryShare {
        RecoveryShare { label: Some(label()), share: vec![5; 32], ..RecoveryShare::default() }
    }

    #[test]
    fn a_sealed_identity_opens_with_the_shares_and_in_its_place_only() {
        let key = RecoveryKey::generate().unwrap();
        let sealed = key.seal(b"header", b"identity").unwrap();
        let shares = key.split(2, 3).unwrap();
        let again = RecoveryKey::combine(&shares[1..]).unwrap();
        assert!(again.open(b"header", &sealed).unwrap().ct_eq(b"identity"));
        assert!(again.open(b"other", &sealed).is_err());
        let others = RecoveryKey::generate().unwrap().split(2, 3).unwrap();
        let mixed = RecoveryKey::combine([&shares[0], &others[1]]).unwrap();
        assert!(mixed.open(b"header", &sealed).is_err());
    }

    #[test]
    fn every_part_of_a_label_is_in_the_key_of_a_share() {
        let own = key_pair(&label(), &[5; 32]).unwrap().public().fingerprint();
        assert_eq!(key_pair(&label(), &[5; 32]).unwrap().public().fingerprint(), own);
        let changed = [
            RecoveryLabel { deployment_id: "AC".repeat(32), ..label() },
            RecoveryLabel { epoch: 8, ..label() },
            RecoveryLabel { revision: 3, ..label() },
            RecoveryLabel { threshold: 3, ..label() },
            RecoveryLabel { count: 4, ..label() },
            RecoveryLabel { number: 2, ..label() },
            RecoveryLabel { holder: "alicf".to_owned(), ..label() },
        ];
        for label in changed {
            assert_ne!(
                key_pair(&label, &[5; 32]).unwrap().public().fingerprint(),
                own,
                "{label:?}"
            );
        }
        assert_ne!(key_pair(&label(), &[6; 32]).unwrap().public().fingerprint(), own);
        assert!(key_pair(&label(), &[5; 31]).is_err());
    }

    #[test]
    fn a_file_opens_for_its_holder_and_shows_the_label_that_it_has() {
        let identity = Identity::generate().unwrap();
        let file = write_file(&share(), &identity.recipient().unwrap()).unwrap();
        let expected = "AECS recovery share, version 1\ndeployment: ABAB";
        assert!(file.starts_with(expected), "{file}");
        assert!(
            file.contains("\nrevision: 2\nepoch: 7\nshare: 1 of 3\nneeded: 2\nholder: alice\n")
        );
        let others = || vec![Identity::generate().unwrap()];
        assert_eq!(open_file(&file, &others()).err(), Some(Error::Decryption));
        let mut several = others();
        several.push(identity);
        assert_eq!(*open_file(&file, &several).unwrap(), share());
        let crlf = file.replace('\n', "\r\n");
        assert_eq!(*open_file(&crlf, &several).unwrap(), share());
        for (from, to) in [
            ("holder: alice", "holder: mallory"),
            ("needed: 2", "needed: 1"),
            ("revision: 2", "revision: 3"),
            ("share: 1", "share: 2"),
            ("holder: alice\n", ""),
            ("holder: alice", "holder: alice\nnote: x"),
            ("version 1", "version 2"),
            ("BEGIN AGE", "BEGIN XXX"),
        ] {
            let changed = file.replacen(from, to, 1);
            assert!(open_file(&changed, &several).is_err(), "{from} -> {to}");
        }
        let two_lines = RecoveryLabel { holder: "a\nneeded: 1".to_owned(), ..label() };
        let two_lines = RecoveryShare { label: Some(two_lines), ..share() };
        assert!(write_file(&two_lines, &several[0].recipient().unwrap()).is_err());
    }
}
