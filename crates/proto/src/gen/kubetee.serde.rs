impl serde::Serialize for AddAdministratorRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.public_key.is_empty() {
            len += 1;
        }
        if !self.password_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AddAdministratorRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        if !self.password_hash.is_empty() {
            struct_ser.serialize_field("passwordHash", &self.password_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AddAdministratorRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "public_key",
            "publicKey",
            "password_hash",
            "passwordHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            PublicKey,
            PasswordHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            "passwordHash" | "password_hash" => Ok(GeneratedField::PasswordHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AddAdministratorRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AddAdministratorRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AddAdministratorRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut public_key__ = None;
                let mut password_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PasswordHash => {
                            if password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passwordHash"));
                            }
                            password_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AddAdministratorRequest {
                    name: name__.unwrap_or_default(),
                    public_key: public_key__.unwrap_or_default(),
                    password_hash: password_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AddAdministratorRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AddAdministratorResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.AddAdministratorResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AddAdministratorResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AddAdministratorResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AddAdministratorResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AddAdministratorResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(AddAdministratorResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AddAdministratorResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AdminAuth {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.public_key.is_empty() {
            len += 1;
        }
        if !self.password_hash.is_empty() {
            len += 1;
        }
        if self.operator_may_replace_key {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AdminAuth", len)?;
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        if !self.password_hash.is_empty() {
            struct_ser.serialize_field("passwordHash", &self.password_hash)?;
        }
        if self.operator_may_replace_key {
            struct_ser.serialize_field("operatorMayReplaceKey", &self.operator_may_replace_key)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AdminAuth {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "public_key",
            "publicKey",
            "password_hash",
            "passwordHash",
            "operator_may_replace_key",
            "operatorMayReplaceKey",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PublicKey,
            PasswordHash,
            OperatorMayReplaceKey,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            "passwordHash" | "password_hash" => Ok(GeneratedField::PasswordHash),
                            "operatorMayReplaceKey" | "operator_may_replace_key" => Ok(GeneratedField::OperatorMayReplaceKey),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AdminAuth;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AdminAuth")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AdminAuth, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut public_key__ = None;
                let mut password_hash__ = None;
                let mut operator_may_replace_key__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PasswordHash => {
                            if password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passwordHash"));
                            }
                            password_hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OperatorMayReplaceKey => {
                            if operator_may_replace_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operatorMayReplaceKey"));
                            }
                            operator_may_replace_key__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AdminAuth {
                    public_key: public_key__.unwrap_or_default(),
                    password_hash: password_hash__.unwrap_or_default(),
                    operator_may_replace_key: operator_may_replace_key__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AdminAuth", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AdminRemoteCallReqWithAuth {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.req.is_empty() {
            len += 1;
        }
        if !self.password.is_empty() {
            len += 1;
        }
        if !self.function_name.is_empty() {
            len += 1;
        }
        if self.issued_at_ms != 0 {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if !self.service_name.is_empty() {
            len += 1;
        }
        if self.binding.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AdminRemoteCallReqWithAuth", len)?;
        if !self.req.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("req", pbjson::private::base64::encode(&self.req).as_str())?;
        }
        if !self.password.is_empty() {
            struct_ser.serialize_field("password", &self.password)?;
        }
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if self.issued_at_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("issuedAtMs", ToString::to_string(&self.issued_at_ms).as_str())?;
        }
        if !self.nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nonce", pbjson::private::base64::encode(&self.nonce).as_str())?;
        }
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if let Some(v) = self.binding.as_ref() {
            struct_ser.serialize_field("binding", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AdminRemoteCallReqWithAuth {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "req",
            "password",
            "function_name",
            "functionName",
            "issued_at_ms",
            "issuedAtMs",
            "nonce",
            "service_name",
            "serviceName",
            "binding",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Req,
            Password,
            FunctionName,
            IssuedAtMs,
            Nonce,
            ServiceName,
            Binding,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "req" => Ok(GeneratedField::Req),
                            "password" => Ok(GeneratedField::Password),
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "issuedAtMs" | "issued_at_ms" => Ok(GeneratedField::IssuedAtMs),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "binding" => Ok(GeneratedField::Binding),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AdminRemoteCallReqWithAuth;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AdminRemoteCallReqWithAuth")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AdminRemoteCallReqWithAuth, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut req__ = None;
                let mut password__ = None;
                let mut function_name__ = None;
                let mut issued_at_ms__ = None;
                let mut nonce__ = None;
                let mut service_name__ = None;
                let mut binding__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Req => {
                            if req__.is_some() {
                                return Err(serde::de::Error::duplicate_field("req"));
                            }
                            req__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Password => {
                            if password__.is_some() {
                                return Err(serde::de::Error::duplicate_field("password"));
                            }
                            password__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IssuedAtMs => {
                            if issued_at_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("issuedAtMs"));
                            }
                            issued_at_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Binding => {
                            if binding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("binding"));
                            }
                            binding__ = map_.next_value()?;
                        }
                    }
                }
                Ok(AdminRemoteCallReqWithAuth {
                    req: req__.unwrap_or_default(),
                    password: password__.unwrap_or_default(),
                    function_name: function_name__.unwrap_or_default(),
                    issued_at_ms: issued_at_ms__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                    service_name: service_name__.unwrap_or_default(),
                    binding: binding__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AdminRemoteCallReqWithAuth", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AdminRemoteCallRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.function_name.is_empty() {
            len += 1;
        }
        if self.req_enc.is_some() {
            len += 1;
        }
        if !self.key_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AdminRemoteCallRequest", len)?;
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if let Some(v) = self.req_enc.as_ref() {
            struct_ser.serialize_field("reqEnc", v)?;
        }
        if !self.key_hash.is_empty() {
            struct_ser.serialize_field("keyHash", &self.key_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AdminRemoteCallRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "function_name",
            "functionName",
            "req_enc",
            "reqEnc",
            "key_hash",
            "keyHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            FunctionName,
            ReqEnc,
            KeyHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "reqEnc" | "req_enc" => Ok(GeneratedField::ReqEnc),
                            "keyHash" | "key_hash" => Ok(GeneratedField::KeyHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AdminRemoteCallRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AdminRemoteCallRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AdminRemoteCallRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut function_name__ = None;
                let mut req_enc__ = None;
                let mut key_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReqEnc => {
                            if req_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reqEnc"));
                            }
                            req_enc__ = map_.next_value()?;
                        }
                        GeneratedField::KeyHash => {
                            if key_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyHash"));
                            }
                            key_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AdminRemoteCallRequest {
                    function_name: function_name__.unwrap_or_default(),
                    req_enc: req_enc__,
                    key_hash: key_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AdminRemoteCallRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AdminRemoteCallResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.error_message.is_empty() {
            len += 1;
        }
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        if self.res_enc.is_some() {
            len += 1;
        }
        if !self.res_plain.is_empty() {
            len += 1;
        }
        if self.state.is_some() {
            len += 1;
        }
        if self.done_before {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AdminRemoteCallResponse", len)?;
        if !self.error_message.is_empty() {
            struct_ser.serialize_field("errorMessage", &self.error_message)?;
        }
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        if let Some(v) = self.res_enc.as_ref() {
            struct_ser.serialize_field("resEnc", v)?;
        }
        if !self.res_plain.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("resPlain", pbjson::private::base64::encode(&self.res_plain).as_str())?;
        }
        if let Some(v) = self.state.as_ref() {
            struct_ser.serialize_field("state", v)?;
        }
        if self.done_before {
            struct_ser.serialize_field("doneBefore", &self.done_before)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AdminRemoteCallResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "error_message",
            "errorMessage",
            "auth_ra_report",
            "authRaReport",
            "res_enc",
            "resEnc",
            "res_plain",
            "resPlain",
            "state",
            "done_before",
            "doneBefore",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ErrorMessage,
            AuthRaReport,
            ResEnc,
            ResPlain,
            State,
            DoneBefore,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "errorMessage" | "error_message" => Ok(GeneratedField::ErrorMessage),
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            "resEnc" | "res_enc" => Ok(GeneratedField::ResEnc),
                            "resPlain" | "res_plain" => Ok(GeneratedField::ResPlain),
                            "state" => Ok(GeneratedField::State),
                            "doneBefore" | "done_before" => Ok(GeneratedField::DoneBefore),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AdminRemoteCallResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AdminRemoteCallResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AdminRemoteCallResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut error_message__ = None;
                let mut auth_ra_report__ = None;
                let mut res_enc__ = None;
                let mut res_plain__ = None;
                let mut state__ = None;
                let mut done_before__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ErrorMessage => {
                            if error_message__.is_some() {
                                return Err(serde::de::Error::duplicate_field("errorMessage"));
                            }
                            error_message__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                        GeneratedField::ResEnc => {
                            if res_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resEnc"));
                            }
                            res_enc__ = map_.next_value()?;
                        }
                        GeneratedField::ResPlain => {
                            if res_plain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resPlain"));
                            }
                            res_plain__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = map_.next_value()?;
                        }
                        GeneratedField::DoneBefore => {
                            if done_before__.is_some() {
                                return Err(serde::de::Error::duplicate_field("doneBefore"));
                            }
                            done_before__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AdminRemoteCallResponse {
                    error_message: error_message__.unwrap_or_default(),
                    auth_ra_report: auth_ra_report__,
                    res_enc: res_enc__,
                    res_plain: res_plain__.unwrap_or_default(),
                    state: state__,
                    done_before: done_before__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AdminRemoteCallResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Administrator {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.key_hash.is_empty() {
            len += 1;
        }
        if self.has_password {
            len += 1;
        }
        if self.added_at_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.Administrator", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.key_hash.is_empty() {
            struct_ser.serialize_field("keyHash", &self.key_hash)?;
        }
        if self.has_password {
            struct_ser.serialize_field("hasPassword", &self.has_password)?;
        }
        if self.added_at_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("addedAtMs", ToString::to_string(&self.added_at_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Administrator {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "key_hash",
            "keyHash",
            "has_password",
            "hasPassword",
            "added_at_ms",
            "addedAtMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            KeyHash,
            HasPassword,
            AddedAtMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "keyHash" | "key_hash" => Ok(GeneratedField::KeyHash),
                            "hasPassword" | "has_password" => Ok(GeneratedField::HasPassword),
                            "addedAtMs" | "added_at_ms" => Ok(GeneratedField::AddedAtMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Administrator;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.Administrator")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Administrator, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut key_hash__ = None;
                let mut has_password__ = None;
                let mut added_at_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::KeyHash => {
                            if key_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keyHash"));
                            }
                            key_hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HasPassword => {
                            if has_password__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hasPassword"));
                            }
                            has_password__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AddedAtMs => {
                            if added_at_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("addedAtMs"));
                            }
                            added_at_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Administrator {
                    name: name__.unwrap_or_default(),
                    key_hash: key_hash__.unwrap_or_default(),
                    has_password: has_password__.unwrap_or_default(),
                    added_at_ms: added_at_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.Administrator", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsBackupIdentityRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.host_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsBackupIdentityRequest", len)?;
        if !self.host_name.is_empty() {
            struct_ser.serialize_field("hostName", &self.host_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsBackupIdentityRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "host_name",
            "hostName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HostName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hostName" | "host_name" => Ok(GeneratedField::HostName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsBackupIdentityRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsBackupIdentityRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsBackupIdentityRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut host_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HostName => {
                            if host_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostName"));
                            }
                            host_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsBackupIdentityRequest {
                    host_name: host_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsBackupIdentityRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsBackupIdentityResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.AecsBackupIdentityResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsBackupIdentityResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsBackupIdentityResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsBackupIdentityResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsBackupIdentityResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(AecsBackupIdentityResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsBackupIdentityResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsDeleteBackupIdentityRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.host_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsDeleteBackupIdentityRequest", len)?;
        if !self.host_name.is_empty() {
            struct_ser.serialize_field("hostName", &self.host_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsDeleteBackupIdentityRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "host_name",
            "hostName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HostName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hostName" | "host_name" => Ok(GeneratedField::HostName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsDeleteBackupIdentityRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsDeleteBackupIdentityRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsDeleteBackupIdentityRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut host_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HostName => {
                            if host_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostName"));
                            }
                            host_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsDeleteBackupIdentityRequest {
                    host_name: host_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsDeleteBackupIdentityRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsDeleteBackupIdentityResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.AecsDeleteBackupIdentityResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsDeleteBackupIdentityResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsDeleteBackupIdentityResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsDeleteBackupIdentityResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsDeleteBackupIdentityResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(AecsDeleteBackupIdentityResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsDeleteBackupIdentityResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsDestroyTaSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsDestroyTaSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsDestroyTaSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsDestroyTaSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsDestroyTaSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsDestroyTaSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsDestroyTaSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsDestroyTaSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsDestroyTaSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.AecsDestroyTaSecretResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsDestroyTaSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsDestroyTaSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsDestroyTaSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsDestroyTaSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(AecsDestroyTaSecretResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsDestroyTaSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsIdentityBackup {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.hex_sealed_identity.is_empty() {
            len += 1;
        }
        if !self.public_key_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsIdentityBackup", len)?;
        if !self.hex_sealed_identity.is_empty() {
            struct_ser.serialize_field("hexSealedIdentity", &self.hex_sealed_identity)?;
        }
        if !self.public_key_hash.is_empty() {
            struct_ser.serialize_field("publicKeyHash", &self.public_key_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsIdentityBackup {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "hex_sealed_identity",
            "hexSealedIdentity",
            "public_key_hash",
            "publicKeyHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HexSealedIdentity,
            PublicKeyHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hexSealedIdentity" | "hex_sealed_identity" => Ok(GeneratedField::HexSealedIdentity),
                            "publicKeyHash" | "public_key_hash" => Ok(GeneratedField::PublicKeyHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsIdentityBackup;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsIdentityBackup")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsIdentityBackup, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut hex_sealed_identity__ = None;
                let mut public_key_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HexSealedIdentity => {
                            if hex_sealed_identity__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hexSealedIdentity"));
                            }
                            hex_sealed_identity__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PublicKeyHash => {
                            if public_key_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKeyHash"));
                            }
                            public_key_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsIdentityBackup {
                    hex_sealed_identity: hex_sealed_identity__.unwrap_or_default(),
                    public_key_hash: public_key_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsIdentityBackup", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsListBackupIdentityRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.host_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsListBackupIdentityRequest", len)?;
        if !self.host_name.is_empty() {
            struct_ser.serialize_field("hostName", &self.host_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsListBackupIdentityRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "host_name",
            "hostName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            HostName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "hostName" | "host_name" => Ok(GeneratedField::HostName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsListBackupIdentityRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsListBackupIdentityRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsListBackupIdentityRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut host_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::HostName => {
                            if host_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostName"));
                            }
                            host_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsListBackupIdentityRequest {
                    host_name: host_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsListBackupIdentityRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsListBackupIdentityResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.results.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsListBackupIdentityResponse", len)?;
        if !self.results.is_empty() {
            struct_ser.serialize_field("results", &self.results)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsListBackupIdentityResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "results",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Results,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "results" => Ok(GeneratedField::Results),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsListBackupIdentityResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsListBackupIdentityResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsListBackupIdentityResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut results__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Results => {
                            if results__.is_some() {
                                return Err(serde::de::Error::duplicate_field("results"));
                            }
                            results__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsListBackupIdentityResponse {
                    results: results__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsListBackupIdentityResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsListIdentityBackupResult {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.identity_backup_name.is_empty() {
            len += 1;
        }
        if !self.identity_public_key_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsListIdentityBackupResult", len)?;
        if !self.identity_backup_name.is_empty() {
            struct_ser.serialize_field("identityBackupName", &self.identity_backup_name)?;
        }
        if !self.identity_public_key_hash.is_empty() {
            struct_ser.serialize_field("identityPublicKeyHash", &self.identity_public_key_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsListIdentityBackupResult {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "identity_backup_name",
            "identityBackupName",
            "identity_public_key_hash",
            "identityPublicKeyHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            IdentityBackupName,
            IdentityPublicKeyHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "identityBackupName" | "identity_backup_name" => Ok(GeneratedField::IdentityBackupName),
                            "identityPublicKeyHash" | "identity_public_key_hash" => Ok(GeneratedField::IdentityPublicKeyHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsListIdentityBackupResult;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsListIdentityBackupResult")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsListIdentityBackupResult, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut identity_backup_name__ = None;
                let mut identity_public_key_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::IdentityBackupName => {
                            if identity_backup_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identityBackupName"));
                            }
                            identity_backup_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IdentityPublicKeyHash => {
                            if identity_public_key_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identityPublicKeyHash"));
                            }
                            identity_public_key_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsListIdentityBackupResult {
                    identity_backup_name: identity_backup_name__.unwrap_or_default(),
                    identity_public_key_hash: identity_public_key_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsListIdentityBackupResult", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsListTaSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsListTaSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsListTaSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsListTaSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsListTaSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsListTaSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsListTaSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsListTaSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsListTaSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secrets.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsListTaSecretResponse", len)?;
        if !self.secrets.is_empty() {
            struct_ser.serialize_field("secrets", &self.secrets)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsListTaSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secrets",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secrets,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secrets" => Ok(GeneratedField::Secrets),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsListTaSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsListTaSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsListTaSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secrets__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secrets => {
                            if secrets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secrets"));
                            }
                            secrets__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsListTaSecretResponse {
                    secrets: secrets__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsListTaSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsProvisionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth.is_some() {
            len += 1;
        }
        if !self.host_name.is_empty() {
            len += 1;
        }
        if !self.identity_hash.is_empty() {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if self.server_config.is_some() {
            len += 1;
        }
        if !self.settings_digest.is_empty() {
            len += 1;
        }
        if self.accept_older_store {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsProvisionRequest", len)?;
        if let Some(v) = self.auth.as_ref() {
            struct_ser.serialize_field("auth", v)?;
        }
        if !self.host_name.is_empty() {
            struct_ser.serialize_field("hostName", &self.host_name)?;
        }
        if !self.identity_hash.is_empty() {
            struct_ser.serialize_field("identityHash", &self.identity_hash)?;
        }
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        if let Some(v) = self.server_config.as_ref() {
            struct_ser.serialize_field("serverConfig", v)?;
        }
        if !self.settings_digest.is_empty() {
            struct_ser.serialize_field("settingsDigest", &self.settings_digest)?;
        }
        if self.accept_older_store {
            struct_ser.serialize_field("acceptOlderStore", &self.accept_older_store)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsProvisionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth",
            "host_name",
            "hostName",
            "identity_hash",
            "identityHash",
            "deployment_id",
            "deploymentId",
            "server_config",
            "serverConfig",
            "settings_digest",
            "settingsDigest",
            "accept_older_store",
            "acceptOlderStore",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Auth,
            HostName,
            IdentityHash,
            DeploymentId,
            ServerConfig,
            SettingsDigest,
            AcceptOlderStore,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "auth" => Ok(GeneratedField::Auth),
                            "hostName" | "host_name" => Ok(GeneratedField::HostName),
                            "identityHash" | "identity_hash" => Ok(GeneratedField::IdentityHash),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "serverConfig" | "server_config" => Ok(GeneratedField::ServerConfig),
                            "settingsDigest" | "settings_digest" => Ok(GeneratedField::SettingsDigest),
                            "acceptOlderStore" | "accept_older_store" => Ok(GeneratedField::AcceptOlderStore),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsProvisionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsProvisionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsProvisionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth__ = None;
                let mut host_name__ = None;
                let mut identity_hash__ = None;
                let mut deployment_id__ = None;
                let mut server_config__ = None;
                let mut settings_digest__ = None;
                let mut accept_older_store__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Auth => {
                            if auth__.is_some() {
                                return Err(serde::de::Error::duplicate_field("auth"));
                            }
                            auth__ = map_.next_value()?;
                        }
                        GeneratedField::HostName => {
                            if host_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostName"));
                            }
                            host_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IdentityHash => {
                            if identity_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identityHash"));
                            }
                            identity_hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServerConfig => {
                            if server_config__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serverConfig"));
                            }
                            server_config__ = map_.next_value()?;
                        }
                        GeneratedField::SettingsDigest => {
                            if settings_digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settingsDigest"));
                            }
                            settings_digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AcceptOlderStore => {
                            if accept_older_store__.is_some() {
                                return Err(serde::de::Error::duplicate_field("acceptOlderStore"));
                            }
                            accept_older_store__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsProvisionRequest {
                    auth: auth__,
                    host_name: host_name__.unwrap_or_default(),
                    identity_hash: identity_hash__.unwrap_or_default(),
                    deployment_id: deployment_id__.unwrap_or_default(),
                    server_config: server_config__,
                    settings_digest: settings_digest__.unwrap_or_default(),
                    accept_older_store: accept_older_store__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsProvisionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsProvisionResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.already_working {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if !self.missing_files.is_empty() {
            len += 1;
        }
        if !self.administrator.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsProvisionResponse", len)?;
        if self.already_working {
            struct_ser.serialize_field("alreadyWorking", &self.already_working)?;
        }
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        if !self.missing_files.is_empty() {
            struct_ser.serialize_field("missingFiles", &self.missing_files)?;
        }
        if !self.administrator.is_empty() {
            struct_ser.serialize_field("administrator", &self.administrator)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsProvisionResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "already_working",
            "alreadyWorking",
            "deployment_id",
            "deploymentId",
            "missing_files",
            "missingFiles",
            "administrator",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AlreadyWorking,
            DeploymentId,
            MissingFiles,
            Administrator,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "alreadyWorking" | "already_working" => Ok(GeneratedField::AlreadyWorking),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "missingFiles" | "missing_files" => Ok(GeneratedField::MissingFiles),
                            "administrator" => Ok(GeneratedField::Administrator),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsProvisionResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsProvisionResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsProvisionResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut already_working__ = None;
                let mut deployment_id__ = None;
                let mut missing_files__ = None;
                let mut administrator__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AlreadyWorking => {
                            if already_working__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alreadyWorking"));
                            }
                            already_working__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MissingFiles => {
                            if missing_files__.is_some() {
                                return Err(serde::de::Error::duplicate_field("missingFiles"));
                            }
                            missing_files__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Administrator => {
                            if administrator__.is_some() {
                                return Err(serde::de::Error::duplicate_field("administrator"));
                            }
                            administrator__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AecsProvisionResponse {
                    already_working: already_working__.unwrap_or_default(),
                    deployment_id: deployment_id__.unwrap_or_default(),
                    missing_files: missing_files__.unwrap_or_default(),
                    administrator: administrator__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsProvisionResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsServerSecrets {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.identity.is_some() {
            len += 1;
        }
        if self.storage_auth.is_some() {
            len += 1;
        }
        if self.admin.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsServerSecrets", len)?;
        if let Some(v) = self.identity.as_ref() {
            struct_ser.serialize_field("identity", v)?;
        }
        if let Some(v) = self.storage_auth.as_ref() {
            struct_ser.serialize_field("storageAuth", v)?;
        }
        if let Some(v) = self.admin.as_ref() {
            struct_ser.serialize_field("admin", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsServerSecrets {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "identity",
            "storage_auth",
            "storageAuth",
            "admin",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Identity,
            StorageAuth,
            Admin,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "identity" => Ok(GeneratedField::Identity),
                            "storageAuth" | "storage_auth" => Ok(GeneratedField::StorageAuth),
                            "admin" => Ok(GeneratedField::Admin),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsServerSecrets;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsServerSecrets")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsServerSecrets, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut identity__ = None;
                let mut storage_auth__ = None;
                let mut admin__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Identity => {
                            if identity__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identity"));
                            }
                            identity__ = map_.next_value()?;
                        }
                        GeneratedField::StorageAuth => {
                            if storage_auth__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storageAuth"));
                            }
                            storage_auth__ = map_.next_value()?;
                        }
                        GeneratedField::Admin => {
                            if admin__.is_some() {
                                return Err(serde::de::Error::duplicate_field("admin"));
                            }
                            admin__ = map_.next_value()?;
                        }
                    }
                }
                Ok(AecsServerSecrets {
                    identity: identity__,
                    storage_auth: storage_auth__,
                    admin: admin__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsServerSecrets", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsSetTimeRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.floor_ms != 0 {
            len += 1;
        }
        if self.uptime_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsSetTimeRequest", len)?;
        if self.floor_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("floorMs", ToString::to_string(&self.floor_ms).as_str())?;
        }
        if self.uptime_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("uptimeMs", ToString::to_string(&self.uptime_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsSetTimeRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "floor_ms",
            "floorMs",
            "uptime_ms",
            "uptimeMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            FloorMs,
            UptimeMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "floorMs" | "floor_ms" => Ok(GeneratedField::FloorMs),
                            "uptimeMs" | "uptime_ms" => Ok(GeneratedField::UptimeMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsSetTimeRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsSetTimeRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsSetTimeRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut floor_ms__ = None;
                let mut uptime_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::FloorMs => {
                            if floor_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("floorMs"));
                            }
                            floor_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::UptimeMs => {
                            if uptime_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uptimeMs"));
                            }
                            uptime_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AecsSetTimeRequest {
                    floor_ms: floor_ms__.unwrap_or_default(),
                    uptime_ms: uptime_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsSetTimeRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AecsSetTimeResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.before_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AecsSetTimeResponse", len)?;
        if self.before_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("beforeMs", ToString::to_string(&self.before_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AecsSetTimeResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "before_ms",
            "beforeMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            BeforeMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "beforeMs" | "before_ms" => Ok(GeneratedField::BeforeMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AecsSetTimeResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AecsSetTimeResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AecsSetTimeResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut before_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::BeforeMs => {
                            if before_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("beforeMs"));
                            }
                            before_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AecsSetTimeResponse {
                    before_ms: before_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AecsSetTimeResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ApplyDeploymentRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.file.is_some() {
            len += 1;
        }
        if self.revision != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ApplyDeploymentRequest", len)?;
        if let Some(v) = self.file.as_ref() {
            struct_ser.serialize_field("file", v)?;
        }
        if self.revision != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("revision", ToString::to_string(&self.revision).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApplyDeploymentRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "file",
            "revision",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            File,
            Revision,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "file" => Ok(GeneratedField::File),
                            "revision" => Ok(GeneratedField::Revision),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApplyDeploymentRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ApplyDeploymentRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApplyDeploymentRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut file__ = None;
                let mut revision__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::File => {
                            if file__.is_some() {
                                return Err(serde::de::Error::duplicate_field("file"));
                            }
                            file__ = map_.next_value()?;
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ApplyDeploymentRequest {
                    file: file__,
                    revision: revision__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ApplyDeploymentRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ApplyDeploymentResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.revision != 0 {
            len += 1;
        }
        if !self.digest.is_empty() {
            len += 1;
        }
        if !self.differences.is_empty() {
            len += 1;
        }
        if !self.missing_files.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ApplyDeploymentResponse", len)?;
        if self.revision != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("revision", ToString::to_string(&self.revision).as_str())?;
        }
        if !self.digest.is_empty() {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if !self.differences.is_empty() {
            struct_ser.serialize_field("differences", &self.differences)?;
        }
        if !self.missing_files.is_empty() {
            struct_ser.serialize_field("missingFiles", &self.missing_files)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApplyDeploymentResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "revision",
            "digest",
            "differences",
            "missing_files",
            "missingFiles",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Revision,
            Digest,
            Differences,
            MissingFiles,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "revision" => Ok(GeneratedField::Revision),
                            "digest" => Ok(GeneratedField::Digest),
                            "differences" => Ok(GeneratedField::Differences),
                            "missingFiles" | "missing_files" => Ok(GeneratedField::MissingFiles),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApplyDeploymentResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ApplyDeploymentResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApplyDeploymentResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut revision__ = None;
                let mut digest__ = None;
                let mut differences__ = None;
                let mut missing_files__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Differences => {
                            if differences__.is_some() {
                                return Err(serde::de::Error::duplicate_field("differences"));
                            }
                            differences__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MissingFiles => {
                            if missing_files__.is_some() {
                                return Err(serde::de::Error::duplicate_field("missingFiles"));
                            }
                            missing_files__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ApplyDeploymentResponse {
                    revision: revision__.unwrap_or_default(),
                    digest: digest__.unwrap_or_default(),
                    differences: differences__.unwrap_or_default(),
                    missing_files: missing_files__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ApplyDeploymentResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ApplySecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.secret.is_some() {
            len += 1;
        }
        if self.dry_run {
            len += 1;
        }
        if self.if_epoch != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ApplySecretRequest", len)?;
        if let Some(v) = self.secret.as_ref() {
            struct_ser.serialize_field("secret", v)?;
        }
        if self.dry_run {
            struct_ser.serialize_field("dryRun", &self.dry_run)?;
        }
        if self.if_epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifEpoch", ToString::to_string(&self.if_epoch).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApplySecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret",
            "dry_run",
            "dryRun",
            "if_epoch",
            "ifEpoch",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secret,
            DryRun,
            IfEpoch,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secret" => Ok(GeneratedField::Secret),
                            "dryRun" | "dry_run" => Ok(GeneratedField::DryRun),
                            "ifEpoch" | "if_epoch" => Ok(GeneratedField::IfEpoch),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApplySecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ApplySecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApplySecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret__ = None;
                let mut dry_run__ = None;
                let mut if_epoch__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = map_.next_value()?;
                        }
                        GeneratedField::DryRun => {
                            if dry_run__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dryRun"));
                            }
                            dry_run__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IfEpoch => {
                            if if_epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifEpoch"));
                            }
                            if_epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ApplySecretRequest {
                    secret: secret__,
                    dry_run: dry_run__.unwrap_or_default(),
                    if_epoch: if_epoch__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ApplySecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ApplySecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.outcome != 0 {
            len += 1;
        }
        if !self.changed.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ApplySecretResponse", len)?;
        if self.outcome != 0 {
            let v = crate::json::OpenEnum::<SecretOutcome>::new(self.outcome);
            struct_ser.serialize_field("outcome", &v)?;
        }
        if !self.changed.is_empty() {
            struct_ser.serialize_field("changed", &self.changed)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApplySecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "outcome",
            "changed",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Outcome,
            Changed,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "outcome" => Ok(GeneratedField::Outcome),
                            "changed" => Ok(GeneratedField::Changed),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApplySecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ApplySecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApplySecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut outcome__ = None;
                let mut changed__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<crate::json::OpenEnum<SecretOutcome>>()?.number());
                        }
                        GeneratedField::Changed => {
                            if changed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changed"));
                            }
                            changed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ApplySecretResponse {
                    outcome: outcome__.unwrap_or_default(),
                    changed: changed__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ApplySecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ArmCcaReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_token.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ArmCcaReport", len)?;
        if !self.b64_token.is_empty() {
            struct_ser.serialize_field("b64_token", &self.b64_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ArmCcaReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_token",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Token,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_token" => Ok(GeneratedField::B64Token),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ArmCcaReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ArmCcaReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ArmCcaReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Token => {
                            if b64_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_token"));
                            }
                            b64_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ArmCcaReport {
                    b64_token: b64_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ArmCcaReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AsymmetricKeyPair {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.private_key.is_empty() {
            len += 1;
        }
        if !self.public_key.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AsymmetricKeyPair", len)?;
        if !self.private_key.is_empty() {
            struct_ser.serialize_field("privateKey", &self.private_key)?;
        }
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AsymmetricKeyPair {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "private_key",
            "privateKey",
            "public_key",
            "publicKey",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PrivateKey,
            PublicKey,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "privateKey" | "private_key" => Ok(GeneratedField::PrivateKey),
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AsymmetricKeyPair;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AsymmetricKeyPair")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AsymmetricKeyPair, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut private_key__ = None;
                let mut public_key__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PrivateKey => {
                            if private_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("privateKey"));
                            }
                            private_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AsymmetricKeyPair {
                    private_key: private_key__.unwrap_or_default(),
                    public_key: public_key__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AsymmetricKeyPair", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationCondition {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.condition.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationCondition", len)?;
        if let Some(v) = self.condition.as_ref() {
            match v {
                attestation_condition::Condition::AnyOf(v) => {
                    struct_ser.serialize_field("anyOf", v)?;
                }
                attestation_condition::Condition::NoneOf(v) => {
                    struct_ser.serialize_field("noneOf", v)?;
                }
                attestation_condition::Condition::NoneOfIfPresent(v) => {
                    struct_ser.serialize_field("noneOfIfPresent", v)?;
                }
                attestation_condition::Condition::ValidUntilMs(v) => {
                    #[allow(clippy::needless_borrow)]
                    #[allow(clippy::needless_borrows_for_generic_args)]
                    struct_ser.serialize_field("validUntilMs", ToString::to_string(&v).as_str())?;
                }
                attestation_condition::Condition::OutOfDate(v) => {
                    struct_ser.serialize_field("outOfDate", v)?;
                }
                attestation_condition::Condition::InLists(v) => {
                    struct_ser.serialize_field("inLists", v)?;
                }
                attestation_condition::Condition::InNoList(v) => {
                    struct_ser.serialize_field("inNoList", v)?;
                }
                attestation_condition::Condition::InNoListIfPresent(v) => {
                    struct_ser.serialize_field("inNoListIfPresent", v)?;
                }
                attestation_condition::Condition::InSets(v) => {
                    struct_ser.serialize_field("inSets", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationCondition {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "any_of",
            "anyOf",
            "none_of",
            "noneOf",
            "none_of_if_present",
            "noneOfIfPresent",
            "valid_until_ms",
            "validUntilMs",
            "out_of_date",
            "outOfDate",
            "in_lists",
            "inLists",
            "in_no_list",
            "inNoList",
            "in_no_list_if_present",
            "inNoListIfPresent",
            "in_sets",
            "inSets",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AnyOf,
            NoneOf,
            NoneOfIfPresent,
            ValidUntilMs,
            OutOfDate,
            InLists,
            InNoList,
            InNoListIfPresent,
            InSets,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "anyOf" | "any_of" => Ok(GeneratedField::AnyOf),
                            "noneOf" | "none_of" => Ok(GeneratedField::NoneOf),
                            "noneOfIfPresent" | "none_of_if_present" => Ok(GeneratedField::NoneOfIfPresent),
                            "validUntilMs" | "valid_until_ms" => Ok(GeneratedField::ValidUntilMs),
                            "outOfDate" | "out_of_date" => Ok(GeneratedField::OutOfDate),
                            "inLists" | "in_lists" => Ok(GeneratedField::InLists),
                            "inNoList" | "in_no_list" => Ok(GeneratedField::InNoList),
                            "inNoListIfPresent" | "in_no_list_if_present" => Ok(GeneratedField::InNoListIfPresent),
                            "inSets" | "in_sets" => Ok(GeneratedField::InSets),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationCondition;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationCondition")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationCondition, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut condition__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AnyOf => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("anyOf"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::AnyOf)
;
                        }
                        GeneratedField::NoneOf => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("noneOf"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::NoneOf)
;
                        }
                        GeneratedField::NoneOfIfPresent => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("noneOfIfPresent"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::NoneOfIfPresent)
;
                        }
                        GeneratedField::ValidUntilMs => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("validUntilMs"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| attestation_condition::Condition::ValidUntilMs(x.0));
                        }
                        GeneratedField::OutOfDate => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outOfDate"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::OutOfDate)
;
                        }
                        GeneratedField::InLists => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inLists"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::InLists)
;
                        }
                        GeneratedField::InNoList => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inNoList"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::InNoList)
;
                        }
                        GeneratedField::InNoListIfPresent => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inNoListIfPresent"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::InNoListIfPresent)
;
                        }
                        GeneratedField::InSets => {
                            if condition__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inSets"));
                            }
                            condition__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_condition::Condition::InSets)
;
                        }
                    }
                }
                Ok(AttestationCondition {
                    condition: condition__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationCondition", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationDevice {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.platform.is_empty() {
            len += 1;
        }
        if self.min_count != 0 {
            len += 1;
        }
        if self.max_count != 0 {
            len += 1;
        }
        if self.each.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationDevice", len)?;
        if !self.platform.is_empty() {
            struct_ser.serialize_field("platform", &self.platform)?;
        }
        if self.min_count != 0 {
            struct_ser.serialize_field("minCount", &self.min_count)?;
        }
        if self.max_count != 0 {
            struct_ser.serialize_field("maxCount", &self.max_count)?;
        }
        if let Some(v) = self.each.as_ref() {
            struct_ser.serialize_field("each", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationDevice {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "platform",
            "min_count",
            "minCount",
            "max_count",
            "maxCount",
            "each",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Platform,
            MinCount,
            MaxCount,
            Each,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "platform" => Ok(GeneratedField::Platform),
                            "minCount" | "min_count" => Ok(GeneratedField::MinCount),
                            "maxCount" | "max_count" => Ok(GeneratedField::MaxCount),
                            "each" => Ok(GeneratedField::Each),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationDevice;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationDevice")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationDevice, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut platform__ = None;
                let mut min_count__ = None;
                let mut max_count__ = None;
                let mut each__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Platform => {
                            if platform__.is_some() {
                                return Err(serde::de::Error::duplicate_field("platform"));
                            }
                            platform__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MinCount => {
                            if min_count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minCount"));
                            }
                            min_count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxCount => {
                            if max_count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxCount"));
                            }
                            max_count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Each => {
                            if each__.is_some() {
                                return Err(serde::de::Error::duplicate_field("each"));
                            }
                            each__ = map_.next_value()?;
                        }
                    }
                }
                Ok(AttestationDevice {
                    platform: platform__.unwrap_or_default(),
                    min_count: min_count__.unwrap_or_default(),
                    max_count: max_count__.unwrap_or_default(),
                    each: each__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationDevice", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationDevices {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.kinds.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationDevices", len)?;
        if !self.kinds.is_empty() {
            struct_ser.serialize_field("kinds", &self.kinds)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationDevices {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kinds",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kinds,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kinds" => Ok(GeneratedField::Kinds),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationDevices;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationDevices")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationDevices, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kinds__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kinds => {
                            if kinds__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kinds"));
                            }
                            kinds__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationDevices {
                    kinds: kinds__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationDevices", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationGrace {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.end.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationGrace", len)?;
        if let Some(v) = self.end.as_ref() {
            match v {
                attestation_grace::End::UntilMs(v) => {
                    #[allow(clippy::needless_borrow)]
                    #[allow(clippy::needless_borrows_for_generic_args)]
                    struct_ser.serialize_field("untilMs", ToString::to_string(&v).as_str())?;
                }
                attestation_grace::End::ForMs(v) => {
                    #[allow(clippy::needless_borrow)]
                    #[allow(clippy::needless_borrows_for_generic_args)]
                    struct_ser.serialize_field("forMs", ToString::to_string(&v).as_str())?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationGrace {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "until_ms",
            "untilMs",
            "for_ms",
            "forMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            UntilMs,
            ForMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "untilMs" | "until_ms" => Ok(GeneratedField::UntilMs),
                            "forMs" | "for_ms" => Ok(GeneratedField::ForMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationGrace;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationGrace")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationGrace, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut end__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::UntilMs => {
                            if end__.is_some() {
                                return Err(serde::de::Error::duplicate_field("untilMs"));
                            }
                            end__ = map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| attestation_grace::End::UntilMs(x.0));
                        }
                        GeneratedField::ForMs => {
                            if end__.is_some() {
                                return Err(serde::de::Error::duplicate_field("forMs"));
                            }
                            end__ = map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| attestation_grace::End::ForMs(x.0));
                        }
                    }
                }
                Ok(AttestationGrace {
                    end: end__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationGrace", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationLists {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.lists.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationLists", len)?;
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.lists.is_empty() {
            struct_ser.serialize_field("lists", &self.lists)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationLists {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "attribute",
            "lists",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Attribute,
            Lists,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "attribute" => Ok(GeneratedField::Attribute),
                            "lists" => Ok(GeneratedField::Lists),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationLists;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationLists")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationLists, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut attribute__ = None;
                let mut lists__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Lists => {
                            if lists__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lists"));
                            }
                            lists__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationLists {
                    attribute: attribute__.unwrap_or_default(),
                    lists: lists__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationLists", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationNested {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.group_name.is_empty() {
            len += 1;
        }
        if !self.group_id.is_empty() {
            len += 1;
        }
        if !self.attesters.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationNested", len)?;
        if !self.group_name.is_empty() {
            struct_ser.serialize_field("groupName", &self.group_name)?;
        }
        if !self.group_id.is_empty() {
            struct_ser.serialize_field("groupId", &self.group_id)?;
        }
        if !self.attesters.is_empty() {
            struct_ser.serialize_field("attesters", &self.attesters)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationNested {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "group_name",
            "groupName",
            "group_id",
            "groupId",
            "attesters",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            GroupName,
            GroupId,
            Attesters,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "groupName" | "group_name" => Ok(GeneratedField::GroupName),
                            "groupId" | "group_id" => Ok(GeneratedField::GroupId),
                            "attesters" => Ok(GeneratedField::Attesters),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationNested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationNested")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationNested, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut group_name__ = None;
                let mut group_id__ = None;
                let mut attesters__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::GroupName => {
                            if group_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("groupName"));
                            }
                            group_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::GroupId => {
                            if group_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("groupId"));
                            }
                            group_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attesters => {
                            if attesters__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attesters"));
                            }
                            attesters__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationNested {
                    group_name: group_name__.unwrap_or_default(),
                    group_id: group_id__.unwrap_or_default(),
                    attesters: attesters__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationNested", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationPart {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.part.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationPart", len)?;
        if let Some(v) = self.part.as_ref() {
            match v {
                attestation_part::Part::Attester(v) => {
                    struct_ser.serialize_field("attester", v)?;
                }
                attestation_part::Part::Nested(v) => {
                    struct_ser.serialize_field("nested", v)?;
                }
                attestation_part::Part::Devices(v) => {
                    struct_ser.serialize_field("devices", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationPart {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "attester",
            "nested",
            "devices",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Attester,
            Nested,
            Devices,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "attester" => Ok(GeneratedField::Attester),
                            "nested" => Ok(GeneratedField::Nested),
                            "devices" => Ok(GeneratedField::Devices),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationPart;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationPart")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationPart, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut part__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Attester => {
                            if part__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attester"));
                            }
                            part__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_part::Part::Attester)
;
                        }
                        GeneratedField::Nested => {
                            if part__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nested"));
                            }
                            part__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_part::Part::Nested)
;
                        }
                        GeneratedField::Devices => {
                            if part__.is_some() {
                                return Err(serde::de::Error::duplicate_field("devices"));
                            }
                            part__ = map_.next_value::<::std::option::Option<_>>()?.map(attestation_part::Part::Devices)
;
                        }
                    }
                }
                Ok(AttestationPart {
                    part: part__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationPart", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.parts.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationPolicy", len)?;
        if !self.parts.is_empty() {
            struct_ser.serialize_field("parts", &self.parts)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "parts",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Parts,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "parts" => Ok(GeneratedField::Parts),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut parts__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Parts => {
                            if parts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parts"));
                            }
                            parts__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationPolicy {
                    parts: parts__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationRule {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.conditions.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationRule", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.conditions.is_empty() {
            struct_ser.serialize_field("conditions", &self.conditions)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationRule {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "conditions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Conditions,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "conditions" => Ok(GeneratedField::Conditions),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationRule;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationRule")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationRule, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut conditions__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Conditions => {
                            if conditions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("conditions"));
                            }
                            conditions__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationRule {
                    name: name__.unwrap_or_default(),
                    conditions: conditions__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationRule", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationRules {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.rules.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationRules", len)?;
        if !self.rules.is_empty() {
            struct_ser.serialize_field("rules", &self.rules)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationRules {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "rules",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Rules,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "rules" => Ok(GeneratedField::Rules),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationRules;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationRules")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationRules, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut rules__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Rules => {
                            if rules__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rules"));
                            }
                            rules__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationRules {
                    rules: rules__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationRules", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationSets {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.sets.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationSets", len)?;
        if !self.sets.is_empty() {
            struct_ser.serialize_field("sets", &self.sets)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationSets {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "sets",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Sets,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sets" => Ok(GeneratedField::Sets),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationSets;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationSets")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationSets, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut sets__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Sets => {
                            if sets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sets"));
                            }
                            sets__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationSets {
                    sets: sets__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationSets", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AttestationValues {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.values.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AttestationValues", len)?;
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.values.is_empty() {
            struct_ser.serialize_field("values", &self.values)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AttestationValues {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "attribute",
            "values",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Attribute,
            Values,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "attribute" => Ok(GeneratedField::Attribute),
                            "values" => Ok(GeneratedField::Values),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AttestationValues;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AttestationValues")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AttestationValues, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut attribute__ = None;
                let mut values__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Values => {
                            if values__.is_some() {
                                return Err(serde::de::Error::duplicate_field("values"));
                            }
                            values__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AttestationValues {
                    attribute: attribute__.unwrap_or_default(),
                    values: values__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AttestationValues", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AwsNitroReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_document.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AwsNitroReport", len)?;
        if !self.b64_document.is_empty() {
            struct_ser.serialize_field("b64_document", &self.b64_document)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AwsNitroReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_document",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Document,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_document" => Ok(GeneratedField::B64Document),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AwsNitroReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AwsNitroReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AwsNitroReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_document__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Document => {
                            if b64_document__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_document"));
                            }
                            b64_document__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AwsNitroReport {
                    b64_document: b64_document__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AwsNitroReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AzureVtpmReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_hcl_report.is_empty() {
            len += 1;
        }
        if !self.b64_tpm_message.is_empty() {
            len += 1;
        }
        if !self.b64_tpm_signature.is_empty() {
            len += 1;
        }
        if !self.hex_pcrs.is_empty() {
            len += 1;
        }
        if !self.b64_td_quote.is_empty() {
            len += 1;
        }
        if !self.json_endorsements.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.AzureVtpmReport", len)?;
        if !self.b64_hcl_report.is_empty() {
            struct_ser.serialize_field("b64_hcl_report", &self.b64_hcl_report)?;
        }
        if !self.b64_tpm_message.is_empty() {
            struct_ser.serialize_field("b64_tpm_message", &self.b64_tpm_message)?;
        }
        if !self.b64_tpm_signature.is_empty() {
            struct_ser.serialize_field("b64_tpm_signature", &self.b64_tpm_signature)?;
        }
        if !self.hex_pcrs.is_empty() {
            struct_ser.serialize_field("hex_pcrs", &self.hex_pcrs)?;
        }
        if !self.b64_td_quote.is_empty() {
            struct_ser.serialize_field("b64_td_quote", &self.b64_td_quote)?;
        }
        if !self.json_endorsements.is_empty() {
            struct_ser.serialize_field("json_endorsements", &self.json_endorsements)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AzureVtpmReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_hcl_report",
            "b64_tpm_message",
            "b64_tpm_signature",
            "hex_pcrs",
            "b64_td_quote",
            "json_endorsements",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64HclReport,
            B64TpmMessage,
            B64TpmSignature,
            HexPcrs,
            B64TdQuote,
            JsonEndorsements,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_hcl_report" => Ok(GeneratedField::B64HclReport),
                            "b64_tpm_message" => Ok(GeneratedField::B64TpmMessage),
                            "b64_tpm_signature" => Ok(GeneratedField::B64TpmSignature),
                            "hex_pcrs" => Ok(GeneratedField::HexPcrs),
                            "b64_td_quote" => Ok(GeneratedField::B64TdQuote),
                            "json_endorsements" => Ok(GeneratedField::JsonEndorsements),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AzureVtpmReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.AzureVtpmReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AzureVtpmReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_hcl_report__ = None;
                let mut b64_tpm_message__ = None;
                let mut b64_tpm_signature__ = None;
                let mut hex_pcrs__ = None;
                let mut b64_td_quote__ = None;
                let mut json_endorsements__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64HclReport => {
                            if b64_hcl_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_hcl_report"));
                            }
                            b64_hcl_report__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64TpmMessage => {
                            if b64_tpm_message__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_tpm_message"));
                            }
                            b64_tpm_message__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64TpmSignature => {
                            if b64_tpm_signature__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_tpm_signature"));
                            }
                            b64_tpm_signature__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexPcrs => {
                            if hex_pcrs__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_pcrs"));
                            }
                            hex_pcrs__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64TdQuote => {
                            if b64_td_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_td_quote"));
                            }
                            b64_td_quote__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonEndorsements => {
                            if json_endorsements__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_endorsements"));
                            }
                            json_endorsements__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AzureVtpmReport {
                    b64_hcl_report: b64_hcl_report__.unwrap_or_default(),
                    b64_tpm_message: b64_tpm_message__.unwrap_or_default(),
                    b64_tpm_signature: b64_tpm_signature__.unwrap_or_default(),
                    hex_pcrs: hex_pcrs__.unwrap_or_default(),
                    b64_td_quote: b64_td_quote__.unwrap_or_default(),
                    json_endorsements: json_endorsements__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.AzureVtpmReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateEnclaveSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.secret.is_some() {
            len += 1;
        }
        if self.is_update {
            len += 1;
        }
        if self.if_epoch != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.CreateEnclaveSecretRequest", len)?;
        if let Some(v) = self.secret.as_ref() {
            struct_ser.serialize_field("secret", v)?;
        }
        if self.is_update {
            struct_ser.serialize_field("isUpdate", &self.is_update)?;
        }
        if self.if_epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifEpoch", ToString::to_string(&self.if_epoch).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateEnclaveSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret",
            "is_update",
            "isUpdate",
            "if_epoch",
            "ifEpoch",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secret,
            IsUpdate,
            IfEpoch,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secret" => Ok(GeneratedField::Secret),
                            "isUpdate" | "is_update" => Ok(GeneratedField::IsUpdate),
                            "ifEpoch" | "if_epoch" => Ok(GeneratedField::IfEpoch),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateEnclaveSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.CreateEnclaveSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateEnclaveSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret__ = None;
                let mut is_update__ = None;
                let mut if_epoch__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = map_.next_value()?;
                        }
                        GeneratedField::IsUpdate => {
                            if is_update__.is_some() {
                                return Err(serde::de::Error::duplicate_field("isUpdate"));
                            }
                            is_update__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IfEpoch => {
                            if if_epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifEpoch"));
                            }
                            if_epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(CreateEnclaveSecretRequest {
                    secret: secret__,
                    is_update: is_update__.unwrap_or_default(),
                    if_epoch: if_epoch__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.CreateEnclaveSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CreateEnclaveSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.CreateEnclaveSecretResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CreateEnclaveSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CreateEnclaveSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.CreateEnclaveSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CreateEnclaveSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(CreateEnclaveSecretResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.CreateEnclaveSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DcapReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        if !self.json_collateral.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DcapReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        if !self.json_collateral.is_empty() {
            struct_ser.serialize_field("json_collateral", &self.json_collateral)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DcapReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
            "json_collateral",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
            JsonCollateral,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            "json_collateral" => Ok(GeneratedField::JsonCollateral),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DcapReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DcapReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DcapReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                let mut json_collateral__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonCollateral => {
                            if json_collateral__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_collateral"));
                            }
                            json_collateral__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DcapReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                    json_collateral: json_collateral__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DcapReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeleteSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DeleteSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeleteSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeleteSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DeleteSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeleteSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DeleteSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DeleteSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeleteSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.restorable_until_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DeleteSecretResponse", len)?;
        if self.restorable_until_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("restorableUntilMs", ToString::to_string(&self.restorable_until_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeleteSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "restorable_until_ms",
            "restorableUntilMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RestorableUntilMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "restorableUntilMs" | "restorable_until_ms" => Ok(GeneratedField::RestorableUntilMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeleteSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DeleteSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeleteSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut restorable_until_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RestorableUntilMs => {
                            if restorable_until_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("restorableUntilMs"));
                            }
                            restorable_until_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DeleteSecretResponse {
                    restorable_until_ms: restorable_until_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DeleteSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeletedSecret {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.restorable_until_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DeletedSecret", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.restorable_until_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("restorableUntilMs", ToString::to_string(&self.restorable_until_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeletedSecret {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "restorable_until_ms",
            "restorableUntilMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            RestorableUntilMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "restorableUntilMs" | "restorable_until_ms" => Ok(GeneratedField::RestorableUntilMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeletedSecret;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DeletedSecret")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeletedSecret, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut restorable_until_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RestorableUntilMs => {
                            if restorable_until_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("restorableUntilMs"));
                            }
                            restorable_until_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DeletedSecret {
                    secret_name: secret_name__.unwrap_or_default(),
                    restorable_until_ms: restorable_until_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DeletedSecret", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Denial {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.time_ms != 0 {
            len += 1;
        }
        if !self.function_name.is_empty() {
            len += 1;
        }
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.attributes.is_some() {
            len += 1;
        }
        if !self.mismatches.is_empty() {
            len += 1;
        }
        if self.reason != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.Denial", len)?;
        if self.time_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("timeMs", ToString::to_string(&self.time_ms).as_str())?;
        }
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if let Some(v) = self.attributes.as_ref() {
            struct_ser.serialize_field("attributes", v)?;
        }
        if !self.mismatches.is_empty() {
            struct_ser.serialize_field("mismatches", &self.mismatches)?;
        }
        if self.reason != 0 {
            let v = crate::json::OpenEnum::<DenialReason>::new(self.reason);
            struct_ser.serialize_field("reason", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Denial {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "time_ms",
            "timeMs",
            "function_name",
            "functionName",
            "secret_name",
            "secretName",
            "attributes",
            "mismatches",
            "reason",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            TimeMs,
            FunctionName,
            SecretName,
            Attributes,
            Mismatches,
            Reason,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "timeMs" | "time_ms" => Ok(GeneratedField::TimeMs),
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "attributes" => Ok(GeneratedField::Attributes),
                            "mismatches" => Ok(GeneratedField::Mismatches),
                            "reason" => Ok(GeneratedField::Reason),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Denial;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.Denial")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Denial, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut time_ms__ = None;
                let mut function_name__ = None;
                let mut secret_name__ = None;
                let mut attributes__ = None;
                let mut mismatches__ = None;
                let mut reason__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::TimeMs => {
                            if time_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeMs"));
                            }
                            time_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attributes => {
                            if attributes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attributes"));
                            }
                            attributes__ = map_.next_value()?;
                        }
                        GeneratedField::Mismatches => {
                            if mismatches__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mismatches"));
                            }
                            mismatches__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value::<crate::json::OpenEnum<DenialReason>>()?.number());
                        }
                    }
                }
                Ok(Denial {
                    time_ms: time_ms__.unwrap_or_default(),
                    function_name: function_name__.unwrap_or_default(),
                    secret_name: secret_name__.unwrap_or_default(),
                    attributes: attributes__,
                    mismatches: mismatches__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.Denial", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DenialMismatch {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.rule.is_empty() {
            len += 1;
        }
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.expected.is_empty() {
            len += 1;
        }
        if !self.actual.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DenialMismatch", len)?;
        if !self.rule.is_empty() {
            struct_ser.serialize_field("rule", &self.rule)?;
        }
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.expected.is_empty() {
            struct_ser.serialize_field("expected", &self.expected)?;
        }
        if !self.actual.is_empty() {
            struct_ser.serialize_field("actual", &self.actual)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DenialMismatch {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "rule",
            "attribute",
            "expected",
            "actual",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Rule,
            Attribute,
            Expected,
            Actual,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "rule" => Ok(GeneratedField::Rule),
                            "attribute" => Ok(GeneratedField::Attribute),
                            "expected" => Ok(GeneratedField::Expected),
                            "actual" => Ok(GeneratedField::Actual),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DenialMismatch;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DenialMismatch")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DenialMismatch, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut rule__ = None;
                let mut attribute__ = None;
                let mut expected__ = None;
                let mut actual__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Rule => {
                            if rule__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rule"));
                            }
                            rule__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Expected => {
                            if expected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expected"));
                            }
                            expected__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Actual => {
                            if actual__.is_some() {
                                return Err(serde::de::Error::duplicate_field("actual"));
                            }
                            actual__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DenialMismatch {
                    rule: rule__.unwrap_or_default(),
                    attribute: attribute__.unwrap_or_default(),
                    expected: expected__.unwrap_or_default(),
                    actual: actual__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DenialMismatch", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DenialReason {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::DenialPolicy => "DENIAL_POLICY",
            Self::DenialNoSuchSecret => "DENIAL_NO_SUCH_SECRET",
            Self::DenialNeverExported => "DENIAL_NEVER_EXPORTED",
            Self::DenialNotReadable => "DENIAL_NOT_READABLE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for DenialReason {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "DENIAL_POLICY",
            "DENIAL_NO_SUCH_SECRET",
            "DENIAL_NEVER_EXPORTED",
            "DENIAL_NOT_READABLE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = DenialReason;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "DENIAL_POLICY" => Ok(DenialReason::DenialPolicy),
                    "DENIAL_NO_SUCH_SECRET" => Ok(DenialReason::DenialNoSuchSecret),
                    "DENIAL_NEVER_EXPORTED" => Ok(DenialReason::DenialNeverExported),
                    "DENIAL_NOT_READABLE" => Ok(DenialReason::DenialNotReadable),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for DeploymentState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.epoch != 0 {
            len += 1;
        }
        if !self.chain.is_empty() {
            len += 1;
        }
        if self.settings_revision != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DeploymentState", len)?;
        if self.epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("epoch", ToString::to_string(&self.epoch).as_str())?;
        }
        if !self.chain.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("chain", pbjson::private::base64::encode(&self.chain).as_str())?;
        }
        if self.settings_revision != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("settingsRevision", ToString::to_string(&self.settings_revision).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeploymentState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "epoch",
            "chain",
            "settings_revision",
            "settingsRevision",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Epoch,
            Chain,
            SettingsRevision,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "epoch" => Ok(GeneratedField::Epoch),
                            "chain" => Ok(GeneratedField::Chain),
                            "settingsRevision" | "settings_revision" => Ok(GeneratedField::SettingsRevision),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeploymentState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DeploymentState")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeploymentState, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut epoch__ = None;
                let mut chain__ = None;
                let mut settings_revision__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Epoch => {
                            if epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("epoch"));
                            }
                            epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Chain => {
                            if chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("chain"));
                            }
                            chain__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::SettingsRevision => {
                            if settings_revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settingsRevision"));
                            }
                            settings_revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DeploymentState {
                    epoch: epoch__.unwrap_or_default(),
                    chain: chain__.unwrap_or_default(),
                    settings_revision: settings_revision__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DeploymentState", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DestroyEnclaveSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DestroyEnclaveSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DestroyEnclaveSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DestroyEnclaveSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DestroyEnclaveSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DestroyEnclaveSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DestroyEnclaveSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DestroyEnclaveSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DestroyEnclaveSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.DestroyEnclaveSecretResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DestroyEnclaveSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DestroyEnclaveSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DestroyEnclaveSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DestroyEnclaveSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(DestroyEnclaveSecretResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DestroyEnclaveSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DestroyNamedListRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.list_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DestroyNamedListRequest", len)?;
        if !self.list_name.is_empty() {
            struct_ser.serialize_field("listName", &self.list_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DestroyNamedListRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list_name",
            "listName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ListName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "listName" | "list_name" => Ok(GeneratedField::ListName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DestroyNamedListRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DestroyNamedListRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DestroyNamedListRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ListName => {
                            if list_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("listName"));
                            }
                            list_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DestroyNamedListRequest {
                    list_name: list_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DestroyNamedListRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DestroyNamedListResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.DestroyNamedListResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DestroyNamedListResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DestroyNamedListResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DestroyNamedListResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DestroyNamedListResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(DestroyNamedListResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DestroyNamedListResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DiffDeploymentRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.file.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DiffDeploymentRequest", len)?;
        if let Some(v) = self.file.as_ref() {
            struct_ser.serialize_field("file", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DiffDeploymentRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "file",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            File,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "file" => Ok(GeneratedField::File),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DiffDeploymentRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DiffDeploymentRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DiffDeploymentRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut file__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::File => {
                            if file__.is_some() {
                                return Err(serde::de::Error::duplicate_field("file"));
                            }
                            file__ = map_.next_value()?;
                        }
                    }
                }
                Ok(DiffDeploymentRequest {
                    file: file__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DiffDeploymentRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DiffDeploymentResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.differences.is_empty() {
            len += 1;
        }
        if !self.missing_files.is_empty() {
            len += 1;
        }
        if !self.administrator.is_empty() {
            len += 1;
        }
        if !self.without_password.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DiffDeploymentResponse", len)?;
        if !self.differences.is_empty() {
            struct_ser.serialize_field("differences", &self.differences)?;
        }
        if !self.missing_files.is_empty() {
            struct_ser.serialize_field("missingFiles", &self.missing_files)?;
        }
        if !self.administrator.is_empty() {
            struct_ser.serialize_field("administrator", &self.administrator)?;
        }
        if !self.without_password.is_empty() {
            struct_ser.serialize_field("withoutPassword", &self.without_password)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DiffDeploymentResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "differences",
            "missing_files",
            "missingFiles",
            "administrator",
            "without_password",
            "withoutPassword",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Differences,
            MissingFiles,
            Administrator,
            WithoutPassword,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "differences" => Ok(GeneratedField::Differences),
                            "missingFiles" | "missing_files" => Ok(GeneratedField::MissingFiles),
                            "administrator" => Ok(GeneratedField::Administrator),
                            "withoutPassword" | "without_password" => Ok(GeneratedField::WithoutPassword),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DiffDeploymentResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DiffDeploymentResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DiffDeploymentResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut differences__ = None;
                let mut missing_files__ = None;
                let mut administrator__ = None;
                let mut without_password__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Differences => {
                            if differences__.is_some() {
                                return Err(serde::de::Error::duplicate_field("differences"));
                            }
                            differences__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MissingFiles => {
                            if missing_files__.is_some() {
                                return Err(serde::de::Error::duplicate_field("missingFiles"));
                            }
                            missing_files__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Administrator => {
                            if administrator__.is_some() {
                                return Err(serde::de::Error::duplicate_field("administrator"));
                            }
                            administrator__ = Some(map_.next_value()?);
                        }
                        GeneratedField::WithoutPassword => {
                            if without_password__.is_some() {
                                return Err(serde::de::Error::duplicate_field("withoutPassword"));
                            }
                            without_password__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DiffDeploymentResponse {
                    differences: differences__.unwrap_or_default(),
                    missing_files: missing_files__.unwrap_or_default(),
                    administrator: administrator__.unwrap_or_default(),
                    without_password: without_password__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DiffDeploymentResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DigitalEnvelopeEncrypted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.aes_cipher.is_some() {
            len += 1;
        }
        if !self.encrypted_key.is_empty() {
            len += 1;
        }
        if !self.plain_hash.is_empty() {
            len += 1;
        }
        if !self.plain_hash_sig.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.DigitalEnvelopeEncrypted", len)?;
        if let Some(v) = self.aes_cipher.as_ref() {
            struct_ser.serialize_field("aesCipher", v)?;
        }
        if !self.encrypted_key.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("encryptedKey", pbjson::private::base64::encode(&self.encrypted_key).as_str())?;
        }
        if !self.plain_hash.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("plainHash", pbjson::private::base64::encode(&self.plain_hash).as_str())?;
        }
        if !self.plain_hash_sig.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("plainHashSig", pbjson::private::base64::encode(&self.plain_hash_sig).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DigitalEnvelopeEncrypted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "aes_cipher",
            "aesCipher",
            "encrypted_key",
            "encryptedKey",
            "plain_hash",
            "plainHash",
            "plain_hash_sig",
            "plainHashSig",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AesCipher,
            EncryptedKey,
            PlainHash,
            PlainHashSig,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "aesCipher" | "aes_cipher" => Ok(GeneratedField::AesCipher),
                            "encryptedKey" | "encrypted_key" => Ok(GeneratedField::EncryptedKey),
                            "plainHash" | "plain_hash" => Ok(GeneratedField::PlainHash),
                            "plainHashSig" | "plain_hash_sig" => Ok(GeneratedField::PlainHashSig),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DigitalEnvelopeEncrypted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.DigitalEnvelopeEncrypted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DigitalEnvelopeEncrypted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut aes_cipher__ = None;
                let mut encrypted_key__ = None;
                let mut plain_hash__ = None;
                let mut plain_hash_sig__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AesCipher => {
                            if aes_cipher__.is_some() {
                                return Err(serde::de::Error::duplicate_field("aesCipher"));
                            }
                            aes_cipher__ = map_.next_value()?;
                        }
                        GeneratedField::EncryptedKey => {
                            if encrypted_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("encryptedKey"));
                            }
                            encrypted_key__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PlainHash => {
                            if plain_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plainHash"));
                            }
                            plain_hash__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PlainHashSig => {
                            if plain_hash_sig__.is_some() {
                                return Err(serde::de::Error::duplicate_field("plainHashSig"));
                            }
                            plain_hash_sig__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DigitalEnvelopeEncrypted {
                    aes_cipher: aes_cipher__,
                    encrypted_key: encrypted_key__.unwrap_or_default(),
                    plain_hash: plain_hash__.unwrap_or_default(),
                    plain_hash_sig: plain_hash_sig__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.DigitalEnvelopeEncrypted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveConfigurations {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.items.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveConfigurations", len)?;
        if !self.items.is_empty() {
            struct_ser.serialize_field("items", &self.items)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveConfigurations {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "items",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Items,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "items" => Ok(GeneratedField::Items),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveConfigurations;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveConfigurations")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveConfigurations, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut items__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Items => {
                            if items__.is_some() {
                                return Err(serde::de::Error::duplicate_field("items"));
                            }
                            items__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveConfigurations {
                    items: items__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveConfigurations", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveKvPair {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.key.is_empty() {
            len += 1;
        }
        if !self.value.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveKvPair", len)?;
        if !self.key.is_empty() {
            struct_ser.serialize_field("key", &self.key)?;
        }
        if !self.value.is_empty() {
            struct_ser.serialize_field("value", &self.value)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveKvPair {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "key",
            "value",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Key,
            Value,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "key" => Ok(GeneratedField::Key),
                            "value" => Ok(GeneratedField::Value),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveKvPair;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveKvPair")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveKvPair, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut key__ = None;
                let mut value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Key => {
                            if key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("key"));
                            }
                            key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveKvPair {
                    key: key__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveKvPair", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveLabel {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.value.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveLabel", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.value.is_empty() {
            struct_ser.serialize_field("value", &self.value)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveLabel {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "value",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Value,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "value" => Ok(GeneratedField::Value),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveLabel;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveLabel")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveLabel, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveLabel {
                    name: name__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveLabel", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclavePolicyType {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::PolicyTypeBound => "POLICY_TYPE_BOUND",
            Self::PolicyTypeUnbound => "POLICY_TYPE_UNBOUND",
            Self::PolicyTypeNeverExport => "POLICY_TYPE_NEVER_EXPORT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnclavePolicyType {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "POLICY_TYPE_BOUND",
            "POLICY_TYPE_UNBOUND",
            "POLICY_TYPE_NEVER_EXPORT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnclavePolicyType;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "POLICY_TYPE_BOUND" => Ok(EnclavePolicyType::PolicyTypeBound),
                    "POLICY_TYPE_UNBOUND" => Ok(EnclavePolicyType::PolicyTypeUnbound),
                    "POLICY_TYPE_NEVER_EXPORT" => Ok(EnclavePolicyType::PolicyTypeNeverExport),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveRuleUse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.operations.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveRuleUse", len)?;
        if !self.operations.is_empty() {
            let v: Vec<_> =
                self.operations.iter().map(|v| crate::json::OpenEnum::<KeyUse>::new(*v)).collect();
            struct_ser.serialize_field("operations", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveRuleUse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "operations",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Operations,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "operations" => Ok(GeneratedField::Operations),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveRuleUse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveRuleUse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveRuleUse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut operations__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Operations => {
                            if operations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operations"));
                            }
                            operations__ = Some(map_.next_value::<Vec<crate::json::OpenEnum<KeyUse>>>()?.into_iter().map(|x| x.number()).collect());
                        }
                    }
                }
                Ok(EnclaveRuleUse {
                    operations: operations__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveRuleUse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecret {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.spec.is_some() {
            len += 1;
        }
        if !self.data.is_empty() {
            len += 1;
        }
        if self.encoding != 0 {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        if !self.tag.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecret", len)?;
        if let Some(v) = self.spec.as_ref() {
            struct_ser.serialize_field("spec", v)?;
        }
        if !self.data.is_empty() {
            struct_ser.serialize_field("data", &self.data)?;
        }
        if self.encoding != 0 {
            let v = crate::json::OpenEnum::<EnclaveSecretEncoding>::new(self.encoding);
            struct_ser.serialize_field("encoding", &v)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if !self.tag.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("tag", pbjson::private::base64::encode(&self.tag).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecret {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "spec",
            "data",
            "encoding",
            "version",
            "tag",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Spec,
            Data,
            Encoding,
            Version,
            Tag,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "spec" => Ok(GeneratedField::Spec),
                            "data" => Ok(GeneratedField::Data),
                            "encoding" => Ok(GeneratedField::Encoding),
                            "version" => Ok(GeneratedField::Version),
                            "tag" => Ok(GeneratedField::Tag),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecret;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecret")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecret, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut spec__ = None;
                let mut data__ = None;
                let mut encoding__ = None;
                let mut version__ = None;
                let mut tag__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Spec => {
                            if spec__.is_some() {
                                return Err(serde::de::Error::duplicate_field("spec"));
                            }
                            spec__ = map_.next_value()?;
                        }
                        GeneratedField::Data => {
                            if data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("data"));
                            }
                            data__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Encoding => {
                            if encoding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("encoding"));
                            }
                            encoding__ = Some(map_.next_value::<crate::json::OpenEnum<EnclaveSecretEncoding>>()?.number());
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EnclaveSecret {
                    spec: spec__,
                    data: data__.unwrap_or_default(),
                    encoding: encoding__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecret", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretAbout {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.description.is_empty() {
            len += 1;
        }
        if !self.labels.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecretAbout", len)?;
        if !self.description.is_empty() {
            struct_ser.serialize_field("description", &self.description)?;
        }
        if !self.labels.is_empty() {
            struct_ser.serialize_field("labels", &self.labels)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretAbout {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "description",
            "labels",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Description,
            Labels,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "description" => Ok(GeneratedField::Description),
                            "labels" => Ok(GeneratedField::Labels),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecretAbout;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecretAbout")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecretAbout, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut description__ = None;
                let mut labels__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Description => {
                            if description__.is_some() {
                                return Err(serde::de::Error::duplicate_field("description"));
                            }
                            description__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Labels => {
                            if labels__.is_some() {
                                return Err(serde::de::Error::duplicate_field("labels"));
                            }
                            labels__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveSecretAbout {
                    description: description__.unwrap_or_default(),
                    labels: labels__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecretAbout", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretEncoding {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::SecretEncodingText => "SECRET_ENCODING_TEXT",
            Self::SecretEncodingBase64 => "SECRET_ENCODING_BASE64",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretEncoding {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SECRET_ENCODING_TEXT",
            "SECRET_ENCODING_BASE64",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnclaveSecretEncoding;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SECRET_ENCODING_TEXT" => Ok(EnclaveSecretEncoding::SecretEncodingText),
                    "SECRET_ENCODING_BASE64" => Ok(EnclaveSecretEncoding::SecretEncodingBase64),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretLifecycle {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.max_versions != 0 {
            len += 1;
        }
        if self.keep_for_ms != 0 {
            len += 1;
        }
        if self.ttl_ms != 0 {
            len += 1;
        }
        if self.expires_at_ms != 0 {
            len += 1;
        }
        if self.purge_after_ms != 0 {
            len += 1;
        }
        if self.rotate_every_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecretLifecycle", len)?;
        if self.max_versions != 0 {
            struct_ser.serialize_field("maxVersions", &self.max_versions)?;
        }
        if self.keep_for_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("keepForMs", ToString::to_string(&self.keep_for_ms).as_str())?;
        }
        if self.ttl_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ttlMs", ToString::to_string(&self.ttl_ms).as_str())?;
        }
        if self.expires_at_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expiresAtMs", ToString::to_string(&self.expires_at_ms).as_str())?;
        }
        if self.purge_after_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("purgeAfterMs", ToString::to_string(&self.purge_after_ms).as_str())?;
        }
        if self.rotate_every_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("rotateEveryMs", ToString::to_string(&self.rotate_every_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretLifecycle {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "max_versions",
            "maxVersions",
            "keep_for_ms",
            "keepForMs",
            "ttl_ms",
            "ttlMs",
            "expires_at_ms",
            "expiresAtMs",
            "purge_after_ms",
            "purgeAfterMs",
            "rotate_every_ms",
            "rotateEveryMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MaxVersions,
            KeepForMs,
            TtlMs,
            ExpiresAtMs,
            PurgeAfterMs,
            RotateEveryMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "maxVersions" | "max_versions" => Ok(GeneratedField::MaxVersions),
                            "keepForMs" | "keep_for_ms" => Ok(GeneratedField::KeepForMs),
                            "ttlMs" | "ttl_ms" => Ok(GeneratedField::TtlMs),
                            "expiresAtMs" | "expires_at_ms" => Ok(GeneratedField::ExpiresAtMs),
                            "purgeAfterMs" | "purge_after_ms" => Ok(GeneratedField::PurgeAfterMs),
                            "rotateEveryMs" | "rotate_every_ms" => Ok(GeneratedField::RotateEveryMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecretLifecycle;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecretLifecycle")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecretLifecycle, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut max_versions__ = None;
                let mut keep_for_ms__ = None;
                let mut ttl_ms__ = None;
                let mut expires_at_ms__ = None;
                let mut purge_after_ms__ = None;
                let mut rotate_every_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MaxVersions => {
                            if max_versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxVersions"));
                            }
                            max_versions__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::KeepForMs => {
                            if keep_for_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("keepForMs"));
                            }
                            keep_for_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::TtlMs => {
                            if ttl_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ttlMs"));
                            }
                            ttl_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpiresAtMs => {
                            if expires_at_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresAtMs"));
                            }
                            expires_at_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PurgeAfterMs => {
                            if purge_after_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("purgeAfterMs"));
                            }
                            purge_after_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::RotateEveryMs => {
                            if rotate_every_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rotateEveryMs"));
                            }
                            rotate_every_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EnclaveSecretLifecycle {
                    max_versions: max_versions__.unwrap_or_default(),
                    keep_for_ms: keep_for_ms__.unwrap_or_default(),
                    ttl_ms: ttl_ms__.unwrap_or_default(),
                    expires_at_ms: expires_at_ms__.unwrap_or_default(),
                    purge_after_ms: purge_after_ms__.unwrap_or_default(),
                    rotate_every_ms: rotate_every_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecretLifecycle", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.policy.is_some() {
            len += 1;
        }
        if self.r#type != 0 {
            len += 1;
        }
        if !self.rule_uses.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecretPolicy", len)?;
        if let Some(v) = self.policy.as_ref() {
            struct_ser.serialize_field("policy", v)?;
        }
        if self.r#type != 0 {
            let v = crate::json::OpenEnum::<EnclavePolicyType>::new(self.r#type);
            struct_ser.serialize_field("type", &v)?;
        }
        if !self.rule_uses.is_empty() {
            struct_ser.serialize_field("ruleUses", &self.rule_uses)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "policy",
            "type",
            "rule_uses",
            "ruleUses",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Policy,
            Type,
            RuleUses,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "policy" => Ok(GeneratedField::Policy),
                            "type" => Ok(GeneratedField::Type),
                            "ruleUses" | "rule_uses" => Ok(GeneratedField::RuleUses),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecretPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecretPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecretPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut policy__ = None;
                let mut r#type__ = None;
                let mut rule_uses__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Policy => {
                            if policy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("policy"));
                            }
                            policy__ = map_.next_value()?;
                        }
                        GeneratedField::Type => {
                            if r#type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("type"));
                            }
                            r#type__ = Some(map_.next_value::<crate::json::OpenEnum<EnclavePolicyType>>()?.number());
                        }
                        GeneratedField::RuleUses => {
                            if rule_uses__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ruleUses"));
                            }
                            rule_uses__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveSecretPolicy {
                    policy: policy__,
                    r#type: r#type__.unwrap_or_default(),
                    rule_uses: rule_uses__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecretPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretSpec {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.service_name.is_empty() {
            len += 1;
        }
        if self.r#type != 0 {
            len += 1;
        }
        if self.policy.is_some() {
            len += 1;
        }
        if !self.params.is_empty() {
            len += 1;
        }
        if !self.readonly.is_empty() {
            len += 1;
        }
        if !self.share.is_empty() {
            len += 1;
        }
        if self.lifecycle.is_some() {
            len += 1;
        }
        if self.about.is_some() {
            len += 1;
        }
        if self.immutable {
            len += 1;
        }
        if self.r#use.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecretSpec", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if self.r#type != 0 {
            let v = crate::json::OpenEnum::<EnclaveSecretType>::new(self.r#type);
            struct_ser.serialize_field("type", &v)?;
        }
        if let Some(v) = self.policy.as_ref() {
            struct_ser.serialize_field("policy", v)?;
        }
        if !self.params.is_empty() {
            struct_ser.serialize_field("params", &self.params)?;
        }
        if !self.readonly.is_empty() {
            struct_ser.serialize_field("readonly", &self.readonly)?;
        }
        if !self.share.is_empty() {
            struct_ser.serialize_field("share", &self.share)?;
        }
        if let Some(v) = self.lifecycle.as_ref() {
            struct_ser.serialize_field("lifecycle", v)?;
        }
        if let Some(v) = self.about.as_ref() {
            struct_ser.serialize_field("about", v)?;
        }
        if self.immutable {
            struct_ser.serialize_field("immutable", &self.immutable)?;
        }
        if let Some(v) = self.r#use.as_ref() {
            struct_ser.serialize_field("use", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretSpec {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "service_name",
            "serviceName",
            "type",
            "policy",
            "params",
            "readonly",
            "share",
            "lifecycle",
            "about",
            "immutable",
            "use",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            ServiceName,
            Type,
            Policy,
            Params,
            Readonly,
            Share,
            Lifecycle,
            About,
            Immutable,
            Use,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "type" => Ok(GeneratedField::Type),
                            "policy" => Ok(GeneratedField::Policy),
                            "params" => Ok(GeneratedField::Params),
                            "readonly" => Ok(GeneratedField::Readonly),
                            "share" => Ok(GeneratedField::Share),
                            "lifecycle" => Ok(GeneratedField::Lifecycle),
                            "about" => Ok(GeneratedField::About),
                            "immutable" => Ok(GeneratedField::Immutable),
                            "use" => Ok(GeneratedField::Use),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecretSpec;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecretSpec")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecretSpec, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut service_name__ = None;
                let mut r#type__ = None;
                let mut policy__ = None;
                let mut params__ = None;
                let mut readonly__ = None;
                let mut share__ = None;
                let mut lifecycle__ = None;
                let mut about__ = None;
                let mut immutable__ = None;
                let mut r#use__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Type => {
                            if r#type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("type"));
                            }
                            r#type__ = Some(map_.next_value::<crate::json::OpenEnum<EnclaveSecretType>>()?.number());
                        }
                        GeneratedField::Policy => {
                            if policy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("policy"));
                            }
                            policy__ = map_.next_value()?;
                        }
                        GeneratedField::Params => {
                            if params__.is_some() {
                                return Err(serde::de::Error::duplicate_field("params"));
                            }
                            params__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Readonly => {
                            if readonly__.is_some() {
                                return Err(serde::de::Error::duplicate_field("readonly"));
                            }
                            readonly__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Share => {
                            if share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("share"));
                            }
                            share__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Lifecycle => {
                            if lifecycle__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lifecycle"));
                            }
                            lifecycle__ = map_.next_value()?;
                        }
                        GeneratedField::About => {
                            if about__.is_some() {
                                return Err(serde::de::Error::duplicate_field("about"));
                            }
                            about__ = map_.next_value()?;
                        }
                        GeneratedField::Immutable => {
                            if immutable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("immutable"));
                            }
                            immutable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Use => {
                            if r#use__.is_some() {
                                return Err(serde::de::Error::duplicate_field("use"));
                            }
                            r#use__ = map_.next_value()?;
                        }
                    }
                }
                Ok(EnclaveSecretSpec {
                    secret_name: secret_name__.unwrap_or_default(),
                    service_name: service_name__.unwrap_or_default(),
                    r#type: r#type__.unwrap_or_default(),
                    policy: policy__,
                    params: params__.unwrap_or_default(),
                    readonly: readonly__.unwrap_or_default(),
                    share: share__.unwrap_or_default(),
                    lifecycle: lifecycle__,
                    about: about__,
                    immutable: immutable__.unwrap_or_default(),
                    r#use: r#use__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecretSpec", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretType {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::SecretTypeRsaKeyPair => "SECRET_TYPE_RSA_KEY_PAIR",
            Self::SecretTypeAes256Key => "SECRET_TYPE_AES256_KEY",
            Self::SecretTypeImportData => "SECRET_TYPE_IMPORT_DATA",
            Self::SecretTypeCertificate => "SECRET_TYPE_CERTIFICATE",
            Self::SecretTypeSm2KeyPair => "SECRET_TYPE_SM2_KEY_PAIR",
            Self::SecretTypeConfigurations => "SECRET_TYPE_CONFIGURATIONS",
            Self::SecretTypeEcP256KeyPair => "SECRET_TYPE_EC_P256_KEY_PAIR",
            Self::SecretTypeEcP384KeyPair => "SECRET_TYPE_EC_P384_KEY_PAIR",
            Self::SecretTypeEd25519KeyPair => "SECRET_TYPE_ED25519_KEY_PAIR",
            Self::SecretTypeSm4Key => "SECRET_TYPE_SM4_KEY",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretType {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SECRET_TYPE_RSA_KEY_PAIR",
            "SECRET_TYPE_AES256_KEY",
            "SECRET_TYPE_IMPORT_DATA",
            "SECRET_TYPE_CERTIFICATE",
            "SECRET_TYPE_SM2_KEY_PAIR",
            "SECRET_TYPE_CONFIGURATIONS",
            "SECRET_TYPE_EC_P256_KEY_PAIR",
            "SECRET_TYPE_EC_P384_KEY_PAIR",
            "SECRET_TYPE_ED25519_KEY_PAIR",
            "SECRET_TYPE_SM4_KEY",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnclaveSecretType;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SECRET_TYPE_RSA_KEY_PAIR" => Ok(EnclaveSecretType::SecretTypeRsaKeyPair),
                    "SECRET_TYPE_AES256_KEY" => Ok(EnclaveSecretType::SecretTypeAes256Key),
                    "SECRET_TYPE_IMPORT_DATA" => Ok(EnclaveSecretType::SecretTypeImportData),
                    "SECRET_TYPE_CERTIFICATE" => Ok(EnclaveSecretType::SecretTypeCertificate),
                    "SECRET_TYPE_SM2_KEY_PAIR" => Ok(EnclaveSecretType::SecretTypeSm2KeyPair),
                    "SECRET_TYPE_CONFIGURATIONS" => Ok(EnclaveSecretType::SecretTypeConfigurations),
                    "SECRET_TYPE_EC_P256_KEY_PAIR" => Ok(EnclaveSecretType::SecretTypeEcP256KeyPair),
                    "SECRET_TYPE_EC_P384_KEY_PAIR" => Ok(EnclaveSecretType::SecretTypeEcP384KeyPair),
                    "SECRET_TYPE_ED25519_KEY_PAIR" => Ok(EnclaveSecretType::SecretTypeEd25519KeyPair),
                    "SECRET_TYPE_SM4_KEY" => Ok(EnclaveSecretType::SecretTypeSm4Key),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveSecretUse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.operations.is_empty() {
            len += 1;
        }
        if self.exportable {
            len += 1;
        }
        if !self.admin.is_empty() {
            len += 1;
        }
        if self.min_decrypt_version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveSecretUse", len)?;
        if !self.operations.is_empty() {
            let v: Vec<_> =
                self.operations.iter().map(|v| crate::json::OpenEnum::<KeyUse>::new(*v)).collect();
            struct_ser.serialize_field("operations", &v)?;
        }
        if self.exportable {
            struct_ser.serialize_field("exportable", &self.exportable)?;
        }
        if !self.admin.is_empty() {
            let v: Vec<_> =
                self.admin.iter().map(|v| crate::json::OpenEnum::<KeyUse>::new(*v)).collect();
            struct_ser.serialize_field("admin", &v)?;
        }
        if self.min_decrypt_version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("minDecryptVersion", ToString::to_string(&self.min_decrypt_version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveSecretUse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "operations",
            "exportable",
            "admin",
            "min_decrypt_version",
            "minDecryptVersion",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Operations,
            Exportable,
            Admin,
            MinDecryptVersion,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "operations" => Ok(GeneratedField::Operations),
                            "exportable" => Ok(GeneratedField::Exportable),
                            "admin" => Ok(GeneratedField::Admin),
                            "minDecryptVersion" | "min_decrypt_version" => Ok(GeneratedField::MinDecryptVersion),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveSecretUse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveSecretUse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveSecretUse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut operations__ = None;
                let mut exportable__ = None;
                let mut admin__ = None;
                let mut min_decrypt_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Operations => {
                            if operations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operations"));
                            }
                            operations__ = Some(map_.next_value::<Vec<crate::json::OpenEnum<KeyUse>>>()?.into_iter().map(|x| x.number()).collect());
                        }
                        GeneratedField::Exportable => {
                            if exportable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exportable"));
                            }
                            exportable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Admin => {
                            if admin__.is_some() {
                                return Err(serde::de::Error::duplicate_field("admin"));
                            }
                            admin__ = Some(map_.next_value::<Vec<crate::json::OpenEnum<KeyUse>>>()?.into_iter().map(|x| x.number()).collect());
                        }
                        GeneratedField::MinDecryptVersion => {
                            if min_decrypt_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("minDecryptVersion"));
                            }
                            min_decrypt_version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EnclaveSecretUse {
                    operations: operations__.unwrap_or_default(),
                    exportable: exportable__.unwrap_or_default(),
                    admin: admin__.unwrap_or_default(),
                    min_decrypt_version: min_decrypt_version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveSecretUse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnclaveStatus {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.version.is_empty() {
            len += 1;
        }
        if !self.status.is_empty() {
            len += 1;
        }
        if !self.identity_backup.is_empty() {
            len += 1;
        }
        if !self.identity_hash.is_empty() {
            len += 1;
        }
        if self.attr.is_some() {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if self.simulation {
            len += 1;
        }
        if !self.compat_aecs20.is_empty() {
            len += 1;
        }
        if self.store_epoch != 0 {
            len += 1;
        }
        if !self.store_digest.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if self.server_time_ms != 0 {
            len += 1;
        }
        if !self.boot_nonce.is_empty() {
            len += 1;
        }
        if !self.store_chain.is_empty() {
            len += 1;
        }
        if self.settings_revision != 0 {
            len += 1;
        }
        if !self.settings_digest.is_empty() {
            len += 1;
        }
        if !self.pending_reason.is_empty() {
            len += 1;
        }
        if !self.extra_roots.is_empty() {
            len += 1;
        }
        if !self.insecure.is_empty() {
            len += 1;
        }
        if !self.audit_key.is_empty() {
            len += 1;
        }
        if self.audit_entries != 0 {
            len += 1;
        }
        if !self.audit_head.is_empty() {
            len += 1;
        }
        if self.time_floor_ms != 0 {
            len += 1;
        }
        if !self.time_floor_by.is_empty() {
            len += 1;
        }
        if !self.clock_warning.is_empty() {
            len += 1;
        }
        if self.uptime_ms != 0 {
            len += 1;
        }
        if self.sessions {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EnclaveStatus", len)?;
        if !self.version.is_empty() {
            struct_ser.serialize_field("version", &self.version)?;
        }
        if !self.status.is_empty() {
            struct_ser.serialize_field("status", &self.status)?;
        }
        if !self.identity_backup.is_empty() {
            struct_ser.serialize_field("identityBackup", &self.identity_backup)?;
        }
        if !self.identity_hash.is_empty() {
            struct_ser.serialize_field("identityHash", &self.identity_hash)?;
        }
        if let Some(v) = self.attr.as_ref() {
            struct_ser.serialize_field("attr", v)?;
        }
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        if self.simulation {
            struct_ser.serialize_field("simulation", &self.simulation)?;
        }
        if !self.compat_aecs20.is_empty() {
            struct_ser.serialize_field("compatAecs20", &self.compat_aecs20)?;
        }
        if self.store_epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("storeEpoch", ToString::to_string(&self.store_epoch).as_str())?;
        }
        if !self.store_digest.is_empty() {
            struct_ser.serialize_field("storeDigest", &self.store_digest)?;
        }
        if !self.nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nonce", pbjson::private::base64::encode(&self.nonce).as_str())?;
        }
        if self.server_time_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("serverTimeMs", ToString::to_string(&self.server_time_ms).as_str())?;
        }
        if !self.boot_nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("bootNonce", pbjson::private::base64::encode(&self.boot_nonce).as_str())?;
        }
        if !self.store_chain.is_empty() {
            struct_ser.serialize_field("storeChain", &self.store_chain)?;
        }
        if self.settings_revision != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("settingsRevision", ToString::to_string(&self.settings_revision).as_str())?;
        }
        if !self.settings_digest.is_empty() {
            struct_ser.serialize_field("settingsDigest", &self.settings_digest)?;
        }
        if !self.pending_reason.is_empty() {
            struct_ser.serialize_field("pendingReason", &self.pending_reason)?;
        }
        if !self.extra_roots.is_empty() {
            struct_ser.serialize_field("extraRoots", &self.extra_roots)?;
        }
        if !self.insecure.is_empty() {
            struct_ser.serialize_field("insecure", &self.insecure)?;
        }
        if !self.audit_key.is_empty() {
            struct_ser.serialize_field("auditKey", &self.audit_key)?;
        }
        if self.audit_entries != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("auditEntries", ToString::to_string(&self.audit_entries).as_str())?;
        }
        if !self.audit_head.is_empty() {
            struct_ser.serialize_field("auditHead", &self.audit_head)?;
        }
        if self.time_floor_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("timeFloorMs", ToString::to_string(&self.time_floor_ms).as_str())?;
        }
        if !self.time_floor_by.is_empty() {
            struct_ser.serialize_field("timeFloorBy", &self.time_floor_by)?;
        }
        if !self.clock_warning.is_empty() {
            struct_ser.serialize_field("clockWarning", &self.clock_warning)?;
        }
        if self.uptime_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("uptimeMs", ToString::to_string(&self.uptime_ms).as_str())?;
        }
        if self.sessions {
            struct_ser.serialize_field("sessions", &self.sessions)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnclaveStatus {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "version",
            "status",
            "identity_backup",
            "identityBackup",
            "identity_hash",
            "identityHash",
            "attr",
            "deployment_id",
            "deploymentId",
            "simulation",
            "compat_aecs20",
            "compatAecs20",
            "store_epoch",
            "storeEpoch",
            "store_digest",
            "storeDigest",
            "nonce",
            "server_time_ms",
            "serverTimeMs",
            "boot_nonce",
            "bootNonce",
            "store_chain",
            "storeChain",
            "settings_revision",
            "settingsRevision",
            "settings_digest",
            "settingsDigest",
            "pending_reason",
            "pendingReason",
            "extra_roots",
            "extraRoots",
            "insecure",
            "audit_key",
            "auditKey",
            "audit_entries",
            "auditEntries",
            "audit_head",
            "auditHead",
            "time_floor_ms",
            "timeFloorMs",
            "time_floor_by",
            "timeFloorBy",
            "clock_warning",
            "clockWarning",
            "uptime_ms",
            "uptimeMs",
            "sessions",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Version,
            Status,
            IdentityBackup,
            IdentityHash,
            Attr,
            DeploymentId,
            Simulation,
            CompatAecs20,
            StoreEpoch,
            StoreDigest,
            Nonce,
            ServerTimeMs,
            BootNonce,
            StoreChain,
            SettingsRevision,
            SettingsDigest,
            PendingReason,
            ExtraRoots,
            Insecure,
            AuditKey,
            AuditEntries,
            AuditHead,
            TimeFloorMs,
            TimeFloorBy,
            ClockWarning,
            UptimeMs,
            Sessions,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "version" => Ok(GeneratedField::Version),
                            "status" => Ok(GeneratedField::Status),
                            "identityBackup" | "identity_backup" => Ok(GeneratedField::IdentityBackup),
                            "identityHash" | "identity_hash" => Ok(GeneratedField::IdentityHash),
                            "attr" => Ok(GeneratedField::Attr),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "simulation" => Ok(GeneratedField::Simulation),
                            "compatAecs20" | "compat_aecs20" => Ok(GeneratedField::CompatAecs20),
                            "storeEpoch" | "store_epoch" => Ok(GeneratedField::StoreEpoch),
                            "storeDigest" | "store_digest" => Ok(GeneratedField::StoreDigest),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "serverTimeMs" | "server_time_ms" => Ok(GeneratedField::ServerTimeMs),
                            "bootNonce" | "boot_nonce" => Ok(GeneratedField::BootNonce),
                            "storeChain" | "store_chain" => Ok(GeneratedField::StoreChain),
                            "settingsRevision" | "settings_revision" => Ok(GeneratedField::SettingsRevision),
                            "settingsDigest" | "settings_digest" => Ok(GeneratedField::SettingsDigest),
                            "pendingReason" | "pending_reason" => Ok(GeneratedField::PendingReason),
                            "extraRoots" | "extra_roots" => Ok(GeneratedField::ExtraRoots),
                            "insecure" => Ok(GeneratedField::Insecure),
                            "auditKey" | "audit_key" => Ok(GeneratedField::AuditKey),
                            "auditEntries" | "audit_entries" => Ok(GeneratedField::AuditEntries),
                            "auditHead" | "audit_head" => Ok(GeneratedField::AuditHead),
                            "timeFloorMs" | "time_floor_ms" => Ok(GeneratedField::TimeFloorMs),
                            "timeFloorBy" | "time_floor_by" => Ok(GeneratedField::TimeFloorBy),
                            "clockWarning" | "clock_warning" => Ok(GeneratedField::ClockWarning),
                            "uptimeMs" | "uptime_ms" => Ok(GeneratedField::UptimeMs),
                            "sessions" => Ok(GeneratedField::Sessions),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnclaveStatus;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EnclaveStatus")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnclaveStatus, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut version__ = None;
                let mut status__ = None;
                let mut identity_backup__ = None;
                let mut identity_hash__ = None;
                let mut attr__ = None;
                let mut deployment_id__ = None;
                let mut simulation__ = None;
                let mut compat_aecs20__ = None;
                let mut store_epoch__ = None;
                let mut store_digest__ = None;
                let mut nonce__ = None;
                let mut server_time_ms__ = None;
                let mut boot_nonce__ = None;
                let mut store_chain__ = None;
                let mut settings_revision__ = None;
                let mut settings_digest__ = None;
                let mut pending_reason__ = None;
                let mut extra_roots__ = None;
                let mut insecure__ = None;
                let mut audit_key__ = None;
                let mut audit_entries__ = None;
                let mut audit_head__ = None;
                let mut time_floor_ms__ = None;
                let mut time_floor_by__ = None;
                let mut clock_warning__ = None;
                let mut uptime_ms__ = None;
                let mut sessions__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Status => {
                            if status__.is_some() {
                                return Err(serde::de::Error::duplicate_field("status"));
                            }
                            status__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IdentityBackup => {
                            if identity_backup__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identityBackup"));
                            }
                            identity_backup__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IdentityHash => {
                            if identity_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("identityHash"));
                            }
                            identity_hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attr => {
                            if attr__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attr"));
                            }
                            attr__ = map_.next_value()?;
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Simulation => {
                            if simulation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("simulation"));
                            }
                            simulation__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CompatAecs20 => {
                            if compat_aecs20__.is_some() {
                                return Err(serde::de::Error::duplicate_field("compatAecs20"));
                            }
                            compat_aecs20__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StoreEpoch => {
                            if store_epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storeEpoch"));
                            }
                            store_epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::StoreDigest => {
                            if store_digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storeDigest"));
                            }
                            store_digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ServerTimeMs => {
                            if server_time_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serverTimeMs"));
                            }
                            server_time_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BootNonce => {
                            if boot_nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bootNonce"));
                            }
                            boot_nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::StoreChain => {
                            if store_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("storeChain"));
                            }
                            store_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SettingsRevision => {
                            if settings_revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settingsRevision"));
                            }
                            settings_revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::SettingsDigest => {
                            if settings_digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settingsDigest"));
                            }
                            settings_digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PendingReason => {
                            if pending_reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pendingReason"));
                            }
                            pending_reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ExtraRoots => {
                            if extra_roots__.is_some() {
                                return Err(serde::de::Error::duplicate_field("extraRoots"));
                            }
                            extra_roots__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Insecure => {
                            if insecure__.is_some() {
                                return Err(serde::de::Error::duplicate_field("insecure"));
                            }
                            insecure__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AuditKey => {
                            if audit_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("auditKey"));
                            }
                            audit_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AuditEntries => {
                            if audit_entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("auditEntries"));
                            }
                            audit_entries__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AuditHead => {
                            if audit_head__.is_some() {
                                return Err(serde::de::Error::duplicate_field("auditHead"));
                            }
                            audit_head__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TimeFloorMs => {
                            if time_floor_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeFloorMs"));
                            }
                            time_floor_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::TimeFloorBy => {
                            if time_floor_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeFloorBy"));
                            }
                            time_floor_by__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ClockWarning => {
                            if clock_warning__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockWarning"));
                            }
                            clock_warning__ = Some(map_.next_value()?);
                        }
                        GeneratedField::UptimeMs => {
                            if uptime_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uptimeMs"));
                            }
                            uptime_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Sessions => {
                            if sessions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessions"));
                            }
                            sessions__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnclaveStatus {
                    version: version__.unwrap_or_default(),
                    status: status__.unwrap_or_default(),
                    identity_backup: identity_backup__.unwrap_or_default(),
                    identity_hash: identity_hash__.unwrap_or_default(),
                    attr: attr__,
                    deployment_id: deployment_id__.unwrap_or_default(),
                    simulation: simulation__.unwrap_or_default(),
                    compat_aecs20: compat_aecs20__.unwrap_or_default(),
                    store_epoch: store_epoch__.unwrap_or_default(),
                    store_digest: store_digest__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                    server_time_ms: server_time_ms__.unwrap_or_default(),
                    boot_nonce: boot_nonce__.unwrap_or_default(),
                    store_chain: store_chain__.unwrap_or_default(),
                    settings_revision: settings_revision__.unwrap_or_default(),
                    settings_digest: settings_digest__.unwrap_or_default(),
                    pending_reason: pending_reason__.unwrap_or_default(),
                    extra_roots: extra_roots__.unwrap_or_default(),
                    insecure: insecure__.unwrap_or_default(),
                    audit_key: audit_key__.unwrap_or_default(),
                    audit_entries: audit_entries__.unwrap_or_default(),
                    audit_head: audit_head__.unwrap_or_default(),
                    time_floor_ms: time_floor_ms__.unwrap_or_default(),
                    time_floor_by: time_floor_by__.unwrap_or_default(),
                    clock_warning: clock_warning__.unwrap_or_default(),
                    uptime_ms: uptime_ms__.unwrap_or_default(),
                    sessions: sessions__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EnclaveStatus", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EpidReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.EpidReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EpidReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EpidReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.EpidReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EpidReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EpidReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.EpidReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExportStoreRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.export_id.is_empty() {
            len += 1;
        }
        if !self.after.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ExportStoreRequest", len)?;
        if !self.export_id.is_empty() {
            struct_ser.serialize_field("exportId", &self.export_id)?;
        }
        if !self.after.is_empty() {
            struct_ser.serialize_field("after", &self.after)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ExportStoreRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "export_id",
            "exportId",
            "after",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ExportId,
            After,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "exportId" | "export_id" => Ok(GeneratedField::ExportId),
                            "after" => Ok(GeneratedField::After),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ExportStoreRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ExportStoreRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ExportStoreRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut export_id__ = None;
                let mut after__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ExportId => {
                            if export_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exportId"));
                            }
                            export_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::After => {
                            if after__.is_some() {
                                return Err(serde::de::Error::duplicate_field("after"));
                            }
                            after__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ExportStoreRequest {
                    export_id: export_id__.unwrap_or_default(),
                    after: after__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ExportStoreRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ExportStoreResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.export_id.is_empty() {
            len += 1;
        }
        if !self.entries.is_empty() {
            len += 1;
        }
        if self.more {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ExportStoreResponse", len)?;
        if !self.export_id.is_empty() {
            struct_ser.serialize_field("exportId", &self.export_id)?;
        }
        if !self.entries.is_empty() {
            struct_ser.serialize_field("entries", &self.entries)?;
        }
        if self.more {
            struct_ser.serialize_field("more", &self.more)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ExportStoreResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "export_id",
            "exportId",
            "entries",
            "more",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ExportId,
            Entries,
            More,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "exportId" | "export_id" => Ok(GeneratedField::ExportId),
                            "entries" => Ok(GeneratedField::Entries),
                            "more" => Ok(GeneratedField::More),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ExportStoreResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ExportStoreResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ExportStoreResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut export_id__ = None;
                let mut entries__ = None;
                let mut more__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ExportId => {
                            if export_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exportId"));
                            }
                            export_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = Some(map_.next_value()?);
                        }
                        GeneratedField::More => {
                            if more__.is_some() {
                                return Err(serde::de::Error::duplicate_field("more"));
                            }
                            more__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ExportStoreResponse {
                    export_id: export_id__.unwrap_or_default(),
                    entries: entries__.unwrap_or_default(),
                    more: more__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ExportStoreResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetAecsStatusRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.accepted_suites.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetAecsStatusRequest", len)?;
        if !self.accepted_suites.is_empty() {
            struct_ser.serialize_field("acceptedSuites", &self.accepted_suites)?;
        }
        if !self.nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nonce", pbjson::private::base64::encode(&self.nonce).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetAecsStatusRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "accepted_suites",
            "acceptedSuites",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AcceptedSuites,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "acceptedSuites" | "accepted_suites" => Ok(GeneratedField::AcceptedSuites),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetAecsStatusRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetAecsStatusRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetAecsStatusRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut accepted_suites__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AcceptedSuites => {
                            if accepted_suites__.is_some() {
                                return Err(serde::de::Error::duplicate_field("acceptedSuites"));
                            }
                            accepted_suites__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(GetAecsStatusRequest {
                    accepted_suites: accepted_suites__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetAecsStatusRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetAecsStatusResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        if !self.status_str.is_empty() {
            len += 1;
        }
        if self.status_sig.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetAecsStatusResponse", len)?;
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        if !self.status_str.is_empty() {
            struct_ser.serialize_field("statusStr", &self.status_str)?;
        }
        if let Some(v) = self.status_sig.as_ref() {
            struct_ser.serialize_field("statusSig", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetAecsStatusResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_ra_report",
            "authRaReport",
            "status_str",
            "statusStr",
            "status_sig",
            "statusSig",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthRaReport,
            StatusStr,
            StatusSig,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            "statusStr" | "status_str" => Ok(GeneratedField::StatusStr),
                            "statusSig" | "status_sig" => Ok(GeneratedField::StatusSig),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetAecsStatusResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetAecsStatusResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetAecsStatusResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_ra_report__ = None;
                let mut status_str__ = None;
                let mut status_sig__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                        GeneratedField::StatusStr => {
                            if status_str__.is_some() {
                                return Err(serde::de::Error::duplicate_field("statusStr"));
                            }
                            status_str__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StatusSig => {
                            if status_sig__.is_some() {
                                return Err(serde::de::Error::duplicate_field("statusSig"));
                            }
                            status_sig__ = map_.next_value()?;
                        }
                    }
                }
                Ok(GetAecsStatusResponse {
                    auth_ra_report: auth_ra_report__,
                    status_str: status_str__.unwrap_or_default(),
                    status_sig: status_sig__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetAecsStatusResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetEnclaveSecretPublicRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.service_subid.is_empty() {
            len += 1;
        }
        if !self.service_token.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if !self.accepted_suites.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetEnclaveSecretPublicRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.service_subid.is_empty() {
            struct_ser.serialize_field("serviceSubid", &self.service_subid)?;
        }
        if !self.service_token.is_empty() {
            struct_ser.serialize_field("serviceToken", &self.service_token)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        if !self.accepted_suites.is_empty() {
            struct_ser.serialize_field("acceptedSuites", &self.accepted_suites)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetEnclaveSecretPublicRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "secret_name",
            "secretName",
            "service_subid",
            "serviceSubid",
            "service_token",
            "serviceToken",
            "nonce",
            "accepted_suites",
            "acceptedSuites",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            SecretName,
            ServiceSubid,
            ServiceToken,
            Nonce,
            AcceptedSuites,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "serviceSubid" | "service_subid" => Ok(GeneratedField::ServiceSubid),
                            "serviceToken" | "service_token" => Ok(GeneratedField::ServiceToken),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "acceptedSuites" | "accepted_suites" => Ok(GeneratedField::AcceptedSuites),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetEnclaveSecretPublicRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetEnclaveSecretPublicRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetEnclaveSecretPublicRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut secret_name__ = None;
                let mut service_subid__ = None;
                let mut service_token__ = None;
                let mut nonce__ = None;
                let mut accepted_suites__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServiceSubid => {
                            if service_subid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceSubid"));
                            }
                            service_subid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServiceToken => {
                            if service_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceToken"));
                            }
                            service_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AcceptedSuites => {
                            if accepted_suites__.is_some() {
                                return Err(serde::de::Error::duplicate_field("acceptedSuites"));
                            }
                            accepted_suites__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GetEnclaveSecretPublicRequest {
                    service_name: service_name__.unwrap_or_default(),
                    secret_name: secret_name__.unwrap_or_default(),
                    service_subid: service_subid__.unwrap_or_default(),
                    service_token: service_token__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                    accepted_suites: accepted_suites__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetEnclaveSecretPublicRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetEnclaveSecretPublicResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        if !self.secret_public.is_empty() {
            len += 1;
        }
        if !self.signature_b64.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetEnclaveSecretPublicResponse", len)?;
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        if !self.secret_public.is_empty() {
            struct_ser.serialize_field("secretPublic", &self.secret_public)?;
        }
        if !self.signature_b64.is_empty() {
            struct_ser.serialize_field("signatureB64", &self.signature_b64)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetEnclaveSecretPublicResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_ra_report",
            "authRaReport",
            "secret_public",
            "secretPublic",
            "signature_b64",
            "signatureB64",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthRaReport,
            SecretPublic,
            SignatureB64,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            "secretPublic" | "secret_public" => Ok(GeneratedField::SecretPublic),
                            "signatureB64" | "signature_b64" => Ok(GeneratedField::SignatureB64),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetEnclaveSecretPublicResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetEnclaveSecretPublicResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetEnclaveSecretPublicResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_ra_report__ = None;
                let mut secret_public__ = None;
                let mut signature_b64__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                        GeneratedField::SecretPublic => {
                            if secret_public__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretPublic"));
                            }
                            secret_public__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SignatureB64 => {
                            if signature_b64__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signatureB64"));
                            }
                            signature_b64__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(GetEnclaveSecretPublicResponse {
                    auth_ra_report: auth_ra_report__,
                    secret_public: secret_public__.unwrap_or_default(),
                    signature_b64: signature_b64__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetEnclaveSecretPublicResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetRemoteSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetRemoteSecretRequest", len)?;
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetRemoteSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_ra_report",
            "authRaReport",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthRaReport,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetRemoteSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetRemoteSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetRemoteSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_ra_report__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                    }
                }
                Ok(GetRemoteSecretRequest {
                    auth_ra_report: auth_ra_report__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetRemoteSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetRemoteSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        if self.secret_keys_enc.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.GetRemoteSecretResponse", len)?;
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        if let Some(v) = self.secret_keys_enc.as_ref() {
            struct_ser.serialize_field("secretKeysEnc", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetRemoteSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_ra_report",
            "authRaReport",
            "secret_keys_enc",
            "secretKeysEnc",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthRaReport,
            SecretKeysEnc,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            "secretKeysEnc" | "secret_keys_enc" => Ok(GeneratedField::SecretKeysEnc),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetRemoteSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.GetRemoteSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetRemoteSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_ra_report__ = None;
                let mut secret_keys_enc__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                        GeneratedField::SecretKeysEnc => {
                            if secret_keys_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretKeysEnc"));
                            }
                            secret_keys_enc__ = map_.next_value()?;
                        }
                    }
                }
                Ok(GetRemoteSecretResponse {
                    auth_ra_report: auth_ra_report__,
                    secret_keys_enc: secret_keys_enc__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.GetRemoteSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HygonCsvCertChain {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_hsk_cert.is_empty() {
            len += 1;
        }
        if !self.b64_cek_cert.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.HygonCsvCertChain", len)?;
        if !self.b64_hsk_cert.is_empty() {
            struct_ser.serialize_field("b64_hsk_cert", &self.b64_hsk_cert)?;
        }
        if !self.b64_cek_cert.is_empty() {
            struct_ser.serialize_field("b64_cek_cert", &self.b64_cek_cert)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HygonCsvCertChain {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_hsk_cert",
            "b64_cek_cert",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64HskCert,
            B64CekCert,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_hsk_cert" => Ok(GeneratedField::B64HskCert),
                            "b64_cek_cert" => Ok(GeneratedField::B64CekCert),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HygonCsvCertChain;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.HygonCsvCertChain")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HygonCsvCertChain, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_hsk_cert__ = None;
                let mut b64_cek_cert__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64HskCert => {
                            if b64_hsk_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_hsk_cert"));
                            }
                            b64_hsk_cert__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64CekCert => {
                            if b64_cek_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_cek_cert"));
                            }
                            b64_cek_cert__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(HygonCsvCertChain {
                    b64_hsk_cert: b64_hsk_cert__.unwrap_or_default(),
                    b64_cek_cert: b64_cek_cert__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.HygonCsvCertChain", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HygonCsvReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        if !self.json_cert_chain.is_empty() {
            len += 1;
        }
        if !self.str_chip_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.HygonCsvReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        if !self.json_cert_chain.is_empty() {
            struct_ser.serialize_field("json_cert_chain", &self.json_cert_chain)?;
        }
        if !self.str_chip_id.is_empty() {
            struct_ser.serialize_field("str_chip_id", &self.str_chip_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HygonCsvReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
            "json_cert_chain",
            "str_chip_id",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
            JsonCertChain,
            StrChipId,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            "json_cert_chain" => Ok(GeneratedField::JsonCertChain),
                            "str_chip_id" => Ok(GeneratedField::StrChipId),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HygonCsvReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.HygonCsvReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HygonCsvReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                let mut json_cert_chain__ = None;
                let mut str_chip_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonCertChain => {
                            if json_cert_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_cert_chain"));
                            }
                            json_cert_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrChipId => {
                            if str_chip_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_chip_id"));
                            }
                            str_chip_id__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(HygonCsvReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                    json_cert_chain: json_cert_chain__.unwrap_or_default(),
                    str_chip_id: str_chip_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.HygonCsvReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for HyperEnclaveReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.HyperEnclaveReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for HyperEnclaveReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = HyperEnclaveReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.HyperEnclaveReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<HyperEnclaveReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(HyperEnclaveReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.HyperEnclaveReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for IasReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_signature.is_empty() {
            len += 1;
        }
        if !self.str_signing_cert.is_empty() {
            len += 1;
        }
        if !self.str_advisory_url.is_empty() {
            len += 1;
        }
        if !self.str_advisory_ids.is_empty() {
            len += 1;
        }
        if !self.json_response_body.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.IasReport", len)?;
        if !self.b64_signature.is_empty() {
            struct_ser.serialize_field("b64_signature", &self.b64_signature)?;
        }
        if !self.str_signing_cert.is_empty() {
            struct_ser.serialize_field("str_signing_cert", &self.str_signing_cert)?;
        }
        if !self.str_advisory_url.is_empty() {
            struct_ser.serialize_field("str_advisory_url", &self.str_advisory_url)?;
        }
        if !self.str_advisory_ids.is_empty() {
            struct_ser.serialize_field("str_advisory_ids", &self.str_advisory_ids)?;
        }
        if !self.json_response_body.is_empty() {
            struct_ser.serialize_field("json_response_body", &self.json_response_body)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for IasReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_signature",
            "str_signing_cert",
            "str_advisory_url",
            "str_advisory_ids",
            "json_response_body",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Signature,
            StrSigningCert,
            StrAdvisoryUrl,
            StrAdvisoryIds,
            JsonResponseBody,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_signature" => Ok(GeneratedField::B64Signature),
                            "str_signing_cert" => Ok(GeneratedField::StrSigningCert),
                            "str_advisory_url" => Ok(GeneratedField::StrAdvisoryUrl),
                            "str_advisory_ids" => Ok(GeneratedField::StrAdvisoryIds),
                            "json_response_body" => Ok(GeneratedField::JsonResponseBody),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = IasReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.IasReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<IasReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_signature__ = None;
                let mut str_signing_cert__ = None;
                let mut str_advisory_url__ = None;
                let mut str_advisory_ids__ = None;
                let mut json_response_body__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Signature => {
                            if b64_signature__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_signature"));
                            }
                            b64_signature__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrSigningCert => {
                            if str_signing_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_signing_cert"));
                            }
                            str_signing_cert__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrAdvisoryUrl => {
                            if str_advisory_url__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_advisory_url"));
                            }
                            str_advisory_url__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrAdvisoryIds => {
                            if str_advisory_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_advisory_ids"));
                            }
                            str_advisory_ids__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonResponseBody => {
                            if json_response_body__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_response_body"));
                            }
                            json_response_body__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(IasReport {
                    b64_signature: b64_signature__.unwrap_or_default(),
                    str_signing_cert: str_signing_cert__.unwrap_or_default(),
                    str_advisory_url: str_advisory_url__.unwrap_or_default(),
                    str_advisory_ids: str_advisory_ids__.unwrap_or_default(),
                    json_response_body: json_response_body__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.IasReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for IntelTdxReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        if !self.json_collateral.is_empty() {
            len += 1;
        }
        if !self.b64_event_log.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.IntelTdxReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        if !self.json_collateral.is_empty() {
            struct_ser.serialize_field("json_collateral", &self.json_collateral)?;
        }
        if !self.b64_event_log.is_empty() {
            struct_ser.serialize_field("b64_event_log", &self.b64_event_log)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for IntelTdxReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
            "json_collateral",
            "b64_event_log",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
            JsonCollateral,
            B64EventLog,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            "json_collateral" => Ok(GeneratedField::JsonCollateral),
                            "b64_event_log" => Ok(GeneratedField::B64EventLog),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = IntelTdxReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.IntelTdxReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<IntelTdxReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                let mut json_collateral__ = None;
                let mut b64_event_log__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonCollateral => {
                            if json_collateral__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_collateral"));
                            }
                            json_collateral__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64EventLog => {
                            if b64_event_log__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_event_log"));
                            }
                            b64_event_log__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(IntelTdxReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                    json_collateral: json_collateral__.unwrap_or_default(),
                    b64_event_log: b64_event_log__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.IntelTdxReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyOperation {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.operation != 0 {
            len += 1;
        }
        if !self.input.is_empty() {
            len += 1;
        }
        if !self.sealed.is_empty() {
            len += 1;
        }
        if !self.associated_data.is_empty() {
            len += 1;
        }
        if self.algorithm != 0 {
            len += 1;
        }
        if self.length != 0 {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.KeyOperation", len)?;
        if self.operation != 0 {
            let v = crate::json::OpenEnum::<KeyUse>::new(self.operation);
            struct_ser.serialize_field("operation", &v)?;
        }
        if !self.input.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("input", pbjson::private::base64::encode(&self.input).as_str())?;
        }
        if !self.sealed.is_empty() {
            struct_ser.serialize_field("sealed", &self.sealed)?;
        }
        if !self.associated_data.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("associatedData", pbjson::private::base64::encode(&self.associated_data).as_str())?;
        }
        if self.algorithm != 0 {
            let v = crate::json::OpenEnum::<KeySignature>::new(self.algorithm);
            struct_ser.serialize_field("algorithm", &v)?;
        }
        if self.length != 0 {
            struct_ser.serialize_field("length", &self.length)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyOperation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "operation",
            "input",
            "sealed",
            "associated_data",
            "associatedData",
            "algorithm",
            "length",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Operation,
            Input,
            Sealed,
            AssociatedData,
            Algorithm,
            Length,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "operation" => Ok(GeneratedField::Operation),
                            "input" => Ok(GeneratedField::Input),
                            "sealed" => Ok(GeneratedField::Sealed),
                            "associatedData" | "associated_data" => Ok(GeneratedField::AssociatedData),
                            "algorithm" => Ok(GeneratedField::Algorithm),
                            "length" => Ok(GeneratedField::Length),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyOperation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.KeyOperation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyOperation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut operation__ = None;
                let mut input__ = None;
                let mut sealed__ = None;
                let mut associated_data__ = None;
                let mut algorithm__ = None;
                let mut length__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Operation => {
                            if operation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operation"));
                            }
                            operation__ = Some(map_.next_value::<crate::json::OpenEnum<KeyUse>>()?.number());
                        }
                        GeneratedField::Input => {
                            if input__.is_some() {
                                return Err(serde::de::Error::duplicate_field("input"));
                            }
                            input__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Sealed => {
                            if sealed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sealed"));
                            }
                            sealed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AssociatedData => {
                            if associated_data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("associatedData"));
                            }
                            associated_data__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Algorithm => {
                            if algorithm__.is_some() {
                                return Err(serde::de::Error::duplicate_field("algorithm"));
                            }
                            algorithm__ = Some(map_.next_value::<crate::json::OpenEnum<KeySignature>>()?.number());
                        }
                        GeneratedField::Length => {
                            if length__.is_some() {
                                return Err(serde::de::Error::duplicate_field("length"));
                            }
                            length__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(KeyOperation {
                    operation: operation__.unwrap_or_default(),
                    input: input__.unwrap_or_default(),
                    sealed: sealed__.unwrap_or_default(),
                    associated_data: associated_data__.unwrap_or_default(),
                    algorithm: algorithm__.unwrap_or_default(),
                    length: length__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.KeyOperation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyOperations {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.operations.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.KeyOperations", len)?;
        if !self.operations.is_empty() {
            struct_ser.serialize_field("operations", &self.operations)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyOperations {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "operations",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Operations,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "operations" => Ok(GeneratedField::Operations),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyOperations;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.KeyOperations")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyOperations, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut operations__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Operations => {
                            if operations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operations"));
                            }
                            operations__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(KeyOperations {
                    operations: operations__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.KeyOperations", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyResult {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.output.is_empty() {
            len += 1;
        }
        if !self.sealed.is_empty() {
            len += 1;
        }
        if self.valid {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        if self.error_code != 0 {
            len += 1;
        }
        if !self.error.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.KeyResult", len)?;
        if !self.output.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("output", pbjson::private::base64::encode(&self.output).as_str())?;
        }
        if !self.sealed.is_empty() {
            struct_ser.serialize_field("sealed", &self.sealed)?;
        }
        if self.valid {
            struct_ser.serialize_field("valid", &self.valid)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if self.error_code != 0 {
            struct_ser.serialize_field("errorCode", &self.error_code)?;
        }
        if !self.error.is_empty() {
            struct_ser.serialize_field("error", &self.error)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyResult {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "output",
            "sealed",
            "valid",
            "version",
            "error_code",
            "errorCode",
            "error",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Output,
            Sealed,
            Valid,
            Version,
            ErrorCode,
            Error,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "output" => Ok(GeneratedField::Output),
                            "sealed" => Ok(GeneratedField::Sealed),
                            "valid" => Ok(GeneratedField::Valid),
                            "version" => Ok(GeneratedField::Version),
                            "errorCode" | "error_code" => Ok(GeneratedField::ErrorCode),
                            "error" => Ok(GeneratedField::Error),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyResult;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.KeyResult")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyResult, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut output__ = None;
                let mut sealed__ = None;
                let mut valid__ = None;
                let mut version__ = None;
                let mut error_code__ = None;
                let mut error__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Output => {
                            if output__.is_some() {
                                return Err(serde::de::Error::duplicate_field("output"));
                            }
                            output__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Sealed => {
                            if sealed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sealed"));
                            }
                            sealed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Valid => {
                            if valid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("valid"));
                            }
                            valid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ErrorCode => {
                            if error_code__.is_some() {
                                return Err(serde::de::Error::duplicate_field("errorCode"));
                            }
                            error_code__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Error => {
                            if error__.is_some() {
                                return Err(serde::de::Error::duplicate_field("error"));
                            }
                            error__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(KeyResult {
                    output: output__.unwrap_or_default(),
                    sealed: sealed__.unwrap_or_default(),
                    valid: valid__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    error_code: error_code__.unwrap_or_default(),
                    error: error__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.KeyResult", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeyResults {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.results.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.KeyResults", len)?;
        if !self.results.is_empty() {
            struct_ser.serialize_field("results", &self.results)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KeyResults {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "results",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Results,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "results" => Ok(GeneratedField::Results),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KeyResults;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.KeyResults")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KeyResults, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut results__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Results => {
                            if results__.is_some() {
                                return Err(serde::de::Error::duplicate_field("results"));
                            }
                            results__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(KeyResults {
                    results: results__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.KeyResults", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KeySignature {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Default => "KEY_SIGNATURE_DEFAULT",
            Self::RsaPssSha256 => "KEY_SIGNATURE_RSA_PSS_SHA256",
            Self::RsaPssSha384 => "KEY_SIGNATURE_RSA_PSS_SHA384",
            Self::RsaPssSha512 => "KEY_SIGNATURE_RSA_PSS_SHA512",
            Self::RsaPkcs1Sha256 => "KEY_SIGNATURE_RSA_PKCS1_SHA256",
            Self::RsaPkcs1Sha384 => "KEY_SIGNATURE_RSA_PKCS1_SHA384",
            Self::RsaPkcs1Sha512 => "KEY_SIGNATURE_RSA_PKCS1_SHA512",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for KeySignature {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "KEY_SIGNATURE_DEFAULT",
            "KEY_SIGNATURE_RSA_PSS_SHA256",
            "KEY_SIGNATURE_RSA_PSS_SHA384",
            "KEY_SIGNATURE_RSA_PSS_SHA512",
            "KEY_SIGNATURE_RSA_PKCS1_SHA256",
            "KEY_SIGNATURE_RSA_PKCS1_SHA384",
            "KEY_SIGNATURE_RSA_PKCS1_SHA512",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = KeySignature;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "KEY_SIGNATURE_DEFAULT" => Ok(KeySignature::Default),
                    "KEY_SIGNATURE_RSA_PSS_SHA256" => Ok(KeySignature::RsaPssSha256),
                    "KEY_SIGNATURE_RSA_PSS_SHA384" => Ok(KeySignature::RsaPssSha384),
                    "KEY_SIGNATURE_RSA_PSS_SHA512" => Ok(KeySignature::RsaPssSha512),
                    "KEY_SIGNATURE_RSA_PKCS1_SHA256" => Ok(KeySignature::RsaPkcs1Sha256),
                    "KEY_SIGNATURE_RSA_PKCS1_SHA384" => Ok(KeySignature::RsaPkcs1Sha384),
                    "KEY_SIGNATURE_RSA_PKCS1_SHA512" => Ok(KeySignature::RsaPkcs1Sha512),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for KeyUse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "KEY_USE_UNSPECIFIED",
            Self::Encrypt => "KEY_USE_ENCRYPT",
            Self::Decrypt => "KEY_USE_DECRYPT",
            Self::Rewrap => "KEY_USE_REWRAP",
            Self::Sign => "KEY_USE_SIGN",
            Self::Verify => "KEY_USE_VERIFY",
            Self::Mac => "KEY_USE_MAC",
            Self::VerifyMac => "KEY_USE_VERIFY_MAC",
            Self::Derive => "KEY_USE_DERIVE",
            Self::Wrap => "KEY_USE_WRAP",
            Self::Unwrap => "KEY_USE_UNWRAP",
            Self::DataKey => "KEY_USE_DATA_KEY",
            Self::Random => "KEY_USE_RANDOM",
            Self::Get => "KEY_USE_GET",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for KeyUse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "KEY_USE_UNSPECIFIED",
            "KEY_USE_ENCRYPT",
            "KEY_USE_DECRYPT",
            "KEY_USE_REWRAP",
            "KEY_USE_SIGN",
            "KEY_USE_VERIFY",
            "KEY_USE_MAC",
            "KEY_USE_VERIFY_MAC",
            "KEY_USE_DERIVE",
            "KEY_USE_WRAP",
            "KEY_USE_UNWRAP",
            "KEY_USE_DATA_KEY",
            "KEY_USE_RANDOM",
            "KEY_USE_GET",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = KeyUse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "KEY_USE_UNSPECIFIED" => Ok(KeyUse::Unspecified),
                    "KEY_USE_ENCRYPT" => Ok(KeyUse::Encrypt),
                    "KEY_USE_DECRYPT" => Ok(KeyUse::Decrypt),
                    "KEY_USE_REWRAP" => Ok(KeyUse::Rewrap),
                    "KEY_USE_SIGN" => Ok(KeyUse::Sign),
                    "KEY_USE_VERIFY" => Ok(KeyUse::Verify),
                    "KEY_USE_MAC" => Ok(KeyUse::Mac),
                    "KEY_USE_VERIFY_MAC" => Ok(KeyUse::VerifyMac),
                    "KEY_USE_DERIVE" => Ok(KeyUse::Derive),
                    "KEY_USE_WRAP" => Ok(KeyUse::Wrap),
                    "KEY_USE_UNWRAP" => Ok(KeyUse::Unwrap),
                    "KEY_USE_DATA_KEY" => Ok(KeyUse::DataKey),
                    "KEY_USE_RANDOM" => Ok(KeyUse::Random),
                    "KEY_USE_GET" => Ok(KeyUse::Get),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for KunpengReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        if self.int64_version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.KunpengReport", len)?;
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        if self.int64_version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("int64_version", ToString::to_string(&self.int64_version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KunpengReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_quote",
            "int64_version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Quote,
            Int64Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            "int64_version" => Ok(GeneratedField::Int64Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KunpengReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.KunpengReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KunpengReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_quote__ = None;
                let mut int64_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Int64Version => {
                            if int64_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("int64_version"));
                            }
                            int64_version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(KunpengReport {
                    b64_quote: b64_quote__.unwrap_or_default(),
                    int64_version: int64_version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.KunpengReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListAdministratorRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.ListAdministratorRequest", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListAdministratorRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListAdministratorRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListAdministratorRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListAdministratorRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(ListAdministratorRequest {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListAdministratorRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListAdministratorResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.administrators.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListAdministratorResponse", len)?;
        if !self.administrators.is_empty() {
            struct_ser.serialize_field("administrators", &self.administrators)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListAdministratorResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "administrators",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Administrators,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "administrators" => Ok(GeneratedField::Administrators),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListAdministratorResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListAdministratorResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListAdministratorResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut administrators__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Administrators => {
                            if administrators__.is_some() {
                                return Err(serde::de::Error::duplicate_field("administrators"));
                            }
                            administrators__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListAdministratorResponse {
                    administrators: administrators__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListAdministratorResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListChange {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::ListReplace => "LIST_REPLACE",
            Self::ListAdd => "LIST_ADD",
            Self::ListRemove => "LIST_REMOVE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ListChange {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "LIST_REPLACE",
            "LIST_ADD",
            "LIST_REMOVE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ListChange;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "LIST_REPLACE" => Ok(ListChange::ListReplace),
                    "LIST_ADD" => Ok(ListChange::ListAdd),
                    "LIST_REMOVE" => Ok(ListChange::ListRemove),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ListDenialRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListDenialRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListDenialRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListDenialRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListDenialRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListDenialRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListDenialRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListDenialRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListDenialResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.denials.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListDenialResponse", len)?;
        if !self.denials.is_empty() {
            struct_ser.serialize_field("denials", &self.denials)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListDenialResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "denials",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Denials,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "denials" => Ok(GeneratedField::Denials),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListDenialResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListDenialResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListDenialResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut denials__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Denials => {
                            if denials__.is_some() {
                                return Err(serde::de::Error::duplicate_field("denials"));
                            }
                            denials__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListDenialResponse {
                    denials: denials__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListDenialResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListEnclaveSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.exact {
            len += 1;
        }
        if !self.after.is_empty() {
            len += 1;
        }
        if self.limit != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListEnclaveSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.exact {
            struct_ser.serialize_field("exact", &self.exact)?;
        }
        if !self.after.is_empty() {
            struct_ser.serialize_field("after", &self.after)?;
        }
        if self.limit != 0 {
            struct_ser.serialize_field("limit", &self.limit)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListEnclaveSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "exact",
            "after",
            "limit",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Exact,
            After,
            Limit,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "exact" => Ok(GeneratedField::Exact),
                            "after" => Ok(GeneratedField::After),
                            "limit" => Ok(GeneratedField::Limit),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListEnclaveSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListEnclaveSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListEnclaveSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut exact__ = None;
                let mut after__ = None;
                let mut limit__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Exact => {
                            if exact__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exact"));
                            }
                            exact__ = Some(map_.next_value()?);
                        }
                        GeneratedField::After => {
                            if after__.is_some() {
                                return Err(serde::de::Error::duplicate_field("after"));
                            }
                            after__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Limit => {
                            if limit__.is_some() {
                                return Err(serde::de::Error::duplicate_field("limit"));
                            }
                            limit__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListEnclaveSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    exact: exact__.unwrap_or_default(),
                    after: after__.unwrap_or_default(),
                    limit: limit__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListEnclaveSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListEnclaveSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secrets.is_empty() {
            len += 1;
        }
        if !self.deleted.is_empty() {
            len += 1;
        }
        if !self.info.is_empty() {
            len += 1;
        }
        if self.quotas.is_some() {
            len += 1;
        }
        if !self.next.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListEnclaveSecretResponse", len)?;
        if !self.secrets.is_empty() {
            struct_ser.serialize_field("secrets", &self.secrets)?;
        }
        if !self.deleted.is_empty() {
            struct_ser.serialize_field("deleted", &self.deleted)?;
        }
        if !self.info.is_empty() {
            struct_ser.serialize_field("info", &self.info)?;
        }
        if let Some(v) = self.quotas.as_ref() {
            struct_ser.serialize_field("quotas", v)?;
        }
        if !self.next.is_empty() {
            struct_ser.serialize_field("next", &self.next)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListEnclaveSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secrets",
            "deleted",
            "info",
            "quotas",
            "next",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secrets,
            Deleted,
            Info,
            Quotas,
            Next,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secrets" => Ok(GeneratedField::Secrets),
                            "deleted" => Ok(GeneratedField::Deleted),
                            "info" => Ok(GeneratedField::Info),
                            "quotas" => Ok(GeneratedField::Quotas),
                            "next" => Ok(GeneratedField::Next),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListEnclaveSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListEnclaveSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListEnclaveSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secrets__ = None;
                let mut deleted__ = None;
                let mut info__ = None;
                let mut quotas__ = None;
                let mut next__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secrets => {
                            if secrets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secrets"));
                            }
                            secrets__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Deleted => {
                            if deleted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deleted"));
                            }
                            deleted__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Info => {
                            if info__.is_some() {
                                return Err(serde::de::Error::duplicate_field("info"));
                            }
                            info__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Quotas => {
                            if quotas__.is_some() {
                                return Err(serde::de::Error::duplicate_field("quotas"));
                            }
                            quotas__ = map_.next_value()?;
                        }
                        GeneratedField::Next => {
                            if next__.is_some() {
                                return Err(serde::de::Error::duplicate_field("next"));
                            }
                            next__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListEnclaveSecretResponse {
                    secrets: secrets__.unwrap_or_default(),
                    deleted: deleted__.unwrap_or_default(),
                    info: info__.unwrap_or_default(),
                    quotas: quotas__,
                    next: next__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListEnclaveSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListEnclaveServiceRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListEnclaveServiceRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListEnclaveServiceRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListEnclaveServiceRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListEnclaveServiceRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListEnclaveServiceRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListEnclaveServiceRequest {
                    service_name: service_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListEnclaveServiceRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListEnclaveServiceResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.services.is_some() {
            len += 1;
        }
        if !self.replaceable_keys.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListEnclaveServiceResponse", len)?;
        if let Some(v) = self.services.as_ref() {
            struct_ser.serialize_field("services", v)?;
        }
        if !self.replaceable_keys.is_empty() {
            struct_ser.serialize_field("replaceableKeys", &self.replaceable_keys)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListEnclaveServiceResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "services",
            "replaceable_keys",
            "replaceableKeys",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Services,
            ReplaceableKeys,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "services" => Ok(GeneratedField::Services),
                            "replaceableKeys" | "replaceable_keys" => Ok(GeneratedField::ReplaceableKeys),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListEnclaveServiceResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListEnclaveServiceResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListEnclaveServiceResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut services__ = None;
                let mut replaceable_keys__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Services => {
                            if services__.is_some() {
                                return Err(serde::de::Error::duplicate_field("services"));
                            }
                            services__ = map_.next_value()?;
                        }
                        GeneratedField::ReplaceableKeys => {
                            if replaceable_keys__.is_some() {
                                return Err(serde::de::Error::duplicate_field("replaceableKeys"));
                            }
                            replaceable_keys__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListEnclaveServiceResponse {
                    services: services__,
                    replaceable_keys: replaceable_keys__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListEnclaveServiceResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListNamedListRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.list_name.is_empty() {
            len += 1;
        }
        if self.exact {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListNamedListRequest", len)?;
        if !self.list_name.is_empty() {
            struct_ser.serialize_field("listName", &self.list_name)?;
        }
        if self.exact {
            struct_ser.serialize_field("exact", &self.exact)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListNamedListRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list_name",
            "listName",
            "exact",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ListName,
            Exact,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "listName" | "list_name" => Ok(GeneratedField::ListName),
                            "exact" => Ok(GeneratedField::Exact),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListNamedListRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListNamedListRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListNamedListRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list_name__ = None;
                let mut exact__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ListName => {
                            if list_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("listName"));
                            }
                            list_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Exact => {
                            if exact__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exact"));
                            }
                            exact__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListNamedListRequest {
                    list_name: list_name__.unwrap_or_default(),
                    exact: exact__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListNamedListRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListNamedListResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.lists.is_empty() {
            len += 1;
        }
        if self.list.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListNamedListResponse", len)?;
        if !self.lists.is_empty() {
            struct_ser.serialize_field("lists", &self.lists)?;
        }
        if let Some(v) = self.list.as_ref() {
            struct_ser.serialize_field("list", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListNamedListResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "lists",
            "list",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Lists,
            List,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "lists" => Ok(GeneratedField::Lists),
                            "list" => Ok(GeneratedField::List),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListNamedListResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListNamedListResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListNamedListResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut lists__ = None;
                let mut list__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Lists => {
                            if lists__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lists"));
                            }
                            lists__ = Some(map_.next_value()?);
                        }
                        GeneratedField::List => {
                            if list__.is_some() {
                                return Err(serde::de::Error::duplicate_field("list"));
                            }
                            list__ = map_.next_value()?;
                        }
                    }
                }
                Ok(ListNamedListResponse {
                    lists: lists__.unwrap_or_default(),
                    list: list__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListNamedListResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListSecretVersionRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListSecretVersionRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListSecretVersionRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListSecretVersionRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListSecretVersionRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListSecretVersionRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListSecretVersionRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListSecretVersionRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListSecretVersionResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.versions.is_empty() {
            len += 1;
        }
        if self.restorable_until_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListSecretVersionResponse", len)?;
        if !self.versions.is_empty() {
            struct_ser.serialize_field("versions", &self.versions)?;
        }
        if self.restorable_until_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("restorableUntilMs", ToString::to_string(&self.restorable_until_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListSecretVersionResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "versions",
            "restorable_until_ms",
            "restorableUntilMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Versions,
            RestorableUntilMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "versions" => Ok(GeneratedField::Versions),
                            "restorableUntilMs" | "restorable_until_ms" => Ok(GeneratedField::RestorableUntilMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListSecretVersionResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListSecretVersionResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListSecretVersionResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut versions__ = None;
                let mut restorable_until_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Versions => {
                            if versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("versions"));
                            }
                            versions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RestorableUntilMs => {
                            if restorable_until_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("restorableUntilMs"));
                            }
                            restorable_until_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListSecretVersionResponse {
                    versions: versions__.unwrap_or_default(),
                    restorable_until_ms: restorable_until_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListSecretVersionResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListedMeasurement {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.label.is_empty() {
            len += 1;
        }
        if self.attributes.is_some() {
            len += 1;
        }
        if self.valid_until_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListedMeasurement", len)?;
        if !self.label.is_empty() {
            struct_ser.serialize_field("label", &self.label)?;
        }
        if let Some(v) = self.attributes.as_ref() {
            struct_ser.serialize_field("attributes", v)?;
        }
        if self.valid_until_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("validUntilMs", ToString::to_string(&self.valid_until_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListedMeasurement {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "label",
            "attributes",
            "valid_until_ms",
            "validUntilMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Label,
            Attributes,
            ValidUntilMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "label" => Ok(GeneratedField::Label),
                            "attributes" => Ok(GeneratedField::Attributes),
                            "validUntilMs" | "valid_until_ms" => Ok(GeneratedField::ValidUntilMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListedMeasurement;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListedMeasurement")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListedMeasurement, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut label__ = None;
                let mut attributes__ = None;
                let mut valid_until_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Label => {
                            if label__.is_some() {
                                return Err(serde::de::Error::duplicate_field("label"));
                            }
                            label__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attributes => {
                            if attributes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attributes"));
                            }
                            attributes__ = map_.next_value()?;
                        }
                        GeneratedField::ValidUntilMs => {
                            if valid_until_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("validUntilMs"));
                            }
                            valid_until_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListedMeasurement {
                    label: label__.unwrap_or_default(),
                    attributes: attributes__,
                    valid_until_ms: valid_until_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListedMeasurement", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListedMeasurements {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.source.is_empty() {
            len += 1;
        }
        if !self.entries.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListedMeasurements", len)?;
        if !self.source.is_empty() {
            struct_ser.serialize_field("source", &self.source)?;
        }
        if !self.entries.is_empty() {
            struct_ser.serialize_field("entries", &self.entries)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListedMeasurements {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "source",
            "entries",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Source,
            Entries,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "source" => Ok(GeneratedField::Source),
                            "entries" => Ok(GeneratedField::Entries),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListedMeasurements;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListedMeasurements")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListedMeasurements, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut source__ = None;
                let mut entries__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListedMeasurements {
                    source: source__.unwrap_or_default(),
                    entries: entries__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListedMeasurements", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListedValues {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.values.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ListedValues", len)?;
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.values.is_empty() {
            struct_ser.serialize_field("values", &self.values)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListedValues {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "attribute",
            "values",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Attribute,
            Values,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "attribute" => Ok(GeneratedField::Attribute),
                            "values" => Ok(GeneratedField::Values),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListedValues;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ListedValues")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListedValues, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut attribute__ = None;
                let mut values__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Values => {
                            if values__.is_some() {
                                return Err(serde::de::Error::duplicate_field("values"));
                            }
                            values__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListedValues {
                    attribute: attribute__.unwrap_or_default(),
                    values: values__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ListedValues", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NamedFile {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.path.is_empty() {
            len += 1;
        }
        if !self.content.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.NamedFile", len)?;
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        if !self.content.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("content", pbjson::private::base64::encode(&self.content).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NamedFile {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "path",
            "content",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Path,
            Content,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "path" => Ok(GeneratedField::Path),
                            "content" => Ok(GeneratedField::Content),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NamedFile;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.NamedFile")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NamedFile, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut path__ = None;
                let mut content__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Content => {
                            if content__.is_some() {
                                return Err(serde::de::Error::duplicate_field("content"));
                            }
                            content__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(NamedFile {
                    path: path__.unwrap_or_default(),
                    content: content__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.NamedFile", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NamedList {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.list_name.is_empty() {
            len += 1;
        }
        if !self.description.is_empty() {
            len += 1;
        }
        if self.content.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.NamedList", len)?;
        if !self.list_name.is_empty() {
            struct_ser.serialize_field("listName", &self.list_name)?;
        }
        if !self.description.is_empty() {
            struct_ser.serialize_field("description", &self.description)?;
        }
        if let Some(v) = self.content.as_ref() {
            match v {
                named_list::Content::Values(v) => {
                    struct_ser.serialize_field("values", v)?;
                }
                named_list::Content::Measurements(v) => {
                    struct_ser.serialize_field("measurements", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NamedList {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list_name",
            "listName",
            "description",
            "values",
            "measurements",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ListName,
            Description,
            Values,
            Measurements,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "listName" | "list_name" => Ok(GeneratedField::ListName),
                            "description" => Ok(GeneratedField::Description),
                            "values" => Ok(GeneratedField::Values),
                            "measurements" => Ok(GeneratedField::Measurements),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NamedList;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.NamedList")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NamedList, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list_name__ = None;
                let mut description__ = None;
                let mut content__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ListName => {
                            if list_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("listName"));
                            }
                            list_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Description => {
                            if description__.is_some() {
                                return Err(serde::de::Error::duplicate_field("description"));
                            }
                            description__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Values => {
                            if content__.is_some() {
                                return Err(serde::de::Error::duplicate_field("values"));
                            }
                            content__ = map_.next_value::<::std::option::Option<_>>()?.map(named_list::Content::Values)
;
                        }
                        GeneratedField::Measurements => {
                            if content__.is_some() {
                                return Err(serde::de::Error::duplicate_field("measurements"));
                            }
                            content__ = map_.next_value::<::std::option::Option<_>>()?.map(named_list::Content::Measurements)
;
                        }
                    }
                }
                Ok(NamedList {
                    list_name: list_name__.unwrap_or_default(),
                    description: description__.unwrap_or_default(),
                    content: content__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.NamedList", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NamedListInfo {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.list_name.is_empty() {
            len += 1;
        }
        if !self.description.is_empty() {
            len += 1;
        }
        if !self.attribute.is_empty() {
            len += 1;
        }
        if !self.source.is_empty() {
            len += 1;
        }
        if self.entries != 0 {
            len += 1;
        }
        if self.created_ms != 0 {
            len += 1;
        }
        if self.changed_ms != 0 {
            len += 1;
        }
        if self.ends_ms != 0 {
            len += 1;
        }
        if self.epoch != 0 {
            len += 1;
        }
        if self.incomplete {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.NamedListInfo", len)?;
        if !self.list_name.is_empty() {
            struct_ser.serialize_field("listName", &self.list_name)?;
        }
        if !self.description.is_empty() {
            struct_ser.serialize_field("description", &self.description)?;
        }
        if !self.attribute.is_empty() {
            struct_ser.serialize_field("attribute", &self.attribute)?;
        }
        if !self.source.is_empty() {
            struct_ser.serialize_field("source", &self.source)?;
        }
        if self.entries != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("entries", ToString::to_string(&self.entries).as_str())?;
        }
        if self.created_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("createdMs", ToString::to_string(&self.created_ms).as_str())?;
        }
        if self.changed_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("changedMs", ToString::to_string(&self.changed_ms).as_str())?;
        }
        if self.ends_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("endsMs", ToString::to_string(&self.ends_ms).as_str())?;
        }
        if self.epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("epoch", ToString::to_string(&self.epoch).as_str())?;
        }
        if self.incomplete {
            struct_ser.serialize_field("incomplete", &self.incomplete)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NamedListInfo {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list_name",
            "listName",
            "description",
            "attribute",
            "source",
            "entries",
            "created_ms",
            "createdMs",
            "changed_ms",
            "changedMs",
            "ends_ms",
            "endsMs",
            "epoch",
            "incomplete",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ListName,
            Description,
            Attribute,
            Source,
            Entries,
            CreatedMs,
            ChangedMs,
            EndsMs,
            Epoch,
            Incomplete,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "listName" | "list_name" => Ok(GeneratedField::ListName),
                            "description" => Ok(GeneratedField::Description),
                            "attribute" => Ok(GeneratedField::Attribute),
                            "source" => Ok(GeneratedField::Source),
                            "entries" => Ok(GeneratedField::Entries),
                            "createdMs" | "created_ms" => Ok(GeneratedField::CreatedMs),
                            "changedMs" | "changed_ms" => Ok(GeneratedField::ChangedMs),
                            "endsMs" | "ends_ms" => Ok(GeneratedField::EndsMs),
                            "epoch" => Ok(GeneratedField::Epoch),
                            "incomplete" => Ok(GeneratedField::Incomplete),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NamedListInfo;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.NamedListInfo")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NamedListInfo, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list_name__ = None;
                let mut description__ = None;
                let mut attribute__ = None;
                let mut source__ = None;
                let mut entries__ = None;
                let mut created_ms__ = None;
                let mut changed_ms__ = None;
                let mut ends_ms__ = None;
                let mut epoch__ = None;
                let mut incomplete__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ListName => {
                            if list_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("listName"));
                            }
                            list_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Description => {
                            if description__.is_some() {
                                return Err(serde::de::Error::duplicate_field("description"));
                            }
                            description__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Attribute => {
                            if attribute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attribute"));
                            }
                            attribute__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::CreatedMs => {
                            if created_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdMs"));
                            }
                            created_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ChangedMs => {
                            if changed_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changedMs"));
                            }
                            changed_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EndsMs => {
                            if ends_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("endsMs"));
                            }
                            ends_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Epoch => {
                            if epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("epoch"));
                            }
                            epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Incomplete => {
                            if incomplete__.is_some() {
                                return Err(serde::de::Error::duplicate_field("incomplete"));
                            }
                            incomplete__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(NamedListInfo {
                    list_name: list_name__.unwrap_or_default(),
                    description: description__.unwrap_or_default(),
                    attribute: attribute__.unwrap_or_default(),
                    source: source__.unwrap_or_default(),
                    entries: entries__.unwrap_or_default(),
                    created_ms: created_ms__.unwrap_or_default(),
                    changed_ms: changed_ms__.unwrap_or_default(),
                    ends_ms: ends_ms__.unwrap_or_default(),
                    epoch: epoch__.unwrap_or_default(),
                    incomplete: incomplete__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.NamedListInfo", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NewSecretVersionResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.NewSecretVersionResponse", len)?;
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NewSecretVersionResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NewSecretVersionResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.NewSecretVersionResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NewSecretVersionResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(NewSecretVersionResponse {
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.NewSecretVersionResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NvidiaGpuReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_report.is_empty() {
            len += 1;
        }
        if !self.pem_cert_chain.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.NvidiaGpuReport", len)?;
        if !self.b64_report.is_empty() {
            struct_ser.serialize_field("b64_report", &self.b64_report)?;
        }
        if !self.pem_cert_chain.is_empty() {
            struct_ser.serialize_field("pem_cert_chain", &self.pem_cert_chain)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NvidiaGpuReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_report",
            "pem_cert_chain",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Report,
            PemCertChain,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_report" => Ok(GeneratedField::B64Report),
                            "pem_cert_chain" => Ok(GeneratedField::PemCertChain),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NvidiaGpuReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.NvidiaGpuReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NvidiaGpuReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_report__ = None;
                let mut pem_cert_chain__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Report => {
                            if b64_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_report"));
                            }
                            b64_report__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PemCertChain => {
                            if pem_cert_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pem_cert_chain"));
                            }
                            pem_cert_chain__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(NvidiaGpuReport {
                    b64_report: b64_report__.unwrap_or_default(),
                    pem_cert_chain: pem_cert_chain__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.NvidiaGpuReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PutNamedListRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.list.is_some() {
            len += 1;
        }
        if self.change != 0 {
            len += 1;
        }
        if self.if_epoch != 0 {
            len += 1;
        }
        if self.more {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.PutNamedListRequest", len)?;
        if let Some(v) = self.list.as_ref() {
            struct_ser.serialize_field("list", v)?;
        }
        if self.change != 0 {
            let v = crate::json::OpenEnum::<ListChange>::new(self.change);
            struct_ser.serialize_field("change", &v)?;
        }
        if self.if_epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifEpoch", ToString::to_string(&self.if_epoch).as_str())?;
        }
        if self.more {
            struct_ser.serialize_field("more", &self.more)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PutNamedListRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list",
            "change",
            "if_epoch",
            "ifEpoch",
            "more",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            List,
            Change,
            IfEpoch,
            More,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "list" => Ok(GeneratedField::List),
                            "change" => Ok(GeneratedField::Change),
                            "ifEpoch" | "if_epoch" => Ok(GeneratedField::IfEpoch),
                            "more" => Ok(GeneratedField::More),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PutNamedListRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.PutNamedListRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PutNamedListRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list__ = None;
                let mut change__ = None;
                let mut if_epoch__ = None;
                let mut more__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::List => {
                            if list__.is_some() {
                                return Err(serde::de::Error::duplicate_field("list"));
                            }
                            list__ = map_.next_value()?;
                        }
                        GeneratedField::Change => {
                            if change__.is_some() {
                                return Err(serde::de::Error::duplicate_field("change"));
                            }
                            change__ = Some(map_.next_value::<crate::json::OpenEnum<ListChange>>()?.number());
                        }
                        GeneratedField::IfEpoch => {
                            if if_epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifEpoch"));
                            }
                            if_epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::More => {
                            if more__.is_some() {
                                return Err(serde::de::Error::duplicate_field("more"));
                            }
                            more__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(PutNamedListRequest {
                    list: list__,
                    change: change__.unwrap_or_default(),
                    if_epoch: if_epoch__.unwrap_or_default(),
                    more: more__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.PutNamedListRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PutNamedListResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.entries != 0 {
            len += 1;
        }
        if self.added != 0 {
            len += 1;
        }
        if self.removed != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.PutNamedListResponse", len)?;
        if self.entries != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("entries", ToString::to_string(&self.entries).as_str())?;
        }
        if self.added != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("added", ToString::to_string(&self.added).as_str())?;
        }
        if self.removed != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("removed", ToString::to_string(&self.removed).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PutNamedListResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "entries",
            "added",
            "removed",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Entries,
            Added,
            Removed,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "entries" => Ok(GeneratedField::Entries),
                            "added" => Ok(GeneratedField::Added),
                            "removed" => Ok(GeneratedField::Removed),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PutNamedListResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.PutNamedListResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PutNamedListResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut entries__ = None;
                let mut added__ = None;
                let mut removed__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Added => {
                            if added__.is_some() {
                                return Err(serde::de::Error::duplicate_field("added"));
                            }
                            added__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Removed => {
                            if removed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("removed"));
                            }
                            removed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(PutNamedListResponse {
                    entries: entries__.unwrap_or_default(),
                    added: added__.unwrap_or_default(),
                    removed: removed__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.PutNamedListResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for PutSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.data.is_empty() {
            len += 1;
        }
        if self.encoding != 0 {
            len += 1;
        }
        if !self.params.is_empty() {
            len += 1;
        }
        if self.if_version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.PutSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.data.is_empty() {
            struct_ser.serialize_field("data", &self.data)?;
        }
        if self.encoding != 0 {
            let v = crate::json::OpenEnum::<EnclaveSecretEncoding>::new(self.encoding);
            struct_ser.serialize_field("encoding", &v)?;
        }
        if !self.params.is_empty() {
            struct_ser.serialize_field("params", &self.params)?;
        }
        if self.if_version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifVersion", ToString::to_string(&self.if_version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for PutSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "data",
            "encoding",
            "params",
            "if_version",
            "ifVersion",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Data,
            Encoding,
            Params,
            IfVersion,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "data" => Ok(GeneratedField::Data),
                            "encoding" => Ok(GeneratedField::Encoding),
                            "params" => Ok(GeneratedField::Params),
                            "ifVersion" | "if_version" => Ok(GeneratedField::IfVersion),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = PutSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.PutSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<PutSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut data__ = None;
                let mut encoding__ = None;
                let mut params__ = None;
                let mut if_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Data => {
                            if data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("data"));
                            }
                            data__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Encoding => {
                            if encoding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("encoding"));
                            }
                            encoding__ = Some(map_.next_value::<crate::json::OpenEnum<EnclaveSecretEncoding>>()?.number());
                        }
                        GeneratedField::Params => {
                            if params__.is_some() {
                                return Err(serde::de::Error::duplicate_field("params"));
                            }
                            params__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IfVersion => {
                            if if_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifVersion"));
                            }
                            if_version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(PutSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    data: data__.unwrap_or_default(),
                    encoding: encoding__.unwrap_or_default(),
                    params: params__.unwrap_or_default(),
                    if_version: if_version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.PutSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RegisterEnclaveServiceRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.service_pubkey.is_empty() {
            len += 1;
        }
        if !self.service_password_hash.is_empty() {
            len += 1;
        }
        if self.operator_may_replace_key {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RegisterEnclaveServiceRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.service_pubkey.is_empty() {
            struct_ser.serialize_field("servicePubkey", &self.service_pubkey)?;
        }
        if !self.service_password_hash.is_empty() {
            struct_ser.serialize_field("servicePasswordHash", &self.service_password_hash)?;
        }
        if self.operator_may_replace_key {
            struct_ser.serialize_field("operatorMayReplaceKey", &self.operator_may_replace_key)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RegisterEnclaveServiceRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "service_pubkey",
            "servicePubkey",
            "service_password_hash",
            "servicePasswordHash",
            "operator_may_replace_key",
            "operatorMayReplaceKey",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            ServicePubkey,
            ServicePasswordHash,
            OperatorMayReplaceKey,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "servicePubkey" | "service_pubkey" => Ok(GeneratedField::ServicePubkey),
                            "servicePasswordHash" | "service_password_hash" => Ok(GeneratedField::ServicePasswordHash),
                            "operatorMayReplaceKey" | "operator_may_replace_key" => Ok(GeneratedField::OperatorMayReplaceKey),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RegisterEnclaveServiceRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RegisterEnclaveServiceRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RegisterEnclaveServiceRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut service_pubkey__ = None;
                let mut service_password_hash__ = None;
                let mut operator_may_replace_key__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServicePubkey => {
                            if service_pubkey__.is_some() {
                                return Err(serde::de::Error::duplicate_field("servicePubkey"));
                            }
                            service_pubkey__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ServicePasswordHash => {
                            if service_password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("servicePasswordHash"));
                            }
                            service_password_hash__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OperatorMayReplaceKey => {
                            if operator_may_replace_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operatorMayReplaceKey"));
                            }
                            operator_may_replace_key__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RegisterEnclaveServiceRequest {
                    service_name: service_name__.unwrap_or_default(),
                    service_pubkey: service_pubkey__.unwrap_or_default(),
                    service_password_hash: service_password_hash__.unwrap_or_default(),
                    operator_may_replace_key: operator_may_replace_key__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RegisterEnclaveServiceRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RegisterEnclaveServiceResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.RegisterEnclaveServiceResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RegisterEnclaveServiceResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RegisterEnclaveServiceResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RegisterEnclaveServiceResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RegisterEnclaveServiceResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RegisterEnclaveServiceResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RegisterEnclaveServiceResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RemoveAdministratorRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RemoveAdministratorRequest", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RemoveAdministratorRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RemoveAdministratorRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RemoveAdministratorRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RemoveAdministratorRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RemoveAdministratorRequest {
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RemoveAdministratorRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RemoveAdministratorResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.RemoveAdministratorResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RemoveAdministratorResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RemoveAdministratorResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RemoveAdministratorResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RemoveAdministratorResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RemoveAdministratorResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RemoveAdministratorResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RequestBinding {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.server_key_hash.is_empty() {
            len += 1;
        }
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if !self.boot_nonce.is_empty() {
            len += 1;
        }
        if !self.act_id.is_empty() {
            len += 1;
        }
        if self.remembered.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RequestBinding", len)?;
        if !self.server_key_hash.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("serverKeyHash", pbjson::private::base64::encode(&self.server_key_hash).as_str())?;
        }
        if !self.deployment_id.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("deploymentId", pbjson::private::base64::encode(&self.deployment_id).as_str())?;
        }
        if !self.boot_nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("bootNonce", pbjson::private::base64::encode(&self.boot_nonce).as_str())?;
        }
        if !self.act_id.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("actId", pbjson::private::base64::encode(&self.act_id).as_str())?;
        }
        if let Some(v) = self.remembered.as_ref() {
            struct_ser.serialize_field("remembered", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RequestBinding {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "server_key_hash",
            "serverKeyHash",
            "deployment_id",
            "deploymentId",
            "boot_nonce",
            "bootNonce",
            "act_id",
            "actId",
            "remembered",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServerKeyHash,
            DeploymentId,
            BootNonce,
            ActId,
            Remembered,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serverKeyHash" | "server_key_hash" => Ok(GeneratedField::ServerKeyHash),
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "bootNonce" | "boot_nonce" => Ok(GeneratedField::BootNonce),
                            "actId" | "act_id" => Ok(GeneratedField::ActId),
                            "remembered" => Ok(GeneratedField::Remembered),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RequestBinding;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RequestBinding")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RequestBinding, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut server_key_hash__ = None;
                let mut deployment_id__ = None;
                let mut boot_nonce__ = None;
                let mut act_id__ = None;
                let mut remembered__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServerKeyHash => {
                            if server_key_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serverKeyHash"));
                            }
                            server_key_hash__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BootNonce => {
                            if boot_nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bootNonce"));
                            }
                            boot_nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ActId => {
                            if act_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("actId"));
                            }
                            act_id__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Remembered => {
                            if remembered__.is_some() {
                                return Err(serde::de::Error::duplicate_field("remembered"));
                            }
                            remembered__ = map_.next_value()?;
                        }
                    }
                }
                Ok(RequestBinding {
                    server_key_hash: server_key_hash__.unwrap_or_default(),
                    deployment_id: deployment_id__.unwrap_or_default(),
                    boot_nonce: boot_nonce__.unwrap_or_default(),
                    act_id: act_id__.unwrap_or_default(),
                    remembered: remembered__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RequestBinding", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RollbackSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        if self.if_version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RollbackSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if self.if_version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifVersion", ToString::to_string(&self.if_version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RollbackSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "version",
            "if_version",
            "ifVersion",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Version,
            IfVersion,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "version" => Ok(GeneratedField::Version),
                            "ifVersion" | "if_version" => Ok(GeneratedField::IfVersion),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RollbackSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RollbackSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RollbackSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut version__ = None;
                let mut if_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::IfVersion => {
                            if if_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifVersion"));
                            }
                            if_version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(RollbackSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    if_version: if_version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RollbackSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RotateAdministratorKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.public_key.is_empty() {
            len += 1;
        }
        if !self.password_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RotateAdministratorKeyRequest", len)?;
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        if !self.password_hash.is_empty() {
            struct_ser.serialize_field("passwordHash", &self.password_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RotateAdministratorKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "public_key",
            "publicKey",
            "password_hash",
            "passwordHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PublicKey,
            PasswordHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            "passwordHash" | "password_hash" => Ok(GeneratedField::PasswordHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RotateAdministratorKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RotateAdministratorKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RotateAdministratorKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut public_key__ = None;
                let mut password_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PasswordHash => {
                            if password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passwordHash"));
                            }
                            password_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RotateAdministratorKeyRequest {
                    public_key: public_key__.unwrap_or_default(),
                    password_hash: password_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RotateAdministratorKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RotateAdministratorKeyResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.RotateAdministratorKeyResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RotateAdministratorKeyResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RotateAdministratorKeyResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RotateAdministratorKeyResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RotateAdministratorKeyResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RotateAdministratorKeyResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RotateAdministratorKeyResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RotateSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.if_version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RotateSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.if_version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ifVersion", ToString::to_string(&self.if_version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RotateSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "if_version",
            "ifVersion",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            IfVersion,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "ifVersion" | "if_version" => Ok(GeneratedField::IfVersion),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RotateSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RotateSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RotateSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut if_version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IfVersion => {
                            if if_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ifVersion"));
                            }
                            if_version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(RotateSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    if_version: if_version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RotateSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RotateServiceKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.public_key.is_empty() {
            len += 1;
        }
        if !self.password_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.RotateServiceKeyRequest", len)?;
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        if !self.password_hash.is_empty() {
            struct_ser.serialize_field("passwordHash", &self.password_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RotateServiceKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "public_key",
            "publicKey",
            "password_hash",
            "passwordHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PublicKey,
            PasswordHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            "passwordHash" | "password_hash" => Ok(GeneratedField::PasswordHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RotateServiceKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RotateServiceKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RotateServiceKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut public_key__ = None;
                let mut password_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PasswordHash => {
                            if password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passwordHash"));
                            }
                            password_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RotateServiceKeyRequest {
                    public_key: public_key__.unwrap_or_default(),
                    password_hash: password_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RotateServiceKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RotateServiceKeyResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.RotateServiceKeyResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RotateServiceKeyResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RotateServiceKeyResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.RotateServiceKeyResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RotateServiceKeyResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(RotateServiceKeyResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.RotateServiceKeyResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretInfo {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.created_ms != 0 {
            len += 1;
        }
        if self.changed_ms != 0 {
            len += 1;
        }
        if self.released_ms != 0 {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if self.versions != 0 {
            len += 1;
        }
        if self.bytes != 0 {
            len += 1;
        }
        if self.epoch != 0 {
            len += 1;
        }
        if self.expires_ms != 0 {
            len += 1;
        }
        if self.rotates_ms != 0 {
            len += 1;
        }
        if self.version_created_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SecretInfo", len)?;
        if self.created_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("createdMs", ToString::to_string(&self.created_ms).as_str())?;
        }
        if self.changed_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("changedMs", ToString::to_string(&self.changed_ms).as_str())?;
        }
        if self.released_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("releasedMs", ToString::to_string(&self.released_ms).as_str())?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if self.state != 0 {
            let v = crate::json::OpenEnum::<SecretVersionState>::new(self.state);
            struct_ser.serialize_field("state", &v)?;
        }
        if self.versions != 0 {
            struct_ser.serialize_field("versions", &self.versions)?;
        }
        if self.bytes != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("bytes", ToString::to_string(&self.bytes).as_str())?;
        }
        if self.epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("epoch", ToString::to_string(&self.epoch).as_str())?;
        }
        if self.expires_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expiresMs", ToString::to_string(&self.expires_ms).as_str())?;
        }
        if self.rotates_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("rotatesMs", ToString::to_string(&self.rotates_ms).as_str())?;
        }
        if self.version_created_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("versionCreatedMs", ToString::to_string(&self.version_created_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SecretInfo {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "created_ms",
            "createdMs",
            "changed_ms",
            "changedMs",
            "released_ms",
            "releasedMs",
            "version",
            "state",
            "versions",
            "bytes",
            "epoch",
            "expires_ms",
            "expiresMs",
            "rotates_ms",
            "rotatesMs",
            "version_created_ms",
            "versionCreatedMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            CreatedMs,
            ChangedMs,
            ReleasedMs,
            Version,
            State,
            Versions,
            Bytes,
            Epoch,
            ExpiresMs,
            RotatesMs,
            VersionCreatedMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "createdMs" | "created_ms" => Ok(GeneratedField::CreatedMs),
                            "changedMs" | "changed_ms" => Ok(GeneratedField::ChangedMs),
                            "releasedMs" | "released_ms" => Ok(GeneratedField::ReleasedMs),
                            "version" => Ok(GeneratedField::Version),
                            "state" => Ok(GeneratedField::State),
                            "versions" => Ok(GeneratedField::Versions),
                            "bytes" => Ok(GeneratedField::Bytes),
                            "epoch" => Ok(GeneratedField::Epoch),
                            "expiresMs" | "expires_ms" => Ok(GeneratedField::ExpiresMs),
                            "rotatesMs" | "rotates_ms" => Ok(GeneratedField::RotatesMs),
                            "versionCreatedMs" | "version_created_ms" => Ok(GeneratedField::VersionCreatedMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SecretInfo;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SecretInfo")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SecretInfo, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut created_ms__ = None;
                let mut changed_ms__ = None;
                let mut released_ms__ = None;
                let mut version__ = None;
                let mut state__ = None;
                let mut versions__ = None;
                let mut bytes__ = None;
                let mut epoch__ = None;
                let mut expires_ms__ = None;
                let mut rotates_ms__ = None;
                let mut version_created_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::CreatedMs => {
                            if created_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdMs"));
                            }
                            created_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ChangedMs => {
                            if changed_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changedMs"));
                            }
                            changed_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ReleasedMs => {
                            if released_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("releasedMs"));
                            }
                            released_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<crate::json::OpenEnum<SecretVersionState>>()?.number());
                        }
                        GeneratedField::Versions => {
                            if versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("versions"));
                            }
                            versions__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Bytes => {
                            if bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bytes"));
                            }
                            bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Epoch => {
                            if epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("epoch"));
                            }
                            epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpiresMs => {
                            if expires_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresMs"));
                            }
                            expires_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::RotatesMs => {
                            if rotates_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rotatesMs"));
                            }
                            rotates_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::VersionCreatedMs => {
                            if version_created_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("versionCreatedMs"));
                            }
                            version_created_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(SecretInfo {
                    created_ms: created_ms__.unwrap_or_default(),
                    changed_ms: changed_ms__.unwrap_or_default(),
                    released_ms: released_ms__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    versions: versions__.unwrap_or_default(),
                    bytes: bytes__.unwrap_or_default(),
                    epoch: epoch__.unwrap_or_default(),
                    expires_ms: expires_ms__.unwrap_or_default(),
                    rotates_ms: rotates_ms__.unwrap_or_default(),
                    version_created_ms: version_created_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SecretInfo", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretOutcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::SecretUnchanged => "SECRET_UNCHANGED",
            Self::SecretCreated => "SECRET_CREATED",
            Self::SecretUpdated => "SECRET_UPDATED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SecretOutcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SECRET_UNCHANGED",
            "SECRET_CREATED",
            "SECRET_UPDATED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SecretOutcome;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SECRET_UNCHANGED" => Ok(SecretOutcome::SecretUnchanged),
                    "SECRET_CREATED" => Ok(SecretOutcome::SecretCreated),
                    "SECRET_UPDATED" => Ok(SecretOutcome::SecretUpdated),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for SecretQuotas {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.secrets != 0 {
            len += 1;
        }
        if self.max_secrets != 0 {
            len += 1;
        }
        if self.bytes != 0 {
            len += 1;
        }
        if self.max_bytes != 0 {
            len += 1;
        }
        if self.max_data_bytes != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SecretQuotas", len)?;
        if self.secrets != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("secrets", ToString::to_string(&self.secrets).as_str())?;
        }
        if self.max_secrets != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("maxSecrets", ToString::to_string(&self.max_secrets).as_str())?;
        }
        if self.bytes != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("bytes", ToString::to_string(&self.bytes).as_str())?;
        }
        if self.max_bytes != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("maxBytes", ToString::to_string(&self.max_bytes).as_str())?;
        }
        if self.max_data_bytes != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("maxDataBytes", ToString::to_string(&self.max_data_bytes).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SecretQuotas {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secrets",
            "max_secrets",
            "maxSecrets",
            "bytes",
            "max_bytes",
            "maxBytes",
            "max_data_bytes",
            "maxDataBytes",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secrets,
            MaxSecrets,
            Bytes,
            MaxBytes,
            MaxDataBytes,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secrets" => Ok(GeneratedField::Secrets),
                            "maxSecrets" | "max_secrets" => Ok(GeneratedField::MaxSecrets),
                            "bytes" => Ok(GeneratedField::Bytes),
                            "maxBytes" | "max_bytes" => Ok(GeneratedField::MaxBytes),
                            "maxDataBytes" | "max_data_bytes" => Ok(GeneratedField::MaxDataBytes),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SecretQuotas;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SecretQuotas")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SecretQuotas, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secrets__ = None;
                let mut max_secrets__ = None;
                let mut bytes__ = None;
                let mut max_bytes__ = None;
                let mut max_data_bytes__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secrets => {
                            if secrets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secrets"));
                            }
                            secrets__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxSecrets => {
                            if max_secrets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxSecrets"));
                            }
                            max_secrets__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Bytes => {
                            if bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bytes"));
                            }
                            bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxBytes => {
                            if max_bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxBytes"));
                            }
                            max_bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::MaxDataBytes => {
                            if max_data_bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maxDataBytes"));
                            }
                            max_data_bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(SecretQuotas {
                    secrets: secrets__.unwrap_or_default(),
                    max_secrets: max_secrets__.unwrap_or_default(),
                    bytes: bytes__.unwrap_or_default(),
                    max_bytes: max_bytes__.unwrap_or_default(),
                    max_data_bytes: max_data_bytes__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SecretQuotas", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretVersion {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.version != 0 {
            len += 1;
        }
        if self.state != 0 {
            len += 1;
        }
        if self.created_ms != 0 {
            len += 1;
        }
        if !self.created_by.is_empty() {
            len += 1;
        }
        if self.expires_ms != 0 {
            len += 1;
        }
        if self.ends_ms != 0 {
            len += 1;
        }
        if self.encoding != 0 {
            len += 1;
        }
        if self.data_epoch != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SecretVersion", len)?;
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if self.state != 0 {
            let v = crate::json::OpenEnum::<SecretVersionState>::new(self.state);
            struct_ser.serialize_field("state", &v)?;
        }
        if self.created_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("createdMs", ToString::to_string(&self.created_ms).as_str())?;
        }
        if !self.created_by.is_empty() {
            struct_ser.serialize_field("createdBy", &self.created_by)?;
        }
        if self.expires_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expiresMs", ToString::to_string(&self.expires_ms).as_str())?;
        }
        if self.ends_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("endsMs", ToString::to_string(&self.ends_ms).as_str())?;
        }
        if self.encoding != 0 {
            let v = crate::json::OpenEnum::<EnclaveSecretEncoding>::new(self.encoding);
            struct_ser.serialize_field("encoding", &v)?;
        }
        if self.data_epoch != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("dataEpoch", ToString::to_string(&self.data_epoch).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SecretVersion {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "version",
            "state",
            "created_ms",
            "createdMs",
            "created_by",
            "createdBy",
            "expires_ms",
            "expiresMs",
            "ends_ms",
            "endsMs",
            "encoding",
            "data_epoch",
            "dataEpoch",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Version,
            State,
            CreatedMs,
            CreatedBy,
            ExpiresMs,
            EndsMs,
            Encoding,
            DataEpoch,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "version" => Ok(GeneratedField::Version),
                            "state" => Ok(GeneratedField::State),
                            "createdMs" | "created_ms" => Ok(GeneratedField::CreatedMs),
                            "createdBy" | "created_by" => Ok(GeneratedField::CreatedBy),
                            "expiresMs" | "expires_ms" => Ok(GeneratedField::ExpiresMs),
                            "endsMs" | "ends_ms" => Ok(GeneratedField::EndsMs),
                            "encoding" => Ok(GeneratedField::Encoding),
                            "dataEpoch" | "data_epoch" => Ok(GeneratedField::DataEpoch),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SecretVersion;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SecretVersion")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SecretVersion, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut version__ = None;
                let mut state__ = None;
                let mut created_ms__ = None;
                let mut created_by__ = None;
                let mut expires_ms__ = None;
                let mut ends_ms__ = None;
                let mut encoding__ = None;
                let mut data_epoch__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<crate::json::OpenEnum<SecretVersionState>>()?.number());
                        }
                        GeneratedField::CreatedMs => {
                            if created_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdMs"));
                            }
                            created_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::CreatedBy => {
                            if created_by__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdBy"));
                            }
                            created_by__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ExpiresMs => {
                            if expires_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresMs"));
                            }
                            expires_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EndsMs => {
                            if ends_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("endsMs"));
                            }
                            ends_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Encoding => {
                            if encoding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("encoding"));
                            }
                            encoding__ = Some(map_.next_value::<crate::json::OpenEnum<EnclaveSecretEncoding>>()?.number());
                        }
                        GeneratedField::DataEpoch => {
                            if data_epoch__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dataEpoch"));
                            }
                            data_epoch__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(SecretVersion {
                    version: version__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    created_ms: created_ms__.unwrap_or_default(),
                    created_by: created_by__.unwrap_or_default(),
                    expires_ms: expires_ms__.unwrap_or_default(),
                    ends_ms: ends_ms__.unwrap_or_default(),
                    encoding: encoding__.unwrap_or_default(),
                    data_epoch: data_epoch__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SecretVersion", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SecretVersionState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::SecretVersionCurrent => "SECRET_VERSION_CURRENT",
            Self::SecretVersionPrevious => "SECRET_VERSION_PREVIOUS",
            Self::SecretVersionExpired => "SECRET_VERSION_EXPIRED",
            Self::SecretVersionDeleted => "SECRET_VERSION_DELETED",
            Self::SecretVersionDestroyed => "SECRET_VERSION_DESTROYED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SecretVersionState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SECRET_VERSION_CURRENT",
            "SECRET_VERSION_PREVIOUS",
            "SECRET_VERSION_EXPIRED",
            "SECRET_VERSION_DELETED",
            "SECRET_VERSION_DESTROYED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SecretVersionState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SECRET_VERSION_CURRENT" => Ok(SecretVersionState::SecretVersionCurrent),
                    "SECRET_VERSION_PREVIOUS" => Ok(SecretVersionState::SecretVersionPrevious),
                    "SECRET_VERSION_EXPIRED" => Ok(SecretVersionState::SecretVersionExpired),
                    "SECRET_VERSION_DELETED" => Ok(SecretVersionState::SecretVersionDeleted),
                    "SECRET_VERSION_DESTROYED" => Ok(SecretVersionState::SecretVersionDestroyed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ServerConfigFile {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.content.is_empty() {
            len += 1;
        }
        if !self.files.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ServerConfigFile", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.content.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("content", pbjson::private::base64::encode(&self.content).as_str())?;
        }
        if !self.files.is_empty() {
            struct_ser.serialize_field("files", &self.files)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ServerConfigFile {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "content",
            "files",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Content,
            Files,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "content" => Ok(GeneratedField::Content),
                            "files" => Ok(GeneratedField::Files),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ServerConfigFile;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ServerConfigFile")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ServerConfigFile, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut content__ = None;
                let mut files__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Content => {
                            if content__.is_some() {
                                return Err(serde::de::Error::duplicate_field("content"));
                            }
                            content__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Files => {
                            if files__.is_some() {
                                return Err(serde::de::Error::duplicate_field("files"));
                            }
                            files__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ServerConfigFile {
                    name: name__.unwrap_or_default(),
                    content: content__.unwrap_or_default(),
                    files: files__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ServerConfigFile", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SetServiceKeyRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.public_key.is_empty() {
            len += 1;
        }
        if !self.password_hash.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SetServiceKeyRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.public_key.is_empty() {
            struct_ser.serialize_field("publicKey", &self.public_key)?;
        }
        if !self.password_hash.is_empty() {
            struct_ser.serialize_field("passwordHash", &self.password_hash)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SetServiceKeyRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "public_key",
            "publicKey",
            "password_hash",
            "passwordHash",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            PublicKey,
            PasswordHash,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "publicKey" | "public_key" => Ok(GeneratedField::PublicKey),
                            "passwordHash" | "password_hash" => Ok(GeneratedField::PasswordHash),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SetServiceKeyRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SetServiceKeyRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SetServiceKeyRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut public_key__ = None;
                let mut password_hash__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PublicKey => {
                            if public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("publicKey"));
                            }
                            public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PasswordHash => {
                            if password_hash__.is_some() {
                                return Err(serde::de::Error::duplicate_field("passwordHash"));
                            }
                            password_hash__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SetServiceKeyRequest {
                    service_name: service_name__.unwrap_or_default(),
                    public_key: public_key__.unwrap_or_default(),
                    password_hash: password_hash__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SetServiceKeyRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SetServiceKeyResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.SetServiceKeyResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SetServiceKeyResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SetServiceKeyResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SetServiceKeyResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SetServiceKeyResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(SetServiceKeyResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SetServiceKeyResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SettingDifference {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.in_force.is_empty() {
            len += 1;
        }
        if !self.in_file.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SettingDifference", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.in_force.is_empty() {
            struct_ser.serialize_field("inForce", &self.in_force)?;
        }
        if !self.in_file.is_empty() {
            struct_ser.serialize_field("inFile", &self.in_file)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SettingDifference {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "in_force",
            "inForce",
            "in_file",
            "inFile",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            InForce,
            InFile,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "inForce" | "in_force" => Ok(GeneratedField::InForce),
                            "inFile" | "in_file" => Ok(GeneratedField::InFile),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SettingDifference;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SettingDifference")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SettingDifference, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut in_force__ = None;
                let mut in_file__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::InForce => {
                            if in_force__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inForce"));
                            }
                            in_force__ = Some(map_.next_value()?);
                        }
                        GeneratedField::InFile => {
                            if in_file__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inFile"));
                            }
                            in_file__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SettingDifference {
                    name: name__.unwrap_or_default(),
                    in_force: in_force__.unwrap_or_default(),
                    in_file: in_file__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SettingDifference", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SevSnpEndorsements {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_vek_cert.is_empty() {
            len += 1;
        }
        if !self.b64_ask_cert.is_empty() {
            len += 1;
        }
        if !self.b64_crl.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SevSnpEndorsements", len)?;
        if !self.b64_vek_cert.is_empty() {
            struct_ser.serialize_field("b64_vek_cert", &self.b64_vek_cert)?;
        }
        if !self.b64_ask_cert.is_empty() {
            struct_ser.serialize_field("b64_ask_cert", &self.b64_ask_cert)?;
        }
        if !self.b64_crl.is_empty() {
            struct_ser.serialize_field("b64_crl", &self.b64_crl)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SevSnpEndorsements {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_vek_cert",
            "b64_ask_cert",
            "b64_crl",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64VekCert,
            B64AskCert,
            B64Crl,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_vek_cert" => Ok(GeneratedField::B64VekCert),
                            "b64_ask_cert" => Ok(GeneratedField::B64AskCert),
                            "b64_crl" => Ok(GeneratedField::B64Crl),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SevSnpEndorsements;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SevSnpEndorsements")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SevSnpEndorsements, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_vek_cert__ = None;
                let mut b64_ask_cert__ = None;
                let mut b64_crl__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64VekCert => {
                            if b64_vek_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_vek_cert"));
                            }
                            b64_vek_cert__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64AskCert => {
                            if b64_ask_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_ask_cert"));
                            }
                            b64_ask_cert__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64Crl => {
                            if b64_crl__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_crl"));
                            }
                            b64_crl__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SevSnpEndorsements {
                    b64_vek_cert: b64_vek_cert__.unwrap_or_default(),
                    b64_ask_cert: b64_ask_cert__.unwrap_or_default(),
                    b64_crl: b64_crl__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SevSnpEndorsements", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SevSnpReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.b64_report.is_empty() {
            len += 1;
        }
        if !self.json_endorsements.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SevSnpReport", len)?;
        if !self.b64_report.is_empty() {
            struct_ser.serialize_field("b64_report", &self.b64_report)?;
        }
        if !self.json_endorsements.is_empty() {
            struct_ser.serialize_field("json_endorsements", &self.json_endorsements)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SevSnpReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "b64_report",
            "json_endorsements",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            B64Report,
            JsonEndorsements,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "b64_report" => Ok(GeneratedField::B64Report),
                            "json_endorsements" => Ok(GeneratedField::JsonEndorsements),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SevSnpReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SevSnpReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SevSnpReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut b64_report__ = None;
                let mut json_endorsements__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::B64Report => {
                            if b64_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_report"));
                            }
                            b64_report__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonEndorsements => {
                            if json_endorsements__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_endorsements"));
                            }
                            json_endorsements__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SevSnpReport {
                    b64_report: b64_report__.unwrap_or_default(),
                    json_endorsements: json_endorsements__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SevSnpReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SgxQlQveCollateral {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.version != 0 {
            len += 1;
        }
        if !self.pck_crl_issuer_chain.is_empty() {
            len += 1;
        }
        if !self.root_ca_crl.is_empty() {
            len += 1;
        }
        if !self.pck_crl.is_empty() {
            len += 1;
        }
        if !self.tcb_info_issuer_chain.is_empty() {
            len += 1;
        }
        if !self.tcb_info.is_empty() {
            len += 1;
        }
        if !self.qe_identity_issuer_chain.is_empty() {
            len += 1;
        }
        if !self.qe_identity.is_empty() {
            len += 1;
        }
        if self.tee_type != 0 {
            len += 1;
        }
        if !self.pck_certificate_chain.is_empty() {
            len += 1;
        }
        if !self.tcb_evaluation_numbers.is_empty() {
            len += 1;
        }
        if !self.tcb_evaluation_numbers_issuer_chain.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SgxQlQveCollateral", len)?;
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if !self.pck_crl_issuer_chain.is_empty() {
            struct_ser.serialize_field("pck_crl_issuer_chain", &self.pck_crl_issuer_chain)?;
        }
        if !self.root_ca_crl.is_empty() {
            struct_ser.serialize_field("root_ca_crl", &self.root_ca_crl)?;
        }
        if !self.pck_crl.is_empty() {
            struct_ser.serialize_field("pck_crl", &self.pck_crl)?;
        }
        if !self.tcb_info_issuer_chain.is_empty() {
            struct_ser.serialize_field("tcb_info_issuer_chain", &self.tcb_info_issuer_chain)?;
        }
        if !self.tcb_info.is_empty() {
            struct_ser.serialize_field("tcb_info", &self.tcb_info)?;
        }
        if !self.qe_identity_issuer_chain.is_empty() {
            struct_ser.serialize_field("qe_identity_issuer_chain", &self.qe_identity_issuer_chain)?;
        }
        if !self.qe_identity.is_empty() {
            struct_ser.serialize_field("qe_identity", &self.qe_identity)?;
        }
        if self.tee_type != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("tee_type", ToString::to_string(&self.tee_type).as_str())?;
        }
        if !self.pck_certificate_chain.is_empty() {
            struct_ser.serialize_field("pck_certificate_chain", &self.pck_certificate_chain)?;
        }
        if !self.tcb_evaluation_numbers.is_empty() {
            struct_ser.serialize_field("tcb_evaluation_numbers", &self.tcb_evaluation_numbers)?;
        }
        if !self.tcb_evaluation_numbers_issuer_chain.is_empty() {
            struct_ser.serialize_field("tcb_evaluation_numbers_issuer_chain", &self.tcb_evaluation_numbers_issuer_chain)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SgxQlQveCollateral {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "version",
            "pck_crl_issuer_chain",
            "root_ca_crl",
            "pck_crl",
            "tcb_info_issuer_chain",
            "tcb_info",
            "qe_identity_issuer_chain",
            "qe_identity",
            "tee_type",
            "pck_certificate_chain",
            "tcb_evaluation_numbers",
            "tcb_evaluation_numbers_issuer_chain",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Version,
            PckCrlIssuerChain,
            RootCaCrl,
            PckCrl,
            TcbInfoIssuerChain,
            TcbInfo,
            QeIdentityIssuerChain,
            QeIdentity,
            TeeType,
            PckCertificateChain,
            TcbEvaluationNumbers,
            TcbEvaluationNumbersIssuerChain,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "version" => Ok(GeneratedField::Version),
                            "pck_crl_issuer_chain" => Ok(GeneratedField::PckCrlIssuerChain),
                            "root_ca_crl" => Ok(GeneratedField::RootCaCrl),
                            "pck_crl" => Ok(GeneratedField::PckCrl),
                            "tcb_info_issuer_chain" => Ok(GeneratedField::TcbInfoIssuerChain),
                            "tcb_info" => Ok(GeneratedField::TcbInfo),
                            "qe_identity_issuer_chain" => Ok(GeneratedField::QeIdentityIssuerChain),
                            "qe_identity" => Ok(GeneratedField::QeIdentity),
                            "tee_type" => Ok(GeneratedField::TeeType),
                            "pck_certificate_chain" => Ok(GeneratedField::PckCertificateChain),
                            "tcb_evaluation_numbers" => Ok(GeneratedField::TcbEvaluationNumbers),
                            "tcb_evaluation_numbers_issuer_chain" => Ok(GeneratedField::TcbEvaluationNumbersIssuerChain),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SgxQlQveCollateral;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SgxQlQveCollateral")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SgxQlQveCollateral, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut version__ = None;
                let mut pck_crl_issuer_chain__ = None;
                let mut root_ca_crl__ = None;
                let mut pck_crl__ = None;
                let mut tcb_info_issuer_chain__ = None;
                let mut tcb_info__ = None;
                let mut qe_identity_issuer_chain__ = None;
                let mut qe_identity__ = None;
                let mut tee_type__ = None;
                let mut pck_certificate_chain__ = None;
                let mut tcb_evaluation_numbers__ = None;
                let mut tcb_evaluation_numbers_issuer_chain__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PckCrlIssuerChain => {
                            if pck_crl_issuer_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pck_crl_issuer_chain"));
                            }
                            pck_crl_issuer_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RootCaCrl => {
                            if root_ca_crl__.is_some() {
                                return Err(serde::de::Error::duplicate_field("root_ca_crl"));
                            }
                            root_ca_crl__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PckCrl => {
                            if pck_crl__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pck_crl"));
                            }
                            pck_crl__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TcbInfoIssuerChain => {
                            if tcb_info_issuer_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tcb_info_issuer_chain"));
                            }
                            tcb_info_issuer_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TcbInfo => {
                            if tcb_info__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tcb_info"));
                            }
                            tcb_info__ = Some(map_.next_value()?);
                        }
                        GeneratedField::QeIdentityIssuerChain => {
                            if qe_identity_issuer_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("qe_identity_issuer_chain"));
                            }
                            qe_identity_issuer_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::QeIdentity => {
                            if qe_identity__.is_some() {
                                return Err(serde::de::Error::duplicate_field("qe_identity"));
                            }
                            qe_identity__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TeeType => {
                            if tee_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tee_type"));
                            }
                            tee_type__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PckCertificateChain => {
                            if pck_certificate_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pck_certificate_chain"));
                            }
                            pck_certificate_chain__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TcbEvaluationNumbers => {
                            if tcb_evaluation_numbers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tcb_evaluation_numbers"));
                            }
                            tcb_evaluation_numbers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TcbEvaluationNumbersIssuerChain => {
                            if tcb_evaluation_numbers_issuer_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tcb_evaluation_numbers_issuer_chain"));
                            }
                            tcb_evaluation_numbers_issuer_chain__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SgxQlQveCollateral {
                    version: version__.unwrap_or_default(),
                    pck_crl_issuer_chain: pck_crl_issuer_chain__.unwrap_or_default(),
                    root_ca_crl: root_ca_crl__.unwrap_or_default(),
                    pck_crl: pck_crl__.unwrap_or_default(),
                    tcb_info_issuer_chain: tcb_info_issuer_chain__.unwrap_or_default(),
                    tcb_info: tcb_info__.unwrap_or_default(),
                    qe_identity_issuer_chain: qe_identity_issuer_chain__.unwrap_or_default(),
                    qe_identity: qe_identity__.unwrap_or_default(),
                    tee_type: tee_type__.unwrap_or_default(),
                    pck_certificate_chain: pck_certificate_chain__.unwrap_or_default(),
                    tcb_evaluation_numbers: tcb_evaluation_numbers__.unwrap_or_default(),
                    tcb_evaluation_numbers_issuer_chain: tcb_evaluation_numbers_issuer_chain__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SgxQlQveCollateral", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ShowDeploymentRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.ShowDeploymentRequest", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ShowDeploymentRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ShowDeploymentRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ShowDeploymentRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ShowDeploymentRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(ShowDeploymentRequest {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ShowDeploymentRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ShowDeploymentResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.deployment_id.is_empty() {
            len += 1;
        }
        if self.revision != 0 {
            len += 1;
        }
        if !self.digest.is_empty() {
            len += 1;
        }
        if !self.settings.is_empty() {
            len += 1;
        }
        if !self.differences.is_empty() {
            len += 1;
        }
        if !self.without_password.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.ShowDeploymentResponse", len)?;
        if !self.deployment_id.is_empty() {
            struct_ser.serialize_field("deploymentId", &self.deployment_id)?;
        }
        if self.revision != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("revision", ToString::to_string(&self.revision).as_str())?;
        }
        if !self.digest.is_empty() {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if !self.settings.is_empty() {
            struct_ser.serialize_field("settings", &self.settings)?;
        }
        if !self.differences.is_empty() {
            struct_ser.serialize_field("differences", &self.differences)?;
        }
        if !self.without_password.is_empty() {
            struct_ser.serialize_field("withoutPassword", &self.without_password)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ShowDeploymentResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "deployment_id",
            "deploymentId",
            "revision",
            "digest",
            "settings",
            "differences",
            "without_password",
            "withoutPassword",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            DeploymentId,
            Revision,
            Digest,
            Settings,
            Differences,
            WithoutPassword,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "deploymentId" | "deployment_id" => Ok(GeneratedField::DeploymentId),
                            "revision" => Ok(GeneratedField::Revision),
                            "digest" => Ok(GeneratedField::Digest),
                            "settings" => Ok(GeneratedField::Settings),
                            "differences" => Ok(GeneratedField::Differences),
                            "withoutPassword" | "without_password" => Ok(GeneratedField::WithoutPassword),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ShowDeploymentResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.ShowDeploymentResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ShowDeploymentResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut deployment_id__ = None;
                let mut revision__ = None;
                let mut digest__ = None;
                let mut settings__ = None;
                let mut differences__ = None;
                let mut without_password__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::DeploymentId => {
                            if deployment_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("deploymentId"));
                            }
                            deployment_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Settings => {
                            if settings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("settings"));
                            }
                            settings__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Differences => {
                            if differences__.is_some() {
                                return Err(serde::de::Error::duplicate_field("differences"));
                            }
                            differences__ = Some(map_.next_value()?);
                        }
                        GeneratedField::WithoutPassword => {
                            if without_password__.is_some() {
                                return Err(serde::de::Error::duplicate_field("withoutPassword"));
                            }
                            without_password__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ShowDeploymentResponse {
                    deployment_id: deployment_id__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    digest: digest__.unwrap_or_default(),
                    settings: settings__.unwrap_or_default(),
                    differences: differences__.unwrap_or_default(),
                    without_password: without_password__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.ShowDeploymentResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SslCredentialsOptions {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.root_cert.is_empty() {
            len += 1;
        }
        if !self.private_key.is_empty() {
            len += 1;
        }
        if !self.cert_chain.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SslCredentialsOptions", len)?;
        if !self.root_cert.is_empty() {
            struct_ser.serialize_field("rootCert", &self.root_cert)?;
        }
        if !self.private_key.is_empty() {
            struct_ser.serialize_field("privateKey", &self.private_key)?;
        }
        if !self.cert_chain.is_empty() {
            struct_ser.serialize_field("certChain", &self.cert_chain)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SslCredentialsOptions {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "root_cert",
            "rootCert",
            "private_key",
            "privateKey",
            "cert_chain",
            "certChain",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RootCert,
            PrivateKey,
            CertChain,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "rootCert" | "root_cert" => Ok(GeneratedField::RootCert),
                            "privateKey" | "private_key" => Ok(GeneratedField::PrivateKey),
                            "certChain" | "cert_chain" => Ok(GeneratedField::CertChain),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SslCredentialsOptions;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SslCredentialsOptions")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SslCredentialsOptions, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut root_cert__ = None;
                let mut private_key__ = None;
                let mut cert_chain__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RootCert => {
                            if root_cert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rootCert"));
                            }
                            root_cert__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PrivateKey => {
                            if private_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("privateKey"));
                            }
                            private_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CertChain => {
                            if cert_chain__.is_some() {
                                return Err(serde::de::Error::duplicate_field("certChain"));
                            }
                            cert_chain__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SslCredentialsOptions {
                    root_cert: root_cert__.unwrap_or_default(),
                    private_key: private_key__.unwrap_or_default(),
                    cert_chain: cert_chain__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SslCredentialsOptions", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StorageAuth {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.access_key_id.is_empty() {
            len += 1;
        }
        if !self.access_key_secret.is_empty() {
            len += 1;
        }
        if !self.endpoint.is_empty() {
            len += 1;
        }
        if !self.bucket_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.StorageAuth", len)?;
        if !self.access_key_id.is_empty() {
            struct_ser.serialize_field("accessKeyId", &self.access_key_id)?;
        }
        if !self.access_key_secret.is_empty() {
            struct_ser.serialize_field("accessKeySecret", &self.access_key_secret)?;
        }
        if !self.endpoint.is_empty() {
            struct_ser.serialize_field("endpoint", &self.endpoint)?;
        }
        if !self.bucket_name.is_empty() {
            struct_ser.serialize_field("bucketName", &self.bucket_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StorageAuth {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "access_key_id",
            "accessKeyId",
            "access_key_secret",
            "accessKeySecret",
            "endpoint",
            "bucket_name",
            "bucketName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AccessKeyId,
            AccessKeySecret,
            Endpoint,
            BucketName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "accessKeyId" | "access_key_id" => Ok(GeneratedField::AccessKeyId),
                            "accessKeySecret" | "access_key_secret" => Ok(GeneratedField::AccessKeySecret),
                            "endpoint" => Ok(GeneratedField::Endpoint),
                            "bucketName" | "bucket_name" => Ok(GeneratedField::BucketName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StorageAuth;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.StorageAuth")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StorageAuth, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut access_key_id__ = None;
                let mut access_key_secret__ = None;
                let mut endpoint__ = None;
                let mut bucket_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AccessKeyId => {
                            if access_key_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("accessKeyId"));
                            }
                            access_key_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AccessKeySecret => {
                            if access_key_secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("accessKeySecret"));
                            }
                            access_key_secret__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Endpoint => {
                            if endpoint__.is_some() {
                                return Err(serde::de::Error::duplicate_field("endpoint"));
                            }
                            endpoint__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BucketName => {
                            if bucket_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bucketName"));
                            }
                            bucket_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(StorageAuth {
                    access_key_id: access_key_id__.unwrap_or_default(),
                    access_key_secret: access_key_secret__.unwrap_or_default(),
                    endpoint: endpoint__.unwrap_or_default(),
                    bucket_name: bucket_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.StorageAuth", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StorageListAllResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.names.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.StorageListAllResponse", len)?;
        if !self.names.is_empty() {
            struct_ser.serialize_field("names", &self.names)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StorageListAllResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "names",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Names,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "names" => Ok(GeneratedField::Names),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StorageListAllResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.StorageListAllResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StorageListAllResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut names__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Names => {
                            if names__.is_some() {
                                return Err(serde::de::Error::duplicate_field("names"));
                            }
                            names__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(StorageListAllResponse {
                    names: names__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.StorageListAllResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for StoreEntry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.key.is_empty() {
            len += 1;
        }
        if !self.value.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.StoreEntry", len)?;
        if !self.key.is_empty() {
            struct_ser.serialize_field("key", &self.key)?;
        }
        if !self.value.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("value", pbjson::private::base64::encode(&self.value).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for StoreEntry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "key",
            "value",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Key,
            Value,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "key" => Ok(GeneratedField::Key),
                            "value" => Ok(GeneratedField::Value),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = StoreEntry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.StoreEntry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<StoreEntry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut key__ = None;
                let mut value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Key => {
                            if key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("key"));
                            }
                            key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(StoreEntry {
                    key: key__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.StoreEntry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SymmetricKeyEncrypted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.cipher.is_empty() {
            len += 1;
        }
        if !self.mac.is_empty() {
            len += 1;
        }
        if !self.aad.is_empty() {
            len += 1;
        }
        if !self.iv.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SymmetricKeyEncrypted", len)?;
        if !self.cipher.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cipher", pbjson::private::base64::encode(&self.cipher).as_str())?;
        }
        if !self.mac.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("mac", pbjson::private::base64::encode(&self.mac).as_str())?;
        }
        if !self.aad.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("aad", pbjson::private::base64::encode(&self.aad).as_str())?;
        }
        if !self.iv.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("iv", pbjson::private::base64::encode(&self.iv).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SymmetricKeyEncrypted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "cipher",
            "mac",
            "aad",
            "iv",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Cipher,
            Mac,
            Aad,
            Iv,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cipher" => Ok(GeneratedField::Cipher),
                            "mac" => Ok(GeneratedField::Mac),
                            "aad" => Ok(GeneratedField::Aad),
                            "iv" => Ok(GeneratedField::Iv),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SymmetricKeyEncrypted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SymmetricKeyEncrypted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SymmetricKeyEncrypted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut cipher__ = None;
                let mut mac__ = None;
                let mut aad__ = None;
                let mut iv__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Cipher => {
                            if cipher__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cipher"));
                            }
                            cipher__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Mac => {
                            if mac__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mac"));
                            }
                            mac__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Aad => {
                            if aad__.is_some() {
                                return Err(serde::de::Error::duplicate_field("aad"));
                            }
                            aad__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Iv => {
                            if iv__.is_some() {
                                return Err(serde::de::Error::duplicate_field("iv"));
                            }
                            iv__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(SymmetricKeyEncrypted {
                    cipher: cipher__.unwrap_or_default(),
                    mac: mac__.unwrap_or_default(),
                    aad: aad__.unwrap_or_default(),
                    iv: iv__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SymmetricKeyEncrypted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SyncWithRemoteAecsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.remote_endpoint.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SyncWithRemoteAecsRequest", len)?;
        if !self.remote_endpoint.is_empty() {
            struct_ser.serialize_field("remoteEndpoint", &self.remote_endpoint)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SyncWithRemoteAecsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "remote_endpoint",
            "remoteEndpoint",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            RemoteEndpoint,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "remoteEndpoint" | "remote_endpoint" => Ok(GeneratedField::RemoteEndpoint),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SyncWithRemoteAecsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SyncWithRemoteAecsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SyncWithRemoteAecsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut remote_endpoint__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::RemoteEndpoint => {
                            if remote_endpoint__.is_some() {
                                return Err(serde::de::Error::duplicate_field("remoteEndpoint"));
                            }
                            remote_endpoint__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SyncWithRemoteAecsRequest {
                    remote_endpoint: remote_endpoint__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SyncWithRemoteAecsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SyncWithRemoteAecsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_ra_report.is_some() {
            len += 1;
        }
        if !self.status_str.is_empty() {
            len += 1;
        }
        if self.status_sig.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.SyncWithRemoteAecsResponse", len)?;
        if let Some(v) = self.auth_ra_report.as_ref() {
            struct_ser.serialize_field("authRaReport", v)?;
        }
        if !self.status_str.is_empty() {
            struct_ser.serialize_field("statusStr", &self.status_str)?;
        }
        if let Some(v) = self.status_sig.as_ref() {
            struct_ser.serialize_field("statusSig", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SyncWithRemoteAecsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_ra_report",
            "authRaReport",
            "status_str",
            "statusStr",
            "status_sig",
            "statusSig",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthRaReport,
            StatusStr,
            StatusSig,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authRaReport" | "auth_ra_report" => Ok(GeneratedField::AuthRaReport),
                            "statusStr" | "status_str" => Ok(GeneratedField::StatusStr),
                            "statusSig" | "status_sig" => Ok(GeneratedField::StatusSig),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SyncWithRemoteAecsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.SyncWithRemoteAecsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SyncWithRemoteAecsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_ra_report__ = None;
                let mut status_str__ = None;
                let mut status_sig__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthRaReport => {
                            if auth_ra_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authRaReport"));
                            }
                            auth_ra_report__ = map_.next_value()?;
                        }
                        GeneratedField::StatusStr => {
                            if status_str__.is_some() {
                                return Err(serde::de::Error::duplicate_field("statusStr"));
                            }
                            status_str__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StatusSig => {
                            if status_sig__.is_some() {
                                return Err(serde::de::Error::duplicate_field("statusSig"));
                            }
                            status_sig__ = map_.next_value()?;
                        }
                    }
                }
                Ok(SyncWithRemoteAecsResponse {
                    auth_ra_report: auth_ra_report__,
                    status_str: status_str__.unwrap_or_default(),
                    status_sig: status_sig__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.SyncWithRemoteAecsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaBinding {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Measurement => "TA_BINDING_MEASUREMENT",
            Self::Signer => "TA_BINDING_SIGNER",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for TaBinding {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "TA_BINDING_MEASUREMENT",
            "TA_BINDING_SIGNER",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = TaBinding;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "TA_BINDING_MEASUREMENT" => Ok(TaBinding::Measurement),
                    "TA_BINDING_SIGNER" => Ok(TaBinding::Signer),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for TaCreateSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.secret.is_some() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if self.binding != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaCreateSecretRequest", len)?;
        if let Some(v) = self.secret.as_ref() {
            struct_ser.serialize_field("secret", v)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        if self.binding != 0 {
            let v = crate::json::OpenEnum::<TaBinding>::new(self.binding);
            struct_ser.serialize_field("binding", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaCreateSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret",
            "nonce",
            "binding",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secret,
            Nonce,
            Binding,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secret" => Ok(GeneratedField::Secret),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "binding" => Ok(GeneratedField::Binding),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaCreateSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaCreateSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaCreateSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret__ = None;
                let mut nonce__ = None;
                let mut binding__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = map_.next_value()?;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Binding => {
                            if binding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("binding"));
                            }
                            binding__ = Some(map_.next_value::<crate::json::OpenEnum<TaBinding>>()?.number());
                        }
                    }
                }
                Ok(TaCreateSecretRequest {
                    secret: secret__,
                    nonce: nonce__.unwrap_or_default(),
                    binding: binding__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaCreateSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaCreateSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaCreateSecretResponse", len)?;
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaCreateSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaCreateSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaCreateSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaCreateSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaCreateSecretResponse {
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaCreateSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaDestroySecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaDestroySecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaDestroySecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaDestroySecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaDestroySecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaDestroySecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaDestroySecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaDestroySecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaDestroySecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaDestroySecretResponse", len)?;
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaDestroySecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaDestroySecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaDestroySecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaDestroySecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaDestroySecretResponse {
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaDestroySecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaGetSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        if !self.known_tag.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaGetSecretRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if !self.known_tag.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("knownTag", pbjson::private::base64::encode(&self.known_tag).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaGetSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "secret_name",
            "secretName",
            "nonce",
            "version",
            "known_tag",
            "knownTag",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            SecretName,
            Nonce,
            Version,
            KnownTag,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "version" => Ok(GeneratedField::Version),
                            "knownTag" | "known_tag" => Ok(GeneratedField::KnownTag),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaGetSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaGetSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaGetSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut secret_name__ = None;
                let mut nonce__ = None;
                let mut version__ = None;
                let mut known_tag__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::KnownTag => {
                            if known_tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("knownTag"));
                            }
                            known_tag__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaGetSecretRequest {
                    service_name: service_name__.unwrap_or_default(),
                    secret_name: secret_name__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    known_tag: known_tag__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaGetSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaGetSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.secret_enc.is_some() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if self.unchanged {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaGetSecretResponse", len)?;
        if let Some(v) = self.secret_enc.as_ref() {
            struct_ser.serialize_field("secretEnc", v)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        if self.unchanged {
            struct_ser.serialize_field("unchanged", &self.unchanged)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaGetSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_enc",
            "secretEnc",
            "nonce",
            "unchanged",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretEnc,
            Nonce,
            Unchanged,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretEnc" | "secret_enc" => Ok(GeneratedField::SecretEnc),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "unchanged" => Ok(GeneratedField::Unchanged),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaGetSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaGetSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaGetSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_enc__ = None;
                let mut nonce__ = None;
                let mut unchanged__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretEnc => {
                            if secret_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretEnc"));
                            }
                            secret_enc__ = map_.next_value()?;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Unchanged => {
                            if unchanged__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unchanged"));
                            }
                            unchanged__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaGetSecretResponse {
                    secret_enc: secret_enc__,
                    nonce: nonce__.unwrap_or_default(),
                    unchanged: unchanged__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaGetSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaListSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaListSecretRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaListSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "secret_name",
            "secretName",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            SecretName,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaListSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaListSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaListSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut secret_name__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaListSecretRequest {
                    service_name: service_name__.unwrap_or_default(),
                    secret_name: secret_name__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaListSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaListSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.list_enc.is_some() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaListSecretResponse", len)?;
        if let Some(v) = self.list_enc.as_ref() {
            struct_ser.serialize_field("listEnc", v)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaListSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "list_enc",
            "listEnc",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ListEnc,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "listEnc" | "list_enc" => Ok(GeneratedField::ListEnc),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaListSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaListSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaListSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut list_enc__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ListEnc => {
                            if list_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("listEnc"));
                            }
                            list_enc__ = map_.next_value()?;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaListSecretResponse {
                    list_enc: list_enc__,
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaListSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaRemoteCallRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_report.is_some() {
            len += 1;
        }
        if !self.function_name.is_empty() {
            len += 1;
        }
        if !self.req_json.is_empty() {
            len += 1;
        }
        if !self.signature_b64.is_empty() {
            len += 1;
        }
        if self.issued_at_ms != 0 {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        if self.binding.is_some() {
            len += 1;
        }
        if !self.session_share.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaRemoteCallRequest", len)?;
        if let Some(v) = self.auth_report.as_ref() {
            struct_ser.serialize_field("authReport", v)?;
        }
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if !self.req_json.is_empty() {
            struct_ser.serialize_field("reqJson", &self.req_json)?;
        }
        if !self.signature_b64.is_empty() {
            struct_ser.serialize_field("signatureB64", &self.signature_b64)?;
        }
        if self.issued_at_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("issuedAtMs", ToString::to_string(&self.issued_at_ms).as_str())?;
        }
        if !self.nonce.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nonce", pbjson::private::base64::encode(&self.nonce).as_str())?;
        }
        if let Some(v) = self.binding.as_ref() {
            struct_ser.serialize_field("binding", v)?;
        }
        if !self.session_share.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sessionShare", pbjson::private::base64::encode(&self.session_share).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaRemoteCallRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_report",
            "authReport",
            "function_name",
            "functionName",
            "req_json",
            "reqJson",
            "signature_b64",
            "signatureB64",
            "issued_at_ms",
            "issuedAtMs",
            "nonce",
            "binding",
            "session_share",
            "sessionShare",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthReport,
            FunctionName,
            ReqJson,
            SignatureB64,
            IssuedAtMs,
            Nonce,
            Binding,
            SessionShare,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authReport" | "auth_report" => Ok(GeneratedField::AuthReport),
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "reqJson" | "req_json" => Ok(GeneratedField::ReqJson),
                            "signatureB64" | "signature_b64" => Ok(GeneratedField::SignatureB64),
                            "issuedAtMs" | "issued_at_ms" => Ok(GeneratedField::IssuedAtMs),
                            "nonce" => Ok(GeneratedField::Nonce),
                            "binding" => Ok(GeneratedField::Binding),
                            "sessionShare" | "session_share" => Ok(GeneratedField::SessionShare),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaRemoteCallRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaRemoteCallRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaRemoteCallRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_report__ = None;
                let mut function_name__ = None;
                let mut req_json__ = None;
                let mut signature_b64__ = None;
                let mut issued_at_ms__ = None;
                let mut nonce__ = None;
                let mut binding__ = None;
                let mut session_share__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthReport => {
                            if auth_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authReport"));
                            }
                            auth_report__ = map_.next_value()?;
                        }
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReqJson => {
                            if req_json__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reqJson"));
                            }
                            req_json__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SignatureB64 => {
                            if signature_b64__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signatureB64"));
                            }
                            signature_b64__ = Some(map_.next_value()?);
                        }
                        GeneratedField::IssuedAtMs => {
                            if issued_at_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("issuedAtMs"));
                            }
                            issued_at_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Binding => {
                            if binding__.is_some() {
                                return Err(serde::de::Error::duplicate_field("binding"));
                            }
                            binding__ = map_.next_value()?;
                        }
                        GeneratedField::SessionShare => {
                            if session_share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionShare"));
                            }
                            session_share__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaRemoteCallRequest {
                    auth_report: auth_report__,
                    function_name: function_name__.unwrap_or_default(),
                    req_json: req_json__.unwrap_or_default(),
                    signature_b64: signature_b64__.unwrap_or_default(),
                    issued_at_ms: issued_at_ms__.unwrap_or_default(),
                    nonce: nonce__.unwrap_or_default(),
                    binding: binding__,
                    session_share: session_share__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaRemoteCallRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaRemoteCallResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.auth_report.is_some() {
            len += 1;
        }
        if !self.res_json.is_empty() {
            len += 1;
        }
        if !self.signature_b64.is_empty() {
            len += 1;
        }
        if self.state.is_some() {
            len += 1;
        }
        if self.done_before {
            len += 1;
        }
        if self.session.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaRemoteCallResponse", len)?;
        if let Some(v) = self.auth_report.as_ref() {
            struct_ser.serialize_field("authReport", v)?;
        }
        if !self.res_json.is_empty() {
            struct_ser.serialize_field("resJson", &self.res_json)?;
        }
        if !self.signature_b64.is_empty() {
            struct_ser.serialize_field("signatureB64", &self.signature_b64)?;
        }
        if let Some(v) = self.state.as_ref() {
            struct_ser.serialize_field("state", v)?;
        }
        if self.done_before {
            struct_ser.serialize_field("doneBefore", &self.done_before)?;
        }
        if let Some(v) = self.session.as_ref() {
            struct_ser.serialize_field("session", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaRemoteCallResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "auth_report",
            "authReport",
            "res_json",
            "resJson",
            "signature_b64",
            "signatureB64",
            "state",
            "done_before",
            "doneBefore",
            "session",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            AuthReport,
            ResJson,
            SignatureB64,
            State,
            DoneBefore,
            Session,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "authReport" | "auth_report" => Ok(GeneratedField::AuthReport),
                            "resJson" | "res_json" => Ok(GeneratedField::ResJson),
                            "signatureB64" | "signature_b64" => Ok(GeneratedField::SignatureB64),
                            "state" => Ok(GeneratedField::State),
                            "doneBefore" | "done_before" => Ok(GeneratedField::DoneBefore),
                            "session" => Ok(GeneratedField::Session),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaRemoteCallResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaRemoteCallResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaRemoteCallResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut auth_report__ = None;
                let mut res_json__ = None;
                let mut signature_b64__ = None;
                let mut state__ = None;
                let mut done_before__ = None;
                let mut session__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::AuthReport => {
                            if auth_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("authReport"));
                            }
                            auth_report__ = map_.next_value()?;
                        }
                        GeneratedField::ResJson => {
                            if res_json__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resJson"));
                            }
                            res_json__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SignatureB64 => {
                            if signature_b64__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signatureB64"));
                            }
                            signature_b64__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = map_.next_value()?;
                        }
                        GeneratedField::DoneBefore => {
                            if done_before__.is_some() {
                                return Err(serde::de::Error::duplicate_field("doneBefore"));
                            }
                            done_before__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Session => {
                            if session__.is_some() {
                                return Err(serde::de::Error::duplicate_field("session"));
                            }
                            session__ = map_.next_value()?;
                        }
                    }
                }
                Ok(TaRemoteCallResponse {
                    auth_report: auth_report__,
                    res_json: res_json__.unwrap_or_default(),
                    signature_b64: signature_b64__.unwrap_or_default(),
                    state: state__,
                    done_before: done_before__.unwrap_or_default(),
                    session: session__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaRemoteCallResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSecretEntry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.r#type != 0 {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSecretEntry", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.r#type != 0 {
            let v = crate::json::OpenEnum::<EnclaveSecretType>::new(self.r#type);
            struct_ser.serialize_field("type", &v)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSecretEntry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "type",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Type,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "type" => Ok(GeneratedField::Type),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSecretEntry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSecretEntry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSecretEntry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut r#type__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Type => {
                            if r#type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("type"));
                            }
                            r#type__ = Some(map_.next_value::<crate::json::OpenEnum<EnclaveSecretType>>()?.number());
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaSecretEntry {
                    secret_name: secret_name__.unwrap_or_default(),
                    r#type: r#type__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSecretEntry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSecretList {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secrets.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSecretList", len)?;
        if !self.secrets.is_empty() {
            struct_ser.serialize_field("secrets", &self.secrets)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSecretList {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secrets",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Secrets,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secrets" => Ok(GeneratedField::Secrets),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSecretList;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSecretList")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSecretList, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secrets__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Secrets => {
                            if secrets__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secrets"));
                            }
                            secrets__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaSecretList {
                    secrets: secrets__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSecretList", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSession {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.id.is_empty() {
            len += 1;
        }
        if !self.share.is_empty() {
            len += 1;
        }
        if self.evidence_until_ms != 0 {
            len += 1;
        }
        if self.lifetime_ms != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSession", len)?;
        if !self.id.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("id", pbjson::private::base64::encode(&self.id).as_str())?;
        }
        if !self.share.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("share", pbjson::private::base64::encode(&self.share).as_str())?;
        }
        if self.evidence_until_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("evidenceUntilMs", ToString::to_string(&self.evidence_until_ms).as_str())?;
        }
        if self.lifetime_ms != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("lifetimeMs", ToString::to_string(&self.lifetime_ms).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSession {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "share",
            "evidence_until_ms",
            "evidenceUntilMs",
            "lifetime_ms",
            "lifetimeMs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Share,
            EvidenceUntilMs,
            LifetimeMs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "share" => Ok(GeneratedField::Share),
                            "evidenceUntilMs" | "evidence_until_ms" => Ok(GeneratedField::EvidenceUntilMs),
                            "lifetimeMs" | "lifetime_ms" => Ok(GeneratedField::LifetimeMs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSession;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSession")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSession, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut share__ = None;
                let mut evidence_until_ms__ = None;
                let mut lifetime_ms__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Share => {
                            if share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("share"));
                            }
                            share__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EvidenceUntilMs => {
                            if evidence_until_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("evidenceUntilMs"));
                            }
                            evidence_until_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LifetimeMs => {
                            if lifetime_ms__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lifetimeMs"));
                            }
                            lifetime_ms__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaSession {
                    id: id__.unwrap_or_default(),
                    share: share__.unwrap_or_default(),
                    evidence_until_ms: evidence_until_ms__.unwrap_or_default(),
                    lifetime_ms: lifetime_ms__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSession", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSessionAnswer {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.res_json.is_empty() {
            len += 1;
        }
        if !self.secret.is_empty() {
            len += 1;
        }
        if self.state.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSessionAnswer", len)?;
        if !self.res_json.is_empty() {
            struct_ser.serialize_field("resJson", &self.res_json)?;
        }
        if !self.secret.is_empty() {
            struct_ser.serialize_field("secret", &self.secret)?;
        }
        if let Some(v) = self.state.as_ref() {
            struct_ser.serialize_field("state", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSessionAnswer {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "res_json",
            "resJson",
            "secret",
            "state",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ResJson,
            Secret,
            State,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "resJson" | "res_json" => Ok(GeneratedField::ResJson),
                            "secret" => Ok(GeneratedField::Secret),
                            "state" => Ok(GeneratedField::State),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSessionAnswer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSessionAnswer")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSessionAnswer, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut res_json__ = None;
                let mut secret__ = None;
                let mut state__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ResJson => {
                            if res_json__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resJson"));
                            }
                            res_json__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Secret => {
                            if secret__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secret"));
                            }
                            secret__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = map_.next_value()?;
                        }
                    }
                }
                Ok(TaSessionAnswer {
                    res_json: res_json__.unwrap_or_default(),
                    secret: secret__.unwrap_or_default(),
                    state: state__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSessionAnswer", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSessionCallRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.session_id.is_empty() {
            len += 1;
        }
        if self.counter != 0 {
            len += 1;
        }
        if !self.function_name.is_empty() {
            len += 1;
        }
        if !self.req_json.is_empty() {
            len += 1;
        }
        if self.remembered.is_some() {
            len += 1;
        }
        if !self.mac.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSessionCallRequest", len)?;
        if !self.session_id.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sessionId", pbjson::private::base64::encode(&self.session_id).as_str())?;
        }
        if self.counter != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("counter", ToString::to_string(&self.counter).as_str())?;
        }
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if !self.req_json.is_empty() {
            struct_ser.serialize_field("reqJson", &self.req_json)?;
        }
        if let Some(v) = self.remembered.as_ref() {
            struct_ser.serialize_field("remembered", v)?;
        }
        if !self.mac.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("mac", pbjson::private::base64::encode(&self.mac).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSessionCallRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "session_id",
            "sessionId",
            "counter",
            "function_name",
            "functionName",
            "req_json",
            "reqJson",
            "remembered",
            "mac",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SessionId,
            Counter,
            FunctionName,
            ReqJson,
            Remembered,
            Mac,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sessionId" | "session_id" => Ok(GeneratedField::SessionId),
                            "counter" => Ok(GeneratedField::Counter),
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "reqJson" | "req_json" => Ok(GeneratedField::ReqJson),
                            "remembered" => Ok(GeneratedField::Remembered),
                            "mac" => Ok(GeneratedField::Mac),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSessionCallRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSessionCallRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSessionCallRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut session_id__ = None;
                let mut counter__ = None;
                let mut function_name__ = None;
                let mut req_json__ = None;
                let mut remembered__ = None;
                let mut mac__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SessionId => {
                            if session_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sessionId"));
                            }
                            session_id__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Counter => {
                            if counter__.is_some() {
                                return Err(serde::de::Error::duplicate_field("counter"));
                            }
                            counter__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReqJson => {
                            if req_json__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reqJson"));
                            }
                            req_json__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Remembered => {
                            if remembered__.is_some() {
                                return Err(serde::de::Error::duplicate_field("remembered"));
                            }
                            remembered__ = map_.next_value()?;
                        }
                        GeneratedField::Mac => {
                            if mac__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mac"));
                            }
                            mac__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaSessionCallRequest {
                    session_id: session_id__.unwrap_or_default(),
                    counter: counter__.unwrap_or_default(),
                    function_name: function_name__.unwrap_or_default(),
                    req_json: req_json__.unwrap_or_default(),
                    remembered: remembered__,
                    mac: mac__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSessionCallRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaSessionCallResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.random.is_empty() {
            len += 1;
        }
        if !self.sealed.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaSessionCallResponse", len)?;
        if !self.random.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("random", pbjson::private::base64::encode(&self.random).as_str())?;
        }
        if !self.sealed.is_empty() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sealed", pbjson::private::base64::encode(&self.sealed).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaSessionCallResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "random",
            "sealed",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Random,
            Sealed,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "random" => Ok(GeneratedField::Random),
                            "sealed" => Ok(GeneratedField::Sealed),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaSessionCallResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaSessionCallResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaSessionCallResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut random__ = None;
                let mut sealed__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Random => {
                            if random__.is_some() {
                                return Err(serde::de::Error::duplicate_field("random"));
                            }
                            random__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Sealed => {
                            if sealed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sealed"));
                            }
                            sealed__ = 
                                Some(map_.next_value::<::pbjson::private::BytesDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(TaSessionCallResponse {
                    random: random__.unwrap_or_default(),
                    sealed: sealed__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaSessionCallResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaUseSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.operations_enc.is_some() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaUseSecretRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if let Some(v) = self.operations_enc.as_ref() {
            struct_ser.serialize_field("operationsEnc", v)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaUseSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
            "secret_name",
            "secretName",
            "operations_enc",
            "operationsEnc",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
            SecretName,
            OperationsEnc,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "operationsEnc" | "operations_enc" => Ok(GeneratedField::OperationsEnc),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaUseSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaUseSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaUseSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                let mut secret_name__ = None;
                let mut operations_enc__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OperationsEnc => {
                            if operations_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operationsEnc"));
                            }
                            operations_enc__ = map_.next_value()?;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaUseSecretRequest {
                    service_name: service_name__.unwrap_or_default(),
                    secret_name: secret_name__.unwrap_or_default(),
                    operations_enc: operations_enc__,
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaUseSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TaUseSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.results_enc.is_some() {
            len += 1;
        }
        if !self.nonce.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TaUseSecretResponse", len)?;
        if let Some(v) = self.results_enc.as_ref() {
            struct_ser.serialize_field("resultsEnc", v)?;
        }
        if !self.nonce.is_empty() {
            struct_ser.serialize_field("nonce", &self.nonce)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TaUseSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "results_enc",
            "resultsEnc",
            "nonce",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ResultsEnc,
            Nonce,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "resultsEnc" | "results_enc" => Ok(GeneratedField::ResultsEnc),
                            "nonce" => Ok(GeneratedField::Nonce),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TaUseSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TaUseSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TaUseSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut results_enc__ = None;
                let mut nonce__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ResultsEnc => {
                            if results_enc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resultsEnc"));
                            }
                            results_enc__ = map_.next_value()?;
                        }
                        GeneratedField::Nonce => {
                            if nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nonce"));
                            }
                            nonce__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TaUseSecretResponse {
                    results_enc: results_enc__,
                    nonce: nonce__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TaUseSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TrustSetting {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.value.is_empty() {
            len += 1;
        }
        if !self.default_value.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.TrustSetting", len)?;
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.value.is_empty() {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if !self.default_value.is_empty() {
            struct_ser.serialize_field("defaultValue", &self.default_value)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for TrustSetting {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "value",
            "default_value",
            "defaultValue",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Value,
            DefaultValue,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "value" => Ok(GeneratedField::Value),
                            "defaultValue" | "default_value" => Ok(GeneratedField::DefaultValue),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = TrustSetting;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.TrustSetting")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<TrustSetting, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut value__ = None;
                let mut default_value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DefaultValue => {
                            if default_value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("defaultValue"));
                            }
                            default_value__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(TrustSetting {
                    name: name__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    default_value: default_value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.TrustSetting", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UasAttestionResult {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.int64_result_code != 0 {
            len += 1;
        }
        if !self.str_tee_platform.is_empty() {
            len += 1;
        }
        if !self.hex_nonce.is_empty() {
            len += 1;
        }
        if !self.b64_quote.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UasAttestionResult", len)?;
        if self.int64_result_code != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("int64_result_code", ToString::to_string(&self.int64_result_code).as_str())?;
        }
        if !self.str_tee_platform.is_empty() {
            struct_ser.serialize_field("str_tee_platform", &self.str_tee_platform)?;
        }
        if !self.hex_nonce.is_empty() {
            struct_ser.serialize_field("hex_nonce", &self.hex_nonce)?;
        }
        if !self.b64_quote.is_empty() {
            struct_ser.serialize_field("b64_quote", &self.b64_quote)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UasAttestionResult {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "int64_result_code",
            "str_tee_platform",
            "hex_nonce",
            "b64_quote",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Int64ResultCode,
            StrTeePlatform,
            HexNonce,
            B64Quote,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "int64_result_code" => Ok(GeneratedField::Int64ResultCode),
                            "str_tee_platform" => Ok(GeneratedField::StrTeePlatform),
                            "hex_nonce" => Ok(GeneratedField::HexNonce),
                            "b64_quote" => Ok(GeneratedField::B64Quote),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UasAttestionResult;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UasAttestionResult")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UasAttestionResult, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut int64_result_code__ = None;
                let mut str_tee_platform__ = None;
                let mut hex_nonce__ = None;
                let mut b64_quote__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Int64ResultCode => {
                            if int64_result_code__.is_some() {
                                return Err(serde::de::Error::duplicate_field("int64_result_code"));
                            }
                            int64_result_code__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::StrTeePlatform => {
                            if str_tee_platform__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tee_platform"));
                            }
                            str_tee_platform__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexNonce => {
                            if hex_nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_nonce"));
                            }
                            hex_nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64Quote => {
                            if b64_quote__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_quote"));
                            }
                            b64_quote__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UasAttestionResult {
                    int64_result_code: int64_result_code__.unwrap_or_default(),
                    str_tee_platform: str_tee_platform__.unwrap_or_default(),
                    hex_nonce: hex_nonce__.unwrap_or_default(),
                    b64_quote: b64_quote__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UasAttestionResult", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UasReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.json_result.is_empty() {
            len += 1;
        }
        if !self.b64_signature.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UasReport", len)?;
        if !self.json_result.is_empty() {
            struct_ser.serialize_field("json_result", &self.json_result)?;
        }
        if !self.b64_signature.is_empty() {
            struct_ser.serialize_field("b64_signature", &self.b64_signature)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UasReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "json_result",
            "b64_signature",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            JsonResult,
            B64Signature,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "json_result" => Ok(GeneratedField::JsonResult),
                            "b64_signature" => Ok(GeneratedField::B64Signature),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UasReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UasReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UasReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut json_result__ = None;
                let mut b64_signature__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::JsonResult => {
                            if json_result__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_result"));
                            }
                            json_result__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64Signature => {
                            if b64_signature__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_signature"));
                            }
                            b64_signature__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UasReport {
                    json_result: json_result__.unwrap_or_default(),
                    b64_signature: b64_signature__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UasReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UndeleteSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if self.version != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UndeleteSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if self.version != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UndeleteSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UndeleteSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UndeleteSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UndeleteSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(UndeleteSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UndeleteSecretRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UndeleteSecretResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.UndeleteSecretResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UndeleteSecretResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UndeleteSecretResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UndeleteSecretResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UndeleteSecretResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(UndeleteSecretResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UndeleteSecretResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationAttributes {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.str_tee_platform.is_empty() {
            len += 1;
        }
        if !self.hex_platform_hw_version.is_empty() {
            len += 1;
        }
        if !self.hex_platform_sw_version.is_empty() {
            len += 1;
        }
        if !self.hex_secure_flags.is_empty() {
            len += 1;
        }
        if !self.hex_platform_measurement.is_empty() {
            len += 1;
        }
        if !self.hex_boot_measurement.is_empty() {
            len += 1;
        }
        if !self.str_tee_name.is_empty() {
            len += 1;
        }
        if !self.str_tee_identity.is_empty() {
            len += 1;
        }
        if !self.hex_ta_measurement.is_empty() {
            len += 1;
        }
        if !self.hex_ta_dyn_measurement.is_empty() {
            len += 1;
        }
        if !self.hex_signer.is_empty() {
            len += 1;
        }
        if !self.hex_prod_id.is_empty() {
            len += 1;
        }
        if !self.str_min_isvsvn.is_empty() {
            len += 1;
        }
        if !self.bool_debug_disabled.is_empty() {
            len += 1;
        }
        if !self.hex_user_data.is_empty() {
            len += 1;
        }
        if !self.hex_hash_or_pem_pubkey.is_empty() {
            len += 1;
        }
        if !self.hex_nonce.is_empty() {
            len += 1;
        }
        if !self.hex_spid.is_empty() {
            len += 1;
        }
        if !self.str_verified_time.is_empty() {
            len += 1;
        }
        if !self.str_tcb_status.is_empty() {
            len += 1;
        }
        if !self.str_advisory_ids.is_empty() {
            len += 1;
        }
        if !self.str_tcb_date.is_empty() {
            len += 1;
        }
        if !self.hex_mrtd.is_empty() {
            len += 1;
        }
        if !self.hex_mrseam.is_empty() {
            len += 1;
        }
        if !self.hex_mrsignerseam.is_empty() {
            len += 1;
        }
        if !self.hex_mrconfigid.is_empty() {
            len += 1;
        }
        if !self.hex_mrowner.is_empty() {
            len += 1;
        }
        if !self.hex_mrownerconfig.is_empty() {
            len += 1;
        }
        if !self.hex_rtmr0.is_empty() {
            len += 1;
        }
        if !self.hex_rtmr1.is_empty() {
            len += 1;
        }
        if !self.hex_rtmr2.is_empty() {
            len += 1;
        }
        if !self.hex_rtmr3.is_empty() {
            len += 1;
        }
        if !self.hex_mrservicetd.is_empty() {
            len += 1;
        }
        if !self.hex_host_data.is_empty() {
            len += 1;
        }
        if !self.hex_family_id.is_empty() {
            len += 1;
        }
        if !self.hex_image_id.is_empty() {
            len += 1;
        }
        if !self.hex_chip_id.is_empty() {
            len += 1;
        }
        if !self.hex_author_key.is_empty() {
            len += 1;
        }
        if !self.str_vmpl.is_empty() {
            len += 1;
        }
        if !self.bool_migration_disabled.is_empty() {
            len += 1;
        }
        if !self.str_min_tcb.is_empty() {
            len += 1;
        }
        if !self.str_pcrs.is_empty() {
            len += 1;
        }
        if !self.str_versions.is_empty() {
            len += 1;
        }
        if !self.str_product.is_empty() {
            len += 1;
        }
        if !self.bool_event_log_verified.is_empty() {
            len += 1;
        }
        if !self.bool_page_faults_disabled.is_empty() {
            len += 1;
        }
        if !self.str_tcb_evaluation_number.is_empty() {
            len += 1;
        }
        if !self.str_measured.is_empty() {
            len += 1;
        }
        if !self.str_event_log.is_empty() {
            len += 1;
        }
        if !self.hex_ppid.is_empty() {
            len += 1;
        }
        if !self.hex_fmspc.is_empty() {
            len += 1;
        }
        if !self.str_platform_info.is_empty() {
            len += 1;
        }
        if !self.str_tcb_out_of_date_since.is_empty() {
            len += 1;
        }
        if !self.str_images.is_empty() {
            len += 1;
        }
        if !self.bool_revocation_checked.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationAttributes", len)?;
        if !self.str_tee_platform.is_empty() {
            struct_ser.serialize_field("str_tee_platform", &self.str_tee_platform)?;
        }
        if !self.hex_platform_hw_version.is_empty() {
            struct_ser.serialize_field("hex_platform_hw_version", &self.hex_platform_hw_version)?;
        }
        if !self.hex_platform_sw_version.is_empty() {
            struct_ser.serialize_field("hex_platform_sw_version", &self.hex_platform_sw_version)?;
        }
        if !self.hex_secure_flags.is_empty() {
            struct_ser.serialize_field("hex_secure_flags", &self.hex_secure_flags)?;
        }
        if !self.hex_platform_measurement.is_empty() {
            struct_ser.serialize_field("hex_platform_measurement", &self.hex_platform_measurement)?;
        }
        if !self.hex_boot_measurement.is_empty() {
            struct_ser.serialize_field("hex_boot_measurement", &self.hex_boot_measurement)?;
        }
        if !self.str_tee_name.is_empty() {
            struct_ser.serialize_field("str_tee_name", &self.str_tee_name)?;
        }
        if !self.str_tee_identity.is_empty() {
            struct_ser.serialize_field("str_tee_identity", &self.str_tee_identity)?;
        }
        if !self.hex_ta_measurement.is_empty() {
            struct_ser.serialize_field("hex_ta_measurement", &self.hex_ta_measurement)?;
        }
        if !self.hex_ta_dyn_measurement.is_empty() {
            struct_ser.serialize_field("hex_ta_dyn_measurement", &self.hex_ta_dyn_measurement)?;
        }
        if !self.hex_signer.is_empty() {
            struct_ser.serialize_field("hex_signer", &self.hex_signer)?;
        }
        if !self.hex_prod_id.is_empty() {
            struct_ser.serialize_field("hex_prod_id", &self.hex_prod_id)?;
        }
        if !self.str_min_isvsvn.is_empty() {
            struct_ser.serialize_field("str_min_isvsvn", &self.str_min_isvsvn)?;
        }
        if !self.bool_debug_disabled.is_empty() {
            struct_ser.serialize_field("bool_debug_disabled", &self.bool_debug_disabled)?;
        }
        if !self.hex_user_data.is_empty() {
            struct_ser.serialize_field("hex_user_data", &self.hex_user_data)?;
        }
        if !self.hex_hash_or_pem_pubkey.is_empty() {
            struct_ser.serialize_field("hex_hash_or_pem_pubkey", &self.hex_hash_or_pem_pubkey)?;
        }
        if !self.hex_nonce.is_empty() {
            struct_ser.serialize_field("hex_nonce", &self.hex_nonce)?;
        }
        if !self.hex_spid.is_empty() {
            struct_ser.serialize_field("hex_spid", &self.hex_spid)?;
        }
        if !self.str_verified_time.is_empty() {
            struct_ser.serialize_field("str_verified_time", &self.str_verified_time)?;
        }
        if !self.str_tcb_status.is_empty() {
            struct_ser.serialize_field("str_tcb_status", &self.str_tcb_status)?;
        }
        if !self.str_advisory_ids.is_empty() {
            struct_ser.serialize_field("str_advisory_ids", &self.str_advisory_ids)?;
        }
        if !self.str_tcb_date.is_empty() {
            struct_ser.serialize_field("str_tcb_date", &self.str_tcb_date)?;
        }
        if !self.hex_mrtd.is_empty() {
            struct_ser.serialize_field("hex_mrtd", &self.hex_mrtd)?;
        }
        if !self.hex_mrseam.is_empty() {
            struct_ser.serialize_field("hex_mrseam", &self.hex_mrseam)?;
        }
        if !self.hex_mrsignerseam.is_empty() {
            struct_ser.serialize_field("hex_mrsignerseam", &self.hex_mrsignerseam)?;
        }
        if !self.hex_mrconfigid.is_empty() {
            struct_ser.serialize_field("hex_mrconfigid", &self.hex_mrconfigid)?;
        }
        if !self.hex_mrowner.is_empty() {
            struct_ser.serialize_field("hex_mrowner", &self.hex_mrowner)?;
        }
        if !self.hex_mrownerconfig.is_empty() {
            struct_ser.serialize_field("hex_mrownerconfig", &self.hex_mrownerconfig)?;
        }
        if !self.hex_rtmr0.is_empty() {
            struct_ser.serialize_field("hex_rtmr0", &self.hex_rtmr0)?;
        }
        if !self.hex_rtmr1.is_empty() {
            struct_ser.serialize_field("hex_rtmr1", &self.hex_rtmr1)?;
        }
        if !self.hex_rtmr2.is_empty() {
            struct_ser.serialize_field("hex_rtmr2", &self.hex_rtmr2)?;
        }
        if !self.hex_rtmr3.is_empty() {
            struct_ser.serialize_field("hex_rtmr3", &self.hex_rtmr3)?;
        }
        if !self.hex_mrservicetd.is_empty() {
            struct_ser.serialize_field("hex_mrservicetd", &self.hex_mrservicetd)?;
        }
        if !self.hex_host_data.is_empty() {
            struct_ser.serialize_field("hex_host_data", &self.hex_host_data)?;
        }
        if !self.hex_family_id.is_empty() {
            struct_ser.serialize_field("hex_family_id", &self.hex_family_id)?;
        }
        if !self.hex_image_id.is_empty() {
            struct_ser.serialize_field("hex_image_id", &self.hex_image_id)?;
        }
        if !self.hex_chip_id.is_empty() {
            struct_ser.serialize_field("hex_chip_id", &self.hex_chip_id)?;
        }
        if !self.hex_author_key.is_empty() {
            struct_ser.serialize_field("hex_author_key", &self.hex_author_key)?;
        }
        if !self.str_vmpl.is_empty() {
            struct_ser.serialize_field("str_vmpl", &self.str_vmpl)?;
        }
        if !self.bool_migration_disabled.is_empty() {
            struct_ser.serialize_field("bool_migration_disabled", &self.bool_migration_disabled)?;
        }
        if !self.str_min_tcb.is_empty() {
            struct_ser.serialize_field("str_min_tcb", &self.str_min_tcb)?;
        }
        if !self.str_pcrs.is_empty() {
            struct_ser.serialize_field("str_pcrs", &self.str_pcrs)?;
        }
        if !self.str_versions.is_empty() {
            struct_ser.serialize_field("str_versions", &self.str_versions)?;
        }
        if !self.str_product.is_empty() {
            struct_ser.serialize_field("str_product", &self.str_product)?;
        }
        if !self.bool_event_log_verified.is_empty() {
            struct_ser.serialize_field("bool_event_log_verified", &self.bool_event_log_verified)?;
        }
        if !self.bool_page_faults_disabled.is_empty() {
            struct_ser.serialize_field("bool_page_faults_disabled", &self.bool_page_faults_disabled)?;
        }
        if !self.str_tcb_evaluation_number.is_empty() {
            struct_ser.serialize_field("str_tcb_evaluation_number", &self.str_tcb_evaluation_number)?;
        }
        if !self.str_measured.is_empty() {
            struct_ser.serialize_field("str_measured", &self.str_measured)?;
        }
        if !self.str_event_log.is_empty() {
            struct_ser.serialize_field("str_event_log", &self.str_event_log)?;
        }
        if !self.hex_ppid.is_empty() {
            struct_ser.serialize_field("hex_ppid", &self.hex_ppid)?;
        }
        if !self.hex_fmspc.is_empty() {
            struct_ser.serialize_field("hex_fmspc", &self.hex_fmspc)?;
        }
        if !self.str_platform_info.is_empty() {
            struct_ser.serialize_field("str_platform_info", &self.str_platform_info)?;
        }
        if !self.str_tcb_out_of_date_since.is_empty() {
            struct_ser.serialize_field("str_tcb_out_of_date_since", &self.str_tcb_out_of_date_since)?;
        }
        if !self.str_images.is_empty() {
            struct_ser.serialize_field("str_images", &self.str_images)?;
        }
        if !self.bool_revocation_checked.is_empty() {
            struct_ser.serialize_field("bool_revocation_checked", &self.bool_revocation_checked)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationAttributes {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "str_tee_platform",
            "hex_platform_hw_version",
            "hex_platform_sw_version",
            "hex_secure_flags",
            "hex_platform_measurement",
            "hex_boot_measurement",
            "str_tee_name",
            "str_tee_identity",
            "hex_ta_measurement",
            "hex_ta_dyn_measurement",
            "hex_signer",
            "hex_prod_id",
            "str_min_isvsvn",
            "bool_debug_disabled",
            "hex_user_data",
            "hex_hash_or_pem_pubkey",
            "hex_nonce",
            "hex_spid",
            "str_verified_time",
            "str_tcb_status",
            "str_advisory_ids",
            "str_tcb_date",
            "hex_mrtd",
            "hex_mrseam",
            "hex_mrsignerseam",
            "hex_mrconfigid",
            "hex_mrowner",
            "hex_mrownerconfig",
            "hex_rtmr0",
            "hex_rtmr1",
            "hex_rtmr2",
            "hex_rtmr3",
            "hex_mrservicetd",
            "hex_host_data",
            "hex_family_id",
            "hex_image_id",
            "hex_chip_id",
            "hex_author_key",
            "str_vmpl",
            "bool_migration_disabled",
            "str_min_tcb",
            "str_pcrs",
            "str_versions",
            "str_product",
            "bool_event_log_verified",
            "bool_page_faults_disabled",
            "str_tcb_evaluation_number",
            "str_measured",
            "str_event_log",
            "hex_ppid",
            "hex_fmspc",
            "str_platform_info",
            "str_tcb_out_of_date_since",
            "str_images",
            "bool_revocation_checked",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            StrTeePlatform,
            HexPlatformHwVersion,
            HexPlatformSwVersion,
            HexSecureFlags,
            HexPlatformMeasurement,
            HexBootMeasurement,
            StrTeeName,
            StrTeeIdentity,
            HexTaMeasurement,
            HexTaDynMeasurement,
            HexSigner,
            HexProdId,
            StrMinIsvsvn,
            BoolDebugDisabled,
            HexUserData,
            HexHashOrPemPubkey,
            HexNonce,
            HexSpid,
            StrVerifiedTime,
            StrTcbStatus,
            StrAdvisoryIds,
            StrTcbDate,
            HexMrtd,
            HexMrseam,
            HexMrsignerseam,
            HexMrconfigid,
            HexMrowner,
            HexMrownerconfig,
            HexRtmr0,
            HexRtmr1,
            HexRtmr2,
            HexRtmr3,
            HexMrservicetd,
            HexHostData,
            HexFamilyId,
            HexImageId,
            HexChipId,
            HexAuthorKey,
            StrVmpl,
            BoolMigrationDisabled,
            StrMinTcb,
            StrPcrs,
            StrVersions,
            StrProduct,
            BoolEventLogVerified,
            BoolPageFaultsDisabled,
            StrTcbEvaluationNumber,
            StrMeasured,
            StrEventLog,
            HexPpid,
            HexFmspc,
            StrPlatformInfo,
            StrTcbOutOfDateSince,
            StrImages,
            BoolRevocationChecked,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "str_tee_platform" => Ok(GeneratedField::StrTeePlatform),
                            "hex_platform_hw_version" => Ok(GeneratedField::HexPlatformHwVersion),
                            "hex_platform_sw_version" => Ok(GeneratedField::HexPlatformSwVersion),
                            "hex_secure_flags" => Ok(GeneratedField::HexSecureFlags),
                            "hex_platform_measurement" => Ok(GeneratedField::HexPlatformMeasurement),
                            "hex_boot_measurement" => Ok(GeneratedField::HexBootMeasurement),
                            "str_tee_name" => Ok(GeneratedField::StrTeeName),
                            "str_tee_identity" => Ok(GeneratedField::StrTeeIdentity),
                            "hex_ta_measurement" => Ok(GeneratedField::HexTaMeasurement),
                            "hex_ta_dyn_measurement" => Ok(GeneratedField::HexTaDynMeasurement),
                            "hex_signer" => Ok(GeneratedField::HexSigner),
                            "hex_prod_id" => Ok(GeneratedField::HexProdId),
                            "str_min_isvsvn" => Ok(GeneratedField::StrMinIsvsvn),
                            "bool_debug_disabled" => Ok(GeneratedField::BoolDebugDisabled),
                            "hex_user_data" => Ok(GeneratedField::HexUserData),
                            "hex_hash_or_pem_pubkey" => Ok(GeneratedField::HexHashOrPemPubkey),
                            "hex_nonce" => Ok(GeneratedField::HexNonce),
                            "hex_spid" => Ok(GeneratedField::HexSpid),
                            "str_verified_time" => Ok(GeneratedField::StrVerifiedTime),
                            "str_tcb_status" => Ok(GeneratedField::StrTcbStatus),
                            "str_advisory_ids" => Ok(GeneratedField::StrAdvisoryIds),
                            "str_tcb_date" => Ok(GeneratedField::StrTcbDate),
                            "hex_mrtd" => Ok(GeneratedField::HexMrtd),
                            "hex_mrseam" => Ok(GeneratedField::HexMrseam),
                            "hex_mrsignerseam" => Ok(GeneratedField::HexMrsignerseam),
                            "hex_mrconfigid" => Ok(GeneratedField::HexMrconfigid),
                            "hex_mrowner" => Ok(GeneratedField::HexMrowner),
                            "hex_mrownerconfig" => Ok(GeneratedField::HexMrownerconfig),
                            "hex_rtmr0" => Ok(GeneratedField::HexRtmr0),
                            "hex_rtmr1" => Ok(GeneratedField::HexRtmr1),
                            "hex_rtmr2" => Ok(GeneratedField::HexRtmr2),
                            "hex_rtmr3" => Ok(GeneratedField::HexRtmr3),
                            "hex_mrservicetd" => Ok(GeneratedField::HexMrservicetd),
                            "hex_host_data" => Ok(GeneratedField::HexHostData),
                            "hex_family_id" => Ok(GeneratedField::HexFamilyId),
                            "hex_image_id" => Ok(GeneratedField::HexImageId),
                            "hex_chip_id" => Ok(GeneratedField::HexChipId),
                            "hex_author_key" => Ok(GeneratedField::HexAuthorKey),
                            "str_vmpl" => Ok(GeneratedField::StrVmpl),
                            "bool_migration_disabled" => Ok(GeneratedField::BoolMigrationDisabled),
                            "str_min_tcb" => Ok(GeneratedField::StrMinTcb),
                            "str_pcrs" => Ok(GeneratedField::StrPcrs),
                            "str_versions" => Ok(GeneratedField::StrVersions),
                            "str_product" => Ok(GeneratedField::StrProduct),
                            "bool_event_log_verified" => Ok(GeneratedField::BoolEventLogVerified),
                            "bool_page_faults_disabled" => Ok(GeneratedField::BoolPageFaultsDisabled),
                            "str_tcb_evaluation_number" => Ok(GeneratedField::StrTcbEvaluationNumber),
                            "str_measured" => Ok(GeneratedField::StrMeasured),
                            "str_event_log" => Ok(GeneratedField::StrEventLog),
                            "hex_ppid" => Ok(GeneratedField::HexPpid),
                            "hex_fmspc" => Ok(GeneratedField::HexFmspc),
                            "str_platform_info" => Ok(GeneratedField::StrPlatformInfo),
                            "str_tcb_out_of_date_since" => Ok(GeneratedField::StrTcbOutOfDateSince),
                            "str_images" => Ok(GeneratedField::StrImages),
                            "bool_revocation_checked" => Ok(GeneratedField::BoolRevocationChecked),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationAttributes;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationAttributes")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationAttributes, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut str_tee_platform__ = None;
                let mut hex_platform_hw_version__ = None;
                let mut hex_platform_sw_version__ = None;
                let mut hex_secure_flags__ = None;
                let mut hex_platform_measurement__ = None;
                let mut hex_boot_measurement__ = None;
                let mut str_tee_name__ = None;
                let mut str_tee_identity__ = None;
                let mut hex_ta_measurement__ = None;
                let mut hex_ta_dyn_measurement__ = None;
                let mut hex_signer__ = None;
                let mut hex_prod_id__ = None;
                let mut str_min_isvsvn__ = None;
                let mut bool_debug_disabled__ = None;
                let mut hex_user_data__ = None;
                let mut hex_hash_or_pem_pubkey__ = None;
                let mut hex_nonce__ = None;
                let mut hex_spid__ = None;
                let mut str_verified_time__ = None;
                let mut str_tcb_status__ = None;
                let mut str_advisory_ids__ = None;
                let mut str_tcb_date__ = None;
                let mut hex_mrtd__ = None;
                let mut hex_mrseam__ = None;
                let mut hex_mrsignerseam__ = None;
                let mut hex_mrconfigid__ = None;
                let mut hex_mrowner__ = None;
                let mut hex_mrownerconfig__ = None;
                let mut hex_rtmr0__ = None;
                let mut hex_rtmr1__ = None;
                let mut hex_rtmr2__ = None;
                let mut hex_rtmr3__ = None;
                let mut hex_mrservicetd__ = None;
                let mut hex_host_data__ = None;
                let mut hex_family_id__ = None;
                let mut hex_image_id__ = None;
                let mut hex_chip_id__ = None;
                let mut hex_author_key__ = None;
                let mut str_vmpl__ = None;
                let mut bool_migration_disabled__ = None;
                let mut str_min_tcb__ = None;
                let mut str_pcrs__ = None;
                let mut str_versions__ = None;
                let mut str_product__ = None;
                let mut bool_event_log_verified__ = None;
                let mut bool_page_faults_disabled__ = None;
                let mut str_tcb_evaluation_number__ = None;
                let mut str_measured__ = None;
                let mut str_event_log__ = None;
                let mut hex_ppid__ = None;
                let mut hex_fmspc__ = None;
                let mut str_platform_info__ = None;
                let mut str_tcb_out_of_date_since__ = None;
                let mut str_images__ = None;
                let mut bool_revocation_checked__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::StrTeePlatform => {
                            if str_tee_platform__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tee_platform"));
                            }
                            str_tee_platform__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexPlatformHwVersion => {
                            if hex_platform_hw_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_platform_hw_version"));
                            }
                            hex_platform_hw_version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexPlatformSwVersion => {
                            if hex_platform_sw_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_platform_sw_version"));
                            }
                            hex_platform_sw_version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexSecureFlags => {
                            if hex_secure_flags__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_secure_flags"));
                            }
                            hex_secure_flags__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexPlatformMeasurement => {
                            if hex_platform_measurement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_platform_measurement"));
                            }
                            hex_platform_measurement__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexBootMeasurement => {
                            if hex_boot_measurement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_boot_measurement"));
                            }
                            hex_boot_measurement__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTeeName => {
                            if str_tee_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tee_name"));
                            }
                            str_tee_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTeeIdentity => {
                            if str_tee_identity__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tee_identity"));
                            }
                            str_tee_identity__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexTaMeasurement => {
                            if hex_ta_measurement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_ta_measurement"));
                            }
                            hex_ta_measurement__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexTaDynMeasurement => {
                            if hex_ta_dyn_measurement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_ta_dyn_measurement"));
                            }
                            hex_ta_dyn_measurement__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexSigner => {
                            if hex_signer__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_signer"));
                            }
                            hex_signer__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexProdId => {
                            if hex_prod_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_prod_id"));
                            }
                            hex_prod_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrMinIsvsvn => {
                            if str_min_isvsvn__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_min_isvsvn"));
                            }
                            str_min_isvsvn__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BoolDebugDisabled => {
                            if bool_debug_disabled__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bool_debug_disabled"));
                            }
                            bool_debug_disabled__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexUserData => {
                            if hex_user_data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_user_data"));
                            }
                            hex_user_data__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexHashOrPemPubkey => {
                            if hex_hash_or_pem_pubkey__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_hash_or_pem_pubkey"));
                            }
                            hex_hash_or_pem_pubkey__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexNonce => {
                            if hex_nonce__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_nonce"));
                            }
                            hex_nonce__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexSpid => {
                            if hex_spid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_spid"));
                            }
                            hex_spid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrVerifiedTime => {
                            if str_verified_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_verified_time"));
                            }
                            str_verified_time__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTcbStatus => {
                            if str_tcb_status__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tcb_status"));
                            }
                            str_tcb_status__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrAdvisoryIds => {
                            if str_advisory_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_advisory_ids"));
                            }
                            str_advisory_ids__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTcbDate => {
                            if str_tcb_date__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tcb_date"));
                            }
                            str_tcb_date__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrtd => {
                            if hex_mrtd__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrtd"));
                            }
                            hex_mrtd__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrseam => {
                            if hex_mrseam__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrseam"));
                            }
                            hex_mrseam__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrsignerseam => {
                            if hex_mrsignerseam__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrsignerseam"));
                            }
                            hex_mrsignerseam__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrconfigid => {
                            if hex_mrconfigid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrconfigid"));
                            }
                            hex_mrconfigid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrowner => {
                            if hex_mrowner__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrowner"));
                            }
                            hex_mrowner__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrownerconfig => {
                            if hex_mrownerconfig__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrownerconfig"));
                            }
                            hex_mrownerconfig__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexRtmr0 => {
                            if hex_rtmr0__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_rtmr0"));
                            }
                            hex_rtmr0__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexRtmr1 => {
                            if hex_rtmr1__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_rtmr1"));
                            }
                            hex_rtmr1__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexRtmr2 => {
                            if hex_rtmr2__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_rtmr2"));
                            }
                            hex_rtmr2__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexRtmr3 => {
                            if hex_rtmr3__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_rtmr3"));
                            }
                            hex_rtmr3__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexMrservicetd => {
                            if hex_mrservicetd__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_mrservicetd"));
                            }
                            hex_mrservicetd__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexHostData => {
                            if hex_host_data__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_host_data"));
                            }
                            hex_host_data__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexFamilyId => {
                            if hex_family_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_family_id"));
                            }
                            hex_family_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexImageId => {
                            if hex_image_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_image_id"));
                            }
                            hex_image_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexChipId => {
                            if hex_chip_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_chip_id"));
                            }
                            hex_chip_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexAuthorKey => {
                            if hex_author_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_author_key"));
                            }
                            hex_author_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrVmpl => {
                            if str_vmpl__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_vmpl"));
                            }
                            str_vmpl__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BoolMigrationDisabled => {
                            if bool_migration_disabled__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bool_migration_disabled"));
                            }
                            bool_migration_disabled__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrMinTcb => {
                            if str_min_tcb__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_min_tcb"));
                            }
                            str_min_tcb__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrPcrs => {
                            if str_pcrs__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_pcrs"));
                            }
                            str_pcrs__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrVersions => {
                            if str_versions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_versions"));
                            }
                            str_versions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrProduct => {
                            if str_product__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_product"));
                            }
                            str_product__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BoolEventLogVerified => {
                            if bool_event_log_verified__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bool_event_log_verified"));
                            }
                            bool_event_log_verified__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BoolPageFaultsDisabled => {
                            if bool_page_faults_disabled__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bool_page_faults_disabled"));
                            }
                            bool_page_faults_disabled__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTcbEvaluationNumber => {
                            if str_tcb_evaluation_number__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tcb_evaluation_number"));
                            }
                            str_tcb_evaluation_number__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrMeasured => {
                            if str_measured__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_measured"));
                            }
                            str_measured__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrEventLog => {
                            if str_event_log__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_event_log"));
                            }
                            str_event_log__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexPpid => {
                            if hex_ppid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_ppid"));
                            }
                            hex_ppid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HexFmspc => {
                            if hex_fmspc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hex_fmspc"));
                            }
                            hex_fmspc__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrPlatformInfo => {
                            if str_platform_info__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_platform_info"));
                            }
                            str_platform_info__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTcbOutOfDateSince => {
                            if str_tcb_out_of_date_since__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tcb_out_of_date_since"));
                            }
                            str_tcb_out_of_date_since__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrImages => {
                            if str_images__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_images"));
                            }
                            str_images__ = Some(map_.next_value()?);
                        }
                        GeneratedField::BoolRevocationChecked => {
                            if bool_revocation_checked__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bool_revocation_checked"));
                            }
                            bool_revocation_checked__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationAttributes {
                    str_tee_platform: str_tee_platform__.unwrap_or_default(),
                    hex_platform_hw_version: hex_platform_hw_version__.unwrap_or_default(),
                    hex_platform_sw_version: hex_platform_sw_version__.unwrap_or_default(),
                    hex_secure_flags: hex_secure_flags__.unwrap_or_default(),
                    hex_platform_measurement: hex_platform_measurement__.unwrap_or_default(),
                    hex_boot_measurement: hex_boot_measurement__.unwrap_or_default(),
                    str_tee_name: str_tee_name__.unwrap_or_default(),
                    str_tee_identity: str_tee_identity__.unwrap_or_default(),
                    hex_ta_measurement: hex_ta_measurement__.unwrap_or_default(),
                    hex_ta_dyn_measurement: hex_ta_dyn_measurement__.unwrap_or_default(),
                    hex_signer: hex_signer__.unwrap_or_default(),
                    hex_prod_id: hex_prod_id__.unwrap_or_default(),
                    str_min_isvsvn: str_min_isvsvn__.unwrap_or_default(),
                    bool_debug_disabled: bool_debug_disabled__.unwrap_or_default(),
                    hex_user_data: hex_user_data__.unwrap_or_default(),
                    hex_hash_or_pem_pubkey: hex_hash_or_pem_pubkey__.unwrap_or_default(),
                    hex_nonce: hex_nonce__.unwrap_or_default(),
                    hex_spid: hex_spid__.unwrap_or_default(),
                    str_verified_time: str_verified_time__.unwrap_or_default(),
                    str_tcb_status: str_tcb_status__.unwrap_or_default(),
                    str_advisory_ids: str_advisory_ids__.unwrap_or_default(),
                    str_tcb_date: str_tcb_date__.unwrap_or_default(),
                    hex_mrtd: hex_mrtd__.unwrap_or_default(),
                    hex_mrseam: hex_mrseam__.unwrap_or_default(),
                    hex_mrsignerseam: hex_mrsignerseam__.unwrap_or_default(),
                    hex_mrconfigid: hex_mrconfigid__.unwrap_or_default(),
                    hex_mrowner: hex_mrowner__.unwrap_or_default(),
                    hex_mrownerconfig: hex_mrownerconfig__.unwrap_or_default(),
                    hex_rtmr0: hex_rtmr0__.unwrap_or_default(),
                    hex_rtmr1: hex_rtmr1__.unwrap_or_default(),
                    hex_rtmr2: hex_rtmr2__.unwrap_or_default(),
                    hex_rtmr3: hex_rtmr3__.unwrap_or_default(),
                    hex_mrservicetd: hex_mrservicetd__.unwrap_or_default(),
                    hex_host_data: hex_host_data__.unwrap_or_default(),
                    hex_family_id: hex_family_id__.unwrap_or_default(),
                    hex_image_id: hex_image_id__.unwrap_or_default(),
                    hex_chip_id: hex_chip_id__.unwrap_or_default(),
                    hex_author_key: hex_author_key__.unwrap_or_default(),
                    str_vmpl: str_vmpl__.unwrap_or_default(),
                    bool_migration_disabled: bool_migration_disabled__.unwrap_or_default(),
                    str_min_tcb: str_min_tcb__.unwrap_or_default(),
                    str_pcrs: str_pcrs__.unwrap_or_default(),
                    str_versions: str_versions__.unwrap_or_default(),
                    str_product: str_product__.unwrap_or_default(),
                    bool_event_log_verified: bool_event_log_verified__.unwrap_or_default(),
                    bool_page_faults_disabled: bool_page_faults_disabled__.unwrap_or_default(),
                    str_tcb_evaluation_number: str_tcb_evaluation_number__.unwrap_or_default(),
                    str_measured: str_measured__.unwrap_or_default(),
                    str_event_log: str_event_log__.unwrap_or_default(),
                    hex_ppid: hex_ppid__.unwrap_or_default(),
                    hex_fmspc: hex_fmspc__.unwrap_or_default(),
                    str_platform_info: str_platform_info__.unwrap_or_default(),
                    str_tcb_out_of_date_since: str_tcb_out_of_date_since__.unwrap_or_default(),
                    str_images: str_images__.unwrap_or_default(),
                    bool_revocation_checked: bool_revocation_checked__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationAttributes", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationAuthReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.report.is_some() {
            len += 1;
        }
        if !self.pem_public_key.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationAuthReport", len)?;
        if let Some(v) = self.report.as_ref() {
            struct_ser.serialize_field("report", v)?;
        }
        if !self.pem_public_key.is_empty() {
            struct_ser.serialize_field("pem_public_key", &self.pem_public_key)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationAuthReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "report",
            "pem_public_key",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Report,
            PemPublicKey,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "report" => Ok(GeneratedField::Report),
                            "pem_public_key" => Ok(GeneratedField::PemPublicKey),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationAuthReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationAuthReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationAuthReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut report__ = None;
                let mut pem_public_key__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Report => {
                            if report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("report"));
                            }
                            report__ = map_.next_value()?;
                        }
                        GeneratedField::PemPublicKey => {
                            if pem_public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pem_public_key"));
                            }
                            pem_public_key__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationAuthReport {
                    report: report__,
                    pem_public_key: pem_public_key__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationAuthReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationNestedPolicies {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.str_group_name.is_empty() {
            len += 1;
        }
        if !self.str_group_id.is_empty() {
            len += 1;
        }
        if !self.policies.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationNestedPolicies", len)?;
        if !self.str_group_name.is_empty() {
            struct_ser.serialize_field("str_group_name", &self.str_group_name)?;
        }
        if !self.str_group_id.is_empty() {
            struct_ser.serialize_field("str_group_id", &self.str_group_id)?;
        }
        if !self.policies.is_empty() {
            struct_ser.serialize_field("policies", &self.policies)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationNestedPolicies {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "str_group_name",
            "str_group_id",
            "policies",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            StrGroupName,
            StrGroupId,
            Policies,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "str_group_name" => Ok(GeneratedField::StrGroupName),
                            "str_group_id" => Ok(GeneratedField::StrGroupId),
                            "policies" => Ok(GeneratedField::Policies),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationNestedPolicies;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationNestedPolicies")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationNestedPolicies, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut str_group_name__ = None;
                let mut str_group_id__ = None;
                let mut policies__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::StrGroupName => {
                            if str_group_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_group_name"));
                            }
                            str_group_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrGroupId => {
                            if str_group_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_group_id"));
                            }
                            str_group_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Policies => {
                            if policies__.is_some() {
                                return Err(serde::de::Error::duplicate_field("policies"));
                            }
                            policies__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationNestedPolicies {
                    str_group_name: str_group_name__.unwrap_or_default(),
                    str_group_id: str_group_id__.unwrap_or_default(),
                    policies: policies__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationNestedPolicies", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationNestedPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.sub_attributes.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationNestedPolicy", len)?;
        if !self.sub_attributes.is_empty() {
            struct_ser.serialize_field("sub_attributes", &self.sub_attributes)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationNestedPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "sub_attributes",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SubAttributes,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sub_attributes" => Ok(GeneratedField::SubAttributes),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationNestedPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationNestedPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationNestedPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut sub_attributes__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SubAttributes => {
                            if sub_attributes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sub_attributes"));
                            }
                            sub_attributes__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationNestedPolicy {
                    sub_attributes: sub_attributes__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationNestedPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationNestedReports {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.json_nested_results.is_empty() {
            len += 1;
        }
        if !self.b64_nested_signature.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationNestedReports", len)?;
        if !self.json_nested_results.is_empty() {
            struct_ser.serialize_field("json_nested_results", &self.json_nested_results)?;
        }
        if !self.b64_nested_signature.is_empty() {
            struct_ser.serialize_field("b64_nested_signature", &self.b64_nested_signature)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationNestedReports {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "json_nested_results",
            "b64_nested_signature",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            JsonNestedResults,
            B64NestedSignature,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "json_nested_results" => Ok(GeneratedField::JsonNestedResults),
                            "b64_nested_signature" => Ok(GeneratedField::B64NestedSignature),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationNestedReports;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationNestedReports")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationNestedReports, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut json_nested_results__ = None;
                let mut b64_nested_signature__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::JsonNestedResults => {
                            if json_nested_results__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_nested_results"));
                            }
                            json_nested_results__ = Some(map_.next_value()?);
                        }
                        GeneratedField::B64NestedSignature => {
                            if b64_nested_signature__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b64_nested_signature"));
                            }
                            b64_nested_signature__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationNestedReports {
                    json_nested_results: json_nested_results__.unwrap_or_default(),
                    b64_nested_signature: b64_nested_signature__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationNestedReports", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationNestedResult {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.result.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationNestedResult", len)?;
        if let Some(v) = self.result.as_ref() {
            struct_ser.serialize_field("result", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationNestedResult {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "result",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Result,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "result" => Ok(GeneratedField::Result),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationNestedResult;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationNestedResult")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationNestedResult, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut result__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Result => {
                            if result__.is_some() {
                                return Err(serde::de::Error::duplicate_field("result"));
                            }
                            result__ = map_.next_value()?;
                        }
                    }
                }
                Ok(UnifiedAttestationNestedResult {
                    result: result__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationNestedResult", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationNestedResults {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.str_group_name.is_empty() {
            len += 1;
        }
        if !self.str_group_id.is_empty() {
            len += 1;
        }
        if !self.results.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationNestedResults", len)?;
        if !self.str_group_name.is_empty() {
            struct_ser.serialize_field("str_group_name", &self.str_group_name)?;
        }
        if !self.str_group_id.is_empty() {
            struct_ser.serialize_field("str_group_id", &self.str_group_id)?;
        }
        if !self.results.is_empty() {
            struct_ser.serialize_field("results", &self.results)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationNestedResults {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "str_group_name",
            "str_group_id",
            "results",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            StrGroupName,
            StrGroupId,
            Results,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "str_group_name" => Ok(GeneratedField::StrGroupName),
                            "str_group_id" => Ok(GeneratedField::StrGroupId),
                            "results" => Ok(GeneratedField::Results),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationNestedResults;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationNestedResults")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationNestedResults, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut str_group_name__ = None;
                let mut str_group_id__ = None;
                let mut results__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::StrGroupName => {
                            if str_group_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_group_name"));
                            }
                            str_group_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrGroupId => {
                            if str_group_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_group_id"));
                            }
                            str_group_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Results => {
                            if results__.is_some() {
                                return Err(serde::de::Error::duplicate_field("results"));
                            }
                            results__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationNestedResults {
                    str_group_name: str_group_name__.unwrap_or_default(),
                    str_group_id: str_group_id__.unwrap_or_default(),
                    results: results__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationNestedResults", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.pem_public_key.is_empty() {
            len += 1;
        }
        if !self.main_attributes.is_empty() {
            len += 1;
        }
        if self.nested_policies.is_some() {
            len += 1;
        }
        if self.typed.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationPolicy", len)?;
        if !self.pem_public_key.is_empty() {
            struct_ser.serialize_field("pem_public_key", &self.pem_public_key)?;
        }
        if !self.main_attributes.is_empty() {
            struct_ser.serialize_field("main_attributes", &self.main_attributes)?;
        }
        if let Some(v) = self.nested_policies.as_ref() {
            struct_ser.serialize_field("nested_policies", v)?;
        }
        if let Some(v) = self.typed.as_ref() {
            struct_ser.serialize_field("typed", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "pem_public_key",
            "main_attributes",
            "nested_policies",
            "typed",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            PemPublicKey,
            MainAttributes,
            NestedPolicies,
            Typed,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "pem_public_key" => Ok(GeneratedField::PemPublicKey),
                            "main_attributes" => Ok(GeneratedField::MainAttributes),
                            "nested_policies" => Ok(GeneratedField::NestedPolicies),
                            "typed" => Ok(GeneratedField::Typed),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut pem_public_key__ = None;
                let mut main_attributes__ = None;
                let mut nested_policies__ = None;
                let mut typed__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::PemPublicKey => {
                            if pem_public_key__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pem_public_key"));
                            }
                            pem_public_key__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MainAttributes => {
                            if main_attributes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("main_attributes"));
                            }
                            main_attributes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NestedPolicies => {
                            if nested_policies__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nested_policies"));
                            }
                            nested_policies__ = map_.next_value()?;
                        }
                        GeneratedField::Typed => {
                            if typed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("typed"));
                            }
                            typed__ = map_.next_value()?;
                        }
                    }
                }
                Ok(UnifiedAttestationPolicy {
                    pem_public_key: pem_public_key__.unwrap_or_default(),
                    main_attributes: main_attributes__.unwrap_or_default(),
                    nested_policies: nested_policies__,
                    typed: typed__,
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnifiedAttestationReport {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.str_report_version.is_empty() {
            len += 1;
        }
        if !self.str_report_type.is_empty() {
            len += 1;
        }
        if !self.str_tee_platform.is_empty() {
            len += 1;
        }
        if !self.json_report.is_empty() {
            len += 1;
        }
        if !self.json_nested_reports.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnifiedAttestationReport", len)?;
        if !self.str_report_version.is_empty() {
            struct_ser.serialize_field("str_report_version", &self.str_report_version)?;
        }
        if !self.str_report_type.is_empty() {
            struct_ser.serialize_field("str_report_type", &self.str_report_type)?;
        }
        if !self.str_tee_platform.is_empty() {
            struct_ser.serialize_field("str_tee_platform", &self.str_tee_platform)?;
        }
        if !self.json_report.is_empty() {
            struct_ser.serialize_field("json_report", &self.json_report)?;
        }
        if !self.json_nested_reports.is_empty() {
            struct_ser.serialize_field("json_nested_reports", &self.json_nested_reports)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnifiedAttestationReport {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "str_report_version",
            "str_report_type",
            "str_tee_platform",
            "json_report",
            "json_nested_reports",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            StrReportVersion,
            StrReportType,
            StrTeePlatform,
            JsonReport,
            JsonNestedReports,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "str_report_version" => Ok(GeneratedField::StrReportVersion),
                            "str_report_type" => Ok(GeneratedField::StrReportType),
                            "str_tee_platform" => Ok(GeneratedField::StrTeePlatform),
                            "json_report" => Ok(GeneratedField::JsonReport),
                            "json_nested_reports" => Ok(GeneratedField::JsonNestedReports),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnifiedAttestationReport;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnifiedAttestationReport")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnifiedAttestationReport, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut str_report_version__ = None;
                let mut str_report_type__ = None;
                let mut str_tee_platform__ = None;
                let mut json_report__ = None;
                let mut json_nested_reports__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::StrReportVersion => {
                            if str_report_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_report_version"));
                            }
                            str_report_version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrReportType => {
                            if str_report_type__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_report_type"));
                            }
                            str_report_type__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StrTeePlatform => {
                            if str_tee_platform__.is_some() {
                                return Err(serde::de::Error::duplicate_field("str_tee_platform"));
                            }
                            str_tee_platform__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonReport => {
                            if json_report__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_report"));
                            }
                            json_report__ = Some(map_.next_value()?);
                        }
                        GeneratedField::JsonNestedReports => {
                            if json_nested_reports__.is_some() {
                                return Err(serde::de::Error::duplicate_field("json_nested_reports"));
                            }
                            json_nested_reports__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnifiedAttestationReport {
                    str_report_version: str_report_version__.unwrap_or_default(),
                    str_report_type: str_report_type__.unwrap_or_default(),
                    str_tee_platform: str_tee_platform__.unwrap_or_default(),
                    json_report: json_report__.unwrap_or_default(),
                    json_nested_reports: json_nested_reports__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnifiedAttestationReport", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnregisterEnclaveServiceRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.service_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UnregisterEnclaveServiceRequest", len)?;
        if !self.service_name.is_empty() {
            struct_ser.serialize_field("serviceName", &self.service_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnregisterEnclaveServiceRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "service_name",
            "serviceName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServiceName,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serviceName" | "service_name" => Ok(GeneratedField::ServiceName),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnregisterEnclaveServiceRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnregisterEnclaveServiceRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnregisterEnclaveServiceRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut service_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServiceName => {
                            if service_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serviceName"));
                            }
                            service_name__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UnregisterEnclaveServiceRequest {
                    service_name: service_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnregisterEnclaveServiceRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UnregisterEnclaveServiceResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("kubetee.UnregisterEnclaveServiceResponse", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UnregisterEnclaveServiceResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Err(serde::de::Error::unknown_field(value, FIELDS))
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UnregisterEnclaveServiceResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UnregisterEnclaveServiceResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UnregisterEnclaveServiceResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(UnregisterEnclaveServiceResponse {
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UnregisterEnclaveServiceResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UseSecretRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.secret_name.is_empty() {
            len += 1;
        }
        if !self.operations.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("kubetee.UseSecretRequest", len)?;
        if !self.secret_name.is_empty() {
            struct_ser.serialize_field("secretName", &self.secret_name)?;
        }
        if !self.operations.is_empty() {
            struct_ser.serialize_field("operations", &self.operations)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for UseSecretRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "secret_name",
            "secretName",
            "operations",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SecretName,
            Operations,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "secretName" | "secret_name" => Ok(GeneratedField::SecretName),
                            "operations" => Ok(GeneratedField::Operations),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = UseSecretRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct kubetee.UseSecretRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<UseSecretRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut secret_name__ = None;
                let mut operations__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SecretName => {
                            if secret_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("secretName"));
                            }
                            secret_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Operations => {
                            if operations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operations"));
                            }
                            operations__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(UseSecretRequest {
                    secret_name: secret_name__.unwrap_or_default(),
                    operations: operations__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("kubetee.UseSecretRequest", FIELDS, GeneratedVisitor)
    }
}
