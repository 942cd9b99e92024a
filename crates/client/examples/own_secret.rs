//! A key of the application's own: the server makes it once, and gives it to this application and
//! its successors only (same signer and product, this security version or a later one).

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aecs_client::{
    EnclaveSecretType, Error, ErrorCode, Material, NewSecret, TRUSTED_APPLICATIONS, TaBinding,
    TaClient,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ta = TaClient::from_env().await?;
    let disk_key = NewSecret::new("disk-key", EnclaveSecretType::SecretTypeAes256Key);
    match ta.create(&disk_key, TaBinding::Signer).await {
        Ok(()) => println!("made a key"),
        Err(Error::Refused(refusal)) if refusal.code() == Some(ErrorCode::NameExists) => {
            println!("the key is there already");
        }
        Err(error) => return Err(error.into()),
    }
    let secret = ta.get(TRUSTED_APPLICATIONS, "disk-key").await?;
    let Material::AesKey(key) = secret.material() else {
        anyhow::bail!("the secret is not an AES key");
    };
    println!("a key of {} bytes", key.expose().len());
    Ok(())
}
