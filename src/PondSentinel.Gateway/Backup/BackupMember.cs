namespace PondSentinel.Gateway.Backup;

/// <summary>What a member of a backup is.</summary>
internal enum BackupPart
{
    /// <summary>The configuration.</summary>
    Configuration,

    /// <summary>A profile of the owner's own.</summary>
    Profile,

    /// <summary>A file of TLS: keys, certificates, authorities, lists.</summary>
    Tls,

    /// <summary>A calibration.</summary>
    Calibration,

    /// <summary>What the gateway keeps over restarts: maintenance, what drivers must not forget, how much went over the link.</summary>
    State,

    /// <summary>A file of the buffer.</summary>
    Buffer,
}

/// <summary>A file that belongs to a gateway: what it is called in a backup, and where it is on the machine.</summary>
/// <param name="Part">What it is.</param>
/// <param name="Name">Its name in the archive, <c>tls/key</c>.</param>
/// <param name="Path">Its place, whole.</param>
internal sealed record BackupMember(BackupPart Part, string Name, string Path);

/// <summary>A member as the manifest has it.</summary>
/// <param name="Name">Its name in the archive.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its content, 64 hexadecimal digits.</param>
internal sealed record ManifestEntry(string Name, long Bytes, string Sha256);
