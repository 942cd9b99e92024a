//! Every configuration key, once.
//!
//! Each row begins with the key's [`Scope`]: administrators decide about a trust setting; an
//! operational key cannot change who gets a secret.
//!
//! Reading files, the environment and flags, `--help`, `--check-config` and the reference file
//! all follow from this table. A new key is one row here and one line where
//! [`Config`](super::Config) reads it.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf, time::Duration};

use aecs_attest::{Platform, SealTo, SnpMinimum, TcbEvaluation, TcbStatus};
use aecs_core::{Aecs20, Appointing, Restart, TaRule};
use aecs_crypto::{PasswordVerifier, PublicKey, SecretString, Suite};
use tracing::Level;

use super::{
    key::{Key, Scope, Spec},
    kind::{self, PlatformKind, RootSource, ServiceAddress, SimulatedTee, StorePlace},
    layers::Settings,
    problem::Problem,
};
use crate::logs::LogFormat;

macro_rules! keys {
    ($($scope:ident $name:ident: $type:ty = $key:expr;)*) => {
        $(pub(crate) static $name: Key<$type> = $key.scoped(Scope::$scope);)*

        /// All keys, in the order in which they are shown.
        pub static ALL: &[&Spec] = &[$(&$name.spec),*];

        /// Every value of a wrong type.
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
    Operational RPC_ADDRESS: IpAddr = Key::new("aecs_rpc_address", &kind::ADDRESS,
        "Address to listen on. The default accepts connections from this machine only; 0.0.0.0 or \
         :: accepts them from every network that the machine is in.").or("127.0.0.1");
    Operational RPC_PORT: u16 = Key::new("aecs_rpc_port", &kind::PORT,
        "TCP port to listen on. With 0, the system chooses a free port, and the log names it.")
        .or("19527");
    Operational RPC_SSL_SECURE: bool = Key::new("aecs_rpc_ssl_secure", &kind::SWITCH,
        "Mutual TLS: clients must present a certificate of an authority in aecs_rpc_ca_path. The \
         server reads the TLS files again when they change, and at SIGHUP.").or("disable");
    Operational RPC_CA_PATH: PathBuf = Key::new("aecs_rpc_ca_path", &kind::PATH,
        "PEM file with the certificate authorities of the clients.")
        .or("/etc/kubetee/certs/ca.crt");
    Operational RPC_CERT_PATH: PathBuf = Key::new("aecs_rpc_cert_path", &kind::PATH,
        "PEM file with the server's certificate chain. The certificate must be valid for the name \
         enclave-service.").or("/etc/kubetee/certs/aecs_server.crt");
    Operational RPC_KEY_PATH: PathBuf = Key::new("aecs_rpc_key_path", &kind::PATH,
        "PEM file with the private key of the server's certificate.")
        .or("/etc/kubetee/certs/aecs_server.key");
    Operational RPC_REMOTE_SERVER: String = Key::new("aecs_rpc_remote_server", &kind::HOST,
        "AECS 2.0: root server that gives this server its identity. This is not supported: leave \
         the key empty, and let an administrator provision this server.")
        .variable("AECS_ROOT_SERVER").example("");
    Operational RPC_REMOTE_PORT: u16 = Key::new("aecs_rpc_remote_port", &kind::PORT,
        "AECS 2.0: port of aecs_rpc_remote_server.").variable("AECS_ROOT_PORT").or("19528");

    Birth ADMIN_PUBKEY: PublicKey = Key::new("aecs_admin_pubkey", &kind::PUBLIC_KEY,
        "Public key of the first administrator of a new identity: PEM, or the Base64 of the PEM. \
         Either this key or aecs_admin_pubkey_file is required.").example("<base64 of the PEM>");
    Birth ADMIN_PUBKEY_FILE: PathBuf = Key::new("aecs_admin_pubkey_file", &kind::PATH,
        "PEM file with the public key of the first administrator of a new identity.")
        .example("/etc/certs/aecs_admin_public.pem");
    Birth ADMIN_PASSWORD_HASH: PasswordVerifier = Key::new("aecs_admin_password_hash", &kind::PASSWORD,
        "Hash of the first administrator's password, which is then required in addition to the \
         key: argon2id, as `aecsadmin hash-password` prints it, or SHA-256 in hexadecimal, as in \
         AECS 2.0. An attacker who has a SHA-256 can guess the password quickly.").secret()
        .example("$argon2id$v=19$m=19456,t=2,p=1$...");
    Birth ADMIN_PASSWORD_HASH_FILE: PathBuf = Key::new("aecs_admin_password_hash_file", &kind::PATH,
        "File with the hash of the first administrator's password.")
        .example("/run/secrets/aecs_admin_password_hash");

    Operational DATA_DIR: PathBuf = Key::new("aecs_data_dir", &kind::PATH,
        "Folder of the server's own files: the store, the sealed identity and the audit log.")
        .or("/var/lib/aecs");
    Operational STORE: StorePlace = Key::new("aecs_store", &kind::STORE,
        "Where the server keeps its records. embedded is the file aecs.redb in aecs_data_dir, and \
         memory loses everything when the server stops. URLs are redb:PATH, \
         postgres://USER@HOST/DATABASE?namespace=NAME, etcd://HOST,HOST/PREFIX and \
         s3://BUCKET/PREFIX?endpoint=URL (gs:// and az:// alike), without a password: see \
         docs/storage.md.").or("embedded");
    Operational STORE_USER: String = Key::new("store.user", &kind::TEXT,
        "User of the database in aecs_store, or id of the access key of an object store. Default: \
         the user in the URL.").example("aecs");
    Operational STORE_PASSWORD: SecretString = Key::new("store.password", &kind::SECRET,
        "Password of that user, or secret of that access key. Set it in the environment, or use store.password_file.").secret()
        .example("");
    Operational STORE_PASSWORD_FILE: PathBuf = Key::new("store.password_file", &kind::PATH,
        "File with the password. A line end at its end is not a part of the password.")
        .example("/run/secrets/aecs_store_password");
    Operational STORE_CA_PATH: PathBuf = Key::new("store.ca_path", &kind::PATH,
        "PEM file with the only certificate authorities to trust for the database. Default: the \
         authorities of the public web.").example("/etc/kubetee/certs/database-ca.crt");
    Operational STORE_CERT_PATH: PathBuf = Key::new("store.cert_path", &kind::PATH,
        "PEM file with the certificate chain that the server shows to the database.")
        .example("/etc/kubetee/certs/database-client.crt");
    Operational STORE_KEY_PATH: PathBuf = Key::new("store.key_path", &kind::PATH,
        "PEM file with the private key of that certificate.")
        .example("/etc/kubetee/certs/database-client.key");
    Operational STORE_SINGLE_WRITER: bool = Key::new("store.single_writer", &kind::BOOLEAN,
        "Use an object store that does not check conditions. Only one server may use it: a second one \
         destroys changes, without an error. See docs/storage.md.").or("false");
    Operational STORE_MOVE_TO: String = Key::new("store.move_to", &kind::STORE_URL,
        "URL of the only other store on a machine that the server logs in to with the password or the \
         certificate of these settings, when an administrator has the records move there. Files need no \
         login, so they need no entry. See docs/storage.md.")
        .example("postgres://aecs@db2.example/records?namespace=production");
    Trust STORE_MAX_STALENESS: Duration = Key::new("store.max_staleness_ms", &kind::UP_TO_A_MINUTE,
        "Where several servers share a store: how old the state of the records may be by which a \
         server answers. With 0, it asks the store at each request. With more, it may answer for so \
         long as if a change had not been made that another server has made: a secret that was \
         destroyed is still released.").or("0");
    Operational IDENTITY_CACHE: bool = Key::new("aecs_identity_keypair_cache", &kind::SWITCH,
        "Keep the sealed identity in a file, so that the server has the same identity after a \
         restart.").or("enable");
    Operational IDENTITY_CACHE_FILE: PathBuf = Key::new("aecs_identity_keypair_file", &kind::PATH,
        "File of the sealed identity.").or_in_data_dir("identity.sealed");
    Operational AUDIT_FILE: PathBuf = Key::new("aecs_audit_file", &kind::PATH,
        "File of the audit log.").or_in_data_dir("audit.log");
    Operational AUDIT_SEGMENT: u64 = Key::new("audit.segment_bytes", &kind::BYTES,
        "Size in bytes at which the server finishes the file of the audit log and starts a new \
         one. SIGHUP also starts a new one.").or("16777216");
    Operational AUDIT_MAX: u64 = Key::new("audit.max_bytes", &kind::BYTES,
        "Maximum size in bytes of all files of the audit log together. When it is reached, the \
         server releases and changes nothing until audit.sink has taken a file or somebody has \
         moved one away.").or("4294967296");
    Operational AUDIT_SINK: PathBuf = Key::new("audit.sink", &kind::PATH,
        "Folder for finished files of the audit log, on another disk or machine. The server \
         copies a file there, compares the copy, and then removes the original.")
        .example("/mnt/audit/node1");
    Trust AUDIT_DROP_OLDEST: bool = Key::new("audit.insecure_drop_oldest", &kind::BOOLEAN,
        "When the audit log is full, remove its oldest file even if audit.sink has not taken it. \
         The entries in that file are lost.").or("false");
    Trust IDENTITY_SUITES: Vec<Suite> = Key::new("identity.suites", &kind::SUITES,
        "Suites in which the server has an identity, comma separated: x25519, rsa, sm2. It always \
         has one in x25519.").or("x25519,rsa,sm2");

    Trust RESTART: Restart = Key::new("restart", &kind::RESTART,
        "When a node works after a restart without an administrator. auto: if its identity was \
         provisioned and the store is not older than the identity remembers. provision: never.")
        .or("auto");

    Trust RECOVERY_APPOINTING: Appointing = Key::new("recovery.may_replace_administrators",
        &kind::APPOINTING,
        "Which custodians of recovery shares can set an administrator together, if the keys of all \
         administrators are lost: none (never), all of a set (all), or as many as restore the \
         deployment (threshold).").or("all");

    Trust COMPAT_AECS20: Aecs20 = Key::new("compat.aecs20", &kind::COMPAT,
        "Which requests of AECS 2.0 clients the server accepts: none (deny), those that only read \
         (read_only), or all (allow). An attacker can replay and redirect such requests.")
        .or("deny");
    Trust COMPAT_SUITE: Suite = Key::new("compat.aecs20_suite", &kind::COMPAT_SUITE,
        "Suite of the identity that answers those AECS 2.0 requests that name no suite.").or("rsa");
    Trust COMPAT_DEBUG: bool = Key::new("compat.insecure_aecs20_debug", &kind::BOOLEAN,
        "Accept AECS 2.0 applications that run in debug enclaves, as the default builds of AECS \
         2.0 do. The host of a debug enclave can read its memory, and so every secret that the \
         application receives.").or("false");

    Trust PLATFORM: PlatformKind = Key::new("attestation.platform", &kind::PLATFORM,
        "TEE that proves this server's identity. auto finds the TEE that the server runs in. \
         simulation is a software CPU without any protection, for tests and development; auto \
         never chooses it. There is no default.").example("auto");
    Operational EVENT_LOG: bool = Key::new("attestation.event_log", &kind::BOOLEAN,
        "Add the firmware's event log to TDX reports, so that verifiers can replay it. Leave it \
         off if the guest extends RTMRs without writing the log.").or("false");
    Trust ROOTS: Vec<(Platform, RootSource)> = Key::new("attestation.roots", &kind::ROOTS,
        "Roots to trust in reports in addition to the vendors', comma separated. Each is the name \
         of the platform in reports, =, and a file: a certificate in PEM, or the vendor's own \
         format.").example("ARM_CCA=/etc/kubetee/cpak.json");
    Operational SIMULATION_DIR: PathBuf = Key::new("attestation.simulation_dir", &kind::PATH,
        "Folder of the software CPU, as `aecs-sim create` makes it.").or_in_data_dir("simulation");
    Operational SIMULATION_TEE: SimulatedTee = Key::new("attestation.simulation.tee", &kind::SIMULATED_TEE,
        "TEE that the software CPU plays. sgx seals for the signer; gramine as well, with keys that \
         `aecs-sim change-key` changes; sev_snp seals for the measurement; tdx cannot seal.").or("sgx");
    Operational SIMULATION_MRENCLAVE: [u8; 32] = Key::new("attestation.simulation.mrenclave",
        &kind::MEASUREMENT,
        "MRENCLAVE of the simulated enclave. Default: the SHA-256 of this program's file.")
        .example("0000000000000000000000000000000000000000000000000000000000000001");
    Operational SIMULATION_MRSIGNER: [u8; 32] = Key::new("attestation.simulation.mrsigner",
        &kind::MEASUREMENT,
        "MRSIGNER of the simulated enclave. The default is that of AECS 2.0's simulation.")
        .or("83D719E77DEACA1470F6BAF62A4D774303C899DB69020F9C70EE1DFC08C7CE9E");
    Operational SIMULATION_PROD_ID: u16 = Key::new("attestation.simulation.prod_id", &kind::NUMBER_16,
        "Product id of the simulated enclave. The default is the server's product id; with any \
         other one, the server does not seal its identity.").or("19527");
    Operational SIMULATION_SVN: u16 = Key::new("attestation.simulation.svn", &kind::NUMBER_16,
        "Security version of the simulated enclave.").or("1");
    Operational SIMULATION_DEBUG: bool = Key::new("attestation.simulation.debug", &kind::BOOLEAN,
        "Make the simulated enclave a debug enclave.").or("false");
    Trust SIMULATED_ROOT: RootSource = Key::new("attestation.simulated_root", &kind::ROOT,
        "Root certificate (PEM or DER) of a software CPU to trust in reports. Default: the root \
         in attestation.simulation_dir, if attestation.platform is simulation.")
        .example("/var/lib/aecs/simulation/root-ca.pem");
    Trust ACCEPTED_TCB_STATUSES: BTreeSet<TcbStatus> = Key::new("attestation.accepted_tcb_statuses",
        &kind::TCB_STATUSES,
        "TCB statuses to accept in reports, comma separated. The policy of a secret can accept \
         others for that secret.").or("UpToDate");
    Trust MAX_COLLATERAL_AGE: Duration = Key::new("attestation.max_collateral_age_ms",
        &kind::MILLISECONDS,
        "Age at which the server refuses TCB info, QE identities and revocation lists of PCK \
         certificates, even if a report brings them. Default: it accepts them until they expire.")
        .example("604800000");
    Trust TCB_EVALUATION: TcbEvaluation = Key::new("attestation.tcb_evaluation", &kind::TCB_EVALUATION,
        "TCB evaluation numbers to accept in Intel's collateral. standard: all that Intel still \
         signs. newest: only the highest in Intel's signed list of numbers; without the list, a \
         report is refused. A number: that one and higher ones.").or("standard");
    Trust SNP_MINIMUM_TCB: Vec<SnpMinimum> = Key::new("attestation.snp_minimum_tcb", &kind::SNP_MINIMUMS,
        "Lowest TCB with which an SEV-SNP platform is UpToDate; below it, the platform is \
         Unrated. One for each CPU generation, separated by semicolons. Default: the built-in \
         ones, which come from AMD's security bulletins.")
        .example("Milan/bootloader=4,tee=0,snp=29,microcode=222");
    Trust INSECURE_NO_REVOCATION_LIST: bool = Key::new("attestation.insecure_no_revocation_list",
        &kind::BOOLEAN,
        "Accept SEV-SNP reports when AMD's revocation list is neither in the report nor in the \
         collateral. An attacker can then leave the list out and use a key that AMD has revoked.")
        .or("false");
    Trust INSECURE_AECS20_SIMULATION: bool = Key::new("attestation.insecure_aecs20_simulation",
        &kind::BOOLEAN,
        "Accept the unsigned reports of AECS 2.0 clients that were built in simulation mode. \
         Anybody can forge them. A server that was built without simulation refuses this setting.")
        .or("false");
    Trust SEALING_SGX: SealTo = Key::new("sealing.sgx", &kind::SEALING_SGX,
        "Which SGX enclaves can open the sealed identity and its backups. signer: those of the \
         same signer with the server's product id. measurement: only those with the same \
         measurement, so an upgraded server cannot open them; apply signer before an upgrade.")
        .or("signer");
    Trust SEALING_SNP: bool = Key::new("sealing.snp", &kind::SEALING_SNP,
        "Whether an SEV-SNP guest seals its identity: none, it does not; measurement, it seals to \
         its launch measurement. Choose measurement only if the launch measurement covers the \
         kernel and the initial RAM disk (direct boot). With the firmware of a cloud, any guest \
         on the same chip derives the same key.").or("none");
    Operational COLLATERAL_INTEL: ServiceAddress = Key::new("attestation.collateral.intel",
        &kind::SERVICE_ADDRESS,
        "Where the server fetches the collateral that SGX and TDX reports do not bring: from \
         Intel (vendor), from the PCCS at a URL, or nowhere (none).").or("none");
    Operational COLLATERAL_AMD: ServiceAddress = Key::new("attestation.collateral.amd", &kind::SERVICE_ADDRESS,
        "Where the server fetches the collateral that SEV-SNP reports do not bring: from AMD's \
         key distribution service (vendor), from a service like it at a URL, or nowhere (none).")
        .or("none");
    Operational COLLATERAL_HYGON: ServiceAddress = Key::new("attestation.collateral.hygon",
        &kind::SERVICE_ADDRESS,
        "Where the server fetches the collateral that CSV reports do not bring: from Hygon's \
         certificate service (vendor), from a service like it at a URL, or nowhere (none).")
        .or("none");
    Operational COLLATERAL_NVIDIA_OCSP: ServiceAddress = Key::new("attestation.collateral.nvidia_ocsp",
        &kind::SERVICE_ADDRESS,
        "Where the server asks whether NVIDIA has revoked certificates of GPUs and switches: \
         NVIDIA's OCSP responder (vendor), one like it at a URL, or nowhere (none).")
        .or("none");
    Operational COLLATERAL_NVIDIA_RIM: ServiceAddress = Key::new("attestation.collateral.nvidia_rim",
        &kind::SERVICE_ADDRESS,
        "Where the server fetches NVIDIA's reference values (RIM) for drivers and VBIOSes of GPUs and \
         switches: from NVIDIA's service (vendor), from one like it at a URL, or nowhere (none).")
        .or("none");
    Operational COLLATERAL_CA_PATH: PathBuf = Key::new("attestation.collateral.ca_path", &kind::PATH,
        "PEM file with the only certificate authorities to trust for collateral services that are \
         given by a URL. Default: the authorities of the public web.")
        .example("/etc/kubetee/certs/pccs-ca.crt");
    Operational COLLATERAL_PROXY: String = Key::new("attestation.collateral.proxy", &kind::PROXY,
        "Proxy for fetching collateral. The server does not use the proxies of the environment.")
        .example("http://proxy.example:3128");
    Operational COLLATERAL_OFFLINE: PathBuf = Key::new("attestation.collateral.offline", &kind::PATH,
        "Folder or bundle with collateral, as `aecs-attest collateral` makes it. The server looks \
         there before it fetches anything.").example("/etc/kubetee/collateral.json");
    Operational COLLATERAL_CACHE_DIR: PathBuf = Key::new("attestation.collateral.cache_dir", &kind::PATH,
        "Folder for the collateral that the server has fetched.").or_in_data_dir("collateral");
    Operational COLLATERAL_TIMEOUT: Duration = Key::new("attestation.collateral.timeout_ms",
        &kind::MILLISECONDS,
        "Time limit for fetching the collateral of one report.").or("15000");
    Operational COLLATERAL_CONNECT_TIMEOUT: Duration = Key::new("attestation.collateral.connect_timeout_ms",
        &kind::MILLISECONDS,
        "Time limit for connecting to a collateral service.").or("5000");
    Operational COLLATERAL_REFRESH: Duration = Key::new("attestation.collateral.refresh_ms",
        &kind::MILLISECONDS,
        "Age at which the server fetches revocation lists and TCB info again, in the background. \
         It learns of a revocation after this time at the latest.").or("43200000");

    Trust QUOTA_SERVICES: usize = Key::new("quotas.services", &kind::COUNT,
        "Maximum number of services.").or("4096");
    Trust QUOTA_SECRETS: usize = Key::new("quotas.secrets_per_service", &kind::COUNT,
        "Maximum number of secrets of one service.").or("1024");
    Trust QUOTA_TA_SECRETS: usize = Key::new("quotas.ta_secrets", &kind::COUNT_OR_NONE,
        "Maximum number of secrets that trusted applications create; 0 allows none.").or("65536");
    Trust QUOTA_TA_SECRETS_EACH: usize = Key::new("quotas.ta_secrets_per_rule", &kind::COUNT_OR_NONE,
        "Maximum number of secrets that are created by the trusted applications of one rule in \
         ta_secrets.policy; 0 allows none.").or("4096");
    Trust QUOTA_DATA: usize = Key::new("quotas.data_bytes", &kind::COUNT,
        "Maximum size in bytes of the data of one version of a secret; more than 8 MiB are never \
         allowed, and of keys, certificates and pairs not more than 1 MiB. Binary data counts by its \
         own bytes.").or("65536");
    Trust QUOTA_BYTES: usize = Key::new("quotas.bytes_per_service", &kind::COUNT,
        "Maximum size in bytes of the data of all versions of all secrets of one service.")
        .or("67108864");

    Trust TA_SECRETS_POLICY: Vec<TaRule> = Key::new("ta_secrets.policy",
        &kind::RULES,
        "Which trusted applications may create secrets of their own: rules, comma separated; an \
         application must satisfy one of them. A rule has attributes as in docs/policies.md, \
         separated by semicolons. Or a policy in typed form, which can say more: the JSON that \
         `serviceadmin policy compile` prints for a policy file. Without a rule, no application may \
         create secrets.")
        .example("hex_signer=<64 hex digits>;hex_prod_id=1");

    Operational LIMIT_MESSAGE: usize = Key::new("limits.max_message_bytes", &kind::COUNT,
        "Maximum size in bytes of a request. The server refuses a larger one before it parses it.")
        .or("1048576");
    Operational LIMIT_CONNECTIONS: usize = Key::new("limits.max_connections", &kind::COUNT,
        "Maximum number of connections. Beyond it, a new connection takes the place of one that \
         has never sent a whole request or is idle; if there is none, the new one waits.")
        .or("1024");
    Operational LIMIT_REQUESTS: usize = Key::new("limits.max_concurrent_requests", &kind::COUNT,
        "Maximum number of requests that the server handles at the same time. Further ones wait \
         for some seconds, and clients with few requests go first. An eighth is reserved for \
         administrators.").or("256");
    Operational LIMIT_BUFFERED: usize = Key::new("limits.max_buffered_bytes", &kind::COUNT,
        "Maximum size in bytes of all requests and answers that the server holds at the same \
         time. A connection may have an eighth of it; an address, or the key of a client \
         certificate, half of it.").or("67108864");
    Operational LIMIT_REPORTS: usize = Key::new("limits.remembered_report_bytes", &kind::COUNT_OR_NONE,
        "Memory in bytes for the reports of applications that were verified, of which one takes \
         about 5000. While a report is remembered, for an hour at most, it is not verified again. \
         When the memory is used up, the machine with the most reports loses the one that was not \
         used for the longest time. 0 remembers none.").or("67108864");
    Operational LIMIT_SESSIONS: usize = Key::new("limits.session_bytes", &kind::COUNT_OR_NONE,
        "Memory in bytes for the sessions of applications, of which one takes about 6000. In a \
         session, for ten minutes at most, an application need not send its report again. When the \
         memory is used up, the machine with the most sessions loses the one that was not used for \
         the longest time. 0 allows no sessions.").or("67108864");
    Operational LIMIT_UPLOADS: usize = Key::new("limits.upload_bytes", &kind::COUNT_OR_NONE,
        "Memory in bytes for data of secrets that administrators of services send in parts, because it \
         does not fit into one request, until it is stored: at most 11 MiB for one value. When the \
         memory is used up, the service with the most loses what was not added to for the longest \
         time. 0 allows no such data.").or("67108864");
    Operational LIMIT_WATCHERS: usize = Key::new("limits.watchers", &kind::COUNT_OR_NONE,
        "Maximum number of applications that wait for changes at the same time, each in its session: \
         the server tells them at once. One machine may have half of them. Further ones ask from time to \
         time. Each counts as 4 KiB in limits.max_buffered_bytes. 0 lets none wait.").or("1024");
    Operational LIMIT_RECEIVE_TIME: Duration = Key::new("limits.receive_timeout_ms", &kind::MILLISECONDS,
        "Time limit for a client to send its first request, to send the rest of a request after \
         its headers, and to take an answer.").or("5000");
    Operational LIMIT_REQUEST_TIME: Duration = Key::new("limits.request_timeout_ms", &kind::MILLISECONDS,
        "Time limit for one request, from its headers to the answer.").or("30000");
    Operational LIMIT_HANDSHAKE_TIME: Duration = Key::new("limits.handshake_timeout_ms", &kind::MILLISECONDS,
        "Time limit for the TLS handshake of a connection.").or("5000");
    Operational LIMIT_IDLE_TIME: Duration = Key::new("limits.idle_timeout_ms", &kind::MILLISECONDS,
        "Time without a request after which the server closes a connection.").or("300000");
    Operational LIMIT_DRAIN_TIME: Duration = Key::new("limits.drain_timeout_ms", &kind::MILLISECONDS,
        "Time limit for running requests to finish after SIGTERM or SIGINT.").or("10000");

    Operational LOG_FORMAT: LogFormat = Key::new("log.format", &kind::LOG_FORMAT,
        "Format of the log on standard error: text for people, json for programs.").or("text");
    Operational LOG_LEVEL: Level = Key::new("log.level", &kind::LOG_LEVEL,
        "Lowest level of AECS's own messages in the log. Of libraries, the log has warnings and \
         errors only.").or("info");

    Operational REPORT_CACHE: String = Key::new("aecs_attestation_report_cache", &kind::TEXT,
        "AECS 2.0: keep the attestation report in a file.")
        .obsolete("the server makes a new report at every start");
    Operational REPORT_CACHE_FILE: String = Key::new("aecs_attestation_report_file", &kind::TEXT,
        "AECS 2.0: file of the attestation report.")
        .obsolete("the server makes a new report at every start");
    Operational RPC_SERVER: String = Key::new("aecs_rpc_server", &kind::TEXT,
        "AECS 2.0: address of the server for its client samples.")
        .obsolete("clients name the server in their own files; the server listens on aecs_rpc_address");
    Operational STORAGE_BACKEND_LIB: String = Key::new("aecs_storage_backend_lib", &kind::TEXT,
        "AECS 2.0: shared library of the storage.").obsolete("aecs_store chooses the store");
    Operational SERVER_ENCLAVE: String = Key::new("aecs_server_enclave", &kind::TEXT,
        "AECS 2.0: file of the SGX enclave.").obsolete("the server is one program");
}

/// The key of this name.
pub(crate) fn find(name: &str) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aecs_attest::Verifier;

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
        let default = aecs_attest::CollateralClientConfig::default();
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
    fn reports_are_remembered_as_by_a_verifier_that_is_told_nothing() {
        let default = Fallback::Value(Verifier::CACHE_BYTES.to_string().leak());
        assert_eq!(LIMIT_REPORTS.spec.fallback, default);
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
            (&QUOTA_BYTES.spec, quotas.bytes_per_service),
        ] {
            assert_eq!(spec.fallback, Fallback::Value(value.to_string().leak()), "{}", spec.name);
        }
    }
}
