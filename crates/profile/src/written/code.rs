//! A stable error code by its text. One of a newer version is read as none: the message beside it still tells.

use backtrail_base::Code;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(code: &Option<Code>, to: S) -> Result<S::Ok, S::Error> {
    match code {
        Some(code) => to.serialize_str(code.as_str()),
        None => to.serialize_none(),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Code>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.as_deref().and_then(Code::named))
}
