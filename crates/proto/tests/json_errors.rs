//! What cannot be read is refused, with a message that helps and does not quote the input.

use aecs_proto::json::{self, JsonError, JsonMessage, MAX_ELEMENTS, MAX_LEN};
use aecs_proto::*;

/// Stands for a secret in the input.
const PLANTED: &str = "hunter2";

#[expect(clippy::panic, reason = "a failed test")]
fn refusal<M: JsonMessage>(text: &str) -> JsonError {
    json::from_str::<M>(text).err().unwrap_or_else(|| panic!("{} accepts {text}", M::NAME))
}

#[test]
fn errors_name_message_position_and_expectation() {
    let cases = [
        (
            refusal::<TaGetSecretResponse>("{\n  \"nonce\": 5}"),
            "JSON of TaGetSecretResponse, line 2 column 12: a number where a string is expected",
        ),
        (
            refusal::<TaGetSecretResponse>(r#"{"secret":"x"}"#),
            "JSON of TaGetSecretResponse, line 1 column 9: \
             unknown field, expected one of secret_enc, secretEnc, nonce, unchanged",
        ),
        (
            refusal::<TaGetSecretResponse>(r#"{"secretEnc":{},"secret_enc":{}}"#),
            "JSON of TaGetSecretResponse, line 1 column 28: field secretEnc is there twice",
        ),
        (
            refusal::<TaCreateSecretRequest>(r#"{"binding":"TA_BINDING_NONE"}"#),
            "JSON of TaCreateSecretRequest, line 1 column 28: \
             unknown name, expected one of TA_BINDING_MEASUREMENT, TA_BINDING_SIGNER",
        ),
        (
            refusal::<TaCreateSecretRequest>(r#"{"binding":3000000000}"#),
            "JSON of TaCreateSecretRequest, line 1 column 21: \
             invalid value where the name or the number of an enum value is expected",
        ),
        (
            refusal::<TaGetSecretRequest>(r#"{"nonce":"n"} ."#),
            "JSON of TaGetSecretRequest, line 1 column 15: trailing characters",
        ),
        (
            json::from_slice::<TaGetSecretRequest>(b"{\"nonce\":\"\xff\"}").unwrap_err(),
            "JSON of TaGetSecretRequest is not UTF-8",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn errors_do_not_quote_the_input() {
    let errors = [
        refusal::<EnclaveSecret>(r#"{"data":["hunter2"]}"#),
        refusal::<EnclaveSecret>(r#"{"spec":"hunter2"}"#),
        refusal::<EnclaveSecret>(r#"{"hunter2":"x"}"#),
        refusal::<EnclaveSecret>(r#"{"data":"hunter2","data":"hunter2"}"#),
        refusal::<EnclaveSecret>(r#"{"data":"hunter2" hunter2"#),
        refusal::<EnclaveSecret>(r#"{"data":hunter2}"#),
        refusal::<EnclaveSecret>(r#"{"data":"\uhunter2"}"#),
        refusal::<EnclaveSecret>(r#"{"data":"hunter2"#),
        refusal::<EnclaveSecret>(r#"{"data":"hunter2"}hunter2"#),
        refusal::<EnclaveSecret>(r#""hunter2""#),
        refusal::<EnclaveSecret>(r#"{"spec":{"type":"hunter2"}}"#),
        refusal::<EnclaveSecret>(r#"{"spec":{"type":{"hunter2":1}}}"#),
        refusal::<EnclaveSecret>(r#"{"spec":{"params":"hunter2"}}"#),
        refusal::<EnclaveSecret>(r#"{"spec":{"params":["hunter2"]}}"#),
        refusal::<EnclaveSecret>(r#"{"spec":{"params":{"key":"hunter2"}}}"#),
        refusal::<CreateEnclaveSecretRequest>(r#"{"isUpdate":"hunter2"}"#),
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"req":"hunter2*"}"#),
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"issuedAtMs":"hunter2"}"#),
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"issuedAtMs":{"hunter2":1}}"#),
    ];
    for error in errors {
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains(PLANTED), "{shown}");
        }
    }

    // Numbers and single characters, as base64 and number parsers like to show them.
    for error in [
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"req":"~~~~"}"#),
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"password":987654}"#),
        refusal::<AdminRemoteCallReqWithAuth>(r#"{"issuedAtMs":987654.5}"#),
        refusal::<EnclaveSecretSpec>(r#"{"type":987654000000}"#),
    ] {
        let shown = error.to_string();
        assert!(!shown.contains("987654") && !shown.contains('~'), "{shown}");
        assert!(!shown.contains("126"), "{shown}");
    }
}

#[test]
fn length_is_limited() {
    let text = format!(r#"{{"nonce":"{}"}}"#, "n".repeat(MAX_LEN));
    assert_eq!(
        refusal::<TaGetSecretRequest>(&text),
        JsonError::TooLong { message: "TaGetSecretRequest", limit: MAX_LEN }
    );
    let longer = json::from_str_within::<TaGetSecretRequest>(&text, text.len()).unwrap();
    assert_eq!(longer.nonce.len(), MAX_LEN);
}

#[test]
fn list_elements_are_limited_over_all_lists() {
    let request = |first: usize, second: usize| {
        let list = |length: usize| vec!["{}"; length].join(",");
        format!(
            r#"{{"main_attributes":[{}],"nested_policies":{{"policies":[{}]}}}}"#,
            list(first),
            list(second)
        )
    };
    let policy: UnifiedAttestationPolicy = json::from_str(&request(MAX_ELEMENTS - 1, 1)).unwrap();
    assert_eq!(policy.main_attributes.len(), MAX_ELEMENTS - 1);

    let error = refusal::<UnifiedAttestationPolicy>(&request(MAX_ELEMENTS - 1, 2));
    assert!(error.to_string().ends_with("more than 65536 list elements"), "{error}");
}

#[test]
fn nesting_does_not_exhaust_the_stack() {
    for opening in ["[", r#"{"secret":"#, r#"{"spec":"#, r#"{"a":["#] {
        let text = opening.repeat(MAX_LEN / opening.len());
        refusal::<CreateEnclaveSecretRequest>(&text);
        refusal::<CreateEnclaveSecretRequest>(&format!(r#"{{"secret":{text}"#));
        refusal::<EnclaveSecretSpec>(&format!(r#"{{"type":{text}"#));
        refusal::<AdminRemoteCallReqWithAuth>(&format!(r#"{{"issuedAtMs":{text}"#));
    }
}
