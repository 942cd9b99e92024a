//! The transcript of the guide: every command is run, every line of its output is compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::installation::Installation;
use super::tool;

const PAGE: &str = include_str!("../../../../docs/guide/an-owners-week.md");

/// A command and the lines that it prints.
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) output: Vec<String>,
}

/// The commands of a page: after `$ `, with the lines that a backslash continues.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line) {
            (false, "```console") => inside = true,
            (true, "```") => inside = false,
            (true, line) => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    steps.push(Step { command: command.to_owned(), output: Vec::new() });
                }
                (None, Some(step)) if step.output.is_empty() && step.command.ends_with('\\') => {
                    step.command.push_str(&format!("\n{line}"));
                }
                (None, step) => step.unwrap().output.push(line.to_owned()),
            },
            // What a reader does not see: the accident itself, and waiting for a server.
            (false, line) => {
                let hidden = line.strip_prefix("<!-- $ ").and_then(|it| it.strip_suffix(" -->"));
                steps.extend(
                    hidden
                        .map(|it| Step { command: it.to_owned(), output: vec!["…".to_owned()] }),
                );
            }
        }
    }
    steps
}

/// Whether `text` is `pattern`, in which `…` stands for any text.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None | Some("") => last.is_some() || rest.is_empty(),
        Some(part) => rest.is_empty() || text.ends_with(part),
    }
}

fn run(installation: &Installation, programs: &Path, command: &str) -> String {
    let output = Command::new("bash")
        .env_clear()
        .args(["-euo", "pipefail", "-c", command])
        .current_dir(installation.path(""))
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("HOME", installation.path(""))
        .env("AECS_KUBECONFIG", installation.path("etc/kubetee/service_admin_test.kubeconfig"))
        .env("AECS_SERVER_POLICY", installation.path("etc/kubetee/ta_test.kubeconfig"))
        .env("AECS_SIMULATION_DIR", installation.path("cpu"))
        .env("AECS_SERVICE", "service1")
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{command}: {}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_owners_week() {
    let Some(installation) = Installation::start_with(None) else { return };
    let programs = Path::new(tool("serviceadmin").get_program()).parent().unwrap().to_owned();
    fs::create_dir(installation.path("shop")).unwrap();
    let steps = steps(PAGE);
    assert!(steps.len() > 20, "the page has no commands");
    let mut different = String::new();
    for Step { command, output } in steps {
        // What the reader sees of a file is what it has.
        if let Some(file) = command.strip_prefix("cat ") {
            fs::write(installation.path(file), output.join("\n") + "\n").unwrap();
        }
        let printed = run(&installation, &programs, &command);
        if !fits(&output.join("\n"), printed.trim_end()) {
            different.push_str(&format!("$ {command}\n{printed}"));
        }
    }
    assert!(different.is_empty(), "the page has other output:\n{different}");
}

#[test]
fn dots_stand_for_any_text() {
    for (pattern, text) in [("a…c", "abc"), ("…", "x\ny"), ("…b…", "abc"), ("abc", "abc"), ("", "")]
    {
        assert!(fits(pattern, text), "{pattern}");
    }
    for (pattern, text) in
        [("a…c", "abcd"), ("abc", "abcd"), ("b…", "abc"), ("…x…", "abc"), ("", "x")]
    {
        assert!(!fits(pattern, text), "{pattern}");
    }
}
