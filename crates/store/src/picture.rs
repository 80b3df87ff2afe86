//! Pictures, kept in the database so that the shop needs no other writable place.

use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{PictureId, ProductId};

/// The largest picture, in bytes.
pub const PICTURE_BYTES_MAX: usize = 4 * 1024 * 1024;

statements! {
    PUT = both("insert into picture (id, product_id, position, alt_ja, alt_en, media_type, width, height, sha256, bytes,
            created_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          on conflict (id) do update set product_id = excluded.product_id, position = excluded.position,
            alt_ja = excluded.alt_ja, alt_en = excluded.alt_en, media_type = excluded.media_type,
            width = excluded.width, height = excluded.height, sha256 = excluded.sha256, bytes = excluded.bytes");
    BYTES = both("select media_type, sha256, bytes from picture where id = $1");
    ETAG = both("select sha256 from picture where id = $1");
    REMOVE = both("delete from picture where id = $1");
}

/// A picture without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureInfo {
    /// Its id.
    pub id: PictureId,
    /// The product it shows; none for the shop's own.
    pub product: Option<ProductId>,
    /// Where it stands among the product's pictures.
    pub position: i64,
    /// What it shows, for whoever cannot see it.
    pub alt_ja: String,
    /// The same in English.
    pub alt_en: String,
    /// Such as `image/svg+xml`.
    pub media_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// SHA-256 of its bytes.
    pub sha256: Hash,
}

/// A picture's bytes, with what an answer needs.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureBytes {
    /// Such as `image/svg+xml`.
    pub media_type: String,
    /// SHA-256 of the bytes: the ETag.
    pub sha256: Hash,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for PictureBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PictureBytes({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

pub(crate) fn read_info(r: &mut Row<'_>) -> Result<PictureInfo, Error> {
    Ok(PictureInfo {
        id: r.take()?,
        product: r.take()?,
        position: r.take()?,
        alt_ja: r.take()?,
        alt_en: r.take()?,
        media_type: r.take()?,
        width: r.take()?,
        height: r.take()?,
        sha256: r.take()?,
    })
}

/// Inserts or replaces a picture. `info.sha256` must be the hash of `bytes`; the caller has it at hand.
///
/// # Errors
/// [`Error::Inconsistent`] above [`PICTURE_BYTES_MAX`].
pub fn put(tx: &mut Tx<'_>, info: &PictureInfo, bytes: &[u8], now: Millis) -> Result<(), Error> {
    if bytes.len() > PICTURE_BYTES_MAX {
        return Err(Error::Inconsistent("a picture larger than PICTURE_BYTES_MAX"));
    }
    let bytes = bytes.to_vec();
    tx.exec(
        &PUT,
        params![
            info.id,
            info.product,
            info.position,
            info.alt_ja,
            info.alt_en,
            info.media_type,
            info.width,
            info.height,
            info.sha256,
            bytes,
            now
        ],
    )
    .map(|_| ())
}

/// A picture's bytes.
///
/// # Errors
/// As every database call.
pub fn bytes(tx: &mut Tx<'_>, id: PictureId) -> Result<Option<PictureBytes>, Error> {
    tx.first(&BYTES, params![id], |r| {
        Ok(PictureBytes { media_type: r.take()?, sha256: r.take()?, bytes: r.take()? })
    })
}

/// A picture's hash alone, to answer "not modified".
///
/// # Errors
/// As every database call.
pub fn etag(tx: &mut Tx<'_>, id: PictureId) -> Result<Option<Hash>, Error> {
    tx.first(&ETAG, params![id], |r| r.take())
}

/// Removes a picture.
///
/// # Errors
/// [`Error::NotFound`].
pub fn remove(tx: &mut Tx<'_>, id: PictureId) -> Result<(), Error> {
    tx.exec_one(&REMOVE, params![id], "picture")
}
