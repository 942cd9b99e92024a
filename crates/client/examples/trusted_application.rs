//! A trusted application: fetches the secrets of a service and uses each as such.
//!
//! ```text
//! trusted_application KUBECONFIG SIMULATION_DIR MEASUREMENT SERVICE SECRET...
//! ```
//!
//! KUBECONFIG says where the server is and what it must prove; SIMULATION_DIR is the software CPU
//! that this application runs on, and MEASUREMENT (64 hex digits) what it is there. On hardware,
//! the platform's attester takes the place of the last two.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{env, error::Error, process::ExitCode, sync::Arc};

use aecs_attest::Verifier;
use aecs_client::{Material, Secret, TaClient, files::kubeconfig::Kubeconfig};
use aecs_crypto::generate::{self, Algorithm};
use aecs_crypto::{KeyPair, Purpose, RecordKey, SecretBytes};
use aecs_sim::{EnclaveIdentity, SimulatedCpu};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause = Some(&*error as &dyn Error);
            while let Some(error) = cause {
                println!("  {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [kubeconfig, simulation_dir, measurement, service, secrets @ ..] = arguments.as_slice()
    else {
        anyhow::bail!("usage: KUBECONFIG SIMULATION_DIR MEASUREMENT SERVICE SECRET...");
    };

    // What the server must prove, and whose evidence counts.
    let server = Kubeconfig::load(kubeconfig)?.server;
    let mut roots = Verifier::builder().vendor_roots();
    if let Some(root) = server.simulation_root {
        roots = roots.simulated_root(root);
    }
    let verifier = Arc::new(roots.build()?);

    // What this application can prove.
    let mut mrenclave = [0; 32];
    hex::decode_to_slice(measurement, &mut mrenclave)?;
    let cpu = SimulatedCpu::open(simulation_dir)?;
    let enclave = cpu.enclave(EnclaveIdentity { mrenclave, ..EnclaveIdentity::default() });

    let ta = TaClient::builder(server.endpoint, verifier, server.policy, Arc::new(enclave))
        .connect()
        .await?;
    for name in secrets {
        let secret = ta.get(service, name).await?;
        println!("  {name:<26} {}", put_to_use(&secret)?);
    }
    Ok(())
}

/// Does with a secret what its type is for, and tells about it without showing it.
fn put_to_use(secret: &Secret) -> anyhow::Result<String> {
    Ok(match secret.material() {
        Material::Data(password) => {
            let length = password.expose().chars().count();
            format!("a password of {length} characters, to log in somewhere")
        }
        Material::Binary(bytes) => format!("{} bytes, to use as they are", bytes.expose().len()),
        Material::AesKey(key) => {
            let key = RecordKey::from_bytes(&SecretBytes::from(key.expose().to_vec()))?;
            let sealed = key.seal(b"example", b"a model of weights")?;
            let opened = key.open(b"example", &sealed)?;
            format!("encrypted 18 bytes to {}, and back to {}", sealed.len(), opened.len())
        }
        Material::Sm4Key(key) => format!("an SM4 key of {} bytes", key.expose().len()),
        Material::KeyPair(pems) if ![Algorithm::Rsa, Algorithm::Sm2].contains(&pems.algorithm) => {
            pems.check()?;
            format!("a key pair of {}, to sign with", pems.algorithm)
        }
        Material::KeyPair(pems) => {
            let pair = KeyPair::from_pems(pems.private.expose(), &pems.public)?;
            let signature = pair.sign(Purpose::PUBLIC_SECRET, b"a contract")?;
            pair.public().verify(Purpose::PUBLIC_SECRET, b"a contract", &signature)?;
            format!("signed with {} ({} bytes), and verified", pair.suite(), signature.len())
        }
        Material::Certificate(pems) => {
            generate::check_certificate(&pems.certificate, pems.private_key.expose())?;
            "a certificate and its private key, to serve TLS with".to_owned()
        }
        Material::Configurations(pairs) => {
            let keys: Vec<&str> = pairs.expose_all().map(|(key, _)| key).collect();
            format!("configured {}", keys.join(" and "))
        }
    })
}
