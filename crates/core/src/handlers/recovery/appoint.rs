//! Custodians set an administrator together, where the keys of all administrators are lost.
//!
//! Invariant: an administrator is set only if as many custodians of one set as the trust setting
//! `recovery.may_replace_administrators` says have asked for the same, name, key and password, within a day.

use std::sync::Arc;

use aecs_crypto::{PasswordVerifier, Suite};
use aecs_proto::{
    AppointAdministratorRequest, AppointAdministratorResponse, RecoveryAppointment, Zeroizing,
};

use crate::{
    administrators::{self, Administrator, MAX_ADMINISTRATORS},
    alone::Alone,
    call::{Call, Custodian, Reply},
    error::{Cause, Error},
    handlers::{
        administrators::check_new,
        provision::trust_of,
        recovery::{
            fitting::Here,
            makers::{Makers, replaced},
            registers_of,
        },
        services::public_key,
    },
    keys,
    name::PersonName,
    recovering::{Recovering, with},
    recovery::{self, AppointmentRecord, RecoveryRecord, agree, under_way},
    remembering::remember_if_possible,
    secret::stored::count,
    settings::{Appointing, Settings},
    wire::wire32,
};

/// Notes what a custodian asks for, and does it if enough have.
pub(crate) async fn appoint(call: &Call<'_, Custodian>) -> Result<Reply, Error> {
    let request: Zeroizing<AppointAdministratorRequest> = Zeroizing::new(call.parse()?);
    let name = PersonName::parse(&request.name)?;
    let Custodian { revision, number, .. } = call.caller;
    let about = format!("administrator {name}, by recovery {revision}, share {number}");
    call.about(None, Some(&about));
    let key = public_key(call, &request.public_key)?;
    let password = match request.password_hash.as_str() {
        "" => None,
        phc => Some(Arc::new(
            PasswordVerifier::from_phc(phc)
                .map_err(|error| Cause::BadPasswordHash { why: error.to_string() })?,
        )),
    };
    let asked = AppointmentRecord {
        revision,
        name: name.to_string(),
        public_key: key.pem().to_owned(),
        password_phc: request.password_hash.clone(),
        agreed: Vec::new(),
    };
    let administrator = Administrator { name, key, password, added_at_ms: call.now_ms };
    match call.node.recovering() {
        Ok(recovering) => in_recovery(call, recovering, asked, administrator).await,
        Err(_) => in_service(call, asked, administrator).await,
    }
}

/// How many custodians are needed of a set.
fn needed(settings: &Settings, holders: usize, threshold: u32) -> Result<usize, Error> {
    match settings.appointing {
        Appointing::Never => Err(Cause::NoAppointing.into()),
        Appointing::All => Ok(holders),
        Appointing::Threshold => Ok(usize::try_from(threshold).unwrap_or(usize::MAX)),
    }
}

/// Whether an administrator may be set beside those who are there, or in the place of one of the same name:
/// each has a key of their own, and all of them are read by every request.
fn check(present: &[Administrator], asked: &Administrator) -> Result<(), Cause> {
    let others = || present.iter().filter(|it| it.name != asked.name);
    check_new(others(), &asked.key)?;
    if others().count() < MAX_ADMINISTRATORS {
        return Ok(());
    }
    let names: Vec<&str> = others().map(|it| it.name.as_str()).collect();
    Err(Cause::NoPlaceForAppointed { limit: MAX_ADMINISTRATORS, names: names.join(", ") })
}

fn answer(agreed: usize, needed: usize, appointments: Vec<RecoveryAppointment>) -> Reply {
    Reply::json(&AppointAdministratorResponse {
        agreed: wire32(agreed),
        needed: wire32(needed),
        appointed: agreed >= needed,
        appointments,
    })
}

async fn in_service(
    call: &Call<'_, Custodian>,
    asked: AppointmentRecord,
    administrator: Administrator,
) -> Result<Reply, Error> {
    let Custodian { revision, number, .. } = call.caller;
    let vault = call.vault()?;
    let alone = Alone::begin(call.core, vault).await?;
    let (mut record, _) = RecoveryRecord::load(vault).await?;
    let set = record.sets.iter().find(|set| set.revision == revision);
    let set = set.cloned().ok_or(Cause::UnknownShare)?;
    let needed = needed(call.core.node().settings(), set.holders.len(), set.threshold)?;
    let present = administrators::load(vault).await?.into_iter().map(|it| it.administrator);
    let present: Vec<_> = present.collect();
    Makers::of(&present).check(&set)?;
    if let Some(why) = Here::of(call.core, &call.node).refuses(set.released_to.as_ref()) {
        return Err(Cause::NotReleasedHere { revision, why }.into());
    }
    check(&present, &administrator)?;
    let agreed = agree(&mut record.appointments, &asked, number, call.now_ms);
    let told = under_way(&record.appointments, &set, call.now_ms)?;
    let mut change = record.put()?;
    let mut ended = Vec::new();
    if agreed >= needed {
        ended = replaced(&mut record, &present, &administrator, revision);
        record.appointments.retain(|it| !it.is_same(&asked));
        let limit = count(MAX_ADMINISTRATORS);
        let own = keys::administrator(&administrator.name)?;
        change = record.put()?.put(own, administrator.encode());
        change = change.at_most(keys::ADMINISTRATORS.to_owned(), limit);
    }
    call.commit(alone.only(change)).await?;
    recovery::remove(&*call.core.store(), registers_of(&ended)?).await;
    if agreed >= needed {
        tracing::warn!(name = %administrator.name, "the custodians have set an administrator");
        remember_if_possible(call.core).await;
    }
    Ok(answer(agreed, needed, told))
}

/// The same before the server works: the administrator may finish the recovery, and is recorded with
/// that.
async fn in_recovery(
    call: &Call<'_, Custodian>,
    recovering: &Recovering,
    asked: AppointmentRecord,
    administrator: Administrator,
) -> Result<Reply, Error> {
    let Custodian { key, revision, number } = call.caller;
    let opened = recovering.opened().filter(|it| it.revision == revision);
    let opened = opened.ok_or(Cause::NotOpened { revision })?;
    let (index, _) = recovering.place(key).ok_or(Cause::UnknownShare)?;
    let set = recovering.set(index).ok_or(Cause::UnknownShare)?;
    let trust = trust_of(call.core, &opened.vault, &opened.memory).await?;
    if !trust.settings.has(administrator.key.suite()) {
        let suite: Suite = administrator.key.suite();
        let why = format!("the deployment has no identity in its suite ({suite})");
        return Err(Cause::BadKey { why }.into());
    }
    let present = opened.memory.present(Some(&opened.vault)).await?.administrators;
    // The records have the holders' names, and say who answers for the set.
    let (record, _) = RecoveryRecord::load(&opened.vault).await?;
    let recorded = record.sets.iter().find(|set| set.revision == revision);
    let recorded = recorded.ok_or(Cause::UnknownShare)?;
    Makers::of(&present).check(recorded)?;
    check(&with(present, opened.appointed()), &administrator)?;
    let needed = needed(&trust.settings, set.public_keys.len(), set.header.threshold)?;
    let agreed = opened.agree(&asked, number, call.now_ms);
    if agreed >= needed {
        tracing::warn!(name = %administrator.name, "the custodians have set an administrator");
        opened.appoint(administrator);
    }
    let told = under_way(&opened.appointments(), recorded, call.now_ms)?;
    Ok(answer(agreed, needed, told))
}
