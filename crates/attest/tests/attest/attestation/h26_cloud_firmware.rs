//! A rule that others' machines satisfy pins nothing, whatever it is made of.

use aecs_attest::{
    OwnBinding, PINS, Pin, Pins, Platform, Unpinned, own_attributes, pins_nothing, unpinned,
};
use aecs_proto::UnifiedAttestationAttributes as Entry;

const GOOGLE: &str = "b747d55452e0b9e9079770a49e397c5e6d9573581e246da7baac4f28b5cdc5b1\
                      b6d19251b8ee600fd16a3708f58406f3";

fn set(entry: &mut Entry, pin: Pin) {
    let value = "AB".repeat(48);
    let field = match pin {
        Pin::Attribute("hex_ta_measurement") => &mut entry.hex_ta_measurement,
        Pin::Attribute("hex_boot_measurement") => &mut entry.hex_boot_measurement,
        Pin::Attribute("hex_platform_measurement") => &mut entry.hex_platform_measurement,
        Pin::Attribute("hex_signer") => &mut entry.hex_signer,
        Pin::Attribute("hex_author_key") => &mut entry.hex_author_key,
        Pin::Attribute("hex_mrtd") => &mut entry.hex_mrtd,
        Pin::Attribute("hex_rtmr1") => &mut entry.hex_rtmr1,
        Pin::Attribute("hex_rtmr2") => &mut entry.hex_rtmr2,
        Pin::Attribute(other) => panic!("the test does not know {other}"),
        Pin::Register(number) => {
            let comma = if entry.str_pcrs.is_empty() { "" } else { "," };
            entry.str_pcrs += &format!("{comma}{number}={value}");
            return;
        }
        Pin::DirectBoot => {
            entry.str_measured = "direct-boot".into();
            return;
        }
    };
    *field = value;
}

fn entry(platform: &str, pins: &[Pin]) -> Entry {
    let mut entry = Entry { str_tee_platform: platform.into(), ..Entry::default() };
    pins.iter().for_each(|pin| set(&mut entry, *pin));
    entry
}

/// The first, and the last, of what does for each need but the one that is left out.
fn some_of_each(pins: &Pins, without: Option<usize>) -> [Vec<Pin>; 2] {
    let needs = pins.needs.iter().enumerate().filter(|(i, _)| Some(*i) != without);
    let needs: Vec<&[Pin]> = needs.map(|(_, any)| *any).collect();
    [
        needs.iter().map(|any| *any.first().unwrap()).collect(),
        needs.iter().map(|any| *any.last().unwrap()).collect(),
    ]
}

#[test]
fn h26_every_need_of_a_platform_counts() {
    for platform in Platform::ALL {
        let pins = PINS.iter().find(|pins| pins.platform == platform).unwrap();
        for chosen in some_of_each(pins, None) {
            assert!(!pins_nothing(&entry(platform.as_str(), &chosen)), "{platform}: {chosen:?}");
        }
        for without in 0..pins.needs.len() {
            for chosen in some_of_each(pins, Some(without)) {
                assert!(pins_nothing(&entry(platform.as_str(), &chosen)), "{platform}: {chosen:?}");
            }
        }
    }
}

#[test]
fn h26_nothing_that_host_or_guest_set_pins() {
    let fields: [fn(&mut Entry) -> &mut String; 18] = [
        |entry| &mut entry.hex_rtmr0,
        |entry| &mut entry.hex_rtmr3,
        |entry| &mut entry.hex_mrconfigid,
        |entry| &mut entry.hex_mrowner,
        |entry| &mut entry.hex_mrownerconfig,
        |entry| &mut entry.hex_mrseam,
        |entry| &mut entry.hex_mrservicetd,
        |entry| &mut entry.hex_host_data,
        |entry| &mut entry.hex_family_id,
        |entry| &mut entry.hex_image_id,
        |entry| &mut entry.hex_prod_id,
        |entry| &mut entry.hex_chip_id,
        |entry| &mut entry.hex_user_data,
        |entry| &mut entry.hex_ta_dyn_measurement,
        |entry| &mut entry.str_versions,
        |entry| &mut entry.str_product,
        |entry| &mut entry.str_tee_identity,
        |entry| &mut entry.str_min_tcb,
    ];
    let names = Platform::ALL.iter().map(|platform| platform.as_str()).chain([""]);
    for platform in names {
        // All of them together are as little as one.
        let mut entry = entry(platform, &[Pin::DirectBoot]);
        entry.bool_event_log_verified = "true".into();
        for field in fields {
            *field(&mut entry) = "00".into();
        }
        // The role and the instance of Nitro, what an enclave sets itself, and what every machine
        // of a cloud has in its virtual TPM.
        entry.str_pcrs = "1=00,2=00,3=00,7=00,9=00,11=00,16=00".into();
        assert!(pins_nothing(&entry), "{platform}");
    }
}

#[test]
fn h26_a_launch_measurement_counts_where_the_rule_declares_what_it_covers() {
    let mut rule = Entry {
        str_tee_platform: "SEV_SNP".into(),
        hex_boot_measurement: "AB".repeat(48),
        ..Entry::default()
    };
    let why = unpinned(&rule).unwrap();
    assert_eq!(why.to_string(), "it pins no code on SEV_SNP, missing: `measured: direct-boot`");
    assert!(why.remedy().starts_with("write `measured: direct-boot` if kernel,"), "{why:?}");
    rule.str_measured = "direct-boot".into();
    assert_eq!(unpinned(&rule), None);
    // Known firmware is refused by name, whatever else is said.
    rule.hex_signer = "CD".repeat(48);
    rule.hex_boot_measurement = GOOGLE.into();
    let why = unpinned(&rule).unwrap();
    assert_eq!(why, Unpinned::CloudFirmware { cloud: "Google Cloud" });
    assert!(why.to_string().contains("the firmware of Google Cloud"), "{why}");
}

#[test]
fn h26_a_rule_without_platform_pins_what_only_enclaves_have() {
    let with = |field: fn(&mut Entry) -> &mut String, bytes: usize| {
        let mut entry = Entry::default();
        *field(&mut entry) = "AB".repeat(bytes);
        pins_nothing(&entry)
    };
    assert!(!with(|entry| &mut entry.hex_ta_measurement, 32));
    assert!(!with(|entry| &mut entry.hex_signer, 32));
    assert!(!with(|entry| &mut entry.hex_hash_or_pem_pubkey, 32));
    // A launch measurement of SEV-SNP, one of CSV, the registers of TDX as AECS 2.0 composes them.
    assert!(with(|entry| &mut entry.hex_ta_measurement, 48));
    assert!(with(|entry| &mut entry.hex_signer, 48));
    assert!(with(|entry| &mut entry.hex_boot_measurement, 32));
    assert!(with(|entry| &mut entry.hex_ta_measurement, 96));
    assert!(with(|entry| &mut entry.hex_mrtd, 48));
}

#[test]
fn h24_what_is_an_applications_own_outlives_updates_of_its_platform() {
    let application = |mrseam: &str| Entry {
        str_tee_platform: "TDX".into(),
        hex_mrtd: "01".repeat(48),
        hex_rtmr1: "02".repeat(48),
        hex_rtmr2: "03".repeat(48),
        hex_rtmr3: mrseam.repeat(48),
        hex_mrseam: mrseam.repeat(48),
        hex_platform_measurement: mrseam.repeat(288),
        ..Entry::default()
    };
    let rule = own_attributes(&application("AA"), OwnBinding::Code);
    assert_eq!(rule, own_attributes(&application("BB"), OwnBinding::Code));
    assert!(!pins_nothing(&rule));
    assert!(
        pins_nothing(&own_attributes(&application("AA"), OwnBinding::Product)),
        "TDX attests no signer"
    );
}
