//! The SGX extension of a PCK certificate (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3.5), in DER.

use crate::der::{ENUMERATED, OCTET_STRING, boolean, element, integer, oid, sequence};
use crate::model::{CPU_SVN, FMSPC, PCE_SVN};

/// Object identifier of the extension.
pub(crate) const OID: [u64; 7] = [1, 2, 840, 113_741, 1, 13, 1];

/// The extension of the CPU with these two ids.
pub(crate) fn sgx_extension(ppid: &[u8; 16], platform_instance_id: &[u8; 16]) -> Vec<u8> {
    let component = |(number, svn): (u64, &u8)| entry(&[2, number], &integer(u64::from(*svn)));
    let mut tcb: Vec<Vec<u8>> = (1..).zip(&CPU_SVN).map(component).collect();
    tcb.push(entry(&[2, 17], &integer(PCE_SVN.into())));
    tcb.push(entry(&[2, 18], &element(OCTET_STRING, &CPU_SVN)));

    let configuration = [
        entry(&[7, 1], &boolean(false)),
        entry(&[7, 2], &boolean(false)),
        entry(&[7, 3], &boolean(true)),
    ];
    let scalable = [1];
    sequence(&[
        entry(&[1], &element(OCTET_STRING, ppid)),
        entry(&[2], &sequence(&tcb)),
        entry(&[3], &element(OCTET_STRING, &[0, 0])),
        entry(&[4], &element(OCTET_STRING, &FMSPC)),
        entry(&[5], &element(ENUMERATED, &scalable)),
        entry(&[6], &element(OCTET_STRING, platform_instance_id)),
        entry(&[7], &sequence(&configuration)),
    ])
}

/// An object identifier below the extension's own, and its value.
fn entry(arc: &[u64], value: &[u8]) -> Vec<u8> {
    sequence(&[oid(&[&OID, arc].concat()), value.to_vec()])
}
