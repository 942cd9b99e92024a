//! `aecs_server`: parse, configure, prepare, serve.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
    time::SystemTime,
};

use aecs_attest::files;
use aecs_server::{
    cli::{self, Invocation},
    collateral,
    config::{self, Config, Flags, MAX_FILE_BYTES, Report, Variables},
    exit::{Exit, Failure},
    health::{self, Question},
    logs, platform, process, settings,
    signals::{self, Hangup},
    start,
};

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os()) {
        Ok(invocation) => invocation,
        Err(asked_or_wrong) => {
            let wrong = asked_or_wrong.use_stderr();
            // Nothing to do about a closed terminal.
            let _ = asked_or_wrong.print();
            return if wrong { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let Invocation { check_config, health, recover, import_store, flags } = invocation;
    let done = match (import_store, health) {
        (Some(file), _) => import(&flags, &file),
        (None, Some(question)) => ask(&flags, question),
        (None, None) if check_config => check(&flags),
        (None, None) => serve(&flags, recover),
    };
    let code = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            logs::say(&failure.report());
            failure.exit.into()
        }
    };
    logs::finish();
    code
}

/// Runs the server until it is told to stop.
fn serve(flags: &Flags, recover: bool) -> Result<(), Failure> {
    let unprotected = process::protect_memory();
    let (settings, notes) = config::gather(flags, &Variables::of_process())?;
    let config = Config::new(&settings)?;
    logs::start(config.log)
        .map_err(|error| Failure::new(Exit::Unavailable, error).context("cannot start the log"))?;
    // What is unsafe is told of the settings in force, when they are known.
    for warning in notes.into_iter().chain(unprotected) {
        tracing::warn!("{warning}");
    }
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let no_signals = |error| Failure::new(Exit::Software, error).context("cannot wait for signals");
    // First, so that SIGHUP does not end a server that is starting.
    let hangup = Hangup::of_process().map_err(no_signals)?;
    let stop = signals::stop().map_err(no_signals)?;
    runtime.block_on(async {
        let prepared = start::prepare(settings, config, recover, hangup).await?;
        prepared.serve(stop).await
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Failure::new(Exit::Unavailable, error).context("cannot start threads"))
}

/// Asks the server that runs with this configuration.
fn ask(flags: &Flags, question: Question) -> Result<(), Failure> {
    let (settings, _) = config::gather(flags, &Variables::of_process())?;
    let config = Config::new(&settings)?;
    runtime()?.block_on(health::ask(&config, question))
}

/// Makes the store of an export.
fn import(flags: &Flags, file: &Path) -> Result<(), Failure> {
    let (settings, _) = config::gather(flags, &Variables::of_process())?;
    let config = Config::new(&settings)?;
    let entries = runtime()?.block_on(start::import_store(&config, file))?;
    writeln!(io::stdout(), "the store was made; it has {entries} entries")
        .map_err(|error| Failure::new(Exit::Io, error).context("cannot print the result"))
}

/// Prints the configuration in force and everything that is wrong with it.
fn check(flags: &Flags) -> Result<(), Failure> {
    let (settings, notes) = config::gather(flags, &Variables::of_process())?;
    let mut out = io::stdout().lock();
    let mut print = |text: String| {
        out.write_all(text.as_bytes())
            .map_err(|error| Failure::new(Exit::Io, error).context("cannot print the report"))
    };
    print(format!("{}\n", Report(&settings)))?;
    for note in notes {
        print(format!("note: {note}\n"))?;
    }
    let config = match Config::new(&settings) {
        Ok(config) => config,
        Err(error) => {
            for problem in error.problems() {
                print(format!("problem: {problem}\n"))?;
            }
            return Err(error.into());
        }
    };
    for warning in config.warnings() {
        print(format!("warning: {warning}\n"))?;
    }
    let tls = start::tls(&config);
    if let Ok(Some(tls)) = &tls {
        for warning in tls.warning.iter().chain(&tls.expiring(SystemTime::now())) {
            print(format!("warning: {warning}\n"))?;
        }
    }
    let platform = platform(&settings, &config);
    let (store, files) = (start::store(&config), start::distinct_files(&config));
    let found = [tls.err(), platform.err(), store.err(), files.err()];
    let found: Vec<Failure> = found.into_iter().flatten().collect();
    for failure in &found {
        print(format!("problem: {failure}\n"))?;
    }
    if let Some(mut first) = found.into_iter().next() {
        first.exit = Exit::Usage;
        return Err(first);
    }
    print("the configuration is usable\n".to_owned())
}

/// Opens what the configuration names of the machine, to find out whether it is there.
fn platform(settings: &config::Settings, config: &Config) -> Result<(), Failure> {
    let collateral =
        collateral::open(&config.attestation.collateral, config.attestation.tcb_evaluation)?;
    platform::open(&config.attestation, collateral.clone())?;
    let trust = settings.trust(&mut |path| files::read(path, MAX_FILE_BYTES))?;
    settings::settings(&Config::under(settings, &trust)?, collateral).map(drop)
}
