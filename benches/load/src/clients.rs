//! How long a get takes from Rust, from C and from Python, in one run.
//!
//! The programs are those that anybody can run: `crates/capi/tests/c/programs/latency.c` and
//! `bindings/python/examples/get_latency.py`, with the libraries in the folder of this program.

#![allow(clippy::print_stdout, reason = "the figures are what the program is for")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use aecs_client::{OwnPlatform, TaClientBuilder};
use aecs_sim::EnclaveIdentity;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    server::Home,
    target::{self, READ, Target},
};

const TURNS: usize = 5;
/// Gets before those that are measured: the first one begins the session.
const BEFORE: usize = 10;
const SECRET: &str = "latency";

/// Measures on a server with sessions, and on one without them: there, each get shows evidence.
pub(crate) async fn measure(server: &Path, gets: usize) -> Result<()> {
    println!("{:<8} {:<15} {:>9} {:>9}", "mode", "client", "p50 (us)", "to Rust");
    for (mode, sessions) in [("session", true), ("warm", false)] {
        let home = Home::with_sessions(sessions)?;
        let target = Target::start(&home, server).await?;
        let clients = Clients::build(&home, &target, gets).await?;
        let mut medians: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for _ in 0..TURNS {
            medians.entry("Rust").or_default().push(clients.rust().await?);
            medians.entry("C").or_default().push(clients.c()?);
            let [plain, asynchronous] = clients.python()?;
            medians.entry("Python").or_default().push(plain);
            medians.entry("Python asyncio").or_default().push(asynchronous);
        }
        let of = |client: &str| medians.get(client).cloned().map(median).unwrap_or_default();
        for client in ["Rust", "C", "Python", "Python asyncio"] {
            let ratio = of(client) / of("Rust");
            println!("{mode:<8} {client:<15} {:>9.0} {ratio:>9.2}", of(client));
        }
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The programs, and where their server is.
struct Clients {
    folder: PathBuf,
    simulation: PathBuf,
    kubeconfig: PathBuf,
    python: String,
    /// Of each client in one turn.
    gets: usize,
}

impl Clients {
    /// Builds the programs, and creates the secret that they get.
    async fn build(home: &Home, target: &Target, gets: usize) -> Result<Self> {
        let folder = home.path().join("clients");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let own = std::env::current_exe()?;
        let beside = |name| own.with_file_name(name);
        fs::create_dir_all(folder.join("aecs"))?;
        for name in ["libaecs_client.so", "libaecs_client.so.2"] {
            symlink(beside("libaecs_capi.so"), folder.join(name))?;
        }
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-D_POSIX_C_SOURCE=200809L", "-o"])
            .arg(folder.join("c"))
            .arg(sources.join("crates/capi/tests/c/programs/latency.c"))
            .arg("-I")
            .arg(sources.join("crates/capi/include"))
            .arg("-L")
            .arg(&folder)
            .arg("-laecs_client");
        output(&mut cc)?;
        for file in fs::read_dir(sources.join("bindings/python/aecs"))? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), folder.join("aecs").join(file.file_name()))?;
            }
        }
        symlink(beside("lib_aecs.so"), folder.join("aecs/_aecs.abi3.so"))?;
        let script = sources.join("bindings/python/examples/get_latency.py");
        fs::copy(script, folder.join("get_latency.py"))?;
        let print = "import os; print(os.path.realpath('/proc/self/exe'))";
        let python = output(Command::new("python3").args(["-c", print]))?.trim().to_owned();

        let programs = [own.as_path(), &folder.join("c"), Path::new(&python)];
        let measurement = |program: &Path| -> Result<[u8; 32]> {
            Ok(EnclaveIdentity::of_program(&program.canonicalize()?)?.mrenclave)
        };
        let measurements = programs.into_iter().map(measurement).collect::<Result<Vec<_>>>()?;
        let owner = target.owner(READ).await?;
        owner.create(&target::secret_for(READ, SECRET, &measurements)).await?;

        let kubeconfig = folder.join("ta.kubeconfig");
        let simulation = home.path().join("data/simulation");
        let signer = hex::encode_upper(EnclaveIdentity::default().mrsigner);
        let text = format!(
            "apiVersion: v1\nkind: Config\naecsServer:\n  clientRpcSecure: disable\n  serverEndpoint: {}\n  \
             verifyPolicy:\n    mrsigner: \"{signer}\"\n    prodID: \"19527\"\n    deploymentId: \"{}\"\n    \
             simulationRoot: {}/root-ca.pem\n",
            target.running.address,
            target.deployment_id(),
            simulation.display(),
        );
        fs::write(&kubeconfig, text)?;
        Ok(Self { folder, simulation, kubeconfig, python, gets })
    }

    async fn rust(&self) -> Result<f64> {
        let identity = OwnPlatform::identity_of_this_program()?;
        let platform = OwnPlatform::Simulation { folder: self.simulation.clone(), identity };
        let client = TaClientBuilder::on_platform(&self.kubeconfig, &platform)?.connect().await?;
        let mut times = Vec::with_capacity(self.gets);
        for number in 0..BEFORE + self.gets {
            let start = Instant::now();
            drop(client.get(READ, SECRET).await?);
            if number >= BEFORE {
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
        }
        Ok(median(times))
    }

    fn c(&self) -> Result<f64> {
        let mut program = self.program(&self.folder.join("c"));
        Ok(output(program.args([READ, SECRET, &self.gets.to_string()]))?.trim().parse()?)
    }

    /// The plain client, and the one for event loops.
    fn python(&self) -> Result<[f64; 2]> {
        let mut program = self.program(Path::new(&self.python));
        program.arg(self.folder.join("get_latency.py"));
        let printed = output(program.args([READ, SECRET, &self.gets.to_string()]))?;
        let measured: Vec<Value> = serde_json::from_str(&printed)?;
        let p50 = |row: &Value| row.get("p50_us").and_then(Value::as_f64).context("no median");
        let medians = measured.iter().map(p50).collect::<Result<Vec<_>>>()?;
        medians.try_into().ok().context("two clients are measured")
    }

    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("AECS_SERVER_POLICY", &self.kubeconfig)
            .env("AECS_SIMULATION_DIR", &self.simulation)
            .env("LD_LIBRARY_PATH", &self.folder)
            .env("PYTHONPATH", &self.folder);
        command
    }
}

/// What a program prints.
fn output(command: &mut Command) -> Result<String> {
    let name = format!("{:?}", command.get_program());
    let output = command.output().with_context(|| name.clone())?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
