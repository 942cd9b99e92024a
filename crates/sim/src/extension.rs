//! The SGX extension of a PCK certificate (Intel, "SGX PCK Certificate and CRL Profile
//! Specification", section 1.3.5), in DER.

use crate::der::{
    BOOLEAN, ENUMERATED, OBJECT_IDENTIFIER, OCTET_STRING, element, integer, sequence,
};
use crate::model::{CPU_SVN, FMSPC, PCE_SVN};

/// Object identifier of the extension.
pub(crate) const OID: [u64; 7] = [1, 2, 840, 113_741, 1, 13, 1];

/// The same, as DER content.
const OID_DER: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01];

/// The extension of the CPU with these two ids.
pub(crate) fn sgx_extension(ppid: &[u8; 16], platform_instance_id: &[u8; 16]) -> Vec<u8> {
    let component = |(number, svn): (u8, &u8)| entry(&[2, number], &integer(u64::from(*svn)));
    let mut tcb: Vec<Vec<u8>> = (1..).zip(&CPU_SVN).map(component).collect();
    tcb.push(entry(&[2, 17], &integer(PCE_SVN.into())));
    tcb.push(entry(&[2, 18], &element(OCTET_STRING, &CPU_SVN)));

    let not_dynamic = element(BOOLEAN, &[0x00]);
    let configuration = [
        entry(&[7, 1], &not_dynamic),
        entry(&[7, 2], &element(BOOLEAN, &[0x00])),
        entry(&[7, 3], &element(BOOLEAN, &[0xFF])),
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
fn entry(arc: &[u8], value: &[u8]) -> Vec<u8> {
    let id = element(OBJECT_IDENTIFIER, &[&OID_DER, arc].concat());
    sequence(&[id, value.to_vec()])
}
