//! Every label that separates one use of a key from another.
//!
//! A label is part of the protocol: changing one makes everything that was sealed or signed under
//! it unreadable. A new use gets a new label.

/// HPKE `info` of an envelope.
pub(crate) const ENVELOPE: &str = "AECS-2.1 envelope";
/// The secret that ties a plain text's hash to its envelope: HPKE exporter context, or the label
/// under which it is derived from a symmetric key.
pub(crate) const BINDING: &str = "AECS-2.1 binding";
/// The hash of a plain text in an envelope.
pub(crate) const PLAIN: &str = "AECS-2.1 plain";
/// Everything that an Ed25519 key signs.
pub(crate) const SIGNATURE: &str = "AECS-2.1 signature";
/// The digest by which a repeated envelope is recognized.
pub(crate) const REPLAY: &str = "AECS-2.1 replay";

/// What a node signs of its audit log.
pub(crate) const AUDIT_HEAD: &str = "AECS-2.1 audit head";

/// HKDF salt of the key of one record.
pub(crate) const RECORD: &str = "AECS-2.1 record";
/// HKDF salt of a key that comes from a platform.
pub(crate) const PLATFORM_KEY: &str = "AECS-2.1 platform key";
/// HKDF salt of a sub key.
pub(crate) const SUB_KEY: &str = "AECS-2.1 sub key";

/// HKDF salt of a key that is used in place.
pub(crate) const TRANSIT: &str = "AECS-2.1 transit";
/// HKDF info of the key of one ciphertext.
pub(crate) const TRANSIT_KEY: &str = "AECS-2.1 transit key";
/// What a ciphertext, and every other derived key, is bound to.
pub(crate) const TRANSIT_BINDING: &str = "AECS-2.1 transit binding";

/// Sessions of applications, see [`session`](crate::session).
pub(crate) mod session {
    /// HPKE `info` of the exchange that begins a session.
    pub(crate) const EXCHANGE: &str = "AECS-2.1 session";
    /// HPKE exporter context of the key that authenticates requests.
    pub(crate) const REQUESTS: &str = "AECS-2.1 session requests";
    /// HPKE exporter context of the key that the keys of answers are derived from.
    pub(crate) const ANSWERS: &str = "AECS-2.1 session answers";
    /// What the code of a request covers.
    pub(crate) const REQUEST: &str = "AECS-2.1 session request";
    /// HKDF info of the key of one answer.
    pub(crate) const ANSWER_KEY: &str = "AECS-2.1 session answer key";
    /// Associated data of an answer.
    pub(crate) const ANSWER: &str = "AECS-2.1 session answer";
}

/// Recovery by custodians, see [`recovery`](crate::recovery).
pub(crate) mod recovery {
    /// Associated data of an identity that is sealed for its recovery.
    pub(crate) const BUNDLE: &str = "AECS-2.1 recovery bundle";
    /// HKDF salt and info of the key pair of a share.
    pub(crate) const SHARE: &str = "AECS-2.1 recovery share key";
}

/// What protocol 2.1 binds, see [`binding`](crate::binding).
pub(crate) mod binding {
    pub(crate) const REQUEST_BINDING: &str = "AECS-2.1 request binding";
    pub(crate) const TA_REQUEST: &str = "AECS-2.1 TA request";
    pub(crate) const TA_RESPONSE: &str = "AECS-2.1 TA response";
    pub(crate) const TA_SESSION: &str = "AECS-2.1 TA session";
    pub(crate) const PUBLIC_SECRET: &str = "AECS-2.1 public secret";
    pub(crate) const ADMIN_RESPONSE: &str = "AECS-2.1 response";
}

/// The purposes, see [`Purpose`](crate::Purpose).
pub(crate) mod purpose {
    pub(crate) const ADMIN_REQUEST: &str = "admin request";
    pub(crate) const ADMIN_RESPONSE: &str = "admin response";
    pub(crate) const SERVICE_REQUEST: &str = "service request";
    pub(crate) const SERVICE_RESPONSE: &str = "service response";
    pub(crate) const CUSTODIAN_REQUEST: &str = "custodian request";
    pub(crate) const CUSTODIAN_RESPONSE: &str = "custodian response";
    pub(crate) const TA_REQUEST: &str = "ta request";
    pub(crate) const TA_RESPONSE: &str = "ta response";
    pub(crate) const TA_SECRET: &str = "ta secret";
    pub(crate) const TA_SECRETS: &str = "ta secrets";
    pub(crate) const TA_LIST: &str = "ta list";
    pub(crate) const TA_OPERATIONS: &str = "ta operations";
    pub(crate) const TA_RESULTS: &str = "ta results";
    pub(crate) const STATUS: &str = "status";
    pub(crate) const PUBLIC_SECRET: &str = "public secret";
    pub(crate) const PEER_SECRET: &str = "peer secret";
    pub(crate) const NESTED_REPORT: &str = "nested report";
}
