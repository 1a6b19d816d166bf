//! A real panel with a tray on the screen: xfce4-panel with its status tray plugin alone.

use super::session::Session;
use super::wait_for;
use backtrail_base::fs;

const LAYOUT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"#;

pub(super) fn start(session: &mut Session) {
    let folder = session.home().join(".config/xfce4/xfconf/xfce-perchannel-xml");
    fs::create_dir_all(&folder).expect("one's own home");
    fs::write(folder.join("xfce4-panel.xml"), LAYOUT).expect("one's own home");
    session.keep(session.command("xfce4-panel"), "xfce4-panel");
    wait_for("the panel's tray", 30, || session.has_on_bus("org.kde.StatusNotifierWatcher").then_some(()));
}
