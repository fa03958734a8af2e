namespace PondSentinel.Gateway.Backup;

/// <summary>A backup is not made, or not restored; the message says why and what to do.</summary>
/// <param name="message">One line.</param>
internal sealed class BackupRefusedException(string message) : Exception(message)
{
    /// <summary>It is not as it was made; the copy that was taken of it may be.</summary>
    /// <param name="what">What is wrong with it.</param>
    public static BackupRefusedException Damaged(string what) => new($"{what}; take another copy of it");

    /// <summary>It is not what <c>pond-gateway backup</c> makes, and no other copy of it would be.</summary>
    /// <param name="what">What is wrong with it.</param>
    public static BackupRefusedException Foreign(string what) => new($"{what}; restore one that pond-gateway backup has made");
}
