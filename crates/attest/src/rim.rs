//! NVIDIA's reference values for a version of a driver or a VBIOS (RIM): a SWID tag (ISO/IEC 19770-2).

use std::collections::BTreeMap;

use crate::xml::{Element, Fault};

const SWID: &str = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
/// Of the attributes with digests.
const SHA384: &str = "http://www.w3.org/2001/04/xmlenc#sha384";
/// Bytes of a measurement.
pub(crate) const SIZE: usize = 48;

/// The reference values of a driver or a VBIOS.
#[derive(Debug)]
pub(crate) struct Rim {
    /// Of the driver or the VBIOS, as NVIDIA prints it.
    pub(crate) version: String,
    /// The good values of each measurement that counts, by its index in the RIM: one less than in the
    /// report.
    pub(crate) values: BTreeMap<u8, Vec<[u8; SIZE]>>,
}

impl Rim {
    /// Reads a document without a look at its signature.
    pub(crate) fn read(root: &Element<'_>) -> Result<Self, Fault> {
        if !root.is(SWID, "SoftwareIdentity") {
            return Err("it is not a SWID tag");
        }
        let version =
            root.only(SWID, "Meta").and_then(|meta| meta.attribute("", "colloquialVersion"));
        let version = version.ok_or("it does not say which version it is for")?.to_owned();
        let payload = root.only(SWID, "Payload").ok_or("it has no payload")?;
        let mut values = BTreeMap::new();
        let mut indexes = Vec::new();
        for resource in payload.elements() {
            let attribute = |name| resource.attribute("", name).ok_or("a measurement is not whole");
            if !resource.is(SWID, "Resource") || attribute("type")? != "Measurement" {
                return Err("its payload has something other than measurements");
            }
            let number = |name| attribute(name)?.parse::<u8>().map_err(|_| "a number is not one");
            let (index, alternatives) = (number("index")?, number("alternatives")?);
            if index == u8::MAX || number("size")? != 48 || alternatives == 0 {
                return Err("a measurement is not of SHA-384");
            }
            if indexes.contains(&index) {
                return Err("it has a measurement twice");
            }
            indexes.push(index);
            match attribute("active")? {
                "True" => {}
                "False" => continue,
                _ => return Err("it does not say whether a measurement counts"),
            }
            let value = |number| -> Result<[u8; SIZE], Fault> {
                let mut value = [0; SIZE];
                let text = resource.attribute(SHA384, &format!("Hash{number}"));
                let text = text.ok_or("a value of a measurement is missing")?;
                hex::decode_to_slice(text, &mut value).map_err(|_| "a value is not of SHA-384")?;
                Ok(value)
            };
            values.insert(index, (0..alternatives).map(value).collect::<Result<_, Fault>>()?);
        }
        match values.is_empty() {
            true => Err("it has no measurement that counts"),
            false => Ok(Self { version, values }),
        }
    }

    /// Whether it is for the version at the end of the name of a RIM.
    pub(crate) fn is_named(&self, id: &str) -> bool {
        let plain = |text: &str| text.replace('.', "").to_ascii_uppercase();
        plain(id).ends_with(&plain(&self.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(attributes: &str) -> String {
        format!(
            "<Resource type=\"Measurement\" size=\"48\" h:Hash0=\"{}\" {attributes}/>",
            "0A".repeat(SIZE)
        )
    }

    fn document(resources: &str) -> String {
        format!(
            "<SoftwareIdentity xmlns=\"{SWID}\" xmlns:h=\"{SHA384}\"><Meta colloquialVersion=\"96.00.1A\"/>\
             <Payload>{resources}</Payload></SoftwareIdentity>"
        )
    }

    fn read(document: &str) -> Result<Rim, Fault> {
        Rim::read(&Element::parse(document.as_bytes()).unwrap())
    }

    const COUNTS: &str = "index=\"3\" alternatives=\"1\" active=\"True\"";

    #[test]
    fn values_are_read() {
        let idle = resource("index=\"4\" alternatives=\"1\" active=\"False\"");
        let rim = read(&document(&(resource(COUNTS) + &idle))).unwrap();
        assert_eq!(
            (rim.version.as_str(), rim.values),
            ("96.00.1A", [(3, vec![[10; SIZE]])].into())
        );
    }

    #[test]
    fn every_other_form_is_refused() {
        let good = document(&resource(COUNTS));
        let changed = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            good.replace(from, to)
        };
        let twice = resource(COUNTS).repeat(2);
        let idle = "index=\"4\" alternatives=\"1\" active=\"False\"";
        for (document, fault) in [
            (changed("SoftwareIdentity", "SoftwareIdentification"), "it is not a SWID tag"),
            (changed(SWID, "urn:other"), "it is not a SWID tag"),
            (changed("colloquialVersion", "version"), "it does not say which version it is for"),
            (changed("Payload", "Evidence"), "it has no payload"),
            (changed("<Resource", "<File"), "its payload has something other than measurements"),
            (
                changed("\"Measurement\"", "\"File\""),
                "its payload has something other than measurements",
            ),
            (changed("\"48\"", "\"32\""), "a measurement is not of SHA-384"),
            (changed("index=\"3\"", "index=\"255\""), "a measurement is not of SHA-384"),
            (changed("index=\"3\"", "index=\"256\""), "a number is not one"),
            (changed("index=\"3\"", ""), "a measurement is not whole"),
            (
                changed("alternatives=\"1\"", "alternatives=\"0\""),
                "a measurement is not of SHA-384",
            ),
            (
                changed("alternatives=\"1\"", "alternatives=\"2\""),
                "a value of a measurement is missing",
            ),
            (changed("h:Hash0", "Hash0"), "a value of a measurement is missing"),
            (changed("\"0A", "\""), "a value is not of SHA-384"),
            (changed("\"True\"", "\"true\""), "it does not say whether a measurement counts"),
            (document(&twice), "it has a measurement twice"),
            // Also if one of them does not count.
            (
                document(&(resource(COUNTS) + &resource(idle).replace("\"4\"", "\"3\""))),
                "it has a measurement twice",
            ),
            (document(&resource(idle)), "it has no measurement that counts"),
            (document(""), "it has no measurement that counts"),
        ] {
            assert_eq!(read(&document).err(), Some(fault), "{document}");
        }
    }

    #[test]
    fn a_name_ends_with_the_version() {
        let rim = read(&document(&resource(COUNTS))).unwrap();
        assert!(rim.is_named("NV_GPU_VBIOS_1010_0200_882_96001a"));
        assert!(!rim.is_named("NV_GPU_VBIOS_1010_0200_882_96001B"));
    }
}
