//! One list per family of members: the list declares the modules, the tagged specification enum, the
//! construction and the catalogue that `gradsieve list` and the conformance tests walk. Families whose members implement
//! a trait also take members of other crates, which register themselves before the first experiment is read.
//!
//! It knows nothing of any family; [`Member`] is plain data.

mod member;
mod outside;
pub use member::{Described, Member, Specification};
pub use outside::{Outside, Problem, RegistrationError, Table, registered};

/// Declares the specification enum of a family from the list of its members.
///
/// The enum is what TOML holds (`{ name = "top-k", k = 5 }`): `name` selects the member, the other keys are the
/// member's own fields. `MEMBERS` is the catalogue of this crate, `members()` has the registered ones too.
///
/// A member's file is that of its module, or the one that `#[path = "…"]` before it names.
///
/// With `: dyn Trait` every member implements `Trait` itself, `member()` gives it as a trait object, and members of
/// other crates can be registered.
macro_rules! registry {
    ($(#[$doc:meta])* pub enum $Spec:ident: dyn $Trait:ident {
        $($(#[path = $path:literal])? $module:ident :: $Type:ident),* $(,)?
    }) => {
        $crate::registry::registry! { @family [$crate::registry::Outside<dyn $Trait>]
            $(#[$doc])* pub enum $Spec { $($(#[path = $path])? $module::$Type),* } }

        impl $Spec {
            /// Registers a member of another crate: from here on its name is one of this family.
            ///
            /// # Errors
            /// The name is taken or not kebab-case, or the example is not a table of this member.
            pub fn register<M: $crate::registry::Specification + $Trait>()
                -> Result<(), $crate::registry::RegistrationError> {
                Self::outside().register::<M>(stringify!($Spec), Self::MEMBERS, |member| std::sync::Arc::new(member))
            }

            fn outside() -> &'static $crate::registry::Table<dyn $Trait> {
                static OUTSIDE: $crate::registry::Table<dyn $Trait> = $crate::registry::Table::new();
                &OUTSIDE
            }

            fn member(&self) -> &dyn $Trait {
                match self {
                    $(Self::$Type(member) => member,)*
                    Self::Outside(member) => member.member(),
                }
            }
        }
    };
    ($(#[$doc:meta])* pub enum $Spec:ident { $($members:tt)* }) => {
        $crate::registry::registry! { @family [] $(#[$doc])* pub enum $Spec { $($members)* } }
    };
    (@family [$($Outside:ty)?] $(#[$doc:meta])* pub enum $Spec:ident {
        $($(#[path = $path:literal])? $module:ident :: $Type:ident),* $(,)?
    }) => {
        $($(#[path = $path])? mod $module; pub use $module::$Type;)*

        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $Spec {
            $(#[doc = concat!("See [`", stringify!($Type), "`].")] $Type($Type),)*
            $(#[doc = "A registered member of another crate."] Outside($Outside),)?
        }

        impl $Spec {
            /// The members of this crate, in the order of the list.
            pub const MEMBERS: &'static [$crate::registry::Member] = &[$($crate::registry::Member {
                name: <$Type as $crate::registry::Described>::NAME,
                summary: <$Type as $crate::registry::Described>::SUMMARY,
                source: <$Type as $crate::registry::Described>::SOURCE,
                example: <$Type as $crate::registry::Described>::EXAMPLE,
                documentation: include_str!($crate::registry::file_of!($module $($path)?)),
            }),*];

            /// All members: those of this crate in the order of the list, then the registered ones by name.
            #[must_use]
            pub fn members() -> Vec<$crate::registry::Member> {
                let members = Self::MEMBERS.to_vec();
                $(let members = <$Outside>::with_members(members, Self::outside());)?
                members
            }

            /// The name of this member in TOML.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Type(_) => <$Type as $crate::registry::Described>::NAME,)*
                    $(Self::Outside(member) => <$Outside>::name(member),)?
                }
            }
        }

        $(impl From<$Type> for $Spec {
            fn from(member: $Type) -> Self {
                Self::$Type(member)
            }
        })*

        impl serde::Serialize for $Spec {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let fields = match self {
                    $(Self::$Type(member) => serde_json::to_value(member).map_err(serde::ser::Error::custom)?,)*
                    $(Self::Outside(member) => <$Outside>::fields(member).clone(),)?
                };
                $crate::registry::tagged(self.name(), fields).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Spec {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                let (name, fields) = $crate::registry::untagged(deserializer)?;
                match name.as_str() {
                    $(<$Type as $crate::registry::Described>::NAME =>
                        serde_json::from_value(fields).map(Self::$Type).map_err(D::Error::custom),)*
                    _ => {
                        $(if let Some(read) = <$Outside>::read(&name, &fields, Self::outside()) {
                            return read.map(Self::Outside).map_err(D::Error::custom);
                        })?
                        Err($crate::registry::unknown_name(&name, &Self::members()))
                    }
                }
            }
        }

        impl schemars::JsonSchema for $Spec {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($Spec).into() }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let members = vec![$((
                    <$Type as $crate::registry::Described>::NAME,
                    <$Type as $crate::registry::Described>::SUMMARY,
                    <$Type as schemars::JsonSchema>::json_schema(generator),
                )),*];
                $(let members = <$Outside>::with_schemas(members, generator, Self::outside());)?
                $crate::registry::one_of(members)
            }
        }
    };
}
pub(crate) use registry;

/// The file of a member's module, relative to the file of the list.
macro_rules! file_of {
    ($module:ident) => {
        concat!(stringify!($module), ".rs")
    };
    ($module:ident $path:literal) => {
        $path
    };
}
pub(crate) use file_of;

/// Joins a member's name and its fields into one table.
pub(crate) fn tagged(name: &str, fields: serde_json::Value) -> serde_json::Value {
    let mut table = serde_json::Map::from_iter([("name".to_owned(), name.into())]);
    if let serde_json::Value::Object(fields) = fields {
        table.extend(fields);
    }
    table.into()
}

/// Splits a table into a member's name and its fields.
///
/// # Errors
/// The value is not a table, or `name` is missing or not a string.
pub(crate) fn untagged<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<(String, serde_json::Value), D::Error> {
    use serde::de::Error as _;
    let mut table: serde_json::Map<String, serde_json::Value> = serde::Deserialize::deserialize(deserializer)?;
    match table.remove("name") {
        Some(serde_json::Value::String(name)) => Ok((name, table.into())),
        Some(other) => Err(D::Error::custom(format!("invalid type: `name` is {other}, expected a string"))),
        None => Err(D::Error::missing_field("name")),
    }
}

/// The error of a name that no member has, in the words of serde.
pub(crate) fn unknown_name<E: serde::de::Error>(name: &str, members: &[Member]) -> E {
    let names: Vec<String> = members.iter().map(|member| format!("`{}`", member.name)).collect();
    E::custom(format_args!("unknown variant `{name}`, expected one of {}", names.join(", ")))
}

/// The schema of a tagged family: one alternative per member, each with its `name` as a constant.
pub(crate) fn one_of(members: Vec<(&str, &str, schemars::Schema)>) -> schemars::Schema {
    let alternatives: Vec<serde_json::Value> = members
        .into_iter()
        .map(|(name, summary, schema)| {
            let mut schema = schema.to_value();
            schema["description"] = summary.into();
            schema["type"] = "object".into();
            schema["additionalProperties"] = false.into();
            schema["properties"]["name"] = serde_json::json!({ "const": name });
            match schema["required"].as_array_mut() {
                Some(required) => required.insert(0, "name".into()),
                None => schema["required"] = serde_json::json!(["name"]),
            }
            schema
        })
        .collect();
    schemars::json_schema!({ "oneOf": alternatives })
}
