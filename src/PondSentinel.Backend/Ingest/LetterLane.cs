using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Gives dead letters to the store again, once a person has mended why it refused them: the files in
/// <c>dead-letters/again/</c>, oldest first, some records at a time.</summary>
/// <remarks>
/// <para>What the store takes now is settled as stored, and observers see it, in the transaction that also notes how far the
/// file is done; so after a crash nobody sees a point twice. What it refuses again is a dead letter of today.</para>
/// <para>Used by one at a time, and never while a group of batches is being written. Only the write runs beside its owner.</para>
/// </remarks>
/// <param name="parts">What ingest works with.</param>
/// <param name="folder">The folder of dead letters.</param>
internal sealed class LetterLane(IngestParts parts, LetterFolder folder) : IDisposable
{
    private const int LettersMax = 2_000;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly List<string> unreadable = [];
    private IReadOnlyList<RefusedPoint> refused = [];
    private List<DeadLetter> letters = [];
    private List<DeadLetter> standing = [];
    private LetterFile? file;
    private string? trouble;
    private long restingSince;
    private bool rests;
    private (long Taken, long Refused, long Unreadable) tally;

    /// <summary>The write under way; null where there is none. True where the store has answered.</summary>
    public Task<bool>? Writing { get; private set; }

    /// <summary>Begins with the next letters, where any wait.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public void Begin(CancellationToken cancellationToken)
    {
        if (Writing is not null || (rests && parts.Time.GetElapsedTime(restingSince) < Rest))
        {
            return;
        }

        rests = false;
        try
        {
            if (letters.Count == 0 && !ReadOn())
            {
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note($"{e.Message.TrimEnd('.')}. Give {folder.Again} to the user that runs the backend.");
            TakeRest();
            return;
        }

        standing = parts.State.Read(Standing);
        Writing = WriteAsync(cancellationToken);
    }

    /// <summary>Settles what the store has taken. After <see cref="Writing"/> has completed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var answered = await Writing!;
        Writing = null;
        if (!answered)
        {
            TakeRest();
            return;
        }

        var turnedAway = refused.Select(item => item.Point).ToHashSet<Point>(ReferenceEqualityComparer.Instance);
        List<DeadLetter> taken = [.. standing.Where(letter => !turnedAway.Contains(letter.Point))];
        var told = false;
        await parts.State.CommitAsync(
            transaction => told = Settle(transaction, taken, turnedAway), null, cancellationToken);
        if (told)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Committed();
            }
        }

        foreach (var (gateway, epoch) in taken.Select(letter => (letter.Point.Gateway, letter.Record.Epoch)).Distinct())
        {
            parts.Receipts.Change(gateway, epoch, 0);
        }

        tally = (tally.Taken + taken.Count, tally.Refused + refused.Count, tally.Unreadable);
        letters = [];
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    // The next letters of a file, or of the next file; false where there are none.
    private bool ReadOn()
    {
        while (true)
        {
            if (file is null)
            {
                if (folder.Waiting is not [var next, ..])
                {
                    return false;
                }

                file = new LetterFile(next, parts.State.Read(transaction => new IngestTables(transaction).LettersDone(next)));
                tally = default;
            }

            letters = file.Read(LettersMax, unreadable);
            if (unreadable.Count > 0)
            {
                folder.SetAside(file.Path, unreadable);
                tally.Unreadable += unreadable.Count;
                unreadable.Clear();
            }

            if (letters.Count > 0)
            {
                return true;
            }

            // Not kept: where it cannot be deleted it is opened anew, and found done.
            var ended = file;
            file = null;
            End(ended);
        }
    }

    private void End(LetterFile ended)
    {
        ended.Dispose();
        if (tally != default)
        {
            parts.Logger.LogInformation(
                "Dead letters {File}: {Taken} values stored, {Refused} refused again, {Unreadable} lines that are no letters set aside.",
                Path.GetFileName(ended.Path), tally.Taken, tally.Refused, tally.Unreadable);
        }

        File.Delete(ended.Path);
        Note(null);
        ForgetDone(ended.Path);
    }

    // A file that is gone is never read again under this name, so a failure here costs a row and nothing else.
    private void ForgetDone(string path) => parts.State.TryCommit(transaction => new IngestTables(transaction).ForgetLetters(path));

    // What was revised meanwhile must not come over its revision.
    private List<DeadLetter> Standing(SqliteTransaction transaction)
    {
        var batches = letters.Select(letter => letter.Record.Epoch).Distinct().ToDictionary(
            epoch => epoch,
            epoch => new PlannedBatch { Topic = default, Payload = default, Epoch = epoch });
        Dictionary<object, DeadLetter> byPoint = new(ReferenceEqualityComparer.Instance);
        List<PlannedPoint> planned = [];

        // After a crash one may stand there twice.
        foreach (var letter in letters.DistinctBy(letter => (letter.Record, SeriesKey.Of(letter.Point))))
        {
            byPoint[letter.Point] = letter;
            planned.Add(new PlannedPoint(letter.Point, batches[letter.Record.Epoch], letter.Record.Sequence));
        }

        return [.. new RevisionBook(transaction).Newest(planned).Select(point => byPoint[point.Point])];
    }

    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            refused = await parts.Store.WriteAsync([.. standing.Select(letter => letter.Point)], cancellationToken);
            var records = standing.ToDictionary<DeadLetter, object, RecordId>(
                letter => letter.Point, letter => letter.Record, ReferenceEqualityComparer.Instance);
            parts.Letters.Add(refused, point => records[point]);
            return true;
        }
        catch (Exception e) when (e is StoreUnavailableException or IOException)
        {
            Note(e.Message);
            return false;
        }
    }

    // Whether observers were told of anything.
    private bool Settle(SqliteTransaction transaction, List<DeadLetter> taken, HashSet<Point> turnedAway)
    {
        var tables = new IngestTables(transaction);
        List<Point> news = [];
        foreach (var record in taken.GroupBy(letter => (letter.Point.Gateway, letter.Record)))
        {
            // What is no exception any more has come by another way and was told then.
            var number = new SequenceRange(record.Key.Record.Sequence, record.Key.Record.Sequence);
            if (tables.Find(record.Key.Gateway, record.Key.Record.Epoch) is not { } epoch
                || !tables.Exceptions(epoch.Id, number).Exists(item => item.Standing.IsRefused))
            {
                continue;
            }

            news.AddRange(record.Select(letter => letter.Point));
            if (!letters.Exists(letter => letter.Point.Gateway == record.Key.Gateway && letter.Record == record.Key.Record
                && turnedAway.Contains(letter.Point)))
            {
                tables.SettleStored(epoch.Id, number);
                tables.Close(epoch.Id);
            }
        }

        if (news.Count > 0)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Stored(transaction, news);
            }
        }

        tables.NoteLetters(file!.Path, file.LinesRead);
        return news.Count > 0;
    }

    // Once for each reason: it is tried every few seconds.
    private void Note(string? reason)
    {
        if (reason is not null && reason != trouble)
        {
            parts.Logger.LogWarning("Dead letters wait: {Reason}", reason);
        }

        trouble = reason;
    }

    private void TakeRest() => (rests, restingSince) = (true, parts.Time.GetTimestamp());
}
