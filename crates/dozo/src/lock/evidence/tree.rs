//! Every file of the data folder by name, size, time, mode and owner: what was planted among them shows.

use serde_json::{Value, json};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// The most entries that are listed.
const ENTRIES_MAX: usize = 200_000;

/// The list, without what was preserved before.
pub(super) fn list(root: &Path) -> Value {
    let mut all = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let (path, Ok(meta)) = (entry.path(), entry.path().symlink_metadata()) else { continue };
            if all.len() >= ENTRIES_MAX {
                return json!({ "whole": false, "files": all });
            }
            let kind = match meta.file_type() {
                t if t.is_dir() => "folder",
                t if t.is_file() => "file",
                t if t.is_symlink() => "link",
                _ => "other",
            };
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if meta.is_dir() && name != super::FOLDER {
                folders.push(path);
            }
            all.push(json!({
                "name": name, "kind": kind, "bytes": meta.len(), "mode": format!("{:o}", meta.mode() & 0o7777),
                "uid": meta.uid(), "gid": meta.gid(), "inode": meta.ino(), "links": meta.nlink(),
                "modified_s": meta.mtime(), "changed_s": meta.ctime(),
            }));
        }
    }
    json!({ "whole": true, "files": all })
}
