//! Clients of AECS 2.0: what the C++ tools send, in the order in which they send it.
//!
//! The texts of the requests are those that the C++ tools write; the simulated application's
//! report has no signature, as theirs has none in simulation mode.

use aecs_core::Aecs20;
use aecs_crypto::{KeyPair, Protocol, PublicKey, Purpose, Suite, envelope, sha256};
use aecs_proto::{
    AdminRemoteCallReqWithAuth, AdminRemoteCallRequest, GetAecsStatusRequest,
    GetEnclaveSecretPublicRequest, TaGetSecretResponse, TaRemoteCallRequest,
    UnifiedAttestationAuthReport, UnifiedAttestationReport, aecs_client::AecsClient, json,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use tonic::{Code, Status, transport::Channel};

use crate::world::{SERVICE, World};

type Client = AecsClient<Channel>;

/// An administrator's tool.
struct Tool<'a> {
    client: Client,
    server: PublicKey,
    key: KeyPair,
    service: Option<&'a str>,
}

impl<'a> Tool<'a> {
    async fn connect(world: &World, service: Option<&'a str>) -> Result<Self, Status> {
        let mut client = connect(world).await;
        let key = if service.is_some() { world.service_key() } else { world.admin_key() };
        let status = client.get_aecs_status(GetAecsStatusRequest::default()).await?.into_inner();
        let server = PublicKey::from_pem(&status.auth_ra_report.unwrap().pem_public_key).unwrap();
        envelope::verify_detached(
            Purpose::STATUS,
            &server,
            status.status_str.as_bytes(),
            &status.status_sig.unwrap(),
        )
        .unwrap();
        for unknown_to_it in ["deploymentId", "tcb_status", "nonce", "storeEpoch"] {
            assert!(!status.status_str.contains(unknown_to_it), "{}", status.status_str);
        }
        Ok(Self { client, server, key, service })
    }

    fn request(&self, function: &str, request: &str) -> AdminRemoteCallRequest {
        let payload = json::to_string(&AdminRemoteCallReqWithAuth {
            req: request.as_bytes().to_vec(),
            ..Default::default()
        });
        let sealed = envelope::seal(
            Protocol::Aecs20,
            Purpose::ADMIN_REQUEST,
            &self.server,
            &self.key,
            self.service.unwrap_or("Enclave").as_bytes(),
            payload.as_bytes(),
        )
        .unwrap();
        AdminRemoteCallRequest {
            function_name: function.into(),
            req_enc: Some(sealed),
            ..Default::default()
        }
    }

    async fn send(&mut self, request: AdminRemoteCallRequest) -> Result<String, Status> {
        let response = match self.service {
            None => self.client.aecs_admin_remote_call(request).await?,
            Some(_) => self.client.service_admin_remote_call(request).await?,
        };
        let Some(sealed) = response.into_inner().res_enc else { return Ok(String::new()) };
        let opened = envelope::open(Purpose::ADMIN_RESPONSE, &self.key, &sealed)
            .unwrap()
            .verify(&self.server)
            .unwrap();
        Ok(String::from_utf8(opened.plain.expose().to_vec()).unwrap())
    }

    async fn call(&mut self, function: &str, request: &str) -> Result<String, Status> {
        self.send(self.request(function, request)).await
    }
}

async fn connect(world: &World) -> Client {
    AecsClient::connect(format!("http://{}", world.address)).await.unwrap()
}

/// A trusted application in simulation mode.
struct Application {
    client: Client,
    key: KeyPair,
    measurement: [u8; 32],
}

impl Application {
    async fn new(world: &World, suite: Suite, measurement: u8) -> Self {
        Self {
            client: connect(world).await,
            key: KeyPair::generate(suite).unwrap(),
            measurement: [measurement; 32],
        }
    }

    /// A quote of 500 bytes that nobody signed.
    fn report(&self) -> UnifiedAttestationAuthReport {
        let mut quote = vec![0_u8; 500];
        quote[0] = 3;
        quote[2] = 2;
        quote[12..28].copy_from_slice(&hex::decode("939a7233f79c4ca9940a0db3957f0607").unwrap());
        let body = &mut quote[48..432];
        body[48] = 5;
        body[64..96].copy_from_slice(&self.measurement);
        body[128..160].copy_from_slice(&[0x83; 32]);
        body[256] = 1;
        body[258] = 1;
        body[320..324].copy_from_slice(b"1234");
        body[352..384].copy_from_slice(&sha256(self.key.public().pem().as_bytes()));
        quote[432] = 64;
        quote[436..].fill(0x5a);
        UnifiedAttestationAuthReport {
            report: Some(UnifiedAttestationReport {
                str_report_version: "1.0".into(),
                str_report_type: "Passport".into(),
                str_tee_platform: "SGX_DCAP".into(),
                json_report: format!(r#"{{"b64_quote":"{}"}}"#, BASE64.encode(quote)),
                json_nested_reports: String::new(),
            }),
            pem_public_key: self.key.public().pem().into(),
        }
    }

    async fn call(&mut self, function: &str, req_json: &str) -> Result<String, Status> {
        let signature = self.key.sign(Purpose::TA_REQUEST, req_json.as_bytes()).unwrap();
        let request = TaRemoteCallRequest {
            auth_report: Some(self.report()),
            function_name: function.into(),
            req_json: req_json.into(),
            signature_b64: BASE64.encode(signature),
            ..Default::default()
        };
        let response = self.client.ta_remote_call(request).await?.into_inner();
        let server = PublicKey::from_pem(&response.auth_report.unwrap().pem_public_key).unwrap();
        let signature = BASE64.decode(response.signature_b64).unwrap();
        server.verify(Purpose::TA_RESPONSE, response.res_json.as_bytes(), &signature).unwrap();
        Ok(response.res_json)
    }

    async fn get(&mut self, service: &str, secret: &str) -> Result<String, Status> {
        let request =
            format!(r#"{{"serviceName":"{service}","secretName":"{secret}","nonce":"N1"}}"#);
        let response = self.call("TaGetSecret", &request).await?;
        let response: TaGetSecretResponse = json::from_str(&response).unwrap();
        assert_eq!(response.nonce, "N1");
        // Signed by the identity in the suite of this key, which is a test of its own elsewhere.
        let sealed = response.secret_enc.unwrap();
        assert_eq!(sealed.aes_cipher.as_ref().unwrap().aad, b"Enclave");
        let status = self.client.get_aecs_status(GetAecsStatusRequest::default()).await?;
        let report = status.into_inner().auth_ra_report.unwrap();
        let server = PublicKey::from_pem(&report.pem_public_key).unwrap();
        let opened = envelope::open(Purpose::TA_SECRET, &self.key, &sealed)
            .unwrap()
            .verify(&server)
            .unwrap();
        Ok(String::from_utf8(opened.plain.expose().to_vec()).unwrap())
    }
}

fn allow(config: &mut aecs_core::Settings) {
    config.compat.aecs20 = Aecs20::Allow;
    config.insecure = vec!["attestation.insecure_aecs20_simulation".into()];
    // The application's quote has a measurement, and no signer.
    let rule = aecs_proto::UnifiedAttestationAttributes {
        hex_ta_measurement: "AA".repeat(32),
        ..Default::default()
    };
    config.ta_secrets = vec![aecs_core::TaRule::plain(&rule).unwrap()];
}

const PASSWORD: &str = r#"{"secret":{"spec":{"secretName":"secret-my-password","serviceName":"service1","type":"SECRET_TYPE_IMPORT_DATA","policy":{"policy":{"main_attributes":[{"str_min_isvsvn":"0"}]}},"readonly":"true","share":"public"},"data":"password-test"}}"#;
const KEY_PAIR: &str = r#"{"secret":{"spec":{"secretName":"secret-my-keypair","serviceName":"service1","policy":{"policy":{"main_attributes":[{"str_min_isvsvn":"0"}]}},"params":[{"key":"pkcs_type","value":"pkcs8"},{"key":"bit_length","value":"2048"}],"readonly":"true","share":"public"}}}"#;
const CONFIGURATION: &str = r#"{"secret":{"spec":{"secretName":"secret-my-configuration","serviceName":"service1","type":"SECRET_TYPE_CONFIGURATIONS","policy":{"policy":{"main_attributes":[{"str_min_isvsvn":"0"}]}},"params":[{"key":"id","value":"12345678"},{"key":"nonce","value":"1234567890abcdef"}],"readonly":"true","share":"public"}}}"#;
const OWN_KEY: &str = r#"{"secret":{"spec":{"secretName":"own-key","serviceName":"null","type":"SECRET_TYPE_AES256_KEY","policy":{"policy":{}},"readonly":"false","share":"private"}},"nonce":"N1"}"#;

async fn every_action(suite: Suite) {
    let world = World::start(suite, allow).await;
    let mut admin = Tool::connect(&world, None).await.unwrap();

    let pending = admin.call("ListEnclaveService", "{}").await.unwrap_err();
    assert!(pending.message().ends_with("| Error code: 0xA0050000"), "{pending}");
    let answer = admin.call("AecsProvision", r#"{"auth":{},"hostName":"localtest"}"#).await;
    assert_eq!(answer.unwrap(), "", "2.0 has no answer to a provision");
    let pem = json::to_string(&aecs_proto::RegisterEnclaveServiceRequest {
        service_name: SERVICE.into(),
        service_pubkey: world.service_key().public().pem().into(),
        ..Default::default()
    });
    assert_eq!(admin.call("RegisterEnclaveService", &pem).await.unwrap(), "{}");
    assert_eq!(
        admin.call("ListEnclaveService", "{}").await.unwrap(),
        r#"{"services":{"names":["service1"]}}"#
    );
    assert_eq!(admin.call("AecsBackupIdentity", r#"{"hostName":"h1"}"#).await.unwrap(), "{}");
    let backups = admin.call("AecsListBackupIdentity", "{}").await.unwrap();
    assert!(backups.contains(r#""identityBackupName":"h1""#), "{backups}");
    assert_eq!(admin.call("AecsDeleteBackupIdentity", r#"{"hostName":"h1"}"#).await.unwrap(), "{}");

    let mut owner = Tool::connect(&world, Some(SERVICE)).await.unwrap();
    for secret in [PASSWORD, KEY_PAIR, CONFIGURATION] {
        assert_eq!(owner.call("CreateSecret", secret).await.unwrap(), "{}");
    }
    let list = owner.call("ListSecret", r#"{"secretName":"secret-my-keypair"}"#).await.unwrap();
    let spec = r#"{"secrets":[{"secretName":"secret-my-keypair","serviceName":"service1","policy":{"policy":{"main_attributes":[{"str_min_isvsvn":"0"}]}},"params":[{"key":"pkcs_type","value":"pkcs8"},{"key":"bit_length","value":"2048"}],"readonly":"true","share":"public"}]}"#;
    assert_eq!(list, spec);

    let mut application = Application::new(&world, suite, 0xAA).await;
    let got = application.get(SERVICE, "secret-my-password").await.unwrap();
    assert!(got.ends_with(r#""data":"password-test"}"#), "{got}");
    let got = application.get(SERVICE, "secret-my-configuration").await.unwrap();
    assert!(got.contains("1234567890abcdef"), "{got}");
    application.call("TaCreateSecret", OWN_KEY).await.unwrap();
    application.get("TrustedApplications", "own-key").await.unwrap();
    let list = admin.call("ListTaSecret", "{}").await.unwrap();
    assert!(list.contains(r#""secretName":"own-key""#), "{list}");
    let destroy = r#"{"secretName":"own-key","nonce":"N2"}"#;
    application.call("TaDestroySecret", destroy).await.unwrap();

    let request = GetEnclaveSecretPublicRequest {
        service_name: SERVICE.into(),
        secret_name: "secret-my-keypair".into(),
        nonce: "N3".into(),
        ..Default::default()
    };
    let public =
        connect(&world).await.get_enclave_secret_public(request).await.unwrap().into_inner();
    let signed = format!("{}N3", public.secret_public);
    let signature = BASE64.decode(public.signature_b64).unwrap();
    admin.server.verify(Purpose::PUBLIC_SECRET, signed.as_bytes(), &signature).unwrap();
    assert!(public.secret_public.contains("BEGIN PUBLIC KEY"), "{}", public.secret_public);

    let destroy = r#"{"secretName":"secret-my-password"}"#;
    assert_eq!(owner.call("DestroySecret", destroy).await.unwrap(), "{}");
    let unregister = r#"{"serviceName":"service1"}"#;
    assert_eq!(admin.call("UnregisterEnclaveService", unregister).await.unwrap(), "{}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_tools_run_every_action_where_it_is_allowed() {
    every_action(Suite::Rsa).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sm_tools_run_every_action_where_it_is_allowed() {
    every_action(Suite::Sm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_are_refused_also_where_2_0_is_allowed() {
    let world = World::working(Suite::Rsa, allow).await;
    let mut owner = Tool::connect(&world, Some(SERVICE)).await.unwrap();
    owner.call("CreateSecret", PASSWORD).await.unwrap();

    let list = owner.request("ListSecret", r#"{"secretName":"secret-my-password"}"#);
    owner.send(list.clone()).await.unwrap();
    let destroy = AdminRemoteCallRequest { function_name: "DestroySecret".into(), ..list.clone() };
    for recording in [list, destroy] {
        let refused = owner.send(recording).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert!(refused.message().ends_with("| Error code: 0xA20B0000"), "{refused}");
    }
    let left = owner.call("ListSecret", "{}").await.unwrap();
    assert!(left.contains("secret-my-password"), "{left}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_2_0_is_refused_with_a_text_that_helps() {
    let world = World::working(Suite::Rsa, |_| ()).await;
    let refused = Tool::connect(&world, None).await.err().unwrap();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("compat.aecs20"), "{refused}");
    assert!(refused.message().ends_with("| Error code: 0xA0060000"), "{refused}");

    let mut application = Application::new(&world, Suite::Rsa, 1).await;
    let refused = application.call("TaGetSecret", "{}").await.unwrap_err();
    assert!(refused.message().contains("compat.aecs20"), "{refused}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_lets_reads_through_and_nothing_else() {
    let world = World::working(Suite::Rsa, |config| {
        allow(config);
        config.compat.aecs20 = Aecs20::ReadOnly;
    })
    .await;
    let mut owner = Tool::connect(&world, Some(SERVICE)).await.unwrap();
    for function in ["CreateSecret", "ListSecret", "DestroySecret"] {
        let refused = owner.call(function, "{}").await.unwrap_err();
        assert!(refused.message().contains("compat.aecs20"), "{function}: {refused}");
    }
    let mut application = Application::new(&world, Suite::Rsa, 1).await;
    let refused = application.call("TaCreateSecret", OWN_KEY).await.unwrap_err();
    assert!(refused.message().contains("compat.aecs20"), "{refused}");
    let unknown = application.get(SERVICE, "x").await.unwrap_err();
    assert_eq!(unknown.code(), Code::PermissionDenied, "the read itself is let through");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsigned_report_needs_the_switch_that_says_insecure() {
    let world = World::working(Suite::Rsa, |config| config.compat.aecs20 = Aecs20::Allow).await;
    let mut application = Application::new(&world, Suite::Rsa, 1).await;
    let refused = application.get(SERVICE, "x").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    world.stop().await;
}
