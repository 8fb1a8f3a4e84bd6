//! Which members FHIR resources have, and where a JSON Pointer leads in them.

use std::collections::BTreeMap;

use crate::words::yaml::nearest;

/// The members of resources and data types, by type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    types: BTreeMap<String, BTreeMap<String, MemberType>>,
    everywhere: BTreeMap<String, MemberType>,
}

/// The type of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberType {
    pub is_list: bool,
    pub of: Shape,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A value without members.
    Primitive,
    /// A value of some type of the table.
    Any,
    /// A value of this type.
    Type(String),
}

/// Why a JSON Pointer leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Astray {
    pub message: String,
    pub expected: String,
}

impl MemberType {
    /// The type as it is written: `Coding`, `Coding[]`, `any`, `code`.
    fn written(text: &str) -> MemberType {
        let (name, is_list) = match text.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let of = match name {
            "any" => Shape::Any,
            _ if name.starts_with(|first: char| first.is_ascii_uppercase()) => Shape::Type(name.to_owned()),
            _ => Shape::Primitive,
        };
        MemberType { is_list, of }
    }
}

impl Resources {
    /// The table from its file's sections.
    ///
    /// # Errors
    /// Types that members have and the table lacks, as (type, member, missing type).
    pub(super) fn new(
        types: BTreeMap<String, BTreeMap<String, String>>,
        everywhere: BTreeMap<String, String>,
    ) -> Result<Resources, Vec<(String, String, String)>> {
        let members = |members: BTreeMap<String, String>| -> BTreeMap<String, MemberType> {
            members.into_iter().map(|(name, text)| (name, MemberType::written(&text))).collect()
        };
        let everywhere = members(everywhere);
        let types: BTreeMap<_, _> = types.into_iter().map(|(name, list)| (name, members(list))).collect();
        let mut missing = Vec::new();
        for (name, list) in types.iter().chain([(&"everywhere".to_owned(), &everywhere)]) {
            for (member, member_type) in list {
                if let Shape::Type(wanted) = &member_type.of
                    && !types.contains_key(wanted)
                {
                    missing.push((name.clone(), member.clone(), wanted.clone()));
                }
            }
        }
        if missing.is_empty() { Ok(Resources { types, everywhere }) } else { Err(missing) }
    }

    /// The names of the types.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Every name that is a member of some type.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.types.values().chain([&self.everywhere]).flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Follows a JSON Pointer (RFC 6901) through a value of type `root`, or of any type where there is none. `*` in the
    /// place of an index stands for every item.
    ///
    /// # Errors
    /// The pointer breaks the syntax, or names a member that the type lacks.
    pub fn follow(&self, root: Option<&str>, pointer: &str) -> Result<(), Astray> {
        let mut here = MemberType { is_list: false, of: root.map_or(Shape::Any, |root| Shape::Type(root.to_owned())) };
        for token in tokens(pointer)? {
            if here.is_list {
                let index = token == "*" || token == "0" || (!token.starts_with('0') && is_number(&token));
                if !index {
                    let message = format!("invalid pointer `{pointer}`: `{token}` is used as an index");
                    return Err(Astray { message, expected: "the number of an item, from 0".to_owned() });
                }
                here.is_list = false;
                continue;
            }
            // What stands below a value of any type may be a list.
            if here.of == Shape::Any && is_number(&token) {
                continue;
            }
            here = self.member(&here.of, &token).ok_or_else(|| self.unknown(&here.of, pointer, &token))?;
        }
        Ok(())
    }

    fn member(&self, shape: &Shape, name: &str) -> Option<MemberType> {
        match shape {
            Shape::Primitive => None,
            Shape::Any => {
                let mut found = self.types.values().chain([&self.everywhere]).filter_map(|members| members.get(name));
                let first = found.next()?.clone();
                Some(if found.all(|other| *other == first) {
                    first
                } else {
                    MemberType { is_list: false, of: Shape::Any }
                })
            }
            Shape::Type(type_name) => {
                let members = self.types.get(type_name)?;
                let found = members.get(name).or_else(|| self.everywhere.get(name));
                // A primitive may have its extensions beside it, under its name with a low line.
                let plain = || name.strip_prefix('_').and_then(|plain| members.get(plain));
                found.cloned().or_else(|| plain().map(|_| MemberType { is_list: false, of: Shape::Any }))
            }
        }
    }

    fn unknown(&self, shape: &Shape, pointer: &str, token: &str) -> Astray {
        let (owner, names): (String, Vec<&str>) = match shape {
            Shape::Primitive => ("a value without members".to_owned(), Vec::new()),
            Shape::Any => ("any type".to_owned(), self.members().collect()),
            Shape::Type(type_name) => {
                let members = self.types.get(type_name).into_iter().flat_map(BTreeMap::keys);
                (type_name.clone(), members.chain(self.everywhere.keys()).map(String::as_str).collect())
            }
        };
        let near = nearest(token, names.iter().copied()).map(|name| format!(": did you mean `{name}`?"));
        let message = format!("`{token}` in `{pointer}` is not a member of {owner}{}", near.unwrap_or_default());
        let expected = match shape {
            Shape::Primitive => "a pointer that ends before it".to_owned(),
            Shape::Any => "a member of a type in scenarios/contract/resources.yaml".to_owned(),
            Shape::Type(_) => names.join(", "),
        };
        Astray { message, expected }
    }
}

fn is_number(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit())
}

/// The reference tokens of a JSON Pointer, unescaped.
fn tokens(pointer: &str) -> Result<Vec<String>, Astray> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        let message = format!("invalid pointer `{pointer}`: it does not begin with a slash");
        return Err(Astray { message, expected: format!("a JSON Pointer, as in /{pointer}") });
    };
    rest.split('/')
        .map(|token| {
            let bad = token.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
            if bad {
                let message = format!("invalid pointer `{pointer}`: `~` stands alone in `{token}`");
                return Err(Astray { message, expected: "~0 for `~`, ~1 for `/`".to_owned() });
            }
            Ok(token.replace("~1", "/").replace("~0", "~"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::contract;

    fn follow(pointer: &str) -> Result<(), String> {
        contract().unwrap().resources.follow(Some("Appointment"), pointer).map_err(|astray| astray.message)
    }

    #[test]
    fn pointers_that_lead_somewhere_are_followed() {
        for pointer in [
            "",
            "/status",
            "/_status/extension/0/url",
            "/slot/0/reference",
            "/cancelationReason/coding/0/code",
            "/contained/1/telecom/0/period/start",
            "/participant/*/status",
            "/extension/0/valueCodeableConcept/text",
            "/id",
        ] {
            assert_eq!(follow(pointer), Ok(()), "{pointer}");
        }
    }

    #[test]
    fn pointers_that_lead_nowhere_are_told_apart() {
        for (pointer, message) in [
            ("status", "invalid pointer `status`: it does not begin with a slash"),
            ("/statsu", "`statsu` in `/statsu` is not a member of Appointment: did you mean `status`?"),
            ("/status/code", "`code` in `/status/code` is not a member of a value without members"),
            ("/slot/reference", "invalid pointer `/slot/reference`: `reference` is used as an index"),
            ("/slot/01", "invalid pointer `/slot/01`: `01` is used as an index"),
            ("/comment~", "invalid pointer `/comment~`: `~` stands alone in `comment~`"),
            ("/", "`` in `/` is not a member of Appointment"),
            (
                "/contained/0/telecm/0/value",
                "`telecm` in `/contained/0/telecm/0/value` is not a member of any type: did you mean `telecom`?",
            ),
        ] {
            assert_eq!(follow(pointer).unwrap_err(), message);
        }
    }
}
