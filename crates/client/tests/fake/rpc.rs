//! The RPCs of the fake server.

use super::*;

#[tonic::async_trait]
impl Aecs for Fake {
    async fn get_aecs_status(
        &self,
        request: Request<GetAecsStatusRequest>,
    ) -> Result<Response<GetAecsStatusResponse>, Status> {
        self.status_calls.fetch_add(1, Ordering::SeqCst);
        if self.is(Lie::Silence) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let request = request.into_inner();
        let identity = self.identity();
        if self.is(Lie::OtherSuite) {
            assert_ne!(request.accepted_suites, [identity.suite().to_string()]);
        } else {
            assert_eq!(request.accepted_suites, [identity.suite().to_string()]);
        }
        assert_eq!(request.nonce.len(), 16);
        let lie = *self.lie.lock().unwrap();
        let nonce = match lie {
            Lie::OtherNonce => vec![0; 16],
            Lie::NoNonce => Vec::new(),
            _ => request.nonce,
        };
        let status = self.status(&identity, nonce);
        let mut status_str = json::to_string(&status);
        let swapped = self.is(Lie::KeySwapped);
        let signer = if swapped { &self.other } else { self.signer(&identity, Lie::SignedByOther) };
        let signature =
            envelope::sign_detached(Purpose::STATUS, signer, status_str.as_bytes()).unwrap();
        if self.is(Lie::StatusChanged) {
            status_str = status_str.replace("Working", "Pending");
        }
        let mut report = self.report(&identity);
        if swapped {
            report.pem_public_key = self.other.public().pem().to_owned();
        }
        Ok(Response::new(GetAecsStatusResponse {
            auth_ra_report: (!self.is(Lie::NoReport)).then_some(report),
            status_str,
            status_sig: (!self.is(Lie::NoSignature)).then_some(signature),
        }))
    }

    async fn aecs_admin_remote_call(
        &self,
        request: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        let purposes = (Purpose::ADMIN_REQUEST, Purpose::ADMIN_RESPONSE);
        self.admin(request.into_inner(), purposes, "Enclave").await.map(Response::new)
    }

    async fn service_admin_remote_call(
        &self,
        request: Request<AdminRemoteCallRequest>,
    ) -> Result<Response<AdminRemoteCallResponse>, Status> {
        let purposes = (Purpose::SERVICE_REQUEST, Purpose::SERVICE_RESPONSE);
        self.admin(request.into_inner(), purposes, "service1").await.map(Response::new)
    }

    async fn ta_remote_call(
        &self,
        request: Request<TaRemoteCallRequest>,
    ) -> Result<Response<TaRemoteCallResponse>, Status> {
        self.on_the_way().await?;
        let identity = self.identity();
        let request = request.into_inner();
        let report = request.auth_report.clone().unwrap();
        verifier(&self.cpu).verify(&report, std::time::SystemTime::now()).unwrap();
        self.reports.lock().unwrap().push(report.report.unwrap().json_report);
        if let Lie::EvidenceRefused(times) = *self.lie.lock().unwrap()
            && self.calls() <= times
        {
            return Err(Status::unauthenticated("report refused | Error code: 0xAA280000"));
        }
        let ta = PublicKey::from_pem(&report.pem_public_key).unwrap();
        let signed = Transcript::new("AECS-2.1 TA request")
            .field(request.function_name.as_bytes())
            .field(&request.issued_at_ms.to_be_bytes())
            .field(&request.nonce)
            .field(identity.public().fingerprint().as_bytes())
            .field(&digest(request.binding.as_ref().unwrap()))
            .field(request.req_json.as_bytes());
        let share = request.session_share.as_slice();
        let signed = if share.is_empty() { signed } else { signed.field(share) };
        let signature = STANDARD.decode(&request.signature_b64).unwrap();
        ta.verify(Purpose::TA_REQUEST, signed.as_bytes(), &signature)
            .map_err(|_| Fake::not_authentic())?;
        self.check(&identity, request.binding.clone(), &request.nonce)?;
        let session = self.begin_session(&identity, &ta, &request);

        let echoed = |nonce: String| match self.is(Lie::OtherInnerNonce) {
            true => "other".to_owned(),
            false => nonce,
        };
        let res_json = match request.function_name.as_str() {
            "TaGetSecret" => {
                let get: TaGetSecretRequest = json::from_str(&request.req_json).unwrap();
                let secret = json::to_string(&self.secret(&get.service_name, &get.secret_name));
                let other = vec![0; 16];
                let aad = if self.is(Lie::SecretForOtherRequest) { &other } else { &request.nonce };
                let (purpose, secret) = (Purpose::TA_SECRET, secret.as_bytes());
                // No answer has an envelope with a signature of its own.
                let sealed = match self.is(Lie::SecretSignedByOther) {
                    true => {
                        let signer = self.signer(&identity, Lie::SecretSignedByOther);
                        envelope::seal(Protocol::Aecs21, purpose, &ta, signer, aad, secret)
                    }
                    false => envelope::seal_within(purpose, &ta, aad, secret),
                };
                let unchanged = self.is(Lie::Unchanged);
                let none = unchanged || self.is(Lie::NoAnswer);
                let secret_enc = (!none).then(|| sealed.unwrap());
                let nonce = echoed(get.nonce);
                json::to_string(&TaGetSecretResponse { secret_enc, nonce, unchanged })
            }
            "TaGetSecrets" => {
                let get: TaGetSecretsRequest = json::from_str(&request.req_json).unwrap();
                let found = json::to_string(&self.secrets(&get.wanted));
                let (purpose, nonce) = (Purpose::TA_SECRETS, &request.nonce);
                let sealed = envelope::seal_within(purpose, &ta, nonce, found.as_bytes()).unwrap();
                let nonce = echoed(get.nonce);
                json::to_string(&TaGetSecretsResponse { secrets_enc: Some(sealed), nonce })
            }
            "TaCreateSecret" => {
                let create: TaCreateSecretRequest = json::from_str(&request.req_json).unwrap();
                json::to_string(&TaCreateSecretResponse { nonce: echoed(create.nonce) })
            }
            "TaDestroySecret" => {
                let destroy: TaDestroySecretRequest = json::from_str(&request.req_json).unwrap();
                json::to_string(&TaDestroySecretResponse { nonce: echoed(destroy.nonce) })
            }
            other => panic!("{other}"),
        };
        let function = match self.is(Lie::AnswerOfOtherFunction) {
            true => "TaListSecret",
            false => request.function_name.as_str(),
        };
        let other = vec![0; 16];
        let nonce = if self.is(Lie::AnswerToOtherRequest) { &other } else { &request.nonce };
        let signed = Transcript::new("AECS-2.1 TA response")
            .field(function.as_bytes())
            .field(nonce)
            .field(&state_bytes(Some(&self.state())))
            .field(&[0])
            .field(res_json.as_bytes());
        let signed = match &session {
            None => signed,
            Some(session) => signed.field(
                &Transcript::new("AECS-2.1 TA session")
                    .field(&session.id)
                    .field(&session.share)
                    .field(&session.evidence_until_ms.to_be_bytes())
                    .field(&session.lifetime_ms.to_be_bytes())
                    .sha256(),
            ),
        };
        let signer = self.signer(&identity, Lie::AnswerSignedByOther);
        let signature = signer.sign(Purpose::TA_RESPONSE, signed.as_bytes()).unwrap();
        Ok(Response::new(TaRemoteCallResponse {
            auth_report: None,
            res_json,
            signature_b64: STANDARD.encode(signature),
            state: Some(self.state()),
            session,
            ..TaRemoteCallResponse::default()
        }))
    }

    async fn get_enclave_secret_public(
        &self,
        request: Request<GetEnclaveSecretPublicRequest>,
    ) -> Result<Response<GetEnclaveSecretPublicResponse>, Status> {
        self.on_the_way().await?;
        let identity = self.identity();
        let request = request.into_inner();
        let secret_public =
            json::to_string(&self.secret(&request.service_name, &request.secret_name));
        let nonce =
            if self.is(Lie::AnswerToOtherRequest) { "other" } else { request.nonce.as_str() };
        let signed = Transcript::new("AECS-2.1 public secret")
            .field(request.service_name.as_bytes())
            .field(request.secret_name.as_bytes())
            .field(nonce.as_bytes())
            .field(secret_public.as_bytes());
        let signer = self.signer(&identity, Lie::AnswerSignedByOther);
        let signature = signer.sign(Purpose::PUBLIC_SECRET, signed.as_bytes()).unwrap();
        Ok(Response::new(GetEnclaveSecretPublicResponse {
            auth_ra_report: None,
            secret_public,
            signature_b64: STANDARD.encode(signature),
            nonce: if self.is(Lie::OtherInnerNonce) { "other".into() } else { request.nonce },
        }))
    }

    async fn ta_session_call(
        &self,
        request: Request<TaSessionCallRequest>,
    ) -> Result<Response<TaSessionCallResponse>, Status> {
        self.in_session(&request.into_inner()).map(Response::new)
    }

    async fn sync_with_remote_aecs(
        &self,
        _: Request<SyncWithRemoteAecsRequest>,
    ) -> Result<Response<SyncWithRemoteAecsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_remote_secret(
        &self,
        _: Request<GetRemoteSecretRequest>,
    ) -> Result<Response<GetRemoteSecretResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}
