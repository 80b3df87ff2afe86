//! Pictures, kept in the database so that the shop needs no other writable place. One that is kept never changes its
//! bytes: another one gets another id, so that browsers may keep what they have for ever.

use crate::{
    Error, Hash, Millis, Tx,
    sql::{both, statements},
    value::{Row, params},
};
use domain::{PictureId, ProductId};

/// The largest picture, in bytes.
pub const PICTURE_BYTES_MAX: usize = 4 * 1024 * 1024;

statements! {
    ADD = both("insert into picture (id, product_id, position, alt_ja, alt_en, media_type, width, height, sha256, bytes,
            created_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    ADD_SIZE = both("insert into picture_size (picture_id, size, bytes) values ($1, $2, $3)");
    BYTES = both("select p.media_type, coalesce(s.bytes, p.bytes) from picture p
          left join picture_size s on s.picture_id = p.id and s.size = $1 where p.id = $2");
    OF_PRODUCT = both("select id, product_id, position, alt_ja, alt_en, media_type, width, height, sha256
          from picture where product_id = $1 order by position, id");
    SET = both("update picture set position = $1, alt_ja = $2, alt_en = $3 where id = $4 and product_id = $5");
    REMOVE_SIZES = both("delete from picture_size where picture_id = $1");
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

/// A smaller form of a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Size {
    /// What it is for; a word of the caller's.
    pub word: &'static str,
    /// In the picture's own media type.
    pub bytes: Vec<u8>,
}

/// A picture's bytes, with what an answer needs.
#[derive(Clone, PartialEq, Eq)]
pub struct PictureBytes {
    /// Such as `image/svg+xml`.
    pub media_type: String,
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

/// Keeps a picture, with smaller forms of it. `info.sha256` must be the hash of `bytes`; the caller has it at hand.
///
/// # Errors
/// [`Error::Constraint`] for one that is kept already; [`Error::Inconsistent`] above [`PICTURE_BYTES_MAX`].
pub fn add(
    tx: &mut Tx<'_>,
    info: &PictureInfo,
    bytes: &[u8],
    sizes: &[Size],
    now: Millis,
) -> Result<(), Error> {
    if sizes.iter().map(|s| s.bytes.len()).chain([bytes.len()]).any(|len| len > PICTURE_BYTES_MAX) {
        return Err(Error::Inconsistent("a picture larger than PICTURE_BYTES_MAX"));
    }
    let bytes = bytes.to_vec();
    let row = params![
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
    ];
    tx.exec(&ADD, row)?;
    sizes.iter().try_for_each(|s| tx.exec(&ADD_SIZE, params![info.id, s.word, s.bytes]).map(|_| ()))
}

/// A picture's bytes in the form called `size`, or in its own where it has no such form.
///
/// # Errors
/// As every database call.
pub fn bytes(tx: &mut Tx<'_>, id: PictureId, size: &str) -> Result<Option<PictureBytes>, Error> {
    tx.first(&BYTES, params![size, id], |r| Ok(PictureBytes { media_type: r.take()?, bytes: r.take()? }))
}

/// A product's pictures, in order.
///
/// # Errors
/// As every database call.
pub fn of_product(tx: &mut Tx<'_>, product: ProductId) -> Result<Vec<PictureInfo>, Error> {
    tx.rows(&OF_PRODUCT, params![product], read_info)
}

/// Sets where a product's picture stands and what is said of it to those who cannot see it.
///
/// # Errors
/// [`Error::NotFound`] where the product has no such picture.
pub fn set(
    tx: &mut Tx<'_>,
    id: PictureId,
    product: ProductId,
    position: i64,
    (alt_ja, alt_en): (&str, &str),
) -> Result<(), Error> {
    tx.exec_one(&SET, params![position, alt_ja, alt_en, id, product], "picture")
}

/// Removes a picture.
///
/// # Errors
/// [`Error::NotFound`].
pub fn remove(tx: &mut Tx<'_>, id: PictureId) -> Result<(), Error> {
    tx.exec(&REMOVE_SIZES, params![id])?;
    tx.exec_one(&REMOVE, params![id], "picture")
}
