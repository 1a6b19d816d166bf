//! The service as windows reach it over the link.

use super::Around;
use crate::link::Answers;
use backtrail_api::service::Service;
use backtrail_api::view::Failure;
use backtrail_api::{Event, Screen};
use crossbeam_channel::Receiver;
use serde_json::Value;
use std::sync::Arc;

/// The service, and the desktop around it.
pub(super) struct Brain {
    pub(super) service: Service,
    pub(super) around: Arc<Around>,
}

impl Answers for Brain {
    fn answer(&self, name: &str, with: Value) -> Result<Value, Failure> {
        self.service.answer(name, with)
    }

    fn subscribe(&self) -> Receiver<Event> {
        self.service.subscribe()
    }

    fn show(&self, screen: Screen) {
        self.service.show(screen);
    }

    fn quit(&self) {
        self.around.end();
    }
}
