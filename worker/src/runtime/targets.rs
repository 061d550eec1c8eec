//! The way to a target's object: JSON over the platform's own HTTP.

use async_trait::async_trait;
use noc_shared::id::OrganizationId;
use worker::{Headers, Method, ObjectNamespace, Request, RequestInit, send::IntoSendFuture as _};

use crate::{
    ports::{Targets, TargetsError},
    targets::{TargetAnswer, TargetRequest},
};

pub(super) struct ObjectTargets(pub(super) ObjectNamespace);

#[async_trait]
impl Targets for ObjectTargets {
    async fn ask(
        &self,
        organization: &OrganizationId,
        name: &str,
        request: TargetRequest,
    ) -> Result<TargetAnswer, TargetsError> {
        let body = serde_json::to_string(&request).map_err(|error| TargetsError(error.to_string()))?;
        async {
            // No organization's identifier has a slash in it, so that no two targets share a name.
            let stub = self.0.get_by_name(&format!("{organization}/{name}"))?;
            let mut init = RequestInit::new();
            init.with_method(Method::Post).with_headers(Headers::new()).with_body(Some(body.into()));
            let mut response =
                stub.fetch_with_request(Request::new_with_init("https://target/", &init)?).await?;
            response.bytes().await
        }
        .into_send()
        .await
        .map_err(|error: worker::Error| TargetsError(error.to_string()))
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| TargetsError(error.to_string())))
    }
}
