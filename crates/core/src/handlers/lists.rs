//! Named lists of a service: create, change, show and destroy them.
//!
//! What a list has decides at the next call of an application: nothing that refers to it is kept of
//! earlier decisions.

use aecs_attest::{ListError, NamedList};
use aecs_proto::{
    DestroyNamedListRequest, DestroyNamedListResponse, ListChange, ListNamedListRequest,
    ListNamedListResponse, ListedValues, PutNamedListRequest, PutNamedListResponse,
    named_list::Content,
};

use crate::{
    call::{Call, Reply, ServiceAdmin},
    error::{Cause, Error},
    keys,
    lists::{List, MAX_LISTS, Stored},
    name::{ListName, check_prefix},
    secret::stored::count,
    vault::Change,
};

/// Bytes of the description of a list, and of where its measurements come from.
const MAX_TEXT: usize = 1024;

/// Creates or changes a list.
pub(crate) async fn put(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: PutNamedListRequest = call.parse()?;
    let message = request.list.unwrap_or_default();
    let name = list_name(call, &message.list_name)?;
    let change = ListChange::try_from(request.change)
        .map_err(|_| Cause::ListChange { got: request.change })?;
    let bad = |why: String| Cause::BadList { list: name.clone(), why };
    let given = message.content.ok_or_else(|| bad("the request has no content".to_owned()))?;
    let source = match &given {
        Content::Measurements(set) => set.source.len(),
        Content::Values(_) => 0,
    };
    if message.description.len() > MAX_TEXT || source > MAX_TEXT {
        return Err(bad(format!("its texts must be at most {MAX_TEXT} bytes")).into());
    }

    let vault = call.vault()?;
    let record = keys::list(&call.caller.service, &name)?;
    let missing = || Cause::Missing { what: keys::describe(&record) };
    let known = List::load(vault, &record).await?;
    if request.if_epoch != 0 {
        let epoch = known.as_ref().ok_or_else(missing)?.epoch;
        if epoch != request.if_epoch {
            let (what, expected) = (keys::describe(&record), request.if_epoch);
            return Err(Cause::OtherEpoch { what, expected, epoch }.into());
        }
    }
    let before = known.as_ref().map(|it| it.list.content.clone());
    // Of a long list, that takes a tenth of a second.
    let (service, lane) = (call.caller.service.to_string(), &call.core.lanes.services);
    let changed = lane.run(service, "changing a list", move || Changed::of(change, before, &given));
    let changed = changed.await?.map_err(|why| bad(why.to_string()))?;
    let Changed { content, added, removed } = changed.ok_or_else(missing)?;
    let list = List {
        name: name.clone(),
        description: match (&known, message.description.is_empty()) {
            (Some(known), true) => known.list.description.clone(),
            _ => message.description,
        },
        created_ms: known.as_ref().map_or(call.now_ms, |it| it.list.created_ms),
        changed_ms: call.now_ms,
        // One that was whole stays so: its rules do not stop for a change in several requests.
        incomplete: request.more && known.as_ref().is_none_or(|it| it.list.incomplete),
        content,
    };
    let plain = list.encode()?.into();
    let folder = keys::lists_of(&call.caller.service);
    let change = match known {
        Some(Stored { epoch, .. }) => Change::new().replace(record.clone(), epoch, plain),
        None => Change::new().create(record.clone(), plain).at_most(folder, MAX_LISTS),
    };
    call.because(format!("{}: {added} added, {removed} removed", list.content));
    let entries = count(list.content.len());
    let (added, removed) = (count(added), count(removed));
    call.commit_answering(change, Reply::json(&PutNamedListResponse { entries, added, removed }))
        .await
}

/// What a list has after a change, and how much of it came and went.
struct Changed {
    content: NamedList,
    added: usize,
    removed: usize,
}

impl Changed {
    /// Applies a change; none if it removes from a list that is not there.
    fn of(
        change: ListChange,
        before: Option<NamedList>,
        given: &Content,
    ) -> Result<Option<Self>, ListError> {
        Ok(Some(match (change, before) {
            // One of another kind is not replaced: the rules that refer to it would admit nobody.
            (ListChange::ListReplace, Some(mut both)) => {
                let (had, content) = (both.len(), NamedList::parse(given)?);
                let added = both.add(content.clone())?;
                let removed = (had + added).saturating_sub(content.len());
                Self { content, added, removed }
            }
            (ListChange::ListReplace | ListChange::ListAdd, None) => {
                let content = NamedList::parse(given)?;
                Self { added: content.len(), content, removed: 0 }
            }
            (ListChange::ListAdd, Some(mut content)) => {
                let added = content.add(NamedList::parse(given)?)?;
                Self { content, added, removed: 0 }
            }
            (ListChange::ListRemove, None) => return Ok(None),
            (ListChange::ListRemove, Some(mut content)) => {
                let removed = content.remove(given)?;
                Self { content, added: 0, removed }
            }
        }))
    }
}

/// Lists what there is, and with `exact` the content of one.
pub(crate) async fn list(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: ListNamedListRequest = call.parse()?;
    let vault = call.vault()?;
    let mut response = ListNamedListResponse::default();
    if request.exact {
        let name = list_name(call, &request.list_name)?;
        let record = keys::list(&call.caller.service, &name)?;
        let missing = || Cause::Missing { what: keys::describe(&record) };
        let Stored { list, epoch, .. } = List::load(vault, &record).await?.ok_or_else(missing)?;
        response.lists.push(list.info(epoch, call.now_ms));
        let mut shown = list.to_proto();
        if let Some(Content::Values(ListedValues { values, .. })) = &mut shown.content {
            response.next = cut(values, &request.after, request.limit);
        }
        response.list = Some(shown);
        return Ok(Reply::json(&response));
    }
    check_prefix(&request.list_name)?;
    let prefix = format!("{}{}", keys::lists_of(&call.caller.service), request.list_name);
    for record in vault.names(&prefix).await? {
        // One that was destroyed since the names were read is not there, and that is all.
        let Some(Stored { list, epoch, .. }) = List::load(vault, &record).await? else { continue };
        response.lists.push(list.info(epoch, call.now_ms));
        tokio::task::yield_now().await;
    }
    Ok(Reply::json(&response))
}

/// Leaves the values, which are sorted, that come after one, up to a limit; tells the last of them if there
/// are more.
fn cut(values: &mut Vec<String>, after: &str, limit: u32) -> String {
    values.retain(|value| value.as_str() > after);
    match usize::try_from(limit) {
        Ok(limit @ 1..) if limit < values.len() => {
            values.truncate(limit);
            values.last().cloned().unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// Destroys a list. Rules that refer to it admit nobody from then on.
pub(crate) async fn destroy(call: &Call<'_, ServiceAdmin>) -> Result<Reply, Error> {
    let request: DestroyNamedListRequest = call.parse()?;
    let name = list_name(call, &request.list_name)?;
    let record = keys::list(&call.caller.service, &name)?;
    if !call.vault()?.contains(&record).await? {
        return Err(Cause::Missing { what: keys::describe(&record) }.into());
    }
    call.commit(Change::new().remove(record, None)).await?;
    Ok(Reply::json(&DestroyNamedListResponse::default()))
}

fn list_name(call: &Call<'_, ServiceAdmin>, name: &str) -> Result<ListName, Error> {
    let name = ListName::required(name, Cause::NameEmpty { what: "list name" })?;
    call.about(None, Some(name.as_str()));
    Ok(name)
}
