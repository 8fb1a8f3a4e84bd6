//! Why a part of a record stands for nothing that can be judged: the place, what was expected and what was found.

/// A value in a record that stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {place}: expected {expected}, found {found}")]
pub struct Misfit {
    /// Where in the record, as in `exchanges[3].request.body`.
    pub place: String,
    /// What would stand for something.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Misfit {
    /// A misfit at a place.
    pub(super) fn new(place: impl Into<String>, expected: impl Into<String>, found: impl std::fmt::Display) -> Misfit {
        Misfit { place: place.into(), expected: expected.into(), found: found.to_string() }
    }
}

/// Names the member in which something did not fit.
pub(super) fn at<T>(member: &str, result: Result<T, Misfit>) -> Result<T, Misfit> {
    result.map_err(|misfit| Misfit { place: format!("{member}.{}", misfit.place), ..misfit })
}

/// Converts every entry of a list; the error names its place.
pub(in crate::record) fn each<S, T: TryFrom<S, Error = Misfit>>(list: &str, entries: Vec<S>) -> Result<Vec<T>, Misfit> {
    let entries = entries.into_iter().enumerate();
    entries
        .map(|(number, entry)| {
            entry
                .try_into()
                .map_err(|misfit: Misfit| Misfit { place: format!("{list}[{number}].{}", misfit.place), ..misfit })
        })
        .collect()
}
