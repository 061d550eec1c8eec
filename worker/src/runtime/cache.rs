//! The cache, in KV.

use async_trait::async_trait;
use worker::{kv::KvStore, send::IntoSendFuture as _};

use crate::ports::{Cache, CacheError};

pub(super) struct KvCache(pub(super) KvStore);

#[async_trait]
impl Cache for KvCache {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        async { self.0.get(key).text().await.map_err(|error| CacheError(error.to_string())) }
            .into_send()
            .await
    }

    async fn put(&self, key: &str, value: String, seconds: u64) -> Result<(), CacheError> {
        async {
            let put = self.0.put(key, value).map_err(|error| CacheError(error.to_string()))?;
            put.expiration_ttl(seconds).execute().await.map_err(|error| CacheError(error.to_string()))
        }
        .into_send()
        .await
    }
}
