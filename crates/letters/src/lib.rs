//! Letters: notices on paper, for those whom no mail reaches. Texts and addresses go in, one PDF file for a printer comes out, with
//! A4 sheets that are folded in three and show their address in the window of an envelope.
//!
//! No I/O and no clock: the font's file is given as bytes, the file that is made is bytes. What is the same for all is set
//! once; each letter adds its address, its bar-code and its code. Addresses are personal data: nothing here prints, logs or
//! keeps them.

mod address;
pub mod bar;
mod compose;
mod draw;
mod font;
mod letter;
mod list;
mod measure;
mod page;
mod press;

pub use address::Unfit;
pub use domain::letter::LETTERS_MAX;
pub use font::{FILES, Font, NoFont};
pub use letter::{Address, Letter};
pub use list::PostingList;
pub use measure::{Envelope, NoEnvelope, PANEL, Rect, SHEET};
pub use page::{PAGES_MAX, Unset};
pub use press::{Made, Press};

#[cfg(test)]
pub(crate) mod tests {
    /// The font of this machine; without one the test says that it did not run.
    pub(crate) fn font_data() -> Option<Vec<u8>> {
        let found = crate::FILES.iter().find_map(|file| std::fs::read(file).ok());
        if found.is_none() {
            testkit::skip(&testkit::test_name(), "no Japanese font: install fonts-noto-cjk");
        }
        found
    }
}
