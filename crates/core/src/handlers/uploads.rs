//! Data that is too long for one request: its parts, and the request that uses them.

use aecs_proto::{
    UploadSecretDataRequest, UploadSecretDataResponse, UploadedData, Zeroize, Zeroizing,
};

use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
    secret::{material::GivenData, spec::MOST_DATA},
    uploads::{Part, Room, Sender},
};

type OwnersCall<'a> = Call<'a, ServiceAdmin>;

/// Adds a part. The audit log has the request that uses it.
pub(crate) async fn upload(call: &OwnersCall<'_>) -> Result<Reply, Error> {
    let request: Zeroizing<UploadSecretDataRequest> = Zeroizing::new(call.parse()?);
    let UploadSecretDataRequest { upload_id: id, total, offset, part: bytes } = &*request;
    let limit = longest(call.node.settings().quotas.data_bytes);
    if usize::try_from(*total).is_ok_and(|total| total > limit) {
        return Err(Cause::UploadTooLong { limit, got: *total }.into());
    }
    let part = Part { id, total: *total, offset: *offset, bytes };
    let received = call.core.uploads.add(sender(call), &part, call.core.clock.steady_ms())?;
    call.audit.forget();
    Ok(Reply::json(&UploadSecretDataResponse { received }))
}

/// The data of a request: what it has, or what it names. The room is given back when it is dropped.
pub(super) fn given(
    call: &OwnersCall<'_>,
    mut data: String,
    encoding: i32,
    upload: Option<&UploadedData>,
) -> Result<(GivenData, Option<Room>), Error> {
    let Some(named) = upload else { return Ok((GivenData::new(data, encoding)?, None)) };
    if !data.is_empty() {
        data.zeroize();
        return Err(Cause::DataTwice.into());
    }
    let taken = call.core.uploads.take(&sender(call), named, call.core.clock.steady_ms())?;
    let (text, room) = taken.into_parts();
    Ok((GivenData::new(text, encoding)?, Some(room)))
}

fn sender(call: &OwnersCall<'_>) -> Sender {
    Sender { service: call.caller.service.clone(), key: call.caller.key }
}

/// The longest text of data within a quota: what is binary is sent and kept as Base64.
fn longest(quota: usize) -> usize {
    quota.min(MOST_DATA).div_ceil(3).saturating_mul(4)
}
