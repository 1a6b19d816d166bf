//! The tables of the index.
//!
//! A chain is the unit: its rows come with its sets and go with them. `versions` has a row for each state of each
//! path, clustered in path order (the components of `path` are joined with NUL, so that the order of bytes is the
//! format's), valid from the set `since` until the set `until`, null for what is still there:
//!
//! * the state to compare a walk with: a chain's rows with no `until`, in order;
//! * a folder at a moment: a range of paths, stepping over the rows below each folder in it;
//! * every version of a path: one point per chain;
//! * a search over names: `names` has each name once for each folder it was ever in.
//!
//! Which volumes hold a version: those of its set in `volumes` whose range the path falls in.

/// The version of the tables. Another one is never read: the index is made again.
pub(super) const VERSION: i32 = 2;

/// What says that the file is ours: "btix".
pub(super) const APPLICATION: i32 = 0x6274_6978;

pub(super) const TABLES: &str = "
CREATE TABLE about (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    destination BLOB NOT NULL,  -- SHA-256 of its address
    checked INTEGER NOT NULL    -- when the whole file was last checked, in seconds
);
CREATE TABLE chains (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    live INTEGER NOT NULL,      -- how many versions have no end
    digest INTEGER NOT NULL     -- the sum of their checksums
);
CREATE TABLE sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chain INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    manifest TEXT NOT NULL,     -- the object, and its size
    manifest_size INTEGER NOT NULL,
    local_size INTEGER NOT NULL, -- of the signatures in the archive folder, and their last bytes
    local_tail BLOB NOT NULL,
    UNIQUE (chain, end_time)
);
CREATE TABLE members (
    set_id INTEGER NOT NULL,
    plain INTEGER NOT NULL,     -- where a gzip member's content begins in the tar
    file INTEGER NOT NULL,      -- where the member begins in the file
    PRIMARY KEY (set_id, plain)
) WITHOUT ROWID;
CREATE TABLE volumes (
    set_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    start_path BLOB NOT NULL,
    start_block INTEGER,
    end_path BLOB NOT NULL,
    end_block INTEGER,
    PRIMARY KEY (set_id, number)
) WITHOUT ROWID;
CREATE TABLE owners (
    id INTEGER PRIMARY KEY,
    uname BLOB NOT NULL,
    gname BLOB NOT NULL,
    UNIQUE (uname, gname)
);
CREATE TABLE versions (
    chain INTEGER NOT NULL,
    path BLOB NOT NULL,
    since INTEGER NOT NULL,     -- the set that has it
    until INTEGER,              -- the set that has it no more, or otherwise
    kind INTEGER NOT NULL,      -- 0 file, 1 folder, 2 link, 3 pipe, 4 character device, 5 block device
    size INTEGER,               -- bytes, where known
    mtime INTEGER NOT NULL,     -- whole seconds
    mode INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    gid INTEGER NOT NULL,
    owner INTEGER NOT NULL,     -- the names of owner and group
    link BLOB,                  -- where a link points, the numbers of a device
    signature INTEGER,          -- where its member begins in the set's signatures
    doubt INTEGER NOT NULL,     -- whether the content is to be looked at again
    mtime_ns INTEGER,           -- what the system said when the content was last known
    ctime_ns INTEGER,
    inode INTEGER,
    attributes INTEGER,         -- a checksum of the extended attributes, 0 for none
    PRIMARY KEY (chain, path, since)
) WITHOUT ROWID;
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);
CREATE TABLE names (
    name BLOB NOT NULL,
    folder INTEGER NOT NULL,
    PRIMARY KEY (name, folder)
) WITHOUT ROWID;
";

/// The columns of a version that make up its [`super::row::Row`], in the order it is read in.
pub(super) const COLUMNS: &str = "path, since, kind, size, mtime, mode, uid, gid, owner, link, signature, doubt, \
                                  mtime_ns, ctime_ns, inode, attributes";
