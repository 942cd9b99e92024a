//! Enums whose variants have names.

/// Declares an enum whose variants have names, as a table: `Variant = "name"`. From the table come
/// `ALL` (in its order), `as_str`, `named` (the variant of exactly that name), and `Display`.
///
/// ```
/// aecs_proto::named! {
///     /// How a door is.
///     #[derive(Debug, Clone, Copy, PartialEq, Eq)]
///     pub enum Door {
///         /// Nobody gets in.
///         Closed = "closed",
///         /// Everybody gets in.
///         Open = "open",
///     }
/// }
///
/// assert_eq!(Door::Open.to_string(), "open");
/// assert_eq!(Door::named("closed"), Some(Door::Closed));
/// assert_eq!(Door::named("Closed"), None);
/// assert_eq!(Door::ALL, [Door::Closed, Door::Open]);
/// ```
#[macro_export]
macro_rules! named {
    ($(#[$of_type:meta])* $vis:vis enum $type:ident {
        $($(#[$of_variant:meta])* $variant:ident = $name:literal,)+
    }) => {
        $(#[$of_type])*
        $vis enum $type {
            $($(#[$of_variant])* $variant,)+
        }

        #[allow(dead_code, reason = "not every enum is looked up by name")]
        impl $type {
            /// All variants.
            $vis const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its name.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The variant of exactly that name.
            #[must_use]
            $vis fn named(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|variant| variant.as_str() == name)
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
