//! What `verify` says about evidence, and what it exits with.

use std::time::{Duration, SystemTime};

use aecs_attest::ReportType;
use aecs_crypto::{KeyPair, Suite};
use aecs_proto::{SgxQlQveCollateral, json};
use aecs_sim::EnclaveIdentity;

use super::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn genuine_evidence_is_shown_with_its_checks() {
    let world = World::new();
    world.passport();
    let ran = world.attest("verify {DIR}/report.json --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let results = ran.json();
    let result = &results[0];
    assert_eq!(results.as_array().unwrap().len(), 1);
    assert_eq!(result["genuine"], true);
    assert_eq!(result["platform"], "SGX_DCAP");
    assert_eq!(result["form"], "Passport report with its key");
    assert_eq!(result["backing"], "simulation");
    assert_eq!(result["tcbStatus"], "UpToDate");
    assert_eq!(result["keyBinding"]["status"], "checkedAgainstFile");
    assert_eq!(
        result["keyBinding"]["sha256"],
        world.key.public().fingerprint().to_string().as_str()
    );
    assert_eq!(result["attributes"]["hex_user_data"], "5A".repeat(32).as_str());
    assert_eq!(result["attributes"]["bool_debug_disabled"], "true");
    assert!(result["attributes"].get("hex_mrtd").is_none());
    assert!(result["validUntil"].as_str().unwrap().ends_with('Z'));
    assert!(result["refusal"].is_null() && result["admitted"].is_null());
    let checks: Vec<&str> =
        result["checks"].as_array().unwrap().iter().map(|c| c["check"].as_str().unwrap()).collect();
    assert!(checks.contains(&"certificate chain") && checks.contains(&"report data"), "{checks:?}");
    assert!(ran.stderr.starts_with("warning: simulation: "), "{}", ran.stderr);

    let text = world.attest("verify {DIR}/report.json").stdout;
    for part in ["report.json: GENUINE\n", "ATTRIBUTE", "hex_signer", "CHECK THAT HELD", "5A5A5A"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn changed_evidence_is_refused_with_the_check_and_a_remedy() {
    let world = World::new();
    let report = world.passport();
    let mut quote = report.quote();
    // A byte of MRENCLAVE, behind the header of 48 bytes.
    quote[48 + 64] ^= 1;
    world.write("report.json", report.with_quote(&quote).json());
    let ran = world.attest("verify {DIR}/report.json --output json");
    assert_eq!(ran.code, 77);
    let result = &ran.json()[0];
    assert_eq!(result["genuine"], false);
    assert_eq!(result["refusal"]["check"], "signature of the quote");
    assert!(result.get("attributes").is_none());
    let (error, help) = ran.json_error();
    assert!(error.contains("report.json: failed check: signature of the quote"), "{error}");
    assert!(help.starts_with("the evidence or its collateral was changed"), "{help}");
    let text = world.attest("verify {DIR}/report.json").stdout;
    assert!(text.contains("REFUSED") && text.contains("failed check"), "{text}");
}

#[test]
fn a_root_that_nobody_named_is_not_trusted() {
    let world = World::new();
    world.passport();
    let ran = world.run("verify {DIR}/report.json --output json");
    assert_eq!(ran.code, 77);
    let refusal = &ran.json()[0]["refusal"];
    assert!(refusal["check"].as_str().unwrap().starts_with("root of "), "{refusal}");
    assert!(refusal["remedy"].as_str().unwrap().contains("--simulated-root FILE"), "{refusal}");
    // The root itself is for the platform that it is named for.
    let other = world.run("verify {DIR}/report.json --root SEV_SNP={DIR}/root.der");
    assert_ne!(other.code, 0);
    let as_hardware =
        world.run("verify {DIR}/report.json --root SGX_DCAP={DIR}/root.der --output json");
    assert_eq!(as_hardware.json()[0]["backing"], "hardware");
}

#[test]
fn evidence_is_judged_at_the_given_time() {
    let world = World::new();
    world.passport();
    for (time, word) in [("2020-01-01", "not before"), ("2060-01-01", "not after")] {
        let ran = world
            .attest(&format!("verify {{DIR}}/report.json --time {time}T00:00:00Z --output json"));
        assert_eq!(ran.code, 77, "{time}");
        let refusal = &ran.json()[0]["refusal"];
        assert!(refusal["check"].as_str().unwrap().starts_with("validity of "), "{refusal}");
        assert!(refusal["expected"].as_str().unwrap().starts_with(word), "{refusal}");
        assert_eq!(refusal["actual"], format!("{time}T00:00:00Z"));
    }
}

#[test]
fn the_key_binding_is_checked_or_missed_loudly() {
    let world = World::new();
    let mut report = world.passport();
    world.write("other.pem", KeyPair::generate(Suite::Modern).unwrap().public().pem());
    let bound = world.attest("verify {DIR}/report.json --key {DIR}/key.pem --output json");
    assert_eq!(bound.json()[0]["keyBinding"]["status"], "checked");

    let other = world.attest("verify {DIR}/report.json --key {DIR}/other.pem --output json");
    assert_eq!(other.code, 77);
    let refusal = &other.json()[0]["refusal"];
    assert_eq!(refusal["check"], "report data");
    assert_eq!(refusal["actual"], world.key.public().fingerprint().to_string().as_str());

    report.0.pem_public_key.clear();
    world.write("report.json", report.json());
    let alone = world.attest("verify {DIR}/report.json --output json");
    assert_eq!(alone.code, 0);
    assert_eq!(alone.json()[0]["keyBinding"]["status"], "notChecked");
    assert!(alone.stderr.contains("warning: the key binding was NOT checked"), "{}", alone.stderr);
}

#[test]
fn a_nonce_is_compared() {
    let world = World::new();
    world.passport();
    let fresh = format!("verify {{DIR}}/report.json --nonce {}", "5a".repeat(32));
    assert_eq!(world.attest(&fresh).code, 0);
    let ran = world.attest("verify {DIR}/report.json --nonce 5B --output json");
    assert_eq!(ran.code, 77);
    assert_eq!(ran.json()[0]["refusal"]["check"], "nonce");
    // A part of the value is not the value.
    assert_eq!(world.attest("verify {DIR}/report.json --nonce 5A").code, 77);
    assert_eq!(world.attest("verify {DIR}/report.json --nonce zz").code, 64);
}

#[test]
fn each_file_has_its_own_verdict() {
    let world = World::new();
    world.passport();
    let debug = EnclaveIdentity { debug: true, ..Default::default() };
    world.write("debug.json", world.report(ReportType::Passport, debug).json());
    world.write(
        "poor.json",
        world.report(ReportType::BackgroundCheck, EnclaveIdentity::default()).json(),
    );
    let line = "verify {DIR}/report.json {DIR}/debug.json --output json";
    let ran = world.attest(line);
    assert_eq!(
        ran.code, 0,
        "debug evidence is genuine: whether it is wanted is the policy's to say"
    );
    assert_eq!(ran.json()[1]["attributes"]["bool_debug_disabled"], "false");

    let ran = world.attest("verify {DIR}/poor.json {DIR}/report.json {DIR}/none --output json");
    let results = ran.json();
    assert_eq!((ran.code, results.as_array().unwrap().len()), (66, 3));
    assert_eq!(results[0]["refusal"]["check"], "collateral");
    assert_eq!((&results[2]["genuine"], results[2].get("refusal")), (&false.into(), None));
    let unread = results[2]["unread"]["error"].as_str().unwrap();
    assert!(unread.starts_with("cannot read the evidence "), "{unread}");
    let (error, _) = ran.json_error();
    assert!(error.starts_with("2 of 3 files failed, first: cannot read the evidence"), "{error}");
    let poor = world.attest("verify {DIR}/poor.json");
    assert_eq!(poor.code, 77);
    assert!(poor.stderr.contains("help: give it with --collateral DIR; "), "{}", poor.stderr);
}

#[test]
fn only_an_authority_can_be_a_root() {
    let world = World::new();
    let collateral = world.passport().dcap().json_collateral;
    let collateral: SgxQlQveCollateral = json::from_str(&collateral).unwrap();
    world.write("signer.pem", collateral.tcb_info_issuer_chain);
    for platform in ["SGX_DCAP", "TDX"] {
        let line = format!("verify {{DIR}}/report.json --root {platform}={{DIR}}/signer.pem");
        let ran = world.run(&line);
        assert_eq!(ran.code, 65, "{}", ran.stderr);
        let message =
            "signer.pem cannot be used: root certificate is malformed: it is not an authority's";
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
}

#[test]
fn standard_input_is_read_once() {
    let world = World::new();
    world.passport();
    let results = world.attest("verify {DIR}/report.json - - --output json").json();
    let error = |i: usize| results[i]["unread"]["error"].as_str().unwrap().to_owned();
    assert_eq!(error(1), "the evidence -: the file is empty");
    assert_eq!(error(2), "the evidence cannot be read from standard input");
}

#[test]
fn wrong_command_lines_and_files_differ_from_refusals() {
    let world = World::new();
    world.passport();
    world.write("text", "this is no evidence");
    world.write("empty", "");
    world.write("truncated.json", &world.passport().json()[..100]);
    world.write("list.json", "{\"a\": 1}");
    world.write("quote.bin", world.passport().quote());
    for (line, code, message) in [
        ("verify", 64, "required arguments"),
        ("verify {DIR}/report.json --time yesterday", 64, "write a time such as"),
        ("verify {DIR}/report.json --root X={DIR}/root.der", 64, "the platforms are SGX_EPID"),
        ("verify {DIR}/report.json --root {DIR}/root.der", 64, "write PLATFORM=FILE"),
        ("verify {DIR}/report.json --secret a", 64, "--policy"),
        (
            "explain {DIR}/report.json",
            64,
            "error: no policy to explain\n  help: name a policy file",
        ),
        ("verify {DIR}/report.json --crl {DIR}/root.der", 64, "need --vek"),
        (
            "verify {DIR}/report.json --vek {DIR}/root.der",
            64,
            "--vek does not apply to this evidence",
        ),
        ("verify {DIR}/nothing", 66, "cannot read the evidence"),
        ("verify {DIR}/text", 65, "unrecognised evidence format"),
        ("verify {DIR}/list.json", 65, "unrecognised evidence format"),
        ("verify {DIR}/empty", 65, "the file is empty"),
        ("verify {DIR}/truncated.json", 65, "malformed JSON: "),
        ("verify {DIR}/key.pem", 65, "this is PEM: a certificate or a key, not evidence"),
        ("verify {DIR}/root.der", 65, "this is DER: "),
        ("verify {DIR}/report.json --collateral {DIR}/text", 65, "is not collateral"),
        ("verify {DIR}/report.json --platform sgx-dcap", 64, "did you mean SGX_DCAP?"),
        ("verify {DIR}/report.json --platform sgx", 64, "the platforms are SGX_EPID, SGX_DCAP"),
        (
            "verify {DIR}/report.json --platform TDX",
            65,
            "report.json: this is evidence of platform SGX_DCAP, not of TDX as --platform says",
        ),
        (
            "verify {DIR}/quote.bin --platform SEV_SNP",
            65,
            "quote.bin: this is evidence of platform SGX_DCAP, not of SEV_SNP as --platform says",
        ),
        ("explain {DIR}/report.json --platform CSV --policy {DIR}/text", 65, "text"),
        ("verify {DIR}/report.json --key {DIR}/root.der", 65, "cannot read the public key"),
        ("verify {DIR}/report.json --key {DIR}/text", 65, "text is not a public key in PEM"),
        ("verify {DIR}/report.json --key {DIR}/none", 66, "cannot read the public key"),
        ("verify {DIR}/report.json --root CSV={DIR}/root.der", 65, "root.der cannot be used: HRK"),
        ("verify {DIR}/report.json --root CSV={DIR}/empty", 65, "empty: the file is empty"),
        (
            "explain {DIR}/report.json --policy {DIR}/text --accepted-tcb-statuses Revoked",
            64,
            "the statuses are UpToDate",
        ),
    ] {
        let ran = world.run(line);
        assert_eq!(ran.code, code, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{line}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{line}");
    }
}

#[test]
fn platforms_are_listed_with_their_roots() {
    let world = World::new();
    let ran = world.run("platforms --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = ran.json();
    let row = |name: &str| {
        rows.as_array().unwrap().iter().find(|row| row["platform"] == name).unwrap().clone()
    };
    let intel = aecs_attest::Fingerprint::of(aecs_attest::intel_root_der()).to_string();
    for platform in ["SGX_DCAP", "TDX"] {
        assert_eq!(row(platform)["verifiable"], true);
        assert_eq!(row(platform)["roots"][0], intel.as_str());
    }
    assert_eq!(row("SEV_SNP")["roots"].as_array().unwrap().len(), 3, "Milan, Genoa, Turin");
    assert_eq!(row("ARM_CCA")["roots"].as_array().unwrap().len(), 0);
    // What is supported is said as the remedy for anything else names it.
    for (platform, supported) in [
        ("SEV_SNP", "versions 2 to 5; Milan, "),
        ("TDX", "versions 4 and 5"),
        ("SGX_DCAP", "3 to 5"),
    ] {
        let text = row(platform)["supported"].as_str().unwrap().to_owned();
        assert!(text.contains(supported), "{platform}: {text}");
    }
    for row in rows.as_array().unwrap() {
        assert!(row["supported"].as_str().is_some_and(|text| !text.is_empty()), "{row}");
    }
    assert!(world.run("platforms").stdout.contains("none built in: name one with --root"));
}

#[test]
fn detection_always_answers() {
    let world = World::new();
    let ran = world.run("detect --output json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let answer = ran.json();
    assert!(answer["tee"].is_string() || answer["seen"].as_str().unwrap().contains("/dev/"));
}

#[test]
fn collateral_may_be_asked_to_be_of_recent_days() {
    let world = World::new();
    let now = SystemTime::now();
    world.cpu.set_collateral_window(Some(now - 3 * DAY..now + 3 * DAY)).unwrap();
    world.passport();
    let ran = world.attest("verify {DIR}/report.json --max-collateral-age 2");
    assert_eq!(ran.code, 77, "{}", ran.stderr);
    assert!(ran.stderr.contains("is too old"), "{}", ran.stderr);
    assert!(ran.stderr.contains("fetch newer collateral"), "{}", ran.stderr);
    let ran = world.attest("verify {DIR}/report.json --max-collateral-age 4");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("age of collateral"), "{}", ran.stdout);
}
