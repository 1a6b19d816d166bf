//! The icon for each state, told apart by shape and by colour, for light and dark panels. The sizes are made from
//! `icons/tray` by `cargo xtask icons`.

use backtrail_api::service::TrayIcon;
use tauri::image::Image;

/// What the icon stands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ground {
    /// A light panel.
    #[default]
    Light,
    /// A dark one.
    Dark,
}

macro_rules! pictures {
    ($state:expr, $ground:expr, $($icon:ident => $name:literal),*) => {
        match ($state, $ground) {
            $((TrayIcon::$icon, Ground::Light) =>
                include_bytes!(concat!("../../../../icons/generated/tray/", $name, "-light.png")).as_slice(),
            (TrayIcon::$icon, Ground::Dark) =>
                include_bytes!(concat!("../../../../icons/generated/tray/", $name, "-dark.png")).as_slice(),)*
        }
    };
}

/// The picture of a state, as a PNG file.
fn png(icon: TrayIcon, ground: Ground) -> &'static [u8] {
    pictures!(icon, ground,
        Good => "good", Busy => "busy", Warning => "warning", Attention => "attention", Paused => "paused")
}

/// The picture of a state, as pixels.
///
/// # Errors
/// When the picture that was built in is none.
pub(super) fn picture(icon: TrayIcon, ground: Ground) -> tauri::Result<Image<'static>> {
    Image::from_bytes(png(icon, ground))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const ALL: [TrayIcon; 5] =
        [TrayIcon::Good, TrayIcon::Busy, TrayIcon::Warning, TrayIcon::Attention, TrayIcon::Paused];

    /// Which pixels are painted at all: what a person sees who sees no colours.
    fn shape(icon: TrayIcon, ground: Ground) -> Vec<bool> {
        let picture = picture(icon, ground).expect("a picture");
        assert_eq!(
            (picture.width(), picture.height()),
            (44, 44),
            "what panels draw at 22 points, twice over"
        );
        picture.rgba().chunks(4).map(|pixel| pixel[3] > 127).collect()
    }

    #[test]
    fn every_state_has_a_shape_of_its_own() {
        for ground in [Ground::Light, Ground::Dark] {
            let shapes: Vec<_> = ALL.iter().map(|icon| shape(*icon, ground)).collect();
            for (one, first) in shapes.iter().enumerate() {
                for (two, second) in shapes.iter().enumerate().skip(one + 1) {
                    let differ = first.iter().zip(second).filter(|(a, b)| a != b).count();
                    assert!(differ > 60, "{:?} and {:?} differ in {differ} pixels only", ALL[one], ALL[two]);
                }
            }
        }
    }

    #[test]
    fn light_and_dark_differ_in_colour_alone() {
        let pictures: HashSet<_> =
            ALL.iter().flat_map(|icon| [png(*icon, Ground::Light), png(*icon, Ground::Dark)]).collect();
        assert_eq!(pictures.len(), 10, "a picture for each state and ground");
        for icon in ALL {
            assert!(shape(icon, Ground::Light) == shape(icon, Ground::Dark), "{icon:?} has one shape");
        }
    }
}
