//! What a node remembers of its deployment beside the keys: sealed with them, in the file beside
//! the server and in backups.
//!
//! It says what must hold of a store before the node serves it, and what holds while there is
//! none. Where the vault has a record of its own, the record wins.

use std::collections::BTreeMap;

use prost::Message;

use crate::{
    administrators::{self, Administrator, AdministratorRecord},
    clock::{FloorRecord, SignedTime},
    config::CoreConfig,
    error::{Cause, Error},
    identity::LogId,
    name::HostName,
    settings::TrustSettings,
    vault::{Place, Point, Standing, Vault, VaultError},
};

/// What the sealed bundle holds beside the identity.
#[derive(Clone)]
pub(crate) struct Memory {
    /// The trust settings that were in force last, or of the identity's birth.
    pub(crate) settings: TrustSettings,
    /// Their revision; 0 before the first provision.
    pub(crate) revision: u64,
    /// The administrators of then.
    pub(crate) administrators: Vec<Administrator>,
    /// Whether the identity is in service.
    pub(crate) service: Service,
    /// The last state of the vault that the node saw.
    pub(crate) seen: Point,
    /// The latest signed time that the vault had.
    pub(crate) floor: Option<SignedTime>,
    /// The audit log that this server wrote last. A backup says nothing about it.
    pub(crate) log: Option<LogId>,
}

/// Whether an identity is in service. Only what is sealed as [`Service::Here`] goes to work by itself.
#[derive(Clone)]
pub(crate) enum Service {
    /// Nobody has provisioned it.
    Never,
    /// An administrator has begun to bring it into service here, on the state that is `seen`, and it is not
    /// known that the act was committed.
    Begun {
        /// How it was in service before.
        before: Option<Provisioned>,
    },
    /// The act that brought it into service is among its records.
    Here(Provisioned),
}

/// How an identity came into service.
#[derive(Clone)]
pub(crate) struct Provisioned {
    /// The hash of the administrator's key.
    pub(crate) by: [u8; 32],
    /// The host name under which the identity is backed up, if it is.
    pub(crate) host: Option<HostName>,
}

/// Who may administer the platform now.
pub(crate) struct Present {
    pub(crate) administrators: Vec<Administrator>,
    /// Whether the records name them. Otherwise the identity remembers them.
    pub(crate) recorded: bool,
}

impl Memory {
    /// What an identity knows that is born now.
    pub(crate) fn birth(config: &CoreConfig, now_ms: i64) -> Result<Self, Error> {
        Ok(Self {
            settings: config.settings.clone(),
            revision: 0,
            administrators: vec![Administrator::first(&config.admin, now_ms)?],
            service: Service::Never,
            seen: Point::default(),
            floor: None,
            log: None,
        })
    }

    /// How the identity is or was in service; `None` if it never was, as far as is known.
    pub(crate) fn provisioned(&self) -> Option<&Provisioned> {
        match &self.service {
            Service::Never => None,
            Service::Begun { before } => before.as_ref(),
            Service::Here(provisioned) => Some(provisioned),
        }
    }

    /// Whether there cannot be records of the identity: nobody has begun to bring it into service.
    pub(crate) fn is_unused(&self) -> bool {
        matches!(self.service, Service::Never)
    }

    /// Whether the identity is of no use yet, and was born under something else than `config`.
    pub(crate) fn is_stillborn(&self, config: &CoreConfig) -> bool {
        let same_admin =
            self.administrators.first().is_some_and(|admin| admin.is_of(&config.admin));
        self.is_unused() && (self.settings != config.settings || !same_admin)
    }

    /// Why the records are older than the identity remembers, if they are.
    pub(crate) async fn why_older(&self, vault: &Vault) -> Result<Option<String>, VaultError> {
        let seen = self.seen;
        if seen.epoch == 0 {
            return Ok(None);
        }
        let state = vault.state().await?;
        if state.epoch == 0 {
            return Ok(Some(format!(
                "the store is empty, but this identity has records up to epoch {}: the volume may not \
                 be mounted, or the store was removed",
                seen.epoch
            )));
        }
        let standing = match vault.judge(&seen).await {
            // Records that cannot be compared may be older ones.
            Err(error @ VaultError::Tampered { place: Place::History, .. }) => {
                return Ok(Some(format!(
                    "the store cannot be compared with what this identity remembers from epoch {}: {error}",
                    seen.epoch
                )));
            }
            standing => standing?,
        };
        Ok(match standing {
            Standing::Known | Standing::Forgotten => None,
            Standing::Ahead => Some(format!(
                "the store is older than this identity remembers: its epoch is {}, {} was seen",
                state.epoch, seen.epoch
            )),
            Standing::Other => Some(format!(
                "the store has another history than this identity remembers from epoch {}: it was \
                 rolled back and changed since, or it is a copy",
                seen.epoch
            )),
        })
    }

    /// Who may administer the platform: those with a record. Those that the identity remembers,
    /// while there are no records, or these are older: they may name somebody who was removed since.
    pub(crate) async fn present(&self, vault: Option<&Vault>) -> Result<Present, Error> {
        if let Some(vault) = vault
            && self.why_older(vault).await?.is_none()
        {
            let recorded = administrators::load(vault).await?;
            if !recorded.is_empty() {
                let administrators = recorded.into_iter().map(|it| it.administrator).collect();
                return Ok(Present { administrators, recorded: true });
            }
        }
        Ok(Present { administrators: self.administrators.clone(), recorded: false })
    }

    pub(crate) fn to_record(&self) -> MemoryRecord {
        MemoryRecord {
            settings: self.settings.to_map(),
            revision: self.revision,
            administrators: self.administrators.iter().map(Administrator::to_record).collect(),
            provisioned: match &self.service {
                Service::Here(provisioned) => Some(provisioned.to_record()),
                Service::Never | Service::Begun { .. } => None,
            },
            epoch: self.seen.epoch,
            chain: self.seen.chain.to_vec(),
            floor: self.floor.map(FloorRecord::from),
            log: self.log.map(Vec::from).unwrap_or_default(),
            begun: match &self.service {
                Service::Begun { before } => {
                    Some(BegunRecord { before: before.as_ref().map(Provisioned::to_record) })
                }
                Service::Never | Service::Here(_) => None,
            },
        }
    }

    pub(crate) fn from_record(record: MemoryRecord) -> Result<Self, Error> {
        let broken = || Cause::Internal { doing: "reading the memory of the identity" };
        let administrators = record.administrators.iter().map(Administrator::from_record);
        let read = Provisioned::from_record;
        let service = match (record.begun, record.provisioned) {
            (Some(BegunRecord { before }), _) => {
                Service::Begun { before: before.map(read).transpose()? }
            }
            (None, Some(provisioned)) => Service::Here(read(provisioned)?),
            (None, None) => Service::Never,
        };
        Ok(Self {
            settings: TrustSettings::new(record.settings),
            revision: record.revision,
            administrators: administrators.collect::<Result<_, _>>()?,
            service,
            seen: Point {
                epoch: record.epoch,
                chain: record.chain.try_into().map_err(|_| broken())?,
            },
            floor: record.floor.map(SignedTime::from),
            log: record.log.try_into().ok(),
        })
    }
}

impl Provisioned {
    fn to_record(&self) -> ProvisionedRecord {
        ProvisionedRecord {
            by: self.by.to_vec(),
            host: self.host.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn from_record(record: ProvisionedRecord) -> Result<Self, Error> {
        let broken = |_| Cause::Internal { doing: "reading the memory of the identity" };
        let host = match record.host.as_str() {
            "" => None,
            host => Some(HostName::parse(host)?),
        };
        Ok(Self { by: record.by.try_into().map_err(broken)?, host })
    }
}

/// [`Memory`] as it is sealed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct MemoryRecord {
    #[prost(btree_map = "string, string", tag = "1")]
    settings: BTreeMap<String, String>,
    #[prost(uint64, tag = "2")]
    revision: u64,
    #[prost(message, repeated, tag = "3")]
    administrators: Vec<AdministratorRecord>,
    #[prost(message, optional, tag = "4")]
    provisioned: Option<ProvisionedRecord>,
    #[prost(uint64, tag = "5")]
    epoch: u64,
    #[prost(bytes = "vec", tag = "6")]
    chain: Vec<u8>,
    #[prost(message, optional, tag = "7")]
    floor: Option<FloorRecord>,
    #[prost(bytes = "vec", tag = "8")]
    log: Vec<u8>,
    /// In the place of `provisioned`: to a reader that does not know it, the identity is not in service.
    #[prost(message, optional, tag = "9")]
    begun: Option<BegunRecord>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BegunRecord {
    #[prost(message, optional, tag = "1")]
    before: Option<ProvisionedRecord>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProvisionedRecord {
    #[prost(bytes = "vec", tag = "1")]
    by: Vec<u8>,
    #[prost(string, tag = "2")]
    host: String,
}
