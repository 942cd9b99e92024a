//! Private keys as `ssh-keygen` writes them (OpenSSH's PROTOCOL.key), turned into PKCS#8.
//!
//! Keys without a passphrase on P-256 and P-384 and of Ed25519. What OpenSSH keeps of an RSA key is not
//! all that PKCS#8 has; `ssh-keygen -p -m PEM` converts those.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::pem;
use crate::secret::SecretString;

const LABEL: &str = "OPENSSH PRIVATE KEY";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The key as PKCS#8 in PEM (`PRIVATE KEY`); `None` if the text is no key of OpenSSH.
///
/// # Errors
///
/// [`Error::EncryptedPrivateKey`] for a key with a passphrase, [`Error::OpenSshKey`] for a type that is
/// not taken, [`Error::MalformedKey`] for the rest; among others if the halves do not belong together.
pub fn to_pkcs8(text: &SecretString) -> Result<Option<SecretString>> {
    if !text.expose().trim_start().starts_with("-----BEGIN OPENSSH ") {
        return Ok(None);
    }
    let blocks = pem::parse(text.expose())?;
    let der = match blocks.as_slice() {
        [block] if block.label == LABEL => read(&block.der)?,
        _ => return Err(malformed()),
    };
    Ok(Some(SecretString::from(pem::encode(pem::PRIVATE_KEY, &der)?)))
}

fn malformed() -> Error {
    Error::MalformedKey("OpenSSH private key")
}

fn read(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mut outer = Fields(bytes.strip_prefix(MAGIC).ok_or_else(malformed)?);
    let (cipher, _kdf, _options) = (outer.string()?, outer.string()?, outer.string()?);
    if cipher != b"none" {
        return Err(Error::EncryptedPrivateKey);
    }
    if outer.number()? != 1 {
        return Err(malformed());
    }
    let _public = outer.string()?;
    let mut key = Fields(outer.string()?);
    // Two equal numbers tell that a passphrase was right.
    if !outer.0.is_empty() || key.number()? != key.number()? {
        return Err(malformed());
    }
    let rejected = |_| malformed();
    let failed = |_| Error::Library("private key encoding");
    let document = match key.string()? {
        b"ssh-ed25519" => {
            let (public, private) = (key.string()?, key.string()?);
            let (seed, again) = private.split_at_checked(32).ok_or_else(malformed)?;
            if public != again {
                return Err(Error::KeyMismatch("public key"));
            }
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public);
            pair.map_err(rejected)?.to_pkcs8v1().map_err(failed)?
        }
        b"ecdsa-sha2-nistp256" => key.ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, 32)?,
        b"ecdsa-sha2-nistp384" => key.ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, 48)?,
        _ => return Err(Error::OpenSshKey),
    };
    let _comment = key.string()?;
    // Padding is 1, 2, 3 ... up to the size of a block.
    if key.0.len() > 255 || !key.0.iter().zip(1..).all(|(byte, number)| *byte == number) {
        return Err(malformed());
    }
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

/// Fields one behind the other (RFC 4251, section 5).
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Result<u32> {
        let (number, rest) = self.0.split_first_chunk().ok_or_else(malformed)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*number))
    }

    fn string(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?).map_err(|_| malformed())?;
        let (string, rest) = self.0.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(string)
    }

    /// The rest of a key on a curve whose numbers have `size` bytes.
    fn ecdsa(
        &mut self,
        curve: &'static EcdsaSigningAlgorithm,
        size: usize,
    ) -> Result<aws_lc_rs::pkcs8::Document> {
        let (_curve, public, number) = (self.string()?, self.string()?, self.string()?);
        // A positive number: shorter without its zeros, or with one in front.
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        let zeros = size.checked_sub(number.len()).ok_or_else(malformed)?;
        let mut private = Zeroizing::new(vec![0; zeros]);
        private.reserve_exact(number.len());
        private.extend_from_slice(number);
        EcdsaKeyPair::from_private_key_and_public_key(curve, &private, public)
            .map_err(|_| malformed())?
            .to_pkcs8v1()
            .map_err(|_| Error::Library("private key encoding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Algorithm, AsymmetricPems};

    const ED25519: &str = "\
        -----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
        QyNTUxOQAAACC8HY32A0fNTKC67y+4vCzscn8ylH4emOqfISWNA1z7FgAAAIjeXusi3l7r\n\
        IgAAAAtzc2gtZWQyNTUxOQAAACC8HY32A0fNTKC67y+4vCzscn8ylH4emOqfISWNA1z7Fg\n\
        AAAEArpKIj1NdZIrnug5afjfSgkV1O06YAmz42iSTJQ6ZmMLwdjfYDR81MoLrvL7i8LOxy\n\
        fzKUfh6Y6p8hJY0DXPsWAAAAAAECAwQF\n\
        -----END OPENSSH PRIVATE KEY-----\n\
        ";
    const ED25519_PUBLIC: &str = "\
        -----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAvB2N9gNHzUyguu8vuLws7HJ/MpR+HpjqnyEljQNc+xY=\n\
        -----END PUBLIC KEY-----\n\
        ";
    const P256: &str = "\
        -----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n\
        1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQ+4FwcgDjvbK1E/GKTnZKAVMvlgKm+\n\
        +xvlDoweKGP7l4hXArSpHWV4/Ay0KKhnpzpXD+38HAYT8XKlDWxflj+2AAAAmMkwKXzJMC\n\
        l8AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBD7gXByAOO9srUT8\n\
        YpOdkoBUy+WAqb77G+UOjB4oY/uXiFcCtKkdZXj8DLQoqGenOlcP7fwcBhPxcqUNbF+WP7\n\
        YAAAAgPsAndUEkB07HAxMN5u0ZWx2nRCRfelNSboDmeXVr7XMAAAAA\n\
        -----END OPENSSH PRIVATE KEY-----\n\
        ";
    const P256_PUBLIC: &str = "\
        -----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPuBcHIA472ytRPxik52SgFTL5YCp\n\
        vvsb5Q6MHihj+5eIVwK0qR1lePwMtCioZ6c6Vw/t/BwGE/FypQ1sX5Y/tg==\n\
        -----END PUBLIC KEY-----\n\
        ";
    const P384: &str = "\
        -----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAiAAAABNlY2RzYS\n\
        1zaGEyLW5pc3RwMzg0AAAACG5pc3RwMzg0AAAAYQSQ4Vq4BgYr4PLRVxM3lCPoFgGC7vaa\n\
        lNSzEvDxV6O6FCQw23ZNbwA5x4Lr7Xa5e7EsyxMjByKk+7Ko3063xKE/8LmpE9nmHV6+6x\n\
        VXLOh7xi/X5AZdesjgxZtlzalCjQ0AAADIHLnzLhy58y4AAAATZWNkc2Etc2hhMi1uaXN0\n\
        cDM4NAAAAAhuaXN0cDM4NAAAAGEEkOFauAYGK+Dy0VcTN5Qj6BYBgu72mpTUsxLw8Vejuh\n\
        QkMNt2TW8AOceC6+12uXuxLMsTIwcipPuyqN9Ot8ShP/C5qRPZ5h1evusVVyzoe8Yv1+QG\n\
        XXrI4MWbZc2pQo0NAAAAMG/WrHpbH6SfJZrUTHF5mTcFbsyo72rw9LhatSR1eVRPraE3tB\n\
        lbT4713vD/GTkHCAAAAAA=\n\
        -----END OPENSSH PRIVATE KEY-----\n\
        ";
    const P384_PUBLIC: &str = "\
        -----BEGIN PUBLIC KEY-----\n\
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEkOFauAYGK+Dy0VcTN5Qj6BYBgu72mpTU\n\
        sxLw8VejuhQkMNt2TW8AOceC6+12uXuxLMsTIwcipPuyqN9Ot8ShP/C5qRPZ5h1e\n\
        vusVVyzoe8Yv1+QGXXrI4MWbZc2pQo0N\n\
        -----END PUBLIC KEY-----\n\
        ";
    const RSA: &str = "\
        -----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn\n\
        NhAAAAAwEAAQAAAQEAzrhmUvL9e9EOW2G+nuYQDpVBIxrAgXHsQXN+J0iCv96Jhv1TJYpY\n\
        ls6iDN64RYKTTHdoo0f50vDMZtJ+9oAKhPmBZ6hRa9a+suHKfdHEDpqS7dQVzna/e5foPU\n\
        nde4GAn9Zb51KfcW4W4UkCXsmFKavQ3RJ1l3r98vcLiQJ/ezPOGqAhwmvSwQr7+sJ3MBBF\n\
        sTuoMiOkySfZo+xNhy7sSTpPK7jptqttY6diw63A359iQKDobVlskXQb4l1fnm1naaDHLR\n\
        ZhiL2k0qDqV68FtefZq10Qn/sek0ljt4NnUzmcH5Yp318ShfLhI+4gNW2aPuCsc545T8mU\n\
        mwH3SyaAeQAAA7j0hnID9IZyAwAAAAdzc2gtcnNhAAABAQDOuGZS8v170Q5bYb6e5hAOlU\n\
        EjGsCBcexBc34nSIK/3omG/VMliliWzqIM3rhFgpNMd2ijR/nS8Mxm0n72gAqE+YFnqFFr\n\
        1r6y4cp90cQOmpLt1BXOdr97l+g9Sd17gYCf1lvnUp9xbhbhSQJeyYUpq9DdEnWXev3y9w\n\
        uJAn97M84aoCHCa9LBCvv6wncwEEWxO6gyI6TJJ9mj7E2HLuxJOk8ruOm2q21jp2LDrcDf\n\
        n2JAoOhtWWyRdBviXV+ebWdpoMctFmGIvaTSoOpXrwW159mrXRCf+x6TSWO3g2dTOZwfli\n\
        nfXxKF8uEj7iA1bZo+4KxznjlPyZSbAfdLJoB5AAAAAwEAAQAAAQADcV/G5uQg4Uj3bafS\n\
        lqtSytqUXpgxL7gLGQTTW6pNzsOEm4h8ehLipBtf0n/ILJYOcnisK4E2KauF1OCnc1d5gn\n\
        xMwSll/eQcL5WDRfCZe6qRynP4hdLHmK6WArptGamOP/A06JPePEKmSuR+tqWAnatzWyDZ\n\
        PoOnPcUT6ZY884bEAzb0MFI7iPqCpcOFzHJq1Zv4RYkjAUywUhy/USodOvsVuflXSNOAdA\n\
        gDlKuZzzUMzZg4nRXOjZS/vR+jt53gkDLF8zMm9aENsyzWYDQdZeD9rFofcymrm/eCaGMi\n\
        Qadxn1uoZWaLmvgY1mSkeCzqjJ8iu5hpFtsmqin9iQ35AAAAgQDQqxZ6fkIpcX90ryra21\n\
        NtXA8VKd0G1GfaMn4+gwXTmPC+xIkLbypU0njuq7QDwSxok74NABkJU3gbNb2m7YowO5mu\n\
        w3E2VKESXIvnEmmSr19MzGN2TJ9DGLjKWuTzAQH/FlZD7s22pIz9G8alW2acOs88fBhbP7\n\
        uNE5Vtz0oE6AAAAIEA58ChY0Kg83/WPbacF6isx+kjv4PwNuYZWz7d8kT3CuOXOw0BiDJ3\n\
        8NdzRZtjnU7LoMQe4mTqyC7H49K8nSFhmEhoB1sOTdhFE9RafnO9C4bPEiJf1ljb9Lrv7K\n\
        zjhtil2noVOJd/x4lmDU7vA7fUr8w5uFKzWEMsauckzCUBDDUAAACBAORZS8xcE/MbZUhD\n\
        Ycn+xsSp8uXG04Ym+ITQ/bAtt3xzzeznO+FHppQNqWQyVOKaXvzwkjN8GwwjBYH7uNQdw1\n\
        BvqE+s+wk3B932XUfCZX2Amc1i6c8FvEbdPh0B+IXprnJsrJ5PtzNL8DmM4L486DePBcgR\n\
        vEoUaJHVVEc/O0O1AAAAAAEC\n\
        -----END OPENSSH PRIVATE KEY-----\n\
        ";
    const ENCRYPTED: &str = "\
        -----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDVr1QlkS\n\
        89ZLNjf3ood2aHAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIAh3gNWKeH6GZ3JK\n\
        zfL/yGRcXBp/hrlQkmOX+Lw6qZLjAAAAkCDlautrtVxu0worjdbGDFSbUnV2E0VxJok+Tu\n\
        DsG69ikrDwOuvythQ9Ogg2LdU3o0sM5cFwsOpKRQGqe/5qthlWL/+TSf4pjp+Iu6jDvuVY\n\
        5G+vJIrTsaGkM2AY0/kmnq1nLfTOSo6nyLIyuQ63dMyuuoXL9+3OOJ/+gGEUiso6hOP4R1\n\
        2HLTgTZQTGZnAM3A==\n\
        -----END OPENSSH PRIVATE KEY-----\n\
        ";

    fn key(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn keys_of_ssh_keygen_are_read() {
        for (algorithm, text, public) in [
            (Algorithm::Ed25519, ED25519, ED25519_PUBLIC),
            (Algorithm::EcP256, P256, P256_PUBLIC),
            (Algorithm::EcP384, P384, P384_PUBLIC),
        ] {
            let pkcs8 = to_pkcs8(&key(text)).unwrap().unwrap();
            let pems = AsymmetricPems::of_private(algorithm, pkcs8).unwrap();
            assert_eq!(pems.public, public, "{algorithm}");
        }
    }

    #[test]
    fn other_keys_are_named_and_broken_ones_refused() {
        assert_eq!(to_pkcs8(&key(RSA)).err(), Some(Error::OpenSshKey));
        assert_eq!(to_pkcs8(&key(ENCRYPTED)).err(), Some(Error::EncryptedPrivateKey));
        let pem = crate::generate::key_pair(Algorithm::Ed25519).unwrap().private;
        assert!(to_pkcs8(&pem).unwrap().is_none());
        let blocks = pem::parse(P256).unwrap();
        let der = blocks.first().unwrap().der.clone();
        for i in 0..der.len() {
            assert!(read(&der[..i]).is_err(), "{i}");
            let mut changed = der.clone();
            changed[i] ^= 1;
            // The comment, and the copy of the public half in front, decide nothing.
            if let Ok(same) = read(&changed) {
                assert_eq!(*same, *read(&der).unwrap(), "{i}");
            }
        }
    }
}
