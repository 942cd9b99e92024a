//! Every configuration key, once.
//!
//! A key is a trust setting, which administrators decide about, unless its row says that it is
//! operational: it then cannot change who gets a secret.
//!
//! Reading files, the environment and flags, `--help`, `--check-config` and the reference file
//! all follow from this table. A new key is one row here and one line where
//! [`Config`](super::Config) reads it.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf, time::Duration};

use aecs_attest::{Platform, SealTo, SnpMinimum, TcbEvaluation, TcbStatus};
use aecs_core::{Aecs20, Restart};
use aecs_crypto::{PasswordVerifier, PublicKey, Suite};
use aecs_proto::UnifiedAttestationAttributes;

use super::{
    key::{Key, Spec},
    kind::{self, PlatformKind, RootSource, ServiceAddress, StoreKind},
    layers::Settings,
    problem::Problem,
};
use crate::logs::{Level, LogFormat};

macro_rules! keys {
    ($($name:ident: $type:ty = $key:expr;)*) => {
        $(pub(crate) static $name: Key<$type> = $key;)*

        /// All keys, in the order in which they are shown.
        pub static ALL: &[&Spec] = &[$(&$name.spec),*];

        /// Every value that is none of its kind.
        pub(crate) fn problems(settings: &Settings) -> Vec<Problem> {
            [$(settings.value(&$name).err()),*].into_iter().flatten().collect()
        }

        /// What is wrong with `text` as the value of the key `name`, if it is a key at all.
        #[cfg(test)]
        pub(crate) fn check(name: &str, text: &str) -> Option<String> {
            $(if name == $name.spec.name { return ($name.parse)(text).err(); })*
            None
        }
    };
}

keys! {
    RPC_ADDRESS: IpAddr = Key::new("aecs_rpc_address", &kind::ADDRESS,
        "Address to listen on. The default serves this machine only; 0.0.0.0 or :: serve every \
         network the machine is in.").or("127.0.0.1")
        .operational();
    RPC_PORT: u16 = Key::new("aecs_rpc_port", &kind::PORT,
        "TCP port to listen on; 0 lets the system choose one, which the log names.").or("19527")
        .operational();
    RPC_SSL_SECURE: bool = Key::new("aecs_rpc_ssl_secure", &kind::SWITCH,
        "Mutual TLS: clients must show a certificate of aecs_rpc_ca_path. The files are read again \
         when they change, and at SIGHUP.").or("disable")
        .operational();
    RPC_CA_PATH: PathBuf = Key::new("aecs_rpc_ca_path", &kind::PATH,
        "PEM file with the certificate authorities of the clients.")
        .or("/etc/kubetee/certs/ca.crt")
        .operational();
    RPC_CERT_PATH: PathBuf = Key::new("aecs_rpc_cert_path", &kind::PATH,
        "PEM file with the server's certificate chain; its name must be enclave-service.")
        .or("/etc/kubetee/certs/aecs_server.crt")
        .operational();
    RPC_KEY_PATH: PathBuf = Key::new("aecs_rpc_key_path", &kind::PATH,
        "PEM file with the private key of the server's certificate.")
        .or("/etc/kubetee/certs/aecs_server.key")
        .operational();
    RPC_REMOTE_SERVER: String = Key::new("aecs_rpc_remote_server", &kind::HOST,
        "Root server to take the identity from at start. Leave it empty: this server is \
         provisioned by its administrator.").variable("AECS_ROOT_SERVER").example("")
        .operational();
    RPC_REMOTE_PORT: u16 = Key::new("aecs_rpc_remote_port", &kind::PORT,
        "Port of the root server.").variable("AECS_ROOT_PORT").or("19528")
        .operational();

    ADMIN_PUBKEY: PublicKey = Key::new("aecs_admin_pubkey", &kind::PUBLIC_KEY,
        "Public key of the AECS administrator: PEM, or the base64 of it. This or \
         aecs_admin_pubkey_file is required.").example("<base64 of the PEM>")
        .birth();
    ADMIN_PUBKEY_FILE: PathBuf = Key::new("aecs_admin_pubkey_file", &kind::PATH,
        "File with the public key of the AECS administrator, in PEM.")
        .example("/etc/certs/aecs_admin_public.pem")
        .birth();
    ADMIN_PASSWORD_HASH: PasswordVerifier = Key::new("aecs_admin_password_hash", &kind::PASSWORD,
        "Hash of the password that the AECS administrator must give in addition: argon2id, as \
         aecsadmin hash-password prints it, or SHA-256 in hex as in AECS 2.0, which is guessed \
         fast.").secret().example("$argon2id$v=19$m=19456,t=2,p=1$...")
        .birth();
    ADMIN_PASSWORD_HASH_FILE: PathBuf = Key::new("aecs_admin_password_hash_file", &kind::PATH,
        "File with that hash.").example("/run/secrets/aecs_admin_password_hash")
        .birth();

    DATA_DIR: PathBuf = Key::new("aecs_data_dir", &kind::PATH,
        "Folder of the server's own files: store, sealed identity, audit log.")
        .or("/var/lib/aecs")
        .operational();
    STORE: StoreKind = Key::new("aecs_store", &kind::STORE,
        "Where records are kept: a database in aecs_data_dir, or memory, which forgets \
         everything at exit.").or("embedded")
        .operational();
    IDENTITY_CACHE: bool = Key::new("aecs_identity_keypair_cache", &kind::SWITCH,
        "Keep the sealed identity in a file, so that a restart continues with it.")
        .or("enable")
        .operational();
    IDENTITY_CACHE_FILE: PathBuf = Key::new("aecs_identity_keypair_file", &kind::PATH,
        "File of the sealed identity.").or_in_data_dir("identity.sealed")
        .operational();
    AUDIT_FILE: PathBuf = Key::new("aecs_audit_file", &kind::PATH,
        "File of the audit log.").or_in_data_dir("audit.log")
        .operational();
    AUDIT_SEGMENT: u64 = Key::new("audit.segment_bytes", &kind::BYTES,
        "Bytes after which the file of the audit log is finished and another one begins; SIGHUP \
         does the same.").or("16777216")
        .operational();
    AUDIT_MAX: u64 = Key::new("audit.max_bytes", &kind::BYTES,
        "Bytes of all files of the audit log together. Beyond that nothing is released or changed \
         until a file is taken by audit.sink or moved away.").or("4294967296")
        .operational();
    AUDIT_SINK: PathBuf = Key::new("audit.sink", &kind::PATH,
        "Folder that takes finished files of the audit log, on another disk or machine. A file is \
         removed here when its copy there was compared.").example("/mnt/audit/node1")
        .operational();
    AUDIT_DROP_OLDEST: bool = Key::new("audit.insecure_drop_oldest", &kind::BOOLEAN,
        "Remove the oldest file of a full audit log, though no sink took it: what it recorded is \
         lost.").or("false");
    IDENTITY_SUITES: Vec<Suite> = Key::new("identity.suites", &kind::SUITES,
        "Suites in which the server owns an identity, comma separated: x25519, rsa, sm2. \
         x25519 is always among them.").or("x25519,rsa,sm2");

    RESTART: Restart = Key::new("restart", &kind::RESTART,
        "When a node works again without a human: auto, if its identity was provisioned and the \
         store is not older than the identity remembers; provision, never.").or("auto");

    COMPAT_AECS20: Aecs20 = Key::new("compat.aecs20", &kind::COMPAT,
        "Requests of AECS 2.0 clients, which can be replayed and redirected: deny them, serve \
         reads only, or allow all.").or("deny");
    COMPAT_SUITE: Suite = Key::new("compat.aecs20_suite", &kind::COMPAT_SUITE,
        "Suite of the identity that answers AECS 2.0 requests which name none.").or("rsa");
    COMPAT_DEBUG: bool = Key::new("compat.insecure_aecs20_debug", &kind::BOOLEAN,
        "Accept trusted applications of AECS 2.0 that are debug enclaves, as its default builds are. \
         Whoever has their host reads the secrets that they are given.").or("false");

    PLATFORM: PlatformKind = Key::new("attestation.platform", &kind::PLATFORM,
        "What proves this server's identity: the TEE that it runs in, auto for whichever is \
         there. simulation is a software CPU without any protection, for tests and development; \
         auto never takes it. There is no default.").example("auto");
    EVENT_LOG: bool = Key::new("attestation.event_log", &kind::BOOLEAN,
        "Add the firmware's event log to reports of TDX, so that verifiers replay it. Leave it \
         off where the guest extends RTMRs without writing the log.").or("false")
        .operational();
    ROOTS: Vec<(Platform, RootSource)> = Key::new("attestation.roots", &kind::ROOTS,
        "Roots to trust in reports beside the vendors', comma separated: the platform's name in \
         reports, =, a file (a certificate in PEM, or the vendor's own format).")
        .example("ARM_CCA=/etc/kubetee/cpak.json");
    SIMULATION_DIR: PathBuf = Key::new("attestation.simulation_dir", &kind::PATH,
        "Folder of the software CPU.").or_in_data_dir("simulation")
        .operational();
    SIMULATION_MRENCLAVE: [u8; 32] = Key::new("attestation.simulation.mrenclave",
        &kind::MEASUREMENT,
        "MRENCLAVE of the simulated enclave; default: SHA-256 of this program's file.")
        .example("0000000000000000000000000000000000000000000000000000000000000001")
        .operational();
    SIMULATION_MRSIGNER: [u8; 32] = Key::new("attestation.simulation.mrsigner",
        &kind::MEASUREMENT,
        "MRSIGNER of the simulated enclave; default: that of AECS 2.0's simulation.")
        .or("83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E")
        .operational();
    SIMULATION_PROD_ID: u16 = Key::new("attestation.simulation.prod_id", &kind::NUMBER_16,
        "Product id of the simulated enclave; with another one than the default, that of the \
         server, nothing is sealed.").or("19527")
        .operational();
    SIMULATION_SVN: u16 = Key::new("attestation.simulation.svn", &kind::NUMBER_16,
        "Security version of the simulated enclave.").or("1")
        .operational();
    SIMULATION_DEBUG: bool = Key::new("attestation.simulation.debug", &kind::BOOLEAN,
        "The simulated enclave is a debug enclave.").or("false")
        .operational();
    SIMULATED_ROOT: RootSource = Key::new("attestation.simulated_root", &kind::ROOT,
        "Root certificate (PEM or DER) of a simulated PKI to trust in reports of others; default: \
         that of attestation.simulation_dir when the platform is simulation.")
        .example("/var/lib/aecs/simulation/root-ca.pem");
    ACCEPTED_TCB_STATUSES: BTreeSet<TcbStatus> = Key::new("attestation.accepted_tcb_statuses",
        &kind::TCB_STATUSES,
        "TCB statuses accepted in reports, comma separated. A policy may name others for one \
         secret.").or("UpToDate");
    MAX_COLLATERAL_AGE: Duration = Key::new("attestation.max_collateral_age_ms",
        &kind::MILLISECONDS,
        "Age at which TCB info, QE identities and revocation lists of PCK certificates are \
         refused, also when an attester brings them; default: when they expire.")
        .example("604800000");
    TCB_EVALUATION: TcbEvaluation = Key::new("attestation.tcb_evaluation", &kind::TCB_EVALUATION,
        "TCB evaluation numbers accepted in Intel's collateral: those that Intel still signs \
         (standard), the highest in Intel's signed list of numbers (newest; without the list a \
         report is refused), or this number and higher ones.").or("standard");
    SNP_MINIMUM_TCB: Vec<SnpMinimum> = Key::new("attestation.snp_minimum_tcb", &kind::SNP_MINIMUMS,
        "Lowest TCB with which an SEV-SNP platform is UpToDate and not Unrated, one for each \
         generation, separated by semicolons; default: those that are built in, from AMD's \
         bulletins.").example("Milan/bootloader=4,tee=0,snp=29,microcode=222");
    INSECURE_NO_REVOCATION_LIST: bool = Key::new("attestation.insecure_no_revocation_list",
        &kind::BOOLEAN,
        "Accept SEV-SNP reports without AMD's revocation list, which is neither in the report nor \
         in the collateral. Whoever brings a report can then hide that its key is revoked.")
        .or("false");
    INSECURE_AECS20_SIMULATION: bool = Key::new("attestation.insecure_aecs20_simulation",
        &kind::BOOLEAN,
        "Accept the unsigned reports of AECS 2.0 clients built in simulation mode. Anybody can \
         forge them.").or("false");
    SEALING_SGX: SealTo = Key::new("sealing.sgx", &kind::SEALING_SGX,
        "To whom an SGX enclave seals the identity: to enclaves of its signer with the server's \
         product id, or to its own measurement alone. With measurement, an upgraded server takes \
         the identity from a peer or from a backup.").or("signer");
    SEALING_SNP: bool = Key::new("sealing.snp", &kind::SEALING_SNP,
        "Whether an SEV-SNP guest seals its identity. measurement states that its launch \
         measurement covers kernel and initial RAM disk (direct boot): with a cloud's firmware \
         any guest on the chip derives the same key.").or("none");
    COLLATERAL_INTEL: ServiceAddress = Key::new("attestation.collateral.intel",
        &kind::SERVICE_ADDRESS,
        "Where collateral for SGX and TDX reports that bring none is fetched: from Intel (vendor), \
         from the PCCS of this address, or not at all (none).").or("none")
        .operational();
    COLLATERAL_AMD: ServiceAddress = Key::new("attestation.collateral.amd", &kind::SERVICE_ADDRESS,
        "The same for SEV-SNP: from AMD's key distribution service, or one like it.").or("none")
        .operational();
    COLLATERAL_HYGON: ServiceAddress = Key::new("attestation.collateral.hygon",
        &kind::SERVICE_ADDRESS,
        "The same for CSV: from Hygon's certificate service, or one like it.").or("none")
        .operational();
    COLLATERAL_CA_PATH: PathBuf = Key::new("attestation.collateral.ca_path", &kind::PATH,
        "PEM file with the only authorities that may vouch for services given by their address; \
         default: those of the public web.").example("/etc/kubetee/certs/pccs-ca.crt")
        .operational();
    COLLATERAL_PROXY: String = Key::new("attestation.collateral.proxy", &kind::PROXY,
        "Proxy for fetching collateral. Those of the environment are not used.")
        .example("http://proxy.example:3128")
        .operational();
    COLLATERAL_OFFLINE: PathBuf = Key::new("attestation.collateral.offline", &kind::PATH,
        "Folder or bundle with collateral, made by `aecs-attest collateral`; it is looked into \
         before anything is fetched.").example("/etc/kubetee/collateral.json")
        .operational();
    COLLATERAL_CACHE_DIR: PathBuf = Key::new("attestation.collateral.cache_dir", &kind::PATH,
        "Folder for what was fetched.").or_in_data_dir("collateral")
        .operational();
    COLLATERAL_TIMEOUT: Duration = Key::new("attestation.collateral.timeout_ms",
        &kind::MILLISECONDS, "Time to fetch the collateral of a report.").or("15000")
        .operational();
    COLLATERAL_CONNECT_TIMEOUT: Duration = Key::new("attestation.collateral.connect_timeout_ms",
        &kind::MILLISECONDS, "Time to connect to a service of collateral.").or("5000")
        .operational();
    COLLATERAL_REFRESH: Duration = Key::new("attestation.collateral.refresh_ms",
        &kind::MILLISECONDS,
        "Age at which revocation lists and TCB info are fetched anew, in the background: a \
         revocation is seen after this time at the latest.").or("43200000")
        .operational();

    QUOTA_SERVICES: usize = Key::new("quotas.services", &kind::COUNT,
        "Services at most.").or("4096");
    QUOTA_SECRETS: usize = Key::new("quotas.secrets_per_service", &kind::COUNT,
        "Secrets of a service at most.").or("1024");
    QUOTA_TA_SECRETS: usize = Key::new("quotas.ta_secrets", &kind::COUNT_OR_NONE,
        "Secrets created by trusted applications at most; 0: none are created.").or("65536");
    QUOTA_TA_SECRETS_EACH: usize = Key::new("quotas.ta_secrets_per_rule", &kind::COUNT_OR_NONE,
        "Secrets at most that are created by the trusted applications which one rule of \
         ta_secrets.policy admits.").or("4096");
    QUOTA_DATA: usize = Key::new("quotas.data_bytes", &kind::COUNT,
        "Bytes of a secret's data at most.").or("65536");

    TA_SECRETS_POLICY: Vec<UnifiedAttestationAttributes> = Key::new("ta_secrets.policy",
        &kind::RULES,
        "Which trusted applications may create secrets of their own: rules, comma separated, one of \
         which an application has to satisfy. A rule is attributes as policies have them, separated \
         by semicolons. Without a rule nobody may.")
        .example("hex_signer=<64 hex digits>;hex_prod_id=1");

    LIMIT_MESSAGE: usize = Key::new("limits.max_message_bytes", &kind::COUNT,
        "Bytes of a request at most; larger ones are refused before they are parsed.")
        .or("1048576")
        .operational();
    LIMIT_CONNECTIONS: usize = Key::new("limits.max_connections", &kind::COUNT,
        "Connections at most. For a further one, a connection is closed that has never sent a \
         whole request, or that rests; while there is none, it waits.").or("1024")
        .operational();
    LIMIT_REQUESTS: usize = Key::new("limits.max_concurrent_requests", &kind::COUNT,
        "Requests in work at most; further ones wait for some seconds, those of clients with few \
         requests before those of clients with many. An eighth is kept for administrators.")
        .or("256")
        .operational();
    LIMIT_BUFFERED: usize = Key::new("limits.max_buffered_bytes", &kind::COUNT,
        "Bytes of requests and answers that are held for all clients together; a connection may \
         have an eighth of it, an address or a client certificate's key half of it.")
        .or("67108864")
        .operational();
    LIMIT_RECEIVE_TIME: Duration = Key::new("limits.receive_timeout_ms", &kind::MILLISECONDS,
        "Time for a client to send its first request, to send the rest of a request whose headers \
         have come, and to take an answer.").or("5000")
        .operational();
    LIMIT_REQUEST_TIME: Duration = Key::new("limits.request_timeout_ms", &kind::MILLISECONDS,
        "Time for one request, from its headers to the answer.").or("30000")
        .operational();
    LIMIT_HANDSHAKE_TIME: Duration = Key::new("limits.handshake_timeout_ms", &kind::MILLISECONDS,
        "Time for the TLS handshake of a connection.").or("5000")
        .operational();
    LIMIT_IDLE_TIME: Duration = Key::new("limits.idle_timeout_ms", &kind::MILLISECONDS,
        "Connections without a request for this long are closed.").or("300000")
        .operational();
    LIMIT_DRAIN_TIME: Duration = Key::new("limits.drain_timeout_ms", &kind::MILLISECONDS,
        "Time that running requests have to finish after SIGTERM or SIGINT.").or("10000")
        .operational();

    LOG_FORMAT: LogFormat = Key::new("log.format", &kind::LOG_FORMAT,
        "Log lines for people or for machines, on standard error.").or("text")
        .operational();
    LOG_LEVEL: Level = Key::new("log.level", &kind::LOG_LEVEL,
        "How much of AECS's own doings is logged; libraries log warnings only.").or("info")
        .operational();

    REPORT_CACHE: String = Key::new("aecs_attestation_report_cache", &kind::TEXT,
        "AECS 2.0: keep the attestation report in a file.")
        .obsolete("the report is made anew at every start");
    REPORT_CACHE_FILE: String = Key::new("aecs_attestation_report_file", &kind::TEXT,
        "AECS 2.0: that file.").obsolete("the report is made anew at every start");
    RPC_SERVER: String = Key::new("aecs_rpc_server", &kind::TEXT,
        "AECS 2.0: server address for its client samples.")
        .obsolete("clients name the server in their own files; aecs_rpc_address is where to listen");
    STORAGE_BACKEND_LIB: String = Key::new("aecs_storage_backend_lib", &kind::TEXT,
        "AECS 2.0: shared library of the storage.").obsolete("aecs_store chooses the store");
    SERVER_ENCLAVE: String = Key::new("aecs_server_enclave", &kind::TEXT,
        "AECS 2.0: file of the SGX enclave.").obsolete("the server is one program");
}

/// The key of this name.
pub(crate) fn find(name: &str) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::key::Fallback, *};

    #[test]
    fn names_variables_and_flags_are_unique() {
        let distinct = |names: Vec<String>| {
            let count = names.len();
            assert_eq!(names.into_iter().collect::<BTreeSet<_>>().len(), count);
        };
        distinct(ALL.iter().map(|spec| spec.name.to_owned()).collect());
        distinct(ALL.iter().map(|spec| spec.variable()).collect());
        distinct(ALL.iter().filter_map(|spec| spec.flag()).collect());
    }

    #[test]
    fn variables_of_aecs_2_0_are_kept() {
        for (name, variable) in [
            ("aecs_rpc_remote_server", "AECS_ROOT_SERVER"),
            ("aecs_rpc_remote_port", "AECS_ROOT_PORT"),
            ("aecs_rpc_port", "AECS_RPC_PORT"),
            ("aecs_storage_backend_lib", "AECS_STORAGE_BACKEND_LIB"),
            ("aecs_admin_password_hash", "AECS_ADMIN_PASSWORD_HASH"),
            ("attestation.simulation.prod_id", "AECS_ATTESTATION_SIMULATION_PROD_ID"),
        ] {
            assert_eq!(find(name).unwrap().variable(), variable);
        }
    }

    #[test]
    fn flags_follow_the_names_and_secrets_have_none() {
        assert_eq!(find("aecs_rpc_port").unwrap().flag().unwrap(), "rpc-port");
        assert_eq!(find("compat.aecs20_suite").unwrap().flag().unwrap(), "compat-aecs20-suite");
        assert_eq!(find("aecs_admin_password_hash").unwrap().flag(), None);
    }

    #[test]
    fn defaults_are_values_of_their_kind() {
        for spec in ALL {
            if let Fallback::Value(text) = spec.fallback {
                assert_eq!(check(spec.name, text), None, "{}", spec.name);
            }
        }
    }

    #[test]
    fn times_of_collateral_default_to_those_of_the_client() {
        let default = super::super::CollateralConfig::default();
        for (spec, value) in [
            (&COLLATERAL_TIMEOUT.spec, default.timeout),
            (&COLLATERAL_CONNECT_TIMEOUT.spec, default.connect_timeout),
            (&COLLATERAL_REFRESH.spec, default.refresh_after),
        ] {
            let text = value.as_millis().to_string();
            assert_eq!(spec.fallback, Fallback::Value(text.leak()), "{}", spec.name);
        }
    }

    #[test]
    fn quotas_default_to_those_of_the_core() {
        let quotas = aecs_core::Quotas::default();
        for (spec, value) in [
            (&QUOTA_SERVICES.spec, quotas.services),
            (&QUOTA_SECRETS.spec, quotas.secrets_per_service),
            (&QUOTA_TA_SECRETS.spec, quotas.ta_secrets),
            (&QUOTA_TA_SECRETS_EACH.spec, quotas.ta_secrets_per_rule),
            (&QUOTA_DATA.spec, quotas.data_bytes),
        ] {
            assert_eq!(spec.fallback, Fallback::Value(value.to_string().leak()), "{}", spec.name);
        }
    }
}
