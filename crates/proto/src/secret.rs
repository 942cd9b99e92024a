//! Messages that carry secrets: what `Debug` shows of them, and how they are wiped.
//!
//! The code generator leaves out `Debug` for the messages of this list, so one that is missing here
//! does not compile wherever it is printed. Each entry names every field of its message, wiped or
//! kept, so a new field does not compile before somebody has decided.

use std::fmt;

use zeroize::Zeroize;

use crate::generated::*;

macro_rules! secret_messages {
    ($($message:ident { wiped: [$($wiped:ident),*], kept: [$($kept:ident),*] })*) => {
        $(
            /// The fields may be secret and are not shown.
            impl fmt::Debug for $message {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct(stringify!($message)).finish_non_exhaustive()
                }
            }

            /// Wipes the fields that carry secrets and leaves the others alone.
            impl Zeroize for $message {
                fn zeroize(&mut self) {
                    let Self { $($wiped,)* $($kept: _,)* } = self;
                    $($wiped.zeroize();)*
                }
            }
        )*
    };
}

secret_messages! {
    AsymmetricKeyPair { wiped: [private_key], kept: [public_key] }
    SslCredentialsOptions { wiped: [private_key], kept: [root_cert, cert_chain] }
    EnclaveKvPair { wiped: [key, value], kept: [] }
    EnclaveConfigurations { wiped: [items], kept: [] }
    EnclaveSecret { wiped: [spec, data, part], kept: [encoding, version, tag, total] }
    StorageAuth { wiped: [access_key_id, access_key_secret], kept: [endpoint, bucket_name] }
    AdminAuth { wiped: [password_hash], kept: [public_key, operator_may_replace_key] }
    AecsServerSecrets { wiped: [identity, storage_auth, admin], kept: [] }
    AecsIdentityBackup { wiped: [hex_sealed_identity], kept: [public_key_hash] }
    AdminRemoteCallReqWithAuth {
        wiped: [req, password],
        kept: [function_name, issued_at_ms, nonce, service_name, binding]
    }
    AdminRemoteCallResponse {
        wiped: [res_plain],
        kept: [error_message, auth_ra_report, res_enc, state, done_before]
    }
    RegisterEnclaveServiceRequest {
        wiped: [service_password_hash],
        kept: [service_name, service_pubkey, operator_may_replace_key]
    }
    AecsProvisionRequest {
        wiped: [auth],
        kept: [
            host_name,
            identity_hash,
            deployment_id,
            server_config,
            settings_digest,
            accept_older_store
        ]
    }
    AppointAdministratorRequest { wiped: [password_hash], kept: [name, public_key] }
    AddAdministratorRequest { wiped: [password_hash], kept: [name, public_key] }
    RotateAdministratorKeyRequest { wiped: [password_hash], kept: [public_key] }
    SetServiceKeyRequest { wiped: [password_hash], kept: [service_name, public_key] }
    RotateServiceKeyRequest { wiped: [password_hash], kept: [public_key] }
    RecoveryShare { wiped: [share], kept: [label, released_to] }
    SubmitRecoveryShareRequest { wiped: [share], kept: [label] }
    CreateEnclaveSecretRequest { wiped: [secret], kept: [is_update, if_epoch, upload] }
    ApplySecretRequest { wiped: [secret], kept: [dry_run, if_epoch, upload] }
    ChangeSecretsRequest { wiped: [changes], kept: [] }
    PutSecretRequest { wiped: [data, params], kept: [secret_name, encoding, if_version, upload] }
    UploadSecretDataRequest { wiped: [part], kept: [upload_id, total, offset] }
    TaCreateSecretRequest { wiped: [secret], kept: [nonce, binding] }
    TaSecretResult { wiped: [secret], kept: [unchanged, error_code, error, left_out] }
    TaSecrets { wiped: [results], kept: [] }
    KeyOperation {
        wiped: [input, sealed, associated_data],
        kept: [operation, algorithm, length, version]
    }
    KeyOperations { wiped: [operations], kept: [] }
    KeyResult { wiped: [output, sealed], kept: [valid, version, error_code, error] }
    KeyResults { wiped: [results], kept: [] }
    UseSecretRequest { wiped: [operations], kept: [secret_name] }
    TaRemoteCallRequest {
        wiped: [req_json],
        kept: [
            auth_report,
            function_name,
            signature_b64,
            issued_at_ms,
            nonce,
            binding,
            session_share
        ]
    }
    TaSessionCallRequest {
        wiped: [req_json],
        kept: [session_id, counter, function_name, remembered, mac]
    }
    TaSessionAnswer { wiped: [res_json, secret], kept: [state] }
    GetEnclaveSecretPublicRequest {
        wiped: [service_token],
        kept: [service_name, secret_name, service_subid, nonce, accepted_suites]
    }
}

/// Wipes the parameters, which are the values of a configurations secret.
impl Zeroize for EnclaveSecretSpec {
    fn zeroize(&mut self) {
        self.params.zeroize();
    }
}

/// Wipes the secret that is created or changed.
impl Zeroize for SecretChange {
    fn zeroize(&mut self) {
        match &mut self.change {
            Some(secret_change::Change::Create(request)) => request.zeroize(),
            Some(secret_change::Change::Apply(request)) => request.zeroize(),
            Some(secret_change::Change::Delete(_) | secret_change::Change::Destroy(_)) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANTED: &str = "hunter2";

    fn planted_secret() -> EnclaveSecret {
        let pair = EnclaveKvPair { key: PLANTED.into(), value: PLANTED.into() };
        let spec = EnclaveSecretSpec {
            secret_name: "db".into(),
            params: vec![pair],
            ..EnclaveSecretSpec::default()
        };
        EnclaveSecret { spec: Some(spec), data: PLANTED.into(), ..EnclaveSecret::default() }
    }

    #[test]
    fn debug_shows_the_name_only() {
        let request =
            CreateEnclaveSecretRequest { secret: Some(planted_secret()), ..Default::default() };
        assert_eq!(format!("{request:?}"), "CreateEnclaveSecretRequest { .. }");

        // A message around a secret one has a derived `Debug`, which shows the rest.
        let spec = planted_secret().spec.unwrap();
        let shown = format!("{spec:#?}");
        assert!(shown.contains("db"), "{shown}");
        assert!(!shown.contains(PLANTED), "{shown}");
    }

    #[test]
    fn wiping_reaches_nested_messages() {
        let mut request =
            TaCreateSecretRequest { secret: Some(planted_secret()), nonce: "n".into(), binding: 1 };
        request.zeroize();
        assert_eq!(request, TaCreateSecretRequest { secret: None, nonce: "n".into(), binding: 1 });

        let secret = || Some(planted_secret());
        let create = CreateEnclaveSecretRequest { secret: secret(), ..Default::default() };
        let apply = ApplySecretRequest { secret: secret(), ..Default::default() };
        let changes = [secret_change::Change::Create(create), secret_change::Change::Apply(apply)];
        for mut change in changes.map(|change| SecretChange { change: Some(change) }) {
            assert!(format!("{change:?}").len() < 100);
            change.zeroize();
            assert!(!crate::json::to_string(&change).contains(PLANTED));
        }

        let mut secrets = AecsServerSecrets {
            identity: Some(AsymmetricKeyPair { private_key: PLANTED.into(), ..Default::default() }),
            storage_auth: Some(StorageAuth::default()),
            admin: Some(AdminAuth::default()),
        };
        secrets.zeroize();
        assert_eq!(secrets, AecsServerSecrets::default());
    }
}
