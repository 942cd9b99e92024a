//! Changes as a plain map understands them, with what they demand.

use std::collections::BTreeMap;

use super::name;
use crate::{Change, Epoch, Measure, VaultError};

/// A record: its epoch, and its content unless it is a mark.
pub(super) type Map = BTreeMap<String, (Epoch, Option<Vec<u8>>)>;

#[derive(Clone)]
pub(super) enum Act {
    Create(Vec<u8>),
    Replace(Epoch, Vec<u8>),
    Put(Vec<u8>),
    Mark,
    Remove(Option<Epoch>),
}

/// A change as the map understands it.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) acts: Vec<(String, Act)>,
    pub(super) limit: Option<(String, Measure, u64)>,
    pub(super) ground: Option<(String, Option<Epoch>)>,
}

impl Wish {
    pub(super) fn change(&self) -> Change {
        let change = self.acts.iter().fold(Change::new(), |change, (text, act)| {
            let name = name(text);
            match act.clone() {
                Act::Create(content) => change.create(name, content.into()),
                Act::Replace(epoch, content) => change.replace(name, epoch, content.into()),
                Act::Put(content) => change.put(name, content.into()),
                Act::Mark => change.mark(name),
                Act::Remove(epoch) => change.remove(name, epoch),
            }
        });
        let change = match self.limit.clone() {
            Some((folder, Measure::Bytes, bytes)) => change.within(folder, bytes),
            Some((folder, Measure::Records, records)) => change.at_most(folder, records),
            None => change,
        };
        match self.ground.clone() {
            Some((text, expected)) => change.while_is(name(&text), expected),
            None => change,
        }
    }

    /// What the map becomes, or how the change is refused.
    pub(super) fn apply(&self, map: &Map, epoch: Epoch) -> Result<Map, String> {
        let mut after = map.clone();
        for (name, act) in &self.acts {
            let there = map.get(name).map(|(epoch, _)| *epoch);
            let fits = |expected: &Epoch| match there {
                None => Err(format!("missing {name}")),
                Some(epoch) if epoch != *expected => Err(format!("conflict {name}")),
                Some(_) => Ok(()),
            };
            match act {
                Act::Create(_) if there.is_some() => return Err(format!("exists {name}")),
                Act::Replace(expected, _) | Act::Remove(Some(expected)) => fits(expected)?,
                Act::Remove(None) if there.is_none() => return Err(format!("missing {name}")),
                _ => {}
            }
            match act.clone() {
                Act::Create(content) | Act::Replace(_, content) | Act::Put(content) => {
                    after.insert(name.clone(), (epoch, Some(content)));
                }
                Act::Mark => drop(after.insert(name.clone(), (epoch, None))),
                Act::Remove(_) => drop(after.remove(name)),
            }
        }
        if let Some((name, expected)) = &self.ground
            && map.get(name).map(|(epoch, _)| *epoch) != *expected
        {
            return Err(format!("unfounded {name}"));
        }
        match &self.limit {
            Some((folder, of, limit)) if measure(&after, folder, *of) > *limit => {
                Err(format!("over {folder}"))
            }
            _ => Ok(after),
        }
    }
}

pub(super) fn refusal(error: &VaultError) -> String {
    match error {
        VaultError::Exists { name } => format!("exists {name}"),
        VaultError::Missing { name } => format!("missing {name}"),
        VaultError::Conflict { name } => format!("conflict {name}"),
        VaultError::OverLimit { folder, .. } => format!("over {folder}"),
        VaultError::Unfounded { name } => format!("unfounded {name}"),
        error => panic!("{error:?}"),
    }
}

pub(super) fn bytes(map: &Map, prefix: &str) -> u64 {
    let all = map.iter().filter(|(name, _)| name.starts_with(prefix));
    all.map(|(_, (_, content))| content.as_ref().map_or(40, Vec::len) as u64).sum()
}

pub(super) fn measure(map: &Map, prefix: &str, of: Measure) -> u64 {
    match of {
        Measure::Bytes => bytes(map, prefix),
        Measure::Records => map.keys().filter(|name| name.starts_with(prefix)).count() as u64,
    }
}
