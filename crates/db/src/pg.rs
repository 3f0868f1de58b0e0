//! One PostgreSQL connection with its prepared statements, always speaking to one schema at a time.

use crate::tls;
use crate::tx::Failure;
use crate::value::{Row, Value};
use kernel::Result;
use postgres::{Client, Statement};
use std::collections::HashMap;

/// Statements kept per connection before all are forgotten.
const MAX_STATEMENTS: usize = 2_000;

pub(crate) struct PgConn {
    client: Client,
    statements: HashMap<String, HashMap<String, Statement>>,
    count: usize,
    schema: String,
}

impl PgConn {
    pub fn connect(url: &str) -> Result<Self> {
        Ok(Self { client: tls::connect(url)?, statements: HashMap::new(), count: 0, schema: String::new() })
    }
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
    /// Opens a transaction that sees one schema; with `exclusive`, alone among writers of it in any process.
    pub fn begin(&mut self, schema: &str, exclusive: bool) -> Result<(), postgres::Error> {
        let lock = if exclusive { format!("SELECT pg_advisory_xact_lock({});", lock_key(schema)) } else { String::new() };
        let mode = if exclusive { "" } else { " READ ONLY" };
        self.client.batch_execute(&format!("BEGIN{mode}; SET LOCAL search_path TO \"{schema}\";{lock}"))?;
        if self.schema != schema {
            self.schema = schema.to_owned();
        }
        Ok(())
    }
    pub fn batch(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }
    /// Rows in the database's own form, behind `COPY … FROM STDIN`.
    pub fn copy_in(&mut self, sql: &str) -> Result<postgres::CopyInWriter<'_>, postgres::Error> {
        self.client.copy_in(sql)
    }
    pub fn prepare(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        self.prepare_for(sql, &[])
    }
    /// Parameters have the types of the values bound, so that nothing is guessed from the text around them.
    fn prepare_for(&mut self, sql: &str, args: &[Value<'_>]) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(&self.schema).and_then(|m| m.get(sql)) {
            return Ok(statement.clone());
        }
        if self.count >= MAX_STATEMENTS {
            self.statements.clear();
            self.count = 0;
        }
        let types: Vec<postgres::types::Type> = args.iter().map(Value::pg_type).collect();
        let statement = self.client.prepare_typed(sql, &types)?;
        self.count += 1;
        self.statements.entry(self.schema.clone()).or_default().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
    pub fn exec(&mut self, sql: &str, args: &[Value<'_>]) -> Result<u64, postgres::Error> {
        let statement = self.prepare_for(sql, args)?;
        let args = as_sql(args);
        self.client.execute(&statement, &args)
    }
    pub fn query<T>(&mut self, sql: &str, args: &[Value<'_>], mut map: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>, Failure> {
        let statement = self.prepare_for(sql, args)?;
        let args = as_sql(args);
        let rows = self.client.query(&statement, &args)?;
        rows.iter().map(|row| map(&Row::pg(row)).map_err(Failure::Mapped)).collect()
    }
}

fn as_sql<'a>(args: &'a [Value<'a>]) -> Vec<&'a (dyn postgres::types::ToSql + Sync)> {
    args.iter().map(|v| v as &(dyn postgres::types::ToSql + Sync)).collect()
}

/// A stable number for a schema's writer lock (FNV-1a).
fn lock_key(schema: &str) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in schema.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash as i64
}
