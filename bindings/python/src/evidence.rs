//! Evidence that is verified offline, policies that judge it, and reports of this machine's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use aecs_attest::{
    Acceptance, Attributes, Backing, Circumstances, NamedList, NamedLists, ReportRequest,
    TcbStatus, Verified, inline,
};
use aecs_client::files::lists::NamedListsFile;
use aecs_client::files::placed::{PlacedPolicy, PolicyFile};
use aecs_client::files::root::RootFile;
use aecs_crypto::PublicKey;
use aecs_proto::{UnifiedAttestationAuthReport, json};
use pyo3::prelude::*;

use crate::convert;
use crate::error;
use crate::explanation::Explained;
use crate::platform::{self, Simulation};

/// Whose evidence is genuine: the vendors' roots, and those that are given.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Verifier(aecs_attest::Verifier);

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(signature = (*, roots=Vec::new(), simulation_root=None))]
    fn new(py: Python<'_>, roots: Vec<String>, simulation_root: Option<Vec<u8>>) -> PyResult<Self> {
        let mut verifier = aecs_attest::Verifier::builder().vendor_roots();
        for root in roots {
            let read: RootFile = root.parse().map_err(|help: String| {
                error::input(py, &format!("{root:?} is not a root"), &help)
            })?;
            let content = read.read().map_err(|error| error::of_file(py, error))?;
            verifier = verifier.root(read.platform, content);
        }
        if let Some(root) = simulation_root {
            let root = inline::root_in(root).map_err(|error| {
                error::input(py, &error.to_string(), "give what `aecs-sim root DIR` prints")
            })?;
            tracing::warn!("simulation: reports of a software CPU are accepted");
            verifier = verifier.simulated_root(root);
        }
        let verifier = verifier.build().map_err(|error| error::of_evidence(py, &error))?;
        Ok(Self(verifier))
    }

    /// Verifies a report, as it holds at a time.
    #[pyo3(signature = (report, *, now=None))]
    fn verify(
        &self,
        py: Python<'_>,
        report: &Bound<'_, PyAny>,
        now: Option<f64>,
    ) -> PyResult<Evidence> {
        let (report, now) = (convert::text(report)?, convert::time(py, now)?);
        let report: UnifiedAttestationAuthReport =
            json::from_str(report.expose()).map_err(|error| {
                let help = "give the JSON of a report with its key, as make_report() makes it";
                error::input(py, &error.to_string(), help)
            })?;
        let verified = py.detach(|| self.0.verify(&report, now));
        verified.map(Evidence).map_err(|error| error::of_evidence(py, &error))
    }
}

/// Evidence that is genuine.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Evidence(Verified<Attributes>);

#[pymethods]
impl Evidence {
    #[getter]
    fn platform(&self) -> String {
        self.0.platform().to_string()
    }

    #[getter]
    fn simulated(&self) -> bool {
        self.0.backing() != Backing::Hardware
    }

    #[getter]
    fn measurement(&self) -> &str {
        self.0.measurement()
    }

    #[getter]
    fn signer(&self) -> &str {
        self.0.signer()
    }

    #[getter]
    fn product(&self) -> &str {
        self.0.product()
    }

    #[getter]
    fn security_version(&self) -> Option<u32> {
        self.0.security_version()
    }

    #[getter]
    fn debug(&self) -> bool {
        self.0.debug()
    }

    #[getter]
    fn user_data(&self) -> Vec<u8> {
        self.0.user_data().0.to_vec()
    }

    #[getter]
    fn public_key(&self) -> &str {
        self.0.public_key().pem()
    }

    #[getter]
    fn tcb_status(&self) -> String {
        self.0.tcb_status().to_string()
    }

    #[getter]
    fn revocation(&self) -> String {
        self.0.revocation().to_string()
    }

    #[getter]
    fn valid_from(&self) -> f64 {
        convert::seconds(self.0.valid_from())
    }

    #[getter]
    fn valid_until(&self) -> f64 {
        convert::seconds(self.0.valid_until())
    }

    /// What was checked, and what was found.
    #[getter]
    fn checks(&self) -> Vec<(String, String)> {
        let told = |it: &aecs_attest::Passed| (it.check.to_string(), it.detail.to_string());
        self.0.checks().iter().map(told).collect()
    }

    /// All attributes as JSON.
    fn attributes(&self) -> String {
        convert::json_of(self.0.as_proto())
    }

    fn __repr__(&self) -> String {
        format!("<aecs.Evidence {} {}>", self.platform(), self.measurement())
    }
}

/// Whom a policy file admits.
#[pyclass(frozen, module = "aecs")]
pub(crate) struct Policy {
    placed: PlacedPolicy,
    policy: aecs_attest::Policy,
    acceptance: Acceptance,
    lists: NamedLists,
}

impl Policy {
    fn circumstances(&self, now: SystemTime) -> Circumstances<'_> {
        Circumstances::new(&self.acceptance, now).with_lists(&self.lists)
    }
}

/// The named lists of files.
fn named_lists(py: Python<'_>, files: Vec<PathBuf>) -> PyResult<NamedLists> {
    let mut lists = NamedLists::default();
    for path in files {
        let file = NamedListsFile::load(&path).map_err(|error| error::of_file(py, error))?;
        for list in file.lists {
            let Some(content) = &list.content else { continue };
            let content = NamedList::parse(content).map_err(|error| {
                let what = format!("{}: {error}", path.display());
                error::input(py, &what, "correct the list")
            })?;
            lists.insert(list.list_name, Arc::new(content));
        }
    }
    Ok(lists)
}

#[pymethods]
impl Policy {
    /// Of a file, or of its text; of several policies, the one of a secret.
    #[new]
    #[pyo3(signature = (
        *, path=None, text=None, secret=None, lists=Vec::new(), accepted_tcb_statuses=None,
        insecure_open_rules=false
    ))]
    fn new(
        py: Python<'_>,
        path: Option<PathBuf>,
        text: Option<&Bound<'_, PyAny>>,
        secret: Option<&str>,
        lists: Vec<PathBuf>,
        accepted_tcb_statuses: Option<Vec<String>>,
        insecure_open_rules: bool,
    ) -> PyResult<Self> {
        let file = match (convert::optional_text(text)?, path) {
            (Some(text), name) => PolicyFile::parse(convert::file_name(name), text.expose()),
            (None, Some(path)) => PolicyFile::load(path),
            (None, None) => return Err(error::usage(py, "neither a path nor a text", "give one")),
        };
        let file = file.map_err(|error| error::of_file(py, error))?;
        let wanted = |of: &str| secret.is_none_or(|secret| secret == of);
        let open = file.open_rules().iter().find(|rule| wanted(rule.secret()));
        if let Some(open) = open.filter(|_| !insecure_open_rules) {
            let help = "pin a measurement or a signer in the rule; servers refuse it on hardware";
            return Err(error::input(py, &open.to_string(), help));
        }
        let mut policies = file.policies.into_iter();
        let mut wanted = policies.by_ref().filter(|it| wanted(it.secret.as_deref().unwrap_or("")));
        let (Some(placed), None) = (wanted.next(), wanted.next()) else {
            let what = "the file has no such policy, or several";
            return Err(error::input(py, what, "name the secret whose policy is meant"));
        };
        let policy = aecs_attest::Policy::parse(&placed.policy)
            .map_err(|error| error::input(py, &error.to_string(), "correct the policy"))?;
        let lists = named_lists(py, lists)?;
        policy.check_lists(&lists).map_err(|error| {
            error::input(py, &error.to_string(), "name the file that has the list with `lists`")
        })?;
        let mut acceptance = Acceptance::default();
        if let Some(names) = accepted_tcb_statuses {
            let status = |name: &String| {
                TcbStatus::acceptable().find(|status| status.as_str() == name).ok_or_else(|| {
                    let names: Vec<_> = TcbStatus::acceptable().map(TcbStatus::as_str).collect();
                    let help = format!("the statuses are {}", names.join(", "));
                    error::input(py, &format!("unknown TCB status {name:?}"), &help)
                })
            };
            acceptance.tcb_statuses = names.iter().map(status).collect::<PyResult<_>>()?;
        }
        Ok(Self { placed, policy, acceptance, lists })
    }

    /// Refuses evidence that is not of those wanted.
    #[pyo3(signature = (evidence, *, now=None))]
    fn admit(&self, py: Python<'_>, evidence: &Evidence, now: Option<f64>) -> PyResult<()> {
        let circumstances = self.circumstances(convert::time(py, now)?);
        let admitted = self.policy.admit(&evidence.0, circumstances);
        admitted.map(drop).map_err(|denial| error::of_denial(py, &denial))
    }

    /// What the policy makes of evidence.
    #[pyo3(signature = (evidence, *, now=None))]
    fn explain(
        &self,
        py: Python<'_>,
        evidence: &Evidence,
        now: Option<f64>,
    ) -> PyResult<Explained> {
        let circumstances = self.circumstances(convert::time(py, now)?);
        let explanation = self.policy.explain(evidence.0.get(), circumstances);
        Ok(Explained::new(&self.placed, &explanation))
    }
}

/// A report that binds a public key and 32 bytes: the JSON that `Verifier.verify` takes.
#[pyfunction]
#[pyo3(signature = (public_key, *, user_data=None, platform=None, simulation=None))]
pub(crate) fn make_report(
    py: Python<'_>,
    public_key: &str,
    user_data: Option<Vec<u8>>,
    platform: Option<&str>,
    simulation: Option<Simulation>,
) -> PyResult<String> {
    let key: PublicKey = convert::public_key(py, public_key)?;
    let user_data = convert::user_data(py, user_data.as_deref())?;
    let own = platform::named(py, platform, simulation.as_ref())?;
    let made = py.detach(|| {
        let attester = own.open()?;
        let request = ReportRequest::passport(user_data, &key);
        attester.attest(&request).map_err(aecs_client::Error::Attester)
    });
    made.map(|report| json::to_string(&report)).map_err(|error| error::to_python(py, &error))
}
