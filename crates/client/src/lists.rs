//! Named lists in parts that fit into requests.

use std::collections::BTreeSet;

use aecs_proto::named_list::Content;
use aecs_proto::{ListedMeasurement, ListedMeasurements, ListedValues, NamedList};
use prost::Message;

/// Bytes of what a request has of a list: sealed, in JSON and Base64, it stays below the smallest limit
/// of messages that servers are configured with by default.
const PART: usize = 384 * 1024;

/// The list in parts, at least one.
pub(crate) fn parts(list: &NamedList) -> Vec<NamedList> {
    let NamedList { list_name, description, content } = list;
    let part = |content| NamedList {
        list_name: list_name.clone(),
        description: description.clone(),
        content: Some(content),
    };
    match content {
        Some(Content::Values(ListedValues { attribute, values })) => {
            let values_of =
                |values: Vec<String>| ListedValues { attribute: attribute.clone(), values };
            let parts = split(values, String::len).into_iter();
            parts.map(|values| part(Content::Values(values_of(values)))).collect()
        }
        Some(Content::Measurements(ListedMeasurements { source, entries })) => {
            let set = |entries| ListedMeasurements { source: source.clone(), entries };
            // In JSON, the names of the fields come to the values.
            let bytes = |entry: &ListedMeasurement| 2 * entry.encoded_len() + 100;
            let parts = split(entries, bytes).into_iter();
            parts.map(|entries| part(Content::Measurements(set(entries)))).collect()
        }
        None => vec![list.clone()],
    }
}

/// The items in parts of at most [`PART`] bytes, at least one part.
fn split<T: Clone>(items: &[T], bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let (mut parts, mut room) = (vec![Vec::new()], PART);
    for item in items {
        let bytes = bytes(item) + 3;
        if bytes > room && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
            room = PART;
        }
        room = room.saturating_sub(bytes);
        if let Some(part) = parts.last_mut() {
            part.push(item.clone());
        }
    }
    parts
}

/// The values of `known` that are not in `list`; none if it has them all.
pub(crate) fn gone(known: &NamedList, list: &NamedList) -> Option<NamedList> {
    let content = match (known.content.as_ref()?, list.content.as_ref()?) {
        (Content::Values(known), Content::Values(list)) => {
            let kept: BTreeSet<&String> = list.values.iter().collect();
            let values = known.values.iter().filter(|value| !kept.contains(value));
            let values: Vec<String> = values.cloned().collect();
            (!values.is_empty()).then(|| Content::Values(ListedValues { values, ..known.clone() }))
        }
        _ => None,
    };
    Some(NamedList { content: Some(content?), ..known.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: Vec<String>) -> NamedList {
        let values = ListedValues { attribute: "hex_chip_id".into(), values };
        NamedList {
            list_name: "a".into(),
            content: Some(Content::Values(values)),
            ..NamedList::default()
        }
    }

    #[test]
    fn parts_fit_and_have_everything() {
        let values: Vec<String> = (0..7000u32).map(|i| format!("{i:0>128X}")).collect();
        let parts = parts(&list(values.clone()));
        assert_eq!(parts.len(), 3);
        let mut all = Vec::new();
        for part in parts {
            let Some(Content::Values(part)) = part.content else { panic!() };
            assert!(part.values.iter().map(|value| value.len() + 3).sum::<usize>() <= PART);
            all.extend(part.values);
        }
        assert_eq!(all, values);
        assert_eq!(super::parts(&list(Vec::new())).len(), 1, "an empty list is one, too");
    }

    #[test]
    fn what_is_gone_is_told() {
        let of = |values: &[&str]| list(values.iter().map(ToString::to_string).collect());
        assert_eq!(gone(&of(&["A", "B"]), &of(&["B", "C"])), Some(of(&["A"])));
        assert_eq!(gone(&of(&["A"]), &of(&["A", "C"])), None);
    }
}
