//! A service that does what a test says, and a server around it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, GetAecsStatusRequest, GetAecsStatusResponse,
    GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse, GetRemoteSecretRequest,
    GetRemoteSecretResponse, SyncWithRemoteAecsRequest, SyncWithRemoteAecsResponse,
    TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest, TaSessionCallResponse,
    aecs_client::AecsClient, aecs_server::Aecs,
};
use aecs_server::serve::{Limits, Readiness, Slot, run};
use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore, oneshot, watch},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;
use tonic::{Request, Response, Status, async_trait, transport::Channel};

/// Answers a status at once, and a call of a trusted application when it is allowed to. Works on a
/// synchronisation beyond the answer. A call in a session rests until it has to end.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Stage>);

struct Stage {
    begun: Notify,
    permitted: Semaphore,
    /// Places of synchronisations.
    places: Mutex<Vec<Slot>>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Stage {
            begun: Notify::new(),
            permitted: Semaphore::new(0),
            places: Mutex::default(),
        }))
    }

    /// Waits until a call has reached the service.
    pub(crate) async fn begun(&self) {
        self.0.begun.notified().await;
    }

    /// Ends all synchronisations.
    pub(crate) fn finish(&self) {
        self.0.places.lock().unwrap().clear();
    }

    /// Lets one call finish.
    pub(crate) fn permit(&self) {
        self.0.permitted.add_permits(1);
    }
}

type Answer<T> = Result<Response<T>, Status>;

impl aecs_server::serve::Readiness for Fake {}

#[async_trait]
impl Aecs for Fake {
    async fn get_aecs_status(
        &self,
        _: Request<GetAecsStatusRequest>,
    ) -> Answer<GetAecsStatusResponse> {
        Ok(Response::new(Default::default()))
    }

    async fn ta_remote_call(
        &self,
        _: Request<TaRemoteCallRequest>,
    ) -> Answer<TaRemoteCallResponse> {
        self.0.begun.notify_one();
        self.0.permitted.acquire().await.unwrap().forget();
        Ok(Response::new(Default::default()))
    }

    async fn ta_session_call(
        &self,
        request: Request<TaSessionCallRequest>,
    ) -> Answer<TaSessionCallResponse> {
        let rest = request.extensions().get::<Slot>().unwrap().clone().rest();
        drop(request);
        self.0.begun.notify_one();
        tokio::select! {
            () = rest.over() => {}
            () = tokio::time::sleep_until(rest.until) => {}
        }
        Ok(Response::new(Default::default()))
    }

    async fn sync_with_remote_aecs(
        &self,
        request: Request<SyncWithRemoteAecsRequest>,
    ) -> Answer<SyncWithRemoteAecsResponse> {
        let place = request.extensions().get::<Slot>().cloned();
        self.0.places.lock().unwrap().extend(place);
        Ok(Response::new(Default::default()))
    }

    async fn get_remote_secret(
        &self,
        _: Request<GetRemoteSecretRequest>,
    ) -> Answer<GetRemoteSecretResponse> {
        Err(Status::unimplemented("not part of the play"))
    }

    async fn aecs_admin_remote_call(
        &self,
        _: Request<AdminRemoteCallRequest>,
    ) -> Answer<AdminRemoteCallResponse> {
        Err(Status::unimplemented("not part of the play"))
    }

    async fn service_admin_remote_call(
        &self,
        _: Request<AdminRemoteCallRequest>,
    ) -> Answer<AdminRemoteCallResponse> {
        Err(Status::unimplemented("not part of the play"))
    }

    async fn get_enclave_secret_public(
        &self,
        _: Request<GetEnclaveSecretPublicRequest>,
    ) -> Answer<GetEnclaveSecretPublicResponse> {
        Err(Status::unimplemented("not part of the play"))
    }
}

/// Limits that no test reaches by accident.
pub(crate) fn limits() -> Limits {
    Limits {
        max_message_bytes: 64 * 1024,
        max_connections: 16,
        max_concurrent_requests: 16,
        max_buffered_bytes: 16 * 1024 * 1024,
        receive_timeout: Duration::from_secs(60),
        request_timeout: Duration::from_secs(60),
        handshake_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(60),
        drain_timeout: Duration::from_secs(60),
    }
}

/// A running server on a free port.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(fake: &Fake, limits: Limits) -> Self {
        Self::start_with(fake, limits, None).await
    }

    pub(crate) async fn start_with(
        fake: &Fake,
        limits: Limits,
        tls: Option<watch::Receiver<TlsAcceptor>>,
    ) -> Self {
        Self::start_service(fake.clone(), limits, tls).await
    }

    /// The same of another service.
    pub(crate) async fn start_service<S: Aecs + Readiness + Clone>(
        service: S,
        limits: Limits,
        tls: Option<watch::Receiver<TlsAcceptor>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(run(listener, service, tls, limits, shutdown));
        Self { address, stop: Some(stop), task }
    }

    pub(crate) async fn channel(&self) -> Result<Channel, tonic::transport::Error> {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await
    }

    pub(crate) async fn client(&self) -> AecsClient<Channel> {
        AecsClient::new(self.channel().await.unwrap())
    }

    /// Asks the server to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for its end.
    pub(crate) async fn end(self) {
        self.task.await.unwrap().unwrap();
    }
}

/// A call that stays in the service until it is permitted to finish.
pub(crate) fn call(
    client: &AecsClient<Channel>,
) -> JoinHandle<Result<Response<TaRemoteCallResponse>, Status>> {
    let mut client = client.clone();
    tokio::spawn(async move { client.ta_remote_call(TaRemoteCallRequest::default()).await })
}
