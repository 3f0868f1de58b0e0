//! Values on their way into SQL and columns on their way out, the same for both engines. NULLs are typed.

use kernel::id::{Id, Kind};
use kernel::{Error, Result};
use postgres::types::{IsNull, Type, to_sql_checked};
use std::borrow::Cow;
use std::cell::Cell;

/// A bound parameter. Only these five column types exist: BIGINT, TEXT, BOOLEAN, DOUBLE PRECISION, bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bool(Option<bool>),
    Real(Option<f64>),
    Bytes(Option<Cow<'a, [u8]>>),
}

impl Value<'_> {
    pub(crate) fn pg_type(&self) -> Type {
        match self {
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Bool(_) => Type::BOOL,
            Value::Real(_) => Type::FLOAT8,
            Value::Bytes(_) => Type::BYTEA,
        }
    }
    /// The same value without borrowed parts, for statements that run later.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Int(v) => Value::Int(v),
            Value::Bool(v) => Value::Bool(v),
            Value::Real(v) => Value::Real(v),
            Value::Text(v) => Value::Text(v.map(|t| Cow::Owned(t.into_owned()))),
            Value::Bytes(v) => Value::Bytes(v.map(|b| Cow::Owned(b.into_owned()))),
        }
    }
}

macro_rules! from {
    ($($t:ty => |$v:ident| $e:expr;)*) => {$(
        impl<'a> From<$t> for Value<'a> { fn from($v: $t) -> Self { $e } }
    )*};
}
from! {
    i64 => |v| Value::Int(Some(v));
    Option<i64> => |v| Value::Int(v);
    &i64 => |v| Value::Int(Some(*v));
    bool => |v| Value::Bool(Some(v));
    Option<bool> => |v| Value::Bool(v);
    &bool => |v| Value::Bool(Some(*v));
    f64 => |v| Value::Real(Some(v));
    Option<f64> => |v| Value::Real(v);
    String => |v| Value::Text(Some(Cow::Owned(v)));
    Option<String> => |v| Value::Text(v.map(Cow::Owned));
    Vec<u8> => |v| Value::Bytes(Some(Cow::Owned(v)));
    Option<Vec<u8>> => |v| Value::Bytes(v.map(Cow::Owned));
    &'a str => |v| Value::Text(Some(Cow::Borrowed(v)));
    Option<&'a str> => |v| Value::Text(v.map(Cow::Borrowed));
    &'a String => |v| Value::Text(Some(Cow::Borrowed(v)));
    &'a Option<String> => |v| Value::Text(v.as_deref().map(Cow::Borrowed));
    &'a [u8] => |v| Value::Bytes(Some(Cow::Borrowed(v)));
    Option<&'a [u8]> => |v| Value::Bytes(v.map(Cow::Borrowed));
    &'a Vec<u8> => |v| Value::Bytes(Some(Cow::Borrowed(v)));
}
impl<K: Kind> From<Id<K>> for Value<'_> {
    fn from(id: Id<K>) -> Self {
        Value::Bytes(Some(Cow::Owned(id.as_bytes().to_vec())))
    }
}
impl<K: Kind> From<Option<Id<K>>> for Value<'_> {
    fn from(id: Option<Id<K>>) -> Self {
        Value::Bytes(id.map(|id| Cow::Owned(id.as_bytes().to_vec())))
    }
}
impl<'a, K: Kind> From<&'a Id<K>> for Value<'a> {
    fn from(id: &'a Id<K>) -> Self {
        Value::Bytes(Some(Cow::Borrowed(id.as_bytes())))
    }
}

/// `params![a, b]` → `&[Value]`.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::Value] };
    ($($v:expr),+ $(,)?) => { &[$($crate::Value::from($v)),+] };
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Int(Some(v)) => ValueRef::Integer(*v),
            Value::Bool(Some(v)) => ValueRef::Integer(i64::from(*v)),
            Value::Real(Some(v)) => ValueRef::Real(*v),
            Value::Text(Some(v)) => ValueRef::Text(v.as_bytes()),
            Value::Bytes(Some(v)) => ValueRef::Blob(v),
            _ => ValueRef::Null,
        }))
    }
}

impl postgres::types::ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Int(Some(v)) => v.to_sql(ty, out),
            Value::Bool(Some(v)) => v.to_sql(ty, out),
            Value::Real(Some(v)) => v.to_sql(ty, out),
            Value::Text(Some(v)) => {
                // PostgreSQL has no NUL in text; what came in with one keeps its place with a visible sign.
                if v.contains('\0') {
                    return v.replace('\0', "\u{fffd}").to_sql(ty, out);
                }
                v.as_ref().to_sql(ty, out)
            }
            Value::Bytes(Some(v)) => v.as_ref().to_sql(ty, out),
            _ => Ok(IsNull::Yes),
        }
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::VARCHAR | Type::BOOL | Type::FLOAT8 | Type::BYTEA)
    }
    to_sql_checked!();
}

/// One row of a result; columns are read in order with [`Row::next`] or by position with [`Row::get`].
pub struct Row<'a> {
    inner: Inner<'a>,
    at: Cell<usize>,
}
enum Inner<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Pg(&'a postgres::Row),
}
impl<'a> Row<'a> {
    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self { inner: Inner::Sqlite(row), at: Cell::new(0) }
    }
    pub(crate) fn pg(row: &'a postgres::Row) -> Self {
        Self { inner: Inner::Pg(row), at: Cell::new(0) }
    }
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        T::read(self, index)
    }
    /// The next column; a struct literal reads its fields in the order of the SELECT list.
    pub fn next<T: Column>(&self) -> Result<T> {
        let index = self.at.get();
        self.at.set(index + 1);
        T::read(self, index)
    }
    fn raw<T>(&self, index: usize) -> Result<T>
    where
        T: rusqlite::types::FromSql + for<'x> postgres::types::FromSql<'x>,
    {
        match self.inner {
            Inner::Sqlite(row) => row.get(index).map_err(|e| Error::internal(format!("column {index}: {e}"))),
            Inner::Pg(row) => row.try_get(index).map_err(|e| Error::internal(format!("column {index}: {e}"))),
        }
    }
}

/// A type that can stand in a column.
pub trait Column: Sized {
    fn read(row: &Row<'_>, index: usize) -> Result<Self>;
}
macro_rules! columns {
    ($($t:ty),*) => {$(
        impl Column for $t { fn read(row: &Row<'_>, index: usize) -> Result<Self> { row.raw(index) } }
        impl Column for Option<$t> { fn read(row: &Row<'_>, index: usize) -> Result<Self> { row.raw(index) } }
    )*};
}
columns!(String, bool, f64, Vec<u8>);
impl Column for i64 {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Option::<i64>::read(row, index)?.ok_or_else(|| Error::internal(format!("column {index} is null")))
    }
}
/// PostgreSQL types a literal such as `SELECT 1` as INT4.
impl Column for Option<i64> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        match row.inner {
            Inner::Pg(r) if r.columns().get(index).is_some_and(|c| *c.type_() == Type::INT4) => {
                Ok(row.raw::<Option<i32>>(index)?.map(i64::from))
            }
            _ => row.raw(index),
        }
    }
}
impl<K: Kind> Column for Id<K> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let bytes: Vec<u8> = row.raw(index)?;
        Id::from_slice(&bytes).map_err(|e| Error::internal(format!("column {index}: {e}")))
    }
}
impl<K: Kind> Column for Option<Id<K>> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let bytes: Option<Vec<u8>> = row.raw(index)?;
        bytes.map(|b| Id::from_slice(&b).map_err(|e| Error::internal(format!("column {index}: {e}")))).transpose()
    }
}
