use std::process::Command;

use aecs_client::{EnclaveSecretType, NewValue};

use super::*;

/// A P-256 key, its certificate and the CA's, as OpenSSL 3 writes them: the password is `secret`.
const CHAIN: &[u8] = include_bytes!("chain.p12");
/// The key and its certificate with `-legacy`.
const LEGACY: &[u8] = include_bytes!("legacy.p12");
/// The CA's certificate alone.
const NO_KEY: &[u8] = include_bytes!("no-key.p12");
/// The key and its certificate, in the clear and without a MAC.
const CLEAR: &[u8] = include_bytes!("clear.p12");

fn refused(file: &[u8], password: &str) -> Unread {
    read(file, password).err().unwrap()
}

/// The subjects of the certificates in a PEM text.
fn subjects(pem: &SecretString) -> Vec<String> {
    let blocks = x509_parser::pem::Pem::iter_from_buffer(pem.expose().as_bytes());
    let blocks =
        blocks.map(std::result::Result::unwrap).filter(|block| block.label == "CERTIFICATE");
    blocks.map(|block| block.parse_x509().unwrap().subject().to_string()).collect()
}

/// An element in DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), content].concat()
}

/// [`CLEAR`] with other parts, made of its two: the certificate and the key.
fn with_parts(choose: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let pfx = items(only(CLEAR, Tag::Sequence, "").unwrap(), "").unwrap();
    let Content::Clear(safe) = content(&pfx[1]).unwrap() else { panic!("encrypted") };
    let parts = items(only(safe, Tag::Sequence, "").unwrap(), "").unwrap();
    let [certificate, key] = parts.as_slice() else { panic!("not two parts") };
    let [certificate, key] = [certificate, key].map(|part| element(0x30, part.value()));
    let chosen = element(0x04, &element(0x30, &choose(&certificate, &key)));
    let data = [&[6, 9], RSADSI, &[1, 7, 1], &element(0xA0, &chosen)].concat();
    element(0x30, &[&[2, 1, 3][..], &element(0x30, &data)].concat())
}

#[test]
fn a_key_comes_with_its_chain() {
    let pem = read(CHAIN, "secret").unwrap();
    assert_eq!(subjects(&pem), ["CN=test.example", "CN=Test CA"]);
    for kind in
        [EnclaveSecretType::SecretTypeCertificate, EnclaveSecretType::SecretTypeEcP256KeyPair]
    {
        let file = NewValue::Binary(SecretBytes::from(CHAIN.to_vec()));
        assert!(file.is_pkcs12(kind));
        assert!(NewValue::Text(SecretString::from(pem.expose().to_owned())).for_type(kind).is_ok());
    }
    let file = NewValue::Binary(SecretBytes::from(CHAIN.to_vec()));
    assert!(!file.is_pkcs12(EnclaveSecretType::SecretTypeImportData));
    assert_eq!(subjects(&read(CLEAR, "no matter").unwrap()), ["CN=test.example"]);
}

#[test]
fn what_gives_no_key_is_told_apart() {
    for wrong in ["", "Secret", "secret "] {
        assert_eq!(refused(CHAIN, wrong), Unread::WrongPassword);
        assert_eq!(refused(LEGACY, wrong), Unread::WrongPassword);
    }
    assert_eq!(refused(LEGACY, "secret"), Unread::OldCipher("RC2"));
    assert_eq!(refused(NO_KEY, "secret"), Unread::NoKey);
    let twice = with_parts(|certificate, key| [certificate, key, key].concat());
    assert_eq!(refused(&twice, ""), Unread::SeveralKeys(2));
    let once = with_parts(|certificate, key| [key, certificate].concat());
    assert_eq!(read(&once, "").unwrap().expose(), read(CLEAR, "").unwrap().expose());
    assert_eq!(refused(&with_parts(|certificate, _| certificate.to_vec()), ""), Unread::NoKey);
    assert!(
        Unread::OldCipher("RC2")
            .help("tls")
            .contains("-legacy -in FILE -nodes | serviceadmin put tls -")
    );
}

#[test]
fn what_is_cut_or_changed_is_refused() {
    for at in 0..CHAIN.len() {
        assert!(read(&CHAIN[..at], "secret").is_err(), "{at}");
    }
    // What the MAC covers is noticed wherever it is changed. The length of the salt etc. is not in it.
    let covered = 40..CHAIN.len() - 100;
    for at in covered.step_by(7) {
        let mut changed = CHAIN.to_vec();
        changed[at] ^= 1;
        assert_eq!(refused(&changed, "secret"), Unread::WrongPassword, "{at}");
    }
    let rounds = |bytes: &[u8]| rounds(&AnyRef::new(Tag::Integer, bytes).unwrap());
    assert_eq!(rounds(&[8, 0]).unwrap().get(), 2048);
    for outside in [&[0][..], &[0x7F, 0xFF, 0xFF, 0xFF], &[0xFF]] {
        assert!(rounds(outside).is_err(), "{outside:?}");
    }
}

/// What OpenSSL writes, in every form that it has.
#[test]
fn the_files_of_openssl_are_read() {
    let openssl = |arguments: &str, folder: &std::path::Path| {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(folder).output();
        output.is_ok_and(|output| output.status.success())
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !openssl("version", folder) {
        eprintln!("SKIPPED: there is no openssl program");
        return;
    }
    for (key, kind) in [
        ("rsa:2048", EnclaveSecretType::SecretTypeRsaKeyPair),
        ("ec -pkeyopt ec_paramgen_curve:P-384", EnclaveSecretType::SecretTypeEcP384KeyPair),
        ("ed25519", EnclaveSecretType::SecretTypeEd25519KeyPair),
    ] {
        assert!(openssl(
            &format!("req -x509 -newkey {key} -nodes -keyout k -out c -subj /CN=test"),
            folder
        ));
        for options in [
            "",
            "-macalg sha1",
            "-macalg sha384",
            "-macalg sha512 -maciter",
            "-nomac",
            "-iter 1",
            "-keypbe AES-128-CBC -certpbe AES-192-CBC",
            "-keypbe NONE",
            "-certpbe NONE",
        ] {
            for password in ["secret", "pässwörd", ""] {
                let file = folder.join("file");
                let export = format!(
                    "pkcs12 -export -inkey k -in c -out file -passout pass:{password} {options}"
                );
                assert!(openssl(export.trim_end(), folder), "{export}");
                let pem = read(&std::fs::read(file).unwrap(), password);
                let pem = pem.unwrap_or_else(|why| panic!("{key}, {export}: {why}"));
                assert_eq!(subjects(&pem), ["CN=test"]);
                NewValue::Text(pem).for_type(kind).unwrap();
            }
        }
        assert!(openssl(
            "pkcs12 -export -inkey k -in c -out old -passout pass:x -keypbe PBE-SHA1-3DES -certpbe NONE",
            folder
        ));
        let old = std::fs::read(folder.join("old")).unwrap();
        assert_eq!(refused(&old, "x"), Unread::OldCipher("3DES"));
    }
}
