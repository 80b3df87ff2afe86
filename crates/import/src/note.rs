//! What could not be read, said in both languages and without any value.

/// Something in a row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line of the file on which the row begins, from 1.
    pub line: u64,
    /// The column, as the file calls it.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: Reason,
    /// Whether the whole row was refused. Else the value alone is unknown, and the rest of the row was taken.
    pub refused: bool,
}

/// What is wrong with a row or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The row has another number of columns than the header.
    Columns {
        /// So many.
        found: usize,
        /// The header's.
        expected: usize,
    },
    /// A quote in it is not closed, and rows that follow were read as part of it.
    Quote,
    /// A record with that name is there, and it is plainly another's.
    OtherRecord,
    /// What names the record is missing or too long.
    NoId,
    /// Bytes that are no characters.
    Unreadable,
    /// Longer than such a thing is.
    TooLong,
    /// Characters that nobody can print, or that do not belong there.
    Characters,
    /// No time.
    NoTime,
    /// No amount in whole yen.
    NoAmount,
    /// No mail address.
    NoMail,
    /// No telephone number.
    NoPhone,
    /// It looks like a card's number, and those are kept nowhere.
    CardNumber,
    /// A way of payment, a status or a channel that no word is known for.
    UnknownWord,
    /// Of a kind of event that there is not.
    UnknownEvent,
}

impl Reason {
    /// In Japanese.
    pub fn ja(&self) -> String {
        match self {
            Reason::Columns { found, expected } => format!(
                "列の数が {found} 個で、見出しの {expected} 個と合いません。引用符の閉じ忘れや余分なカンマがないかご確認ください"
            ),
            Reason::Quote => {
                "引用符が閉じられておらず、続く行までこの行の値として読まれました。閉じてから、もう一度取り込んでください".into()
            }
            Reason::OtherRecord => {
                "同じ番号の記録がすでにあり、別の方のものです。別の店のファイルであれば --system で名前を分けてください。                 番号の誤りであれば直してください"
                    .into()
            }
            Reason::NoId => {
                "記録を区別する番号がありません。番号を補ってから、もう一度取り込んでください".into()
            }
            Reason::Unreadable => {
                "文字として読めないバイトがあります。出力し直すか、該当の箇所を直してください".into()
            }
            Reason::TooLong => "長すぎます".into(),
            Reason::Characters => "使えない文字が含まれています".into(),
            Reason::NoTime => "日時として読めません(例 2021-03-10 12:30:00)".into(),
            Reason::NoAmount => "円単位の金額として読めません".into(),
            Reason::NoMail => "メールアドレスとして読めません".into(),
            Reason::NoPhone => "日本の電話番号として読めません".into(),
            Reason::CardNumber => "カード番号のように見えるため、取り込みません".into(),
            Reason::UnknownWord => {
                "対応する語が分からないため「不明」としました。--word で指定できます".into()
            }
            Reason::UnknownEvent => {
                "この種類の記録はありません(docs/incident/history.md の一覧をご覧ください)".into()
            }
        }
    }

    /// In English.
    pub fn en(&self) -> String {
        match self {
            Reason::Columns { found, expected } => format!(
                "it has {found} columns, the header {expected}: look for a quote that is not closed or a comma too many"
            ),
            Reason::Quote => {
                "a quote in it is not closed, and the rows that follow were read as part of it: close it and import the file again".into()
            }
            Reason::OtherRecord => {
                "a record with this number is there, and it is somebody else's: is it another shop's? Then name that with --system;                  else mend the number"
                    .into()
            }
            Reason::NoId => "nothing names the record: add its number and import it again".into(),
            Reason::Unreadable => {
                "there are bytes that are no characters: export it again, or mend the place".into()
            }
            Reason::TooLong => "it is too long".into(),
            Reason::Characters => "there are characters that cannot be used".into(),
            Reason::NoTime => "it is no time (2021-03-10 12:30:00 is one)".into(),
            Reason::NoAmount => "it is no amount in whole yen".into(),
            Reason::NoMail => "it is no mail address".into(),
            Reason::NoPhone => "it is no telephone number in Japan".into(),
            Reason::CardNumber => "it looks like a card's number: those are not taken in".into(),
            Reason::UnknownWord => {
                "no word is known for it: it counts as unknown; --word can name one".into()
            }
            Reason::UnknownEvent => {
                "there is no such kind of record: docs/incident/history.md lists them".into()
            }
        }
    }
}

/// Why a file is not read, or not further. The text says what to do and repeats nothing of the file.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The medium failed.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// Nothing is in it.
    #[error("the file is empty: export it again")]
    Empty,
    /// A workbook, not a CSV file.
    #[error("this is a workbook (.xlsx): open it and save it as CSV (UTF-8)")]
    Workbook,
    /// Two bytes a character.
    #[error("this is UTF-16 (Excel's \"Unicode text\"): save it as CSV (UTF-8)")]
    Utf16,
    /// The header is none that is known.
    #[error(
        "the first line names no columns of a known export: say with --as which one it is, leave the header as it was \
         exported, or write the columns of docs/incident/import.md"
    )]
    Unknown,
    /// A column without which nothing can be said is missing.
    #[error("as {kind}, the file lacks the column {}: export it again with that column", .columns.join(", or "))]
    Missing {
        /// What it was read as.
        kind: &'static str,
        /// Any of these would do.
        columns: Vec<&'static str>,
    },
    /// A row that does not end.
    #[error(
        "line {line}: the row that begins here does not end within {} bytes: a quote is not closed; mend that line",
        crate::RECORD_BYTES_MAX
    )]
    Endless {
        /// Where it begins.
        line: u64,
    },
    /// It ends before the place at which the import is to go on.
    #[error("the file has fewer rows than were imported of it before: it is another file")]
    Shorter,
}
