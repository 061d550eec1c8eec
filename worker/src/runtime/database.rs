//! The shared database, in D1.

use async_trait::async_trait;
use wasm_bindgen::JsValue;
use worker::{
    d1::{D1Database, D1PreparedStatement},
    send::IntoSendFuture as _,
};

use crate::ports::{Database, DatabaseError, Param, Row, Statement};

pub(super) struct D1(pub(super) D1Database);

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        async {
            if statements.is_empty() {
                return Ok(Vec::new());
            }
            let prepared: Vec<D1PreparedStatement> =
                statements.into_iter().map(|statement| self.prepare(statement)).collect::<Result<_, _>>()?;
            let results = self.0.batch(prepared).await.map_err(fault)?;
            results.iter().map(|result| result.results::<Row>().map_err(fault)).collect()
        }
        .into_send()
        .await
    }
}

impl D1 {
    fn prepare(&self, statement: Statement) -> Result<D1PreparedStatement, DatabaseError> {
        let params: Vec<JsValue> = statement.params.into_iter().map(bound).collect();
        self.0.prepare(statement.sql).bind(&params).map_err(fault)
    }
}

/// A value as D1 takes it. An integer goes as a number, because D1 refuses the type that JavaScript has for large ones.
fn bound(param: Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        Param::Integer(integer) => JsValue::from_f64(integer as f64),
        Param::Text(text) => JsValue::from_str(&text),
    }
}

fn fault(error: worker::Error) -> DatabaseError {
    DatabaseError(error.to_string())
}
