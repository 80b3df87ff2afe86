//! Pictures that staff send in, made anew: decoded within limits, turned upright, made smaller where they are large, and
//! written as JPEG. Nothing of the file itself is kept: no place where it was taken, no name of a camera, nothing
//! hidden behind its end.

use super::Size;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType, metadata::Orientation,
};
use sha2::{Digest, Sha256};
use site::multipart::Bitmap;
use std::io::Cursor;

/// The most pixels of a picture: what a telephone takes by default.
pub const PIXELS_MAX: u64 = 25_000_000;
/// The longest side, in pixels.
pub const SIDE_MAX: u32 = 12_000;
/// The shorter side must have so many pixels.
pub const SIDE_MIN: u32 = 200;
/// The most bytes of a picture once it is decoded: sixteen bits a channel are possible, but not for the largest.
const DECODED_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Of 100; what the eye does not miss.
const QUALITY: u8 = 84;
/// What shines through a transparent picture.
const PAPER: u8 = 255;

/// A picture, ready to be kept.
pub struct Made {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
    /// The largest form, as JPEG.
    pub bytes: Vec<u8>,
    /// The smaller forms.
    pub sizes: Vec<store::picture::Size>,
}

/// The media type of all that is made here.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// Why no picture could be made. The word is part of the id of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMade {
    /// It is no JPEG, PNG or WebP.
    Type,
    /// It has too many pixels.
    Large,
    /// It has too few.
    Small,
    /// It cannot be read to its end.
    Broken,
}

impl NotMade {
    /// The fixed word.
    pub const fn word(self) -> &'static str {
        match self {
            NotMade::Type => "type",
            NotMade::Large => "large",
            NotMade::Small => "small",
            NotMade::Broken => "broken",
        }
    }
}

/// Makes the forms of a picture that are kept. Takes up to a second and 200 MB: see [`crate::App::studio`].
///
/// # Errors
/// [`NotMade`].
pub fn make(file: &[u8]) -> Result<Made, NotMade> {
    let (image, orientation) = decode(file)?;
    let mut image = shrunk(image, Size::Zoom.side_max());
    image.apply_orientation(orientation);
    let zoom = on_paper(&image);
    drop(image);
    let bytes = encode(&zoom)?;
    let (width, height) = zoom.dimensions();
    let mut sizes = Vec::new();
    for size in [Size::Page, Size::Card] {
        let side = size.side_max();
        if width.max(height) > side {
            let smaller = DynamicImage::ImageRgb8(zoom.clone()).resize(side, side, FilterType::CatmullRom);
            sizes.push(store::picture::Size { word: size.word(), bytes: encode(&smaller.into_rgb8())? });
        }
    }
    Ok(Made { width, height, sha256: Sha256::digest(&bytes).into(), bytes, sizes })
}

fn decode(file: &[u8]) -> Result<(DynamicImage, Orientation), NotMade> {
    let format = match Bitmap::of(file).ok_or(NotMade::Type)? {
        Bitmap::Jpeg => ImageFormat::Jpeg,
        Bitmap::Png => ImageFormat::Png,
        Bitmap::WebP => ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(not_made)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(NotMade::Large);
    }
    if width.min(height) < SIDE_MIN {
        return Err(NotMade::Small);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(not_made)?, orientation))
}

fn not_made(error: image::ImageError) -> NotMade {
    match error {
        image::ImageError::Limits(_) => NotMade::Large,
        _ => NotMade::Broken,
    }
}

/// The picture with sides of at most `side` pixels. A mean of pixels, which needs no second picture in memory.
fn shrunk(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side { image } else { image.thumbnail(side, side) }
}

/// What shows through is paper.
fn on_paper(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let from = image.to_rgba8();
    RgbImage::from_fn(from.width(), from.height(), |x, y| {
        let [r, g, b, a] = from.get_pixel(x, y).0;
        let over = |c: u8| {
            let mixed = u16::from(c) * u16::from(a) + u16::from(PAPER) * (255 - u16::from(a));
            u8::try_from(mixed / 255).unwrap_or(PAPER)
        };
        image::Rgb([over(r), over(g), over(b)])
    })
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, NotMade> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(image).map_err(|_| NotMade::Broken)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageEncoder, Rgb, Rgba, RgbaImage};

    fn jpeg(width: u32, height: u32, exif: Option<Vec<u8>>) -> Vec<u8> {
        // Left half red, right half blue: which way up it stands can be seen.
        let image = RgbImage::from_fn(width, height, |x, _| {
            Rgb(if x < width / 2 { [200, 0, 0] } else { [0, 0, 200] })
        });
        let mut out = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).unwrap();
        }
        encoder.encode_image(&image).unwrap();
        out
    }

    /// A camera's note: turned by 90 degrees, with the place where it was taken.
    fn exif() -> Vec<u8> {
        let mut out = b"II*\0\x08\0\0\0".to_vec();
        out.extend_from_slice(&2u16.to_le_bytes());
        let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
            out.extend_from_slice(&tag.to_le_bytes());
            out.extend_from_slice(&kind.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
            out.extend_from_slice(&value.to_le_bytes());
        };
        entry(0x0112, 3, 1, 6);
        entry(0x8825, 4, 1, 38);
        out.extend_from_slice(&0u32.to_le_bytes());
        out.extend_from_slice(b"GPS 36.2304 N 137.9722 E canary");
        out
    }

    fn decoded(bytes: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(bytes, ImageFormat::Jpeg).unwrap().into_rgb8()
    }

    #[test]
    fn metadata_is_dropped_and_the_picture_stands_upright() {
        let sent = jpeg(800, 600, Some(exif()));
        assert!(sent.windows(6).any(|w| w == b"canary"), "the file has a place in it");
        let made = make(&sent).unwrap();
        assert_eq!((made.width, made.height), (600, 800), "turned as the camera says");
        let image = decoded(&made.bytes);
        assert!(image.get_pixel(300, 100)[0] > 150 && image.get_pixel(300, 700)[2] > 150, "red is on top");
        for bytes in [&made.bytes].into_iter().chain(made.sizes.iter().map(|s| &s.bytes)) {
            assert!(!bytes.windows(4).any(|w| w == b"Exif") && !bytes.windows(6).any(|w| w == b"canary"));
            assert_eq!(Bitmap::of(bytes), Some(Bitmap::Jpeg));
        }
    }

    #[test]
    fn large_pictures_get_smaller_forms_and_small_ones_stay() {
        let made = make(&jpeg(3_000, 1_500, None)).unwrap();
        assert_eq!((made.width, made.height), (2_000, 1_000));
        let sizes: Vec<_> = made.sizes.iter().map(|s| (s.word, decoded(&s.bytes).dimensions())).collect();
        assert_eq!(sizes, [("page", (1_200, 600)), ("card", (640, 320))]);
        let made = make(&jpeg(400, 300, None)).unwrap();
        assert_eq!((made.width, made.height, made.sizes.len()), (400, 300, 0));
    }

    #[test]
    fn transparent_pictures_lie_on_paper_and_what_is_hidden_behind_the_end_is_gone() {
        let clear = RgbaImage::from_pixel(300, 300, Rgba([0, 0, 0, 0]));
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.write_image(clear.as_raw(), 300, 300, image::ExtendedColorType::Rgba8).unwrap();
        png.extend_from_slice(b"<?php echo 'canary';");
        let made = make(&png).unwrap();
        assert!(decoded(&made.bytes).pixels().all(|p| p.0.iter().all(|c| *c > 250)));
        assert!(!made.bytes.windows(6).any(|w| w == b"canary"));
    }

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_not_made() {
        assert_eq!(make(b"<svg/>").err(), Some(NotMade::Type));
        assert_eq!(make(b"").err(), Some(NotMade::Type));
        assert_eq!(make(&jpeg(300, 199, None)).err(), Some(NotMade::Small));
        let whole = jpeg(400, 300, None);
        assert_eq!(make(&whole[..200]).err(), Some(NotMade::Broken));
        // A bomb: a few bytes that say they are 60,000 by 60,000 pixels, and one of many pixels within the sides.
        for (width, height) in [(60_000u32, 60_000u32), (11_000, 11_000)] {
            assert_eq!(make(&png_head(width, height)).err(), Some(NotMade::Large), "{width}");
        }
    }

    /// A PNG's beginning with these sides, checksum and all.
    fn png_head(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend_from_slice(&width.to_be_bytes());
        chunk.extend_from_slice(&height.to_be_bytes());
        chunk.extend_from_slice(&[8, 2, 0, 0, 0]);
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        out.extend_from_slice(&13u32.to_be_bytes());
        out.extend_from_slice(&chunk);
        out.extend_from_slice(&crc(&chunk).to_be_bytes());
        out.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
        out
    }

    /// CRC-32 as PNG has it.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, b| {
            (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
        })
    }
}
