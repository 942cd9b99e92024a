//! The program in the README is an example that is compiled.

#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

#[test]
fn the_program_in_the_readme_is_the_example() {
    let readme = include_str!("../../../README.md");
    let (_, program) = include_str!("../examples/get.rs").split_once("\n\n").unwrap();
    assert!(readme.contains(&format!("```rust,no_run\n{program}```\n")), "copy examples/get.rs");
}
