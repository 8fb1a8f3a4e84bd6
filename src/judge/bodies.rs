//! Bodies as JSON, each read once for all the rules about it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::execute::evidence::{Exchange, Payload};
use crate::words::json::size_in_memory;

/// More than the exchanges of a usual run, and than what their values take in memory; of a record of any length, no more
/// than this is held at a time, or one body.
const MOST: usize = 4096;
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// The bodies of responses and requests that were read so far.
#[derive(Default)]
pub(super) struct Bodies<'a> {
    /// By the place in memory, which stays that of the payload for as long as it is borrowed.
    read: RefCell<HashMap<*const Payload, ReadBody<'a>>>,
    bytes: Cell<usize>,
}

struct ReadBody<'a> {
    _of: &'a Payload,
    json: Option<Rc<Value>>,
}

impl<'a> Bodies<'a> {
    /// The JSON value of a body, where it is one.
    pub fn json(&self, body: &'a Payload) -> Option<Rc<Value>> {
        let mut read = self.read.borrow_mut();
        if !read.contains_key(&std::ptr::from_ref(body)) {
            let size = body.text().map_or(0, size_in_memory);
            if read.len() >= MOST || self.bytes.get() + size > MOST_BYTES {
                read.clear();
                self.bytes.set(0);
            }
            self.bytes.set(self.bytes.get() + size);
        }
        let entry = read.entry(std::ptr::from_ref(body));
        entry.or_insert_with(|| ReadBody { _of: body, json: body.json().map(Rc::new) }).json.clone()
    }

    /// The resource that a successful response carries.
    pub fn resource(&self, exchange: Option<&'a Exchange>) -> Option<Rc<Value>> {
        let received = exchange?.received().filter(|received| received.status.is_success())?;
        self.json(&received.body).filter(|body| body.is_object())
    }
}
