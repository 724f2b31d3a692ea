//! Enumerations whose values have a fixed spelling in the rule document.
//!
//! The spelling is the one of the CloudWatch APIs, so that one table serves reading, printing and the list of
//! allowed values in a diagnostic. It reads nothing itself: see [`crate::schema`].

/// An enumeration with a closed list of spelled values.
pub(crate) trait Named: Copy + 'static {
    /// Every value, in the order of its declaration.
    fn all() -> &'static [Self];
    /// The value as it is written in a rule document.
    fn name(self) -> &'static str;
}

macro_rules! named {
    (
        $(#[$attribute:meta])*
        pub enum $enum:ident { $($(#[$variant_attribute:meta])* $variant:ident = $name:literal,)+ }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum { $($(#[$variant_attribute])* $variant,)+ }

        impl $enum {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as the rule document and the CloudWatch APIs spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl $crate::named::Named for $enum {
            fn all() -> &'static [Self] { Self::ALL }
            fn name(self) -> &'static str { self.as_str() }
        }
    };
}

pub(crate) use named;
