//! docs/guide/troubleshooting.md: made of the table of codes and that of remedies, so that the page
//! says what the tools say.

use std::{env, fmt::Write as _, fs, path::Path};

use aecs_proto::{Caller, ErrorCode};

use super::{Condition, GrpcCode, SERVER_REMEDIES};

const FILE: &str = "../../docs/guide/troubleshooting.md";

const INTRODUCTION: &str = "\
# Troubleshooting

A server that refuses a request answers with a message, a gRPC status and a code of 32 bits, for
instance `0xA0050000`. The tools print the message, the code and, after `help:`, what to do; they end with an
[exit code](../json.md#exit-codes). This page lists every code. It is generated from the tables of the source code: a test fails if it is not current.

An application is told `0xAA280000` for a secret that does not exist, for a policy that does not admit
it, and for a report that is refused, so that it cannot find out which secrets there are. Owners see the
reason with `serviceadmin denials`.
";

fn who(caller: Caller) -> &'static str {
    match caller {
        Caller::AecsAdmin => "For the platform's administrator",
        Caller::Custodian => "For a custodian of a recovery share",
        Caller::ServiceAdmin => "For the owner of a service",
        Caller::TrustedApplication => "For an application",
        Caller::Node => "For another server",
        Caller::Anyone => "For everybody",
    }
}

/// The name of a status as gRPC spells it, for instance `INVALID_ARGUMENT`.
fn status(code: GrpcCode) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{text}{end}")
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for code in ErrorCode::ALL {
        write!(page, "\n## {code}\n\n{}\n", code.meaning()).unwrap();
        let rows: Vec<_> = SERVER_REMEDIES.iter().filter(|(of, ..)| of == code).collect();
        match rows[..] {
            [] => page.push_str("\nThe message says what to do.\n"),
            [(_, Condition::Always, remedy)] => {
                writeln!(page, "\nWhat to do: {}", sentence(remedy)).unwrap();
            }
            _ => {
                page.push('\n');
                for (_, when, remedy) in rows {
                    let when = match when {
                        Condition::Always => "Otherwise".to_owned(),
                        Condition::Status(code) => format!("With the status {}", status(*code)),
                        Condition::By(caller) => who(*caller).to_owned(),
                    };
                    writeln!(page, "- {when}: {}", sentence(remedy)).unwrap();
                }
            }
        }
    }
    page
}

#[test]
fn the_troubleshooting_page_is_current() {
    let (file, page) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE), page());
    if env::var_os("AECS_REGENERATE").is_some() {
        fs::write(&file, &page).unwrap();
    }
    assert!(
        fs::read_to_string(file).is_ok_and(|there| there == page),
        "{FILE} is not current; run: AECS_REGENERATE=1 cargo test -p aecs-client troubleshooting"
    );
}
