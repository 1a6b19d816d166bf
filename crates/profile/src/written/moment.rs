//! A moment as `2026-11-22T07:48:54Z`.

use backtrail_base::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(moment: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    match jiff::Timestamp::from_second(moment.0) {
        Ok(moment) => moment.serialize(to),
        // Beyond the year 9999 nobody reads it anyway.
        Err(_) => to.serialize_i64(moment.0),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Seconds(i64),
    }
    match Written::deserialize(from)? {
        Written::Seconds(seconds) => Ok(Timestamp(seconds)),
        Written::Text(text) => {
            let moment: jiff::Timestamp = text.parse().map_err(|_| {
                D::Error::custom(format!("\"{text}\" is no moment such as 2026-11-22T07:48:54Z"))
            })?;
            Ok(Timestamp(moment.as_second()))
        }
    }
}

/// The same for a moment that may be absent; the field needs `#[serde(default)]`.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    pub(crate) fn serialize<S: Serializer>(moment: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => super::serialize(moment, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        #[derive(Deserialize)]
        struct Moment(#[serde(with = "super")] Timestamp);
        Ok(Option::<Moment>::deserialize(from)?.map(|moment| moment.0))
    }
}
