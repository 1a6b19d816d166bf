//! The keyring's lock, as the Secret Service tells it: when the keyring is unlocked, backups that waited go on.

use super::Known;
use backtrail_api::service::Nudge;
use futures::StreamExt;
use std::sync::Arc;
use zbus::{Connection, MatchRule, MessageStream, message};

/// Follows it.
pub(super) async fn watch(bus: Connection, known: Arc<Known>) {
    // Without it the scheduler sees it at its next look.
    let _ = follow(&bus, &known).await;
}

async fn follow(bus: &Connection, known: &Known) -> zbus::Result<()> {
    // Keyrings differ in what they say, so each word of theirs makes the scheduler look: they say little.
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.secrets")?
        .path_namespace("/org/freedesktop/secrets")?
        .build();
    let mut said = MessageStream::for_match_rule(rule, bus, Some(32)).await?;
    while let Some(message) = said.next().await {
        let message = message?;
        let header = message.header();
        let member = header.member().map(|member| member.as_str());
        if matches!(member, Some("CollectionChanged" | "PropertiesChanged")) {
            known.tell(Nudge::KeyringUnlocked);
        }
    }
    Ok(())
}
