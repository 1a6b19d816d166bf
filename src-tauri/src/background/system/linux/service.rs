//! A service on a bus whose properties are followed: read again whenever it says that one changed, and when it comes
//! or goes.

use futures::StreamExt;
use std::collections::HashMap;
use std::time::Duration;
use zbus::names::{BusName, InterfaceName};
use zbus::zvariant::OwnedValue;
use zbus::{Connection, MatchRule, MessageStream, fdo, message};

/// The properties of one interface, by their names.
pub(super) type Properties = HashMap<String, OwnedValue>;

/// How long a service may take to answer; one that hangs is as good as absent.
const PATIENCE: Duration = Duration::from_secs(10);
/// Changes that come together are read together.
const TOGETHER: Duration = Duration::from_millis(50);

/// All properties of an interface; none when the service is absent or does not answer.
pub(super) async fn properties(
    bus: &Connection,
    service: &str,
    path: &str,
    interface: &str,
) -> Option<Properties> {
    let answer = async {
        let proxy = fdo::PropertiesProxy::builder(bus).destination(service.to_owned()).ok()?;
        let proxy = proxy.path(path.to_owned()).ok()?.build().await.ok()?;
        proxy.get_all(InterfaceName::try_from(interface).ok()?).await.ok()
    };
    tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
}

/// Whether somebody has this name on the bus.
pub(super) async fn is_there(bus: &Connection, service: &str) -> bool {
    let answer = async {
        let name = BusName::try_from(service).ok()?;
        fdo::DBusProxy::new(bus).await.ok()?.name_has_owner(name).await.ok()
    };
    tokio::time::timeout(PATIENCE, answer).await.ok().flatten().unwrap_or(false)
}

/// Calls `again` now, and whenever the service says that a property changed, comes or goes, for as long as the bus is
/// there. A service that is not running is not started for this.
pub(super) async fn follow<F>(
    bus: &Connection,
    service: &str,
    mut again: impl FnMut(bool) -> F,
) -> zbus::Result<()>
where
    F: Future<Output = ()>,
{
    let changed = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender(service.to_owned())?
        .interface("org.freedesktop.DBus.Properties")?
        .member("PropertiesChanged")?
        .build();
    let owner = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .add_arg(service.to_owned())?
        .build();
    let changed = MessageStream::for_match_rule(changed, bus, Some(32)).await?;
    let owner = MessageStream::for_match_rule(owner, bus, Some(8)).await?;
    let mut said = futures::stream::select(changed, owner);
    loop {
        again(is_there(bus, service).await).await;
        match said.next().await {
            Some(Ok(_)) => tokio::time::sleep(TOGETHER).await,
            Some(Err(error)) => return Err(error),
            None => return Ok(()),
        }
        // What was said meanwhile is in what is read next.
        while let Some(Some(Ok(_))) = futures::FutureExt::now_or_never(said.next()) {}
    }
}

/// A property of a type.
pub(super) fn get<T: TryFrom<OwnedValue>>(properties: &Properties, name: &str) -> Option<T> {
    T::try_from(properties.get(name)?.try_clone().ok()?).ok()
}
