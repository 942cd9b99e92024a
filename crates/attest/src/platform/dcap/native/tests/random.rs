//! Thousands of platforms and of what Intel might say about them, all signed: the rules alone
//! decide.

use serde_json::{Value, json};

use super::forge::Forge;
use super::oracle::{Case, Tally};
use super::simulated::{cases, cpu};
use super::thoroughness;
use crate::collateral::IntelTee;

/// Of four quotes each.
const ROUNDS: usize = 120;

const STATUSES: [&str; 8] = [
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
    "TDRelaunchAdvised",
];

/// What quoting enclaves and TDX modules mostly are.
const OF_A_PART: [&str; 5] = ["UpToDate", "UpToDate", "UpToDate", "OutOfDate", "OutOfDate"];

/// The same numbers in every run (a linear congruence, Knuth's).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn rarely(&mut self) -> bool {
        self.below(40) == 0
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()].clone()
    }

    fn date(&mut self) -> Value {
        json!(format!("20{:02}-0{}-13T00:00:00Z", 18 + self.below(7), 1 + self.below(9)))
    }

    fn advisories(&mut self) -> Value {
        let ids = ["INTEL-SA-00289", "INTEL-SA-00615", "INTEL-SA-00828", "INTEL-SA-00614"];
        (0..self.below(4)).map(|_| json!(self.of(&ids))).collect()
    }

    fn level(&mut self, tcb: &Value, statuses: &[&str]) -> Value {
        let status = if self.rarely() { self.of(&STATUSES) } else { self.of(statuses) };
        let mut level = json!({
            "tcb": tcb,
            "tcbDate": self.date(),
            "tcbStatus": status,
            "advisoryIDs": self.advisories(),
        });
        if self.rarely() {
            level.as_object_mut().unwrap().remove("advisoryIDs");
        }
        level
    }

    fn isv_level(&mut self, svn: u64, statuses: &[&str]) -> Value {
        self.level(&json!({ "isvsvn": svn }), statuses)
    }

    /// Around that of the simulated CPU.
    fn tcb(&mut self, old: &Value, tdx: bool) -> Value {
        let mut tcb = old.clone();
        for _ in 0..self.below(3) {
            let at = usize::try_from(self.below(16)).unwrap();
            let svn = &mut tcb["sgxtcbcomponents"][at]["svn"];
            let now = svn.as_u64().unwrap();
            *svn =
                json!(if self.below(3) == 0 { (now + 1).min(255) } else { now.saturating_sub(1) });
        }
        tcb["pcesvn"] = json!(13 - self.below(3) + u64::from(self.rarely()));
        if tdx {
            for at in 0..4 {
                tcb["tdxtcbcomponents"][at]["svn"] = json!(self.below(4));
            }
        }
        tcb
    }

    fn modules(&mut self, old: &Value) -> Value {
        let mut modules = Vec::new();
        for id in ["TDX_01", "tdx_02", "TDX_03"] {
            if self.rarely() {
                continue;
            }
            let mut module = old.clone();
            module["id"] = json!(id);
            let lowest = self.below(3);
            let levels = (lowest..lowest + 1 + self.below(4)).rev();
            module["tcbLevels"] = levels.map(|svn| self.isv_level(svn, &OF_A_PART)).collect();
            if self.rarely() {
                module["mrsigner"] = json!("01".repeat(48));
            }
            if self.rarely() {
                module["attributes"] = json!("0100000000000000");
            }
            modules.push(module);
        }
        Value::Array(modules)
    }

    fn tcb_info(&mut self, info: &mut Value) {
        let tdx = info["id"] == "TDX";
        let old = info["tcbLevels"][0]["tcb"].clone();
        let levels = (0..1 + self.below(5)).map(|_| {
            let tcb = self.tcb(&old, tdx);
            self.level(&tcb, &STATUSES[..6])
        });
        info["tcbLevels"] = levels.collect();
        if tdx {
            let module = info["tdxModuleIdentities"][0].clone();
            info["tdxModuleIdentities"] = self.modules(&module);
        }
        let odd = [
            ("fmspc", json!("00906ED50000")),
            ("pceId", json!("0001")),
            ("tcbType", json!(1)),
            ("version", json!(2)),
            ("version", json!(4)),
            ("id", json!("TDX")),
            ("id", json!("SGX")),
            ("tdxModule", json!(null)),
            ("nextUpdate", json!("2020-01-01T00:00:00Z")),
            ("issueDate", json!("2040-01-01T00:00:00Z")),
            ("issueDate", json!("yesterday")),
        ];
        if self.rarely() {
            let (name, value) = self.of(&odd);
            info[name] = value;
        }
        info["tcbEvaluationDataNumber"] = json!(self.below(20));
    }

    fn qe_identity(&mut self, identity: &mut Value) {
        let highest = 6 + self.below(5);
        let levels = (highest - self.below(5)..=highest).rev();
        identity["tcbLevels"] = levels.map(|svn| self.isv_level(svn, &OF_A_PART)).collect();
        let odd = [
            ("id", json!("QVE")),
            ("version", json!(1)),
            ("version", json!(3)),
            ("miscselect", json!("01000000")),
            ("miscselectMask", json!("00000000")),
            ("attributes", json!("31000000000000000000000000000000")),
            ("attributesMask", json!("0000000000000000FFFFFFFFFFFFFFFF")),
            ("mrsigner", json!("00".repeat(32))),
            ("isvprodid", json!(99)),
            ("nextUpdate", json!("2020-01-01T00:00:00Z")),
        ];
        if self.rarely() {
            let (name, value) = self.of(&odd);
            identity[name] = value;
        }
        identity["tcbEvaluationDataNumber"] = json!(self.below(20));
    }

    /// The quoting enclave's report: misc select, attributes, product, version.
    fn qe_report(&mut self, report: &mut [u8]) {
        report[258] = u8::try_from(5 + self.below(30)).unwrap();
        if self.rarely() {
            let at = self.of(&[16, 48, 49, 55, 56, 63, 128, 256, 320]);
            report[at] ^= self.of(&[0x02, 0x04, 0x80]);
        }
    }

    /// The report of a trust domain: versions of its module, module, attributes, current versions.
    fn td_report(&mut self, report: &mut [u8]) {
        for svn in report.iter_mut().take(4) {
            *svn = u8::try_from(self.below(5)).unwrap();
        }
        report[0] += self.of(&[0, 1, 2]);
        report[1] = self.of(&[0, 1, 1, 1, 2, 3, 1, 2, 3, 1, 2, 4]);
        let (launch, later) = report.split_at_mut(584);
        for (current, svn) in later.iter_mut().zip(&launch[..16]) {
            *current = svn + u8::try_from(self.below(2)).unwrap();
        }
        if self.rarely() {
            let at = self.of(&[64, 112, 119, 120, 122, 123, 127]);
            report[at] ^= self.of(&[0x02, 0x10, 0x80]);
        }
    }

    fn change(&mut self, forge: &Forge, case: &mut Case) {
        forge.change_tcb_info(case, |info| self.tcb_info(info));
        forge.change_qe_identity(case, |identity| self.qe_identity(identity));
        forge.change_qe_report(case, |report| self.qe_report(report));
        if case.tee == IntelTee::Tdx {
            forge.change_body(case, |report| self.td_report(report));
        }
    }
}

#[test]
fn the_rules_are_the_same_to_both() {
    let (dir, cpu) = cpu();
    let forge = Forge::open(dir.path());
    let mut tally = Tally::default();
    let cases = cases(&cpu);
    let mut random = Random(20);
    let rounds = ROUNDS * thoroughness();
    for round in 0..rounds {
        for case in &cases {
            let mut case = case.clone();
            random.change(&forge, &mut case);
            let texts = [case.collateral.tcb_info.clone(), case.collateral.qe_identity.clone()];
            tally.compare(&case, || format!("round {round}: {texts:?}"));
        }
    }
    // Both verdicts, and refusals of every kind, are frequent.
    assert!(tally.accepted > rounds && tally.refused > rounds, "{tally:?}");
    assert!(tally.differences.len() >= 3, "{tally:?}");
    for check in ["TCB level", "TDX module", "quoting enclave", "revocation of the TCB"] {
        assert!(tally.checks.contains_key(check), "{check}: {tally:?}");
    }
}
