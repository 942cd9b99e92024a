//! Requests that wait for something else than their work: they hold nothing that others need.

use std::time::{Duration, Instant};

use aecs_proto::{GetAecsStatusRequest, TaSessionCallRequest, aecs_client::AecsClient};
use aecs_server::serve::Limits;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tonic::{Code, Status, transport::Channel};

use crate::fake::{Fake, Server, call, limits};

const LONG: Duration = Duration::from_secs(20);

/// A request that rests, and has this number of bytes.
fn rest(client: &AecsClient<Channel>, bytes: usize) -> JoinHandle<Result<(), Status>> {
    let mut client = client.clone();
    let request = TaSessionCallRequest { mac: vec![7; bytes], ..Default::default() };
    tokio::spawn(async move { client.ta_session_call(request).await.map(drop) })
}

async fn status(client: &AecsClient<Channel>) -> Result<(), Status> {
    let mut client = client.clone();
    let asked = client.get_aecs_status(GetAecsStatusRequest::default());
    timeout(LONG, asked).await.expect("it is served").map(drop)
}

#[tokio::test]
async fn h05_requests_that_rest_hold_no_place() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_concurrent_requests: 2, ..limits() }).await;
    let client = server.client().await;
    let mut resting = Vec::new();
    for _ in 0..8 {
        resting.push(rest(&client, 0));
        timeout(LONG, fake.begun()).await.expect("the others have given their places back");
    }
    status(&client).await.unwrap();
    let working = call(&client);
    fake.begun().await;
    fake.permit();
    working.await.unwrap().unwrap();
    assert!(resting.iter().all(|rest| !rest.is_finished()));
}

#[tokio::test]
async fn h05_a_request_that_rests_counts_as_its_stream() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_buffered_bytes: 256 * 1024, ..limits() }).await;
    let client = server.client().await;
    let mut resting = Vec::new();
    for _ in 0..5 {
        resting.push(rest(&client, 40 * 1024));
        timeout(LONG, fake.begun()).await.expect("there is room for it");
        // The server learns of the rest a moment later.
        sleep(Duration::from_millis(20)).await;
    }
    assert!(resting.iter().all(|rest| !rest.is_finished()));
}

#[tokio::test]
async fn h05_a_connection_whose_requests_rest_gives_its_seat() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_connections: 2, ..limits() }).await;
    let mut resting = Vec::new();
    for _ in 0..2 {
        let client = server.client().await;
        resting.push((rest(&client, 0), client));
        fake.begun().await;
    }
    let others = [timeout(LONG, server.client()).await.expect("there is a seat")];
    status(&others[0]).await.unwrap();
    let ended = async {
        while resting.iter().all(|(rest, _)| !rest.is_finished()) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONG, ended).await.expect("one of them is answered");
    for (rest, _) in resting.into_iter().filter(|(rest, _)| rest.is_finished()) {
        rest.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn h05_a_stop_ends_requests_that_rest() {
    let fake = Fake::new();
    let mut server = Server::start(&fake, limits()).await;
    let client = server.client().await;
    let resting = [rest(&client, 0), rest(&client, 0)];
    for _ in &resting {
        fake.begun().await;
    }
    let begin = Instant::now();
    server.stop();
    timeout(LONG, server.end()).await.expect("nothing is in work");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    for rest in resting {
        rest.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_request_that_rests_is_answered_in_its_time() {
    let request_timeout = Duration::from_secs(2);
    let server = Server::start(&Fake::new(), Limits { request_timeout, ..limits() }).await;
    let ended = rest(&server.client().await, 0).await.unwrap();
    assert_ne!(ended.as_ref().map_err(Status::code), Err(Code::DeadlineExceeded));
    ended.unwrap();
}
