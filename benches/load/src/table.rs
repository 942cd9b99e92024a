//! What was measured, for people and for programs.

#![allow(clippy::print_stdout, reason = "the table is what the program is for")]

use std::{collections::HashMap, io::Write};

use anyhow::Result;
use serde_json::json;

use crate::{primitives::Primitive, run::Measured, workload::Mode};

/// Prints rows as they are measured.
pub(crate) struct Table {
    json: Option<Box<dyn Write>>,
    /// What the bare server did, by mode and connections: calls a second, and processor time of a
    /// call in microseconds.
    bare: HashMap<(Mode, usize), (f64, f64)>,
    /// The primitives of a get with a known report, in microseconds.
    get: f64,
    /// Those of a get in a session.
    session: f64,
}

impl Table {
    /// A table that is also written as JSON, one object a line.
    pub(crate) fn new(json: Option<Box<dyn Write>>) -> Self {
        Self { json, bare: HashMap::new(), get: 0.0, session: 0.0 }
    }

    pub(crate) fn primitives(&mut self, primitives: &[Primitive]) -> Result<()> {
        println!("{:<29} {:>10}  in a get  in a session", "primitive", "us");
        for Primitive { name, time, in_a_get, in_a_session } in primitives {
            let micros = time.as_secs_f64() * 1e6;
            self.get += micros * f64::from(*in_a_get);
            self.session += micros * f64::from(*in_a_session);
            println!("{name:<29} {micros:>10.1}  {in_a_get:>8}  {in_a_session:>12}");
            self.line(&json!({
                "primitive": name, "us": micros,
                "in_a_get": in_a_get, "in_a_session": in_a_session,
            }))?;
        }
        println!("{:<29} {:>10.1}", "all in a get", self.get);
        println!("{:<29} {:>10.1}\n", "all in a get in a session", self.session);
        println!(
            "{:<13} {:>5} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>6} {:>6} {:>6} {:>6}",
            "mode",
            "conns",
            "calls/s",
            "server",
            "client",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "max",
            "failed",
            "rate",
            "CPU",
            "prims"
        );
        Ok(())
    }

    /// Prints one row. Times are in microseconds; `rate` and `CPU` are in relation to the bare
    /// server, `prims` is the server's time in relation to the primitives.
    pub(crate) fn row(
        &mut self,
        mode: Mode,
        connections: usize,
        measured: &Measured,
    ) -> Result<()> {
        let (rate, server) = (measured.rate(), measured.each(measured.server));
        let client = measured.each(measured.client);
        self.bare.insert((mode, connections), (rate, server));
        let bare = mode.bare().and_then(|bare| self.bare.get(&(bare, connections)));
        let (to_rate, to_cpu) = (bare.map(|bare| rate / bare.0), bare.map(|bare| server / bare.1));
        let prims = match mode.bare() {
            Some(Mode::BareGet) => Some(server / self.get),
            Some(Mode::BareSession) => Some(server / self.session),
            _ => None,
        };
        let shown = |ratio: Option<f64>| ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"));
        let quantiles = [0.5, 0.9, 0.99, 0.999, 1.0]
            .map(|quantile| measured.tally.latency.value_at_quantile(quantile));
        let [p50, p90, p99, p999, max] = quantiles;
        println!(
            "{:<13} {connections:>5} {rate:>9.0} {server:>8.0} {client:>8.0} {p50:>8} {p90:>8} \
             {p99:>8} {p999:>8} {max:>9} {:>6} {:>6} {:>6} {:>6}",
            mode.name(),
            measured.tally.failed(),
            shown(to_rate),
            shown(to_cpu),
            shown(prims),
        );
        for (error, count) in &measured.tally.errors {
            println!("    {count} times: {error}");
        }
        if measured.background > 0 {
            println!("    {} calls in the background", measured.background);
        }
        self.line(&json!({
            "mode": mode.name(), "connections": connections, "seconds": measured.time.as_secs_f64(),
            "calls": measured.tally.latency.len(), "rate": rate,
            "server_cpu_us": server, "client_cpu_us": client,
            "p50_us": p50, "p90_us": p90, "p99_us": p99, "p999_us": p999, "max_us": max,
            "failed": measured.tally.failed(), "background": measured.background,
            "memory_kib": measured.memory,
            "rate_to_bare": to_rate, "cpu_to_bare": to_cpu, "cpu_to_primitives": prims,
        }))
    }

    /// Prints the memory of the server after each minute, in KiB.
    pub(crate) fn memory(&mut self, minutes: &[u64]) -> Result<()> {
        for (minute, kib) in (1..).zip(minutes) {
            println!("memory after {minute:>3} min {kib:>10} KiB");
        }
        self.line(&json!({ "memory_kib_by_minute": minutes }))
    }

    fn line(&mut self, value: &serde_json::Value) -> Result<()> {
        if let Some(json) = &mut self.json {
            writeln!(json, "{value}")?;
        }
        Ok(())
    }
}
