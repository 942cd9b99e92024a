//! The command lines of AECS 2.0 and those of today are the same commands.

use aecs_cli::tool::parse;
use aecs_cli::{admin, service, ta};

fn words(tool: &str, line: &str) -> Vec<String> {
    std::iter::once(tool).chain(line.split(' ')).map(str::to_owned).collect()
}

macro_rules! same_commands {
    ($tool:ty, $name:literal, $pairs:expr) => {
        for (seed, modern) in $pairs {
            let parsed = |line: &str| match parse::<$tool, _>(words($name, line)) {
                Ok(tool) => tool.command,
                Err(error) => panic!("{} {line}: {error}", $name),
            };
            assert_eq!(parsed(seed), parsed(modern), "{seed}");
        }
    };
}

#[test]
fn aecsadmin() {
    same_commands!(
        admin::AecsAdmin,
        "aecsadmin",
        [
            (
                "--config K --action provision --hostname localtest",
                "--config K provision localtest"
            ),
            ("--action provision", "provision"),
            (
                "--config K --action provision --osskeyid I --osskeysecret S --ossendpoint E --ossbucket B --hostname H",
                "provision H --osskeyid I --osskeysecret S --ossendpoint E --ossbucket B",
            ),
            (
                "--config K --action register --service service1 --pubkey /etc/certs/p.pem",
                "register service1 --pubkey /etc/certs/p.pem",
            ),
            (
                "--service s --pubkey p --servicepasswordhash 5E884898DA28047151D0E56F8DC6292773603D0D6AABBDD62A11EF721D1542D8 --action register",
                "register s --pubkey p --password-hash 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
            ),
            ("--action unregister --service s", "unregister s"),
            ("--action list", "list"),
            ("--action list --service pre", "list pre"),
            ("--action=listsecret --secret=pre", "list-secrets pre"),
            ("--action delsecret --secret a", "delete-secret a"),
            ("--action backup --hostname h", "backup h"),
            ("--action backuplist", "list-backups"),
            ("--action backuplist --hostname h", "backuplist h"),
            ("--action backupdel --hostname h", "delete-backup h"),
            ("--action sync --endpoint 10.0.0.1:19528", "sync 10.0.0.1:19528"),
            ("--password P --action status --config K", "status"),
        ]
    );
}

#[test]
fn serviceadmin() {
    same_commands!(
        service::ServiceAdmin,
        "serviceadmin",
        [
            ("--config K --action create --policy p.yaml", "--config K create p.yaml"),
            ("--action create --policy p.yaml --update", "create p.yaml --update"),
            ("--action create --policy p.yaml --update=true", "create p.yaml --update"),
            ("--action create --policy p.yaml --update=false", "create p.yaml"),
            ("--action destroy --secret a", "destroy a"),
            ("--action put --secret a --from-file f", "put a --from-file f"),
            ("--action versions --secret a", "versions a"),
            ("--action rollback --secret a --version 1", "rollback a 1"),
            ("--action delete --secret a --version 2", "delete a --version 2"),
            ("--action list", "list"),
            ("--action list --secret pre", "list pre"),
            ("--action get --secret a", "get a"),
            ("--action rotate --secret a --if-version 2", "rotate a --if-version 2"),
            ("--action getpub --secret a", "get-public a"),
            ("--action denials --secret pre", "denials pre"),
            (
                "--action preparedata --secrettype rsa --pubfile a --privfile b",
                "prepare-data --type rsa --public a --private b",
            ),
        ]
    );
}

#[test]
fn aecs_client_cli() {
    same_commands!(
        ta::AecsClientCli,
        "aecs_client_cli",
        [
            (
                "--action get --endpoint 127.0.0.1:19527 --service service1 --secret a --nonce 123 --output f",
                "--endpoint 127.0.0.1:19527 get a --service service1 --output f",
            ),
            ("--action getpub --service s --secret a --output -", "get-public a --service s"),
            ("--action create --policy p.yaml", "create p.yaml"),
            ("--action destroy --secret a", "destroy a"),
        ]
    );
}
