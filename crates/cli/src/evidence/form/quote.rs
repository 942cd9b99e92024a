//! Where a quote ends, when something follows it in its file or its buffer.

/// Takes away what follows a quote and is nothing of it: zeros, where it came in a buffer, and the
/// claims that Open Enclave puts there. The verifier refuses anything else.
pub(super) fn without_rest(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = end(&bytes)
        && let Some(rest) = bytes.get(end..)
        && (rest.iter().all(|byte| *byte == 0) || are_claims(rest))
    {
        bytes.truncate(end);
    }
    bytes
}

/// Where the signature section ends (Intel, "SGX ECDSA Quote Library Reference", appendix A, and
/// "TDX DCAP Quoting Library API", appendix A): behind the header and the body, its length is in
/// front of it.
fn end(quote: &[u8]) -> Option<usize> {
    const HEADER: usize = 48;
    const TDX: [u8; 4] = [0x81, 0, 0, 0];
    let number = |at: usize| {
        let bytes = quote.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let tee = quote.get(4..8)?;
    let body_end = match quote.first_chunk()? {
        [4, 0] if tee == TDX => HEADER + 584,
        [3 | 4, 0] => HEADER + 384,
        // The body's kind and length are in front of it.
        [5, 0] => (HEADER + 6).checked_add(number(HEADER + 2)?)?,
        _ => return None,
    };
    let end = body_end.checked_add(4)?.checked_add(number(body_end)?)?;
    (end <= quote.len()).then_some(end)
}

/// Whether this is a list of claims (Open Enclave SDK, `oe_sgx_plugin_claims_header_t`): version,
/// how many, and for each the lengths of name and value, the name and the value.
fn are_claims(rest: &[u8]) -> bool {
    let read = || {
        let mut rest = rest;
        let (version, count) = two_numbers(&mut rest)?;
        for _ in 0..count {
            let (name, value) = two_numbers(&mut rest)?;
            rest = rest.get(usize::try_from(name.checked_add(value)?).ok()?..)?;
        }
        Some(version == 1 && rest.is_empty())
    };
    read().unwrap_or(false)
}

fn two_numbers(rest: &mut &[u8]) -> Option<(u64, u64)> {
    let (one, behind) = rest.split_first_chunk()?;
    let (other, behind) = behind.split_first_chunk()?;
    *rest = behind;
    Some((u64::from_le_bytes(*one), u64::from_le_bytes(*other)))
}
