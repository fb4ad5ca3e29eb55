//! Members of other crates: what a program registers before it reads its first experiment.
//!
//! Tables are ordered by name, so nothing depends on the order of registration.

use super::member::{Member, Specification};
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// A member of another crate in an experiment; `T` is the trait object of its family.
pub struct Outside<T: ?Sized> {
    name: &'static str,
    /// As the member writes itself, with its defaults.
    fields: Value,
    member: Arc<T>,
}

impl<T: ?Sized + 'static> Outside<T> {
    /// The name in TOML.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The keys of its table, without the name.
    #[must_use]
    pub fn fields(&self) -> &Value {
        &self.fields
    }

    /// The member itself.
    #[must_use]
    pub fn member(&self) -> &T {
        &self.member
    }

    pub(crate) fn with_members(mut members: Vec<Member>, table: &Table<T>) -> Vec<Member> {
        members.extend(table.entries().values().map(|entry| entry.member));
        members
    }

    pub(crate) fn with_schemas(
        mut members: Vec<(&'static str, &'static str, Schema)>,
        generator: &mut SchemaGenerator,
        table: &Table<T>,
    ) -> Vec<(&'static str, &'static str, Schema)> {
        for Entry { member, schema, .. } in table.entries().values() {
            members.push((member.name, member.summary, schema(generator)));
        }
        members
    }

    /// The registered member of this name from its fields; `None` where there is none.
    pub(crate) fn read(name: &str, fields: &Value, table: &Table<T>) -> Option<Result<Self, serde_json::Error>> {
        // The lock is not held while the member is read: it may hold another one.
        let read = Arc::clone(&table.entries().get(name)?.read);
        Some(read(fields))
    }
}

impl<T: ?Sized> Clone for Outside<T> {
    fn clone(&self) -> Self {
        Self { name: self.name, fields: self.fields.clone(), member: Arc::clone(&self.member) }
    }
}

impl<T: ?Sized> PartialEq for Outside<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.fields) == (other.name, &other.fields)
    }
}

impl<T: ?Sized> std::fmt::Debug for Outside<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Outside")
            .field("name", &self.name)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// The registered members of one family, by name.
pub struct Table<T: ?Sized>(RwLock<BTreeMap<&'static str, Entry<T>>>);

struct Entry<T: ?Sized> {
    member: Member,
    schema: fn(&mut SchemaGenerator) -> Schema,
    read: Read<T>,
}

type Read<T> = Arc<dyn Fn(&Value) -> Result<Outside<T>, serde_json::Error> + Send + Sync>;

impl<T: ?Sized + 'static> Table<T> {
    /// Without members.
    #[expect(clippy::new_without_default, reason = "a static needs a constant")]
    #[must_use]
    pub const fn new() -> Self {
        Self(RwLock::new(BTreeMap::new()))
    }

    fn entries(&self) -> RwLockReadGuard<'_, BTreeMap<&'static str, Entry<T>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a member to the `family` that has the members `built_in` already; `erase` makes it a trait object.
    pub(crate) fn register<M: Specification>(
        &self,
        family: &'static str,
        built_in: &[Member],
        erase: fn(M) -> Arc<T>,
    ) -> Result<(), RegistrationError> {
        let name = M::NAME;
        let wrong = |problem| RegistrationError { family, name, problem };
        if !is_kebab_case(name) {
            return Err(wrong(Problem::Name));
        }
        if built_in.iter().any(|member| member.name == name) {
            return Err(wrong(Problem::BuiltIn));
        }
        check_example::<M>().map_err(wrong)?;
        let entry = Entry {
            member: Member {
                name,
                summary: M::SUMMARY,
                source: M::SOURCE,
                example: M::EXAMPLE,
                documentation: M::DOCUMENTATION,
            },
            schema: M::json_schema,
            read: Arc::new(move |fields| {
                let member: M = serde_json::from_value(fields.clone())?;
                Ok(Outside { name, fields: serde_json::to_value(&member)?, member: erase(member) })
            }),
        };
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.contains_key(name) {
            return Err(wrong(Problem::Twice));
        }
        entries.insert(name, entry);
        let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
        registered.insert((family, name), std::any::type_name::<M>());
        Ok(())
    }
}

impl<T: ?Sized + 'static> std::fmt::Debug for Table<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.entries().keys()).finish()
    }
}

static REGISTERED: RwLock<BTreeMap<(&'static str, &'static str), &'static str>> = RwLock::new(BTreeMap::new());

/// The registered members of all families: family, name, and the path of the type, which begins with its crate.
#[must_use]
pub fn registered() -> Vec<(&'static str, &'static str, &'static str)> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    registered.iter().map(|((family, name), path)| (*family, *name, *path)).collect()
}

/// A member that cannot be registered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{} `{name}` cannot be registered: {problem}", noun(family))]
pub struct RegistrationError {
    /// The specification of the family.
    pub family: &'static str,
    /// The name that was to be registered.
    pub name: &'static str,
    /// Why not.
    pub problem: Problem,
}

/// `compressor` of `CompressorSpec`.
fn noun(family: &str) -> String {
    family.trim_end_matches("Spec").to_lowercase()
}

/// What is wrong with a member that is to be registered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Not kebab-case.
    #[error("a name is made of lower-case letters, digits and single hyphens and begins with a letter")]
    Name,
    /// Taken by a member of this crate.
    #[error("gradsieve has a member of that name; choose another one")]
    BuiltIn,
    /// Registered before.
    #[error("a member of that name is registered already")]
    Twice,
    /// The example does not parse.
    #[error("its EXAMPLE is not a table of this member: {0}")]
    Example(String),
    /// A misspelt key would be ignored.
    #[error("it accepts keys that it does not have; put #[serde(deny_unknown_fields)] on the struct")]
    UnknownKeys,
}

/// Letters, digits and single hyphens, the first one a letter.
fn is_kebab_case(name: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(is_word)
}

/// The example has the member's name, its fields parse, and a key that the member does not have is refused.
fn check_example<M: Specification>() -> Result<(), Problem> {
    let example = |error: String| Problem::Example(error);
    let is_inline = M::EXAMPLE.trim_start().starts_with('{');
    let text = if is_inline { format!("member = {}", M::EXAMPLE) } else { format!("[member]\n{}", M::EXAMPLE) };
    let mut file: toml::Table = toml::from_str(&text).map_err(|error| example(error.message().to_owned()))?;
    let Some(toml::Value::Table(mut fields)) = file.remove("member") else {
        return Err(example("it is empty".to_owned()));
    };
    match fields.remove("name") {
        Some(toml::Value::String(name)) if name == M::NAME => {}
        _ => return Err(example(format!("it lacks name = \"{}\"", M::NAME))),
    }
    let mut fields = serde_json::to_value(fields).map_err(|error| example(error.to_string()))?;
    serde_json::from_value::<M>(fields.clone()).map_err(|error| example(error.to_string()))?;
    fields["no such key"] = true.into();
    if serde_json::from_value::<M>(fields).is_ok() { Err(Problem::UnknownKeys) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Described;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    macro_rules! member {
        ($Type:ident, $name:literal, $example:literal $(, $strict:meta)?) => {
            #[derive(Debug, Serialize, Deserialize, JsonSchema)]
            $(#[$strict])?
            struct $Type {
                #[serde(default)]
                k: u64,
            }

            impl Described for $Type {
                const NAME: &'static str = $name;
                const SUMMARY: &'static str = "a member";
                const SOURCE: &'static str = "this project";
                const EXAMPLE: &'static str = $example;
            }
        };
    }

    member!(Good, "half-signs", "{ name = 'half-signs', k = 3 }", serde(deny_unknown_fields));
    member!(InLines, "in-lines", "name = 'in-lines'\nk = 3", serde(deny_unknown_fields));
    member!(Loud, "HalfSigns", "{ name = 'HalfSigns' }", serde(deny_unknown_fields));
    member!(Taken, "top-k", "{ name = 'top-k' }", serde(deny_unknown_fields));
    member!(Other, "other", "{ name = 'another' }", serde(deny_unknown_fields));
    member!(Wrong, "wrong", "{ name = 'wrong', k = 'three' }", serde(deny_unknown_fields));
    member!(Loose, "loose", "{ name = 'loose' }");

    type Any = dyn std::any::Any + Send + Sync;

    fn register<M: Specification>(table: &Table<Any>) -> Result<(), Problem> {
        let top_k = Member { name: "top-k", summary: "", source: "", example: "", documentation: "" };
        table.register::<M>("Test", &[top_k], |member| Arc::new(member)).map_err(|error| error.problem)
    }

    #[test]
    fn a_member_is_found_by_its_name_and_a_taken_name_is_refused() {
        let table = Table::new();
        assert_eq!(register::<InLines>(&table), Ok(()));
        assert_eq!(register::<Good>(&table), Ok(()));
        let names: Vec<&str> = Outside::with_members(Vec::new(), &table).iter().map(|member| member.name).collect();
        assert_eq!(names, ["half-signs", "in-lines"], "by name, whatever the order of registration");
        assert_eq!(register::<Good>(&table), Err(Problem::Twice));
        assert_eq!(register::<Taken>(&table), Err(Problem::BuiltIn));
        let read = |name, fields: Value| Outside::read(name, &fields, &table);
        let found = read("half-signs", serde_json::json!({})).unwrap().unwrap();
        assert_eq!((found.name(), found.fields()), ("half-signs", &serde_json::json!({ "k": 0 })));
        assert_eq!(found, found.clone());
        let error = read("half-signs", serde_json::json!({ "kk": 3 })).unwrap().unwrap_err();
        assert_eq!(error.to_string(), "unknown field `kk`, expected `k`");
        assert!(read("top-k", serde_json::json!({})).is_none());
        assert!(registered().iter().any(|(_, name, path)| *name == "half-signs" && path.starts_with("gradsieve::")));
    }

    #[test]
    fn members_that_an_experiment_could_not_name_are_refused() {
        let table = Table::new();
        assert_eq!(register::<Loud>(&table), Err(Problem::Name));
        assert_eq!(register::<Loose>(&table), Err(Problem::UnknownKeys));
        assert!(matches!(register::<Other>(&table), Err(Problem::Example(message)) if message.contains("lacks name")));
        assert!(matches!(register::<Wrong>(&table), Err(Problem::Example(message)) if message.contains("three")));
        assert!(Outside::with_members(Vec::new(), &table).is_empty());
        for name in ["", "-a", "a-", "a--b", "1a", "a_b", "ä"] {
            assert!(!is_kebab_case(name), "{name}");
        }
    }
}
