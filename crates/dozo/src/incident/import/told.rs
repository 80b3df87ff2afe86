//! What an import tells: for the eyes in one language, or one JSON object a line. No value of a file is ever in it.

use crate::incident::print::Lang;
use ::import::{Note, Survey};
use anyhow::Result;
use serde_json::{Value, json};
use std::io::Write;
use store::imported::ImportedFile;

/// How it is told.
pub struct Told {
    pub json: bool,
    pub lang: Lang,
}

/// So many digits of a digest name a file for people.
const DIGEST_DIGITS: usize = 16;

impl Told {
    /// What a file was found to be.
    pub fn looked(&self, name: &str, survey: &Survey, digest: &[u8; 32]) -> Result<()> {
        let (kind, encoding) = (survey.kind.name(), survey.encoding.name());
        let lacking = &survey.lacking;
        let digest = hex(digest);
        let value = json!({
            "event": "file", "file": name, "kind": kind, "encoding": encoding, "bytes": survey.bytes,
            "digest": digest, "lacking": lacking,
        });
        let short = &digest[..DIGEST_DIGITS];
        let mut ja =
            format!("{name}: {kind}、文字コード {encoding}、{} バイト、ダイジェスト {short}", survey.bytes);
        let mut en = format!("{name}: {kind}, {encoding}, {} bytes, digest {short}", survey.bytes);
        if !lacking.is_empty() {
            ja += &format!("\n  次の列がないため、該当する可能性のある方が増えます: {}", lacking.join("、"));
            en += &format!("\n  without these columns more persons may be concerned: {}", lacking.join(", "));
        }
        self.say(&value, &ja, &en)
    }

    /// Something that could not be read.
    pub fn note(&self, name: &str, note: &Note) -> Result<()> {
        let Note { line, column, reason, refused } = note;
        let (ja, en) = (reason.ja(), reason.en());
        let value = json!({
            "event": "note", "file": name, "line": line, "column": column, "refused": refused,
            "reason": { "ja": ja, "en": en },
        });
        let (at_ja, at_en) = match column {
            Some(column) => (format!("{line}行目「{column}」"), format!("line {line}, {column}")),
            None => (format!("{line}行目"), format!("line {line}")),
        };
        let (what_ja, what_en) = match refused {
            true => ("取り込めません", "refused"),
            false => ("不明としました", "left unknown"),
        };
        self.say(&value, &format!("  {at_ja} {what_ja}: {ja}"), &format!("  {at_en} {what_en}: {en}"))
    }

    /// A file that is in the books already.
    pub fn known(&self, name: &str, file: &ImportedFile) -> Result<()> {
        let ja = format!("{name}: すでに取り込み済みです({} 件)。何も変わりません", file.records);
        let en = format!("{name}: imported already ({} records); nothing changes", file.records);
        self.say(&summary("known", name, file), &ja, &en)
    }

    /// A file that is done.
    pub fn done(&self, name: &str, file: &ImportedFile) -> Result<()> {
        let ImportedFile { rows, records, refused, .. } = file;
        let mut ja = format!("{name}: {rows} 行を読み、{records} 件を取り込みました");
        let mut en = format!("{name}: {rows} rows read, {records} records imported");
        if *refused > 0 {
            let short = &hex(&file.digest)[..DIGEST_DIGITS];
            ja += &format!(
                "。{refused} 行は取り込めませんでした。どなたの記録か分からないため、直すまでは全員を「可能性あり」として扱います。\
                 直した行のファイルを --mends {short} を付けて取り込んでください"
            );
            en += &format!(
                "; {refused} rows were refused. Nobody can say whose they are, so everybody counts as possible until they \
                 are mended: import a file with the mended rows and --mends {short}"
            );
        }
        self.say(&summary("done", name, file), &ja, &en)
    }

    fn say(&self, value: &Value, ja: &str, en: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        match (self.json, self.lang) {
            (true, _) => writeln!(out, "{value}")?,
            (false, Lang::Ja) => writeln!(out, "{ja}")?,
            (false, Lang::En) => writeln!(out, "{en}")?,
        }
        Ok(())
    }
}

fn summary(event: &str, name: &str, file: &ImportedFile) -> Value {
    json!({
        "event": event, "file": name, "system": file.system, "kind": file.kind, "rows": file.rows,
        "records": file.records, "refused": file.refused, "digest": hex(&file.digest),
    })
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
