//! The library as it is installed, and programs that are compiled against it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::{Ran, libraries, source};

/// Where the library is installed, once for all tests of this process.
pub(crate) struct Prefix(TempDir);

static PREFIX: LazyLock<Prefix> = LazyLock::new(Prefix::install);

/// How a program is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Against the shared library.
    Shared,
    /// With the static library in it.
    Static,
    /// As [`Build::Shared`], with AddressSanitizer.
    Sanitized,
}

impl Prefix {
    pub(crate) fn get() -> &'static Self {
        &PREFIX
    }

    fn install() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = source().join("../../deployment/install_client.sh");
        let output = Command::new("bash")
            .arg(script)
            .arg("--from")
            .arg(libraries())
            .arg(folder.path())
            .output()
            .unwrap();
        let ran = Ran::of("install_client.sh", &output);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Compiles a program of this crate into a folder; `None` where its compiler, or the headers of what
    /// else it needs, are not installed.
    pub(crate) fn compile(&self, folder: &Path, program: &str, build: Build) -> Option<PathBuf> {
        let file = source().join(program);
        let is_cpp = file.extension().is_some_and(|end| end == "cpp");
        let uses_openssl = program.ends_with("tls.c");
        let compiler = if is_cpp { "c++" } else { "cc" };
        let out = folder.join(format!("{}{}", file.file_stem()?.display(), build as u8));
        let mut command = Command::new(compiler);
        command
            .args(["-Wall", "-Wextra", "-Werror", "-Wpedantic", "-g", "-O1", "-pthread"])
            .arg(if is_cpp { "-std=c++11" } else { "-std=c11" })
            .args(["-D_POSIX_C_SOURCE=200809L", "-o"])
            .arg(&out)
            .arg(&file)
            .arg("-I")
            .arg(self.path("include"))
            .arg("-I")
            .arg(self.path("include/aecs20"));
        match build {
            Build::Static => {
                command.arg(self.path("lib/libaecs_client.a"));
                command.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"]);
            }
            _ => {
                command.arg("-L").arg(self.path("lib")).arg("-laecs_client");
            }
        }
        if build == Build::Sanitized {
            command.args(["-fsanitize=address", "-fno-omit-frame-pointer"]);
        }
        if uses_openssl {
            command.args(["-lssl", "-lcrypto"]);
        }
        if !works(compiler, uses_openssl, build == Build::Sanitized) {
            return None;
        }
        let ran = Ran::of(program, &command.output().unwrap());
        assert_eq!(ran.code, 0, "{program}: {}", ran.stderr);
        Some(out)
    }
}

/// Whether a compiler is there, with what a program needs.
fn works(compiler: &str, openssl: bool, sanitized: bool) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let end = if compiler == "cc" { "c" } else { "cpp" };
    let file = folder.path().join(format!("probe.{end}"));
    let include = if openssl { "#include <openssl/ssl.h>\n" } else { "" };
    std::fs::write(&file, format!("{include}int main(void) {{ return 0; }}\n")).unwrap();
    let mut command = Command::new(compiler);
    command.arg(file).arg("-o").arg(folder.path().join("probe"));
    if sanitized {
        command.arg("-fsanitize=address");
    }
    let works = command.output().is_ok_and(|output| output.status.success());
    if !works {
        let what = if openssl { " and the headers of OpenSSL" } else { "" };
        eprintln!(
            "SKIPPED: there is no {compiler}{what}: run: sudo apt-get install g++ libssl-dev"
        );
    }
    works
}
