//! Looks at what lies in the shop's folder, and at the program: what was not there, what grows although it should not,
//! what was replaced.
//!
//! The watch may list the folders and ask for sizes and times; it reads nothing there. Which files there may be is told
//! by whoever knows the house. A file is a finding when it was seen in two looks, so that one that is written whole and
//! then renamed is none.

use crate::{finding::Finding, strays::shown};
use aws_lc_rs::digest::{Context, SHA256};
use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs::{self, File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The most files that are named at once.
const NAMED_MAX: usize = 20;
/// The most entries of the folder that are looked at.
const ENTRIES_MAX: usize = 50_000;

/// What there may be in the shop's folder.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// The folder.
    pub dir: PathBuf,
    /// The files there may be.
    pub known: Vec<KnownFile>,
    /// Folders that are not looked at, by their path in it.
    pub skipped: Vec<&'static str>,
    /// The file of the program that runs.
    pub program: Option<PathBuf>,
}

/// Files that there may be, by pattern.
#[derive(Debug, Clone)]
pub struct KnownFile {
    /// Parts of a path; `*` in a part stands for letters, digits, `-` and `_`, and a last part `**` for anything.
    pub pattern: Cow<'static, str>,
    /// How large it may be, in bytes. `None` where it grows.
    pub bytes_max: Option<u64>,
}

/// Looks at the folder and the program.
pub(crate) struct Files {
    house: House,
    before: BTreeSet<Finding>,
    program: Option<Program>,
    closed: Vec<String>,
}

/// The program that lies where this one was started from.
struct Program {
    path: PathBuf,
    /// As it was when it was last compared with the one that runs.
    compared: Option<Version>,
    replaced: bool,
}

/// Device, inode, size, and the times of the last change of contents and of anything.
type Version = (u64, u64, u64, (i64, i64), (i64, i64));

impl Files {
    pub(crate) fn new(house: House) -> Files {
        let program = house.program.clone();
        let program = program.map(|path| Program { path, compared: None, replaced: false });
        Files { house, before: BTreeSet::new(), program, closed: Vec::new() }
    }

    /// The folders that may not be listed.
    pub(crate) fn closed(&self) -> &[String] {
        &self.closed
    }

    /// What is wrong now.
    pub(crate) fn look(&mut self) -> BTreeSet<Finding> {
        let now = self.odd();
        // At the first look nothing is in between: what lay there before the start is seen at the second.
        let mut found: BTreeSet<Finding> = now.intersection(&self.before).take(NAMED_MAX).cloned().collect();
        self.before = now;
        if let Some(program) = &mut self.program
            && program.is_replaced()
        {
            found.insert(Finding::ProgramReplaced);
        }
        found
    }

    fn odd(&mut self) -> BTreeSet<Finding> {
        let (mut odd, mut count) = (BTreeSet::new(), 0);
        self.closed.clear();
        let mut waiting = vec![PathBuf::new()];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = fs::read_dir(self.house.dir.join(&folder)) else {
                self.closed.push(shown(&folder));
                continue;
            };
            for entry in entries.flatten() {
                let path = folder.join(entry.file_name());
                count += 1;
                match entry.metadata() {
                    _ if count > ENTRIES_MAX => return odd,
                    _ if self.house.skipped.iter().any(|skipped| path == Path::new(skipped)) => {}
                    Ok(meta) if meta.is_dir() && self.leads_somewhere(&path) => waiting.push(path),
                    Ok(meta) => odd.extend(self.judge(&path, &meta)),
                    // Gone between the two calls.
                    Err(_) => {}
                }
            }
        }
        odd
    }

    fn judge(&self, path: &Path, meta: &Metadata) -> Option<Finding> {
        let file = || shown(path);
        let known = self.house.known.iter().find(|known| known.fits(path)).filter(|_| !meta.is_dir());
        match known {
            None => Some(Finding::FileUnexpected { file: file() }),
            // Nothing of the shop is a link, or a program.
            Some(_) if meta.is_symlink() || meta.is_file() && meta.mode() & 0o111 != 0 => {
                Some(Finding::FileUnexpected { file: file() })
            }
            Some(known) if known.bytes_max.is_some_and(|max| meta.len() > max) => {
                Some(Finding::FileGrown { file: file() })
            }
            Some(_) => None,
        }
    }

    /// Whether a folder is one that known files lie in.
    fn leads_somewhere(&self, folder: &Path) -> bool {
        let depth = folder.components().count();
        self.house.known.iter().any(|known| {
            let parts: Vec<&str> = known.pattern.split('/').collect();
            let head = parts.get(..depth).unwrap_or(&parts);
            parts.len() > depth && fits(head, folder) || parts.last() == Some(&"**") && known.fits(folder)
        })
    }
}

impl KnownFile {
    fn fits(&self, path: &Path) -> bool {
        fits(&self.pattern.split('/').collect::<Vec<_>>(), path)
    }
}

fn fits(parts: &[&str], path: &Path) -> bool {
    let names: Vec<_> = path.components().map(|c| c.as_os_str().to_str().unwrap_or("\u{0}")).collect();
    match parts.split_last() {
        Some((&"**", head)) => {
            names.len() > head.len() && head.iter().zip(&names).all(|(part, name)| fits_part(part, name))
        }
        _ => names.len() == parts.len() && parts.iter().zip(&names).all(|(part, name)| fits_part(part, name)),
    }
}

/// Whether a name fits a part with at most one `*`.
fn fits_part(part: &str, name: &str) -> bool {
    let Some((head, tail)) = part.split_once('*') else { return part == name };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let middle = name.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
    middle.is_some_and(|middle| !middle.is_empty() && middle.chars().all(plain))
}

impl Program {
    /// Whether another program lies there than the one that runs. Its bytes are compared where the file is another one
    /// or was touched: the same program, installed again, is no other.
    fn is_replaced(&mut self) -> bool {
        let now = fs::metadata(&self.path).ok().as_ref().map(version);
        if now.is_none() || self.compared != now {
            // Where it cannot be read, it is gone or hidden.
            self.replaced = !is_what_runs(&self.path).unwrap_or(false);
            self.compared = now;
        }
        self.replaced
    }
}

/// Whether the file holds the program that this process is.
fn is_what_runs(path: &Path) -> io::Result<bool> {
    let (mut running, mut there) = (File::open("/proc/self/exe")?, File::open(path)?);
    Ok(version(&running.metadata()?) == version(&there.metadata()?)
        || sha256_of(&mut running)? == sha256_of(&mut there)?)
}

fn version(meta: &Metadata) -> Version {
    let (changed, touched) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
    (meta.dev(), meta.ino(), meta.size(), changed, touched)
}

/// SHA-256 of all that comes, in hex; by the library that is quick on a processor without instructions for it, since whole
/// programs and databases are hashed.
///
/// # Errors
/// As it is read.
pub fn sha256_of(from: &mut impl Read) -> io::Result<String> {
    let (mut hash, mut part) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        match from.read(&mut part)? {
            0 => return Ok(ledger::hex(hash.finish().as_ref())),
            count => hash.update(&part[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [KnownFile; 5] = [
        KnownFile { pattern: Cow::Borrowed("dozo.toml"), bytes_max: None },
        KnownFile { pattern: Cow::Borrowed("web/role.key"), bytes_max: Some(64) },
        KnownFile { pattern: Cow::Borrowed("logs/*.jsonl"), bytes_max: None },
        KnownFile { pattern: Cow::Borrowed("gate/journal/*.jsonl"), bytes_max: None },
        KnownFile { pattern: Cow::Borrowed("vault/**"), bytes_max: None },
    ];

    fn house() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["web", "logs", "gate/journal", "vault/ledger/1"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for file in
            ["dozo.toml", "web/role.key", "logs/web.jsonl", "logs/web.old.jsonl", "vault/ledger/1/x.seg"]
        {
            fs::write(dir.path().join(file), "x").unwrap();
        }
        fs::remove_file(dir.path().join("logs/web.old.jsonl")).unwrap();
        let house =
            House { dir: dir.path().to_owned(), known: KNOWN.to_vec(), skipped: vec!["eyes"], program: None };
        let files = Files::new(house);
        (dir, files)
    }

    fn twice(files: &mut Files) -> Vec<Finding> {
        files.look();
        files.look().into_iter().collect()
    }

    #[test]
    fn web_shells_and_collections_in_each_disguise_and_nothing_else() {
        let (dir, mut files) = house();
        // A browser keeps links and sockets in its own room.
        fs::create_dir(dir.path().join("eyes")).unwrap();
        std::os::unix::fs::symlink("x", dir.path().join("eyes/SingletonLock")).unwrap();
        assert!(twice(&mut files).is_empty());
        for file in [
            "web/shell.php",
            "web/shell.phtml",
            "web/picture.jpg.php",
            "web/.hidden",
            "logs/web.jsonl.php",
            "logs/.web.jsonl",
            "gate/journal/current.jsonl.bak",
            "gate/new/x.jsonl",
            "cards.txt",
            "web/role.key/x",
        ] {
            let path = dir.path().join(file);
            let folder = path.parent().unwrap().to_owned();
            let was_there = folder.exists();
            if folder.is_file() {
                continue;
            }
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, "x").unwrap();
            assert!(files.look().is_empty(), "once is nothing: {file}");
            let named = if was_there { file } else { "gate/new" };
            let found: Vec<Finding> = files.look().into_iter().collect();
            assert_eq!(found, [Finding::FileUnexpected { file: named.into() }]);
            fs::remove_file(&path).unwrap();
            if !was_there {
                fs::remove_dir(&folder).unwrap();
            }
            assert!(files.look().is_empty(), "over: {file}");
        }
    }

    #[test]
    fn what_grows_is_a_link_or_can_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, mut files) = house();
        let at = |file: &str| dir.path().join(file);
        fs::write(at("web/role.key"), "x".repeat(65)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at("logs/post.jsonl")).unwrap();
        fs::set_permissions(at("vault/ledger/1/x.seg"), fs::Permissions::from_mode(0o700)).unwrap();
        let unexpected = |file: &str| Finding::FileUnexpected { file: file.into() };
        assert_eq!(
            twice(&mut files),
            [
                unexpected("logs/post.jsonl"),
                unexpected("vault/ledger/1/x.seg"),
                Finding::FileGrown { file: "web/role.key".into() }
            ]
        );
    }

    #[test]
    fn another_program_in_the_place_of_this_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dozo");
        let house = House { program: Some(path.clone()), dir: dir.path().join("data"), ..House::default() };
        let mut files = Files::new(house);
        fs::copy("/proc/self/exe", &path).unwrap();
        assert!(files.look().is_empty(), "installed again");
        let mut altered = fs::read(&path).unwrap();
        *altered.last_mut().unwrap() ^= 1;
        fs::write(&path, altered).unwrap();
        assert_eq!(files.look().into_iter().collect::<Vec<_>>(), [Finding::ProgramReplaced]);
        fs::remove_file(&path).unwrap();
        assert!(files.look().contains(&Finding::ProgramReplaced), "gone");
        assert_eq!(files.closed(), [""], "the folder is not there");
    }
}
