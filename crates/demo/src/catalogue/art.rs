//! The pictures, as part of the program.

/// Width and height of the goods' pictures, in pixels.
const GOODS_SIZE: (u32, u32) = (800, 600);

macro_rules! art {
    ($($file:literal)+) => {
        /// Every picture: file name and SVG text.
        pub const FILES: &[(&str, &[u8])] =
            &[$(($file, include_bytes!(concat!("../../data/art/", $file)).as_slice())),+];
    };
}

art! {
    "almond-choco.svg"
    "castella.svg"
    "chazutsu-konomi.svg"
    "closed.svg"
    "donguri-monaka.svg"
    "dorayaki.svg"
    "empty-cart.svg"
    "favicon.svg"
    "furoshiki-konoha.svg"
    "hero.svg"
    "kintsuba.svg"
    "kohaku-to.svg"
    "konoha-pie.svg"
    "konomi-no-komichi.svg"
    "kuri-butter-cake.svg"
    "kuri-kanoko.svg"
    "kuri-manju.svg"
    "kuri-mushi-yokan.svg"
    "kurumi-yubeshi.svg"
    "kuzu-manju.svg"
    "logo.svg"
    "mame-daifuku.svg"
    "marron-glace.svg"
    "mizu-yokan.svg"
    "natsumikan-jelly.svg"
    "neri-yokan.svg"
    "nerikiri-shiki.svg"
    "not-found.svg"
    "rakkasei-brittle.svg"
    "risu-no-kobako.svg"
    "risu-sable.svg"
    "russian-cake.svg"
    "sakura-mochi.svg"
    "soba-boro.svg"
    "store-eki.svg"
    "store-honten.svg"
    "store-kura.svg"
    "tamago-pudding.svg"
}

/// The picture of this file name.
pub fn bytes(file: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == file).map(|(_, bytes)| *bytes)
}

/// Width and height in pixels at natural size, as its `viewBox` says.
pub(super) fn size(file: &str) -> (u32, u32) {
    let text = bytes(file).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default();
    let Some((_, rest)) = text.split_once("viewBox=\"0 0 ") else { return GOODS_SIZE };
    let mut numbers = rest.split(['"', ' ']).map(|n| n.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(width), Some(height)) => (width, height),
        _ => GOODS_SIZE,
    }
}
