using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Takes messages in once more that were refused, once a person has mended why: the copies in <c>refused/again/</c>, oldest
/// first, one message at a time: batches only where no other batch waits, events in turn with those that arrive.</summary>
/// <remarks>They go the way of any message: what is stored is known by its number and passed over, and what is still not taken stays as it
/// was. So a copy that is begun anew after a crash does no harm, and nothing is noted of how far it is. Used by one at a time.</remarks>
/// <param name="parts">What ingest works with.</param>
/// <param name="folder">The folder of refused messages.</param>
internal sealed class AgainLane(IngestParts parts, RefusedFolder folder) : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private IEnumerator<ArchivedBatch?>? lines;
    private string? file;
    private string? trouble;
    private bool isUnderWay;
    private bool rests;
    private long restingSince;
    private (long Given, long Unreadable) tally;

    /// <summary>The next batch; null where there is none, or one is under way.</summary>
    public InboxEntry? Batch => Next is { Topic.Kind: not TopicKind.Event } ? Give() : null;

    /// <summary>The next event; null where there is none.</summary>
    public InboxEntry? Event => Next is { Topic.Kind: TopicKind.Event } ? Give() : null;

    /// <summary>Whether an event waits.</summary>
    public bool HasEvent => Next is { Topic.Kind: TopicKind.Event };

    private InboxEntry? Next { get; set; }

    /// <summary>Reads on, where nothing is under way.</summary>
    public void ReadOn()
    {
        if (isUnderWay || Next is not null || (rests && parts.Time.GetElapsedTime(restingSince) < Rest))
        {
            return;
        }

        rests = false;
        try
        {
            while (Next is null && (file is not null || Open()))
            {
                Step();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (trouble != e.Message)
            {
                parts.Logger.LogWarning("Refused messages wait: {Reason}. Give {Folder} to the user that runs the backend.", e.Message.TrimEnd('.'), folder.Again);
            }

            // Begun anew: what is stored by then is passed over.
            Dispose();
            (file, trouble, rests, restingSince) = (null, e.Message, true, parts.Time.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lines?.Dispose();

    private bool Open()
    {
        if (folder.Waiting is not [var next, ..])
        {
            return false;
        }

        (file, tally) = (next, default);
        lines = BatchArchive.Read(next).GetEnumerator();
        return true;
    }

    private void Step()
    {
        if (!lines!.MoveNext())
        {
            lines.Dispose();
            File.Delete(file!);
            parts.Logger.LogInformation(
                "Refused messages {File}: {Given} taken in once more, {Unreadable} lines that are no messages. pond-backend refused list tells what is still refused.",
                Path.GetFileName(file), tally.Given, tally.Unreadable);
            (file, trouble) = (null, null);
        }
        else if (lines.Current is { } message && Topic.TryParse(message.Topic, out var topic) && topic.Kind is TopicKind.DataLive or TopicKind.DataBack or TopicKind.Event)
        {
            Next = new InboxEntry(new Delivery(message.Topic, message.Payload, () => isUnderWay = false, () => false), topic);
        }
        else
        {
            tally.Unreadable++;
        }
    }

    private InboxEntry? Give()
    {
        var given = Next;
        (Next, isUnderWay) = (null, true);
        tally.Given++;
        return given;
    }
}
