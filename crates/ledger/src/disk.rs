//! The file layer: little enough that a test can break it at any point.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A folder of files.
pub trait Disk: Send + Sync {
    /// The names of all files.
    ///
    /// # Errors
    /// As the kernel says; the same for all others.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens a file that is there.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Makes a file, empty also where it was there.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name, in place of what had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Returns when names are as on disk.
    fn sync_names(&self) -> io::Result<()>;

    /// A file's whole content; `None` where there is none of that name.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match self.open(name) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut bytes = vec![0; usize::try_from(file.length()?).map_err(io::Error::other)?];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        Ok(Some(bytes))
    }

    /// Puts a file in the place of another, whole or not at all.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let half = format!("{name}.half");
        let file = self.create(&half)?;
        file.write_at(0, bytes)?;
        file.sync()?;
        self.rename(&half, name)?;
        self.sync_names()
    }
}

/// A file.
pub trait DiskFile: Send + Sync {
    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;
    /// Reads until the buffer is full or the file ends; how much.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes all of the bytes.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Asks for room, so that a later write there finds it.
    fn allocate(&self, offset: u64, length: u64) -> io::Result<()>;
    /// Returns when the content is on disk. Length and room may not be.
    fn sync_data(&self) -> io::Result<()>;
    /// Returns when all of it is on disk.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the machine.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held by whoever writes.
    _lock: Option<File>,
}

impl Folder {
    /// A folder that is only read. It need not exist.
    pub fn reading(path: impl Into<PathBuf>) -> Arc<Folder> {
        Arc::new(Folder { path: path.into(), _lock: None })
    }

    /// A folder to write in, made where it is not there, and locked against a second writer.
    ///
    /// # Errors
    /// As the kernel says; `WouldBlock` where another process holds it.
    pub fn writing(path: impl Into<PathBuf>) -> io::Result<Arc<Folder>> {
        let path = path.into();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        let lock = open(&path.join("lock"), OpenOptions::new().read(true).write(true).create(true))?;
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        if let Some(above) = path.parent() {
            File::open(above)?.sync_all()?;
        }
        Ok(Arc::new(Folder { path, _lock: Some(lock) }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.path)?.map(|file| Ok(file?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let writes = self._lock.is_some();
        Ok(Box::new(open(&self.path.join(name), OpenOptions::new().read(true).write(writes))?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Box::new(open(&self.path.join(name), &mut options)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.mode(0o600).open(path)
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match FileExt::read_at(self, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(self, rustix::fs::FallocateFlags::empty(), offset, length) {
            // Not every file system can; the zeros that follow take the room then.
            Ok(()) | Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}
