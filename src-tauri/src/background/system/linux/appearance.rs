//! Light and dark, as the desktop portal tells it: what the tray icon stands on.

use super::Known;
use crate::background::tray::Ground;
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, MatchRule, MessageStream, message};

const SERVICE: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// How long the portal may take; it is started by the question.
const PATIENCE: Duration = Duration::from_secs(25);

/// Follows it.
pub(super) async fn watch(bus: Connection, known: Arc<Known>) {
    if has_dark_panel(&std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default()) {
        known.set_ground(Ground::Dark);
        return;
    }
    // Without a portal it is as light as it was.
    let _ = follow(&bus, &known).await;
}

/// Whether a desktop's panel is dark whatever its windows are: GNOME's always, Xfce's unless somebody changed it.
fn has_dark_panel(desktops: &str) -> bool {
    desktops.split(':').any(|desktop| ["GNOME", "XFCE"].contains(&desktop))
}

async fn follow(bus: &Connection, known: &Known) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .interface(SETTINGS)?
        .member("SettingChanged")?
        .path(PATH)?
        .build();
    let mut said = MessageStream::for_match_rule(rule, bus, Some(32)).await?;
    let asked = bus.call_method(Some(SERVICE), PATH, Some(SETTINGS), "Read", &(NAMESPACE, KEY));
    if let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, asked).await
        && let Ok(value) = answer.body().deserialize::<OwnedValue>()
    {
        known.set_ground(ground(&value));
    }
    while let Some(message) = said.next().await {
        let message = message?;
        let body = message.body();
        if let Ok((NAMESPACE, KEY, value)) = body.deserialize::<(&str, &str, Value<'_>)>() {
            known.set_ground(ground(&value));
        }
    }
    Ok(())
}

/// 1 means that the desktop prefers dark, 2 light, 0 that it has no preference. The oldest way to ask wraps it twice.
fn ground(value: &Value<'_>) -> Ground {
    match value {
        Value::Value(inner) => ground(inner),
        Value::U32(1) => Ground::Dark,
        _ => Ground::Light,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_that_are_always_dark_are_known() {
        assert!(has_dark_panel("ubuntu:GNOME") && has_dark_panel("XFCE"));
        assert!(!has_dark_panel("KDE") && !has_dark_panel("GNOME-Classic") && !has_dark_panel(""));
    }
}
