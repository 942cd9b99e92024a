//! What can go wrong with a call: one table of causes, by code and kind.
//!
//! Invariant: a text says what the caller did wrong; it never contains secret material, and towards
//! a trusted application it never says which rule refused it. Where a code and its kind have
//! several meanings for one caller, the text also says what to do: the tools have one remedy for
//! each code, kind and caller.

use std::fmt;

use aecs_attest::Unpinned;
use aecs_crypto::Suite;
use aecs_proto::{
    ErrorCode, GetAecsStatusResponse, Kind, NONCE_BYTES, NameError, TRUSTED_APPLICATIONS,
};

use crate::{
    name::{HostName, ListName, PersonName, SecretName, ServiceName},
    vault::Name,
};

macro_rules! causes {
    ($($code:ident $kind:ident {
        $($cause:ident $({ $($field:ident: $type:ty),* $(,)? })?: $text:literal,)*
    })*) => {
        /// What went wrong. Displays as a sentence in lower case, without a full stop.
        #[derive(Debug, thiserror::Error)]
        pub(crate) enum Cause { $($(
            #[error($text)]
            $cause $({ $($field: $type),* })?,
        )*)* }

        impl Cause {
            pub(crate) fn code_and_kind(&self) -> (ErrorCode, Kind) {
                match self { $($(
                    Self::$cause { .. } => (ErrorCode::$code, Kind::$kind),
                )*)* }
            }
        }

        /// Every text, with its fields in braces.
        #[cfg(test)]
        const TEXTS: &[(ErrorCode, Kind, &str)] = &[$($(
            (ErrorCode::$code, Kind::$kind, $text),
        )*)*];
    };
}

causes! {
    Generic InvalidArgument {
        Unreadable { why: String }: "the request cannot be read: {why}",
        NoEnvelope: "the request has no envelope (reqEnc)",
        NoReport: "the request has no attestation report (authReport)",
        NoFile: "the request has no file",
        NoBinding: "the request changes something, but does not name the server and the process that \
            it is for (binding)",
        SomeOfProtocol21: "the request has only some of the fields of protocol 2.1",
        NoneOfProtocol21: "the request has none of the fields of protocol 2.1, but its key is of a \
            suite that only protocol 2.1 has",
        MixedProtocols: "the fields and the envelope of the request are of different protocols: in \
            protocol 2.1 both must be of 2.1",
        NotUtf8: "the function's request must be UTF-8 text",
        NonceLength { got: usize }: "the nonce must be exactly {NONCE_BYTES} bytes, got {got}",
        NonceTooLong { limit: usize, got: usize }: "the nonce must be at most {limit} bytes, got {got}",
        ActIdLength { got: usize }: "the act id must be exactly {NONCE_BYTES} bytes, got {got}",
        ActIdUsed: "another act was carried out under this act id: make a new id for each act",
        BadState: "the remembered state is invalid: its epoch must not be negative, its chain must be \
            exactly 32 bytes",
        NotAServiceName: "the name of the envelope (aad) must be the name of a service",
        EnvelopeName: "the name of an AECS administrator's envelope (aad) must be Enclave",
        OtherService: "the request names another service inside its envelope than on it",
        PartOfNothing: "a part of data beyond its beginning needs the tag of the version that the first \
            part is of (partOf), and a most of bytes (maxData)",
        BadBinding { got: i32 }: "the binding must be 0 (measurement) or 1 (signer), got {got}",
        NotLower { floor_ms: i64, before_ms: i64 }: "the floor of the clock can only be lowered: it is \
            {before_ms} ms since 1970, the request asks for {floor_ms} ms",
    }
    Generic PermissionDenied {
        NoRpc: "there is no such RPC",
    }
    Generic FailedPrecondition {
        OwnEvidence { why: String }: "the evidence of this server does not satisfy the trust settings of the \
            deployment: {why}; use a machine that they trust, or have them changed first (aecsadmin deployment \
            apply) on a server that works",
        ExportEnded: "this export has ended: another one was begun, or it took more than 10 minutes; \
            begin again",
        NoFloor: "the clock has no floor to lower: no vendor has signed a date for this server, so it \
            uses its host's clock",
        SeveralOwners { count: usize, secret: SecretName }: "{count} trusted applications have a \
            secret {secret}: name one as {secret}@OWNER, as the list shows them",
        // The same request again does not help, so clients must not repeat it by themselves.
        StoreNotWritable { why: String }: "{why}; nothing was changed: the server's operator has to \
            correct that",
        OthersIdentity: "the file of the sealed identity (aecs_identity_keypair_file) has the identity of \
            another server: give each server a file of its own",
        IdentityNotSaved { why: String }: "the sealed identity cannot be written beside the server: {why}; \
            the server's operator has to correct that, then try again",
        BackupStays { host: HostName }: "the identity backup of host {host} may still be there, because \
            the store failed: list the backups, and delete it again",
        MovesAlready: "the records are moving to another store already: `aecsadmin store status` shows how \
            far they are",
        CannotMove { why: String }: "the records cannot move there: {why}",
        Moved { to: String, epoch: u64 }: "the records have moved to {to} (epoch {epoch}): set aecs_store, \
            and start the server again",
        Arriving { why: String }: "{why}; start a server there: it goes on, or ends the move",
        NotCounted { why: String }: "no password is checked while wrong ones cannot be counted in the \
            store: {why}",
    }
    Generic ResourceExhausted {
        Busy { doing: &'static str }: "the server has too much work at once ({doing}): try again later",
        TooManyUploads: "the server has no room for an upload of this size now (limits.upload_bytes): try \
            again later",
        TooManySignatures { suite: Suite }: "too many answers signed in suite {suite} are requested: \
            request them in suite x25519, or try again in a second",
    }
    Generic Unavailable {
        StoreFailed { why: String }: "{why}; nothing was changed",
        StoreUnknown: "the store is not available: check whether the change was made before you try \
            again",
        ReplacedEachTime: "the secret was replaced each time while it was read: try again",
        ExportFailed { why: String }: "the store cannot be exported: {why}",
        NoCollateral: "the server cannot obtain the collateral for the attestation report now: try \
            again later, or send a Passport report",
        NoAuditLog: "this server cannot write its audit log, so it changes and releases nothing: its \
            own log says why",
    }
    Generic Internal {
        NotASecret { record: Name }: "record {record} is not the record of a secret",
        Internal { doing: &'static str }: "internal error while {doing}: the server's log says why",
    }
    NotWorkingForSync PermissionDenied {
        NoCluster: "this server neither gives its identity to another node nor takes one from it: no \
            cluster policy is configured",
    }
    NotWorking FailedPrecondition {
        Recovering { why: String }: "this server is Recovering: {why}",
        Pending { why: String }: "this server is Pending: {why}",
        StoreNotOpen { why: String }: "this server is Pending: {why}; until it works, its store cannot be \
            shown, verified or exported",
    }
    Aecs20Refused FailedPrecondition {
        NotInAecs20: "protocol 2.0 does not have this function: use a client of protocol 2.1",
        Aecs20Refused { configured: &'static str, required: &'static str }: "the request uses protocol \
            2.0, which has no protection against replay, and this server has compat.aecs20 = \
            {configured}: use a client of protocol 2.1, or set compat.aecs20 to {required} on the \
            server",
    }
    NotYet Unavailable {
        NotYet: "the attestation reports for the identity in this backup are still being made; \
            nothing has changed: provision again in a few seconds",
    }
    Settings InvalidArgument {
        BadSettings { why: String }: "these trust settings cannot be used: {why}",
        BadFile { why: String }: "the configuration file cannot be used: {why}",
    }
    Settings FailedPrecondition {
        OtherSettings { why: String }: "the trust settings of this server are not the expected ones: \
            {why}; see aecsadmin deployment show",
        BadDeployment { why: String }: "the trust settings of the deployment cannot be used: {why}",
        OtherRevision { revision: u64, named: i64 }: "the trust settings have revision {revision}, but \
            the request replaces revision {named}: another administrator has changed them; look at \
            the differences again (aecsadmin deployment diff)",
    }
    NameEmpty InvalidArgument {
        NameEmpty { what: &'static str }: "the {what} is empty",
    }
    NameTooLong InvalidArgument {
        NameTooLong { what: &'static str, error: NameError }: "the {what} {error}",
    }
    NameBadCharacter InvalidArgument {
        NameBadCharacter { what: &'static str, error: NameError }: "the {what} {error}",
    }
    NameReserved InvalidArgument {
        NameReserved: "the service name {TRUSTED_APPLICATIONS} is reserved for the secrets that \
            applications create",
    }
    Password InvalidArgument {
        BadPasswordHash { why: String }: "the password hash cannot be used: {why}",
    }
    Password Unauthenticated {
        WrongPassword: "the password is wrong or missing",
        WrongAgain { count: u32, wait_s: u64 }: "the password is wrong or missing: it was wrong \
            password number {count} in a row with this key; wait {wait_s} s before the next one",
        TooManyGuesses { count: u32, wait_s: u64 }: "{count} wrong passwords in a row were given with \
            this key: wait {wait_s} s; until then the server checks none",
    }
    AdminKey InvalidArgument {
        BadKey { why: String }: "the public key cannot be used: {why}",
    }
    AdminKey PermissionDenied {
        OwnersKey { service: ServiceName }: "service {service} was registered without \
            --operator-may-replace-key: only its own administrator can replace the key (serviceadmin \
            key rotate)",
        NotAnAdministrator { key: String, deployment: String, known: String }: "the key {key} belongs \
            to no administrator of deployment {deployment}, which has {known}: provision with one of \
            these keys, or have its owner run aecsadmin admin add",
        NotTheFirst { key: String, deployment: String, known: String }: "the key {key} belongs to no \
            administrator of deployment {deployment}, which has {known}: this identity was never \
            provisioned, so name your key in the server's configuration (aecs_admin_pubkey) and start \
            it again, which makes a new identity",
    }
    AdminKey AlreadyExists {
        KeyInUse { administrator: PersonName }: "administrator {administrator} has this key already: \
            make another key pair",
    }
    AdminKey FailedPrecondition {
        NoSuite { wanted: String, present: String }: "this server has no identity in {wanted}, only in \
            {present}: use a key of one of these suites, or add the other one to the server's trust \
            setting identity.suites",
        NoPasswordAtBirth: "the request has a password, but this identity, which was never provisioned, \
            was made without one: its host may have left it out; name the password's hash in the \
            server's configuration (aecs_admin_password_hash) and start it again, which makes a new \
            identity, or provision without a password",
        OtherFirst { why: String }: "this identity, which was never provisioned, was made for another \
            administrator than the one in your file: {why}; its host may have chosen that. Correct the \
            server's configuration and start it again, which makes a new identity; if it does not, \
            remove the sealed identity (aecs_identity_keypair_file) before that: it holds nothing yet",
        LastAdministrator { name: PersonName }: "{name} is the last administrator: add another one first \
            (aecsadmin admin add)",
        OtherDeployment { id: String, expected: String }: "the server would be of deployment {id}, but \
            {expected} was expected; to restore that deployment, provision with the host name of its \
            identity backup",
        OtherIdentity { own: String, named: String }: "this server's identity is {own}, but the \
            request is for {named:?}: ask for the status, and provision the identity that it shows",
    }
    AdminFunction PermissionDenied {
        NoCustodianFunction: "there is no such function for a custodian",
        NoAdminFunction: "there is no such function for an AECS administrator",
    }
    AdminServiceEmpty InvalidArgument {
        AdminServiceEmpty: "the service name is empty",
        EnvelopeUnnamed: "the envelope of a service administrator must name the service (aad)",
    }
    AdminHostEmpty InvalidArgument {
        AdminHostEmpty: "the host name is empty",
    }
    NoBackup NotFound {
        NoBackup { host: HostName }: "there is no identity backup of host {host}",
    }
    NoBackup FailedPrecondition {
        NoSealer { why: String }: "{why}, so an identity backup can be neither made nor opened here: \
            provision without a host name. The identity ends with the process, and only recovery shares \
            bring it back: make them with the provision (aecsadmin provision --recovery FILE) or later \
            (aecsadmin recovery create)",
        BadBackup { host: HostName, why: String }: "the identity backup of host {host} does not open: \
            {why}; it opens only on the platform, for the signer and under the host name that it was \
            made for. If that machine or its sealing key is lost and there are recovery shares, start with \
            --recover (docs/operations.md)",
    }
    RequestStale Unauthenticated {
        Stale { age_s: u64, relation: &'static str, allowed_s: u64, doubts: Hint }: "the request's \
            time is {age_s} s {relation} this server's clock, at most {allowed_s} s are allowed: the \
            clock of the caller or of the server is wrong{doubts}",
        BeforeForgotten { before_s: u64 }: "the request was made {before_s} s before one of the same \
            caller that this server has received, and it may be an old one again: the clock of the \
            caller or of the server was put back. If it is right now, restart the server",
    }
    RequestStale FailedPrecondition {
        StaleStatus { age_s: i64, allowed_s: i64 }: "the request was made with a status that is {age_s} \
            s old, at most {allowed_s} s are allowed; or the server was restarted since",
    }
    RequestReplayed Unauthenticated {
        Replayed: "this very request was received before",
        ReplayedInSession: "this very request was received before in its session, or 1,024 later ones \
            were: make it again with a new counter",
    }
    RequestNotAuthentic Unauthenticated {
        // One answer for everything that fails before the caller is known: a wrong key, a flipped
        // bit and a forged signature must look alike.
        NotAuthentic: "the request does not decrypt under this server's key or is not signed by the \
            registered key",
        NotSigned: "the request is not signed for this server by the key in its attestation report",
        OtherFunction: "the request calls another function than the one that was signed",
        NotOfSession: "the request was not made by the application that the session belongs to",
    }
    OtherServer Unauthenticated {
        OtherServerKey: "the request was signed for another server: it names another server key",
        OtherDeploymentId: "the request was signed for another server: it names another deployment",
    }
    OtherBoot FailedPrecondition {
        OtherBoot { status: Box<GetAecsStatusResponse> }: "the request was signed for another process \
            of this server, which was restarted since or is another node: sign it again with the boot \
            nonce of this status",
    }
    StateBehind FailedPrecondition {
        RecordsBehind { here: u64, seen: u64 }: "the records of this server are at epoch {here}, but \
            the client has seen epoch {seen}: the store was rolled back, or this is an older copy of \
            the server; nothing was changed",
        SettingsBehind { here: i64, seen: i64 }: "the trust settings of this server have revision \
            {here}, but the client has seen revision {seen}: the server was rolled back; nothing was \
            changed",
    }
    OtherHistory FailedPrecondition {
        OtherHistory { epoch: u64 }: "the records of this server have another history than the client \
            has seen at epoch {epoch} (fork or rollback); nothing was changed",
        NoHistory { epoch: u64 }: "the store of this server is damaged and cannot show that it has what \
            the client has seen at epoch {epoch}; nothing was changed",
    }
    NoSession FailedPrecondition {
        NoSession: "this server knows no such session, or the session has ended: attest again, with \
            TaRemoteCall",
    }
    Recovery InvalidArgument {
        BadRelease { why: String }: "the policy for the servers that may have the shares cannot be used: \
            {why}",
        BadCustodians { why: String }: "these recovery shares cannot be made: {why}",
        OtherShare: "the share and its label do not belong to the key that has signed the request",
    }
    Recovery FailedPrecondition {
        NotRecovering { status: &'static str }: "this server is {status}: it takes recovery shares only \
            when it was started with --recover; if it is Working, its recovery may be finished already",
        NoAppointing: "the trust setting recovery.may_replace_administrators is never: custodians set no \
            administrator here",
        NotOpened { revision: u64 }: "the identity is not opened with shares of revision {revision} yet: \
            submit them first (aecsadmin recovery submit)",
        NotReleasedHere { revision: u64, why: String }: "the shares of revision {revision} were not made \
            for a server like this one: {why}",
        OrphanedRecovery { revision: u64 }: "the administrator who made the shares of revision {revision} is \
            none any more: they prove nothing, and their custodians set no administrator; make others \
            (aecsadmin recovery rotate), and end these (aecsadmin recovery revoke {revision})",
        LastRecovery { revisions: String }: "the recovery shares that this administrator made (revision \
            {revisions}) would end, and no proven shares for servers like this one would be left; nothing \
            was changed: make others first (aecsadmin recovery rotate) and have them proven, keep these \
            (--keep-shares), or add --leave-none-proven",
        NotTheirRecovery { revision: i64 }: "recovery shares of revision {revision} cannot be kept: the \
            administrator who is removed has made none of that revision",
        OwnRecovery: "whoever removes themselves keeps no recovery shares: have another administrator do it",
        OtherRecovery { latest: u64, named: i64 }: "the latest recovery shares have revision {latest}, but \
            the request names revision {named}: look at them again (aecsadmin recovery list)",
        OtherState { epoch: u64, chain: String }: "the records here are at epoch {epoch} with chain {chain}, \
            and the state that the request names is not in their history: look at it again (aecsadmin \
            recovery status)",
        CustodiansSawLater { here: u64, shares: String }: "custodians have seen later records of this \
            deployment than those here, which are at epoch {here}: {shares}; recover from a later store; if \
            there is none, find out with your team what is lost, then each of these custodians submits the \
            share again with --insecure-accept-rollback; the other shares stay submitted. Once there are as many \
            other shares as are needed, an administrator can overrule a custodian who is wrong (aecsadmin \
            recovery finish --overrule-custodian SHARE-NUMBER)",
        EndedRecovery { revision: u64, latest: u64 }: "the records have no shares of revision {revision}: \
            these have ended, or the records are older; the latest shares that they know have revision \
            {latest}",
        RecoveryChanged { revision: u64 }: "the identity that is sealed under the shares of revision \
            {revision} was changed in the store: restore the store from an export",
        BadRecovery { revision: u64, why: String }: "the identity of revision {revision} cannot be \
            recovered here: {why}",
    }
    Recovery Internal {
        RecoveryDamaged { revision: u64, why: String }: "the store cannot be exported with its recovery shares \
            of revision {revision}: {why}; make others (aecsadmin recovery rotate), end these (aecsadmin \
            recovery revoke {revision}), and export again",
    }
    Recovery NotFound {
        NoRecovery { revision: i64 }: "there are no recovery shares of revision {revision}",
        UnknownShare: "the share is none of those that this server knows: it is of another deployment, or \
            of a set that has ended; use the file of the latest set that its holder was given",
    }
    Recovery ResourceExhausted {
        TooManyRecoveries { limit: usize }: "there are {limit} sets of recovery shares, which is the \
            maximum: have their holders prove the latest one (aecsadmin recovery drill), which ends those \
            before it for the same servers, or revoke some (aecsadmin recovery revoke)",
    }
    TooManyServices ResourceExhausted {
        TooManyServices { count: usize, quota: usize }: "{count} services are registered; the trust \
            setting quotas.services allows {quota}: unregister one (aecsadmin unregister), or raise \
            the quota",
        TooManyAdministrators { limit: u64 }: "there are {limit} administrators, which is the maximum: \
            remove one first (aecsadmin admin remove)",
        NoPlaceForAppointed { limit: usize, names: String }: "there are {limit} administrators, which is \
            the maximum: set the new one in the place of one of them, by that name ({names})",
    }
    ServiceFunction PermissionDenied {
        NoServiceFunction: "there is no such function for a service administrator",
        NoTaFunction: "there is no such function for a trusted application",
        OnlyInSession: "an application waits in a session only, with TaSessionCall",
        NoSessionFunction: "there is no such function in a session of a trusted application: call it \
            with evidence, with TaRemoteCall",
    }
    TooManySecrets ResourceExhausted {
        TooManyKeyVersions { what: String }: "{what} has 100 versions that are still used: rewrap what the \
            oldest ones made, and raise use.minDecryptVersion",
        TooManySecrets { service: ServiceName, count: u64, quota: u64 }: "service {service} has \
            {count} secrets; quotas.secrets_per_service allows {quota}",
        TooManyBytes { what: String, bytes: u64, limit: u64 }: "the values of all versions of the \
            secrets of {what} would have {bytes} bytes; quotas.bytes_per_service allows {limit}",
        TooManyTaSecrets: "no more secrets of trusted applications are allowed, or none under the rule \
            of ta_secrets.policy that admits this one (quotas.ta_secrets, quotas.ta_secrets_per_rule)",
    }
    CreateServiceEmpty InvalidArgument {
        NoService { service: ServiceName }: "the secret names no service: it must name {service}, whose \
            administrator calls",
    }
    CreateServiceMismatch InvalidArgument {
        NotYourService { service: ServiceName }: "the secret names another service: it must name \
            {service}, whose administrator calls",
    }
    CreateNoData InvalidArgument {
        NothingToImport { secret: SecretName }: "there is no data to import for secret {secret}: give it \
            (`data` or `dataFile` in a policy file)",
        NotGenerated { secret: SecretName }: "the server cannot generate a new version of secret {secret}, \
            whose data its owner gave: give the new value (serviceadmin put)",
        NoNewData { secret: SecretName }: "there is no data for the new version of secret {secret}",
        NoPairs { secret: SecretName }: "secret {secret} has no key-value pair in its params",
    }
    CreateDataTooLong InvalidArgument {
        UploadTooLong { limit: usize, got: u64 }: "an upload must have at most {limit} bytes (Base64 of \
            quotas.data_bytes, or of 8 MiB), got {got}",
        DataTooLong { secret: SecretName, limit: usize, got: usize }: "the data of secret {secret} must \
            be at most {limit} bytes, got {got}",
    }
    CreateType InvalidArgument {
        BadType { got: i32 }: "the type of a secret must be a number from 0 to 9, in protocol 2.0 from 0 \
            to 5, got {got}",
    }
    CreateBadData InvalidArgument {
        BadReadonly { secret: SecretName }: "readonly of secret {secret} must be \"true\" or \"false\"",
        BadShare { secret: SecretName }: "share of secret {secret} must be \"public\" or \"private\"",
        NegativeTime { secret: SecretName, key: &'static str, got: i64 }: "the lifecycle of secret \
            {secret}: {key} must not be negative, got {got}",
        TooManyVersions { secret: SecretName, limit: u32, got: u32 }: "the lifecycle of secret {secret}: \
            maxVersions must be at most {limit}, got {got}",
        RotationTooOften { secret: SecretName, least_ms: i64, got: i64 }: "the lifecycle of secret {secret}: \
            rotateEvery must be at least {least_ms} ms, got {got} ms",
        RotationOfGiven { secret: SecretName }: "the lifecycle of secret {secret} has rotateEvery, but \
            the server cannot make data of this type",
        ExpiresBeforeRotation { secret: SecretName, ttl_ms: i64, every_ms: i64 }: "the lifecycle of \
            secret {secret}: ttl ({ttl_ms} ms) must be at least rotateEvery ({every_ms} ms), or \
            nobody gets the secret in between",
        HasExpired { secret: SecretName, at: String, now: String }: "the lifecycle of secret {secret}: \
            expiresAt ({at}) has passed by the server's clock ({now}), so that nobody would get the secret: \
            give a later date, or a lifecycle without expiresAt",
        RotationOfReadOnly { secret: SecretName }: "the lifecycle of secret {secret} has rotateEvery, \
            but the secret is read-only, so that no version can follow",
        DescriptionTooLong { secret: SecretName, limit: usize, got: usize }: "the description of secret \
            {secret} must be at most {limit} bytes, got {got}",
        TooManyLabels { secret: SecretName, limit: usize, got: usize }: "secret {secret} must have at most \
            {limit} labels, got {got}",
        BadLabel { secret: SecretName, number: usize, limit: usize }: "label number {number} of secret {secret}: a \
            name must have 1 to {limit}, a value 0 to {limit} characters of a-z, 0-9, . and -",
        LabelTwice { secret: SecretName, number: usize }: "label number {number} of secret {secret}: an earlier \
            label has the same name",
        BadUse { secret: SecretName, got: i32 }: "the use of secret {secret}: {got} is no operation with a \
            key",
        UseNotOfType { secret: SecretName, word: &'static str, kind: &'static str }: "the use of secret \
            {secret}: a secret of type {kind} cannot {word}",
        NoUse { secret: SecretName }: "the use of secret {secret} has no operation, for applications or \
            for the administrator",
        OtherRuleUses { secret: SecretName, rules: usize, got: usize }: "the policy of secret {secret} has \
            {rules} rules, but says of {got} which operations they allow",
        RuleUseWithoutUse { secret: SecretName }: "a rule of secret {secret} allows operations, but the \
            secret is not used in place (use)",
        RuleUseBeyond { secret: SecretName, word: &'static str }: "a rule of secret {secret} allows {word}, \
            but the use of the secret does not",
        FirstVersionBeyond { secret: SecretName, first: u64, latest: u64 }: "the first version of secret \
            {secret} that is used is {first} (use.minDecryptVersion), but the current one is {latest}: \
            nobody could use what the key makes",
        BadEncoding { got: i32 }: "the encoding of the data must be 0 (text) or 1 (Base64), got {got}",
        BadPolicyType { secret: SecretName, got: i32 }: "the type of the policy of secret {secret} must \
            be 0 (bound), 1 (unbound) or 2 (never exported), got {got}",
        BadPolicy { secret: SecretName, why: String }: "the policy of secret {secret} cannot be used: \
            {why}",
        TooManyLists { service: ServiceName, limit: u64 }: "service {service} has {limit} named lists, \
            which is the maximum: destroy one first (serviceadmin lists destroy)",
        ListTooLong { list: ListName, limit: usize, got: usize }: "list {list} would take {got} bytes, but a \
            list must take at most {limit}: keep the rest in a second list, and let the rule name both",
        ListOfTooMany { list: ListName, limit: usize, got: usize }: "list {list} would have {got} values, but a \
            list must have at most {limit}: keep the rest in a second list, and let the rule name both",
        BadList { list: ListName, why: String }: "list {list} cannot be used: {why}",
        ListChange { got: i32 }: "the change of a list must be 0 (replace), 1 (add) or 2 (remove), got \
            {got}",
        BadLists { secret: SecretName, why: String }: "the policy of secret {secret} refers to a list that \
            it cannot use: {why}; make the list first (serviceadmin lists)",
        OpenRule { secret: SecretName, rule: String, why: String }: "rule \
            {rule} of secret {secret} lets every enclave in: {why}, or say so with \
            allow_any_enclave: true",
        LostInAecs20 { secret: SecretName, lost: String }: "the policy of secret {secret} would lose \
            {lost}, which tools of AECS 2.0 do not know and drop from policies: update it with \
            serviceadmin of AECS 2.1",
        NotOwnPolicy: "the policy of a trusted application's secret is its own measurement: leave it \
            empty",
        NothingToBind { why: Unpinned, remedy: String }: "the evidence of this application has \
            nothing of its own to bind the secret to: {why}; {remedy}, or bind the secret to the \
            measurement where it is bound to the signer",
        NotOnlyPolicy { what: String }: "an update replaces the policy and the lifecycle of {what} only; \
            put gives it other data, apply changes readonly and share; to change parameters, destroy it \
            and create it again",
        UnknownParameter { secret: SecretName, number: usize, known: String }: "secret {secret}: \
            parameter number {number} is unknown; this type has {known}",
        ParameterTwice { secret: SecretName, key: String }: "secret {secret}: the parameter {key} is \
            given twice",
        BadParameter { secret: SecretName, key: &'static str, why: String }: "secret {secret}: \
            parameter {key}: {why}",
        PairWithoutKey { secret: SecretName, number: usize }: "secret {secret}: pair number {number} \
            has no key",
        PairTwice { secret: SecretName, number: usize }: "secret {secret}: pair number {number} has \
            the key of an earlier one",
        BadCertificate { secret: SecretName, why: String }: "secret {secret}: {why}",
        BadData { secret: SecretName, why: String }: "secret {secret}: the given data cannot be used: \
            {why}",
    }
    CreateDataNotAllowed InvalidArgument {
        PairsAsData { secret: SecretName }: "secret {secret} of key-value pairs takes them as params, \
            not as data (serviceadmin put --from-policy)",
        TaData: "a trusted application's secret is generated: its request is not encrypted, so it must \
            not carry data",
    }
    UpdateTypeMismatch FailedPrecondition {
        OtherType { what: String }: "{what} has another type",
    }
    UpdateReadOnly PermissionDenied {
        ReadOnly { what: String }: "{what} is read-only: its data cannot be changed while readonly is \
            true",
        Immutable { what: String }: "{what} is immutable: destroy it and create it again",
    }
    DestroyNameEmpty InvalidArgument {
        DestroyNameEmpty: "the secret name is empty",
    }
    GetServiceEmpty InvalidArgument {
        GetServiceEmpty: "the service name is empty",
    }
    GetNameEmpty InvalidArgument {
        GetNameEmpty: "the secret name is empty",
    }
    GetNotExportable PermissionDenied {
        NeverExported: "the secret is never exported",
    }
    Expired FailedPrecondition {
        VersionExpired { version: u64, ago_s: i64 }: "version {version} of the secret expired {ago_s} s \
            ago: its owner has to give it a new version or a later end",
    }
    Deleted FailedPrecondition {
        Deleted { what: String, until: String }: "{what} is deleted: its owner can restore it until \
            {until} (serviceadmin undelete)",
        VersionDeleted { version: u64, until: String }: "version {version} of the secret is deleted: its \
            owner can restore it until {until} (serviceadmin undelete)",
        NotDeleted: "there is nothing to restore: it is not deleted",
    }
    Deleted NotFound {
        VersionGone { version: u64 }: "the data of version {version} of the secret is not kept any more",
    }
    NoVersion NotFound {
        NoVersion { version: u64, latest: u64 }: "the secret has no version {version}: the latest one is \
            {latest}",
    }
    NotCurrent FailedPrecondition {
        Conflict { what: String }: "{what} was changed by another request at the same time: look at it \
            and try again",
        OtherVersion { what: String, expected: u64, version: u64, made_by: String, ago_s: i64 }: "the \
            current version of {what} is {version}, made {ago_s} s ago by {made_by}, but the request \
            expects {expected}: look at it and try again",
        OtherPart: "the version that is asked for is another one than that of the earlier parts: get the \
            secret again from its beginning",
        OtherEpoch { what: String, expected: u64, epoch: u64 }: "{what} was changed since: its epoch is \
            {epoch}, but the request expects {expected}: look at it and try again",
    }
    UseDenied PermissionDenied {
        NotInPlace: "the secret is not used in place: its owner has not said so (use)",
        UseNotAllowed { word: &'static str }: "the secret, or the rule that admits this enclave, does not \
            allow {word}",
        AdminUseNotAllowed { word: &'static str }: "the secret does not allow its administrator to {word} \
            (use.admin)",
        VersionNotUsed { version: u64, first: u64 }: "version {version} of the key is not used any more: the \
            first one is {first} (use.minDecryptVersion)",
    }
    UseFailed InvalidArgument {
        NoOperations: "the request has no operations that are sealed for this server (operationsEnc)",
        ChangeCount { limit: usize, got: usize }: "a request must have 1 to {limit} changes, got {got}",
        ChangedTwice { secret: String }: "a request must change each secret once: secret {secret} is in it twice",
        NoChange: "a change must say what is to be done: create, apply, delete or destroy",
        WantedCount { limit: usize, got: usize }: "a request must want 1 to {limit} secrets, got {got}",
        OperationCount { limit: usize, got: usize }: "a request must have 1 to {limit} operations, got {got}",
        BadOperation { index: usize, got: i32 }: "operation {index}: {got} is no operation with a key",
    }
    Upload InvalidArgument {
        UploadId { got: usize }: "the id of an upload must be exactly 16 bytes, got {got}",
        UploadPart: "the part does not follow the parts that the server has, or does not fit into the total \
            of the upload",
        DataTwice: "the request has data, and names an upload as well",
        OtherUpload: "the upload is not what the request means: it is not whole, or its digest is another one",
    }
    Upload FailedPrecondition {
        NoUpload: "the server has no such upload: it waited too long, made room for others, or went to \
            another process of the server; upload again",
    }
    TooLongForOne FailedPrecondition {
        TooLongForOne { bytes: usize, limit: usize }: "the data has {bytes} bytes, more than the {limit} of \
            one answer: get it in parts, with a client of protocol 2.1",
    }
    PublicServiceEmpty InvalidArgument {
        PublicServiceEmpty: "the service name is empty",
    }
    PublicNameEmpty InvalidArgument {
        PublicNameEmpty: "the secret name is empty",
    }
    PublicPrivate NotFound {
        // One answer for a secret that is private and for one that does not exist.
        NotPublic: "there is no public secret of that name",
    }
    Provisioned FailedPrecondition {
        Provisioned: "this server is provisioned already",
        ProvisionedUnder { own: String, host: HostName }: "this server is provisioned already, with \
            {own}, not with {host}: to save its identity under {host} as well, run aecsadmin backup \
            --hostname {host}",
        ProvisionedBefore: "this identity was provisioned before: provision it again with a client of \
            protocol 2.1, which names the identity it means",
    }
    StorageAuth FailedPrecondition {
        OlderStore { why: String }: "{why}; if you know that nothing later is lost, provision with \
            --accept-older-store",
        OtherRecords { remedy: String }: "the records in the store belong to another identity than this \
            server's. {remedy}",
        LostStore { why: String }: "the store does not open under this identity: it belongs to one that \
            ended with an earlier process, since this platform cannot seal. With recovery shares, start \
            with --recover; without, what is in it is lost: start with an empty store ({why})",
        OtherStore { why: String }: "the store does not open under this identity: it belongs to another \
            one, or somebody changed it. If it belongs to another one, provision with the host name of its \
            backup, if there is one, or start with --recover if the store has recovery shares ({why})",
    }
    Damaged Internal {
        // A trusted application, and who is nobody in particular, is told less: `Error::for_stranger`.
        Damaged { what: String, why: String }: "{what} is damaged in the store: {why}",
        ExportDamaged { place: String, why: String }: "the store cannot be exported, because of {place}: \
            {why}; another try does not help",
        BackupDamaged { host: String, why: String }: "the store cannot be exported, because the identity \
            backup of host {host} is damaged: {why}; replace it (aecsadmin backup {host}) or delete it \
            (aecsadmin delete-backup {host}), and export again",
    }
    NameExists AlreadyExists {
        Exists { what: String }: "{what} exists already",
    }
    NoSuchName NotFound {
        Missing { what: String }: "there is no {what}",
    }
    NoSuchName Unauthenticated {
        // Nothing was looked up yet, so there is nothing to give away but the report itself.
        ReportRefused { why: String }: "the attestation report is refused: {why}",
    }
    NoSuchName PermissionDenied {
        NotAdmitted { debug: Hint }: "there is no such secret, or its policy does not admit this \
            enclave{debug}",
        NoTaRule { debug: Hint }: "this server lets only those applications create secrets that a rule \
            of its setting ta_secrets.policy admits, and none admits this one{debug}",
    }
}

impl Cause {
    /// A request that is not what it should be: `why` names the problem, never a value.
    pub(crate) fn unreadable(why: impl fmt::Display) -> Self {
        Self::Unreadable { why: why.to_string() }
    }
}

/// What a text goes on with, if there is more to know.
#[derive(Debug)]
pub(crate) struct Hint(pub(crate) Option<String>);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|more| write!(f, "; {more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_none_is_without_a_cause() {
        let mut codes: Vec<ErrorCode> = TEXTS.iter().map(|(code, ..)| *code).collect();
        codes.dedup();
        assert_eq!(codes, ErrorCode::ALL);
    }

    #[test]
    fn texts_are_one_line_in_lower_case_without_a_full_stop() {
        for (code, kind, text) in TEXTS {
            let first = text.chars().next().unwrap();
            assert!(first.is_ascii_lowercase() || first == '{', "{code} {kind:?}: {text}");
            assert!(!text.ends_with(['.', ' ', ':', ';', ',']), "{code} {kind:?}: {text}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{code} {kind:?}: {text}");
        }
    }
}
