//! The pictures, as part of the program.

macro_rules! art {
    ($($file:literal)+) => {
        /// Every picture: file name and SVG text.
        pub const FILES: &[(&str, &[u8])] =
            &[$(($file, include_bytes!(concat!("../data/art/", $file)).as_slice())),+];
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
