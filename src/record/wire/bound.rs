//! The values of the moment in a request, as a record keeps them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::execute::evidence::Bound;
use crate::plan::Bindings;

/// What a request of the plan was filled with. Only what the request asks for is in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundRecord {
    /// What the `$names` in it stand for.
    #[serde(skip_serializing_if = "Bindings::is_empty", default)]
    pub names: Bindings,
    /// The entity tag of the current version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tag: Option<String>,
    /// That of the version before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stale: Option<String>,
    /// The ETag of the response to the last accepted PATCH.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_etag: Option<String>,
    /// The document of the last accepted PATCH.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Value>,
    /// A tenant that nobody has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// The endpoint that takes no writes, as the target file names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub open_endpoint: Option<String>,
}

impl From<Bound> for BoundRecord {
    fn from(bound: Bound) -> BoundRecord {
        let Bound { names, tag, stale, last_etag, previous, tenant, open_endpoint } = bound;
        BoundRecord { names, tag, stale, last_etag, previous, tenant, open_endpoint }
    }
}

impl From<BoundRecord> for Bound {
    fn from(record: BoundRecord) -> Bound {
        let BoundRecord { names, tag, stale, last_etag, previous, tenant, open_endpoint } = record;
        Bound { names, tag, stale, last_etag, previous, tenant, open_endpoint }
    }
}
