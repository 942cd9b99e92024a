//! Which server an application connects to, and how.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Mutex;
use std::time::Duration;

use aecs_client::{OwnPlatform, Suite, TaClientBuilder, UserData};

use crate::border::{Result, call, give, given, quietly, texts};
use crate::error::{Failure, Status};

/// Which server to connect to, and how. Belongs to the caller, who frees it with aecs_options_free. One
/// thread at a time.
pub struct Options(Mutex<Option<TaClientBuilder>>);

impl Options {
    fn new(builder: TaClientBuilder) -> Self {
        Self(Mutex::new(Some(builder)))
    }

    /// What was prepared; it serves for one connection.
    pub(crate) fn take(&self) -> Result<TaClientBuilder> {
        let used = || Failure::usage("the options were used for another connection");
        self.0.lock().map_err(|_| Failure::panicked())?.take().ok_or_else(used)
    }

    fn change(&self, change: impl FnOnce(TaClientBuilder) -> TaClientBuilder) -> Result<()> {
        let changed = change(self.take()?);
        *self.0.lock().map_err(|_| Failure::panicked())? = Some(changed);
        Ok(())
    }
}

/// The platform of that name; without one, what the environment says.
pub(crate) fn platform(name: &str) -> Result<OwnPlatform> {
    match name {
        "" => Ok(OwnPlatform::from_env()?),
        name => name.parse::<OwnPlatform>().map_err(|error| Failure::usage(format!("{error}"))),
    }
}

/// Options that a kubeconfig gives.
///
/// kubeconfig: path of the file that says which server to trust, without an administrator.
/// platform: auto, gramine, occlum, tdx, sev_snp or cca; NULL is what AECS_ATTESTER says, or auto.
///
/// Nothing is sent yet. The caller frees *result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_options_from_kubeconfig(
    kubeconfig: *const c_char,
    platform: *const c_char,
    result: Option<&mut MaybeUninit<*mut Options>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the kubeconfig", kubeconfig), ("the platform", platform)]) };
    give(result, error, || {
        let [kubeconfig, platform] = names?;
        let platform = self::platform(platform)?;
        Ok(Options::new(TaClientBuilder::on_platform(kubeconfig, &platform)?))
    })
}

/// Options that the environment gives: AECS_SERVER_POLICY (the kubeconfig; required), AECS_ENDPOINT,
/// AECS_ATTESTER and AECS_ROOTS, see docs/guide/applications.md. Refused in an enclave, whose
/// environment is the host's.
///
/// Nothing is sent yet. The caller frees *result.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_options_from_env(
    result: Option<&mut MaybeUninit<*mut Options>>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    give(result, error, || Ok(Options::new(TaClientBuilder::from_env()?)))
}

/// How many milliseconds to wait for a server that is starting. 0, the default: it must be there.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_options_wait_for_start(
    options: Option<&Options>,
    milliseconds: u64,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    let wait = Duration::from_millis(milliseconds);
    call(error, || given(options, "the options")?.change(|builder| builder.wait_for_start(wait)))
}

/// 32 bytes of the application's own in its evidence, which policies can ask for. Zero by default.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_options_user_data(
    options: Option<&Options>,
    user_data: Option<&[u8; 32]>,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    call(error, || {
        let user_data = UserData(*given(user_data, "the user data")?);
        given(options, "the options")?.change(|builder| builder.user_data(user_data))
    })
}

/// The suite of the application's key: x25519 (the default), rsa or sm2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aecs_options_suite(
    options: Option<&Options>,
    suite: *const c_char,
    error: Option<&mut MaybeUninit<*mut Failure>>,
) -> Status {
    // SAFETY: what the header asks of the caller.
    let names = unsafe { texts([("the suite", suite)]) };
    call(error, || {
        let [suite] = names?;
        let suite: Suite =
            suite.parse().map_err(|error| Failure::usage(format!("{suite}: {error}")))?;
        given(options, "the options")?.change(|builder| builder.suite(suite))
    })
}

/// Frees options. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn aecs_options_free(options: Option<Box<Options>>) {
    quietly((), || drop(options));
}
