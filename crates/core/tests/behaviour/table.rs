//! The table of functions, walked by every kind of caller: exactly its rows are served.

use std::sync::Arc;

use crate::support::{Administrator, SERVICE, Ta, World, enclave, refusal};
use aecs_attest::{Attester, ReportRequest, UserData};
use aecs_core::{
    Aecs20::{self, Allow, Deny, Never, ReadOnly},
    Caller::{self, AecsAdmin, Anyone, Custodian, Node, ServiceAdmin, TrustedApplication},
    Effect, Error, ErrorCode, FunctionInfo, Kind,
    State::{self, Any, Recovering, Working},
    functions,
};
use aecs_crypto::{KeyPair, Protocol, Suite};
use aecs_proto::{
    GetAecsStatusRequest, GetEnclaveSecretPublicRequest, GetRemoteSecretRequest,
    SyncWithRemoteAecsRequest,
};
use aecs_sim::{CpuOptions, SimulatedCpu};

/// The rows that may be there. Who adds one here says who may call it. The last column
/// says whether it may be called in a session.
#[rustfmt::skip]
const ROWS: &[(&str, Caller, State, Effect, Aecs20, bool)] = &[
    ("GetAecsStatus",            Anyone,             Any,     Effect::Read,  ReadOnly, false),
    ("GetEnclaveSecretPublic",   Anyone,             Working, Effect::Read,  ReadOnly, false),
    ("GetRemoteSecret",          Node,               Working, Effect::Read,  Allow,    false),
    ("SyncWithRemoteAecs",       Node,               Any,     Effect::Write, Allow,    false),
    ("AecsProvision",            AecsAdmin,          Any,     Effect::Write, Allow,    false),
    ("RegisterEnclaveService",   AecsAdmin,          Working, Effect::Write, Allow,    false),
    ("UnregisterEnclaveService", AecsAdmin,          Working, Effect::Write, Allow,    false),
    ("ListEnclaveService",       AecsAdmin,          Working, Effect::Read,  Allow,    false),
    ("AecsBackupIdentity",       AecsAdmin,          Working, Effect::Write, Allow,    false),
    ("AecsListBackupIdentity",   AecsAdmin,          Working, Effect::Read,  Allow,    false),
    ("AecsDeleteBackupIdentity", AecsAdmin,          Working, Effect::Write, Allow,    false),
    ("ListTaSecret",             AecsAdmin,          Working, Effect::Read,  Allow,    false),
    ("DestroyTaSecret",          AecsAdmin,          Working, Effect::Write, Allow,    false),
    ("AecsSetTime",              AecsAdmin,          Any,     Effect::Write, Never,    false),
    ("ExportStore",              AecsAdmin,          Working, Effect::Read,  Never,    false),
    ("ShowStore",                AecsAdmin,          Working, Effect::Read,  Never,    false),
    ("VerifyStore",              AecsAdmin,          Working, Effect::Read,  Never,    false),
    ("MoveStore",                AecsAdmin,          Working, Effect::Write, Never,    false),
    ("ShowDeployment",           AecsAdmin,          Any,     Effect::Read,  Never,    false),
    ("DiffDeployment",           AecsAdmin,          Any,     Effect::Read,  Never,    false),
    ("ApplyDeployment",          AecsAdmin,          Working, Effect::Write, Never,    false),
    ("ListAdministrator",        AecsAdmin,          Working, Effect::Read,  Never,    false),
    ("AddAdministrator",         AecsAdmin,          Working, Effect::Write, Never,    false),
    ("RemoveAdministrator",      AecsAdmin,          Working, Effect::Write, Never,    false),
    ("RotateAdministratorKey",   AecsAdmin,          Working, Effect::Write, Never,    false),
    ("SetServiceKey",            AecsAdmin,          Working, Effect::Write, Never,    false),
    ("CreateRecovery",           AecsAdmin,          Working, Effect::Write, Never,    false),
    ("ShowRecovery",             AecsAdmin,          Working, Effect::Read,  Never,    false),
    ("RevokeRecovery",           AecsAdmin,          Working, Effect::Write, Never,    false),
    ("FinishRecovery",           AecsAdmin,          Recovering, Effect::Write, Never, false),
    ("ProveRecoveryShare",       Custodian,          Working, Effect::Write, Never,    false),
    ("SubmitRecoveryShare",      Custodian,          Recovering, Effect::Read, Never,  false),
    ("AppointAdministrator",     Custodian,          Any,     Effect::Write, Never,    false),
    ("CreateSecret",             ServiceAdmin,       Working, Effect::Write, Allow,    false),
    ("ApplySecret",              ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("ChangeSecrets",            ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("DestroySecret",            ServiceAdmin,       Working, Effect::Write, Allow,    false),
    ("ListSecret",               ServiceAdmin,       Working, Effect::Read,  Allow,    false),
    ("ListDenial",               ServiceAdmin,       Working, Effect::Read,  Allow,    false),
    ("PutSecret",                ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("UploadSecretData",         ServiceAdmin,       Working, Effect::Read,  Never,    false),
    ("RotateSecret",             ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("RollbackSecret",           ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("ListSecretVersion",        ServiceAdmin,       Working, Effect::Read,  Never,    false),
    ("DeleteSecret",             ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("UndeleteSecret",           ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("UseSecret",                ServiceAdmin,       Working, Effect::Read,  Never,    false),
    ("RotateServiceKey",         ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("PutNamedList",             ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("ListNamedList",            ServiceAdmin,       Working, Effect::Read,  Never,    false),
    ("DestroyNamedList",         ServiceAdmin,       Working, Effect::Write, Never,    false),
    ("TaGetSecret",              TrustedApplication, Working, Effect::Read,  ReadOnly, true),
    ("TaGetSecrets",             TrustedApplication, Working, Effect::Read,  Never,    true),
    ("TaListSecret",             TrustedApplication, Working, Effect::Read,  Never,    true),
    ("TaWaitForChange",          TrustedApplication, Working, Effect::Read,  Never,    true),
    ("TaUseSecret",              TrustedApplication, Working, Effect::Read,  Never,    false),
    ("TaCreateSecret",           TrustedApplication, Working, Effect::Write, Allow,    false),
    ("TaDestroySecret",          TrustedApplication, Working, Effect::Write, Allow,    false),
];

#[test]
fn the_rows_are_pinned() {
    let rows: Vec<_> = functions()
        .map(|row| {
            let function = row.function;
            let in_session = function.in_session();
            let (name, caller, effect) = (function.name(), function.caller(), function.effect());
            (name, caller, row.state, effect, row.aecs20, in_session)
        })
        .collect();
    assert_eq!(rows, ROWS);
}

/// The function that is called in a session, and by nothing else.
const WAIT: &str = "TaWaitForChange";

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// To the function: whatever it said, it was asked.
    Through,
    Unknown,
    NotWorking,
    Aecs20Refused,
    NotAuthentic,
}

fn door<T>(result: &Result<T, Error>) -> Door {
    let Err(error) = result else { return Door::Through };
    match (error.code(), error.kind()) {
        (ErrorCode::AdminFunction | ErrorCode::ServiceFunction, _) => Door::Unknown,
        (ErrorCode::NotWorking, _) => Door::NotWorking,
        (ErrorCode::Aecs20Refused, _) => Door::Aecs20Refused,
        (ErrorCode::RequestNotAuthentic, _) | (ErrorCode::NoSuchName, Kind::Unauthenticated) => {
            Door::NotAuthentic
        }
        _ => Door::Through,
    }
}

/// Every name of the table, and some that are in none.
fn names() -> Vec<String> {
    let near = ["createsecret", "CreateSecret ", "ListSecret\0", "../ListSecret", "Shutdown"];
    let mut names: Vec<String> = near.iter().map(ToString::to_string).collect();
    names.push("ListSecret".repeat(1000));
    names.extend(functions().map(|row| row.function.name().to_owned()));
    // The one that changes the state comes last.
    names.sort_by_key(|name| name == "AecsProvision");
    names
}

struct Walk {
    protocol: Protocol,
    compat: Aecs20,
    working: bool,
}

impl Walk {
    /// What the table says of a proven caller.
    fn expected(&self, caller: Caller, name: &str) -> Door {
        let row =
            functions().find(|row| row.function.caller() == caller && row.function.name() == name);
        // Before provision nobody knows who owns a service.
        if caller == ServiceAdmin && !self.working {
            return Door::NotWorking;
        }
        match row {
            None => Door::Unknown,
            Some(row) if self.protocol == Protocol::Aecs20 && self.compat < row.aecs20 => {
                Door::Aecs20Refused
            }
            Some(FunctionInfo { state: Working, .. }) if !self.working => Door::NotWorking,
            // In a session only.
            Some(_) if name == WAIT => Door::Unknown,
            Some(_) => Door::Through,
        }
    }

    /// What becomes of somebody who only claims to be one: nothing, and not the last word on
    /// whether there is such a function.
    fn expected_of_impostor(&self, caller: Caller, name: &str) -> Door {
        match (caller, self.expected(caller, name)) {
            (TrustedApplication, Door::Through) => Door::NotAuthentic,
            (TrustedApplication, other) => other,
            (ServiceAdmin, Door::NotWorking) => Door::NotWorking,
            _ => Door::NotAuthentic,
        }
    }

    async fn check(&self, world: &World) {
        let speak = |administrator: Administrator| Administrator {
            protocol: self.protocol,
            ..administrator
        };
        let suite = world.admin.suite();
        let stranger = Arc::new(KeyPair::generate(suite).unwrap());
        let key = || KeyPair::generate(suite).unwrap();
        let ta = Ta { protocol: self.protocol, ..world.ta_with(enclave(1), key()) };
        let faker = Ta { protocol: self.protocol, ..elsewhere(world, key()) };

        for name in names() {
            let label = format!("{name:.30?} in {:?}, {:?}", self.protocol, self.compat);
            let impostor = [
                (AecsAdmin, speak(world.administrator(None, stranger.clone()))),
                (AecsAdmin, speak(world.administrator(None, world.service_admin.clone()))),
                (ServiceAdmin, speak(world.administrator(Some(SERVICE), stranger.clone()))),
                (ServiceAdmin, speak(world.administrator(Some(SERVICE), world.admin.clone()))),
                (ServiceAdmin, speak(world.administrator(Some("other"), stranger.clone()))),
            ];
            for (caller, administrator) in impostor {
                let found = ask(&administrator, &name).await;
                assert_eq!(
                    found,
                    self.expected_of_impostor(caller, &name),
                    "no {caller:?}: {label}"
                );
            }
            let found = ask_as_ta(&faker, &name).await;
            let expected = self.expected_of_impostor(TrustedApplication, &name);
            assert_eq!(found, expected, "no application: {label}");

            let owner = speak(world.owner());
            assert_eq!(
                ask(&owner, &name).await,
                self.expected(ServiceAdmin, &name),
                "owner: {label}"
            );
            let found = ask_as_ta(&ta, &name).await;
            assert_eq!(found, self.expected(TrustedApplication, &name), "application: {label}");
            let admin = speak(world.admin());
            assert_eq!(ask(&admin, &name).await, self.expected(AecsAdmin, &name), "admin: {label}");
        }
    }
}

async fn ask(administrator: &Administrator, function: &str) -> Door {
    let request = administrator.request_of(function, "{}".into()).await;
    door(&administrator.send(request).await)
}

async fn ask_as_ta(ta: &Ta, function: &str) -> Door {
    let request = ta.request_of(function, "{}".into()).await;
    door(&ta.core.ta_remote_call(request).await)
}

/// A session is no way around the table, or to another caller's functions.
#[tokio::test]
async fn a_session_gets_the_rows_that_say_so() {
    let world = World::working().await;
    world.import("a", "data", 1).await.unwrap();
    let session = world.ta(enclave(1)).begin(SERVICE, "a").await.unwrap();
    for name in names() {
        let (request, _) = session.end.ask(&name, "{}".into(), None).unwrap();
        let found = match name.as_str() {
            WAIT => door(&world.core.ta_wait(request).await),
            _ => door(&session.send(&request).await),
        };
        let row = ROWS.iter().find(|row| row.0 == name && row.1 == TrustedApplication);
        let expected = match row {
            Some((.., true)) => Door::Through,
            _ => Door::Unknown,
        };
        assert_eq!(found, expected, "{name:.30?}");
    }
}

/// An application on a CPU that the server does not trust.
fn elsewhere(world: &World, key: KeyPair) -> Ta {
    let dir = tempfile::tempdir().unwrap();
    let cpu = SimulatedCpu::create(dir.path(), CpuOptions::default()).unwrap();
    let request = ReportRequest::passport(UserData([0; 32]), key.public());
    let report = cpu.enclave(enclave(1)).attest(&request).unwrap();
    Ta { report, ..world.ta_with(enclave(1), key) }
}

/// Walks the table before and after provision.
async fn walk(suite: Suite, protocol: Protocol, compat: Aecs20) {
    let configure = |config: &mut crate::support::Config| config.compat.aecs20 = compat;
    let pending = World::pending(suite, configure).await;
    Walk { protocol, compat, working: false }.check(&pending).await;
    let working = World::pending(suite, configure).await.provisioned().await;
    Walk { protocol, compat, working: true }.check(&working).await;
}

#[tokio::test]
async fn protocol_2_1_gets_its_rows() {
    walk(Suite::Modern, Protocol::Aecs21, Deny).await;
}

#[tokio::test]
async fn protocol_2_1_gets_its_rows_in_the_suites_of_2_0() {
    walk(Suite::Sm, Protocol::Aecs21, Deny).await;
}

#[tokio::test]
async fn protocol_2_0_gets_nothing_by_default() {
    walk(Suite::Sm, Protocol::Aecs20, Deny).await;
}

#[tokio::test]
async fn protocol_2_0_gets_reads_where_they_are_allowed() {
    walk(Suite::Sm, Protocol::Aecs20, ReadOnly).await;
}

#[tokio::test]
async fn protocol_2_0_gets_its_rows_where_it_is_allowed() {
    walk(Suite::Sm, Protocol::Aecs20, Allow).await;
}

/// A request of an open RPC; one that names no suite speaks protocol 2.0.
async fn ask_openly(world: &World, rpc: &str, suites: &[Suite]) -> Door {
    let accepted_suites = suites.iter().map(ToString::to_string).collect();
    match rpc {
        "GetAecsStatus" => {
            let request = GetAecsStatusRequest { accepted_suites, nonce: vec![] };
            door(&world.core.get_aecs_status(request).await)
        }
        "GetEnclaveSecretPublic" => {
            let request = GetEnclaveSecretPublicRequest { accepted_suites, ..Default::default() };
            door(&world.core.get_enclave_secret_public(request).await)
        }
        _ => panic!("{rpc} is open, and this test does not know how to call it"),
    }
}

#[tokio::test]
async fn anybody_gets_the_open_rpcs() {
    for compat in [Deny, ReadOnly, Allow] {
        let configure = |config: &mut crate::support::Config| config.compat.aecs20 = compat;
        let pending = World::pending(Suite::Sm, configure).await;
        let working = World::pending(Suite::Sm, configure).await.provisioned().await;
        for (world, is_working) in [(&pending, false), (&working, true)] {
            for (protocol, suites) in
                [(Protocol::Aecs20, &[][..]), (Protocol::Aecs21, &[Suite::Modern])]
            {
                let walk = Walk { protocol, compat, working: is_working };
                for row in functions().filter(|row| row.function.caller() == Anyone) {
                    let found = ask_openly(world, row.function.name(), suites).await;
                    assert_eq!(
                        found,
                        walk.expected(Anyone, row.function.name()),
                        "{} {compat:?}",
                        row.function.name()
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn nobody_gets_the_closed_rpcs() {
    for world in [
        World::pending(Suite::Modern, |_| ()).await,
        World::working().await,
        World::allowing_aecs20(Suite::Sm).await,
    ] {
        let before = world.status().await;
        let report = world.ta(crate::support::server_enclave()).report;
        let give = GetRemoteSecretRequest { auth_ra_report: Some(report) };
        let take = SyncWithRemoteAecsRequest { remote_endpoint: "127.0.0.1:19528".into() };
        let refused = [
            refusal(world.core.get_remote_secret(give).await),
            refusal(world.core.sync_with_remote_aecs(take).await),
        ];
        for error in refused {
            assert_eq!(error.kind(), Kind::PermissionDenied);
            assert_eq!(error.code(), ErrorCode::NotWorkingForSync);
        }
        assert_eq!(world.status().await.identity_hash, before.identity_hash);
        assert_eq!(world.status().await.status, before.status);
    }
    assert_eq!(functions().filter(|row| row.function.caller() == Node).count(), 2);
}
