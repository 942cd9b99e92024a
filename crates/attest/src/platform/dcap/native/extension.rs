//! The SGX extension of a PCK certificate (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3.5): what Intel knows about the processor.

use std::collections::BTreeMap;

use crate::checks::Checks;
use crate::error::{Check, Error, Result};
use crate::x509::der::{Tag, content, only, unsigned};

/// 1.2.840.113741.1.13.1: everything in the extension is below it.
const ARC: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01];

/// Parts of a processor's security version.
pub(super) const COMPONENTS: usize = 16;

/// What the extension says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct SgxExtension {
    pub(in super::super) ppid: [u8; 16],
    pub(super) cpu_svn: [u8; COMPONENTS],
    /// The same, as TCB levels count it.
    pub(super) components: [u8; COMPONENTS],
    pub(in super::super) pce_svn: u16,
    pub(super) pce_id: [u8; 2],
    pub(in super::super) fmspc: [u8; 6],
    /// How the platform is configured, of machines with several packages, as far as Intel says it.
    flags: [Option<bool>; FLAGS.len()],
}

/// The switches of a configuration, in the order of their identifiers.
const FLAGS: [&str; 3] = ["dynamicPlatform", "cachedKeys", "smt"];

impl SgxExtension {
    pub(in super::super) fn read(der: &[u8], checks: &mut Checks) -> Result<Self> {
        let extension = Self::parse(der).ok_or_else(|| {
            Error::untrusted(Check::PCK_EXTENSION, "not as Intel's certificate profile requires")
        })?;
        checks.passed(Check::PCK_EXTENSION, extension.describe());
        Ok(extension)
    }

    /// The switches of the platform's configuration that are known.
    pub(in super::super) fn flags(&self) -> BTreeMap<String, String> {
        let known = FLAGS.iter().zip(self.flags);
        known.filter_map(|(name, on)| Some(((*name).to_owned(), on?.to_string()))).collect()
    }

    /// For operators.
    fn describe(&self) -> String {
        format!(
            "FMSPC {}, PCE {} at version {}, CPUSVN {}",
            hex::encode_upper(self.fmspc),
            hex::encode_upper(self.pce_id),
            self.pce_svn,
            hex::encode_upper(self.cpu_svn)
        )
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let [ppid, tcb, pce_id, fmspc, sgx_type, instance, configuration] =
            entries::<7>(only(der, Tag::Sequence)?, &[])?;
        // Whether it is for machines with several packages. A number, and there: nothing more is
        // asked of it.
        unsigned(only(sgx_type?, Tag::Enumerated)?)?;
        // Of machines with several packages: both, or neither.
        let flags = match (instance, configuration) {
            (Some(instance), Some(configuration)) => {
                octets::<16>(instance)?;
                let flags = entries(only(configuration, Tag::Sequence)?, &[7]);
                // Nothing is verified by them: others than Intel has now are no reason to refuse.
                flags.unwrap_or_default().map(|flag| boolean(flag?))
            }
            (None, None) => Default::default(),
            _ => return None,
        };
        let tcb = entries::<18>(only(tcb?, Tag::Sequence)?, &[2])?;
        let (components, versions) = tcb.split_first_chunk::<COMPONENTS>()?;
        let [pce_svn, cpu_svn] = versions else { return None };
        let mut svns = [0; COMPONENTS];
        for (svn, component) in svns.iter_mut().zip(components) {
            *svn = integer((*component)?)?;
        }
        Some(Self {
            ppid: octets((ppid)?)?,
            cpu_svn: octets((*cpu_svn)?)?,
            components: svns,
            pce_svn: integer((*pce_svn)?)?,
            pce_id: octets(pce_id?)?,
            fmspc: octets(fmspc?)?,
            flags,
        })
    }
}

/// The values of a sequence of pairs, by the last number of their identifiers, which counts from 1
/// to `N`. `None` if an identifier is there twice or is not Intel's.
fn entries<'a, const N: usize>(mut rest: &'a [u8], arc: &[u8]) -> Option<[Option<&'a [u8]>; N]> {
    let mut values = [None; N];
    while !rest.is_empty() {
        let mut pair = content(&mut rest, Tag::Sequence)?;
        let id = content(&mut pair, Tag::ObjectIdentifier)?;
        let [number] = id.strip_prefix(ARC)?.strip_prefix(arc)? else { return None };
        let slot = values.get_mut(usize::from(*number).checked_sub(1)?)?;
        if slot.replace(pair).is_some() {
            return None;
        }
    }
    Some(values)
}

fn boolean(element: &[u8]) -> Option<bool> {
    match only(element, Tag::Boolean)? {
        [0] => Some(false),
        [0xFF] => Some(true),
        _ => None,
    }
}

fn octets<const N: usize>(element: &[u8]) -> Option<[u8; N]> {
    only(element, Tag::OctetString)?.try_into().ok()
}

fn integer<T: TryFrom<u64>>(element: &[u8]) -> Option<T> {
    unsigned(only(element, Tag::Integer)?)?.try_into().ok()
}
