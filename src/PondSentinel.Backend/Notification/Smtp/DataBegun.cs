using MailKit;
using MailKit.Net.Smtp;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>Notices that a server lets a mail come, and gives it more time from then on: what it has whole it may take, whether its answer
/// is waited for or not.</summary>
/// <param name="then">Called when the mail begins to go.</param>
internal sealed class DataBegun(Action then) : ITransferProgress
{
    private SmtpClient? connection;
    private TimeSpan within;

    /// <summary>Says on which connection.</summary>
    /// <param name="of">The connection.</param>
    /// <param name="answer">How long each answer may take from when the mail begins to go.</param>
    public void On(SmtpClient of, TimeSpan answer) => (connection, within) = (of, answer);

    /// <inheritdoc/>
    public void Report(long bytesTransferred, long totalSize) => Report(bytesTransferred);

    /// <inheritdoc/>
    public void Report(long bytesTransferred)
    {
        if (connection is { } one)
        {
            connection = null;
            one.Timeout = (int)within.TotalMilliseconds;
            then();
        }
    }
}
