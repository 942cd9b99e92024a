//! The gRPC service `kubetee.Aecs`: one call of the core per RPC, and nothing else.

use std::future::{Future, pending};

use aecs_core::{Core, Error};
use aecs_proto::{
    AdminRemoteCallRequest, AdminRemoteCallResponse, GetAecsStatusRequest, GetAecsStatusResponse,
    GetEnclaveSecretPublicRequest, GetEnclaveSecretPublicResponse, GetRemoteSecretRequest,
    GetRemoteSecretResponse, SyncWithRemoteAecsRequest, SyncWithRemoteAecsResponse,
    TaRemoteCallRequest, TaRemoteCallResponse, TaSessionCallRequest, TaSessionCallResponse,
    aecs_server::Aecs,
};
use tonic::{Code, Request, Response, Status, async_trait};
use tracing::{Instrument as _, Span, field};

use crate::{
    serve::{Readiness, Slot},
    status,
};

/// Serves a core.
#[derive(Clone)]
pub struct AecsService {
    core: Core,
}

impl AecsService {
    /// The service over `core`.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    async fn call<Req, Res, Call>(
        &self,
        request: Request<Req>,
        call: impl FnOnce(Core, Req) -> Call,
    ) -> Result<Response<Res>, Status>
    where
        Res: Send + 'static,
        Call: Future<Output = Result<Res, Error>> + Send + 'static,
    {
        let slot = request.extensions().get::<Slot>().cloned();
        run_to_its_end(slot, call(self.core.clone(), request.into_inner())).await
    }
}

impl AecsService {
    /// An application's wait: it rests, and ends with its client.
    async fn wait(
        &self,
        request: Request<TaSessionCallRequest>,
    ) -> Result<Response<TaSessionCallResponse>, Status> {
        let slot = request.extensions().get::<Slot>().cloned();
        let (core, message) = (self.core.clone(), request.into_inner());
        let begun = run_to_its_end(slot.clone(), async move { core.ta_wait(message).await });
        let wait = begun.await?.into_inner();
        let rest = slot.map(Slot::rest);
        let (until, over) = (rest.as_ref().map(|rest| rest.until), async {
            match &rest {
                Some(rest) => rest.over().await,
                None => pending().await,
            }
        });
        let answer = wait.answer(until, over).await;
        answer.map(Response::new).map_err(|error| status::of_core(&error))
    }
}

impl Readiness for AecsService {
    fn is_ready(&self) -> bool {
        self.core.status() == "Working"
    }
}

/// Runs a call in a task of its own: a client that goes away, or a call whose time is over, must
/// not stop it half-way between the store and the answer. It keeps its place among the concurrent
/// requests for as long as it runs.
async fn run_to_its_end<Res: Send + 'static>(
    slot: Option<Slot>,
    call: impl Future<Output = Result<Res, Error>> + Send + 'static,
) -> Result<Response<Res>, Status> {
    let task = async move {
        let result = call.await;
        drop(slot);
        result
    };
    match tokio::spawn(task.in_current_span()).await {
        Ok(Ok(answer)) => Ok(Response::new(answer)),
        Ok(Err(error)) => Err(status::of_core(&error)),
        Err(error) => {
            tracing::error!(%error, "a call broke off");
            Err(status::of_server(Code::Internal, "internal failure; the server's log says more"))
        }
    }
}

/// Puts the name of the called function, which is the client's text, into the request's span.
fn record_function(name: &str) {
    const LONGEST: usize = 64;
    let short: String = name.chars().take(LONGEST).collect();
    Span::current().record("function", field::debug(short));
}

#[async_trait]
impl Aecs for AecsService {
    async fn get_aecs_status(
        &self,
        request: Request<GetAecsStatusRequest>,
    ) -> Result<Response<GetAecsStatusResponse>, Status> {
        self.call(request, |core, req| async move { core.get_aecs_status(req).await }).await
    }

    async fn sync_with_remote_aecs(
        &self,
        request: Request<SyncWithRemoteAecsRequest>,
    ) -> Result<Response<SyncWithRemoteAecsResponse>, Status> {
        self.call(request, |core, req| async move { core.sync_with_remote_aecs(req).await }).await
    }

    async fn get_remote_secret(
        &self,
        request: Request<GetRemoteSecretRequest>,
    ) -> Result<Response<GetRemoteSecretResponse>, Status> {
        self.call(request, |core, req| async move { core.get_remote_secret(req).await }).await
    }

    async fn aecs_admin_remote_call(
        &self,
        request: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        record_function(&request.get_ref().function_name);
        self.call(request, |core, req| async move { core.aecs_admin_remote_call(req).await }).await
    }

    async fn service_admin_remote_call(
        &self,
        request: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        record_function(&request.get_ref().function_name);
        self.call(request, |core, req| async move { core.service_admin_remote_call(req).await })
            .await
    }

    async fn ta_remote_call(
        &self,
        request: Request<TaRemoteCallRequest>,
    ) -> Result<Response<TaRemoteCallResponse>, Status> {
        record_function(&request.get_ref().function_name);
        self.call(request, |core, req| async move { core.ta_remote_call(req).await }).await
    }

    async fn ta_session_call(
        &self,
        request: Request<TaSessionCallRequest>,
    ) -> Result<Response<TaSessionCallResponse>, Status> {
        record_function(&request.get_ref().function_name);
        if Core::waits(request.get_ref()) {
            return self.wait(request).await;
        }
        self.call(request, |core, req| async move { core.ta_session_call(req).await }).await
    }

    async fn get_enclave_secret_public(
        &self,
        request: Request<GetEnclaveSecretPublicRequest>,
    ) -> Result<Response<GetEnclaveSecretPublicResponse>, Status> {
        self.call(request, |core, req| async move { core.get_enclave_secret_public(req).await })
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{sync::oneshot, time::timeout};

    use super::*;

    #[tokio::test]
    async fn a_call_outlives_its_client() {
        let (proceed, wait) = oneshot::channel::<()>();
        let (done, finished) = oneshot::channel();
        let call = async move {
            wait.await.unwrap();
            done.send(()).unwrap();
            Ok(())
        };
        timeout(Duration::from_millis(50), run_to_its_end(None, call)).await.unwrap_err();
        proceed.send(()).unwrap();
        timeout(Duration::from_secs(20), finished).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_call_that_breaks_off_is_answered() {
        let call = async { panic!("a bug") };
        let status = run_to_its_end::<()>(None, call).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("bug"), "{status}");
    }
}
