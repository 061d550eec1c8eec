//! A target's object: its storage, and what the platform calls on it.

use std::{
    cell::OnceCell,
    panic::{RefUnwindSafe, UnwindSafe},
    sync::Arc,
};

use async_trait::async_trait;
use noc_shared::time::Timestamp;
use worker::{
    DurableObject, Env, Request, Response, SqlStorageValue, State, Storage, durable_object,
    send::{IntoSendFuture as _, SendWrapper},
};

use super::{clock::PlatformClock, environment};
use crate::{
    ports::{Clock as _, ObjectStorage, Param, Row, Statement, StorageError},
    targets::Target as Owner,
};

/// A target's object as the platform knows it.
#[durable_object(alarm)]
pub struct Target {
    state: State,
    env: Env,
    /// Made at the first event. One that could not be made is tried again at the next.
    owner: OnceCell<Owner>,
}

// A panic is caught at the edge of every event, and what the object keeps in memory is only the way to its storage.
impl UnwindSafe for Target {}
impl RefUnwindSafe for Target {}

impl DurableObject for Target {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, owner: OnceCell::new() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let asked = serde_json::from_slice(&request.bytes().await?)?;
        let answer = self.owner()?.handle(asked).await;
        Response::from_bytes(serde_json::to_vec(&answer)?)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.owner()?.alarm().await.map_err(|error| worker::Error::RustError(error.to_string()))?;
        Response::empty()
    }
}

impl Target {
    fn owner(&self) -> worker::Result<&Owner> {
        if let Some(owner) = self.owner.get() {
            return Ok(owner);
        }
        let app = environment::app(&self.env).map_err(worker::Error::RustError)?;
        app.log.info(
            "a target's object was constructed",
            crate::log::Fields { target: self.state.id().name(), ..crate::log::Fields::default() },
        );
        let storage = Arc::new(PlatformStorage(SendWrapper::new(self.state.storage())));
        let owner = Owner::new(app, storage).map_err(|error| worker::Error::RustError(error.to_string()))?;
        Ok(self.owner.get_or_init(|| owner))
    }
}

struct PlatformStorage(SendWrapper<Storage>);

#[async_trait]
impl ObjectStorage for PlatformStorage {
    fn run(&self, statement: Statement) -> Result<Vec<Row>, StorageError> {
        let params: Vec<SqlStorageValue> = statement.params.into_iter().map(bound).collect();
        let cursor = self.0.sql().exec(&statement.sql, params).map_err(fault)?;
        cursor.to_array::<Row>().map_err(fault)
    }

    async fn set_alarm(&self, at: Timestamp) -> Result<(), StorageError> {
        // The platform takes a number for a delay, from the same clock.
        let delay = at.since(PlatformClock.now()).max(0);
        self.0.set_alarm(delay).into_send().await.map_err(fault)
    }

    async fn delete_alarm(&self) -> Result<(), StorageError> {
        self.0.delete_alarm().into_send().await.map_err(fault)
    }
}

fn bound(param: Param) -> SqlStorageValue {
    match param {
        Param::Null => SqlStorageValue::Null,
        Param::Integer(integer) => SqlStorageValue::Integer(integer),
        Param::Text(text) => SqlStorageValue::String(text),
    }
}

fn fault(error: worker::Error) -> StorageError {
    StorageError(error.to_string())
}
