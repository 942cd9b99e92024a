//! Canonical XML, not exclusive, without comments (C14N 1.0 and 1.1, which differ only in what
//! [`Element::parse`] refuses).

use std::collections::BTreeMap;

use super::{Element, Node};

/// The namespaces that a place is in, by prefix.
type Scope<'t> = BTreeMap<&'t str, &'t str>;

impl Element<'_> {
    /// The canonical text of the document that this is the root of, without the element `omitted`,
    /// wherever it is: nothing of it, but what is around it.
    pub(crate) fn canonical_without(&self, omitted: Option<&Element<'_>>) -> String {
        let mut text = String::new();
        write(self, omitted, &Scope::new(), &Scope::new(), &mut text);
        text
    }

    /// The canonical text of an element at the end of a path, from the root to the element: with the
    /// namespaces that are declared around it (C14N, section 2.4).
    pub(crate) fn canonical_below(path: &[&Element<'_>]) -> String {
        let mut text = String::new();
        let Some((element, around)) = path.split_last() else { return text };
        let mut scope = Scope::new();
        for outer in around {
            scope.extend(outer.declared.iter().map(|(prefix, uri)| (*prefix, &**uri)));
        }
        write(element, None, &scope, &Scope::new(), &mut text);
        text
    }
}

/// Writes an element in a `scope`, of which its parent has `written` some.
fn write<'t>(
    element: &'t Element<'_>,
    omitted: Option<&Element<'_>>,
    scope: &Scope<'t>,
    written: &Scope<'t>,
    text: &mut String,
) {
    if omitted.is_some_and(|omitted| std::ptr::eq(element, omitted)) {
        return;
    }
    let mut scope = scope.clone();
    scope.extend(element.declared.iter().map(|(prefix, uri)| (*prefix, &**uri)));
    text.push('<');
    text.push_str(element.name.written);
    for (prefix, uri) in &scope {
        // A namespace that is none is written only where it ends another one.
        if written.get(prefix).copied().unwrap_or_default() == *uri {
            continue;
        }
        text.push_str(" xmlns");
        if !prefix.is_empty() {
            text.push(':');
            text.push_str(prefix);
        }
        quote(uri, text);
    }
    let mut attributes: Vec<_> = element.attributes.iter().collect();
    attributes.sort_by_key(|it| (&*it.name.namespace, it.name.local));
    for attribute in attributes {
        text.push(' ');
        text.push_str(attribute.name.written);
        quote(&attribute.value, text);
    }
    text.push('>');
    for child in &element.children {
        match child {
            Node::Element(child) => write(child, omitted, &scope, &scope, text),
            Node::Text(content) => escape(content, &TEXT, text),
        }
    }
    text.push_str("</");
    text.push_str(element.name.written);
    text.push('>');
}

fn quote(value: &str, text: &mut String) {
    text.push_str("=\"");
    escape(value, &VALUE, text);
    text.push('"');
}

const TEXT: [(char, &str); 4] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('\r', "&#xD;")];
const VALUE: [(char, &str); 6] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('"', "&quot;"),
    ('\t', "&#x9;"),
    ('\n', "&#xA;"),
    ('\r', "&#xD;"),
];

fn escape(content: &str, table: &[(char, &str)], text: &mut String) {
    for char in content.chars() {
        match table.iter().find(|(special, _)| *special == char) {
            Some((_, escaped)) => text.push_str(escaped),
            None => text.push(char),
        }
    }
}
