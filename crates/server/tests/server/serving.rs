//! Limits, health, and the end of a server.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use aecs_proto::{GetAecsStatusRequest, SyncWithRemoteAecsRequest, TaRemoteCallRequest};
use aecs_server::serve::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Request};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    fake::{Fake, Server, call, limits},
    wire::{self, DATA, HEADERS, RST_STREAM, assert_closes, frame},
};

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_before_it_is_parsed() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut client = server.client().await;
    // Not a valid report at all: parsing would be another error.
    let json = "x".repeat(2 * limits().max_message_bytes);
    let request = TaRemoteCallRequest { req_json: json, ..Default::default() };
    let status = client.ta_remote_call(request).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut client = server.client().await;
    let mut request = Request::new(GetAecsStatusRequest::default());
    request.metadata_mut().insert("x", "x".repeat(64 * 1024).parse().unwrap());
    client.get_aecs_status(request).await.unwrap_err();
    client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_and_health_does_not() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_concurrent_requests: 2, ..limits() }).await;
    let mut client = server.client().await;
    let mut calls = vec![call(&client), call(&client), call(&client)];
    fake.begun().await;
    tokio::time::sleep(SHORT).await;
    let mut waiting = client.clone();
    let waiting = waiting.get_aecs_status(GetAecsStatusRequest::default());
    assert!(timeout(SHORT, waiting).await.is_err(), "it waits");
    assert_eq!(health(&server, "").await.unwrap(), ServingStatus::Serving);

    (0..3).for_each(|_| fake.permit());
    for call in calls.drain(..) {
        call.await.unwrap().unwrap();
    }
    client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let server = Server::start(&Fake::new(), Limits { request_timeout: SHORT, ..limits() }).await;
    let status = call(&server.client().await).await.unwrap().unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.message().contains("within 200 ms | Error code: 0xA0000000"), "{status}");
}

#[tokio::test]
async fn connections_that_do_nothing_are_closed() {
    let server = Server::start(&Fake::new(), Limits { idle_timeout: SHORT, ..limits() }).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_closes(&mut silent).await;
    let mut halting = TcpStream::connect(server.address).await.unwrap();
    halting.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    assert_closes(&mut halting).await;
}

#[tokio::test]
async fn a_connection_at_work_is_not_idle() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { idle_timeout: SHORT, ..limits() }).await;
    let running = call(&server.client().await);
    fake.begun().await;
    tokio::time::sleep(4 * SHORT).await;
    fake.permit();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn something_else_than_http2_is_turned_away() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_closes(&mut stream).await;
}

#[tokio::test]
async fn a_stop_waits_for_running_requests_and_takes_no_new_ones() {
    let fake = Fake::new();
    let mut server = Server::start(&fake, limits()).await;
    let client = server.client().await;
    let mut idle = server.client().await;
    idle.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
    let running = call(&client);
    fake.begun().await;
    server.stop();
    let refused = async {
        while server.channel().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, refused).await.expect("the port is closed");
    assert!(!running.is_finished());
    fake.permit();
    running.await.unwrap().unwrap();
    timeout(LONG, server.end()).await.expect("the server ends with its last request");
}

#[tokio::test]
async fn a_stop_waits_for_work_beyond_an_answer() {
    let fake = Fake::new();
    let mut server = Server::start(&fake, limits()).await;
    let mut client = server.client().await;
    client.sync_with_remote_aecs(SyncWithRemoteAecsRequest::default()).await.unwrap();
    drop(client);
    server.stop();
    let mut end = pin!(server.end());
    assert!(timeout(SHORT, &mut end).await.is_err(), "it waits");
    fake.finish();
    timeout(LONG, end).await.expect("the server ends with its last work");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let fake = Fake::new();
    let mut server = Server::start(&fake, Limits { drain_timeout: SHORT, ..limits() }).await;
    let running = call(&server.client().await);
    fake.begun().await;
    server.stop();
    timeout(LONG, server.end()).await.expect("the server ends");
    assert!(running.await.unwrap().is_err());
}

#[tokio::test]
async fn silent_clients_do_not_delay_a_stop() {
    let mut server = Server::start(&Fake::new(), limits()).await;
    let _silent = TcpStream::connect(server.address).await.unwrap();
    let _idle = server.client().await;
    let begin = Instant::now();
    server.stop();
    server.end().await;
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn health_knows_the_service() {
    let server = Server::start(&Fake::new(), limits()).await;
    assert_eq!(health(&server, "").await.unwrap(), ServingStatus::Serving);
    assert_eq!(health(&server, "kubetee.Aecs").await.unwrap(), ServingStatus::Serving);
    assert_eq!(health(&server, "other").await.unwrap_err(), Code::NotFound);
}

#[tokio::test]
async fn h05_answers_without_an_end_and_unknown_rpcs_are_refused() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut client = HealthClient::new(server.channel().await.unwrap());
    let watch = timeout(LONG, client.watch(HealthCheckRequest::default())).await.unwrap();
    let status = watch.map(drop).unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented, "{status}");
    assert!(status.message().contains("no such RPC"), "{status}");
    // Before its body has come.
    let mut stream = wire::open(server.address).await;
    stream.write_all(&wire::request(1, "/grpc.health.v1.Health/Watch")).await.unwrap();
    let mut kind = 0;
    while kind != HEADERS {
        let mut head = [0; 9];
        timeout(LONG, stream.read_exact(&mut head)).await.expect("it is answered").unwrap();
        let [_, high, low, frame, ..] = head;
        let mut payload = vec![0; u16::from_be_bytes([high, low]).into()];
        stream.read_exact(&mut payload).await.unwrap();
        kind = frame;
    }
}

/// Clients such as curl take the reset of a stream for a failure, and show no answer.
#[tokio::test]
async fn the_refusal_of_an_unknown_rpc_waits_for_its_request_and_resets_no_stream() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut stream = wire::open(server.address).await;
    stream.write_all(&wire::request(1, "/grpc.health.v1.Health/Watch")).await.unwrap();
    tokio::time::sleep(SHORT).await;
    stream.write_all(&frame(DATA, 1, 1, &[0; 5])).await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(3 * SHORT, stream.read_to_end(&mut answer)).await;
    let kinds = kinds(&answer);
    assert!(kinds.contains(&HEADERS), "{kinds:?}");
    assert!(!kinds.contains(&RST_STREAM), "{kinds:?}");
}

/// The kinds of the frames in `bytes`.
fn kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let Some(([high, middle, low, kind, ..], rest)) = bytes.split_first_chunk::<9>() {
        kinds.push(*kind);
        let len = u32::from_be_bytes([0, *high, *middle, *low]);
        bytes = rest.get(usize::try_from(len).unwrap()..).unwrap_or_default();
    }
    kinds
}

async fn health(server: &Server, service: &str) -> Result<ServingStatus, Code> {
    let mut client = HealthClient::new(server.channel().await.unwrap());
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = client.check(request).await.map_err(|status| status.code())?;
    Ok(answer.into_inner().status())
}
