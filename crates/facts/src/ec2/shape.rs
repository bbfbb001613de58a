//! How the EC2 shapes are declared: one macro, so that every shape reads and prints the same way.
//! It knows serde, nothing of EC2.

use serde::{Deserialize, Deserializer};

/// Reads `null` as the default value: some tools print absent lists as `null`.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Declares structs with the field names of the EC2 API in `PascalCase`.
/// `one name: Type` is an `Option<Type>`, `many name: Type` a `Vec<Type>`. Unknown fields are ignored.
macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident {
        $(one { $($(#[$one_meta:meta])* $one:ident : $one_type:ty),* $(,)? })?
        $(many { $($(#[$many_meta:meta])* $many:ident : $many_type:ty),* $(,)? })?
    })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $name {
            $($(
                $(#[$one_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $one: Option<$one_type>,
            )*)?
            $($(
                $(#[$many_meta])*
                #[serde(default, skip_serializing_if = "Vec::is_empty",
                        deserialize_with = "crate::ec2::shape::null_as_default")]
                pub $many: Vec<$many_type>,
            )*)?
        }
    )*};
}
pub(crate) use shapes;
