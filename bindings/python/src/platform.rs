//! The platform that an application proves itself on.

use std::path::PathBuf;

use aecs_client::OwnPlatform;
use pyo3::prelude::*;

use crate::error;

/// A software CPU, and who the application is on it.
#[pyclass(frozen, module = "aecs", from_py_object)]
#[derive(Clone)]
#[cfg_attr(not(feature = "simulation"), expect(dead_code, reason = "nothing is simulated"))]
pub(crate) struct Simulation {
    folder: PathBuf,
    mrenclave: Option<String>,
    mrsigner: Option<String>,
    prod_id: Option<u16>,
    svn: Option<u16>,
    debug: bool,
}

#[pymethods]
impl Simulation {
    #[new]
    #[pyo3(signature = (folder, *, mrenclave=None, mrsigner=None, prod_id=None, svn=None, debug=false))]
    fn new(
        folder: PathBuf,
        mrenclave: Option<String>,
        mrsigner: Option<String>,
        prod_id: Option<u16>,
        svn: Option<u16>,
        debug: bool,
    ) -> Self {
        Self { folder, mrenclave, mrsigner, prod_id, svn, debug }
    }
}

/// The platform that the caller names.
pub(crate) fn named(
    py: Python<'_>,
    platform: Option<&str>,
    simulation: Option<&Simulation>,
) -> PyResult<OwnPlatform> {
    match (platform, simulation) {
        (None, None) => Ok(OwnPlatform::Auto),
        (Some(name), None) => name.parse().map_err(|error: aecs_client::NotAPlatform| {
            let help = "the platforms are auto, gramine, occlum, tdx, sev_snp and cca";
            error::input(py, &error.to_string(), help)
        }),
        (None, Some(simulation)) => simulated(py, simulation),
        (Some(_), Some(_)) => {
            Err(error::usage(py, "both a platform and a simulation", "leave one of them out"))
        }
    }
}

#[cfg(feature = "simulation")]
fn simulated(py: Python<'_>, simulation: &Simulation) -> PyResult<OwnPlatform> {
    let mut identity =
        OwnPlatform::identity_of_this_program().map_err(|error| error::to_python(py, &error))?;
    let read = |text: &Option<String>, of: &mut [u8; 32]| match text {
        Some(text) => hex::decode_to_slice(text, of).map_err(|_| {
            error::input(py, "a measurement or signer is not 64 hexadecimal digits", "count them")
        }),
        None => Ok(()),
    };
    read(&simulation.mrenclave, &mut identity.mrenclave)?;
    read(&simulation.mrsigner, &mut identity.mrsigner)?;
    identity.prod_id = simulation.prod_id.unwrap_or(identity.prod_id);
    identity.svn = simulation.svn.unwrap_or(identity.svn);
    identity.debug = simulation.debug;
    Ok(OwnPlatform::Simulation { folder: simulation.folder.clone(), identity })
}

#[cfg(not(feature = "simulation"))]
fn simulated(py: Python<'_>, _simulation: &Simulation) -> PyResult<OwnPlatform> {
    Err(error::usage(
        py,
        "this build of the package has no simulation",
        "build it with the feature `simulation` for development: docs/guide/python.md",
    ))
}
