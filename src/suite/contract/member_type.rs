//! The type of a member of a FHIR resource, as `resources.yaml` writes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::primitive::Primitive;

/// The type of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberType {
    pub is_list: bool,
    /// The element is never without it.
    pub is_required: bool,
    pub of: Shape,
    /// The name before the type, where it is one of several members of which at most one may be there.
    pub choice: Option<String>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A value without members, and the codes that it has to be one of, where there are such.
    Primitive(Primitive, Option<CodeSet>),
    /// A value of some type of the table.
    Any,
    /// A resource of any kind.
    Resource,
    /// A value of a type whose members the table does not list.
    Opaque(String),
    /// A value of this type.
    Type(String),
}

/// The codes of a required binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSet {
    pub name: String,
    pub codes: Vec<String>,
}

/// What the types of a table may name.
pub(super) struct KnownTypes {
    pub types: BTreeSet<String>,
    pub opaque: BTreeSet<String>,
    pub sets: BTreeMap<String, Vec<String>>,
}

impl KnownTypes {
    /// The members that one line of the table stands for: one, or one for each type of a choice.
    ///
    /// # Errors
    /// The name that is not known.
    pub fn members(&self, name: &str, written: &str) -> Result<Vec<(String, MemberType)>, String> {
        let Some(choice) = name.strip_suffix("[x]") else { return Ok(vec![(name.to_owned(), self.member(written)?)]) };
        let one = |of: &str| {
            let member = MemberType { choice: Some(choice.to_owned()), ..self.member(of)? };
            Ok((format!("{choice}{}", capital(of)), member))
        };
        written.split_whitespace().map(one).collect()
    }

    /// The type as it is written: `Coding`, `Participant[]!`, `any`, `code(issue-type)!`.
    fn member(&self, written: &str) -> Result<MemberType, String> {
        let (rest, is_required) = ends(written, "!");
        let (rest, is_list) = ends(rest, "[]");
        let (name, set) = match rest.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            Some((name, set)) => (name, Some(set)),
            None => (rest, None),
        };
        let set = match set {
            Some(set) => {
                Some(CodeSet { name: set.to_owned(), codes: self.sets.get(set).ok_or_else(|| set.to_owned())?.clone() })
            }
            None => None,
        };
        let of = match name {
            "any" => Shape::Any,
            "resource" => Shape::Resource,
            _ if self.types.contains(name) => Shape::Type(name.to_owned()),
            _ if self.opaque.contains(name) => Shape::Opaque(name.to_owned()),
            _ => Shape::Primitive(name.parse::<Primitive>().map_err(|_| name.to_owned())?, set),
        };
        Ok(MemberType { is_list, is_required, of, choice: None })
    }

    /// Every name that a type can be written with.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let named = self.types.iter().chain(&self.opaque).chain(self.sets.keys()).map(String::as_str);
        named.chain(Primitive::ALL.iter().map(|kind| kind.name())).chain(["any", "resource"])
    }
}

fn ends<'t>(text: &'t str, end: &str) -> (&'t str, bool) {
    match text.strip_suffix(end) {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
