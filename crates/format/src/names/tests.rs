use super::*;

#[test]
fn placeholder() {
    assert_eq!(time_text(Timestamp(1_767_323_045)), "20260102T030405Z");
}
