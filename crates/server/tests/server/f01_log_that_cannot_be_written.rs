//! A log that cannot be written stops nothing: the program runs with standard error at a full
//! disk, at a pipe that nobody reads, and at a pipe whose reader has died.

use std::{
    fs::File,
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use aecs_proto::{GetAecsStatusRequest, TaRemoteCallRequest, aecs_client::AecsClient};
use tonic::Code;

use crate::program::home::Home;

/// Each is logged, in more than 100 bytes: several times what a pipe holds.
const CALLS: usize = 2000;
const LONG: Duration = Duration::from_secs(60);

/// The running program, killed when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program, with a port of its own: the log does not tell it.
fn start(home: &Home, stderr: Stdio) -> (Program, String) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = home.command();
    command.args(["--rpc-port", &address.port().to_string(), "--log-level", "trace"]);
    (Program(command.stderr(stderr).spawn().unwrap()), address.to_string())
}

/// Calls that are answered and calls that are refused, each with its log lines and its audit line.
async fn use_it(address: &str) {
    let begin = Instant::now();
    let mut client = loop {
        match AecsClient::connect(format!("http://{address}")).await {
            Ok(client) => break client,
            Err(error) => assert!(begin.elapsed() < LONG, "it does not listen: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for nonce in 0..CALLS {
        let nonce = u128::try_from(nonce).unwrap().to_be_bytes().to_vec();
        let request = GetAecsStatusRequest { accepted_suites: vec!["x25519".to_owned()], nonce };
        client.get_aecs_status(request).await.unwrap();
    }

    for _ in 0..20 {
        // Refused, and so an entry of the audit log.
        let answer = client.ta_remote_call(TaRemoteCallRequest::default()).await.unwrap_err();
        assert_eq!(answer.code(), Code::PermissionDenied, "{answer}");
    }
}

/// The exit code after SIGTERM.
fn stop(mut program: Program) -> Option<i32> {
    let kill = format!("kill -TERM {}", program.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let begin = Instant::now();
    loop {
        if let Some(status) = program.0.try_wait().unwrap() {
            return status.code();
        }
        assert!(begin.elapsed() < LONG, "SIGTERM does not end it");
        thread::sleep(Duration::from_millis(20));
    }
}

fn serves_and_stops(stderr: Stdio, meanwhile: impl FnOnce(&mut Child)) {
    let home = Home::new();
    let (mut program, address) = start(&home, stderr);
    meanwhile(&mut program.0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(LONG, use_it(&address)).await.expect("it serves");
    });
    assert_eq!(stop(program), Some(0));
}

#[test]
fn f01_standard_error_on_a_full_disk() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    serves_and_stops(full.into(), |_| {});
}

#[test]
fn f01_standard_error_at_a_pipe_that_nobody_reads() {
    // The child keeps the end that is read from, and it is open for as long as the test runs.
    serves_and_stops(Stdio::piped(), |_| {});
}

#[test]
fn f01_standard_error_at_a_pipe_whose_reader_has_died() {
    serves_and_stops(Stdio::piped(), |child| drop(child.stderr.take()));
}

#[test]
fn f01_a_failure_at_start_is_told_by_the_exit_code_alone() {
    let home = Home::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for arguments in [["--rpc-port", "x"], ["--rpc-port", &port]] {
        let stderr = full.try_clone().unwrap();
        let status = home.command().args(arguments).stderr(stderr).status().unwrap();
        assert!(matches!(status.code(), Some(64 | 69)), "{status}");
    }
}
