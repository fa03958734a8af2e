using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Takes messages in once more that were refused, once a person has mended why: the copies in <c>refused/again/</c>, oldest
/// first, one message at a time: batches only where no other batch waits, events in turn with those that arrive.</summary>
/// <remarks>
/// <para>They go the way of any message: what is stored is known by its number and passed over, and what is still not taken stays as it
/// was. So a copy that is begun anew after a crash does no harm, and nothing is noted of how far it is. Used by one at a time.</para>
/// <para>A copy stays, and is gone through again later, while a bound keeps one of its messages out: rows of a day, epochs, gaps. The others
/// have their turn meanwhile. One that cannot be deleted is gone through once, and its deletion is tried again.</para>
/// </remarks>
/// <param name="parts">What ingest works with.</param>
/// <param name="folder">The folder of refused messages.</param>
/// <param name="delete">Deletes a file.</param>
internal sealed class AgainLane(IngestParts parts, RefusedFolder folder, Action<string> delete) : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    // Room comes with the hours, and to go through a copy costs as much as what it holds.
    private static readonly TimeSpan RoomRest = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, PutOff> putOff = new(StringComparer.Ordinal);
    private readonly HashSet<string> done = new(StringComparer.Ordinal);
    private IEnumerator<ArchivedBatch?>? lines;
    private string? file;
    private string? trouble;
    private bool isUnderWay;
    private long? restingSince;
    private long? triedAt;
    private Tally tally;

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
        if (isUnderWay || Next is not null || (restingSince is { } since && parts.Time.GetElapsedTime(since) < Rest))
        {
            return;
        }

        restingSince = null;
        try
        {
            while (Next is null && (file is not null || Open()))
            {
                Step();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Begun anew: what is stored by then is passed over.
            Note("Refused messages wait", e);
            Dispose();
            (file, restingSince) = (null, parts.Time.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lines?.Dispose();

    private bool Open()
    {
        DeleteDone();
        if (folder.Waiting.FirstOrDefault(path => !done.Contains(path) && !IsPutOff(path)) is not { } next)
        {
            return false;
        }

        (file, tally) = (next, default);
        lines = BatchArchive.Read(next).GetEnumerator();
        return true;
    }

    private bool IsPutOff(string path) => putOff.TryGetValue(path, out var until) && parts.Time.GetElapsedTime(until.At) < RoomRest;

    private void Step()
    {
        if (!lines!.MoveNext())
        {
            lines.Dispose();
            var ended = file!;
            (file, trouble) = (null, null);
            End(ended);
        }
        else if (lines.Current is { Payload.Length: > 0 } message && Topic.TryParse(message.Topic, out var topic)
            && topic.Kind is TopicKind.DataLive or TopicKind.DataBack or TopicKind.Event)
        {
            Next = new InboxEntry(new Delivery(message.Topic, message.Payload, () => isUnderWay = false, () => false) { Again = Count }, topic);
        }
        else
        {
            tally.Unreadable++;
        }
    }

    private void End(string ended)
    {
        // What an earlier round has stored this one has passed over.
        var before = putOff.GetValueOrDefault(ended);
        var (stored, passedOver) = (tally.Stored + (before?.Stored ?? 0), tally.PassedOver - (before?.Stored ?? 0));
        if (tally.Waiting > 0)
        {
            if (before?.Waiting != tally.Waiting)
            {
                parts.Logger.LogWarning(
                    "Refused messages {File}: {Waiting} wait for room ({Why}). They are tried again every {Minutes} min, and {File} stays until then; delete it to give them up.",
                    Path.GetFileName(ended), tally.Waiting, tally.Why, RoomRest.TotalMinutes, Path.Combine(folder.Again, Path.GetFileName(ended)));
            }

            putOff[ended] = new PutOff(parts.Time.GetTimestamp(), stored, tally.Waiting);
            return;
        }

        putOff.Remove(ended);
        parts.Logger.LogInformation(
            "Refused messages {File}: {Stored} stored, {PassedOver} stored before, {Refused} refused again{Why}, {Unreadable} lines that are no messages. pond-backend refused list tells how their records stand.",
            Path.GetFileName(ended), stored, passedOver, tally.Refused, tally.Refused > 0 ? $" (first: {tally.Why})" : "", tally.Unreadable);
        done.Add(ended);
        triedAt = null;
        DeleteDone();
    }

    private void DeleteDone()
    {
        if (done.Count == 0 || (triedAt is { } at && parts.Time.GetElapsedTime(at) < Rest))
        {
            return;
        }

        triedAt = parts.Time.GetTimestamp();
        try
        {
            foreach (var path in done.ToList())
            {
                delete(path);
                done.Remove(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note("Refused messages are done, and their copy stays", e);
        }
    }

    // Once for each reason: it is tried every few seconds.
    private void Note(string what, Exception e)
    {
        if (trouble != e.Message)
        {
            parts.Logger.LogWarning("{What}: {Reason}. Give {Folder} to the user that runs the backend.", what, e.Message.TrimEnd('.'), folder.Again);
        }

        trouble = e.Message;
    }

    private InboxEntry? Give()
    {
        var given = Next;
        (Next, isUnderWay) = (null, true);
        return given;
    }

    private void Count(AgainOutcome outcome)
    {
        tally.Why ??= outcome.Why;
        switch (outcome.Fate)
        {
            case AgainFate.Stored:
                tally.Stored++;
                break;
            case AgainFate.PassedOver:
                tally.PassedOver++;
                break;
            case AgainFate.RefusedAgain:
                tally.Refused++;
                break;
            default:
                tally.Waiting++;
                break;
        }
    }

    /// <summary>A copy that was gone through and stays for want of room.</summary>
    /// <param name="At">When.</param>
    /// <param name="Stored">How many of its messages are stored by it.</param>
    /// <param name="Waiting">How many wait.</param>
    private sealed record PutOff(long At, long Stored, long Waiting);

    private record struct Tally
    {
        public long Stored { get; set; }

        public long PassedOver { get; set; }

        public long Refused { get; set; }

        public long Waiting { get; set; }

        public long Unreadable { get; set; }

        public string? Why { get; set; }
    }
}
