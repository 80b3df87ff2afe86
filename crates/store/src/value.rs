//! Values on their way into and out of a statement, in the one form that both databases share.

use crate::Error;
use domain::Yen;
use jiff::civil::Date;
use std::fmt;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use uuid::Uuid;

/// Bytes that the vault sealed: personal data that nothing in this crate can open.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Sealed {
    fn from(bytes: Vec<u8>) -> Sealed {
        Sealed(bytes)
    }
}

/// A keyed hash made by the vault by which equal values are found. Not printed: equality is information too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlindIndex(pub [u8; 16]);

impl BlindIndex {
    /// Stands where there is no index, or none any more: no value has it.
    pub const NONE: BlindIndex = BlindIndex([0; 16]);
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex")
    }
}

impl From<[u8; 16]> for BlindIndex {
    fn from(bytes: [u8; 16]) -> BlindIndex {
        BlindIndex(bytes)
    }
}

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A value handed to a statement.
#[derive(Clone)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Owned(String),
    Blob(&'a [u8]),
    Id(Uuid),
}

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Param")
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let textual = matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::JSON);
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(v) if *ty == Type::INT8 => v.to_sql(ty, out),
            Param::Int(v) if *ty == Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
            Param::Text(v) if textual => v.to_sql(ty, out),
            Param::Owned(v) if textual => v.to_sql(ty, out),
            Param::Blob(v) if *ty == Type::BYTEA => v.to_sql(ty, out),
            Param::Id(v) if textual => {
                let mut buffer = Uuid::encode_buffer();
                let text: &str = v.hyphenated().encode_lower(&mut buffer);
                text.to_sql(ty, out)
            }
            _ => Err(format!("parameter does not fit type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What can be handed to a statement.
pub(crate) trait ToParam {
    fn param(&self) -> Param<'_>;
}

/// A value read from a row.
pub(crate) enum Raw<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// What can be read from a row; `None` where the form does not fit.
pub(crate) trait Col: Sized {
    fn read(raw: Raw<'_>) -> Option<Self>;
}

/// A row being read, column after column: name the fields of a struct in the order of the columns.
pub(crate) struct Row<'r> {
    pub(crate) source: Source<'r>,
    pub(crate) statement: &'static str,
    pub(crate) at: usize,
}

pub(crate) enum Source<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// The next column.
    pub(crate) fn take<T: Col>(&mut self) -> Result<T, Error> {
        let column = self.at;
        self.at += 1;
        let raw = match &self.source {
            Source::Sqlite(row) => sqlite_raw(row, column),
            Source::Postgres(row) => postgres_raw(row, column),
        };
        raw.and_then(T::read).ok_or(Error::Unreadable { statement: self.statement, column })
    }

    /// The next column, which holds JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Error> {
        let (statement, column) = (self.statement, self.at);
        let text: String = self.take()?;
        serde_json::from_str(&text).map_err(|_| Error::Unreadable { statement, column })
    }

    /// The next column, which holds JSON or nothing.
    pub(crate) fn json_or_null<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, Error> {
        let (statement, column) = (self.statement, self.at);
        let text: Option<String> = self.take()?;
        text.map(|t| serde_json::from_str(&t))
            .transpose()
            .map_err(|_| Error::Unreadable { statement, column })
    }
}

fn sqlite_raw<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Option<Raw<'r>> {
    use rusqlite::types::ValueRef as V;
    match row.get_ref(column).ok()? {
        V::Null => Some(Raw::Null),
        V::Integer(v) => Some(Raw::Int(v)),
        V::Text(v) => std::str::from_utf8(v).ok().map(Raw::Text),
        V::Blob(v) => Some(Raw::Blob(v)),
        V::Real(_) => None,
    }
}

fn postgres_raw(row: &tokio_postgres::Row, column: usize) -> Option<Raw<'_>> {
    let raw = match *row.columns().get(column)?.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).ok()?.map(Raw::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(column).ok()?.map(|v| Raw::Int(v.into())),
        Type::TEXT | Type::VARCHAR | Type::NAME => {
            row.try_get::<_, Option<&str>>(column).ok()?.map(Raw::Text)
        }
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(column).ok()?.map(Raw::Blob),
        _ => return None,
    };
    Some(raw.unwrap_or(Raw::Null))
}

macro_rules! int {
    ($($t:ty),+) => {$(
        impl ToParam for $t { fn param(&self) -> Param<'_> { Param::Int(i64::from(*self)) } }
        impl Col for $t {
            fn read(raw: Raw<'_>) -> Option<Self> {
                match raw { Raw::Int(v) => v.try_into().ok(), _ => None }
            }
        }
    )+};
}
int!(i64, u32, u16, u8);

macro_rules! text {
    ($($t:ty),+) => {$(
        impl ToParam for $t { fn param(&self) -> Param<'_> { Param::Text(self) } }
    )+};
}
text!(str, String);

macro_rules! blob {
    ($($t:ty => |$v:ident| $bytes:expr, |$raw:ident| $read:expr);+ $(;)?) => {$(
        impl ToParam for $t { fn param(&self) -> Param<'_> { let $v = self; Param::Blob($bytes) } }
        impl Col for $t {
            fn read(raw: Raw<'_>) -> Option<Self> { match raw { Raw::Blob($raw) => $read, _ => None } }
        }
    )+};
}
blob! {
    Vec<u8> => |v| v, |raw| Some(raw.to_vec());
    Sealed => |v| &v.0, |raw| Some(Sealed(raw.to_vec()));
    BlindIndex => |v| &v.0, |raw| raw.try_into().ok().map(BlindIndex);
    Hash => |v| v, |raw| raw.try_into().ok();
}

macro_rules! ids {
    ($($t:ident),+ $(,)?) => {$(
        impl ToParam for domain::$t { fn param(&self) -> Param<'_> { Param::Id(self.0) } }
        impl Col for domain::$t { fn read(raw: Raw<'_>) -> Option<Self> { Uuid::read(raw).map(domain::$t) } }
    )+};
}
ids!(
    ProductId,
    VariantId,
    CategoryId,
    PictureId,
    PersonId,
    OrderId,
    RecipientId,
    OrderLineId,
    PaymentId,
    RefundId,
    FulfillmentId,
    CardEntryId,
    MessageId,
    StaffId,
    InquiryId,
    IncidentId,
    CaseId,
    AnswerId,
    AdjustmentId,
    NewsId,
    AddressId,
);

macro_rules! words {
    ($($t:path),+ $(,)?) => {$(
        impl ToParam for $t { fn param(&self) -> Param<'_> { Param::Text(self.word()) } }
        impl Col for $t {
            fn read(raw: Raw<'_>) -> Option<Self> { match raw { Raw::Text(v) => v.parse().ok(), _ => None } }
        }
    )+};
}
words!(
    domain::Locale,
    domain::card_entry::Entry,
    domain::card_entry::Outcome,
    domain::card_entry::Step,
    domain::catalog::SaleStatus,
    domain::customer::CustomerStatus,
    domain::customer::InquiryState,
    domain::delivery::TimeSlot,
    domain::fulfillment::Carrier,
    domain::inquiry::Asker,
    domain::letter::BatchState,
    domain::letter::LetterState,
    domain::inquiry::CaseState,
    domain::inquiry::Level,
    domain::inquiry::Reach,
    domain::inquiry::Via,
    domain::fulfillment::FulfillmentState,
    domain::message::DeliveryState,
    domain::message::MessageKind,
    domain::message::ReturnOutcome,
    domain::news::NewsState,
    domain::noshi::Noshi,
    domain::noshi::NoshiPlace,
    domain::noshi::Wrapping,
    domain::notice::CampaignState,
    domain::notice::NoticeState,
    domain::order::Channel,
    domain::order::OrderEvent,
    domain::order::OrderState,
    domain::payment::DisputeState,
    domain::payment::PaymentMethod,
    domain::payment::PaymentState,
    domain::payment::RefundState,
    domain::reconciliation::DifferenceKind,
    domain::reconciliation::ReconciliationState,
    domain::shipping::Region,
    domain::staff::StaffRole,
    domain::staff::StaffStatus,
    domain::stock::StockReason,
    domain::tax::TaxClass,
);

impl ToParam for Uuid {
    fn param(&self) -> Param<'_> {
        Param::Id(*self)
    }
}

impl Col for Uuid {
    fn read(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Text(v) => Uuid::parse_str(v).ok(),
            _ => None,
        }
    }
}

impl ToParam for bool {
    fn param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}

impl Col for bool {
    fn read(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Int(v) => Some(v != 0),
            _ => None,
        }
    }
}

impl ToParam for Yen {
    fn param(&self) -> Param<'_> {
        Param::Int(self.get())
    }
}

impl Col for Yen {
    fn read(raw: Raw<'_>) -> Option<Self> {
        i64::read(raw).filter(|v| v.abs() <= domain::money::YEN_MAX).map(Yen::new)
    }
}

impl ToParam for Date {
    fn param(&self) -> Param<'_> {
        Param::Owned(self.to_string())
    }
}

impl Col for Date {
    fn read(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Text(v) => v.parse().ok(),
            _ => None,
        }
    }
}

impl Col for String {
    fn read(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Text(v) => Some(v.to_owned()),
            _ => None,
        }
    }
}

impl<T: ToParam> ToParam for Option<T> {
    fn param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::param)
    }
}

impl<T: Col> Col for Option<T> {
    fn read(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Null => Some(None),
            raw => T::read(raw).map(Some),
        }
    }
}

impl<T: ToParam + ?Sized> ToParam for &T {
    fn param(&self) -> Param<'_> {
        (**self).param()
    }
}

/// The parameters of a statement, `$1` first.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::value::ToParam::param(&$value)),*] };
}
pub(crate) use params;
