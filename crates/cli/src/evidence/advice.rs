//! What to do about evidence that was refused.

use aecs_attest::{Check, Endorsement, Error, Platform};

use crate::failure::Exit;

/// The checks that replay an event log.
const RTMRS: [Check; 4] = [Check::TDX_RTMR0, Check::TDX_RTMR1, Check::TDX_RTMR2, Check::TDX_RTMR3];

/// The remedy for an error of the verifier.
pub(super) fn remedy(error: &Error, platform: Platform) -> &'static str {
    match error {
        Error::NoCollateral => no_collateral(platform),
        Error::NoRevocationList => {
            "give AMD's list with --crl FILE or --collateral DIR, as `aecs-attest collateral fetch \
             EVIDENCE --out DIR` makes it; --insecure-no-revocation-list verifies without it"
        }
        Error::Mismatch { check: Check::TCB_EVALUATION, .. } => {
            "let the attester bring collateral with a later TCB evaluation number (Intel's \
             update=early); --tcb-evaluation sets which ones count"
        }
        Error::Untrusted { check: Check::TCB_EVALUATION, .. } => {
            "give Intel's list of numbers with --collateral DIR, as `aecs-attest collateral fetch \
             EVIDENCE --tcb-evaluation newest --out DIR` makes it"
        }
        Error::NoPckChain => {
            "give Intel's collateral with the chain in it (--collateral, `pck_certificate_chain`, as \
             the processor's PCCS has it), or let the attester make a quote with its certificates"
        }
        Error::Unavailable { .. } => {
            "fetch it with `aecs-attest collateral fetch EVIDENCE --out DIR` where there is a \
             network, and name DIR with --collateral"
        }
        Error::Untrusted { check: Check::CCA_PLATFORM_SIGNATURE, .. } => {
            "name the attestation key (CPAK) of this instance, which its vendor gives out: \
             --root ARM_CCA=FILE"
        }
        Error::Mismatch { check: Check::TCB_REVOKED, .. } => {
            "update the platform: firmware (BIOS), microcode and TEE software; then make a new report \
             with new collateral"
        }
        Error::Mismatch { check, .. } if RTMRS.contains(check) => {
            "the log was changed, or programs extended the register after boot and did not append to \
             the log: let them append, or make the report without the log"
        }
        Error::Mismatch { check: Check::NVIDIA_DEVICE, .. } => {
            "GPUs and switches are platforms of their own: name the device's with --platform, or in \
             the report"
        }
        error if is_of_nvidias_collateral(error) => {
            "the fault is in the verifier's collateral, not in the evidence: fetch NVIDIA's files again \
             (`aecs-attest collateral fetch EVIDENCE --out DIR`), and name DIR with --collateral"
        }
        Error::RevokedSince { what: Endorsement::NVIDIA_CHAIN, reason, .. } => match *reason {
            "certificateHold" => {
                "NVIDIA has put it on hold: do not trust this device until NVIDIA says otherwise; then fetch \
                 its answer into the verifier's collateral (`aecs-attest collateral fetch EVIDENCE --out DIR`)"
            }
            _ => "NVIDIA has withdrawn it: do not trust this device",
        },
        Error::EpidServiceEnded => {
            "Intel's service for EPID makes no others: let the attester use DCAP"
        }
        Error::UnknownRoot { .. } => {
            "the evidence does not come from this vendor's hardware; if you trust its root, name \
             it with --root PLATFORM=FILE, that of a software CPU with --simulated-root FILE"
        }
        Error::Expired { .. } => {
            "make a new report, or fetch new collateral; --time verifies for another time"
        }
        Error::TooOld { .. } => {
            "fetch newer collateral, or let the attester do so; --max-collateral-age sets the limit"
        }
        Error::NotYetValid { .. } => {
            "is this machine's clock right? --time verifies for another time"
        }
        Error::Revoked { .. } | Error::RevokedSince { .. } => {
            "its vendor has withdrawn it: do not trust this machine until the vendor has given it \
             a new one"
        }
        Error::KeyBinding { .. } => {
            "the evidence was made for another key: the holder of this key is not the attester"
        }
        Error::BindsNoKey { .. } => {
            "leave --key out, and compare the nonce with --nonce: such evidence is not bound to a key"
        }
        Error::Malformed { .. } | Error::TooLarge { .. } => {
            "the file is damaged, or is of another platform or version: get it from its source again"
        }
        Error::Unsupported { .. } | Error::UnsupportedPlatform { .. } => {
            "`aecs-attest platforms` lists the versions and generations that this build verifies"
        }
        Error::Clock => "give a later time with --time, or set this machine's clock",
        Error::InsecureSimulation => {
            "such a quote is not signed; run the attester on hardware or on a software CPU"
        }
        _ => {
            "the evidence or its collateral was changed, or they do not belong together: get both from \
             the platform again; do not trust it if that fails, too"
        }
    }
}

/// Whether an error is about what NVIDIA's services answered.
fn is_of_nvidias_collateral(error: &Error) -> bool {
    let endorsements = [Endorsement::NVIDIA_RIM, Endorsement::NVIDIA_STATUS];
    let checks = [
        Check::NVIDIA_STATUS,
        Check::NVIDIA_RIM_CHAIN,
        Check::NVIDIA_RIM_SIGNATURE,
        Check::NVIDIA_RIM_VERSION,
    ];
    match error {
        Error::Untrusted { check, .. } | Error::Mismatch { check, .. } => checks.contains(check),
        Error::UnknownRoot { chain: what, .. }
        | Error::Revoked { what, .. }
        | Error::RevokedSince { what, .. }
        | Error::Expired { what, .. } => endorsements.contains(what),
        Error::Malformed { what, .. } | Error::TooLarge { what, .. } => {
            endorsements.iter().any(|endorsement| endorsement.name() == *what)
        }
        _ => false,
    }
}

fn no_collateral(platform: Platform) -> &'static str {
    match platform {
        Platform::SevSnp | Platform::AzureSnp => {
            "give the certificate of its key with --vek (only the cloud has a VLEK's certificate), \
             or --collateral DIR as `aecs-attest collateral fetch EVIDENCE --out DIR` makes it"
        }
        Platform::Csv => {
            "give the chip's certificates with --hsk-cek, or --collateral DIR as \
             `aecs-attest collateral fetch EVIDENCE --out DIR` makes it"
        }
        _ => {
            "give it with --collateral DIR; `aecs-attest collateral fetch EVIDENCE --out DIR` \
             fetches it"
        }
    }
}

/// The exit code for an error of the verifier: refused, unless nothing could be decided.
pub(super) fn exit(error: &Error) -> Exit {
    match error {
        Error::Unavailable { .. } => Exit::Unreachable,
        Error::Clock => Exit::Usage,
        _ => Exit::Untrusted,
    }
}
