//! Gets a password of a service and logs in with it.

use aecs_client::{Material, TaClient};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The kubeconfig that AECS_SERVER_POLICY names says which server to trust.
    let ta = TaClient::from_env().await?;
    let secret = ta.get("service1", "orders-password").await?;
    let Material::Data(password) = secret.material() else {
        anyhow::bail!("the secret is not a password");
    };
    log_in("application", password.expose())
}

/// Stands for what the application does with the password.
fn log_in(_user: &str, password: &str) -> anyhow::Result<()> {
    anyhow::ensure!(!password.is_empty(), "the password is empty");
    Ok(())
}
