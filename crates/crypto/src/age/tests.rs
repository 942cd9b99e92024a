//! Interoperability with age 1.1.1 (Debian 12): files that it wrote, and one that it read.

use super::*;

const IDENTITY: &str = include_str!("../../tests/vectors/age/identity.txt");
const PLAIN: &[u8] = b"a share of a secret\n";
const RECIPIENT: &str = "age17efuj87zc3l2ssvh3xer0gyx7lefd2agefz3fgh6cpc6m0e2c3vq46xy3g";

fn identity() -> Identity {
    Identity::of_file(IDENTITY).unwrap().remove(0)
}

#[test]
fn opens_what_age_wrote() {
    for file in [
        include_str!("../../tests/vectors/age/one_recipient.age"),
        include_str!("../../tests/vectors/age/two_recipients.age"),
        include_str!("../../tests/vectors/age/ssh_beside.age"),
    ] {
        assert!(identity().decrypt(file).unwrap().ct_eq(PLAIN));
        let stranger = Identity::generate().unwrap();
        assert_eq!(stranger.decrypt(file).err(), Some(Error::Decryption));
    }
}

#[test]
fn keys_are_written_as_age_writes_them() {
    assert_eq!(identity().recipient().unwrap().to_string(), RECIPIENT);
    assert!(IDENTITY.contains(identity().line().unwrap().as_str()));
    assert_eq!(RECIPIENT.parse::<Recipient>().unwrap().to_string(), RECIPIENT);
}

/// Where the program is installed, it reads what is written here.
#[test]
fn age_opens_what_is_written_here() {
    use std::process::Command;

    let folder = std::env::temp_dir().join(format!("aecs-age-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [key, file] = ["key", "file"].map(|name| folder.join(name));
    std::fs::write(&key, IDENTITY).unwrap();
    let recipient: Recipient = RECIPIENT.parse().unwrap();
    for length in [0, 1, 47, 48, 1000, CHUNK] {
        let plain = vec![7; length];
        std::fs::write(&file, recipient.encrypt(&plain).unwrap()).unwrap();
        let Ok(done) = Command::new("age").arg("-d").arg("-i").args([&key, &file]).output() else {
            eprintln!("SKIPPED: age is not installed");
            break;
        };
        assert!(done.status.success() && done.stdout == plain, "{length}: {done:?}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn any_change_of_a_file_is_noticed() {
    let file = unarmored(include_str!("../../tests/vectors/age/one_recipient.age")).unwrap();
    for at in 0..file.len() {
        for bit in [0x01, 0x20] {
            let mut changed = file.clone();
            changed[at] ^= bit;
            assert!(identity().decrypt(&armored(&changed)).is_err(), "byte {at}");
        }
        assert!(identity().decrypt(&armored(&file[..at])).is_err(), "cut at {at}");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert!(identity().decrypt(&armored(&longer)).is_err());
}

#[test]
fn other_recipients_are_refused() {
    let zero = bech32::encode_lower::<Bech32>(Hrp::parse("age").unwrap(), &[0; 32]).unwrap();
    let short = bech32::encode_lower::<Bech32>(Hrp::parse("age").unwrap(), &[9; 31]).unwrap();
    let other = bech32::encode_lower::<Bech32>(Hrp::parse("agx").unwrap(), &[9; 32]).unwrap();
    let upper = RECIPIENT.to_uppercase();
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC2pQ";
    for text in ["", &zero, &short, &other, &upper, ssh, &RECIPIENT[..60], "age1yubikey1qqq"] {
        assert!(text.parse::<Recipient>().is_err(), "{text}");
    }
    assert!(Identity::of_file("# nothing\n").is_err());
    assert!(Identity::of_file(RECIPIENT).is_err());
}
