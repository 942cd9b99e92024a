//! XML of a restricted form (XML 1.0, Namespaces 1.0): elements, attributes, text, and the five
//! entities and numbers that stand for characters. Everything else is refused: document types and
//! other entities, comments, processing instructions, CDATA, carriage returns, names that are not
//! ASCII, and attributes with the prefix `xml`.
//!
//! So a document has one meaning for every reader, and its canonical text is the same by all
//! versions of canonical XML that are not exclusive ([`canonical`]).

mod canonical;
pub(crate) mod signature;

use std::rc::Rc;

/// What is wrong with a document.
pub(crate) type Fault = &'static str;

/// A document, in bytes: NVIDIA's have 20 to 26 KiB.
pub(crate) const MAX_SIZE: usize = 64 * 1024;
/// Elements: NVIDIA's have some 90.
const MAX_ELEMENTS: usize = 1024;
/// Elements in elements.
const MAX_DEPTH: usize = 16;
/// Attributes of an element, and declarations of namespaces.
const MAX_ATTRIBUTES: usize = 64;
/// Declarations of namespaces that hold at one place.
const MAX_SCOPE: usize = 32;

/// An element.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    name: Name<'a>,
    attributes: Vec<Attribute<'a>>,
    /// The namespaces that are declared here, by their prefix; the one without has none.
    declared: Vec<(&'a str, Rc<str>)>,
    children: Vec<Node<'a>>,
}

/// An attribute that declares no namespace.
#[derive(Debug)]
struct Attribute<'a> {
    name: Name<'a>,
    value: String,
}

/// The name of an element or an attribute.
#[derive(Debug)]
struct Name<'a> {
    /// As it is written, with its prefix.
    written: &'a str,
    local: &'a str,
    /// Its namespace; empty for none.
    namespace: Rc<str>,
}

/// What is in an element.
#[derive(Debug)]
enum Node<'a> {
    Element(Element<'a>),
    Text(String),
}

impl<'a> Element<'a> {
    /// Reads a document.
    pub(crate) fn parse(document: &'a [u8]) -> Result<Self, Fault> {
        let text = str::from_utf8(document).map_err(|_| "it is not UTF-8")?;
        if text.len() > MAX_SIZE {
            return Err("it is too long");
        }
        if !text.chars().all(|char| is_allowed(char) && char != '\r') {
            return Err("it has a carriage return, or a character that XML does not allow");
        }
        let mut text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        if let Some((declaration, rest)) =
            text.strip_prefix("<?xml ").and_then(|it| it.split_once("?>"))
        {
            let words = declaration.replace('\'', "\"").to_ascii_lowercase();
            let words: Vec<_> = words.split_ascii_whitespace().collect();
            if !matches!(*words, ["version=\"1.0\""] | ["version=\"1.0\"", "encoding=\"utf-8\""]) {
                return Err("it is not declared as XML 1.0 in UTF-8");
            }
            text = rest;
        }
        let rest = text.trim_start_matches(SPACE);
        let mut reader = Reader { rest, elements: 0, scope: Vec::new(), none: Rc::from("") };
        let root = reader.element(0)?;
        match reader.rest.trim_start_matches(SPACE) {
            "" => Ok(root),
            _ => Err("something follows its root element"),
        }
    }

    /// Whether it has this name in this namespace.
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.local == local && *self.name.namespace == *namespace
    }

    /// The value of an attribute: of no namespace, if that is empty.
    pub(crate) fn attribute(&self, namespace: &str, local: &str) -> Option<&str> {
        let named =
            |it: &&Attribute<'_>| it.name.local == local && *it.name.namespace == *namespace;
        self.attributes.iter().find(named).map(|it| it.value.as_str())
    }

    /// The elements in it.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The one element of this name in it.
    pub(crate) fn only(&self, namespace: &str, local: &str) -> Option<&Self> {
        let mut found = self.elements().filter(|it| it.is(namespace, local));
        found.next().filter(|_| found.next().is_none())
    }

    /// The text of an element that has nothing else.
    pub(crate) fn text(&self) -> Option<&str> {
        match self.children.as_slice() {
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// How many elements of this name there are: itself, in it, and in those.
    fn count(&self, namespace: &str, local: &str) -> usize {
        let below: usize = self.elements().map(|it| it.count(namespace, local)).sum();
        below + usize::from(self.is(namespace, local))
    }

    /// Whether it has nothing in it, not even space.
    fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Whether there is only white space beside the elements in it.
    fn has_only_elements(&self) -> bool {
        self.children.iter().all(|node| match node {
            Node::Element(_) => true,
            Node::Text(text) => text.trim_matches(SPACE).is_empty(),
        })
    }
}

const SPACE: [char; 3] = [' ', '\t', '\n'];
const TRUNCATED: Fault = "it ends too early";

struct Reader<'a> {
    rest: &'a str,
    /// How many there were.
    elements: usize,
    /// The namespaces that are declared around this place, the innermost last.
    scope: Vec<(&'a str, Rc<str>)>,
    /// The namespace of names that are in none.
    none: Rc<str>,
}

impl<'a> Reader<'a> {
    fn element(&mut self, depth: usize) -> Result<Element<'a>, Fault> {
        self.elements += 1;
        if depth == MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err("it has too many elements, or they are nested too deeply");
        }
        self.expect("<")?;
        let written = self.name()?;
        let (mut given, mut declared) = (Vec::new(), Vec::new());
        let empty = loop {
            let spaced = self.space();
            if self.skip("/>") {
                break true;
            }
            if self.skip(">") {
                break false;
            }
            if !spaced {
                return Err("there is no space in front of an attribute");
            }
            let name = self.name()?;
            self.space();
            self.expect("=")?;
            self.space();
            let value = self.value()?;
            if given.len() + declared.len() == MAX_ATTRIBUTES {
                return Err("an element has too many attributes");
            }
            match name.split_once(':') {
                None if name == "xmlns" => declared.push(("", Rc::from(value))),
                Some(("xmlns", prefix)) if !value.is_empty() => {
                    declared.push((prefix, Rc::from(value)));
                }
                Some(("xmlns", _)) => return Err("a prefix has no namespace"),
                _ => given.push((name, value)),
            }
        };
        if twice(&declared, |one, other| one.0 == other.0) {
            return Err("a namespace is declared twice");
        }
        let reserved = |(prefix, uri): &(&str, Rc<str>)| {
            prefix.starts_with("xml") || uri.starts_with("http://www.w3.org/2000/xmlns/")
        };
        let is_uri = |uri: &str| {
            let plain = |byte: u8| byte.is_ascii_graphic() && !b"&<>\"{}|\\^`".contains(&byte);
            uri.is_empty() || uri.contains(':') && uri.bytes().all(plain)
        };
        if declared.iter().any(|it| reserved(it) || !is_uri(&it.1)) {
            return Err("a namespace is XML's own, or no absolute URI");
        }
        let outer = self.scope.len();
        self.scope.extend(declared.iter().cloned());
        if self.scope.len() > MAX_SCOPE {
            return Err("it declares too many namespaces");
        }
        let name = self.resolve(written, true)?;
        let attributes = given
            .into_iter()
            .map(|(name, value)| self.resolve(name, false).map(|name| Attribute { name, value }));
        let attributes = attributes.collect::<Result<Vec<_>, Fault>>()?;
        if twice(&attributes, |one, other| {
            one.name.local == other.name.local && one.name.namespace == other.name.namespace
        }) {
            return Err("an attribute is there twice");
        }
        let children = if empty { Vec::new() } else { self.content(written, depth)? };
        self.scope.truncate(outer);
        Ok(Element { name, attributes, declared, children })
    }

    /// What is in an element, and its end.
    fn content(&mut self, of: &str, depth: usize) -> Result<Vec<Node<'a>>, Fault> {
        let mut nodes = Vec::new();
        loop {
            let (text, _) = self.rest.split_at(self.rest.find('<').ok_or(TRUNCATED)?);
            self.expect(text)?;
            if text.contains("]]>") {
                return Err("`]]>` is in a text");
            }
            if !text.is_empty() {
                nodes.push(Node::Text(characters(text)?));
            }
            if self.skip("</") {
                if self.name()? != of {
                    return Err("an element ends that did not begin");
                }
                self.space();
                self.expect(">")?;
                return Ok(nodes);
            }
            nodes.push(Node::Element(self.element(depth + 1)?));
        }
    }

    /// A value in quotes. White space is a space, whatever it is (XML 1.0, section 3.3.3).
    fn value(&mut self) -> Result<String, Fault> {
        let quote = if self.skip("'") { '\'' } else { '"' };
        if quote == '"' {
            self.expect("\"")?;
        }
        let (value, rest) = self.rest.split_once(quote).ok_or(TRUNCATED)?;
        self.rest = rest;
        if value.contains('<') {
            return Err("`<` is in the value of an attribute");
        }
        characters(&value.replace(['\t', '\n'], " "))
    }

    fn name(&mut self) -> Result<&'a str, Fault> {
        let other = |char: char| !(char.is_ascii_alphanumeric() || "_-.:".contains(char));
        let (name, rest) = self.rest.split_at(self.rest.find(other).ok_or(TRUNCATED)?);
        let part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && !part.contains(':')
        };
        let (prefix, local) = name.split_once(':').unwrap_or(("_", name));
        if !part(prefix) || !part(local) {
            return Err("something other than an element is in it, or a name is not ASCII");
        }
        self.rest = rest;
        Ok(name)
    }

    /// The namespace of a name: without a prefix, an element is in the one that is declared for all,
    /// and an attribute in none.
    fn resolve(&self, written: &'a str, of_element: bool) -> Result<Name<'a>, Fault> {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let found = self.scope.iter().rev().find(|(known, _)| *known == prefix);
        let namespace = match found {
            _ if prefix.is_empty() && !of_element => self.none.clone(),
            Some((_, namespace)) => namespace.clone(),
            None if prefix.is_empty() => self.none.clone(),
            None => return Err("a prefix is not declared"),
        };
        Ok(Name { written, local, namespace })
    }

    fn space(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(SPACE);
        let skipped = rest.len() != self.rest.len();
        self.rest = rest;
        skipped
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), Fault> {
        match self.skip(text) {
            true => Ok(()),
            false if self.rest.is_empty() => Err(TRUNCATED),
            false => Err("a tag is not written as it must be"),
        }
    }
}

/// A text with the characters that its references stand for.
fn characters(text: &str) -> Result<String, Fault> {
    let mut parts = text.split('&');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').ok_or("`&` is in a text")?;
        result.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => number(reference).ok_or("an entity is not one of XML's own five")?,
        });
        result.push_str(rest);
    }
    Ok(result)
}

/// The character that `#38` or `#x26` stands for.
fn number(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
    let digits = Some(digits).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let char = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    is_allowed(char).then_some(char)
}

/// Whether XML has this character (XML 1.0, section 2.2).
fn is_allowed(char: char) -> bool {
    match char {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        other => other >= ' ',
    }
}

/// Whether two of some things, of which there are few, are the same.
fn twice<T>(things: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    let mut rest = things;
    while let Some((one, others)) = rest.split_first() {
        if others.iter().any(|other| same(one, other)) {
            return true;
        }
        rest = others;
    }
    false
}

#[cfg(test)]
mod tests;
