//! Nothing is held for a client that has not sent a whole request: others are served at once.

use std::time::Duration;

use aecs_proto::{
    AdminRemoteCallRequest, GetAecsStatusRequest, TaRemoteCallRequest, aecs_client::AecsClient,
};
use aecs_server::serve::{Limits, load_tls};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};
use tonic::Code;

use crate::{
    certificates::Pki,
    fake::{Fake, Server, call, limits},
    tls::client,
    wire::{self, DATA, SETTINGS, assert_closes, frame},
};

const STATUS: &str = "/kubetee.Aecs/GetAecsStatus";
const CALL: &str = "/kubetee.Aecs/TaRemoteCall";
const ADMIN: &str = "/kubetee.Aecs/AecsAdminRemoteCall";
const HEALTH: &str = "/grpc.health.v1.Health/Check";
const LONG: Duration = Duration::from_secs(20);

/// Time enough for the server to have read what was sent.
const READ: Duration = Duration::from_millis(300);

/// A client that has just come gets its answer.
async fn is_served(server: &Server) {
    let asked = async {
        let mut client = server.client().await;
        client.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
    };
    timeout(LONG, asked).await.expect("it is served");
}

#[tokio::test]
async fn h05_headers_without_a_body_take_no_place() {
    let server = Server::start(&Fake::new(), limits()).await;
    let mut connections = Vec::new();
    for path in [STATUS, CALL, ADMIN, HEALTH] {
        let mut stream = wire::open(server.address).await;
        for number in 0..64 {
            stream.write_all(&wire::request(2 * number + 1, path)).await.unwrap();
            stream.write_all(&frame(DATA, 0, 2 * number + 1, &[0; 5])).await.unwrap();
        }
        connections.push(stream);
    }
    sleep(READ).await;
    is_served(&server).await;
}

#[tokio::test]
async fn h05_silent_sockets_make_room() {
    let server = Server::start(&Fake::new(), Limits { max_connections: 64, ..limits() }).await;
    let mut old = server.client().await;
    old.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
    let mut silent = Vec::new();
    for number in 0..100 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        if number % 2 == 0 {
            // An error is the end that the older ones are to have.
            let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n").await;
        }
        silent.push(stream);
    }
    is_served(&server).await;
    old.get_aecs_status(GetAecsStatusRequest::default()).await.unwrap();
}

#[tokio::test]
async fn h05_silent_handshakes_make_room() {
    let pki = Pki::new();
    let tls = watch::Sender::new(load_tls(&pki.good_files()).unwrap().acceptor);
    let limits = Limits { max_connections: 32, ..limits() };
    let server = Server::start_with(&Fake::new(), limits, Some(tls.subscribe())).await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    timeout(LONG, client(&pki).ask(&server)).await.expect("it is served").unwrap();
}

#[tokio::test]
async fn h05_who_does_not_send_the_rest_is_cut_off() {
    let receive_timeout = Duration::from_millis(300);
    let server = Server::start(&Fake::new(), Limits { receive_timeout, ..limits() }).await;
    let beginnings: [&[u8]; 4] = [
        b"",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x05\x01\0\0\0\0\x01\x83",
    ];
    for beginning in beginnings {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        assert_closes(&mut stream).await;
    }
    let mut bodyless = wire::open(server.address).await;
    bodyless.write_all(&wire::request(1, CALL)).await.unwrap();
    assert_closes(&mut bodyless).await;
    is_served(&server).await;
}

#[tokio::test]
async fn h05_bodies_that_are_not_whole_give_way_to_those_that_are() {
    let limits = Limits { max_buffered_bytes: 256 * 1024, ..limits() };
    let server = Server::start(&Fake::new(), limits).await;
    let mut strangers = Vec::new();
    for _ in 0..8 {
        let mut stream = wire::open(server.address).await;
        stream.write_all(&wire::request(1, CALL)).await.unwrap();
        // A message that is announced as longer than what comes.
        let announced = 60 * 1024_u32;
        let prefix = [&[0], &announced.to_be_bytes()[..]].concat();
        stream.write_all(&frame(DATA, 0, 1, &prefix)).await.unwrap();
        for _ in 0..3 {
            let _ = stream.write_all(&frame(DATA, 0, 1, &[b'x'; 16 * 1024])).await;
        }
        strangers.push(stream);
    }
    sleep(READ).await;
    let fake_call = async {
        let mut client = server.client().await;
        // Large enough to need what the strangers have.
        let request =
            GetAecsStatusRequest { nonce: vec![7; 50 * 1024], ..GetAecsStatusRequest::default() };
        client.get_aecs_status(request).await.unwrap();
    };
    timeout(LONG, fake_call).await.expect("it is served");
}

#[tokio::test]
async fn h05_an_answer_that_is_not_taken_ends_the_connection() {
    let receive_timeout = Duration::from_millis(300);
    let server = Server::start(&Fake::new(), Limits { receive_timeout, ..limits() }).await;
    // SETTINGS_INITIAL_WINDOW_SIZE: the client takes nothing of an answer, or one byte.
    for window in [0, 1] {
        let mut stream = wire::open(server.address).await;
        stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, window])).await.unwrap();
        stream.write_all(&wire::request(1, STATUS)).await.unwrap();
        stream.write_all(&frame(DATA, 1, 1, &[0; 5])).await.unwrap();
        assert_closes(&mut stream).await;
    }
    is_served(&server).await;
}

#[tokio::test]
async fn h05_a_key_that_has_used_its_share_does_not_keep_another_from_its_own() {
    let pki = Pki::new();
    let tls = watch::Sender::new(load_tls(&pki.good_files()).unwrap().acceptor);
    let limits = Limits { max_buffered_bytes: 512 * 1024, ..limits() };
    let (fake, large) = (Fake::new(), 56 * 1024);
    let server = Server::start_with(&fake, limits, Some(tls.subscribe())).await;
    let [greedy, modest] = [client(&pki), client(&pki)];
    // Four requests with 240 of the 256 KiB that one origin may have: 4 KiB each for the streams.
    for _ in 0..4 {
        let mut client = greedy.connect(&server).await.unwrap();
        let request = TaRemoteCallRequest { req_json: "x".repeat(large), ..Default::default() };
        tokio::spawn(async move { client.ta_remote_call(request).await });
        fake.begun().await;
    }
    let mut client = modest.connect(&server).await.unwrap();
    let request = GetAecsStatusRequest { nonce: vec![7; large], ..Default::default() };
    let answer = timeout(LONG, client.get_aecs_status(request)).await;
    answer.expect("it is served").unwrap();
}

#[tokio::test]
async fn h05_administrators_have_places_of_their_own() {
    let fake = Fake::new();
    let server = Server::start(&fake, limits()).await;
    let client = server.client().await;
    let mut calls: Vec<_> = (0..20).map(|_| call(&client)).collect();
    fake.begun().await;
    sleep(READ).await;
    let mut administrator = server.client().await;
    let answer = administrator.aecs_admin_remote_call(AdminRemoteCallRequest::default());
    let answer = timeout(LONG, answer).await.expect("an administrator does not wait");
    // The fake has no such function; what counts is that it was asked.
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    (0..20).for_each(|_| fake.permit());
    for call in calls.drain(..) {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn f09_connections_beyond_the_limit_wait() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_connections: 2, ..limits() }).await;
    let clients = [server.client().await, server.client().await];
    let working: Vec<_> = clients.iter().map(call).collect();
    fake.begun().await;
    sleep(READ).await;
    let mut third = tokio::spawn({
        let address = server.address;
        async move {
            let address = format!("http://{address}");
            let mut client = AecsClient::connect(address).await.unwrap();
            client.get_aecs_status(GetAecsStatusRequest::default()).await
        }
    });
    assert!(timeout(READ, &mut third).await.is_err(), "it waits");
    fake.permit();
    fake.permit();
    for call in working {
        call.await.unwrap().unwrap();
    }
    // The two have nothing to ask any more: one of them makes room, or goes.
    timeout(LONG, third).await.expect("it has its turn").unwrap().unwrap();
}

#[tokio::test]
async fn f09_a_connection_that_waits_outlives_the_end_of_another() {
    let fake = Fake::new();
    let server = Server::start(&fake, Limits { max_connections: 2, ..limits() }).await;
    let clients = [server.client().await, server.client().await];
    let [staying, leaving] = clients.each_ref().map(call);
    sleep(READ).await;
    let third = tokio::spawn({
        let address = format!("http://{}", server.address);
        async move {
            let mut client = AecsClient::connect(address).await.unwrap();
            client.get_aecs_status(GetAecsStatusRequest::default()).await
        }
    });
    sleep(READ).await;
    leaving.abort();
    drop(clients);
    timeout(LONG, third).await.expect("it has its turn").unwrap().unwrap();
    staying.abort();
}

#[tokio::test]
async fn f09_a_fleet_that_starts_at_once_is_not_refused() {
    let limits = Limits { max_connections: 32, max_concurrent_requests: 4, ..limits() };
    let fake = Fake::new();
    let server = Server::start(&fake, limits).await;
    let address = format!("http://{}", server.address);
    // All places are taken, and the seats as well, before the first call ends.
    let ending = tokio::spawn(async move {
        sleep(READ).await;
        loop {
            fake.permit();
            sleep(Duration::from_millis(1)).await;
        }
    });
    let fleet: Vec<_> = (0..200)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move {
                loop {
                    let connected = AecsClient::connect(address.clone());
                    let Ok(mut client) = connected.await else { continue };
                    match client.ta_remote_call(TaRemoteCallRequest::default()).await {
                        Ok(_) => return,
                        // On a busy machine a client may be late, and lose its seat.
                        Err(status) => assert_ne!(status.code(), Code::ResourceExhausted),
                    }
                }
            })
        })
        .collect();
    for application in fleet {
        timeout(LONG, application).await.expect("it is served").unwrap();
    }
    ending.abort();
}

#[tokio::test]
async fn a_body_in_many_pieces_is_one_request() {
    let fake = Fake::new();
    let server = Server::start(&fake, limits()).await;
    fake.permit();
    let mut client = server.client().await;
    let request =
        TaRemoteCallRequest { req_json: "x".repeat(60 * 1024), ..TaRemoteCallRequest::default() };
    client.ta_remote_call(request).await.unwrap();
}
