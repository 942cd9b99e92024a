//! Which programs may seal, and which can open it: the keys of a platform are not always those of
//! one program.

use std::sync::Arc;

use aecs_crypto::SecretBytes;

use super::sealer::{BoundTo, SealTo, Sealer, Sealing};
use crate::error::Result;

/// Product id (ISVPRODID) of the server's SGX enclaves. A processor gives all enclaves of one
/// signer and product the same key, so no other enclave of the signer may have this id. The
/// manifests in `deployment` set it, and the policies that `aecs-setup` writes ask for it.
pub const SERVER_PRODUCT: u16 = 19527;

/// Product ids that build tools choose by themselves: any enclave may have them.
const DEFAULTS: [u16; 2] = [0, 1];

/// Under which conditions a program seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealingRules {
    /// Product id that an SGX enclave must have.
    pub product: u16,
    /// To whom an SGX enclave seals what is meant for its signer: to its signer and product, or to
    /// its measurement alone.
    pub sgx: SealTo,
    /// The launch measurement of this SEV-SNP guest covers kernel and initial RAM disk, so that no
    /// other guest derives the same key. Without it, an SEV-SNP guest does not seal.
    pub snp_measurement: bool,
}

impl SealingRules {
    /// What the server does unless it is told otherwise.
    #[must_use]
    pub const fn server() -> Self {
        Self { product: SERVER_PRODUCT, sgx: SealTo::Signer, snp_measurement: false }
    }

    /// Under which everything opens that a server has sealed under some rules.
    #[must_use]
    pub const fn opening() -> Self {
        Self { snp_measurement: true, ..Self::server() }
    }

    /// Whether an SGX enclave of this product may seal.
    ///
    /// # Errors
    ///
    /// The reason why it may not.
    pub(super) fn check_product(&self, own: u16) -> Result<(), String> {
        if own == self.product && !DEFAULTS.contains(&own) {
            return Ok(());
        }
        Err(format!(
            "the product id of this enclave is {own}, the server's is {}: other enclaves of its \
             signer have the same keys; build it with deployment/gramine or deployment/occlum",
            self.product
        ))
    }

    /// What an SGX enclave of this product seals with.
    #[must_use]
    pub fn of_enclave(&self, own: u16, sealer: Arc<dyn Sealer>) -> Sealing {
        match (self.check_product(own), self.sgx) {
            (Err(reason), _) => Sealing::Unavailable { reason },
            (Ok(()), SealTo::Signer) => Sealing::Sealer(sealer),
            (Ok(()), SealTo::Enclave) => Sealing::Sealer(Arc::new(ToMeasurement(sealer))),
        }
    }
}

/// What a platform seals with under the rules that somebody decides about.
pub trait Seals: Send + Sync {
    /// What opens everything that this program has sealed, whatever the rules were then.
    fn opening(&self) -> Sealing;

    /// What seals under these rules.
    fn under(&self, rules: &SealingRules) -> Sealing;
}

/// The same under all rules.
impl Seals for Sealing {
    fn opening(&self) -> Sealing {
        self.clone()
    }

    fn under(&self, _rules: &SealingRules) -> Sealing {
        self.clone()
    }
}

/// Seals everything to the measurement, and opens what the inner sealer opens.
struct ToMeasurement(Arc<dyn Sealer>);

impl Sealer for ToMeasurement {
    fn seal(&self, _to: SealTo, context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        self.0.seal(SealTo::Enclave, context, plain)
    }

    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
        self.0.unseal(context, sealed)
    }

    fn bound_to(&self) -> BoundTo {
        BoundTo { code: true, ..self.0.bound_to() }
    }
}
