//! Waking up, as logind tells it.

use super::Known;
use backtrail_api::service::Nudge;
use futures::StreamExt;
use std::sync::Arc;
use zbus::{Connection, MatchRule, MessageStream, message};

/// Follows it.
pub(super) async fn watch(bus: Connection, known: Arc<Known>) {
    // Without it the clocks tell, a few seconds later.
    let _ = follow(&bus, &known).await;
}

async fn follow(bus: &Connection, known: &Known) -> zbus::Result<()> {
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let mut said = MessageStream::for_match_rule(rule, bus, Some(8)).await?;
    while let Some(message) = said.next().await {
        let goes_to_sleep: Result<bool, _> = message?.body().deserialize();
        if let Ok(false) = goes_to_sleep {
            known.tell(Nudge::Resumed);
        }
    }
    Ok(())
}
