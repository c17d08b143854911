//! Replaces a history file with a new one. After a crash at any point, there is a file that a server can open.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::server::history_file::locked_file::{LockedFile, options, try_lock, with_path};
use crate::server::history_file::replaceable_file::ReplaceableFile;
use crate::server::history_file::room_line;
use crate::server::history_file::tail::TailError;

/// A rotation in progress: the old file becomes `FILE.1`, and a new one takes its place.
///
/// The path `FILE` always leads to a file: the old one, until a single rename(2) puts the new one there. Then the old
/// file's only name is `FILE.1`. The caller must then sync the directory before any new line counts as stored.
///
/// A rotation overwrites only older transcripts of its own room, and empty or unfinished files. All other files stay as
/// they are.
#[derive(Debug)]
pub struct Rotation<'a> {
    old: &'a LockedFile,
    /// The new file, or `None` until `write_new` has written it. The last step gives it the name `FILE`.
    new: Option<Successor>,
    /// Keeps the previous `FILE.1` locked until the rotation ends.
    previous: Option<ReplaceableFile>,
    /// The paths of the temporary files that [`Rotation::run`] removes if a step fails.
    unfinished: Vec<PathBuf>,
}

/// The new file of a rotation.
#[derive(Debug)]
pub struct Successor {
    /// The lock on the new file, and the path `FILE`.
    pub locked: LockedFile,
    /// The descriptor through which lines are appended to the new file.
    pub file: File,
    /// The length of the file, in bytes.
    pub length: u64,
}

/// A step of a rotation.
pub type Step<'a> = fn(&mut Rotation<'a>) -> io::Result<()>;

impl<'a> Rotation<'a> {
    /// The steps, in order. A test interrupts a rotation after each of them.
    pub const STEPS: [Step<'a>; 6] = [
        Rotation::check,
        Rotation::write_new,
        Rotation::sync_new,
        Rotation::link_old,
        Rotation::replace_previous,
        Rotation::rename_new,
    ];

    /// Makes a rotation of the file `old`. It has not run any step yet.
    pub fn new(old: &'a LockedFile) -> Rotation<'a> {
        Rotation {
            old,
            new: None,
            previous: None,
            unfinished: Vec::new(),
        }
    }

    /// Runs all steps. Returns the new file.
    ///
    /// # Errors
    /// Fails with a message for the user if a system call fails, if another file is in the way, or if the old file was
    /// removed or changed. A failed rotation leaves `FILE` as it is.
    pub fn run(mut self) -> io::Result<Successor> {
        for step in Rotation::STEPS {
            if let Err(error) = step(&mut self) {
                // The disk may be full, so remove the temporary files.
                for path in &self.unfinished {
                    let _ = fs::remove_file(path);
                }
                return Err(error);
            }
        }
        self.new.ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn check(&mut self) -> io::Result<()> {
        self.old.check_path(self.old.path())?;
        self.previous = Some(ReplaceableFile::check(&self.sibling(".1"), self.old)?);
        // A killed server may have left these files behind.
        for ending in [".new", ".1.new"] {
            let path = self.sibling(ending);
            let _lock = ReplaceableFile::check(&path, self.old)?;
            remove_if_there(&path)?;
        }
        Ok(())
    }

    fn write_new(&mut self) -> io::Result<()> {
        let path = self.sibling(".new");
        // Until the new file has the permissions of the old file, only the server's user may read it.
        let new = options().create_new(true).mode(0o600).open(&path);
        let mut new = new.map_err(with_path(&path))?;
        self.unfinished.push(path.clone());
        // Lock the file before it gets its final name, so that no other server can lock it first.
        if !try_lock(&new)? {
            return Err(with_path(&path)(io::Error::other(
                "another server has it open",
            )));
        }
        copy_permissions(&self.old.metadata()?, &new).map_err(with_path(&path))?;
        let old = with_path(self.old.path());
        let tail = self.old.tail().map_err(|error| match error {
            TailError::Io(error) => old(error),
            other => old(io::Error::other(other)),
        })?;
        if tail.torn > 0 || tail.room.as_deref() != Some(self.old.room()) {
            return Err(old(io::Error::other("another program has changed it")));
        }
        let mut text = room_line::encode(self.old.room());
        for line in &tail.lines {
            text.push_str(line);
            text.push('\n');
        }
        new.write_all(text.as_bytes()).map_err(with_path(&path))?;
        self.new = Some(Successor {
            locked: self.old.successor(new.try_clone()?),
            file: new,
            length: text.len() as u64,
        });
        Ok(())
    }

    fn sync_new(&mut self) -> io::Result<()> {
        // The directory is not synced here: the next steps change it, and the caller's first sync includes it.
        match &self.new {
            Some(new) => new
                .file
                .sync_data()
                .map_err(with_path(&self.sibling(".new"))),
            None => Ok(()),
        }
    }

    fn link_old(&mut self) -> io::Result<()> {
        let link = self.sibling(".1.new");
        fs::hard_link(self.old.path(), &link).map_err(with_path(&link))?;
        self.unfinished.push(link.clone());
        self.old.check_path(&link)
    }

    fn replace_previous(&mut self) -> io::Result<()> {
        let link = self.sibling(".1.new");
        let previous = self.sibling(".1");
        fs::rename(&link, &previous).map_err(with_path(&previous))?;
        // If both names already belong to the same file, rename(2) does nothing, and the link stays.
        remove_if_there(&link)
    }

    fn rename_new(&mut self) -> io::Result<()> {
        fs::rename(self.sibling(".new"), self.old.path()).map_err(with_path(self.old.path()))
    }

    /// Returns the path of the old file, with `ending` appended to the file's name.
    fn sibling(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(self.old.path());
        name.push(ending);
        name.into()
    }
}

/// Gives `to` the mode from the metadata `from`, and also the owner and the group if the system permits that.
fn copy_permissions(from: &Metadata, to: &File) -> io::Result<()> {
    for (owner, group) in [(None, Some(from.gid())), (Some(from.uid()), None)] {
        match fchown(to, owner, group) {
            Err(error) if error.kind() != ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    to.set_permissions(from.permissions())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(with_path(path)(error)),
        _ => Ok(()),
    }
}
