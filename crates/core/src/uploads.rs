//! Data of secrets on its way in, in parts, because it does not fit into one request.
//!
//! Invariants:
//! - nothing of it is stored: it is in memory until one request of its sender uses it, whole, or until it
//!   has waited too long. A cut-off upload leaves nothing;
//! - a request names what it uses by its digest, so it uses what its sender means or nothing;
//! - all of it together, with what requests have taken and are still working on, takes at most the bytes
//!   that are configured. The room for an upload is taken when it begins. When there is none, the service
//!   with the most loses the upload that was not added to for the longest time, unless that is the sender.

use std::{collections::BTreeMap, sync::Arc};

use aecs_crypto::{KeyHash, SecretBytes, SecretString, sha256};
use aecs_proto::{UploadedData, Zeroizing};
use parking_lot::Mutex;

use crate::{
    error::{Cause, Error},
    name::ServiceName,
};

/// How long an upload waits for its next part, and for the request that uses it.
const PATIENCE_MS: i64 = 60_000;

/// How long an upload may take from its first part on, also if parts keep coming.
const LIFETIME_MS: i64 = 10 * 60_000;

/// Uploads of one service at a time: a further one takes the place of the one that was not added to for
/// the longest time.
const PER_SERVICE: usize = 2;

/// Bytes of the id of an upload.
const ID_BYTES: usize = 16;

/// Who uploads: the holder of a key, for a service.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) service: ServiceName,
    pub(crate) key: KeyHash,
}

/// A part of an upload.
pub(crate) struct Part<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) total: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: &'a [u8],
}

/// All uploads of a process.
pub(crate) struct Uploads {
    held: Arc<Mutex<Held>>,
    room: usize,
}

#[derive(Default)]
struct Held {
    uploads: Vec<Upload>,
    /// Of uploads that requests have taken and are working on.
    taken: usize,
}

struct Upload {
    sender: Sender,
    id: [u8; ID_BYTES],
    total: usize,
    /// With its full capacity at once: a growing vector would leave an unwiped copy behind.
    bytes: Zeroizing<Vec<u8>>,
    began_ms: i64,
    added_ms: i64,
}

/// Data that was uploaded, for one request. Its room is given back when it is dropped.
pub(crate) struct Taken {
    text: SecretString,
    room: Room,
}

/// The room of data that a request is working on.
pub(crate) struct Room {
    held: Arc<Mutex<Held>>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        held.taken = held.taken.saturating_sub(self.bytes);
    }
}

impl Taken {
    /// The text, and the room that it takes until it is dropped.
    pub(crate) fn into_parts(self) -> (SecretString, Room) {
        (self.text, self.room)
    }
}

impl Uploads {
    /// Keeps uploads up to this number of bytes; 0 allows none.
    pub(crate) fn new(room: usize) -> Self {
        Self { held: Arc::default(), room }
    }

    /// Adds a part, and tells how many bytes there are then. A part that comes again changes nothing.
    pub(crate) fn add(&self, sender: Sender, part: &Part<'_>, now_ms: i64) -> Result<u64, Error> {
        let id: [u8; ID_BYTES] =
            part.id.try_into().map_err(|_| Cause::UploadId { got: part.id.len() })?;
        let total = usize::try_from(part.total).unwrap_or(usize::MAX);
        let offset = usize::try_from(part.offset).unwrap_or(usize::MAX);
        let end = offset.checked_add(part.bytes.len()).filter(|end| *end <= total);
        let end = end.filter(|_| !part.bytes.is_empty()).ok_or(Cause::UploadPart)?;
        let mut held = self.held.lock();
        held.forget_old(now_ms);
        let place = match held.find(&sender, &id) {
            Some(place) => place,
            None if offset == 0 => {
                held.make_room(&sender, total, self.room)?;
                let bytes = Zeroizing::new(Vec::with_capacity(total));
                let (began_ms, added_ms) = (now_ms, now_ms);
                held.uploads.push(Upload { sender, id, total, bytes, began_ms, added_ms });
                held.uploads.len().saturating_sub(1)
            }
            None => return Err(Cause::NoUpload.into()),
        };
        let upload = held.uploads.get_mut(place).ok_or(Cause::NoUpload)?;
        let there = upload.bytes.len();
        let is_again = upload.bytes.get(offset..end) == Some(part.bytes);
        if upload.total != total || (offset != there && !is_again) {
            return Err(Cause::UploadPart.into());
        }
        if !is_again {
            upload.bytes.extend_from_slice(part.bytes);
        }
        upload.added_ms = now_ms;
        Ok(u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX))
    }

    /// Takes the upload that a request names, which nobody can use again.
    pub(crate) fn take(
        &self,
        sender: &Sender,
        named: &UploadedData,
        now_ms: i64,
    ) -> Result<Taken, Error> {
        let (upload, room) = {
            let mut held = self.held.lock();
            held.forget_old(now_ms);
            let place = held.find(sender, &named.upload_id).ok_or(Cause::NoUpload)?;
            let upload = held.uploads.swap_remove(place);
            held.taken = held.taken.saturating_add(upload.total);
            let room = Room { held: self.held.clone(), bytes: upload.total };
            (upload, room)
        };
        let Upload { total, mut bytes, .. } = upload;
        if bytes.len() != total || sha256(&bytes).as_slice() != named.sha256 {
            return Err(Cause::OtherUpload.into());
        }
        let text = SecretString::try_from(SecretBytes::from(std::mem::take(&mut *bytes)));
        Ok(Taken { text: text.map_err(|_| Cause::NotUtf8)?, room })
    }
}

impl Held {
    fn find(&self, sender: &Sender, id: &[u8]) -> Option<usize> {
        self.uploads.iter().position(|upload| upload.sender == *sender && upload.id == id)
    }

    /// Lets go of what has waited too long.
    fn forget_old(&mut self, now_ms: i64) {
        self.uploads.retain(|upload| {
            now_ms.saturating_sub(upload.added_ms) < PATIENCE_MS
                && now_ms.saturating_sub(upload.began_ms) < LIFETIME_MS
        });
    }

    /// Makes room for an upload of `total` bytes, at the expense of who has the most.
    fn make_room(&mut self, sender: &Sender, total: usize, room: usize) -> Result<(), Cause> {
        let service = &sender.service;
        while self.uploads.iter().filter(|it| it.sender.service == *service).count() >= PER_SERVICE
        {
            self.drop_oldest_of(&service.clone());
        }
        while self.bytes().saturating_add(total) > room {
            let mut shares: BTreeMap<&ServiceName, usize> = BTreeMap::from([(service, total)]);
            for upload in &self.uploads {
                *shares.entry(&upload.sender.service).or_default() += upload.total;
            }
            let most = shares.into_iter().max_by_key(|(_, bytes)| *bytes);
            match most.map(|(service, _)| service.clone()) {
                Some(most) if most != *service => self.drop_oldest_of(&most),
                _ => return Err(Cause::TooManyUploads),
            }
        }
        Ok(())
    }

    /// Lets go of the upload of a service that was not added to for the longest time.
    fn drop_oldest_of(&mut self, service: &ServiceName) {
        let of_service = |upload: &&Upload| upload.sender.service == *service;
        let oldest = self.uploads.iter().filter(of_service).min_by_key(|upload| upload.added_ms);
        let Some((sender, id)) = oldest.map(|upload| (upload.sender.clone(), upload.id)) else {
            return;
        };
        self.uploads.retain(|upload| upload.sender != sender || upload.id != id);
    }

    fn bytes(&self) -> usize {
        let uploads = self.uploads.iter().map(|upload| upload.total);
        uploads.fold(self.taken, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use aecs_crypto::{KeyPair, Suite};

    use super::*;
    use crate::error::ErrorCode;

    const ROOM: usize = 100;

    fn key() -> KeyHash {
        KeyPair::generate(Suite::Modern).unwrap().public().fingerprint()
    }

    fn sender(service: &str) -> Sender {
        static KEY: LazyLock<KeyHash> = LazyLock::new(key);
        Sender { service: ServiceName::parse(service).unwrap(), key: *KEY }
    }

    fn part<'a>(id: &'a [u8; 16], total: u64, offset: u64, bytes: &'a [u8]) -> Part<'a> {
        Part { id, total, offset, bytes }
    }

    fn named(id: [u8; 16], text: &str) -> UploadedData {
        UploadedData { upload_id: id.to_vec(), sha256: sha256(text.as_bytes()).to_vec() }
    }

    fn code<T>(result: Result<T, Error>) -> ErrorCode {
        result.err().unwrap().code()
    }

    #[test]
    fn parts_make_a_whole_that_is_used_once() {
        let (uploads, me, id) = (Uploads::new(ROOM), sender("a"), [1; 16]);
        assert_eq!(uploads.add(me.clone(), &part(&id, 6, 0, b"sec"), 0).unwrap(), 3);
        // The answer to the first part was lost.
        assert_eq!(uploads.add(me.clone(), &part(&id, 6, 0, b"sec"), 1).unwrap(), 3);
        for wrong in [
            part(&id, 6, 0, b"xyz"),
            part(&id, 6, 4, b"t"),
            part(&id, 6, 3, b"rets"),
            part(&id, 7, 3, b"ret"),
            part(&id, 6, 3, b""),
        ] {
            assert_eq!(code(uploads.add(me.clone(), &wrong, 1)), ErrorCode::Upload);
        }
        assert_eq!(uploads.add(me.clone(), &part(&id, 6, 3, b"ret"), 2).unwrap(), 6);
        let other = Sender { key: key(), ..me.clone() };
        assert_eq!(code(uploads.take(&other, &named(id, "secret"), 3)), ErrorCode::Upload);
        let (text, _room) = uploads.take(&me, &named(id, "secret"), 3).unwrap().into_parts();
        assert_eq!(text.expose(), "secret");
        assert_eq!(code(uploads.take(&me, &named(id, "secret"), 3)), ErrorCode::Upload);
    }

    #[test]
    fn half_an_upload_and_another_one_are_not_taken() {
        let (uploads, me) = (Uploads::new(ROOM), sender("a"));
        uploads.add(me.clone(), &part(&[1; 16], 6, 0, b"sec"), 0).unwrap();
        uploads.add(me.clone(), &part(&[2; 16], 3, 0, b"sec"), 0).unwrap();
        for named in [named([1; 16], "sec"), named([2; 16], "other")] {
            assert_eq!(code(uploads.take(&me, &named, 0)), ErrorCode::Upload);
        }
        assert_eq!(uploads.held.lock().bytes(), 0, "nothing is left of them");
    }

    #[test]
    fn what_waits_too_long_is_forgotten() {
        let (uploads, me) = (Uploads::new(ROOM), sender("a"));
        uploads.add(me.clone(), &part(&[1; 16], 3, 0, b"abc"), 0).unwrap();
        assert_eq!(code(uploads.take(&me, &named([1; 16], "abc"), PATIENCE_MS)), ErrorCode::Upload);
        // One that is kept alive by little parts ends all the same.
        let mut now = 0;
        let added = (0..60).take_while(|at| {
            now = at * (PATIENCE_MS - 1);
            let byte = part(&[2; 16], 99, u64::try_from(*at).unwrap(), b"a");
            uploads.add(me.clone(), &byte, now).is_ok()
        });
        assert_eq!(added.count(), 11);
        assert!(now >= LIFETIME_MS);
    }

    #[test]
    fn the_service_with_the_most_makes_room() {
        let uploads = Uploads::new(ROOM);
        let begin = |service: &str, id: u8, total, now| {
            uploads.add(sender(service), &part(&[id; 16], total, 0, b"x"), now)
        };
        begin("greedy", 1, 40, 0).unwrap();
        begin("greedy", 2, 40, 1).unwrap();
        begin("modest", 3, 30, 2).unwrap();
        assert_eq!(uploads.held.lock().bytes(), 70, "the older one of the greedy service is gone");
        assert_eq!(code(begin("greedy", 4, 90, 3)), ErrorCode::Generic);
        assert_eq!(code(begin("third", 5, 101, 3)), ErrorCode::Generic, "it can never fit");
    }

    #[test]
    fn a_service_replaces_its_own_and_what_is_worked_on_counts() {
        let (uploads, me) = (Uploads::new(ROOM), sender("a"));
        for id in 1..=3 {
            uploads.add(me.clone(), &part(&[id; 16], 1, 0, b"x"), i64::from(id)).unwrap();
        }
        assert_eq!(code(uploads.take(&me, &named([1; 16], "x"), 4)), ErrorCode::Upload);
        let taken = uploads.take(&me, &named([3; 16], "x"), 4).unwrap();
        assert_eq!(uploads.held.lock().bytes(), 2);
        drop(taken);
        assert_eq!(uploads.held.lock().bytes(), 1);
    }
}
