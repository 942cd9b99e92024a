//! A key that stays in the server: encrypts records before they are stored, each bound to its name, and
//! signs. The application never has the key.
//!
//! ```text
//! AECS_SERVER_POLICY=ta.kubeconfig transit SERVICE KEY
//! ```
//!
//! The key is a secret of type `SECRET_TYPE_AES256_KEY` with
//! `use: {operations: [encrypt, decrypt, rewrap, data-key, unwrap]}`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;

use aecs_client::{Operation, TaClient};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(service), Some(secret)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("give the names of a service and of a key");
    };
    let ta = TaClient::from_env().await?;
    let key = ta.key(&service, &secret);

    let sealed = key.encrypt(b"4111 1111 1111 1111", b"customer 7").await?;
    println!("stored: {sealed}");
    let card = key.decrypt(&sealed, b"customer 7").await?;
    println!("read: {} bytes", card.len());
    if key.decrypt(&sealed, b"customer 8").await.is_err() {
        println!("the record of another customer does not open");
    }

    // Up to 100 records in one request; after a rotation, this moves them to the new version.
    let operations = vec![Operation::rewrap(&sealed, b"customer 7")];
    for outcome in key.batch(operations).await? {
        println!("rewrapped: {}", outcome?.sealed());
    }

    // Large data: encrypted here, with a key that is kept beside it, wrapped.
    let (data_key, wrapped) = key.data_key(32, b"backup 2026-12").await?;
    println!("a data key of {} bytes, kept as {wrapped}", data_key.len());
    let again = key.unwrap(&wrapped, b"backup 2026-12").await?;
    println!("the same key: {}", again.ct_eq(data_key.expose()));
    Ok(())
}
