using System.Globalization;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Messages that were refused, as people and the verbs see them: the days of <c>refused/</c> and of <c>archive/</c>, and in
/// <c>refused/again/</c> copies of those that are to be taken in once more. What lies in the first two stays there.</summary>
/// <param name="folder">The backend's folder.</param>
internal sealed class RefusedFolder(string folder)
{
    /// <summary>Name of the archive's folder.</summary>
    public const string Archive = "archive";

    private const string Part = ".part";

    private readonly string root = Path.Combine(folder, RefusedMessages.Folder);

    /// <summary>Where copies wait.</summary>
    public string Again => Path.Combine(root, "again");

    /// <summary>The days of messages refused whole, oldest first.</summary>
    public IReadOnlyList<string> Days => DayFile.In(root);

    /// <summary>The days of the archive: a record that was refused by itself lies there, in its batch.</summary>
    public IReadOnlyList<string> Archived => DayFile.In(Path.Combine(folder, Archive));

    /// <summary>The copies that wait, oldest first.</summary>
    public IReadOnlyList<string> Waiting => DayFile.In(Again);

    /// <summary>Hands a day over to be taken in once more.</summary>
    /// <param name="day">Its file.</param>
    /// <param name="now">Now; part of the copy's name, since a day may be handed over more than once.</param>
    /// <exception cref="IOException">It cannot be copied; nothing waits then.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is somebody else's.</exception>
    public void HandOver(string day, DateTimeOffset now) => HandOver(day, now, offer =>
    {
        offer();
        return null;
    });

    /// <summary>The same as a part of something else, for which nobody waits while the day is copied.</summary>
    /// <param name="day">Its file.</param>
    /// <param name="now">Now.</param>
    /// <param name="within">Does the rest, with the copy ready: calls what it is given, which lets the copy wait, or says why not.</param>
    /// <returns>What <paramref name="within"/> says.</returns>
    /// <exception cref="IOException">It cannot be copied; nothing waits then.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is somebody else's.</exception>
    public string? HandOver(string day, DateTimeOffset now, Func<Action, string?> within)
    {
        Directory.CreateDirectory(Again);
        var copy = Path.Combine(Again, string.Create(
            CultureInfo.InvariantCulture, $"{now:yyyyMMdd'T'HHmmssfff}-{Path.GetFileName(Path.GetDirectoryName(day))}-{Path.GetFileName(day)}"));
        try
        {
            using (var from = File.OpenRead(day))
            using (var to = File.Create(copy + Part))
            {
                from.CopyTo(to);
                to.Flush(flushToDisk: true);
            }

            return within(() => File.Move(copy + Part, copy));
        }
        finally
        {
            // Where it did not come to that, a full disk is not to stay so by what nobody reads.
            File.Delete(copy + Part);
        }
    }

    /// <summary>Whether a day of messages refused whole waits already.</summary>
    /// <param name="day">Its name.</param>
    public bool IsWaiting(string day) => Waiting.Any(copy => copy.EndsWith($"-{RefusedMessages.Folder}-{day}{DayFile.Extension}", StringComparison.Ordinal));

    /// <summary>The numbers that a message answers for, where they can be read.</summary>
    /// <param name="message">The message.</param>
    /// <param name="topic">Its topic.</param>
    public static (string Epoch, SequenceRange Range)? RunOf(ArchivedBatch message, Topic topic)
    {
        if (topic.Kind == TopicKind.Event)
        {
            return EventCodec.NumberIn(message.Payload.Span) is var (of, number) ? (of, new SequenceRange(number, number)) : null;
        }

        var (batch, _, run) = BatchCodec.Decode(message.Payload.Span);
        return batch is null ? run : (batch.Epoch, batch.Range);
    }
}
