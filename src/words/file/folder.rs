//! Folders: whose they are, that they change places in one step, and that their names reach the disk.

use std::fs::{File, Metadata};
use std::io::Result;
use std::path::Path;

/// Whether a file belongs to the user who runs the program; nobody's where the system has no such users.
pub fn is_of_this_user(found: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        found.uid() == rustix::process::geteuid().as_raw()
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        false
    }
}

/// Lets two files or folders change places, in one step.
///
/// # Errors
/// One of them is not there, they are on different file systems, one is in use as a mount point, or the system or the file
/// system cannot do it; then nothing has changed.
pub fn exchange(one: &Path, other: &Path) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    {
        let _ = (one, other);
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
    }
}

/// Flushes the names in a folder to the disk, where the system can.
pub fn flush_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Whether a folder has an access control list, which a new folder would not have.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn has_access_list(folder: &Path) -> bool {
    let mut list = [0; 4096];
    match rustix::fs::listxattr(folder, &mut list) {
        Ok(length) => list[..length].split(|byte| *byte == 0).any(|name| name.starts_with(b"system.posix_acl")),
        // A file system without such lists, or one with more than anybody needs.
        Err(cause) => cause != rustix::io::Errno::NOTSUP,
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub fn has_access_list(_: &Path) -> bool {
    false
}
