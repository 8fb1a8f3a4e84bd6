//! Which members FHIR resources have, and where a JSON Pointer leads in them.

use std::collections::{BTreeMap, BTreeSet};

use super::member_type::{KnownTypes, MemberType, Shape};
use crate::words::yaml::nearest;

/// The members of resources and data types, by type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    types: BTreeMap<String, BTreeMap<String, MemberType>>,
    everywhere: BTreeMap<String, MemberType>,
    /// Members that rules of their own cover, each as `Type.member`.
    elsewhere: BTreeSet<String>,
}

/// A name in the table that it does not have: the type and the member where it stands, and the name.
pub(super) type MissingName = (String, String, String);

/// Why a JSON Pointer leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Astray {
    pub message: String,
    pub expected: String,
}

impl Resources {
    /// The table from its file's sections.
    ///
    /// # Errors
    /// Names that the table lacks.
    pub(super) fn new(
        known: &KnownTypes,
        types: BTreeMap<String, BTreeMap<String, String>>,
        everywhere: BTreeMap<String, String>,
        elsewhere: &[String],
    ) -> Result<Resources, Vec<MissingName>> {
        let mut missing = Vec::new();
        let mut members = |owner: &str, list: BTreeMap<String, String>| {
            let mut members = BTreeMap::new();
            for (name, written) in list {
                match known.members(&name, &written) {
                    Ok(found) => members.extend(found),
                    Err(wanted) => missing.push((owner.to_owned(), name, wanted)),
                }
            }
            members
        };
        let everywhere = members("everywhere", everywhere);
        let types: BTreeMap<_, _> =
            types.into_iter().map(|(name, list)| (name.clone(), members(&name, list))).collect();
        for (number, place) in elsewhere.iter().enumerate() {
            let member = place.split_once('.').and_then(|(owner, name)| types.get(owner)?.get(name));
            if member.is_none() {
                missing.push(("elsewhere".to_owned(), number.to_string(), place.clone()));
            }
        }
        let elsewhere = elsewhere.iter().cloned().collect();
        if missing.is_empty() { Ok(Resources { types, everywhere, elsewhere }) } else { Err(missing) }
    }

    /// A member of a type, one that every object may have among them.
    pub fn member_of(&self, owner: &str, name: &str) -> Option<&MemberType> {
        self.types.get(owner).and_then(|members| members.get(name)).or_else(|| self.everywhere.get(name))
    }

    /// The members that a value of a type is never without.
    pub fn required_of(&self, owner: &str) -> impl Iterator<Item = (&str, &MemberType)> {
        let members = self.types.get(owner).into_iter().flatten();
        members.filter(|(_, member)| member.is_required).map(|(name, member)| (name.as_str(), member))
    }

    /// Whether rules of their own cover a member of a type.
    pub fn is_elsewhere(&self, owner: &str, member: &str) -> bool {
        self.elsewhere.contains(&format!("{owner}.{member}"))
    }

    /// The names of the types.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Every name that is a member of some type.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.types.values().chain([&self.everywhere]).flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Every code of a set to which some member is bound.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let members = self.types.values().chain([&self.everywhere]).flat_map(BTreeMap::values);
        let sets = members.filter_map(|member| match &member.of {
            Shape::Primitive(_, set) => set.as_ref(),
            Shape::Any | Shape::Resource | Shape::Opaque(_) | Shape::Type(_) => None,
        });
        sets.flat_map(|set| &set.codes).map(String::as_str)
    }

    /// Follows a JSON Pointer (RFC 6901) through a value of type `root`, or of any type where there is none. `*` in the
    /// place of an index stands for every item.
    ///
    /// # Errors
    /// The pointer breaks the syntax, or names a member that the type lacks.
    pub fn follow(&self, root: Option<&str>, pointer: &str) -> Result<(), Astray> {
        let mut here = (false, root.map_or(Shape::Any, |root| Shape::Type(root.to_owned())));
        for token in tokens(pointer)? {
            let (is_list, shape) = here;
            if is_list {
                let index = token == "*" || token == "0" || (!token.starts_with('0') && is_number(&token));
                if !index {
                    let message = format!("invalid pointer `{pointer}`: `{token}` is used as an index");
                    return Err(Astray { message, expected: "the number of an item, from 0".to_owned() });
                }
                here = (false, shape);
                continue;
            }
            // What stands below a value of any type may be a list.
            if is_any(&shape) && is_number(&token) {
                here = (false, shape);
                continue;
            }
            here = self.member(&shape, &token).ok_or_else(|| self.unknown(&shape, pointer, &token))?;
        }
        Ok(())
    }

    /// Whether a member is a list, and what it holds.
    fn member(&self, shape: &Shape, name: &str) -> Option<(bool, Shape)> {
        let found = |member: &MemberType| (member.is_list, member.of.clone());
        match shape {
            Shape::Primitive(..) => None,
            Shape::Any | Shape::Resource | Shape::Opaque(_) => {
                let all = self.types.values().chain([&self.everywhere]);
                let mut members = all.filter_map(|members| members.get(name)).map(found);
                let first = members.next()?;
                Some(if members.all(|other| other == first) { first } else { (false, Shape::Any) })
            }
            Shape::Type(type_name) => {
                let members = self.types.get(type_name)?;
                let member = members.get(name).or_else(|| self.everywhere.get(name));
                // A primitive may have its extensions beside it, under its name with a low line.
                let plain = || name.strip_prefix('_').and_then(|plain| members.get(plain));
                member.map(found).or_else(|| plain().map(|_| (false, Shape::Any)))
            }
        }
    }

    fn unknown(&self, shape: &Shape, pointer: &str, token: &str) -> Astray {
        let (owner, names): (String, Vec<&str>) = match shape {
            Shape::Primitive(..) => ("a value without members".to_owned(), Vec::new()),
            Shape::Any | Shape::Resource | Shape::Opaque(_) => ("any type".to_owned(), self.members().collect()),
            Shape::Type(type_name) => {
                let members = self.types.get(type_name).into_iter().flat_map(BTreeMap::keys);
                (type_name.clone(), members.chain(self.everywhere.keys()).map(String::as_str).collect())
            }
        };
        let near = nearest(token, names.iter().copied()).map(|name| format!(": did you mean `{name}`?"));
        let message = format!("`{token}` in `{pointer}` is not a member of {owner}{}", near.unwrap_or_default());
        let expected = match shape {
            Shape::Primitive(..) => "a pointer that ends before it".to_owned(),
            Shape::Any | Shape::Resource | Shape::Opaque(_) => {
                "a member of a type in scenarios/contract/resources.yaml".to_owned()
            }
            Shape::Type(_) => names.join(", "),
        };
        Astray { message, expected }
    }
}

/// Whether what a value has below it is not known.
fn is_any(shape: &Shape) -> bool {
    match shape {
        Shape::Any | Shape::Resource | Shape::Opaque(_) => true,
        Shape::Primitive(..) | Shape::Type(_) => false,
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
        contract().unwrap().tables.resources.follow(Some("Appointment"), pointer).map_err(|astray| astray.message)
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
