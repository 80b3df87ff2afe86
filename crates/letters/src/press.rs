//! A batch of letters as one PDF file.

use crate::{
    address::{self, Unfit},
    draw::{Canvas, FONT},
    font::{Font, NoFont},
    letter::Letter,
    measure::{Envelope, POINTS, SHEET},
    page::{self, Pages, Unset},
};
use desk::paper::Paper;
use pdf_writer::{
    Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
    writers::Resources,
};

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const RESOURCES: Ref = Ref::new(3);
const TYPE0: Ref = Ref::new(4);
const CID_FONT: Ref = Ref::new(5);
const DESCRIPTOR: Ref = Ref::new(6);
const PROGRAM: Ref = Ref::new(7);
const UNICODE: Ref = Ref::new(8);
const FIRST_FREE: i32 = 9;
const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Sheets of paper, printed on one side.
    pub sheets: u32,
    /// Whether the bar-code stands under the name.
    pub has_bars: bool,
}

/// Makes the file of a batch. Texts are set once, and each page names them; of a person there is the address, the code and the
/// number. Holds personal data: no `Debug`.
pub struct Press<'a> {
    font: Font<'a>,
    envelope: Envelope,
    texts: Vec<Forms>,
    pdf: Pdf,
    next: i32,
    pages: Vec<Ref>,
    /// What is the same on many pages, in the order of their names.
    forms: Vec<Ref>,
    lang: &'static str,
}

/// A text's pages.
struct Forms {
    /// The name of each page's form.
    names: Vec<String>,
    code_at: (f32, f32),
}

impl<'a> Press<'a> {
    /// Sets the texts.
    ///
    /// # Errors
    /// Where one of them cannot be set.
    pub fn new(font: Font<'a>, envelope: Envelope, papers: &[Paper]) -> Result<Press<'a>, Unset> {
        let lang = papers.first().map_or("ja", |paper| paper.lang.word());
        let mut press = Press {
            font,
            envelope,
            texts: Vec::with_capacity(papers.len()),
            pdf: Pdf::new(),
            next: FIRST_FREE,
            pages: Vec::new(),
            forms: Vec::new(),
            lang,
        };
        for paper in papers {
            let Pages { canvases, code_at } = page::set(&mut press.font, envelope, paper)?;
            let names = canvases.into_iter().map(|canvas| press.form(canvas)).collect();
            press.texts.push(Forms { names, code_at });
        }
        Ok(press)
    }

    fn take(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }

    fn form(&mut self, canvas: Canvas) -> String {
        let id = self.take();
        let drawn = canvas.finish();
        let mut form = self.pdf.form_xobject(id, &drawn);
        form.bbox(sheet()).filter(Filter::FlateDecode);
        form.pair(Name(b"Resources"), RESOURCES);
        form.finish();
        self.forms.push(id);
        form_name(self.forms.len() - 1)
    }

    /// Adds a letter.
    ///
    /// # Errors
    /// Why it cannot be printed: nothing of it was added.
    pub fn add(&mut self, letter: &Letter) -> Result<Made, Unfit> {
        let count = self.texts.get(letter.text).ok_or(Unfit::NoText)?.names.len();
        let fitted = address::fit(&mut self.font, self.envelope.always(), &letter.address)?;
        for page in 0..count {
            let mut canvas = Canvas::default();
            let forms = &self.texts[letter.text];
            canvas.put(&forms.names[page]);
            if page == 0 {
                fitted.draw(&mut canvas);
                page::code(&mut self.font, &mut canvas, forms.code_at, &letter.code);
            }
            page::foot(&mut self.font, &mut canvas, letter.number, &letter.code, page + 1, count);
            self.page(canvas);
        }
        Ok(Made { sheets: u32::try_from(count).unwrap_or(u32::MAX), has_bars: fitted.has_bars() })
    }

    fn page(&mut self, canvas: Canvas) {
        let (id, content) = (self.take(), self.take());
        self.pdf.stream(content, &canvas.finish()).filter(Filter::FlateDecode);
        let mut page = self.pdf.page(id);
        page.parent(TREE).media_box(sheet()).contents(content);
        page.pair(Name(b"Resources"), RESOURCES);
        page.finish();
        self.pages.push(id);
    }

    /// Pages so far.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// The file.
    ///
    /// # Errors
    /// Where the font cannot go into a file.
    pub fn finish(mut self) -> Result<Vec<u8>, NoFont> {
        self.write_font()?;
        let count = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        self.pdf.pages(TREE).kids(self.pages.iter().copied()).count(count);
        let mut resources = self.pdf.indirect(RESOURCES).start::<Resources<'_>>();
        resources.fonts().pair(FONT, TYPE0);
        let mut forms = resources.x_objects();
        for (n, id) in self.forms.iter().enumerate() {
            forms.pair(Name(form_name(n).as_bytes()), *id);
        }
        forms.finish();
        resources.finish();
        let mut catalog = self.pdf.catalog(CATALOG);
        catalog.pages(TREE).lang(TextStr(self.lang));
        // Made smaller to fit a printer's margins, the address would leave the window.
        catalog.viewer_preferences().pair(Name(b"PrintScaling"), Name(b"None"));
        catalog.finish();
        Ok(self.pdf.finish())
    }

    fn write_font(&mut self) -> Result<(), NoFont> {
        let facts = self.font.facts();
        let program = miniz_oxide::deflate::compress_to_vec_zlib(&self.font.cut()?, 6);
        let name = format!("DOZOAA+{}", facts.name);
        let name = Name(name.as_bytes());
        let mut type0 = self.pdf.type0_font(TYPE0);
        type0.base_font(name).encoding_predefined(Name(b"Identity-H"));
        type0.descendant_font(CID_FONT).to_unicode(UNICODE);
        type0.finish();
        let mut cid = self.pdf.cid_font(CID_FONT);
        cid.subtype(if facts.compact { CidFontType::Type0 } else { CidFontType::Type2 });
        cid.base_font(name).system_info(IDENTITY).font_descriptor(DESCRIPTOR).default_width(1_000.0);
        if !facts.compact {
            cid.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        cid.widths().consecutive(0, self.font.drawn().iter().map(|(_, advance)| advance * 1_000.0));
        cid.finish();
        let mut descriptor = self.pdf.font_descriptor(DESCRIPTOR);
        let [left, bottom, right, top] = facts.bbox;
        descriptor
            .name(name)
            .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
            .bbox(Rect::new(left, bottom, right, top));
        descriptor.italic_angle(0.0).ascent(facts.ascent).descent(facts.descent);
        descriptor.cap_height(facts.capitals).stem_v(80.0);
        match facts.compact {
            true => descriptor.font_file3(PROGRAM),
            false => descriptor.font_file2(PROGRAM),
        };
        descriptor.finish();
        let mut stream = self.pdf.stream(PROGRAM, &program);
        stream.filter(Filter::FlateDecode);
        if facts.compact {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        }
        stream.finish();
        let mut unicode = UnicodeCmap::<u16>::new(Name(b"Letters"), IDENTITY);
        for (id, (c, _)) in self.font.drawn().iter().enumerate().skip(1) {
            unicode.pair(u16::try_from(id).unwrap_or_default(), *c);
        }
        let unicode = unicode.finish();
        self.pdf.cmap(UNICODE, unicode.as_slice());
        Ok(())
    }
}

fn sheet() -> Rect {
    Rect::new(0.0, 0.0, SHEET.0 * POINTS, SHEET.1 * POINTS)
}

fn form_name(n: usize) -> String {
    format!("X{n}")
}
