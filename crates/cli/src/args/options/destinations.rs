//! Options of duplicity's back ends. They are taken with every destination, as duplicity takes them, and each counts
//! only for destinations of its kind. Destinations here are folders, for which none of them means anything; an address
//! of another kind is refused by itself, so that none of these is lost in silence.

use super::{Family, OptionRow};

const F: Family = Family::Destinations;

const fn value(name: &'static str, values: &'static [&'static str], help: &'static str) -> OptionRow {
    OptionRow::value(F, name, values, help).no_effect("It counts only for destinations of its kind.")
}

const fn flag(name: &'static str, help: &'static str) -> OptionRow {
    OptionRow::flag(F, name, help).no_effect("It counts only for destinations of its kind.")
}

pub(super) const OPTIONS: &[OptionRow] = &[
    value("num-retries", &["NUMBER"], "Tries of a failed call"),
    value("backend-retry-delay", &["SECONDS"], "Seconds between two tries"),
    value("timeout", &["SECONDS"], "Seconds before a silent server counts as gone"),
    flag("ssh-askpass", "SSH: ask for the password"),
    value("ssh-options", &["OPTIONS"], "SSH: options for the program").dashes(),
    value("scp-command", &["COMMAND"], "SSH: the scp program").dashes(),
    value("sftp-command", &["COMMAND"], "SSH: the sftp program").dashes(),
    value("rsync-options", &["OPTIONS"], "rsync: options for the program").dashes(),
    value("ssl-cacert-file", &["FILE"], "WebDAV: certificate authorities"),
    value("ssl-cacert-path", &["FOLDER"], "WebDAV: folder of certificate authorities"),
    flag("ssl-no-check-certificate", "WebDAV: accept any certificate"),
    value("webdav-headers", &["HEADERS"], "WebDAV: further headers"),
    flag("ftp-passive", "FTP: passive mode"),
    flag("ftp-regular", "FTP: active mode"),
    flag("imap-full-address", "IMAP: log in with the whole address"),
    value("imap-mailbox", &["NAME"], "IMAP: the mailbox"),
    flag("mf-purge", "MediaFire: purge instead of moving to the bin"),
    flag("b2-hide-files", "B2: hide instead of deleting"),
    value("cf-backend", &["NAME"], "Cloud Files: which library"),
    value("idr-fakeroot", &["FOLDER"], "IDrive: the root"),
    value("swift-storage-policy", &["POLICY"], "Swift: the storage policy"),
    value("mp-segment-size", &["MIB"], "Swift: the segment size"),
    value("par2-redundancy", &["PERCENT"], "par2+: redundancy"),
    value("par2-volumes", &["NUMBER"], "par2+: volumes"),
    value("par2-options", &["OPTIONS"], "par2+: options for the program").dashes(),
    value("azure-blob-tier", &["TIER"], "Azure: the storage tier"),
    value("azure-max-single-put-size", &["BYTES"], "Azure: largest upload in one call"),
    value("azure-max-block-size", &["BYTES"], "Azure: the block size"),
    value("azure-max-connections", &["NUMBER"], "Azure: connections"),
    value("s3-endpoint-url", &["URL"], "S3: the endpoint"),
    value("s3-region-name", &["NAME"], "S3: the region"),
    flag("s3-unencrypted-connection", "S3: plain HTTP"),
    flag("s3-use-rrs", "S3: reduced redundancy storage"),
    flag("s3-use-ia", "S3: infrequent access storage"),
    flag("s3-use-onezone-ia", "S3: one zone infrequent access storage"),
    flag("s3-use-glacier", "S3: Glacier storage"),
    flag("s3-use-glacier-ir", "S3: Glacier instant retrieval storage"),
    flag("s3-use-deep-archive", "S3: Glacier deep archive storage"),
    flag("s3-use-server-side-encryption", "S3: encrypt on the server too"),
    flag("s3-use-server-side-kms-encryption", "S3: encrypt on the server with KMS"),
    value("s3-kms-key-id", &["ID"], "S3: the KMS key"),
    value("s3-kms-grant", &["GRANT"], "S3: the KMS grant"),
    value("s3-multipart-chunk-size", &["MIB"], "S3: the part size"),
    value("s3-multipart-max-procs", &["NUMBER"], "S3: parts sent at once"),
    value("s3-multipart-max-timeout", &["SECONDS"], "S3: time for a part (0.8)"),
    flag("s3-european-buckets", "S3: make buckets in Europe (0.8)"),
    flag("s3-use-new-style", "S3: new style bucket names (0.8)"),
    flag("s3-use-multiprocessing", "S3: send parts at once (0.8)"),
    flag("gio", "Reach the destination through GIO (0.8)"),
];
