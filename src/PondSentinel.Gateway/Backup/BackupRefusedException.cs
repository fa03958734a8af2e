namespace PondSentinel.Gateway.Backup;

/// <summary>A backup is not made, or not restored; the message says why and what to do.</summary>
/// <param name="message">One line.</param>
internal sealed class BackupRefusedException(string message) : Exception(message);
