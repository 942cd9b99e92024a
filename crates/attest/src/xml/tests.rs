use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

/// Documents that two readers could canonicalize differently.
const ODD: &[&str] = &[
    "<a/>",
    "<a></a>",
    "<a />",
    "<a\n\t b = 'c' />",
    "\u{FEFF}<a/>",
    "<?xml version=\"1.0\"?><a/>",
    "<?xml version='1.0' encoding='UTF-8'?>\n\n<a/>\n\n",
    "<a b='1' a='2'/>",
    "<a b=\"'\" c='\"'/>",
    "<a b='&quot;&apos;&amp;&lt;&gt;'/>",
    "<a>&quot;&apos;&amp;&lt;&gt;</a>",
    "<a b='>'>></a>",
    "<a b='a\tb\nc  d '/>",
    "<a b='&#9;&#10;&#13;&#32;&#x20;'/>",
    "<a>\t\n &#9;&#10;&#13; </a>",
    "<a b='&#x26;#38;'>&#38;amp;</a>",
    "<a>]] &gt; ]]&gt;</a>",
    "<a>é&#xE9;&#233;€&#x20AC;&#x1F512;🔒</a>",
    "<a b='é&#xE9;🔒&#x1F512;'/>",
    "<a xmlns='u:1'/>",
    "<a xmlns='u:1'><b xmlns='u:1'/></a>",
    "<a xmlns='u:1'><b xmlns=''/></a>",
    "<a xmlns='u:1'><b xmlns=''><c xmlns='u:1'/></b></a>",
    "<a xmlns=''><b xmlns=''/></a>",
    "<a xmlns='u:1'><b xmlns='u:2'><c xmlns='u:1'/></b></a>",
    "<p:a xmlns:p='u:1'/>",
    "<p:a xmlns:p='u:1'><p:b xmlns:p='u:1'/></p:a>",
    "<p:a xmlns:p='u:1'><p:b xmlns:p='u:2'><p:c xmlns:p='u:1'/></p:b></p:a>",
    "<a xmlns:p='u:1'><b><p:c/></b></a>",
    "<a xmlns:z='u:1' xmlns:b='u:2' xmlns='u:3'/>",
    "<a xmlns:z='u:1' xmlns:b='u:2' z:a='1' b:a='2' a='3'/>",
    "<a xmlns:b='u:2' xmlns:z='u:1' b:a='2' z:b='1' z:a='3' c='4'/>",
    "<a xmlns:p='u:1' xmlns:q='u:1' p:a='1' q:b='2'/>",
    "<a xmlns:p='u:1' xmlns:q='u:1'><p:b/><q:b/></a>",
    "<a xmlns='u:1' xmlns:p='u:1' b='1' p:b='2'/>",
    "<a xmlns:P='u:1' xmlns:p='u:2' xmlns:_='u:3' xmlns:p1='u:4' xmlns:p-1='u:5' xmlns:p.1='u:6'/>",
    "<a B='1' b='2' _='3' b1='4' b-1='5' b.1='6'/>",
    "<a xmlns:b='u:1?c=1;d=2#&#x65;'/>",
    "<a xmlns:b='http://example.org/a%20b/c;d'/>",
    "<a xmlns='u:1'><b xmlns:p='u:2'><c xmlns:p='u:3' p:d='1'/><c p:d='1' xmlns:p='u:2'/></b></a>",
    "<a><b xmlns='u:1'><c xmlns=''><d/></c></b><b/></a>",
    "<a> <b> <c> </c> </b> </a>",
    "<a\n>\n<b\n/>\n</a\n>",
    "<a>text<b>text</b>text<b/>text</a>",
    "<a.b-c_d/>",
    "<_/>",
    "<a b=''/>",
    "<a><b c='1'/><b c='2'/></a>",
    "<a xmlns:b='u:1'><b:c xmlns:d='u:2' d:e='1' b:e='2' e='3'/></a>",
    "<a xmlns='http://standards.iso.org/x.xsd' xmlns:n='http://standards.iso.org/x.xsd'><n:b/><b/></a>",
    "<a b='&#x10FFFF;&#xFFFD;'>&#xD7FF;&#xE000;</a>",
    "<a b='1&#xA0;2'>&#xA0;\u{A0}</a>",
];

/// What `xmllint --c14n` makes of a document; none without the program.
fn xmllint(document: &str) -> Option<String> {
    let child = Command::new("xmllint")
        .args(["--c14n", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: there is no xmllint program (Debian: libxml2-utils)");
        return None;
    };
    child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{document}: {message}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_canonical_text_is_libxml2s() {
    assert!(ODD.len() > 50);
    for document in ODD {
        let root = Element::parse(document.as_bytes());
        let root = root.unwrap_or_else(|fault| panic!("{document}: {fault}"));
        let Some(expected) = xmllint(document) else { return };
        assert_eq!(root.canonical_without(None), expected, "{document}");
    }
}

/// The same without a program to compare with.
#[test]
fn a_canonical_text_is_its_own() {
    for document in ODD {
        let once = Element::parse(document.as_bytes()).unwrap().canonical_without(None);
        let twice = Element::parse(once.as_bytes()).unwrap().canonical_without(None);
        assert_eq!(once, twice, "{document}");
    }
    let text = "<b:a xmlns:z='u:1' xmlns:b='u:2' z:a='1' a='3'><c d='&#10;' /> </b:a>";
    let root = Element::parse(text.as_bytes()).unwrap();
    assert_eq!(
        root.canonical_without(None),
        "<b:a xmlns:b=\"u:2\" xmlns:z=\"u:1\" a=\"3\" z:a=\"1\"><c d=\"&#xA;\"></c> </b:a>"
    );
}

/// What is left when an element is left out, and one with the namespaces around it.
#[test]
fn parts_of_a_document_have_a_canonical_text() {
    let text = "<a xmlns='u:1' xmlns:p='u:2'> <b xmlns:q='u:3'>t<p:c d='1'/></b> <e/></a>";
    let root = Element::parse(text.as_bytes()).unwrap();
    let b = root.only("u:1", "b").unwrap();
    let c = b.only("u:2", "c").unwrap();
    let without = "<a xmlns=\"u:1\" xmlns:p=\"u:2\">  <e></e></a>";
    assert_eq!(root.canonical_without(Some(b)), without);
    // By the definition: an element whose parents are not written has all of their namespaces.
    let below = "<p:c xmlns=\"u:1\" xmlns:p=\"u:2\" xmlns:q=\"u:3\" d=\"1\"></p:c>";
    assert_eq!(Element::canonical_below(&[&root, b, c]), below);
}

#[test]
fn every_other_form_is_refused() {
    let refused = [
        "",
        " ",
        "a",
        "<a",
        "<a>",
        "<a/><b/>",
        "<a/>b",
        "<a></b>",
        "<a><b></a></b>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<a>&e;</a>",
        "<a>&amp</a>",
        "<a>& b</a>",
        "<a b='&e;'/>",
        "<a><!-- c --></a>",
        "<!-- c --><a/>",
        "<a/><!-- c -->",
        "<a><?p?></a>",
        "<?p?><a/>",
        "<a><![CDATA[b]]></a>",
        "<a>]]></a>",
        "<a b='<'/>",
        "<a b=c/>",
        "<a b/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u:1' xmlns:q='u:1' p:b='1' q:b='2'/>",
        "<a xmlns='u:1' xmlns='u:2'/>",
        "<a xmlns:p='u:1' xmlns:p='u:1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:xmlns='u:1'/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns='relative'/>",
        "<a xmlns='u:&#9;'/>",
        "<a xmlns='u: '/>",
        "<a xmlns='u:&lt;'/>",
        "<a xmlns='u:é'/>",
        // libxml2 does not escape it, although canonical XML demands that.
        "<a xmlns='u:1?a&amp;b'/>",
        "<a xml:lang='en'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a:b:c xmlns:a='u:1'/>",
        "<:a/>",
        "<a:/>",
        "<1a/>",
        "<-a/>",
        "<é/>",
        "< a/>",
        "</a>",
        "<a>\r\n</a>",
        "<a>&#0;</a>",
        "<a>&#x1F;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#x110000;</a>",
        "<a>&#-1;</a>",
        "<a>&#+1;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>\u{1}</a>",
        "<a>\u{FFFE}</a>",
        "<?xml version='1.1'?><a/>",
        "<?xml version='1.0' encoding='latin1'?><a/>",
        "<?xml version='1.0'<?><a/>",
        " <?xml version='1.0'?><a/>",
    ];
    for document in refused {
        assert!(Element::parse(document.as_bytes()).is_err(), "{document}");
    }
    assert!(Element::parse(b"<a>\xFF</a>").is_err());
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(Element::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert!(Element::parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
    let many = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    assert!(Element::parse(many(MAX_ELEMENTS).as_bytes()).is_ok());
    assert!(Element::parse(many(MAX_ELEMENTS + 1).as_bytes()).is_err());
    let attributes = |count: usize| {
        let attributes: String = (0..count).map(|number| format!(" a{number}=''")).collect();
        format!("<a{attributes}/>")
    };
    assert!(Element::parse(attributes(MAX_ATTRIBUTES).as_bytes()).is_ok());
    assert!(Element::parse(attributes(MAX_ATTRIBUTES + 1).as_bytes()).is_err());
    let scope = |count: usize| {
        let declared: String =
            (0..count).map(|number| format!(" xmlns:p{number}='u:{number}'")).collect();
        format!("<a{declared}/>")
    };
    assert!(Element::parse(scope(MAX_SCOPE).as_bytes()).is_ok());
    assert!(Element::parse(scope(MAX_SCOPE + 1).as_bytes()).is_err());
    // Also if each element declares few.
    let nested = format!("<a xmlns:q='u:q'>{}</a>", scope(MAX_SCOPE));
    assert!(Element::parse(nested.as_bytes()).is_err());
    let long = format!("<a>{}</a>", " ".repeat(MAX_SIZE));
    assert!(Element::parse(long.as_bytes()).is_err());
}

proptest::proptest! {
    /// Whatever is read has a canonical text, which is read as the same.
    #[test]
    fn any_text_is_read_or_refused(text in "(<|</|>|/>|a|b|:|=|'|\"| |\n|&amp;|&|;|xmlns|<a>|</a>|<b c='d'>|</b>){0,40}") {
        if let Ok(root) = Element::parse(text.as_bytes()) {
            let once = root.canonical_without(None);
            let again = Element::parse(once.as_bytes()).unwrap();
            proptest::prop_assert_eq!(again.canonical_without(None), once);
        }
    }
}
